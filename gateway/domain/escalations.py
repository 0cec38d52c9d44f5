"""Ladders: who is told next, and when. Policies come from a pack; a frozen ladder belongs to one alert."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.kinds import Level, Role


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """`after` counts from the moment the alert was raised (E-X), never from the step before."""

    level: Level
    roles: tuple[Role, ...]
    after: timedelta


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """One ladder of a pack (`E-X` …). `repeat_every` rings the last step again until somebody acts."""

    code: str
    steps: tuple[EscalationStep, ...]
    repeat_every: timedelta
    resolve_within: timedelta
    ignores_quiet_hours: bool

    def freeze(self, raised_at: datetime) -> "tuple[LadderStep, ...]":
        return tuple(LadderStep(step.level, step.roles, raised_at + step.after) for step in self.steps)


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One rung of one alert or plan item: at that instant these roles, at this level, are told."""

    level: Level
    roles: tuple[Role, ...]
    at: datetime


def instead(
    steps: tuple[LadderStep, ...], usual: tuple[LadderStep, ...], own: tuple[LadderStep, ...], now: datetime
) -> tuple[LadderStep, ...]:
    """The steps of another ladder for an alert raised now, which would have climbed `steps`.

    Whom a rule names to hear at once, beside what its ladder `usual`ly says, still hears at once.
    """

    def at_once(ladder: tuple[LadderStep, ...]) -> tuple[LadderStep, ...]:
        return tuple(step for step in ladder if step.at <= now)

    named = at_once(steps)
    if named == at_once(usual):
        return own
    return (*named, *(step for step in own if step.at > now))
