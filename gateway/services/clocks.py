"""Clocks beside the plans: started, stopped, and heard of when they run out. Plan items ring by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.clock import Clock as HouseClock
from gateway.domain.clocks import Clock, first_look
from gateway.domain.escalations import LadderStep
from gateway.domain.follow_ups import ringing_on
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    ClockId,
    ClockKind,
    ResidentId,
    Severity,
)
from gateway.domain.packs import Pack
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("clocks")
CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """A clock to be started; `silent`: it measures and rings at nobody."""

    kind: ClockKind
    key: str
    subject_id: UUID
    resident_id: ResidentId | None
    area: str
    rules: tuple[str, ...]
    ladder_code: str
    ladder: tuple[LadderStep, ...]
    started_at: datetime
    due_at: datetime
    facts: Mapping[str, Any]
    silent: bool = False


@dataclass(frozen=True, slots=True)
class ClockService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clock: HouseClock

    async def start(self, work: Work, pack: Pack, starting: Starting) -> Clock | None:
        """None when this clock of this subject runs or ran already."""
        clock = Clock(
            id=ClockId(work.new_id()),
            kind=starting.kind,
            key=starting.key,
            subject_id=starting.subject_id,
            resident_id=starting.resident_id,
            area=starting.area,
            pack_id=pack.id,
            rules=starting.rules,
            ladder_code=starting.ladder_code,
            ladder=starting.ladder,
            started_at=starting.started_at,
            due_at=starting.due_at,
            watch_at=None if starting.silent else first_look(starting.ladder, starting.due_at),
            facts=dict(starting.facts),
        )
        if not await work.clocks.add(clock):
            return None
        if clock.watch_at is not None:
            work.wake(CLOCK, clock.id, clock.watch_at)
        return clock

    async def stop(
        self,
        work: Work,
        clock: Clock,
        at: datetime,
        *,
        facts: dict[str, Any] | None = None,
        note: str | None = None,
    ) -> Clock:
        """What was waited for has come; whoever was told of the clock hears no more of it."""
        if not clock.runs:
            return clock
        done = clock.done(at, facts)
        key = await work.residents.key(clock.resident_id) if note is not None and clock.resident_id else None
        await work.clocks.save(done, note=note, key=key)
        work.forget(CLOCK, clock.id)
        await self._settle(work, clock, "late" if done.late(at) else "done")
        return done

    async def stop_all(self, work: Work, subject_id: UUID, at: datetime, *kinds: ClockKind) -> list[Clock]:
        running = await work.clocks.of_subject(subject_id, *kinds, lock=True)
        return [await self.stop(work, one, at) for one in running if one.runs]

    async def watch(self, clock_id: ClockId) -> None:
        """A clock's time is running out, or is over: its frozen ladder begins. Coming twice changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            clock = await work.clocks.find(clock_id, lock=True)
            if clock is None or not clock.runs or clock.watched_at is not None:
                return
            if clock.watch_at is None or clock.watch_at > now:
                return
            pack = await self._pack_of(work, clock)
            if now < clock.due_at:
                await self._raise(work, pack, clock, AlertKind.CLOCK_RUNNING, clock.warnings(), Severity.INFORMATION)
                later = replace(clock, watch_at=clock.due_at)
                await work.clocks.save(later)
                work.wake(CLOCK, clock.id, clock.due_at)
                return
            await self._settle(work, clock, "missed", (AlertKind.CLOCK_RUNNING,))
            await work.clocks.save(replace(clock, watched_at=now))
            if clock.breaches():
                steps, every = ringing_on(clock.breaches(), pack.ladder(clock.ladder_code), pack.zone)
                await self._raise(work, pack, clock, AlertKind.CLOCK_OVERDUE, steps, Severity.HIGH, repeat_every=every)

    async def _pack_of(self, work: Work, clock: Clock) -> Pack:
        """The pack that started the clock: its ladder is asked how to ring on, whatever is in force by now."""
        for version in await work.pack_versions.listed(pack_id=clock.pack_id):
            pack = await self.packs.by_hash(work, version.hash)
            if clock.ladder_code in pack.ladders:
                return pack
        return await self.packs.for_area(work, clock.area, clock.started_at)

    async def _raise(
        self,
        work: Work,
        pack: Pack,
        clock: Clock,
        kind: AlertKind,
        steps: Sequence[LadderStep],
        severity: Severity,
        *,
        repeat_every: Any = None,
    ) -> None:
        policy = pack.escalation(clock.ladder_code)
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=severity,
                area=clock.area,
                dedup_key=f"{kind}:{clock.id}",
                facts={**clock.facts, "clock": f"{clock.kind}.{clock.key}", "due_at": clock.due_at.isoformat()},
                rules=clock.rules,
                policy_code=clock.ladder_code,
                ladder=tuple(steps),
                resolve_within=policy.resolve_within,
                subject_kind=CLOCK,
                subject_id=clock.id,
                resident_id=clock.resident_id,
                repeat_every=repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )

    async def _settle(self, work: Work, clock: Clock, outcome: str, kinds: tuple[AlertKind, ...] = ()) -> None:
        for alert in await work.alerts.open_for_subject(CLOCK, clock.id):
            if kinds and alert.kind not in kinds:
                continue
            locked = await work.alerts.get(alert.id, lock=True)
            if locked.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, locked, outcome)

    async def due(self) -> list[ClockId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.clocks.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{CLOCK}:{one}", at) for one, at in await work.clocks.waiting()]
