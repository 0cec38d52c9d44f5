"""Policy packs: one notice's rules as data.

Every part carries `source`: the rule ids it was read from, or `DEFAULT` where the notice is silent and the value is
ours. A value nobody may guess is `Unset` until the pack's owner gives it; `need` is the only way to use one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.calendars import DAY
from gateway.domain.escalations import EscalationPolicy, EscalationStep
from gateway.domain.kinds import ItemKind, Level, PeriodKind, Role, TestKind
from gateway.domain.rules import Unset, Words
from gateway.errors import Invalid, NotFound


class Anchor(StrEnum):
    """An event of a person's story that a calendar counts from."""

    BOARDING = "boarding"
    ARRIVAL = "arrival"
    ENTRY = "entry"
    ISOLATION_START = "isolation_start"
    RELEASE = "release"
    INCLUDED_AT = "included_at"
    LAST_EXPOSURE = "last_exposure"
    PLACEMENT = "placement"
    LAST_NEGATIVE = "last_negative"
    DISCHARGE = "discharge"
    LAST_SAMPLE = "last_sample"
    DISCOVERED_AT = "discovered_at"
    SAMPLED_AT = "sampled_at"
    RECEIVED_AT = "received_at"
    HOUSEHOLD_RETURN = "household_return"
    FIRST_CASE = "first_case"
    LAST_CASE = "last_case"


class DayOne(StrEnum):
    START_DATE = "start_date"
    NEXT_DATE = "next_date"


class PeriodEnd(StrEnum):
    FULL_24H = "full_24h"
    END_OF_LAST_DAY = "end_of_last_day"


class GapPolicy(StrEnum):
    FLAG = "flag"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """DEF-01 … DEF-16 as parameters."""

    source: tuple[str, ...]
    day_one: DayOne
    period_end: PeriodEnd
    due: time
    late_grace_hours: int
    share_sample: bool
    results_processed_within_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAreaRule:
    """DEF-05 and SD-3.3.2-m: which arrivals from an area are in scope."""

    source: tuple[str, ...]
    before_outbreak_days: int
    after_last_case_days: int
    outbreak_start: str
    match: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationRule:
    source: tuple[str, ...]
    lead_days: int
    anchor: Anchor
    who: tuple[str, ...]
    late: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreboardingRule:
    source: tuple[str, ...]
    days: int
    gap_policy: GapPolicy
    cert_hours: int | Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRule:
    """How long a lead may stay open: hours from `clock_start`, or until 24:00 of that day."""

    source: tuple[str, ...]
    clock_start: str
    sla_hours: int | Unset | None = None
    same_day: bool = False
    ladder: str
    steps: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When something is due. The loader accepts exactly one way of counting.

    `day` … `to_day` are numbered days (DEF-02) of `anchor`; `plus_days`, `plus_months` count from its date;
    `within_hours` is exact; `certificate` is due at the anchor and valid for the pack's hours before it. `after` names
    an earlier test that must be `min_hours` older; `together_with` one at the same visit; `open_since` leaves the
    date open, as the notice does.
    """

    anchor: Anchor | None = None
    day: int | None = None
    to_day: int | None = None
    plus_days: int | None = None
    plus_months: int | None = None
    within_hours: int | None = None
    certificate: bool = False
    after: str | None = None
    min_hours: int | None = None
    max_hours: int | None = None
    together_with: str | None = None
    open_since: Anchor | None = None

    @property
    def ways(self) -> int:
        counted = (
            self.day,
            self.plus_days,
            self.plus_months,
            self.within_hours,
            self.certificate or None,
            self.after,
            self.together_with,
            self.open_since,
        )
        return sum(way is not None for way in counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRule:
    """One thing to do. Where its day was over before our watch began, `if_past` replaces `when`, or it is left out."""

    source: tuple[str, ...]
    key: str
    kind: ItemKind
    test: TestKind | None = None
    when: When
    due: time | None = None
    ladder: str = "E-R"
    if_past: When | None = None
    left_out_if_past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRule:
    """A report on each of a row of days, counted like `When.plus_days` from the anchor's date."""

    source: tuple[str, ...]
    key: str
    kind: ItemKind
    anchor: Anchor
    from_day: int
    to_day: int | Unset
    ladder: str = "E-D"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRule:
    """A stretch of isolation or monitoring.

    Without `anchor` it follows the period before it. `counted_from` is where the days are counted when part of them was
    served elsewhere. `check_in` is the ladder of a daily report, if there is one.
    """

    source: tuple[str, ...]
    kind: PeriodKind
    days: int | Unset
    anchor: Anchor | None = None
    counted_from: Anchor | None = None
    check_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A condition on two dates: `later` comes at most `at_most` or at least `at_least` days after `earlier`."""

    source: tuple[str, ...]
    earlier: Anchor
    later: Anchor
    at_most: int | None = None
    at_least: int | None = None
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """What stands in for an anchor not known yet; `assumes` says it in words where it is a guess."""

    anchor: Anchor
    assumes: str | None = None


class SetBy(StrEnum):
    """Who may put a person under a profile. The system starts only what it may, and as provisional."""

    SYSTEM = "system"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRule:
    """Who must do what, and when.

    `begins` is where our watch begins: nothing opens and nobody is reminded before it. `ahead` marks a calendar that
    leads up to its anchor. `instead` names what stands in for an anchor not known yet. `scope` keeps people out whom
    the notice asks nothing of; `refuse_unless` keeps out those who belong elsewhere.
    """

    title: Words
    source: tuple[str, ...]
    set_by: SetBy = SetBy.OFFICIAL
    required: tuple[Anchor, ...]
    begins: Anchor
    ahead: bool = False
    instead: Mapping[Anchor, StandIn] = field(default_factory=lambda: MappingProxyType({}))
    in_order: tuple[tuple[Anchor, Anchor], ...] = ()
    scope: tuple[Span, ...] = ()
    refuse_unless: tuple[Span, ...] = ()
    key_area_window: bool = False
    periods: tuple[PeriodRule, ...] = ()
    daily: tuple[DailyRule, ...] = ()
    items: tuple[ItemRule, ...] = ()
    next: str | None = None

    @property
    def anchors(self) -> frozenset[Anchor]:
        """Every anchor this profile looks at; the others are ignored."""
        named: set[Anchor | None] = {*self.required, self.begins, *self.instead}
        named |= {stand_in.anchor for stand_in in self.instead.values()}
        for period in self.periods:
            named |= {period.anchor, period.counted_from}
        for item in self.items:
            named |= {when.anchor or when.open_since for when in (item.when, item.if_past) if when}
        named |= {daily.anchor for daily in self.daily}
        named |= {anchor for span in (*self.scope, *self.refuse_unless) for anchor in (span.earlier, span.later)}
        if self.key_area_window:
            named |= {Anchor.ARRIVAL, Anchor.ENTRY, Anchor.FIRST_CASE, Anchor.LAST_CASE}
        return frozenset(anchor for anchor in named if anchor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicRule:
    """How often people of one occupation are tested."""

    source: tuple[str, ...]
    every_days: int | Unset | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookbackRule:
    source: tuple[str, ...]
    person_history_days: int
    school_community_days: int
    case_trajectory_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectReportRule:
    source: tuple[str, ...]
    direct_online_hours: int
    clock_start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRule:
    source: tuple[str, ...]
    result_hours: int
    clock_start: str
    clock_start_source: tuple[str, ...] = ()
    also: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomRule:
    """AMB-25: the union of the notices' lists; any one counts. `added` and the threshold are ours (DEF-14)."""

    source: tuple[str, ...]
    suspicious: tuple[str, ...]
    added: tuple[str, ...]
    added_source: tuple[str, ...]
    emergency: tuple[str, ...]
    emergency_source: tuple[str, ...]
    fever_from: float
    fever_from_source: tuple[str, ...]
    ladder: str
    ladder_source: tuple[str, ...]
    advice_rules: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    negations: tuple[str, ...]
    fillers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    source: tuple[str, ...]
    start: time
    end: time
    routine_pushes_a_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotlines:
    """Numbers for the cards of the safety rules; none of the notices gives one."""

    source: tuple[str, ...]
    emergency: str | Unset
    self_harm: str | Unset
    fever_clinic: str | Unset
    appeal: str | Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRule:
    source: tuple[str, ...]
    scope: str
    guard_hours: int | None = None
    entry: tuple[str, ...] = ()
    outsiders: str | None = None
    nonessential: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRule:
    source: tuple[str, ...]
    tracers_per_village: tuple[int, int]
    sanitation_per_village: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    source: tuple[str, ...]
    approval_from: int
    approver_level: Level
    cadre_limit: int
    banned_types: tuple[str, ...]
    season_from: date | Unset
    season_to: date | Unset
    banquet_allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStandardRule:
    source: tuple[str, ...]
    standard: str | Unset
    due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    source: tuple[str, ...]
    flow: tuple[str, ...]
    privacy_lint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationRule:
    source: tuple[str, ...]
    criteria: str | Unset
    flow: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistRule:
    source: tuple[str, ...]
    notice: str
    first_unit_leads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    key_area: KeyAreaRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One notice and version. A section the notice does not speak of is None or empty."""

    id: str
    version: int
    title: str
    document: str
    parent: str | None = None
    jurisdiction: str | Unset
    effective_from: date | Unset
    effective_to: date | None = None
    timezone: str
    conventions: Conventions
    ladders: Mapping[str, Ladder]
    quiet_hours: QuietHours
    symptoms: SymptomRule
    hotlines: Hotlines
    lab: LaboratoryRule
    areas: Areas | None = None
    declare: DeclarationRule | None = None
    preboard: PreboardingRule | None = None
    leads: Mapping[str, LeadRule] = field(default_factory=lambda: MappingProxyType({}))
    profiles: Mapping[str, ProfileRule] = field(default_factory=lambda: MappingProxyType({}))
    periodic: Mapping[str, PeriodicRule] = field(default_factory=lambda: MappingProxyType({}))
    lookbacks: LookbackRule | None = None
    report: DirectReportRule | None = None
    tiers: Mapping[str, TierRule] = field(default_factory=lambda: MappingProxyType({}))
    staff: StaffRule | None = None
    events: EventRule | None = None
    contacts: ContactStandardRule | None = None
    release: ReleaseRule | None = None
    termination: TerminationRule | None = None
    checklist: ChecklistRule | None = None
    overlaid: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def profile(self, name: str) -> ProfileRule:
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "none"
            raise NotFound(f"the pack {self.id} has no profile {name}; it has: {known}")
        return self.profiles[name]

    def ladder(self, code: str) -> Ladder:
        if code not in self.ladders:
            raise NotFound(f"the pack {self.id} has no ladder {code}")
        return self.ladders[code]

    def escalation(self, code: str) -> EscalationPolicy:
        """A ladder as alerts climb it: every step counted from the moment the alert was raised.

        An alert about something missed is raised at its due time, so a step at a time of day stands at its distance
        from the usual due time.
        """
        ladder = self.ladder(code)
        steps = tuple(
            EscalationStep(rung.level, rung.roles, self._after_raised(rung))
            for rung in ladder.steps
            if rung.share is None
        )
        repeat = timedelta(minutes=ladder.repeat_every_minutes) if ladder.repeat_every_minutes else DAY
        return EscalationPolicy(
            code, steps, repeat, timedelta(hours=ladder.resolve_within_hours), ladder.ignores_quiet_hours
        )

    def _after_raised(self, rung: Rung) -> timedelta:
        waited = timedelta(minutes=rung.after_minutes or 0)
        if rung.day is None or rung.at is None:
            return waited
        due = self.conventions.due
        distance = timedelta(days=rung.day, hours=rung.at.hour - due.hour, minutes=rung.at.minute - due.minute)
        return max(waited, distance)

    def unset(self) -> tuple[Unset, ...]:
        """Every REQUIRED value nobody has given yet."""
        return tuple(_unset_in(self))

    @property
    def may_be_activated(self) -> bool:
        """Only where and from when block a pack; other unset values switch off what needs them."""
        return not isinstance(self.jurisdiction, Unset) and not isinstance(self.effective_from, Unset)

    def covers(self, day: date) -> bool:
        """Whether the pack is in force on that day."""
        if isinstance(self.effective_from, Unset) or day < self.effective_from:
            return False
        return self.effective_to is None or day <= self.effective_to


def _unset_in(part: Any) -> Iterator[Unset]:
    if isinstance(part, Unset):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _unset_in(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _unset_in(value)
    elif is_dataclass(part):
        for each in fields(part):
            yield from _unset_in(getattr(part, each.name))


def anchor_named(name: str) -> Anchor:
    try:
        return Anchor(name)
    except ValueError:
        known = ", ".join(Anchor)
        raise Invalid(f"{name} is not an anchor; the known ones are: {known}") from None
