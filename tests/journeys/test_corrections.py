"""Somebody told something wrong: it is read again, put right or taken back, and whoever acted on it hears so."""

import re
from datetime import date
from uuid import uuid4

import pytest

from gateway.domain.kinds import ReportKind, Role
from gateway.schemas.reports import OwnReport
from gateway.town import Neighbour, Refused, Town
from tests.conversations.test_in_town import Phone
from tests.journeys.test_risk_areas import AREA_A, LIXIA, Offices, came_from, matches_of, place, plans_of

QIAOXI = place("石家庄市桥西区", AREA_A)


async def earlier(person: Neighbour) -> list[OwnReport]:
    return await person.gateway.earlier_reports()


async def test_a_wrong_place_is_put_right_in_the_chat_and_officials_decide_what_follows(town: Town) -> None:
    offices = await Offices.open(town)
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 10), official=offices.owner.official
    )
    fang = await town.resident("王芳", area=LIXIA)
    phone = Phone(town, int(fang.handle))
    wrong = await came_from(fang, QIAOXI, "2021-01-13")
    assert await matches_of(town, fang)
    plan = (await plans_of(town, fang))[0]
    offices.grid.heard("风险区域")

    await phone.types("刚才填错了")
    await phone.sees("您最近30天的报告")
    await phone.presses(wrong.reference)
    await phone.sees("石家庄市桥西区")
    await phone.presses("更正", "出发地")
    await phone.types("山东省泰安市泰山区")
    await phone.presses("发送")
    await phone.sees("谢谢您")

    first, newest = sorted(await earlier(fang), key=lambda one: one.id != wrong.id)
    assert (first.id, first.state, first.correctable) == (wrong.id, "corrected", False)
    assert newest.state == "standing"
    assert newest.answers["legs"][0]["origin"]["area"] == "370902"
    assert newest.answers["legs"][0] | {"origin": None} == first.answers["legs"][0] | {"origin": None}
    assert not await matches_of(town, fang)
    offices.grid.heard(f"已由报告 {newest.reference} 更正", at="2021-01-15 07:20")
    # Nobody is let out of a plan by a correction of their own, and nobody is told that an official has checked it.
    assert [one.follow_up_id for one in await plans_of(town, fang)] == [plan.follow_up_id]
    fang.heard_nothing("不再是风险区")
    [asked] = [one for one in await offices.grid.open_alerts() if one.kind == "grounds_changed"]
    assert asked.subject is not None


async def test_symptoms_taken_back_ring_on_until_somebody_has_looked(town: Town) -> None:
    doctor = await town.official("陈医生", Role.DOCTOR, LIXIA)
    li = await town.resident("李强", area=LIXIA, language="en")
    phone = Phone(town, int(li.handle))
    told = await li.reports_symptoms("fever", "cough", temperature=38.2)
    [alert] = await doctor.open_alerts()
    await doctor.gateway.acknowledge(alert.id)

    await phone.types("withdraw my report")
    await phone.presses(told.reference, "Take it back")
    await phone.sees("a duty of yours does not end by itself")
    await phone.presses("Yes, take it back")
    await phone.sees(f"Taken back: {told.reference}")

    doctor.heard(f"{told.reference}: 本人已撤回")
    [still] = await doctor.open_alerts()
    assert "taken_back" in {event.kind for event in (await doctor.gateway.alert(still.id)).timeline}
    [kept] = await earlier(li)
    assert (kept.state, kept.answers["temperature"]) == ("withdrawn", 38.2)
    with pytest.raises(Refused):
        await li.gateway.take_back(kept.id)


async def test_nobody_expects_somebody_who_took_the_announcement_back(town: Town) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    fang = await town.resident("王芳", area=LIXIA)
    coming = {
        "origin": place("上海市黄浦区", "310101"),
        "destination": place("济南市历下区", "370102"),
        "arrives_at": "2021-01-20T15:30:00+08:00",
        "transport": "train",
    }
    out = await fang.reports(ReportKind.ARRIVAL, coming)
    assert len(await town.house.arrivals.expected(official=county.official)) == 1

    await fang.gateway.take_back(out.id)
    await town.quiet()

    assert await town.house.arrivals.expected(official=county.official) == []


async def test_only_ones_own_and_only_what_is_not_long_past_can_be_changed(town: Town) -> None:
    fang, li = await town.resident("王芳", area=LIXIA), await town.resident("李强", area=LIXIA)
    told = await fang.reports_symptoms("cough")

    with pytest.raises(Refused):
        await li.gateway.take_back(told.id)
    content = {"symptoms": [], "temperature": None, "words": None}
    for who, corrects, form, type_ in (
        (li, told.id, "symptoms", "report-not-found"),
        (fang, uuid4(), "symptoms", "report-not-found"),
        (fang, told.id, "check_in", "not-correctable"),
    ):
        answers = content if form == "symptoms" else {"well": True}
        report = {"instance_id": str(uuid4()), "form": form, "form_version": 1, "answers": answers}
        refused = await who.calls("POST", "/v1/reports", report | {"corrects": str(corrects)})
        assert (refused.status_code // 100, refused.json()["type"].rpartition(":")[2]) == (4, type_)

    town.clock.move_to(town.moment("2021-02-15 07:20"))
    await town.house.operations.rebuild()
    report = {"instance_id": str(uuid4()), "form": "symptoms", "form_version": 1, "answers": content}
    refused = await fang.calls("POST", "/v1/reports", report | {"corrects": str(told.id)})
    assert refused.status_code == 409
    assert re.search("too old", refused.json()["detail"])
    assert await earlier(fang) == []
