"""What a pack says of gates and events: each sentence with the question it answers and where it applies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.kinds import EventKind, Excuse, GateQuestion, Level, RiskLevel, Verdict
from gateway.domain.rules import Unset, Words


class Circumstance(StrEnum):
    """What may hold of somebody who asks. A rule names those under which it speaks."""

    VALID_NEGATIVE = "valid_negative"
    NO_VALID_NEGATIVE = "no_valid_negative"
    NO_TEST_DUTY = "no_test_duty"
    SYMPTOMS = "symptoms"
    ISOLATED = "isolated"
    SURVEYED = "surveyed"
    NOT_SURVEYED = "not_surveyed"
    DECLARED = "declared"
    UNDECLARED = "undeclared"
    NOTHING_TO_DECLARE = "nothing_to_declare"
    EARLY_OR_CHANGED = "early_or_changed"
    OWN_TRANSPORT = "own_transport"
    CERTIFICATE_VALID = "certificate_valid"
    CERTIFICATE_MISSING = "certificate_missing"
    REPORTS_MISSING = "reports_missing"
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    DESTINATION_AT_RISK = "destination_at_risk"
    DESTINATION_LOW = "destination_low"
    DESTINATION_UNKNOWN = "destination_unknown"
    HOME_AT_RISK = "home_at_risk"
    NECESSARY = "necessary"
    NOT_NECESSARY = "not_necessary"
    CADRE = "cadre"
    OUT_OF_CITY = "out_of_city"
    NEVER_ISOLATED = "never_isolated"
    ISOLATION_OVER = "isolation_over"
    END_UNKNOWN = "end_unknown"
    HELD = "held"
    TEST_MISSING = "test_missing"
    TESTS_NEGATIVE = "tests_negative"
    TEST_POSITIVE = "test_positive"
    ARRIVED = "arrived"
    NOT_ARRIVED = "not_arrived"


class EventStep(StrEnum):
    """In this order; a "no" at any step is final (AMB-33)."""

    TIER = "tier"
    BAN = "ban"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One sentence of a notice as an answer.

    `occupations` and `profiles` narrow it to people of those; `says` may name facts in braces; `decides` is who is
    asked where a person must decide.
    """

    source: tuple[str, ...]
    question: GateQuestion
    when: tuple[Circumstance, ...] = ()
    occupations: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    answer: Verdict
    decides: Level | None = None
    says: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCondition:
    """One condition, and the answer where it applies; every field that is given narrows it.

    `people_from` includes the number (AMB-17). `quiet_days`: only while the last local case lies fewer days before the
    event. `unless`: an organiser who names this excuse is sent to whoever `decides` instead of refused.
    """

    source: tuple[str, ...]
    step: EventStep
    kinds: tuple[EventKind, ...] = ()
    tiers: tuple[RiskLevel, ...] = ()
    people_from: int | None = None
    cadres: bool = False
    in_season: bool = False
    quiet_days: int | None = None
    answer: Verdict
    unless: Excuse | None = None
    decides: Level | None = None
    says: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAdvice:
    """Said with the answer, whatever it is."""

    source: tuple[str, ...]
    kinds: tuple[EventKind, ...]
    says: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """When something approved is looked at again: an area's tier rises, or the day itself has come (AMB-42)."""

    source: tuple[str, ...]
    on_rise: bool = False
    on_the_day: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsRule:
    """Who must stand by name on an approval."""

    source: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRules:
    """What one notice says about events. The season is the notice's own words for it, in dates somebody must give."""

    source: tuple[str, ...]
    season_from: date | Unset | None = None
    season_to: date | Unset | None = None
    conditions: Mapping[str, EventCondition] = field(default_factory=lambda: MappingProxyType({}))
    advice: Mapping[str, EventAdvice] = field(default_factory=lambda: MappingProxyType({}))
    reviews: Mapping[str, ReviewRule] = field(default_factory=lambda: MappingProxyType({}))
    persons: PersonsRule | None = None
    gates: Mapping[str, GateRule] = field(default_factory=lambda: MappingProxyType({}))
