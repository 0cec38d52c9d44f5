"""Self-reports on the wire: one shape per form, and what became of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import ReportKind
from gateway.schemas.plans import PlanOut
from gateway.schemas.shapes import Answer, Day, Moment, Shape


class Place(Shape):
    """A place as said: `area` is the division found (2 to 12 digits), `detail` what lies below the township."""

    text: str = Field(max_length=300)
    area: str | None = Field(default=None, pattern=r"^\d{2,12}$")
    detail: str = Field(default="", max_length=300)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


class Leg(Shape):
    origin: Place
    destination: Place
    departed_on: Day
    arrived_at: Moment | Day
    transport: str = Field(max_length=20)
    number: str | None = Field(default=None, max_length=40)
    seat: str | None = Field(default=None, max_length=40)
    companions: str | None = Field(default=None, max_length=300)


class TravelAnswers(Shape):
    legs: list[Leg] = Field(max_length=30)


class Stay(Shape):
    place: Place
    from_on: Day
    to_on: Day | None = None
    kind: str = Field(default="home", max_length=20)


class ResidenceAnswers(Shape):
    stays: list[Stay] = Field(max_length=30)


class Met(Shape):
    met: str = Field(max_length=30)
    on: Day
    place: Place | None = None
    person: str | None = Field(default=None, max_length=120)
    note: str | None = Field(default=None, max_length=500)


class ContactAnswers(Shape):
    contacts: list[Met] = Field(max_length=30)


class SymptomAnswers(Shape):
    temperature: float | None = Field(default=None, ge=30, le=45)
    symptoms: list[str] = Field(default=[], max_length=40)
    onset: Day | None = None
    words: str | None = Field(default=None, max_length=4096)


class ArrivalAnswers(Shape):
    origin: Place
    destination: Place
    arrives_at: Moment
    transport: str = Field(max_length=20)
    number: str | None = Field(default=None, max_length=40)
    certificate_at: Moment | None = None
    employer: str | None = Field(default=None, max_length=120)


class ArrivedAnswers(Shape):
    at: Moment


class CheckInAnswers(Shape):
    well: bool
    temperature: float | None = Field(default=None, ge=30, le=45)
    symptoms: list[str] = Field(default=[], max_length=40)
    words: str | None = Field(default=None, max_length=4096)


class ClaimedResultAnswers(Shape):
    test: str = Field(pattern="^(nat|antibody)$")
    sampled_at: Moment
    value: str | None = Field(default=None, pattern="^(negative|positive|inconclusive)$")
    site: str | None = Field(default=None, max_length=120)
    photo: str | None = Field(default=None, max_length=200)


ANSWERS: dict[ReportKind, type[Shape]] = {
    ReportKind.TRAVEL: TravelAnswers,
    ReportKind.RESIDENCE: ResidenceAnswers,
    ReportKind.CONTACT: ContactAnswers,
    ReportKind.SYMPTOMS: SymptomAnswers,
    ReportKind.ARRIVAL: ArrivalAnswers,
    ReportKind.ARRIVED: ArrivedAnswers,
    ReportKind.CHECK_IN: CheckInAnswers,
    ReportKind.RESULT: ClaimedResultAnswers,
}


class ReportIn(Shape):
    instance_id: UUID
    form: ReportKind
    form_version: int = Field(ge=1)
    about: UUID | None = None
    said: str | None = Field(default=None, max_length=4096)
    answers: dict[str, Any]
    corrects: UUID | None = None


class Advice(Answer):
    code: str
    text: str
    rules: list[str] = []


class Outcome(Answer):
    reference: str
    advice: list[Advice] = []
    plan: PlanOut | None = None
    alert_raised: bool = False


class ReportOut(Answer):
    id: UUID
    reference: str
    duplicate: bool
    outcome: Outcome


class OwnReport(Answer):
    """A report as whoever handed it in sees it again. `state` is standing, corrected or withdrawn."""

    id: UUID
    reference: str
    form: ReportKind
    about: UUID
    reported_at: datetime
    answers: dict[str, Any]
    said: str | None
    state: str
    correctable: bool


class ReportListed(Answer):
    """One report in a list for officials and scripts: no answers, no identity."""

    id: UUID
    reference: str
    kind: ReportKind
    instance_id: UUID
    resident_id: UUID
    reported_at: datetime
