"""Ladders as a pack writes them: pushes and rungs without dates. `ladders` and `escalations` give them theirs."""

from dataclasses import dataclass
from datetime import time

from gateway.domain.kinds import ChannelName, Level, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A reminder to the resident at a time of day, `day` days after the due date."""

    at: time
    day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a ladder, placed by exactly one of its ways of counting.

    `share`: at that part of the span from opening to due. `day` and `at`: a time of day, `day` days after the due date,
    but not before `after_minutes` have passed, if given. `after_minutes` alone: since the due moment, or since the
    alert was raised. `if_missed_again`: only where another day of the same duty follows.
    """

    level: Level
    roles: tuple[Role, ...]
    after_minutes: int | None = None
    share: float | None = None
    day: int | None = None
    at: time | None = None
    if_missed_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Reminders to the resident and steps to officials; a default of ours in every pack (policy.md 0.4, E-…)."""

    source: tuple[str, ...]
    title: str
    pushes: tuple[Push, ...] = ()
    window_every_day: time | None = None
    window_last_day: time | None = None
    steps: tuple[Rung, ...] = ()
    repeat_every_minutes: int | None = None
    repeat_daily_at: time | None = None
    resolve_within_hours: int
    ignores_quiet_hours: bool = False
    #: Officials hear it when the quiet hours are over; no notice says so of any ladder.
    waits_at_night: bool = False
    #: The channels an official is reached by, in this order, one after the other; empty: all of them at once.
    channels: tuple[ChannelName, ...] = ()
