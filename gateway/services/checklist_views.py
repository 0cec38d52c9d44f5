"""Work lists as officials read them: progress per item and unit, and what happened."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.checklists import InspectionRule, Reading, UnitRole
from gateway.domain.kinds import AssignmentId, ChecklistId, ChecklistItemId, OfficialId, UnitId
from gateway.domain.scopes import Official
from gateway.record.checklists import Assignment, KeptChecklist, KeptItem
from gateway.record.record import Work
from gateway.services.unit_desks import desk_of, is_mine


class ItemState(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    ONGOING = "ongoing"
    UNDATED = "undated"
    DONE = "done"


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
    delivered: tuple[str, ...] = ()
    delay: str | None = None
    delayed_at: datetime | None = None


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
    every: str | None = None
    deliverables: tuple[str, ...] = ()
    #: As the notice names them: groups stay groups.
    leads: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()

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
class InspectionLine:
    """One unit's part that an inspection finds."""

    checklist_id: ChecklistId
    title: str
    item_no: str
    item: str
    unit: str
    due_on: date | None
    days_late: int
    rules: tuple[str, ...]


def inspected(view: ChecklistView, rule: InspectionRule, now: datetime) -> list[InspectionLine]:
    """The parts not done of what the inspection reads, the longest overdue first."""
    states = {Reading.OVERDUE: (ItemState.OVERDUE,), Reading.OPEN: (ItemState.OPEN, ItemState.ONGOING)}[rule.reads]
    lines = [
        InspectionLine(
            checklist_id=view.id,
            title=view.title,
            item_no=item.item_no,
            item=item.title,
            unit=part.unit,
            due_on=item.due_on,
            days_late=(now - item.due_at).days if item.due_at and item.due_at <= now else 0,
            rules=rule.source,
        )
        for item in view.items
        if item.state in states
        for part in item.parts
        if part.done_at is None
    ]
    return sorted(lines, key=lambda line: (-line.days_late, [int(number) for number in line.item_no.split(".")]))


async def view_of(work: Work, kept: KeptChecklist, *, official: Official, now: datetime) -> ChecklistView:
    items = await work.checklists.items([kept.id])
    parts = await work.checklists.assignments([one.id for one in items])
    following = await work.checklists.next_reminders([one.id for one in items])
    desk = await desk_of(work, kept.area, items)
    names = {unit.id: unit.name for unit in desk.units.values()}
    _, reachable = await reached(work, names)
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
            mine=is_mine(part, official),
            done_at=part.done_at,
            done_by=person(part.done_by),
            note=part.note,
            delivered=part.delivered,
            delay=part.delay,
            delayed_at=part.delayed_at,
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
            state=state_of(one, done=bool(own) and all(part.done_at for part in own), now=now),
            deadline=one.item.deadline.raw if one.item.deadline else "",
            due_on=due_on(one),
            due_at=one.due_at,
            due_on_issue=one.item.due_on_issue,
            lead=one.item.lead.name if one.item.lead else None,
            coordinator=keeper.name if keeper else None,
            needs_coordinator=keeper is None,
            parts=tuple(part_view(part) for part in own),
            partial=not whole,
            next_reminder_at=following.get(one.id),
            every=str(one.item.deadline.every) if one.item.deadline and one.item.deadline.every else None,
            deliverables=one.item.deliverables,
            leads=tuple(named.unit.name for named in one.item.units if named.role is UnitRole.LEAD),
            helpers=tuple(named.unit.name for named in one.item.units if named.role is not UnitRole.LEAD),
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
        units=progress_of(views),
    )


async def events_of(
    work: Work, kept: KeptChecklist, *, item_id: ChecklistItemId | None = None
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


def due_on(kept: KeptItem) -> date | None:
    return kept.item.deadline.on if kept.item.deadline else None


def state_of(kept: KeptItem, *, done: bool, now: datetime) -> ItemState:
    if done:
        return ItemState.DONE
    if kept.item.deadline is None:
        return ItemState.UNDATED
    if kept.due_at is None:
        return ItemState.ONGOING
    return ItemState.OVERDUE if kept.due_at <= now else ItemState.OPEN


def progress_of(items: Iterable[ItemView]) -> tuple[UnitProgress, ...]:
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


async def reached(work: Work, units: Iterable[UnitId]) -> tuple[Counter[UUID | None], set[UUID | None]]:
    """How many officials each unit has, and which units somebody can be reached for."""
    officials = await work.officials.of_unit(units)
    addresses = {one.official_id for one in await work.addresses.of_officials([one.id for one in officials])}
    return (
        Counter(official.unit_id for official in officials),
        {official.unit_id for official in officials if official.id in addresses},
    )
