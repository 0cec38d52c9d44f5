"""People who come from abroad by way of elsewhere: how they may travel, who is exempt, who was treated there."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.domain.kinds import PeriodKind
from gateway.domain.packs import Pack
from gateway.domain.pathways import Mark, pathway
from gateway.domain.plans import make_plan
from gateway.domain.transfers import TransferJudgement, judged
from gateway.errors import Invalid, NotConfigured
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import at, check_ins, period, steps, written

SHANDONG: Pack = load_pack("sd-2020-09")


def travelled(by: str, arrived: str, released: str = "2020-10-04") -> TransferJudgement:
    rule = SHANDONG.profiles["overseas_transit"].transfer
    assert rule is not None, "nobody would ask how they came"
    return judged(rule, released_on=date.fromisoformat(released), arrived_on=date.fromisoformat(arrived), transport=by)


@pytest.mark.rule("SD-3.3.1-g")
def test_whoever_ended_isolation_elsewhere_comes_by_plane_or_is_picked_up() -> None:
    assert [travelled(by, "2020-10-05").allowed for by in ("plane", "point_to_point")] == [True, True]
    drove = travelled("car", "2020-10-05")
    assert drove.to_decide and drove.profile == "overseas_violator", "an official decides; the machine says so"
    assert drove.rules == ("SD-3.3.1-g", "SD-3.3.1-k", "SD-3.3.1-j")


@pytest.mark.rule("SD-3.3.1-k", "SD-3.3.1-l")
def test_the_way_of_travel_matters_up_to_fourteen_days_after_the_release() -> None:
    assert travelled("train", "2020-10-18").to_decide
    later = travelled("train", "2020-10-19")
    assert not later.applies and not later.to_decide and later.rules == ("SD-3.3.1-l",)


@pytest.mark.rule("SD-3.3.2-l")
def test_people_on_the_fast_track_follow_their_own_policy() -> None:
    landed = {"entry": at("2020-10-15 21:30"), "isolation_start": at("2020-10-16 01:40")}
    plan = make_plan(SHANDONG, "overseas_in_province", landed, exempt_as="fast_track")
    assert (plan.periods, plan.items, plan.excused_by) == ((), (), ("SD-3.3.2-l",))
    assert make_plan(SHANDONG, "overseas_in_province", landed).items
    found = {"arrival": at("2020-10-15 21:30")}
    assert make_plan(SHANDONG, "overseas_violator", found, exempt_as="fast_track").items
    with pytest.raises(Invalid, match="knows no exemption diplomat; it has: fast_track"):
        make_plan(SHANDONG, "overseas_in_province", landed, exempt_as="diplomat")


@pytest.mark.rule("SD-3.3.4-h")
@pytest.mark.parametrize(
    ("arrived", "left"),
    [
        ("2020-12-20 09:00", ["2020-12-28", "2021-02-28", "2021-05-30"]),
        ("2021-01-10 09:00", ["2021-02-28", "2021-05-30"]),
        ("2021-03-01 09:00", ["2021-05-30"]),
    ],
)
def test_somebody_treated_elsewhere_has_the_visits_that_are_left_since_the_discharge(
    arrived: str, left: list[str]
) -> None:
    back = {"discharge": at("2020-11-30 10:00"), "arrival": at(arrived)}
    plan = make_plan(SHANDONG, "imported_discharged", back)
    assert plan.periods == ()
    for kind in ("visit", "test"):
        assert [(written(item.due_at) or "")[:10] for item in plan.items if item.kind == kind] == left


@pytest.mark.rule("SD-3.3.1-b")
def test_five_steps_of_the_work_are_traced_with_the_moment_each_was_seen_to() -> None:
    known = {
        Mark.DECLARED: at("2021-01-18 20:10"),
        Mark.REGISTERED: at("2021-01-22 16:20"),
        Mark.CONFIRMED: at("2021-01-22 16:30"),
        Mark.ARRIVED: at("2021-01-22 16:20"),
        Mark.SAMPLED: at("2021-01-23 09:00"),
    }
    stages = [(each.key, written(each.at)) for each in pathway(SHANDONG.pathway, known)]
    assert stages == [
        ("monitoring", "2021-01-18 20:10"),
        ("screening", "2021-01-22 16:20"),
        ("registration", "2021-01-22 16:30"),
        ("transfer", "2021-01-22 16:20"),
        ("isolation", "2021-01-23 09:00"),
    ]
    assert [each.at for each in pathway(SHANDONG.pathway, {})] == [None] * 5, "what nobody did shows as a gap"


@pytest.mark.rule("DL-3.4-e")
def test_dalian_observes_and_visits_the_discharged_once_its_days_are_given() -> None:
    home = {"discharge": at("2020-11-30 10:00")}
    with pytest.raises(NotConfigured, match=r"DL-3\.4-e"):
        make_plan(load_pack("dl-2020-05"), "discharged", home)
    plan = make_plan(load_pack("dl-2020-05", overlays=[DEMO_OVERLAY]), "discharged", home)
    assert period(plan, PeriodKind.MONITOR) == ("2020-11-30 10:00", "2020-12-14 10:00")
    assert (len(check_ins(plan)), written(plan.item("visit").due_at)) == (14, "2020-12-28 18:00")


@pytest.mark.rule("SP-2.1.1-a")
def test_a_key_person_is_sampled_on_the_day_of_being_found_and_never_after_midnight() -> None:
    speech = load_pack("sp-2021-01", overlays=[DEMO_OVERLAY])
    strict = replace(SHANDONG, sampling=speech.sampling)
    found = {"included_at": at("2021-01-22 16:20")}

    (first, second, _) = (make_plan(strict, "key_area", found).item(key) for key in ("nat-1", "nat-2", "antibody"))
    assert (written(first.due_at), first.rules[-1]) == ("2021-01-23 00:00", "SP-2.1.1-a"), "24:00, not the day after"
    assert steps(first.ladder) == [
        ("L1", "2021-01-22 18:00"),
        ("L1", "2021-01-22 21:00"),
        ("L3", "2021-01-23 00:00"),
        ("L4", "2021-01-23 00:00"),
    ]
    assert written(second.opens_at) == "2021-01-24 00:00", "24 hours after the first: it cannot be sampled that day"
    late = make_plan(strict, "key_area", found, made_at=at("2021-01-24 10:00")).item("nat-1")
    assert written(late.due_at) == "2021-01-25 00:00", "found late is sampled on that day, not within a day of grace"
    general = {"placement": at("2021-01-22 09:00"), "last_exposure": at("2021-01-21 09:00")}
    assert make_plan(strict, "general_contact", general) == make_plan(SHANDONG, "general_contact", general)

    at_once = make_plan(speech, "high_risk_arrival", {"arrival": at("2021-01-15 09:00")}).item("nat-at-once")
    assert (written(at_once.due_at), steps(at_once.ladder)[0]) == ("2021-01-16 00:00", ("L1", "2021-01-15 12:00"))


@pytest.mark.rule("SP-2.2.2-a")
def test_a_returnee_to_a_village_reports_every_day_for_as_long_as_the_pack_says() -> None:
    with pytest.raises(NotConfigured, match=r"profiles\.returnee_rural\.periods\[0\]\.days \(SP-2\.2\.2-a\)"):
        make_plan(load_pack("sp-2021-01"), "returnee_rural", {"arrival": date(2021, 1, 15)})
    plan = make_plan(load_pack("sp-2021-01", overlays=[DEMO_OVERLAY]), "returnee_rural", {"arrival": date(2021, 1, 15)})
    assert [written(item.due_at) for item in check_ins(plan)] == [f"2021-01-{day} 18:00" for day in range(15, 29)]


@pytest.mark.rule("SP-2.2.2-c")
def test_somebody_from_a_high_risk_area_is_isolated_centrally_for_as_long_as_the_pack_says() -> None:
    with pytest.raises(NotConfigured, match=r"profiles\.high_risk_arrival\.periods\[0\]\.days \(SP-2\.2\.2-c\)"):
        make_plan(load_pack("sp-2021-01"), "high_risk_arrival", {"arrival": at("2021-01-15 09:00")})
    demo = load_pack("sp-2021-01", overlays=[DEMO_OVERLAY])
    plan = make_plan(demo, "high_risk_arrival", {"arrival": at("2021-01-15 09:00")})
    assert period(plan, PeriodKind.CENTRAL) == ("2021-01-15 09:00", "2021-01-29 09:00")
