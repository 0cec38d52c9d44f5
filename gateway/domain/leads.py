"""Leads: people who must be found because a list names them, until when, by whom, and what came of it.

A pack says which pushes it knows and how long each may stay open. A push no rule speaks of is not taken: nobody would
know when it is late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import (
    Hukou,
    LeadId,
    LeadOutcome,
    LeadPush,
    LeadState,
    LeadStep,
    Level,
    OfficialId,
    ResidentId,
    Role,
)
from gateway.domain.rules import Unset
from gateway.domain.rungs import Rung
from gateway.errors import Conflict, Invalid


class LeadClosed(Conflict):
    """This lead is closed already."""


class StepUnknown(Invalid):
    """The rule of this lead does not ask for that step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRule:
    """How long a lead may stay open: hours from `clock_start`, or until 24:00 of that day; neither: no clock.

    `push` and `hukou` say which leads it is for. `min_grace_hours` stretches a day that has nearly passed (AMB-02).
    `told` hear of new leads at once. Each of `parties` has to acknowledge the shared lead for itself. `includes` is the
    profile of whoever was reached. With `steps` it is settled when each has its time, with `feedback` when that was
    given; else when the person was reached.
    """

    source: tuple[str, ...]
    clock_start: str
    sla_hours: int | Unset | None = None
    same_day: bool = False
    min_grace_hours: int = 0
    ladder: str
    steps: tuple[LeadStep, ...] = ()
    push: tuple[LeadPush, ...] = ()
    hukou: Hukou | None = None
    told: tuple[Rung, ...] = (Rung(level=Level.L1, roles=(Role.GRID_WORKER,), after_minutes=0),)
    parties: tuple[Rung, ...] = ()
    includes: str | None = None
    feedback: bool = False

    @property
    def has_clock(self) -> bool:
        return self.same_day or self.sla_hours is not None


def rules_for(rules: Mapping[str, LeadRule], push: LeadPush, hukou: Hukou | None) -> tuple[str, ...]:
    """The rules a lead falls under. Without a word about the registration more than one may fit."""
    return tuple(
        name
        for name, rule in rules.items()
        if push in rule.push and (rule.hukou is None or hukou is None or rule.hukou is hukou)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """`ladder` is frozen when the lead came; `watch_at` is when the clock looks whether it is settled."""

    id: LeadId
    list_id: UUID
    area: str
    push: LeadPush
    rule: str
    pack_id: str
    pack_version: str
    pack_overlays: tuple[str, ...]
    rules: tuple[str, ...]
    ladder_code: str
    ladder: tuple[LadderStep, ...]
    received_at: datetime
    pushed_at: datetime
    due_at: datetime | None
    sender: str
    hukou: Hukou | None = None
    resident_id: ResidentId | None = None
    state: LeadState = LeadState.OPEN
    steps: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    watch_at: datetime | None = None
    watched_at: datetime | None = None
    outcome: LeadOutcome | None = None
    outcome_at: datetime | None = None
    outcome_by: OfficialId | None = None
    feedback_at: datetime | None = None
    closed_at: datetime | None = None
    named_again: int = 0

    @property
    def is_open(self) -> bool:
        return self.state is LeadState.OPEN

    @property
    def is_late(self) -> bool:
        """Whether it was closed after its time."""
        return self.due_at is not None and self.closed_at is not None and self.closed_at > self.due_at

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has worked on it yet."""
        return self.is_open and self.outcome is None and not self.steps and self.feedback_at is None

    def withdrawn(self, at: datetime) -> "Lead":
        """Taken back with the list it came in; nobody looks for the person because of it any more."""
        return replace(self, state=LeadState.WITHDRAWN, closed_at=at, watch_at=None)

    def overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at <= now

    def warnings(self) -> tuple[LadderStep, ...]:
        """The steps before it is due: they tell that time is running out."""
        return tuple(step for step in self.ladder if self.due_at is not None and step.at < self.due_at)

    def breaches(self) -> tuple[LadderStep, ...]:
        return tuple(step for step in self.ladder if self.due_at is not None and step.at >= self.due_at)

    def marked(self, step: LeadStep, at: datetime, rule: LeadRule) -> "Lead":
        """One of the steps asked for is done; the first time counts. Raises StepUnknown, LeadClosed."""
        if not self.is_open:
            raise LeadClosed
        if step not in rule.steps:
            raise StepUnknown
        return replace(self, steps={step.value: at, **self.steps})

    def fed_back(self, at: datetime) -> "Lead":
        """What was found out has gone back to whoever pushed the lead; the first time counts."""
        return replace(self, feedback_at=self.feedback_at or at)

    def concluded(self, outcome: LeadOutcome, by: OfficialId, at: datetime, rule: LeadRule) -> "Lead":
        """What came of looking. Whoever was reached was found, and screened at the latest then."""
        if not self.is_open:
            raise LeadClosed
        steps = dict(self.steps)
        if outcome is LeadOutcome.REACHED:
            steps = {step.value: at for step in (LeadStep.SCREEN, LeadStep.FIND) if step in rule.steps} | steps
        return replace(self, outcome=outcome, outcome_at=at, outcome_by=by, steps=steps)

    def settled(self, rule: LeadRule, at: datetime) -> "Lead":
        """Closed once all is done that the rule asks for; a person who was not found is still to be found."""
        done = self.outcome is LeadOutcome.REACHED
        if rule.steps:
            done = all(step in self.steps for step in rule.steps)
        if rule.feedback:
            done = self.feedback_at is not None
        if not done or not self.is_open:
            return self
        return replace(self, state=LeadState.CLOSED, closed_at=at, watch_at=None)


def first_watch(ladder: Iterable[LadderStep], due_at: datetime | None) -> datetime | None:
    """When the clock first has to look: at the first warning, at the latest when it is due."""
    if due_at is None:
        return None
    return min((step.at for step in ladder), default=due_at)


@dataclass(frozen=True, slots=True)
class RuleFault:
    rule: str
    field: str
    message: str


def faults(rules: Mapping[str, LeadRule], profiles: Iterable[str], ladders: Iterable[str]) -> tuple[RuleFault, ...]:
    """What cannot be meant by a pack's rules about leads."""
    known_profiles, known_ladders = set(profiles), set(ladders)
    found = []
    for name, rule in rules.items():
        if rule.ladder not in known_ladders:
            found.append(RuleFault(name, "ladder", f"there is no ladder {rule.ladder}"))
        if rule.includes is not None and rule.includes not in known_profiles:
            found.append(RuleFault(name, "includes", f"there is no profile {rule.includes}"))
        if rule.same_day and rule.sla_hours is not None:
            found.append(RuleFault(name, "sla_hours", "either hours or the same day"))
    return tuple(found)
