"""Who should be tested and who pays (三(三)3): the lists and look-backs, the ledger's dates, the first moments."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from gateway.domain.kinds import PeriodKind, ResultValue
from gateway.domain.packs import Pack
from gateway.domain.periodic_tests import next_test
from gateway.domain.plans import make_plan
from gateway.domain.profiles import Payer
from gateway.domain.screenings import (
    Circumstances,
    Moment,
    Occasion,
    PassBasis,
    first_moments,
    listed,
    paid_by,
    pass_basis,
)
from gateway.errors import NotConfigured
from gateway.policies.loader import DEMO_OVERLAY, load_pack
from tests.support.calendars import SHANGHAI, at, dates, period, written

SHANDONG: Pack = load_pack("sd-2020-09")
SET: Pack = load_pack("sd-2020-09", overlays=[DEMO_OVERLAY])
TODAY = date(2021, 1, 15)


def classes(
    *profiles: str, occupation: str | None = None, occasions: Mapping[Occasion, date] | None = None, today: date = TODAY
) -> list[str]:
    known = Circumstances(profiles=profiles, occupation=occupation, occasions=occasions or {})
    return [one.key for one in listed(SHANDONG.should_test, known, today)]


@pytest.mark.rule("SD-3.3.3-a")
def test_contacts_overseas_arrivals_and_key_area_arrivals_are_tested_in_real_time() -> None:
    assert classes("secondary_close_contact") == classes("close_contact") == ["close_contact"]
    assert classes("overseas_transit") == classes("overseas_in_province") == ["overseas"]
    assert classes("overseas_violator", "key_area") == ["overseas", "key_area"]
    assert classes("general_contact") == []


@pytest.mark.rule("SD-3.3.3-b")
def test_people_of_a_school_are_tested_for_what_happens_at_home() -> None:
    assert classes(occupation="school", occasions={Occasion.SYMPTOMS: TODAY}) == ["school_symptoms"]
    assert classes(occupation="school", occasions={Occasion.HOUSEHOLD_CONTACT: TODAY}) == ["school_household_contact"]
    returned = {Occasion.HOUSEHOLD_HISTORY: date(2021, 1, 1)}
    assert classes(occupation="school", occasions=returned) == ["school_household_history"], "fourteen days ago"
    assert classes(occupation="school", occasions=returned, today=TODAY + timedelta(days=1)) == []
    assert classes(occasions={Occasion.SYMPTOMS: TODAY}) == [], "other residents get advice (AMB-39)"


@pytest.mark.rule("SD-3.3.3-b")
def test_a_pupil_stands_on_the_list_for_fourteen_days_after_somebody_came_home() -> None:
    plan = make_plan(
        SHANDONG, "school_realtime", {"household_return": date(2021, 1, 10), "discovered_at": at("2021-01-15 09:00")}
    )
    assert period(plan, PeriodKind.LISTED) == ("2021-01-10 00:00", "2021-01-25 00:00")
    assert dates(plan.item("nat")) == ("2021-01-15 09:00", "2021-01-15 18:00"), "the test is now"


@pytest.mark.rule("SD-3.3.3-c")
def test_an_outbreak_where_a_pupil_lives_is_looked_back_on_for_twenty_one_days() -> None:
    plan = make_plan(
        SHANDONG, "school_realtime", {"last_case": date(2021, 1, 10), "discovered_at": at("2021-01-15 09:00")}
    )
    assert period(plan, PeriodKind.LISTED) == ("2021-01-10 00:00", "2021-02-01 00:00"), "24:00 of 31 January"
    near = {Occasion.COMMUNITY_OUTBREAK: date(2021, 1, 10)}
    assert classes(occupation="school", occasions=near, today=date(2021, 1, 31)) == ["school_community"]
    assert classes(occupation="school", occasions=near, today=date(2021, 2, 1)) == []
    assert classes(occupation="mall", occasions=near) == []


def test_two_reasons_list_a_pupil_twice_and_symptoms_alone_set_no_date() -> None:
    found = {"discovered_at": at("2021-01-15 09:00")}
    both = make_plan(
        SHANDONG, "school_realtime", {**found, "last_case": date(2021, 1, 10), "household_return": date(2021, 1, 12)}
    )
    assert [written(each.ends_at) for each in both.periods] == ["2021-01-27 00:00", "2021-02-01 00:00"]
    assert make_plan(SHANDONG, "school_realtime", found).periods == ()


@pytest.mark.rule("SD-3.3.3-d")
def test_people_who_serve_the_public_are_tested_for_a_history_of_fourteen_days() -> None:
    been = {Occasion.OWN_HISTORY: date(2021, 1, 1)}
    for place in ("transport_hub", "hotel", "mall"):
        assert classes(occupation=place, occasions=been) == ["public_service"]
        assert classes(occupation=place, occasions=been, today=date(2021, 1, 16)) == []
    assert classes(occupation="office", occasions=been) == []


@pytest.mark.rule("SD-3.3.3-e")
@pytest.mark.parametrize("occasion", [Occasion.FEVER_CLINIC, Occasion.ADMISSION, Occasion.CARING_FOR_PATIENT])
def test_patients_and_those_who_accompany_them_are_tested_on_the_spot(occasion: Occasion) -> None:
    known = Circumstances(occasions={occasion: TODAY})
    assert [(one.list, one.profile) for one in listed(SHANDONG.should_test, known, TODAY)] == [
        ("immediate", "admission")
    ]


@pytest.mark.rule("SD-3.3.3-e", "SD-3.3.3-d")
@pytest.mark.parametrize("profile", ["public_service_realtime", "admission"])
def test_found_in_the_morning_they_are_tested_by_the_evening(profile: str) -> None:
    items = make_plan(SHANDONG, profile, {"discovered_at": at("2021-01-15 09:00")}).items
    assert [dates(item) for item in items] == [("2021-01-15 09:00", "2021-01-15 18:00")]


@pytest.mark.rule("SD-3.3.3-f")
def test_seven_classes_are_tested_again_and_again_each_at_its_own_interval() -> None:
    sampled = date(2021, 1, 31)
    due = {name: next_test(rule, sampled, SHANGHAI).due_on for name, rule in SET.periodic.items()}
    fortnight, month = date(2021, 2, 14), date(2021, 2, 28)
    for profile, day in (("periodic_14", fortnight), ("periodic_1m", month)):
        (item,) = make_plan(SHANDONG, profile, {"last_sample": sampled}).items
        assert item.due_at is not None and item.due_at.date() == day
    assert due == {
        "cold_chain": fortnight,
        "medical": fortnight,
        "pharmacy": fortnight,
        "port": fortnight,
        "arrivals_service": fortnight,
        "custody": month,
        "welfare": month,
        "other": fortnight,
    }


@pytest.mark.rule("SD-3.3.3-f")
def test_the_interval_of_a_class_is_asked_for_and_not_guessed() -> None:
    unset = [name for name in SHANDONG.periodic if name != "cold_chain"]
    assert len(unset) == 7
    for name in unset:
        with pytest.raises(NotConfigured, match=rf"periodic\.{name}\.every_days \(SD-3\.3\.3-f\)"):
            next_test(SHANDONG.periodic[name], TODAY, SHANGHAI)


@pytest.mark.rule("SD-3.3.3-f2")
def test_the_cold_chain_is_ten_kinds_of_places_and_whoever_meets_its_people_unprotected() -> None:
    cold_chain = SHANDONG.periodic["cold_chain"]
    assert len(cold_chain.places) == 10
    named = {each.key for each in (*cold_chain.places, *cold_chain.contacts)}
    assert named >= {"slaughter", "market", "courier", "catering", "unprotected_contact"}


@pytest.mark.rule("SD-3.4.3-h")
def test_cold_chain_people_are_tested_every_fourteen_days_and_the_fourteenth_is_still_valid() -> None:
    after = next_test(SHANDONG.periodic["cold_chain"], at("2021-01-31 23:30"), SHANGHAI)
    assert (after.due_on, written(after.barred_from)) == (date(2021, 2, 14), "2021-02-15 00:00")
    assert after.valid(at("2021-02-14 23:59")) and not after.valid(at("2021-02-15 00:00"))
    for profile in ("periodic_14", "cold_chain_staff"):
        plan = make_plan(SHANDONG, profile, {"last_sample": date(2021, 1, 31)})
        assert written(plan.item("nat-next").due_at) == "2021-02-14 18:00"


@pytest.mark.rule("SD-3.3.3-g")
@pytest.mark.parametrize(
    ("profile", "last", "due"),
    [
        ("periodic_14", "2021-01-31", "2021-02-14 18:00"),
        ("periodic_1m", "2021-01-31", "2021-02-28 18:00"),
        ("periodic_1m", "2021-02-28", "2021-03-28 18:00"),
    ],
)
def test_who_has_no_new_record_after_a_fortnight_or_a_month_is_called(profile: str, last: str, due: str) -> None:
    items = make_plan(SHANDONG, profile, {"last_sample": date.fromisoformat(last)}).items
    assert [(item.key, written(item.due_at)) for item in items] == [("nat-next", due)]
    assert [step.level for step in items[0].ladder][:2] == ["L1", "site"]


@pytest.mark.rule("SD-3.3.3-k", "SD-3.3.1-j")
def test_the_government_pays_for_what_it_asks_and_who_broke_the_rules_pays_alone() -> None:
    asked = paid_by(SHANDONG.payers, SHANDONG.profiles["key_area"])
    own_wish = paid_by(SHANDONG.payers, None)
    assert asked is not None and asked.payer is Payer.GOVERNMENT
    assert own_wish is not None and own_wish.payer is Payer.UNIT_OR_PERSON
    broke = paid_by(SHANDONG.payers, SHANDONG.profiles["overseas_violator"])
    assert broke is not None and (broke.payer, broke.source) == (Payer.SELF, ("SD-3.3.1-j",))


@pytest.mark.rule("SD-3.3.3-l")
def test_finding_tracing_and_sampling_are_three_moments_with_a_day_each() -> None:
    found, traced = at("2021-01-15 09:00"), at("2021-01-15 15:00")
    seen = first_moments(SHANDONG.first_moments, {Moment.DISCOVERED: found, Moment.TRACED: traced})
    assert [(one.key, written(one.at), written(one.due_at)) for one in seen] == [
        ("discovered", "2021-01-15 09:00", None),
        ("traced", "2021-01-15 15:00", "2021-01-16 09:00"),
        ("sampled", None, "2021-01-16 15:00"),
    ]
    assert [one.key for one in seen if one.late(at("2021-01-16 15:01"))] == ["sampled"]


@pytest.mark.rule("SD-4.4-e")
def test_negatives_and_positives_that_were_ruled_out_are_the_ground_of_a_pass() -> None:
    rule = SHANDONG.pass_code
    assert rule is not None, "no pass could be given"
    negative, positive = (at("2021-01-15 09:00"), ResultValue.NEGATIVE), (at("2021-01-10 09:00"), ResultValue.POSITIVE)
    assert pass_basis(rule, [negative], None) is PassBasis.NEGATIVE
    assert pass_basis(rule, [positive, negative], None) is None, "a later negative alone clears nobody"
    assert pass_basis(rule, [positive, negative], at("2021-01-16 12:00")) is PassBasis.CLEARED_POSITIVE
    assert pass_basis(rule, [positive], at("2021-01-09 12:00")) is None
    assert pass_basis(rule, [], None) is None
