"""Reminders of plan items: one row per item and slot, fired once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import PlanItemId, ReminderId, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.recordsets import insert_rows
from gateway.record.scoping import of_residents_in

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

    async def find(self, reminder_id: ReminderId) -> Reminder | None:
        r = t.reminders.c
        query = select(t.reminders).where(r.id == reminder_id, r.subject_kind == PLAN_ITEM)
        row = (await self._connection.execute(query)).mappings().first()
        return _reminder(row) if row else None

    async def settle(self, reminder_id: ReminderId, state: str, now: datetime) -> bool:
        """Compare and set: True for whoever takes it out of `pending`."""
        written = await self._connection.execute(
            update(t.reminders)
            .where(t.reminders.c.id == reminder_id, t.reminders.c.state == PENDING)
            .values(state=state, fired_at=now)
        )
        return bool(written.rowcount)

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

    async def due(self, now: datetime, *, limit: int = 500) -> list[ReminderId]:
        r = t.reminders.c
        query = select(r.id).where(r.subject_kind == PLAN_ITEM, r.state == PENDING, r.due_at <= now)
        found = await self._connection.execute(query.order_by(r.due_at).limit(limit))
        return [ReminderId(one) for one in found.scalars()]

    async def waiting(self) -> list[tuple[UUID, datetime]]:
        r = t.reminders.c
        query = select(r.id, r.due_at).where(r.subject_kind == PLAN_ITEM, r.state == PENDING)
        return [(row[0], row[1]) for row in await self._connection.execute(query)]


def _reminder(row: RowMapping) -> Reminder:
    return Reminder(
        id=row["id"],
        item_id=row["subject_id"],
        resident_id=row["resident_id"],
        template=row["template"],
        due_at=row["due_at"],
        state=row["state"],
    )
