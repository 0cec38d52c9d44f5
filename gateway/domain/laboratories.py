"""Laboratories' clocks as packs write them: until when a result must be there, and who hears when it is back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from gateway.domain.calendars import DAY, elapse


class ClockStart(StrEnum):
    """What a laboratory's clock counts from."""

    SAMPLED_AT = "sampled_at"
    RECEIVED_AT = "received_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryClock:
    """One way to say by when a result is due: so many hours after the start, or before the night (`same_day`).

    `key_persons`: the clock runs for the samples of people on the real-time list only.
    """

    source: tuple[str, ...]
    hours: int | None = None
    same_day: bool = False
    clock_start: ClockStart
    clock_start_source: tuple[str, ...] = ()
    ladder: str
    key_persons: bool = False

    def due_at(self, started_at: datetime) -> datetime:
        """24:00 of the day on which a same-day clock started is written 00:00 of the next."""
        if self.same_day:
            return datetime.combine(started_at.date() + DAY, time.min, started_at.tzinfo)
        return elapse(started_at, timedelta(hours=self.hours or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRule:
    """A result goes back to whoever sent the sample in, who says that it came (`patience` until it rings on)."""

    source: tuple[str, ...]
    acknowledge_within_minutes: int
    acknowledge_within_minutes_source: tuple[str, ...] = ()
    ladder: str


def faults(clocks: Mapping[str, LaboratoryClock], ladders: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with a pack's laboratory clocks, by their names."""
    for name, clock in clocks.items():
        if (clock.hours is None) is not clock.same_day:
            yield name, "a laboratory's clock has its hours, or ends with the day"
        if clock.ladder not in ladders:
            yield name, f"there is no ladder {clock.ladder}"
