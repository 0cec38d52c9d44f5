"""Ladders as jurisdictions changed them. Who is told when is no secret inside the house: no wall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AlertKind
from gateway.errors import Conflict
from gateway.record import tables as t


class LadderChanged(Conflict):
    """Somebody else changed this ladder meanwhile; look at it again."""


@dataclass(frozen=True, slots=True)
class LadderChange:
    """One version. `content` as `policies.loader` writes a ladder; None: the pack's own holds again."""

    id: UUID
    area: str
    code: str
    kind: AlertKind | None
    version: int
    content: Mapping[str, Any] | None
    changed_at: datetime
    changed_by: str
    reason: str | None = None


class LadderChanges:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def in_force(self, areas: Sequence[str]) -> list[LadderChange]:
        """What holds around a place: of several for one ladder the innermost, as `areas` are ordered."""
        c = t.ladder_changes.c
        query = select(t.ladder_changes).where(c.area.in_(areas), c.replaced_at.is_(None)).order_by(c.code, c.kind)
        nearest: dict[tuple[str, AlertKind | None], LadderChange] = {}
        for row in (await self._connection.execute(query)).mappings():
            change = _change(row)
            known = nearest.get((change.code, change.kind))
            if known is None or areas.index(change.area) < areas.index(known.area):
                nearest[change.code, change.kind] = change
        return list(nearest.values())

    async def history(self, area: str, code: str, kind: AlertKind | None) -> list[LadderChange]:
        """Every version here, the newest first."""
        query = select(t.ladder_changes).where(self._of(area, code, kind)).order_by(t.ladder_changes.c.version.desc())
        return [_change(row) for row in (await self._connection.execute(query)).mappings()]

    async def add(self, change: LadderChange) -> None:
        """The newest version from now on. Raises LadderChanged when it is not the next one."""
        known = await self.history(change.area, change.code, change.kind)
        if change.version != (known[0].version if known else 0) + 1:
            raise LadderChanged
        await self._connection.execute(
            update(t.ladder_changes)
            .where(self._of(change.area, change.code, change.kind), t.ladder_changes.c.replaced_at.is_(None))
            .values(replaced_at=change.changed_at)
        )
        await self._connection.execute(
            insert(t.ladder_changes).values(
                id=change.id,
                area=change.area,
                code=change.code,
                kind=change.kind,
                version=change.version,
                content=change.content,
                reason=change.reason,
                changed_at=change.changed_at,
                changed_by=change.changed_by,
            )
        )

    @staticmethod
    def _of(area: str, code: str, kind: AlertKind | None) -> Any:
        c = t.ladder_changes.c
        return and_(c.area == area, c.code == code, c.kind == kind if kind else c.kind.is_(None))


def _change(row: RowMapping) -> LadderChange:
    return LadderChange(
        id=row["id"],
        area=row["area"],
        code=row["code"],
        kind=AlertKind(row["kind"]) if row["kind"] else None,
        version=row["version"],
        content=row["content"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        reason=row["reason"],
    )
