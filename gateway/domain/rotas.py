"""Rotas: who has the duty when. Shifts are made from a pattern and people in turn; gaps are found ahead."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.kinds import OfficialId
from gateway.domain.workdays import DayKind, Workdays

DAY = timedelta(days=1)
#: A rota is made for so many days at most: whoever plans a year plans it in parts.
LONGEST = 186
MOST_SHIFTS = 6


class On(StrEnum):
    """Which days a line of a pattern is for."""

    EVERY = "every"
    WORKDAYS = "workdays"
    REST = "rest"


class Turn(StrEnum):
    """When it is the next one's turn."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Line:
    """One shift of a day; ending at or before its start, it ends the day after."""

    starts: time
    ends: time
    on: On = On.EVERY

    def fits(self, kind: DayKind) -> bool:
        return self.on is On.EVERY or (self.on is On.REST) == (kind is DayKind.REST)

    def span(self, day: date, zone: ZoneInfo) -> "Span":
        last = day if self.ends > self.starts else day + DAY
        return Span(datetime.combine(day, self.starts, zone), datetime.combine(last, self.ends, zone))


@dataclass(frozen=True, slots=True)
class Pattern:
    lines: tuple[Line, ...]
    turn: Turn = Turn.SHIFT


@dataclass(frozen=True, slots=True)
class Span:
    starts_at: datetime
    ends_at: datetime

    def overlap(self, other: "Span") -> "Span | None":
        starts, ends = max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at)
        return Span(starts, ends) if starts < ends else None


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift to be; `guessed`: nobody has announced the holidays of its year."""

    official_id: OfficialId
    span: Span
    guessed: bool = False


def wanted(
    pattern: Pattern, first: date, last: date, workdays: Workdays, zone: ZoneInfo
) -> Iterator[tuple[date, Span]]:
    """Every shift the pattern asks for, day by day."""
    day = first
    while day <= last:
        kind = workdays.kind(day)
        for line in pattern.lines:
            if line.fits(kind):
                yield day, line.span(day, zone)
        day += DAY


def planned(
    pattern: Pattern, people: Sequence[OfficialId], first: date, last: date, workdays: Workdays, zone: ZoneInfo
) -> tuple[Planned, ...]:
    """These people in turn. A week counts from the first day; a day without a shift is nobody's turn."""
    if not people:
        return ()
    found, days = [], list[date]()
    for number, (day, span) in enumerate(wanted(pattern, first, last, workdays, zone)):
        if day not in days:
            days.append(day)
        turn = {Turn.SHIFT: number, Turn.DAY: len(days) - 1, Turn.WEEK: (day - first).days // 7}[pattern.turn]
        guessed = any(line.on is not On.EVERY for line in pattern.lines) and not workdays.knows(day)
        found.append(Planned(people[turn % len(people)], span, guessed))
    return tuple(found)


def uncovered(asked: Iterable[Span], covered: Iterable[Span]) -> tuple[Span, ...]:
    """What of the spans asked for nobody covers, joined where one gap follows another."""
    left = sorted(asked, key=lambda span: span.starts_at)
    for cover in covered:
        left = [rest for span in left for rest in _without(span, cover)]
    joined: list[Span] = []
    for span in left:
        if joined and span.starts_at <= joined[-1].ends_at:
            joined[-1] = replace(joined[-1], ends_at=max(joined[-1].ends_at, span.ends_at))
        else:
            joined.append(span)
    return tuple(joined)


def _without(span: Span, cover: Span) -> Iterator[Span]:
    if span.overlap(cover) is None:
        yield span
        return
    if span.starts_at < cover.starts_at:
        yield replace(span, ends_at=cover.starts_at)
    if cover.ends_at < span.ends_at:
        yield replace(span, starts_at=cover.ends_at)


@dataclass(frozen=True, slots=True)
class Substitution:
    """From and to, one stands in for another: whatever the other has duty for, this one has."""

    absent: OfficialId
    stands_in: OfficialId
    span: Span


def standing_in(official: OfficialId, substitutions: Iterable[Substitution], at: datetime) -> OfficialId:
    """Who answers for this official at that moment: the substitute, or the substitute's own; never in a circle."""
    acting = {one.absent: one.stands_in for one in substitutions if one.span.starts_at <= at < one.span.ends_at}
    seen = {official}
    while (following := acting.get(official)) is not None and following not in seen:
        official = following
        seen.add(official)
    return official


def from_mapping(content: Mapping[str, object]) -> Pattern:
    """A pattern as `as_mapping` wrote it."""
    lines = content["lines"]
    assert isinstance(lines, list)
    return Pattern(
        tuple(Line(time.fromisoformat(one["starts"]), time.fromisoformat(one["ends"]), On(one["on"])) for one in lines),
        Turn(str(content["turn"])),
    )


def as_mapping(pattern: Pattern) -> dict[str, object]:
    lines = [
        {"starts": f"{one.starts:%H:%M}", "ends": f"{one.ends:%H:%M}", "on": one.on.value} for one in pattern.lines
    ]
    return {"turn": pattern.turn.value, "lines": lines}
