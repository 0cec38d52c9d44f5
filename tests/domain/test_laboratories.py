"""Laboratories' clocks, the report upwards, and whom a finding rings for (AMB-10, AMB-11, F-13)."""

import json
from datetime import timedelta

import pytest

from gateway.domain.kinds import Level
from gateway.domain.packs import Pack
from gateway.domain.plans import Plan, PlanItem, direct_report, laboratory_plan
from gateway.errors import Invalid
from gateway.policies.loader import load_pack, load_packs
from tests.domain.test_policy_command import typed
from tests.support.calendars import all_written, at, dates, steps, written

SHANDONG, SPEECH, DALIAN = (load_pack(pack) for pack in ("sd-2020-09", "sp-2021-01", "dl-2020-05"))
TAKEN = {"sampled_at": at("2021-01-08 18:30"), "received_at": at("2021-01-08 20:00")}


def ends(plan: Plan) -> list[tuple[str, str | None]]:
    return [(item.key, written(item.due_at)) for item in plan.items]


@pytest.mark.rule("SP-2.1.1-c")
def test_a_laboratory_of_the_city_has_six_hours_from_the_receipt_and_is_warned_three_times() -> None:
    result = laboratory_plan([SPEECH], TAKEN).item("result")
    assert (result.kind, dates(result)) == ("clock", ("2021-01-08 20:00", "2021-01-09 02:00"))
    assert all_written(result.reminders) == ["2021-01-08 23:00", "2021-01-09 00:30", "2021-01-09 01:24"]
    assert steps(result.ladder) == [("HL", "2021-01-09 02:00"), ("L4", "2021-01-09 02:00")]


@pytest.mark.rule("SP-2.1.1-a")
def test_the_sample_of_a_key_person_does_not_wait_over_night() -> None:
    clocks = ends(laboratory_plan([SPEECH], TAKEN))
    assert clocks == [("not_overnight", "2021-01-09 00:00"), ("result", "2021-01-09 02:00")]
    assert ends(laboratory_plan([SPEECH], TAKEN, key_person=False)) == [("result", "2021-01-09 02:00")]


@pytest.mark.rule("DL-3.4-b")
def test_in_dalian_the_result_is_back_twelve_hours_after_the_sampling() -> None:
    (result,) = laboratory_plan([DALIAN], TAKEN).items
    assert dates(result) == ("2021-01-08 18:30", "2021-01-09 06:30")
    assert result.rules == ("DL-3.4-b",)
    assert DALIAN.feedback is not None, "the result goes back to whoever sent the sample"


def test_two_packs_run_their_clocks_side_by_side_and_our_default_gives_way() -> None:
    assert ends(laboratory_plan([SPEECH, DALIAN], TAKEN)) == [
        ("sp-2021-01:not_overnight", "2021-01-09 00:00"),
        ("sp-2021-01:result", "2021-01-09 02:00"),
        ("dl-2020-05:result", "2021-01-09 06:30"),
    ]
    assert ends(laboratory_plan([SHANDONG, SPEECH], TAKEN))[0][0] == "sp-2021-01:not_overnight"
    (ours,) = laboratory_plan([SHANDONG], TAKEN).items
    assert (ours.rules, written(ours.due_at)) == (("DEFAULT",), "2021-01-09 06:30")


def test_a_clock_whose_start_is_not_known_does_not_run() -> None:
    sampled = {"sampled_at": TAKEN["sampled_at"]}
    assert ends(laboratory_plan([SPEECH, DALIAN], sampled)) == [("dl-2020-05:result", "2021-01-09 06:30")]
    with pytest.raises(Invalid, match="laboratory needs the anchor received_at"):
        laboratory_plan([SPEECH], sampled)


def test_a_result_that_came_ends_the_warnings() -> None:
    plan = laboratory_plan([DALIAN], TAKEN, settled_at=at("2021-01-09 01:00"))
    assert all_written(plan.items[0].reminders) == ["2021-01-09 00:30"]
    assert plan.items[0].ladder == ()


def test_the_command_prints_a_clock_for_each_pack(capsys: pytest.CaptureFixture[str]) -> None:
    packs = ["--pack", "sp-2021-01", "--pack", "dl-2020-05"]
    moments = ["--at", "sampled_at=2021-01-08T18:30", "--at", "received_at=2021-01-08T20:00"]
    assert typed("plan", *packs, "--profile", "laboratory", *moments, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [(item["kind"], item["due_at"][5:16]) for item in said["items"]] == [
        ("clock", "01-09T00:00"),
        ("clock", "01-09T02:00"),
        ("clock", "01-09T06:30"),
    ]
    assert typed("plan", *packs, "--profile", "close_contact", *moments) == 2


def reported(pack: Pack) -> PlanItem:
    report = direct_report(pack, at("2021-01-25 16:00"))
    assert report is not None, "nobody would be asked for the report"
    return report


@pytest.mark.rule("SD-3.3.4-b")
def test_a_positive_result_is_reported_upwards_within_two_hours() -> None:
    report = reported(SHANDONG)
    assert dates(report) == ("2021-01-25 16:00", "2021-01-25 18:00")
    assert steps(report.ladder) == [
        ("HL", "2021-01-25 17:00"),
        ("HL", "2021-01-25 17:30"),
        ("L4", "2021-01-25 18:00"),
        ("L5", "2021-01-25 18:00"),
    ]


@pytest.mark.rule("DL-3.4-a")
def test_dalian_too_reports_within_two_hours() -> None:
    report = reported(DALIAN)
    assert (written(report.due_at), report.rules) == ("2021-01-25 18:00", ("DL-3.4-a",))


def test_where_no_notice_asks_for_the_report_no_clock_runs() -> None:
    assert direct_report(load_packs()["everywhere"], at("2021-01-25 16:00")) is None


@pytest.mark.rule("SD-3.3.2-p")
def test_a_positive_test_rings_at_health_and_county_holds_the_release_and_asks_for_a_transfer() -> None:
    found = SHANDONG.findings.get("nat_positive")
    assert found is not None
    assert [told.level for told in found.tell] == [Level.HL, Level.L4]
    assert (found.holds, found.tasks) == (True, ("transfer",))


@pytest.mark.rule("SD-3.3.2-q")
def test_antibodies_alone_ring_at_health_and_experts_who_have_a_day() -> None:
    found = SHANDONG.findings.get("antibody_only")
    assert found is not None
    assert [told.level for told in found.tell] == [Level.HL, Level.XL]
    assert (found.holds, found.ask) == (True, "vaccination")
    assert timedelta(hours=found.decide_within_hours or 0) == timedelta(days=1)
