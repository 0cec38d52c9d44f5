"""Who is followed up under which rules, and what the plan asks: for the person, and for officials who decide."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.follow_ups import anchors_read
from gateway.domain.kinds import FollowUpId, PlanItemId, ResidentId
from gateway.schemas.plans import ClassIn, ExemptionIn, FollowUpIn, PlanOut, PlansOut, ReasonIn

router = APIRouter(prefix="/v1", tags=["plans"])


@router.get("/me/plan")
async def mine(house: AnyHouse, speaker: CurrentSpeaker, about: UUID | None = None) -> PlansOut:
    person = ResidentId(about) if about is not None else None
    return PlansOut(plans=await house.follow_ups.plans_of(speaker, person))


@router.get("/residents/{resident_id}/follow-ups")
async def of_resident(resident_id: ResidentId, house: AnyHouse, official: CurrentOfficial) -> PlansOut:
    return PlansOut(plans=await house.follow_ups.of_resident(resident_id, official=official))


@router.post("/follow-ups", status_code=201)
async def place(
    body: FollowUpIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> PlanOut:
    """An official puts a person under a profile."""

    async def act() -> tuple[int, PlanOut]:
        follow_up = await house.follow_ups.place(
            ResidentId(body.resident_id),
            profile=body.profile,
            anchors=anchors_read(body.anchors),
            reason=body.reason,
            official=official,
        )
        return 201, await house.follow_ups.get(follow_up.id, official=official)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=PlanOut,
        act=act,
    )


@router.put("/follow-ups/{follow_up_id}/confirmation")
async def confirm(follow_up_id: FollowUpId, house: AnyHouse, official: CurrentOfficial) -> PlanOut:
    await house.follow_ups.confirm(follow_up_id, official=official)
    return await house.follow_ups.get(follow_up_id, official=official)


@router.put("/follow-ups/{follow_up_id}/class")
async def reclassify(follow_up_id: FollowUpId, body: ClassIn, house: AnyHouse, official: CurrentOfficial) -> PlanOut:
    """The person is of another class: the new plan, which counts what was sampled already."""
    follow_up = await house.follow_ups.reclassify(
        follow_up_id, profile=body.profile, anchors=anchors_read(body.anchors), reason=body.reason, official=official
    )
    return await house.follow_ups.get(follow_up.id, official=official)


@router.put("/follow-ups/{follow_up_id}/exemption")
async def exempt(follow_up_id: FollowUpId, body: ExemptionIn, house: AnyHouse, official: CurrentOfficial) -> PlanOut:
    await house.follow_ups.exempt(follow_up_id, body.exemption, reason=body.reason, official=official)
    return await house.follow_ups.get(follow_up_id, official=official)


@router.put("/follow-ups/{follow_up_id}/release")
async def release(follow_up_id: FollowUpId, body: ReasonIn, house: AnyHouse, official: CurrentOfficial) -> PlanOut:
    await house.follow_ups.close(follow_up_id, official=official, reason=body.reason)
    return await house.follow_ups.get(follow_up_id, official=official)


@router.put("/follow-ups/{follow_up_id}/withdrawal")
async def withdraw(follow_up_id: FollowUpId, body: ReasonIn, house: AnyHouse, official: CurrentOfficial) -> PlanOut:
    await house.follow_ups.withdraw(follow_up_id, official=official, reason=body.reason)
    return await house.follow_ups.get(follow_up_id, official=official)


@router.put("/plan-items/{item_id}/completion", status_code=204)
async def complete(item_id: PlanItemId, house: AnyHouse, official: CurrentOfficial) -> None:
    await house.follow_ups.complete(item_id, official=official)
