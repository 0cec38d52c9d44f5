"""What an official must act on. State changes are pure; a ladder frozen when the alert was raised says who is next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, ChannelName, OfficialId, ResidentId, Severity
from gateway.errors import Conflict

#: After the resolve clock ran out the acknowledger is asked; that long later the next step is told (design 3).
STALE_PATIENCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """What stands behind alerts of one kind where nothing closer does. `ladder`: the one they climb; None where the
    rule that has them raised names its own."""

    source: tuple[str, ...]
    ladder: str | None = None
    ladder_source: tuple[str, ...] = ()


class AlertAlreadyResolved(Conflict):
    """This alert is already resolved."""


class AlertAlreadyTaken(Conflict):
    """Somebody else has already acknowledged this alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    id: AlertId
    kind: AlertKind
    severity: Severity
    area: str
    subject_kind: str
    subject_id: UUID | None
    resident_id: ResidentId | None
    dedup_key: str
    template: str
    facts: dict[str, Any]
    rules: tuple[str, ...]
    policy_code: str
    ladder: tuple[LadderStep, ...]
    resolve_within: timedelta
    raised_at: datetime
    repeat_every: timedelta | None = None
    ignores_quiet_hours: bool = False
    waits_at_night: bool = False
    channels: tuple[ChannelName, ...] = ()
    status: AlertStatus = AlertStatus.RAISED
    told: int = 0
    round: int = 0
    next_step_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: OfficialId | None = None
    assigned_to: OfficialId | None = None
    resolve_due_at: datetime | None = None
    asked_again_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: OfficialId | None = None
    outcome: str | None = None
    evidence: str | None = None

    def after_telling(self, now: datetime) -> "Alert":
        """The alert once its present step was told (or found empty): the next wake-up is set.

        The last step rings again every `repeat_every`, in a new round, until somebody acts.
        """
        told = self.told + 1
        if told < len(self.ladder):
            return replace(self, told=told, next_step_at=self.ladder[told].at)
        if self.repeat_every is None:
            return replace(self, told=told, next_step_at=None)
        return replace(self, told=len(self.ladder) - 1, round=self.round + 1, next_step_at=now + self.repeat_every)

    def acknowledge(self, official: OfficialId, now: datetime) -> "Alert":
        """Taking it stops the ladder and starts the resolve clock. Taking one's own again changes nothing."""
        if self.status is AlertStatus.RESOLVED:
            raise AlertAlreadyResolved
        if self.status is AlertStatus.ACKNOWLEDGED:
            if self.acknowledged_by == official:
                return self
            raise AlertAlreadyTaken
        due = now + self.resolve_within
        return replace(
            self,
            status=AlertStatus.ACKNOWLEDGED,
            acknowledged_at=now,
            acknowledged_by=official,
            assigned_to=self.assigned_to or official,
            resolve_due_at=due,
            next_step_at=due,
            asked_again_at=None,
        )

    def assign(self, official: OfficialId, now: datetime) -> "Alert":
        """Give it to a named official; assigning an open alert acknowledges it for them."""
        if self.status is AlertStatus.RESOLVED:
            raise AlertAlreadyResolved
        if self.status is AlertStatus.RAISED:
            return replace(self.acknowledge(official, now), assigned_to=official)
        return replace(self, assigned_to=official, acknowledged_by=official)

    def ask_again(self, now: datetime) -> "Alert":
        """The resolve clock ran out: the acknowledger is asked, the next step follows after STALE_PATIENCE."""
        return replace(self, asked_again_at=now, next_step_at=now + STALE_PATIENCE)

    def reopen(self, now: datetime) -> "Alert":
        """A stale acknowledgement climbs on: the next step is due now (the last one rings when none is left)."""
        told = min(self.told, len(self.ladder) - 1)
        again = self.round + 1 if self.told >= len(self.ladder) else self.round
        return replace(self, status=AlertStatus.RAISED, told=told, round=again, next_step_at=now, asked_again_at=None)

    def escalate(self, now: datetime) -> "Alert":
        """Somebody asks for the next step at once."""
        if self.status is AlertStatus.RESOLVED:
            raise AlertAlreadyResolved
        told = min(self.told, len(self.ladder) - 1)
        again = self.round + 1 if self.told >= len(self.ladder) else self.round
        return replace(self, status=AlertStatus.RAISED, told=told, round=again, next_step_at=now)

    def resolve(self, official: OfficialId | None, outcome: str, now: datetime) -> "Alert":
        """Closed with an outcome; by nobody when the matter settled itself (a late test was taken)."""
        if self.status is AlertStatus.RESOLVED:
            raise AlertAlreadyResolved
        return replace(
            self,
            status=AlertStatus.RESOLVED,
            resolved_at=now,
            resolved_by=official,
            outcome=outcome,
            next_step_at=None,
        )

    @property
    def upcoming(self) -> LadderStep | None:
        """The step that will be told next if nobody acts."""
        if self.status is AlertStatus.RESOLVED or self.told >= len(self.ladder):
            return None
        return self.ladder[self.told]


def minutes_until(moment: datetime, now: datetime) -> int:
    """As a clock on the wall counts: half a minute is one; what is past is none."""
    return max(0, -(-int((moment - now).total_seconds()) // 60))


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One line of an alert's timeline."""

    at: datetime
    kind: str
    official_id: OfficialId | None = None
    facts: dict[str, Any] | None = None
    text: str | None = None
