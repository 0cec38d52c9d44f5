"""Duties of units and people: who bears them, what they report, and what stands for a day.

One press is a report ("nothing today"); a second report about the same thing corrects the first, which stays on record.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.capacities import CapacityRule, asks_next, needed, shares_of, shortage
from gateway.domain.duties import (
    BY_CHAT,
    MEASURED,
    Bearer,
    Cadence,
    DutyField,
    DutyRule,
    Prefill,
    Received,
    RollUp,
    checked,
    due_on,
    events_in,
    gaps_in,
    is_asked,
    last_due,
    owes,
    prefilled,
    ringing,
    rolled_up,
    still_asked,
)
from gateway.domain.duty_rounds import due_of, strikes_next
from gateway.domain.kinds import AlertKind, AlertStatus, Level, OfficialId, ResidentId, Role, Severity, UnitId
from gateway.domain.packs import Pack
from gateway.domain.people import Identity, Speaker, masked_name
from gateway.domain.report_types import rule_of
from gateway.domain.rules import Words
from gateway.domain.scopes import AREA_DIGITS, PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden, Invalid, NotFound
from gateway.policies.report_types import read
from gateway.record.checklists import Unit
from gateway.record.duties import BearerNotFound, KeptBearer, KeptReport, Round
from gateway.record.record import Work
from gateway.record.report_types import KeptType
from gateway.record.vault import DataKey
from gateway.services.alerts import AlertService, Raising
from gateway.services.report_types import ReportTypeService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("duties")
DUTY, EARLY_WARNING = "duty", "early_warning"
SUBJECT = "duty_bearer"
COUNTY, TOWNSHIP = 6, 9
#: How far back a day may still be reported.
OLDEST = timedelta(days=31)
#: A page names so many of the missing; the page of one duty all that a county can have.
NAMED, ALL = 100, 20_000

#: Who may report for somebody else of their area: by phone, at a visit.
REPORTING = (*PEOPLE_ROLES, Role.ADMINISTRATOR)
#: Who may say that a unit is a school, and a person a landlord.
NAMING = (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE, Role.HEALTH)


class DutyUnknown(NotFound):
    """No pack in force there asks for this."""


class NotYourDuty(Forbidden):
    """Only the unit itself, the person, or who works with their area reports this."""


class NothingToRepeat(Conflict):
    """There is no earlier report that could be sent again. Please tell the numbers."""


class DayOutOfReach(Invalid):
    """This day cannot be reported: it is still to come, or too long ago."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it is handed in. `same`: it says what was told last, all of it."""

    duty: str
    zero: bool = False
    same: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None
    day: date | None = None
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One bearer on the page of a day."""

    bearer_id: UUID
    unit_id: UnitId | None
    resident_id: ResidentId | None
    name: str
    slot: str
    reported_at: datetime | None
    zero: bool
    events: int
    late: bool
    corrected: bool
    area: str
    report: KeptReport | None = None


@dataclass(frozen=True, slots=True)
class DutyDay:
    """One duty of an area on one day."""

    duty: str
    title: Words
    rules: tuple[str, ...]
    day: date
    cadence: str
    by_people: bool
    zero_allowed: bool
    roll_up: RollUp
    lines: tuple[Line, ...]
    due_at: datetime
    version: UUID | None = None
    asked: tuple[DutyField, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One area's share of a duty's day. `sums` are what was told, added up field by field."""

    area: str
    received: int
    total: int
    late: int
    missing: tuple[str, ...]
    sums: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody owes, and how it stands. `values` are told already, or stand there before anybody wrote; `same`:
    what was told last can be sent again."""

    duty: str
    title: Words
    rules: tuple[str, ...]
    day: date
    slot: str
    due_at: datetime
    zero_allowed: bool
    fields: tuple[str, ...]
    reported_at: datetime | None
    open: int = 0
    asked: tuple[DutyField, ...] = ()
    version: UUID | None = None
    bearer_id: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    same: bool = False
    ladder: str = ""

    @property
    def by_chat(self) -> bool:
        """Its questions follow from one another, or ask what a page cannot: it is told in a talk."""
        return any(one.kind in BY_CHAT or one.relevant for one in self.asked)


@dataclass(frozen=True, slots=True)
class Version:
    """One telling of a report. `made_with` is the number of the type's version, where it was made here."""

    report: KeptReport
    values: Mapping[str, Any]
    note: str | None
    by: str | None
    made_with: int | None
    asked: tuple[DutyField, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A day's report of one bearer, the newest telling first."""

    duty: str
    title: Words
    bearer_id: UUID
    name: str
    day: date
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Community:
    """A unit's reported base numbers beside what the record counts now, and the gaps it told of."""

    unit: str
    told_on: date | None
    base: Mapping[str, Any]
    live: Mapping[str, int]
    live_rules: tuple[str, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strength:
    """One capacity of one unit."""

    capacity: str
    title: Words
    unit: str
    least: int
    most: int | None
    count: int | None
    told_on: date | None

    @property
    def short(self) -> bool:
        return self.count is not None and self.count < self.least


@dataclass(frozen=True, slots=True)
class Short:
    """So many, where so many are needed."""

    count: Any
    least: Any


@dataclass(frozen=True, slots=True)
class Ringing:
    """Which ladder a shortage rings, and what of; `field` names the one of several that is short."""

    ladder: str
    rules: tuple[str, ...]
    title: Words
    field: str = ""
    label: Words | None = None


@dataclass(frozen=True, slots=True)
class DutyService:
    transactions: Transactions
    types: ReportTypeService
    alerts: AlertService
    clock: Clock

    # who owes

    async def enrol_unit(
        self,
        name: str,
        *,
        kinds: Sequence[str],
        area: str,
        official: Official | None,
        since: date | None = None,
    ) -> UnitId:
        """A unit of these kinds, made when it is new; from now on it owes what packs ask of them."""
        _may_name(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            unit = await self._unit(work, name, kinds[0] if kinds else "office", area)
            pack = await self.types.beside(work, area, now)
            first = since or _first_day(now.astimezone(pack.zone))
            for kind in kinds:
                await work.duties.enrol(KeptBearer(work.new_id(), area, kind, first, unit_id=unit.id), now)
            await work.audit.add("duty.enrol", "unit", unit.id, at=now, kinds=list(kinds), area=area)
            await self.open_rounds(work, pack, kinds, area[:COUNTY], now)
        return unit.id

    async def _unit(self, work: Work, name: str, kind: str, area: str) -> Unit:
        for unit in await work.checklists.units(area):
            if name in (unit.key, unit.name, *unit.aliases):
                return unit
        unit = Unit(UnitId(work.new_id()), area, name, name, (), kind)
        await work.checklists.add_unit(unit)
        return unit

    async def enrol_person(
        self, resident_id: ResidentId, *, kind: str, official: Official | None, since: date | None = None
    ) -> UUID:
        """A person of a class (a landlord, a market worker); from now on they owe what packs ask of it."""
        now = self.clock.now()
        scope = official.scope if official is not None else _WORK
        async with self.transactions.begin(scope) as work:
            resident = await work.residents.get(resident_id)
            _may_name(official, resident.area)
        async with self.transactions.begin(_WORK) as work:
            pack = await self.types.beside(work, resident.area, now)
            first = since or _first_day(now.astimezone(pack.zone))
            bearer = await work.duties.enrol(
                KeptBearer(work.new_id(), resident.area, kind, first, resident_id=resident.id), now
            )
            await work.audit.add("duty.enrol", "resident", resident.id, at=now, kinds=[kind], area=resident.area)
            await self.open_rounds(work, pack, [kind], resident.area[:COUNTY], now)
        return bearer.id

    async def open_rounds(
        self,
        work: Work,
        pack: Pack,
        kinds: Iterable[str],
        county: str,
        now: datetime,
        *,
        standing: Collection[tuple[str, str]] = (),
    ) -> None:
        """A clock for every duty and capacity these kinds bear in this county, but for those that stand already."""
        wanted = set(kinds)
        local = now.astimezone(pack.zone)
        following: dict[str, datetime | None] = {
            name: strikes_next(name, pack, now) for name, rule in pack.duties.items() if wanted & set(rule.kinds)
        }
        following |= {
            name: asks_next(rule, local) for name, rule in pack.capacities.items() if wanted & set(rule.units)
        }
        for name, at in following.items():
            if (name, county) in standing:
                continue
            opened = Round(work.new_id(), name, county, now, at)
            if at is not None and await work.duties.open_round(opened):
                kept = await work.duties.round(name, county)
                if kept is not None and kept.next_at is not None:
                    work.wake(DUTY, kept.id, kept.next_at)

    async def name_date(self, duty: str, on: date, *, area: str, official: Official | None) -> None:
        """A day before which this is due: a term begins, a holiday ends."""
        _may_name(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.types.beside(work, area, now)
            rule = pack.duties.get(duty)
            if rule is None or rule.cadence is not Cadence.DATED:
                raise DutyUnknown
            await work.duties.name_date(work.new_id(), duty, area, on, official.id if official else None, now)
            await work.audit.add("duty.date", "duty", duty, at=now, area=area, on=on.isoformat())

    # reporting

    async def report_by_official(
        self,
        told: Told,
        *,
        official: Official,
        unit_id: UUID | None = None,
        resident_id: ResidentId | None = None,
    ) -> KeptReport:
        """A unit's own person, or whoever works with the area, for a unit or a person. Raises NotYourDuty."""
        now = self.clock.now()
        unit = unit_id or (official.unit_id if resident_id is None else None)
        async with self.transactions.begin(official.scope) as work:
            bearer = await self._bearer(work, told.duty, now, unit=unit, resident=resident_id)
        may_report(official, bearer)
        async with self.transactions.begin(_WORK) as work:
            return await self._keep(work, bearer, told, now, official=official.id)

    async def report_by_resident(self, told: Told, *, speaker: Speaker, about: ResidentId | None = None) -> KeptReport:
        """A person, for themselves or their family."""
        now = self.clock.now()
        resident = spoken_for(speaker, about)
        async with self.transactions.begin(_WORK) as work:
            bearer = await self._bearer(work, told.duty, now, resident=resident)
            return await self._keep(work, bearer, told, now, official=None)

    async def _bearer(
        self, work: Work, duty: str, now: datetime, *, unit: UUID | None = None, resident: UUID | None = None
    ) -> KeptBearer:
        kinds = await work.duties.kinds_of(unit=unit, resident=resident)
        bearer = await work.duties.bearer_of(kinds, unit=unit, resident=resident) if kinds else None
        if bearer is None:
            raise BearerNotFound
        pack = await self.types.beside(work, bearer.area, now)
        asked = asked_kinds(pack, duty)
        found = await work.duties.bearer_of(asked, unit=unit, resident=resident)
        if found is None:
            raise BearerNotFound
        return found

    async def _keep(
        self, work: Work, bearer: KeptBearer, told: Told, now: datetime, *, official: OfficialId | None
    ) -> KeptReport:
        pack = await self.types.beside(work, bearer.area, now)
        capacity = pack.capacities.get(told.duty)
        if capacity is not None:
            return await self._keep_capacity(work, bearer, capacity, told, pack, now, official)
        rule = pack.duties[told.duty]
        local = now.astimezone(pack.zone)
        day, slot = await self._which(work, told, rule, bearer, pack, local)
        key = await work.residents.key(bearer.resident_id) if bearer.resident_id else None
        if told.same:
            told = await self._repeated(work, told, rule, bearer, day, key)
        values = checked(rule, told.values, zero=told.zero, today=local.date())
        note = (told.note or "").strip()[:2000] or None
        events = events_in(rule, values) or (1 if note and not told.zero else 0)
        zero = rule.zero and not events
        await work.duties.lock(bearer.id)
        before = await work.duties.live(told.duty, bearer.id, day, slot)
        body = {"values": values, "note": note}
        if before is not None and before.zero == zero and await work.duties.body(before, key) == body:
            return before
        standing = (await standing_of(work, told.duty, rule, [bearer]))[bearer.id]
        report = KeptReport(
            id=work.new_id(),
            duty=told.duty,
            bearer_id=bearer.id,
            area=bearer.area,
            day=day,
            slot=slot,
            zero=zero,
            events=events,
            late=_is_late(rule, pack, standing, day, slot, now),
            reported_at=now,
            rules=rule.source,
            unit_id=bearer.unit_id,
            resident_id=bearer.resident_id,
            reported_by=official,
            corrects_id=before.id if before else None,
            version_id=rule.version,
        )
        await self._write(work, report, before, body, key, now)
        await self._ring(work, report, rule, bearer, values, note, pack, now)
        await self._settle(work, report, rule, bearer)
        if report.events:
            work.wake(EARLY_WARNING, bearer.area[:TOWNSHIP], now)
        return report

    async def _repeated(
        self, work: Work, told: Told, rule: DutyRule, bearer: KeptBearer, day: date, key: DataKey | None
    ) -> Told:
        """What was told last, as far as it is still asked."""
        last = await work.duties.last_before(told.duty, bearer.id, day)
        if last is None:
            raise NothingToRepeat
        body = await work.duties.body(last, key)
        values = still_asked(rule, body["values"])
        if not last.zero and any(
            one.owed and is_asked(one, values.get) and one.key not in values for one in rule.fields
        ):
            raise NothingToRepeat
        return replace(told, zero=last.zero, values=values, note=body.get("note"))

    async def _which(
        self, work: Work, told: Told, rule: DutyRule, bearer: KeptBearer, pack: Pack, local: datetime
    ) -> tuple[date, str]:
        today = local.date()
        day = told.day or today
        if rule.cadence is Cadence.DATED:
            dates = [on - DAY for _, on in await work.duties.dates(told.duty, bearer.area)]
            day = told.day or min((one for one in dates if one >= today), default=today)
        elif not today - OLDEST <= day <= today:
            raise DayOutOfReach
        if not rule.checks:
            return day, ""
        begun = [check.key for check in rule.checks if day < today or check.opens <= local.time()]
        slot = told.slot or (begun[-1] if begun else rule.checks[0].key)
        if slot not in rule.slots:
            raise DutyUnknown
        return day, slot

    async def _write(
        self,
        work: Work,
        report: KeptReport,
        before: KeptReport | None,
        body: Mapping[str, Any],
        key: DataKey | None,
        now: datetime,
    ) -> None:
        if before is not None:
            await work.duties.replace(before.id, now)
        await work.duties.add(report, body, key)
        await work.audit.add(
            "duty.report",
            "duty_report",
            report.id,
            at=now,
            duty=report.duty,
            day=report.day.isoformat(),
            corrects=str(before.id) if before else None,
        )

    async def _ring(
        self,
        work: Work,
        report: KeptReport,
        rule: DutyRule,
        bearer: KeptBearer,
        values: Mapping[str, Any],
        note: str | None,
        pack: Pack,
        now: datetime,
    ) -> None:
        for asked in ringing(rule, values):
            if asked.rings_below is not None:
                continue
            policy = pack.escalation(str(asked.rings))
            facts = {
                "duty": report.duty,
                "title": both(rule.title),
                "units": [bearer.name] if bearer.name else [],
                "field": asked.key,
                "label": both(asked.label) if asked.label is not None else None,
                "count": values[asked.key],
                "threshold": _whole(asked.rings_from),
            }
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.DUTY_EVENT,
                    severity=Severity.URGENT if policy.ignores_quiet_hours else Severity.HIGH,
                    area=bearer.area,
                    dedup_key=f"duty_event:{report.id}:{asked.key}",
                    facts={name: value for name, value in facts.items() if value is not None},
                    rules=rule.source,
                    policy_code=policy.code,
                    ladder=policy.freeze(now),
                    resolve_within=policy.resolve_within,
                    repeat_every=policy.repeat_every,
                    ignores_quiet_hours=policy.ignores_quiet_hours,
                    subject_kind=SUBJECT,
                    subject_id=bearer.id,
                    resident_id=bearer.resident_id,
                    evidence=note,
                ),
            )
        short = {one.key for one in ringing(rule, values)}
        for asked in rule.fields:
            if asked.rings is not None and asked.rings_below is not None and asked.key in values:
                missing = Short(values.get(asked.key), _whole(asked.rings_below)) if asked.key in short else None
                ladder = Ringing(asked.rings, rule.source, rule.title, asked.key, asked.label)
                await self._short(work, report, bearer, missing, ladder, pack, now)

    async def _short(
        self,
        work: Work,
        report: KeptReport,
        bearer: KeptBearer,
        missing: Short | None,
        about: Ringing,
        pack: Pack,
        now: datetime,
    ) -> None:
        """Fewer than there have to be: whoever answers hears it, and again until there are enough."""
        standing = [
            alert
            for alert in await work.alerts.open_for_subject(SUBJECT, bearer.id)
            if alert.kind is AlertKind.CAPACITY_SHORT
            and alert.facts.get("duty") == report.duty
            and alert.facts.get("about", "") == about.field
        ]
        if missing is None:
            for alert in standing:
                await self.alerts.settle(work, alert, "reported")
            return
        if standing:
            return
        policy = pack.escalation(about.ladder)
        facts = {
            "duty": report.duty,
            "about": about.field or None,
            "label": both(about.label) if about.label is not None else None,
            "title": both(about.title),
            "units": [bearer.name] if bearer.name else [],
            "count": missing.count,
            "least": missing.least,
        }
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.CAPACITY_SHORT,
                severity=Severity.ROUTINE,
                area=bearer.area,
                dedup_key=f"capacity:{report.id}:{about.field or report.duty}",
                facts={name: value for name, value in facts.items() if value is not None},
                rules=about.rules,
                policy_code=policy.code,
                ladder=tuple(step for step in policy.freeze(now) if step.level is not Level.UL),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                subject_kind=SUBJECT,
                subject_id=bearer.id,
            ),
        )

    async def _settle(self, work: Work, report: KeptReport, rule: DutyRule, bearer: KeptBearer) -> None:
        """Whoever was missed is heard of: what rang about them rings no more."""
        if bundled(rule):
            alert = await work.alerts.by_dedup_key(
                missed_key(report.duty, bearer.area[:TOWNSHIP], report.day, report.slot)
            )
            if alert is None or alert.status is AlertStatus.RESOLVED:
                return
            others = await work.duties.bearers(rule.kinds, area=bearer.area[:TOWNSHIP], on=report.day)
            there = {
                one.bearer_id
                for one in await work.duties.reported(report.duty, [one.id for one in others], report.day)
                if one.slot == report.slot
            }
            if all(one.id in there for one in others):
                await self.alerts.settle(work, alert, "reported")
            return
        for alert in await work.alerts.open_for_subject(SUBJECT, bearer.id):
            about = alert.facts.get("day")
            if (
                alert.kind is AlertKind.DUTY_MISSED
                and alert.facts.get("duty") == report.duty
                and (about is None or about <= report.day.isoformat())
            ):
                await self.alerts.settle(work, alert, "reported")

    async def _keep_capacity(
        self,
        work: Work,
        bearer: KeptBearer,
        rule: CapacityRule,
        told: Told,
        pack: Pack,
        now: datetime,
        official: OfficialId | None,
    ) -> KeptReport:
        count = told.values.get("count")
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 100_000:
            raise Invalid("how many there are is missing")
        day = now.astimezone(pack.zone).date()
        await work.duties.lock(bearer.id)
        before = await work.duties.live(told.duty, bearer.id, day, "")
        base = (await told_of(work, rule.share_of, [bearer])).get(bearer.id)
        report = KeptReport(
            id=work.new_id(),
            duty=told.duty,
            bearer_id=bearer.id,
            area=bearer.area,
            day=day,
            slot="",
            zero=False,
            events=0,
            late=False,
            reported_at=now,
            rules=rule.source,
            unit_id=bearer.unit_id,
            reported_by=official,
            corrects_id=before.id if before else None,
        )
        await self._write(work, report, before, {"values": {"count": count}, "note": told.note}, None, now)
        await self._measure(work, report, bearer, rule, count, base, pack, now)
        for name, share in shares_of(pack.capacities, told.duty).items():
            part = (await told_of(work, name, [bearer])).get(bearer.id)
            if part is not None:
                await self._measure(work, replace(report, duty=name), bearer, share, part, count, pack, now)
        return report

    async def _measure(
        self,
        work: Work,
        report: KeptReport,
        bearer: KeptBearer,
        rule: CapacityRule,
        count: int,
        base: int | None,
        pack: Pack,
        now: datetime,
    ) -> None:
        """A number against what is needed: a share anew as well when the whole is told that it is of."""
        found = shortage(rule, count, base)
        missing = Short(found.count, found.least) if found is not None else None
        await self._short(work, report, bearer, missing, Ringing(rule.ladder, rule.source, rule.title), pack, now)

    # reading

    async def days(self, *, official: Official, day: date | None = None, area: str | None = None) -> list[DutyDay]:
        """Every duty of the official's area, or of a part of it, on a day: what came, what is missing.

        Raises NotYourDuty.
        """
        place = place_of(official, area)
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            pack = await self.types.beside(work, place, now)
            chosen = day or now.astimezone(pack.zone).date()
            found = [await self.day(work, name, pack, chosen, area=place) for name in pack.duties]
        return [one for one in found if one.roll_up.total]

    async def sum(
        self, duty: str, *, official: Official, day: date | None = None, area: str | None = None
    ) -> tuple[DutyDay, tuple[Part, ...]]:
        """One duty on a day, and the same by the next smaller areas. Raises NotYourDuty, DutyUnknown."""
        place = place_of(official, area)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.types.beside(work, place, now)
            if duty not in pack.duties:
                raise DutyUnknown
            chosen = day or now.astimezone(pack.zone).date()
            whole = await self.day(work, duty, pack, chosen, area=place, named=ALL)
            fields = [one for one in pack.duties[duty].fields if one.kind in MEASURED]
            bodies = await self._bodies(work, whole)
        digits = next((one for one in AREA_DIGITS if one > len(place)), None)
        places = sorted({line.area[:digits] for line in whole.lines if digits and len(line.area) >= digits})
        parts = tuple(
            _part(one, [line for line in whole.lines if line.area.startswith(one)], fields, bodies) for one in places
        )
        return whole, (_part(place, whole.lines, fields, bodies), *parts)

    async def _bodies(self, work: Work, day: DutyDay) -> dict[UUID, Mapping[str, Any]]:
        """What was told, by bearer, where it is no person's own."""
        reports = [line.report for line in day.lines if line.report is not None and line.resident_id is None]
        bodies: dict[UUID, Mapping[str, Any]] = {}
        for report, body in (await work.duties.bodies(reports)).items():
            bodies[report] = body.get("values", {})
        return bodies

    async def day(self, work: Work, name: str, pack: Pack, day: date, *, area: str, named: int = NAMED) -> DutyDay:
        rule = pack.duties[name]
        bearers = await work.duties.bearers(rule.kinds, area=area, on=day)
        standing = await standing_of(work, name, rule, bearers)
        reports = {
            (one.bearer_id, one.slot): one for one in await work.duties.reported(name, [one.id for one in bearers], day)
        }
        wanted = [
            (one, slot)
            for one in bearers
            for slot in rule.slots
            if owes(rule, standing[one.id], day) or (one.id, slot) in reports or _overdue(rule, standing[one.id], day)
        ]
        shown = [one.resident_id for one, _ in wanted[:named] if one.resident_id]
        names = await work.residents.identities(shown) if shown else {}
        lines = [_line(one, slot, reports.get((one.id, slot)), names) for one, slot in wanted]
        if rule.cadence is Cadence.TRACKING:
            received = [Received(one.name, reported=not standing[one.id].untold) for one, _ in wanted]
        else:
            received = [Received(_spoken(line), line.reported_at is not None, line.zero) for line in lines]
        return DutyDay(
            duty=name,
            title=rule.title,
            rules=rule.source,
            day=day,
            cadence=rule.cadence,
            by_people=rule.by_people,
            zero_allowed=rule.zero,
            roll_up=rolled_up(received),
            lines=tuple(lines[:named]),
            version=rule.version,
            due_at=due_of(rule, pack, day, rule.slots[-1]),
            asked=rule.fields,
        )

    async def owed_by_unit(self, *, official: Official) -> list[Owed]:
        """What the official's own unit owes today."""
        if official.unit_id is None:
            return []
        async with self.transactions.begin(official.scope) as work:
            return await self._owed(work, unit=official.unit_id)

    async def owed_by_person(self, *, speaker: Speaker, about: ResidentId | None = None) -> list[Owed]:
        resident = spoken_for(speaker, about)
        async with self.transactions.begin(_WORK) as work:
            return await self._owed(work, resident=resident)

    async def _owed(self, work: Work, *, unit: UUID | None = None, resident: UUID | None = None) -> list[Owed]:
        now = self.clock.now()
        kinds = await work.duties.kinds_of(unit=unit, resident=resident)
        found: list[Owed] = []
        for kind in sorted(kinds):
            bearer = await work.duties.bearer_of([kind], unit=unit, resident=resident)
            if bearer is None:
                continue
            pack = await self.types.beside(work, bearer.area, now)
            today = now.astimezone(pack.zone).date()
            for name, rule in pack.duties.items():
                if kind not in rule.kinds:
                    continue
                standing = (await standing_of(work, name, rule, [bearer]))[bearer.id]
                day = due_on(rule, standing) or last_due(rule, standing, today)
                if rule.cadence is not Cadence.ROLLING and not owes(rule, standing, day):
                    continue
                found += [
                    await self._owed_slot(work, name, rule, pack, bearer, standing, day, slot) for slot in rule.slots
                ]
        return sorted(found, key=lambda one: (one.due_at, one.duty))

    async def _owed_slot(
        self,
        work: Work,
        duty: str,
        rule: DutyRule,
        pack: Pack,
        bearer: KeptBearer,
        standing: Bearer,
        day: date,
        slot: str,
    ) -> Owed:
        report = await work.duties.live(duty, bearer.id, day, slot)
        last = await work.duties.last_before(duty, bearer.id, day) if report is None else None
        key = await work.residents.key(bearer.resident_id) if bearer.resident_id else None
        values: Mapping[str, Any]
        if report is not None:
            values = (await work.duties.body(report, key)).get("values", {})
        else:
            values = await self._prefilled(work, rule, bearer, last, key, pack)
        return Owed(
            duty=duty,
            title=rule.title,
            rules=rule.source,
            day=day,
            slot=slot,
            due_at=due_of(rule, pack, day, slot),
            zero_allowed=rule.zero,
            fields=tuple(one.key for one in rule.fields),
            reported_at=report.reported_at if report is not None else None,
            open=standing.untold or standing.open,
            asked=rule.fields,
            version=rule.version,
            bearer_id=bearer.id,
            values=values,
            same=last is not None and repeatable(rule),
            ladder=rule.ladder,
        )

    async def _prefilled(
        self, work: Work, rule: DutyRule, bearer: KeptBearer, last: KeptReport | None, key: DataKey | None, pack: Pack
    ) -> Mapping[str, Any]:
        wanted = {one.prefill for one in rule.fields if one.prefill is not None}
        if not wanted:
            return {}
        body = await work.duties.body(last, key) if last is not None and Prefill.LAST in wanted else {}
        figures: Mapping[str, int] = {}
        if wanted - {Prefill.LAST}:
            local = self.clock.now().astimezone(pack.zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            figures = await work.duties.live_figures(bearer.area, since=midnight, today=local.date())
        return prefilled(rule, still_asked(rule, body.get("values", {})), figures)

    async def asked(
        self,
        duty: str,
        day: date,
        slot: str,
        *,
        official: Official | None = None,
        speaker: Speaker | None = None,
        about: ResidentId | None = None,
    ) -> Owed:
        """One duty of the caller's unit, or of a person, on a day: what is asked, and what stands there already.

        Raises DutyUnknown where nobody asks this of them.
        """
        now = self.clock.now()
        unit = official.unit_id if official is not None else None
        resident = spoken_for(speaker, about) if unit is None and speaker is not None else None
        async with self.transactions.begin(_WORK) as work:
            bearer = await self._bearer(work, duty, now, unit=unit, resident=resident)
            pack = await self.types.beside(work, bearer.area, now)
            rule = pack.duties.get(duty)
            if rule is None or slot not in rule.slots:
                raise DutyUnknown
            standing = (await standing_of(work, duty, rule, [bearer]))[bearer.id]
            return await self._owed_slot(work, duty, rule, pack, bearer, standing, day, slot)

    async def versions(self, duty: str, bearer_id: UUID, day: date, *, official: Official) -> list[KeptReport]:
        """A day's report with what it replaced."""
        async with self.transactions.begin(official.scope) as work:
            return await work.duties.versions(duty, bearer_id, day)

    async def history(self, duty: str, bearer_id: UUID, day: date, *, official: Official) -> History:
        """A day's report with everything it replaced: who told what, when, and by which version of the type.

        Raises BearerNotFound, NotYourDuty, DutyUnknown.
        """
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            bearer = await work.duties.bearer(bearer_id)
            may_report(official, bearer)
            await work.audit.add("duty.read", "duty_bearer", bearer.id, at=now, duty=duty, day=day.isoformat())
            pack = await self.types.beside(work, bearer.area, now)
            found = await work.duties.versions(duty, bearer_id, day)
            if duty not in pack.duties and not found:
                raise DutyUnknown
            key = await work.residents.key(bearer.resident_id) if bearer.resident_id else None
            kept = await work.report_types.by_ids({one.version_id for one in found if one.version_id is not None})
            authors = await work.officials.by_ids([one.reported_by for one in found if one.reported_by is not None])
            versions = []
            for one in found:
                rule = await self._as_made(kept.get(one.version_id) if one.version_id else None, pack, duty)
                body = await work.duties.body(one, key)
                by = authors[one.reported_by].name if one.reported_by in authors else None
                made = kept[one.version_id].number if one.version_id in kept else None
                asked = rule.fields if rule is not None else ()
                versions.append(Version(one, body.get("values", {}), body.get("note"), by, made, asked))
        rule = pack.duties.get(duty)
        title = rule.title if rule is not None else Words(zh=duty, en=duty)
        return History(duty, title, bearer.id, bearer.name, day, tuple(versions))

    async def _as_made(self, kept: KeptType | None, pack: Pack, duty: str) -> DutyRule | None:
        """What was asked when it was told: the version it was made with, else the pack's own."""
        if kept is None:
            return pack.duties.get(duty)
        return rule_of(kept.key, kept.id, read(kept.content), from_day=kept.from_day)

    async def communities(self, *, official: Official) -> list[Community]:
        """Base numbers as units told them, beside the figures the record has now."""
        if official.scope.area is None or not official.may(*REPORTING):
            raise NotYourDuty
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.types.beside(work, official.area, now)
            local = now.astimezone(pack.zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            told: dict[UUID, dict[str, Any]] = {}
            shown: dict[UUID, Community] = {}
            for name, rule in pack.duties.items():
                if not {"community", "village"} & set(rule.units) or rule.cadence is not Cadence.ROLLING:
                    continue
                bearers = await work.duties.bearers(rule.units, area=official.area, on=local.date())
                newest = await work.duties.newest(name, [one.id for one in bearers])
                for one in bearers[:NAMED]:
                    report = newest.get(one.id)
                    body = await work.duties.body(report, None) if report else {}
                    told.setdefault(one.id, {}).update(body.get("values", {}))
                    before = shown.get(one.id)
                    figures = await work.duties.live_figures(one.area, since=midnight, today=local.date())
                    chosen = pack.live.figures if pack.live else ()
                    shown[one.id] = Community(
                        unit=one.name,
                        told_on=report.day if report else (before.told_on if before else None),
                        base=told[one.id],
                        live={figure: figures[figure] for figure in chosen},
                        live_rules=pack.live.source if pack.live else (),
                        gaps=(*(before.gaps if before else ()), *(gaps_in(rule, body["values"]) if body else ())),
                    )
        return list(shown.values())

    async def strengths(self, *, official: Official) -> list[Strength]:
        """Every capacity of every unit of the official's area, as told last."""
        if official.scope.area is None or not official.may(*REPORTING):
            raise NotYourDuty
        now = self.clock.now()
        found: list[Strength] = []
        async with self.transactions.begin(official.scope) as work:
            pack = await self.types.beside(work, official.area, now)
            for name, rule in pack.capacities.items():
                bearers = await work.duties.bearers(rule.units, area=official.area)
                newest = await work.duties.newest(name, [one.id for one in bearers])
                bases = await told_of(work, rule.share_of, bearers)
                for one in bearers:
                    report = newest.get(one.id)
                    body = await work.duties.body(report, None) if report else {}
                    found.append(_strength(name, rule, one, report, body, bases.get(one.id)))
        return found

    async def asked_of_unit(self, *, official: Official) -> list[Strength]:
        """The capacities of the official's own unit, as told last."""
        if official.unit_id is None:
            return []
        now = self.clock.now()
        found = []
        async with self.transactions.begin(official.scope) as work:
            for kind in sorted(await work.duties.kinds_of(unit=official.unit_id)):
                bearer = await work.duties.bearer_of([kind], unit=official.unit_id)
                pack = await self.types.beside(work, bearer.area if bearer else official.area, now)
                for name, rule in pack.capacities.items():
                    if bearer is not None and kind in rule.units:
                        newest = (await work.duties.newest(name, [bearer.id])).get(bearer.id)
                        body = await work.duties.body(newest, None) if newest else {}
                        base = (await told_of(work, rule.share_of, [bearer])).get(bearer.id)
                        found.append(_strength(name, rule, bearer, newest, body, base))
        return found

    async def pack_of(self, area: str) -> Pack:
        async with self.transactions.begin(_WORK) as work:
            return await self.types.beside(work, area, self.clock.now())


def asked_kinds(pack: Pack, duty: str) -> tuple[str, ...]:
    """Whom a duty or a capacity is asked of. Raises DutyUnknown."""
    if duty in pack.capacities:
        return pack.capacities[duty].units
    if duty not in pack.duties or pack.duties[duty].cadence is Cadence.TRACKING:
        raise DutyUnknown
    return pack.duties[duty].kinds


def both(title: Words) -> dict[str, str]:
    """A title as messages take it."""
    return {"zh": title.zh, "en": title.en}


def repeatable(rule: DutyRule) -> bool:
    """Whether "the same as last time" means something: there are numbers or words to say again."""
    return bool(rule.fields) and rule.version is not None


def bundled(rule: DutyRule) -> bool:
    """Units that are missing on the same day are told of together, by township."""
    return rule.adds_up


def missed_key(duty: str, whose: str, day: date, slot: str) -> str:
    return f"duty:{duty}:{whose}:{day.isoformat()}:{slot}"


async def standing_of(work: Work, duty: str, rule: DutyRule, bearers: Sequence[KeptBearer]) -> dict[UUID, Bearer]:
    """How each of them stands: when last, which dates, what is open."""
    ids = [one.id for one in bearers]
    if rule.cadence is Cadence.ROLLING:
        last = await work.duties.last_days(duty, ids)
        return {one.id: Bearer(one.since, last=last.get(one.id)) for one in bearers}
    if rule.cadence is Cadence.DATED:
        named: dict[str, list[tuple[str, date]]] = {}
        for one in bearers:
            county = one.area[:COUNTY]
            if county not in named:
                named[county] = await work.duties.dates(duty, county)
        return {
            one.id: Bearer(
                one.since, dates=tuple(on for area, on in named[one.area[:COUNTY]] if one.area.startswith(area))
            )
            for one in bearers
        }
    if rule.cadence is Cadence.TRACKING:
        counts = await work.duties.open_counts(str(rule.follows), [one.unit_id for one in bearers if one.unit_id])
        return {
            one.id: Bearer(one.since, open=counts[one.unit_id][0], untold=counts[one.unit_id][1])
            if one.unit_id in counts
            else Bearer(one.since)
            for one in bearers
        }
    return {one.id: Bearer(one.since) for one in bearers}


async def told_of(work: Work, capacity: str | None, bearers: Sequence[KeptBearer]) -> dict[UUID, int]:
    """What each of them told last of a capacity."""
    if capacity is None:
        return {}
    newest = await work.duties.newest(capacity, [one.id for one in bearers])
    bodies = await work.duties.bodies(list(newest.values()))
    return {bearer: bodies[report.id]["values"]["count"] for bearer, report in newest.items() if bodies.get(report.id)}


def _strength(
    name: str,
    rule: CapacityRule,
    bearer: KeptBearer,
    report: KeptReport | None,
    body: Mapping[str, Any],
    base: int | None,
) -> Strength:
    return Strength(
        capacity=name,
        title=rule.title,
        unit=bearer.name,
        least=needed(rule, base),
        most=rule.most,
        count=body["values"]["count"] if body else None,
        told_on=report.day if report else None,
    )


def _overdue(rule: DutyRule, bearer: Bearer, day: date) -> bool:
    due = due_on(rule, bearer)
    return due is not None and due < day


def _is_late(rule: DutyRule, pack: Pack, standing: Bearer, day: date, slot: str, now: datetime) -> bool:
    if rule.cadence is Cadence.ROLLING:
        due = due_on(rule, standing)
        return due is not None and day > due
    return now > due_of(rule, pack, day, slot)


def _line(bearer: KeptBearer, slot: str, report: KeptReport | None, names: Mapping[UUID, Identity]) -> Line:
    person = names.get(bearer.resident_id) if bearer.resident_id else None
    return Line(
        bearer_id=bearer.id,
        unit_id=bearer.unit_id,
        resident_id=bearer.resident_id,
        name=bearer.name or (masked_name(person.name) if person else "") or "",
        slot=slot,
        reported_at=report.reported_at if report else None,
        zero=report.zero if report else False,
        events=report.events if report else 0,
        late=report.late if report else False,
        corrected=report is not None and report.corrects_id is not None,
        area=bearer.area,
        report=report,
    )


def _part(
    area: str, lines: Sequence[Line], fields: Sequence[DutyField], bodies: Mapping[UUID, Mapping[str, Any]]
) -> Part:
    told = [bodies.get(line.report.id, {}) for line in lines if line.report is not None]
    sums = {one.key: sum(body.get(one.key, 0) for body in told) for one in fields}
    return Part(
        area=area,
        received=sum(line.reported_at is not None for line in lines),
        total=len(lines),
        late=sum(line.late for line in lines),
        missing=tuple(_spoken(line) for line in lines if line.reported_at is None),
        sums=sums,
    )


def place_of(official: Official, area: str | None) -> str:
    """The own area, or the part of it that was chosen. Raises NotYourDuty for anything else."""
    if official.scope.area is None or not official.may(*REPORTING):
        raise NotYourDuty
    if area is None or not area.startswith(official.area):
        return official.area
    return area


def _whole(value: float | None) -> float | None:
    """A threshold as people write it: 400, not 400.0."""
    return int(value) if value is not None and float(value).is_integer() else value


def _spoken(line: Line) -> str:
    return f"{line.name} · {line.slot}" if line.slot else line.name


def _first_day(local: datetime) -> date:
    """Whoever comes onto the list in the afternoon owes from the next day on: most of this one was not watched."""
    return local.date() if local.hour < 12 else local.date() + DAY


def _may_name(official: Official | None, area: str) -> None:
    if official is None:
        return
    if official.scope.area is None or not area.startswith(official.area) or not official.may(*NAMING):
        raise NotYourDuty


def may_report(official: Official, bearer: KeptBearer) -> None:
    if bearer.unit_id is not None and bearer.unit_id == official.unit_id:
        return
    if official.scope.area is not None and bearer.area.startswith(official.area) and official.may(*REPORTING):
        return
    raise NotYourDuty
