"""Plans: from (pack, profile, what is known of a person) to what must be done and when.

`make_plan` is the whole calendar engine. The same call plans and re-plans: tests that were sampled, and results, are
events; what they settle is settled, what waited for them gets its real dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.calendars import DAY, Moment, day_of, elapse, instant_of, plus_months
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import ItemKind, PeriodKind, ResultValue, TestKind
from gateway.domain.laboratories import LaboratoryClock
from gateway.domain.ladders import LadderBook, due_day, ladder_steps
from gateway.domain.packs import (
    Anchor,
    DailyRule,
    DayOne,
    ItemRule,
    Ladder,
    Pack,
    PeriodEnd,
    PeriodRule,
    ProfileRule,
    ReportClock,
    Span,
    When,
    anchor_named,
)
from gateway.domain.rules import DEFAULT, Unset, need
from gateway.domain.windows import key_area_window
from gateway.errors import Invalid, NotConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """A test that was really taken, with its confirmed result once there is one."""

    test: TestKind
    sampled_at: datetime
    result: ResultValue | None = None
    result_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    kind: PeriodKind
    starts_at: datetime
    ends_at: datetime | None
    rules: tuple[str, ...]
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One thing to do. `key` is stable over re-planning.

    `due_at` is None where the notice leaves the date open. `assumes` says in words what had to be assumed for the
    dates. A sampling counts from `counts_from`: for what is dated by day, the whole day. `settled_at` is the sampling
    that settled it; reminders and ladder then end there. `waits` marks dates that will only be real once something
    happened (the test before it, the results); nobody is reminded of or blamed for those.
    """

    key: str
    kind: ItemKind
    test: TestKind | None
    opens_at: datetime
    due_at: datetime | None
    rules: tuple[str, ...]
    assumes: tuple[str, ...]
    reminders: tuple[datetime, ...]
    ladder: tuple[LadderStep, ...]
    counts_from: datetime
    ladder_code: str
    waits: bool = False
    follows: str | None = None
    settled_at: datetime | None = None
    warned: tuple[LadderStep, ...] = ()

    @property
    def steps(self) -> tuple[LadderStep, ...]:
        """Everything officials hear about a clock: its warnings, then what climbs from its end on."""
        return (*self.warned, *self.ladder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`excused_by` names the rules by which nothing is asked of this person; the plan is then empty.

    `left_open` are values nobody may guess, each of which one item waits for: that item is left out, the rest stands.
    """

    profile: str
    pack_id: str
    pack_version: int
    periods: tuple[Period, ...]
    items: tuple[PlanItem, ...]
    excused_by: tuple[str, ...] = ()
    next_profile: str | None = None
    left_open: tuple[Unset, ...] = ()

    def item(self, key: str) -> PlanItem:
        return next(item for item in self.items if item.key == key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a sampling settles nothing: it came too soon after the test before it; it opens at `opens_at`."""

    item: str
    opens_at: datetime
    since_previous: timedelta
    needed: timedelta
    rules: tuple[str, ...]

    def __str__(self) -> str:
        return f"{_in_words(self.since_previous)}, need {_in_words(self.needed)}"


def make_plan(
    pack: Pack,
    profile: str,
    anchors: Mapping[str, Moment],
    *,
    events: Sequence[Sampling] = (),
    made_at: datetime | None = None,
    exempt_as: str | None = None,
    ladders: LadderBook | None = None,
) -> Plan:
    """The plan as at `made_at`; without it, as at the latest anchor, never as at today.

    What is past by then is due within the pack's grace. A re-plan passes the moment the first plan was made at.
    `exempt_as` names people to whom other rules apply (SD-3.3.2-l); of them nothing is asked here. Whoever makes many
    plans of one pack passes its `ladders`.
    """
    rule = pack.profile(profile)
    case = _open_case(pack, profile, rule, anchors, events, made_at, ladders or LadderBook(pack))
    plan = Plan(
        profile=profile,
        pack_id=pack.id,
        pack_version=pack.version,
        periods=(),
        items=(),
        next_profile=rule.next,
    )
    excused_by = exempted_by(pack, profile, exempt_as) or _excused_by(case)
    if excused_by:
        return replace(plan, excused_by=excused_by)
    tests = _tests(case)
    periods, check_ins = _periods(case, tests)
    items = [*tests.values(), *check_ins, *(item for daily in rule.daily for item in _daily(case, daily))]
    items.sort(key=lambda item: (item.opens_at, item.due_at is None, item.due_at or item.opens_at))
    return replace(plan, periods=tuple(periods), items=tuple(items), left_open=left_open(pack, profile))


def left_open(pack: Pack, profile: str) -> tuple[Unset, ...]:
    """What one item of this profile waits for and nobody may guess: how old a certificate may be (SD-3.2.2-b)."""
    hours = pack.preboard.cert_hours if pack.preboard else None
    rule = pack.profiles.get(profile)
    certified = rule is not None and any(item.when.certificate for item in rule.items)
    return (hours,) if certified and isinstance(hours, Unset) else ()


def exempted_by(pack: Pack, profile: str, exempt_as: str | None) -> tuple[str, ...]:
    """The rules that take such people out of this profile; none if they do not. Raises Invalid for an unknown word."""
    if exempt_as is None:
        return ()
    exemption = pack.exemptions.get(exempt_as)
    if exemption is None:
        known = ", ".join(pack.exemptions) or "none"
        raise Invalid(f"the pack {pack.id} knows no exemption {exempt_as}; it has: {known}")
    return exemption.source if profile in exemption.profiles else ()


LABORATORY = "laboratory"


def laboratory_plan(
    packs: Sequence[Pack],
    anchors: Mapping[str, Moment],
    *,
    key_person: bool = True,
    settled_at: datetime | None = None,
    may_be_none: bool = False,
) -> Plan:
    """The clocks a laboratory is held to for one sample: one item for each clock whose start is known.

    Several packs may be in force at once (AMB-10); what is only our default gives way to what any of them states.
    """
    clocks = [(pack, name, clock) for pack in packs for name, clock in pack.lab.items()]
    if any(clock.source != (DEFAULT,) for _, _, clock in clocks):
        clocks = [each for each in clocks if each[2].source != (DEFAULT,)]
    given = {anchor_named(name): moment for name, moment in anchors.items()}
    items: list[PlanItem] = []
    for pack, name, clock in clocks:
        moment = given.get(Anchor(clock.clock_start))
        if moment is None or (clock.key_persons and not key_person):
            continue
        key = name if len(packs) == 1 else f"{pack.id}:{name}"
        item = _clock_item(pack, key, clock, instant_of(moment, pack.zone), settled_at)
        if not any(
            (other.rules, other.opens_at, other.due_at) == (item.rules, item.opens_at, item.due_at) for other in items
        ):
            items.append(item)
    if not items and not may_be_none:
        starts = ", ".join(dict.fromkeys(str(clock.clock_start) for _, _, clock in clocks))
        raise Invalid(f"the profile {LABORATORY} needs the anchor {starts}")
    items.sort(key=lambda item: (item.due_at or item.opens_at, item.key))
    first = packs[0]
    return Plan(profile=LABORATORY, pack_id=first.id, pack_version=first.version, periods=(), items=tuple(items))


def _clock_item(
    pack: Pack, key: str, clock: LaboratoryClock, started_at: datetime, settled_at: datetime | None
) -> PlanItem:
    """The warnings before the end are the reminders; the ladder is what climbs from the end on."""
    due_at = clock.due_at(started_at)
    steps = ladder_steps(pack, clock.ladder, clock_start=started_at, due_at=due_at)
    if settled_at is not None:
        steps = tuple(step for step in steps if step.at < settled_at)
    warnings = sorted({step.at for step in steps if step.at < due_at})
    ours = clock.clock_start_source == (DEFAULT,) and clock.source != (DEFAULT,)
    return PlanItem(
        key=key,
        kind=ItemKind.CLOCK,
        test=None,
        opens_at=started_at,
        due_at=due_at,
        rules=clock.source,
        assumes=(f"the clock starts at {clock.clock_start}; the notice does not say",) if ours else (),
        reminders=tuple(warnings),
        ladder=tuple(step for step in steps if step.at >= due_at),
        warned=tuple(step for step in steps if step.at < due_at),
        counts_from=started_at,
        ladder_code=clock.ladder,
        settled_at=settled_at,
    )


def direct_report(pack: Pack, confirmed_at: datetime, *, first_positive_at: datetime | None = None) -> PlanItem | None:
    """The report upwards of a positive result, with its ladder; None where the pack asks for none."""
    rule = pack.report
    if rule is None:
        return None
    first = first_positive_at if rule.clock_start is ReportClock.FIRST_POSITIVE else None
    opens_at = (first or confirmed_at).astimezone(pack.zone)
    due_at = elapse(opens_at, timedelta(hours=rule.direct_online_hours))
    return PlanItem(
        key="direct-report",
        kind=ItemKind.REPORT,
        test=None,
        opens_at=opens_at,
        due_at=due_at,
        rules=rule.source,
        assumes=(),
        reminders=(),
        ladder=ladder_steps(pack, rule.ladder, clock_start=opens_at, due_at=due_at),
        counts_from=opens_at,
        ladder_code=rule.ladder,
    )


def refusal(plan: Plan, sampling: Sampling) -> Refusal | None:
    """Why this sampling may not be entered as one of the plan's tests; None if it may.

    Only the second of two tests that must lie apart is refused, and only when it came too soon. A late test settles its
    item late, and one that nobody asked for harms nobody: its result is wanted all the same.
    """
    for item in plan.items:
        previous = plan.item(item.follows).settled_at if item.follows else None
        if item.test is not sampling.test or item.settled_at or previous is None:
            continue
        if sampling.sampled_at < item.counts_from:
            return Refusal(
                item=item.key,
                opens_at=item.opens_at,
                since_previous=sampling.sampled_at - previous,
                needed=item.counts_from - previous,
                rules=item.rules,
            )
    return None


_CASES = frozenset({Anchor.FIRST_CASE, Anchor.LAST_CASE})
"""They say who is in scope, which nobody can ask without a day of arrival."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What is known of one person under one profile, with every moment in the pack's zone."""

    pack: Pack
    profile: str
    rule: ProfileRule
    zone: ZoneInfo
    instants: Mapping[Anchor, datetime]
    given: frozenset[Anchor]
    assumed: Mapping[Anchor, str]
    begins_at: datetime
    made_at: datetime
    samplings: tuple[Sampling, ...]
    ladders: LadderBook

    def day_one(self, anchor: Anchor) -> date:
        return self.first_day(self.instants[anchor])

    def first_day(self, start: datetime) -> date:
        first = start.date()
        return first + DAY if self.pack.conventions.day_one is DayOne.NEXT_DATE else first

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)

    @property
    def grace(self) -> timedelta:
        return timedelta(hours=self.pack.conventions.late_grace_hours)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where `When` puts something, before lateness is looked at. `days` is a window of more than one day."""

    counts_from: datetime
    due_at: datetime | None
    assumes: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    follows: str | None = None


def _open_case(
    pack: Pack,
    profile: str,
    rule: ProfileRule,
    anchors: Mapping[str, Moment],
    events: Sequence[Sampling],
    made_at: datetime | None,
    ladders: LadderBook,
) -> _Case:
    zone = pack.zone
    given = {anchor_named(name): moment for name, moment in anchors.items()}
    known = {anchor: moment for anchor, moment in given.items() if anchor in rule.anchors}
    if rule.key_area_window and not {Anchor.ARRIVAL, Anchor.ENTRY} & known.keys():
        known = {anchor: moment for anchor, moment in known.items() if anchor not in _CASES}
    for anchor, moment in known.items():
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise Invalid(f"{anchor} has no time zone")
    assumed = {}
    for anchor, stand_in in rule.instead.items():
        found = stand_in.known(known)
        if anchor not in known and found is not None:
            known[anchor] = known[found]
            if stand_in.assumes:
                assumed[anchor] = stand_in.assumes
    for anchor in rule.required:
        if anchor not in known:
            others = (rule.instead[anchor].anchor, rule.instead[anchor].or_else) if anchor in rule.instead else ()
            other = "".join(f" (or {each})" for each in others if each)
            raise Invalid(f"the profile {profile} needs the anchor {anchor}{other}")
    for earlier, later in rule.in_order:
        if earlier in known and later in known and day_of(known[later], zone) < day_of(known[earlier], zone):
            raise Invalid(f"{later} may not be before {earlier}")
    instants = {anchor: instant_of(moment, zone) for anchor, moment in known.items()}
    # The results that end the tests are not a reason to give the tests more time.
    settled = [instant for anchor, instant in instants.items() if anchor is not Anchor.LAST_NEGATIVE]
    latest = max(settled, default=instants[rule.begins])
    case = _Case(
        pack,
        profile,
        rule,
        zone,
        instants,
        frozenset(given),
        assumed,
        instants[rule.begins],
        made_at.astimezone(zone) if made_at else latest,
        tuple(sorted(events, key=lambda sampling: sampling.sampled_at)),
        ladders,
    )
    for span in rule.refuse_unless:
        if not _holds(case, span):
            raise Invalid(span.otherwise)
    return case


def _holds(case: _Case, span: Span) -> bool:
    days = (case.instants[span.later].date() - case.instants[span.earlier].date()).days
    return (span.at_most is None or days <= span.at_most) and (span.at_least is None or days >= span.at_least)


def _excused_by(case: _Case) -> tuple[str, ...]:
    for span in case.rule.scope:
        if not _holds(case, span):
            return span.source
    if not case.rule.key_area_window:
        return ()
    entered = case.instants.get(Anchor.ARRIVAL) or case.instants.get(Anchor.ENTRY)
    first_case = case.instants.get(Anchor.FIRST_CASE)
    if entered is None or first_case is None:
        return ()
    if case.pack.key_area is None:
        raise NotConfigured("areas.key_area", case.pack.id)
    rule = case.pack.key_area
    last_case = case.instants.get(Anchor.LAST_CASE)
    window = key_area_window(first_case.date(), last_case.date() if last_case else None, rule)
    return () if window.holds(entered.date()) else rule.source


def _tests(case: _Case) -> dict[str, PlanItem]:
    """The profile's single items in the order of the pack, because one may follow another."""
    items: dict[str, PlanItem] = {}
    unknown_hours = case.pack.preboard is not None and isinstance(case.pack.preboard.cert_hours, Unset)
    for rule in case.rule.items:
        if rule.when.certificate and unknown_hours:
            continue
        slot = _slot(case, rule, rule.when, items)
        past = slot.due_at is not None and slot.due_at <= case.begins_at
        if past and rule.left_out_if_past:
            continue
        if past and rule.if_past:
            slot = _slot(case, rule, rule.if_past, items)
        item = _item(case, rule, slot)
        items[rule.key] = _settled(item, case, items)
    return items


def _slot(case: _Case, rule: ItemRule, when: When, items: Mapping[str, PlanItem]) -> _Slot:
    if when.together_with:
        other = items[when.together_with]
        return _Slot(other.counts_from, other.due_at, other.assumes, follows=other.follows)
    if when.after:
        return _slot_after(items[when.after], when)
    anchor = when.anchor or when.open_since
    if anchor is None or anchor not in case.instants:
        raise Invalid(f"the item {rule.key} needs the anchor {anchor}")
    start = case.instants[anchor]
    assumes = (case.assumed[anchor],) if anchor in case.assumed else ()
    if when.open_since:
        return _Slot(start, None, assumes)
    if when.within_hours is not None:
        return _Slot(start, elapse(start, timedelta(hours=when.within_hours)), assumes)
    if when.certificate:
        hours = need(case.pack.preboard.cert_hours) if case.pack.preboard else 0
        return _Slot(elapse(start, -timedelta(hours=hours)), start, assumes)
    first, last = _days(case, anchor, when)
    due = rule.due or case.pack.conventions.due
    # 24:00 of a day is written 00:00 and belongs to the day before.
    due_at = case.at(last + DAY if due == time.min else last, due)
    window = tuple(first + number * DAY for number in range((last - first).days + 1)) if last > first else ()
    return _Slot(case.at(first, time.min), due_at, assumes, window)


def _slot_after(previous: PlanItem, when: When) -> _Slot:
    least, most = timedelta(hours=when.min_hours or 0), timedelta(hours=when.max_hours) if when.max_hours else None
    start = previous.settled_at or previous.due_at
    if start is None:
        return _Slot(previous.counts_from, None, previous.assumes, follows=previous.key)
    assumes = previous.assumes
    if previous.settled_at is None:
        assumes = (*assumes, f"{previous.key} is sampled by {start.isoformat()}")
    return _Slot(elapse(start, least), elapse(start, most) if most else None, assumes, follows=previous.key)


def _days(case: _Case, anchor: Anchor, when: When) -> tuple[date, date]:
    if when.day is not None:
        first = case.day_one(anchor) + (when.day - 1) * DAY
        return first, first + ((when.to_day or when.day) - when.day) * DAY
    day = case.instants[anchor].date()
    if when.plus_months is not None:
        day = plus_months(day, when.plus_months)
    day += (0 if when.plus_days is None else need(when.plus_days)) * DAY
    if when.to_plus_days is not None:
        return day, case.instants[anchor].date() + when.to_plus_days * DAY
    return day, day


def _item(case: _Case, rule: ItemRule, slot: _Slot) -> PlanItem:
    ladder = case.pack.ladder(rule.ladder)
    opens_at = slot.counts_from if case.rule.ahead else max(slot.counts_from, case.begins_at)
    due_at, clock_start = slot.due_at, opens_at
    days = slot.days
    if due_at is not None and not case.rule.ahead and due_at <= max(case.made_at, opens_at):
        clock_start = max(case.made_at, opens_at)
        due_at = elapse(clock_start, case.grace)
        days = ()
    code, rules = rule.ladder, rule.source
    stop = _hard_stop(case, rule, slot, max(clock_start, case.made_at))
    if stop is not None and due_at is not None and due_at > stop:
        assert case.pack.sampling is not None
        due_at, code, days = stop, case.pack.sampling.ladder, ()
        rules = (*rules, *case.pack.sampling.source)
    return PlanItem(
        key=rule.key,
        kind=rule.kind,
        test=rule.test,
        opens_at=opens_at,
        due_at=due_at,
        rules=rules,
        assumes=slot.assumes,
        reminders=_reminders(case, ladder, due_at, days),
        ladder=case.ladders.steps(code, clock_start=clock_start, due_at=due_at),
        counts_from=slot.counts_from,
        ladder_code=code,
        waits=_waits(case, slot.assumes),
        follows=slot.follows,
    )


def _hard_stop(case: _Case, rule: ItemRule, slot: _Slot, found_at: datetime) -> datetime | None:
    """24:00 of the day on which a key person was found, for a test that can be taken that day (SP-2.1.1-a)."""
    sampling = case.pack.sampling
    if sampling is None or case.profile not in sampling.profiles or rule.kind is not ItemKind.TEST:
        return None
    if case.rule.ahead or slot.follows or slot.days or slot.counts_from > found_at:
        return None
    return case.at(found_at.date() + DAY, time.min)


def _waits(case: _Case, assumes: tuple[str, ...]) -> bool:
    """Whether more is assumed than what stands in for an anchor: something that has yet to happen."""
    return not set(assumes) <= set(case.assumed.values())


def _settled(item: PlanItem, case: _Case, items: Mapping[str, PlanItem]) -> PlanItem:
    """The item with the sampling that settles it, if there was one: the first in time, else the first late one.

    One sampling may settle several items (`share_sample`), but never two of which one must follow the other.
    """
    if item.test is None or (item.follows and items[item.follows].settled_at is None):
        return item
    taken = [each for each in case.samplings if each.test is item.test and each.sampled_at >= item.counts_from]
    if not case.pack.conventions.share_sample:
        used = {other.settled_at for other in items.values() if other.test is item.test}
        taken = [each for each in taken if each.sampled_at not in used]
    if not taken:
        return item
    settled_at = taken[0].sampled_at.astimezone(case.zone)
    return replace(
        item,
        settled_at=settled_at,
        reminders=tuple(at for at in item.reminders if at < settled_at),
        ladder=tuple(step for step in item.ladder if step.at < settled_at),
    )


def _periods(case: _Case, tests: Mapping[str, PlanItem]) -> tuple[list[Period], list[PlanItem]]:
    periods: list[Period] = []
    check_ins: list[PlanItem] = []
    for rule in case.rule.periods:
        starts_at, assumes = _start(case, rule, periods, tests)
        if starts_at is None:
            continue
        days = need(rule.days)
        if rule.listed:
            # 24:00 of the last listed day is written 00:00 of the next.
            ends_at = case.at(starts_at.date() + (days + 1) * DAY, time.min)
            periods.append(Period(kind=rule.kind, starts_at=starts_at, ends_at=ends_at, rules=rule.source))
            continue
        counted_from = case.instants[rule.counted_from] if rule.counted_from else starts_at
        ends_at = elapse(counted_from, days * DAY)
        if case.pack.conventions.period_end is PeriodEnd.END_OF_LAST_DAY:
            ends_at = case.at(case.first_day(counted_from) + days * DAY, time.min)
        if ends_at <= starts_at:
            raise Invalid(f"the {days} days counted from {rule.counted_from} were over before {rule.anchor}")
        waits = _waits(case, assumes) or (rule.anchor is None and periods[-1].waits)
        periods.append(Period(kind=rule.kind, starts_at=starts_at, ends_at=ends_at, rules=rule.source, waits=waits))
        if rule.check_in:
            first = case.first_day(starts_at)
            key = f"{rule.kind}-check-in"
            check_ins += _row(case, key, ItemKind.CHECK_IN, rule.check_in, rule.source, first, days, starts_at, assumes)
    return periods, check_ins


def _start(
    case: _Case, rule: PeriodRule, periods: Sequence[Period], tests: Mapping[str, PlanItem]
) -> tuple[datetime | None, tuple[str, ...]]:
    if rule.anchor is None:
        return periods[-1].ends_at if periods else None, ()
    if rule.listed and rule.anchor not in case.given:
        return None, ()
    if rule.anchor in case.instants:
        return case.instants[rule.anchor], (case.assumed[rule.anchor],) if rule.anchor in case.assumed else ()
    if rule.anchor is not Anchor.LAST_NEGATIVE:
        raise Invalid(f"the {rule.kind} period needs the anchor {rule.anchor}")
    cleared_at = _cleared_at(case, tests)
    if cleared_at:
        return cleared_at, ()
    last = max(
        (item for item in tests.values() if item.due_at),
        key=lambda item: item.settled_at or item.due_at or case.made_at,
    )
    at = last.settled_at or last.due_at
    said = () if last.settled_at or at is None else (f"{last.key} is sampled by {at.isoformat()}",)
    return at, (*last.assumes, *said, "every result is negative and known when the last test is sampled")


def _cleared_at(case: _Case, tests: Mapping[str, PlanItem]) -> datetime | None:
    """When the last of the negative results came; None while one is missing or not negative."""
    known: list[datetime] = []
    for item in (item for item in tests.values() if item.test):
        found = [each for each in case.samplings if each.test is item.test and each.sampled_at == item.settled_at]
        if not found or found[0].result is not ResultValue.NEGATIVE or found[0].result_at is None:
            return None
        known.append(found[0].result_at)
    return max(known).astimezone(case.zone) if known else None


def _daily(case: _Case, rule: DailyRule) -> list[PlanItem]:
    first = case.instants[rule.anchor].date() + rule.from_day * DAY
    count = need(rule.to_day) - rule.from_day + 1
    starts_at = case.at(first, time.min)
    return _row(case, rule.key, rule.kind, rule.ladder, rule.source, first, count, starts_at, ())


def _row(
    case: _Case,
    key: str,
    kind: ItemKind,
    ladder_code: str,
    rules: tuple[str, ...],
    first: date,
    count: int,
    starts_at: datetime,
    assumes: tuple[str, ...],
) -> list[PlanItem]:
    """One item for each of `count` days; a day that was over when the plan was made cannot be reported any more."""
    ladder = case.pack.ladder(ladder_code)
    row: list[PlanItem] = []
    for number in range(count):
        day = first + number * DAY
        midnight = case.at(day, time.min)
        if not case.rule.ahead and day < case.made_at.date():
            continue
        opens_at = max(midnight, starts_at)
        due_at = case.at(day, case.pack.conventions.due)
        past = max(opens_at, case.made_at) if not case.rule.ahead else opens_at
        if due_at <= past:
            due_at = elapse(past, case.grace)
        row.append(
            PlanItem(
                key=f"{key}-d{number + 1}",
                kind=kind,
                test=None,
                opens_at=opens_at,
                due_at=due_at,
                rules=rules,
                assumes=assumes,
                reminders=_reminders(case, ladder, due_at, (), on=day),
                ladder=case.ladders.steps(
                    ladder_code, clock_start=opens_at, due_at=due_at, missed_again=number + 1 < count
                ),
                counts_from=midnight,
                ladder_code=ladder_code,
                waits=_waits(case, assumes),
            )
        )
    return row


def _reminders(
    case: _Case, ladder: Ladder, due_at: datetime | None, days: tuple[date, ...], *, on: date | None = None
) -> tuple[datetime, ...]:
    if due_at is None:
        return ()
    if days and ladder.window_every_day:
        pushes = [case.at(day, ladder.window_every_day) for day in days]
        if ladder.window_last_day:
            pushes.append(case.at(days[-1], ladder.window_last_day))
    else:
        day = on or due_day(due_at)
        pushes = [case.at(day + push.day * DAY, push.at) for push in ladder.pushes]
    earliest = None if case.rule.ahead else case.begins_at
    return tuple(at for at in pushes if at < due_at and (earliest is None or at >= earliest))


def _in_words(span: timedelta) -> str:
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
