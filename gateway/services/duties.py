"""Duties of units and people: who bears them, what they report, and what stands for a day.

One press is a report ("nothing today"); a second report about the same thing corrects the first, which stays on record.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.capacities import CapacityRule, asks_next, shortage
from gateway.domain.duties import (
    Bearer,
    Cadence,
    DutyField,
    DutyRule,
    Received,
    RollUp,
    checked,
    due_on,
    events_in,
    gaps_in,
    owes,
    ringing,
    rolled_up,
)
from gateway.domain.duty_rounds import due_of, strikes_next
from gateway.domain.kinds import AlertKind, AlertStatus, Level, OfficialId, ResidentId, Role, Severity, UnitId
from gateway.domain.packs import Pack
from gateway.domain.people import Identity, Speaker, masked_name
from gateway.domain.rules import Words
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Forbidden, Invalid, NotFound
from gateway.record.checklists import Unit
from gateway.record.duties import BearerNotFound, KeptBearer, KeptReport, Round
from gateway.record.record import Work
from gateway.record.vault import DataKey
from gateway.services.alerts import AlertService, Raising
from gateway.services.packs import PackService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("duties")
DUTY, EARLY_WARNING = "duty", "early_warning"
SUBJECT = "duty_bearer"
COUNTY, TOWNSHIP = 6, 9
#: How far back a day may still be reported.
OLDEST = timedelta(days=31)
#: A page names so many of the missing.
NAMED = 100

#: Who may report for somebody else of their area: by phone, at a visit.
REPORTING = (*PEOPLE_ROLES, Role.ADMINISTRATOR)
#: Who may say that a unit is a school, and a person a landlord.
NAMING = (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE, Role.HEALTH)


class DutyUnknown(NotFound):
    """No pack in force there asks for this."""


class NotYourDuty(Forbidden):
    """Only the unit itself, the person, or who works with their area reports this."""


class DayOutOfReach(Invalid):
    """This day cannot be reported: it is still to come, or too long ago."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it is handed in."""

    duty: str
    zero: bool = False
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


@dataclass(frozen=True, slots=True)
class Owed:
    """What somebody owes, and how it stands."""

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
class DutyService:
    transactions: Transactions
    packs: PackService
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
            pack = await self.packs.for_area(work, area, now)
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
            pack = await self.packs.for_area(work, resident.area, now)
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
            pack = await self.packs.for_area(work, area, now)
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
        pack = await self.packs.for_area(work, bearer.area, now)
        asked = asked_kinds(pack, duty)
        found = await work.duties.bearer_of(asked, unit=unit, resident=resident)
        if found is None:
            raise BearerNotFound
        return found

    async def _keep(
        self, work: Work, bearer: KeptBearer, told: Told, now: datetime, *, official: OfficialId | None
    ) -> KeptReport:
        pack = await self.packs.for_area(work, bearer.area, now)
        capacity = pack.capacities.get(told.duty)
        if capacity is not None:
            return await self._keep_capacity(work, bearer, capacity, told, pack, now, official)
        rule = pack.duties[told.duty]
        local = now.astimezone(pack.zone)
        day, slot = await self._which(work, told, rule, bearer, pack, local)
        values = checked(rule, told.values, zero=told.zero)
        note = (told.note or "").strip()[:2000] or None
        events = events_in(rule, values) or (1 if note and not told.zero else 0)
        zero = rule.zero and not events
        await work.duties.lock(bearer.id)
        key = await work.residents.key(bearer.resident_id) if bearer.resident_id else None
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
        )
        await self._write(work, report, before, body, key, now)
        await self._ring(work, report, rule, bearer, values, note, pack, now)
        await self._settle(work, report, rule, bearer)
        if report.events:
            work.wake(EARLY_WARNING, bearer.area[:TOWNSHIP], now)
        return report

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
            policy = pack.escalation(str(asked.rings))
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.DUTY_EVENT,
                    severity=Severity.URGENT if policy.ignores_quiet_hours else Severity.HIGH,
                    area=bearer.area,
                    dedup_key=f"duty_event:{report.id}:{asked.key}",
                    facts={
                        "duty": report.duty,
                        "title": both(rule.title),
                        "units": [bearer.name] if bearer.name else [],
                        "field": asked.key,
                        "count": values[asked.key],
                    },
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
        missing = shortage(rule, count)
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
        standing = [
            alert
            for alert in await work.alerts.open_for_subject(SUBJECT, bearer.id)
            if alert.kind is AlertKind.CAPACITY_SHORT and alert.facts.get("duty") == told.duty
        ]
        if missing is None:
            for alert in standing:
                await self.alerts.settle(work, alert, "reported")
        elif not standing:
            policy = pack.escalation(rule.ladder)
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.CAPACITY_SHORT,
                    severity=Severity.ROUTINE,
                    area=bearer.area,
                    dedup_key=f"capacity:{report.id}",
                    facts={
                        "duty": told.duty,
                        "title": both(rule.title),
                        "units": [bearer.name],
                        "count": missing.count,
                        "least": missing.least,
                    },
                    rules=rule.source,
                    policy_code=policy.code,
                    ladder=tuple(step for step in policy.freeze(now) if step.level is not Level.UL),
                    resolve_within=policy.resolve_within,
                    repeat_every=policy.repeat_every,
                    subject_kind=SUBJECT,
                    subject_id=bearer.id,
                ),
            )
        return report

    # reading

    async def days(self, *, official: Official, day: date | None = None) -> list[DutyDay]:
        """Every duty of the official's area on a day: what came, what is missing. Raises NotYourDuty."""
        if official.scope.area is None or not official.may(*REPORTING):
            raise NotYourDuty
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, now)
            chosen = day or now.astimezone(pack.zone).date()
            found = [await self.day(work, name, pack, chosen, area=official.area) for name in pack.duties]
        return [one for one in found if one.roll_up.total]

    async def day(self, work: Work, name: str, pack: Pack, day: date, *, area: str) -> DutyDay:
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
        shown = [one.resident_id for one, _ in wanted[:NAMED] if one.resident_id]
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
            lines=tuple(lines[:NAMED]),
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
            pack = await self.packs.for_area(work, bearer.area, now)
            today = now.astimezone(pack.zone).date()
            for name, rule in pack.duties.items():
                if kind not in rule.kinds:
                    continue
                standing = (await standing_of(work, name, rule, [bearer]))[bearer.id]
                day = due_on(rule, standing) or today
                if day == today and not owes(rule, standing, today):
                    continue
                reports = {one.slot: one for one in await work.duties.reported(name, [bearer.id], day)}
                found += [
                    Owed(
                        duty=name,
                        title=rule.title,
                        rules=rule.source,
                        day=day,
                        slot=slot,
                        due_at=due_of(rule, pack, day, slot),
                        zero_allowed=rule.zero,
                        fields=tuple(one.key for one in rule.fields),
                        reported_at=reports[slot].reported_at if slot in reports else None,
                        open=standing.untold or standing.open,
                        asked=rule.fields,
                    )
                    for slot in rule.slots
                ]
        return sorted(found, key=lambda one: (one.due_at, one.duty))

    async def versions(self, duty: str, bearer_id: UUID, day: date, *, official: Official) -> list[KeptReport]:
        """A day's report with what it replaced."""
        async with self.transactions.begin(official.scope) as work:
            return await work.duties.versions(duty, bearer_id, day)

    async def communities(self, *, official: Official) -> list[Community]:
        """Base numbers as units told them, beside the figures the record has now."""
        if official.scope.area is None or not official.may(*REPORTING):
            raise NotYourDuty
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, now)
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
            pack = await self.packs.for_area(work, official.area, now)
            for name, rule in pack.capacities.items():
                bearers = await work.duties.bearers(rule.units, area=official.area)
                newest = await work.duties.newest(name, [one.id for one in bearers])
                for one in bearers:
                    report = newest.get(one.id)
                    body = await work.duties.body(report, None) if report else {}
                    found.append(_strength(name, rule, one, report, body))
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
                pack = await self.packs.for_area(work, bearer.area if bearer else official.area, now)
                for name, rule in pack.capacities.items():
                    if bearer is not None and kind in rule.units:
                        newest = (await work.duties.newest(name, [bearer.id])).get(bearer.id)
                        body = await work.duties.body(newest, None) if newest else {}
                        found.append(_strength(name, rule, bearer, newest, body))
        return found

    async def pack_of(self, area: str) -> Pack:
        async with self.transactions.begin(_WORK) as work:
            return await self.packs.for_area(work, area, self.clock.now())


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


def bundled(rule: DutyRule) -> bool:
    """Units that are missing on the same day are told of together, by township."""
    return bool(rule.units) and rule.cadence in (Cadence.DAILY, Cadence.CHECKS)


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


def _strength(
    name: str, rule: CapacityRule, bearer: KeptBearer, report: KeptReport | None, body: Mapping[str, Any]
) -> Strength:
    return Strength(
        capacity=name,
        title=rule.title,
        unit=bearer.name,
        least=rule.least,
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
    )


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
