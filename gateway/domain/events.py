"""Events: may this be held, and who is asked. Conditions of every notice in force are looked at in one order (AMB-33):
the area's tier, then bans, then size. A "no" at any step is final.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.gate_rules import EventCondition, EventRules, EventStep, PersonsRule, ReviewRule
from gateway.domain.gates import GateAnswer, Reason, cited, judged, not_configured
from gateway.domain.kinds import EventKind, Excuse, RiskLevel, Verdict
from gateway.domain.packs import Pack
from gateway.domain.risk_areas import RANK
from gateway.domain.rules import Unset, need
from gateway.errors import NotConfigured

#: Codes of reasons no pack has words for.
TIER_UNKNOWN = "tier_unknown"
TIER_UNSURE = "tier_unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What somebody wants to hold. `people`: everybody invited (AMB-17); None while nobody has said how many."""

    kind: EventKind
    on: date
    people: int | None = None
    cadres: bool = False
    excuses: frozenset[Excuse] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The place as the register sees it. `tier` None: no list is in force. `possible`: a listed place that may be
    there, but whose township could not be told, has this higher tier."""

    tier: RiskLevel | None
    possible: RiskLevel | None = None
    last_case_on: date | None = None


def sections(pack: Pack) -> tuple[EventRules, ...]:
    """What a pack knows of events: of one notice, or put together from several."""
    return tuple(part for part in (pack.meetings, pack.event_tiers, pack.events) if part is not None)


def may_hold(pack: Pack, event: Event, ground: Ground) -> GateAnswer:
    """Yes, no, or whose approval it needs, with every reason on the way to the first "no" and the advice besides."""
    parts = sections(pack)
    reasons: list[Reason] = []
    for step in EventStep:
        here = [reason for part in parts for reason in _reasons(part, step, event, ground)]
        reasons += here
        if any(reason.verdict is Verdict.NO for reason in here):
            break
    else:
        if parts and not reasons:
            reasons.append(Reason(code="nothing_against_it", verdict=Verdict.YES))
    advice = [
        Reason(code=key, verdict=Verdict.YES, rules=cited(said.source), says=said.says)
        for part in parts
        for key, said in part.advice.items()
        if event.kind in said.kinds
    ]
    return judged([*reasons, *advice])


def _reasons(part: EventRules, step: EventStep, event: Event, ground: Ground) -> Iterable[Reason]:
    for key, condition in part.conditions.items():
        if condition.step is not step or (condition.kinds and event.kind not in condition.kinds):
            continue
        try:
            found = _applies(part, condition, event, ground, key)
        except NotConfigured as missing:
            found = not_configured(missing)
        if found is not None:
            yield found


def _applies(part: EventRules, condition: EventCondition, event: Event, ground: Ground, key: str) -> Reason | None:
    if condition.cadres and not event.cadres:
        return None
    if condition.people_from is not None and event.people is not None and event.people < condition.people_from:
        return None
    if condition.in_season and not _in_season(part, event.on):
        return None
    if condition.tiers:
        if ground.tier is None:
            return Reason(
                code=TIER_UNKNOWN, verdict=Verdict.OFFICIAL, rules=cited(condition.source), decides=condition.decides
            )
        if ground.tier not in condition.tiers:
            if ground.possible in condition.tiers and RANK[ground.possible] > RANK[ground.tier]:
                return Reason(
                    code=TIER_UNSURE, verdict=Verdict.OFFICIAL, rules=cited(condition.source), decides=condition.decides
                )
            return None
    facts: dict[str, object] = {"people_from": condition.people_from}
    if condition.quiet_days is not None:
        if ground.last_case_on is None:
            return None
        days = (event.on - ground.last_case_on).days
        if days >= condition.quiet_days:
            return None
        facts |= {"days": days, "quiet_days": condition.quiet_days}
    verdict = condition.answer
    if condition.unless is not None and condition.unless in event.excuses:
        verdict = Verdict.OFFICIAL
    if condition.people_from is not None and event.people is None:
        verdict = Verdict.YES  # said as a condition until somebody says how many come
    return Reason(
        code=key,
        verdict=verdict,
        rules=cited(condition.source),
        says=condition.says,
        decides=condition.decides,
        facts=facts,
    )


def _in_season(part: EventRules, day: date) -> bool:
    first, last = _date(part.season_from), _date(part.season_to)
    return (first is None or first <= day) and (last is None or day <= last)


def _date(value: date | Unset | None) -> date | None:
    return need(value)


# -- looked at again


def reviewed_on_rise(pack: Pack) -> ReviewRule | None:
    """The rule by which everything approved is looked at again when the area's tier rises."""
    return next((rule for part in sections(pack) for rule in part.reviews.values() if rule.on_rise), None)


def looked_at_on_the_day(pack: Pack, event: Event) -> datetime | None:
    """When the conditions are tested once more, on the day of the event itself."""
    times = [rule.on_the_day for part in sections(pack) for rule in part.reviews.values() if rule.on_the_day]
    return datetime.combine(event.on, min(times), pack.zone) if times else None


def must_be_reviewed(pack: Pack, event: Event, before: RiskLevel | None, ground: Ground) -> tuple[str, ...]:
    """The rules by which an approval may no longer stand as it is; empty: it stands."""
    now = may_hold(pack, event, ground)
    if now.verdict is Verdict.NO:
        return tuple(rule for reason in now.deciding for rule in reason.rules)
    on_rise = reviewed_on_rise(pack)
    rose = ground.tier is not None and before is not None and RANK[ground.tier] > RANK[before]
    return on_rise.source if on_rise is not None and rose else ()


def missing_persons(pack: Pack, named: Mapping[str, str | None]) -> tuple[PersonsRule, tuple[str, ...]] | None:
    """Who must still be named before an approval counts; None when nobody is missing."""
    for part in sections(pack):
        if part.persons is not None:
            missing = tuple(who for who in part.persons.named if not (named.get(who) or "").strip())
            return (part.persons, missing) if missing else None
    return None
