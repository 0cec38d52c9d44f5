"""Duties of units and people, registers and monitoring streams on the wire."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway.schemas.shapes import Answer, Day, Shape


class WordsOut(Answer):
    zh: str
    en: str


class DutyReportIn(Shape):
    """`zero` says that there is nothing to tell, `same` that it is what was told last.

    Without a day it is about today, without a unit about one's own.
    """

    zero: bool = False
    same: bool = False
    values: dict[str, Any] = Field(default={}, max_length=100)
    note: str | None = Field(default=None, max_length=2000)
    day: Day | None = None
    slot: str | None = Field(default=None, max_length=40)
    unit_id: UUID | None = None
    about: UUID | None = None


class DutyReportOut(Answer):
    id: UUID
    duty: str
    day: date
    slot: str
    zero: bool
    events: int
    late: bool
    reported_at: datetime
    corrects_id: UUID | None = None


class OptionOut(Answer):
    key: str
    title: WordsOut


class FieldOut(Answer):
    """One thing a report tells. Without a `label` it belongs to a pack, and is called by its key.

    `relevant` and `constraint` are conditions (docs/xlsforms.md); `fields` are asked for each entry of it.
    """

    key: str
    kind: str
    owed: bool = False
    event: bool = False
    label: WordsOut | None = None
    unit: WordsOut | None = None
    options: list[OptionOut] = []
    hint: WordsOut | None = None
    section: WordsOut | None = None
    relevant: str = ""
    constraint: str = ""
    constraint_words: WordsOut | None = None
    default: Any = None
    signed: bool = False
    fields: list["FieldOut"] = []


class AskedOut(Answer):
    """What one report asks, and what stands in it already. `version` is that of a report type made by an official."""

    duty: str
    title: WordsOut
    day: date
    slot: str
    due_at: datetime
    zero_allowed: bool
    same: bool
    version: UUID | None
    values: dict[str, Any]
    asked: list[FieldOut]


class OwedOut(Answer):
    """What the caller, or the caller's unit, owes today."""

    duty: str
    title: WordsOut
    rules: list[str]
    day: date
    slot: str
    due_at: datetime
    zero_allowed: bool
    fields: list[str]
    reported_at: datetime | None
    open: int
    version: UUID | None = None
    same: bool = False


class ReportTypeOut(Answer):
    """What one version of a report type asks; it never changes, but for a draft, whose `mark` names its content.

    `form`: its questions were written in a spreadsheet, and nothing is asked beside them.
    """

    version: UUID
    title: WordsOut
    asked: list[FieldOut]
    form: bool = False
    mark: str = "0"


class TrialIn(Shape):
    """What somebody answered to try a draft."""

    values: dict[str, Any] = Field(default={}, max_length=100)


class RollUpOut(Answer):
    received: int
    total: int
    zero: int
    events: int
    missing: list[str]


class DutyDayOut(Answer):
    duty: str
    title: WordsOut
    rules: list[str]
    day: date
    cadence: str
    roll_up: RollUpOut


class DutyDateIn(Shape):
    on: Day
    area: str | None = Field(default=None, pattern=r"^\d{2,14}$")


class BearerIn(Shape):
    """A unit by its name, or a resident by id, of these kinds."""

    kinds: list[str] = Field(min_length=1, max_length=10)
    name: str | None = Field(default=None, min_length=1, max_length=80)
    area: str | None = Field(default=None, pattern=r"^\d{6,14}$")
    resident_id: UUID | None = None


class BearerOut(Answer):
    id: UUID


class RegisterIn(Shape):
    name: str = Field(min_length=1, max_length=80)
    phone: str | None = Field(default=None, max_length=30)
    id_number: str | None = Field(default=None, max_length=30)
    symptoms: list[str] = Field(default=[], max_length=20)
    medicine: str | None = Field(default=None, max_length=200)
    cause: str | None = Field(default=None, max_length=500)
    words: str | None = Field(default=None, max_length=1000)
    tested: bool = False
    day: Day | None = None
    unit_id: UUID | None = None


class RegisterOut(Answer):
    id: UUID
    day: date
    stream: str | None
    told: bool
    resolved_at: datetime | None


class EntryChangeIn(Shape):
    """Why somebody is absent, or how it ended."""

    cause: str | None = Field(default=None, min_length=1, max_length=500)
    outcome: str | None = Field(default=None, min_length=1, max_length=500)


class SignalIn(Shape):
    stream: str = Field(max_length=40)
    area: str = Field(pattern=r"^\d{6,14}$")
    count: int = Field(default=1, ge=1, le=10_000)
    day: Day | None = None
    note: str | None = Field(default=None, max_length=1000)


class StreamOut(Answer):
    stream: str
    title: WordsOut
    threshold: int
    count: int
    reached: bool
    series: list[int]
    rules: list[str]


class EarlyWarningOut(Answer):
    area: str
    day: date
    within_days: int
    streams_needed: int
    warned: bool
    alert_id: UUID | None
    streams: list[StreamOut]
