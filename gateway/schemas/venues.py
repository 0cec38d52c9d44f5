"""Venues on the wire: what stands behind a code at the door, and who comes in."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import VenueKind
from gateway.schemas.shapes import Answer, Moment, Shape


class DoorOut(Answer):
    """`asks_guests`: a visit is taken only with who comes and from where. `rules` are those that ask."""

    code: str
    name: str
    kind: VenueKind
    asks_guests: bool
    asks_symptoms: bool
    rules: list[str]


class GuestIn(Shape):
    """`from_area` is the division behind `comes_from`, where it is known."""

    name: str = Field(min_length=1, max_length=80)
    id_number: str = Field(min_length=5, max_length=30)
    comes_from: str = Field(min_length=1, max_length=300)
    from_area: str | None = Field(default=None, pattern=r"^\d{2,12}$")


class VisitIn(Shape):
    code: str = Field(min_length=1, max_length=40)
    guest: GuestIn | None = None
    symptoms: list[str] = Field(default=[], max_length=40)
    medicine: str | None = Field(default=None, max_length=200)


class VisitOut(Answer):
    id: UUID
    visited_at: datetime


class VenueIn(Shape):
    name: str = Field(min_length=1, max_length=80)
    kind: VenueKind
    area: str | None = Field(default=None, pattern=r"^\d{2,14}$")
    unit_id: UUID | None = None


class VenueOut(Answer):
    """`link` is what the QR code at the door holds."""

    id: UUID
    code: str
    name: str
    kind: VenueKind
    area: str
    unit_id: UUID | None
    link: str
    made_at: datetime
    closed_at: datetime | None


class VenuesOut(Answer):
    venues: list[VenueOut]


class TimeAsked(Shape):
    """From when to when somebody was there; no longer than 31 days."""

    since: Moment
    until: Moment


class VisitorOut(Answer):
    resident_id: UUID
    name: str | None
    phone: str | None
    visited_at: datetime


class VisitorsOut(Answer):
    visitors: list[VisitorOut]
