"""Levels of areas, and what follows a change: notices, measures, checkpoints, rounds of testing, looking after people.

A level stands at the township or above it. Everything a change sets going is a schedule on record, so that lifting can
show that nothing goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Protocol
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.controls import (
    LEVEL_OF_ROLE,
    RISKY,
    TOWNSHIP_DIGITS,
    VILLAGE_DIGITS,
    Answer,
    AreaLevel,
    ArrivalEvidence,
    Coverage,
    Passing,
    Switched,
    Verdict,
    at_clock,
    checkpoint_area,
    guard_shifts,
    level_faults,
    may_pass,
    next_at,
    open_loop,
    rounds_asked,
    switched,
    told_together,
    tracking,
    turns,
    welfare_due,
)
from gateway.domain.escalations import EscalationPolicy, LadderStep
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    ControlId,
    Lane,
    Level,
    MatchKind,
    OfficialId,
    ResidentId,
    ResponseLevel,
    RiskLevel,
    Role,
    ScheduleId,
    Severity,
    WelfareCheckId,
)
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker, masked_name
from gateway.domain.places import Gazetteer
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden, Invalid, NotConfigured, NotFound
from gateway.record.controls import ControlEvent, KeyPopulation, LevelRow, Schedule, StandingMeasures, WelfareCheck
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.broadcasts import over_all
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.residents import AreaUnknown
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("area levels")
SCHEDULE = "area_schedule"
#: Kinds of schedules.
GUARD, ROUND, WELFARE = "guard", "round", "welfare"
ASK, LOOK = "ask", "look"
#: Units that are no places people go to.
_NO_PLACES = ("office", "group", "compound")
LEVEL_ROLES = (Role.COUNTY, Role.CITY, Role.PROVINCE, Role.HEALTH, Role.LIST_OWNER)


class LevelNotPossible(Invalid):
    """This level cannot stand for this area."""


class NotYoursToControl(Forbidden):
    """Your role or area does not decide about this."""


class NoRoundLeft(Conflict):
    """Every round that is asked for here was begun already."""


class NoSuchShift(Invalid):
    """This checkpoint has no such shift."""


class NoSuchStage(Invalid):
    """The closed loop has no such stage here."""


class WelfareGroupUnknown(Invalid):
    """No notice in force here names this group of people."""


class CheckNotFound(NotFound):
    """There is no such question to you."""


@dataclass(frozen=True, slots=True)
class LevelChanged:
    """An area's level changed. `villages` are those with cases; whoever follows acts inside the same transaction."""

    area: str
    was: AreaLevel
    now: AreaLevel
    effective_at: datetime
    pack: Pack
    villages: tuple[str, ...]
    official: OfficialId | None


class LevelFollower(Protocol):
    async def follow(self, work: Work, changed: LevelChanged) -> None: ...


@dataclass(frozen=True, slots=True)
class RoundView:
    number: int
    asked: int
    opened_at: datetime
    coverage: Coverage
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tracked:
    """Somebody who came from a key area: which states are reached (DL-3.3-e)."""

    resident_id: ResidentId
    person: str | None
    area: str
    entry_on: date | None
    states: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class GuardShift:
    begins: str
    ends: str
    who: str | None


@dataclass(frozen=True, slots=True)
class Guard:
    """A checkpoint and who stands guard there, round the clock."""

    id: ScheduleId
    area: str
    name: str | None
    shifts: tuple[GuardShift, ...]


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area as its page shows it."""

    area: str
    level: LevelRow | None
    open_loop: tuple[str, ...]
    measures: tuple[StandingMeasures, ...]
    rounds: tuple[RoundView, ...]
    guards: tuple[Guard, ...]
    looked_after: int
    passing: tuple[tuple[Passing, Verdict], ...] = ()


def _passing(pack: Pack, risk: RiskLevel) -> tuple[tuple[Passing, Verdict], ...]:
    """Who passes a checkpoint at this level, and what everybody shows first."""
    return tuple((who, may_pass(pack.tiers, risk, who)) for who in Passing)


def _at_the_gate(pack: Pack, risk: RiskLevel) -> dict[str, list[str]]:
    """The same as facts of an alert, for those who stand guard."""
    passing = dict(_passing(pack, risk))
    barred = [str(who) for who, verdict in passing.items() if verdict.answer is Answer.NO and not verdict.needs]
    return {"entry": list(passing[Passing.RESIDENT].needs), "barred": barred}


@dataclass(frozen=True, slots=True)
class AreaLevelService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    outbox: Outbox
    divisions: Gazetteer
    clock: Clock
    followers: tuple[LevelFollower, ...] = ()

    # levels

    async def set_level(
        self,
        area: str,
        *,
        official: Official,
        risk: RiskLevel,
        response: ResponseLevel | None = None,
        villages: Sequence[str] = (),
        effective_at: datetime | None = None,
    ) -> LevelChanged:
        """Set an area's levels, and let everything that hangs on them follow before this returns."""
        if not official.may(*LEVEL_ROLES) or not area.startswith(official.area):
            raise NotYoursToControl
        self._must_exist(area, villages)
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.controls.level(area, lock=True)
            was = row.level if row is not None else AreaLevel()
            pack = await self.packs.for_area(work, area, now)
            to = AreaLevel(risk, response or was.response)
            faults = level_faults(pack.control, pack.levels, area, was, to)
            if faults:
                raise LevelNotPossible(faults=faults)
            return await self.change(
                work, area, to, pack=pack, villages=tuple(villages), effective_at=effective_at or now, by=official.id
            )

    def _must_exist(self, area: str, villages: Sequence[str]) -> None:
        """Raises AreaUnknown: a level for an area nobody lives in would hold for nobody and look as if it did.

        Villages are known by their code alone; they lie in the area, and so in its township.
        """
        if self.divisions.find_area(area) is None and not _village_of(area, self.divisions):
            raise AreaUnknown(f"there is no administrative division with the code {area}")
        for village in villages:
            if not (village.startswith(area) and _village_of(village, self.divisions)):
                raise AreaUnknown(f"{village} is no village or community of {area}: its code has twelve digits")

    async def change(
        self,
        work: Work,
        area: str,
        to: AreaLevel,
        *,
        pack: Pack,
        villages: tuple[str, ...],
        effective_at: datetime,
        by: OfficialId | None,
    ) -> LevelChanged:
        """Inside the caller's transaction."""
        now = self.clock.now()
        row = await work.controls.level(area, lock=True)
        was = row.level if row is not None else AreaLevel()
        changed = LevelChanged(area, was, to, effective_at, pack, villages, by)
        await work.controls.set_level(LevelRow(work.new_id(), area, to, effective_at, now, villages, set_by=by))
        await self._note(work, area, "level", by, {"was": _said(was), "now": _said(to)})
        await work.audit.add("area.level", "area", area, at=now, was=was.risk, now=to.risk, response=to.response)
        await self._switch(work, changed, now, first=row is None)
        await self._guard(work, changed, now)
        await self._rounds(work, changed, now)
        await self._look_after(work, area, pack, now, level=to)
        await self._give_notice(work, changed, now)
        for follower in self.followers:
            await follower.follow(work, changed)
        return changed

    async def show(self, area: str, stage: str, *, official: Official) -> tuple[str, ...]:
        """One stage of the closed loop is shown to be at work. What is still open."""
        self._may(official, area)
        async with self.transactions.begin(over_all(official)) as work:
            row = await work.controls.level(area, lock=True)
            pack = await self.packs.for_area(work, area, self.clock.now())
            if row is None or stage not in pack.levels.loop:
                raise NoSuchStage
            shown = tuple(dict.fromkeys((*row.shown, stage)))
            await work.controls.show_loop(row.id, shown)
            await self._note(work, area, "loop", official.id, {"stage": stage})
            return open_loop(pack.levels, row.level, shown)

    async def _switch(self, work: Work, changed: LevelChanged, now: datetime, *, first: bool) -> None:
        """Places and communities come under the measures of the new level, and hear it."""
        pack, was = changed.pack, None if first else changed.was
        places = switched("place", pack.place_switch, pack.measures, was, changed.now)
        if places is not None:
            units = await work.controls.places(within=changed.area, but=_NO_PLACES)
            for unit_id, _, area in units:
                await self._stand(work, places, str(unit_id), area, now)
            managers = await work.officials.of_unit([unit_id for unit_id, _, _ in units])
            await self._tell_measures(work, managers, places, changed, now)
        community = switched("community", pack.community_switch, pack.measures, was, changed.now)
        if community is not None:
            await self._stand(work, community, changed.area, changed.area, now)
            posts = await self._posts(work, changed.area, (Role.COMMUNITY,), now)
            holders = [one for area in posts for one in await self._holders(work, (Role.COMMUNITY,), area, now)]
            await self._tell_measures(work, holders, community, changed, now)

    async def _stand(self, work: Work, to: Switched, subject: str, area: str, now: datetime) -> None:
        await work.controls.switch(work.new_id(), StandingMeasures(to.who, subject, area, to.measures, to.rules, now))

    async def _tell_measures(
        self, work: Work, officials: Iterable[Official], to: Switched, changed: LevelChanged, now: datetime
    ) -> None:
        await self.outbox.to_officials(
            work,
            {one.id: one for one in officials}.values(),
            "measures_changed",
            {
                "who": to.who,
                "area": changed.area,
                "was": _said(changed.was),
                "now": _said(changed.now),
                "measures": list(to.measures),
                "effective_at": changed.effective_at.isoformat(),
                "quote": self.packs.quote(to.rules, "zh_Hans_CN"),
            },
            now=now,
            dedup=f"measures:{to.who}:{changed.area}:{int(now.timestamp())}",
        )

    async def _guard(self, work: Work, changed: LevelChanged, now: datetime) -> None:
        """A roster for every compound that gets a checkpoint; those no longer asked for end."""
        pack, risk = changed.pack, changed.now.risk
        wanted: dict[str, Schedule] = {}
        tier = pack.tiers.get(risk.value)
        shifts = guard_shifts(pack.tiers, risk, pack.guard)
        for village in changed.villages or (changed.area,):
            around = checkpoint_area(pack.tiers, risk, village)
            if around is None or tier is None or not shifts:
                continue
            compounds = await work.controls.places(within=around, kinds=("compound",))
            for subject, name, area in [(f"unit:{one[0]}", one[1], one[2]) for one in compounds] or [
                (f"area:{around}", "", around)
            ]:
                wanted[subject] = self._schedule(
                    work, GUARD, subject, area, now, tier.source, {"name": name, "shifts": [list(s) for s in shifts]}
                )
        standing = await work.controls.schedules(within=changed.area, kinds=(GUARD,))
        await work.controls.cancel([one.id for one in standing if one.subject not in wanted], now)
        begun = [one for one in wanted.values() if await work.controls.start(one)]
        if begun:
            await self._raise(
                work,
                AlertKind.GUARD_NEEDED,
                changed.area,
                pack,
                pack.climbed_by(AlertKind.GUARD_NEEDED),
                dedup=f"guard:{changed.area}:{int(now.timestamp())}",
                first=(Role.COMMUNITY, Role.TOWNSHIP),
                facts={"count": len(begun), "level": risk, "hours": shifts[-1][1], **_at_the_gate(pack, risk)},
                rules=begun[0].rules,
                subject_kind="area",
            )

    async def man(self, schedule_id: ScheduleId, shift: int, who: str, *, official: Official) -> Guard:
        """Somebody takes one shift of a checkpoint's guard. Raises CheckNotFound, NoSuchShift, NotYoursToControl."""
        async with self.transactions.begin(official.scope) as work:
            schedule = await work.controls.schedule(schedule_id)
            if schedule is None or schedule.kind != GUARD or schedule.cancelled_at is not None:
                raise CheckNotFound
            self._may(official, schedule.area)
            if not 0 <= shift < len(schedule.facts["shifts"]):
                raise NoSuchShift
            manned = {**await work.controls.manned(schedule_id), str(shift): who.strip()[:80]}
            await work.controls.man(schedule_id, manned)
            await work.audit.add("guard.man", "area_schedule", schedule_id, at=self.clock.now(), shift=shift)
            return _guard(schedule, manned)

    # rounds of testing

    async def _rounds(self, work: Work, changed: LevelChanged, now: datetime) -> None:
        asked = rounds_asked(changed.pack.zone_rounds, changed.now.risk)
        standing = await work.controls.schedules(within=changed.area, kinds=(ROUND,))
        if not asked:
            await work.controls.cancel([one.id for one in standing], now)
            for one in standing:
                await self.alerts.settle_subject(work, "area", one.id, "withdrawn", (AlertKind.ROUND_UNTESTED,))
            return
        if not standing:
            await self._open_round(work, changed.area, 1, asked, changed.pack, now)

    async def next_round(self, area: str, *, official: Official) -> RoundView:
        """Begin the next round: no notice says how long after the one before it (0.6), so an official does."""
        self._may(official, area)
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            pack = await self.packs.for_area(work, area, now)
            row = await work.controls.level(area)
            asked = rounds_asked(pack.zone_rounds, row.level.risk) if row is not None else 0
            begun = [one for one in await work.controls.schedules(within=area, kinds=(ROUND,)) if one.area == area]
            if len(begun) >= asked:
                raise NoRoundLeft
            await self._open_round(work, area, len(begun) + 1, asked, pack, now)
            return (await self._round_views(work, area))[-1]

    async def _open_round(self, work: Work, area: str, number: int, asked: int, pack: Pack, now: datetime) -> None:
        assert pack.zone_rounds is not None
        schedule = self._schedule(
            work,
            ROUND,
            f"{area}:{number}",
            area,
            now,
            pack.zone_rounds.source,
            {"round": number, "of": asked, "opened_at": now.isoformat()},
            due_at=now,
        )
        if await work.controls.start(schedule):
            work.wake(SCHEDULE, schedule.id, now)

    async def _coverage(self, work: Work, schedule: Schedule) -> tuple[Coverage, list[ResidentId]]:
        """How many of those who live there are sampled since the round began, and who is not."""
        people = [one for one, _, _ in await work.controls.living_in(schedule.area)]
        since = datetime.fromisoformat(schedule.facts["opened_at"])
        sampled = await work.controls.sampled_since(people, since)
        return Coverage(len(people), len(sampled)), [one for one in people if one not in sampled]

    async def _tick_round(self, work: Work, schedule: Schedule, now: datetime) -> None:
        pack = await self.packs.for_area(work, schedule.area, now)
        rule = pack.zone_rounds
        if rule is None:  # nothing asks for rounds here any more
            await work.controls.cancel([schedule.id], now)
            return
        coverage, untested = await self._coverage(work, schedule)
        first = "reminded_at" not in schedule.facts
        local = now.astimezone(pack.zone)
        listing = not first and local.time() >= rule.listed_at
        if untested and not listing:
            await self._remind_untested(work, schedule, untested, pack, now)
        if untested and listing:
            await self._list_untested(work, schedule, untested, coverage, pack, now)
        if not untested:
            await self.alerts.settle_subject(work, "area", schedule.id, "done", (AlertKind.ROUND_UNTESTED,))
        following = min(next_at(now, rule.remind_at, pack.zone), next_at(now, rule.listed_at, pack.zone))
        due_at = following if untested else None
        await work.controls.move(schedule.id, due_at=due_at, facts={**schedule.facts, "reminded_at": now.isoformat()})
        if due_at is not None:
            work.wake(SCHEDULE, schedule.id, due_at)

    async def _remind_untested(
        self, work: Work, schedule: Schedule, untested: Sequence[ResidentId], pack: Pack, now: datetime
    ) -> None:
        residents = await work.exposures.residents(untested)
        assert pack.zone_rounds is not None
        slots = turns(pack.zone_rounds, (one.grid or "" for one in residents.values()), now, pack.zone)
        for resident in residents.values():
            turn = slots.get(resident.grid or "")
            await self.outbox.to_resident(
                work,
                resident,
                "zone_round",
                {
                    "area": schedule.area,
                    "round": schedule.facts["round"],
                    "rounds": schedule.facts["of"],
                    "turn": f"{turn[0]:%H:%M}–{turn[1]:%H:%M}" if turn is not None else None,
                    "quote": self.packs.quote(schedule.rules, resident.language),
                },
                now=now,
                dedup=f"round:{schedule.id}:{now.astimezone(pack.zone):%Y%m%d%H}",
                duty=True,
            )

    async def _list_untested(
        self,
        work: Work,
        schedule: Schedule,
        untested: Sequence[ResidentId],
        coverage: Coverage,
        pack: Pack,
        now: datetime,
    ) -> None:
        """Each grid hears of its own people who are missing, everybody above it of all of theirs in one alert.

        A day's list replaces that of the day before, so that nobody is rung for yesterday's; what nobody took up until
        then is told to the rest of the ladder at once.
        """
        rule = pack.zone_rounds
        assert rule is not None
        until = next_at(now, rule.listed_at, pack.zone)
        standing = await work.alerts.open_for_subject("area", schedule.id)
        untouched = any(one.area == schedule.area and one.status is AlertStatus.RAISED for one in standing)
        await self.alerts.settle_subject(work, "area", schedule.id, "listed_anew", (AlertKind.ROUND_UNTESTED,))
        residents = await work.exposures.residents(untested)
        names = await work.residents.identities(list(residents))
        policy = pack.climbed_by(AlertKind.ROUND_UNTESTED)
        climbing = policy.freeze(now)
        beyond = [replace(step, at=now) for step in climbing if step.at >= until] if untouched else []
        steps = (
            LadderStep(Level.L1, (Role.GRID_WORKER,), now),
            *beyond,
            *(step for step in climbing if now < step.at < until),
        )
        for one in told_together((resident.area for resident in residents.values()), steps, whole=schedule.area):
            missing = [resident for resident in residents.values() if resident.area in one.of]
            last = one.area == schedule.area
            roles = [role for step in one.steps for role in step.roles]
            if not last and not await self._holders(work, roles, one.area, now):
                continue  # whoever stands above hears of these people too
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.ROUND_UNTESTED,
                    severity=Severity.HIGH,
                    area=one.area,
                    dedup_key=f"untested:{schedule.id}:{one.area}:{one.steps[0].level}:{now.isoformat()}",
                    facts={"round": schedule.facts["round"], "percent": coverage.percent, "count": len(missing)},
                    rules=schedule.rules,
                    policy_code=policy.code,
                    ladder=one.steps,
                    resolve_within=policy.resolve_within,
                    ignores_quiet_hours=policy.ignores_quiet_hours,
                    subject_kind="area",
                    subject_id=schedule.id,
                    evidence="、".join(masked_name(names[each.id].name) or "?" for each in missing if each.id in names),
                ),
            )

    # looking after people

    async def register_vulnerable(self, resident_id: ResidentId, groups: Sequence[str], *, official: Official) -> None:
        """Tag somebody as one of the groups that a community looks after while its area is controlled."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            if pack.welfare is None:
                raise NotConfigured("welfare", "BN-2.5.1-a")
            unknown = [group for group in groups if group not in pack.welfare.groups]
            if unknown or not groups:
                raise WelfareGroupUnknown
            key = await work.residents.key(resident_id)
            await work.controls.register_vulnerable(resident_id, groups, by=official.id, at=now, key=key)
            await work.audit.add("vulnerable.register", "resident", resident_id, at=now)
        async with self.transactions.begin(_WORK) as work:
            level = await work.controls.level_around(resident.area)
            area = resident.present_area or resident.home_area or resident.area
            controlled = await work.controls.listed(states=("active",), within=area[:TOWNSHIP_DIGITS])
            if controlled or (level is not None and level.level.risk in RISKY):
                await self.look_after(work, [resident_id], area[:TOWNSHIP_DIGITS], pack, now)

    async def _look_after(self, work: Work, area: str, pack: Pack, now: datetime, *, level: AreaLevel) -> None:
        if level.risk in RISKY:
            people = [one for one, _, _ in await work.controls.living_in(area)]
            await self.look_after(work, people, area, pack, now)
            return
        if await work.controls.listed(states=("active",), within=area):
            return
        standing = await work.controls.schedules(within=area, kinds=(WELFARE,))
        await work.controls.cancel([one.id for one in standing], now)

    async def look_after(
        self,
        work: Work,
        people: Sequence[ResidentId],
        area: str,
        pack: Pack,
        now: datetime,
        *,
        control_id: ControlId | None = None,
    ) -> int:
        """Every day from the next morning on, whoever of these is tagged is asked how they are."""
        if pack.welfare is None:
            return 0
        asked_at = pack.ladder(pack.welfare.ladder).pushes[0].at
        begun = 0
        for resident_id, sealed in (await work.controls.vulnerable(people)).items():
            groups = work.controls.groups(await work.residents.key(resident_id), resident_id, sealed)
            if not welfare_due(pack.welfare, groups):
                continue
            due_at = next_at(now, asked_at, pack.zone)
            schedule = self._schedule(
                work,
                WELFARE,
                str(resident_id),
                area,
                now,
                pack.welfare.source,
                {"phase": ASK},
                due_at=due_at,
                resident_id=resident_id,
                control_id=control_id,
            )
            if await work.controls.start(schedule):
                work.wake(SCHEDULE, schedule.id, due_at)
                begun += 1
        return begun

    async def _tick_welfare(self, work: Work, schedule: Schedule, now: datetime) -> None:
        assert schedule.resident_id is not None
        pack = await self.packs.for_area(work, schedule.area, now)
        resident = await work.residents.find(schedule.resident_id)
        if pack.welfare is None or resident is None or resident.erased_at is not None:
            await work.controls.cancel([schedule.id], now)
            return
        ladder = pack.ladder(pack.welfare.ladder)
        day = now.astimezone(pack.zone).date()
        first_step = ladder.steps[0].at
        looked_at = at_clock(day, first_step, pack.zone) if first_step is not None else now
        tomorrow = next_at(now, ladder.pushes[0].at, pack.zone)
        if schedule.facts.get("phase") == ASK and looked_at > now:
            await self._ask(work, schedule, resident, day, pack, now)
            await self._again(work, schedule, LOOK, looked_at)
            return
        check = await work.controls.check_of(resident.id, day)
        if check is not None and check.answered_at is None:
            await self._visit(work, check, resident, pack, looked_at)
        await self._again(work, schedule, ASK, tomorrow)

    async def _ask(
        self, work: Work, schedule: Schedule, resident: Resident, day: date, pack: Pack, now: datetime
    ) -> None:
        check = WelfareCheck(WelfareCheckId(work.new_id()), resident.id, schedule.id, day, now)
        if not await work.controls.ask(check):
            return
        assert pack.welfare is not None
        guarded = await work.residents.guardians(resident.id)
        name = (await work.residents.identity(resident.id)).name if guarded else None
        await self.outbox.to_resident(
            work,
            resident,
            "welfare_check",
            {"check_id": str(check.id), "person": name, "offers": list(pack.welfare.offers)},
            now=now,
            lane=Lane.REMINDER,
            dedup=f"welfare:{check.id}",
            duty=True,
        )

    async def _again(self, work: Work, schedule: Schedule, phase: str, at: datetime) -> None:
        await work.controls.move(schedule.id, due_at=at, facts={**schedule.facts, "phase": phase})
        work.wake(SCHEDULE, schedule.id, at)

    async def _visit(
        self, work: Work, check: WelfareCheck, resident: Resident, pack: Pack, missed_at: datetime
    ) -> None:
        """Nobody answered: somebody goes and looks, and says so before the next step hears of it (E-W)."""
        assert pack.welfare is not None
        policy = pack.escalation(pack.welfare.ladder)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.WELFARE_MISSED,
                severity=Severity.HIGH,
                area=resident.area,
                dedup_key=f"welfare:{check.id}",
                facts={"day": check.day.isoformat()},
                rules=pack.welfare.source,
                policy_code=policy.code,
                ladder=ladder_steps(pack, pack.welfare.ladder, clock_start=missed_at, due_at=missed_at),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind="welfare_check",
                subject_id=check.id,
                resident_id=resident.id,
            ),
        )

    async def answer(self, check_id: WelfareCheckId, answer: str, *, speaker: Speaker) -> None:
        """`ok`, or one of the offers. An answer settles the visit that was to follow; asking for something is heard by
        the community at once. Pressing twice changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(Scope(actor="resident", people=speaker.people)) as work:
            check = await work.controls.check(check_id)
        if check is None:
            raise CheckNotFound
        async with self.transactions.begin(_WORK) as work:
            check = await work.controls.check(check_id)
            resident = await work.residents.find(check.resident_id) if check else None
            if check is None or resident is None:
                raise CheckNotFound
            pack = await self.packs.for_area(work, resident.area, now)
            offers = pack.welfare.offers if pack.welfare else ()
            if answer != "ok" and answer not in offers:
                raise WelfareGroupUnknown
            if check.answered_at is None:
                await work.controls.answer(check_id, answer, now)
                for alert in await work.alerts.open_for_subject("welfare_check", check_id):
                    await self.alerts.settle(work, await work.alerts.get(alert.id, lock=True), "answered")
            if answer != "ok":
                await self._raise(
                    work,
                    AlertKind.WELFARE_ASKED,
                    resident.area,
                    pack,
                    pack.climbed_by(AlertKind.WELFARE_ASKED),
                    dedup=f"welfare:{check.id}:{answer}",
                    first=(Role.GRID_WORKER, Role.COMMUNITY),
                    facts={"asks": answer},
                    rules=pack.welfare.source if pack.welfare else (),
                    resident_id=resident.id,
                )

    # notices

    async def _give_notice(self, work: Work, changed: LevelChanged, now: datetime) -> None:
        """From headquarters to the groups, and down to every community of the area; each of them acknowledges."""
        rule, pack = changed.pack.change_notice, changed.pack
        if rule is None or changed.was == changed.now:
            return
        facts = {
            "was": _said(changed.was),
            "now": _said(changed.now),
            "effective_at": changed.effective_at.isoformat(),
            "villages": list(changed.villages),
        }
        heard: list[tuple[Role, str]] = [(role, changed.area) for role in rule.between]
        heard += [(role, post) for role in rule.down_to for post in await self._posts(work, changed.area, (role,), now)]
        for role, area in heard:
            await self._raise(
                work,
                AlertKind.LEVEL_CHANGED,
                area,
                pack,
                pack.escalation(rule.ladder),
                dedup=f"level:{changed.area}:{int(now.timestamp())}:{role}:{area}",
                first=(role,),
                facts=facts,
                rules=rule.source,
                subject_kind="area",
            )

    async def _posts(self, work: Work, area: str, roles: Sequence[Role], now: datetime) -> list[str]:
        """Where inside an area these roles are held now; the area itself where nowhere deeper."""
        shifts = await work.officials.shifts(area=area, now=now)
        inside = sorted({shift.area for shift in shifts if shift.role in roles and shift.starts_at <= now})
        return inside or [area]

    async def _holders(self, work: Work, roles: Sequence[Role], area: str, now: datetime) -> list[Official]:
        return [one for held in (await work.officials.on_call(roles, area, now)).values() for one in held]

    async def _raise(
        self,
        work: Work,
        kind: AlertKind,
        area: str,
        pack: Pack,
        policy: EscalationPolicy,
        *,
        dedup: str,
        first: Sequence[Role],
        facts: dict[str, Any],
        rules: tuple[str, ...],
        subject_kind: str = "resident",
        subject_id: UUID | None = None,
        resident_id: ResidentId | None = None,
        evidence: str | None = None,
    ) -> None:
        now = self.clock.now()
        at_once = [LadderStep(LEVEL_OF_ROLE.get(role, LEVEL_OF_ROLE[Role.COUNTY]), (role,), now) for role in first]
        later = [step for step in policy.freeze(now) if step.at > now]
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=Severity.HIGH,
                area=area,
                dedup_key=dedup,
                facts=facts,
                rules=rules,
                policy_code=policy.code,
                ladder=(*at_once, *later),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind=subject_kind,
                subject_id=subject_id or resident_id,
                resident_id=resident_id,
                evidence=evidence,
            ),
        )

    # the clock

    async def tick(self, schedule_id: ScheduleId) -> None:
        """What a schedule does at its time. Coming too early, twice, or after the end changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            schedule = await work.controls.schedule(schedule_id)
            if schedule is None or schedule.cancelled_at is not None:
                return
            if schedule.due_at is None or schedule.due_at > now:
                return
            if schedule.kind == ROUND:
                await self._tick_round(work, schedule, now)
            elif schedule.kind == WELFARE:
                await self._tick_welfare(work, schedule, now)

    async def due(self) -> list[ScheduleId]:
        async with self.transactions.begin(_WORK) as work:
            return [one for one, _ in await work.controls.waiting_schedules(until=self.clock.now())]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{SCHEDULE}:{one}", at) for one, at in await work.controls.waiting_schedules()]

    # reading

    async def view(self, area: str, *, official: Official) -> AreaView:
        async with self.transactions.reading(over_all(official)) as work:
            if not (area.startswith(official.area) or official.area.startswith(area)):
                raise NotYoursToControl
            row = await work.controls.level_around(area)
            pack = await self.packs.for_area(work, area, self.clock.now())
            guards = await work.controls.schedules(within=area, kinds=(GUARD,))
            return AreaView(
                area,
                row,
                open_loop(pack.levels, row.level, row.shown) if row is not None else (),
                tuple(await work.controls.standing(within=area)),
                tuple(await self._round_views(work, area)),
                tuple([_guard(one, await work.controls.manned(one.id)) for one in guards]),
                len(await work.controls.schedules(within=area, kinds=(WELFARE,))),
                _passing(pack, row.level.risk) if row is not None and guards else (),
            )

    async def tracked(self, *, official: Official) -> list[Tracked]:
        """Who came from a key area, each with the states that are asked for here and whether they are reached."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            entered: dict[ResidentId, date | None] = {}
            for row in await work.exposures.matches():
                if row.kind is MatchKind.DEFINITE:
                    entered[row.resident_id] = row.entry_on
            residents = await work.exposures.residents(entered)
            people = list(residents)
            names = await work.residents.identities(people)
            followed, arrived = await work.controls.followed_up(people), await work.controls.arrived(people)
            found = []
            for resident_id, resident in residents.items():
                pack = await self.packs.for_area(work, resident.area, now)
                entry_on = entered[resident_id]
                since = datetime.combine(entry_on, time(), pack.zone) if entry_on else now
                evidence = ArrivalEvidence(
                    followed_up=resident_id in followed,
                    arrived=resident_id in arrived,
                    sampled=bool(await work.controls.sampled_since([resident_id], since)),
                )
                states = tracking(pack.tracking, evidence)
                if states:
                    name = masked_name(names[resident_id].name) if resident_id in names else None
                    found.append(Tracked(resident_id, name, resident.area, entry_on, states))
            return found

    async def set_population(
        self, area: str, *, code: str, title: str, valid_from: date, valid_to: date | None, official: Official
    ) -> KeyPopulation:
        """A group of people to whom this area looks first, from day to day; earlier words stay on record."""
        if not official.may(*LEVEL_ROLES) or not area.startswith(official.area):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            pack = await self.packs.for_area(work, area, now)
            if pack.tracking is None or "key_populations" not in pack.tracking.lists:
                raise NotConfigured("tracking.lists", "DL-3.3-e")
            kept = KeyPopulation(work.new_id(), area, code, title[:200], valid_from, valid_to, now, official.id)
            await work.controls.set_population(kept)
            await work.audit.add("key_population.set", "area", area, at=now, code=code)
            return kept

    async def populations(
        self, *, official: Official, on: date, known_at: datetime | None = None
    ) -> list[KeyPopulation]:
        async with self.transactions.begin(official.scope) as work:
            return await work.controls.populations(on=on, known_at=known_at)

    async def levels(self, *, official: Official) -> list[LevelRow]:
        async with self.transactions.reading(official.scope) as work:
            return await work.controls.levels()

    async def _round_views(self, work: Work, area: str) -> list[RoundView]:
        views = []
        for schedule in await work.controls.schedules(within=area, kinds=(ROUND,)):
            coverage, _ = await self._coverage(work, schedule)
            opened_at = datetime.fromisoformat(schedule.facts["opened_at"])
            views.append(RoundView(schedule.facts["round"], schedule.facts["of"], opened_at, coverage, schedule.rules))
        return views

    # small things

    @staticmethod
    def _may(official: Official, area: str) -> None:
        if not official.may(*LEVEL_ROLES, Role.COMMUNITY, Role.TOWNSHIP) or not area.startswith(official.area):
            raise NotYoursToControl

    @staticmethod
    def _schedule(
        work: Work,
        kind: str,
        subject: str,
        area: str,
        now: datetime,
        rules: tuple[str, ...],
        facts: Mapping[str, Any],
        *,
        due_at: datetime | None = None,
        resident_id: ResidentId | None = None,
        control_id: ControlId | None = None,
    ) -> Schedule:
        return Schedule(
            ScheduleId(work.new_id()), area, kind, subject, dict(facts), rules, now, due_at, control_id, resident_id
        )

    async def _note(self, work: Work, area: str, kind: str, official: OfficialId | None, facts: dict[str, Any]) -> None:
        await work.controls.note(work.new_id(), ControlEvent(self.clock.now(), kind, area, facts, official_id=official))


def _said(level: AreaLevel) -> dict[str, str]:
    return {"risk": level.risk.value, "response": level.response.value}


def _village_of(code: str, divisions: Gazetteer) -> bool:
    return len(code) == VILLAGE_DIGITS and code.isdigit() and divisions.find_area(code[:TOWNSHIP_DIGITS]) is not None


def _guard(schedule: Schedule, manned: Mapping[str, str]) -> Guard:
    shifts = [
        GuardShift(begins=f"{begins:02}:00", ends=f"{ends:02}:00", who=manned.get(str(number)))
        for number, (begins, ends) in enumerate(schedule.facts["shifts"])
    ]
    return Guard(schedule.id, schedule.area, schedule.facts.get("name") or None, tuple(shifts))
