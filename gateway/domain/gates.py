"""Gates: may this person work, come, travel; is the isolation over. Each rule of a pack speaks where its question is
asked and all its circumstances hold; what the facts are is worked out beside it, what follows from them is data.

A "no" outweighs an official's decision, which outweighs a "yes". Where no rule speaks, nothing is guessed: a person
decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from gateway.domain.gate_rules import Circumstance, GateRule
from gateway.domain.kinds import GateQuestion, Level, ResultValue, TestKind, Verdict
from gateway.domain.packs import Pack, PreboardingRule
from gateway.domain.periodic_tests import next_test
from gateway.domain.plans import Sampling
from gateway.domain.rules import DEFAULT, Unset, Words, need
from gateway.domain.transfers import judged as judged_transfer
from gateway.domain.windows import Streak
from gateway.errors import NotConfigured

NOTHING: Mapping[str, object] = MappingProxyType({})

#: What weighs more comes first.
WEIGHT = {Verdict.NO: 0, Verdict.OFFICIAL: 1, Verdict.YES: 2}

#: Codes of reasons no pack has words for.
NOT_CONFIGURED = "not_configured"
NO_RULE = "no_rule"
#: The newest confirmed test is positive; and what is said instead of a reason to who may not know of anybody's health.
RESULT_POSITIVE = "result_positive"
HEALTH_WITHHELD = "health_withheld"

_HEALTH = frozenset({Circumstance.SYMPTOMS, Circumstance.TEST_POSITIVE})

_TELLING = (ResultValue.NEGATIVE, ResultValue.POSITIVE)

#: A way of travel that no notice allows after the first point of entry.
OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what is known: which circumstances hold, and the facts the words may name."""

    question: GateQuestion
    holds: frozenset[Circumstance] = frozenset()
    occupations: tuple[str, ...] = ()
    profile: str | None = None
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why: the words of the pack, or a code of ours where the pack has none; and the rules it rests on."""

    code: str
    verdict: Verdict
    rules: tuple[str, ...] = ()
    says: Words | None = None
    decides: Level | None = None
    facts: Mapping[str, object] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """`reasons`: those that decide first, advice after them."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    decides: Level | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule for reason in self.reasons for rule in reason.rules))

    @property
    def deciding(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.verdict is self.verdict)


def judged(reasons: Iterable[Reason]) -> GateAnswer:
    """The heaviest verdict with its reasons first. No reason at all: an official must decide."""
    ordered = sorted(reasons, key=lambda reason: WEIGHT[reason.verdict])
    if not ordered:
        return GateAnswer(verdict=Verdict.OFFICIAL, reasons=(Reason(code=NO_RULE, verdict=Verdict.OFFICIAL),))
    verdict = ordered[0].verdict
    decides = next((reason.decides for reason in ordered if reason.verdict is verdict and reason.decides), None)
    return GateAnswer(verdict=verdict, reasons=tuple(ordered), decides=decides)


def not_configured(missing: Unset | NotConfigured) -> Reason:
    """A value nobody may guess: an official must be asked."""
    return Reason(
        code=NOT_CONFIGURED,
        verdict=Verdict.OFFICIAL,
        rules=(missing.rule,),
        facts={"value": missing.value, "rule": missing.rule},
    )


def cited(source: Iterable[str]) -> tuple[str, ...]:
    """The rules of a source; what is ours alone cites none."""
    return tuple(rule for rule in source if rule != DEFAULT)


def gate_rules(pack: Pack) -> Mapping[str, GateRule]:
    """Every gate of a pack; those about leading cadres stand with its events."""
    return {**pack.gates, **(pack.events.gates if pack.events else {})}


def answer(pack: Pack, asked: Asked, *, also: Sequence[Reason] = ()) -> GateAnswer:
    """What the pack answers. `also` are reasons found on the way there (a value that is not configured)."""
    spoken = [
        Reason(
            code=key,
            verdict=rule.answer,
            rules=cited(rule.source),
            says=rule.says,
            decides=rule.decides,
            facts=asked.facts,
        )
        for key, rule in gate_rules(pack).items()
        if _speaks(rule, asked)
    ]
    return judged([*also, *spoken])


def _speaks(rule: GateRule, asked: Asked) -> bool:
    return (
        rule.question is asked.question
        and all(circumstance in asked.holds for circumstance in rule.when)
        and (not rule.occupations or bool(set(rule.occupations) & set(asked.occupations)))
        and (not rule.profiles or asked.profile in rule.profiles)
    )


# -- may this person work


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What is known of somebody who asks to work. Only confirmed results count (design 6)."""

    occupations: tuple[str, ...]
    samplings: tuple[Sampling, ...] = ()
    symptoms: bool = False
    isolated_until: datetime | None = None
    isolated: bool = False


def last_negative(samplings: Iterable[Sampling]) -> Sampling | None:
    """The newest test with a negative result; a certificate's age counts from its sampling (DEF-12)."""
    negative = [each for each in samplings if each.test is TestKind.NAT and each.result is ResultValue.NEGATIVE]
    return max(negative, key=lambda each: each.sampled_at, default=None)


def newest_is_positive(samplings: Iterable[Sampling]) -> bool:
    """Whether no negative test came after the last positive one."""
    told = [each for each in samplings if each.test is TestKind.NAT and each.result in _TELLING]
    newest = max(told, key=lambda each: (each.sampled_at, each.result is ResultValue.POSITIVE), default=None)
    return newest is not None and newest.result is ResultValue.POSITIVE


def without_health(pack: Pack, found: GateAnswer) -> GateAnswer:
    """The same answer for somebody who learns what a person may do, and nothing of how they are (design 7)."""
    rules = gate_rules(pack)

    def tells_health(reason: Reason) -> bool:
        rule = rules.get(reason.code)
        return reason.code == RESULT_POSITIVE or (rule is not None and bool(_HEALTH & set(rule.when)))

    return replace(
        found,
        reasons=tuple(
            Reason(code=HEALTH_WITHHELD, verdict=reason.verdict, decides=reason.decides)
            if tells_health(reason)
            else reason
            for reason in found.reasons
        ),
    )


def may_work(pack: Pack, worker: Worker, now: datetime) -> GateAnswer:
    """Whether somebody may go to work at this moment. Where several occupations count, the strictest does."""
    periodic = [name for name in worker.occupations if name in pack.periodic]
    positive = newest_is_positive(worker.samplings)
    newest = None if positive else last_negative(worker.samplings)
    holds: set[Circumstance] = set()
    facts: dict[str, object] = {}
    unset: list[Reason] = []
    if positive:
        unset.append(Reason(code=RESULT_POSITIVE, verdict=Verdict.OFFICIAL, decides=Level.HL))
    for name in periodic:
        try:
            following = next_test(pack.periodic[name], newest.sampled_at if newest else now, pack.zone)
        except NotConfigured as missing:
            unset.append(not_configured(missing))
            continue
        valid = newest is not None and following.valid(now)
        holds.add(Circumstance.VALID_NEGATIVE if valid else Circumstance.NO_VALID_NEGATIVE)
        if valid:
            facts["through"] = min(following.due_on, _known_day(facts, following.due_on))
    if Circumstance.NO_VALID_NEGATIVE in holds:
        holds.discard(Circumstance.VALID_NEGATIVE)
    if not periodic:
        holds.add(Circumstance.NO_TEST_DUTY)
    if worker.symptoms:
        holds.add(Circumstance.SYMPTOMS)
    if worker.isolated:
        holds.add(Circumstance.ISOLATED)
        facts["until"] = worker.isolated_until
    asked = Asked(question=GateQuestion.WORK, holds=frozenset(holds), occupations=worker.occupations, facts=facts)
    return answer(pack, asked, also=unset)


def _known_day(facts: Mapping[str, object], otherwise: date) -> date:
    known = facts.get("through")
    return known if isinstance(known, date) else otherwise


def may_be_received(pack: Pack, occupation: str, *, surveyed: bool) -> GateAnswer:
    """Whether an institution of this kind may take in somebody new."""
    holds = {Circumstance.SURVEYED if surveyed else Circumstance.NOT_SURVEYED}
    return answer(pack, Asked(question=GateQuestion.ADMISSION, holds=frozenset(holds), occupations=(occupation,)))


# -- may this traveller come


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """What is known of somebody who wants to come.

    `must_declare`: from abroad or a key area. `released_on`: the end of the isolation at the first point of entry.
    `certificate_at`: sampling time of the test shown before boarding, asked for only where `boards_at` is given.
    `reports`: the daily reports of whoever is asked for them before boarding.
    """

    must_declare: bool
    declared: bool = False
    released_on: date | None = None
    arrives_on: date | None = None
    own_transport: bool = False
    early_or_changed: bool = False
    approved: bool = False
    boards_at: datetime | None = None
    certificate_at: datetime | None = None
    reports: Streak | None = None


def may_come(pack: Pack, traveller: Traveller) -> GateAnswer:
    holds: set[Circumstance] = set()
    facts: dict[str, object] = {}
    also: list[Reason] = []
    if not traveller.must_declare:
        holds.add(Circumstance.NOTHING_TO_DECLARE)
    else:
        holds.add(Circumstance.DECLARED if traveller.declared else Circumstance.UNDECLARED)
    if pack.declare is not None:
        facts["days"] = pack.declare.lead_days
    if traveller.early_or_changed:
        holds.add(Circumstance.EARLY_OR_CHANGED)
        holds.add(Circumstance.APPROVED if traveller.approved else Circumstance.NOT_APPROVED)
    if traveller.own_transport and _soon_after_release(pack, traveller):
        holds.add(Circumstance.OWN_TRANSPORT)
    if traveller.reports is not None and traveller.reports.to_decide:
        holds.add(Circumstance.REPORTS_MISSING)
        facts |= {"reported": traveller.reports.reported, "needed": traveller.reports.needed}
    if traveller.boards_at is not None:
        rule = pack.preboard
        if rule is None:
            also.append(not_configured(NotConfigured("preboard.cert_hours", pack.id)))
        else:
            also += _certificate(rule, traveller, holds, facts)
    return answer(pack, Asked(question=GateQuestion.COME, holds=frozenset(holds), facts=facts), also=also)


def _soon_after_release(pack: Pack, traveller: Traveller) -> bool:
    """Within the days in which the prescribed transport still applies; the profiles of such travellers hold them."""
    if traveller.released_on is None:
        return False
    arrives_on = traveller.arrives_on or traveller.released_on
    transfers = [profile.transfer for profile in pack.profiles.values() if profile.transfer]
    return any(
        judged_transfer(rule, released_on=traveller.released_on, arrived_on=arrives_on, transport=OWN).to_decide
        for rule in transfers
    )


def _certificate(
    rule: PreboardingRule, traveller: Traveller, holds: set[Circumstance], facts: dict[str, object]
) -> list[Reason]:
    assert traveller.boards_at is not None
    try:
        hours = need(rule.cert_hours)
    except NotConfigured as missing:
        return [not_configured(missing)]
    facts["hours"] = hours
    shown = traveller.certificate_at
    fresh = shown is not None and 0 <= (traveller.boards_at - shown).total_seconds() <= hours * 3600
    holds.add(Circumstance.CERTIFICATE_VALID if fresh else Circumstance.CERTIFICATE_MISSING)
    return []


# -- may I go there, may we meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A journey somebody thinks of. None: nobody knows the level there."""

    at_risk: bool | None
    home_at_risk: bool = False
    necessary: bool = False
    cadre: bool = False
    leaves_city: bool = False
    approved: bool = False


def may_travel(pack: Pack, trip: Trip) -> GateAnswer:
    holds: set[Circumstance] = set()
    if trip.at_risk is None:
        holds.add(Circumstance.DESTINATION_UNKNOWN)
    else:
        holds.add(Circumstance.DESTINATION_AT_RISK if trip.at_risk else Circumstance.DESTINATION_LOW)
    if trip.home_at_risk:
        holds.add(Circumstance.HOME_AT_RISK)
    holds.add(Circumstance.NECESSARY if trip.necessary else Circumstance.NOT_NECESSARY)
    if trip.cadre:
        holds.add(Circumstance.CADRE)
        if trip.leaves_city:
            holds.add(Circumstance.OUT_OF_CITY)
        holds.add(Circumstance.APPROVED if trip.approved else Circumstance.NOT_APPROVED)
    return answer(pack, Asked(question=GateQuestion.TRAVEL, holds=frozenset(holds)))


def may_go_out(pack: Pack) -> GateAnswer:
    """「能聚餐吗」, "can we meet": advice of the notice, not a ban."""
    return answer(pack, Asked(question=GateQuestion.OUTING))


# -- is it over


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How an isolation stands. `rules` are those of its period; `tests_negative` None: a result is missing."""

    profile: str
    rules: tuple[str, ...]
    ends_at: datetime | None
    closed: bool
    missing_test: bool = False
    held: bool = False
    arrived: bool = True
    tests_negative: bool | None = None


def is_over(pack: Pack, watched: Watched | None, now: datetime) -> GateAnswer:
    """The bot never ends an isolation: it is over when the record says so, and somebody holds it when it is held."""
    holds: set[Circumstance] = set()
    facts: dict[str, object] = {}
    if watched is None:
        holds.add(Circumstance.NEVER_ISOLATED)
    elif watched.closed:
        holds.add(Circumstance.ISOLATION_OVER)
    elif watched.held:
        holds.add(Circumstance.HELD)
    elif watched.missing_test and (watched.ends_at is None or watched.ends_at <= now):
        holds.add(Circumstance.TEST_MISSING)
    else:
        holds.add(Circumstance.ISOLATED if watched.ends_at else Circumstance.END_UNKNOWN)
        facts["until"] = watched.ends_at
    found = answer(
        pack,
        Asked(
            question=GateQuestion.OVER,
            holds=frozenset(holds),
            profile=watched.profile if watched else None,
            facts=facts,
        ),
    )
    if watched is None:
        return found
    return GateAnswer(
        verdict=found.verdict,
        decides=found.decides,
        reasons=tuple(
            Reason(
                code=reason.code,
                verdict=reason.verdict,
                rules=tuple(dict.fromkeys((*reason.rules, *watched.rules))),
                says=reason.says,
                decides=reason.decides,
                facts=reason.facts,
            )
            for reason in found.reasons
        ),
    )


def has_green_code(pack: Pack, watched: Watched) -> GateAnswer:
    """All three: the isolation is over, the person has arrived, every test was negative."""
    holds: set[Circumstance] = set()
    holds.add(Circumstance.ISOLATION_OVER if watched.closed else Circumstance.ISOLATED)
    holds.add(Circumstance.ARRIVED if watched.arrived else Circumstance.NOT_ARRIVED)
    if watched.tests_negative is None:
        holds.add(Circumstance.TEST_MISSING)
    else:
        holds.add(Circumstance.TESTS_NEGATIVE if watched.tests_negative else Circumstance.TEST_POSITIVE)
    return answer(
        pack,
        Asked(
            question=GateQuestion.GREEN_CODE,
            holds=frozenset(holds),
            profile=watched.profile,
            facts={"until": watched.ends_at},
        ),
    )
