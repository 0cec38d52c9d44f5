"""Samples and results in, from laboratories' systems and from sheets; and those whose person is not known yet."""

from typing import Annotated

from fastapi import APIRouter, File, Query, Request, Response, UploadFile

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import ResidentId, ResultId
from gateway.record.results import Result
from gateway.schemas.results import MatchIn, ResultIn, ResultOut, ResultsFileOut, UnmatchedOut

router = APIRouter(prefix="/v1/results", tags=["results"])


def _out(result: Result) -> ResultOut:
    return ResultOut(
        id=result.id,
        matched=result.resident_id is not None,
        status=result.status,
        resident_id=result.resident_id,
        refused=result.refused,
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


@router.put("/{result_id}/resident")
async def match(result_id: ResultId, body: MatchIn, house: AnyHouse, official: CurrentOfficial) -> ResultOut:
    return _out(await house.results.match(result_id, ResidentId(body.resident_id), official=official))
