"""What people are told, on officials' pages and on the two pages for everybody."""

import re
from datetime import date
from uuid import UUID

import pytest

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import SignIn

LIXIA, COUNTY = "370102001", "370102"


@pytest.mark.rule("SD-3.3.3-i", "SD-4.3-e", "SD-4.4-b")
async def test_an_agency_is_listed_for_everybody_and_a_sheet_is_printed_from_its_link(
    town: Town, sign_in: SignIn
) -> None:
    county = await town.official("郑县区", Role.COUNTY, COUNTY)
    browser = await sign_in(county)
    assert "尚未公布检测机构" in (await browser.opens("/console/testing-agencies")).text
    given = {"name_zh": "区疾控", "area": COUNTY, "address": "经十路1号", "hours": "24小时", "booking": "拨打12320"}
    refused = await browser.sends("/console/testing-agencies", **given, fee="80元")
    assert refused.status_code == 422
    await browser.sends("/console/testing-agencies", **given, fee="80元", process="预约、采样", round_the_clock="yes")
    everybody = (await browser.opens("/public/testing-agencies")).text
    for words in ("区疾控", "经十路1号", "80元", "拨打12320", "预约、采样", "24小时服务"):
        assert words in everybody

    resident = await town.resident("王芳", area=LIXIA)
    speaker = await town.house.residents.speaker(resident.channel, resident.handle)
    member = await town.house.residents.add_family(speaker, name="张桂兰", relation="parent", birth_year=1940)
    speaker = await town.house.residents.speaker(resident.channel, resident.handle)
    link, _ = await town.house.sheets.link(speaker, UUID(str(member.id)))
    path = link.removeprefix(town.house.public_gateway_url.rstrip("/"))
    sheet = (await browser.opens(path)).text
    assert "张桂兰" in sheet
    assert "<svg" in sheet
    assert (await browser.opens(f"{path[:-4]}AAAA")).status_code == 404


async def test_a_campaign_and_an_answer_wait_for_a_second_person(town: Town, sign_in: SignIn) -> None:
    await town.activate("demo-county", area=COUNTY, since=date(2021, 1, 1))
    county = await town.official("郑县区", Role.COUNTY, COUNTY)
    publisher = await town.official("宣传刘", Role.PUBLISHER, COUNTY)
    resident = await town.resident("王芳", area=LIXIA)
    speaker = await town.house.residents.speaker(resident.channel, resident.handle)
    await town.house.rumours.ask(speaker, "听说明天封城")
    desk, second = await sign_in(county), await sign_in(publisher)

    shown = (await desk.opens("/console/guidance")).text
    assert "听说明天封城" in shown
    found = re.search(r"/console/rumours/[0-9a-f-]{36}/answer", shown)
    assert found is not None
    await desk.sends(found[0], zh="不属实。", en="Not true.", publish="yes")
    await desk.sends("/console/guidance/distance_and_masks/campaign")
    waiting = (await second.opens("/console/guidance")).text
    released = re.findall(r"/console/broadcasts/[0-9a-f-]{36}/release", waiting)
    hashes = re.findall(r'name="content_hash" value="([0-9a-f]{64})"', waiting)
    assert len(released) == 2
    assert "按原文发布" not in (await desk.opens("/console/guidance")).text
    for path, content_hash in zip(released, hashes, strict=True):
        await second.sends(path, content_hash=content_hash)
    await town.quiet()
    resident.heard("社交距离和口罩")
    resident.heard("不属实")
