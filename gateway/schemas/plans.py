"""A plan as a resident sees it: what, when, where and why."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import FollowUpState, ItemKind, ItemState, PeriodKind, TestKind
from gateway.schemas.shapes import Answer, Shape


class RuleOut(Answer):
    id: str
    quote: str
    explanation: str


class PeriodOut(Answer):
    kind: PeriodKind
    starts_at: datetime
    ends_at: datetime | None
    rules: list[RuleOut]


class ItemOut(Answer):
    id: UUID
    key: str = ""
    kind: ItemKind
    test: TestKind | None
    opens_at: datetime
    due_at: datetime | None
    state: ItemState
    place: str | None = None
    rules: list[RuleOut]


class PlanOut(Answer):
    follow_up_id: UUID
    profile: str
    profile_name: str
    state: FollowUpState
    pack: str
    note: str | None = None
    periods: list[PeriodOut]
    items: list[ItemOut]


class FollowUpIn(Shape):
    """An official puts a person under a profile. Anchors are days (2021-01-05) or moments with an offset."""

    resident_id: UUID
    profile: str = Field(max_length=60)
    anchors: dict[str, str] = Field(max_length=20)
    reason: str = Field(min_length=1, max_length=2000)


class ClassIn(Shape):
    """Experts put somebody under another profile; anchors as in FollowUpIn."""

    profile: str = Field(max_length=60)
    anchors: dict[str, str] = Field(max_length=20)
    reason: str = Field(min_length=1, max_length=2000)


class ExemptionIn(Shape):
    """Other rules apply to this person, as the pack names them."""

    exemption: str = Field(min_length=1, max_length=40)
    reason: str = Field(min_length=1, max_length=2000)


class ReasonIn(Shape):
    reason: str = Field(min_length=1, max_length=2000)


class PlansOut(Answer):
    plans: list[PlanOut]
