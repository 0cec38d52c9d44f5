"""A plan as a resident sees it: what, when, where and why."""

from datetime import datetime
from uuid import UUID

from gateway.domain.kinds import FollowUpState, ItemKind, ItemState, PeriodKind, TestKind
from gateway.schemas.shapes import Answer


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


class PlansOut(Answer):
    plans: list[PlanOut]
