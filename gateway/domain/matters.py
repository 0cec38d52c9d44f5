"""Matters: what must be told at once, to whom, and worked off in named steps.

What a matter is stands in a pack: who may tell it, a few fields, who hears it together, and its steps, each with a
clock. A matter is closed only when every step has its moment; a step whose clock ran out, or that was passed over, is
itself told. The notices' words for haste (AMB-24) are a table of the pack too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.calendars import DAY
from gateway.domain.kinds import Level, Role, Severity, VenueKind
from gateway.domain.rules import Words
from gateway.errors import Conflict, Fault, Invalid

LONGEST = 2000


class Teller(StrEnum):
    """Who may tell of a matter; a GUEST stands at a venue's door and has scanned its code."""

    RESIDENT = "resident"
    GUEST = "guest"
    UNIT = "unit"
    OFFICIAL = "official"


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    ID_NUMBER = "id_number"


class MatterNotComplete(Invalid):
    """Something is missing or does not fit."""


class LoopOpen(Conflict):
    """Not every step has its moment yet; the loop stays open."""


class StepUnknown(Invalid):
    """This matter has no such step."""


class OwnerNeeded(Conflict):
    """This step needs a named person who answers for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Haste:
    """What a notice means by 立即 or 及时 (AMB-24, ours): the ladder that is climbed, and how long a step may take."""

    source: tuple[str, ...]
    words: tuple[str, ...]
    ladder: str
    within_minutes: int | None = None
    same_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who hears of it together with the others, at the same moment."""

    level: Level
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterOption:
    key: str
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterField:
    """One thing told. `required`: nothing is taken without it."""

    key: str
    title: Words
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    options: tuple[MatterOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterStep:
    """One named step. Its clock runs from the telling, or from the step it comes `after`.

    `owned`: a named person answers for it.
    """

    source: tuple[str, ...] = ()
    key: str
    title: Words
    after: str | None = None
    within_minutes: int | None = None
    within_source: tuple[str, ...] = ()
    who: tuple[Role, ...] = ()
    owned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """The same value of a field again within these hours is flagged, and these hear it."""

    source: tuple[str, ...]
    field: str
    within_hours: int
    heard: tuple[Heard, ...]

    @property
    def span(self) -> timedelta:
        return timedelta(hours=self.within_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lagging:
    """Who is named for missing steps again and again: a list for people to read, nothing follows by itself."""

    source: tuple[str, ...]
    within_days: int
    notify_from: int
    interview_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRule:
    """One kind of matter.

    `roles`: which officials may tell it; empty, all of them. `heard` empty: a register entry that rings nobody, unless
    it is flagged. `missed_heard`: who hears of a missing step, if others than who heard of the matter. `about_person`:
    it concerns one resident. `opens_with`: the profile under which it begins by itself. `announces`: its words become
    a draft for the public. `says`: what whoever tells it should know. `guests`: at which
    venues guests tell it themselves; `from_risk_areas`: only those who come from one, or of whom nobody can say.
    """

    source: tuple[str, ...]
    title: Words
    told_by: tuple[Teller, ...]
    roles: tuple[Role, ...] = ()
    severity: Severity = Severity.URGENT
    haste: str
    haste_source: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    missed_heard: tuple[Heard, ...] = ()
    fields: tuple[MatterField, ...] = ()
    steps: tuple[MatterStep, ...] = ()
    about_person: bool = False
    opens_with: str | None = None
    repetition: Repetition | None = None
    lagging: Lagging | None = None
    announces: bool = False
    says: Words | None = None
    guests: tuple[VenueKind, ...] = ()
    from_risk_areas: bool = False

    def step(self, key: str) -> MatterStep:
        for step in self.steps:
            if step.key == key:
                return step
        raise StepUnknown


def offered(
    matters: Mapping[str, MatterRule], teller: Teller, roles: Collection[Role] = ()
) -> Mapping[str, MatterRule]:
    """What this teller may tell of."""
    return {
        key: rule
        for key, rule in matters.items()
        if teller in rule.told_by
        and (
            teller is not Teller.OFFICIAL or not rule.roles or Role.ADMINISTRATOR in roles or set(roles) & {*rule.roles}
        )
    }


def checked(rule: MatterRule, values: Mapping[str, str]) -> dict[str, str]:
    """What was told, field by field, empty ones left out. Raises MatterNotComplete naming every field."""
    known = {field.key: field for field in rule.fields}
    given = {key: value.strip() for key, value in values.items() if value.strip()}
    faults = [Fault(key, "is not asked for here") for key in given if key not in known]
    faults += [Fault(key, "is needed") for key, field in known.items() if field.required and key not in given]
    faults += [
        Fault(key, f"is longer than {LONGEST} characters") for key, value in given.items() if len(value) > LONGEST
    ]
    for key, value in given.items():
        options = known[key].options if key in known else ()
        if options and value not in [option.key for option in options]:
            faults.append(Fault(key, f"is none of {', '.join(option.key for option in options)}"))
    if faults:
        raise MatterNotComplete(faults=tuple(faults))
    return given


def due_at(step: MatterStep, haste: Haste, since: datetime, zone: ZoneInfo) -> datetime | None:
    """When a step's clock runs out, counted from `since`; None where nothing bounds it."""
    minutes = step.within_minutes if step.within_minutes is not None else haste.within_minutes
    if minutes is not None:
        return since + timedelta(minutes=minutes)
    return end_of_day(since, zone) if haste.same_day else None


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """24:00 of that day (DEF-08)."""
    local = moment.astimezone(zone)
    return datetime.combine(local.date() + DAY, time(0), zone).astimezone(moment.tzinfo)


def clocks(
    rule: MatterRule, haste: Haste, told_at: datetime, taken: Mapping[str, datetime], zone: ZoneInfo
) -> dict[str, datetime]:
    """The running clocks of steps not taken yet. A step that follows another waits until that one was taken."""
    running: dict[str, datetime] = {}
    for step in rule.steps:
        if step.key in taken:
            continue
        since = told_at if step.after is None else taken.get(step.after)
        due = due_at(step, haste, since, zone) if since is not None else None
        if due is not None:
            running[step.key] = due
    return running


def missing(rule: MatterRule, taken: Collection[str]) -> tuple[str, ...]:
    """Steps without their moment, in order."""
    return tuple(step.key for step in rule.steps if step.key not in taken)


def passed_over(rule: MatterRule, key: str, taken: Collection[str]) -> tuple[str, ...]:
    """The gap a step leaves behind it: what should have come before and did not."""
    gap: list[str] = []
    before = rule.step(key).after
    while before is not None:
        if before not in taken:
            gap.append(before)
        before = rule.step(before).after
    return tuple(reversed(gap))


@dataclass(frozen=True, slots=True)
class Missed:
    """How often somebody let a matter's clock run out."""

    who: str
    times: int


@dataclass(frozen=True, slots=True)
class Laggards:
    """Names for the notice list and for the interview list (SP-3-b); an official decides what follows."""

    notify: tuple[Missed, ...]
    interview: tuple[Missed, ...]


def laggards(rule: Lagging, misses: Iterable[tuple[str, datetime]], now: datetime) -> Laggards:
    since = now - timedelta(days=rule.within_days)
    counted: dict[str, int] = {}
    for who, at in misses:
        if since <= at <= now:
            counted[who] = counted.get(who, 0) + 1
    named = [Missed(who, times) for who, times in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    return Laggards(
        notify=tuple(one for one in named if rule.notify_from <= one.times < rule.interview_from),
        interview=tuple(one for one in named if one.times >= rule.interview_from),
    )


def faults(
    matters: Mapping[str, MatterRule], hastes: Mapping[str, Haste], ladders: Collection[str], profiles: Collection[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a name leads nowhere: (place in the section, why)."""
    for name, haste in hastes.items():
        if haste.ladder not in ladders:
            yield ("haste", name, "ladder"), f"there is no ladder {haste.ladder}"
        if haste.same_day == (haste.within_minutes is not None):
            yield ("haste", name), "either minutes, or the same day"
    for name, rule in matters.items():
        if rule.haste not in hastes:
            yield ("matters", name, "haste"), f"there is no haste {rule.haste}"
        if rule.opens_with is not None and rule.opens_with not in profiles:
            yield ("matters", name, "opens_with"), f"there is no profile {rule.opens_with}"
        earlier: set[str] = set()
        for number, step in enumerate(rule.steps):
            if step.after is not None and step.after not in earlier:
                yield ("matters", name, "steps", number, "after"), f"there is no step {step.after} before this one"
            if step.key in earlier:
                yield ("matters", name, "steps", number, "key"), "given twice"
            earlier.add(step.key)
        if rule.repetition is not None and rule.repetition.field not in {field.key for field in rule.fields}:
            yield ("matters", name, "repetition", "field"), f"there is no field {rule.repetition.field}"
