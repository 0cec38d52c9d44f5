"""Files on their way into the record: read, shown, corrected, then taken. Only whoever brought one sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import Vault


class IntakeNotFound(NotFound):
    """This file is no longer here: it was taken in, put away, or waited for more than a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """`content` is what was read, `facts` how it is understood so far: codes and column numbers, nobody's name."""

    id: UUID
    area: str
    official_id: OfficialId
    kind: str
    content: Any
    facts: Mapping[str, Any]
    brought_at: datetime


class Intakes:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _of(self, intake_id: UUID, official_id: OfficialId, kind: str) -> ColumnElement[bool]:
        c = t.intakes.c
        own = and_(c.id == intake_id, c.official_id == official_id, c.kind == kind)
        return own if self._scope.area is None else and_(own, area_in(c.area, self._scope.area))

    async def add(self, intake: Intake) -> None:
        await self._connection.execute(
            insert(t.intakes).values(
                id=intake.id,
                area=intake.area,
                official_id=intake.official_id,
                kind=intake.kind,
                content_sealed=self._vault.seal(None, "intakes", "content", intake.id, intake.content),
                facts=dict(intake.facts),
                brought_at=intake.brought_at,
            )
        )

    async def get(self, intake_id: UUID, *, official_id: OfficialId, kind: str, lock: bool = False) -> Intake:
        query = select(t.intakes).where(self._of(intake_id, official_id, kind))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise IntakeNotFound
        return self._intake(row)

    async def listed(self, *, official_id: OfficialId, kind: str) -> list[Intake]:
        """What this official has begun and not finished, the newest first."""
        c = t.intakes.c
        query = select(t.intakes).where(c.official_id == official_id, c.kind == kind).order_by(c.brought_at.desc())
        return [self._intake(row) for row in (await self._connection.execute(query.limit(20))).mappings()]

    async def understand(self, intake: Intake, facts: Mapping[str, Any]) -> None:
        await self._connection.execute(update(t.intakes).where(t.intakes.c.id == intake.id).values(facts=dict(facts)))

    async def rewrite(self, intake: Intake, content: Any) -> None:
        sealed = self._vault.seal(None, "intakes", "content", intake.id, content)
        await self._connection.execute(
            update(t.intakes).where(t.intakes.c.id == intake.id).values(content_sealed=sealed)
        )

    async def use(self, intake_id: UUID) -> None:
        """Taken in: it is gone. Raises IntakeNotFound where somebody was faster."""
        c = t.intakes.c
        gone = await self._connection.execute(delete(t.intakes).where(c.id == intake_id).returning(c.id))
        if gone.first() is None:
            raise IntakeNotFound

    async def drop(self, intake: Intake) -> None:
        await self._connection.execute(delete(t.intakes).where(t.intakes.c.id == intake.id))

    def _intake(self, row: RowMapping) -> Intake:
        return Intake(
            id=row["id"],
            area=row["area"],
            official_id=row["official_id"],
            kind=row["kind"],
            content=self._vault.open(None, "intakes", "content", row["id"], row["content_sealed"]),
            facts=row["facts"],
            brought_at=row["brought_at"],
        )
