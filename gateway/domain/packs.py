"""Policy packs: one notice's rules as data.

Every part carries `source`: the rule ids it was read from, or `DEFAULT` where the notice is silent and the value is
ours. A value nobody may guess is `Unset` until the pack's owner gives it; `need` is the only way to use one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.agencies import AgencyRules
from gateway.domain.alerts import AlertRule
from gateway.domain.calendars import DAY
from gateway.domain.capacities import CapacityRule
from gateway.domain.checklists import WorkListRule
from gateway.domain.contacts import AdjudicationRule, ContactClasses, CoverageRule, FirstListRule, TestOrderRule
from gateway.domain.contacts import TrajectoryRule as TrajectoryRule
from gateway.domain.controls import (
    ChangeNoticeRule,
    ControlRules,
    GuardRule,
    LevelsRule,
    ListsRule,
    MeasuresRule,
    ScopeDecisionRule,
    SwitchRule,
    TerminationRule,
    TierRule,
    TrackingRule,
    WavesRule,
    WelfareRule,
    ZoneRoundsRule,
)
from gateway.domain.declarations import DeclarationDuty
from gateway.domain.directories import DirectoryRule
from gateway.domain.duties import DutyRule, LiveRule, RegisterRule, RoundRule
from gateway.domain.early_warnings import EarlyWarningRule, RepeatRule
from gateway.domain.escalations import EscalationPolicy, EscalationStep
from gateway.domain.figures import FiguresRule
from gateway.domain.findings import FindingRule
from gateway.domain.gate_rules import EventRules, GateRule
from gateway.domain.guidance import CampaignRule, GuidanceText, SheetRule, SituationRule
from gateway.domain.kinds import AlertKind
from gateway.domain.laboratories import FeedbackRule, LaboratoryClock
from gateway.domain.leads import LeadRule as LeadRule
from gateway.domain.matters import Haste, MatterRule
from gateway.domain.pathways import PathwayStep
from gateway.domain.periodic_tests import PeriodicRule
from gateway.domain.profiles import Anchor as Anchor
from gateway.domain.profiles import CostRule, ExemptionRule
from gateway.domain.profiles import DailyRule as DailyRule
from gateway.domain.profiles import DeclarationRule as DeclarationRule
from gateway.domain.profiles import GapPolicy as GapPolicy
from gateway.domain.profiles import ItemRule as ItemRule
from gateway.domain.profiles import LookbackRule as LookbackRule
from gateway.domain.profiles import PeriodRule as PeriodRule
from gateway.domain.profiles import PreboardingRule as PreboardingRule
from gateway.domain.profiles import ProfileRule as ProfileRule
from gateway.domain.profiles import SamplingRule as SamplingRule
from gateway.domain.profiles import SetBy as SetBy
from gateway.domain.profiles import Span as Span
from gateway.domain.profiles import StandIn as StandIn
from gateway.domain.profiles import When as When
from gateway.domain.profiles import anchor_named as anchor_named
from gateway.domain.releases import ReleaseRule
from gateway.domain.rules import DEFAULT, OwnQuote, Unset, need
from gateway.domain.rungs import Ladder as Ladder
from gateway.domain.rungs import Push as Push
from gateway.domain.rungs import Rung as Rung
from gateway.domain.safety import SafetyKind, SafetyRule
from gateway.domain.screenings import FirstMoment, ListRevisionRule, PassCodeRule, ScreeningClass
from gateway.domain.sign_offs import Part, SignOff, Stated
from gateway.errors import NotFound


class DayOne(StrEnum):
    START_DATE = "start_date"
    NEXT_DATE = "next_date"


class PeriodEnd(StrEnum):
    FULL_24H = "full_24h"
    END_OF_LAST_DAY = "end_of_last_day"


#: A value that switches off one thing and leaves its section standing: the certificate, not the reports beside it.
_SWITCHES_OFF_ITSELF = frozenset({"preboard.cert_hours"})

#: What alerts climb in a pack that says nothing of their kind: whatever is left out rings at once.
USUAL_LADDER = "E-X"


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


class OutbreakStart(StrEnum):
    """Which day an outbreak began on (AMB-15); a day nobody gave falls back to the first confirmed case."""

    FIRST_CONFIRMED = "first_confirmed"
    ONSET = "onset"
    REPORT = "report"


class KeyAreaMatch(StrEnum):
    """What of a journey must lie in the window: the day of entry, or any day of the stay."""

    ENTRY_DATE = "entry_date"
    STAY_OVERLAP = "stay_overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAreaRule:
    """DEF-05 and SD-3.3.2-m: which arrivals from an area are in scope."""

    source: tuple[str, ...]
    before_outbreak_days: int
    after_last_case_days: int
    outbreak_start: OutbreakStart
    match: KeyAreaMatch


class ReportClock(StrEnum):
    """From when a positive result must be reported upwards (AMB-11)."""

    POSITIVE_CONFIRMED = "positive_confirmed"
    FIRST_POSITIVE = "first_positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectReportRule:
    source: tuple[str, ...]
    direct_online_hours: int
    clock_start: ReportClock
    ladder: str = "E-N"


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeReportRule:
    """A hospital or isolation site tells that somebody is discharged or released; it is chased when it does not."""

    source: tuple[str, ...]
    within_hours: int
    within_hours_source: tuple[str, ...] = ()
    ladder: str
    starts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRule:
    """What follows from a suspicious symptom: what the person is told, and the ladder of who hears of it."""

    source: tuple[str, ...]
    advice: tuple[str, ...]
    ladder: str
    ladder_source: tuple[str, ...]


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
    care: CareRule | None = None
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
class ContactStandardRule:
    """One standard for some classes of contacts (DP-2.3-a): the pack whose calendars hold for them, to be set by `due`.

    Until it is set nobody is put under any of these classes; what differs from it needs a signature.
    """

    source: tuple[str, ...]
    standard: str | Unset
    due: date
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    key_area: KeyAreaRule | None = None


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
    #: Where a kind of alert climbs a ladder of its own, whatever the rule that has it raised names.
    kind_ladders: Mapping[AlertKind, Ladder] = field(default_factory=lambda: MappingProxyType({}))
    quiet_hours: QuietHours
    symptoms: SymptomRule
    hotlines: Hotlines
    lab: Mapping[str, LaboratoryClock]
    feedback: FeedbackRule | None = None
    areas: Areas | None = None
    declare: DeclarationRule | None = None
    preboard: PreboardingRule | None = None
    leads: Mapping[str, LeadRule] = field(default_factory=lambda: MappingProxyType({}))
    profiles: Mapping[str, ProfileRule] = field(default_factory=lambda: MappingProxyType({}))
    periodic: Mapping[str, PeriodicRule] = field(default_factory=lambda: MappingProxyType({}))
    should_test: Mapping[str, ScreeningClass] = field(default_factory=lambda: MappingProxyType({}))
    sampling: SamplingRule | None = None
    list_revision: ListRevisionRule | None = None
    payers: Mapping[str, CostRule] = field(default_factory=lambda: MappingProxyType({}))
    exemptions: Mapping[str, ExemptionRule] = field(default_factory=lambda: MappingProxyType({}))
    findings: Mapping[str, FindingRule] = field(default_factory=lambda: MappingProxyType({}))
    first_moments: Mapping[str, FirstMoment] = field(default_factory=lambda: MappingProxyType({}))
    pathway: tuple[PathwayStep, ...] = ()
    pass_code: PassCodeRule | None = None
    discharge_report: DischargeReportRule | None = None
    lookbacks: LookbackRule | None = None
    report: DirectReportRule | None = None
    contact_classes: ContactClasses | None = None
    first_list: FirstListRule | None = None
    adjudication: AdjudicationRule | None = None
    coverage: tuple[CoverageRule, ...] = ()
    trajectory: TrajectoryRule | None = None
    test_order: TestOrderRule | None = None
    declarations: Mapping[str, DeclarationDuty] = field(default_factory=lambda: MappingProxyType({}))
    figures: FiguresRule | None = None
    tiers: Mapping[str, TierRule] = field(default_factory=lambda: MappingProxyType({}))
    duties: Mapping[str, DutyRule] = field(default_factory=lambda: MappingProxyType({}))
    duty_rounds: RoundRule | None = None
    live: LiveRule | None = None
    registers: Mapping[str, RegisterRule] = field(default_factory=lambda: MappingProxyType({}))
    capacities: Mapping[str, CapacityRule] = field(default_factory=lambda: MappingProxyType({}))
    early_warning: EarlyWarningRule | None = None
    repeat_registrations: RepeatRule | None = None
    events: EventRules | None = None
    meetings: EventRules | None = None
    event_tiers: EventRules | None = None
    gates: Mapping[str, GateRule] = field(default_factory=lambda: MappingProxyType({}))
    contacts: ContactStandardRule | None = None
    release: ReleaseRule | None = None
    termination: TerminationRule | None = None
    control: ControlRules | None = None
    waves: WavesRule
    scope_decision: ScopeDecisionRule | None = None
    levels: LevelsRule
    change_notice: ChangeNoticeRule | None = None
    place_switch: SwitchRule | None = None
    community_switch: SwitchRule | None = None
    measures: MeasuresRule
    guard: GuardRule
    zone_rounds: ZoneRoundsRule | None = None
    welfare: WelfareRule | None = None
    tracking: TrackingRule | None = None
    lists: ListsRule | None = None
    checklist: WorkListRule | None = None
    haste: Mapping[str, Haste] = field(default_factory=lambda: MappingProxyType({}))
    matters: Mapping[str, MatterRule] = field(default_factory=lambda: MappingProxyType({}))
    directory: DirectoryRule | None = None
    guidance: Mapping[str, GuidanceText] = field(default_factory=lambda: MappingProxyType({}))
    campaign: CampaignRule | None = None
    situation: SituationRule | None = None
    sheet: SheetRule | None = None
    agencies: AgencyRules | None = None
    safety: Mapping[SafetyKind, SafetyRule] = field(default_factory=lambda: MappingProxyType({}))
    alerts: Mapping[AlertKind, AlertRule] = field(default_factory=lambda: MappingProxyType({}))
    quotes: Mapping[str, OwnQuote] = field(default_factory=lambda: MappingProxyType({}))
    overlaid: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    parts: tuple[Part, ...] = ()
    signed_off: tuple[SignOff, ...] = ()
    stated: Mapping[str, Stated] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def key_area(self) -> KeyAreaRule | None:
        return self.areas.key_area if self.areas is not None else None

    def profile(self, name: str) -> ProfileRule:
        """Raises NotConfigured for a class of contacts while the one standard for it is not set."""
        if self.contacts is not None and name in self.contacts.classes:
            need(self.contacts.standard)
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "none"
            raise NotFound(f"the pack {self.id} has no profile {name}; it has: {known}")
        return self.profiles[name]

    def ladder(self, code: str) -> Ladder:
        if code not in self.ladders:
            raise NotFound(f"the pack {self.id} has no ladder {code}")
        return self.ladders[code]

    def behind(self, kind: AlertKind) -> tuple[str, ...]:
        """The rules behind alerts of this kind where whoever raises one names none."""
        return self.alerts[kind].source if kind in self.alerts else (DEFAULT,)

    def climbed_by(self, kind: AlertKind) -> EscalationPolicy:
        """How alerts of this kind ring on where no closer rule says."""
        rule = self.alerts.get(kind)
        return self.escalation(rule.ladder if rule is not None and rule.ladder is not None else USUAL_LADDER)

    def escalation(self, code: str) -> EscalationPolicy:
        """A ladder as alerts climb it: every step counted from the moment the alert was raised.

        An alert about something missed is raised at its due time, so a step at a time of day stands at its distance
        from the usual due time.
        """
        return self.climb(code, self.ladder(code))

    def climb(self, code: str, ladder: Ladder) -> EscalationPolicy:
        """As `escalation`, of a ladder that is at hand."""
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

    def switched_off(self) -> Mapping[str, tuple[Unset, ...]]:
        """The parts that do nothing while a value is unset, each with what it waits for."""
        parts: dict[str, tuple[Unset, ...]] = {}
        for each in self.unset():
            section, _, inside = each.value.partition(".")
            if section != "pack":
                entry = re.split(r"[.\[]", inside, maxsplit=1)[0]
                whole = not isinstance(getattr(self, section), Mapping) and each.value not in _SWITCHES_OFF_ITSELF
                part = section if whole else f"{section}.{entry}"
                parts[part] = (*parts.get(part, ()), each)
        return parts

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
    if part is None or isinstance(part, str | int):  # most of a pack
        return
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
