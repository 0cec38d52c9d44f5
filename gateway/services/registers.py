"""Registers units keep of people: come with symptoms, bought medicine against them, absent through illness.

A suspicious entry rings at once and counts into its monitoring stream; a tracked one stays open until it is resolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.duties import RegisterRule, suspicious
from gateway.domain.early_warnings import Registered, comes_again
from gateway.domain.kinds import AlertKind, ResidentId, Severity
from gateway.domain.packs import Pack
from gateway.domain.people import normal_id_number, normal_phone
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Invalid, NotFound
from gateway.record.duties import BearerNotFound, Entry, KeptBearer
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.duties import EARLY_WARNING, SUBJECT, TOWNSHIP, NotYourDuty, both, may_report
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("registers")


class RegisterUnknown(NotFound):
    """No pack in force there has such a register for this unit."""


class NobodyNamed(Invalid):
    """Somebody is written down by name, with a phone or an ID number if there is one."""


@dataclass(frozen=True, slots=True)
class WrittenDown:
    """One person as a unit writes them down."""

    register: str
    name: str
    phone: str | None = None
    id_number: str | None = None
    symptoms: tuple[str, ...] = ()
    medicine: str | None = None
    cause: str | None = None
    words: str | None = None
    tested: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clock: Clock

    async def write_down(self, told: WrittenDown, *, official: Official, unit_id: UUID | None = None) -> Entry:
        """Keep it; what is suspicious rings. Raises RegisterUnknown, NotYourDuty, NobodyNamed."""
        if not told.name.strip():
            raise NobodyNamed
        now = self.clock.now()
        unit = unit_id or official.unit_id
        async with self.transactions.begin(official.scope) as work:
            bearer, rule, pack = await self._register(work, told.register, unit, now)
        may_report(official, bearer)
        async with self.transactions.begin(_WORK) as work:
            return await self._keep(work, told, bearer, rule, pack, official, now)

    async def write_down_at(
        self, work: Work, told: WrittenDown, *, unit: UUID | None, kind: str, area: str
    ) -> Entry | None:
        """Inside the caller's transaction: somebody writes themself down at a unit's door. None where the unit does not
        keep this register."""
        now = self.clock.now()
        pack = await self.packs.for_area(work, area, now)
        bearer = await work.duties.bearer_of((kind,), unit=unit)
        if bearer is None:
            return None
        return await self._keep(work, told, bearer, pack.registers[told.register], pack, None, now)

    async def _register(
        self, work: Work, register: str, unit: UUID | None, now: datetime
    ) -> tuple[KeptBearer, RegisterRule, Pack]:
        kinds = await work.duties.kinds_of(unit=unit)
        first = await work.duties.bearer_of(kinds, unit=unit) if kinds else None
        if first is None:
            raise BearerNotFound
        pack = await self.packs.for_area(work, first.area, now)
        rule = pack.registers.get(register)
        bearer = await work.duties.bearer_of(rule.units, unit=unit) if rule is not None else None
        if rule is None or bearer is None:
            raise RegisterUnknown
        return bearer, rule, pack

    async def _keep(
        self,
        work: Work,
        told: WrittenDown,
        bearer: KeptBearer,
        rule: RegisterRule,
        pack: Pack,
        official: Official | None,
        now: datetime,
    ) -> Entry:
        today = now.astimezone(pack.zone).date()
        day = told.day or today
        if not today - 31 * DAY <= day <= today:
            raise Invalid("this day is still to come, or too long ago")
        counted = suspicious(rule, told.symptoms)
        repeated = pack.repeat_registrations
        followed = bool(counted) or (repeated is not None and bool(told.symptoms))
        entry = Entry(
            id=work.new_id(),
            register=told.register,
            area=bearer.area,
            day=day,
            recorded_at=now,
            unit_id=bearer.unit_id,
            unit_kind=bearer.kind,
            stream=rule.stream.get(bearer.kind) if counted else None,
            tested=told.tested,
            told=bool(told.cause) or not rule.tracked,
            rules=rule.source,
            recorded_by=official.id if official is not None else None,
            resolved_at=None if rule.tracked else now,
            person={"name": told.name.strip()[:80], "phone": told.phone, "id_number": told.id_number},
            body={
                "symptoms": list(told.symptoms),
                "medicine": told.medicine,
                "cause": told.cause,
                "words": told.words,
            },
        )
        person = _person_key(told)
        await work.duties.write_down(entry, person)
        await work.audit.add("register.write", "register_entry", entry.id, at=now, register=told.register)
        resident = await self._known(work, told)
        if counted and rule.rings is not None:
            await self._ring(work, told, entry, bearer, rule, pack, counted, resident, now)
        if followed and repeated is not None and person is not None:
            await self._look_again(work, entry, bearer, pack, person, resident, now)
        if entry.stream is not None:
            work.wake(EARLY_WARNING, bearer.area[:TOWNSHIP], now)
        return entry

    async def _known(self, work: Work, told: WrittenDown) -> ResidentId | None:
        """The resident who is meant, where exactly one has this phone or ID number and no other name."""
        found = await work.residents.meant(phone=told.phone, id_number=told.id_number, name=told.name)
        return found.id if found is not None else None

    async def _ring(
        self,
        work: Work,
        told: WrittenDown,
        entry: Entry,
        bearer: KeptBearer,
        rule: RegisterRule,
        pack: Pack,
        symptoms: Sequence[str],
        resident: ResidentId | None,
        now: datetime,
    ) -> None:
        policy = pack.escalation(str(rule.rings))
        said = " ".join(part for part in (told.name, told.phone, *(f"[{one}]" for one in symptoms)) if part)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.SYMPTOM_REGISTERED,
                severity=Severity.HIGH,
                area=bearer.area,
                dedup_key=f"register:{entry.id}",
                facts={
                    "register": entry.register,
                    "title": both(rule.title),
                    "units": [bearer.name],
                },
                rules=rule.source,
                policy_code=policy.code,
                ladder=policy.freeze(now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind=SUBJECT,
                subject_id=bearer.id,
                resident_id=resident,
                evidence=f"{said}\n「{told.words}」" if told.words else said,
            ),
        )

    async def _look_again(
        self,
        work: Work,
        entry: Entry,
        bearer: KeptBearer,
        pack: Pack,
        person: str,
        resident: ResidentId | None,
        now: datetime,
    ) -> None:
        """The same person on several days, and no sample: an alert for each new day of it."""
        rule = pack.repeat_registrations
        assert rule is not None
        since = entry.day - (rule.within_days - 1) * DAY
        known = await work.duties.entries_of_person(person, since=since)
        sampled = await self._sampled(work, resident, since, pack)
        registered = [
            Registered(str(one.unit_kind), one.day, tested=one.tested or sampled) for one in known if one.unit_kind
        ]
        days = comes_again(rule, registered, entry.day)
        if not days:
            return
        policy = pack.escalation(rule.ladder)
        mark = work.vault.index("register", person)
        assert mark is not None
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.REPEAT_REGISTRATION,
                severity=Severity.HIGH,
                area=bearer.area,
                dedup_key=f"repeat:{mark.hex()}:{entry.day.isoformat()}",
                facts={
                    "title": both(rule.title),
                    "units": [bearer.name],
                    "days": [one.isoformat() for one in days],
                    "count": len(days),
                },
                rules=rule.source,
                policy_code=policy.code,
                ladder=policy.freeze(now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind=SUBJECT,
                subject_id=bearer.id,
                resident_id=resident,
                evidence=" ".join(str(part) for part in (entry.person["name"], entry.person["phone"]) if part),
            ),
        )

    async def _sampled(self, work: Work, resident: ResidentId | None, since: date, pack: Pack) -> bool:
        if resident is None:
            return False
        taken = await work.results.samplings(resident, await work.residents.key(resident))
        return any(one.sampled_at.astimezone(pack.zone).date() >= since for one in taken)

    # what stays open

    async def say_cause(self, entry_id: UUID, cause: str, *, official: Official) -> Entry:
        """Why somebody is absent; the entry stays open until it is resolved."""
        return await self._change(entry_id, official, cause=cause.strip()[:500])

    async def resolve(self, entry_id: UUID, outcome: str, *, official: Official) -> Entry:
        """Well again, or in other hands: no longer tracked."""
        return await self._change(entry_id, official, outcome=outcome.strip()[:500])

    async def _change(self, entry_id: UUID, official: Official, **said: Any) -> Entry:
        if not all(said.values()):
            raise Invalid("say it in a word or two")
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            before = await work.duties.entry(entry_id)
            if before.unit_id != official.unit_id and not _works_here(official, before.area):
                raise NotYourDuty
        async with self.transactions.begin(_WORK) as work:
            entry = await work.duties.entry(entry_id, lock=True)
            ended = now if "outcome" in said else entry.resolved_at
            await work.duties.change_entry(
                entry, body={**entry.body, **said}, told=True, tested=entry.tested, resolved_at=ended
            )
            await work.audit.add("register.change", "register_entry", entry.id, at=now, what=sorted(said))
            for alert in await work.alerts.open_for_subject(SUBJECT, await self._bearer_id(work, entry)):
                if alert.kind is AlertKind.DUTY_MISSED and not await self._untold(work, entry):
                    await self.alerts.settle(work, alert, "reported")
            return await work.duties.entry(entry_id)

    async def _bearer_id(self, work: Work, entry: Entry) -> UUID:
        bearer = await work.duties.bearer_of([str(entry.unit_kind)], unit=entry.unit_id)
        return bearer.id if bearer is not None else entry.id

    async def _untold(self, work: Work, entry: Entry) -> int:
        counts = await work.duties.open_counts(entry.register, [entry.unit_id] if entry.unit_id else [])
        return counts.get(entry.unit_id, (0, 0))[1] if entry.unit_id else 0

    async def open_entries(self, register: str, *, official: Official) -> list[Entry]:
        """What is still tracked, with names: the unit's own, or those of the area for who works with people there."""
        if official.scope.area is not None and not official.may(*PEOPLE_ROLES):
            return []
        async with self.transactions.begin(official.scope) as work:
            units = [official.unit_id] if official.scope.area is None and official.unit_id else None
            found = await work.duties.open_entries(register, units=units)
            if found:
                await work.audit.add(
                    "register.read", "register", register, at=self.clock.now(), area=official.area, entries=len(found)
                )
            return found


def _works_here(official: Official, area: str) -> bool:
    return official.scope.area is not None and area.startswith(official.area) and official.may(*PEOPLE_ROLES)


def _person_key(told: WrittenDown) -> str | None:
    """What tells that it is the same person again: the ID number, else the phone; a name alone does not."""
    if told.id_number:
        return f"id:{normal_id_number(told.id_number)}"
    return f"phone:{normal_phone(told.phone)}" if told.phone else None
