"""Numbers of an area, and the register of arrivals."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.domain.kinds import DeclaredBy, Origin
from gateway.schemas.reports import Place
from gateway.schemas.shapes import Answer, Moment, Shape


class FiguresOut(Answer):
    area: str
    counted_at: datetime
    groups: dict[str, dict[str, int]]
    rules: list[str]


class ArrivingIn(Shape):
    """An arrival taken down for somebody: by phone ahead, or where they check in."""

    by: DeclaredBy
    name: str = Field(min_length=1, max_length=80)
    phone: str = Field(min_length=5, max_length=30)
    id_number: str | None = Field(default=None, max_length=30)
    origin: Place
    destination: Place
    home_area: str = Field(pattern=r"^\d{6,14}$")
    arrives_at: Moment


class ArrivingOut(Answer):
    resident_id: UUID
    reference: str
    advice: list[str]


class RegisteredOut(Answer):
    resident_id: UUID
    person: str | None
    phone: str | None
    by: DeclaredBy
    origins: list[Origin]
    registered_at: datetime
    arrives_at: datetime | None
    arrived_at: datetime | None
    followed_up: bool
    rules: list[str]
