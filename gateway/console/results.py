"""Samples and results: typed in, or a sheet at once; and those that wait for a person to say who is meant."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.columns import AWAITED, UNMATCHED
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import ResidentId, ResultId, ResultValue, Role, TestKind
from gateway.errors import Invalid
from gateway.schemas.results import ReceiptIn, ResultIn, ResultsFileOut
from gateway.services.results import RECORDING, REPORTING

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


class NobodyNamed(Invalid):
    """A phone or ID number is needed to know whose sample this is."""


class NobodyFound(Invalid):
    """Nobody in your area, or more than one person, has this number."""


async def _shown(
    request: Request, signed: SignedIn, *, uploaded: ResultsFileOut | None = None, refused: str | None = None
) -> Response:
    may = signed.official.may(*RECORDING)
    return page(
        request,
        "results.html",
        unmatched=await signed.house.results.unmatched(official=signed.official) if may else [],
        may_record=may,
        clocks=await signed.house.results.laboratory_queue(official=signed.official) if may else [],
        reports_due=(
            await signed.house.results.reports_due(official=signed.official) if signed.official.may(*REPORTING) else []
        ),
        tests=tuple(TestKind),
        values=tuple(ResultValue),
        site=signed.official.name if Role.SITE in signed.official.roles else "",
        uploaded=uploaded,
        refused_result=refused,
    )


@router.get("/results")
async def shown(request: Request, signed: CurrentSession, part: str = "") -> Response:
    if wants_sheet(request) and part == "awaited":
        clocks = await signed.house.results.laboratory_queue(official=signed.official, limit=ALL_ROWS)
        return await sheet_of(request, signed, AWAITED, clocks)
    if wants_sheet(request):
        unmatched = await signed.house.results.unmatched(official=signed.official, limit=ALL_ROWS)
        return await sheet_of(request, signed, UNMATCHED, unmatched)
    return await _shown(request, signed)


@router.post("/results")
async def record(
    request: Request,
    signed: Acting,
    number: Annotated[str, Form(min_length=5, max_length=30)],
    test: Annotated[TestKind, Form()],
    sampled_at: Annotated[datetime, Form()],
    site: Annotated[str, Form(min_length=1, max_length=120)],
    name: Annotated[str, Form(max_length=80)] = "",
    value: Annotated[str, Form(pattern="^(negative|positive|inconclusive)?$")] = "",
) -> Response:
    """Times are local: the form's field knows no zone."""
    digits = "".join(sign for sign in number if sign.isalnum())
    if not digits:
        raise NobodyNamed
    moment = sampled_at if sampled_at.tzinfo else sampled_at.replace(tzinfo=signed.house.words.zone)
    given = ResultIn(
        phone=None if len(digits) == 18 else digits,
        id_number=digits if len(digits) == 18 else None,
        name=name.strip() or None,
        test=test,
        sampled_at=moment,
        value=ResultValue(value) if value else None,
        site=site.strip(),
    )
    kept = await signed.house.results.record(given, official=signed.official, source="console")
    if kept.refused is not None:
        return await _shown(request, signed, refused=kept.refused)
    return back_to("/console/results", said="result_recorded" if kept.resident_id else "result_waits")


@router.post("/results/{result_id}/receipt")
async def receive(
    result_id: ResultId, signed: Acting, laboratory: Annotated[str, Form(min_length=1, max_length=120)]
) -> Response:
    """The laboratory has the sample as of now."""
    given = ReceiptIn(received_at=signed.house.clock.now(), laboratory=laboratory.strip())
    await signed.house.results.receive(result_id, given, official=signed.official)
    return back_to("/console/results", said="result_recorded")


@router.post("/results/files")
async def upload(request: Request, signed: Acting, file: Annotated[UploadFile, File()]) -> Response:
    done = await signed.house.results.record_file(await file.read(), official=signed.official)
    return await _shown(request, signed, uploaded=done)


@router.post("/results/{result_id}/resident")
async def match(
    result_id: ResultId, signed: Acting, number: Annotated[str, Form(min_length=5, max_length=30)]
) -> Response:
    found = await signed.house.desks.look_up(number, official=signed.official)
    if len(found) != 1:
        raise NobodyFound
    await signed.house.results.match(result_id, ResidentId(found[0][0].id), official=signed.official)
    return back_to("/console/results", said="result_matched")
