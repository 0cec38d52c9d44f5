"""What each notice wants told at once: by whom, to whom, in which steps; and when its loop may be closed."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.kinds import Level, Role
from gateway.domain.ladders import hastened, together
from gateway.domain.matters import (
    MatterNotComplete,
    MatterRule,
    Teller,
    checked,
    clocks,
    laggards,
    missing,
    offered,
    passed_over,
)
from gateway.domain.packs import Pack
from gateway.domain.safety import SafetyKind
from gateway.domain.symptoms import Advice, SymptomAnswers, triage
from gateway.policies.loader import load_pack

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2021, 1, 15, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai


@cache
def pack_of(pack_id: str) -> Pack:
    return load_pack(pack_id)


def told(pack_id: str, kind: str, teller: Teller, *roles: Role) -> tuple[Pack, MatterRule]:
    """What this teller tells of, as the notice has it."""
    pack = pack_of(pack_id)
    may = offered(pack.matters, teller, roles)
    assert kind in may, f"{teller} has nowhere to tell of {kind}"
    return pack, may[kind]


def at_once(pack: Pack, rule: MatterRule, now: datetime = NOW) -> set[Role]:
    """Who hears at the moment of telling."""
    ladder = hastened(pack, pack.haste[rule.haste], rule.heard, now)
    return {role for step in ladder if step.at == now for role in step.roles}


def climb(pack: Pack, rule: MatterRule) -> list[tuple[Level, int]]:
    """The rungs after the first, in minutes from the telling."""
    ladder = hastened(pack, pack.haste[rule.haste], rule.heard, NOW)
    return [(step.level, int((step.at - NOW).total_seconds() // 60)) for step in ladder if step.at > NOW]


def steps(rule: MatterRule) -> list[str]:
    return [step.key for step in rule.steps]


URGENT = [(Level.L2, 15), (Level.L3, 30), (Level.L4, 60)]


@pytest.mark.rule("SD-3.6.2-a")
def test_four_findings_start_the_emergency_response_and_nothing_else_does() -> None:
    pack, rule = told("sd-2020-09", "emergency_response", Teller.OFFICIAL, Role.HEALTH)
    for trigger in ("unknown_source", "positive_specimen", "unexplained_death", "unexplained_pneumonia"):
        assert checked(rule, {"trigger": trigger}) == {"trigger": trigger}
    with pytest.raises(MatterNotComplete):
        checked(rule, {"trigger": "a rumour"})
    assert {Role.COUNTY, Role.CITY, Role.HEALTH} <= at_once(pack, rule)
    assert climb(pack, rule) == URGENT
    assert steps(rule) == ["disposal", "plan"]


@pytest.mark.rule("SD-3.4.3-f")
def test_a_positive_specimen_calls_for_five_measures() -> None:
    pack, rule = told("sd-2020-09", "positive_specimen", Teller.UNIT)
    assert {Role.UNIT_CONTACT, Role.HEALTH, Role.COUNTY} <= at_once(pack, rule)
    assert missing(rule, ["seal", "disinfect", "contacts"]) == ("dispose", "send")


@pytest.mark.rule("SD-3.6.1-c")
def test_a_sign_of_a_cluster_starts_five_actions() -> None:
    pack, rule = told("sd-2020-09", "cluster_sign", Teller.OFFICIAL, Role.HEALTH)
    assert {Role.COUNTY, Role.HEALTH, Role.POLICE} <= at_once(pack, rule)
    assert steps(rule) == ["survey", "laboratory", "source_tracing", "control", "disinfection"]
    assert set(clocks(rule, pack.haste[rule.haste], NOW, {}, ZONE)) == set(steps(rule))


@pytest.mark.rule("SD-3.6.1-d")
def test_a_suspected_person_is_closed_only_with_four_moments() -> None:
    pack, rule = told("sd-2020-09", "suspected_person", Teller.OFFICIAL, Role.DOCTOR)
    assert rule.about_person
    assert missing(rule, ["screen", "diagnose", "report"]) == ("isolate",)
    assert missing(rule, ["screen", "diagnose", "report", "isolate"]) == ()
    running = clocks(rule, pack.haste[rule.haste], NOW, {"screen": NOW}, ZONE)
    assert running["isolate"] == NOW + timedelta(hours=2)
    assert running["diagnose"] == NOW + timedelta(hours=24)


@pytest.mark.rule("SD-3.4.1-h")
def test_a_school_has_four_first_moments() -> None:
    pack, rule = told("sd-2020-09", "school_abnormality", Teller.UNIT)
    assert {Role.UNIT_CONTACT, Role.GRID_WORKER, Role.HEALTH} <= at_once(pack, rule)
    assert steps(rule) == ["isolate", "report", "survey", "disposal"]
    assert rule.says is not None
    assert "绿色通道" in rule.says.zh
    assert climb(pack, rule) == URGENT


@pytest.mark.rule("SD-3.4.5-b")
def test_a_suspect_is_held_for_observation_with_the_history_asked() -> None:
    pack, rule = told("sd-2020-09", "suspect_observation", Teller.OFFICIAL, Role.DOCTOR)
    with pytest.raises(MatterNotComplete):
        checked(rule, {})
    assert at_once(pack, rule) == {Role.HEALTH, Role.COUNTY}
    assert missing(rule, []) == ("observe",)


@pytest.mark.rule("SD-3.4.6-b")
def test_in_a_special_institution_isolation_comes_first_and_care_follows() -> None:
    pack, rule = told("sd-2020-09", "institution_symptoms", Teller.UNIT)
    assert {Role.UNIT_CONTACT, Role.DOCTOR, Role.HEALTH} <= at_once(pack, rule)
    assert climb(pack, rule) == URGENT
    assert passed_over(rule, "send", []) == ("isolate",)


@pytest.mark.rule("SD-3.5.1-b")
def test_an_employee_with_symptoms_reaches_unit_neighbourhood_and_health_together() -> None:
    pack, rule = told("sd-2020-09", "employee_symptoms", Teller.UNIT)
    assert at_once(pack, rule) == {Role.UNIT_CONTACT, Role.GRID_WORKER, Role.DOCTOR, Role.HEALTH}
    assert steps(rule) == ["isolate", "hospital"]
    assert climb(pack, rule) == URGENT


@pytest.mark.rule("SD-3.4.2-c")
def test_a_hotel_reports_its_guests_from_key_areas_to_community_and_headquarters() -> None:
    pack, rule = told("sd-2020-09", "lodging_guest", Teller.UNIT)
    assert at_once(pack, rule) == {Role.COMMUNITY, Role.COUNTY}
    assert set(checked(rule, {"name": "x", "id_number": "y", "from": "z"})) == {"name", "id_number", "from"}
    with pytest.raises(MatterNotComplete):
        checked(rule, {"name": "x", "from": "z"})


@pytest.mark.rule("SD-4.1-b")
def test_a_major_matter_has_a_line_of_its_own_up_to_the_province() -> None:
    pack, rule = told("sd-2020-09", "major_matter", Teller.OFFICIAL, Role.TOWNSHIP)
    assert at_once(pack, rule) == {Role.COUNTY, Role.CITY, Role.PROVINCE}


@pytest.mark.rule("SD-3.3.4-g")
def test_at_discharge_four_boxes_each_have_a_named_owner() -> None:
    _, rule = told("sd-2020-09", "discharge_team", Teller.OFFICIAL, Role.HEALTH)
    assert rule.opens_with == "discharged"
    assert steps(rule) == ["picked_up", "isolated", "rehabilitated", "visited"]
    assert all(step.owned for step in rule.steps)


@pytest.mark.rule("SP-2.2.1-a")
def test_an_outbreak_is_told_to_every_level_at_the_same_moment() -> None:
    pack, rule = told("sp-2021-01", "outbreak_found", Teller.UNIT)
    assert at_once(pack, rule) == {Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.HEALTH}


@pytest.mark.rule("SP-2.2.2-b")
def test_a_sentinel_sends_for_medical_staff_within_half_an_hour() -> None:
    pack, rule = told("sp-2021-01", "sentinel", Teller.OFFICIAL, Role.COMMUNITY)
    assert Role.DOCTOR in at_once(pack, rule)
    running = clocks(rule, pack.haste[rule.haste], NOW, {}, ZONE)
    assert running == {"dispatch": NOW + timedelta(minutes=30), "report": datetime(2021, 1, 15, 16, 0, tzinfo=UTC)}


@pytest.mark.rule("SP-3-b")
def test_a_finding_is_rectified_at_once_and_laggards_are_only_named() -> None:
    pack, rule = told("sp-2021-01", "inspection_finding", Teller.OFFICIAL, Role.SUPERVISION)
    assert missing(rule, []) == ("rectify",)
    assert clocks(rule, pack.haste[rule.haste], NOW, {}, ZONE) == {"rectify": NOW + timedelta(hours=2)}
    assert rule.lagging is not None
    missed = [("甲厂", NOW), ("甲厂", NOW), ("乙厂", NOW), ("丙厂", NOW), ("丙厂", NOW), ("丙厂", NOW)]
    named = laggards(rule.lagging, missed, NOW)
    assert [one.who for one in named.notify] == ["甲厂"]
    assert [one.who for one in named.interview] == ["丙厂"]
    assert laggards(rule.lagging, missed, NOW + timedelta(days=91)).notify == ()


@pytest.mark.rule("BN-2.3.1-a")
def test_six_kinds_of_places_register_every_guest_under_one_card_of_their_own() -> None:
    _, rule = told("bn-2020-10", "real_name_registration", Teller.UNIT)
    (places,) = [field for field in rule.fields if field.key == "place"]
    assert len(places.options) == 6
    with pytest.raises(MatterNotComplete):
        checked(rule, {"place": "hotel", "name": "x"})  # nobody stays without a card
    assert rule.repetition is not None
    assert rule.repetition.field == "id_number"
    assert not rule.heard


@pytest.mark.rule("BN-2.3.2-b")
def test_who_leaves_isolation_is_looked_for_by_police_health_and_headquarters() -> None:
    pack, rule = told("bn-2020-10", "absconding", Teller.OFFICIAL, Role.GRID_WORKER)
    assert rule.about_person
    assert at_once(pack, rule) == {Role.POLICE, Role.HEALTH, Role.COUNTY}
    assert climb(pack, rule) == URGENT


@pytest.mark.rule("BN-2.3.5-a")
def test_a_checkpoint_registers_and_transfers_and_a_closure_is_announced() -> None:
    pack, rule = told("bn-2020-10", "checkpoint_hit", Teller.OFFICIAL, Role.POLICE)
    assert Role.HEALTH in at_once(pack, rule)
    assert passed_over(rule, "transferred", []) == ("registered",)
    _, closure = told("bn-2020-10", "closure", Teller.OFFICIAL, Role.POLICE)
    assert closure.announces
    assert [field.key for field in closure.fields if field.required] == ["place", "time", "alternatives"]


@pytest.mark.rule("DL-3.3-b")
def test_a_resident_may_tell_and_the_grid_worker_hears() -> None:
    pack, rule = told("dl-2020-05", "tip_off", Teller.RESIDENT)
    assert at_once(pack, rule) == {Role.GRID_WORKER}
    assert not offered(pack_of("sd-2020-09").matters, Teller.RESIDENT)


@pytest.mark.rule("DL-3.3-c")
def test_eight_stages_from_the_country_s_gate_to_the_home_s_leave_no_gap() -> None:
    pack, rule = told("dl-2020-05", "entrant_loop", Teller.OFFICIAL, Role.HEALTH)
    assert len(rule.steps) == 8
    assert passed_over(rule, "transfer", ["tracking", "entry"]) == ("quarantine",)
    running = clocks(rule, pack.haste[rule.haste], NOW, {"tracking": NOW, "entry": NOW}, ZONE)
    assert running == {"quarantine": NOW + timedelta(hours=12)}


@pytest.mark.rule("DL-3.5-a")
def test_an_enterprise_handles_and_reports_and_somebody_answers_for_each() -> None:
    pack, rule = told("dl-2020-05", "enterprise_anomaly", Teller.UNIT)
    assert {Role.UNIT_CONTACT, Role.HEALTH} <= at_once(pack, rule)
    assert [(step.key, step.owned) for step in rule.steps] == [("handle", True), ("report", True)]
    _, daily = told("dl-2020-05", "ten_in_place", Teller.UNIT)
    assert len(daily.steps) == 10
    assert not daily.heard


@pytest.mark.rule("DP-1.10-a")
def test_an_entrant_passes_four_gates_in_their_order() -> None:
    _, rule = told("dp-2020-12", "entrant_gates", Teller.OFFICIAL, Role.POLICE)
    assert steps(rule) == ["entry", "test", "control", "exit"]
    assert passed_over(rule, "exit", ["entry"]) == ("test", "control")


@pytest.mark.rule("BN-2.5.3-b")
@pytest.mark.parametrize("pack_id", ["bn-2020-10", "everywhere"])
def test_words_of_self_harm_reach_four_lines_together_in_every_jurisdiction(pack_id: str) -> None:
    pack = pack_of(pack_id)
    rule = pack.safety.get(SafetyKind.SELF_HARM)
    ladder = together(pack.escalation("E-X"), rule.heard if rule else (), NOW)
    assert {Role.POLICE, Role.HEALTH, Role.GRID_WORKER, Role.DOCTOR, Role.COMMUNITY} == set(ladder[0].roles)
    assert [(step.level, (step.at - NOW) // timedelta(minutes=1)) for step in ladder[1:]] == URGENT


@pytest.mark.rule("SD-3.3.5-c")
def test_a_suspicious_symptom_gives_advice_and_reaches_the_grid_worker_and_the_doctor() -> None:
    pack = pack_of("sd-2020-09")
    found = triage(SymptomAnswers(symptoms=("cough",)), pack)
    assert found.ladder == "E-X", "nobody is told"
    assert Advice.FEVER_CLINIC in found.advice
    assert Advice.TELL_HISTORY in found.advice
    assert "SD-3.3.5-c" in found.rules
    first = pack.escalation(found.ladder).freeze(NOW)[0]
    assert first.roles == (Role.GRID_WORKER, Role.DOCTOR)


def test_words_for_haste_are_a_table_of_the_pack() -> None:
    pack = pack_of("sd-2020-09")
    assert pack.haste["at_once"].words == ("立即", "第一时间", "马上")
    assert pack.haste["promptly"].words == ("及时", "尽快", "迅速")
    _, guest = told("sd-2020-09", "lodging_guest", Teller.UNIT)
    midnight = datetime(2021, 1, 15, 16, 0, tzinfo=UTC)
    assert clocks(guest, pack.haste[guest.haste], NOW, {}, ZONE) == {"screened": midnight}
    # "promptly" warns at 12, 18 and 21, and at midnight township and county hear of it.
    assert [hour for _, hour in climb(pack, guest)] == [60, 420, 600, 780, 780]


def test_an_unknown_field_and_an_endless_one_are_named() -> None:
    _, rule = told("sd-2020-09", "positive_specimen", Teller.UNIT)
    with pytest.raises(MatterNotComplete) as refused:
        checked(rule, {"place": "x" * 2001, "colour": "red"})
    assert {fault.where for fault in refused.value.faults} == {"place", "colour", "goods"}
