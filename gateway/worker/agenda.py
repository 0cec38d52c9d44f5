"""The agenda's loop: what is due is claimed, handed to one service call, and acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from gateway.clock import Clock
from gateway.errors import ShaodianError
from gateway.schedule.agenda import Agenda, AgendaUnavailable, Due

log = structlog.get_logger()

Handler = Callable[[str], Awaitable[object]]
Together = Callable[[Sequence[str]], Awaitable[object]]

#: Without the agenda the sweeps do the work; look again that often.
PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class AgendaLoop:
    agenda: Agenda
    clock: Clock
    handlers: Mapping[str, Handler]
    together: Mapping[str, Together] = field(default_factory=dict)
    """Kinds of which many are due at the same time, worked as one where that can be done."""

    async def run_forever(self) -> None:
        while True:
            try:
                if not await self.run_once():
                    await self._sleep()
            except AgendaUnavailable:
                log.warning("agenda unavailable")
                await asyncio.sleep(PATIENCE)

    async def run_once(self, *, limit: int = 50) -> int:
        """Work what is due now; how many. One that fails stays leased and comes back."""
        due = await self.agenda.claim(self.clock.now(), limit=limit)
        finished = [one for one in due if one.kind not in self.together and await self._work(one)]
        for kind, work in self.together.items():
            finished += await self._work_together([one for one in due if one.kind == kind], work)
        await self.agenda.done(finished)
        return len(due)

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

    async def _sleep(self) -> None:
        following = await self.agenda.next_at()
        wait = 2.0 if following is None else (following - self.clock.now()).total_seconds()
        if wait > 0:
            await self.agenda.wait(wait)
