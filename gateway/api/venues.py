"""Codes at doors: scanned by residents, made and looked up by officials."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.house import House
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import UnitId, VenueId
from gateway.domain.venues import Guest, Venue
from gateway.schemas.venues import (
    DoorOut,
    TimeAsked,
    VenueIn,
    VenueOut,
    VenuesOut,
    VisitIn,
    VisitorOut,
    VisitorsOut,
    VisitOut,
)

router = APIRouter(prefix="/v1", tags=["venues"])


def _out(house: House, venue: Venue) -> VenueOut:
    return VenueOut(
        **{name: getattr(venue, name) for name in Venue.__dataclass_fields__},
        link=house.venues.link(venue),
    )


@router.get("/me/doors/{code}")
async def door(code: str, house: AnyHouse, speaker: CurrentSpeaker) -> DoorOut:
    """What hangs at this door, and what it asks."""
    found = await house.venues.door(code)
    return DoorOut(
        code=found.venue.code,
        name=found.venue.name,
        kind=found.venue.kind,
        asks_guests=found.asks_guests,
        asks_symptoms=found.asks_symptoms,
        rules=list(found.rules),
    )


@router.post("/me/visits", status_code=201)
async def visit(
    body: VisitIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> VisitOut:
    """The caller is there now. Scanned again within half an hour it is the same visit."""

    async def act() -> tuple[int, VisitOut]:
        guest = Guest(**body.guest.model_dump()) if body.guest is not None else None
        kept = await house.venues.visit(speaker, body.code, guest=guest, symptoms=body.symptoms, medicine=body.medicine)
        return 201, VisitOut(id=kept.id, visited_at=kept.visited_at)

    caller = f"{speaker.address.channel}:{speaker.address.handle}"
    return await once(house, response, caller=caller, key=key, body=await request.body(), shape=VisitOut, act=act)


@router.get("/venues")
async def listed(house: AnyHouse, official: CurrentOfficial) -> VenuesOut:
    return VenuesOut(venues=[_out(house, one) for one in await house.venues.listed(official=official)])


@router.post("/venues", status_code=201)
async def make(
    body: VenueIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> VenueOut:
    async def act() -> tuple[int, VenueOut]:
        made = await house.venues.make(
            name=body.name,
            kind=body.kind,
            official=official,
            area=body.area,
            unit_id=UnitId(body.unit_id) if body.unit_id else None,
        )
        return 201, _out(house, made)

    caller = f"official:{official.id}"
    return await once(house, response, caller=caller, key=key, body=await request.body(), shape=VenueOut, act=act)


@router.put("/venues/{venue_id}/closing")
async def close(venue_id: VenueId, house: AnyHouse, official: CurrentOfficial) -> VenueOut:
    return _out(house, await house.venues.close(venue_id, official=official))


@router.delete("/venues/{venue_id}/closing")
async def open_again(venue_id: VenueId, house: AnyHouse, official: CurrentOfficial) -> VenueOut:
    return _out(house, await house.venues.close(venue_id, official=official, closed=False))


@router.get("/venues/{venue_id}/visitors")
async def visitors(
    venue_id: VenueId, asked: Annotated[TimeAsked, Query()], house: AnyHouse, official: CurrentOfficial
) -> VisitorsOut:
    """Who was there in that time; the look is on record."""
    found = await house.venues.visitors(venue_id, asked.since, asked.until, official=official)
    return VisitorsOut(
        visitors=[
            VisitorOut(
                resident_id=one.visit.resident_id, name=one.name, phone=one.phone, visited_at=one.visit.visited_at
            )
            for one in found
        ]
    )
