"""Checklists on the wire."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway.schemas.shapes import Answer, Shape


class ChecklistIn(Shape):
    """A notice's text. `coordinators` names units by item number, for items that a group leads."""

    text: str = Field(min_length=1, max_length=2_000_000)
    area: str | None = Field(default=None, pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9})$")
    coordinators: dict[str, str] = {}


class ImportedOut(Answer):
    checklist_id: UUID
    title: str
    items: int
    parts: int
    units: list[str]
    reminders: int
    without_deadline: list[str]
    without_coordinator: list[str]
    groups_without_members: list[str]


class PreviewOut(Answer):
    """What the text says; `created` once it was committed."""

    preview: dict[str, Any]
    created: ImportedOut | None = None


class PartOut(Answer):
    id: UUID
    unit_id: UUID
    unit: str
    role: str
    places: list[str]
    awaits_members: bool
    reachable: bool
    mine: bool
    done_at: datetime | None
    done_by: str | None
    note: str | None


class ItemOut(Answer):
    id: UUID
    checklist_id: UUID
    item_no: str
    section: str
    title: str
    task: str
    state: str
    deadline: str
    due_on: date | None
    due_at: datetime | None
    due_on_issue: bool
    lead: str | None
    coordinator: str | None
    needs_coordinator: bool
    done: int
    total: int
    missing: list[str]
    parts: list[PartOut]
    partial: bool
    next_reminder_at: datetime | None


class UnitProgressOut(Answer):
    unit_id: UUID
    unit: str
    done: int
    total: int
    overdue: int
    reachable: bool


class ChecklistEventOut(Answer):
    at: datetime
    kind: str
    unit: str | None
    official: str | None
    item_nos: list[str]
    tone: str | None


class ChecklistOut(Answer):
    id: UUID
    area: str
    title: str
    issuer: str | None
    issued_on: date | None
    imported_at: datetime
    imported_by: str | None
    not_understood: list[dict[str, Any]]
    items: list[ItemOut]
    units: list[UnitProgressOut]
    events: list[ChecklistEventOut] = []


class UnitOut(Answer):
    id: UUID
    area: str
    name: str
    aliases: list[str]
    kind: str
    members: list[str]
    officials: int
    reachable: bool


class CompletionIn(Shape):
    note: str | None = Field(default=None, max_length=2000)


class CoordinatorIn(Shape):
    unit_id: UUID


class MembersIn(Shape):
    names: list[str] = Field(min_length=1, max_length=500)


class DeadlineIn(Shape):
    """The day a notice did not state; null: ongoing work."""

    on: date | None
