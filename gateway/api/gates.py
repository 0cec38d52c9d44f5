"""May I, may they: questions to the gates; events and journeys applied for, and what officials decide about them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import ApplicationId, ApplicationState, GateQuestion, Occupation, ResidentId
from gateway.errors import Invalid
from gateway.schemas.gates import (
    ApplicationOut,
    ApplicationsOut,
    DecisionIn,
    EventIn,
    GateAsk,
    GateOut,
    OccupationsOut,
    TripIn,
)

router = APIRouter(prefix="/v1", tags=["gates"])


class NumberInAddress(Invalid):
    """Post a phone or ID number; in an address every log would keep it."""


# -- questions


@router.get("/me/gates/{question}")
async def ask(
    question: GateQuestion, asked: Annotated[GateAsk, Query()], house: AnyHouse, speaker: CurrentSpeaker
) -> GateOut:
    return await house.gates.ask(question, asked, speaker=speaker)


@router.get("/gates/{question}")
async def ask_as(
    question: GateQuestion, asked: Annotated[GateAsk, Query()], house: AnyHouse, official: CurrentOfficial
) -> GateOut:
    """About a person (`resident_id`), a place or an event. Somebody's number is posted: it stands in no address."""
    if asked.number is not None:
        raise NumberInAddress
    return await house.gates.ask_as(question, asked, official=official)


@router.post("/gates/{question}")
async def ask_of(question: GateQuestion, asked: GateAsk, house: AnyHouse, official: CurrentOfficial) -> GateOut:
    """As above; and about a person by `number`: phone or ID. Nothing is kept but the look."""
    return await house.gates.ask_as(question, asked, official=official)


@router.put("/residents/{resident_id}/occupations/{occupation}")
async def set_occupation(
    resident_id: ResidentId, occupation: Occupation, house: AnyHouse, official: CurrentOfficial
) -> OccupationsOut:
    held = await house.gates.set_occupation(resident_id, occupation, holds=True, official=official)
    return OccupationsOut(occupations=list(held))


@router.delete("/residents/{resident_id}/occupations/{occupation}")
async def end_occupation(
    resident_id: ResidentId, occupation: Occupation, house: AnyHouse, official: CurrentOfficial
) -> OccupationsOut:
    held = await house.gates.set_occupation(resident_id, occupation, holds=False, official=official)
    return OccupationsOut(occupations=list(held))


# -- applying


@router.get("/me/applications")
async def mine(house: AnyHouse, speaker: CurrentSpeaker) -> ApplicationsOut:
    return ApplicationsOut(applications=await house.events.of_speaker(speaker))


@router.post("/me/events", status_code=201)
async def apply(
    body: EventIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> ApplicationOut:
    """Answered by rule at once: allowed, refused, or waiting for whoever decides. An official may apply too."""

    async def act() -> tuple[int, ApplicationOut]:
        if speaker.resident is None and speaker.official_id is not None:
            official = await house.officials.find(speaker.official_id)
            return 201, await house.events.apply(body, official=official)
        return 201, await house.events.apply(body, speaker=speaker)

    return await once(
        house,
        response,
        caller=f"address:{speaker.address.channel}:{speaker.address.handle}",
        key=key,
        body=await request.body(),
        shape=ApplicationOut,
        act=act,
    )


@router.post("/me/trips", status_code=201)
async def apply_for_trip(
    body: TripIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> ApplicationOut:
    async def act() -> tuple[int, ApplicationOut]:
        return 201, await house.events.apply_for_trip(body, speaker=speaker)

    return await once(
        house,
        response,
        caller=f"address:{speaker.address.channel}:{speaker.address.handle}",
        key=key,
        body=await request.body(),
        shape=ApplicationOut,
        act=act,
    )


@router.put("/me/applications/{application_id}/cancellation")
async def cancel(application_id: ApplicationId, house: AnyHouse, speaker: CurrentSpeaker) -> ApplicationOut:
    return await house.events.cancel(application_id, speaker=speaker)


# -- deciding


@router.post("/events", status_code=201)
async def apply_as(
    body: EventIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> ApplicationOut:
    async def act() -> tuple[int, ApplicationOut]:
        return 201, await house.events.apply(body, official=official)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=ApplicationOut,
        act=act,
    )


@router.get("/events")
async def listed(
    house: AnyHouse,
    official: CurrentOfficial,
    state: ApplicationState | None = None,
    limit: int = Query(default=200, ge=1, le=500),
) -> ApplicationsOut:
    states = (state,) if state is not None else ()
    return ApplicationsOut(applications=await house.events.listed(official=official, states=states, limit=limit))


@router.get("/events/{application_id}")
async def one(application_id: ApplicationId, house: AnyHouse, official: CurrentOfficial) -> ApplicationOut:
    return await house.events.get(application_id, official=official)


@router.put("/events/{application_id}/decision")
async def decide(
    application_id: ApplicationId, body: DecisionIn, house: AnyHouse, official: CurrentOfficial
) -> ApplicationOut:
    return await house.events.decide(application_id, body, official=official)
