"""The agenda's loop: what is due is claimed, handed to one service call, and acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from gateway.clock import Clock
from gateway.errors import ShaodianError
from gateway.schedule.agenda import Agenda, AgendaUnavailable, Due

log = structlog.get_logger()

Handler = Callable[[str], Awaitable[object]]
Together = Callable[[Sequence[str]], Awaitable[object]]

#: Without the agenda the sweeps do the work; look again that often.
PATIENCE = 1.0

#: Leases that ran out are looked for that often.
LONGEST_SLEEP = 2.0


def cancelled() -> bool:
    """Whether this task was told to stop. A client that is reading an answer at that moment may swallow the telling."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@dataclass(frozen=True, slots=True)
class AgendaLoop:
    agenda: Agenda
    clock: Clock
    handlers: Mapping[str, Handler]
    together: Mapping[str, Together] = field(default_factory=dict)
    """Kinds of which many are due at the same time, worked as one where that can be done."""
    portion: int = 200
    """Claimed at once: as much as is worked well before its lease ends, and before the next look for what is urgent."""
    _earlier: asyncio.Event = field(default_factory=asyncio.Event)

    async def run_forever(self) -> None:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen())
            while not cancelled():
                try:
                    self._earlier.clear()  # what comes from here on wakes the sleep below
                    due, following = await self._run_once(self.portion)
                    if not due:
                        await self._sleep(following)
                except AgendaUnavailable:
                    log.warning("agenda unavailable")
                    await asyncio.sleep(PATIENCE)
            listening.cancel()

    async def run_once(self, *, limit: int = 200) -> int:
        """Work what is due now; how many. One that fails stays leased and comes back."""
        worked, _ = await self._run_once(limit)
        return worked

    async def _run_once(self, limit: int) -> tuple[int, datetime | None]:
        claim = await self.agenda.claim(self.clock.now(), limit=limit)
        due = claim.due
        finished = [one for one in due if one.kind not in self.together and await self._work(one)]
        for kind, work in self.together.items():
            finished += await self._work_together([one for one in due if one.kind == kind], work)
        await self.agenda.done(finished)
        return len(due), claim.following

    async def _listen(self) -> None:
        """An entry due before all others wakes the sleeper. Not hearing of it costs a sleep, never the entry."""
        while not cancelled():
            try:
                async for _ in self.agenda.wakes():
                    self._earlier.set()
            except AgendaUnavailable:
                await asyncio.sleep(PATIENCE)

    async def _sleep(self, following: datetime | None) -> None:
        """Until the next entry is due: on a timer of our own, exact to the millisecond."""
        wait = LONGEST_SLEEP
        if following is not None:
            wait = min(wait, (following - self.clock.now()).total_seconds())
        if wait <= 0:
            return
        try:
            async with asyncio.timeout(wait):
                await self._earlier.wait()
        except TimeoutError:
            return

    async def _work_together(self, due: Sequence[Due], work: Together) -> list[Due]:
        """One that fails holds up none of the others: then each is worked by itself."""
        if len(due) > 1:
            try:
                await work([one.id for one in due])
            except Exception as error:
                log.warning("due work failed together", kind=due[0].kind, error=type(error).__name__)
            else:
                return list(due)
        return [one for one in due if await self._work(one)]

    async def _work(self, due: Due) -> bool:
        handler = self.handlers.get(due.kind)
        if handler is None:
            log.error("nobody handles this", kind=due.kind)
            return True
        try:
            await handler(due.id)
        except ShaodianError as error:
            log.warning("due work failed", kind=due.kind, id=due.id, error=error.type_name)
            return False
        except Exception as error:
            log.error("due work failed", kind=due.kind, id=due.id, exc_info=error)
            return False
        return True
