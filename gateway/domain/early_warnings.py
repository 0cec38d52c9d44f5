"""Early warning from several triggers: signals of the monitoring streams, counted per area and day, looked at together.

No notice gives a threshold: those here are ours until the pack's owner sets them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.domain.calendars import DAY
from gateway.domain.rules import Words


class Signal(StrEnum):
    """What the record knows by itself that counts into a stream; `entry` is whatever was written down for it."""

    ENTRY = "entry"
    SYMPTOM_REPORT = "symptom_report"
    POSITIVE_RESULT = "positive_result"
    UNIT_EVENT = "unit_event"
    LEAD = "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRule:
    title: Words
    source: tuple[str, ...]
    counts: tuple[Signal, ...]
    threshold: int
    threshold_source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarningRule:
    """A warning is raised where at least `streams_needed` streams reached their threshold within `within_days`."""

    source: tuple[str, ...]
    streams: Mapping[str, StreamRule]
    streams_needed: int
    within_days: int
    area_digits: int
    series_days: int
    thresholds_source: tuple[str, ...]
    ladder: str
    ladder_source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatRule:
    """The same person, registered with symptoms on several days by such places, and nobody took a sample."""

    title: Words
    source: tuple[str, ...]
    units: tuple[str, ...]
    days: int
    within_days: int
    days_source: tuple[str, ...]
    ladder: str


@dataclass(frozen=True, slots=True)
class Signalled:
    """So many signals of one stream in one area on one day."""

    stream: str
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """`reached` are the streams over their threshold; `counts` those of every stream in the window."""

    counts: Mapping[str, int]
    reached: tuple[str, ...]
    rules: tuple[str, ...]


def series(rule: EarlyWarningRule, signals: Iterable[Signalled], day: date) -> dict[str, tuple[int, ...]]:
    """Every stream of the pack, day by day, the last one last: what a plot shows."""
    counted: dict[tuple[str, date], int] = {}
    for signal in signals:
        counted[signal.stream, signal.day] = counted.get((signal.stream, signal.day), 0) + signal.count
    days = [day - number * DAY for number in reversed(range(rule.series_days))]
    return {stream: tuple(counted.get((stream, one), 0) for one in days) for stream in rule.streams}


def warning(rule: EarlyWarningRule, signals: Iterable[Signalled], day: date) -> EarlyWarning | None:
    """What several streams say together; one alone, however loud, is not a warning of this kind."""
    first = day - (rule.within_days - 1) * DAY
    counts = dict.fromkeys(rule.streams, 0)
    for signal in signals:
        if signal.stream in counts and first <= signal.day <= day:
            counts[signal.stream] += signal.count
    reached = tuple(name for name, stream in rule.streams.items() if counts[name] >= stream.threshold)
    if len(reached) < rule.streams_needed:
        return None
    rules = dict.fromkeys((*rule.source, *(cited for name in reached for cited in rule.streams[name].source)))
    return EarlyWarning(counts, reached, tuple(rules))


@dataclass(frozen=True, slots=True)
class Registered:
    """One registration of a person with symptoms: by which kind of unit, when, and whether a sample was taken."""

    kind: str
    day: date
    tested: bool = False


def comes_again(rule: RepeatRule, registrations: Iterable[Registered], day: date) -> tuple[date, ...]:
    """The days of one person's registrations, if they are enough for an alert; () otherwise, or once sampled."""
    first = day - (rule.within_days - 1) * DAY
    known = [one for one in registrations if one.kind in rule.units and first <= one.day <= day]
    days = sorted({one.day for one in known})
    if len(days) < rule.days or any(one.tested for one in known):
        return ()
    return tuple(days)


def faults_of(
    rule: EarlyWarningRule | None, repeat: RepeatRule | None, ladders: Iterable[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    codes = set(ladders)
    if rule is not None and rule.ladder not in codes:
        yield ("early_warning", "ladder"), f"there is no ladder {rule.ladder}"
    if rule is not None and not 0 < rule.streams_needed <= len(rule.streams):
        yield ("early_warning", "streams_needed"), "is more than there are streams"
    if repeat is not None and repeat.ladder not in codes:
        yield ("repeat_registrations", "ladder"), f"there is no ladder {repeat.ladder}"
