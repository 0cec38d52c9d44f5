"""Broadcasts: what was written, who approved exactly that, whom it was for, and what became of each copy."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import BroadcastId, DeliveryState, OfficialId, RiskListId
from gateway.domain.scopes import Scope
from gateway.errors import Conflict, NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in


class BroadcastNotFound(NotFound):
    """There is no such broadcast in your area."""


class BroadcastChanged(Conflict):
    """Somebody else decided on this broadcast just now; look again."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`content` is every word that will be said, per language; `content_hash` names it. `audience` says to whom."""

    id: BroadcastId
    title: str
    template: str
    content: dict[str, Any]
    audience: dict[str, Any]
    state: str
    content_hash: str
    area: str
    created_at: datetime
    created_by: OfficialId | None = None
    approved_by: OfficialId | None = None
    approved_at: datetime | None = None
    finished_at: datetime | None = None
    risk_list_id: RiskListId | None = None
    snapshot: int | None = None


_DECIDED = ("state", "approved_by", "approved_at", "finished_at", "snapshot")


class Broadcasts:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, broadcast: Broadcast) -> None:
        await self._connection.execute(
            insert(t.broadcasts).values(**{name: getattr(broadcast, name) for name in Broadcast.__dataclass_fields__})
        )

    async def get(self, broadcast_id: BroadcastId, *, lock: bool = False) -> Broadcast:
        query = select(t.broadcasts).where(t.broadcasts.c.id == broadcast_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise BroadcastNotFound
        return _broadcast(row)

    async def of_list(self, list_id: RiskListId) -> Broadcast | None:
        query = select(t.broadcasts).where(t.broadcasts.c.risk_list_id == list_id, self._mine()).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _broadcast(row) if row else None

    async def listed(self, *, limit: int = 100) -> list[Broadcast]:
        query = select(t.broadcasts).where(self._mine()).order_by(t.broadcasts.c.created_at.desc()).limit(limit)
        return [_broadcast(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, broadcast: Broadcast, before: Broadcast) -> None:
        written = await self._connection.execute(
            update(t.broadcasts)
            .where(t.broadcasts.c.id == broadcast.id, t.broadcasts.c.state == before.state, self._mine())
            .values(**{name: getattr(broadcast, name) for name in _DECIDED})
        )
        if not written.rowcount:
            raise BroadcastChanged

    async def deliveries(self, broadcast_id: BroadcastId) -> dict[DeliveryState, int]:
        """How many copies stand in each state."""
        query = (
            select(t.deliveries.c.state, func.count())
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.messages.c.broadcast_id == broadcast_id)
            .group_by(t.deliveries.c.state)
        )
        counted: Counter[DeliveryState] = Counter()
        for state, count in await self._connection.execute(query):
            counted[DeliveryState(state)] += count
        return dict(counted)

    def _mine(self) -> Any:
        if self._scope.everything:
            return t.broadcasts.c.id.is_not(None)
        return area_in(t.broadcasts.c.area, self._scope.area if self._scope.area is not None else "none")


def _broadcast(row: Any) -> Broadcast:
    return Broadcast(**{name: row[name] for name in Broadcast.__dataclass_fields__})
