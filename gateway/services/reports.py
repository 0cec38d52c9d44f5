"""Accepting a self-report: recorded once, in one transaction with everything that must follow from it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.corrections import is_correctable
from gateway.domain.kinds import AddressId, DeclaredBy, JourneyId, ReportId, ReportKind, ResidentId
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.places import place_levels
from gateway.domain.rules import Unset
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.messages.words import Words
from gateway.record.record import Work
from gateway.record.reports import Journey, Report
from gateway.record.vault import DataKey
from gateway.schemas.plans import PlanOut
from gateway.schemas.reports import (
    ANSWERS,
    Advice,
    ArrivalAnswers,
    ArrivedAnswers,
    CheckInAnswers,
    ClaimedResultAnswers,
    ContactAnswers,
    Outcome,
    Place,
    ReportIn,
    ReportOut,
    ResidenceAnswers,
    SymptomAnswers,
    TravelAnswers,
)
from gateway.schemas.shapes import Shape, ShapeMismatch
from gateway.services.packs import PackService
from gateway.services.residents import ConsentMissing, spoken_for
from gateway.services.transactions import Transactions

#: A phone's clock may be ahead of ours by this much before a time counts as lying in the future.
CLOCK_TOLERANCE = timedelta(minutes=10)
OLDEST = timedelta(days=400)

#: Letters and digits nobody confuses when reading a reference aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class NotYourWork(Forbidden):
    """Your role does not work with residents' answers."""


class NotCorrectable(Conflict):
    """This report was taken back before, or is too old to be changed here; the community worker can help."""


class AnswersInvalid(Invalid):
    """Some answers are not right."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A report in the transaction that accepts it."""

    report: Report
    resident: Resident
    answers: Shape
    said: str | None
    pack: Pack
    key: DataKey
    journeys: tuple[Journey, ...]
    now: datetime
    corrects: ReportId | None = None
    by: DeclaredBy = DeclaredBy.RESIDENT


@dataclass(frozen=True, slots=True)
class Consequence:
    """What one follower answers: advice as (code, rule ids), a plan to show, whether an alert rang."""

    advice: tuple[tuple[str, tuple[str, ...]], ...] = ()
    plan: PlanOut | None = None
    alerted: bool = False


class Follower(Protocol):
    """Something that must follow from a report, in the same transaction."""

    async def follow(self, work: Work, accepted: Accepted) -> Consequence: ...


@dataclass(frozen=True, slots=True)
class ReportService:
    transactions: Transactions
    packs: PackService
    followers: Sequence[Follower]
    words: Words
    clock: Clock

    async def accept(self, speaker: Speaker, report_in: ReportIn) -> ReportOut:
        """Record a report and what follows. The same form instance again answers what it answered the first time."""
        if speaker.resident is None:
            raise ConsentMissing
        about = spoken_for(speaker, report_in.about)
        now = self.clock.now()
        people = [ResidentId(one) for one in speaker.people]
        async with self.transactions.begin(Scope.of_people(people)) as work:
            resident = await work.residents.get(about)
            key = await work.residents.key(about)
            known = await work.reports.by_instance(speaker.address.id, report_in.instance_id, key)
            if known is not None:
                return _answer(known, duplicate=True)
            out = await self._record(
                work, resident, report_in, now, reporter=speaker.resident.id, address=speaker.address.id
            )
            if out is None:
                known = await work.reports.by_instance(speaker.address.id, report_in.instance_id, key)
                assert known is not None
                return _answer(known, duplicate=True)
        return out

    async def accept_for(
        self, about: ResidentId, report_in: ReportIn, *, by: DeclaredBy, official: Official
    ) -> ReportOut:
        """A report an official takes down for somebody: what follows is the same."""
        now = self.clock.now()
        async with self.transactions.begin(replace(official.scope, people=(about,))) as work:
            resident = await work.residents.get(about)
            out = await self._record(work, resident, report_in, now, reporter=None, address=None, by=by)
        assert out is not None  # without an address no form instance can have come before
        return out

    async def _record(
        self,
        work: Work,
        resident: Resident,
        report_in: ReportIn,
        now: datetime,
        *,
        reporter: ResidentId | None,
        address: AddressId | None,
        by: DeclaredBy = DeclaredBy.RESIDENT,
    ) -> ReportOut | None:
        """None where this form instance was handed in from this address before."""
        about = resident.id
        key = await work.residents.key(about)
        pack = await self.packs.for_area(work, resident.area, now)
        if report_in.corrects is not None:
            await _replaceable(work, report_in, about, now)
        answers = checked(report_in, now=now, pack=pack)
        report = Report(
            id=ReportId(work.new_id()),
            reference=_reference(),
            resident_id=about,
            reporter_id=reporter,
            address_id=address,
            kind=report_in.form,
            form_version=report_in.form_version,
            instance_id=report_in.instance_id,
            reported_at=now,
            corrects_id=ReportId(report_in.corrects) if report_in.corrects else None,
            body={"answers": answers.model_dump(mode="json"), "said": report_in.said},
        )
        if not await work.reports.add(report, key):
            return None
        journeys = _journeys(work, report, answers, now=now, pack=pack)
        for journey in journeys:
            await work.reports.add_journey(journey, key)
        accepted = Accepted(report, resident, answers, report_in.said, pack, key, journeys, now, report.corrects_id, by)
        outcome = await self._follow(work, accepted)
        await work.reports.keep_outcome(report, key, outcome.model_dump(mode="json"))
        await work.audit.add("report.accept", "report", report.id, at=now, kind=report.kind)
        return ReportOut(id=report.id, reference=report.reference, duplicate=False, outcome=outcome)

    async def _follow(self, work: Work, accepted: Accepted) -> Outcome:
        advice: dict[str, tuple[str, ...]] = {}
        plan: PlanOut | None = None
        alerted = False
        for follower in self.followers:
            consequence = await follower.follow(work, accepted)
            advice.update({code: rules for code, rules in consequence.advice if code not in advice})
            plan = plan or consequence.plan
            alerted = alerted or consequence.alerted
        language = accepted.resident.language
        hotlines = accepted.pack.hotlines
        known = {"fever_clinic": hotlines.fever_clinic, "call_emergency": hotlines.emergency}
        numbers = {code: number for code, number in known.items() if not isinstance(number, Unset)}
        return Outcome(
            reference=accepted.report.reference,
            advice=[
                Advice(
                    code=code,
                    text=self.words.say("advice", language, {"code": code, "number": numbers.get(code)}).plain,
                    rules=list(rules),
                )
                for code, rules in advice.items()
            ],
            plan=plan,
            alert_raised=alerted,
        )

    async def listed(
        self, *, official: Official, limit: int = 100, after: UUID | None = None, resident: ResidentId | None = None
    ) -> list[Report]:
        """Which reports came, without their words. Raises NotYourWork."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYourWork
        async with self.transactions.begin(official.scope) as work:
            return await work.reports.listed(limit=limit, after=after, resident=resident)

    async def of_resident(self, resident_id: ResidentId, *, official: Official) -> list[Report]:
        """A resident's reports with their words, for the official who looks into them; the look is on record."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYourWork
        async with self.transactions.begin(official.scope) as work:
            key = await work.residents.key(resident_id)
            listed = await work.reports.listed(resident=resident_id)
            await work.audit.add("report.read", "resident", resident_id, at=self.clock.now(), reports=len(listed))
            return [await work.reports.get(report.id, key) for report in listed]


async def _replaceable(work: Work, report_in: ReportIn, about: ResidentId, now: datetime) -> None:
    """Raises NotCorrectable, ReportNotFound: the right one takes the place of one of the same kind and person."""
    assert report_in.corrects is not None
    earlier = await work.reports.get(ReportId(report_in.corrects))
    if earlier.resident_id != about or earlier.kind is not report_in.form:
        raise NotCorrectable("a report is corrected by one of the same kind about the same person")
    if not is_correctable(earlier.reported_at, earlier.withdrawn_at, now):
        raise NotCorrectable


def _answer(report: Report, *, duplicate: bool) -> ReportOut:
    outcome = Outcome.model_validate(report.outcome or {"reference": report.reference})
    return ReportOut(id=report.id, reference=report.reference, duplicate=duplicate, outcome=outcome)


def _reference() -> str:
    """Short enough to read aloud; a random name for the report, not its key."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def checked(report_in: ReportIn, *, now: datetime, pack: Pack) -> Shape:
    """The answers in their form's shape, with dates that can be. Raises AnswersInvalid naming every field."""
    shape = ANSWERS.get(report_in.form)
    if shape is None:
        raise AnswersInvalid(f"there is no form {report_in.form}")
    try:
        answers = shape.model_validate(report_in.answers)
    except ShapeMismatch as wrong:
        raise AnswersInvalid(
            faults=tuple(
                Fault("answers." + ".".join(str(part) for part in error["loc"]), error["msg"])
                for error in wrong.errors()
            )
        ) from None
    faults = tuple(_impossible(answers, now=now, pack=pack))
    if faults:
        raise AnswersInvalid(faults=faults)
    return answers


def _impossible(answers: Shape, *, now: datetime, pack: Pack) -> list[Fault]:
    today = now.astimezone(pack.zone).date()
    oldest = today - OLDEST
    faults: list[Fault] = []

    def past(where: str, day: date | None) -> None:
        if day is not None and day > today:
            faults.append(Fault(where, "this day lies in the future"))
        elif day is not None and day < oldest:
            faults.append(Fault(where, "this day is more than a year ago"))

    match answers:
        case TravelAnswers():
            for number, leg in enumerate(answers.legs):
                where = f"answers.legs.{number}"
                past(f"{where}.departed_on", leg.departed_on)
                if _day(leg.arrived_at, pack) < leg.departed_on:
                    faults.append(Fault(f"{where}.arrived_at", "the arrival lies before the departure"))
        case ResidenceAnswers():
            for number, stay in enumerate(answers.stays):
                where = f"answers.stays.{number}"
                past(f"{where}.from_on", stay.from_on)
                past(f"{where}.to_on", stay.to_on)
                if stay.to_on is not None and stay.to_on < stay.from_on:
                    faults.append(Fault(f"{where}.to_on", "the stay ends before it begins"))
        case ContactAnswers():
            for number, met in enumerate(answers.contacts):
                past(f"answers.contacts.{number}.on", met.on)
        case SymptomAnswers():
            past("answers.onset", answers.onset)
        case ArrivalAnswers():
            if answers.arrives_at < now - timedelta(days=1):
                faults.append(Fault("answers.arrives_at", "this arrival lies in the past; report the journey instead"))
        case ArrivedAnswers():
            if answers.at > now + CLOCK_TOLERANCE:
                faults.append(Fault("answers.at", "this moment lies in the future"))
        case ClaimedResultAnswers():
            if answers.sampled_at > now + CLOCK_TOLERANCE:
                faults.append(Fault("answers.sampled_at", "this moment lies in the future"))
    return faults


def _day(moment: datetime | date, pack: Pack) -> date:
    if isinstance(moment, datetime):
        return moment.astimezone(pack.zone).date()
    return moment


def _journeys(work: Work, report: Report, answers: Shape, *, now: datetime, pack: Pack) -> tuple[Journey, ...]:
    """Every stay that can be matched with a risk area: where, from which day to which."""
    today = now.astimezone(pack.zone).date()

    def journey(kind: str, place: Place, from_on: date, to_on: date) -> Journey:
        return Journey(
            id=JourneyId(work.new_id()),
            report_id=report.id,
            resident_id=report.resident_id,
            kind=kind,
            area=place.area,
            country=place.country,
            from_on=from_on,
            to_on=max(from_on, to_on),
            place_levels=place_levels(place.area, place.detail or "") if place.area else (),
            place=place.model_dump(mode="json"),
        )

    match answers:
        case TravelAnswers():
            found = []
            for position, leg in enumerate(answers.legs):
                arrived = _day(leg.arrived_at, pack)
                onward = answers.legs[position + 1].departed_on if position + 1 < len(answers.legs) else arrived
                found.append(journey("travel", leg.origin, leg.departed_on, leg.departed_on))
                found.append(journey("travel", leg.destination, arrived, onward))
            return tuple(found)
        case ResidenceAnswers():
            return tuple(journey("residence", stay.place, stay.from_on, stay.to_on or today) for stay in answers.stays)
        case ContactAnswers():
            return tuple(journey("contact", met.place, met.on, met.on) for met in answers.contacts if met.place)
        case ArrivalAnswers():
            day = answers.arrives_at.astimezone(pack.zone).date()
            return (journey("arrival", answers.origin, day, day),)
    return ()


def words_of(answers: Shape, said: str | None) -> str | None:
    """The resident's own words, for the evidence of an alert."""
    own = answers.words if isinstance(answers, SymptomAnswers | CheckInAnswers) else None
    kept = [text for text in (said, own) if text]
    return "\n".join(dict.fromkeys(kept)) or None


def symptoms_in(report_kind: ReportKind, answers: Shape) -> dict[str, Any] | None:
    """Temperature and symptoms where a form asks for them; None where it does not, or all is well."""
    if isinstance(answers, SymptomAnswers):
        return {"temperature": answers.temperature, "symptoms": answers.symptoms, "onset": answers.onset}
    if isinstance(answers, CheckInAnswers) and not answers.well:
        return {"temperature": answers.temperature, "symptoms": answers.symptoms, "onset": None}
    return None
