"""The clock of duties: reminds, asks again, rings, adds up and lists who is missing.

One round serves all who bear one duty in one county. What it says carries its own mark, so that a round cut short and
struck again says nothing twice; whoever reported by then hears nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.capacities import CapacityRule, Counted, asked_between, asks_next, is_asked, needed, shortage
from gateway.domain.duties import Cadence, DutyRule, owes
from gateway.domain.duty_rounds import Slot, Tone, due_of, strikes_next, struck
from gateway.domain.follow_ups import ringing_on
from gateway.domain.kinds import AlertKind, Hears, Lane, ResidentId, Role, Severity
from gateway.domain.packs import Pack
from gateway.domain.scopes import Official, Scope
from gateway.record.duties import KeptBearer, Round
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.duties import (
    COUNTY,
    DUTY,
    SUBJECT,
    TOWNSHIP,
    DutyService,
    DutyUnknown,
    both,
    bundled,
    missed_key,
    place_of,
    repeatable,
    standing_of,
    told_of,
)
from gateway.services.outbox import Letter, Outbox
from gateway.services.packs import PackService
from gateway.services.report_types import ReportTypeService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("duties")
#: Bearers one transaction speaks to.
PAGE = 200
#: After an outage the clock looks back so far.
LOOKS_BACK = 3 * DAY
#: A message names so many of the missing.
NAMED = 40
#: Nobody is asked by hand more often than that.
PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Nudged:
    """How many were asked, how many were asked within the hour already, and whom nobody can reach."""

    told: int
    early: int
    unreached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutyRoundService:
    transactions: Transactions
    packs: PackService
    types: ReportTypeService
    alerts: AlertService
    duties: DutyService
    outbox: Outbox
    clock: Clock

    # the clock

    async def due(self) -> list[UUID]:
        async with self.transactions.begin(_WORK) as work:
            return await work.duties.due_rounds(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{DUTY}:{one}", at) for one, at in await work.duties.waiting_rounds()]

    async def open_missing(self) -> None:
        """A clock for every duty somebody bears: packs change, and bearers were there before them."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            standing = {(one.duty, one.area) for one in await work.duties.rounds() if one.next_at is not None}
            kinds: dict[str, set[str]] = {}
            for kind, county in await work.duties.all_kinds(COUNTY):
                kinds.setdefault(county, set()).add(kind)
            for county, known in kinds.items():
                pack = await self.types.beside(work, county, now)
                await self.duties.open_rounds(work, pack, known, county, now, standing=standing)

    async def strike(self, round_id: UUID) -> None:
        """Say what this round has to say by now. Coming too early, or twice, says nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            round_ = await work.duties.find_round(round_id)
            if round_ is None or round_.next_at is None:
                return
            if round_.next_at > now:
                work.wake(DUTY, round_.id, round_.next_at)
                return
            pack = await self.types.beside(work, round_.area, now)
        after = max(round_.struck_at, now - LOOKS_BACK)
        following: datetime | None = None
        if round_.duty in pack.duties:
            for slot in struck(round_.duty, pack, after=after, until=now):
                await self._say(round_, pack, slot, now)
            following = strikes_next(round_.duty, pack, now)
        elif round_.duty in pack.capacities:
            await self._ask(round_, pack.capacities[round_.duty], pack, after, now)
            following = asks_next(pack.capacities[round_.duty], now.astimezone(pack.zone))
        async with self.transactions.begin(_WORK) as work:
            if await work.duties.strike(round_, struck_at=now, next_at=following) and following is not None:
                work.wake(DUTY, round_.id, following)

    # duties

    async def _say(self, round_: Round, pack: Pack, slot: Slot, now: datetime) -> None:
        if slot.tone is Tone.REMIND and now >= slot.due_at:
            return
        if slot.tone in (Tone.REMIND, Tone.AGAIN):

            async def remind(work: Work, missing: list[KeptBearer]) -> None:
                await self._remind(work, round_.duty, pack, slot, missing, now)

            await self._each_missing(round_, pack, slot, remind)
        elif slot.tone is Tone.RING:
            await self._ring(round_, pack, slot, now)
        else:
            await self._add_up(round_, pack, slot, now)

    async def _each_missing(
        self, round_: Round, pack: Pack, slot: Slot, speak: Callable[[Work, list[KeptBearer]], Awaitable[None]]
    ) -> None:
        """Who owes it and has not reported, page by page, each page in a transaction of its own."""
        rule = pack.duties[round_.duty]
        after: UUID | None = None
        while True:
            async with self.transactions.begin(_WORK) as work:
                page = await work.duties.bearers(rule.kinds, area=round_.area, on=slot.day, after=after, limit=PAGE)
                missing = await self._who_is_missing(work, round_.duty, rule, slot, page)
                if missing:
                    await speak(work, missing)
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def _who_is_missing(
        self, work: Work, duty: str, rule: DutyRule, slot: Slot, page: Sequence[KeptBearer]
    ) -> list[KeptBearer]:
        standing = await standing_of(work, duty, rule, page)
        if rule.cadence is Cadence.TRACKING:
            asked_again = slot.tone is not Tone.REMIND
            return [
                one
                for one in page
                if owes(rule, standing[one.id], slot.day) and (standing[one.id].untold or not asked_again)
            ]
        there = {
            one.bearer_id
            for one in await work.duties.reported(duty, [one.id for one in page], slot.day)
            if one.slot == slot.check
        }
        return [one for one in page if one.id not in there and owes(rule, standing[one.id], slot.day)]

    async def _remind(
        self, work: Work, duty: str, pack: Pack, slot: Slot, bearers: Sequence[KeptBearer], now: datetime
    ) -> set[UUID]:
        """Those of them who can be reached at all."""
        rule = pack.duties[duty]
        standing = await standing_of(work, duty, rule, bearers)
        mark = f"duty:{duty}:{slot.day.isoformat()}:{slot.check}:{slot.tone}:{int(slot.at.timestamp())}"
        people = await work.duties.people(bearers)
        told = await work.duties.last_days(duty, [one.id for one in bearers]) if repeatable(rule) else {}
        letters: list[Letter] = []
        reached: set[UUID] = set()
        for one in bearers:
            values = {
                "duty": duty,
                "title": both(rule.title),
                "unit": one.name,
                "day": slot.day.isoformat(),
                "slot": slot.check,
                "due_at": slot.due_at.isoformat(),
                "tone": slot.tone.value,
                "zero": rule.zero,
                "press": rule.cadence is not Cadence.TRACKING,
                "same": one.id in told,
                "open": standing[one.id].open,
                "untold": standing[one.id].untold,
                "quote": self._quote(rule.source),
            }
            if one.resident_id is None:
                officials = await work.officials.of_unit([one.unit_id] if one.unit_id else [])
                await self.outbox.to_officials(
                    work, officials, "duty_reminder", values, now=now, lane=Lane.REMINDER, dedup=f"{mark}:{one.id}"
                )
                reached |= {one.id} if officials else set()
                continue
            if one.resident_id in people:
                reached.add(one.id)
                letters.append(Letter(people[one.resident_id], values))
        if letters:
            await self.outbox.to_residents(work, letters, "duty_reminder", now=now, dedup=mark)
        return reached

    async def nudge(self, duty: str, day: date, *, official: Official, area: str | None = None) -> Nudged:
        """Ask everybody of an area who has not reported, now and by their own addresses; each at most once an hour.

        Raises NotYourDuty, DutyUnknown.
        """
        place = place_of(official, area)
        now = self.clock.now()
        told, early, unreached = 0, 0, []
        async with self.transactions.begin(official.scope) as work:
            pack = await self.types.beside(work, place, now)
            rule = pack.duties.get(duty)
            if rule is None or rule.cadence is Cadence.TRACKING:
                raise DutyUnknown
            bearers = await work.duties.bearers(rule.kinds, area=place, on=day)
        for check in rule.slots:
            due_at = due_of(rule, pack, day, check)
            tone = Tone.AGAIN if now >= due_at else Tone.REMIND
            slot = Slot(now, tone, day, due_at, check)
            for start in range(0, len(bearers), PAGE):
                async with self.transactions.begin(_WORK) as work:
                    missing = await self._who_is_missing(work, duty, rule, slot, bearers[start : start + PAGE])
                    name = f"{duty}:{check}" if check else duty
                    free = await work.duties.may_nudge(name, [one.id for one in missing], now, pause=PAUSE)
                    asked = [one for one in missing if one.id in free]
                    reached = await self._remind(work, duty, pack, slot, asked, now)
                    told += len(reached)
                    early += len(missing) - len(asked)
                    unreached += [one.name for one in asked if one.id not in reached]
        async with self.transactions.begin(official.scope) as work:
            await work.audit.add("duty.nudge", "duty", duty, at=now, area=place, day=day.isoformat(), told=told)
        return Nudged(told, early, tuple(unreached))

    async def _ring(self, round_: Round, pack: Pack, slot: Slot, now: datetime) -> None:
        rule = pack.duties[round_.duty]
        by_township: dict[str, list[str]] = {}

        async def ring(work: Work, missing: list[KeptBearer]) -> None:
            for one in missing:
                if bundled(rule):
                    by_township.setdefault(one.area[:TOWNSHIP], []).append(one.name)
                    continue
                key = missed_key(round_.duty, str(one.id), slot.day, slot.check)
                await self._raise(work, round_.duty, rule, pack, slot, one.area, key, [one.name], now, bearer=one)

        await self._each_missing(round_, pack, slot, ring)
        async with self.transactions.begin(_WORK) as work:
            for township, names in by_township.items():
                key = missed_key(round_.duty, township, slot.day, slot.check)
                await self._raise(work, round_.duty, rule, pack, slot, township, key, names, now)

    async def _raise(
        self,
        work: Work,
        duty: str,
        rule: DutyRule,
        pack: Pack,
        slot: Slot,
        area: str,
        key: str,
        names: Sequence[str],
        now: datetime,
        *,
        bearer: KeptBearer | None = None,
    ) -> None:
        ladder = pack.ladder(rule.ladder)
        steps, every = ringing_on(slot.ladder, ladder, pack.zone)
        resident = ResidentId(bearer.resident_id) if bearer is not None and bearer.resident_id else None
        if resident is not None and (await work.residents.find(resident)) is None:
            return
        named = [name for name in names if name]
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.DUTY_MISSED,
                severity=Severity.ROUTINE,
                area=area,
                dedup_key=key,
                facts={
                    "duty": duty,
                    "title": both(rule.title),
                    "units": named[:NAMED],
                    "missing": len(names),
                    "day": slot.day.isoformat(),
                    "due_at": slot.due_at.isoformat(),
                },
                rules=rule.source,
                policy_code=rule.ladder,
                ladder=steps,
                resolve_within=pack.escalation(rule.ladder).resolve_within,
                repeat_every=every,
                ignores_quiet_hours=ladder.ignores_quiet_hours,
                subject_kind=SUBJECT,
                subject_id=bearer.id if bearer is not None else None,
                resident_id=resident,
            ),
        )

    async def _add_up(self, round_: Round, pack: Pack, slot: Slot, now: datetime) -> None:
        """The roll-up to whom the duty informs; next morning the list of those still missing, if there are any."""
        rule = pack.duties[round_.duty]
        morning = slot.tone is Tone.MISSING
        roles: Iterable[Role] = rule.informs
        if morning:
            roles = pack.duty_rounds.missing_to if pack.duty_rounds is not None else ()
        async with self.transactions.begin(_WORK) as work:
            bearers = await work.duties.bearers(rule.kinds, area=round_.area, on=slot.day)
            places = {Role.TOWNSHIP: sorted({one.area[:TOWNSHIP] for one in bearers})}
            for role in roles:
                for area in places.get(role, [round_.area]):
                    day = await self.duties.day(work, round_.duty, pack, slot.day, area=area)
                    if day.roll_up.total and (day.roll_up.missing or not morning):
                        await self._send_sum(work, role, area, round_.duty, rule, day.roll_up, slot, now)

    async def _send_sum(
        self, work: Work, role: Role, area: str, duty: str, rule: DutyRule, sum_: Any, slot: Slot, now: datetime
    ) -> None:
        holders = (await work.officials.on_call([role], area, now)).get(role, [])
        sum_up = {
            "title": both(rule.title),
            "area": area,
            "day": slot.day.isoformat(),
            "tone": slot.tone.value,
            "received": sum_.received,
            "total": sum_.total,
            "zero": sum_.zero,
            "events": sum_.events,
            "missing": list(sum_.missing[:NAMED]),
            "more": max(0, len(sum_.missing) - NAMED),
        }
        dedup = f"duty_sum:{duty}:{area}:{slot.day.isoformat()}:{slot.tone}:{role}"
        await self.outbox.to_officials(work, holders, "duty_roll_up", sum_up, now=now, lane=Lane.REMINDER, dedup=dedup)
        if rule.by_people and slot.tone is Tone.MISSING:
            return  # nothing but names of people
        await self.outbox.to_desks(
            work,
            await work.desk_addresses.hearing(area, [role], Hears.DIGESTS),
            "duty_roll_up",
            sum_up | ({"missing": [], "more": 0} if rule.by_people else {}),
            now=now,
            dedup=dedup,
            daily=True,
        )

    # capacities

    async def _ask(self, round_: Round, rule: CapacityRule, pack: Pack, after: datetime, now: datetime) -> None:
        days = asked_between(rule, after.astimezone(pack.zone), now.astimezone(pack.zone))
        if not days:
            return
        day = days[-1]
        async with self.transactions.begin(_WORK) as work:
            bearers = await work.duties.bearers(rule.units, area=round_.area, on=day)
            newest = await work.duties.newest(round_.duty, [one.id for one in bearers])
            bases = await told_of(work, rule.share_of, bearers)
            silent: list[str] = []
            for one in bearers:
                report = newest.get(one.id)
                body = await work.duties.body(report, None) if report else {}
                base = bases.get(one.id)
                counted = Counted(report.day if report else None, body["values"]["count"] if body else None, base)
                if not is_asked(rule, counted, day):
                    continue
                missing = shortage(rule, counted.count, base) if counted.count is not None else None
                repeated = day.day != rule.asked_on_day
                if repeated and missing is None:
                    silent.append(one.name)
                await self.outbox.to_officials(
                    work,
                    await work.officials.of_unit([one.unit_id] if one.unit_id else []),
                    "capacity_asked",
                    {
                        "capacity": round_.duty,
                        "title": both(rule.title),
                        "unit": one.name,
                        "least": needed(rule, base),
                        "most": rule.most,
                        "count": counted.count,
                        "short": missing is not None and repeated,
                        "quote": self._quote(rule.source),
                    },
                    now=now,
                    lane=Lane.REMINDER,
                    dedup=f"capacity:{round_.duty}:{day.isoformat()}:{one.id}",
                )
            if silent:
                await self._tell_silent(work, round_, rule, silent, day.isoformat(), now)

    async def _tell_silent(
        self, work: Work, round_: Round, rule: CapacityRule, silent: Sequence[str], day: str, now: datetime
    ) -> None:
        """Who did not answer when asked: to the headquarters' office, else to the county's duty."""
        offices = [unit.id for unit in await work.checklists.units(round_.area) if unit.kind == "hq_office"]
        officials = await work.officials.of_unit(offices) or (
            await work.officials.on_call([Role.COUNTY], round_.area, now)
        ).get(Role.COUNTY, [])
        await self.outbox.to_officials(
            work,
            officials,
            "duty_roll_up",
            {
                "title": both(rule.title),
                "area": round_.area,
                "day": day,
                "tone": Tone.MISSING.value,
                "received": 0,
                "total": 0,
                "zero": 0,
                "events": 0,
                "missing": list(silent[:NAMED]),
                "more": max(0, len(silent) - NAMED),
            },
            now=now,
            lane=Lane.REMINDER,
            dedup=f"capacity_silent:{round_.duty}:{round_.area}:{day}",
        )

    def _quote(self, rules: Iterable[str]) -> dict[str, str] | None:
        quotes = self.packs.quotes()
        known = next((quotes[rule] for rule in rules if rule in quotes), None)
        return {"zh": known.quote_zh, "en": known.english, "id": known.id} if known else None
