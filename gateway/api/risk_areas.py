"""Risk lists and outbreaks for officials and scripts; for the bot, whether a place was a risk area on a day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, BotOrOfficial, CurrentOfficial
from gateway.access.house import House
from gateway.domain.kinds import RiskListId
from gateway.domain.risk_areas import Change, place_name
from gateway.schemas.places import Candidate
from gateway.schemas.risk_areas import (
    ChangeOut,
    ChangesOut,
    ConfirmationIn,
    ConfirmedOut,
    CorrectedOut,
    CorrectionIn,
    CorrectionOut,
    ExpectedOut,
    FaultOut,
    OutbreakIn,
    OutbreakOut,
    OutbreakSetOut,
    PublicationIn,
    PublishedOut,
    ReachOut,
    RematchedOut,
    RiskAreasOut,
    RiskDayOut,
    RiskListOut,
)
from gateway.schemas.shapes import Day, Moment
from gateway.services.risk_lists import ListSummary

router = APIRouter(prefix="/v1", tags=["risk areas"])


def list_out(summary: ListSummary) -> RiskListOut:
    row = summary.row
    return RiskListOut(
        id=row.id,
        number=row.number,
        state=row.state,
        source_name=row.source_name,
        label=row.label,
        entries=summary.entries,
        levels=dict(summary.counts),
        changed=dict(summary.changed),
        warnings=[FaultOut(where=fault.where, message=fault.message) for fault in row.warnings],
        imported_at=row.imported_at,
        imported_by=summary.name(row.imported_by),
        confirmed_at=row.confirmed_at,
        confirmed_by=summary.name(row.confirmed_by),
        in_force_from=row.valid_from,
        published_at=row.published_at,
        published_by=summary.name(row.published_by),
        duplicate=summary.duplicate,
    )


def _change(house: House, change: Change) -> ChangeOut:
    return ChangeOut(
        area=change.place.named,
        place=change.place.entry.text,
        name=place_name(change.place, house.gazetteer),
        level=change.level,
        was=change.was,
    )


@router.post("/risk-lists", status_code=201)
async def import_(
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    label: Annotated[str | None, Query(max_length=80)] = None,
) -> RiskListOut:
    """The file itself is the body (the national JSON form, CSV or XLSX); `name` is the file's name. 200 and
    `duplicate` when these very bytes wait as a draft already, or are in force."""
    summary = await house.risk_lists.import_(name, await request.body(), official=official, label=label)
    if summary.duplicate:
        response.status_code = 200
    return list_out(summary)


@router.get("/risk-lists")
async def listed(
    house: AnyHouse, official: CurrentOfficial, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[RiskListOut]:
    return [list_out(summary) for summary in await house.risk_lists.listed(official=official, limit=limit)]


@router.get("/risk-lists/{list_id}")
async def get(list_id: RiskListId, house: AnyHouse, official: CurrentOfficial) -> RiskListOut:
    return list_out((await house.risk_lists.view(list_id, official=official)).summary)


@router.get("/risk-lists/{list_id}/changes")
async def changes(list_id: RiskListId, house: AnyHouse, official: CurrentOfficial) -> ChangesOut:
    """Against the list it replaced; a draft, against the list now in force."""
    view = await house.risk_lists.view(list_id, official=official)
    found = view.changes
    return ChangesOut(
        added=[_change(house, one) for one in found.added],
        raised=[_change(house, one) for one in found.raised],
        lowered=[_change(house, one) for one in found.lowered],
        lifted=[_change(house, one) for one in found.lifted],
        unresolved=[_change(house, one) for one in found.unresolved],
        content_hash=view.broadcast.content_hash if view.broadcast else None,
    )


@router.get("/risk-lists/{list_id}/reach")
async def reach(list_id: RiskListId, house: AnyHouse, official: CurrentOfficial) -> ReachOut:
    """How many residents the next step would touch."""
    return ReachOut.model_validate(await house.risk_lists.reach(list_id, official=official))


@router.post("/risk-lists/{list_id}/confirmation", status_code=201)
async def confirm(
    list_id: RiskListId, house: AnyHouse, official: CurrentOfficial, body: ConfirmationIn | None = None
) -> ConfirmedOut:
    confirmed = await house.risk_lists.confirm(
        list_id, official=official, in_force_from=body.in_force_from if body else None
    )
    return ConfirmedOut(
        list=list_out(confirmed.summary),
        rematched=RematchedOut.model_validate(confirmed.rematched),
        content_hash=confirmed.content_hash,
    )


@router.post("/risk-lists/{list_id}/publication", status_code=201)
async def publish(list_id: RiskListId, body: PublicationIn, house: AnyHouse, official: CurrentOfficial) -> PublishedOut:
    published = await house.risk_lists.publish(list_id, body.content_hash, official=official)
    return PublishedOut(list=list_out(published.summary), told=published.told)


@router.post("/risk-lists/{list_id}/rejection", status_code=201)
async def reject(list_id: RiskListId, house: AnyHouse, official: CurrentOfficial) -> RiskListOut:
    return list_out(await house.risk_lists.reject(list_id, official=official))


@router.get("/risk-areas")
async def on_day(
    house: AnyHouse,
    _: BotOrOfficial,
    place: Annotated[str, Query(min_length=1, max_length=300)],
    on: Day | None = None,
    known_at: Moment | None = None,
    language: Annotated[str, Query(max_length=20)] = "zh_Hans_CN",
) -> RiskAreasOut:
    """Was this place (a code, or words) a risk area on that day (unset: today), by what officials confirmed; or, with
    `known_at`, by what was known then?"""
    day = on or house.risk_lists.today()
    found = await house.risk_lists.on_day(place, day, known_at=known_at, language=language)
    return RiskAreasOut(
        on=day,
        silent=found.silent,
        areas=[RiskDayOut.model_validate(one) for one in found.days],
        outbreaks=[OutbreakOut.model_validate(one) for one in found.outbreaks],
        readings=[
            Candidate(code=one.code, name=one.name, full_name=one.full_name, level=int(one.level), rest=one.rest)
            for one in found.readings
        ],
    )


@router.post("/risk-areas/{place_id}/correction", status_code=201)
async def correct(place_id: UUID, body: CorrectionIn, house: AnyHouse, official: CurrentOfficial) -> CorrectedOut:
    """An entry that should not have stood in a list is withdrawn, for all of its time or some days of it, or said to
    have been at another level then; what was known before stays on record."""
    done = await house.risk_lists.correct(
        place_id, reason=body.reason, official=official, from_on=body.from_on, to_on=body.to_on, set_to=body.set_to
    )
    return CorrectedOut(
        correction=CorrectionOut.model_validate(done.correction),
        rematched=RematchedOut.model_validate(done.rematched),
    )


@router.get("/risk-corrections")
async def corrections(house: AnyHouse, official: CurrentOfficial) -> list[CorrectionOut]:
    return [CorrectionOut.model_validate(one) for one in await house.risk_lists.corrections(official=official)]


@router.put("/risk-corrections/{correction_id}/publication")
async def publish_correction(correction_id: UUID, house: AnyHouse, official: CurrentOfficial) -> CorrectionOut:
    return CorrectionOut.model_validate(await house.risk_lists.publish_correction(correction_id, official=official))


@router.get("/outbreaks")
async def outbreaks(house: AnyHouse, official: CurrentOfficial) -> list[OutbreakOut]:
    return [OutbreakOut.model_validate(one) for one in await house.risk_lists.outbreaks(official=official)]


@router.post("/outbreaks", status_code=201)
async def set_outbreak(body: OutbreakIn, house: AnyHouse, official: CurrentOfficial) -> OutbreakSetOut:
    """First and last case of an area: its window moves and people are matched again before this answers."""
    done = await house.risk_lists.set_outbreak(
        body.area,
        first_case_on=body.first_case_on,
        last_case_on=body.last_case_on,
        official=official,
        name=body.name,
        source=body.source,
        first_onset_on=body.first_onset_on,
        first_report_on=body.first_report_on,
    )
    return OutbreakSetOut(
        outbreak=OutbreakOut.model_validate(done.outbreak), rematched=RematchedOut.model_validate(done.rematched)
    )


@router.get("/arrivals")
async def expected(house: AnyHouse, official: CurrentOfficial) -> list[ExpectedOut]:
    """Who announced an arrival and has not come yet."""
    return [
        ExpectedOut(
            id=one.arrival.id,
            resident_id=one.arrival.resident_id,
            person=one.person,
            origin_area=one.arrival.origin_area,
            origin_country=one.arrival.origin_country,
            destination_area=one.arrival.destination_area,
            arrives_at=one.arrival.arrives_at,
            declared_at=one.arrival.declared_at,
            late_days=one.arrival.late_days,
        )
        for one in await house.arrivals.expected(official=official)
    ]
