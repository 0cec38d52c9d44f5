"""What everybody may read, without a caller: the published risk areas, as JSON and as a feed."""

from collections.abc import Callable
from typing import Annotated
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Query, Response

from gateway.access.callers import AnyHouse
from gateway.access.guidance_shapes import agency_out
from gateway.schemas.guidance import AgenciesOut
from gateway.schemas.risk_areas import PublicCorrectionOut, PublicPlaceOut, PublicRegisterOut
from gateway.services.risk_lists import PublicCorrection, PublicList

router = APIRouter(prefix="/public", tags=["public"])

_ENTRIES = 20
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
    """One entry for each published list, with what it changed, and one for each correction; the newest first."""
    lists = await house.risk_lists.feed(language=language)
    corrections = (await house.risk_lists.public(language=language)).corrections
    address = f"{house.public_gateway_url}/public/risk-areas"
    word = house.words.word
    title = word("public.risk_areas", language)
    entries = [
        (one.published_at, one.id, f"{title} {one.number}", _lines(one, lambda code: word(code, language)))
        for one in lists
    ] + [
        (one.published_at, one.id, word("public.correction", language), _corrected(one, word, language))
        for one in corrections
    ]
    entries.sort(key=lambda entry: entry[0], reverse=True)
    updated = entries[0][0].isoformat() if entries else _BEFORE_THE_FIRST
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{escape(title)}</title><id>{escape(address)}</id><updated>{updated}</updated>",
        "<author><name>Shaodian</name></author>",
        f'<link rel="self" href={quoteattr(address + ".atom")}/>',
    ]
    for published_at, entry_id, named, said in entries[:_ENTRIES]:
        parts.append(
            f"<entry><id>urn:uuid:{entry_id}</id><title>{escape(named)}</title>"
            f"<updated>{published_at.isoformat()}</updated><link href={quoteattr(address)}/>"
            f"<content>{escape(said)}</content></entry>"
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


def _corrected(one: PublicCorrection, word: Callable[[str, str], str], language: str) -> str:
    """What the place was instead, on which days (both of them in it), and why."""
    was = word(f"risk.{one.set_to}" if one.set_to else "public.no_risk_area", language)
    days = f" · {one.from_on or '…'} – {one.to_on or '…'}" if one.from_on or one.to_on else ""
    return f"{one.name}{days} · {was}: {one.reason}"
