"""Samples and results in, from laboratories' systems and from sheets; and those whose person is not known yet."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.clocks import Clock
from gateway.domain.kinds import ResidentId, ResultId
from gateway.record.results import Result
from gateway.schemas.results import (
    ClockOut,
    DirectReportIn,
    MatchIn,
    ReceiptIn,
    ResultIn,
    ResultOut,
    ResultsFileOut,
    UnmatchedOut,
)

router = APIRouter(prefix="/v1/results", tags=["results"])


def _out(result: Result) -> ResultOut:
    return ResultOut(
        id=result.id,
        matched=result.resident_id is not None,
        status=result.status,
        resident_id=result.resident_id,
        refused=result.refused,
    )


def clock_out(clock: Clock, now: datetime) -> ClockOut:
    return ClockOut(
        kind=clock.kind,
        key=clock.key,
        subject_id=clock.subject_id,
        started_at=clock.started_at,
        due_at=clock.due_at,
        done_at=clock.done_at,
        late=clock.late(now),
        rules=list(clock.rules),
    )


@router.post("", status_code=201)
async def record(
    body: ResultIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> ResultOut:
    """201 when it counts or waits for its person; 200 with `refused` when it was kept but may not count."""

    async def act() -> tuple[int, ResultOut]:
        out = _out(await house.results.record(body, official=official))
        return (200 if out.refused else 201), out

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=ResultOut,
        act=act,
    )


@router.post("/files", status_code=201)
async def record_file(
    house: AnyHouse, official: CurrentOfficial, file: Annotated[UploadFile, File()]
) -> ResultsFileOut:
    return await house.results.record_file(await file.read(), official=official)


@router.get("/unmatched")
async def unmatched(
    house: AnyHouse, official: CurrentOfficial, limit: int = Query(default=100, ge=1, le=500)
) -> list[UnmatchedOut]:
    return [
        UnmatchedOut(
            id=one.id,
            test=one.test,
            sampled_at=one.sampled_at,
            site=one.site,
            recorded_at=one.recorded_at,
            person=one.person or {},
        )
        for one in await house.results.unmatched(official=official, limit=limit)
    ]


@router.put("/{result_id}/receipt")
async def receive(result_id: ResultId, body: ReceiptIn, house: AnyHouse, official: CurrentOfficial) -> list[ClockOut]:
    """The laboratory has the sample; its clocks."""
    now = house.clock.now()
    return [clock_out(one, now) for one in await house.results.receive(result_id, body, official=official)]


@router.put("/{result_id}/direct-report")
async def report_directly(
    result_id: ResultId, body: DirectReportIn, house: AnyHouse, official: CurrentOfficial
) -> ClockOut:
    """The national report was filed, with its number."""
    return clock_out(await house.results.report_directly(result_id, body, official=official), house.clock.now())


@router.get("/clocks")
async def queue(
    house: AnyHouse, official: CurrentOfficial, limit: int = Query(default=200, ge=1, le=500)
) -> list[ClockOut]:
    """Samples whose results are waited for, the most urgent first."""
    now = house.clock.now()
    return [clock_out(one, now) for one in await house.results.laboratory_queue(official=official, limit=limit)]


@router.get("/{result_id}/clocks")
async def clocks(result_id: ResultId, house: AnyHouse, official: CurrentOfficial) -> list[ClockOut]:
    now = house.clock.now()
    return [clock_out(one, now) for one in await house.results.clocks_of(result_id, official=official)]


@router.put("/{result_id}/resident")
async def match(result_id: ResultId, body: MatchIn, house: AnyHouse, official: CurrentOfficial) -> ResultOut:
    return _out(await house.results.match(result_id, ResidentId(body.resident_id), official=official))
