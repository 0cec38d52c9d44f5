"""Read-only numbers of an area for a health-security platform, and the register of arrivals."""

from fastapi import APIRouter, Query

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.schemas.figures import ArrivingIn, ArrivingOut, FiguresOut, RegisteredOut
from gateway.services.declarations import Arriving

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get("/figures")
async def figures(
    house: AnyHouse, official: CurrentOfficial, area: str | None = Query(default=None, pattern=r"^\d{2,14}$")
) -> FiguresOut:
    """Counted at this moment; nothing about any single person."""
    found = await house.figures.of_area(area, official=official)
    return FiguresOut(
        area=found.area,
        counted_at=found.counted_at,
        groups={name: dict(numbers) for name, numbers in found.groups.items()},
        rules=list(found.rules),
    )


@router.get("/register")
async def register(house: AnyHouse, official: CurrentOfficial) -> list[RegisteredOut]:
    """Persons from medium- and high-risk areas, as they stand now."""
    return [
        RegisteredOut(
            resident_id=one.declared.resident_id,
            person=one.name,
            phone=one.phone,
            by=one.declared.by,
            origins=list(one.declared.origins),
            registered_at=one.declared.asked_at,
            arrives_at=one.arrives_at,
            arrived_at=one.arrived_at,
            followed_up=one.followed_up,
            rules=list(one.declared.rules),
        )
        for one in await house.declarations.register(official=official)
    ]


@router.post("/register", status_code=201)
async def take_down(body: ArrivingIn, house: AnyHouse, official: CurrentOfficial) -> ArrivingOut:
    """By phone ahead, or where the person checks in: as if they had announced themselves."""
    person, out = await house.registrations.take_down(
        Arriving(
            name=body.name.strip(),
            phone=body.phone.strip(),
            id_number=body.id_number,
            origin=body.origin,
            destination=body.destination,
            home_area=body.home_area,
            arrives_at=body.arrives_at,
            by=body.by,
        ),
        official=official,
    )
    return ArrivingOut(resident_id=person, reference=out.reference, advice=[one.code for one in out.outcome.advice])
