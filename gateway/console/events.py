"""The events desk: what waits for a decision, what stands and what came under review; and the gates' look-up page."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.columns import APPLICATIONS
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.places import place_code
from gateway.domain.applications import DECIDING
from gateway.domain.kinds import (
    ApplicationId,
    ApplicationState,
    EventKind,
    Excuse,
    GateQuestion,
    Level,
    Occupation,
    ResidentId,
    Role,
)
from gateway.schemas.gates import ApplicationOut, DecisionIn, EventIn, GateAsk, GateOut
from gateway.services.gates import ABOUT_SOMEBODY

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: What an official looks up by a person's number, and what by a place.
LOOKED_UP = (
    GateQuestion.WORK,
    GateQuestion.OVER,
    GateQuestion.GREEN_CODE,
    GateQuestion.TRAVEL,
    GateQuestion.ADMISSION,
)
WAITING = (ApplicationState.WAITING, ApplicationState.UNDER_REVIEW)


@router.get("/applications")
async def desk(request: Request, signed: CurrentSession, state: str = "open") -> Response:
    limit = ALL_ROWS if wants_sheet(request) else 200
    every = await signed.house.events.listed(official=signed.official, limit=limit)
    chosen = [one for one in every if one.state in WAITING] if state == "open" else every
    if wants_sheet(request):
        return await sheet_of(request, signed, APPLICATIONS, chosen)
    return page(
        request,
        "events.html",
        applications=chosen,
        state=state,
        counts={"open": sum(one.state in WAITING for one in every), "all": len(every)},
        kinds=tuple(EventKind),
        excuses=tuple(Excuse),
    )


@router.post("/applications")
async def apply(
    signed: Acting,
    kind: Annotated[EventKind, Form()],
    on: Annotated[date, Form()],
    place: Annotated[str, Form(min_length=2, max_length=300)],
    people: Annotated[int, Form(ge=1, le=10_000_000)],
    host: Annotated[str, Form(min_length=1, max_length=80)],
    cadres: Annotated[str, Form(max_length=5)] = "",
    excuse: Annotated[str, Form(max_length=20)] = "",
    filing_authority: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    given = EventIn(
        kind=kind,
        on=on,
        area=place_code(signed.house, place),
        place=place,
        people=people,
        cadres=bool(cadres),
        excuse=Excuse(excuse) if excuse in tuple(Excuse) else None,
        host=host,
        filing_authority=filing_authority or None,
    )
    made = await signed.house.events.apply(given, official=signed.official)
    return back_to(f"/console/applications/{made.id}", said="application_made")


@router.get("/applications/{application_id}")
async def one(application_id: ApplicationId, request: Request, signed: CurrentSession) -> Response:
    found = await signed.house.events.get(application_id, official=signed.official)
    return page(request, "event.html", one=found, may_decide=_may_decide(signed, found))


def _may_decide(signed: SignedIn, found: ApplicationOut) -> bool:
    level = found.answer.decides or Level.L4
    return found.state in WAITING and signed.official.may(*DECIDING.get(level, (Role.COUNTY,)))


@router.post("/applications/{application_id}/decision")
async def decide(
    application_id: ApplicationId,
    signed: Acting,
    verdict: Annotated[str, Form(pattern="^(approve|refuse)$")],
    reason: Annotated[str, Form(min_length=1, max_length=2000)],
    host: Annotated[str, Form(max_length=80)] = "",
    approver: Annotated[str, Form(max_length=80)] = "",
    filing_authority: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    given = DecisionIn(
        approve=verdict == "approve",
        reason=reason,
        host=host or None,
        approver=approver or None,
        filing_authority=filing_authority or None,
    )
    await signed.house.events.decide(application_id, given, official=signed.official)
    return back_to(f"/console/applications/{application_id}", said="application_decided")


# -- the gates


def _gates(request: Request, *, question: GateQuestion, answer: GateOut | None = None, number: str = "") -> Response:
    return page(
        request,
        "gates.html",
        questions=LOOKED_UP,
        question=question,
        answer=answer,
        number=number,
        occupations=tuple(Occupation),
        about_somebody=ABOUT_SOMEBODY,
    )


@router.get("/gates")
async def gates(request: Request, signed: CurrentSession) -> Response:
    return _gates(request, question=GateQuestion.WORK)


@router.post("/gates")
async def ask(
    request: Request,
    signed: Acting,
    question: Annotated[GateQuestion, Form()],
    number: Annotated[str, Form(max_length=30)] = "",
    place: Annotated[str, Form(max_length=300)] = "",
    occupation: Annotated[str, Form(max_length=30)] = "",
    cadre: Annotated[str, Form(max_length=5)] = "",
    necessary: Annotated[str, Form(max_length=5)] = "",
    surveyed: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Posted, so that nobody's number stands in an address line; the look is on record."""
    asked = GateAsk(
        number=number.strip() or None,
        area=place_code(signed.house, place) if place.strip() else None,
        occupation=Occupation(occupation) if occupation in tuple(Occupation) else None,
        cadre=bool(cadre),
        necessary=bool(necessary),
        surveyed=bool(surveyed),
    )
    answer = await signed.house.gates.ask_as(question, asked, official=signed.official)
    return _gates(request, question=question, answer=answer)


@router.post("/residents/{resident_id}/occupations")
async def set_occupation(
    resident_id: ResidentId,
    signed: Acting,
    occupation: Annotated[Occupation, Form()],
    holds: Annotated[str, Form(pattern="^(yes|no)$")] = "yes",
) -> Response:
    await signed.house.gates.set_occupation(resident_id, occupation, holds=holds == "yes", official=signed.official)
    return back_to(f"/console/residents/{resident_id}", said="occupation_set")
