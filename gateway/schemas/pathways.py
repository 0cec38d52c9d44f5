"""One person's way through the work, what they are to be tested for, and how they travelled or left."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from gateway.domain.kinds import ResultValue, TestKind
from gateway.schemas.shapes import Answer, Day, Moment, Shape


class StageOut(Answer):
    key: str
    title: str
    at: datetime | None
    mark: str | None
    rules: list[str]


class MomentOut(Answer):
    key: str
    title: str
    at: datetime | None
    due_at: datetime | None
    late: bool
    rules: list[str]


class WayOut(Answer):
    stages: list[StageOut]
    moments: list[MomentOut]


class ListedOut(Answer):
    """A list of those to be tested that somebody stands on, and why. `payer`: the sentence that says who pays."""

    key: str
    title: str
    which: str
    profile: str | None
    until: str | None
    payer: str | None = None
    rules: list[str]
    quote: str | None


class TransferIn(Shape):
    """How somebody came on from a first entry point."""

    transport: str = Field(min_length=1, max_length=20)
    number: str | None = Field(default=None, max_length=40)
    arrived_at: Moment
    released_on: Day | None = None

    @model_validator(mode="after")
    def it_has_an_offset(self) -> "TransferIn":
        if self.arrived_at.tzinfo is None:
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class TransferOut(Answer):
    applies: bool
    allowed: bool
    to_decide: bool
    profile: str | None
    rules: list[str]


class MoveIn(Shape):
    """The township, village or grid that manages somebody from now on."""

    area: str = Field(pattern=r"^\d{2,14}$")
    grid: str | None = Field(default=None, max_length=20)


class MovedOut(Answer):
    resident_id: UUID
    area: str
    area_name: str | None


class DischargeIn(Shape):
    """Somebody left hospital or isolation."""

    leaving: str = Field(pattern="^(discharged|brought_back|released)$")
    left_at: Moment
    arrived_at: Moment | None = None

    @model_validator(mode="after")
    def they_have_an_offset(self) -> "DischargeIn":
        if self.left_at.tzinfo is None or (self.arrived_at and self.arrived_at.tzinfo is None):
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class DischargeOut(Answer):
    late: bool
    rules: list[str]
    follow_up_id: UUID | None


class ExpectedDischargeIn(Shape):
    on: Moment

    @model_validator(mode="after")
    def it_has_an_offset(self) -> "ExpectedDischargeIn":
        if self.on.tzinfo is None:
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class ExpectedDischargeOut(Answer):
    due_at: datetime


class PassOut(Answer):
    """Whether somebody stands in the database pass codes are given from."""

    resident_id: UUID
    basis: str | None


class OwnResultOut(Answer):
    """`value` is empty while it is waited for; not `confirmed` is one's own word."""

    test: TestKind
    sampled_at: datetime
    site: str
    value: ResultValue | None
    resulted_at: datetime | None
    confirmed: bool


class OwnResultsOut(Answer):
    results: list[OwnResultOut]
