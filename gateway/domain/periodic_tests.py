"""People tested again and again because of their work: which occupation how often, and until when a test is valid.

The notice says "14 days (or 1 month)" and leaves open who has which (AMB-14); only the cold chain's is stated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from gateway.domain.calendars import DAY, Moment, day_of, elapse, plus_months
from gateway.domain.rules import Unset, Words, need
from gateway.errors import NotConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceType:
    """A kind of place whose people belong to the class when they touch the goods."""

    source: tuple[str, ...]
    key: str
    title: Words


class Expiry(StrEnum):
    """Until when a test is valid (AMB-14): to 24:00 of its last day, or exactly as many hours after the sampling."""

    LAST_DAY = "last_day"
    EXACT_HOURS = "exact_hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRule:
    """How often people of one occupation are tested; days or calendar months, one of them.

    `places`: the class holds whoever works there in direct contact; `contact` takes in those who meet them unprotected.
    """

    source: tuple[str, ...]
    title: Words
    every_days: int | Unset | None = None
    every_days_source: tuple[str, ...] = ()
    every_months: int | Unset | None = None
    every_months_source: tuple[str, ...] = ()
    expires: Expiry = Expiry.LAST_DAY
    expires_source: tuple[str, ...] = ()
    places: tuple[PlaceType, ...] = ()
    contacts: tuple[PlaceType, ...] = ()

    @property
    def cited(self) -> tuple[str, ...]:
        """The rules a date of this class rests on."""
        own = self.every_months_source if self.every_months is not None else self.every_days_source
        return tuple(dict.fromkeys((*own, *self.source)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTest:
    """When the next test is due; on `due_on` the last is still valid (where hours are exact: up to that hour), from
    `barred_from` it no longer is."""

    due_on: date
    barred_from: datetime
    rules: tuple[str, ...]

    def valid(self, at: datetime) -> bool:
        return at < self.barred_from


def next_test(rule: PeriodicRule, sampled: Moment, zone: tzinfo) -> NextTest:
    """Counted from the day of sampling: that day and 14 days (or a month) later is the last valid one."""
    day = day_of(sampled, zone)
    if rule.every_months is not None:
        due_on = plus_months(day, need(rule.every_months))
    elif rule.every_days is not None:
        due_on = day + need(rule.every_days) * DAY
    else:
        raise NotConfigured("periodic.every_days", rule.source[0])
    barred_from = datetime.combine(due_on + DAY, time.min, zone)
    if rule.expires is Expiry.EXACT_HOURS and isinstance(sampled, datetime):  # a day alone tells no hour
        barred_from = _to_the_minute(sampled.astimezone(zone), due_on)
    return NextTest(due_on=due_on, barred_from=barred_from, rules=rule.cited)


def _to_the_minute(sampled: datetime, due_on: date) -> datetime:
    """The same time of day, later by whole days of 24 hours."""
    return elapse(sampled, (due_on - sampled.date()))


def faults(periodic: Mapping[str, PeriodicRule]) -> Iterator[tuple[str, str]]:
    for name, rule in periodic.items():
        if (rule.every_days is None) is (rule.every_months is None):
            yield name, "a class is tested every so many days, or every so many months"
