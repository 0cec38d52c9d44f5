"""Infections, discharge and periodic tests (A6), and the clocks of leads (F-02, F-11)."""

import pytest

from gateway.domain.kinds import PeriodKind
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Pack
from gateway.domain.plans import make_plan
from gateway.domain.windows import lead_due_at
from gateway.errors import NotConfigured
from gateway.policies.loader import load_pack, load_packs
from tests.support.calendars import at, dates, period, steps, written

SHANDONG: Pack = load_pack("sd-2020-09")


@pytest.mark.rule("SD-3.3.4-d", "SD-3.3.4-e", "SD-3.3.4-f")
def test_a_discharged_patient_is_isolated_again_and_visited_four_times() -> None:
    plan = make_plan(SHANDONG, "discharged", {"discharge": at("2020-11-30 10:00")})
    assert period(plan, PeriodKind.CENTRAL) == ("2020-11-30 10:00", "2020-12-14 10:00")
    visits = ["2020-12-14 18:00", "2020-12-28 18:00", "2021-02-28 18:00", "2021-05-30 18:00"]
    assert [written(item.due_at) for item in plan.items if item.kind == "visit"] == visits
    assert [written(item.due_at) for item in plan.items if item.test == "nat"] == visits


@pytest.mark.rule("SD-3.3.4-b")
def test_an_asymptomatic_infection_is_reported_within_two_hours() -> None:
    plan = make_plan(SHANDONG, "asymptomatic", {"discovered_at": at("2021-01-25 16:00")})
    report = plan.item("direct-report")
    assert dates(report) == ("2021-01-25 16:00", "2021-01-25 18:00")
    assert steps(report.ladder) == [
        ("HL", "2021-01-25 17:00"),
        ("HL", "2021-01-25 17:30"),
        ("L4", "2021-01-25 18:00"),
        ("L5", "2021-01-25 18:00"),
    ]
    assert plan.next_profile == "discharged"


@pytest.mark.rule("SD-3.3.2-q")
def test_antibodies_alone_wait_for_the_experts_one_day() -> None:
    plan = make_plan(SHANDONG, "ab_only", {"discovered_at": at("2021-01-25 16:00")})
    assert written(plan.item("expert-decision").due_at) == "2021-01-26 16:00"


@pytest.mark.rule("SD-3.3.1-c", "SD-3.3.1-d", "SD-3.3.1-e")
@pytest.mark.parametrize(
    ("lead", "received", "due", "warned"),
    [
        (
            "batch_local_hukou",
            "2021-01-08 10:00",
            "2021-01-09 10:00",
            ["2021-01-08 22:00", "2021-01-09 04:00", "2021-01-09 07:36"],
        ),
        (
            "batch_other_hukou",
            "2021-01-08 10:00",
            "2021-01-10 10:00",
            ["2021-01-09 10:00", "2021-01-09 22:00", "2021-01-10 05:12"],
        ),
        ("routine", "2021-01-08 16:40", "2021-01-09 00:00", ["2021-01-08 18:00", "2021-01-08 21:00"]),
        (
            "batch_local_hukou",
            "2021-01-22 19:00",
            "2021-01-23 19:00",
            ["2021-01-23 07:00", "2021-01-23 13:00", "2021-01-23 16:36"],
        ),
    ],
)
def test_a_lead_has_its_clock_and_its_warnings(lead: str, received: str, due: str, warned: list[str]) -> None:
    due_at = lead_due_at(at(received), lead, SHANDONG)
    assert written(due_at) == due
    climbed = ladder_steps(SHANDONG, SHANDONG.leads[lead].ladder, clock_start=at(received), due_at=due_at)
    assert [when for level, when in steps(climbed) if level == "L1"] == warned
    assert ("L4", due) in steps(climbed)


def test_a_city_that_gave_no_time_for_leads_is_asked_for_it() -> None:
    with pytest.raises(NotConfigured, match="BN-2.1.4-a"):
        lead_due_at(at("2021-01-08 10:00"), "feedback", load_packs()["bn-2020-10"])
