"""Work lists: created from a notice's text, reminded by E-C, ticked unit by unit.

Who hears a reminder is decided when it is due, from what is ticked by then. A unit that hears of several items at once
hears one digest; a unit nobody can be reached for is never passed over in silence.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.domain.checklists import (
    Cadence,
    Checklist,
    ChecklistItem,
    Deadline,
    DeadlineKind,
    Glossary,
    Slot,
    UnitName,
    WorkListRule,
    as_ruled,
    cadence_of,
    due_at,
    next_turn,
    reminders_of,
)
from gateway.domain.kinds import AssignmentId, ChecklistId, ChecklistItemId, Lane, Level, UnitId
from gateway.domain.notices import read_work_list, unit_of
from gateway.domain.rules import DEFAULT
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.record.checklists import (
    Assignment,
    ChecklistItemNotFound,
    KeptChecklist,
    KeptItem,
    Unit,
    UnitNotFound,
)
from gateway.record.record import Work
from gateway.services.checklist_reminders import ChecklistVoice
from gateway.services.checklist_views import (
    ChecklistView,
    EventView,
    InspectionLine,
    ItemView,
    UnitView,
    WaitingPart,
    due_on,
    events_of,
    inspected,
    reached,
    state_of,
    view_of,
)
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions
from gateway.services.unit_desks import OVERSEEING, UnitDesk, desk_of, is_mine, remember

_WORK = Scope.of_work("checklists")
CHECKLIST = "checklist"

#: Where no pack in force says how a work list is read, it is read as this notice says.
READ_BY = "dp-2020-12"

#: The key glossaries give to every spelling of the headquarters' office (AMB-21).
HQ_OFFICE = "HQ_OFFICE"


class ChecklistKnown(Conflict):
    """This text was imported for this area before; nothing was changed."""


class ChecklistBeyondArea(Forbidden):
    """You can import and change checklists only inside your own area, from the county up."""


class NotYourPart(Forbidden):
    """Only the unit itself, whoever keeps the item together, or the county can tick this part."""


class ItemsNumberedTwice(Invalid):
    """Two items of this list have the same number."""


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
    packs: PackService

    async def _reading(self, work: Work, area: str) -> tuple[WorkListRule, Cadence]:
        """How lists are read here: as the area's own notice says, else as the one notice does that speaks of it."""
        pack = await self.packs.for_area(work, area, self.clock.now())
        if pack.checklist is None:
            pack = self.packs.loaded(READ_BY, ())
        rule = pack.checklist or WorkListRule(source=(DEFAULT,), notice="")
        return rule, cadence_of(rule, pack.ladders)

    @property
    def voice(self) -> ChecklistVoice:
        return ChecklistVoice(self.outbox, self.zone)

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
            rule, cadence = await self._reading(work, area)
            checklist = as_ruled(checklist, rule)
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
            desk = await desk_of(work, area, items)
            parts = sum([await self._fit_parts(work, one, desk) for one in items])
            reminders = sum([await self._plan(work, one, now, cadence) for one in items])
            await remember(work, kept, "imported", now=self.clock.now(), official=official)
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
                dict.fromkeys(part.unit.name for one in items for part in desk.parts(one) if part.awaits_members)
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
                item = next_turn(item, self.clock.now().astimezone(self.zone).date())
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

    async def _fit_parts(self, work: Work, kept: KeptItem, desk: UnitDesk) -> int:
        """Make the parts what the list and the groups' members say now; ticks that were made stay. How many parts."""
        wanted = {part.key: part for part in desk.parts(kept)}
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

    async def _plan(self, work: Work, kept: KeptItem, now: datetime, cadence: Cadence) -> int:
        reminders = reminders_of(kept.item, now, self.zone, cadence=cadence)
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
                _, cadence = await self._reading(work, kept.area)
                said = [one for one in due if one.reminder.slot is not Slot.TURN]
                if said:
                    await self.voice.say(work, kept, said, now, cadence)
                for one in due:
                    if one.reminder.slot is Slot.TURN:
                        await self._turn(work, kept, await work.checklists.item(one.item_id), now)
            await self._wake(work, checklist_id)

    async def _turn(self, work: Work, kept: KeptChecklist, item: KeptItem, now: datetime) -> None:
        """A recurring item whose time is over begins anew, once everybody has ticked; until then it is overdue."""
        parts = (await work.checklists.assignments([item.id])).get(item.id, [])
        over = item.due_at is not None and item.due_at <= now
        if item.item.deadline is None or item.item.deadline.every is None or not over:
            return
        if any(part.done_at is None for part in parts):
            return
        fresh = replace(item, item=next_turn(item.item, now.astimezone(self.zone).date()))
        fresh = replace(fresh, due_at=due_at(fresh.item, self.zone))
        await work.checklists.set_deadline(fresh)
        await work.checklists.begin_anew(item.id)
        await work.checklists.unplan(item.id)
        _, cadence = await self._reading(work, kept.area)
        await self._plan(work, fresh, now, cadence)
        await remember(work, kept, "turned", now=now, item=item)

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
                await remember(work, kept, "ticked", now=now, item=item, unit=part.unit_id, official=official)
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
                await remember(
                    work, kept, "unticked", now=self.clock.now(), item=item, unit=part.unit_id, official=official
                )
                await work.audit.add("checklist.untick", "assignment", part.id, at=now, by=str(official.id))
                if item.due_at is not None and item.due_at <= now:
                    _, cadence = await self._reading(work, kept.area)
                    for reminder in reminders_of(item.item, now, self.zone, cadence=cadence):
                        if reminder.slot in (Slot.OVERDUE, Slot.SUPERVISION):
                            await work.checklists.plan(item, work.new_id(), reminder)
                    await self._wake(work, item.checklist_id)
        return await self.item(part.item_id, official=official)

    async def _may_tick(self, assignment_id: AssignmentId, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            part = await work.checklists.assignment(assignment_id)
        if not is_mine(part, official):
            raise NotYourPart

    async def _when_done(
        self, work: Work, kept: KeptChecklist, item: KeptItem, official: Official, now: datetime
    ) -> None:
        parts = (await work.checklists.assignments([item.id])).get(item.id, [])
        if any(part.done_at is None for part in parts):
            return
        await remember(work, kept, "done", now=self.clock.now(), item=item)
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
        await self._turn(work, kept, item, now)  # done too late: its next time is running already
        await self._wake(work, kept.id)

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
            await remember(work, kept, "coordinator", now=self.clock.now(), item=item, unit=unit.id, official=official)
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
            desk = await desk_of(work, group.area, items)
            for item in items:
                if any(named.key == group.key for named in _units_of(item.item)):
                    await self._fit_parts(work, item, desk)
            for checklist_id in lists:
                kept = await work.checklists.get(checklist_id)
                await remember(work, kept, "members", now=self.clock.now(), unit=group.id, official=official)
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
            _, cadence = await self._reading(work, kept.area)
            await self._plan(work, dated, now, cadence)
            await remember(work, kept, "deadline", now=self.clock.now(), item=item, official=official)
            await work.audit.add("checklist.deadline", "item", item_id, at=now, by=str(official.id))
            await self._wake(work, kept.id)
        return await self.item(item_id, official=official)

    # reading

    async def inspection(self, *, official: Official) -> list[InspectionLine]:
        """What an inspection reads here: which unit is late with what, for how long. Nothing where no notice asks."""
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            found: list[InspectionLine] = []
            for kept in await work.checklists.listed(limit=50):
                rule, _ = await self._reading(work, kept.area)
                if rule.inspection is None or not official.may(*rule.inspection.by):
                    continue
                view = await view_of(work, kept, official=official, now=now)
                found += inspected(view, rule.inspection, now)
        return found

    @glanced(by=attrgetter("sight"))
    async def listed(self, *, official: Official, limit: int = 20) -> list[ChecklistView]:
        """The lists in scope with progress per item and unit, the newest first."""
        async with self.transactions.reading(official.scope) as work:
            return [
                await view_of(work, kept, official=official, now=self.clock.now())
                for kept in await work.checklists.listed(limit=limit)
            ]

    async def get(self, checklist_id: ChecklistId, *, official: Official) -> ChecklistView:
        """One list with its timeline."""
        async with self.transactions.reading(official.scope) as work:
            kept = await work.checklists.get(checklist_id)
            view = await view_of(work, kept, official=official, now=self.clock.now())
            events = await events_of(work, kept)
        return replace(view, events=events)

    async def item(self, item_id: ChecklistItemId, *, official: Official) -> ItemView:
        async with self.transactions.reading(official.scope) as work:
            item = await work.checklists.item(item_id)
            kept = await work.checklists.get(item.checklist_id)
            view = await view_of(work, kept, official=official, now=self.clock.now())
        found = next((one for one in view.items if one.id == item_id), None)
        if found is None:
            raise ChecklistItemNotFound
        return found

    async def of_part(self, assignment_id: AssignmentId, *, official: Official) -> ChecklistId:
        """The list a part belongs to."""
        async with self.transactions.reading(official.scope) as work:
            part = await work.checklists.assignment(assignment_id)
            return (await work.checklists.item(part.item_id)).checklist_id

    async def item_events(self, item_id: ChecklistItemId, *, official: Official) -> tuple[EventView, ...]:
        async with self.transactions.reading(official.scope) as work:
            item = await work.checklists.item(item_id)
            kept = await work.checklists.get(item.checklist_id)
            return await events_of(work, kept, item_id=item_id)

    async def waiting_for(self, official: Official) -> list[WaitingPart]:
        """What waits for the official's own unit, the next due first; nothing for those without one."""
        if official.unit_id is None:
            return []
        async with self.transactions.reading(official.scope) as work:
            parts = await work.checklists.open_of_unit(official.unit_id)
            items = {part.item_id: await work.checklists.item(part.item_id) for part in parts}
            names = {
                unit.id: unit.name
                for area in {part.area for part in parts}
                for unit in await work.checklists.units(area)
            }
        now = self.clock.now()
        found = [
            WaitingPart(
                id=part.id,
                item_id=part.item_id,
                item_no=items[part.item_id].item.dotted,
                title=items[part.item_id].item.title,
                unit=names[part.unit_id],
                due_on=due_on(items[part.item_id]),
                due_at=items[part.item_id].due_at,
                state=state_of(items[part.item_id], done=False, now=now),
            )
            for part in parts
        ]
        last = now + timedelta(days=36500)
        return sorted(found, key=lambda part: (part.due_at or last, [int(n) for n in part.item_no.split(".")]))

    async def units(self, *, official: Official) -> list[UnitView]:
        """Every unit in the official's area, with who stands behind a group and whether somebody can be told."""
        async with self.transactions.reading(official.scope) as work:
            units = await work.checklists.units_within(official.area)
            members: dict[UnitId, list[Unit]] = {}
            for area in {unit.area for unit in units}:
                members |= await work.checklists.members(area)
            officials, reachable = await reached(work, [unit.id for unit in units])
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


def _may_change(official: Official | None, area: str) -> None:
    if official is not None and not (area.startswith(official.area) and official.may(*OVERSEEING)):
        raise ChecklistBeyondArea


def _by(official: Official | None) -> str:
    return str(official.id) if official else "set-up"


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
