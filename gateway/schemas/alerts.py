"""Alerts on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import AlertKind, AlertStatus, Level, Role, Severity
from gateway.schemas.shapes import Answer, Shape


class NextStepOut(Answer):
    level: Level
    name: str
    roles: list[Role]
    at: datetime
    in_minutes: int


class AlertEventOut(Answer):
    at: datetime
    kind: str
    actor: str | None
    text: str | None


class AlertOut(Answer):
    id: UUID
    kind: AlertKind
    severity: Severity
    status: AlertStatus
    area: str
    area_name: str
    resident_id: UUID | None
    subject: str
    summary: str
    evidence: str | None = None
    raised_at: datetime
    step: int
    next_step: NextStepOut | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    assigned_to: str | None = None
    resolve_due_at: datetime | None
    resolved_at: datetime | None = None
    outcome: str | None = None
    matter_id: UUID | None = None
    timeline: list[AlertEventOut] = []


class NoteIn(Shape):
    text: str = Field(min_length=1, max_length=2000)


class AssigneeIn(Shape):
    official_id: UUID


class ResolutionIn(Shape):
    outcome: str = Field(min_length=1, max_length=60)
    note: str | None = Field(default=None, max_length=2000)


class DutyAssignmentOut(Answer):
    """A checklist part that waits for the caller's unit."""

    id: UUID
    item_no: str
    title: str
    unit: str
    due_on: date | None = None
    due_at: datetime | None
    state: str


class DutyOut(Answer):
    alerts: list[AlertOut]
    assignments: list[DutyAssignmentOut]
