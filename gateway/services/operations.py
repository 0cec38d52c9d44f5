"""Keeping the house itself well: rebuilding the agenda, sealing the audit, heartbeats, and saying so when one stops."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import structlog

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertKind, Level, Role, Severity
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.schedule.agenda import HORIZON, Agenda, AgendaUnavailable
from gateway.schedule.dead_letters import DeadLetters
from gateway.services.alerts import ALERT, AlertService, Raising
from gateway.services.outbox import DELIVERIES
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("operations")

#: A process silent for this long is itself an alert.
SILENT = timedelta(seconds=60)
#: Clock and database may differ by this much.
APART = timedelta(seconds=2)


class Waiting(Protocol):
    """A noun with due times: what of it waits, as (agenda member, when)."""

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]: ...


class Crowd(Protocol):
    """As Waiting, of a noun with millions of them: only what is due by then, portion by portion."""

    def due_by(self, work: Work, until: datetime) -> AsyncIterator[list[tuple[str, datetime]]]: ...

    async def first_after(self, work: Work, until: datetime) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """The record in numbers: deliveries by (lane, state), alerts by status, the worst lateness and silence."""

    deliveries: dict[tuple[str, str], int]
    alerts: dict[str, int]
    overdue: timedelta
    silence: timedelta


@dataclass(frozen=True, slots=True)
class OperationsService:
    transactions: Transactions
    agenda: Agenda
    alerts: AlertService
    clock: Clock
    nouns: Sequence[Waiting] = ()
    crowds: Sequence[Crowd] = ()
    anchor: Path | None = None
    dead_letters: DeadLetters | None = None

    async def rebuild(self) -> int:
        """Put everything that waits back into the agenda, of a crowd what is due within the horizon; how many entries.

        Raises AgendaUnavailable.
        """
        now = self.clock.now()
        until = now + HORIZON
        entries: list[tuple[str, datetime]] = []
        await self.agenda.begin_anew(now)
        async with self.transactions.begin(_WORK) as work:
            entries += [(f"{ALERT}:{alert}", at) for alert, at in await work.alerts.waiting()]
            due = await work.deliveries.next_due()
            if due is not None:
                entries.append((f"{DELIVERIES}:rebuilt", due))
            for noun in self.nouns:
                entries += await noun.waiting(work)
            await self.agenda.put(entries, until=until)
            put = len(entries)
            for crowd in self.crowds:
                async for portion in crowd.due_by(work, until):
                    await self.agenda.put(portion, until=until)
                    put += len(portion)
                first = await crowd.first_after(work, until)
                if first is not None:
                    await self.agenda.load_before(first)
        await self.agenda.mark_whole()
        return put

    async def heal(self) -> bool:
        """Rebuild the agenda when a flush took it; True when that happened."""
        with contextlib.suppress(AgendaUnavailable):
            if await self.agenda.is_whole():
                return False
            entries = await self.rebuild()
            log.warning("agenda rebuilt", entries=entries)
            return True
        return False

    async def seal_audit(self) -> tuple[int, str] | None:
        """Chain what was committed; the head goes outside the database as well."""
        async with self.transactions.begin(_WORK) as work:
            head = await work.audit.seal()
        if head is not None and self.anchor is not None:
            self.anchor.parent.mkdir(parents=True, exist_ok=True)
            with self.anchor.open("a") as file:
                file.write(f"{self.clock.now().isoformat()} {head[0]} {head[1]}\n")
        return head

    async def audit_broken_at(self) -> int | None:
        async with self.transactions.begin(_WORK) as work:
            return await work.audit.broken_at()

    async def counts(self) -> Counts:
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            deliveries = await work.deliveries.counts()
            alerts = await work.alerts.counts()
            due = await work.deliveries.next_due()
            beats = await work.heartbeats.listed()
        ages = [now - at for at in beats.values() if now - at < timedelta(days=1)]
        return Counts(
            deliveries=deliveries,
            alerts=alerts,
            overdue=max(timedelta(0), now - due) if due else timedelta(0),
            silence=max(ages, default=timedelta(0)),
        )

    async def watch_dead_letters(self) -> int:
        """Inputs nobody could work are a report that may be lost: an operator is told of each new one, once."""
        if self.dead_letters is None:
            return 0
        found = await self.dead_letters.count()
        if found:
            newest = await self.dead_letters.newest()
            async with self.transactions.begin(_WORK) as work:
                await self._raise(work, f"dead_letters:{found}:{newest}", {"what": "dead_letters", "count": found})
        return found

    # progress of long work, kept for whoever asks

    async def report_progress(self, name: str, done: int, total: int) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.heartbeats.keep(f"progress:{name}", {"done": done, "total": total})

    async def progress(self, name: str) -> dict[str, int] | None:
        async with self.transactions.begin(_WORK) as work:
            return await work.heartbeats.kept(f"progress:{name}")

    # heartbeats

    async def beat(self, process: str, **facts: Any) -> None:
        """Say that this process lives; and whether Clock and database have drifted apart."""
        now = self.clock.now()
        apart = abs(await self.transactions.record.database_now() - now)
        async with self.transactions.begin(_WORK) as work:
            await work.heartbeats.beat(process, now, facts)
            if apart > APART and facts.get("watch_clock", True):
                await self._raise(work, f"clock:{process}:{now:%Y%m%d}", {"what": "clock_apart", "process": process})

    async def heartbeats(self) -> dict[str, timedelta]:
        """How long ago each process last said that it lives."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            return {process: now - at for process, at in (await work.heartbeats.listed()).items()}

    async def take_over(self, gone: Callable[[str], bool]) -> None:
        """Processes that ended here and were replaced are no longer waited for; `gone` is told a process' name."""
        async with self.transactions.begin(_WORK) as work:
            ended = [process for process in await work.heartbeats.listed() if gone(process)]
            await work.heartbeats.drop(ended)

    async def say_goodbye(self, process: str) -> None:
        """A process that stops on purpose is not silent."""
        async with self.transactions.begin(_WORK) as work:
            await work.heartbeats.drop([process])

    async def watch(self, own: str) -> list[str]:
        """Look after the others: a process that fell silent raises an operator's alert."""
        now = self.clock.now()
        silent = []
        async with self.transactions.begin(_WORK) as work:
            for process, at in (await work.heartbeats.listed()).items():
                if process != own and SILENT < now - at < timedelta(days=1):
                    silent.append(process)
                    await self._raise(
                        work, f"silent:{process}:{at.isoformat()}", {"what": "process_silent", "process": process}
                    )
        return silent

    async def _raise(self, work: Work, dedup: str, facts: dict[str, Any]) -> None:
        now = self.clock.now()
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.OPERATIONS,
                severity=Severity.HIGH,
                area="0",
                dedup_key=dedup,
                facts=facts,
                rules=(),
                policy_code="operations",
                ladder=(LadderStep(Level.L4, (Role.ADMINISTRATOR,), now),),
                resolve_within=timedelta(hours=4),
                subject_kind="process",
                repeat_every=timedelta(minutes=30),
                ignores_quiet_hours=True,
            ),
        )
