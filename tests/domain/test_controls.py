"""Area control by the notices: how small, who decides, who hears first, what holds, who passes, and how it ends."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.controls import (
    Answer,
    AreaLevel,
    ArrivalEvidence,
    Audience,
    Closing,
    Coverage,
    Passing,
    announced,
    asked_of_returnees,
    audience_area,
    checkpoint_area,
    first_measures,
    guard_shifts,
    level_faults,
    may_draw,
    may_leave,
    may_lift,
    may_pass,
    open_loop,
    rounds_asked,
    switched,
    told_changes,
    told_together,
    tracking,
    turns,
    waves,
    welfare_due,
)
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import Level, ResponseLevel, RiskLevel, Role
from gateway.domain.packs import Pack
from gateway.domain.releases import Identifying, Stage, findings, lint, next_stage
from gateway.errors import NotConfigured
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import at

VILLAGE, TOWNSHIP, COUNTY = "150802001004", "150802001", "150802"
TEN_PAST = datetime(2021, 1, 16, 2, 5, tzinfo=UTC)
LOW, MEDIUM, HIGH = AreaLevel(), AreaLevel(RiskLevel.MEDIUM), AreaLevel(RiskLevel.HIGH)
RESPONSE_II = AreaLevel(RiskLevel.LOW, ResponseLevel.II)


@cache
def pack(name: str, *, demo: bool = False) -> Pack:
    return load_pack(name, overlays=[DEMO_OVERLAY] if demo else [])


def answer_of(*asked: object) -> list[str]:
    return [str(getattr(one, "answer", one)) for one in asked]


# -- how small


@pytest.mark.rule("SD-3.1.3-a")
def test_control_is_drawn_around_a_building_and_never_around_a_whole_district() -> None:
    control = pack("sd-2020-09").control
    assert may_draw(control, "building").answer is Answer.YES
    assert may_draw(control, "village_group").answer is Answer.YES
    assert may_draw(control, "district").answer is Answer.NO
    assert set(first_measures(control)) == {"gatherings_limited", "sealed"}


@pytest.mark.rule("SD-3.6.1-a")
def test_a_township_has_its_own_level_and_below_it_only_a_unit_is_drawn() -> None:
    sd = pack("sd-2020-09")
    assert level_faults(sd.control, sd.levels, TOWNSHIP, LOW, MEDIUM) == ()
    assert [fault.where for fault in level_faults(sd.control, sd.levels, VILLAGE, LOW, MEDIUM)] == ["area"]
    elsewhere = pack("bn-2020-10")
    assert level_faults(elsewhere.control, elsewhere.levels, COUNTY, LOW, MEDIUM) == ()
    assert level_faults(elsewhere.control, elsewhere.levels, TOWNSHIP, LOW, MEDIUM) != ()


# -- who decides, who hears first


@pytest.mark.rule("DP-2.1-a")
def test_experts_are_asked_how_small_the_control_can_be_and_headquarters_hears_it() -> None:
    rule = pack("dp-2020-12").scope_decision
    assert (rule and rule.asked, rule and rule.told) == ((Role.EXPERT,), (Role.COUNTY,))
    steps = pack("dp-2020-12").escalation(rule.ladder if rule else "").steps
    assert [step.after for step in steps] == [timedelta(minutes=minutes) for minutes in (0, 15, 30, 60)]


@pytest.mark.rule("SD-3.1.3-b")
def test_whoever_lives_in_the_unit_hears_within_a_quarter_of_an_hour_and_before_all_others() -> None:
    sd = pack("sd-2020-09")
    told = waves(sd.control, sd.waves, TEN_PAST)
    assert [wave.to for wave in told] == [Audience.UNIT, Audience.TOWNSHIP, Audience.COUNTY]
    assert told[0].at <= TEN_PAST + timedelta(minutes=15) <= told[-1].at
    assert [audience_area(wave.to, VILLAGE) for wave in told] == [VILLAGE, TOWNSHIP, COUNTY]


@pytest.mark.rule("SD-3.1.3-b")
def test_an_announcement_says_where_what_and_from_when() -> None:
    control = pack("sd-2020-09").control
    assert announced(control, {"boundary": "", "measures": ("sealed",), "effective_at": None}) == (
        "boundary",
        "effective_at",
    )
    assert announced(control, {"boundary": "5号楼", "measures": ("sealed",), "effective_at": TEN_PAST}) == ()
    with pytest.raises(NotConfigured):
        announced(None, {})


# -- what may be said


@pytest.mark.rule("DP-3.4-a")
def test_a_text_is_reviewed_approved_and_only_then_published() -> None:
    rule = pack("dp-2020-12").release
    passed = [Stage.DRAFT]
    while (following := next_stage(rule, passed[-1])) is not None:
        passed.append(following)
    assert passed == [Stage.DRAFT, Stage.REVIEW, Stage.APPROVE, Stage.PUBLISH]


@pytest.mark.rule("DP-3.4-a")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("联系人电话13812345678。", Identifying.PHONE),
        ("身份证号370102199001011234的居民", Identifying.ID_NUMBER),
        ("5号楼2单元301室有一例确诊病例", Identifying.DOOR),
        ("A case lives in Room 301.", Identifying.DOOR),
        ("确诊病例王小明,男,45岁", Identifying.NAME),
        ("确诊病例为张伟先生", Identifying.NAME),
        ("昨日王芳去过菜市场", Identifying.NAME),
    ],
)
def test_a_text_that_shows_who_somebody_is_is_not_released(text: str, kind: Identifying) -> None:
    found = findings(pack("dp-2020-12").release, [text], names=["王芳"])
    assert kind in {one.kind for one in found}
    assert all("*" in one.shown for one in found), "a refusal must not repeat what it refuses"


@pytest.mark.parametrize(
    "text",
    [
        "明珠小区5号楼自2021年1月16日10时起封闭管理,居民非必要不外出。",
        "确诊病例张某,男,45岁,1月13日乘坐G123次列车。",
        "Building 5 is closed from 16 January 2021, 10:20. Call 12345 for help.",
        "咨询电话:12345。室外活动请戴口罩,室内多通风。",
    ],
)
def test_an_ordinary_announcement_passes(text: str) -> None:
    assert lint(text) == ()


# -- levels


@pytest.mark.rule("DL-3.1-a")
def test_the_response_level_moves_as_well_as_the_risk_level() -> None:
    dl, sd = pack("dl-2020-05"), pack("sd-2020-09")
    assert level_faults(dl.control, dl.levels, "210202", LOW, RESPONSE_II) == ()
    assert [fault.where for fault in level_faults(sd.control, sd.levels, "370102", LOW, RESPONSE_II)] == ["response"]


@pytest.mark.rule("DL-3.1-a")
def test_a_raised_level_asks_for_the_closed_loop_until_every_stage_was_shown() -> None:
    levels = pack("dl-2020-05").levels
    assert open_loop(levels, MEDIUM, ["screen"]) == ("diagnose", "report", "isolate")
    assert open_loop(levels, MEDIUM, ["screen", "diagnose", "report", "isolate"]) == ()
    assert open_loop(levels, LOW, []) == ()


@pytest.mark.rule("SD-3.4.2-b")
def test_the_measures_of_places_follow_risk_and_response() -> None:
    sd = pack("sd-2020-09")
    raised = switched("place", sd.place_switch, sd.measures, LOW, MEDIUM)
    assert raised is not None and "temperature_at_entrance" in raised.measures
    responded = switched("place", sd.place_switch, sd.measures, LOW, RESPONSE_II)
    assert responded is not None and "disinfection_daily" in responded.measures
    assert switched("place", sd.place_switch, sd.measures, MEDIUM, MEDIUM) is None


@pytest.mark.rule("DL-3.2-b")
def test_the_measures_of_communities_follow_the_level_of_their_county() -> None:
    dl = pack("dl-2020-05")
    raised = switched("community", dl.community_switch, dl.measures, LOW, HIGH)
    assert raised is not None and "closed_to_public" in raised.measures
    assert switched("community", pack("sd-2020-09").community_switch, dl.measures, LOW, HIGH) is None


@pytest.mark.rule("BN-2.2.1-a")
def test_a_change_of_level_is_passed_between_the_groups_and_down_to_the_communities() -> None:
    notice = pack("bn-2020-10").change_notice
    assert notice is not None
    assert set(notice.between) >= {Role.COUNTY, Role.POLICE, Role.HEALTH}
    assert Role.COMMUNITY in notice.down_to


# -- who passes


@pytest.mark.rule("BN-2.2.3-a")
def test_at_low_risk_everybody_passes_under_the_everyday_rules() -> None:
    tiers = pack("bn-2020-10").tiers
    verdict = may_pass(tiers, RiskLevel.LOW, Passing.OUTSIDER)
    assert (verdict.answer, verdict.because) == (Answer.YES, "baseline")
    assert checkpoint_area(tiers, RiskLevel.LOW, VILLAGE) is None


@pytest.mark.rule("BN-2.2.3-b")
def test_at_medium_risk_every_compound_of_the_community_is_guarded_and_outsiders_stay_out() -> None:
    bn = pack("bn-2020-10")
    assert checkpoint_area(bn.tiers, RiskLevel.MEDIUM, VILLAGE) == VILLAGE
    assert guard_shifts(bn.tiers, RiskLevel.MEDIUM, bn.guard) == ((0, 8), (8, 16), (16, 24))
    assert may_pass(bn.tiers, RiskLevel.MEDIUM, Passing.OUTSIDER, ["temperature", "mask", "code"]).answer is Answer.NO
    unmasked = may_pass(bn.tiers, RiskLevel.MEDIUM, Passing.RESIDENT, ["temperature", "code"])
    assert (unmasked.answer, unmasked.needs) == (Answer.NO, ("mask",))
    checked = may_pass(bn.tiers, RiskLevel.MEDIUM, Passing.RESIDENT, ["temperature", "mask", "code"])
    assert checked.answer is Answer.YES


@pytest.mark.rule("BN-2.2.3-c")
def test_at_high_risk_the_whole_township_is_guarded_and_nobody_passes_without_need() -> None:
    bn = pack("bn-2020-10")
    shown = ["temperature", "mask", "code"]
    assert checkpoint_area(bn.tiers, RiskLevel.HIGH, VILLAGE) == TOWNSHIP
    assert guard_shifts(bn.tiers, RiskLevel.HIGH, bn.guard)[-1][1] == 24
    assert may_pass(bn.tiers, RiskLevel.HIGH, Passing.NONESSENTIAL, shown).answer is Answer.NO
    assert may_pass(bn.tiers, RiskLevel.HIGH, Passing.RESIDENT, shown).answer is Answer.YES


@pytest.mark.rule("SD-3.6.2-e")
def test_nobody_leaves_a_closed_unit_without_a_permit() -> None:
    control = pack("sd-2020-09").control
    kept_in = may_leave(control, "closed", permitted=False)
    assert (kept_in.answer, kept_in.needs) == (Answer.NO, ("permit",))
    assert may_leave(control, "semi_closed", permitted=True).answer is Answer.YES
    assert may_leave(control, None, permitted=False).answer is Answer.YES
    assert may_leave(None, "closed", permitted=False).answer is Answer.OFFICIAL


# -- testing, looking after, tracking


@pytest.mark.rule("SD-3.6.2-d")
def test_a_zone_at_risk_is_tested_twice_and_nobody_is_rounded_up() -> None:
    rule = pack("sd-2020-09").zone_rounds
    levels = (RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH)
    assert [rounds_asked(rule, level) for level in levels] == [0, 2, 2]
    assert (Coverage(3, 2).percent, Coverage(1000, 999).percent, Coverage(3, 3).percent) == (66, 99, 100)


def test_the_grids_of_a_zone_come_one_after_the_other_while_the_day_lasts() -> None:
    rule, zone = pack("sd-2020-09").zone_rounds, ZoneInfo("Asia/Shanghai")
    assert rule is not None

    def told(at: str, *grids: str) -> dict[str, str]:
        found = turns(rule, grids, datetime.fromisoformat(f"2021-01-16T{at}+08:00"), zone)
        return {grid: f"{start:%H}-{end:%H}" for grid, (start, end) in found.items()}

    assert told("08:00", "10", "2", "") == {"2": "08-09", "10": "09-10", "": "10-11"}
    assert told("15:01", "1", "2", "3", "4") == {"1": "16-17", "2": "16-17", "3": "17-18", "4": "17-18"}
    assert told("17:30", "1") == {}
    assert set(told("00:10", *map(str, range(30))).values()) == {f"{hour:02}-{hour + 1:02}" for hour in range(8, 18)}


@pytest.mark.rule("BN-2.5.1-a")
def test_five_groups_of_people_are_asked_every_morning() -> None:
    rule = pack("bn-2020-10").welfare
    groups = ("mental_illness", "living_alone", "disabled", "bedridden", "left_behind")
    assert [welfare_due(rule, [group]) for group in groups] == [True] * 5
    assert not welfare_due(rule, ["student"])


@pytest.mark.rule("DL-3.3-e")
def test_an_arrival_from_a_key_area_is_monitored_tracked_and_screened_each_by_its_evidence() -> None:
    rule = pack("dl-2020-05").tracking
    assert tracking(rule, ArrivalEvidence(followed_up=True, arrived=True)) == {
        "monitored": True,
        "tracked": True,
        "screened": False,
    }
    assert tracking(rule, ArrivalEvidence(sampled=True))["screened"]
    assert tracking(None, ArrivalEvidence()) == {}


# -- lists and lifting


@pytest.mark.rule("DP-2.2-b")
def test_a_published_list_tells_every_change_and_asks_returnees_to_declare() -> None:
    lists = pack("dp-2020-12").lists
    kinds = ("added", "raised", "lowered", "lifted")
    assert told_changes(lists, kinds) == kinds
    assert "declare" in asked_of_returnees(lists)
    assert asked_of_returnees(None) == ()


@pytest.mark.rule("DP-3.5-a")
def test_a_control_ends_only_when_every_criterion_is_met_the_experts_are_heard_and_somebody_approves() -> None:
    rule = pack("dp-2020-12", demo=True).termination
    met = ("no_new_case", "all_tested_negative", "disinfected")
    assert may_lift(rule, Closing(met[:2], opinion=True, approved=True)).needs == ("disinfected",)
    assert may_lift(rule, Closing(met, opinion=False, approved=True)).needs == ("experts",)
    assert may_lift(rule, Closing(met, opinion=True, approved=False)).needs == ("approval",)
    assert may_lift(rule, Closing(met, opinion=True, approved=True)).answer is Answer.YES


@pytest.mark.rule("DP-3.5-a")
def test_no_criteria_are_guessed() -> None:
    assert may_lift(pack("dp-2020-12").termination, Closing(opinion=True, approved=True)).answer is Answer.OFFICIAL


@pytest.mark.parametrize(
    "text",
    [
        "电话１３８１２３４５６７８",
        "电话1 3 8 1 2 3 4 5 6 7 8",
        "电话138.1234.5678",
        "身份证 370102 19850101 1234",
        "3号楼２０３室",
        "王 芳住在这里",
        "王\u3000芳已转运",
    ],
)
def test_numbers_and_names_pulled_apart_or_written_wide_still_show_who_somebody_is(text: str) -> None:
    assert lint(text, names=["王芳"])


def test_days_and_counts_show_nobody() -> None:
    assert lint("自2021-01-15 07:20起,2021年1月14日至2021年1月28日,共采样1380人份、阳性0人。", names=["王芳"]) == ()


def test_a_list_is_told_to_each_grid_once_to_a_community_and_once_to_everybody_above() -> None:
    now = at("2021-01-16 18:00")
    steps = (
        LadderStep(Level.L1, (Role.GRID_WORKER,), now),
        LadderStep(Level.L2, (Role.COMMUNITY,), now + timedelta(hours=2)),
        LadderStep(Level.L3, (Role.TOWNSHIP,), now + timedelta(hours=14)),
        LadderStep(Level.L4, (Role.COUNTY,), now + timedelta(hours=24)),
    )
    first, second, other = "37010200100401", "37010200100402", "37010200100501"
    told = told_together([second, first, other, first], steps, whole="370102001")
    assert [(one.area, [step.level for step in one.steps], one.of) for one in told] == [
        (first, ["L1"], (first,)),
        (second, ["L1"], (second,)),
        (other, ["L1"], (other,)),
        ("370102001004", ["L2"], (first, second)),
        ("370102001005", ["L2"], (other,)),
        ("370102001", ["L3", "L4"], (first, second, other)),
    ]
