"""Area control: how small a unit is drawn, who decides it, who hears of it first, what holds in it, and how it ends.

One object, the control unit (AMB-40), stands below the township; a risk level stands at the township or above it
(SD-3.6.1-a). The experts' decision says how far a unit reaches; a level's text gives only the pack's own scope
(AMB-18).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from gateway.domain.calendars import DAY, elapse
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import Level, ResponseLevel, RiskLevel, Role
from gateway.domain.rules import Unset, need
from gateway.errors import Fault, Invalid, NotConfigured

COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS = 6, 9, 12
RISKY = frozenset({RiskLevel.MEDIUM, RiskLevel.HIGH})


class AnnouncementIncomplete(Invalid):
    """An announcement of a control unit lacks what people must know."""


class CriterionUnknown(Invalid):
    """This is none of the criteria for lifting the control."""


# -- sections of a pack


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRule:
    """The kinds of place that are small enough, and what holds in every unit from the first moment."""

    source: tuple[str, ...]
    kinds: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRule:
    source: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelAtRule:
    """How deep in the divisions a risk level of its own may stand."""

    source: tuple[str, ...]
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRule:
    """`leaving` says how somebody inside may still get out: `permit` asks an official, `free` nobody."""

    source: tuple[str, ...]
    modes: tuple[str, ...]
    leaving: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRules:
    units: UnitRule | None = None
    publication: PublicationRule | None = None
    level_at: LevelAtRule | None = None
    closure: ClosureRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRule:
    to: str
    after_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WavesRule:
    """E-B: whom an announcement reaches when, counted from its approval; a default of ours."""

    source: tuple[str, ...]
    ladder: str
    steps: tuple[WaveRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDecisionRule:
    """Who is asked at the first moment how small the unit can be, and who hears the answer."""

    source: tuple[str, ...]
    asked: tuple[Role, ...]
    told: tuple[Role, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsRule:
    """Which levels of an area change, and the loop that a change to a higher one starts."""

    source: tuple[str, ...]
    kinds: tuple[str, ...]
    loop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNoticeRule:
    """Between whom a change of level is passed on, and down to whom."""

    source: tuple[str, ...]
    between: tuple[Role, ...]
    down_to: tuple[Role, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRule:
    """Whose measures follow which of an area's levels."""

    source: tuple[str, ...]
    follows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRule:
    source: tuple[str, ...]
    scope: str
    guard_hours: int | None = None
    entry: tuple[str, ...] = ()
    outsiders: str | None = None
    nonessential: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRule:
    """How a day at a checkpoint is shared; ours."""

    source: tuple[str, ...]
    shift_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresRule:
    """What each level asks of places and communities where no notice lists it; ours."""

    source: tuple[str, ...]
    by_level: Mapping[str, tuple[str, ...]]
    by_response: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRoundsRule:
    """`slot_minutes`: how long one turn lasts; the turns of a day lie between `remind_at` and `listed_at` (B056)."""

    source: tuple[str, ...]
    rounds: int
    levels: tuple[RiskLevel, ...]
    remind_at: time
    listed_at: time
    slot_minutes: int | None = None
    slot_source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WelfareRule:
    """Who is looked after while an area is controlled, and what can be asked for with the same tap."""

    source: tuple[str, ...]
    groups: tuple[str, ...]
    offers: tuple[str, ...]
    ladder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRule:
    """The states each arrival from a key area goes through, each with the evidence that shows it."""

    source: tuple[str, ...]
    lists: tuple[str, ...]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsRule:
    """What a published list says to the public, and what it asks of those who were there."""

    source: tuple[str, ...]
    told: tuple[str, ...]
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationRule:
    source: tuple[str, ...]
    criteria: tuple[str, ...] | Unset
    flow: tuple[str, ...]


# -- drawing a unit


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`because` is a word of the catalogue; `needs` what is missing for a yes."""

    answer: Answer
    because: str
    rules: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def may_draw(rules: ControlRules | None, kind: str) -> Verdict:
    """Whether a control unit may be drawn around a place of this kind: only the smallest kinds are (SD-3.1.3-a)."""
    if rules is None or rules.units is None:
        return Verdict(Answer.OFFICIAL, "not_configured")
    if kind in rules.units.kinds:
        return Verdict(Answer.YES, "minimal_unit", rules.units.source)
    return Verdict(Answer.NO, "not_minimal", rules.units.source, needs=rules.units.kinds)


def first_measures(rules: ControlRules | None) -> tuple[str, ...]:
    """What holds inside from the first moment, before any level changes."""
    return rules.units.measures if rules is not None and rules.units is not None else ()


def announced(rules: ControlRules | None, stated: Mapping[str, object]) -> tuple[str, ...]:
    """What an announcement lacks of what must be published (SD-3.1.3-b). Raises NotConfigured."""
    if rules is None or rules.publication is None:
        raise NotConfigured("control.publication", "SD-3.1.3-b")
    return tuple(name for name in rules.publication.states if not stated.get(name))


class Audience(StrEnum):
    UNIT = "unit"
    TOWNSHIP = "township"
    COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Wave:
    to: Audience
    at: datetime


def waves(rules: ControlRules | None, told: WavesRule, approved_at: datetime) -> tuple[Wave, ...]:
    """Whom the announcement reaches when: the affected unit first, then around it (SD-3.1.3-b, E-B).

    Nothing is published where no notice asks for it.
    """
    if rules is None or rules.publication is None:
        return ()
    return tuple(
        Wave(Audience(step.to), elapse(approved_at, timedelta(minutes=step.after_minutes))) for step in told.steps
    )


def audience_area(to: Audience, area: str) -> str:
    """The division around a unit that hears of it."""
    return {Audience.UNIT: area, Audience.TOWNSHIP: area[:TOWNSHIP_DIGITS], Audience.COUNTY: area[:COUNTY_DIGITS]}[to]


# -- levels


@dataclass(frozen=True, slots=True)
class AreaLevel:
    """What stands for an area: its risk level and the level of the emergency response."""

    risk: RiskLevel = RiskLevel.LOW
    response: ResponseLevel = ResponseLevel.NONE


def level_faults(
    rules: ControlRules | None, levels: LevelsRule, area: str, was: AreaLevel, now: AreaLevel
) -> tuple[Fault, ...]:
    """Why this level may not be set here: too deep in the divisions (SD-3.6.1-a), or no level this pack changes."""
    deepest = rules.level_at.digits if rules is not None and rules.level_at is not None else COUNTY_DIGITS
    faults = []
    if not COUNTY_DIGITS <= len(area) <= deepest:
        faults.append(Fault("area", "a risk level does not stand here; draw a control unit instead"))
    if now.response is not was.response and "response" not in levels.kinds:
        faults.append(Fault("response", "no notice in force here changes the response level"))
    return tuple(faults)


def open_loop(levels: LevelsRule, level: AreaLevel, done: Collection[str]) -> tuple[str, ...]:
    """What of the closed loop (screen, diagnose, report, isolate) still has to be shown while a level is raised."""
    if level.risk not in RISKY:
        return ()
    return tuple(stage for stage in levels.loop if stage not in done)


@dataclass(frozen=True, slots=True)
class Switched:
    """Whose measures change with a level, and to what."""

    who: str
    measures: tuple[str, ...]
    rules: tuple[str, ...]


def switched(
    who: str, rule: SwitchRule | None, measures: MeasuresRule, was: AreaLevel | None, now: AreaLevel
) -> Switched | None:
    """The measures that follow (SD-3.4.2-b for places, DL-3.2-b for communities); None where nothing follows."""
    if rule is None:
        return None
    moved = was is None or any(
        getattr(was, name) is not getattr(now, name) for name in rule.follows if hasattr(now, name)
    )
    if not moved:
        return None
    asked: list[str] = []
    if "risk" in rule.follows:
        asked += measures.by_level.get(now.risk.value, ())
    if "response" in rule.follows:
        asked += measures.by_response.get(now.response.value, ())
    return Switched(who, tuple(dict.fromkeys(asked)), rule.source)


class Passing(StrEnum):
    """Who stands at a checkpoint."""

    RESIDENT = "resident"
    OUTSIDER = "outsider"
    NONESSENTIAL = "nonessential"


BARRED = "barred"


def may_pass(tiers: Mapping[str, TierRule], level: RiskLevel, who: Passing, shown: Collection[str] = ()) -> Verdict:
    """Whether somebody passes a compound's checkpoint (BN-2.2.3-a, -b, -c)."""
    tier = tiers.get(level.value)
    if tier is None:
        return Verdict(Answer.OFFICIAL, "not_configured")
    if who is Passing.OUTSIDER and BARRED in (tier.outsiders, tier.nonessential):
        return Verdict(Answer.NO, "outsiders_barred", tier.source)
    if who is Passing.NONESSENTIAL and tier.nonessential == BARRED:
        return Verdict(Answer.NO, "nonessential_barred", tier.source)
    asked = [check for each in _up_to(tiers, level) for check in each.entry]
    missing = tuple(check for check in dict.fromkeys(asked) if check not in shown)
    if missing:
        return Verdict(Answer.NO, "checks_missing", tier.source, needs=missing)
    return Verdict(Answer.YES, "baseline" if tier.scope == "baseline" else "checks_passed", tier.source)


def checkpoint_area(tiers: Mapping[str, TierRule], level: RiskLevel, village: str) -> str | None:
    """The division all of whose compounds get a checkpoint; None where the level asks for none."""
    tier = tiers.get(level.value)
    digits = {"village_all_compounds": VILLAGE_DIGITS, "township_all_compounds": TOWNSHIP_DIGITS}
    if tier is None or tier.scope not in digits:
        return None
    return village[: digits[tier.scope]]


def guard_shifts(tiers: Mapping[str, TierRule], level: RiskLevel, guard: GuardRule) -> tuple[tuple[int, int], ...]:
    """The shifts of a day's guard as (from hour, to hour)."""
    watched = max((tier.guard_hours for tier in _up_to(tiers, level) if tier.guard_hours), default=0)
    return tuple((start, min(start + guard.shift_hours, watched)) for start in range(0, watched, guard.shift_hours))


def _up_to(tiers: Mapping[str, TierRule], level: RiskLevel) -> list[TierRule]:
    """A higher level asks for no less than those below it."""
    order = [RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH]
    return [tiers[each.value] for each in order[: order.index(level) + 1] if each.value in tiers]


# -- going out


def may_leave(rules: ControlRules | None, mode: str | None, *, permitted: bool) -> Verdict:
    """Whether somebody inside a closed unit may go out now (SD-3.6.2-e). `mode` None: nothing is closed."""
    if mode is None:
        return Verdict(Answer.YES, "not_closed")
    if rules is None or rules.closure is None or mode not in rules.closure.modes:
        return Verdict(Answer.OFFICIAL, "not_configured")
    if permitted or rules.closure.leaving == "free":
        return Verdict(Answer.YES, "permitted", rules.closure.source)
    return Verdict(Answer.NO, "permit_needed", rules.closure.source, needs=("permit",))


# -- two rounds of testing


def rounds_asked(rule: ZoneRoundsRule | None, level: RiskLevel) -> int:
    """How often the people of a zone are tested at this level (SD-3.6.2-d)."""
    return rule.rounds if rule is not None and level in rule.levels else 0


def turns(
    rule: ZoneRoundsRule, grids: Iterable[str], now: datetime, zone: tzinfo
) -> dict[str, tuple[datetime, datetime]]:
    """When each grid comes today, so that nobody queues with the whole street: full turns from the next full one on.

    Grids follow each other as they are numbered, as many to a turn as must be. Empty where the day has no turn left.
    """
    if rule.slot_minutes is None:
        return {}
    local, length = now.astimezone(zone), timedelta(minutes=rule.slot_minutes)
    opens = datetime.combine(local.date(), rule.remind_at, zone)
    closes = datetime.combine(local.date(), rule.listed_at, zone)
    begun = max(0, -((opens - local) // length))  # turns that have begun by now
    starts = []
    start = opens + begun * length
    while start + length <= closes:
        starts.append(start)
        start += length
    ordered = sorted(set(grids), key=lambda grid: (not grid.isdecimal(), int(grid) if grid.isdecimal() else 0, grid))
    if not starts:
        return {}
    return {
        grid: (starts[at], starts[at] + length)
        for number, grid in enumerate(ordered)
        for at in (number * len(starts) // max(len(ordered), len(starts)),)
    }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of whom somebody must be sampled in a round, how many are."""

    people: int
    sampled: int

    @property
    def percent(self) -> int:
        """Whole percents, rounded down: 100 means everybody."""
        return 100 if not self.people else self.sampled * 100 // self.people


# -- those who need somebody to look after them


def welfare_due(rule: WelfareRule | None, groups: Collection[str]) -> bool:
    """Whether a person is asked every day how they are while their area is controlled (BN-2.5.1-a)."""
    return rule is not None and any(group in rule.groups for group in groups)


def at_clock(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone)


def next_at(now: datetime, at: time, zone: tzinfo) -> datetime:
    """The next time the clock shows `at`, not now."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    return today if today > local else datetime.combine(local.date() + DAY, at, zone)


# -- arrivals


@dataclass(frozen=True, slots=True)
class ArrivalEvidence:
    """What is on record of somebody who came from a key area."""

    followed_up: bool = False
    arrived: bool = False
    sampled: bool = False

    def shows(self, evidence: str) -> bool:
        return bool({"follow_up": self.followed_up, "arrival": self.arrived, "sample": self.sampled}.get(evidence))


def tracking(rule: TrackingRule | None, evidence: ArrivalEvidence) -> Mapping[str, bool]:
    """For each state of an arrival whether it is reached (DL-3.3-e); empty where no notice asks for them."""
    if rule is None:
        return {}
    return {state: evidence.shows(by) for state, by in rule.states.items()}


# -- lifting


@dataclass(frozen=True, slots=True)
class Closing:
    """What has been shown, said and decided on the way to lifting a control."""

    met: Collection[str] = ()
    opinion: bool = False
    approved: bool = False


def criteria_of(rule: TerminationRule | None) -> tuple[str, ...]:
    """Raises NotConfigured: no criteria are ever guessed."""
    if rule is None:
        raise NotConfigured("termination", "DP-3.5-a")
    return need(rule.criteria)


def may_lift(rule: TerminationRule | None, closing: Closing) -> Verdict:
    """Whether a control may end: every criterion met, the experts heard, and somebody else has approved (DP-3.5-a)."""
    if rule is None or isinstance(rule.criteria, Unset):
        return Verdict(Answer.OFFICIAL, "not_configured")
    missing = [criterion for criterion in rule.criteria if criterion not in closing.met]
    if "experts" in rule.flow and not closing.opinion:
        missing.append("experts")
    if "approval" in rule.flow and not closing.approved:
        missing.append("approval")
    if missing:
        return Verdict(Answer.NO, "criteria_open", rule.source, needs=tuple(missing))
    return Verdict(Answer.YES, "criteria_met", rule.source)


# -- lists


def told_changes(rule: ListsRule | None, kinds: Iterable[str]) -> tuple[str, ...]:
    """Which kinds of change of a published list people are told of."""
    return tuple(kind for kind in kinds if rule is None or kind in rule.told)


def asked_of_returnees(rule: ListsRule | None) -> tuple[str, ...]:
    return rule.asks if rule is not None else ()


def faults(
    *,
    ladders: Collection[str],
    waves: WavesRule,
    decision: ScopeDecisionRule | None,
    notice: ChangeNoticeRule | None,
    welfare: WelfareRule | None,
) -> Sequence[tuple[tuple[str, ...], str]]:
    """Names in these sections that lead nowhere, with where they stand."""
    used = {
        ("waves", "ladder"): waves.ladder,
        ("scope_decision", "ladder"): decision.ladder if decision else None,
        ("change_notice", "ladder"): notice.ladder if notice else None,
        ("welfare", "ladder"): welfare.ladder if welfare else None,
    }
    found = [(at, f"there is no ladder {code}") for at, code in used.items() if code and code not in ladders]
    found += [
        (("waves", "steps"), f"{step.to} is nobody an announcement goes to")
        for step in waves.steps
        if step.to not in list(Audience)
    ]
    return found


LEVEL_OF_ROLE: Mapping[Role, Level] = {
    Role.GRID_WORKER: Level.L1,
    Role.COMMUNITY: Level.L2,
    Role.DOCTOR: Level.L2,
    Role.TOWNSHIP: Level.L3,
    Role.COUNTY: Level.L4,
    Role.CITY: Level.L5,
    Role.PROVINCE: Level.L6,
    Role.HEALTH: Level.HL,
    Role.POLICE: Level.PL,
    Role.EXPERT: Level.XL,
    Role.UNIT_CONTACT: Level.UL,
    Role.SUPERVISION: Level.SL,
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One alert about people of several places: where it rings, its steps, and the places it speaks of."""

    area: str
    steps: tuple[LadderStep, ...]
    of: tuple[str, ...]


def told_together(places: Iterable[str], steps: Sequence[LadderStep], *, whole: str) -> list[Telling]:
    """A list of people by place, told up a ladder without telling anybody twice: each grid worker of the own place, a
    community once of all its places, and everybody above once of the whole area."""
    known = sorted(set(places))
    by_reach: dict[int, list[LadderStep]] = {}
    for step in steps:
        by_reach.setdefault(_REACH.get(step.level, 0), []).append(step)
    told: list[Telling] = []
    for digits, own in by_reach.items():
        inside: dict[str, list[str]] = {}
        for place in known:
            inside.setdefault(place[:digits] if digits else whole, []).append(place)
        told += [Telling(area, tuple(own), tuple(of)) for area, of in inside.items()]
    return told


_REACH: Mapping[Level, int] = {Level.L1: 14, Level.L2: VILLAGE_DIGITS}
"""How many digits of an area code people at this level answer for, where that is less than the whole."""
