"""Cases, their contacts and the places they visited; who is tested first."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.idempotency import IdempotencyKey, once
from gateway.access.lead_shapes import case_out, turn_out
from gateway.domain.kinds import CaseId, ContactId, ResidentId
from gateway.schemas.contacts import (
    CaseIn,
    CaseOut,
    ContactListIn,
    ContactListOut,
    DecisionIn,
    MarkIn,
    PlaceIn,
    StayOut,
    TrajectoryDayOut,
    TrajectoryOut,
    TurnOut,
)

router = APIRouter(prefix="/v1", tags=["cases"])


@router.post("/cases", status_code=201)
async def open_case(
    body: CaseIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> CaseOut:
    async def act() -> tuple[int, CaseOut]:
        case = await house.contacts.open_case(
            ResidentId(body.resident_id), positive_on=body.positive_on, onset_on=body.onset_on, official=official
        )
        return 201, await one(case.id, house, official)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=CaseOut,
        act=act,
    )


@router.get("/cases")
async def listed(house: AnyHouse, official: CurrentOfficial) -> list[CaseOut]:
    """Cases of the own area with their numbers; nobody's name but the case's, masked."""
    return [case_out(view) for view in await house.contacts.cases(official=official)]


@router.get("/cases/{case_id}")
async def one(case_id: CaseId, house: AnyHouse, official: CurrentOfficial) -> CaseOut:
    return case_out(await house.contacts.case(case_id, official=official))


@router.post("/cases/{case_id}/contacts", status_code=201)
async def list_contacts(
    case_id: CaseId,
    body: ContactListIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> ContactListOut:
    async def act() -> tuple[int, ContactListOut]:
        return 201, await house.contacts.list_contacts(case_id, body, official=official)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=ContactListOut,
        act=act,
    )


@router.get("/cases/{case_id}/trajectory")
async def trajectory(case_id: CaseId, house: AnyHouse, official: CurrentOfficial) -> TrajectoryOut:
    days, rules = await house.contacts.trajectory(case_id, official=official)
    return TrajectoryOut(
        days=[
            TrajectoryDayOut(
                on=day.on, stays=[StayOut(kind=kind, text=text, area=area) for kind, text, area in day.stays]
            )
            for day in days
        ],
        rules=list(rules),
    )


@router.post("/cases/{case_id}/places", status_code=201)
async def add_place(case_id: CaseId, body: PlaceIn, house: AnyHouse, official: CurrentOfficial) -> CaseOut:
    await house.contacts.add_place(case_id, body.text, body.visited_on, official=official, area=body.area)
    return await one(case_id, house, official)


@router.put("/places/{place_id}/measures", status_code=204)
async def mark_place(place_id: UUID, body: MarkIn, house: AnyHouse, official: CurrentOfficial) -> None:
    await house.contacts.mark_place(place_id, body.measure, official=official, at=body.at)


@router.put("/contacts/{contact_id}/measures", status_code=204)
async def mark(contact_id: ContactId, body: MarkIn, house: AnyHouse, official: CurrentOfficial) -> None:
    await house.contacts.mark(contact_id, body.measure, official=official, at=body.at)


@router.put("/contacts/{contact_id}/class", status_code=204)
async def adjudicate(contact_id: ContactId, body: DecisionIn, house: AnyHouse, official: CurrentOfficial) -> None:
    """Experts decide; the evidence stands on record with the decision."""
    await house.contacts.adjudicate(
        contact_id, body.contact_class, evidence=body.evidence, official=official, isolated_at=body.isolated_at
    )


@router.get("/test-order")
async def test_order(house: AnyHouse, official: CurrentOfficial) -> list[TurnOut]:
    """Everybody of the own area who waits for a test, in the order the pack gives."""
    return [turn_out(turn) for turn in await house.contacts.test_order(official=official)]
