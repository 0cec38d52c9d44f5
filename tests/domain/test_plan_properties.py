"""What holds for every calendar of the packs, whatever the dates: against a slow reference, and over re-plannings."""

import calendar as reference
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.calendars import Moment, plus_months
from gateway.domain.follow_ups import FollowUp, first_watch, kept, replanned
from gateway.domain.kinds import (
    FollowUpId,
    FollowUpState,
    ItemKind,
    PlanItemId,
    ResidentId,
    ResultValue,
    TestKind,
)
from gateway.domain.packs import Anchor, Pack
from gateway.domain.plans import Plan, Sampling, make_plan
from gateway.errors import Invalid
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import SHANGHAI, at

PACKS = {pack: load_pack(pack, overlays=[DEMO_OVERLAY]) for pack in ("sd-2020-09", "sp-2021-01", "dl-2020-05")}
PROFILES = [(pack, profile) for pack, loaded in PACKS.items() for profile in loaded.profiles]
ALL_OF_A6 = {
    "overseas_preboard", "inbound_declared", "overseas_in_province", "overseas_transit", "overseas_early_return",
    "overseas_violator", "overseas_old", "key_area", "close_contact", "general_contact", "asymptomatic", "discharged",
    "nat_positive", "ab_only", "periodic_14", "periodic_1m", "school_realtime", "public_service_realtime", "admission",
    "high_risk_arrival", "returnee_rural", "cold_chain_staff", "zone_two_rounds",
}  # fmt: skip

moments = st.integers(0, 10 * 366 * 24 * 60).map(lambda minutes: at("2019-12-30 00:00") + timedelta(minutes=minutes))


def story(profile: str, pack: Pack, start: datetime, gaps: list[int]) -> dict[str, Moment]:
    """A story that fits the profile: its anchors hours apart, in the order the pack demands."""
    rule = pack.profiles[profile]
    order = [*rule.required]
    for earlier, later in rule.in_order:
        if order.index(earlier) > order.index(later):
            order.remove(earlier)
            order.insert(order.index(later), earlier)
    told: dict[str, Moment] = {}
    moment = start
    for number, anchor in enumerate(order):
        told[anchor] = moment
        moment += timedelta(hours=gaps[number % len(gaps)])
    if profile == "overseas_old":
        told[Anchor.ARRIVAL] = moment + timedelta(days=15)
    return told


def sampled(start: datetime, hours: list[int], value: ResultValue | None) -> list[Sampling]:
    return [
        Sampling(
            test=test,
            sampled_at=start + timedelta(hours=each),
            result=value,
            result_at=start + timedelta(hours=each + 6) if value else None,
        )
        for each in hours
        for test in TestKind
    ]


def test_all_twenty_three_calendars_can_be_planned() -> None:
    assert {profile for _, profile in PROFILES} >= ALL_OF_A6
    for pack, profile in PROFILES:
        plan = make_plan(PACKS[pack], profile, story(profile, PACKS[pack], at("2021-01-15 09:00"), [20]))
        assert plan.items or profile == "overseas_old" or plan.periods, profile


@settings(max_examples=25, deadline=None)
@given(
    start=moments,
    gaps=st.lists(st.integers(0, 200), min_size=3, max_size=3),
    hours=st.lists(st.integers(0, 400), max_size=3),
    value=st.sampled_from([None, ResultValue.NEGATIVE]),
)
@pytest.mark.parametrize(("pack", "profile"), PROFILES)
def test_a_calendar_is_the_same_each_time_and_rings_only_in_its_time(
    pack: str, profile: str, start: datetime, gaps: list[int], hours: list[int], value: ResultValue | None
) -> None:
    told = story(profile, PACKS[pack], start, gaps)
    events = sampled(start, hours, value)

    def planned(known: list[Sampling], made_at: datetime | None = None) -> Plan:
        return make_plan(PACKS[pack], profile, told, events=known, made_at=made_at)

    try:
        plan = planned(events)
    except Invalid:
        assert profile in ("overseas_early_return", "overseas_old"), "only what belongs elsewhere is refused"
        return
    assert planned(events) == plan == planned([*reversed(events), *events])
    assert len({item.key for item in plan.items}) == len(plan.items)
    ahead = PACKS[pack].profiles[profile].ahead
    for item in plan.items:
        assert ahead or all(reminder >= start for reminder in item.reminders)
        if item.due_at is None:
            assert item.reminders == item.ladder == ()
            continue
        assert item.opens_at < item.due_at
        assert all(reminder < item.due_at for reminder in item.reminders), "never after it is due"
        assert list(item.ladder) == sorted(item.ladder, key=lambda step: step.at)
        assert all(step.at >= item.opens_at for step in item.ladder)
        if item.settled_at is not None:
            assert all(reminder < item.settled_at for reminder in item.reminders), "nor after it is settled"
            assert all(step.at < item.settled_at for step in item.ladder)
        elif not item.waits:
            assert item.ladder and first_watch(item) is not None, "every open item has its next wake-up"


FOLLOW_UP = FollowUp(
    id=FollowUpId(UUID(int=1)),
    resident_id=ResidentId(UUID(int=2)),
    profile="close_contact",
    pack_id="sd-2020-09",
    pack_version="1",
    pack_overlays=(),
    state=FollowUpState.ACTIVE,
    anchors={},
    periods=(),
    sources=(),
    started_by="official:1",
    rules=(),
    created_at=at("2021-01-07 10:00"),
)


@settings(max_examples=60, deadline=None)
@given(start=moments, hours=st.lists(st.integers(0, 400), max_size=4))
def test_planning_twice_over_what_stands_on_record_changes_nothing(start: datetime, hours: list[int]) -> None:
    told: Mapping[str, Moment] = {"isolation_start": start, "last_exposure": start - timedelta(days=2)}
    plan = make_plan(PACKS["sd-2020-09"], "close_contact", told, events=sampled(start, hours, None))
    for number, item in enumerate(plan.items):
        row = kept(item, item.key, new_id=PlanItemId(UUID(int=number + 10)), follow_up=FOLLOW_UP)
        once = replanned(row, item, start)
        assert replanned(once, item, start) == once
        if once.is_open:
            assert once == row and once.watch_at is not None
        else:
            assert once.watch_at is None, "what is settled wakes nobody"


def slow_day(start: date, days: int) -> date:
    """One day after the other, by the leaf of the calendar."""
    year, month, day = start.year, start.month, start.day
    for _ in range(days):
        day += 1
        if day > reference.monthrange(year, month)[1]:
            day, month = 1, month + 1
        if month > 12:
            month, year = 1, year + 1
    return date(year, month, day)


def slow_months(start: date, months: int) -> date:
    year, month = start.year, start.month
    for _ in range(months):
        month += 1
        if month > 12:
            month, year = 1, year + 1
    day = start.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def hard_anchors(count: int) -> list[datetime]:
    """Anchors where counting goes wrong: ends of months, leap days, midnight, the minute before; and any others."""
    chance = random.Random(20200901)
    days = [
        date(year, month, reference.monthrange(year, month)[1]) for year in (2020, 2021, 2024) for month in range(1, 13)
    ]
    days += [date(2020, 2, 28), date(2024, 2, 28), date(2020, 3, 1), date(2021, 3, 1), date(2020, 12, 31)]
    clocks = [(0, 0), (0, 1), (17, 59), (18, 0), (18, 1), (23, 59)]
    found = []
    for number in range(count):
        day = days[number % len(days)] if number % 2 else date(2019, 1, 1) + timedelta(days=chance.randrange(3000))
        hour, minute = clocks[number % 6] if number % 3 else (chance.randrange(24), chance.randrange(60))
        found.append(datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI))
    return found


def of_dates_alone(pack: Pack, *profiles: str) -> Pack:
    """The pack without anybody to remind or to tell, and without the daily reports: ten thousand plans are many."""
    silent = {code: replace(ladder, pushes=(), steps=()) for code, ladder in pack.ladders.items()}
    short = {name: replace(pack.profiles[name], periods=pack.profiles[name].periods[:1]) for name in profiles}
    return replace(pack, ladders=silent, profiles=short)


def test_days_are_counted_as_a_slow_reference_counts_them_for_ten_thousand_anchors() -> None:
    pack = of_dates_alone(PACKS["sd-2020-09"], "close_contact", "discharged")
    checked = 0
    for start in hard_anchors(10_000):
        first = start.date()
        numbered = {"nat-d3-5": 5, "nat-d13": 13}
        if checked % 2:
            plan = make_plan(pack, "close_contact", {"isolation_start": start, "last_exposure": first})
            due = {item.key: item.due_at for item in plan.items if item.kind is ItemKind.TEST}
            for key, number in numbered.items():
                assert due[key] == datetime.combine(slow_day(first, number - 1), at("2021-01-01 18:00").timetz())
            assert due["antibody"] == datetime.combine(slow_day(first, 7), at("2021-01-01 18:00").timetz())
            assert plan.periods[0].ends_at == datetime.combine(slow_day(first, 14), start.timetz())
        else:
            plan = make_plan(pack, "discharged", {"discharge": start})
            due = {item.key: item.due_at for item in plan.items if item.kind is ItemKind.VISIT}
            wanted = {
                "visit-14d": slow_day(first, 14),
                "visit-28d": slow_day(first, 28),
                "visit-3m": slow_months(first, 3),
                "visit-6m": slow_months(first, 6),
            }
            assert {key: moment.date() for key, moment in due.items() if moment} == wanted
            assert plus_months(first, 1) == slow_months(first, 1)
        checked += 1
    assert checked == 10_000
