"""One visible transaction: load, decide, record - and after the commit the agenda hears what is due."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from gateway.clock import Clock
from gateway.domain.scopes import Scope
from gateway.record.record import Record, Work
from gateway.schedule.agenda import HORIZON, Agenda, AgendaUnavailable
from gateway.services.glances import Glances

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Transactions:
    record: Record
    agenda: Agenda
    clock: Clock
    glances: Glances = field(default_factory=Glances)

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[Work]:
        """The block is one transaction. An agenda that does not answer delays nothing that was recorded: the sweeps
        find by state what was not pushed."""
        async with self.record.begin(scope) as work:
            yield work
        with contextlib.suppress(AgendaUnavailable):
            await self.agenda.cancel(work.cancelled)
            await self.agenda.put([(wake.member, wake.at) for wake in work.wakes], until=self.clock.now() + HORIZON)

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[Work]:
        """As `begin`, for what only looks: a page's looks share one transaction."""
        async with self.record.reading(scope) as work:
            yield work

    async def glance(self, key: Hashable, look: Callable[[], Awaitable[T]]) -> T:
        """For a page, what was read a moment ago; for everybody else, what is."""
        return await (self.glances.at(key, look) if self.record.is_looked_up else look())
