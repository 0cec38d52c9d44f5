"""Reminders of what a plan asks: each slot is said once, and not at all when it is done by then."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.clock import Clock
from gateway.domain.follow_ups import POSITIVE, FollowUp, KeptItem
from gateway.domain.kinds import FollowUpId, ItemKind, PlanItemId, ReminderId, ResidentId
from gateway.domain.people import Resident
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.record.reminders import FIRED, PENDING, SUPPRESSED, Reminder
from gateway.services.agencies import AgencyService
from gateway.services.follow_ups import REMINDER
from gateway.services.outbox import Letter, Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("reminders")


@dataclass(frozen=True, slots=True)
class ReminderService:
    transactions: Transactions
    packs: PackService
    outbox: Outbox
    clock: Clock

    async def fire(self, *due: ReminderId) -> None:
        """Say those whose time has come and that still matter. Coming too early, or twice, changes nothing.

        Many are due at the same minute of a day: they are said in one transaction and some twenty statements.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            load = await _load(work, [one for one in await work.reminders.several(due) if _is_due(one, now)])
            matter = [one for one in load.reminders if load.still_matters(one, now)]
            gone = {one.id for one in load.reminders} - {one.id for one in matter}
            await work.reminders.settle(gone, SUPPRESSED, now)
            fired = await work.reminders.settle([one.id for one in matter], FIRED, now)
            duties: dict[str, list[Letter]] = {}
            for one in matter:
                if one.id not in fired:
                    continue
                resident, values = load.residents[one.resident_id], await self._values(work, load, one, now)
                dedup = f"reminder:{one.id}"
                if load.plan_of(one).is_duty:
                    duties.setdefault(one.template, []).append(Letter(resident, values, dedup))
                    continue
                await self.outbox.to_resident(work, resident, one.template, values, now=now, dedup=dedup)
            for template, letters in duties.items():
                await self.outbox.to_residents(work, letters, template, now=now)

    async def _values(self, work: Work, load: "_Load", reminder: Reminder, now: datetime) -> dict[str, Any]:
        item, resident = load.items[reminder.item_id], load.residents[reminder.resident_id]
        values: dict[str, Any] = {
            "person": load.names.get(resident.id),
            "due_at": item.due_at.isoformat() if item.due_at else None,
            "last": not any(one.state == PENDING and one.due_at > now for one in load.siblings_of(reminder)),
        }
        if item.kind in (ItemKind.CHECK_IN, ItemKind.REPORT):
            row = item.key.rpartition("-d")[0]
            plan = load.plans[item.follow_up_id]
            days = [one.number for one in plan if one.number and one.key.rpartition("-d")[0] == row]
            about = str(resident.id) if values["person"] else None
            return {**values, "about": about, "day": item.number, "days": max(days, default=None)}
        values |= {"place": None, "quote": self.packs.quote(item.rules, resident.language)}
        if item.kind is ItemKind.TEST:
            where = (resident.area, resident.language)
            if where not in load.places:
                pack = await self.packs.for_area(work, resident.area, now)
                load.places[where] = await AgencyService.place_to_sample(work, pack, *where)
            values |= {"test": item.test, "opens_at": item.opens_at.isoformat(), "place": load.places[where]}
        return values

    async def due(self) -> list[ReminderId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.reminders.due(self.clock.now())

    async def due_by(self, work: Work, until: datetime) -> AsyncIterator[list[tuple[str, datetime]]]:
        """What the agenda is loaded from."""
        async for portion in work.reminders.due_by(until):
            yield [(f"{REMINDER}:{one}", at) for one, at in portion]

    async def first_after(self, work: Work, until: datetime) -> datetime | None:
        return await work.reminders.first_after(until)


@dataclass(frozen=True, slots=True)
class _Load:
    """What some reminders speak of: their items and plans, whom they are for, and what else is said of the same."""

    reminders: Sequence[Reminder]
    items: Mapping[PlanItemId, KeptItem]
    follow_ups: Mapping[FollowUpId, FollowUp]
    plans: Mapping[FollowUpId, Sequence[KeptItem]]
    residents: Mapping[ResidentId, Resident]
    names: Mapping[ResidentId, str | None]
    siblings: Sequence[Reminder]
    places: dict[tuple[str, str], Any] = field(default_factory=dict)

    def plan_of(self, reminder: Reminder) -> FollowUp:
        return self.follow_ups[self.items[reminder.item_id].follow_up_id]

    def siblings_of(self, reminder: Reminder) -> list[Reminder]:
        return [one for one in self.siblings if one.item_id == reminder.item_id]

    def still_matters(self, reminder: Reminder, now: datetime) -> bool:
        item, resident = self.items.get(reminder.item_id), self.residents.get(reminder.resident_id)
        follow_up = self.follow_ups.get(item.follow_up_id) if item else None
        if item is None or follow_up is None:
            return False
        return _still_matters(reminder, item, follow_up, resident, self.siblings_of(reminder), now)


async def _load(work: Work, reminders: Sequence[Reminder]) -> _Load:
    items = await work.follow_ups.items_several({one.item_id for one in reminders})
    plans = {item.follow_up_id for item in items.values()}
    residents = await work.exposures.residents({one.resident_id for one in reminders})
    # The name where somebody else of the family is spoken to; nobody is told their own.
    spoken_for = [one for one, by in (await work.residents.guardians_of(list(residents))).items() if by]
    return _Load(
        reminders,
        items,
        await work.follow_ups.several(plans),
        await work.follow_ups.items_of(plans),
        residents,
        {ResidentId(one): name for one, name in (await work.residents.names(spoken_for)).items()},
        await work.reminders.of_items({one.item_id for one in reminders}),
    )


def _is_due(reminder: Reminder, now: datetime) -> bool:
    return reminder.state == PENDING and reminder.due_at <= now


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
