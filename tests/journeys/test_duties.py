"""F-23 and its kind: what units and people owe every day, to the minute, and what happens when it does not come."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from gateway.domain.alerts import Alert
from gateway.domain.desk_addresses import DeskAddress
from gateway.domain.kinds import AddressId, AlertKind, AlertStatus, ChannelName, Hears, Role, UnitId
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.errors import ShaodianError
from gateway.record.desk_addresses import Sealed
from gateway.record.vault import Vault
from gateway.services.duties import Told
from gateway.services.registers import WrittenDown
from gateway.town import Desk, Town, open_town

TOWNSHIP = "150802001"
COUNTY = "150802"
LIXIA = "370102"


@pytest.fixture
async def linhe(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator[Town]:
    """Linhe in Bayannur on 10 January 2021, 21:00, with its plan in force."""
    async with open_town(database_url, redis_url, vault, starts_at=datetime(2021, 1, 10, 13, tzinfo=UTC)) as opened:
        await opened.activate("bn-2020-10")
        yield opened


async def unit(town: Town, name: str, *kinds: str, area: str) -> UnitId:
    return await town.house.duties.enrol_unit(name, kinds=kinds, area=area, official=None)


async def contact(town: Town, name: str, unit_id: UnitId, area: str) -> Desk:
    return await town.official(f"{name}联络员", Role.UNIT_CONTACT, area, unit_id=unit_id)


async def everybody_else_reports(town: Town, units: list[UnitId], desk: Desk, *, event: UnitId) -> None:
    for one in units:
        told = Told("community_daily", values={"referred": 1}) if one == event else Told("community_daily", zero=True)
        await town.house.duties.report_by_official(told, official=desk.official, unit_id=one)


async def a_group(town: Town, area: str, role: Role) -> str:
    """A group in memory that hears daily reports; its handle."""
    now = town.clock.now()
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        desk_id = AddressId(uuid4())
        await work.addresses.add(Address(desk_id, ChannelName.MEMORY, desk_id.hex), now=now)
        desk = DeskAddress(
            desk_id, area, ChannelName.MEMORY, desk_id.hex, "群", "zh_Hans_CN", (role,), (Hears.DIGESTS,), now
        )
        await work.desk_addresses.add(desk, Sealed(), by=None)
    return desk_id.hex


@pytest.mark.rule("BN-2.2.2-a")
async def test_forty_two_communities_report_but_one_is_silent_and_heard_of_to_the_minute(linhe: Town) -> None:
    others = [await unit(linhe, f"社区{n}", "community", area=f"{TOWNSHIP}{n:03}") for n in range(1, 41)]
    d = await unit(linhe, "社区D", "community", area=f"{TOWNSHIP}041")
    e = await unit(linhe, "社区E", "community", area=f"{TOWNSHIP}042")
    dora, emil = await contact(linhe, "D", d, f"{TOWNSHIP}041"), await contact(linhe, "E", e, f"{TOWNSHIP}042")
    township = await linhe.official("街道值班", Role.TOWNSHIP, TOWNSHIP)
    county = await linhe.official("旗指挥部", Role.COUNTY, COUNTY)
    group = await a_group(linhe, COUNTY, Role.COUNTY)

    await linhe.until("2021-01-11 17:20")
    for desk in (dora, emil):
        assert desk.times("零报告") == ["01-11 08:00", "01-11 12:00"]
    said = dora.heard("零报告", at="08:00")
    assert said.buttons[0][0] == "零报告"
    await everybody_else_reports(linhe, others, township, event=others[7])
    await dora.gateway.duty_reported("community_daily", zero=True, day=date(2021, 1, 11))
    await linhe.quiet()

    await linhe.until("2021-01-11 19:59")
    dora.heard_nothing("社区“日报告", since="17:21")
    emil.heard("应于", at="18:00")
    township.heard_nothing("日报告未报")
    await linhe.until("2021-01-11 20:04")
    assert "社区E" in township.heard("日报告未报", at="20:00").text
    await linhe.until("2021-01-12 07:40")
    roll_up = township.heard("收到", at="2021-01-11 20:05").text
    assert "收到41/42，零报告40，有情况1" in roll_up
    assert "未报" not in roll_up.replace("未报送", "") and "社区E" in roll_up
    assert "社区E" in county.heard("仍未报送", at="2021-01-12 07:30").text
    assert [one.at for one in county.messages if "仍未报送" in one.text] == [linhe.moment("2021-01-12 07:30")]
    (heard,) = [said for said in linhe.said if said.handle == group and "仍未报送" in said.text]
    assert linhe.moment("2021-01-12 07:30") <= heard.at < linhe.moment("2021-01-12 07:36")  # robots meet no crowd

    (alert,) = [one for one in await township.open_alerts() if one.kind == AlertKind.DUTY_MISSED]
    late = await linhe.house.duties.report_by_official(
        Told("community_daily", zero=True, day=date(2021, 1, 11)), official=emil.official
    )
    assert late.late
    assert await township.open_alerts() == []
    assert "BN-2.2.2-a" in (await linhe.house.alerts.get(alert.id, official=township.official)).alert.rules


@pytest.mark.rule("BN-2.1.1-a")
async def test_a_landlord_who_tells_nothing_is_asked_after_by_the_grid_worker_and_then_the_community(
    linhe: Town,
) -> None:
    landlord = await linhe.resident("钱房东", area="150802001")
    quiet = await linhe.resident("孙房东", area="150802001")
    grid = await linhe.official("网格员", Role.GRID_WORKER, "15080200100001")
    community = await linhe.official("社区", Role.COMMUNITY, TOWNSHIP)
    for one in (landlord, quiet):
        await linhe.house.duties.enrol_person(one.id, kind="landlord", official=None)

    await linhe.until("2021-01-11 13:00")
    assert landlord.times("出租") == quiet.times("出租") == ["01-11 08:00", "01-11 12:00"]
    await landlord.presses("零报告")
    await linhe.until("2021-01-11 20:30")
    assert [one for one in grid.times("日报告未报")] == ["01-11 18:00"]
    assert community.times("日报告未报") == ["01-11 20:00"]
    assert "孙*" in grid.heard("日报告未报").text

    await quiet.presses("有情况")
    await quiet.types("2")
    await quiet.types("3号楼搬来两人")
    assert any("当日情况填报" in line for line in await quiet.sees())
    await quiet.presses("✅ 发送")
    (owed,) = await quiet.gateway.duties()
    assert owed.duty == "rental_daily" and owed.reported_at is not None
    assert all(one.status == "resolved" for one in await settled(linhe, grid))


async def settled(town: Town, desk: Desk) -> list[Alert]:
    views = await town.house.alerts.listed(official=desk.official, statuses=tuple(AlertStatus))
    return [one.alert for one in views if one.alert.kind is AlertKind.DUTY_MISSED]


async def test_a_correction_keeps_the_report_it_corrects(linhe: Town) -> None:
    d = await unit(linhe, "社区D", "community", area=f"{TOWNSHIP}041")
    dora = await contact(linhe, "D", d, f"{TOWNSHIP}041")
    township = await linhe.official("街道值班", Role.TOWNSHIP, TOWNSHIP)
    health = await linhe.official("网格员", Role.GRID_WORKER, f"{TOWNSHIP}041")
    first = await linhe.house.duties.report_by_official(Told("community_daily", zero=True), official=dora.official)
    again = await linhe.house.duties.report_by_official(Told("community_daily", zero=True), official=dora.official)
    assert again.id == first.id
    second = await linhe.house.duties.report_by_official(
        Told("community_daily", values={"symptomatic": 2}, note="5号楼两人发热"), official=dora.official
    )
    await linhe.quiet()

    versions = await linhe.house.duties.versions(
        "community_daily", second.bearer_id, second.day, official=township.official
    )
    assert [(one.zero, one.replaced_at is None) for one in versions] == [(False, True), (True, False)]
    assert second.corrects_id == first.id
    assert "5号楼两人发热" in health.heard("单位报告有情况").text


@pytest.mark.rule("BN-2.2.4-a")
async def test_a_village_with_two_tracers_is_asked_again_after_seven_days_and_the_county_hears_it(linhe: Town) -> None:
    village = await unit(linhe, "嘎查村", "village", area=f"{TOWNSHIP}201")
    silent = await unit(linhe, "邻村", "village", area=f"{TOWNSHIP}202")
    vera, noah = await contact(linhe, "嘎查", village, f"{TOWNSHIP}201"), await contact(linhe, "邻", silent, TOWNSHIP)
    county = await linhe.official("旗指挥部", Role.COUNTY, COUNTY)
    linhe.clock.move_to(linhe.moment("2021-02-01 08:59"))
    await linhe.until("2021-02-01 10:00")
    assert vera.times("流调协查员")[-1:] == noah.times("流调协查员")[-1:] == ["02-01 09:00"]

    await linhe.house.duties.report_by_official(Told("tracers", values={"count": 2}), official=vera.official)
    await linhe.quiet()
    assert "现有2，至少需要3" in county.heard("力量储备不足", at="2021-02-01 10:00").text
    linhe.clock.move_to(linhe.moment("2021-02-08 08:59"))
    await linhe.until("2021-02-08 11:00")
    assert "上次填报2，至少需要3" in vera.heard("流调协查员", at="2021-02-08 09:00").text
    assert county.times("力量储备不足") == ["02-01 10:00", "02-08 10:00"]
    assert "邻村" in county.heard("仍未报送", at="2021-02-08 09:00").text
    await linhe.house.duties.report_by_official(Told("tracers", values={"count": 3}), official=vera.official)
    assert [one for one in await county.open_alerts() if one.kind == AlertKind.CAPACITY_SHORT] == []


@pytest.mark.rule("SD-3.6.3-c", "SD-3.6.3-d", "SD-3.6.3-h")
async def test_a_county_is_held_to_its_rooms_and_a_city_to_a_tenth_of_its_beds(town: Town) -> None:
    county, city = (
        await unit(town, "历下区指挥部", "county_headquarters", area=LIXIA),
        await unit(town, "市指挥部", "city_headquarters", area="3701"),
    )
    cora, dan = await contact(town, "历下区", county, LIXIA), await contact(town, "市", city, "3701")
    chief, mayor = await town.official("区值班", Role.COUNTY, LIXIA), await town.official("市值班", Role.CITY, "3701")

    async def tells(desk: Desk, capacity: str, count: int) -> None:
        await town.house.duties.report_by_official(Told(capacity, values={"count": count}), official=desk.official)
        await town.wait(timedelta(minutes=1))

    await tells(cora, "reserve_rooms", 380)
    assert "现有380，至少需要400" in chief.heard("集中隔离储备房间数").text
    await tells(dan, "treatment_beds", 1000)
    mayor.heard_nothing("救治床位数")  # nobody has told what they are a tenth of
    await tells(dan, "general_beds", 10_005)
    assert "现有1000，至少需要1001" in mayor.heard("救治床位数", at="2021-01-15 07:22").text
    await tells(dan, "intensive_beds", 100)
    mayor.heard_nothing("重症监护床位数")
    await tells(dan, "treatment_beds", 1001)  # enough of these, and too few of those in turn
    assert "现有100，至少需要101" in mayor.heard("重症监护床位数", at="2021-01-15 07:24").text
    assert [one.kind for one in await mayor.open_alerts()] == [AlertKind.CAPACITY_SHORT] * 2  # rooms, intensive beds
    told = {one.capacity: (one.count, one.least) for one in await town.house.duties.strengths(official=mayor.official)}
    assert told["treatment_beds"] == (1001, 1001) and told["reserve_rooms"] == (380, 400)

    town.clock.move_to(town.moment("2021-02-01 08:59"))
    await town.until("2021-02-01 09:01")
    assert "至少需要101" in dan.heard("重症监护床位数", at="2021-02-01 09:00").text
    assert dan.times("总床位数")[-1:] == cora.times("集中隔离备用场所数")[-1:] == ["02-01 09:00"]


@pytest.mark.rule("BN-2.1.2-a")
async def test_a_gym_that_meets_a_fever_tells_the_neighbourhood_at_once(linhe: Town) -> None:
    gym = await unit(linhe, "健身房", "gym", area=f"{TOWNSHIP}001")
    trainer = await contact(linhe, "健身房", gym, f"{TOWNSHIP}001")
    doctor = await linhe.official("社区医生", Role.DOCTOR, f"{TOWNSHIP}001")
    await linhe.house.registers.write_down(
        WrittenDown("symptoms_places", "周客", phone="13800000001", symptoms=("fever",), words="前台测温38.1"),
        official=trainer.official,
    )
    await linhe.quiet()
    card = doctor.heard("可疑症状人员", at="2021-01-10 21:00")
    assert "健身房" in card.text and "周客" in card.text
    trainer.heard_nothing("可疑症状人员")


async def test_who_may_report_for_whom(linhe: Town) -> None:
    d = await unit(linhe, "社区D", "community", area=f"{TOWNSHIP}041")
    foreign = await unit(linhe, "别区社区", "community", area="150821100001")
    dora = await contact(linhe, "D", d, f"{TOWNSHIP}041")
    stranger = await linhe.resident("路人", area="150802001")
    with pytest.raises(ShaodianError):
        await linhe.house.duties.report_by_official(
            Told("community_daily", zero=True), official=dora.official, unit_id=foreign
        )
    with pytest.raises(ShaodianError):
        await linhe.house.duties.days(official=dora.official)
    answered = await stranger.gateway.duties()
    assert answered == []


async def test_the_rounds_of_a_county_are_one_row_a_duty_and_are_found_again_by_state(linhe: Town) -> None:
    for number in range(30):
        await unit(linhe, f"社区{number}", "community", area=f"{TOWNSHIP}{number:03}")
    async with linhe.house.transactions.begin(Scope.of_work("test")) as work:
        rounds = await work.duties.rounds()
    assert sorted(one.duty for one in rounds) == ["community_daily", "community_systems", "sanitation", "tracers"]

    emil = await contact(linhe, "0", await unit(linhe, "社区0", "community", area=f"{TOWNSHIP}000"), TOWNSHIP)
    linhe.clock.move_to(linhe.moment("2021-01-11 12:30"))
    for one in await linhe.house.duty_rounds.due():
        await linhe.house.duty_rounds.strike(one)
        await linhe.house.duty_rounds.strike(one)
    await linhe.quiet()
    assert emil.times("零报告") == ["01-11 12:30"]  # of two reminders missed, one is enough


@pytest.mark.rule("SD-3.4.3-c", "SD-3.4.3-d")
async def test_markets_sample_seven_and_fourteen_days_after_the_last_time(town: Town) -> None:
    large = await unit(town, "七里堡市场", "key_market", area="370102001")
    other = await unit(town, "街边市场", "market", area="370102001")
    lin, ma = await contact(town, "七里堡", large, LIXIA), await contact(town, "街边", other, LIXIA)
    township = await town.official("街道值班", Role.TOWNSHIP, "370102001")
    for duty, desk in (("market_environment_weekly", lin), ("market_environment_14", ma)):
        await town.house.duties.report_by_official(Told(duty, values={"samples": 20}), official=desk.official)

    await town.until("2021-01-29 20:30")
    assert lin.times("病毒监测")[:4] == ["01-21 18:00", "01-22 08:00", "01-22 14:00", "01-22 18:00"]
    assert ma.times("病毒监测") == ["01-28 18:00", "01-29 08:00", "01-29 14:00", "01-29 18:00"]
    assert town.moment("2021-01-22 20:00") in [one.at for one in township.messages if "七里堡市场" in one.text]
    assert "街边市场" in township.heard("街边市场", at="2021-01-29 20:00").text


@pytest.mark.rule("SD-3.4.1-d")
async def test_an_absence_is_asked_after_until_its_cause_is_known_and_tracked_until_it_is_resolved(town: Town) -> None:
    school = await unit(town, "实验小学", "school", area="370102001")
    nurse = await contact(town, "校医", school, LIXIA)
    township = await town.official("街道值班", Role.TOWNSHIP, "370102001")
    entry = await town.house.registers.write_down(WrittenDown("absence", "小明"), official=nurse.official)

    await town.until("2021-01-15 20:01")
    assert "原因尚未登记" in nurse.heard("因病缺课", at="2021-01-15 18:00").text
    township.heard("实验小学", at="2021-01-15 20:00")
    await town.house.registers.say_cause(entry.id, "感冒", official=nurse.official)
    assert [one for one in await township.open_alerts() if "因病" in one.summary] == []
    await town.until("2021-01-18 20:01")
    assert "仍在追踪" in nurse.heard("因病缺课", at="2021-01-18 08:00").text
    nurse.heard_nothing("原因尚未登记", since="2021-01-15 18:01")
    await town.house.registers.resolve(entry.id, "已返校", official=nurse.official)
    await town.until("2021-01-19 12:30")
    nurse.heard_nothing("因病缺课", since="2021-01-18 20:00")


@pytest.mark.rule("SD-3.6.1-b", "SD-3.6.2-c")
async def test_three_registrations_of_a_pharmacy_and_one_event_of_a_school_warn_together(town: Town) -> None:
    pharmacy = await unit(town, "康乐药店", "pharmacy", area="370102001")
    school = await unit(town, "实验小学", "school", area="370102001")
    clerk, nurse = await contact(town, "药店", pharmacy, LIXIA), await contact(town, "校医", school, LIXIA)
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    health = await town.official("区疾控", Role.HEALTH, LIXIA)
    for number in range(3):
        await town.house.registers.write_down(
            WrittenDown(
                "symptoms", f"顾客{number}", phone=f"1380000000{number}", symptoms=("cough",), medicine="退烧药"
            ),
            official=clerk.official,
        )
    await town.quiet()
    assert len(doctor.times("可疑症状人员")) == 3
    health.heard_nothing("多点触发预警")
    for day in (14, 15):
        await town.house.duties.report_by_official(
            Told("school_daily", values={"ill": 1}, day=date(2021, 1, day)), official=nurse.official
        )
    await town.quiet()

    told = health.heard("多点触发预警", at="2021-01-15 07:20").text
    assert "零售药店监测: 3" in told and "社区监测: 2" in told
    view = await town.house.early_warnings.view(official=health.official, area="370102001")
    assert view is not None and view.warned and len(view.streams) == 7
    by_name = {one.stream: one for one in view.streams}
    assert by_name["retail_pharmacy"].series[-1] == 3 and len(by_name["retail_pharmacy"].series) == 14
    assert by_name["community"].series[-2:] == (1, 1)


async def test_what_came_by_other_doors_is_found_by_the_round(town: Town) -> None:
    health = await town.official("区疾控", Role.HEALTH, LIXIA)
    for stream in ("epidemic_lead", "environment"):
        await town.house.early_warnings.enter(stream, area="370102001", count=1, official=health.official)
    for area in await town.house.early_warnings.signalled():
        await town.house.early_warnings.look(area)
    await town.quiet()
    health.heard("多点触发预警")
    assert await town.house.early_warnings.areas(official=health.official) == ["370102001"]


@pytest.mark.rule("SP-1-a")
async def test_the_same_person_at_a_clinic_on_two_days_without_a_test_is_told_to_the_township(town: Town) -> None:
    await town.activate("sp-2021-01", area="370102")
    clinic = await unit(town, "村诊所", "clinic", area="370102001")
    medic = await contact(town, "诊所", clinic, LIXIA)
    township = await town.official("街道值班", Role.TOWNSHIP, "370102001")

    async def registers(name: str, phone: str, *, tested: bool = False) -> None:
        told = WrittenDown("clinics", name, phone=phone, symptoms=("fever",), words="输液", tested=tested)
        await town.house.registers.write_down(told, official=medic.official)
        await town.quiet()

    await registers("吴大爷", "13800000001")
    await registers("郑大妈", "13800000002", tested=True)
    township.heard_nothing("同一人")
    await town.until("2021-01-16 09:00")
    await registers("郑大妈", "13800000002")
    township.heard_nothing("同一人")
    await registers("吴大爷", "13800000001")
    township.heard("同一人多日因症状就诊购药而未检测", at="2021-01-16 09:00")
    assert len(township.times("同一人")) == 1
