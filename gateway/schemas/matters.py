"""Matters and the directory on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.schemas.shapes import Answer, Shape


class SpokenOut(Answer):
    zh: str
    en: str


class OptionOut(Answer):
    key: str
    title: SpokenOut


class FieldOut(Answer):
    key: str
    title: SpokenOut
    kind: str
    required: bool
    options: list[OptionOut]


class OfferOut(Answer):
    """What the caller may tell of, and what is asked then."""

    kind: str
    title: SpokenOut
    about_person: bool
    fields: list[FieldOut]
    says: SpokenOut | None
    rules: list[str]


class OffersOut(Answer):
    offers: list[OfferOut]


class MatterIn(Shape):
    """`area`, `unit_id` and `resident_id` say where, which unit and which person, where it is not the caller's own."""

    kind: str = Field(min_length=1, max_length=60)
    told: dict[str, str] = {}
    area: str | None = Field(default=None, pattern=r"^\d{2,14}$")
    unit_id: UUID | None = None
    resident_id: UUID | None = None


class TipIn(Shape):
    kind: str = Field(min_length=1, max_length=60)
    told: dict[str, str]


class TipOut(Answer):
    reference: str


class StepIn(Shape):
    note: str | None = Field(default=None, max_length=2000)


class OwnerIn(Shape):
    official_id: UUID


class ClosingIn(Shape):
    outcome: str = Field(min_length=1, max_length=60)


class StepOut(Answer):
    key: str
    title: SpokenOut
    due_at: datetime | None
    taken_at: datetime | None
    taken_by: str | None
    owner: str | None
    missed_at: datetime | None
    note: str | None


class ToldOut(Answer):
    title: SpokenOut
    value: str


class MatterOut(Answer):
    id: UUID
    reference: str
    kind: str
    title: SpokenOut
    area: str
    unit: str | None
    person: str | None
    told_at: datetime
    repeated: bool
    told: list[ToldOut]
    steps: list[StepOut]
    missing: list[str]
    closed_at: datetime | None
    outcome: str | None
    rules: list[str]


class MatterListOut(Answer):
    matters: list[MatterOut]


class MissedOut(Answer):
    who: str
    times: int


class LaggingOut(Answer):
    kind: str
    title: SpokenOut
    notify: list[MissedOut]
    interview: list[MissedOut]
    rules: list[str]


class InspectionLineOut(Answer):
    title: str
    item_no: str
    item: str
    unit: str
    days_late: int
    rules: list[str]


class InspectionOut(Answer):
    overdue: list[InspectionLineOut]
    lagging: list[LaggingOut]


class PostIn(Shape):
    kind: str = Field(pattern="^(contract|leading|designated|roster)$")
    key: str = Field(default="", max_length=60)
    area: str = Field(pattern=r"^\d{2,14}$")
    person_id: UUID
    deputy_id: UUID | None = None
    unit_id: UUID | None = None


class PostOut(Answer):
    kind: str
    key: str
    area: str
    title: SpokenOut
    person: str | None
    deputy: str | None
    unit: str | None
    confirmed_at: datetime | None
    rules: list[str]


class GapOut(Answer):
    kind: str
    key: str
    area: str
    unit: str | None
    lacks: str
    told: str
    rules: list[str]


class DirectoryOut(Answer):
    area: str
    posts: list[PostOut]
    gaps: list[GapOut]
