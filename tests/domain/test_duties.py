"""What units and people owe by the shipped packs: when they are asked, by whom they are missed, what counts."""

from datetime import date, datetime, timedelta

import pytest

from gateway.domain.capacities import Counted, is_asked, needed, shortage
from gateway.domain.duties import (
    Bearer,
    Cadence,
    DutyRule,
    Received,
    ReportIncomplete,
    checked,
    due_on,
    events_in,
    gaps_in,
    owes,
    ringing,
    rolled_up,
    suspicious,
)
from gateway.domain.duty_rounds import Tone, slots_of, strikes_next, struck
from gateway.domain.early_warnings import Registered, Signalled, comes_again, series, warning
from gateway.domain.kinds import Level
from gateway.domain.packs import Pack
from gateway.domain.plans import make_plan
from gateway.domain.profiles import Anchor
from gateway.policies.loader import load_pack

MONDAY = date(2021, 1, 11)
SATURDAY = date(2021, 1, 16)


@pytest.fixture(scope="module")
def sd() -> Pack:
    return load_pack("sd-2020-09")


@pytest.fixture(scope="module")
def bn() -> Pack:
    return load_pack("bn-2020-10")


def said(name: str, pack: Pack, day: date = MONDAY) -> list[tuple[str, str, str]]:
    """What the clock says about that day; nothing where nobody is asked."""
    if name not in pack.duties:
        return []
    return [(f"{slot.at:%m-%d %H:%M}", slot.tone.value, slot.check) for slot in slots_of(name, pack, day)]


def asked(pack: Pack, name: str) -> DutyRule:
    assert name in pack.duties, f"nobody is asked for {name}"
    return pack.duties[name]


UNIT_DAY = [
    ("01-11 08:00", "remind", ""),
    ("01-11 12:00", "remind", ""),
    ("01-11 18:00", "again", ""),
    ("01-11 20:00", "ring", ""),
    ("01-11 20:05", "roll_up", ""),
    ("01-12 07:30", "missing", ""),
]


@pytest.mark.rule("SD-3.4.1-b", "SD-3.4.5-j", "SD-3.5.1-c")
@pytest.mark.parametrize(
    ("name", "kind", "rule"),
    [
        ("school_daily", "school", "SD-3.4.1-b"),
        ("medical_staff_daily", "medical_institution", "SD-3.4.5-j"),
        ("workplace_daily", "workplace", "SD-3.5.1-c"),
    ],
)
def test_a_unit_is_asked_twice_a_day_asked_again_and_missed_by_the_township(
    sd: Pack, name: str, kind: str, rule: str
) -> None:
    duties = [one for one in sd.duties if kind in sd.duties[one].units and rule in sd.duties[one].source]
    assert name in duties
    assert said(name, sd) == UNIT_DAY
    (ring,) = [slot for slot in slots_of(name, sd, MONDAY) if slot.tone is Tone.RING]
    assert [step.level for step in ring.ladder] == [Level.L3]
    assert asked(sd, name).zero
    assert owes(asked(sd, name), Bearer(MONDAY), MONDAY)


@pytest.mark.rule("SD-3.4.5-j")
def test_a_symptom_among_medical_staff_rings_at_once(sd: Pack) -> None:
    rule = asked(sd, "medical_staff_daily")
    (rung,) = ringing(rule, {"staff": 80, "symptomatic": 1})
    assert rung.rings == "E-X" and not list(ringing(rule, {"staff": 80, "symptomatic": 0}))


@pytest.mark.rule("SD-3.5.1-c")
def test_a_workplace_is_asked_on_working_days_and_for_what_stands_ready(sd: Pack) -> None:
    rule = asked(sd, "workplace_daily")
    assert not owes(rule, Bearer(MONDAY), SATURDAY)
    assert "isolation_area" in gaps_in(rule, {"temperature_checked": True, "isolation_area": False})


@pytest.mark.rule("SD-3.4.1-c")
def test_a_school_checks_three_times_on_each_school_day(sd: Pack) -> None:
    checks = [(at[-5:], tone, check) for at, tone, check in said("school_checks", sd) if check]
    assert [check for _, tone, check in checks if tone == "remind"] == ["morning", "noon", "evening"]
    assert [check for _, tone, check in checks if tone == "again"] == ["morning", "noon", "evening"]
    assert owes(asked(sd, "school_checks"), Bearer(MONDAY), MONDAY)
    assert not owes(asked(sd, "school_checks"), Bearer(MONDAY), SATURDAY)


@pytest.mark.rule("SD-3.4.1-d")
def test_an_absence_keeps_the_school_asked_until_it_is_resolved(sd: Pack) -> None:
    rule = asked(sd, "school_absences")
    assert rule.follows in sd.registers and sd.registers[str(rule.follows)].tracked
    assert owes(rule, Bearer(MONDAY, open=1), MONDAY) and not owes(rule, Bearer(MONDAY, open=0), MONDAY)


@pytest.mark.rule("SD-3.4.1-f")
def test_families_are_surveyed_before_the_term_begins(sd: Pack) -> None:
    rule = asked(sd, "family_survey")
    term = date(2021, 3, 1)
    assert [
        day for day in (date(2021, 2, 27), date(2021, 2, 28)) if owes(rule, Bearer(MONDAY, dates=(term,)), day)
    ] == [date(2021, 2, 28)]
    days = [at[:5] for at, tone, _ in said("family_survey", sd, date(2021, 2, 28)) if tone == "remind"]
    assert days == ["02-21", "02-25", "02-27", "02-28"]
    assert {"symptoms", "contacts", "journeys"} <= {one.key for one in rule.fields}
    assert [one.key for one in ringing(rule, {"families": 900, "surveyed": 900, "at_risk": 2})] == ["at_risk"]
    with pytest.raises(ReportIncomplete):
        checked(rule, {"families": 900}, zero=False)


@pytest.mark.rule("SD-3.4.3-c", "SD-3.4.3-d")
@pytest.mark.parametrize(("name", "days"), [("market_environment_weekly", 7), ("market_environment_14", 14)])
def test_a_market_samples_again_counted_from_the_last_time(sd: Pack, name: str, days: int) -> None:
    rule = asked(sd, name)
    bearer = Bearer(MONDAY, last=MONDAY + timedelta(days=3))
    assert due_on(rule, bearer) == MONDAY + timedelta(days=3 + days)
    (ring,) = [slot for slot in slots_of(name, sd, MONDAY) if slot.tone is Tone.RING]
    assert [(step.level, f"{step.at:%m-%d %H:%M}") for step in ring.ladder] == [
        (Level.L3, "01-11 20:00"),
        (Level.L4, "01-12 18:00"),
    ]


@pytest.mark.rule("SD-3.4.3-c", "SD-3.4.3-d")
@pytest.mark.parametrize(("profile", "days"), [("market_weekly", 7), ("market_fortnightly", 14)])
def test_the_next_sampling_of_a_market_can_be_planned(sd: Pack, profile: str, days: int) -> None:
    sampled = datetime(2021, 1, 11, 9, tzinfo=sd.zone)
    assert profile in sd.profiles
    plan = make_plan(sd, profile, {Anchor.LAST_SAMPLE: sampled})
    (item,) = plan.items
    assert item.due_at is not None and item.due_at.date() == MONDAY + timedelta(days=days)


@pytest.mark.rule("SD-3.4.3-g")
def test_cold_chain_staff_register_itinerary_and_health_on_each_of_fourteen_days(sd: Pack) -> None:
    sampled = datetime(2021, 1, 11, 9, tzinfo=sd.zone)
    assert "cold_chain_staff" in sd.profiles
    plan = make_plan(sd, "cold_chain_staff", {Anchor.LAST_SAMPLE: sampled})
    reports = [item for item in plan.items if "SD-3.4.3-g" in item.rules and item.key.startswith("itinerary")]
    assert [item.due_at.date() for item in reports if item.due_at] == [
        MONDAY + timedelta(days=number) for number in range(1, 15)
    ]


@pytest.mark.rule("SD-3.4.4-a")
def test_a_community_tells_its_base_numbers_and_its_team(sd: Pack) -> None:
    rule = asked(sd, "community_base")
    assert {"permanent_residents", "outsiders", "rented_houses", "police", "volunteers"} <= {
        one.key for one in rule.fields
    }
    with pytest.raises(ReportIncomplete):
        checked(rule, {"permanent_residents": 5120}, zero=False)
    assert not rule.zero and rule.cadence is Cadence.ROLLING


@pytest.mark.rule("SD-3.4.4-b")
def test_vulnerable_people_are_followed_up_by_the_family_doctor(sd: Pack) -> None:
    rule = asked(sd, "family_doctor")
    assert set(rule.people) == {"elderly", "pregnant", "child", "chronic"}
    due = due_on(rule, Bearer(MONDAY))
    assert due is not None and owes(rule, Bearer(MONDAY), due)
    (ring,) = [slot for slot in slots_of("family_doctor", sd, due) if slot.tone is Tone.RING]
    assert [(step.level, f"{step.at:%H:%M}") for step in ring.ladder] == [(Level.L2, "18:00")]


@pytest.mark.rule("SD-3.4.4-c")
def test_a_communitys_figures_are_counted_from_the_record(sd: Pack) -> None:
    assert sd.live is not None and {"followed_up", "answered_today", "registered"} <= set(sd.live.figures)


@pytest.mark.rule("SD-3.5.5-a")
def test_a_market_worker_reports_each_day_and_is_missed_by_the_grid_worker(sd: Pack) -> None:
    rule = asked(sd, "market_worker_health")
    assert rule.people == ("market_worker",) and owes(rule, Bearer(MONDAY), SATURDAY)
    times = [(at[-5:], tone) for at, tone, _ in said("market_worker_health", sd)]
    assert times == [("08:00", "remind"), ("12:00", "remind"), ("18:00", "ring")]
    (ring,) = [slot for slot in slots_of("market_worker_health", sd, MONDAY) if slot.tone is Tone.RING]
    assert [step.level for step in ring.ladder][:2] == [Level.L1, Level.L2]


@pytest.mark.rule("SD-3.6.2-c", "BN-2.1.2-a")
def test_the_symptoms_each_register_takes_are_those_of_its_notice(sd: Pack, bn: Pack) -> None:
    assert "symptoms" in sd.registers and "symptoms_places" in bn.registers
    clinic, places = sd.registers["symptoms"], bn.registers["symptoms_places"]
    assert suspicious(clinic, ["cough", "fatigue"]) == ("cough",) and "pharmacy" in clinic.units
    assert suspicious(places, ["dry_cough", "cough"]) == ("dry_cough",)
    assert set(places.units) == {"community", "supermarket", "pharmacy", "shop", "restaurant", "library", "gym"}
    assert clinic.rings == "screening" and places.rings == "E-X"


@pytest.mark.rule("BN-2.2.2-a")
def test_a_community_has_nine_systems_and_reports_each_day(bn: Pack) -> None:
    rule = asked(bn, "community_systems")
    assert len(rule.fields) == 9
    told = dict.fromkeys((one.key for one in rule.fields), True) | {"disinfection": False}
    assert gaps_in(rule, checked(rule, told, zero=False)) == ("disinfection",)
    assert said("community_daily", bn) == UNIT_DAY


@pytest.mark.rule("BN-2.1.1-a")
def test_a_landlord_updates_the_rental_ledger_each_day(bn: Pack) -> None:
    rule = asked(bn, "rental_daily")
    assert rule.people == ("landlord",) and owes(rule, Bearer(MONDAY), SATURDAY)
    assert events_in(rule, checked(rule, {"houses": 3, "tenants": 5, "moved_in": 1}, zero=False)) == 1


@pytest.mark.rule("BN-2.2.4-a")
def test_a_village_keeps_three_tracers_and_is_asked_on_the_first_and_again_after_seven_days(bn: Pack) -> None:
    assert "tracers" in bn.capacities
    rule = bn.capacities["tracers"]
    assert shortage(rule, 2) is not None and shortage(rule, 3) is None and shortage(rule, 9) is None
    first = date(2021, 2, 1)
    short = Counted(first, 2)
    again = [first + timedelta(days=n) for n in range(1, 22) if is_asked(rule, short, first + timedelta(days=n))]
    assert [f"{day:%d}" for day in again] == ["08", "15", "22"]
    assert is_asked(rule, Counted(None, None), first) and not is_asked(rule, Counted(first, 4), date(2021, 2, 8))
    assert is_asked(rule, Counted(date(2021, 1, 2), 4), date(2021, 2, 8))  # has not answered this month


def test_what_a_province_keeps_ready_is_measured_in_every_unit_and_area(sd: Pack) -> None:
    asked = {name: (rule.units[0], rule.least) for name, rule in sd.capacities.items() if len(rule.units) == 1}
    assert asked == {
        "hospital_supplies": ("designated_hospital", 30),
        "team_supplies": ("mobile_team", 7),
        "areas_at_once": ("city_headquarters", 2),
        "general_beds": ("city_headquarters", 0),
        "treatment_beds": ("city_headquarters", 0),
        "intensive_beds": ("city_headquarters", 0),
        "city_severe": ("city_headquarters", 100),
        "county_severe": ("county_headquarters", 20),
        "county_supplies": ("county_headquarters", 30),
        "reserve_sites": ("county_headquarters", 1),
        "reserve_rooms": ("county_headquarters", 400),
    }
    assert {"unit_team", "unit_instructor"} < set(sd.capacities)
    beds = sd.capacities["treatment_beds"]
    assert [needed(beds, base) for base in (None, 0, 1, 10, 11)] == [0, 0, 1, 1, 2]
    (vacated, concentrated) = sd.matters["hospital_vacated"].steps
    assert vacated.within_minutes == concentrated.within_minutes == 48 * 60


@pytest.mark.rule("SD-3.6.1-b")
def test_one_stream_alone_is_no_warning_and_two_are(sd: Pack) -> None:
    rule = sd.early_warning
    assert rule is not None
    assert list(rule.streams) == [
        "medical_institution",
        "population",
        "symptom",
        "environment",
        "community",
        "epidemic_lead",
        "retail_pharmacy",
    ]
    pharmacy = [Signalled("retail_pharmacy", MONDAY - timedelta(days=n), 1) for n in range(3)]
    assert warning(rule, pharmacy, MONDAY) is None
    found = warning(rule, [*pharmacy, Signalled("epidemic_lead", MONDAY, 1)], MONDAY)
    assert found is not None and set(found.reached) == {"retail_pharmacy", "epidemic_lead"}
    assert "SD-3.6.1-b" in found.rules
    assert warning(rule, [*pharmacy, Signalled("epidemic_lead", MONDAY - timedelta(days=9), 1)], MONDAY) is None
    assert series(rule, pharmacy, MONDAY)["retail_pharmacy"] == (0,) * 11 + (1, 1, 1)


@pytest.mark.rule("SP-1-a")
def test_a_person_who_comes_on_two_days_without_a_test_is_a_sign(sd: Pack) -> None:
    rule = load_pack("sp-2021-01").repeat_registrations
    assert rule is not None and sd.repeat_registrations is None
    yesterday, today = Registered("clinic", MONDAY - timedelta(days=1)), Registered("pharmacy", MONDAY)
    assert comes_again(rule, [yesterday, today], MONDAY) == (yesterday.day, MONDAY)
    assert comes_again(rule, [today, today], MONDAY) == ()
    assert comes_again(rule, [Registered("clinic", yesterday.day, tested=True), today], MONDAY) == ()
    assert comes_again(rule, [Registered("clinic", MONDAY - timedelta(days=4)), today], MONDAY) == ()


def test_after_an_outage_one_reminder_is_enough_and_every_later_step_comes_in_order(bn: Pack) -> None:
    night = datetime(2021, 1, 10, 22, tzinfo=bn.zone)
    evening = datetime(2021, 1, 11, 20, 4, tzinfo=bn.zone)
    found = [
        (f"{slot.at:%H:%M}", slot.tone)
        for slot in struck("community_daily", bn, after=night, until=evening)
        if slot.day == MONDAY
    ]
    assert found == [("12:00", Tone.REMIND), ("18:00", Tone.AGAIN), ("20:00", Tone.RING)]
    assert strikes_next("community_daily", bn, evening) == evening.replace(minute=5)
    assert struck("community_daily", bn, after=evening, until=evening) == ()


def test_a_roll_up_counts_what_came_and_names_what_did_not() -> None:
    some = [Received("A", reported=True, zero=True), Received("B", reported=True), Received("E", reported=False)]
    found = rolled_up(some)
    assert (found.received, found.total, found.zero, found.events, found.missing) == (2, 3, 1, 1, ("E",))


@pytest.mark.parametrize("value", [-1, 1.5, True, "3", 10_000_000, None])
def test_what_is_no_number_of_people_is_refused(bn: Pack, value: object) -> None:
    rule = asked(bn, "community_daily")
    if value is None:
        assert checked(rule, {"symptomatic": None}, zero=False) == {}
        return
    with pytest.raises(ReportIncomplete):
        checked(rule, {"symptomatic": value}, zero=False)
