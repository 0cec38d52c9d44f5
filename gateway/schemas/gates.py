"""Questions and answers of gates, and applications."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import (
    ApplicationKind,
    ApplicationState,
    EventKind,
    Excuse,
    GateQuestion,
    Level,
    Occupation,
    Verdict,
)
from gateway.schemas.plans import RuleOut
from gateway.schemas.shapes import Answer, Day, Moment, Shape

Code = Annotated[str, Field(pattern=r"^\d{2,14}$")]


class GateAsk(Shape):
    """What is asked, with what is known. Which fields matter depends on the question.

    `area`: the place of an event, where somebody travels to or comes from. `abroad`: comes from another country.
    """

    about: UUID | None = None
    resident_id: UUID | None = None
    number: str | None = Field(default=None, max_length=30)
    occupation: Occupation | None = None
    area: Code | None = None
    abroad: bool = False
    necessary: bool = False
    cadre: bool = False
    kind: EventKind | None = None
    on: Day | None = None
    people: int | None = Field(default=None, ge=1, le=10_000_000)
    excuse: Excuse | None = None
    surveyed: bool = False
    own_transport: bool = False
    early_or_changed: bool = False
    released_on: Day | None = None
    boards_at: Moment | None = None
    certificate_at: Moment | None = None


class GateReasonOut(Answer):
    """One reason: the words, and the rules it rests on, quoted."""

    code: str
    verdict: Verdict
    text: str
    rules: list[RuleOut]


class GateOut(Answer):
    """`text` is the whole answer in the asker's language; `ask_occupation`: nobody knows what the person works as."""

    question: GateQuestion
    verdict: Verdict
    text: str
    reasons: list[GateReasonOut]
    decides: Level | None = None
    decides_name: str | None = None
    ask_occupation: bool = False


class OccupationsOut(Answer):
    occupations: list[Occupation]


class EventIn(Shape):
    """Somebody wants to hold this. `host` answers for it by name; `filing_authority` is whom it is filed with."""

    kind: EventKind
    on: Day
    area: Code
    place: str | None = Field(default=None, max_length=300)
    title: str = Field(default="", max_length=200)
    people: int = Field(ge=1, le=10_000_000)
    cadres: bool = False
    excuse: Excuse | None = None
    host: str = Field(min_length=1, max_length=80)
    filing_authority: str | None = Field(default=None, max_length=120)


class TripIn(Shape):
    """An early or changed return, or a cadre's journey. `area` is the destination."""

    kind: ApplicationKind
    on: Day
    area: Code
    transport: str | None = Field(default=None, max_length=200)
    reason: str = Field(min_length=1, max_length=1000)


class DecisionIn(Shape):
    """An approval stands with three names; what the application already names need not be said again."""

    approve: bool
    reason: str = Field(min_length=1, max_length=2000)
    host: str | None = Field(default=None, max_length=80)
    approver: str | None = Field(default=None, max_length=80)
    filing_authority: str | None = Field(default=None, max_length=120)


class ApplicationOut(Answer):
    id: UUID
    reference: str
    kind: ApplicationKind
    event_kind: EventKind | None
    state: ApplicationState
    area: str
    area_name: str
    on: date
    people: int | None
    cadres: bool
    answer: GateOut
    text: str
    applied_at: datetime
    decided_at: datetime | None = None
    review: list[RuleOut] = []
    title: str | None = None
    place: str | None = None
    host: str | None = None
    approver: str | None = None
    filing_authority: str | None = None
    reason: str | None = None
    destination: str | None = None


class ApplicationsOut(Answer):
    applications: list[ApplicationOut]
