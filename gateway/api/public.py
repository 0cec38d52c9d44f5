"""What everybody may read, without a caller: the published risk areas, as JSON and as a feed."""

from collections.abc import Callable
from typing import Annotated
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Query, Response

from gateway.access.callers import AnyHouse
from gateway.access.guidance_shapes import agency_out
from gateway.schemas.guidance import AgenciesOut
from gateway.schemas.risk_areas import PublicCorrectionOut, PublicPlaceOut, PublicRegisterOut
from gateway.services.risk_lists import PublicList

router = APIRouter(prefix="/public", tags=["public"])

_BEFORE_THE_FIRST = "1970-01-01T00:00:00+00:00"


@router.get("/risk-areas.json")
async def register(house: AnyHouse, response: Response, language: str = "zh_Hans_CN") -> PublicRegisterOut:
    """The list that was published last, place by place."""
    found = await house.risk_lists.public(language=language)
    response.headers["Cache-Control"] = "public, max-age=60"
    return PublicRegisterOut(
        number=found.number,
        label=found.label,
        published_at=found.published_at,
        places=[PublicPlaceOut.model_validate(one) for one in found.places],
        corrections=[PublicCorrectionOut.model_validate(one) for one in found.corrections],
    )


@router.get("/risk-areas.atom")
async def feed(house: AnyHouse, language: str = "zh_Hans_CN") -> Response:
    """One entry for each published list, with what it changed."""
    lists = await house.risk_lists.feed(language=language)
    address = f"{house.public_gateway_url}/public/risk-areas"
    updated = lists[0].published_at.isoformat() if lists else _BEFORE_THE_FIRST
    word = house.words.word
    title = escape(word("public.risk_areas", language))
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{title}</title><id>{escape(address)}</id><updated>{updated}</updated>",
        "<author><name>Shaodian</name></author>",
        f'<link rel="self" href={quoteattr(address + ".atom")}/>',
    ]
    for one in lists:
        parts.append(
            f"<entry><id>urn:uuid:{one.id}</id><title>{title} {one.number}</title>"
            f"<updated>{one.published_at.isoformat()}</updated><link href={quoteattr(address)}/>"
            f"<content>{escape(_lines(one, lambda code: word(code, language)))}</content></entry>"
        )
    parts.append("</feed>")
    return Response(
        "\n".join(parts), media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=60"}
    )


@router.get("/testing-agencies.json")
async def agencies(
    house: AnyHouse,
    response: Response,
    area: Annotated[str, Query(pattern=r"^\d{0,14}$")] = "",
    language: str = "zh_Hans_CN",
) -> AgenciesOut:
    """Where anybody can be tested, as officials listed it."""
    response.headers["Cache-Control"] = "public, max-age=60"
    found = await house.agencies.public(area, language=language)
    return AgenciesOut(agencies=[agency_out(one, language) for one in found])


def _lines(one: PublicList, word: Callable[[str], str]) -> str:
    return "\n".join(
        f"{word(f'public.{change.kind}')}: {change.name} · {word(f'risk.{change.level}')}" for change in one.changes
    )
