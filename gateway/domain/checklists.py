"""Work lists: who must do what by when, when they are reminded (E-C), and when an item is really done.

`gateway.domain.notices` reads a notice's text into these shapes. Nothing here guesses: an item whose deadline was not
understood has none, is never reminded by date, and stands in `not_understood` until an official sets it.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from gateway.domain.kinds import Level, Role
from gateway.domain.rungs import Ladder


class UnitRole(StrEnum):
    LEAD = "lead"
    CO_RESPONSIBLE = "co-responsible"


class DeadlineKind(StrEnum):
    DATE = "date"
    ONGOING = "ongoing"
    RECURRING = "recurring"


class Period(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Every:
    """Due again each period: on this day of it (1 Monday … 7 Sunday; of a month its date), 0 for its last day."""

    period: Period
    day: int = 0

    def __str__(self) -> str:
        return f"{self.period}:{self.day}" if self.day else str(self.period)

    @classmethod
    def read(cls, written: str) -> "Every":
        period, _, day = written.partition(":")
        return cls(Period(period), int(day or 0))

    @property
    def shortest_days(self) -> int:
        return {Period.WEEK: 7, Period.MONTH: 28, Period.QUARTER: 90}[self.period]

    def on_or_after(self, since: date) -> date:
        """The first such day from then on. A month too short for the day is due on its last."""
        if self.period is Period.WEEK:
            return since + timedelta(days=((self.day or 7) - 1 - since.weekday()) % 7)
        months = 3 if self.period is Period.QUARTER else 1
        year, month = since.year, -(-since.month // months) * months
        while True:
            last = monthrange(year, month)[1]
            found = date(year, month, min(self.day or last, last))
            if found >= since:
                return found
            year, month = (year, month + months) if month + months <= 12 else (year + 1, month + months - 12)


@dataclass(frozen=True, slots=True)
class UnitName:
    """What is known of a name as notices write it. `key` joins the spellings of one unit (AMB-21)."""

    name: str
    english: str = ""
    alias: str = ""
    is_group: bool = False
    group_meaning: str = ""
    line: Level | None = None

    @property
    def key(self) -> str:
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class Glossary:
    """Names the text itself does not explain: aliases, groups, English; an issuer's rule prefix and division code."""

    units: Mapping[str, UnitName] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)

    def prefix_of(self, issuer: str) -> str:
        """The prefix of rule ids for this issuer's notices; empty where none was agreed."""
        return next((prefix for part, prefix in self.prefixes.items() if part in issuer), "")

    def area_of(self, issuer: str) -> str:
        """The division this issuer answers for; empty where it was not set down."""
        return next((area for part, area in self.areas.items() if part in issuer), "")


@dataclass(frozen=True, slots=True)
class ResponsibleUnit:
    order: int
    unit: UnitName
    role: UnitRole


@dataclass(frozen=True, slots=True)
class Deadline:
    """`on` is None for ongoing work, and the first time for what recurs. `assumes` says what the text left open and how
    it was read."""

    kind: DeadlineKind
    raw: str
    on: date | None = None
    assumes: str = ""
    every: Every | None = None


@dataclass(frozen=True, slots=True)
class SuperviseAssignment:
    """One unit's own part of an item (「区民政局负责督导养老机构」), ticked by that unit alone."""

    order: int
    unit: UnitName
    places: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    path: tuple[int, ...]
    number: str
    title: str
    task: str
    full_text: str
    line: int
    units: tuple[ResponsibleUnit, ...] = ()
    responsible_raw: str = ""
    note: str = ""
    deadline: Deadline | None = None
    assignments: tuple[SuperviseAssignment, ...] = ()
    closing: str = ""
    deliverables: tuple[str, ...] = ()
    due_on_issue: bool = False

    @property
    def dotted(self) -> str:
        return ".".join(str(number) for number in self.path)

    @property
    def lead(self) -> UnitName | None:
        return next((one.unit for one in self.units if one.role is UnitRole.LEAD), None)


@dataclass(frozen=True, slots=True)
class ChecklistSection:
    no: int | None
    number: str
    title: str
    part: str
    items: tuple[ChecklistItem, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something a person must look at: the line, its words, and why. `item` is its dotted number."""

    line: int
    text: str
    why: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    title: str
    issuer: str
    issued: date | None
    addressees: str
    introduction: str
    sections: tuple[ChecklistSection, ...]
    not_understood: tuple[NotUnderstood, ...]
    lead_rule: str = ""

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        return tuple(item for section in self.sections for item in section.items)


# --- how a notice wants its list read -----------------------------------------------------------------------


class Leading(StrEnum):
    """Which of the units in a row leads."""

    FIRST = "first"


class Reading(StrEnum):
    """What an inspection looks at."""

    OVERDUE = "overdue"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadingRule:
    source: tuple[str, ...]
    leads: Leading


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """Which kinds of completion times are known, and the ladder the dated ones climb."""

    source: tuple[str, ...]
    kinds: tuple[DeadlineKind, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedRule:
    """Units named inside a task each tick their own part, and the item waits for all of them."""

    source: tuple[str, ...]
    each_ticks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """Ongoing work is asked about anew every week (0: Monday)."""

    source: tuple[str, ...]
    weekday: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionRule:
    source: tuple[str, ...]
    reads: Reading
    by: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkListRule:
    """What a notice says of its own list; a part it does not speak of is None, and does nothing."""

    source: tuple[str, ...]
    notice: str
    leading: LeadingRule | None = None
    deadlines: DeadlineRule | None = None
    nested: NestedRule | None = None
    review: ReviewRule | None = None
    inspection: InspectionRule | None = None


def as_ruled(checklist: Checklist, rule: WorkListRule) -> Checklist:
    """The list as these rules read it: who leads, and whose parts inside a task are ticks of their own."""
    sections = tuple(
        replace(section, items=tuple(_as_ruled(item, rule) for item in section.items)) for section in checklist.sections
    )
    return replace(checklist, sections=sections)


def _as_ruled(item: ChecklistItem, rule: WorkListRule) -> ChecklistItem:
    if rule.leading is None:
        item = replace(item, units=tuple(replace(one, role=UnitRole.CO_RESPONSIBLE) for one in item.units))
    if rule.nested is None or not rule.nested.each_ticks:
        item = replace(item, assignments=())
    return item


# --- reminders: the ladder E-C ------------------------------------------------------------------------------


class Slot(StrEnum):
    """Why a reminder goes out. IMMEDIATE stands for all that were already past when the list was imported."""

    IMMEDIATE = "immediate"
    LEAD_TIME = "lead_time"
    DUE_DAY = "due_day"
    OVERDUE = "overdue"
    SUPERVISION = "supervision"
    REVIEW = "review"
    #: Nobody hears it: a recurring item that is done begins anew.
    TURN = "turn"


class Hearer(StrEnum):
    LEAD = "lead"
    CO_UNITS = "co_units"
    HQ_OFFICE = "hq_office"
    SUPERVISION = "supervision"


@dataclass(frozen=True, slots=True)
class Cadence:
    """E-C: none of these figures stands in a notice, so a pack may set its own. `kinds` are the deadlines it knows."""

    lead_days: tuple[int, ...] = (7, 3, 1)
    morning: time = time(9)
    due_day: tuple[time, ...] = (time(9), time(17))
    overdue_after: int = 1
    supervision_after: int = 3
    review_weekday: int | None = 3  # Thursday (F-19); None: nothing is asked about again
    review_at: time = time(9)
    kinds: tuple[DeadlineKind, ...] = tuple(DeadlineKind)


E_C = Cadence()


@dataclass(frozen=True, slots=True)
class ChecklistReminder:
    """One nudge about one item. `label` tells two of the same slot apart and is unique within an item."""

    slot: Slot
    label: str
    at: datetime
    to: tuple[Hearer, ...]
    cc: tuple[Hearer, ...] = ()


def cadence_of(rule: WorkListRule, ladders: Mapping[str, Ladder]) -> Cadence:
    """When this list speaks: the days of its ladder, and the weekly review of its ongoing work."""
    review, deadlines = rule.review, rule.deadlines
    weekday, weekly_at = (review.weekday, review.at) if review else (None, E_C.review_at)
    if deadlines is None:
        return replace(E_C, kinds=(DeadlineKind.ONGOING,), review_weekday=weekday, review_at=weekly_at)
    ladder = ladders[deadlines.ladder]
    before = [push for push in ladder.pushes if push.day < 0]
    overdue = [rung.day for rung in ladder.steps if rung.level is not Level.SL and rung.day is not None]
    supervised = [rung.day for rung in ladder.steps if rung.level is Level.SL and rung.day is not None]
    return replace(
        E_C,
        lead_days=tuple(-push.day for push in before),
        morning=before[0].at if before else E_C.morning,
        due_day=tuple(push.at for push in ladder.pushes if push.day == 0),
        overdue_after=min(overdue, default=E_C.overdue_after),
        supervision_after=min(supervised, default=E_C.supervision_after),
        kinds=deadlines.kinds,
        review_weekday=weekday,
        review_at=weekly_at,
    )


def due_at(item: ChecklistItem, zone: tzinfo) -> datetime | None:
    """24:00 of the deadline's day, in UTC; None for ongoing work and for deadlines not understood."""
    if item.deadline is None or item.deadline.on is None:
        return None
    return _instant(item.deadline.on + timedelta(days=1), time(0), zone)


def reminders_of(
    item: ChecklistItem, imported_at: datetime, zone: tzinfo, *, cadence: Cadence = E_C, reviews: int = 1
) -> tuple[ChecklistReminder, ...]:
    """Everything said about this item if nobody ticks it, in order of time; an ongoing item's next `reviews` Thursdays;
    of a recurring one what is said of its present turn.

    Reminders already past become one push at the import. The overdue rungs count from the deadline or, when the list
    arrives after it, from the day of import: nobody is reported to the HQ office before having heard of the task.
    """
    every = item.deadline.every if item.deadline else None
    if item.deadline is None or (item.deadline.kind not in cadence.kinds and every is None):
        return ()
    if item.deadline.on is None:
        return _reviews(imported_at, zone, cadence, reviews)
    due_on = item.deadline.on
    planned = [
        ChecklistReminder(
            Slot.LEAD_TIME,
            f"T-{days}",
            _instant(due_on - timedelta(days=days), cadence.morning, zone),
            (Hearer.LEAD,),
            (Hearer.CO_UNITS,),
        )
        for days in cadence.lead_days
        if every is None or days < every.shortest_days - 1  # not before the last time is over
    ] + [
        ChecklistReminder(Slot.DUE_DAY, f"T {at:%H:%M}", _instant(due_on, at, zone), (Hearer.LEAD,))
        for at in cadence.due_day
    ]
    said = [reminder for reminder in planned if reminder.at >= imported_at]
    if len(said) < len(planned):
        said.append(
            ChecklistReminder(Slot.IMMEDIATE, "import", imported_at.astimezone(UTC), (Hearer.LEAD,), (Hearer.CO_UNITS,))
        )
    counted_from = max(due_on, imported_at.astimezone(zone).date())
    said.append(
        ChecklistReminder(
            Slot.OVERDUE,
            f"T+{cadence.overdue_after}",
            _instant(counted_from + timedelta(days=cadence.overdue_after), cadence.morning, zone),
            (Hearer.LEAD, Hearer.HQ_OFFICE),
        )
    )
    said.append(
        ChecklistReminder(
            Slot.SUPERVISION,
            f"T+{cadence.supervision_after}",
            _instant(counted_from + timedelta(days=cadence.supervision_after), cadence.morning, zone),
            (Hearer.SUPERVISION,),
        )
    )
    if every is not None:
        said.append(ChecklistReminder(Slot.TURN, "turn", _instant(due_on + timedelta(days=1), time(0), zone), ()))
    return tuple(sorted(said, key=lambda reminder: reminder.at))


def next_turn(item: ChecklistItem, today: date) -> ChecklistItem:
    """A recurring item as it is due next: the first time from `today` on."""
    deadline = item.deadline
    if deadline is None or deadline.every is None:
        return item
    return replace(item, deadline=replace(deadline, on=deadline.every.on_or_after(today)))


NUDGES = frozenset({Slot.IMMEDIATE, Slot.LEAD_TIME, Slot.DUE_DAY, Slot.REVIEW})


def worth_saying(due: Iterable[ChecklistReminder]) -> tuple[ChecklistReminder, ...]:
    """What is left to say of one item when several of its reminders are due at once (after an outage).

    Of the nudges the last one, and none beside a word that it is overdue; each overdue rung is said, in order.
    """
    waiting = sorted(due, key=lambda reminder: reminder.at)
    rungs = [reminder for reminder in waiting if reminder.slot not in NUDGES]
    nudges = [reminder for reminder in waiting if reminder.slot in NUDGES]
    return tuple(rungs or nudges[-1:])


def next_review(after: datetime, zone: tzinfo, *, cadence: Cadence = E_C) -> datetime:
    """The first weekly review on a later day than `after`."""
    today = after.astimezone(zone).date()
    days = ((cadence.review_weekday or 0) - today.weekday() - 1) % 7 + 1
    return _instant(today + timedelta(days=days), cadence.review_at, zone)


def _reviews(imported_at: datetime, zone: tzinfo, cadence: Cadence, reviews: int) -> tuple[ChecklistReminder, ...]:
    if cadence.review_weekday is None:
        return ()
    said: list[ChecklistReminder] = []
    at = imported_at
    for _ in range(reviews):
        at = next_review(at, zone, cadence=cadence)
        label = f"review {at.astimezone(zone):%Y-%m-%d}"
        said.append(ChecklistReminder(Slot.REVIEW, label, at, (Hearer.LEAD,), (Hearer.CO_UNITS,)))
    return tuple(said)


def _instant(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


# --- who must tick, and who is chased -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Directory:
    """The real units behind the names: members of a group by its key, and who co-ordinates a group that leads."""

    members: Mapping[str, tuple[UnitName, ...]] = field(default_factory=dict)
    coordinators: Mapping[str, UnitName] = field(default_factory=dict)
    hq_offices: tuple[UnitName, ...] = ()
    supervisors: tuple[UnitName, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One tick: this unit's share of an item. `key` is unique within the item and stays the same on re-import."""

    key: str
    unit: UnitName
    role: UnitRole
    order: int
    places: tuple[str, ...] = ()

    @property
    def awaits_members(self) -> bool:
        """A group nobody has listed yet: its co-ordinator ticks for it."""
        return self.unit.is_group


def parts_of(item: ChecklistItem, directory: Directory) -> tuple[Part, ...]:
    """Everybody whose tick the item waits for, in the notice's order, each unit once.

    A group stands for its members, each with its own tick. Where nested assignments name the members of a group that
    leads (1.7: 各行业主管部门 and its nine units), the assignments are the ticks.
    """
    nested: dict[str, Part] = {}
    for assignment in item.assignments:
        known = nested.get(assignment.unit.key)
        order = known.order if known else assignment.order
        places = (*known.places, *assignment.places) if known else assignment.places
        nested[assignment.unit.key] = Part(f"S{order}", assignment.unit, UnitRole.LEAD, order, places)
    parts = list(nested.values())
    seen = set(nested)
    order = len(item.assignments)
    for responsible in item.units:
        if item.assignments and responsible.unit.is_group and responsible.role is UnitRole.LEAD:
            continue
        members = directory.members.get(responsible.unit.key, ()) if responsible.unit.is_group else ()
        for unit in members or (responsible.unit,):
            if unit.key in seen:
                continue
            seen.add(unit.key)
            order += 1
            parts.append(Part(unit.key, unit, responsible.role, order))
    return tuple(parts)


def outstanding(parts: Iterable[Part], ticked: Collection[str]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.key not in ticked)


def coordinator_of(item: ChecklistItem, directory: Directory) -> UnitName | None:
    """Who keeps an item together: its lead, or the unit named for a group that leads; None until one is named."""
    lead = item.lead
    if lead is None or not lead.is_group:
        return lead
    return directory.coordinators.get(item.dotted) or directory.coordinators.get(lead.key)


@dataclass(frozen=True, slots=True)
class Hearers:
    to: tuple[UnitName, ...]
    cc: tuple[UnitName, ...] = ()


def hearers_of(
    item: ChecklistItem, reminder: ChecklistReminder, ticked: Collection[str], directory: Directory
) -> Hearers:
    """Who hears this reminder, given what is ticked by now; nobody once the item is done.

    While a single lead has not ticked, it is the one that is pushed. Otherwise only the units still missing and the
    co-ordinator are chased; whoever has finished is left in peace.
    """
    missing = outstanding(parts_of(item, directory), ticked)
    if not missing:
        return Hearers(())
    to: list[UnitName] = []
    if Hearer.LEAD in reminder.to:
        to += _chased(item, missing, directory)
    if Hearer.HQ_OFFICE in reminder.to:
        to += directory.hq_offices
    if Hearer.SUPERVISION in reminder.to:
        to += directory.supervisors
    cc = [part.unit for part in missing] if Hearer.CO_UNITS in reminder.cc else []
    told = {unit.key for unit in to}
    return Hearers(_once(to), _once(unit for unit in cc if unit.key not in told))


def _chased(item: ChecklistItem, missing: Collection[Part], directory: Directory) -> list[UnitName]:
    lead = item.lead
    if lead is not None and not lead.is_group and not item.assignments and any(p.key == lead.key for p in missing):
        return [part.unit for part in missing if part.role is UnitRole.LEAD]
    leading = [part.unit for part in missing if part.role is UnitRole.LEAD]
    chased = leading or [part.unit for part in missing]
    coordinator = coordinator_of(item, directory)
    return chased if coordinator is None else [*chased, coordinator]


def _once(units: Iterable[UnitName]) -> tuple[UnitName, ...]:
    return tuple({unit.key: unit for unit in units}.values())
