"""Workdays and days of rest: what is announced for a year, what a place sets by hand, and what nobody knows yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DayKind(StrEnum):
    WORKDAY = "workday"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class DayMark:
    """A day that is not what its weekday says, or that somebody set by hand."""

    day: date
    kind: DayKind
    name: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Workdays:
    """The days of a place. In a year nobody announced, the week alone says what a day is, and `knows` says so."""

    marks: Mapping[date, DayMark] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def kind(self, day: date) -> DayKind:
        mark = self.marks.get(day)
        if mark is not None:
            return mark.kind
        return DayKind.REST if day.weekday() >= 5 else DayKind.WORKDAY

    def knows(self, day: date) -> bool:
        """Whether the holidays of that day's year are known."""
        return day.year in self.years or day in self.marks
