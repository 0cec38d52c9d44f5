"""Reminders of plan items: one row per item and slot, fired once."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import PlanItemId, ReminderId, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.recordsets import in_portions, insert_rows
from gateway.record.scoping import among, of_residents_in

PLAN_ITEM = "plan_item"
PENDING, FIRED, SUPPRESSED, CANCELLED = "pending", "fired", "suppressed", "cancelled"


@dataclass(frozen=True, slots=True)
class Reminder:
    id: ReminderId
    item_id: PlanItemId
    resident_id: ResidentId
    template: str
    due_at: datetime
    state: str = PENDING


class Reminders:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def plan(self, reminders: Sequence[Reminder]) -> set[ReminderId]:
        """Keep them; a cancelled one of the same item and slot comes back. Those whose slot was there already are left
        out of the answer."""
        rows = [
            {
                "id": one.id,
                "subject_kind": PLAN_ITEM,
                "subject_id": one.item_id,
                "resident_id": one.resident_id,
                "slot": one.due_at.astimezone(UTC).isoformat(),
                "template": one.template,
                "due_at": one.due_at,
                "state": PENDING,
            }
            for one in reminders
        ]
        written = await insert_rows(
            self._connection,
            t.reminders,
            rows,
            on_conflict="ON CONFLICT (subject_kind, subject_id, slot) DO UPDATE SET id = excluded.id, "
            "state = 'pending' WHERE reminders.state = 'cancelled'",
            returning="id",
        )
        return {ReminderId(row[0]) for row in written}

    async def of_items(self, items: Iterable[PlanItemId]) -> list[Reminder]:
        asked = list(items)
        if not asked:
            return []
        r = t.reminders.c
        query = (
            select(t.reminders)
            .where(r.subject_kind == PLAN_ITEM, r.subject_id.in_(asked), of_residents_in(self._scope, t.reminders))
            .order_by(r.due_at)
        )
        return [_reminder(row) for row in (await self._connection.execute(query)).mappings()]

    async def several(self, ids: Iterable[ReminderId]) -> list[Reminder]:
        r = t.reminders.c
        query = select(t.reminders).where(among(r.id, ids), r.subject_kind == PLAN_ITEM).order_by(r.due_at, r.id)
        return [_reminder(row) for row in (await self._connection.execute(query)).mappings()]

    async def settle(self, reminders: Iterable[ReminderId], state: str, now: datetime) -> set[ReminderId]:
        """Compare and set: those that were taken out of `pending` by this call."""
        asked = list(reminders)
        if not asked:
            return set()
        r = t.reminders.c
        written = await self._connection.execute(
            update(t.reminders)
            .where(among(r.id, asked), r.state == PENDING)
            .values(state=state, fired_at=now)
            .returning(r.id)
        )
        return {ReminderId(one) for one in written.scalars()}

    async def cancel(self, reminders: Iterable[ReminderId]) -> None:
        await self._connection.execute(
            update(t.reminders)
            .where(
                t.reminders.c.id.in_(list(reminders)),
                t.reminders.c.state == PENDING,
                of_residents_in(self._scope, t.reminders),
            )
            .values(state=CANCELLED)
        )

    async def cancel_of(self, item: PlanItemId) -> list[ReminderId]:
        """Whatever still waits of this item waits no longer; which reminders that were."""
        r = t.reminders.c
        written = await self._connection.execute(
            update(t.reminders)
            .where(
                r.subject_kind == PLAN_ITEM,
                r.subject_id == item,
                r.state == PENDING,
                of_residents_in(self._scope, t.reminders),
            )
            .values(state=CANCELLED)
            .returning(r.id)
        )
        return [ReminderId(one) for one in written.scalars()]

    async def due(self, now: datetime, *, limit: int = 500) -> list[ReminderId]:
        r = t.reminders.c
        query = select(r.id).where(r.subject_kind == PLAN_ITEM, r.state == PENDING, r.due_at <= now)
        found = await self._connection.execute(query.order_by(r.due_at).limit(limit))
        return [ReminderId(one) for one in found.scalars()]

    async def due_by(self, until: datetime) -> AsyncIterator[list[tuple[UUID, datetime]]]:
        """Those that wait and are due by then, in portions."""
        r = t.reminders.c
        query = select(r.id, r.due_at).where(r.subject_kind == PLAN_ITEM, r.state == PENDING, r.due_at <= until)
        async for portion in in_portions(self._connection, query):
            yield portion

    async def first_after(self, until: datetime) -> datetime | None:
        r = t.reminders.c
        query = select(func.min(r.due_at)).where(r.subject_kind == PLAN_ITEM, r.state == PENDING, r.due_at > until)
        first: datetime | None = (await self._connection.execute(query)).scalar_one()
        return first


def _reminder(row: RowMapping) -> Reminder:
    return Reminder(
        id=row["id"],
        item_id=row["subject_id"],
        resident_id=row["resident_id"],
        template=row["template"],
        due_at=row["due_at"],
        state=row["state"],
    )
