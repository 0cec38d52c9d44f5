"""Looking back on what was said and asked, day by day: for the report of a drill."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AlertKind, Lane
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.scoping import alerts_in, of_residents_in


@dataclass(frozen=True, slots=True)
class Reaction:
    """One alert: what it was, and when somebody took it."""

    kind: AlertKind
    area: str
    raised_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None


class Retrospects:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def messages_by_day(self, zone: ZoneInfo) -> dict[tuple[date, Lane], int]:
        """How many messages reached an address, by local day and lane. Whoever looks back sees all of them or none."""
        if not self._scope.everything:
            return {}
        day = func.date(func.timezone(str(zone), t.deliveries.c.sent_at))
        query = (
            select(day, t.messages.c.lane, func.count())
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.deliveries.c.sent_at.is_not(None))
            .group_by(day, t.messages.c.lane)
        )
        return {(row[0], Lane(row[1])): row[2] for row in await self._connection.execute(query)}

    async def follow_ups(self) -> list[tuple[datetime, datetime | None]]:
        """From when to when each follow-up was open."""
        query = select(t.follow_ups.c.created_at, t.follow_ups.c.closed_at).where(
            of_residents_in(self._scope, t.follow_ups)
        )
        return [(row[0], row[1]) for row in await self._connection.execute(query)]

    async def reactions(self) -> list[Reaction]:
        a = t.alerts.c
        query = (
            select(a.kind, a.area, a.raised_at, a.acknowledged_at, a.resolved_at)
            .where(alerts_in(self._scope))
            .order_by(a.raised_at, a.id)
        )
        return [Reaction(AlertKind(row[0]), *row[1:]) for row in await self._connection.execute(query)]
