"""Broadcasts, as rules: whom and in which order, what each reads, what it costs, and an account that always closes."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.broadcasts import (
    NO_ADDRESS,
    Audience,
    ConcernedPlace,
    Figures,
    Hole,
    Outcome,
    Schedule,
    around_all,
    content_hash,
    filled,
    goes_at,
    holes,
    language_for,
    lines_for,
    outcome,
    rings,
    sms_segments,
    takes,
    unknown_holes,
)
from gateway.domain.guidance import Reach
from gateway.domain.kinds import BroadcastId, ChannelName, DeliveryState, RecipientState

BUILDING, STREET, COUNTY = "37010200100001", "370102001", "370102"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.rule("SD-3.1.3-b")
def test_the_unit_hears_first_then_its_street_then_its_county() -> None:
    assert rings(Audience(areas=(COUNTY,), nearest=BUILDING)) == (BUILDING, STREET, COUNTY)
    assert rings(Audience(areas=(COUNTY, BUILDING))) == (BUILDING, STREET, COUNTY), "the innermost area leads"
    assert rings(Audience(areas=("370102001", "370102002"))) == (), "none of two is nearer"
    assert rings(Audience(areas=(STREET,), places={"a": ConcernedPlace()})) == ()


def test_an_audience_is_kept_as_it_was_named_and_an_older_one_is_understood() -> None:
    full = Audience(
        areas=(STREET,),
        within=COUNTY,
        languages=("en",),
        profiles=("close_contact",),
        units=(uuid4(),),
        places={str(uuid4()): ConcernedPlace(STREET, "raised")},
        heads_only=True,
        officials=True,
        nearest=BUILDING,
        reach=Reach.ALL,
        corrects=BroadcastId(uuid4()),
        risk_list=str(uuid4()),
        topic="masks",
    )
    assert Audience.of_json(full.as_json()) == full
    assert Audience.of_json({"area": COUNTY, "reach": "all"}) == Audience(areas=(COUNTY,), reach=Reach.ALL)
    assert Audience.of_json({"areas": [COUNTY]}).as_json() == {"areas": [COUNTY], "reach": "first"}


def test_each_hears_of_the_places_they_were_in_and_of_those_they_live_beside() -> None:
    places = {"near": ConcernedPlace(STREET, "added"), "far": ConcernedPlace("370103001", "added")}
    audience = Audience(places=places)
    assert lines_for(audience, (f"{STREET}001", None), ["far"]) == ("far", "near")
    assert lines_for(audience, ("370104001", None), []) == ()


def test_only_what_the_catalogue_names_is_filled_in_and_nobody_reads_an_empty_hole() -> None:
    said = "((姓名|街坊))您好,((area))今日检测。((name))"
    assert holes(said) == {Hole.NAME, Hole.AREA}
    assert filled(said, "zh_Hans_CN", lambda hole: "王芳" if hole is Hole.NAME else None) == (
        "王芳您好,本地今日检测。王芳"
    )
    assert filled(said, "en", lambda _: None) == "街坊您好,your area今日检测。neighbour"
    assert unknown_holes("((name)) ((phone)) ((身份证|x))") == ("((phone))", "((身份证|x))")


@pytest.mark.parametrize(
    ("reader", "gets"),
    [("en", "en"), ("en_GB", "en"), ("ug", "ug"), ("fr", "zh_Hans_CN"), ("zh_Hant_TW", "zh_Hans_CN")],
)
def test_whoever_has_no_text_of_their_own_gets_the_nearest(reader: str, gets: str) -> None:
    assert language_for(reader, ("zh_Hans_CN", "en", "ug"), "zh_Hans_CN") == gets


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("好" * 70, 1), ("好" * 71, 2), ("好" * 135, 3), ("€" * 80, 1), ("€" * 81, 2)],
)
def test_a_text_message_is_counted_in_parts(text: str, parts: int) -> None:
    assert sms_segments(text) == parts


def test_a_hash_names_words_people_and_time() -> None:
    named = content_hash({"words": 1}, {"areas": [COUNTY]}, {"wakes": True})
    others = [
        content_hash({"words": 2}, {"areas": [COUNTY]}, {"wakes": True}),
        content_hash({"words": 1}, {"areas": [STREET]}, {"wakes": True}),
        content_hash({"words": 1}, {"areas": [COUNTY]}, {}),
    ]
    assert len({named, *others}) == 4


def test_a_routine_message_waits_for_the_morning_and_a_planned_one_for_its_hour() -> None:
    night = datetime(2021, 1, 15, 15, tzinfo=UTC)  # 23:00
    quiet = {"quiet_from": time(22), "quiet_to": time(7), "zone": SHANGHAI}
    assert goes_at(Schedule(wakes=False), night, **quiet) == datetime(2021, 1, 15, 23, tzinfo=UTC)
    assert goes_at(Schedule(wakes=True), night, **quiet) == night
    tomorrow = night + timedelta(hours=20)
    assert goes_at(Schedule(send_at=tomorrow), night, **quiet) == tomorrow


def test_the_slowest_channel_says_how_long_it_takes() -> None:
    reach = {ChannelName.TELEGRAM: 3000, ChannelName.WEBCHAT: 5000}
    assert takes(reach, {ChannelName.TELEGRAM: 30}, 100) == timedelta(seconds=100)


def test_the_smallest_division_around_several_areas() -> None:
    assert around_all(("370102001", "370102002")) == "370102"
    assert around_all(("370102001", "110101001")) == ""
    assert around_all(()) == ""


def test_one_copy_that_arrived_is_enough_and_nobody_is_counted_while_one_is_in_the_air() -> None:
    failed, sent = (DeliveryState.FAILED, "blocked"), (DeliveryState.SENT, None)
    assert outcome([failed, sent]) == Outcome(RecipientState.SENT)
    assert outcome([failed, (DeliveryState.PENDING, None)]) is None
    assert outcome([(DeliveryState.HELD, None)]) is None
    assert outcome([failed]) == Outcome(RecipientState.FAILED, "blocked")
    assert outcome([failed, (DeliveryState.UNCERTAIN, "timeout")]) == Outcome(RecipientState.UNCERTAIN, "timeout")
    assert outcome([]) == Outcome(RecipientState.FAILED, NO_ADDRESS)


@given(st.lists(st.sampled_from([RecipientState.SENT, RecipientState.FAILED, RecipientState.SUPPRESSED]), max_size=50))
def test_the_account_closes_at_every_moment(settled: list[RecipientState]) -> None:
    figures = Figures().gathered(len(settled) + 3)
    for state in settled:
        figures = figures.settled([state])
        assert figures.snapshot == len(settled) + 3
    assert figures.waiting == 3
    assert Figures.of_json(figures.as_json()) == figures


def test_ids_are_kept_as_ids() -> None:
    unit = UUID(int=7)
    assert Audience.of_json(Audience(units=(unit,)).as_json()).units == (unit,)
