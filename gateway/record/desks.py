"""What officials keep at their own desks: views of lists, and actions on several things that can still be undone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId
from gateway.errors import NotFound
from gateway.record import tables as t


class ViewNotFound(NotFound):
    """You have kept no such view."""


class HeldActionNotFound(NotFound):
    """You have asked for no such thing."""


@dataclass(frozen=True, slots=True)
class KeptView:
    """A list with its filters and order, under the name its official gave it."""

    id: UUID
    path: str
    name: str
    query: str


class HeldState(StrEnum):
    HELD = "held"
    DONE = "done"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class HeldAction:
    """Asked of several things at once; until `due_at` it can be taken back. `results` says what became of each."""

    id: UUID
    official_id: OfficialId
    action: str
    subjects: tuple[UUID, ...]
    facts: dict[str, Any]
    state: HeldState
    made_at: datetime
    due_at: datetime
    results: dict[str, str | None]


class Desks:
    """Always of one official; whose desk it is, is part of every question."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def views(self, official: OfficialId, path: str) -> list[KeptView]:
        v = t.kept_views.c
        query = select(v.id, v.path, v.name, v.query).where(v.official_id == official, v.path == path).order_by(v.name)
        return [KeptView(*row) for row in await self._connection.execute(query)]

    async def keep_view(self, view: KeptView, official: OfficialId, now: datetime) -> None:
        await self._connection.execute(
            upsert(t.kept_views)
            .values(id=view.id, official_id=official, path=view.path, name=view.name, query=view.query, created_at=now)
            .on_conflict_do_update(index_elements=["official_id", "path", "name"], set_={"query": view.query})
        )

    async def drop_view(self, view_id: UUID, official: OfficialId) -> None:
        v = t.kept_views.c
        gone = await self._connection.execute(delete(t.kept_views).where(v.id == view_id, v.official_id == official))
        if not gone.rowcount:
            raise ViewNotFound

    async def hold(self, held: HeldAction) -> None:
        await self._connection.execute(
            insert(t.held_actions).values(
                id=held.id,
                official_id=held.official_id,
                action=held.action,
                subjects=list(held.subjects),
                facts=held.facts,
                state=held.state,
                made_at=held.made_at,
                due_at=held.due_at,
                results=held.results,
            )
        )

    async def held(self, held_id: UUID, *, official: OfficialId | None = None, lock: bool = False) -> HeldAction:
        """Raises HeldActionNotFound; with an official named, for another's too."""
        h = t.held_actions.c
        query = select(t.held_actions).where(h.id == held_id)
        if official is not None:
            query = query.where(h.official_id == official)
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise HeldActionNotFound
        return HeldAction(
            id=row["id"],
            official_id=row["official_id"],
            action=row["action"],
            subjects=tuple(row["subjects"]),
            facts=row["facts"],
            state=HeldState(row["state"]),
            made_at=row["made_at"],
            due_at=row["due_at"],
            results=row["results"],
        )

    async def settle(self, held_id: UUID, state: HeldState, results: dict[str, str | None]) -> None:
        await self._connection.execute(
            update(t.held_actions).where(t.held_actions.c.id == held_id).values(state=state, results=results)
        )

    async def due(self, now: datetime, *, limit: int = 100) -> list[UUID]:
        h = t.held_actions.c
        query = select(h.id).where(h.state == HeldState.HELD.value, h.due_at <= now).order_by(h.due_at).limit(limit)
        return list((await self._connection.execute(query)).scalars())

    async def waiting(self) -> list[tuple[UUID, datetime]]:
        h = t.held_actions.c
        query = select(h.id, h.due_at).where(h.state == HeldState.HELD.value)
        return [(row[0], row[1]) for row in await self._connection.execute(query)]
