"""Risk lists: taken in as drafts, confirmed by their owner, published by a second; and the page for everybody."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from gateway.access.callers import AnyHouse
from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import RISK_LISTS
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, language_of, page
from gateway.domain.kinds import ListState, RiskLevel, RiskListId, Role
from gateway.domain.risk_areas import place_name
from gateway.record.broadcasts import Broadcast
from gateway.schemas.shapes import Day, DayIfAny
from gateway.services.broadcasts import WRITING, Content, Said
from gateway.services.risk_lists import PlaceUnknown, RiskOn

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)
public = APIRouter(prefix="/public", route_class=ConsoleRoute, include_in_schema=False)

KINDS = ("added", "raised", "lowered", "lifted", "unresolved")
#: A page shows this many changes of a kind; the count says how many there are.
SHOWN = 200


@router.get("/risk-lists")
async def listed(request: Request, signed: CurrentSession) -> Response:
    if wants_sheet(request):
        every = await signed.house.risk_lists.listed(official=signed.official, limit=ALL_ROWS)
        return await sheet_of(request, signed, RISK_LISTS, every)
    return page(
        request,
        "risk_lists.html",
        lists=await signed.house.risk_lists.listed(official=signed.official),
        may_import=signed.official.may(Role.LIST_OWNER),
    )


@router.post("/risk-lists")
async def import_(
    signed: Acting, file: Annotated[UploadFile, File()], label: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    summary = await signed.house.risk_lists.import_(
        (file.filename or "list")[:200], await file.read(), official=signed.official, label=label.strip() or None
    )
    return back_to(f"/console/risk-lists/{summary.row.id}", said="list_known" if summary.duplicate else "list_imported")


@router.get("/risk-lists/{list_id}")
async def one(list_id: RiskListId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.risk_lists.view(list_id, official=signed.official)
    row = view.summary.row
    owner = signed.official.may(Role.LIST_OWNER)
    return page(
        request,
        "risk_list.html",
        view=view,
        row=row,
        changes=[
            (
                kind,
                len(getattr(view.changes, kind)),
                [
                    (place_name(one.place, signed.house.gazetteer), one.level, one.was)
                    for one in getattr(view.changes, kind)[:SHOWN]
                ],
            )
            for kind in KINDS
        ],
        words=_words(view.broadcast, language_of(request)),
        may_write=signed.official.may(*WRITING),
        may_confirm=owner and row.state is ListState.DRAFT,
        may_publish=row.state is ListState.CONFIRMED
        and signed.official.may(Role.PUBLISHER)
        and row.confirmed_by != signed.official.id,
        is_second_person_missing=row.state is ListState.CONFIRMED and row.confirmed_by == signed.official.id,
    )


def _words(broadcast: Broadcast | None, language: str) -> Said | None:
    """What publishing would say, in the reader's language."""
    return Content.of_json(broadcast.content).words.get(language) if broadcast is not None else None


@router.post("/risk-lists/{list_id}/confirmation")
async def confirm(list_id: RiskListId, signed: Acting) -> Response:
    await signed.house.risk_lists.confirm(list_id, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_confirmed")


@router.post("/risk-lists/{list_id}/publication")
async def publish(list_id: RiskListId, signed: Acting, content_hash: Annotated[str, Form(max_length=128)]) -> Response:
    """Published exactly as it was shown: the hash of the words comes back with the press."""
    await signed.house.risk_lists.publish(list_id, content_hash, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_published")


@router.post("/risk-lists/{list_id}/rejection")
async def reject(list_id: RiskListId, signed: Acting) -> Response:
    await signed.house.risk_lists.reject(list_id, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_rejected")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor asked of the register, and the answer."""

    place: str
    on: date
    known_at: datetime | None = None
    found: RiskOn | None = None
    unknown: bool = False


async def _asked(
    house: House, place: str, on: date | None, language: str, *, known_at: datetime | None = None
) -> Asked:
    asked = Asked(place.strip(), on or house.risk_lists.today(), known_at)
    if not asked.place:
        return asked
    try:
        found = await house.risk_lists.on_day(asked.place, asked.on, known_at=known_at, language=language)
    except PlaceUnknown:
        return replace(asked, unknown=True)
    return replace(asked, found=found)


@router.get("/risk-areas")
async def looked_up(
    request: Request,
    signed: CurrentSession,
    place: Annotated[str, Query(max_length=300)] = "",
    on: DayIfAny = None,
    known_on: DayIfAny = None,
) -> Response:
    """The register in two times, and what was corrected in it."""
    house = signed.house
    zone = house.packs.everywhere().zone
    known_at = datetime.combine(known_on, time.max, zone) if known_on is not None else None
    return page(
        request,
        "risk_day.html",
        asked=await _asked(house, place, on, language_of(request), known_at=known_at),
        known_on=known_on,
        corrections=[
            (one, place_name(one.place, house.gazetteer, language_of(request)))
            for one in await house.risk_lists.corrections(official=signed.official)
        ],
        today=house.risk_lists.today(),
        may_correct=signed.official.may(Role.LIST_OWNER),
        may_publish=signed.official.may(Role.PUBLISHER),
    )


@router.post("/risk-areas/{place_id}/correction")
async def correct(
    place_id: UUID,
    signed: Acting,
    reason: Annotated[str, Form(max_length=500)],
    from_on: Annotated[Day | None, Form()] = None,
    to_on: Annotated[Day | None, Form()] = None,
    set_to: Annotated[RiskLevel | None, Form()] = None,
) -> Response:
    await signed.house.risk_lists.correct(
        place_id, reason=reason, official=signed.official, from_on=from_on, to_on=to_on, set_to=set_to
    )
    return back_to("/console/risk-areas", said="entry_withdrawn")


@router.post("/risk-corrections/{correction_id}/publication")
async def publish_correction(correction_id: UUID, signed: Acting) -> Response:
    await signed.house.risk_lists.publish_correction(correction_id, official=signed.official)
    return back_to("/console/risk-areas", said="correction_published")


@public.get("/risk-areas")
async def for_everybody(
    request: Request, house: AnyHouse, place: Annotated[str, Query(max_length=300)] = "", on: DayIfAny = None
) -> Response:
    language = language_of(request)
    register = await house.risk_lists.public(language=language)
    asked = await _asked(house, place, on, language)
    return page(request, "public_risk_areas.html", register=register, asked=asked)
