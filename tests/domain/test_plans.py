"""Contacts of a case: F-08 and F-10 of the notices' scenarios, with the dates written there."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.kinds import ItemKind, PeriodKind, ResultValue, TestKind
from gateway.domain.packs import Pack
from gateway.domain.plans import Plan, Sampling, make_plan, refusal
from gateway.errors import Invalid, NotFound
from gateway.policies.loader import load_pack
from tests.support.calendars import all_written, at, check_ins, dates, keys_of_tests, period, steps, written

SHANDONG: Pack = load_pack("sd-2020-09")
F08 = {"isolation_start": at("2021-01-07 10:00"), "last_exposure": date(2021, 1, 5)}


def nat(sampled: str) -> Sampling:
    return Sampling(test=TestKind.NAT, sampled_at=at(sampled))


def close_contact(*events: Sampling) -> Plan:
    return make_plan(SHANDONG, "close_contact", F08, events=events)


@pytest.mark.rule("SD-3.3.2-a", "SD-3.3.2-b")
def test_a_close_contact_is_isolated_for_fourteen_days_and_then_stays_home_for_seven() -> None:
    plan = close_contact()
    assert period(plan, PeriodKind.CENTRAL) == ("2021-01-07 10:00", "2021-01-21 10:00")
    assert period(plan, PeriodKind.HOME) == ("2021-01-21 10:00", "2021-01-28 10:00")
    assert [each.rules for each in plan.periods] == [("SD-3.3.2-a",), ("SD-3.3.2-b",)]


@pytest.mark.rule("SD-3.3.2-c", "SD-3.3.2-d")
def test_a_close_contact_is_tested_on_four_dates_counted_from_two_anchors() -> None:
    plan = close_contact()
    assert keys_of_tests(plan) == ["nat-d1", "nat-d3-5", "antibody", "nat-d13"]
    assert dates(plan.item("nat-d1")) == ("2021-01-07 10:00", "2021-01-07 18:00")
    assert dates(plan.item("nat-d3-5")) == ("2021-01-09 00:00", "2021-01-11 18:00")
    assert dates(plan.item("antibody")) == ("2021-01-12 00:00", "2021-01-12 18:00")
    assert dates(plan.item("nat-d13")) == ("2021-01-19 00:00", "2021-01-19 18:00")
    assert plan.item("antibody").rules == ("SD-3.3.2-d",)


def test_the_resident_is_pushed_on_every_day_of_a_window_and_the_ladder_climbs_after_it() -> None:
    window = close_contact().item("nat-d3-5")
    assert all_written(window.reminders) == [
        "2021-01-09 08:00",
        "2021-01-10 08:00",
        "2021-01-11 08:00",
        "2021-01-11 14:00",
    ]
    assert steps(window.ladder) == [
        ("L1", "2021-01-11 18:00"),
        ("site", "2021-01-11 18:00"),
        ("L2", "2021-01-11 20:00"),
        ("L3", "2021-01-12 08:00"),
        ("L4", "2021-01-12 18:00"),
    ]


def test_a_test_of_one_day_is_announced_the_evening_before() -> None:
    assert all_written(close_contact().item("nat-d13").reminders) == [
        "2021-01-18 18:00",
        "2021-01-19 08:00",
        "2021-01-19 14:00",
    ]


def test_nobody_is_reminded_before_the_isolation_began() -> None:
    assert all_written(close_contact().item("nat-d1").reminders) == ["2021-01-07 14:00"]


def test_a_late_sampling_settles_the_window_and_the_fourth_level_stays_silent() -> None:
    window = close_contact(nat("2021-01-07 11:00"), nat("2021-01-12 09:00")).item("nat-d3-5")
    assert written(window.settled_at) == "2021-01-12 09:00"
    assert window.due_at is not None and window.settled_at is not None and window.settled_at > window.due_at
    assert [level for level, _ in steps(window.ladder)] == ["L1", "site", "L2", "L3"]


def test_a_sampling_in_time_ends_the_reminders() -> None:
    window = close_contact(nat("2021-01-10 09:30")).item("nat-d3-5")
    assert all_written(window.reminders) == ["2021-01-09 08:00", "2021-01-10 08:00"]
    assert window.ladder == ()


@pytest.mark.rule("SD-3.3.2-b")
def test_a_missed_day_at_home_climbs_and_a_second_one_reaches_the_township() -> None:
    reports = check_ins(close_contact())
    assert [written(item.due_at) for item in reports] == [f"2021-01-{day} 18:00" for day in range(21, 28)]
    fourth = reports[3]
    assert all_written(fourth.reminders) == ["2021-01-24 08:00", "2021-01-24 12:00"]
    assert steps(fourth.ladder) == [
        ("L1", "2021-01-24 18:00"),
        ("L2", "2021-01-24 20:00"),
        ("L3", "2021-01-25 18:00"),
    ]
    assert [level for level, _ in steps(reports[-1].ladder)] == ["L1", "L2"], "no day follows the last"


@pytest.mark.rule("SD-3.3.2-a")
def test_a_secondary_close_contact_has_exactly_the_same_calendar() -> None:
    secondary = make_plan(SHANDONG, "secondary_close_contact", F08)
    assert (secondary.periods, secondary.items) == (close_contact().periods, close_contact().items)


def test_experts_upgrade_a_general_contact_and_the_calendar_starts_anew() -> None:
    exposed = at("2021-01-05 19:00")
    before = make_plan(SHANDONG, "general_contact", {"last_exposure": exposed, "placement": at("2021-01-06 09:00")})
    assert period(before, PeriodKind.HOME) == ("2021-01-06 09:00", "2021-01-20 09:00")

    anchors = {"isolation_start": at("2021-01-08 17:00"), "last_exposure": exposed}
    plan = make_plan(SHANDONG, "close_contact", anchors, events=[nat("2021-01-08 10:00")])
    assert written(plan.item("nat-d1").settled_at) == "2021-01-08 10:00", "a test of the same day counts"
    assert dates(plan.item("nat-d3-5")) == ("2021-01-10 00:00", "2021-01-12 18:00")
    assert dates(plan.item("antibody")) == ("2021-01-12 00:00", "2021-01-12 18:00")
    assert dates(plan.item("nat-d13")) == ("2021-01-20 00:00", "2021-01-20 18:00")
    assert period(plan, PeriodKind.CENTRAL) == ("2021-01-08 17:00", "2021-01-22 17:00")
    assert period(plan, PeriodKind.HOME) == ("2021-01-22 17:00", "2021-01-29 17:00")
    assert written(check_ins(plan)[-1].due_at) == "2021-01-28 18:00"


@pytest.mark.rule("SD-3.3.2-e", "SD-3.3.2-f")
def test_a_general_contact_reports_from_home_and_is_tested_three_days_after_exposure() -> None:
    anchors = {"last_exposure": date(2021, 1, 5), "placement": at("2021-01-06 09:00")}
    plan = make_plan(SHANDONG, "general_contact", anchors)
    assert period(plan, PeriodKind.HOME) == ("2021-01-06 09:00", "2021-01-20 09:00")
    assert dates(plan.item("nat")) == ("2021-01-08 00:00", "2021-01-08 18:00")
    assert all_written(plan.item("nat").reminders) == ["2021-01-07 18:00", "2021-01-08 08:00", "2021-01-08 14:00"]
    assert [written(item.due_at) for item in check_ins(plan)] == [f"2021-01-{day:02} 18:00" for day in range(6, 20)]
    assert all_written(check_ins(plan)[0].reminders) == ["2021-01-06 12:00"], "placed at 09:00, after the first push"


@pytest.mark.rule("SD-3.3.2-f")
def test_a_general_contact_found_late_is_tested_within_a_day() -> None:
    anchors = {"last_exposure": date(2021, 1, 1), "placement": at("2021-01-06 09:00")}
    plan = make_plan(SHANDONG, "general_contact", anchors)
    assert dates(plan.item("nat")) == ("2021-01-06 09:00", "2021-01-07 09:00")


@pytest.mark.rule("SD-3.3.2-d")
def test_an_antibody_test_that_was_due_before_isolation_is_due_on_its_first_day() -> None:
    plan = make_plan(SHANDONG, "close_contact", {**F08, "last_exposure": date(2020, 12, 28)})
    assert dates(plan.item("antibody")) == ("2021-01-07 10:00", "2021-01-07 18:00")


def test_a_first_day_that_is_over_when_the_plan_is_made_leaves_twenty_four_hours() -> None:
    plan = make_plan(SHANDONG, "close_contact", {**F08, "isolation_start": at("2021-01-07 20:15")})
    first = plan.item("nat-d1")
    assert dates(first) == ("2021-01-07 20:15", "2021-01-08 20:15")
    assert all_written(first.reminders) == ["2021-01-08 08:00", "2021-01-08 14:00"]
    assert steps(first.ladder)[2] == ("L2", "2021-01-08 22:15")


def test_a_plan_made_days_later_asks_for_what_is_past_within_a_day_and_not_for_days_that_are_over() -> None:
    plan = make_plan(SHANDONG, "close_contact", F08, made_at=at("2021-01-23 09:00"))
    assert written(plan.item("nat-d13").due_at) == "2021-01-24 09:00"
    assert written(check_ins(plan)[0].due_at) == "2021-01-23 18:00"


def test_a_test_nobody_asked_for_is_never_refused_and_settles_nothing() -> None:
    sampled = close_contact(nat("2021-01-07 11:00"), nat("2021-01-08 07:00"))
    assert [item.key for item in sampled.items if item.settled_at] == ["nat-d1"]
    assert refusal(sampled, nat("2021-01-08 19:00")) is None


def test_a_plan_names_the_anchor_it_lacks() -> None:
    with pytest.raises(Invalid, match="close_contact needs the anchor last_exposure"):
        make_plan(SHANDONG, "close_contact", {"isolation_start": at("2021-01-07 10:00")})


def test_unknown_names_are_refused_in_a_sentence_and_known_but_unneeded_anchors_are_ignored() -> None:
    with pytest.raises(Invalid, match="exposure is not an anchor; the known ones are: boarding, arrival"):
        make_plan(SHANDONG, "close_contact", {**F08, "exposure": date(2021, 1, 5)})
    with pytest.raises(NotFound, match="has no profile closecontact; it has: .*close_contact"):
        make_plan(SHANDONG, "closecontact", F08)
    assert make_plan(SHANDONG, "close_contact", {**F08, "boarding": date(2021, 3, 1)}) == close_contact()


def test_reversed_dates_and_times_without_a_zone_are_refused() -> None:
    with pytest.raises(Invalid, match="isolation_start may not be before last_exposure"):
        make_plan(SHANDONG, "close_contact", {**F08, "last_exposure": date(2021, 1, 8)})
    naive = at("2021-01-07 10:00").replace(tzinfo=None)
    with pytest.raises(Invalid, match="isolation_start has no time zone"):
        make_plan(SHANDONG, "close_contact", {**F08, "isolation_start": naive})


moments = st.integers(0, 5_000_000).map(lambda minutes: at("2020-01-01 00:00") + timedelta(minutes=minutes))


@given(start=moments, exposed_before=st.integers(0, 20), sampled=st.lists(st.integers(0, 400), max_size=4))
def test_whatever_the_dates_a_plan_is_possible_to_follow(
    start: datetime, exposed_before: int, sampled: list[int]
) -> None:
    anchors = {"isolation_start": start, "last_exposure": start.date() - timedelta(days=exposed_before)}
    events = [
        Sampling(test=TestKind.NAT, sampled_at=start + timedelta(hours=hours), result=ResultValue.NEGATIVE)
        for hours in sampled
    ]
    plan = make_plan(SHANDONG, "close_contact", anchors, events=events)
    assert len({item.key for item in plan.items}) == len(plan.items) == 11
    assert [item.opens_at for item in plan.items] == sorted(item.opens_at for item in plan.items)
    for item in plan.items:
        assert item.due_at is not None and start <= item.opens_at < item.due_at
        assert all(start <= reminder < item.due_at for reminder in item.reminders)
        assert all(step.at >= item.due_at for step in item.ladder)
        assert list(item.ladder) == sorted(item.ladder, key=lambda step: step.at)
        assert item.kind is ItemKind.CHECK_IN or item.due_at > start


@given(start=moments, hours=st.integers(0, 400))
def test_replanning_with_the_same_facts_changes_nothing(start: datetime, hours: int) -> None:
    anchors = {"included_at": start}
    events = [Sampling(test=TestKind.NAT, sampled_at=start + timedelta(hours=hours))]
    once = make_plan(SHANDONG, "key_area", anchors, events=events)
    assert make_plan(SHANDONG, "key_area", anchors, events=events + events) == once
