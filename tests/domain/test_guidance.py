"""What each notice wants people to be told: in their own words, at the right moment; and which agencies are listed."""

from datetime import UTC, datetime
from functools import cache
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.agencies import Agency, lacking, nearest, published, to_sample_at, without_night
from gateway.domain.guidance import GuidanceText, Reach, ShownAt, asked_for, shown_at, situation, spoken, told_by
from gateway.domain.kinds import Role
from gateway.domain.matters import Teller, clocks, offered
from gateway.domain.packs import Pack
from gateway.policies.loader import load_pack

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2021, 1, 15, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai


@cache
def pack_of(pack_id: str) -> Pack:
    return load_pack(pack_id)


def answered(pack_id: str, said: str, language: str = "zh_Hans_CN") -> str:
    """What somebody reads who writes this."""
    texts = pack_of(pack_id).guidance
    key = asked_for(texts, said)
    assert key is not None, f"nothing answers {said!r}"
    return spoken(texts[key], language, {})


def at(pack_id: str, occasion: ShownAt) -> GuidanceText:
    """The one text told at this occasion."""
    told = list(shown_at(pack_of(pack_id).guidance, occasion).values())
    assert len(told) == 1, f"{len(told)} texts are told at {occasion}"
    return told[0]


def agency(area: str, name: str, *, night: bool = False) -> Agency:
    return Agency(
        id=uuid4(),
        area=area,
        name_zh=name,
        name_en="",
        address="经十路1号",
        hours="8:00-17:00",
        booking="电话预约",
        fee="80元",
        process="预约、登记、采样、查询",
        round_the_clock=night,
        changed_at=NOW,
    )


@pytest.mark.rule("SD-3.3.5-a")
def test_whoever_asks_about_masks_reads_the_distance_and_when_to_wear_one() -> None:
    assert "1米以上" in answered("sd-2020-09", "要不要戴口罩")
    english = answered("sd-2020-09", "should I wear a mask?", "en")
    assert "1 m" in english
    assert "mask in crowded closed places" in english


@pytest.mark.rule("SD-3.4.4-d")
def test_villagers_and_people_who_work_away_find_their_own_advice() -> None:
    assert "减少农村大集" in answered("sd-2020-09", "明天能去赶集吗")
    assert "回村前先向村里报告" in answered("sd-2020-09", "过完年外出打工要注意什么")


@pytest.mark.rule("SD-3.2.2-d")
def test_a_traveller_from_abroad_is_led_to_both_codes() -> None:
    told = at("sd-2020-09", ShownAt.ABROAD)
    assert len(told.links) == 2
    said = spoken(told, "zh_Hans_CN", {})
    assert "防疫健康码国际版" in said
    assert "通信行程卡" in said


@pytest.mark.rule("SD-4.4-a")
def test_whoever_begins_is_asked_to_have_their_own_code() -> None:
    told = at("sd-2020-09", ShownAt.ONBOARDING)
    assert "一人一码" in told.text.zh


@pytest.mark.rule("SP-2.1.4-a")
def test_a_campaign_goes_over_every_channel() -> None:
    campaign = pack_of("sp-2021-01").campaign
    assert campaign is not None, "no campaign is offered"
    assert campaign.reach is Reach.ALL


@pytest.mark.rule("BN-2.5.3-a")
def test_whoever_asks_for_support_reads_what_helps_and_the_number() -> None:
    texts = pack_of("bn-2020-10").guidance
    assert "慢慢吸气" in answered("bn-2020-10", "心理热线是多少")
    assert spoken(texts["counselling"], "en", {"self_harm": "12320"}).endswith("Hotline: 12320")
    assert spoken(texts["counselling"], "en", {}).endswith("Ask your community for the number to call.")


@pytest.mark.rule("DL-3.8-a")
def test_care_is_told_when_an_isolation_or_a_control_begins_and_offers_to_tell_a_difficulty() -> None:
    pack = pack_of("dl-2020-05")
    for occasion in (ShownAt.ISOLATION, ShownAt.CONTROL):
        told = at("dl-2020-05", occasion)
        assert told.hotline is not None
        assert told.offers in offered(pack.matters, Teller.RESIDENT)
    heard = pack.matters["difficulty"].heard
    assert {role for one in heard for role in one.roles} == {Role.GRID_WORKER, Role.COMMUNITY}


@pytest.mark.rule("DL-4.3-a", "BN-2.5.2-a")
@pytest.mark.parametrize("pack_id", ["dl-2020-05", "bn-2020-10"])
def test_a_rumour_is_verified_and_answered_by_publicity_the_same_day(pack_id: str) -> None:
    pack = pack_of(pack_id)
    rule = offered(pack.matters, Teller.RESIDENT).get("rumour")
    assert rule is not None, "nobody takes rumours"
    assert Role.PUBLISHER in {role for one in rule.heard for role in one.roles}
    midnight = datetime(2021, 1, 15, 16, tzinfo=UTC)
    assert clocks(rule, pack.haste[rule.haste], NOW, {}, ZONE) == {"verified": midnight, "answered": midnight}


@pytest.mark.rule("BN-2.5.2-a")
def test_people_hear_the_local_situation_the_day_it_changes() -> None:
    pack = pack_of("bn-2020-10")
    rule = pack.situation
    assert rule is not None, "nobody tells the situation"
    title, text = situation(rule, "zh_Hans_CN", area="临河区", was="低风险", now="中风险")
    assert title == "临河区疫情情况通报"
    assert "由低风险调整为中风险" in text
    assert told_by(rule, pack.haste, NOW, ZONE) == datetime(2021, 1, 15, 16, tzinfo=UTC)


@pytest.mark.rule("SD-3.3.3-i")
def test_everybody_reads_where_tests_are_done_with_hours_booking_and_fee() -> None:
    rules = pack_of("sd-2020-09").agencies
    listed = published(rules, [agency("370102", "区疾控")], "zh_Hans_CN")
    assert listed, "nothing is published"
    told = listed[0][1]
    assert {"name", "address", "hours", "booking", "fee"} <= set(told)
    assert "fee" in lacking(rules, {"name": "区疾控"})


@pytest.mark.rule("SD-4.3-e")
def test_an_agency_is_not_listed_without_its_process() -> None:
    rules = pack_of("sd-2020-09").agencies
    given = {"name": "区疾控", "address": "经十路1号", "hours": "全天", "booking": "电话", "fee": "80元"}
    assert lacking(rules, given) == ("process",)
    listed = published(rules, [agency("370102", "区疾控")], "en")
    assert listed, "nothing is published"
    assert listed[0][1]["process"] == "预约、登记、采样、查询"


@pytest.mark.rule("SP-2.1.1-b")
def test_every_county_has_an_agency_for_the_night_and_notices_name_it_first() -> None:
    rules = pack_of("sp-2021-01").agencies
    near, night = agency("370102001", "街道中心"), agency("370102", "区疾控", night=True)
    assert without_night(rules, ["370102", "370103"], [near, night]) == ("370103",)
    assert nearest(rules, [near, night], "370102001") == [night, near]
    assert to_sample_at(rules, [near, night], "370102001") == night
    assert to_sample_at(rules, [near, night], "370202001") is None


@pytest.mark.rule("SD-4.4-b")
def test_a_family_prints_a_sheet_for_whoever_has_no_smartphone() -> None:
    sheet = pack_of("sd-2020-09").sheet
    assert sheet is not None, "no sheet is printed"
    assert "家人" in sheet.says.zh
    assert sheet.span.days == 14
