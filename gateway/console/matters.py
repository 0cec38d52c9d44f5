"""Matters: what waits, one with its steps, telling a new one; what an inspection reads; the directory and its gaps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import DIRECTORY, MATTERS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.directories import PostKind
from gateway.domain.kinds import MatterId, OfficialId, ResidentId, UnitId
from gateway.errors import NotFound
from gateway.services.directories import title_of
from gateway.services.matters import MatterNotOffered

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

OUTCOMES = ("visited", "phoned", "sent_to_clinic", "tested", "isolated", "false_alarm", "other")


class NoSuchResident(NotFound):
    """This is no resident's number."""


def _resident(number: str) -> ResidentId:
    try:
        return ResidentId(UUID(number))
    except ValueError:
        raise NoSuchResident from None


@router.get("/matters")
async def listed(request: Request, signed: CurrentSession, state: str = "open") -> Response:
    house, official = signed.house, signed.official
    found = await house.matters.listed(official=official, open_only=state != "all")
    if wants_sheet(request):
        return await sheet_of(request, signed, MATTERS, found)
    return page(
        request,
        "matters.html",
        found=found,
        offers=await house.matters.offered(official=official),
        state="all" if state == "all" else "open",
    )


@router.get("/matters/new/{kind}")
async def new(kind: str, request: Request, signed: CurrentSession) -> Response:
    offers = await signed.house.matters.offered(official=signed.official)
    offer = next((one for one in offers if one.kind == kind), None)
    if offer is None:
        raise MatterNotOffered
    quotes = [(rule, signed.house.packs.quotes().get(rule)) for rule in offer.rule.source]
    return page(request, "matter_new.html", offer=offer, quotes=quotes)


@router.post("/matters/new/{kind}")
async def tell(kind: str, request: Request, signed: Acting) -> Response:
    given = {name: str(value) for name, value in (await request.form()).items() if name != "csrf"}
    resident = given.pop("resident_id", "").strip()
    view = await signed.house.matters.tell(
        kind,
        {name.removeprefix("told."): value for name, value in given.items() if name.startswith("told.")},
        official=signed.official,
        resident_id=_resident(resident) if resident else None,
    )
    return back_to(f"/console/matters/{view.matter.id}", said="told")


@router.get("/matters/{matter_id}")
async def one(matter_id: MatterId, request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    view = await house.matters.get(matter_id, official=official)
    quotes = [(rule, house.packs.quotes().get(rule)) for rule in view.rule.source]
    colleagues = await house.desks.colleagues(view.matter.area, official=official)
    return page(request, "matter.html", view=view, quotes=quotes, outcomes=OUTCOMES, colleagues=colleagues)


@router.post("/matters/{matter_id}/steps/{step}")
async def take(
    matter_id: MatterId, step: str, signed: Acting, note: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    await signed.house.matters.take(matter_id, step, official=signed.official, note=note.strip() or None)
    return back_to(f"/console/matters/{matter_id}", said="ticked")


@router.post("/matters/{matter_id}/steps/{step}/owner")
async def own(matter_id: MatterId, step: str, signed: Acting, official_id: Annotated[OfficialId, Form()]) -> Response:
    await signed.house.matters.own(matter_id, step, official_id, official=signed.official)
    return back_to(f"/console/matters/{matter_id}", said="assigned")


@router.post("/matters/{matter_id}/closing")
async def close(
    matter_id: MatterId, signed: Acting, outcome: Annotated[str, Form(pattern="|".join(OUTCOMES))]
) -> Response:
    await signed.house.matters.close(matter_id, outcome, official=signed.official)
    return back_to(f"/console/matters/{matter_id}", said="resolved")


@router.get("/inspection")
async def inspection(request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    return page(
        request,
        "inspection.html",
        overdue=await house.checklists.inspection(official=official),
        lagging=await house.matters.laggards(official=official),
    )


@router.get("/directory")
async def directory(request: Request, signed: CurrentSession, area: str = "") -> Response:
    house, official = signed.house, signed.official
    chosen = area if area.isdigit() and area.startswith(official.area) else official.area
    view = await house.directories.view(chosen, official=official)
    if wants_sheet(request):
        return await sheet_of(request, signed, DIRECTORY, view.posts)
    officials = await house.officials.listed(official=official)
    return page(request, "directory.html", view=view, title_of=title_of, officials=officials)


@router.post("/directory/posts")
async def name(
    signed: Acting,
    kind: Annotated[PostKind, Form()],
    area: Annotated[str, Form(pattern=r"^\d{2,14}$")],
    person_id: Annotated[OfficialId, Form()],
    key: Annotated[str, Form(max_length=60)] = "",
    deputy: Annotated[str, Form(max_length=40)] = "",
    unit: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    deputy_id = OfficialId(_resident(deputy)) if deputy else None
    unit_id = UnitId(_resident(unit)) if unit else None
    await signed.house.directories.name(
        kind, key, official=signed.official, area=area, person=person_id, deputy=deputy_id, unit_id=unit_id
    )
    return back_to("/console/directory", said="saved")
