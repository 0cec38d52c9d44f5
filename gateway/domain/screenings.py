"""Who should be tested (应检尽检): the real-time, immediate and periodic lists, and who pays.

A class is on the list by the profile somebody is under, or by something that happened to them, to their household or
where they live, no longer ago than the notice looks back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.domain.calendars import DAY, elapse
from gateway.domain.kinds import ResultValue
from gateway.domain.profiles import CostRule, ProfileRule
from gateway.domain.rules import Words


class ScreeningList(StrEnum):
    REAL_TIME = "real_time"
    IMMEDIATE = "immediate"
    PERIODIC = "periodic"


class Occasion(StrEnum):
    """What puts somebody on a list."""

    SYMPTOMS = "symptoms"
    HOUSEHOLD_CONTACT = "household_contact"
    HOUSEHOLD_HISTORY = "household_history"
    OWN_HISTORY = "own_history"
    COMMUNITY_OUTBREAK = "community_outbreak"
    FEVER_CLINIC = "fever_clinic"
    ADMISSION = "admission"
    CARING_FOR_PATIENT = "caring_for_patient"
    ENTERED = "entered"
    NAMED_BY_AUTHORITY = "named_by_authority"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningClass:
    """People of these occupations (none: everybody) with this occasion, or under one of these profiles.

    `days`: how far back the occasion may lie. `profile`: under which an official puts them for the test.
    """

    source: tuple[str, ...]
    title: Words
    list: ScreeningList
    profiles: tuple[str, ...] = ()
    occupations: tuple[str, ...] = ()
    occasion: Occasion | None = None
    days: int | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRevisionRule:
    """That the lists may change with the epidemic, so that people are classified anew and told."""

    source: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of one person that bears on testing. `occasions` hold the day something happened, or ended."""

    profiles: Collection[str] = ()
    occupation: str | None = None
    occasions: Mapping[Occasion, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """On one of the lists, with the sentence that says so; `until` is the last day of it, where there is one."""

    key: str
    title: Words
    list: ScreeningList
    rules: tuple[str, ...]
    profile: str | None = None
    until: date | None = None
    payer: CostRule | None = None


def listed(
    classes: Mapping[str, ScreeningClass],
    known: Circumstances,
    today: date,
    payer: CostRule | None = None,
) -> tuple[Listed, ...]:
    """Every class this person is in today, in the order of the notice. `payer`: who pays for such a test."""
    return tuple(
        Listed(
            key=key,
            title=each.title,
            list=each.list,
            rules=each.source,
            profile=each.profile,
            until=_until(each, known),
            payer=payer,
        )
        for key, each in classes.items()
        if _belongs(each, known, today)
    )


def real_time_profiles(classes: Mapping[str, ScreeningClass]) -> frozenset[str]:
    """The profiles of people on the real-time list."""
    real_time = [each for each in classes.values() if each.list is ScreeningList.REAL_TIME]
    return frozenset(name for each in real_time for name in (*each.profiles, each.profile) if name)


def _belongs(each: ScreeningClass, known: Circumstances, today: date) -> bool:
    if each.profiles:
        return not set(each.profiles).isdisjoint(known.profiles)
    if each.occupations and known.occupation not in each.occupations:
        return False
    if each.occasion is None or each.occasion not in known.occasions:
        return False
    happened = known.occasions[each.occasion]
    return each.days is None or happened <= today <= happened + each.days * DAY


def _until(each: ScreeningClass, known: Circumstances) -> date | None:
    if each.occasion is None or each.days is None:
        return None
    return known.occasions[each.occasion] + each.days * DAY


SHOULD_TEST, VOLUNTARY = "should_test", "voluntary"


def paid_by(payers: Mapping[str, CostRule], profile: ProfileRule | None) -> CostRule | None:
    """Who pays for a test: what another rule says comes first, then whether the test was asked for (SD-3.3.3-k)."""
    if profile is not None and profile.costs is not None:
        return profile.costs
    return payers.get(SHOULD_TEST if profile is not None else VOLUNTARY)


class Moment(StrEnum):
    """The three first moments of everybody on the real-time list (SD-3.3.3-l)."""

    DISCOVERED = "discovered"
    TRACED = "traced"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMoment:
    """One of the three, and the hours after `since` within which it must have come; none for the first of all."""

    source: tuple[str, ...]
    title: Words
    since: Moment | None = None
    within_hours: int | None = None
    within_hours_source: tuple[str, ...] = ()
    ladder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentSeen:
    key: Moment
    title: Words
    at: datetime | None
    due_at: datetime | None
    rules: tuple[str, ...]

    def late(self, now: datetime) -> bool:
        return self.due_at is not None and (self.at or now) > self.due_at


def first_moments(rules: Mapping[str, FirstMoment], seen: Mapping[Moment, datetime]) -> tuple[MomentSeen, ...]:
    """The three moments with what is known of them: each measurable, each with its own end of patience."""
    found = []
    for key, rule in rules.items():
        since = seen.get(rule.since) if rule.since else None
        due_at = elapse(since, timedelta(hours=rule.within_hours)) if since and rule.within_hours else None
        moment = Moment(key)
        found.append(MomentSeen(key=moment, title=rule.title, at=seen.get(moment), due_at=due_at, rules=rule.source))
    return tuple(found)


class PassBasis(StrEnum):
    """Why somebody stands in the database that pass codes are given from (SD-4.4-e)."""

    NEGATIVE = "negative"
    CLEARED_POSITIVE = "cleared_positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassCodeRule:
    source: tuple[str, ...]
    counts: tuple[PassBasis, ...]


def pass_basis(
    rule: PassCodeRule, results: Sequence[tuple[datetime, ResultValue]], cleared_at: datetime | None
) -> PassBasis | None:
    """The ground on which somebody is entered: the newest result is negative, or a positive was ruled out since.

    A negative after a positive alone clears nobody; an official must have ended the observation.
    """
    if not results:
        return None
    positives = [at for at, value in results if value is ResultValue.POSITIVE]
    if positives:
        ruled_out = cleared_at is not None and cleared_at >= max(positives)
        basis = PassBasis.CLEARED_POSITIVE if ruled_out else None
    else:
        newest = max(results, key=lambda one: one[0])
        basis = PassBasis.NEGATIVE if newest[1] is ResultValue.NEGATIVE else None
    return basis if basis in rule.counts else None
