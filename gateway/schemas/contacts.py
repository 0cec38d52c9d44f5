"""Cases, their contacts, the places they visited, and who is tested first."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import Measure
from gateway.schemas.leads import LeadRowFault
from gateway.schemas.shapes import Answer, Day, Moment, Shape


class CaseIn(Shape):
    resident_id: UUID
    positive_on: Day
    onset_on: Day | None = None


class ContactRowIn(Shape):
    """One row of a first list. `contact_class` empty: the strictest, until experts decide."""

    name: str | None = Field(default=None, max_length=200)
    phone: str | None = Field(default=None, max_length=60)
    id_number: str | None = Field(default=None, max_length=60)
    contact_class: str | None = Field(default=None, max_length=60)
    last_exposure_at: Moment | None = None
    area: str | None = Field(default=None, pattern=r"^\d{6,14}$")


class ContactListIn(Shape):
    rows: list[ContactRowIn] = Field(min_length=1, max_length=5_000)


class ContactListOut(Answer):
    rows: int
    taken: int
    known: int
    rejected: list[LeadRowFault]


class MarkIn(Shape):
    measure: Measure
    at: Moment | None = None


class DecisionIn(Shape):
    """What experts decided. `isolated_at` is when the isolation of the new class begins, where it is known."""

    contact_class: str = Field(max_length=60)
    evidence: str = Field(min_length=1, max_length=4000)
    isolated_at: Moment | None = None


class PlaceIn(Shape):
    text: str = Field(min_length=1, max_length=300)
    visited_on: Day
    area: str | None = Field(default=None, pattern=r"^\d{6,14}$")


class ContactOut(Answer):
    id: UUID
    person: str | None
    phone: str | None
    resident_id: UUID | None
    area: str
    contact_class: str
    decided: bool
    last_exposure_at: datetime | None
    traced_at: datetime | None
    isolated_at: datetime | None
    tested_at: datetime | None
    turn: int
    single_room: bool
    temperature: bool


class CoverageOut(Answer):
    measure: Measure
    done: int
    total: int
    percent: float
    needed: int
    complete: bool
    rules: list[str]


class VisitedPlaceOut(Answer):
    id: UUID
    text: str
    area: str
    visited_on: date
    disinfected_at: datetime | None
    sampled_at: datetime | None


class CaseOut(Answer):
    id: UUID
    resident_id: UUID
    person: str | None
    area: str
    positive_on: date
    onset_on: date | None
    opened_at: datetime
    contacts: list[ContactOut] = []
    places: list[VisitedPlaceOut] = []
    coverage: list[CoverageOut] = []


class StayOut(Answer):
    kind: str
    text: str
    area: str | None


class TrajectoryDayOut(Answer):
    on: date
    stays: list[StayOut]


class TrajectoryOut(Answer):
    """The interview form: every day of the look-back, filled with what was declared."""

    days: list[TrajectoryDayOut]
    rules: list[str]


class TurnOut(Answer):
    turn: int
    who: str
    person: str | None
    resident_id: UUID | None
    contact_id: UUID | None
    single_room: bool
    temperature: bool
    rules: list[str]
