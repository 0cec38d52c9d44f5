"""What every unit of a kind must keep ready, as a number against a threshold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.domain.calendars import DAY
from gateway.domain.rules import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRule:
    """`least` in every such unit; `most` is informational (AMB-29). Asked for once a month; a shortage comes again.

    With `share_percent` at least that share, rounded up, of what the unit told last of `share_of`. Zero asks for a
    number that others are measured by, and never rings.
    """

    title: Words
    source: tuple[str, ...]
    units: tuple[str, ...]
    least: int
    most: int | None = None
    share_percent: int | None = None
    share_of: str | None = None
    asked_on_day: int
    asked_at: time
    again_after_days: int
    asked_source: tuple[str, ...]
    ladder: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What a unit last told, and when it was asked last; None: never. `base`: what it told of what a share is of."""

    told_on: date | None
    count: int | None
    base: int | None = None


@dataclass(frozen=True, slots=True)
class Shortage:
    count: int
    least: int

    @property
    def missing(self) -> int:
        return self.least - self.count


def needed(rule: CapacityRule, base: int | None = None) -> int:
    """How many there have to be; of a share nobody knows the whole of, what is asked in any case."""
    if rule.share_percent is None or base is None:
        return rule.least
    return max(rule.least, -(-base * rule.share_percent // 100))


def shortage(rule: CapacityRule, count: int, base: int | None = None) -> Shortage | None:
    """Fewer than the notice asks for. More than its upper figure is no fault."""
    least = needed(rule, base)
    return Shortage(count, least) if count < least else None


def shares_of(capacities: Mapping[str, CapacityRule], name: str) -> Mapping[str, CapacityRule]:
    """Those that are a share of this one: measured anew when it is told."""
    return {other: rule for other, rule in capacities.items() if rule.share_of == name}


def is_asked(rule: CapacityRule, counted: Counted, day: date) -> bool:
    """Whether a unit is asked on that day: all on the day of the month; again whoever is short, or has not answered."""
    if day.day == rule.asked_on_day:
        return True
    if counted.told_on is not None and counted.count is not None and shortage(rule, counted.count, counted.base):
        waited = (day - counted.told_on).days
        return waited > 0 and waited % rule.again_after_days == 0
    asked = day.replace(day=rule.asked_on_day) if day.day > rule.asked_on_day else None
    if asked is None or (counted.told_on is not None and counted.told_on >= asked):
        return False
    return (day - asked).days % rule.again_after_days == 0


def asks_next(rule: CapacityRule, now: datetime) -> datetime:
    """The next instant at which somebody may have to be asked."""
    at = datetime.combine(now.date(), rule.asked_at, now.tzinfo)
    return at if at > now else at + DAY


def asked_between(rule: CapacityRule, after: datetime, until: datetime) -> tuple[date, ...]:
    """The days on which units were to be asked after one instant and until another; both in the pack's zone."""
    days = ((after + number * DAY).date() for number in range((until - after) // timedelta(days=1) + 2))
    return tuple(day for day in days if after < datetime.combine(day, rule.asked_at, until.tzinfo) <= until)


def faults_of(
    capacities: Mapping[str, CapacityRule], duties: Iterable[str], ladders: Iterable[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    names, codes = set(duties), set(ladders)
    for name, rule in capacities.items():
        at = ("capacities", name)
        if name in names:
            yield at, "is the name of a duty"
        if rule.most is not None and rule.most < rule.least:
            yield (*at, "most"), "is less than the least"
        whole = capacities.get(rule.share_of or "")
        if (rule.share_percent is None) is not (rule.share_of is None):
            yield (*at, "share_percent"), "a share is so many percent, of another capacity"
        elif rule.share_percent is not None and not 0 < rule.share_percent <= 100:
            yield (*at, "share_percent"), "is no share"
        elif rule.share_of is not None and (whole is None or set(whole.units) != set(rule.units) or whole is rule):
            yield (*at, "share_of"), f"{rule.share_of} is not asked of the same units"
        if rule.ladder not in codes:
            yield (*at, "ladder"), f"there is no ladder {rule.ladder}"
