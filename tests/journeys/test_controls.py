"""An area under control, to the minute (F-18): decided, announced, guarded, tested, looked after, and lifted."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from gateway.domain.controls import Answer
from gateway.domain.kinds import AlertKind, ResponseLevel, RiskLevel, Role
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.controls import Control
from gateway.services.area_levels import LevelNotPossible, NoRoundLeft
from gateway.services.broadcasts import Said, SecondPersonNeeded
from gateway.services.controls import CannotBeLifted, ExpertsDecide, IdentityFound, UnitNotMinimal, WrongStep
from gateway.town import Desk, Neighbour, Town

STREET, VILLAGE, COUNTY = "370102001", "370102001004", "370102"
NAME = "明珠小区5号楼"
MET = ("no_new_case", "all_tested_negative", "disinfected")


class Headquarters:
    """Who decides, writes, releases and carries out in Lixia."""

    expert: Desk
    county: Desk
    publisher: Desk
    health: Desk
    police: Desk
    township: Desk
    community: Desk
    grid: Desk

    @classmethod
    async def open(cls, town: Town) -> "Headquarters":
        await town.activate("demo-county", area=COUNTY, since=date(2021, 1, 1))
        them = cls()
        them.expert = await town.official("专家陈", Role.EXPERT, COUNTY)
        them.county = await town.official("县指挥部郑", Role.COUNTY, COUNTY)
        them.publisher = await town.official("发布人钱", Role.PUBLISHER, COUNTY)
        them.health = await town.official("卫健局何", Role.HEALTH, COUNTY)
        them.police = await town.official("公安宋", Role.POLICE, COUNTY)
        them.township = await town.official("街道吴", Role.TOWNSHIP, STREET)
        them.community = await town.official("社区周", Role.COMMUNITY, VILLAGE)
        them.grid = await town.official("网格员李", Role.GRID_WORKER, "37010200100401")
        return them


async def living_at(town: Town, name: str, *, grid: str, area: str = STREET) -> Neighbour:
    """In the village and grid that the five digits name."""
    return await town.resident(name, area=area, grid=f"{area}{grid}")


async def decided(town: Town, hq: Headquarters, **changed: Any) -> Control:
    control = await town.house.controls.request(VILLAGE, unit_kind="building", name=NAME, official=hq.health.official)
    await town.quiet()
    values: dict[str, Any] = {
        "boundary": "明珠小区5号楼及其出入口",
        "opinion": "一例阳性,楼内密接集中",
        "mode": "closed",
        "grids": (f"{STREET}00405",),
    }
    done = await town.house.controls.decide(control.id, official=hq.expert.official, **{**values, **changed})
    await town.quiet()
    return done


async def released(town: Town, hq: Headquarters, control: Control) -> Control:
    """Drafted by headquarters; reviewed and approved by a second person."""
    drafted = await town.house.controls.draft(control.id, official=hq.county.official)
    assert drafted.words_hash is not None
    await town.house.controls.review(control.id, drafted.words_hash, official=hq.publisher.official)
    active = await town.house.controls.approve(control.id, drafted.words_hash, official=hq.publisher.official)
    await town.quiet()
    return active


async def compounds(town: Town, *names: Mapping[str, str] | str) -> None:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        for name in names:
            await work.connection.execute(
                insert(t.units).values(id=uuid4(), area=VILLAGE, key=name, name=name, kind="compound")
            )


@pytest.mark.rule("DP-2.1-a", "SD-3.1.3-a", "SD-3.1.3-b")
async def test_experts_decide_and_the_unit_hears_first_then_the_street_then_the_county(town: Town) -> None:
    hq = await Headquarters.open(town)
    inside = await living_at(town, "王芳", grid="00405")
    street = await living_at(town, "李强", grid="00299")
    county = await living_at(town, "赵六", grid="00101", area="370102003")
    elsewhere = await living_at(town, "孙七", grid="00101", area="370103002")
    await town.until("2021-01-16 09:20")
    with pytest.raises(UnitNotMinimal):
        await town.house.controls.request(VILLAGE, unit_kind="district", name="历下区", official=hq.health.official)

    await town.until("2021-01-16 09:30")
    control = await decided(town, hq)
    hq.expert.heard("最小管控范围", at="2021-01-16 09:30")
    hq.county.heard("管控通知", at="2021-01-16 09:30")
    inside.heard_nothing()

    await town.until("2021-01-16 10:05")
    await released(town, hq, control)
    await town.until("2021-01-16 12:00")

    assert inside.times("实行管控") == ["01-16 10:05"]
    assert street.times("实行管控") == ["01-16 10:20"]
    assert county.times("实行管控") == ["01-16 10:35"]
    elsewhere.heard_nothing()
    assert NAME in inside.heard("实行管控").text
    assert "封锁" in inside.heard("实行管控").text


async def test_a_ring_told_in_portions_by_two_workers_at_the_same_time_hears_it_once(town: Town) -> None:
    hq = await Headquarters.open(town)
    street = [await living_at(town, name, grid="00505") for name in ("赵明", "钱芳", "孙立")]
    await town.until("2021-01-16 10:05")
    await released(town, hq, await decided(town, hq))
    town.clock.move_to(town.moment("2021-01-16 10:20"))
    controls = replace(town.house.controls, portion=1)
    (wave,) = await controls.due()

    await asyncio.gather(controls.send_wave(wave), controls.send_wave(wave))
    assert await controls.due() == []
    await controls.send_wave(wave)
    await town.quiet()
    for person in street:
        assert person.times("实行管控") == ["01-16 10:20"]


async def test_an_announcement_nobody_takes_note_of_comes_to_headquarters_after_an_hour(town: Town) -> None:
    hq = await Headquarters.open(town)
    await town.until("2021-01-16 10:05")
    await released(town, hq, await decided(town, hq))
    hq.community.heard("请落实管控措施", at="2021-01-16 10:05")
    hq.grid.heard_nothing("请落实管控措施")

    await town.until("2021-01-16 11:04")
    hq.county.heard_nothing("请落实管控措施")
    await town.until("2021-01-16 11:05")
    hq.county.heard("请落实管控措施", at="2021-01-16 11:05")


@pytest.mark.rule("DP-3.4-a")
async def test_nothing_is_announced_before_somebody_else_has_read_it_and_no_resident_is_named(town: Town) -> None:
    hq = await Headquarters.open(town)
    inside = await living_at(town, "王小芳", grid="00405")
    control = await decided(town, hq)
    controls = town.house.controls
    naming = {
        "zh_Hans_CN": Said("通告", "5号楼王小芳核酸检测阳性。"),
        "en": Said("Notice", "Building 5 is closed."),
    }
    with pytest.raises(IdentityFound) as refused:
        await controls.draft(control.id, official=hq.county.official, words=naming)
    assert "王小芳" not in refused.value.detail

    drafted = await controls.draft(control.id, official=hq.county.official)
    assert drafted.words_hash is not None
    with pytest.raises(WrongStep):
        await controls.approve(control.id, drafted.words_hash, official=hq.publisher.official)
    with pytest.raises(SecondPersonNeeded):
        await controls.review(control.id, drafted.words_hash, official=hq.county.official)
    await controls.review(control.id, drafted.words_hash, official=hq.publisher.official)
    await town.quiet()
    inside.heard_nothing()


async def test_only_the_experts_decide_how_far_a_control_reaches(town: Town) -> None:
    hq = await Headquarters.open(town)
    control = await town.house.controls.request(VILLAGE, unit_kind="building", name=NAME, official=hq.health.official)
    with pytest.raises(ExpertsDecide):
        await town.house.controls.decide(
            control.id, official=hq.health.official, boundary="全镇", opinion="保险起见", mode="closed"
        )
    await town.wait(timedelta(minutes=60))
    hq.county.heard("最小管控范围", at="2021-01-15 08:20")


@pytest.mark.rule("BN-2.2.3-b", "SD-3.6.2-d", "BN-2.2.1-a")
async def test_a_street_at_medium_risk_is_guarded_tested_twice_and_every_desk_hears_old_and_new(town: Town) -> None:
    hq = await Headquarters.open(town)
    here, tested = await living_at(town, "王芳", grid="00401"), await living_at(town, "李强", grid="00401")
    await compounds(town, "明珠小区", "花园小区")
    levels = town.house.area_levels

    await town.until("2021-01-16 14:00")
    await levels.set_level(STREET, official=hq.county.official, risk=RiskLevel.MEDIUM, villages=[VILLAGE])
    await town.quiet()

    for desk in (hq.county, hq.police, hq.health, hq.community):
        assert "低风险 → 中风险" in desk.heard("等级", at="2021-01-16 14:00").text
    view = await levels.view(STREET, official=hq.county.official)
    assert {one.name for one in view.guards} == {"明珠小区", "花园小区"}
    hours = [(shift.begins, shift.ends) for shift in view.guards[0].shifts]
    assert hours == [("00:00", "08:00"), ("08:00", "16:00"), ("16:00", "24:00")]
    assert [(one.number, one.asked) for one in view.rounds] == [(1, 2)]
    assert "14:00–15:00" in here.heard("第1轮核酸检测", at="2021-01-16 14:00").text

    await sampled(town, tested)
    await town.until("2021-01-16 18:00")
    view = await levels.view(STREET, official=hq.county.official)
    assert (view.rounds[0].coverage.people, view.rounds[0].coverage.percent) == (2, 50)
    assert "50 %" in hq.grid.heard("还有人未采样", at="2021-01-16 18:00").text
    await town.until("2021-01-17 08:00")
    assert here.times("第1轮核酸检测") == ["01-16 14:00", "01-17 08:00"]
    assert tested.times("第1轮核酸检测") == ["01-16 14:00"]

    second = await levels.next_round(STREET, official=hq.county.official)
    assert (second.number, second.coverage.percent) == (2, 0)
    with pytest.raises(NoRoundLeft):
        await levels.next_round(STREET, official=hq.county.official)


async def sampled(town: Town, person: Neighbour) -> None:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(
            insert(t.results).values(
                id=uuid4(),
                resident_id=person.id,
                area=STREET,
                status="confirmed",
                test="nat",
                sampled_at=town.clock.now(),
                site="采样点",
                source="test",
                recorded_at=town.clock.now(),
            )
        )


async def test_a_level_that_nothing_here_changes_or_below_the_township_is_refused(town: Town) -> None:
    hq = await Headquarters.open(town)
    levels = town.house.area_levels
    with pytest.raises(LevelNotPossible):
        await levels.set_level(VILLAGE, official=hq.county.official, risk=RiskLevel.MEDIUM)
    with pytest.raises(LevelNotPossible):
        await levels.set_level(STREET, official=hq.county.official, risk=RiskLevel.LOW, response=ResponseLevel.II)


@pytest.mark.rule("SD-3.4.2-b")
async def test_a_places_manager_hears_what_holds_since_the_level_changed(town: Town) -> None:
    hq = await Headquarters.open(town)
    unit = uuid4()
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(
            insert(t.units).values(id=unit, area=STREET, key="百货", name="泉城百货", kind="mall")
        )
    manager = await town.official("店长冯", Role.UNIT_CONTACT, STREET, unit_id=unit)

    await town.house.area_levels.set_level(STREET, official=hq.county.official, risk=RiskLevel.HIGH)
    await town.quiet()

    assert "暂停对外开放" in manager.heard("防控措施有调整").text
    view = await town.house.area_levels.view(STREET, official=hq.county.official)
    assert [(one.who, one.subject) for one in view.measures] == [("place", str(unit))]


@pytest.mark.rule("BN-2.5.1-a")
async def test_somebody_living_alone_who_does_not_answer_by_ten_is_visited(town: Town) -> None:
    hq = await Headquarters.open(town)
    alone, well = await living_at(town, "孙奶奶", grid="00401"), await living_at(town, "周爷爷", grid="00401")
    for person in (alone, well):
        await town.house.area_levels.register_vulnerable(person.id, ["living_alone"], official=hq.community.official)
    await town.until("2021-01-16 14:00")
    await town.house.area_levels.set_level(STREET, official=hq.county.official, risk=RiskLevel.MEDIUM)
    await town.quiet()

    await town.until("2021-01-17 09:00")
    alone.heard("今天早上您还好吗", at="2021-01-17 09:00")
    await well.presses("我很好")
    await town.until("2021-01-17 10:00")
    hq.grid.heard("上门看望", at="2021-01-17 10:00")
    assert len(hq.grid.times("上门看望")) == 1
    hq.community.heard_nothing("上门看望")
    await town.until("2021-01-17 11:00")
    hq.community.heard("上门看望", at="2021-01-17 11:00")

    await alone.presses("需要物资")
    hq.grid.heard("有人请求帮助")
    assert AlertKind.WELFARE_MISSED not in {alert.kind for alert in await hq.grid.open_alerts()}


@pytest.mark.rule("SD-3.6.2-e")
async def test_whoever_lives_in_a_closed_building_asks_before_going_out(town: Town) -> None:
    hq = await Headquarters.open(town)
    inside, outside = await living_at(town, "王芳", grid="00405"), await living_at(town, "李强", grid="00299")
    await released(town, hq, await decided(town, hq))
    controls = town.house.controls

    async def may(person: Neighbour) -> Answer:
        speaker = await town.house.residents.speaker(person.channel, person.handle)
        return (await controls.may_go_out(speaker))[0].answer

    assert (await may(inside), await may(outside)) == (Answer.NO, Answer.YES)
    speaker = await town.house.residents.speaker(inside.channel, inside.handle)
    permit = await controls.ask_to_leave(speaker, "去医院透析")
    await town.quiet()
    hq.community.heard("申请外出")

    await controls.decide_permit(permit.id, granted=True, official=hq.community.official)
    await town.quiet()
    inside.heard("同意您外出")
    assert await may(inside) is Answer.YES


async def test_nobody_is_told_to_go_out_while_it_is_unknown_whether_they_live_inside(town: Town) -> None:
    hq = await Headquarters.open(town)
    newcomer = await town.resident("孙强", area=STREET, grid=None)
    speaker = await town.house.residents.speaker(newcomer.channel, newcomer.handle)
    control = await decided(town, hq)
    assert (await town.house.controls.may_go_out(speaker))[0].answer is Answer.YES
    await released(town, hq, control)
    assert (await town.house.controls.may_go_out(speaker))[0].answer is Answer.OFFICIAL


async def test_who_asks_twice_to_go_out_rings_once_and_no_longer_when_all_is_lifted(town: Town) -> None:
    hq = await Headquarters.open(town)
    inside = await living_at(town, "王芳", grid="00405")
    control = await released(town, hq, await decided(town, hq))
    controls = town.house.controls
    speaker = await town.house.residents.speaker(inside.channel, inside.handle)
    first = await controls.ask_to_leave(speaker, "去医院透析")
    again = await controls.ask_to_leave(speaker, "去医院透析")
    await town.quiet()
    assert again.id == first.id

    async def ringing(desk: Desk) -> list[AlertKind]:
        return [alert.kind for alert in await desk.open_alerts()]

    assert (await ringing(hq.community)).count(AlertKind.EXIT_ASKED) == 1
    for criterion in MET:
        await controls.meet(control.id, criterion, official=hq.health.official)
    await controls.opine(control.id, "可以解除", official=hq.expert.official)
    await controls.lift(control.id, official=hq.county.official)
    await town.quiet()
    assert not {AlertKind.EXIT_ASKED, AlertKind.CONTROL_NOTICE} & set(await ringing(hq.community))


async def test_another_countys_control_is_not_there(town: Town) -> None:
    hq = await Headquarters.open(town)
    control = await decided(town, hq)
    foreign = await town.official("外县专家", Role.EXPERT, "370202")
    with pytest.raises(NotFound):
        await town.house.controls.opine(control.id, "可以解除", official=foreign.official)


@pytest.mark.rule("DP-3.5-a")
async def test_a_control_is_lifted_when_it_was_shown_and_all_it_set_going_ends(town: Town) -> None:
    hq = await Headquarters.open(town)
    inside = await living_at(town, "王芳", grid="00405")
    await compounds(town, "明珠小区")
    await town.house.area_levels.register_vulnerable(inside.id, ["disabled"], official=hq.community.official)
    await town.until("2021-01-16 10:05")
    control = await released(town, hq, await decided(town, hq))
    await town.house.area_levels.set_level(
        STREET, official=hq.county.official, risk=RiskLevel.MEDIUM, villages=[VILLAGE]
    )
    controls = town.house.controls
    await town.until("2021-01-16 14:30")
    for criterion in MET[:2]:
        await controls.meet(control.id, criterion, official=hq.health.official)
    with pytest.raises(CannotBeLifted) as open_still:
        await controls.lift(control.id, official=hq.county.official)
    assert open_still.value.needs == ("disinfected", "experts")
    await controls.meet(control.id, "disinfected", official=hq.health.official)
    await controls.opine(control.id, "可以解除", official=hq.expert.official)

    lifted = await controls.lift(control.id, official=hq.county.official)
    await town.quiet()

    assert lifted.created == lifted.cancelled == 3  # one checkpoint, one round, one person looked after
    inside.heard("管控已解除", at="2021-01-16 14:30")
    told = len(inside.messages)
    await town.until("2021-01-17 11:30")
    assert len(inside.messages) == told, "no round, no morning question"
    view = await town.house.area_levels.view(STREET, official=hq.county.official)
    assert (view.guards, view.rounds, view.looked_after) == ((), (), 0)
    assert view.level is not None and view.level.level.risk is RiskLevel.LOW


@pytest.mark.rule("DP-3.4-a")
async def test_a_text_for_a_whole_area_names_nobody_either(town: Town) -> None:
    hq = await Headquarters.open(town)
    words = {"zh_Hans_CN": Said("通告", "联系人电话13812345678。"), "en": Said("Notice", "Please stay in.")}
    with pytest.raises(IdentityFound):
        await town.house.broadcasts.draft(words, area=COUNTY, official=hq.county.official)
