"""Lists of people to be found, as they came: the list, its rows, and what of it could not be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, false, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import LeadId, LeadPush, OfficialId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import Vault


class LeadListNotFound(NotFound):
    """There is no such list in your area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """`rejected` are the rows nobody could take, each with its number and the reason. `titles` and `mapping`: the
    columns of the file it came as, and which was read as what; empty where it came over the API."""

    id: UUID
    area: str
    push: LeadPush
    sender: str
    pushed_by: OfficialId | None
    pushed_at: datetime
    received_at: datetime
    rows: int
    rejected: Sequence[dict[str, Any]] = ()
    titles: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """A row of a file. `cells` are gone once the person is forgotten. `is_known`: the lead stood before."""

    id: UUID
    row: int
    cells: tuple[str, ...]
    lead_id: LeadId | None = None
    is_known: bool = False


class LeadLists:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        return area_in(t.lead_lists.c.area, self._scope.area) if self._scope.area is not None else false()

    async def add(self, came: LeadList) -> None:
        await self._connection.execute(
            insert(t.lead_lists).values(
                id=came.id,
                area=came.area,
                push=came.push,
                sender=came.sender,
                pushed_by=came.pushed_by,
                pushed_at=came.pushed_at,
                received_at=came.received_at,
                rows=came.rows,
                titles=list(came.titles),
                mapping=dict(came.mapping),
            )
        )

    async def reject(self, list_id: UUID, rejected: Sequence[dict[str, Any]]) -> None:
        """Keep the rows that could not be taken, so that nothing of a list is lost."""
        sealed = self._vault.seal(None, "lead_lists", "rejected", list_id, list(rejected) or None)
        await self._connection.execute(
            update(t.lead_lists).where(t.lead_lists.c.id == list_id).values(rejected_sealed=sealed)
        )

    async def rejected(self, *, limit: int = 50) -> list[LeadList]:
        """The newest lists in scope with rows that still wait to be put right."""
        query = select(t.lead_lists).where(t.lead_lists.c.rejected_sealed.is_not(None), self._mine())
        rows = await self._connection.execute(query.order_by(t.lead_lists.c.received_at.desc()).limit(limit))
        return [self._list(row) for row in rows.mappings()]

    async def get(self, list_id: UUID, *, lock: bool = False) -> LeadList:
        query = select(t.lead_lists).where(t.lead_lists.c.id == list_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise LeadListNotFound
        return self._list(row)

    async def listed(self, *, limit: int = 50) -> list[LeadList]:
        """The newest first."""
        query = select(t.lead_lists).where(self._mine(), t.lead_lists.c.pushed_by.is_not(None))
        rows = await self._connection.execute(query.order_by(t.lead_lists.c.received_at.desc()).limit(limit))
        return [self._list(row) for row in rows.mappings()]

    async def last_mapping(self, sender: str) -> dict[str, str]:
        """How this sender's last file was read; empty for a sender nobody has heard of."""
        c = t.lead_lists.c
        query = select(c.mapping).where(c.sender == sender, c.mapping != {}, self._mine())
        found = await self._connection.execute(query.order_by(c.received_at.desc()).limit(1))
        return dict(found.scalar_one_or_none() or {})

    async def undo(self, list_id: UUID, at: datetime) -> None:
        """Its rows are not kept: they named the wrong people, or the right ones wrongly."""
        await self._connection.execute(
            update(t.lead_lists).where(t.lead_lists.c.id == list_id, self._mine()).values(undone_at=at)
        )

    # rows of a file

    async def add_rows(self, list_id: UUID, rows: Sequence[LeadRow]) -> None:
        if not rows:
            return
        await self._connection.execute(
            insert(t.lead_rows),
            [
                {
                    "id": row.id,
                    "list_id": list_id,
                    "row": row.row,
                    "lead_id": row.lead_id,
                    "is_known": row.is_known,
                    "cells_sealed": self._vault.seal(None, "lead_rows", "cells", row.id, list(row.cells)),
                }
                for row in rows
            ],
        )

    async def rows(self, list_id: UUID) -> list[LeadRow]:
        r = t.lead_rows.c
        query = select(t.lead_rows).where(r.list_id == list_id).order_by(r.row)
        return [
            LeadRow(
                id=row["id"],
                row=row["row"],
                cells=tuple(self._vault.open(None, "lead_rows", "cells", row["id"], row["cells_sealed"]) or ()),
                lead_id=row["lead_id"],
                is_known=row["is_known"],
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def forget_rows(self, list_id: UUID, leads: Sequence[LeadId]) -> None:
        """What the file said of these people."""
        r = t.lead_rows.c
        await self._connection.execute(
            update(t.lead_rows).where(r.list_id == list_id, r.lead_id.in_(list(leads))).values(cells_sealed=None)
        )

    def _list(self, row: RowMapping) -> LeadList:
        return LeadList(
            id=row["id"],
            area=row["area"],
            push=LeadPush(row["push"]),
            sender=row["sender"],
            pushed_by=row["pushed_by"],
            pushed_at=row["pushed_at"],
            received_at=row["received_at"],
            rows=row["rows"],
            rejected=self._vault.open(None, "lead_lists", "rejected", row["id"], row["rejected_sealed"]) or (),
            titles=tuple(row["titles"]),
            mapping=row["mapping"],
            undone_at=row["undone_at"],
        )
