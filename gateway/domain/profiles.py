"""Profiles of a pack: who must do what, counted from which events. `plans` turns them into dates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.kinds import ItemKind, Occupation, PeriodKind, TestKind
from gateway.domain.rules import Unset, Words
from gateway.errors import Invalid


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


class SetBy(StrEnum):
    """Who may put a person under a profile. The system starts only what it may, and as provisional."""

    SYSTEM = "system"
    OFFICIAL = "official"


class GapPolicy(StrEnum):
    FLAG = "flag"
    RESTART = "restart"
    TOLERATE = "tolerate_n"


class Counted(StrEnum):
    """A span given in days: until 24:00 of the day so long before, or exactly so many times 24 hours (AMB-01)."""

    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationRule:
    source: tuple[str, ...]
    lead_days: int
    counted: Counted = Counted.DAYS
    anchor: Anchor
    who: tuple[str, ...]
    late: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreboardingRule:
    source: tuple[str, ...]
    days: int
    gap_policy: GapPolicy
    tolerated_gaps: int = 0
    cert_hours: int | Unset
    cert_hours_source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When something is due. The loader accepts exactly one way of counting.

    `day` … `to_day` are numbered days (DEF-02) of `anchor`; `plus_days` (… `to_plus_days`) and `plus_months` count
    from its date; `within_hours` is exact; `certificate` is due at the anchor and valid for the pack's hours before
    it. `after` names an earlier test that must be `min_hours` older; `together_with` one at the same visit;
    `open_since` leaves the date open, as the notice does.
    """

    anchor: Anchor | None = None
    day: int | None = None
    to_day: int | None = None
    plus_days: int | Unset | None = None
    to_plus_days: int | None = None
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
    served elsewhere. `check_in` is the ladder of a daily report, if there is one. `listed`: somebody stands on a list
    from the anchor's date until 24:00 of the date `days` later, where that date is known at all.
    """

    source: tuple[str, ...]
    kind: PeriodKind
    days: int | Unset
    anchor: Anchor | None = None
    counted_from: Anchor | None = None
    check_in: str | None = None
    listed: bool = False


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
    or_else: Anchor | None = None
    assumes: str | None = None

    def known(self, anchors: Collection[Anchor]) -> Anchor | None:
        return next((one for one in (self.anchor, self.or_else) if one in anchors), None)


class Payer(StrEnum):
    """Who bears the costs of a test, and of an isolation where a rule says so."""

    GOVERNMENT = "government"
    UNIT_OR_PERSON = "unit_or_person"
    SELF = "self"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRule:
    source: tuple[str, ...]
    payer: Payer


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRule:
    """How somebody may travel on from where they were isolated; what else was used is for an official to judge."""

    source: tuple[str, ...]
    allowed: tuple[str, ...]
    within_days: int
    within_days_source: tuple[str, ...]
    after_source: tuple[str, ...]
    else_profile: str
    else_source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRule:
    """Whose tests never wait for the next day (SP-2.1.1-a): what could be sampled on the day somebody is found is due
    by its 24:00, however much time a profile gives."""

    source: tuple[str, ...]
    profiles: tuple[str, ...]
    ladder: str
    ladder_source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionRule:
    """People to whom other rules apply than these profiles, as `follows` names them."""

    source: tuple[str, ...]
    title: Words
    profiles: tuple[str, ...]
    follows: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRule:
    """Who must do what, and when.

    `begins` is where our watch begins: nothing opens and nobody is reminded before it. `ahead` marks a calendar that
    leads up to its anchor. `instead` names what stands in for an anchor not known yet. `scope` keeps people out whom
    the notice asks nothing of; `refuse_unless` keeps out those who belong elsewhere. `costs` where a rule names who
    pays; `appeal`: whoever is put here is told where to object. `first`: who works as that stands first in worklists.
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
    costs: CostRule | None = None
    transfer: TransferRule | None = None
    appeal: bool = False
    first: tuple[Occupation, ...] = ()

    @property
    def anchors(self) -> frozenset[Anchor]:
        """Every anchor this profile looks at; the others are ignored."""
        named: set[Anchor | None] = {*self.required, self.begins, *self.instead}
        named |= {one for stand_in in self.instead.values() for one in (stand_in.anchor, stand_in.or_else)}
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
class LookbackRule:
    source: tuple[str, ...]
    person_history_days: int


def anchor_named(name: str) -> Anchor:
    try:
        return Anchor(name)
    except ValueError:
        known = ", ".join(Anchor)
        raise Invalid(f"{name} is not an anchor; the known ones are: {known}") from None
