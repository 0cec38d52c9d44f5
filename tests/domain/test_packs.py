"""Packs as they are read: what is set, what is not, what is quoted, and what is refused at load."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.domain.list_changes import list_changes, reclassified
from gateway.domain.packs import Pack
from gateway.domain.rules import RuleClass, need
from gateway.domain.screenings import Circumstances, Occasion, listed
from gateway.errors import NotConfigured, NotFound
from gateway.policies.loader import DEMO_OVERLAY, load_pack, load_packs, load_rules, pack_ids
from tests.support.calendars import at, steps, written

NOTICES = Path(__file__).parents[1] / "notices"
PACKS = ("bn-2020-10", "dl-2020-05", "dp-2020-12", "sd-2020-09", "sp-2021-01")


def test_every_notice_has_its_pack_and_everywhere_else_has_one() -> None:
    assert {*PACKS, "everywhere"} <= set(pack_ids())


@pytest.mark.parametrize("pack_id", PACKS)
def test_what_the_notices_leave_open_stays_unset_until_the_demo_sets_it(pack_id: str) -> None:
    pack = load_pack(pack_id)
    hotlines = {f"hotlines.{name}" for name in ("emergency", "self_harm", "fever_clinic", "appeal")}
    unset = {each.value for each in pack.unset()}
    assert hotlines <= unset and all(each.rule in load_rules() or each.rule == "AMB-31" for each in pack.unset())
    assert {each for waiting in pack.switched_off().values() for each in waiting} == {
        each for each in pack.unset() if not each.value.startswith("pack.")
    }
    demo = load_pack(pack_id, overlays=[DEMO_OVERLAY])
    assert demo.unset() == () and demo.switched_off() == {}
    assert set(demo.overlaid.values()) == {"demo, not from policy"}
    assert unset <= {re.sub(r"(?<!periods)(?<!items)\[\d+\]$", "", way) for way in demo.overlaid}


def test_what_a_part_waits_for_is_said_with_rule_and_who_may_set_it() -> None:
    bayannur = load_pack("bn-2020-10")
    (waiting,) = bayannur.switched_off()["leads.feedback"]
    with pytest.raises(NotConfigured) as asked:
        need(waiting)
    assert asked.value.detail == (
        "not configured: leads.feedback.sla_hours (BN-2.1.4-a); ask an administrator of 150800 to set it"
    )


def test_an_unset_value_names_itself_and_its_rule() -> None:
    preboard = load_pack("sd-2020-09").preboard
    assert preboard is not None
    with pytest.raises(NotConfigured) as asked:
        need(preboard.cert_hours)
    assert (asked.value.value, asked.value.rule) == ("preboard.cert_hours", "SD-3.2.2-b")


def test_only_place_and_date_block_a_pack() -> None:
    packs = load_packs()
    assert [pack.id for pack in packs.values() if not pack.may_be_activated] == ["sp-2021-01"]
    assert packs["sd-2020-09"].covers(date(2020, 9, 1)) and not packs["sd-2020-09"].covers(date(2020, 8, 31))
    assert not packs["sp-2021-01"].covers(date(2021, 1, 15))


@pytest.mark.parametrize(
    "notice", ["bayannur-2020-10", "dalian-2020-05", "dongpo-2020-12", "shandong-2020-09", "speech-2021-01"]
)
def test_every_quote_stands_word_for_word_in_its_notice(notice: str) -> None:
    text = re.sub(r"\s", "", (NOTICES / f"{notice}.txt").read_text(encoding="utf-8"))
    quotes = [rule for rule in load_rules().values() if rule.document == notice]
    assert quotes
    for rule in quotes:
        for fragment in rule.quote_zh.split(" … "):
            assert re.sub(r"\s", "", fragment) in text, rule.id
        assert rule.quote_zh and rule.english and rule.clause and rule.kinds and rule.population


def test_the_catalogue_holds_every_rule_of_the_five_notices() -> None:
    rules = load_rules().values()
    assert len(rules) == 300
    assert Counter(rule.class_ for rule in rules) == {
        RuleClass.CORE: 175,
        RuleClass.SUPPORT: 106,
        RuleClass.OUT: 19,
    }
    assert Counter(rule.document for rule in rules if rule.class_ is RuleClass.CORE) == {
        "shandong-2020-09": 106,
        "speech-2021-01": 21,
        "bayannur-2020-10": 18,
        "dalian-2020-05": 15,
        "dongpo-2020-12": 15,
    }


def test_the_urgent_ladder_counts_from_the_moment_the_alert_was_raised() -> None:
    policy = load_pack("sd-2020-09").escalation("E-X")
    frozen = policy.freeze(at("2021-01-15 07:20"))
    assert steps(frozen) == [
        ("L1", "2021-01-15 07:20"),
        ("L2", "2021-01-15 07:35"),
        ("L3", "2021-01-15 07:50"),
        ("L4", "2021-01-15 08:20"),
    ]
    assert [role.value for role in policy.steps[0].roles] == ["grid_worker", "doctor"]
    assert (policy.repeat_every, policy.resolve_within) == (timedelta(minutes=15), timedelta(hours=4))
    assert policy.ignores_quiet_hours


def test_the_ladder_of_a_missed_test_climbs_from_its_due_time() -> None:
    policy = load_pack("sd-2020-09").escalation("E-R")
    frozen = policy.freeze(at("2021-01-11 18:00"))
    assert [written(step.at) for step in frozen] == [
        "2021-01-11 18:00",
        "2021-01-11 18:00",
        "2021-01-11 20:00",
        "2021-01-12 08:00",
        "2021-01-12 18:00",
    ]
    assert policy.resolve_within == timedelta(hours=24)


def test_a_pack_asked_for_by_a_wrong_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match="there is no pack sd-2021; the known ones are: bn-2020-10"):
        load_pack("sd-2021")
    with pytest.raises(NotFound, match="no ladder E-Q"):
        load_pack("sd-2020-09").ladder("E-Q")


@pytest.mark.rule("DP-2.3-a")
def test_dongpo_puts_nobody_under_a_class_of_contacts_before_its_one_standard_is_named() -> None:
    for name in ("close_contact", "secondary_close_contact", "general_contact"):
        with pytest.raises(NotConfigured, match=r"contacts\.standard \(DP-2\.3-a\); ask an administrator of 511402"):
            load_pack("dp-2020-12").profile(name)


@pytest.mark.rule("DP-2.3-a")
def test_dongpo_follows_the_calendars_of_the_pack_it_named_as_its_one_standard() -> None:
    dongpo = load_pack("dp-2020-12", overlays=[DEMO_OVERLAY])
    for name in ("close_contact", "secondary_close_contact", "general_contact"):
        assert dongpo.profile(name) == load_pack("sd-2020-09").profile(name)


def with_one_class_less(pack: Pack, key: str) -> Pack:
    return replace(pack, should_test={each: rule for each, rule in pack.should_test.items() if each != key})


@pytest.mark.rule("SD-3.3.3-m")
def test_a_hotel_worker_hears_that_the_list_of_who_is_tested_has_changed() -> None:
    shandong = load_pack("sd-2020-09")
    before = with_one_class_less(shandong, "public_service")
    (change,) = list_changes(before, shandong)
    assert (change.key, change.before, change.after) == ("public_service", False, True)
    hotel = Circumstances(occupation="hotel", occasions={Occasion.OWN_HISTORY: date(2021, 1, 2)})
    heard = reclassified(before, shandong, hotel, date(2021, 1, 10))
    assert heard is not None
    assert [one.key for one in heard.joins] == ["public_service"] and heard.rules == ("SD-3.3.3-m",)
    back = reclassified(shandong, replace(before, list_revision=shandong.list_revision), hotel, date(2021, 1, 10))
    assert back is not None and [one.key for one in back.leaves] == ["public_service"]


@pytest.mark.rule("SD-3.3.3-m")
def test_nobody_is_classified_anew_without_need() -> None:
    shandong = load_pack("sd-2020-09")
    before = with_one_class_less(shandong, "public_service")
    teacher = Circumstances(occupation="school", occasions={Occasion.OWN_HISTORY: date(2021, 1, 2)})
    assert reclassified(before, shandong, teacher, date(2021, 1, 10)) is None
    assert list_changes(shandong, shandong) == ()
    assert list_changes(before, shandong) != ()


@pytest.mark.rule("DL-3.4-c")
@pytest.mark.parametrize(
    ("known", "key"),
    [
        (Circumstances(profiles=["close_contact"], occasions={}), "close_contact"),
        (Circumstances(occasions={Occasion.ENTERED: date(2020, 5, 11)}), "entrants"),
        (Circumstances(occasions={Occasion.OWN_HISTORY: date(2020, 5, 1)}), "key_area"),
        (Circumstances(occasions={Occasion.NAMED_BY_AUTHORITY: date(2020, 5, 2)}), "named_groups"),
    ],
)
def test_dalian_tests_contacts_entrants_and_whom_it_names(known: Circumstances, key: str) -> None:
    dalian = load_pack("dl-2020-05")
    (one,) = listed(dalian.should_test, known, date(2020, 5, 12))
    assert (one.key, one.rules) == (key, ("DL-3.4-c",))
    assert listed(dalian.should_test, Circumstances(occasions={}), date(2020, 5, 12)) == ()
