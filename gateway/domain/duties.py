"""What units and classes of people owe, as packs say it: who, how often, by when, with which numbers, and who hears.

A bearer is a unit of one of a duty's kinds, or a person of one of its classes. When its clock strikes is in
`duty_rounds`; this is the shape, and whether a bearer owes anything on a day.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from math import ceil
from typing import Any
from uuid import UUID

from gateway.domain.calendars import DAY
from gateway.domain.conditions import condition
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
    CHOICES = "choices"
    MOMENT = "moment"
    PHOTO = "photo"
    NOTE = "note"
    ENTRIES = "entries"


#: What a spreadsheet form can ask and the console's own editor cannot: told in the chat only.
BY_CHAT = (FieldKind.CHOICES, FieldKind.MOMENT, FieldKind.PHOTO, FieldKind.NOTE, FieldKind.ENTRIES)
#: How many entries of one kind a report holds.
MOST_ENTRIES = 20
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

    The rest comes from spreadsheet forms: `relevant` and `constraint` are conditions, `default` stands there
    beforehand, `signed` numbers may lie below nought, `section` is the heading it stands under, and `fields` are asked
    once for each of its entries.
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
    hint: Words | None = None
    section: Words | None = None
    relevant: str = ""
    constraint: str = ""
    constraint_words: Words | None = None
    default: Any = None
    signed: bool = False
    fields: tuple["DutyField", ...] = ()


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


def checked(rule: DutyRule, values: Mapping[str, Any], *, zero: bool, today: date | None = None) -> dict[str, Any]:
    """What a report may say. Raises ReportIncomplete; whole numbers from 0, yes or no, words, a choice, a day.

    What these answers do not call for is left out. `today` is what conditions mean by today().
    """
    if zero and not rule.zero:
        raise ReportIncomplete("there is no zero report of this")
    if FIRST in values and rule.first_asked is not None:
        values = {rule.first_asked.key: values[FIRST], **{key: one for key, one in values.items() if key != FIRST}}
    reading = _Reading(today, zero)
    kept = reading.told(rule.fields, values)
    if reading.faults:
        raise ReportIncomplete(faults=tuple(reading.faults))
    return kept


class _Reading:
    """Reads what was told, field by field and entry by entry, and gathers what does not fit."""

    def __init__(self, today: date | None, zero: bool) -> None:
        self.today = today
        self.zero = zero
        self.faults: list[Fault] = []

    def told(
        self, fields: Sequence[DutyField], values: Mapping[str, Any], around: Mapping[str, Any] = {}, at: str = ""
    ) -> dict[str, Any]:
        known = {one.key: one for one in fields}
        self.faults += [Fault(at + key, "is not asked here") for key in values if key not in known]
        kept: dict[str, Any] = {}

        def answer_to(key: str) -> Any:
            return kept.get(key, around.get(key))

        for key, asked in known.items():
            if asked.kind is FieldKind.NOTE or not is_asked(asked, answer_to):
                continue
            value = values.get(key)
            if value is None or value in ("", [], ()):
                if asked.owed and not self.zero:
                    self.faults.append(Fault(at + key, "is missing"))
                continue
            fitting = self.entries(asked, value, kept, at + key) if asked.fields else _fitting(asked, value)
            if fitting is None:
                self.faults.append(Fault(at + key, "is not what is asked for"))
            elif not fits(asked, fitting, answer_to, today=self.today):
                self.faults.append(Fault(at + key, _objection(asked)))
            else:
                kept[key] = fitting
        return kept

    def entries(self, asked: DutyField, value: Any, around: Mapping[str, Any], at: str) -> list[dict[str, Any]] | None:
        if not isinstance(value, list) or len(value) > MOST_ENTRIES:
            return None
        if not all(isinstance(entry, Mapping) for entry in value):
            return None
        return [
            self.told(asked.fields, entry, around, f"{at}.{number}.") for number, entry in enumerate(value, start=1)
        ]


def is_asked(asked: DutyField, answer_to: Callable[[str], Any]) -> bool:
    """Whether the answers so far call for it."""
    return not asked.relevant or condition(asked.relevant).holds(answer_to)


def fits(asked: DutyField, value: Any, answer_to: Callable[[str], Any], *, today: date | None) -> bool:
    return not asked.constraint or condition(asked.constraint).holds(answer_to, here=value, today=today)


def _objection(asked: DutyField) -> str:
    words = asked.constraint_words
    said = dict.fromkeys(one for one in (words.zh, words.en) if one) if words is not None else {}
    return " / ".join(said) or "is not what is asked for"


def _fitting(asked: DutyField, value: Any) -> Any:
    options = {option.key for option in asked.options}
    match asked.kind:
        case FieldKind.YES_NO:
            return value if isinstance(value, bool) else None
        case FieldKind.WORDS:
            return value[:500] if isinstance(value, str) else str(value) if isinstance(value, int) else None
        case FieldKind.PHOTO:
            return value if isinstance(value, str) and len(value) <= 200 else None
        case FieldKind.CHOICE:
            return value if isinstance(value, str) and value in options else None
        case FieldKind.CHOICES:
            chosen = value if isinstance(value, list) else None
            return [key for key in chosen if key in options] if chosen and {*map(str, chosen)} <= options else None
        case FieldKind.DATE:
            return _day_told(value)
        case FieldKind.MOMENT:
            return _moment_told(value)
        case FieldKind.NUMBER:
            return _number_told(value, signed=asked.signed)
        case FieldKind.ENTRIES:
            return list(value) if isinstance(value, list) else None
        case FieldKind.NOTE:
            return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    least = -10_000_000 if asked.signed else -1
    if isinstance(value, bool) or not isinstance(value, int) or not least < value < 10_000_000:
        return None
    return value


def _day_told(value: Any) -> str | None:
    """A day is kept as it is written: 2021-01-05."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return None


def _moment_told(value: Any) -> str | None:
    """A moment is kept with its offset: 2021-01-05T08:30+08:00."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.isoformat(timespec="minutes") if moment.tzinfo is not None else None


def _number_told(value: Any, *, signed: bool = False) -> int | float | None:
    """A number may have a fraction; one typed with a point comes as words."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -10_000_000 < value < 10_000_000:
        return None
    if value < 0 and not signed:
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
