"""Matters in a town: told once and heard by everybody, worked off by the clock, closed when the loop is closed."""

from datetime import date, timedelta

import pytest

from gateway.domain.directories import PostKind
from gateway.domain.kinds import Role, UnitId
from gateway.domain.matters import LoopOpen, OwnerNeeded
from gateway.record.matters import MatterNotFound
from gateway.services.matters import MatterNotOffered
from gateway.town import Desk, Town
from tests.conversations.test_in_town import Phone

AREA = "370102001"
LINHE = "150802"


async def desks(town: Town) -> dict[Role, Desk]:
    return {
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, "37010200100001"),
        Role.DOCTOR: await town.official("陈医生", Role.DOCTOR, AREA),
        Role.HEALTH: await town.official("卫健钱", Role.HEALTH, "370102"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "370102"),
    }


async def unit_of(town: Town, name: str, person: str, area: str = "370102") -> tuple[UnitId, Desk]:
    unit = await town.house.checklists.open_unit(name, area=area, official=None)
    return unit, await town.official(person, Role.UNIT_CONTACT, area, unit_id=unit)


@pytest.mark.rule("SD-3.4.3-f")
async def test_a_positive_specimen_is_told_at_once_and_closed_after_five_measures(town: Town) -> None:
    known = await desks(town)
    _, market = await unit_of(town, "冷链市场", "市场何")
    _, other = await unit_of(town, "别家超市", "超市吕")
    matters = town.house.matters

    view = await matters.tell("positive_specimen", {"place": "3号冷库", "goods": "冻虾"}, official=market.official)
    await town.quiet()

    for desk in (known[Role.HEALTH], known[Role.COUNTY], market):
        desk.heard("阳性标本应急处置", at="07:20")
    other.heard_nothing()
    with pytest.raises(MatterNotFound):
        await matters.get(view.matter.id, official=other.official)
    with pytest.raises(LoopOpen):
        await matters.close(view.matter.id, "other", official=known[Role.COUNTY].official)
    await matters.take(view.matter.id, "seal", official=market.official)
    await town.until("09:20")
    assert "事项处置未闭环" in known[Role.HEALTH].heard("场所环境消毒消杀", at="09:20").text
    known[Role.HEALTH].heard_nothing("物品临时封存")
    for step in ("disinfect", "contacts", "dispose", "send"):
        await matters.take(view.matter.id, step, official=known[Role.COUNTY].official)
    closed = await matters.close(view.matter.id, "other", official=known[Role.COUNTY].official)
    await town.quiet()
    assert closed.matter.closed_at is not None
    assert await known[Role.COUNTY].open_alerts() == []


@pytest.mark.rule("SD-3.5.1-a", "SD-3.5.1-b")
async def test_an_employee_s_symptoms_reach_the_unit_s_designated_person(town: Town) -> None:
    known = await desks(town)
    factory, front = await unit_of(town, "甲厂", "门卫何")
    safety = await town.official("安全员吕", Role.UNIT_CONTACT, "370102", unit_id=factory)
    await town.house.directories.name(
        PostKind.DESIGNATED, "", official=front.official, area="370102", person=safety.official.id, unit_id=factory
    )

    await town.house.matters.tell("employee_symptoms", {"words": "车间一人发热38.5"}, official=front.official)
    await town.quiet()

    safety.heard("员工出现可疑症状", at="07:20")
    known[Role.HEALTH].heard("车间一人发热38.5", at="07:20")
    front.heard_nothing("员工出现可疑症状")
    known[Role.COUNTY].heard_nothing()
    await town.until("07:35")
    known[Role.COUNTY].heard("员工出现可疑症状", at="07:35")  # nobody holds the two steps between


@pytest.mark.rule("SD-3.3.4-g")
async def test_a_discharge_opens_four_boxes_that_each_need_a_name(town: Town) -> None:
    known = await desks(town)
    health = known[Role.HEALTH].official
    resident = await town.resident("王芳", area=AREA)
    await town.house.follow_ups.place(
        resident.id,
        profile="discharged",
        anchors={"discharge": town.clock.now()},
        reason="出院",
        official=known[Role.DOCTOR].official,
    )
    await town.quiet()

    found = await town.house.matters.listed(official=health, kind="discharge_team")
    assert [(view.person, view.missing) for view in found] == [
        ("王*", ("picked_up", "isolated", "rehabilitated", "visited"))
    ]
    matter = found[0].matter.id
    with pytest.raises(OwnerNeeded):
        await town.house.matters.take(matter, "picked_up", official=health)
    doctor = known[Role.DOCTOR]
    await town.house.matters.own(matter, "picked_up", doctor.official.id, official=health)
    await town.quiet()
    doctor.heard("出院有人接", at="07:20")
    view = await town.house.matters.take(matter, "picked_up", official=doctor.official)
    assert view.missing == ("isolated", "rehabilitated", "visited")


@pytest.mark.rule("BN-2.3.1-a", "BN-2.3.2-b", "BN-2.3.5-a")
async def test_in_bayannur_a_card_used_twice_is_flagged_and_a_closure_waits_for_a_second_person(town: Town) -> None:
    await town.activate("bn-2020-10", area="1508")
    police = await town.official("公安孙", Role.POLICE, LINHE)
    health = await town.official("卫健钱", Role.HEALTH, LINHE)
    county = await town.official("区指挥部郑", Role.COUNTY, LINHE)
    _, hotel = await unit_of(town, "河套旅店", "前台何", LINHE)
    _, baths = await unit_of(town, "清泉浴池", "前台吕", LINHE)
    matters = town.house.matters
    guest = {"name": "张三", "id_number": "15280119900101001X", "place": "hotel"}

    await matters.tell("real_name_registration", guest, official=hotel.official)
    await town.quiet()
    police.heard_nothing()
    again = {**guest, "name": "李四", "id_number": "15280119900101001x", "place": "bathhouse"}
    view = await matters.tell("real_name_registration", again, official=baths.official)
    await town.quiet()
    assert view.matter.repeated
    police.heard("同一证件重复登记", at="07:20")

    resident = await town.resident("其其格", area="150802001")
    gone = await matters.tell("absconding", {"words": "隔离点3楼"}, official=county.official, resident_id=resident.id)
    await town.quiet()
    for desk in (police, health, county):
        desk.heard("隔离期内擅自脱离", at="07:20")
    await matters.take(gone.matter.id, "found", official=police.official)

    closure = {"place": "新华街", "time": "18日8时至20日8时", "alternatives": "走胜利路"}
    await matters.tell("closure", closure, official=county.official)
    (draft,) = await town.house.broadcasts.listed(official=county.official)
    assert draft.state == "draft"
    assert "走胜利路" in draft.content["words"]["zh_Hans_CN"]["text"]
    resident.heard_nothing("新华街")


@pytest.mark.rule("DL-3.3-b", "DL-3.3-c", "DL-4.1-a")
async def test_in_dalian_a_resident_tells_in_the_chat_and_a_gap_in_the_chain_is_told(town: Town) -> None:
    await town.activate("dl-2020-05", area="2102")
    resident = await town.resident("周敏", area="210202001")
    grid = await town.official("网格员李", Role.GRID_WORKER, "21020200100001")
    city = await town.official("市卫健办", Role.CITY, "2102")
    community = await town.official("社区组长", Role.COMMUNITY, "210202001")
    await town.house.directories.name(
        PostKind.LEADING, "community", official=city.official, area="2102", person=community.official.id
    )

    phone = Phone(town, int(resident.handle))
    await phone.types("/tip", "五号楼有人从境外回来没报备")
    await phone.presses("跳过", "发送")
    await phone.sees("已转告社区")
    heard = grid.heard("居民监督报告", at="07:20")
    assert "五号楼有人从境外回来没报备" in heard.text
    assert "周" not in heard.text
    community.heard("居民监督报告", at="07:20")
    (tip,) = await town.house.matters.listed(official=community.official, kind="tip_off")
    await town.house.matters.take(tip.matter.id, "looked_into", official=community.official)
    await town.house.matters.close(tip.matter.id, "visited", official=community.official)
    await town.quiet()
    resident.heard("已上门")

    loop = await town.house.matters.tell("entrant_loop", {}, official=city.official, resident_id=resident.id)
    await town.house.matters.take(loop.matter.id, "tracking", official=city.official)
    await town.house.matters.take(loop.matter.id, "quarantine", official=city.official)
    await town.quiet()
    city.heard("入境严管", at="07:20")
    await town.wait(timedelta(hours=12))
    city.heard("封闭转运", at="19:20")


@pytest.mark.rule("SP-3-a", "SP-3-b")
async def test_a_place_nobody_was_named_for_is_told_each_morning_and_laggards_are_listed(town: Town) -> None:
    await town.activate("sp-2021-01", area="370102", since=date(2021, 1, 5))
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    township = await town.official("街道吴", Role.TOWNSHIP, AREA)
    community = await town.official("社区周", Role.COMMUNITY, AREA)
    village = await town.official("村干部孙", Role.GRID_WORKER, "37010200100002")
    await town.resident("王芳", area=AREA)
    directories = town.house.directories
    before = await directories.gaps("370102", official=county.official)
    await directories.name(
        PostKind.CONTRACT,
        "village_cadre",
        official=community.official,
        area="37010200100001",
        person=village.official.id,
        deputy=community.official.id,
    )
    after = await directories.gaps("370102", official=county.official)
    assert [gap.key for gap in before if gap not in after] == ["village_cadre"]

    await town.until("08:01")
    township.heard("乡镇干部分片包村", at="08:00")
    county.heard("县级领导分包乡镇", at="08:00")
    community.heard_nothing("村级干部分包到户")

    resident = await town.resident("李强", area=AREA)
    await resident.reports_symptoms("fever", temperature=38.6)
    village.heard("症状报告", at="08:01")
    await village.acknowledges()

    _, factory = await unit_of(town, "甲厂", "甲厂何")
    for _ in range(3):
        await town.house.matters.tell(
            "inspection_finding", {"words": "未测温"}, official=county.official, unit_id=factory.official.unit_id
        )
    await town.wait(timedelta(hours=2))
    (named,) = await town.house.matters.laggards(official=county.official)
    assert [(one.who, one.times) for one in named.named.interview] == [("甲厂", 3)]


async def test_the_clock_of_somebody_who_was_erased_rings_no_more(town: Town) -> None:
    known = await desks(town)
    resident = await town.resident("王芳", area=AREA)
    health = known[Role.HEALTH]
    await town.house.matters.tell("suspected_person", {}, official=health.official, resident_id=resident.id)
    await health.acknowledges()
    await health.resolves("isolated")
    await resident.gateway.erase(key="k")
    await town.wait(timedelta(hours=3))
    health.heard_nothing("事项处置未闭环")


async def test_what_the_notice_in_force_does_not_ask_for_is_not_offered(town: Town) -> None:
    known = await desks(town)
    offered = {offer.kind for offer in await town.house.matters.offered(official=known[Role.COUNTY].official)}
    assert "emergency_response" in offered
    assert "absconding" not in offered
    with pytest.raises(MatterNotOffered):
        await town.house.matters.tell("absconding", {}, official=known[Role.COUNTY].official)
    resident = await town.resident("王芳", area=AREA)
    phone = Phone(town, int(resident.handle))
    await phone.types("/tip")
    await phone.sees("请直接告诉社区工作人员")
