"""What units and classes of people owe, as packs say it: who, how often, by when, with which numbers, and who hears.

A bearer is a unit of one of a duty's kinds, or a person of one of its classes. When its clock strikes is in
`duty_rounds`; this is the shape, and whether a bearer owes anything on a day.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from math import ceil
from typing import Any
from uuid import UUID

from gateway.domain.calendars import DAY
from gateway.domain.kinds import Role
from gateway.domain.rules import Words
from gateway.errors import Fault, Invalid

#: Stands for the number somebody in a hurry tells, whichever it is in this duty.
FIRST = "first"


class Cadence(StrEnum):
    """How often: each of its days; several checks on each of them; once a month; so many days after the last time;
    before every date somebody named (a term, a holiday's end); or as long as a register holds something open."""

    DAILY = "daily"
    CHECKS = "checks"
    MONTHLY = "monthly"
    ROLLING = "rolling"
    DATED = "dated"
    TRACKING = "tracking"


class FieldKind(StrEnum):
    COUNT = "count"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DATE = "date"
    WORDS = "words"


#: What can be measured against a threshold.
MEASURED = (FieldKind.COUNT, FieldKind.NUMBER)


class Prefill(StrEnum):
    """What stands in a field before anybody wrote: what was told last, or a figure the record counts by itself."""

    LAST = "last"
    RESIDENTS = "residents"
    FOLLOWED_UP = "followed_up"
    ANSWERED_TODAY = "answered_today"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOption:
    key: str
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyField:
    """One thing a report tells. `event`: more than none of it is an event of the day. `rings`: and that ladder rings,
    where a threshold is named from `rings_from` on, or under `rings_below`.

    `owed`: a report that is not zero is incomplete without it. A pack's field is called by its key; `label` names one
    that no pack knows.
    """

    key: str
    kind: FieldKind = FieldKind.COUNT
    event: bool = False
    rings: str | None = None
    owed: bool = False
    label: Words | None = None
    unit: Words | None = None
    options: tuple[FieldOption, ...] = ()
    rings_from: float | None = None
    rings_below: float | None = None
    prefill: Prefill | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyCheck:
    """One of several checks of a day: asked for at `opens`, due at `due`."""

    key: str
    opens: time
    due: time


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule:
    """`days` are the days of the week it is owed on, Monday is 1; a notice that says "daily" gives none.

    `follows` names the register whose open entries make it owed (`tracking`). `zero` allows one press for "nothing".
    `stream` is the monitoring stream its events count into. `due` is a cut-off of its own, `asked_at` are hours of its
    own to ask at, where the pack's would not do. `version` and `from_day`: it was made here, in this version (see
    `report_types`), and is owed from that day on.
    """

    title: Words
    source: tuple[str, ...]
    units: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    cadence: Cadence
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    days_source: tuple[str, ...] = ()
    checks: tuple[DutyCheck, ...] = ()
    checks_source: tuple[str, ...] = ()
    every_days: int | None = None
    every_source: tuple[str, ...] = ()
    follows: str | None = None
    zero: bool = True
    fields: tuple[DutyField, ...] = ()
    ladder: str
    informs: tuple[Role, ...] = ()
    stream: str | None = None
    due: time | None = None
    asked_at: tuple[time, ...] = ()
    roll_up_at: time | None = None
    month_day: int | None = None
    from_day: date | None = None
    version: UUID | None = None

    @property
    def adds_up(self) -> bool:
        """Units that owe it on the same days: their reports are added up, and who is missing is listed together."""
        return bool(self.units) and self.cadence in (Cadence.DAILY, Cadence.CHECKS, Cadence.MONTHLY)

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.units or self.people

    @property
    def by_people(self) -> bool:
        return bool(self.people)

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of what is due on one day; one nameless thing, unless there are checks."""
        return tuple(check.key for check in self.checks) or ("",)

    @property
    def first_asked(self) -> DutyField | None:
        """The number somebody in a hurry tells: how many are affected; else what cannot be left out."""
        asked = [one for one in self.fields if one.kind is FieldKind.COUNT]
        first = [one for one in asked if one.event] if self.zero else [one for one in asked if one.owed]
        return next(iter(first or asked), None)

    def check(self, key: str) -> DutyCheck | None:
        return next((check for check in self.checks if check.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRule:
    """When a day of units' reports is added up, and when those still missing are listed the day after."""

    source: tuple[str, ...]
    roll_up_at: time
    missing_at: time
    missing_to: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRule:
    """Which figures of a community are counted from the record whenever somebody looks, beside those it reported."""

    source: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRule:
    """Who writes which people down, and what follows: `rings` at once, or `tracked` until it is resolved.

    `symptoms` are those that make somebody suspicious here; without any, every entry counts. `stream` is the monitoring
    stream entries count into, by the kind of the unit that made them.
    """

    title: Words
    source: tuple[str, ...]
    units: tuple[str, ...]
    symptoms: tuple[str, ...] = ()
    rings: str | None = None
    rings_source: tuple[str, ...] = ()
    tracked: bool = False
    stream: Mapping[str, str] = field(default_factory=dict)


class ReportIncomplete(Invalid):
    """A number is missing, or is none."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who owes: since when, when it was done last, which dates somebody named, and whether anything is open.

    `untold` of the open entries still lack what is owed today (the cause of an absence).
    """

    since: date
    last: date | None = None
    dates: tuple[date, ...] = ()
    open: int = 0
    untold: int = 0


def due_on(rule: DutyRule, bearer: Bearer) -> date | None:
    """The next due day of what is counted from the last time; the first counts from when the watch began."""
    if rule.cadence is not Cadence.ROLLING or rule.every_days is None:
        return None
    return (bearer.last or bearer.since) + rule.every_days * DAY


def owes(rule: DutyRule, bearer: Bearer, day: date) -> bool:
    """Whether something of this bearer is due on that day."""
    if day < bearer.since or (rule.from_day is not None and day < rule.from_day):
        return False
    if rule.days and day.isoweekday() not in rule.days:
        return False
    if rule.cadence is Cadence.MONTHLY:
        return day.day == _day_of_month(rule, day)
    if rule.cadence is Cadence.ROLLING:
        return due_on(rule, bearer) == day
    if rule.cadence is Cadence.DATED:
        return day + DAY in bearer.dates
    if rule.cadence is Cadence.TRACKING:
        return bearer.open > 0
    return True


def _day_of_month(rule: DutyRule, day: date) -> int:
    """The thirty-first of a month that has none is its last day."""
    return min(rule.month_day or 1, monthrange(day.year, day.month)[1])


def last_due(rule: DutyRule, bearer: Bearer, today: date) -> date:
    """The day somebody who looks today is asked about: today, unless what is owed once a month was due before."""
    if rule.cadence is not Cadence.MONTHLY:
        return today
    days = (today - number * DAY for number in range(31))
    return next((day for day in days if owes(rule, bearer, day)), today)


def checked(rule: DutyRule, values: Mapping[str, Any], *, zero: bool) -> dict[str, Any]:
    """What a report may say. Raises ReportIncomplete; whole numbers from 0, yes or no, words, a choice, a day."""
    if zero and not rule.zero:
        raise ReportIncomplete("there is no zero report of this")
    known = {one.key: one for one in rule.fields}
    if FIRST in values and rule.first_asked is not None:
        values = {rule.first_asked.key: values[FIRST], **{key: one for key, one in values.items() if key != FIRST}}
    faults = [Fault(key, "is not asked here") for key in values if key not in known]
    kept: dict[str, Any] = {}
    for key, asked in known.items():
        value = values.get(key)
        if value is None or value == "":
            if asked.owed and not zero:
                faults.append(Fault(key, "is missing"))
            continue
        fitting = _fitting(asked, value)
        if fitting is None:
            faults.append(Fault(key, "is not what is asked for"))
            continue
        kept[key] = fitting
    if faults:
        raise ReportIncomplete(faults=tuple(faults))
    return kept


def _fitting(asked: DutyField, value: Any) -> Any:
    if asked.kind is FieldKind.YES_NO:
        return value if isinstance(value, bool) else None
    if asked.kind is FieldKind.WORDS:
        return value[:500] if isinstance(value, str) else str(value) if isinstance(value, int) else None
    if asked.kind is FieldKind.CHOICE:
        return value if value in {option.key for option in asked.options} else None
    if asked.kind is FieldKind.DATE:
        return _day_told(value)
    if asked.kind is FieldKind.NUMBER:
        return _number_told(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10_000_000:
        return None
    return value


def _day_told(value: Any) -> str | None:
    """A day is kept as it is written: 2021-01-05."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return None


def _number_told(value: Any) -> int | float | None:
    """A number may have a fraction; one typed with a point comes as words."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10_000_000:
        return None
    return int(value) if float(value).is_integer() else round(float(value), 3)


def prefilled(rule: DutyRule, last: Mapping[str, Any], figures: Mapping[str, int]) -> dict[str, Any]:
    """What stands in the fields before anybody wrote."""
    known = {
        one.key: last.get(one.key) if one.prefill is Prefill.LAST else figures.get(str(one.prefill))
        for one in rule.fields
        if one.prefill is not None
    }
    return {key: value for key, value in known.items() if value is not None}


def still_asked(rule: DutyRule, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values that the rule still asks for, and that still fit: what "the same as last time" says."""
    known = {one.key: one for one in rule.fields}
    fitting = {key: _fitting(known[key], value) for key, value in values.items() if key in known}
    return {key: value for key, value in fitting.items() if value is not None}


def events_in(rule: DutyRule, values: Mapping[str, Any]) -> int:
    """How many events a report tells of."""
    return sum(_size(values.get(one.key)) for one in rule.fields if one.event)


def ringing(rule: DutyRule, values: Mapping[str, Any]) -> Iterator[DutyField]:
    """The fields that ring: there is any of them, or as many as their threshold, or fewer than it."""
    return (one for one in rule.fields if one.rings is not None and _rings(one, values.get(one.key)))


def _rings(asked: DutyField, value: Any) -> bool:
    if asked.rings_from is None and asked.rings_below is None:
        return value is True or bool(_size(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if asked.rings_from is not None and value >= asked.rings_from:
        return True
    return asked.rings_below is not None and value < asked.rings_below


def gaps_in(rule: DutyRule, values: Mapping[str, Any]) -> tuple[str, ...]:
    """What was asked with yes or no, and is not there."""
    return tuple(one.key for one in rule.fields if one.kind is FieldKind.YES_NO and values.get(one.key) is not True)


def _size(value: Any) -> int:
    """Of what is measured, its whole part, and a fraction counts as one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return ceil(value)


def suspicious(rule: RegisterRule, symptoms: Sequence[str]) -> tuple[str, ...]:
    """Those of the symptoms that count in this register."""
    return tuple(one for one in symptoms if one in rule.symptoms)


@dataclass(frozen=True, slots=True)
class RollUp:
    """One duty of one area on one day, added up."""

    received: int
    total: int
    zero: int
    events: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """Whether somebody's report is there, and whether it says that there was nothing."""

    name: str
    reported: bool
    zero: bool = False


def rolled_up(bearers: Iterable[Received]) -> RollUp:
    """`events` counts the reports that tell of something."""
    known = list(bearers)
    received = [one for one in known if one.reported]
    zero = sum(one.zero for one in received)
    return RollUp(
        received=len(received),
        total=len(known),
        zero=zero,
        events=len(received) - zero,
        missing=tuple(one.name for one in known if not one.reported),
    )


def faults_of(
    duties: Mapping[str, DutyRule], registers: Mapping[str, RegisterRule], ladders: Iterable[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What no value alone shows: (the way to it, what is wrong)."""
    codes = set(ladders)
    for name, rule in duties.items():
        at = ("duties", name)
        if bool(rule.units) == bool(rule.people):
            yield at, "is borne by units or by people, not by both or nobody"
        if (rule.cadence is Cadence.ROLLING) is not (rule.every_days is not None):
            yield (*at, "every_days"), "is counted in days from the last time, and only such a duty"
        if (rule.cadence is Cadence.CHECKS) is not bool(rule.checks):
            yield (*at, "checks"), "has checks, and only such a duty"
        if rule.cadence is Cadence.TRACKING and rule.follows not in registers:
            yield (*at, "follows"), f"there is no register {rule.follows}"
        for code in (rule.ladder, *(one.rings for one in rule.fields)):
            if code is not None and code not in codes:
                yield (*at, "ladder"), f"there is no ladder {code}"
    for name, register in registers.items():
        if register.rings is not None and register.rings not in codes:
            yield ("registers", name, "rings"), f"there is no ladder {register.rings}"
