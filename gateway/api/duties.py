"""Daily and zero reports in; who is missing and the roll-up out; registers and monitoring streams."""

from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import ResidentId
from gateway.errors import Invalid, NotFound
from gateway.schemas.duties import (
    AskedOut,
    BearerIn,
    BearerOut,
    DutyDateIn,
    DutyDayOut,
    DutyReportIn,
    DutyReportOut,
    EarlyWarningOut,
    EntryChangeIn,
    OwedOut,
    RegisterIn,
    RegisterOut,
    ReportTypeOut,
    SignalIn,
    TrialIn,
)
from gateway.schemas.shapes import Day
from gateway.services.duties import Told
from gateway.services.registers import WrittenDown

router = APIRouter(prefix="/v1", tags=["duties"])


class StreamsNotWatched(NotFound):
    """No pack in force there asks for monitoring streams."""


@router.get("/me/duties")
async def owed(house: AnyHouse, speaker: CurrentSpeaker) -> list[OwedOut]:
    """What the caller owes today: their unit's duties, or a person's own."""
    found = []
    if speaker.official_id is not None:
        official = await house.officials.get(speaker.official_id)
        found += await house.duties.owed_by_unit(official=official)
    if speaker.resident is not None:
        found += await house.duties.owed_by_person(speaker=speaker)
    return [OwedOut.model_validate(one) for one in found]


@router.get("/me/duties/{duty}")
async def asked(duty: str, day: Day, house: AnyHouse, speaker: CurrentSpeaker, slot: str = "") -> AskedOut:
    """One duty of the caller's unit, or of the caller, on a day: what is asked, and what stands there already."""
    official = await house.officials.find(speaker.official_id) if speaker.official_id is not None else None
    found = await house.duties.asked(duty, day, slot[:40], official=official, speaker=speaker)
    return AskedOut.model_validate(found)


@router.get("/report-types/{version_id}")
async def report_type(version_id: UUID, house: AnyHouse, speaker: CurrentSpeaker) -> ReportTypeOut:
    """What one version asks, for a report begun with it; known to everybody it was asked of.

    A draft is known to those who may change it.
    """
    official = await house.officials.find(speaker.official_id) if speaker.official_id is not None else None
    places = [one.area for one in (official, speaker.resident) if one is not None]
    found = await house.report_types.version(version_id, places=places, official=official)
    return ReportTypeOut.model_validate(found)


@router.put("/report-types/{version_id}/trial", status_code=204)
async def report_type_tried(version_id: UUID, body: TrialIn, house: AnyHouse, official: CurrentOfficial) -> None:
    """Whether a report with these answers would be taken; nothing is kept."""
    await house.report_types.tried(version_id, body.values, official=official)


@router.post("/me/duties/{duty}/reports")
async def report_own(
    duty: str,
    body: DutyReportIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> DutyReportOut:
    """Through the bot: a unit's person for the unit, else a person for themselves or their family."""

    async def act() -> tuple[int, DutyReportOut]:
        told = _told(duty, body)
        official = await house.officials.find(speaker.official_id) if speaker.official_id is not None else None
        if official is not None and official.unit_id is not None:
            report = await house.duties.report_by_official(told, official=official)
        else:
            about = ResidentId(body.about) if body.about is not None else None
            report = await house.duties.report_by_resident(told, speaker=speaker, about=about)
        return 201, DutyReportOut.model_validate(report)

    return await once(
        house,
        response,
        caller=f"address:{speaker.address.channel}:{speaker.address.handle}",
        key=key,
        body=await request.body(),
        shape=DutyReportOut,
        act=act,
    )


@router.post("/duties/{duty}/reports")
async def report(
    duty: str,
    body: DutyReportIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> DutyReportOut:
    """By an official, for the own unit or for one of the own area."""

    async def act() -> tuple[int, DutyReportOut]:
        kept = await house.duties.report_by_official(
            _told(duty, body),
            official=official,
            unit_id=body.unit_id,
            resident_id=ResidentId(body.about) if body.about is not None else None,
        )
        return 201, DutyReportOut.model_validate(kept)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=DutyReportOut,
        act=act,
    )


@router.get("/duties")
async def days(house: AnyHouse, official: CurrentOfficial, day: Day | None = None) -> list[DutyDayOut]:
    """The roll-up of every duty of the own area, with who is missing."""
    return [DutyDayOut.model_validate(one) for one in await house.duties.days(official=official, day=day)]


@router.get("/duties/{duty}/missing")
async def missing(duty: str, house: AnyHouse, official: CurrentOfficial, day: Day | None = None) -> list[str]:
    found = [one for one in await house.duties.days(official=official, day=day) if one.duty == duty]
    return list(found[0].roll_up.missing) if found else []


@router.put("/duties/{duty}/dates", status_code=204)
async def name_date(duty: str, body: DutyDateIn, house: AnyHouse, official: CurrentOfficial) -> None:
    """A day before which this is due: a term begins, a holiday ends."""
    await house.duties.name_date(duty, body.on, area=body.area or official.area, official=official)


@router.put("/duty-bearers")
async def enrol(body: BearerIn, house: AnyHouse, official: CurrentOfficial) -> BearerOut:
    """Who owes what is asked of these kinds: a unit by name, or a resident. Again is no different."""
    if body.resident_id is not None:
        ids = [
            await house.duties.enrol_person(ResidentId(body.resident_id), kind=kind, official=official)
            for kind in body.kinds
        ]
        return BearerOut(id=ids[0])
    if body.name is None:
        raise Invalid("a unit's name or a resident is needed")
    unit = await house.duties.enrol_unit(
        body.name, kinds=body.kinds, area=body.area or official.area, official=official
    )
    return BearerOut(id=unit)


@router.post("/registers/{register}/entries")
async def write_down(
    register: str,
    body: RegisterIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> RegisterOut:
    async def act() -> tuple[int, RegisterOut]:
        given = body.model_dump(exclude={"unit_id", "symptoms"})
        told = WrittenDown(register, symptoms=tuple(body.symptoms), **given)
        entry = await house.registers.write_down(told, official=official, unit_id=body.unit_id)
        return 201, RegisterOut.model_validate(entry)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=RegisterOut,
        act=act,
    )


@router.put("/register-entries/{entry_id}")
async def change_entry(entry_id: UUID, body: EntryChangeIn, house: AnyHouse, official: CurrentOfficial) -> RegisterOut:
    """The cause of an absence; or that it is over."""
    if body.outcome is not None:
        entry = await house.registers.resolve(entry_id, body.outcome, official=official)
    else:
        entry = await house.registers.say_cause(entry_id, body.cause or "", official=official)
    return RegisterOut.model_validate(entry)


@router.post("/early-warnings/signals", status_code=201)
async def signal(body: SignalIn, house: AnyHouse, official: CurrentOfficial) -> RegisterOut:
    """So many signals of a stream that no other door brings in."""
    entry = await house.early_warnings.enter(
        body.stream, area=body.area, count=body.count, official=official, day=body.day, note=body.note
    )
    return RegisterOut.model_validate(entry)


@router.get("/early-warnings")
async def streams(
    house: AnyHouse,
    official: CurrentOfficial,
    area: str | None = Query(default=None, pattern=r"^\d{2,14}$"),
    day: Day | None = None,
) -> EarlyWarningOut:
    view = await house.early_warnings.view(official=official, area=area, day=day)
    if view is None:
        raise StreamsNotWatched
    return EarlyWarningOut.model_validate(view)


def _told(duty: str, body: DutyReportIn) -> Told:
    return Told(duty, zero=body.zero, same=body.same, values=body.values, note=body.note, day=body.day, slot=body.slot)
