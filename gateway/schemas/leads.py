"""Lists of people to be found, and what came of looking for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import Hukou, LeadOutcome, LeadPush, LeadState, LeadStep
from gateway.schemas.shapes import Answer, Moment, Shape


class LeadRowIn(Shape):
    """One row, as the sender wrote it: nothing is checked here that could make the whole list fail."""

    name: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=60)
    id_number: str | None = Field(default=None, max_length=60)
    destination: str | None = Field(default=None, max_length=300)
    grid: str | None = Field(default=None, max_length=14)
    hukou: str | None = Field(default=None, max_length=60)
    note: str | None = Field(default=None, max_length=500)


class LeadListIn(Shape):
    push: LeadPush
    sender: str = Field(min_length=1, max_length=120)
    pushed_at: Moment | None = None
    rows: list[LeadRowIn] = Field(min_length=1, max_length=20_000)


class LeadRowFault(Answer):
    """`sentence` is the message as the catalogues know it, `facts` fill its holes."""

    row: int
    message: str
    sentence: str = ""
    facts: dict[str, Any] = {}


class LeadListOut(Answer):
    """What became of each row: taken, known already (the lead that names the person), or to be put right."""

    id: UUID
    rows: int
    taken: int
    known: int
    known_rows: list[int] = []
    rejected: list[LeadRowFault]
    areas: dict[str, int] = {}


class PartyOut(Answer):
    """One of those who must each acknowledge a shared lead."""

    role: str
    acknowledged_at: datetime | None = None
    by: str | None = None


class LeadOut(Answer):
    id: UUID
    area: str
    push: LeadPush
    rule: str
    sender: str
    hukou: Hukou | None
    person: str | None
    phone: str | None
    resident_id: UUID | None
    received_at: datetime
    due_at: datetime | None
    overdue: bool
    state: LeadState
    outcome: LeadOutcome | None
    steps: dict[str, datetime]
    asked: list[str]
    feedback_at: datetime | None
    closed_at: datetime | None
    named_again: int
    parties: list[PartyOut] = []
    rules: list[str]


class LeadsOut(Answer):
    open: int
    overdue: int
    leads: list[LeadOut]


class OutcomeIn(Shape):
    outcome: LeadOutcome
    note: str | None = Field(default=None, max_length=2000)
    to_area: str | None = Field(default=None, pattern=r"^\d{6,14}$")


class StepIn(Shape):
    step: LeadStep
    at: Moment | None = None


class FeedbackIn(Shape):
    text: str = Field(min_length=1, max_length=2000)
