"""Packs: what is in force, what a new one would do, putting it in force; and the plans that wait for an official."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import ActivationId, PlanChangeId
from gateway.errors import Invalid
from gateway.policies.loader import pack_ids
from gateway.services.follow_ups import PLACING
from gateway.services.policy_changes import ACTIVATING

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: A page shows so many moved dates; the count says how many there are.
SHOWN = 200
_WIDTH, _HEIGHT, _FOOT = 640, 160, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of the plot: how many dates move by how many days."""

    days: int
    count: int
    x: float
    y: float
    width: float
    height: float


@router.get("/policies")
async def listed(request: Request, signed: CurrentSession) -> Response:
    may = signed.official.may(*ACTIVATING)
    return page(
        request,
        "policies.html",
        standing=await signed.house.policy_changes.standing(official=signed.official),
        versions=await signed.house.policy_changes.versions(official=signed.official) if may else [],
        shipped=pack_ids(),
        may_activate=may,
        may_decide=signed.official.may(*PLACING),
    )


@router.post("/policies")
async def bring(signed: Acting, file: Annotated[UploadFile, File()]) -> Response:
    version = await signed.house.policy_changes.bring(
        (file.filename or "pack.yaml")[:120], await file.read(), official=signed.official
    )
    return back_to(f"/console/policies/{version.hash}", said="pack_brought")


@router.post("/policies/shipped")
async def shipped(signed: Acting, pack: Annotated[str, Form(max_length=120)]) -> Response:
    version = await signed.house.policy_changes.shipped(pack, official=signed.official)
    return back_to(f"/console/policies/{version.hash}")


@router.get("/policies/{version_hash}")
async def preview(
    version_hash: str,
    request: Request,
    signed: CurrentSession,
    area: Annotated[str, Query(max_length=14)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    found = await signed.house.policy_changes.preview(
        version_hash, official=signed.official, area=area.strip() or None, effective_from=_day(since)
    )
    return page(
        request,
        "policy_preview.html",
        preview=found,
        summary=found.summary,
        moved=found.summary.moved[:SHOWN],
        more=max(0, len(found.summary.moved) - SHOWN),
        bars=_bars(found.summary.shifts()),
        plot=(_WIDTH, _HEIGHT, _FOOT),
        area=area.strip(),
        since=since,
    )


@router.post("/policies/{version_hash}/activation")
async def activate(
    version_hash: str,
    signed: Acting,
    area: Annotated[str, Form(max_length=14)] = "",
    since: Annotated[str, Form(max_length=10)] = "",
    accepts_off: Annotated[list[str] | None, Form(max_length=500)] = None,
) -> Response:
    activation = await signed.house.policy_changes.activate(
        version_hash,
        official=signed.official,
        area=area.strip() or None,
        effective_from=_day(since),
        accepts_off=accepts_off or (),
    )
    return back_to("/console/policies", said="pack_activated" if activation.applied_at else "pack_scheduled")


@router.post("/policy-activations/{activation_id}/withdrawal")
async def withdraw(activation_id: ActivationId, signed: Acting) -> Response:
    await signed.house.policy_changes.withdraw(activation_id, official=signed.official)
    return back_to("/console/policies", said="pack_withdrawn")


@router.get("/policy-decisions")
async def waiting(request: Request, signed: CurrentSession) -> Response:
    return page(
        request,
        "policy_decisions.html",
        waiting=await signed.house.policy_changes.waiting_for(official=signed.official),
    )


@router.post("/policy-decisions")
async def decide(
    signed: Acting,
    decision: Annotated[str, Form(pattern="^(confirm|keep)$")],
    reason: Annotated[str, Form(max_length=500)] = "",
    changes: Annotated[list[PlanChangeId] | None, Form(max_length=500)] = None,
) -> Response:
    confirms = decision == "confirm"
    await signed.house.policy_changes.decide(changes or [], confirms=confirms, reason=reason, official=signed.official)
    return back_to("/console/policy-decisions", said="changes_confirmed" if confirms else "changes_kept")


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"{said} is no day") from None


def _bars(shifts: tuple[tuple[int, int], ...]) -> list[Bar]:
    if not shifts:
        return []
    most = max(count for _, count in shifts)
    step = _WIDTH / len(shifts)
    width = min(step * 0.7, 56)
    room = _HEIGHT - 2 * _FOOT
    bars = []
    for number, (days, count) in enumerate(shifts):
        height = max(2, room * count / most)
        x, y = step * number + (step - width) / 2, _FOOT + room - height
        bars.append(Bar(days, count, *(round(value, 1) for value in (x, y, width, height))))
    return bars
