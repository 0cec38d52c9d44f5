"""Windows of dates: who is in scope of a key area, is a declaration in time, how long may a lead stay open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.domain.calendars import DAY, elapse
from gateway.domain.packs import GapPolicy, KeyAreaRule, Pack
from gateway.domain.profiles import Counted
from gateway.domain.rules import need
from gateway.errors import Invalid, NotConfigured


@dataclass(frozen=True, slots=True)
class KeyAreaWindow:
    """Both ends inclusive. `closes_on` is None while nobody knows which case was the last."""

    opens_on: date
    closes_on: date | None

    def holds(self, entry: date) -> bool:
        return self.opens_on <= entry and (self.closes_on is None or entry <= self.closes_on)


def key_area_window(first_case: date, last_case: date | None, rule: KeyAreaRule) -> KeyAreaWindow:
    """SD-3.3.2-m. Every new case moves the far end, so the window is computed anew, never stretched."""
    if last_case is not None and last_case < first_case:
        raise Invalid(f"the last case ({last_case}) is before the first ({first_case})")
    closes_on = None if last_case is None else last_case + rule.after_last_case_days * DAY
    return KeyAreaWindow(first_case - rule.before_outbreak_days * DAY, closes_on)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A late declaration is accepted and flagged, never refused (DEF-15)."""

    due_at: datetime
    days_late: int
    rules: tuple[str, ...]

    @property
    def late(self) -> bool:
        return self.days_late > 0


def declaration(declared_at: datetime, arrives_on: date, pack: Pack) -> Declaration:
    """Whether an arrival was announced in time: until 24:00 of the day `lead_days` before it (SD-3.3.1-a).

    Counted in hours it is a day less, since only the day of the arrival is known (AMB-01).
    """
    rule = pack.declare
    if rule is None:
        raise NotConfigured("declare.lead_days", pack.id)
    due_on = arrives_on - (rule.lead_days + (rule.counted is Counted.HOURS)) * DAY
    due_at = datetime.combine(due_on + DAY, time.min, pack.zone)
    declared_on = declared_at.astimezone(pack.zone).date()
    return Declaration(due_at, max(0, (declared_on - due_on).days), rule.source)


def lead_due_at(started_at: datetime, lead: str, pack: Pack) -> datetime:
    """Until when a lead must be followed up: hours from its clock start, or 24:00 of that day (SD-3.3.1-c, -d, -e)."""
    if lead not in pack.leads:
        raise NotConfigured(f"leads.{lead}", pack.id)
    rule = pack.leads[lead]
    start = started_at.astimezone(pack.zone)
    if rule.same_day:
        midnight = datetime.combine(start.date() + DAY, time.min, pack.zone)
        return max(midnight, elapse(start, timedelta(hours=rule.min_grace_hours)))
    if rule.sla_hours is None:
        raise NotConfigured(f"leads.{lead}.sla_hours", rule.source[0])
    return elapse(start, timedelta(hours=need(rule.sla_hours)))


@dataclass(frozen=True, slots=True)
class Streak:
    """The reports before boarding: how many of them came, which are missing, and when boarding is possible.

    `complete_on` is the last day still needed. With the flag policy a gap moves nothing: an official decides. So many
    gaps as a pack tolerates move nothing either; one more and the count starts anew after the last.
    """

    reported: int
    needed: int
    missing: tuple[date, ...]
    starts_on: date
    complete_on: date
    earliest_boarding: date
    tolerated: bool = False

    @property
    def broken(self) -> bool:
        return bool(self.missing)

    @property
    def to_decide(self) -> bool:
        """Whether somebody has to say if this row is good enough for boarding."""
        return self.broken and not self.tolerated


def preboarding_streak(boards_on: date, reported: Iterable[date], today: date, pack: Pack) -> Streak:
    """SD-3.2.2-a: one report on each of the days before boarding. Only days that are over can be missing."""
    rule = pack.preboard
    if rule is None:
        raise NotConfigured("preboard.days", pack.id)
    starts_on = boards_on - rule.days * DAY
    given = frozenset(reported)
    days = [starts_on + timedelta(days=number) for number in range(rule.days)]
    missing = tuple(day for day in days if day < today and day not in given)
    tolerated = rule.gap_policy is GapPolicy.TOLERATE and len(missing) <= rule.tolerated_gaps
    if rule.gap_policy is not GapPolicy.FLAG and missing and not tolerated:
        starts_on = missing[-1] + DAY
    complete_on = starts_on + (rule.days - 1) * DAY
    count = sum(day in given for day in days if day >= starts_on)
    boarding = max(boards_on, complete_on + DAY)
    return Streak(count, rule.days, missing, starts_on, complete_on, boarding, tolerated)
