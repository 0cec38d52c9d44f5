"""What officials must act on."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.access.alert_shapes import alert_out
from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.domain.kinds import AlertId, AlertStatus, OfficialId
from gateway.schemas.alerts import AlertOut, AssigneeIn, DutyAssignmentOut, DutyOut, NoteIn, ResolutionIn

router = APIRouter(prefix="/v1", tags=["alerts"])


@router.get("/duty")
async def duty(house: AnyHouse, official: CurrentOfficial) -> DutyOut:
    """What waits for the caller: open alerts in scope, and checklist parts of their unit."""
    alerts = await house.alerts.listed(official=official, limit=20)
    parts = await house.checklists.waiting_for(official)
    return DutyOut(
        alerts=[alert_out(house, view, official.language) for view in alerts],
        assignments=[DutyAssignmentOut.model_validate(part) for part in parts],
    )


@router.get("/alerts")
async def listed(
    house: AnyHouse,
    official: CurrentOfficial,
    status: Annotated[list[AlertStatus] | None, Query()] = None,
    limit: int = Query(default=100, ge=1, le=500),
) -> list[AlertOut]:
    statuses = tuple(status or (AlertStatus.RAISED, AlertStatus.ACKNOWLEDGED))
    alerts = await house.alerts.listed(official=official, statuses=statuses, limit=limit)
    return [alert_out(house, view, official.language) for view in alerts]


@router.get("/alerts/{alert_id}")
async def get(alert_id: AlertId, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    return alert_out(house, await house.alerts.get(alert_id, official=official), official.language)


@router.put("/alerts/{alert_id}/acknowledgement")
async def acknowledge(alert_id: AlertId, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    await house.alerts.acknowledge(alert_id, official=official)
    return await get(alert_id, house, official)


@router.post("/alerts/{alert_id}/notes", status_code=201)
async def note(alert_id: AlertId, body: NoteIn, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    await house.alerts.note(alert_id, body.text, official=official)
    return await get(alert_id, house, official)


@router.put("/alerts/{alert_id}/assignee")
async def assign(alert_id: AlertId, body: AssigneeIn, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    await house.alerts.assign(alert_id, OfficialId(body.official_id), official=official)
    return await get(alert_id, house, official)


@router.put("/alerts/{alert_id}/resolution")
async def resolve(alert_id: AlertId, body: ResolutionIn, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    await house.alerts.resolve(alert_id, body.outcome, official=official, note=body.note)
    return await get(alert_id, house, official)


@router.post("/alerts/{alert_id}/escalation", status_code=201)
async def escalate(alert_id: AlertId, house: AnyHouse, official: CurrentOfficial) -> AlertOut:
    await house.alerts.escalate(alert_id, official=official)
    return await get(alert_id, house, official)
