"""Reminders of plan items: one row per item and slot, fired once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import PlanItemId, ReminderId, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
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

    async def plan(self, reminder: Reminder) -> bool:
        """Keep it; a cancelled one of the same item and slot comes back. False when that slot was there already."""
        written = await self._connection.execute(
            upsert(t.reminders)
            .values(
                id=reminder.id,
                subject_kind=PLAN_ITEM,
                subject_id=reminder.item_id,
                resident_id=reminder.resident_id,
                slot=reminder.due_at.astimezone(UTC).isoformat(),
                template=reminder.template,
                due_at=reminder.due_at,
                state=PENDING,
            )
            .on_conflict_do_update(
                index_elements=["subject_kind", "subject_id", "slot"],
                set_={"id": reminder.id, "state": PENDING},
                where=t.reminders.c.state == CANCELLED,
            )
        )
        return bool(written.rowcount)

    async def of_items(self, items: Iterable[PlanItemId]) -> list[Reminder]:
        r = t.reminders.c
        query = (
            select(t.reminders)
            .where(
                r.subject_kind == PLAN_ITEM, r.subject_id.in_(list(items)), of_residents_in(self._scope, t.reminders)
            )
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
