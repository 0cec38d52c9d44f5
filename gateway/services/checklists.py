"""Work lists: created from a notice's text, reminded by E-C, ticked unit by unit.

Who hears a reminder is decided when it is due, from what is ticked by then. A unit that hears of several items at once
hears one digest; a unit nobody can be reached for is never passed over in silence.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    Deadline,
    DeadlineKind,
    Directory,
    Glossary,
    Part,
    Slot,
    UnitName,
    coordinator_of,
    due_at,
    hearers_of,
    outstanding,
    parts_of,
    reminders_of,
    worth_saying,
)
from gateway.domain.kinds import AssignmentId, ChecklistId, ChecklistItemId, Lane, Level, OfficialId, Role, UnitId
from gateway.domain.notices import read_work_list, unit_of
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.record.checklists import (
    Assignment,
    ChecklistEvent,
    ChecklistItemNotFound,
    DueReminder,
    KeptChecklist,
    KeptItem,
    Unit,
    UnitNotFound,
)
from gateway.record.record import Work
from gateway.services.outbox import Outbox
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("checklists")
CHECKLIST = "checklist"

#: The key glossaries give to every spelling of the headquarters' office (AMB-21).
HQ_OFFICE = "HQ_OFFICE"
#: A digest names this many items at most; longer ones come in several messages.
DIGEST = 25
_OVERSEEING = (Role.COUNTY, Role.CITY, Role.PROVINCE)


class ChecklistKnown(Conflict):
    """This text was imported for this area before; nothing was changed."""


class ChecklistBeyondArea(Forbidden):
    """You can import and change checklists only inside your own area, from the county up."""


class NotYourPart(Forbidden):
    """Only the unit itself, whoever keeps the item together, or the county can tick this part."""


class ItemsNumberedTwice(Invalid):
    """Two items of this list have the same number."""


class Tone(StrEnum):
    """How a message about items speaks."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    SUPERVISION = "supervision"


class ItemState(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    ONGOING = "ongoing"
    UNDATED = "undated"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made; `units` are those that were new."""

    checklist_id: ChecklistId
    title: str
    items: int
    parts: int
    units: tuple[str, ...]
    reminders: int
    without_deadline: tuple[str, ...]
    without_coordinator: tuple[str, ...]
    groups_without_members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """One unit's part. `reachable`: somebody of the unit has an address. `mine`: the reader may tick it."""

    id: AssignmentId
    unit_id: UnitId
    unit: str
    role: str
    places: tuple[str, ...]
    awaits_members: bool
    reachable: bool
    mine: bool
    done_at: datetime | None = None
    done_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with its progress. `partial`: the reader sees only the own unit's parts of it."""

    id: ChecklistItemId
    checklist_id: ChecklistId
    item_no: str
    section: str
    title: str
    task: str
    state: ItemState
    deadline: str
    due_on: date | None
    due_at: datetime | None
    due_on_issue: bool
    lead: str | None
    coordinator: str | None
    needs_coordinator: bool
    parts: tuple[PartView, ...]
    partial: bool
    next_reminder_at: datetime | None = None

    @property
    def done(self) -> int:
        return sum(part.done_at is not None for part in self.parts)

    @property
    def total(self) -> int:
        return len(self.parts)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(part.unit for part in self.parts if part.done_at is None)


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """How far one unit is with all its parts of a list."""

    unit_id: UnitId
    unit: str
    done: int
    total: int
    overdue: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """`kind`: imported, reminded, unreached, ticked, unticked, done, coordinator, members, deadline. `tone` and
    `item_nos` belong to reminded and unreached."""

    at: datetime
    kind: str
    unit: str | None
    official: str | None
    item_nos: tuple[str, ...]
    tone: str | None = None


@dataclass(frozen=True, slots=True)
class ChecklistView:
    id: ChecklistId
    area: str
    title: str
    issuer: str | None
    issued_on: date | None
    imported_at: datetime
    imported_by: str | None
    not_understood: tuple[Mapping[str, Any], ...]
    items: tuple[ItemView, ...]
    units: tuple[UnitProgress, ...]
    events: tuple[EventView, ...] = ()

    def count(self, state: ItemState) -> int:
        return sum(item.state is state for item in self.items)


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """A part that waits for the reader's unit."""

    id: AssignmentId
    item_id: ChecklistItemId
    item_no: str
    title: str
    unit: str
    due_on: date | None
    due_at: datetime | None
    state: ItemState


@dataclass(frozen=True, slots=True)
class UnitView:
    id: UnitId
    area: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    members: tuple[str, ...]
    officials: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class _Mention:
    """One item as one unit hears of it."""

    kept: KeptItem
    role: str
    part: AssignmentId | None
    missing: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is known of an area's units while something is decided about a list."""

    units: Mapping[str, Unit]
    directory: Directory

    def unit(self, name: UnitName) -> Unit:
        return self.units[name.key]

    def named(self, unit_id: UnitId | None) -> str | None:
        return next((unit.name for unit in self.units.values() if unit.id == unit_id), None)

    def keeper(self, kept: KeptItem) -> Unit | None:
        named = coordinator_of(kept.item, self.directory)
        return self.units.get(named.key) if named else None


def fingerprint(text: str) -> str:
    """What makes a text the same text, whatever file or form it came in."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChecklistService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock
    zone: ZoneInfo
    glossary: Glossary

    # creating

    def read(self, text: str) -> Checklist:
        """What a notice's text says, nothing created yet. Raises NotAChecklist."""
        return read_work_list(text, self.glossary)

    async def import_(
        self,
        checklist: Checklist,
        *,
        area: str,
        official: Official | None,
        source_hash: str,
        coordinators: Mapping[str, str] | None = None,
    ) -> Imported:
        """Create a list's items, parts and reminders, and the units it names that are not known yet.

        `coordinators` names units by item number. Raises ChecklistKnown, ChecklistBeyondArea, ItemsNumberedTwice,
        UnitNotFound (a co-ordinator the list does not name).
        """
        _may_change(official, area)
        twice = [number for number, count in Counter(item.dotted for item in checklist.items).items() if count > 1]
        if twice:
            raise ItemsNumberedTwice(faults=tuple(Fault(number, "this number stands twice") for number in twice))
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = KeptChecklist(
                id=ChecklistId(work.new_id()),
                area=area,
                title=checklist.title or "-",
                issuer=checklist.issuer or None,
                issued_on=checklist.issued,
                source_hash=source_hash,
                not_understood=tuple(
                    {"line": doubt.line, "text": doubt.text, "why": doubt.why, "item": doubt.item}
                    for doubt in checklist.not_understood
                ),
                imported_at=now,
                imported_by=official.id if official else None,
            )
            if not await work.checklists.add(kept):
                raise ChecklistKnown
            created = await self._know_units(work, checklist, area)
            items = await self._add_items(work, kept, checklist, coordinators or {})
            desk = await self._desk(work, area, items)
            parts = sum([await self._fit_parts(work, one, desk) for one in items])
            reminders = sum([await self._plan(work, one, now) for one in items])
            await self._note(work, kept, "imported", official=official)
            await work.audit.add("checklist.import", "checklist", kept.id, at=now, area=area, by=_by(official))
            await self._wake(work, kept.id)
        return Imported(
            checklist_id=kept.id,
            title=kept.title,
            items=len(items),
            parts=parts,
            units=created,
            reminders=reminders,
            without_deadline=tuple(one.item.dotted for one in items if one.item.deadline is None),
            without_coordinator=tuple(one.item.dotted for one in items if desk.keeper(one) is None),
            groups_without_members=tuple(
                dict.fromkeys(part.unit.name for one in items for part in _parts(one, desk) if part.awaits_members)
            ),
        )

    async def _know_units(self, work: Work, checklist: Checklist, area: str) -> tuple[str, ...]:
        """Every unit the list names, found by its key, name or another spelling, or made; the names of the new."""
        known = {unit.key: unit for unit in await work.checklists.units(area)}
        created = []
        for named in _named_in(checklist):
            found = known.get(named.key) or next(
                (unit for unit in known.values() if named.name in (unit.name, *unit.aliases)), None
            )
            if found is not None:
                known[named.key] = await work.checklists.also_called(found, named.name)
                continue
            unit = Unit(UnitId(work.new_id()), area, named.key, named.name, (), _kind_of(named))
            await work.checklists.add_unit(unit)
            known[unit.key] = unit
            created.append(unit.name)
        return tuple(created)

    async def _add_items(
        self, work: Work, kept: KeptChecklist, checklist: Checklist, coordinators: Mapping[str, str]
    ) -> list[KeptItem]:
        units = {unit.key: unit for unit in await work.checklists.units(kept.area)}
        spelled = {name: unit for unit in units.values() for name in (unit.key, unit.name, *unit.aliases)}
        items: list[KeptItem] = []
        for section in checklist.sections:
            for item in section.items:
                coordinator = coordinators.get(item.dotted)
                if coordinator is not None and coordinator not in spelled:
                    raise UnitNotFound(f"no unit {coordinator} in this area (co-ordinator of {item.dotted})")
                one = KeptItem(
                    id=ChecklistItemId(work.new_id()),
                    checklist_id=kept.id,
                    area=kept.area,
                    section=f"{section.number} {section.title}".strip(),
                    item=item,
                    position=len(items),
                    due_at=due_at(item, self.zone),
                    coordinator_id=spelled[coordinator].id if coordinator else None,
                )
                ids = {unit.key: spelled[unit.key].id for unit in _units_of(item)}
                await work.checklists.add_item(one, units=ids)
                items.append(one)
        return items

    async def _fit_parts(self, work: Work, kept: KeptItem, desk: _Desk) -> int:
        """Make the parts what the list and the groups' members say now; ticks that were made stay. How many parts."""
        wanted = {part.key: part for part in _parts(kept, desk)}
        existing = {part.key: part for part in (await work.checklists.assignments([kept.id])).get(kept.id, [])}
        keeper = desk.keeper(kept)
        await work.checklists.drop_assignments(
            part.id for part in existing.values() if part.key not in wanted and part.done_at is None
        )
        for part in wanted.values():
            if part.key in existing:
                continue
            await work.checklists.add_assignment(
                Assignment(
                    id=AssignmentId(work.new_id()),
                    item_id=kept.id,
                    unit_id=desk.unit(part.unit).id,
                    area=kept.area,
                    key=part.key,
                    order=part.order,
                    role=part.role,
                    places=part.places,
                    awaits_members=part.awaits_members,
                    keeper_id=keeper.id if keeper else None,
                )
            )
        return len(wanted)

    async def _plan(self, work: Work, kept: KeptItem, now: datetime) -> int:
        reminders = reminders_of(kept.item, now, self.zone)
        for reminder in reminders:
            await work.checklists.plan(kept, work.new_id(), reminder)
        return len(reminders)

    async def _wake(self, work: Work, checklist_id: ChecklistId) -> None:
        following = await work.checklists.next_due(checklist_id)
        if following is not None:
            work.wake(CHECKLIST, checklist_id, following)

    async def open_unit(self, name: str, *, area: str, official: Official | None) -> UnitId:
        """The unit of this name in this area, made when it is new: people can be invited before a list comes."""
        _may_change(official, area)
        named = unit_of(name, self.glossary)
        async with self.transactions.begin(_WORK) as work:
            for unit in await work.checklists.units(area):
                if unit.key == named.key or name in (unit.name, *unit.aliases):
                    return unit.id
            unit = Unit(UnitId(work.new_id()), area, named.key, named.name, (), _kind_of(named))
            await work.checklists.add_unit(unit)
            await work.audit.add("unit.open", "unit", unit.id, at=self.clock.now(), area=area, by=_by(official))
        return unit.id

    # the clock

    async def due(self) -> list[ChecklistId]:
        async with self.transactions.begin(_WORK) as work:
            return [checklist for checklist, _ in await work.checklists.waiting(until=self.clock.now())]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """For rebuilding the agenda."""
        return [(f"{CHECKLIST}:{checklist}", at) for checklist, at in await work.checklists.waiting()]

    async def remind_due(self, checklist_id: ChecklistId) -> None:
        """Say what of this list is due. Coming too early, or twice, says nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = await work.checklists.find(checklist_id, lock=True)
            if kept is None:
                return
            due = await work.checklists.due_reminders(checklist_id, now)
            if due:
                await work.checklists.fired([one.id for one in due], now)
                await self._say(work, kept, due, now)
            await self._wake(work, checklist_id)

    async def _say(self, work: Work, kept: KeptChecklist, due: Sequence[DueReminder], now: datetime) -> None:
        items = {one.id: one for one in await work.checklists.items([kept.id])}
        await self._next_reviews(work, [items[one.item_id] for one in due if one.reminder.slot is Slot.REVIEW], now)
        parts = await work.checklists.assignments(items)
        desk = await self._desk(work, kept.area, items.values())
        said: dict[tuple[Tone, str], list[_Mention]] = {}
        of_item: dict[ChecklistItemId, list[DueReminder]] = {}
        for one in due:
            of_item.setdefault(one.item_id, []).append(one)
        for item_id in sorted(of_item, key=lambda one: items[one].position):
            item, own = items[item_id], parts.get(item_id, [])
            ticked = [part.key for part in own if part.done_at is not None]
            for reminder in worth_saying(one.reminder for one in of_item[item_id]):
                hearers = hearers_of(item.item, reminder, ticked, desk.directory)
                for named in (*hearers.to, *hearers.cc):
                    mention = _mention(item, desk.unit(named), own, desk, ticked)
                    said.setdefault((_tone(reminder.slot), named.key), []).append(mention)
        last = max(one.reminder.at for one in due)
        await self._tell(work, kept, said, desk, now, mark=f"{kept.id}:{int(last.timestamp())}")

    async def _next_reviews(self, work: Work, items: Iterable[KeptItem], now: datetime) -> None:
        """Ongoing work is asked about anew: last week's ticks are in the timeline, and the next review is set."""
        for one in items:
            parts = (await work.checklists.assignments([one.id])).get(one.id, [])
            await work.checklists.reopen([part.id for part in parts if part.done_at is not None])
            for reminder in reminders_of(one.item, now, self.zone):
                await work.checklists.plan(one, work.new_id(), reminder)

    async def _tell(
        self,
        work: Work,
        kept: KeptChecklist,
        said: Mapping[tuple[Tone, str], list[_Mention]],
        desk: _Desk,
        now: datetime,
        *,
        mark: str,
    ) -> None:
        unreached: dict[str, list[str]] = {}
        heard: dict[Tone, set[str]] = {tone: set() for tone in Tone}
        about: dict[Tone, dict[UUID, _Mention]] = {tone: {} for tone in Tone}
        for (tone, key), mentions in said.items():
            unit = desk.units[key]
            officials = await work.officials.of_unit([unit.id])
            reached = await self._send(work, officials, tone, unit.name, mentions, now, f"{mark}:{tone}:{unit.id}")
            about[tone] |= {one.kept.id: one for one in mentions}
            numbers = [one.kept.item.dotted for one in mentions]
            facts = {"tone": tone, "items": numbers, "reached": reached}
            await self._note(work, kept, "reminded" if reached else "unreached", unit=unit.id, facts=facts)
            if reached:
                heard[tone].add(unit.kind)
                continue
            unreached.setdefault(unit.name, []).extend(numbers)
        overseers = _overseers(kept.area)
        stand_ins = (
            (Tone.OVERDUE, "hq_office", (overseers,)),
            (Tone.SUPERVISION, "supervision", (Role.SUPERVISION, overseers)),
        )
        for tone, kind, roles in stand_ins:
            if about[tone] and kind not in heard[tone]:
                mentions = [replace(one, role="told", part=None) for one in about[tone].values()]
                await self._send_to_duty(work, kept, roles, tone, mentions, now, f"{mark}:{tone}:duty")
        if unreached:
            await self._tell_unreached(work, kept, unreached, desk, now, mark)

    async def _send(
        self,
        work: Work,
        officials: Iterable[Official],
        tone: Tone,
        unit: str,
        mentions: Sequence[_Mention],
        now: datetime,
        mark: str,
    ) -> int:
        """One message, or a digest, to each of them; how many have an address."""
        everybody = list(officials)
        if len(mentions) == 1:
            template = "checklist_reminder" if tone is Tone.REMINDER else "checklist_overdue"
            values = [{"unit": unit, "tone": tone, **self._values(mentions[0], now, tone)}]
        else:
            template = "checklist_digest"
            told = [self._values(one, now, tone) for one in mentions]
            values = [
                {"unit": unit, "tone": tone, "items": told[start : start + DIGEST]}
                for start in range(0, len(told), DIGEST)
            ]
        reached = 0
        for number, one in enumerate(values):
            reached = await self.outbox.to_officials(
                work, everybody, template, one, now=now, lane=Lane.REMINDER, dedup=f"checklist:{mark}:{number}"
            )
        return reached

    async def _send_to_duty(
        self,
        work: Work,
        kept: KeptChecklist,
        roles: Iterable[Role],
        tone: Tone,
        mentions: Sequence[_Mention],
        now: datetime,
        mark: str,
    ) -> None:
        """Nobody of the office itself could be told: whoever has the duty is, the first of these roles with anybody."""
        for role in roles:
            holders = (await work.officials.on_call([role], kept.area, now)).get(role, [])
            if await self._send(work, holders, tone, kept.title, mentions, now, mark):
                return

    async def _tell_unreached(
        self,
        work: Work,
        kept: KeptChecklist,
        unreached: Mapping[str, Sequence[str]],
        desk: _Desk,
        now: datetime,
        mark: str,
    ) -> None:
        """That nobody of these units could be told: to the HQ office, else to the area's duty."""
        offices = [unit.id for unit in desk.units.values() if unit.kind == "hq_office"]
        role = _overseers(kept.area)
        duty = (await work.officials.on_call([role], kept.area, now)).get(role, [])
        values = {
            "title": kept.title,
            "units": [{"unit": unit, "item_nos": list(dict.fromkeys(items))} for unit, items in unreached.items()],
        }
        for officials in (await work.officials.of_unit(offices), duty):
            if await self.outbox.to_officials(
                work,
                officials,
                "checklist_unreached",
                values,
                now=now,
                lane=Lane.REMINDER,
                dedup=f"checklist:{mark}:unreached",
            ):
                return

    def _values(self, mention: _Mention, now: datetime, tone: Tone) -> dict[str, Any]:
        item = mention.kept.item
        due_on = item.deadline.on if item.deadline else None
        values: dict[str, Any] = {
            "assignment_id": str(mention.part) if mention.part else None,
            "item_no": item.dotted,
            "title": item.title,
            "role": mention.role,
            "due_on": due_on.isoformat() if due_on else None,
            "missing": list(mention.missing) if tone is not Tone.REMINDER or mention.role == "coordinator" else [],
        }
        if tone is Tone.REMINDER:
            days_left = (due_on - now.astimezone(self.zone).date()).days if due_on else None
            values |= {
                "places": list(mention.places),
                "task": _cut(item.task),
                "days_left": days_left,
                "on_issue": item.due_on_issue,
            }
        return values

    # ticking

    async def tick(self, assignment_id: AssignmentId, *, official: Official, note: str | None = None) -> ItemView:
        """This part is done. Ticking it again changes nothing; the last tick tells whoever keeps the item together."""
        now = self.clock.now()
        await self._may_tick(assignment_id, official)
        async with self.transactions.begin(_WORK) as work:
            part = await work.checklists.assignment(assignment_id, lock=True)
            item = await work.checklists.item(part.item_id)
            if part.done_at is None:
                kept = await work.checklists.get(item.checklist_id, lock=True)
                await work.checklists.complete(part, at=now, by=official.id, note=note)
                await self._note(work, kept, "ticked", item=item, unit=part.unit_id, official=official)
                await work.audit.add("checklist.tick", "assignment", part.id, at=now, by=str(official.id))
                await self._when_done(work, kept, item, official, now)
        return await self.item(part.item_id, official=official)

    async def untick(self, assignment_id: AssignmentId, *, official: Official) -> ItemView:
        """It was not done after all: whoever is chased for an overdue item is chased again."""
        now = self.clock.now()
        await self._may_tick(assignment_id, official)
        async with self.transactions.begin(_WORK) as work:
            part = await work.checklists.assignment(assignment_id, lock=True)
            item = await work.checklists.item(part.item_id)
            if part.done_at is not None:
                kept = await work.checklists.get(item.checklist_id, lock=True)
                await work.checklists.reopen([part.id])
                await self._note(work, kept, "unticked", item=item, unit=part.unit_id, official=official)
                await work.audit.add("checklist.untick", "assignment", part.id, at=now, by=str(official.id))
                if item.due_at is not None and item.due_at <= now:
                    for reminder in reminders_of(item.item, now, self.zone):
                        if reminder.slot in (Slot.OVERDUE, Slot.SUPERVISION):
                            await work.checklists.plan(item, work.new_id(), reminder)
                    await self._wake(work, item.checklist_id)
        return await self.item(part.item_id, official=official)

    async def _may_tick(self, assignment_id: AssignmentId, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            part = await work.checklists.assignment(assignment_id)
        if not _is_mine(part, official):
            raise NotYourPart

    async def _when_done(
        self, work: Work, kept: KeptChecklist, item: KeptItem, official: Official, now: datetime
    ) -> None:
        parts = (await work.checklists.assignments([item.id])).get(item.id, [])
        if any(part.done_at is None for part in parts):
            return
        await self._note(work, kept, "done", item=item)
        keepers = {part.keeper_id for part in parts if part.keeper_id is not None} - {official.unit_id}
        await self.outbox.to_officials(
            work,
            await work.officials.of_unit(keepers),
            "checklist_done",
            {"item_no": item.item.dotted, "title": item.item.title},
            now=now,
            lane=Lane.REMINDER,
            dedup=f"checklist:{item.id}:done:{int(now.timestamp())}",
        )

    # setting right what the notice left open

    async def name_coordinator(self, item_id: ChecklistItemId, unit_id: UnitId, *, official: Official) -> ItemView:
        """Name the unit that keeps an item together whose lead is a group (AMB-21)."""
        async with self.transactions.begin(official.scope) as work:
            item = await work.checklists.item(item_id)
        _may_change(official, item.area)
        async with self.transactions.begin(_WORK) as work:
            unit = await work.checklists.unit(unit_id)
            if unit.area != item.area or unit.kind == "group":
                raise UnitNotFound
            kept = await work.checklists.get(item.checklist_id, lock=True)
            await work.checklists.name_coordinator(item_id, unit.id)
            await self._note(work, kept, "coordinator", item=item, unit=unit.id, official=official)
            await work.audit.add("checklist.coordinator", "item", item_id, at=self.clock.now(), by=str(official.id))
        return await self.item(item_id, official=official)

    async def add_members(self, group_id: UnitId, names: Iterable[str], *, official: Official | None) -> list[str]:
        """List who stands behind a group; each gets a part of its own in every open item. The names that were new."""
        async with self.transactions.begin(_WORK) as work:
            group = await work.checklists.unit(group_id)
            _may_change(official, group.area)
            if group.kind != "group":
                raise UnitNotFound("this unit is no group")
            known = {name: unit for unit in await work.checklists.units(group.area) for name in (unit.name, unit.key)}
            created = []
            for name in dict.fromkeys(name.strip() for name in names if name.strip()):
                member = known.get(name)
                if member is None:
                    member = Unit(UnitId(work.new_id()), group.area, name, name)
                    await work.checklists.add_unit(member)
                    created.append(name)
                await work.checklists.add_member(group.id, member.id)
            lists = await work.checklists.of_area(group.area)
            items = await work.checklists.items(lists)
            desk = await self._desk(work, group.area, items)
            for item in items:
                if any(named.key == group.key for named in _units_of(item.item)):
                    await self._fit_parts(work, item, desk)
            for checklist_id in lists:
                kept = await work.checklists.get(checklist_id)
                await self._note(work, kept, "members", unit=group.id, official=official)
            now = self.clock.now()
            await work.audit.add("unit.members", "unit", group.id, at=now, by=_by(official), added=len(created))
        return created

    async def set_deadline(self, item_id: ChecklistItemId, on: date | None, *, official: Official) -> ItemView:
        """Set the day a notice did not state, or None: ongoing work. Reminders follow from now."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            item = await work.checklists.item(item_id)
        _may_change(official, item.area)
        async with self.transactions.begin(_WORK) as work:
            kept = await work.checklists.get(item.checklist_id, lock=True)
            kind = DeadlineKind.DATE if on else DeadlineKind.ONGOING
            raw = item.item.deadline.raw if item.item.deadline else ""
            dated = replace(item, item=replace(item.item, deadline=Deadline(kind, raw, on), due_on_issue=False))
            dated = replace(dated, due_at=due_at(dated.item, self.zone))
            await work.checklists.set_deadline(dated)
            await work.checklists.unplan(item_id)
            await self._plan(work, dated, now)
            await self._note(work, kept, "deadline", item=item, official=official)
            await work.audit.add("checklist.deadline", "item", item_id, at=now, by=str(official.id))
            await self._wake(work, kept.id)
        return await self.item(item_id, official=official)

    # reading

    async def listed(self, *, official: Official, limit: int = 20) -> list[ChecklistView]:
        """The lists in scope with progress per item and unit, the newest first."""
        async with self.transactions.begin(official.scope) as work:
            return [await self._view(work, kept, official) for kept in await work.checklists.listed(limit=limit)]

    async def get(self, checklist_id: ChecklistId, *, official: Official) -> ChecklistView:
        """One list with its timeline."""
        async with self.transactions.begin(official.scope) as work:
            kept = await work.checklists.get(checklist_id)
            view = await self._view(work, kept, official)
            events = await self._events(work, kept)
        return replace(view, events=events)

    async def item(self, item_id: ChecklistItemId, *, official: Official) -> ItemView:
        async with self.transactions.begin(official.scope) as work:
            item = await work.checklists.item(item_id)
            kept = await work.checklists.get(item.checklist_id)
            view = await self._view(work, kept, official)
        found = next((one for one in view.items if one.id == item_id), None)
        if found is None:
            raise ChecklistItemNotFound
        return found

    async def item_events(self, item_id: ChecklistItemId, *, official: Official) -> tuple[EventView, ...]:
        async with self.transactions.begin(official.scope) as work:
            item = await work.checklists.item(item_id)
            kept = await work.checklists.get(item.checklist_id)
            return await self._events(work, kept, item_id=item_id)

    async def waiting_for(self, official: Official) -> list[WaitingPart]:
        """What waits for the official's own unit, the next due first; nothing for those without one."""
        if official.unit_id is None:
            return []
        async with self.transactions.begin(official.scope) as work:
            parts = await work.checklists.open_of_unit(official.unit_id)
            items = {part.item_id: await work.checklists.item(part.item_id) for part in parts}
            names = {unit.id: unit.name for area in {part.area for part in parts} for unit in await _units(work, area)}
        now = self.clock.now()
        found = [
            WaitingPart(
                id=part.id,
                item_id=part.item_id,
                item_no=items[part.item_id].item.dotted,
                title=items[part.item_id].item.title,
                unit=names[part.unit_id],
                due_on=_due_on(items[part.item_id]),
                due_at=items[part.item_id].due_at,
                state=_state(items[part.item_id], done=False, now=now),
            )
            for part in parts
        ]
        last = now + timedelta(days=36500)
        return sorted(found, key=lambda part: (part.due_at or last, [int(n) for n in part.item_no.split(".")]))

    async def units(self, *, official: Official) -> list[UnitView]:
        """Every unit in the official's area, with who stands behind a group and whether somebody can be told."""
        async with self.transactions.begin(official.scope) as work:
            units = await work.checklists.units_within(official.area)
            members: dict[UnitId, list[Unit]] = {}
            for area in {unit.area for unit in units}:
                members |= await work.checklists.members(area)
            officials, reachable = await _reached(work, [unit.id for unit in units])
        return [
            UnitView(
                id=unit.id,
                area=unit.area,
                name=unit.name,
                aliases=unit.aliases,
                kind=unit.kind,
                members=tuple(member.name for member in members.get(unit.id, ())),
                officials=officials[unit.id],
                reachable=unit.id in reachable,
            )
            for unit in units
        ]

    async def _view(self, work: Work, kept: KeptChecklist, official: Official) -> ChecklistView:
        now = self.clock.now()
        items = await work.checklists.items([kept.id])
        parts = await work.checklists.assignments([one.id for one in items])
        following = await work.checklists.next_reminders([one.id for one in items])
        desk = await self._desk(work, kept.area, items)
        names = {unit.id: unit.name for unit in desk.units.values()}
        _, reachable = await _reached(work, names)
        everyone = {part.done_by for own in parts.values() for part in own} | {kept.imported_by}
        people = await work.officials.by_ids([one for one in everyone if one is not None])

        def person(official_id: OfficialId | None) -> str | None:
            return people[official_id].name if official_id in people else None

        def part_view(part: Assignment) -> PartView:
            return PartView(
                id=part.id,
                unit_id=part.unit_id,
                unit=names[part.unit_id],
                role=part.role,
                places=part.places,
                awaits_members=part.awaits_members,
                reachable=part.unit_id in reachable,
                mine=_is_mine(part, official),
                done_at=part.done_at,
                done_by=person(part.done_by),
                note=part.note,
            )

        def item_view(one: KeptItem) -> ItemView:
            own = parts.get(one.id, [])
            keeper = desk.keeper(one)
            whole = official.scope.area is not None or (keeper is not None and keeper.id in official.scope.units)
            return ItemView(
                id=one.id,
                checklist_id=one.checklist_id,
                item_no=one.item.dotted,
                section=one.section,
                title=one.item.title,
                task=one.item.task,
                state=_state(one, done=bool(own) and all(part.done_at for part in own), now=now),
                deadline=one.item.deadline.raw if one.item.deadline else "",
                due_on=_due_on(one),
                due_at=one.due_at,
                due_on_issue=one.item.due_on_issue,
                lead=one.item.lead.name if one.item.lead else None,
                coordinator=keeper.name if keeper else None,
                needs_coordinator=keeper is None,
                parts=tuple(part_view(part) for part in own),
                partial=not whole,
                next_reminder_at=following.get(one.id),
            )

        views = tuple(item_view(one) for one in items)
        return ChecklistView(
            id=kept.id,
            area=kept.area,
            title=kept.title,
            issuer=kept.issuer,
            issued_on=kept.issued_on,
            imported_at=kept.imported_at,
            imported_by=person(kept.imported_by),
            not_understood=kept.not_understood,
            items=views,
            units=_progress(views),
        )

    async def _events(
        self, work: Work, kept: KeptChecklist, *, item_id: ChecklistItemId | None = None
    ) -> tuple[EventView, ...]:
        events = await work.checklists.events(kept.id, item_id=item_id)
        names = {unit.id: unit.name for unit in await work.checklists.units(kept.area)}
        items = {one.id: one.item.dotted for one in await work.checklists.items([kept.id])}
        people = await work.officials.by_ids([one.official_id for one in events if one.official_id is not None])
        return tuple(
            EventView(
                at=event.at,
                kind=event.kind,
                unit=names.get(event.unit_id) if event.unit_id else None,
                official=people[event.official_id].name if event.official_id in people else None,
                item_nos=tuple(event.facts.get("items", ())) or ((items[event.item_id],) if event.item_id else ()),
                tone=event.facts.get("tone"),
            )
            for event in events
        )

    async def _desk(self, work: Work, area: str, items: Iterable[KeptItem]) -> _Desk:
        units = await work.checklists.units(area)
        members = await work.checklists.members(area)
        by_id = {unit.id: unit for unit in units}
        directory = Directory(
            members={
                unit.key: tuple(member.as_named for member in members[unit.id]) for unit in units if unit.id in members
            },
            coordinators={
                one.item.dotted: by_id[one.coordinator_id].as_named
                for one in items
                if one.coordinator_id is not None and one.coordinator_id in by_id
            },
            hq_offices=tuple(unit.as_named for unit in units if unit.kind == "hq_office"),
            supervisors=tuple(unit.as_named for unit in units if unit.kind == "supervision"),
        )
        spelled = {name: unit for unit in units for name in (unit.name, *unit.aliases)}
        return _Desk(spelled | {unit.key: unit for unit in units}, directory)

    async def _note(
        self,
        work: Work,
        kept: KeptChecklist,
        kind: str,
        *,
        item: KeptItem | None = None,
        unit: UnitId | None = None,
        official: Official | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        await work.checklists.note(
            ChecklistEvent(
                id=work.new_id(),
                checklist_id=kept.id,
                area=kept.area,
                at=self.clock.now(),
                kind=kind,
                item_id=item.id if item else None,
                unit_id=unit,
                official_id=official.id if official else None,
                facts=facts or {},
            )
        )


# --- small answers ------------------------------------------------------------------------------------------


def _may_change(official: Official | None, area: str) -> None:
    if official is not None and not (area.startswith(official.area) and official.may(*_OVERSEEING)):
        raise ChecklistBeyondArea


def _by(official: Official | None) -> str:
    return str(official.id) if official else "set-up"


def _is_mine(part: Assignment, official: Official) -> bool:
    if official.unit_id is not None:
        if official.unit_id == part.unit_id:
            return True
        if part.awaits_members and official.unit_id == part.keeper_id:
            return True
    return official.scope.area is not None and part.area.startswith(official.area) and official.may(*_OVERSEEING)


def _overseers(area: str) -> Role:
    """Who answers for a list of this area: the county, city or province."""
    return {2: Role.PROVINCE, 4: Role.CITY}.get(len(area), Role.COUNTY)


def _named_in(checklist: Checklist) -> tuple[UnitName, ...]:
    units = [unit for item in checklist.items for unit in _units_of(item)]
    return tuple({unit.name: unit for unit in units}.values())


def _units_of(item: ChecklistItem) -> tuple[UnitName, ...]:
    return (*(one.unit for one in item.units), *(one.unit for one in item.assignments))


def _kind_of(unit: UnitName) -> str:
    if unit.key == HQ_OFFICE:
        return "hq_office"
    if unit.line is Level.SL:
        return "supervision"
    return "group" if unit.is_group else "office"


def _parts(kept: KeptItem, desk: _Desk) -> tuple[Part, ...]:
    return parts_of(kept.item, desk.directory)


def _tone(slot: Slot) -> Tone:
    return {Slot.OVERDUE: Tone.OVERDUE, Slot.SUPERVISION: Tone.SUPERVISION}.get(slot, Tone.REMINDER)


def _mention(kept: KeptItem, unit: Unit, parts: Sequence[Assignment], desk: _Desk, ticked: Sequence[str]) -> _Mention:
    """What this unit is to the item: it owes a part, keeps the item together, or is only told."""
    own = next((part for part in parts if part.unit_id == unit.id and part.done_at is None), None)
    missing = tuple(part.unit.name for part in outstanding(_parts(kept, desk), ticked))
    if own is not None:
        return _Mention(kept, own.role, own.id, missing, own.places)
    keeper = desk.keeper(kept)
    if keeper is not None and keeper.id == unit.id:
        kept_part = next((part for part in parts if part.awaits_members and part.done_at is None), None)
        return _Mention(kept, "coordinator", kept_part.id if kept_part else None, missing)
    return _Mention(kept, "told", None, missing)


def _due_on(kept: KeptItem) -> date | None:
    return kept.item.deadline.on if kept.item.deadline else None


def _state(kept: KeptItem, *, done: bool, now: datetime) -> ItemState:
    if done:
        return ItemState.DONE
    if kept.item.deadline is None:
        return ItemState.UNDATED
    if kept.due_at is None:
        return ItemState.ONGOING
    return ItemState.OVERDUE if kept.due_at <= now else ItemState.OPEN


def _progress(items: Iterable[ItemView]) -> tuple[UnitProgress, ...]:
    found: dict[UnitId, UnitProgress] = {}
    for item in items:
        for part in item.parts:
            before = found.get(part.unit_id) or UnitProgress(part.unit_id, part.unit, 0, 0, 0, part.reachable)
            done = part.done_at is not None
            found[part.unit_id] = replace(
                before,
                done=before.done + done,
                total=before.total + 1,
                overdue=before.overdue + (item.state is ItemState.OVERDUE and not done),
            )
    return tuple(sorted(found.values(), key=lambda unit: (-unit.overdue, unit.done - unit.total, unit.unit)))


async def _units(work: Work, area: str) -> list[Unit]:
    return await work.checklists.units(area)


async def _reached(work: Work, units: Iterable[UnitId]) -> tuple[Counter[UUID | None], set[UUID | None]]:
    """How many officials each unit has, and which units somebody can be reached for."""
    officials = await work.officials.of_unit(units)
    addresses = {one.official_id for one in await work.addresses.of_officials([one.id for one in officials])}
    return (
        Counter(official.unit_id for official in officials),
        {official.unit_id for official in officials if official.id in addresses},
    )


def _cut(text: str, most: int = 900) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
