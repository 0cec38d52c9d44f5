"""Work lists: items, each unit's part of them, who heard what, and the reminders that wait."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, false, func, insert, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.checklists import (
    ChecklistItem,
    ChecklistReminder,
    Deadline,
    DeadlineKind,
    Every,
    Hearer,
    ResponsibleUnit,
    Slot,
    SuperviseAssignment,
    UnitName,
    UnitRole,
)
from gateway.domain.kinds import AssignmentId, ChecklistId, ChecklistItemId, OfficialId, UnitId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import Vault

CHECKLIST_ITEM = "checklist_item"
PENDING, FIRED = "pending", "fired"


class ChecklistNotFound(NotFound):
    """There is no such checklist in your area."""


class ChecklistItemNotFound(NotFound):
    """There is no such checklist item in your area."""


class AssignmentNotFound(NotFound):
    """There is no such part of a checklist for your unit or area."""


class UnitNotFound(NotFound):
    """There is no such unit in this area."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`kind`: office, group, hq_office or supervision."""

    id: UnitId
    area: str
    key: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "office"

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to call it."""
        return (self.name, *self.aliases)

    @property
    def as_named(self) -> UnitName:
        alias = "" if self.key == self.name else self.key
        return UnitName(self.name, alias=alias, is_group=self.kind == "group")


@dataclass(frozen=True, slots=True)
class KeptChecklist:
    id: ChecklistId
    area: str
    title: str
    issuer: str | None
    issued_on: date | None
    source_hash: str
    not_understood: tuple[Mapping[str, Any], ...]
    imported_at: datetime
    imported_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class KeptItem:
    """`item` is what the notice says, as the rules take it."""

    id: ChecklistItemId
    checklist_id: ChecklistId
    area: str
    section: str
    item: ChecklistItem
    position: int
    due_at: datetime | None = None
    coordinator_id: UnitId | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One unit's part. `keeper_id` is the unit that keeps the item together: it sees all parts of the item."""

    id: AssignmentId
    item_id: ChecklistItemId
    unit_id: UnitId
    area: str
    key: str
    order: int
    role: UnitRole
    places: tuple[str, ...] = ()
    awaits_members: bool = False
    keeper_id: UnitId | None = None
    done_at: datetime | None = None
    done_by: OfficialId | None = None
    note: str | None = None
    delivered: tuple[str, ...] = ()
    delay: str | None = None
    delayed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChecklistEvent:
    """What happened: imported, reminded, unreached, ticked, unticked, done, coordinator, members."""

    id: UUID
    checklist_id: ChecklistId
    area: str
    at: datetime
    kind: str
    item_id: ChecklistItemId | None = None
    unit_id: UnitId | None = None
    official_id: OfficialId | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DueReminder:
    id: UUID
    item_id: ChecklistItemId
    reminder: ChecklistReminder


class Checklists:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    # units: names of offices are no secret, so these rows carry no wall

    async def units(self, area: str) -> list[Unit]:
        """The units of exactly this area."""
        query = select(t.units).where(t.units.c.area == area).order_by(t.units.c.name)
        return [_unit(row) for row in (await self._connection.execute(query)).mappings()]

    async def units_within(self, area: str) -> list[Unit]:
        query = select(t.units).where(area_in(t.units.c.area, area)).order_by(t.units.c.area, t.units.c.name)
        return [_unit(row) for row in (await self._connection.execute(query)).mappings()]

    async def unit(self, unit_id: UUID) -> Unit:
        row = (await self._connection.execute(select(t.units).where(t.units.c.id == unit_id))).mappings().first()
        if row is None:
            raise UnitNotFound
        return _unit(row)

    async def unit_names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        query = select(t.units.c.id, t.units.c.name).where(t.units.c.id.in_(list(ids)))
        return {row[0]: row[1] for row in await self._connection.execute(query)} if ids else {}

    async def add_unit(self, unit: Unit) -> None:
        await self._connection.execute(
            insert(t.units).values(
                id=unit.id, area=unit.area, key=unit.key, name=unit.name, aliases=list(unit.aliases), kind=unit.kind
            )
        )

    async def change_unit(self, unit: Unit) -> None:
        """Another name, other spellings, another kind; its area and its key stay."""
        await self._connection.execute(
            update(t.units)
            .where(t.units.c.id == unit.id)
            .values(name=unit.name, aliases=list(unit.aliases), kind=unit.kind)
        )

    async def also_called(self, unit: Unit, name: str) -> Unit:
        """The unit with one more spelling."""
        if name in (unit.name, *unit.aliases):
            return unit
        spelled = replace(unit, aliases=(*unit.aliases, name))
        await self._connection.execute(
            update(t.units).where(t.units.c.id == unit.id).values(aliases=list(spelled.aliases))
        )
        return spelled

    async def members(self, area: str) -> dict[UnitId, list[Unit]]:
        """Who stands behind the groups of this area."""
        query = (
            select(t.group_members.c.group_id, *t.units.c)
            .join(t.units, t.units.c.id == t.group_members.c.unit_id)
            .where(t.units.c.area == area)
            .order_by(t.units.c.name)
        )
        found: dict[UnitId, list[Unit]] = {}
        for row in (await self._connection.execute(query)).mappings():
            found.setdefault(row["group_id"], []).append(_unit(row))
        return found

    async def members_within(self, area: str) -> dict[UnitId, tuple[Unit, ...]]:
        """As `members`, of every group inside an area."""
        groups, units = t.units.alias("groups"), t.units
        query = (
            select(t.group_members.c.group_id, *units.c)
            .join(units, units.c.id == t.group_members.c.unit_id)
            .join(groups, groups.c.id == t.group_members.c.group_id)
            .where(area_in(groups.c.area, area))
            .order_by(units.c.name)
        )
        found: dict[UnitId, tuple[Unit, ...]] = {}
        for row in (await self._connection.execute(query)).mappings():
            found[row["group_id"]] = (*found.get(row["group_id"], ()), _unit(row))
        return found

    async def set_members(self, group_id: UnitId, unit_ids: Sequence[UnitId]) -> None:
        """These and nobody else stand behind the group."""
        m = t.group_members
        await self._connection.execute(delete(m).where(m.c.group_id == group_id, m.c.unit_id.not_in(unit_ids)))
        for unit_id in unit_ids:
            await self.add_member(group_id, unit_id)

    async def add_member(self, group_id: UnitId, unit_id: UnitId) -> None:
        await self._connection.execute(
            upsert(t.group_members).values(group_id=group_id, unit_id=unit_id).on_conflict_do_nothing()
        )

    # lists and items

    async def add(self, checklist: KeptChecklist) -> bool:
        """Keep a list; False when this text was imported for this area before."""
        written = await self._connection.execute(
            upsert(t.checklists)
            .values(
                id=checklist.id,
                area=checklist.area,
                title=checklist.title,
                issuer=checklist.issuer,
                issued_on=checklist.issued_on,
                source_hash=checklist.source_hash,
                not_understood=[dict(doubt) for doubt in checklist.not_understood],
                imported_at=checklist.imported_at,
                imported_by=checklist.imported_by,
            )
            .on_conflict_do_nothing(index_elements=["area", "source_hash"])
        )
        return bool(written.rowcount)

    async def known(self, area: str, source_hash: str) -> KeptChecklist | None:
        c = t.checklists.c
        query = select(t.checklists).where(c.area == area, c.source_hash == source_hash, self._lists())
        row = (await self._connection.execute(query)).mappings().first()
        return _checklist(row) if row else None

    async def get(self, checklist_id: ChecklistId, *, lock: bool = False) -> KeptChecklist:
        found = await self.find(checklist_id, lock=lock)
        if found is None:
            raise ChecklistNotFound
        return found

    async def find(self, checklist_id: ChecklistId, *, lock: bool = False) -> KeptChecklist | None:
        query = select(t.checklists).where(t.checklists.c.id == checklist_id, self._lists())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _checklist(row) if row else None

    async def listed(self, *, limit: int = 50) -> list[KeptChecklist]:
        query = select(t.checklists).where(self._lists()).order_by(t.checklists.c.imported_at.desc()).limit(limit)
        return [_checklist(row) for row in (await self._connection.execute(query)).mappings()]

    async def of_area(self, area: str) -> list[ChecklistId]:
        query = select(t.checklists.c.id).where(t.checklists.c.area == area, self._lists())
        return [ChecklistId(one) for one in (await self._connection.execute(query)).scalars()]

    async def add_item(self, kept: KeptItem, *, units: Mapping[str, UnitId]) -> None:
        item = kept.item
        await self._connection.execute(
            insert(t.checklist_items).values(
                id=kept.id,
                checklist_id=kept.checklist_id,
                area=kept.area,
                item_no=item.dotted,
                section=kept.section,
                title=item.title,
                task=item.task,
                units=[
                    {**_named(one.unit), "order": one.order, "role": one.role, "unit": str(units[one.unit.key])}
                    for one in item.units
                ],
                nested=[
                    {
                        **_named(one.unit),
                        "order": one.order,
                        "places": list(one.places),
                        "quote": one.quote,
                        "unit": str(units[one.unit.key]),
                    }
                    for one in item.assignments
                ],
                deadline_kind=item.deadline.kind if item.deadline else None,
                deadline_text=item.deadline.raw if item.deadline else None,
                deadline_on=item.deadline.on if item.deadline else None,
                due_at=kept.due_at,
                due_on_issue=item.due_on_issue,
                coordinator_id=kept.coordinator_id,
                position=kept.position,
                every=str(item.deadline.every) if item.deadline and item.deadline.every else None,
                deliverables=list(item.deliverables),
            )
        )

    async def item(self, item_id: ChecklistItemId) -> KeptItem:
        query = select(t.checklist_items).where(t.checklist_items.c.id == item_id, self._items())
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ChecklistItemNotFound
        return _item(row)

    async def items(self, checklist_ids: Iterable[ChecklistId]) -> list[KeptItem]:
        i = t.checklist_items.c
        query = (
            select(t.checklist_items)
            .where(i.checklist_id.in_(list(checklist_ids)), self._items())
            .order_by(i.checklist_id, i.position)
        )
        return [_item(row) for row in (await self._connection.execute(query)).mappings()]

    async def set_deadline(self, kept: KeptItem) -> None:
        deadline = kept.item.deadline
        await self._connection.execute(
            update(t.checklist_items)
            .where(t.checklist_items.c.id == kept.id, self._items())
            .values(
                deadline_kind=deadline.kind if deadline else None,
                deadline_on=deadline.on if deadline else None,
                every=str(deadline.every) if deadline and deadline.every else None,
                due_at=kept.due_at,
                due_on_issue=kept.item.due_on_issue,
            )
        )

    async def name_coordinator(self, item_id: ChecklistItemId, unit_id: UnitId) -> None:
        """From now on this unit keeps the item together and sees all its parts."""
        await self._connection.execute(
            update(t.checklist_items)
            .where(t.checklist_items.c.id == item_id, self._items())
            .values(coordinator_id=unit_id)
        )
        await self._connection.execute(
            update(t.assignments)
            .where(t.assignments.c.item_id == item_id, self._parts(t.assignments))
            .values(keeper_id=unit_id)
        )

    # parts

    async def add_assignment(self, part: Assignment) -> None:
        await self._connection.execute(
            insert(t.assignments).values(
                id=part.id,
                item_id=part.item_id,
                unit_id=part.unit_id,
                keeper_id=part.keeper_id,
                area=part.area,
                key=part.key,
                order=part.order,
                role=part.role,
                places=list(part.places),
                awaits_members=part.awaits_members,
            )
        )

    async def drop_assignments(self, ids: Iterable[AssignmentId]) -> None:
        await self._connection.execute(
            delete(t.assignments).where(t.assignments.c.id.in_(list(ids)), self._parts(t.assignments))
        )

    async def assignment(self, assignment_id: AssignmentId, *, lock: bool = False) -> Assignment:
        query = select(t.assignments).where(t.assignments.c.id == assignment_id, self._parts(t.assignments))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise AssignmentNotFound
        return self._assignment(row)

    async def assignments(self, items: Iterable[ChecklistItemId]) -> dict[ChecklistItemId, list[Assignment]]:
        """The parts in scope, per item, in the notice's order."""
        a = t.assignments.c
        query = (
            select(t.assignments)
            .where(a.item_id.in_(list(items)), self._parts(t.assignments))
            .order_by(a.item_id, a.order)
        )
        found: dict[ChecklistItemId, list[Assignment]] = {}
        for row in (await self._connection.execute(query)).mappings():
            found.setdefault(row["item_id"], []).append(self._assignment(row))
        return found

    async def open_of_unit(self, unit_id: UUID) -> list[Assignment]:
        """What waits for this unit: its own parts, and those of groups nobody has listed that it keeps."""
        a = t.assignments.c
        query = select(t.assignments).where(
            or_(a.unit_id == unit_id, and_(a.keeper_id == unit_id, a.awaits_members)),
            a.done_at.is_(None),
            self._parts(t.assignments),
        )
        return [self._assignment(row) for row in (await self._connection.execute(query)).mappings()]

    async def complete(self, part: Assignment, *, at: datetime, by: OfficialId, note: str | None) -> None:
        await self._connection.execute(
            update(t.assignments)
            .where(t.assignments.c.id == part.id)
            .values(
                done_at=at, done_by=by, note_sealed=self._vault.seal(None, "assignments", "note", part.id, note or None)
            )
        )

    async def reopen(self, ids: Iterable[AssignmentId]) -> None:
        await self._connection.execute(
            update(t.assignments)
            .where(t.assignments.c.id.in_(list(ids)))
            .values(done_at=None, done_by=None, note_sealed=None)
        )

    async def begin_anew(self, item_id: ChecklistItemId) -> None:
        """A recurring item's next turn: nothing is ticked, delivered or late yet. What proves the last turn stays."""
        await self._connection.execute(
            update(t.assignments)
            .where(t.assignments.c.item_id == item_id)
            .values(done_at=None, done_by=None, note_sealed=None, delivered=[], delay_sealed=None, delayed_at=None)
        )

    async def deliver(self, part: Assignment, delivered: Iterable[str]) -> None:
        await self._connection.execute(
            update(t.assignments).where(t.assignments.c.id == part.id).values(delivered=list(delivered))
        )

    async def explain_delay(self, part: Assignment, reason: str, at: datetime) -> None:
        sealed = self._vault.seal(None, "assignments", "delay", part.id, reason)
        await self._connection.execute(
            update(t.assignments).where(t.assignments.c.id == part.id).values(delay_sealed=sealed, delayed_at=at)
        )

    # reminders

    async def plan(self, kept: KeptItem, reminder_id: UUID, reminder: ChecklistReminder) -> None:
        """Let it wait; one of the same label that was said before waits again."""
        recipients = {"slot": reminder.slot, "to": list(reminder.to), "cc": list(reminder.cc)}
        await self._connection.execute(
            upsert(t.reminders)
            .values(
                id=reminder_id,
                subject_kind=CHECKLIST_ITEM,
                subject_id=kept.id,
                area=kept.area,
                slot=reminder.label,
                template="checklist_reminder",
                recipients=recipients,
                due_at=reminder.at,
                state=PENDING,
            )
            .on_conflict_do_update(
                index_elements=["subject_kind", "subject_id", "slot"],
                set_={"state": PENDING, "due_at": reminder.at, "recipients": recipients, "fired_at": None},
            )
        )

    async def unplan(self, item_id: ChecklistItemId) -> None:
        """Nothing that still waits for this item is said."""
        r = t.reminders.c
        await self._connection.execute(
            delete(t.reminders).where(r.subject_kind == CHECKLIST_ITEM, r.subject_id == item_id, r.state == PENDING)
        )

    async def due_reminders(self, checklist_id: ChecklistId, now: datetime) -> list[DueReminder]:
        """What of this list is due, locked until the transaction ends: two workers never split a digest."""
        r = t.reminders.c
        query = (
            select(t.reminders)
            .where(
                r.subject_kind == CHECKLIST_ITEM,
                r.subject_id.in_(self._ids_of(checklist_id)),
                r.state == PENDING,
                r.due_at <= now,
            )
            .order_by(r.due_at, r.id)
            .with_for_update()
        )
        return [_due(row) for row in (await self._connection.execute(query)).mappings()]

    async def fired(self, reminders: Iterable[UUID], now: datetime) -> None:
        await self._connection.execute(
            update(t.reminders).where(t.reminders.c.id.in_(list(reminders))).values(state=FIRED, fired_at=now)
        )

    async def next_due(self, checklist_id: ChecklistId) -> datetime | None:
        r = t.reminders.c
        found: datetime | None = (
            await self._connection.execute(
                select(func.min(r.due_at)).where(
                    r.subject_kind == CHECKLIST_ITEM,
                    r.subject_id.in_(self._ids_of(checklist_id)),
                    r.state == PENDING,
                )
            )
        ).scalar_one_or_none()
        return found

    async def next_reminders(self, items: Iterable[ChecklistItemId]) -> dict[ChecklistItemId, datetime]:
        """When each item is spoken of next."""
        r = t.reminders.c
        query = (
            select(r.subject_id, func.min(r.due_at))
            .where(r.subject_kind == CHECKLIST_ITEM, r.subject_id.in_(list(items)), r.state == PENDING)
            .group_by(r.subject_id)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def waiting(self, *, until: datetime | None = None) -> list[tuple[ChecklistId, datetime]]:
        """Every list with something to say, and when: what the agenda is rebuilt from, and what sweeps find."""
        r, i = t.reminders.c, t.checklist_items.c
        query = (
            select(i.checklist_id, func.min(r.due_at))
            .join(t.checklist_items, i.id == r.subject_id)
            .where(r.subject_kind == CHECKLIST_ITEM, r.state == PENDING)
            .group_by(i.checklist_id)
        )
        if until is not None:
            query = query.having(func.min(r.due_at) <= until)
        return [(ChecklistId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # what happened

    async def note(self, event: ChecklistEvent) -> None:
        await self._connection.execute(
            insert(t.checklist_events).values(
                id=event.id,
                checklist_id=event.checklist_id,
                item_id=event.item_id,
                unit_id=event.unit_id,
                area=event.area,
                at=event.at,
                kind=event.kind,
                official_id=event.official_id,
                facts=dict(event.facts),
            )
        )

    async def events(
        self, checklist_id: ChecklistId, *, item_id: ChecklistItemId | None = None, limit: int = 200
    ) -> list[ChecklistEvent]:
        """The newest first; those of one item, or of the whole list."""
        e = t.checklist_events.c
        query = select(t.checklist_events).where(e.checklist_id == checklist_id, self._events())
        if item_id is not None:
            query = query.where(e.item_id == item_id)
        query = query.order_by(e.at.desc(), e.id).limit(limit)
        return [
            ChecklistEvent(**{name: row[name] for name in ChecklistEvent.__dataclass_fields__})
            for row in (await self._connection.execute(query)).mappings()
        ]

    # scope

    def _parts(self, table: Any) -> ColumnElement[bool]:
        scope = self._scope
        if scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if scope.area is not None:
            ways.append(area_in(table.c.area, scope.area))
        if scope.units:
            ways += [table.c.unit_id.in_(scope.units), table.c.keeper_id.in_(scope.units)]
        return or_(*ways) if ways else false()

    def _events(self) -> ColumnElement[bool]:
        scope, e = self._scope, t.checklist_events.c
        if scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if scope.area is not None:
            ways.append(area_in(e.area, scope.area))
        if scope.units:
            ways.append(e.unit_id.in_(scope.units))
        return or_(*ways) if ways else false()

    def _items(self) -> ColumnElement[bool]:
        i = t.checklist_items.c
        if self._scope.everything:
            return true()
        own = exists(select(1).where(t.assignments.c.item_id == i.id, self._parts(t.assignments)))
        return or_(area_in(i.area, self._scope.area), own) if self._scope.area is not None else own

    def _lists(self) -> ColumnElement[bool]:
        c = t.checklists.c
        if self._scope.everything:
            return true()
        own = exists(select(1).where(t.checklist_items.c.checklist_id == c.id, self._items()))
        return or_(area_in(c.area, self._scope.area), own) if self._scope.area is not None else own

    @staticmethod
    def _ids_of(checklist_id: ChecklistId) -> Any:
        return select(t.checklist_items.c.id).where(t.checklist_items.c.checklist_id == checklist_id)

    def _assignment(self, row: RowMapping) -> Assignment:
        return Assignment(
            id=row["id"],
            item_id=row["item_id"],
            unit_id=row["unit_id"],
            area=row["area"],
            key=row["key"],
            order=row["order"],
            role=UnitRole(row["role"]),
            places=tuple(row["places"]),
            awaits_members=row["awaits_members"],
            keeper_id=row["keeper_id"],
            done_at=row["done_at"],
            done_by=row["done_by"],
            note=self._vault.open(None, "assignments", "note", row["id"], row["note_sealed"]),
            delivered=tuple(row["delivered"]),
            delay=self._vault.open(None, "assignments", "delay", row["id"], row["delay_sealed"]),
            delayed_at=row["delayed_at"],
        )


def _unit(row: RowMapping) -> Unit:
    return Unit(row["id"], row["area"], row["key"], row["name"], tuple(row["aliases"]), row["kind"])


def _checklist(row: RowMapping) -> KeptChecklist:
    return KeptChecklist(
        id=row["id"],
        area=row["area"],
        title=row["title"],
        issuer=row["issuer"],
        issued_on=row["issued_on"],
        source_hash=row["source_hash"],
        not_understood=tuple(row["not_understood"]),
        imported_at=row["imported_at"],
        imported_by=row["imported_by"],
    )


def _named(unit: UnitName) -> dict[str, Any]:
    return {"name": unit.name, "alias": unit.alias, "group": unit.is_group}


def _name(value: Mapping[str, Any]) -> UnitName:
    return UnitName(value["name"], alias=value["alias"], is_group=value["group"])


def _item(row: RowMapping) -> KeptItem:
    deadline = None
    if row["deadline_kind"] is not None:
        every = Every.read(row["every"]) if row["every"] else None
        kind = DeadlineKind(row["deadline_kind"])
        deadline = Deadline(kind, row["deadline_text"] or "", row["deadline_on"], every=every)
    item = ChecklistItem(
        path=tuple(int(number) for number in row["item_no"].split(".")),
        number="",
        title=row["title"],
        task=row["task"],
        full_text=row["task"],
        line=0,
        units=tuple(ResponsibleUnit(one["order"], _name(one), UnitRole(one["role"])) for one in row["units"]),
        deadline=deadline,
        assignments=tuple(
            SuperviseAssignment(one["order"], _name(one), tuple(one["places"]), one["quote"]) for one in row["nested"]
        ),
        due_on_issue=row["due_on_issue"],
        deliverables=tuple(row["deliverables"]),
    )
    return KeptItem(
        id=row["id"],
        checklist_id=row["checklist_id"],
        area=row["area"],
        section=row["section"],
        item=item,
        position=row["position"],
        due_at=row["due_at"],
        coordinator_id=row["coordinator_id"],
    )


def _due(row: RowMapping) -> DueReminder:
    said = row["recipients"]
    return DueReminder(
        row["id"],
        row["subject_id"],
        ChecklistReminder(
            Slot(said["slot"]),
            row["slot"],
            row["due_at"],
            tuple(Hearer(one) for one in said["to"]),
            tuple(Hearer(one) for one in said["cc"]),
        ),
    )
