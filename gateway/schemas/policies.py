"""Packs on the wire: versions, previews, activations, and the plans that wait for a decision."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import ChangeOutcome, PlanChangeId
from gateway.schemas.shapes import Answer, Day, Shape


class PackVersionOut(Answer):
    """`hash` names the words of the pack; previews and activations ask for it."""

    hash: str
    id: str
    version: str
    title: str
    brought_by: str
    first_seen_at: datetime


class ActivationOut(Answer):
    """`figures` say what came of it: plans looked at, by outcome, and people told."""

    id: UUID
    area: str
    pack: str
    version: str
    hash: str | None
    effective_from: date
    in_force_at: datetime | None
    activated_at: datetime
    activated_by: str
    applied_at: datetime | None
    accepted_off: list[str]
    figures: dict[str, Any]
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


class MovedOut(Answer):
    """So many plans have this date moved from one day to another; none: not asked for before, or no longer."""

    profile: str
    what: str
    was: date | None
    becomes: date | None
    plans: int


class CountOut(Answer):
    name: str
    outcome: ChangeOutcome
    plans: int


class UnsetOut(Answer):
    value: str
    rule: str


class SignedOut(Answer):
    value: str
    by: str
    rule: str


class PreviewOut(Answer):
    """`waiting` plans stay as they are until an official has decided; `off` must be accepted value by value."""

    pack: PackVersionOut
    area: str
    effective_from: date
    in_force_at: datetime
    replaces: ActivationOut | None
    plans: int
    changed: int
    waiting: int
    told: int
    moved: list[MovedOut]
    by_profile: list[CountOut]
    by_township: list[CountOut]
    unplanned: dict[str, int]
    off: list[UnsetOut]
    signed_off: list[SignedOut]


class PreviewIn(Shape):
    """`pack` is a hash, `id@version`, or the id of a pack that comes with the system."""

    pack: str = Field(min_length=1, max_length=120)
    area: str | None = Field(default=None, max_length=14)
    effective_from: Day | None = None


class ActivationIn(PreviewIn):
    accept_off: list[str] = Field(default_factory=list, max_length=500)


class MoveOut(Answer):
    what: str
    was: datetime | None
    becomes: datetime | None
    expected: bool


class PlanChangeOut(Answer):
    """A plan that waits: what would move, and why it was left to an official."""

    id: PlanChangeId
    follow_up_id: UUID
    resident_id: UUID
    person: str
    area: str
    profile: str
    outcome: ChangeOutcome
    why: str | None
    moves: list[MoveOut]
    changed_at: datetime


class DecisionIn(Shape):
    """`confirm`: the plans follow the new pack, shorter or not. Otherwise they go on as they were made."""

    changes: list[PlanChangeId] = Field(min_length=1, max_length=500)
    confirm: bool
    reason: str = Field(min_length=1, max_length=500)


class DecidedOut(Answer):
    decided: int
