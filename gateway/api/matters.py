"""Matters: told by residents, units and officials, worked off step by step."""

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.idempotency import IdempotencyKey, once
from gateway.access.matter_shapes import inspection_line_out, lagging_out, matter_out, offer_out
from gateway.domain.kinds import MatterId, OfficialId, ResidentId, UnitId
from gateway.schemas.matters import (
    ClosingIn,
    InspectionOut,
    MatterIn,
    MatterListOut,
    MatterOut,
    OffersOut,
    OwnerIn,
    StepIn,
    TipIn,
    TipOut,
)

router = APIRouter(prefix="/v1", tags=["matters"])


@router.get("/me/matter-kinds")
async def offered_to_me(house: AnyHouse, speaker: CurrentSpeaker) -> OffersOut:
    """What a resident may tell of where they live."""
    return OffersOut(offers=[offer_out(one) for one in await house.matters.offered_to(speaker)])


@router.post("/me/matters", status_code=201)
async def tell_as_resident(
    body: TipIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> TipOut:
    async def act() -> tuple[int, TipOut]:
        return 201, TipOut(reference=await house.matters.tell_as(speaker, body.kind, body.told))

    caller = f"{speaker.address.channel}:{speaker.address.handle}"
    return await once(house, response, caller=caller, key=key, body=await request.body(), shape=TipOut, act=act)


@router.get("/matter-kinds")
async def offered(house: AnyHouse, official: CurrentOfficial) -> OffersOut:
    return OffersOut(offers=[offer_out(one) for one in await house.matters.offered(official=official)])


@router.get("/matters")
async def listed(
    house: AnyHouse,
    official: CurrentOfficial,
    kind: str = Query(default="", max_length=60),
    open_only: bool = True,
) -> MatterListOut:
    found = await house.matters.listed(official=official, kind=kind, open_only=open_only)
    return MatterListOut(matters=[matter_out(view) for view in found])


@router.post("/matters", status_code=201)
async def tell(
    body: MatterIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> MatterOut:
    async def act() -> tuple[int, MatterOut]:
        view = await house.matters.tell(
            body.kind,
            body.told,
            official=official,
            area=body.area,
            unit_id=UnitId(body.unit_id) if body.unit_id else None,
            resident_id=ResidentId(body.resident_id) if body.resident_id else None,
        )
        return 201, matter_out(view)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=MatterOut,
        act=act,
    )


@router.get("/matters/{matter_id}")
async def get(matter_id: MatterId, house: AnyHouse, official: CurrentOfficial) -> MatterOut:
    return matter_out(await house.matters.get(matter_id, official=official))


@router.put("/matters/{matter_id}/steps/{step}")
async def take(matter_id: MatterId, step: str, body: StepIn, house: AnyHouse, official: CurrentOfficial) -> MatterOut:
    return matter_out(await house.matters.take(matter_id, step, official=official, note=body.note))


@router.put("/matters/{matter_id}/steps/{step}/owner")
async def own(matter_id: MatterId, step: str, body: OwnerIn, house: AnyHouse, official: CurrentOfficial) -> MatterOut:
    return matter_out(await house.matters.own(matter_id, step, OfficialId(body.official_id), official=official))


@router.put("/matters/{matter_id}/closing")
async def close(matter_id: MatterId, body: ClosingIn, house: AnyHouse, official: CurrentOfficial) -> MatterOut:
    return matter_out(await house.matters.close(matter_id, body.outcome, official=official))


@router.get("/inspection")
async def inspection(house: AnyHouse, official: CurrentOfficial) -> InspectionOut:
    """What an inspection reads: parts overdue, and who missed steps again and again."""
    return InspectionOut(
        overdue=[inspection_line_out(line) for line in await house.checklists.inspection(official=official)],
        lagging=[lagging_out(one) for one in await house.matters.laggards(official=official)],
    )
