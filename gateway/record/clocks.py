"""Clocks beside the plans. What officials write into one when they stop it is sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.clocks import Clock
from gateway.domain.kinds import ClockId, ClockKind, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import ladders
from gateway.record import tables as t
from gateway.record.scoping import of_people_or_area_in
from gateway.record.vault import DataKey, Vault


class Clocks:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        return of_people_or_area_in(self._scope, t.clocks)

    async def add(self, clock: Clock) -> bool:
        """False when this clock of this subject runs or ran already."""
        written = await self._connection.execute(
            upsert(t.clocks)
            .values(
                id=clock.id,
                kind=clock.kind,
                key=clock.key,
                subject_id=clock.subject_id,
                resident_id=clock.resident_id,
                area=clock.area,
                pack_id=clock.pack_id,
                rules=list(clock.rules),
                ladder={"code": clock.ladder_code, "steps": ladders.written(clock.ladder)},
                started_at=clock.started_at,
                due_at=clock.due_at,
                watch_at=clock.watch_at,
                facts=clock.facts,
            )
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def save(self, clock: Clock, *, note: str | None = None, key: DataKey | None = None) -> None:
        values: dict[str, Any] = {
            "watch_at": clock.watch_at,
            "watched_at": clock.watched_at,
            "done_at": clock.done_at,
            "facts": clock.facts,
        }
        if note is not None:
            values["note_sealed"] = self._vault.seal(key, "clocks", "note", clock.id, note)
        await self._connection.execute(update(t.clocks).where(t.clocks.c.id == clock.id, self._mine()).values(**values))

    async def note(self, clock: Clock, key: DataKey | None) -> str | None:
        query = select(t.clocks.c.note_sealed).where(t.clocks.c.id == clock.id, self._mine())
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: str | None = self._vault.open(key, "clocks", "note", clock.id, sealed)
        return opened

    async def find(self, clock_id: ClockId, *, lock: bool = False) -> Clock | None:
        query = select(t.clocks).where(t.clocks.c.id == clock_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _clock(row) if row else None

    async def of_subject(self, subject_id: UUID, *kinds: ClockKind, lock: bool = False) -> list[Clock]:
        c = t.clocks.c
        query = select(t.clocks).where(c.subject_id == subject_id, self._mine()).order_by(c.due_at, c.key)
        if kinds:
            query = query.where(c.kind.in_(kinds))
        if lock:
            query = query.with_for_update()
        return [_clock(row) for row in (await self._connection.execute(query)).mappings()]

    async def of_resident(
        self, resident_id: ResidentId, kinds: Sequence[ClockKind], *, lock: bool = False
    ) -> list[Clock]:
        c = t.clocks.c
        query = (
            select(t.clocks)
            .where(c.resident_id == resident_id, c.kind.in_(kinds), self._mine())
            .order_by(c.started_at, c.key)
        )
        if lock:
            query = query.with_for_update()
        return [_clock(row) for row in (await self._connection.execute(query)).mappings()]

    async def running(self, kind: ClockKind, *, limit: int = 200) -> list[Clock]:
        """What still runs, the most urgent first."""
        c = t.clocks.c
        query = (
            select(t.clocks).where(c.kind == kind, c.done_at.is_(None), self._mine()).order_by(c.due_at).limit(limit)
        )
        return [_clock(row) for row in (await self._connection.execute(query)).mappings()]

    async def due(self, now: datetime, *, limit: int = 500) -> list[ClockId]:
        c = t.clocks.c
        query = select(c.id).where(c.done_at.is_(None), c.watched_at.is_(None), c.watch_at <= now)
        found = await self._connection.execute(query.order_by(c.watch_at).limit(limit))
        return [ClockId(one) for one in found.scalars()]

    async def waiting(self) -> list[tuple[ClockId, datetime]]:
        c = t.clocks.c
        query = select(c.id, c.watch_at).where(c.done_at.is_(None), c.watched_at.is_(None), c.watch_at.is_not(None))
        return [(row[0], row[1]) for row in await self._connection.execute(query)]


def _clock(row: RowMapping) -> Clock:
    return Clock(
        id=row["id"],
        kind=ClockKind(row["kind"]),
        key=row["key"],
        subject_id=row["subject_id"],
        resident_id=row["resident_id"],
        area=row["area"],
        pack_id=row["pack_id"],
        rules=tuple(row["rules"]),
        ladder_code=row["ladder"]["code"],
        ladder=ladders.read(row["ladder"]["steps"]),
        started_at=row["started_at"],
        due_at=row["due_at"],
        watch_at=row["watch_at"],
        watched_at=row["watched_at"],
        done_at=row["done_at"],
        facts=row["facts"],
    )
