"""Samples and results from sites and laboratories."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, model_validator

from gateway.domain.kinds import ResultStatus, ResultValue, TestKind
from gateway.schemas.shapes import Answer, Moment, Shape


class ResultIn(Shape):
    """One sample (value unset) or result. The person is named by resident id, phone or ID number."""

    resident_id: UUID | None = None
    phone: str | None = Field(default=None, max_length=30)
    id_number: str | None = Field(default=None, max_length=30)
    name: str | None = Field(default=None, max_length=80)
    test: TestKind
    sampled_at: Moment
    value: ResultValue | None = None
    resulted_at: Moment | None = None
    site: str = Field(min_length=1, max_length=120)

    @model_validator(mode="after")
    def somebody_is_named(self) -> "ResultIn":
        if self.resident_id is None and not self.phone and not self.id_number:
            raise ValueError("name the person by resident_id, phone or id_number")
        if self.sampled_at.tzinfo is None or (self.resulted_at and self.resulted_at.tzinfo is None):
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class ResultOut(Answer):
    id: UUID
    matched: bool
    status: ResultStatus
    resident_id: UUID | None
    refused: str | None = None


class ReceiptIn(Shape):
    """A laboratory has the sample."""

    received_at: Moment
    laboratory: str = Field(min_length=1, max_length=120)

    @model_validator(mode="after")
    def it_has_an_offset(self) -> "ReceiptIn":
        if self.received_at.tzinfo is None:
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class DirectReportIn(Shape):
    """The number and time of the national report of an infection."""

    number: str = Field(min_length=1, max_length=60)
    reported_at: Moment

    @model_validator(mode="after")
    def it_has_an_offset(self) -> "DirectReportIn":
        if self.reported_at.tzinfo is None:
            raise ValueError("times carry an offset, e.g. 2021-01-23T09:00:00+08:00")
        return self


class ClockOut(Answer):
    """A clock of a sample, a person or a report: by when, and whether it was kept."""

    kind: str
    key: str
    subject_id: UUID
    started_at: datetime
    due_at: datetime
    done_at: datetime | None
    late: bool
    rules: list[str]


class MatchIn(Shape):
    resident_id: UUID


class UnmatchedOut(Answer):
    """A result that fits nobody, or several people: whoever knows says who is meant."""

    id: UUID
    test: TestKind
    sampled_at: datetime
    site: str
    recorded_at: datetime
    person: dict[str, str]


class ResultRowFault(Answer):
    row: int
    message: str


class ResultsFileOut(Answer):
    rows: int
    recorded: int
    unmatched: int
    rejected: list[ResultRowFault]
