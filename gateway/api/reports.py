"""Reports in; and, for officials and scripts, which were accepted."""

from uuid import UUID

from fastapi import APIRouter, Query, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.schemas.reports import ReportIn, ReportListed, ReportOut

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.post("", status_code=201)
async def accept(body: ReportIn, house: AnyHouse, speaker: CurrentSpeaker, response: Response) -> ReportOut:
    """201 the first time, 200 with the same answer when this form instance was reported before."""
    accepted = await house.reports.accept(speaker, body)
    if accepted.duplicate:
        response.status_code = 200
    return accepted


@router.get("")
async def listed(
    house: AnyHouse,
    official: CurrentOfficial,
    after: UUID | None = None,
    limit: int = Query(default=100, ge=1, le=500),
) -> list[ReportListed]:
    return [
        ReportListed(
            id=report.id,
            reference=report.reference,
            kind=report.kind,
            instance_id=report.instance_id,
            resident_id=report.resident_id,
            reported_at=report.reported_at,
        )
        for report in await house.reports.listed(official=official, limit=limit, after=after)
    ]
