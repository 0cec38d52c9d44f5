"""Reminders of what a plan asks: each slot is said once, and not at all when it is done by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.clock import Clock
from gateway.domain.follow_ups import POSITIVE, FollowUp, KeptItem
from gateway.domain.kinds import ItemKind, ReminderId
from gateway.domain.people import Resident
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.record.reminders import FIRED, PENDING, SUPPRESSED, Reminder
from gateway.services.agencies import AgencyService
from gateway.services.follow_ups import REMINDER, name_for_family
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("reminders")


@dataclass(frozen=True, slots=True)
class ReminderService:
    transactions: Transactions
    packs: PackService
    outbox: Outbox
    clock: Clock

    async def fire(self, reminder_id: ReminderId) -> None:
        """Say it, if its time has come and it still matters. Coming too early, or twice, changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            reminder = await work.reminders.find(reminder_id)
            if reminder is None or reminder.state != PENDING or reminder.due_at > now:
                return
            item = await work.follow_ups.find_item(reminder.item_id)
            follow_up = await work.follow_ups.find(item.follow_up_id) if item else None
            resident = await work.residents.find(reminder.resident_id)
            siblings = await work.reminders.of_items([reminder.item_id])
            if (
                item is None
                or follow_up is None
                or not _still_matters(reminder, item, follow_up, resident, siblings, now)
            ):
                await work.reminders.settle(reminder_id, SUPPRESSED, now)
                return
            assert resident is not None
            if not await work.reminders.settle(reminder_id, FIRED, now):
                return
            await self.outbox.to_resident(
                work,
                resident,
                reminder.template,
                await self._values(work, resident, follow_up, item, siblings, now),
                now=now,
                dedup=f"reminder:{reminder.id}",
                duty=follow_up.is_duty,
            )

    async def _values(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        item: KeptItem,
        siblings: Sequence[Reminder],
        now: datetime,
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            "person": await name_for_family(work, resident),
            "due_at": item.due_at.isoformat() if item.due_at else None,
            "last": not any(one.state == PENDING and one.due_at > now for one in siblings),
        }
        if item.kind in (ItemKind.CHECK_IN, ItemKind.REPORT):
            items = await work.follow_ups.items(follow_up.id)
            row = item.key.rpartition("-d")[0]
            days = [one.number for one in items if one.number and one.key.rpartition("-d")[0] == row]
            return {**values, "day": item.number, "days": max(days, default=None)}
        values |= {"place": None, "quote": self.packs.quote(item.rules, resident.language)}
        if item.kind is ItemKind.TEST:
            pack = await self.packs.for_area(work, resident.area, now)
            place = await AgencyService.place_to_sample(work, pack, resident.area, resident.language)
            values |= {"test": item.test, "opens_at": item.opens_at.isoformat(), "place": place}
        return values

    async def due(self) -> list[ReminderId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.reminders.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{REMINDER}:{one}", at) for one, at in await work.reminders.waiting()]


def _still_matters(
    reminder: Reminder,
    item: KeptItem,
    follow_up: FollowUp,
    resident: Resident | None,
    siblings: Sequence[Reminder],
    now: datetime,
) -> bool:
    """Not done, not over, not overtaken by a later slot that is due as well (after an outage one push is enough).

    Who stopped routine pushes still hears the duties of an isolation or monitoring; who tested positive is in the hands
    of people, not of reminders.
    """
    if resident is None or resident.erased_at is not None or not follow_up.is_open or not item.is_open:
        return False
    if (resident.stopped and not follow_up.is_duty) or POSITIVE in follow_up.holds:
        return False
    return not any(one.state == PENDING and reminder.due_at < one.due_at <= now for one in siblings)
