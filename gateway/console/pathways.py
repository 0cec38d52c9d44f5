"""What officials write down on a resident's page about their way: reported upwards, left hospital, travelled on, moved.

Times come from fields that know no zone: they are local.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.discharges import Leaving
from gateway.domain.kinds import ResidentId, ResultId
from gateway.errors import Invalid, NotFound
from gateway.schemas.results import DirectReportIn
from gateway.schemas.shapes import Day
from gateway.services.residents import MOVING, AreaUnknown, NotYourPeople

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: How somebody can have come on from a first entry point; which of them are the prescribed way, the pack says.
TRANSPORTS = ("point_to_point", "plane", "train", "coach", "car", "ship", "other")


def _local(signed: SignedIn, said: datetime) -> datetime:
    if not 1900 < said.year < 2200:  # at the ends of the calendar a zone alone leads beyond it
        raise Invalid(f"{said.year} is no year of our time")
    return said if said.tzinfo else said.replace(tzinfo=signed.house.words.zone)


@router.post("/results/{result_id}/direct-report")
async def report_directly(
    result_id: ResultId,
    signed: Acting,
    filed_as: Annotated[str, Form(min_length=1, max_length=60, pattern=r"\S")],
    reported_at: Annotated[datetime, Form()],
    resident: Annotated[ResidentId | None, Form()] = None,
) -> Response:
    given = DirectReportIn(number=filed_as.strip(), reported_at=_local(signed, reported_at))
    await signed.house.results.report_directly(result_id, given, official=signed.official)
    return back_to(f"/console/residents/{resident}" if resident else "/console/results", said="direct_report_kept")


@router.post("/residents/{resident_id}/discharges")
async def discharged(
    resident_id: ResidentId,
    signed: Acting,
    leaving: Annotated[Leaving, Form()],
    left_at: Annotated[datetime, Form()],
    came_back_at: Annotated[datetime | None, Form()] = None,
) -> Response:
    reported = await signed.house.discharges.report(
        resident_id,
        leaving=leaving,
        left_at=_local(signed, left_at),
        arrived_at=_local(signed, came_back_at) if came_back_at else None,
        official=signed.official,
    )
    return back_to(f"/console/residents/{resident_id}", said="discharge_late" if reported.late else "discharge_kept")


@router.post("/residents/{resident_id}/transfers")
async def transferred(
    resident_id: ResidentId,
    signed: Acting,
    transport: Annotated[str, Form(min_length=1, max_length=20)],
    arrived_at: Annotated[datetime, Form()],
    vehicle: Annotated[str, Form(max_length=40)] = "",
    released_on: Annotated[Day | None, Form()] = None,
) -> Response:
    """Another way than the one prescribed puts nobody into isolation: an official is asked to decide."""
    judgement = await signed.house.pathways.transferred(
        resident_id,
        transport=transport,
        number=vehicle.strip() or None,
        arrived_at=_local(signed, arrived_at),
        released_on=released_on,
        official=signed.official,
    )
    said = "transfer_to_decide" if judgement.to_decide else "transfer_kept"
    return back_to(f"/console/residents/{resident_id}", said=said)


# another place


def _place(signed: SignedIn, said: str) -> str:
    """The code at the beginning of what a list of places completes. Raises AreaUnknown."""
    code = said.split()[0] if said.split() else ""
    if not code.isdigit() or signed.house.gazetteer.find_area(code[:9]) is None:
        raise AreaUnknown
    return code


@router.get("/residents/{resident_id}/move")
async def looked_at(
    resident_id: ResidentId,
    request: Request,
    signed: CurrentSession,
    area: Annotated[str, Query(max_length=120)],
) -> Response:
    """What a move would mean, before it is made: the place, its pack, the plans that follow it."""
    house, official, to = signed.house, signed.official, _place(signed, area)
    if not official.may(*MOVING):
        raise NotYourPeople
    resident, identity = await house.residents.get(resident_id, official=official)
    return page(
        request,
        "resident_move.html",
        resident=resident,
        identity=identity,
        to=to,
        pack=await house.packs.in_force_at(to),
        plans=await house.follow_ups.of_resident(resident_id, official=official),
        leaves=not any(place.startswith(official.area) for place in (to, resident.home_area or "")),
    )


@router.post("/residents/{resident_id}/move")
async def move(resident_id: ResidentId, signed: Acting, area: Annotated[str, Form(max_length=120)]) -> Response:
    house, official = signed.house, signed.official
    await house.residents.move(resident_id, _place(signed, area), official=official)
    try:
        await house.residents.get(resident_id, official=official)
    except NotFound:  # they do not live here either
        return back_to("/console/residents", said="moved")
    return back_to(f"/console/residents/{resident_id}", said="moved")
