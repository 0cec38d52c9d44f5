"""The page of today's duties and the page of the monitoring streams."""

import pytest

from gateway.domain.kinds import Role
from gateway.services.duties import NotYourDuty, Told
from gateway.services.registers import WrittenDown
from gateway.town import Town
from tests.console.conftest import SignIn

COMMUNITY = "370102001005"


@pytest.mark.rule("SD-3.4.4-a", "SD-3.4.4-c")
async def test_a_school_reports_on_its_page_and_the_township_sees_who_is_missing(town: Town, sign_in: SignIn) -> None:
    duties = town.house.duties
    school = await duties.enrol_unit("实验小学", kinds=["school"], area="370102001", official=None)
    await duties.enrol_unit("第二小学", kinds=["school"], area="370102001", official=None)
    community = await duties.enrol_unit("甸柳社区", kinds=["community"], area=COMMUNITY, official=None)
    await town.resident("王芳", area=COMMUNITY)
    nurse = await town.official("校医", Role.UNIT_CONTACT, "370102", unit_id=school)
    township = await town.official("街道值班", Role.TOWNSHIP, "370102001")
    base = {"permanent_residents": 5120, "outsiders": 340, "rented_houses": 88}
    await duties.report_by_official(Told("community_base", values=base), official=township.official, unit_id=community)

    own = await sign_in(nurse)
    page = (await own.opens("/console/duties")).text
    assert "师生员工健康" in page and "第二小学" not in page and "零报告" in page
    answer = await own.sends("/console/duties/school_daily/reports", **{"told.ill": "2", "note": "两名学生发热"})
    assert "报告已收到" in answer.text

    seen = (await (await sign_in(township)).opens("/console/duties")).text
    assert "1 / 2" in seen and "第二小学" in seen
    assert "5120" in seen and "88" in seen  # what the community told
    assert "已登记居民" in seen  # what the record counts by itself
    assert "SD-3.4.1-b" in seen


async def test_the_streams_are_shown_with_their_days_and_take_a_signal(town: Town, sign_in: SignIn) -> None:
    health = await sign_in(await town.official("区疾控", Role.HEALTH, "370102"))
    page = (await health.opens("/console/early-warnings?area=370102001")).text
    assert page.count("<polyline") == 7 and "阈值" in page
    shown = await health.sends(
        "/console/early-warnings/signals", stream="epidemic_lead", area="370102001", count="1", note=""
    )
    assert "已录入" in shown.text
    employer = await sign_in(await town.official("某厂", Role.UNIT_CONTACT, "370102"))
    assert (await employer.opens("/console/early-warnings")).status_code in (403, 404)


async def test_a_name_in_a_register_is_shown_to_who_works_with_people_and_the_look_is_on_record(
    town: Town, sign_in: SignIn
) -> None:
    school = await town.house.duties.enrol_unit("实验小学", kinds=["school"], area="370102001", official=None)
    nurse = await town.official("校医", Role.UNIT_CONTACT, "370102", unit_id=school)
    told = WrittenDown("absence", "王小明", cause="发热")
    entry = await town.house.registers.write_down(told, official=nurse.official)
    township = await town.official("街道值班", Role.TOWNSHIP, "370102001")
    publisher = await town.official("发布人", Role.PUBLISHER, "370102")
    registers = town.house.registers
    assert [one.id for one in await registers.open_entries("absence", official=township.official)] == [entry.id]
    assert await registers.open_entries("absence", official=publisher.official) == []
    assert "王小明" not in (await (await sign_in(publisher)).opens("/console/duties")).text
    with pytest.raises(NotYourDuty):
        await registers.resolve(entry.id, "已返校", official=publisher.official)


async def test_a_day_before_every_calendar_is_no_fault_of_ours(town: Town, sign_in: SignIn) -> None:
    desk = await sign_in(await town.official("县值班", Role.COUNTY, "370102"))
    assert (await desk.opens("/console/duties?day=0001-01-01")).status_code == 200
    dated = await desk.sends("/console/duties/return_survey/dates", on="0001-01-01")
    assert dated.status_code == 422
    held = await desk.sends(
        "/console/applications", kind="meeting", on="9999-12-31", place="370102001", people="5", host="李强"
    )
    assert held.status_code == 422
