"""Advice, testing agencies, rumours and the printed sheet in chat, on the real page transport."""

from datetime import date
from uuid import uuid4

import pytest

from bot.forms.advice_words import asks_where_to_test, is_rumour
from gateway.domain.agencies import Agency
from gateway.domain.kinds import Role
from gateway.town import Town
from tests.conversations.test_in_town import Phone, newcomer

LIXIA, COUNTY = "370102001", "370102"


@pytest.mark.parametrize(
    "said",
    [
        "听说明天全市封城,是真的吗",
        "网传小区有阳性",
        "这个消息属实吗",
        "Is it true that buses stop tomorrow?",
        "I heard that the school closes",
    ],
)
def test_what_somebody_wants_checked_is_heard_as_such(said: str) -> None:
    assert is_rumour(said)


@pytest.mark.parametrize("said", ["我发烧了", "明天到济南", "要不要戴口罩", "I have a cough", "做了核酸,阴性"])
def test_other_words_are_no_rumour(said: str) -> None:
    assert not is_rumour(said)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("哪里可以做核酸", True),
        ("核酸检测怎么预约", True),
        ("附近的检测机构", True),
        ("Where can I get tested?", True),
        ("我在医院做了核酸检测,阴性", False),
        ("I was tested yesterday", False),
        ("哪里不舒服", False),
    ],
)
def test_whoever_asks_where_to_be_tested_is_told_apart_from_whoever_was(said: str, asked: bool) -> None:
    assert asks_where_to_test(said) is asked


@pytest.mark.rule("SD-4.4-a", "SD-3.3.5-a", "SD-4.3-e")
async def test_a_newcomer_is_reminded_of_the_code_and_finds_advice_and_agencies(town: Town) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, COUNTY)
    phone = await newcomer(town, "简体中文")
    await phone.presses("是")
    await phone.types("张桂兰", "13800138000", "济南市历下区解放路街道")
    await phone.presses("跳过", "跳过", "跳过", "保存")
    await phone.sees("一人一码")

    await phone.types("要不要戴口罩")
    await phone.sees("1米以上的社交距离")
    await phone.types("哪里可以做核酸")
    await phone.sees("尚未公布检测机构")
    listed = Agency(
        id=uuid4(),
        area=COUNTY,
        name_zh="区疾控",
        name_en="Lixia CDC",
        address="经十路1号",
        hours="全天",
        booking="拨打12320预约",
        fee="80元",
        process="先预约再采样",
        round_the_clock=True,
        changed_at=town.clock.now(),
    )
    await town.house.agencies.keep(listed, official=county.official, new=True)
    await phone.types("核酸检测怎么预约")
    for words in ("区疾控", "24小时服务", "拨打12320预约", "先预约再采样"):
        await phone.sees(words)
    await phone.types("/help")
    for words in ("急救电话：120", "心理援助热线：0531-555-0100", "发热门诊：0531-555-0110"):
        await phone.sees(words)
    await phone.presses("防疫建议", "农村大集")
    await phone.sees("减少农村大集")


@pytest.mark.rule("SD-4.4-b", "BN-2.5.2-a", "BN-2.5.3-a")
async def test_a_rumour_is_asked_in_chat_and_a_sheet_printed_for_grandmother(town: Town) -> None:
    await town.activate("demo-county", area=COUNTY, since=date(2021, 1, 1))
    publisher = await town.official("宣传刘", Role.PUBLISHER, COUNTY)
    resident = await town.resident("王芳", area=LIXIA)
    phone = Phone(town, int(resident.handle))

    await phone.types("听说明天全市封城,是真的吗")
    await phone.sees("核实前请不要转发")
    publisher.heard("听说明天全市封城", at="07:20")
    await phone.types("心理热线是多少")
    await phone.sees("慢慢吸气")

    await phone.types("/family", "张桂兰")
    await phone.presses("父母", "跳过", "跳过", "保存")
    await phone.types("/family")
    await phone.presses("打印张桂兰的代办单")
    await phone.sees("/public/sheets/")
