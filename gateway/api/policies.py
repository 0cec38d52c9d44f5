"""Packs: bringing a version, looking at what it would do, putting it in force, deciding about plans that wait."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.house import House
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import ActivationId
from gateway.domain.people import masked_name
from gateway.domain.scopes import Official
from gateway.policies.loader import pack_ids
from gateway.record.pack_versions import PackVersion
from gateway.schemas.policies import (
    ActivationIn,
    ActivationOut,
    DecidedOut,
    DecisionIn,
    MoveOut,
    PackVersionOut,
    PlanChangeOut,
    PreviewIn,
    PreviewOut,
)
from gateway.services.policy_changes import Waiting, activation_out, preview_out, version_out

router = APIRouter(prefix="/v1/policy", tags=["policy packs"])


@router.post("/packs", status_code=201)
async def bring(
    request: Request,
    house: AnyHouse,
    official: CurrentOfficial,
    name: Annotated[str, Query(min_length=1, max_length=120)],
    sign: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> PackVersionOut:
    """The pack's YAML is the body; `name` is the file's name. Faults name file, line and field. Nothing changes yet."""
    return version_out(await house.policy_changes.bring(name, await request.body(), official=official, signs=sign))


@router.get("/packs")
async def versions(house: AnyHouse, official: CurrentOfficial) -> list[PackVersionOut]:
    return [version_out(one) for one in await house.policy_changes.versions(official=official)]


@router.post("/previews")
async def preview(body: PreviewIn, house: AnyHouse, official: CurrentOfficial) -> PreviewOut:
    """What activating this pack would do now; nothing is written and nobody is told."""
    version = await _version(house, body.pack, official)
    return preview_out(
        await house.policy_changes.preview(
            version.hash, official=official, area=body.area, effective_from=body.effective_from
        )
    )


@router.post("/activations", status_code=201)
async def activate(
    body: ActivationIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> ActivationOut:
    """Puts a pack in force: all plans of the area or none. What is not set is accepted by naming it."""

    async def act() -> tuple[int, ActivationOut]:
        version = await _version(house, body.pack, official)
        activation = await house.policy_changes.activate(
            version.hash,
            official=official,
            area=body.area,
            effective_from=body.effective_from,
            accepts_off=body.accept_off,
        )
        return 201, activation_out(activation)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=ActivationOut,
        act=act,
    )


@router.get("/activations")
async def standing(house: AnyHouse, official: CurrentOfficial) -> list[ActivationOut]:
    """What is, was and will be in force in the caller's area and around it, the newest first."""
    return [activation_out(one.activation) for one in await house.policy_changes.standing(official=official)]


@router.put("/activations/{activation_id}/withdrawal")
async def withdraw(activation_id: ActivationId, house: AnyHouse, official: CurrentOfficial) -> ActivationOut:
    """What was to come into force on a later day does not. Doing it twice changes nothing."""
    return activation_out(await house.policy_changes.withdraw(activation_id, official=official))


@router.get("/decisions")
async def waiting(house: AnyHouse, official: CurrentOfficial) -> list[PlanChangeOut]:
    """Plans that a change would shorten, or could not plan: they stay as they are until somebody decides."""
    return [_waiting(one) for one in await house.policy_changes.waiting_for(official=official)]


@router.post("/decisions")
async def decide(body: DecisionIn, house: AnyHouse, official: CurrentOfficial) -> DecidedOut:
    decided = await house.policy_changes.decide(
        body.changes, confirms=body.confirm, reason=body.reason, official=official
    )
    return DecidedOut(decided=decided)


async def _version(house: House, named: str, official: Official) -> PackVersion:
    if named in pack_ids():
        return await house.policy_changes.shipped(named, official=official)
    return await house.policy_changes.find(named)


def _waiting(one: Waiting) -> PlanChangeOut:
    change = one.change
    return PlanChangeOut(
        id=change.id,
        follow_up_id=change.follow_up_id,
        resident_id=change.resident_id,
        person=masked_name(one.identity.name) or "",
        area=change.area,
        profile=change.profile,
        outcome=change.outcome,
        why=change.why,
        moves=[
            MoveOut(what=move.what, was=move.was, becomes=move.becomes, expected=move.expected) for move in change.moves
        ],
        changed_at=change.changed_at,
    )
