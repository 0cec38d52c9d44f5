"""Codes at doors: scanned by whoever comes, asked what the notices ask there, looked up by place and time."""

from datetime import timedelta

import pytest

from gateway.domain.kinds import Role, UnitId, VenueKind
from gateway.record.venues import VenueNotFound
from gateway.services.venues import NotYourVisitors
from gateway.town import Town
from tests.conversations.test_in_town import Phone, newcomer
from tests.journeys.test_risk_areas import NAMES, Offices, confirmed, to_april_2022

AREA = "370102001"


async def test_one_tap_at_a_checkpoint_and_health_finds_who_was_there(town: Town) -> None:
    health = await town.official("卫健钱", Role.HEALTH, "370102")
    venue = await town.house.venues.make(name="济青高速历下卡口", kind=VenueKind.CHECKPOINT, official=health.official)
    resident = await town.resident("王芳", area=AREA, phone="13800138000")
    phone = Phone(town, int(resident.handle))

    await phone.types(f"/start v_{venue.code}")
    await phone.sees("济青高速历下卡口")
    await phone.presses("我在这里")
    await phone.sees("已登记")
    await phone.types(f"/at {venue.code.lower()}")
    await phone.presses("我在这里")  # within half an hour: the same visit
    await town.until("09:00")

    now = town.clock.now()
    (found,) = await town.house.venues.visitors(venue.id, now - timedelta(hours=3), now, official=health.official)
    assert (found.visit.resident_id, found.name, found.phone) == (resident.id, "王*", "13800138000")
    assert not await town.house.venues.visitors(venue.id, now, now + timedelta(hours=1), official=health.official)

    neighbour = await town.official("青岛孙", Role.HEALTH, "370202")
    with pytest.raises(VenueNotFound):
        await town.house.venues.visitors(venue.id, now - timedelta(days=1), now, official=neighbour.official)
    await town.house.venues.close(venue.id, official=health.official)
    await phone.types(f"/at {venue.code}")
    await phone.sees("不认识这个码")


async def test_a_guest_who_is_new_here_says_who_they_are_and_where_from_and_the_community_looks(town: Town) -> None:
    unit = await town.house.checklists.open_unit("泉城旅店", area=AREA, official=None)
    host = await town.official("店主吕", Role.UNIT_CONTACT, AREA, unit_id=UnitId(unit))
    community = await town.official("社区王", Role.COMMUNITY, AREA)
    venue = await town.house.venues.make(name="泉城旅店", kind=VenueKind.HOTEL, official=host.official)
    await to_april_2022(town)
    await confirmed(town, await Offices.open(town), NAMES[0])

    async def checks_in(*answers: str, keep: bool = False) -> None:
        phone = await newcomer(town, "简体中文")
        await phone.types(f"/start v_{venue.code}")
        await phone.presses("是", "到门口继续")
        await phone.types(*answers)
        await phone.presses(*(["保留"] if keep else []), "发送")
        await phone.sees("已登记")

    await checks_in("王过客", "E12345678", "山东省青岛市市南区")
    community.heard_nothing("重点地区旅客登记")
    await checks_in("刘旅客", "E22345678", "吉林省长春市绿园区")
    assert "绿园区" in community.heard("重点地区旅客登记").text
    await checks_in("赵某", "E32345678", "火星基地", keep=True)  # nobody can say: somebody looks
    told = await town.house.matters.listed(official=community.official, kind="lodging_guest")
    assert [one.matter.unit_id for one in told] == [unit, unit]
    with pytest.raises(NotYourVisitors):
        now = town.clock.now()
        await town.house.venues.visitors(venue.id, now - timedelta(hours=1), now, official=host.official)


async def test_whoever_buys_medicine_against_fever_is_screened(town: Town) -> None:
    unit = await town.unit("泉城药店", area=AREA, kinds=["pharmacy"])
    doctor = await town.official("陈医生", Role.DOCTOR, AREA)
    contact = await town.official("药店何", Role.UNIT_CONTACT, AREA, unit_id=UnitId(unit))
    venue = await town.house.venues.make(name="泉城药店", kind=VenueKind.PHARMACY, official=contact.official)
    resident = await town.resident("王芳", area=AREA)
    phone = Phone(town, int(resident.handle))

    await phone.types(f"/start v_{venue.code}")
    await phone.presses("发热", "选好了")
    await phone.types("布洛芬")
    await phone.presses("发送")
    await phone.sees("已登记")
    doctor.heard("可疑症状人员登记筛查")
