"""Control units, levels of areas, and what a resident answers or asks while one holds."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import ResponseLevel, RiskLevel
from gateway.schemas.shapes import Answer, Moment, Shape


class ControlIn(Shape):
    """`area` is the township or village in which the unit lies."""

    area: str = Field(pattern=r"^\d{9}(\d{3})?$")
    unit_kind: str = Field(max_length=40)
    name: str = Field(min_length=1, max_length=200)


class ScopeIn(Shape):
    """The experts' decision. `mode` is one of the pack's ways of closing, or `open`."""

    boundary: str = Field(min_length=1, max_length=500)
    opinion: str = Field(min_length=1, max_length=4000)
    mode: str = Field(max_length=40)
    measures: list[str] = Field(default=[], max_length=40)
    grids: list[str] = Field(default=[], max_length=200)
    effective_at: Moment | None = None


class SaidIn(Shape):
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=4000)


class AnnouncementIn(Shape):
    """Unset: the words the system proposes."""

    words: dict[str, SaidIn] | None = None


class WordsHashIn(Shape):
    words_hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class CriterionIn(Shape):
    criterion: str = Field(max_length=80)


class OpinionIn(Shape):
    opinion: str = Field(min_length=1, max_length=4000)


class WaveOut(Answer):
    purpose: str
    audience: str
    due_at: datetime
    sent_at: datetime | None
    people: int | None


class ControlOut(Answer):
    id: UUID
    area: str
    unit_kind: str
    name: str
    state: str
    stage: str
    boundary: str | None
    mode: str | None
    measures: list[str]
    rules: list[str]
    words: dict[str, SaidIn] | None
    words_hash: str | None
    requested_at: datetime
    decided_at: datetime | None
    effective_at: datetime | None
    approved_at: datetime | None
    lifted_at: datetime | None


class ControlViewOut(Answer):
    control: ControlOut
    inside: int
    waves: list[WaveOut]
    lifting: str
    needs: list[str]


class LiftedOut(Answer):
    """Everything that was set going has ended when the two are equal."""

    control: ControlOut
    created: int
    cancelled: int


class LevelIn(Shape):
    risk: RiskLevel
    response: ResponseLevel | None = None
    villages: list[str] = Field(default=[], max_length=200)
    effective_at: Moment | None = None


class LevelOut(Answer):
    risk: RiskLevel
    response: ResponseLevel


class LevelChangedOut(Answer):
    area: str
    was: LevelOut
    now: LevelOut
    effective_at: datetime


class RoundOut(Answer):
    number: int
    asked: int
    opened_at: datetime
    people: int
    sampled: int
    percent: int


class MeasuresOut(Answer):
    who: str
    subject: str
    measures: list[str]
    rules: list[str]
    since: datetime


class GuardIn(Shape):
    """Who stands guard in this shift, by name."""

    who: str = Field(min_length=1, max_length=80)


class GuardShiftOut(Answer):
    begins: str
    ends: str
    who: str | None


class GuardOut(Answer):
    id: UUID
    area: str
    name: str | None
    shifts: list[GuardShiftOut]


class PassingOut(Answer):
    """Whether these people pass a checkpoint; `needs` is what they show first."""

    who: str
    answer: str
    because: str
    needs: list[str]
    rules: list[str]


class AreaOut(Answer):
    area: str
    level: LevelOut | None
    since: datetime | None
    open_loop: list[str]
    measures: list[MeasuresOut]
    rounds: list[RoundOut]
    checkpoints: int
    guards: list[GuardOut]
    looked_after: int
    passing: list[PassingOut] = []


class VulnerableIn(Shape):
    groups: list[str] = Field(min_length=1, max_length=10)


class WelfareAnswerIn(Shape):
    answer: str = Field(max_length=40)


class LeavingIn(Shape):
    reason: str = Field(min_length=1, max_length=500)
    about: UUID | None = None


class LeavingOut(Answer):
    id: UUID
    state: str


class PermitDecisionIn(Shape):
    granted: bool
    valid_to: Moment | None = None


class Nothing(Answer):
    """It is done."""


class TrackedOut(Answer):
    """One arrival from a key area, with each state that is asked for and whether it is reached."""

    resident_id: UUID
    person: str | None
    area: str
    entry_on: str | None
    states: dict[str, bool]
