"""Clocks beside the plans: a laboratory's hours, the tracing of somebody found, a report that must come."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import ClockId, ClockKind, ResidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`key` tells clocks of one kind on one subject apart. `watch_at` is when it is next looked at; None: nobody rings,
    the clock only measures."""

    id: ClockId
    kind: ClockKind
    key: str
    subject_id: UUID
    resident_id: ResidentId | None
    area: str
    pack_id: str
    rules: tuple[str, ...]
    ladder_code: str
    ladder: tuple[LadderStep, ...]
    started_at: datetime
    due_at: datetime
    watch_at: datetime | None
    watched_at: datetime | None = None
    done_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        return self.done_at is None

    def late(self, now: datetime) -> bool:
        return (self.done_at or now) > self.due_at

    def done(self, at: datetime, facts: dict[str, Any] | None = None) -> "Clock":
        return replace(self, done_at=at, watch_at=None, facts={**self.facts, **(facts or {})})

    def warnings(self) -> tuple[LadderStep, ...]:
        return tuple(step for step in self.ladder if step.at < self.due_at)

    def breaches(self) -> tuple[LadderStep, ...]:
        return tuple(step for step in self.ladder if step.at >= self.due_at)


def first_look(ladder: tuple[LadderStep, ...], due_at: datetime) -> datetime:
    """When a clock is first looked at: at its first warning, else when it ends."""
    return min((step.at for step in ladder), default=due_at)
