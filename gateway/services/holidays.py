"""Days of rest: what the State Council announced comes with the software, and each place sets its own on top.

A year is announced the November before. Until the software knows it, or somebody has entered it by hand, it is unknown:
pages say so, and administrators are told from December on.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import Holiday

from gateway.clock import Clock
from gateway.domain.kinds import Role
from gateway.domain.scopes import Official, Scope, ancestors
from gateway.domain.workdays import DayKind, DayMark, Workdays
from gateway.errors import Forbidden
from gateway.record.record import Work
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("holidays")
SETTING = (Role.COUNTY, Role.CITY, Role.PROVINCE)
_CHINESE = {one.value: one.chinese for one in Holiday}


class NotYoursToSet(Forbidden):
    """Days are set by administrators, and by the county or above, for their own area."""


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a year that are not what their weekday says. `is_known`: announced, or declared complete by hand."""

    area: str
    year: int
    marks: tuple[DayMark, ...]
    is_known: bool
    by_hand: bool


@dataclass(frozen=True, slots=True)
class HolidayService:
    transactions: Transactions
    clock: Clock
    zone: ZoneInfo

    async def year(self, area: str, year: int, *, official: Official) -> Year:
        if official.scope.area is None or not area.startswith(official.area):
            raise NotYoursToSet
        async with self.transactions.begin(_WORK) as work:
            days = await self.around(work, area, date(year, 1, 1), date(year, 12, 31))
            by_hand = await _by_hand(work, area)
        inside = sorted((mark for mark in days.marks.values() if mark.day.year == year), key=lambda mark: mark.day)
        return Year(area, year, tuple(inside), year in days.years, year in by_hand)

    async def around(self, work: Work, area: str, first: date, last: date) -> Workdays:
        """The days of a place, within these dates."""
        known = _announced()
        marks = {day: mark for day, mark in known.items() if first <= day <= last}
        own = await work.rotas.marks(ancestors(area), first, last)
        by_hand = await _by_hand(work, area)
        return Workdays(marks | {mark.day: mark for mark in own}, announced_years() | by_hand)

    async def mark(self, area: str, mark: DayMark, *, official: Official) -> None:
        """Raises NotYoursToSet."""
        self._may(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            await work.rotas.mark(work.new_id(), area, mark, by=official.name, now=now)
            await work.audit.add(
                "holiday.set",
                "area",
                area or "0",
                at=now,
                day=mark.day.isoformat(),
                kind=mark.kind,
                by=str(official.id),
            )

    async def unmark(self, area: str, day: date, *, official: Official) -> None:
        """What was announced holds again. Raises NotYoursToSet."""
        self._may(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            await work.rotas.unmark(area, day)
            await work.audit.add("holiday.unset", "area", area or "0", at=now, day=day.isoformat(), by=str(official.id))

    async def complete(self, area: str, year: int, *, official: Official) -> None:
        """Somebody says that every day of a year the software does not know has been entered. Raises NotYoursToSet."""
        self._may(official, area)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            years = sorted(await _by_hand(work, area, around=False) | {year})
            await work.heartbeats.keep(f"holidays:{area}", {"years": years})
            await work.audit.add("holiday.complete", "area", area or "0", at=now, year=year, by=str(official.id))

    async def unknown_year(self, work: Work, area: str, now: datetime) -> int | None:
        """The year nobody knows the holidays of: this one, or from December on the coming one."""
        local = now.astimezone(self.zone)
        known = announced_years() | await _by_hand(work, area)
        years = (local.year, local.year + 1) if local.month == 12 else (local.year,)
        return next((year for year in years if year not in known), None)

    @staticmethod
    def _may(official: Official, area: str) -> None:
        if not area.startswith(official.area) or official.scope.area is None or not official.may(*SETTING):
            raise NotYoursToSet


async def _by_hand(work: Work, area: str, *, around: bool = True) -> frozenset[int]:
    """Years declared complete for a place, or for what lies around it."""
    years: set[int] = set()
    for place in ancestors(area) if around else (area,):
        kept = await work.heartbeats.kept(f"holidays:{place}")
        years |= set(kept["years"]) if kept else set()
    return frozenset(years)


@cache
def announced_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.holidays)


@cache
def _announced() -> dict[date, DayMark]:
    """Days off on a weekday or a named holiday, and days worked at a weekend."""
    rest = {
        day: DayMark(day, DayKind.REST, _CHINESE.get(name, name)) for day, name in chinese_calendar.holidays.items()
    }
    work = {
        day: DayMark(day, DayKind.WORKDAY, _CHINESE.get(name, name)) for day, name in chinese_calendar.workdays.items()
    }
    return rest | work
