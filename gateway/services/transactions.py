"""One visible transaction: load, decide, record - and after the commit the agenda hears what is due."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from gateway.clock import Clock
from gateway.domain.scopes import Scope
from gateway.record.record import Record, Work
from gateway.schedule.agenda import HORIZON, Agenda, AgendaUnavailable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Transactions:
    record: Record
    agenda: Agenda
    clock: Clock

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[Work]:
        """The block is one transaction. An agenda that does not answer delays nothing that was recorded: the sweeps
        find by state what was not pushed."""
        async with self.record.begin(scope) as work:
            yield work
        with contextlib.suppress(AgendaUnavailable):
            await self.agenda.cancel(work.cancelled)
            await self.agenda.put([(wake.member, wake.at) for wake in work.wakes], until=self.clock.now() + HORIZON)
