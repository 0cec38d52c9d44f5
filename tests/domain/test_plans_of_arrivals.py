"""People who arrive: key areas (F-01, F-02, F-12) and overseas (F-03, F-04, F-06, A6)."""

from datetime import date
from pathlib import Path

import pytest

from gateway.domain.kinds import PeriodKind, ResultValue, TestKind
from gateway.domain.packs import Pack
from gateway.domain.plans import Plan, Sampling, make_plan, refusal
from gateway.errors import Invalid
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import all_written, at, check_ins, dates, keys_of_tests, period, steps, written

SHANDONG: Pack = load_pack("sd-2020-09")
INCLUDED = {"included_at": at("2021-01-22 16:20")}


def sampling(test: TestKind, sampled: str, negative_at: str | None = None) -> Sampling:
    return Sampling(
        test=test,
        sampled_at=at(sampled),
        result=ResultValue.NEGATIVE if negative_at else None,
        result_at=at(negative_at) if negative_at else None,
    )


def wang_fang(*events: Sampling) -> Plan:
    return make_plan(SHANDONG, "key_area", INCLUDED, events=events)


@pytest.mark.rule("SD-3.3.1-f", "SD-3.3.2-n")
def test_a_returnee_from_a_key_area_is_tested_within_a_day_of_her_inclusion() -> None:
    first = wang_fang().item("nat-1")
    assert written(first.due_at) == "2021-01-23 16:20"
    assert all_written(first.reminders) == ["2021-01-22 18:00", "2021-01-23 08:00", "2021-01-23 14:00"]
    assert steps(first.ladder) == [
        ("L1", "2021-01-23 04:20"),
        ("L1", "2021-01-23 10:20"),
        ("L1", "2021-01-23 13:56"),
        ("L2", "2021-01-23 13:56"),
        ("L2", "2021-01-23 16:20"),
        ("L4", "2021-01-23 16:20"),
    ]
    assert first.assumes == ()


def test_her_second_test_waits_for_the_first_and_says_what_it_assumes() -> None:
    plan = wang_fang()
    assert keys_of_tests(plan) == ["nat-1", "nat-2", "antibody"]
    for key in ("nat-2", "antibody"):
        assert dates(plan.item(key)) == ("2021-01-24 16:20", "2021-01-25 16:20")
        assert plan.item(key).assumes == ("nat-1 is sampled by 2021-01-23T16:20:00+08:00",)
    assert period(plan, PeriodKind.MONITOR) == ("2021-01-25 16:20", "2021-02-01 16:20")
    assert "every result is negative" in check_ins(plan)[0].assumes[-1]


@pytest.mark.rule("SD-3.3.2-n")
def test_the_second_test_opens_exactly_a_day_after_the_real_first_one() -> None:
    plan = wang_fang(sampling(TestKind.NAT, "2021-01-23 09:00"))
    assert all_written(plan.item("nat-1").reminders) == ["2021-01-22 18:00", "2021-01-23 08:00"], "14:00 is not needed"
    assert dates(plan.item("nat-2")) == ("2021-01-24 09:00", "2021-01-25 09:00")
    assert dates(plan.item("antibody")) == ("2021-01-24 09:00", "2021-01-25 09:00")
    assert plan.item("nat-2").assumes == ()


def test_a_second_test_after_23_and_a_half_hours_is_refused_with_the_reason() -> None:
    plan = wang_fang(sampling(TestKind.NAT, "2021-01-23 09:00"))
    early = sampling(TestKind.NAT, "2021-01-24 08:30")
    refused = refusal(plan, early)
    assert refused is not None
    assert str(refused) == "23 h 30 min, need 24 h"
    assert (refused.item, refused.rules) == ("nat-2", ("SD-3.3.2-n",))
    assert refusal(plan, sampling(TestKind.NAT, "2021-01-24 09:00")) is None
    unmoved = wang_fang(sampling(TestKind.NAT, "2021-01-23 09:00"), early)
    assert unmoved.item("nat-2").settled_at is None


@pytest.mark.rule("SD-3.3.2-o")
def test_seven_days_of_monitoring_begin_with_her_last_negative_result() -> None:
    plan = wang_fang(
        sampling(TestKind.NAT, "2021-01-23 09:00", negative_at="2021-01-23 15:00"),
        sampling(TestKind.NAT, "2021-01-24 09:30", negative_at="2021-01-24 16:40"),
        sampling(TestKind.ANTIBODY, "2021-01-24 09:30", negative_at="2021-01-24 16:40"),
    )
    assert period(plan, PeriodKind.MONITOR) == ("2021-01-24 16:40", "2021-01-31 16:40")
    assert [written(item.due_at) for item in check_ins(plan)] == [f"2021-01-{day} 18:00" for day in range(24, 31)]
    assert [written(item.reminders[0]) for item in check_ins(plan)] == [f"2021-01-{day} 08:00" for day in range(24, 31)]
    assert all(item.assumes == () for item in check_ins(plan))


def test_a_known_last_negative_result_dates_the_monitoring_and_moves_no_test() -> None:
    plan = make_plan(SHANDONG, "key_area", {**INCLUDED, "last_negative": at("2021-01-24 16:40")})
    assert period(plan, PeriodKind.MONITOR) == ("2021-01-24 16:40", "2021-01-31 16:40")
    assert written(plan.item("nat-1").due_at) == "2021-01-23 16:20"


def test_a_positive_or_missing_result_does_not_start_the_monitoring() -> None:
    plan = wang_fang(
        sampling(TestKind.NAT, "2021-01-23 09:00", negative_at="2021-01-23 15:00"),
        sampling(TestKind.NAT, "2021-01-24 09:30"),
        sampling(TestKind.ANTIBODY, "2021-01-24 09:30", negative_at="2021-01-24 16:40"),
    )
    assert check_ins(plan)[0].assumes == ("every result is negative and known when the last test is sampled",)


def test_an_overlay_may_count_the_monitoring_from_arrival(tmp_path: Path) -> None:
    overlay = tmp_path / "arrival.yaml"
    overlay.write_text(
        "packs: {sd-2020-09: {profiles: {key_area: {required: [included_at, arrival], "
        "periods: {0: {anchor: arrival}}}}}}"
    )
    pack = load_pack("sd-2020-09", overlays=[overlay])
    plan = make_plan(pack, "key_area", {**INCLUDED, "arrival": at("2021-01-22 15:30")})
    assert [written(item.opens_at)[:10] for item in check_ins(plan)][::6] == ["2021-01-22", "2021-01-28"]


def test_somebody_found_by_a_lead_is_tested_within_a_day_of_being_found() -> None:
    plan = make_plan(SHANDONG, "key_area", {"included_at": at("2021-01-23 10:00")})
    assert written(plan.item("nat-1").due_at) == "2021-01-24 10:00"
    assert [each.kind for each in plan.periods] == [PeriodKind.MONITOR], "no isolation is imposed"


def test_without_an_inclusion_the_arrival_stands_in_and_the_plan_says_so() -> None:
    plan = make_plan(SHANDONG, "key_area", {"arrival": at("2021-01-22 15:30")})
    assert written(plan.item("nat-1").due_at) == "2021-01-23 15:30"
    assert plan.item("nat-1").assumes == ("the person is included in the local follow-up on arrival",)
    with pytest.raises(Invalid, match=r"key_area needs the anchor included_at \(or arrival\)"):
        make_plan(SHANDONG, "key_area", {})


def test_cases_without_a_day_of_arrival_change_nothing() -> None:
    cases = {"first_case": date(2021, 1, 2), "last_case": date(2021, 1, 29)}
    assert make_plan(SHANDONG, "key_area", {**INCLUDED, **cases}) == wang_fang()


@pytest.mark.rule("SD-3.3.2-m")
@pytest.mark.parametrize(
    ("arrived", "asked"), [("2020-12-22", False), ("2020-12-23", True), ("2021-01-24", True), ("2021-01-27", False)]
)
def test_only_arrivals_inside_the_window_are_asked_anything(arrived: str, asked: bool) -> None:
    anchors = {
        "arrival": date.fromisoformat(arrived),
        "first_case": date(2021, 1, 2),
        "last_case": date(2021, 1, 10),
    }
    plan = make_plan(SHANDONG, "key_area", anchors)
    assert bool(plan.items) is asked
    assert plan.excused_by == (() if asked else ("SD-3.3.2-m",))


@pytest.mark.rule("SD-3.3.2-g", "SD-3.3.2-h", "SD-3.3.2-i")
def test_an_entrant_who_checks_in_after_midnight_counts_isolation_from_that_date() -> None:
    anchors = {"entry": at("2020-10-15 21:30"), "isolation_start": at("2020-10-16 01:40")}
    plan = make_plan(SHANDONG, "overseas_in_province", anchors)
    assert period(plan, PeriodKind.CENTRAL) == ("2020-10-16 01:40", "2020-10-30 01:40")
    assert keys_of_tests(plan) == ["nat-entry", "nat-d3-5", "nat-d13", "antibody-d13"]
    assert dates(plan.item("nat-entry")) == ("2020-10-15 21:30", "2020-10-17 01:40"), "past when the plan was made"
    assert dates(plan.item("nat-d3-5")) == ("2020-10-18 00:00", "2020-10-20 18:00")
    assert dates(plan.item("nat-d13")) == dates(plan.item("antibody-d13")) == ("2020-10-28 00:00", "2020-10-28 18:00")
    assert all_written(plan.item("nat-d13").reminders) == ["2020-10-27 18:00", "2020-10-28 08:00", "2020-10-28 14:00"]
    assert steps(plan.item("nat-d13").ladder) == [
        ("L1", "2020-10-28 18:00"),
        ("site", "2020-10-28 18:00"),
        ("L2", "2020-10-28 20:00"),
        ("L3", "2020-10-29 08:00"),
        ("L4", "2020-10-29 18:00"),
    ]


@pytest.mark.rule("SD-3.3.2-j", "SD-3.3.1-k", "SD-3.3.1-l")
def test_somebody_isolated_elsewhere_is_tested_twice_on_arrival_but_not_after_fourteen_days() -> None:
    released = {"release": at("2020-10-04 14:00")}
    plan = make_plan(SHANDONG, "overseas_transit", {**released, "arrival": at("2020-10-05 12:00")})
    assert plan.periods == ()
    assert dates(plan.item("nat-1")) == ("2020-10-05 12:00", "2020-10-05 18:00")
    assert dates(plan.item("nat-2")) == ("2020-10-06 18:00", "2020-10-07 18:00")
    assert dates(plan.item("antibody")) == ("2020-10-05 12:00", None), "the notice gives no date"

    assert make_plan(SHANDONG, "overseas_transit", {**released, "arrival": date(2020, 10, 18)}).items
    later = make_plan(SHANDONG, "overseas_transit", {**released, "arrival": date(2020, 10, 19)})
    assert (later.items, later.excused_by) == ((), ("SD-3.3.1-l",))


@pytest.mark.rule("SD-3.3.1-l")
def test_an_old_release_asks_nothing_and_a_recent_one_belongs_elsewhere() -> None:
    released = {"release": date(2020, 10, 4)}
    plan = make_plan(SHANDONG, "overseas_old", {**released, "arrival": date(2020, 10, 19)})
    assert (plan.periods, plan.items) == ((), ())
    with pytest.raises(Invalid, match="within 14 days of the release .* use overseas_transit"):
        make_plan(SHANDONG, "overseas_old", {**released, "arrival": date(2020, 10, 18)})
    with pytest.raises(Invalid, match="overseas_old needs the anchor arrival"):
        make_plan(SHANDONG, "overseas_old", released)


@pytest.mark.rule("SD-3.3.1-i")
def test_an_approved_early_return_completes_the_fourteen_days_here() -> None:
    anchors = {"isolation_start": at("2020-10-01 09:00"), "arrival": at("2020-10-08 15:00")}
    plan = make_plan(SHANDONG, "overseas_early_return", anchors)
    assert period(plan, PeriodKind.CENTRAL) == ("2020-10-08 15:00", "2020-10-15 09:00")
    assert keys_of_tests(plan) == ["nat-d13", "antibody-d13"], "the window of days 3 to 5 was over before the arrival"
    assert dates(plan.item("nat-d13")) == ("2020-10-13 00:00", "2020-10-13 18:00")
    assert plan.next_profile == "overseas_transit"
    with pytest.raises(Invalid, match="the 14 days counted from isolation_start were over before arrival"):
        make_plan(SHANDONG, "overseas_early_return", {**anchors, "arrival": at("2020-10-15 15:00")})


@pytest.mark.rule("SD-3.3.1-j")
def test_a_violator_is_isolated_for_seven_days_from_being_found() -> None:
    found = {"discovered_at": at("2020-10-05 18:00")}
    sampled = Sampling(test=TestKind.NAT, sampled_at=at("2020-10-05 19:00"))
    plan = make_plan(SHANDONG, "overseas_violator", found, events=[sampled])
    assert period(plan, PeriodKind.CENTRAL) == ("2020-10-05 18:00", "2020-10-12 18:00")
    assert written(plan.item("nat-2").opens_at) == "2020-10-06 19:00"
    assert keys_of_tests(plan) == ["nat-1", "antibody", "nat-2"]


@pytest.mark.rule("SD-3.2.2-a", "SD-3.2.2-b")
def test_fourteen_daily_reports_lead_up_to_boarding() -> None:
    pack = load_pack("sd-2020-09", overlays=[DEMO_OVERLAY])
    plan = make_plan(pack, "overseas_preboard", {"boarding": at("2020-10-15 12:00")})
    reports = [item for item in plan.items if item.kind == "report"]
    assert [written(item.due_at) for item in reports] == [f"2020-10-{day:02} 18:00" for day in range(1, 15)]
    eighth = reports[7]
    assert all_written(eighth.reminders) == ["2020-10-08 08:00", "2020-10-08 12:00"]
    assert steps(eighth.ladder)[:2] == [("L1", "2020-10-08 18:00"), ("L2", "2020-10-08 20:00")]
    assert dates(plan.item("certificate")) == ("2020-10-12 12:00", "2020-10-15 12:00")


@pytest.mark.rule("SD-3.2.2-b")
def test_the_hours_of_the_certificate_are_asked_for_and_leave_the_reports_standing() -> None:
    plan = make_plan(SHANDONG, "overseas_preboard", {"boarding": date(2020, 10, 15)})
    assert [(one.value, one.rule, one.ask) for one in plan.left_open] == [
        ("preboard.cert_hours", "SD-3.2.2-b", "an administrator of 370000")
    ]
    assert [item.kind for item in plan.items] == ["report"] * 14, "nothing is guessed, and nothing else is switched off"
    assert SHANDONG.switched_off()["preboard.cert_hours"] == plan.left_open
    assert make_plan(SHANDONG, "inbound_declared", {"arrival": at("2021-01-22 15:30")}).left_open == ()


@pytest.mark.rule("SD-3.3.1-a")
def test_an_arrival_is_announced_by_the_end_of_the_third_day_before() -> None:
    plan = make_plan(SHANDONG, "inbound_declared", {"arrival": at("2021-01-22 15:30")})
    assert written(plan.item("declaration").due_at) == "2021-01-20 00:00", "24:00 of 2021-01-19"
    assert all_written(plan.item("declaration").reminders) == [
        "2021-01-18 18:00",
        "2021-01-19 08:00",
        "2021-01-19 14:00",
    ]
