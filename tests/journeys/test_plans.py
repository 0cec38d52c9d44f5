"""F-01, F-08 and F-13: what people must do, when they are reminded, and who is told when it does not happen."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    FollowUpState,
    ReportKind,
    ResultStatus,
    ResultValue,
    Role,
    TestKind,
)
from gateway.domain.scopes import Scope
from gateway.record.results import Result
from gateway.record.vault import Vault
from gateway.schemas.results import ResultIn
from gateway.town import Desk, Neighbour, Town, open_town

ZONE = ZoneInfo("Asia/Shanghai")
GRID = "37010200100001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


async def desks_of(town: Town) -> dict[Role, Desk]:
    return {
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, GRID),
        Role.SITE: await town.official("采样点", Role.SITE, "370102"),
        Role.COMMUNITY: await town.official("社区周", Role.COMMUNITY, "370102001"),
        Role.TOWNSHIP: await town.official("街道吴", Role.TOWNSHIP, "370102001"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "370102"),
        Role.HEALTH: await town.official("卫健值班", Role.HEALTH, "370102"),
        Role.EXPERT: await town.official("专家组", Role.EXPERT, "370102"),
    }


async def included(town: Town, resident: Neighbour, when: str, source: str = "arrival:1") -> FollowUp | None:
    """What follows when somebody of a key area says that they are home."""
    async with town.house.transactions.begin(Scope.of_people([resident.id])) as work:
        person = await work.residents.get(resident.id)
        pack = await town.house.packs.for_area(work, person.area, town.clock.now())
        proposed = await town.house.follow_ups.propose(
            work,
            person,
            profile="key_area",
            anchors={
                "arrival": at(when),
                "included_at": at(when),
                "first_case": date(2021, 1, 2),
                "last_case": date(2021, 1, 17),
            },
            pack=pack,
            source_key=source,
            rules=("SD-3.3.2-m",),
        )
    await town.quiet()
    return proposed


async def sampled(
    town: Town,
    site: Desk,
    resident: Neighbour,
    test: TestKind,
    when: str,
    value: ResultValue | None = None,
) -> Result:
    """The site hands in a sample, or the laboratory its result."""
    result = await town.house.results.record(
        ResultIn(resident_id=resident.id, test=test, sampled_at=at(when), value=value, site="历下区采样点"),
        official=site.official,
    )
    await town.quiet()
    return result


async def checks_in(resident: Neighbour) -> None:
    await resident.reports(ReportKind.CHECK_IN, {"well": True, "symptoms": []})


async def left_open(desk: Desk) -> list[AlertKind]:
    """What still waits for somebody; that a chat page stays closed is another story."""
    return [alert.kind for alert in await desk.open_alerts() if alert.kind is not AlertKind.UNREACHABLE]


# F-01


async def test_a_returnee_from_a_key_area_does_everything_on_time_and_is_released(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    grid, site = desks[Role.GRID_WORKER], desks[Role.SITE]
    await town.until("2021-01-22 16:20")
    proposed = await included(town, resident, "2021-01-22 16:20")

    assert proposed is not None and proposed.state is FollowUpState.PROVISIONAL
    resident.heard("1月23日星期六 16:20前", at="2021-01-22 16:20")
    assert grid.times("待确认的健康管理") == ["01-22 16:20"]
    await town.house.follow_ups.confirm(proposed.id, official=grid.official)
    await town.quiet()
    resident.heard("网格员已确认", at="2021-01-22 16:20")
    assert await left_open(grid) == []

    await town.until("2021-01-23 09:00")
    assert resident.times("请在1月23日星期六 16:20前完成") == ["01-22 18:00", "01-23 08:00"]
    assert grid.times("临近期限") == ["01-23 04:20"]
    await sampled(town, site, resident, TestKind.NAT, "2021-01-23 09:00")
    resident.heard("1月24日星期日 09:00之后、1月25日星期一 09:00之前完成", at="2021-01-23 09:00")
    await town.until("2021-01-23 18:30")
    assert grid.times("临近期限") == ["01-23 04:20"], "sampled, so the later warnings are silent"
    assert resident.times("请在1月23日星期六 16:20前完成") == ["01-22 18:00", "01-23 08:00"]
    await sampled(town, site, resident, TestKind.NAT, "2021-01-23 09:00", ResultValue.NEGATIVE)

    await town.until("2021-01-24 08:30")
    too_soon = await sampled(town, site, resident, TestKind.NAT, "2021-01-24 08:30")
    assert (too_soon.status, too_soon.refused) == (ResultStatus.REFUSED, "23 h 30 min, need 24 h")

    await town.until("2021-01-24 09:30")
    await sampled(town, site, resident, TestKind.NAT, "2021-01-24 09:30")
    await sampled(town, site, resident, TestKind.ANTIBODY, "2021-01-24 09:30")
    await town.until("2021-01-24 16:40")
    await sampled(town, site, resident, TestKind.NAT, "2021-01-24 09:30", ResultValue.NEGATIVE)
    await sampled(town, site, resident, TestKind.ANTIBODY, "2021-01-24 09:30", ResultValue.NEGATIVE)
    resident.heard("结束时间：1月31日星期日 16:40", at="2021-01-24 16:40")
    (plan,) = await town.house.follow_ups.of_resident(resident.id, official=grid.official)
    days = [item.opens_at.astimezone(ZONE).date() for item in plan.items if item.kind == "check_in"]
    assert days == [date(2021, 1, day) for day in range(24, 31)]

    await resident.presses("✅ 一切正常")
    assert "已经收到" in (await resident.sees())[-1], "one tap on the reminder is the whole check-in"
    for day in range(25, 31):
        await town.until(f"2021-01-{day} 09:00")
        await resident.presses("✅ 一切正常")
    await town.until("2021-01-31 17:00")
    assert resident.times("今天身体怎么样") == [
        "01-24 16:40",
        "01-25 08:00",
        "01-26 08:00",
        "01-27 08:00",
        "01-28 08:00",
        "01-29 08:00",
        "01-30 08:00",
    ]
    resident.heard("全部完成", at="2021-01-31 16:40")
    assert grid.times("健康管理已结束") == ["01-31 16:40"]
    assert await left_open(grid) == []
    for role in (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.SITE):
        desks[role].heard_nothing("未按时")


async def test_a_first_test_that_is_not_taken_is_warned_of_by_the_share_of_its_day(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-22 16:20")
    await included(town, resident, "2021-01-22 16:20")
    await town.until("2021-01-23 17:00")

    assert desks[Role.GRID_WORKER].times("临近期限") == ["01-23 04:20", "01-23 10:20", "01-23 13:56"]
    assert desks[Role.COMMUNITY].times("临近期限") == ["01-23 13:56"]
    assert resident.times("请在1月23日星期六 16:20前完成") == ["01-22 18:00", "01-23 08:00", "01-23 14:00"]
    assert desks[Role.COMMUNITY].times("未按时检测") == ["01-23 16:20"]
    assert desks[Role.COUNTY].times("未按时检测") == ["01-23 16:20"]


async def test_the_same_source_again_and_a_second_source_make_no_second_plan(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-22 16:20")
    first = await included(town, resident, "2021-01-22 16:20", "journey:1:area:A")
    again = await included(town, resident, "2021-01-22 16:20", "journey:1:area:A")
    other = await included(town, resident, "2021-01-22 16:20", "journey:1:area:B")
    assert first and again and other and first.id == again.id == other.id

    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        assert await town.house.follow_ups.withdraw_by_source(work, resident.id, "journey:1:area:B") == []
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (left,) = await town.house.follow_ups.withdraw_by_source(work, resident.id, "journey:1:")
    await town.quiet()

    assert left.is_open, "the machine releases nobody"
    assert desks[Role.GRID_WORKER].times("列入依据有变") == ["01-22 16:20"]
    resident.heard("在工作人员核定之前，安排照旧")
    await town.house.follow_ups.withdraw(left.id, official=desks[Role.GRID_WORKER].official, reason="名单更正")
    await town.quiet()
    resident.heard("您的安排已撤销")
    await town.until("2021-01-24 12:00")
    resident.heard_nothing("请在1月23日")
    assert await left_open(desks[Role.GRID_WORKER]) == []


# F-08


@pytest.fixture
async def january(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator[Town]:
    """The same town a week earlier: 7 January 2021, 10:00."""
    async with open_town(database_url, redis_url, vault, starts_at=at("2021-01-07 10:00")) as opened:
        await opened.activate("sd-2020-09")
        yield opened


async def isolated(town: Town, *, profile: str = "close_contact") -> tuple[Neighbour, dict[Role, Desk]]:
    resident, desks = await town.resident("赵敏"), await desks_of(town)
    await town.house.follow_ups.place(
        resident.id,
        profile=profile,
        anchors={"isolation_start": at("2021-01-07 10:00"), "last_exposure": date(2021, 1, 5)},
        reason="与确诊病例同车厢",
        official=desks[Role.COUNTY].official,
    )
    await town.quiet()
    return resident, desks


CALENDAR = [
    ("nat", "2021-01-07 18:00"),
    ("nat", "2021-01-11 18:00"),
    ("antibody", "2021-01-12 18:00"),
    ("nat", "2021-01-19 18:00"),
    *[(None, f"2021-01-{day} 18:00") for day in range(21, 28)],
]


@pytest.mark.parametrize("profile", ["close_contact", "secondary_close_contact"])
async def test_a_close_contact_and_a_secondary_one_have_the_same_calendar(january: Town, profile: str) -> None:
    resident, desks = await isolated(january, profile=profile)

    (plan,) = (await resident.gateway.plans()).plans
    assert [
        (item.test, f"{item.due_at.astimezone(ZONE):%Y-%m-%d %H:%M}") for item in plan.items if item.due_at
    ] == CALENDAR
    assert [
        (
            period.kind,
            f"{period.starts_at.astimezone(ZONE):%m-%d %H:%M}",
            f"{period.ends_at.astimezone(ZONE):%m-%d %H:%M}",
        )
        for period in plan.periods
        if period.ends_at
    ] == [("central", "01-07 10:00", "01-21 10:00"), ("home", "01-21 10:00", "01-28 10:00")]
    assert plan.items[0].rules[0].quote == "在集中隔离的第1天、3-5天、13天各进行1次核酸检测"
    desks[Role.SITE].heard("已纳入健康管理", at="2021-01-07 10:00")


@pytest.mark.parametrize("flushed", [False, True])
async def test_a_close_contact_misses_a_test_and_two_reports_and_is_released_in_the_end(
    january: Town, flushed: bool
) -> None:
    town = january
    resident, desks = await isolated(town)
    site, grid, community, township, county = (
        desks[role] for role in (Role.SITE, Role.GRID_WORKER, Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY)
    )
    await town.until("2021-01-07 15:00")
    assert resident.times("请在1月7日星期四 18:00前完成") == ["01-07 14:00"]
    await sampled(town, site, resident, TestKind.NAT, "2021-01-07 15:00", ResultValue.NEGATIVE)

    # The window of day 3 to 5 passes without a sample.
    await town.until("2021-01-10 12:00")
    if flushed:
        await town.house.agenda._redis.flushall()
    await town.until("2021-01-12 08:30")
    assert resident.times("请在1月11日星期一 18:00前完成") == [
        "01-09 08:00",
        "01-10 08:00",
        "01-11 08:00",
        "01-11 14:00",
    ]
    assert grid.times("未按时检测") == site.times("未按时检测") == ["01-11 18:00"]
    assert community.times("未按时检测") == ["01-11 20:00"]
    assert township.times("未按时检测") == ["01-12 08:00"]

    await town.until("2021-01-12 09:00")
    await sampled(town, site, resident, TestKind.NAT, "2021-01-12 09:00", ResultValue.NEGATIVE)
    await sampled(town, site, resident, TestKind.ANTIBODY, "2021-01-12 09:00", ResultValue.NEGATIVE)
    if flushed:
        await town.house.agenda._redis.flushall()
        await town.house.operations.rebuild()
    assert await left_open(county) == []
    (closed,) = await town.house.alerts.listed(official=county.official, statuses=(AlertStatus.RESOLVED,))
    assert closed.alert.outcome == "late"
    await town.until("2021-01-19 10:00")
    county.heard_nothing("未按时检测")
    assert resident.times("请在1月19日星期二 18:00前完成") == ["01-18 18:00", "01-19 08:00"]
    assert resident.times("请在1月12日星期二 18:00前完成") == ["01-11 18:00", "01-12 08:00"]
    await sampled(town, site, resident, TestKind.NAT, "2021-01-19 10:00", ResultValue.NEGATIVE)

    # Home: seven days of reports, the 24th and the 25th are missed.
    for day in (21, 22, 23):
        await town.until(f"2021-01-{day} 10:00")
        await checks_in(resident)
    if flushed:
        await town.house.agenda._redis.flushall()
    await town.until("2021-01-25 20:30")
    assert [when for when in resident.times("今天身体怎么样") if when[:5] in ("01-24", "01-25")] == [
        "01-24 08:00",
        "01-24 12:00",
        "01-25 08:00",
        "01-25 12:00",
    ]
    assert grid.times("未按时报告") == ["01-24 18:00", "01-25 18:00"]
    assert community.times("未按时报告") == ["01-24 20:00", "01-25 20:00"]
    assert township.times("未按时报告") == ["01-25 18:00"]

    await town.until("2021-01-26 07:00")
    await checks_in(resident)
    assert await left_open(grid) == []
    await town.until("2021-01-27 10:00")
    await checks_in(resident)
    await town.until("2021-01-29 10:00")
    resident.heard("全部完成", at="2021-01-28 10:00")
    assert grid.times("健康管理已结束") == ["01-28 10:00"]
    assert grid.times("未按时报告") == ["01-24 18:00", "01-25 18:00"]


async def test_one_missed_report_does_not_reach_the_township(january: Town) -> None:
    town = january
    resident, desks = await isolated(town)
    for when in ("2021-01-07 11:00", "2021-01-09 11:00", "2021-01-19 11:00"):
        await town.until(when)
        await sampled(town, desks[Role.SITE], resident, TestKind.NAT, when, ResultValue.NEGATIVE)
        if when == "2021-01-09 11:00":
            await town.until("2021-01-12 11:00")
            await sampled(town, desks[Role.SITE], resident, TestKind.ANTIBODY, "2021-01-12 11:00")
    await town.until("2021-01-21 19:00")
    assert desks[Role.GRID_WORKER].times("未按时报告") == ["01-21 18:00"]
    await checks_in(resident)
    assert await left_open(desks[Role.GRID_WORKER]) == []
    await town.until("2021-01-22 11:00")
    await checks_in(resident)
    await town.until("2021-01-22 19:00")
    desks[Role.COMMUNITY].heard_nothing("未按时报告")
    desks[Role.TOWNSHIP].heard_nothing("未按时报告")


async def test_nobody_is_released_while_a_test_is_missing(january: Town) -> None:
    town = january
    resident, desks = await isolated(town)
    site = desks[Role.SITE]
    await sampled(town, site, resident, TestKind.NAT, "2021-01-07 10:00")
    await town.until("2021-01-09 11:00")
    await sampled(town, site, resident, TestKind.NAT, "2021-01-09 11:00")
    await town.until("2021-01-12 11:00")
    await sampled(town, site, resident, TestKind.ANTIBODY, "2021-01-12 11:00")
    await town.until("2021-01-21 11:00")

    assert site.times("未按时检测") == ["01-19 18:00"]
    assert desks[Role.TOWNSHIP].times("未按时检测") == ["01-20 08:00"]
    assert desks[Role.COUNTY].times("未按时检测") == ["01-20 18:00", "01-21 08:00"]
    assert site.times("暂缓解除") == desks[Role.GRID_WORKER].times("暂缓解除") == ["01-21 10:00"]
    resident.heard("暂时不能解除", at="2021-01-21 10:00")
    (plan,) = (await resident.gateway.plans()).plans
    assert plan.state == "held"

    await sampled(town, site, resident, TestKind.NAT, "2021-01-21 11:00", ResultValue.NEGATIVE)
    (plan,) = (await resident.gateway.plans()).plans
    assert plan.state == "active"
    assert await left_open(site) == []


async def test_reminders_of_a_duty_go_on_when_routine_pushes_are_stopped(january: Town) -> None:
    town = january
    resident, _ = await isolated(town)
    await resident.gateway.stop(key="stop")
    await town.until("2021-01-07 17:00")
    assert resident.times("请在1月7日星期四 18:00前完成") == ["01-07 14:00"]


# F-13


async def test_a_positive_result_reaches_health_and_county_at_once_and_its_report_has_a_clock(january: Town) -> None:
    town = january
    resident, desks = await isolated(town)
    await sampled(town, desks[Role.SITE], resident, TestKind.NAT, "2021-01-07 10:00")
    await town.until("2021-01-07 16:00")
    await sampled(town, desks[Role.SITE], resident, TestKind.NAT, "2021-01-07 10:00", ResultValue.POSITIVE)

    assert desks[Role.HEALTH].times("检测阳性")[0] == desks[Role.COUNTY].times("检测阳性")[0] == "01-07 16:00"
    text = resident.heard("会就这次检测给您打电话", at="2021-01-07 16:00").text
    assert "阳性" not in text and "感染" not in text
    for desk in (desks[Role.HEALTH], desks[Role.COUNTY]):
        for alert in await desk.open_alerts():
            if alert.kind is AlertKind.POSITIVE_RESULT and alert.acknowledged_by is None:
                await desk.acknowledges(alert)
    await town.until("2021-01-07 18:10")
    assert desks[Role.HEALTH].times("直报时限") == ["01-07 17:00", "01-07 17:30"]
    assert desks[Role.COUNTY].times("直报时限")[0] == "01-07 18:00"
    (plan,) = (await resident.gateway.plans()).plans
    assert plan.state == "held"


async def test_a_positive_antibody_alone_is_for_health_and_experts_to_decide(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-22 16:20")
    follow_up = await included(town, resident, "2021-01-22 16:20")
    assert follow_up is not None
    await sampled(town, desks[Role.SITE], resident, TestKind.NAT, "2021-01-22 16:20", ResultValue.NEGATIVE)
    await town.until("2021-01-23 16:30")
    for test in (TestKind.NAT, TestKind.ANTIBODY):
        await sampled(town, desks[Role.SITE], resident, test, "2021-01-23 16:30")
    await town.until("2021-01-25 16:00")
    await sampled(town, desks[Role.SITE], resident, TestKind.NAT, "2021-01-23 16:30", ResultValue.NEGATIVE)
    await sampled(town, desks[Role.SITE], resident, TestKind.ANTIBODY, "2021-01-23 16:30", ResultValue.POSITIVE)

    told = desks[Role.HEALTH].heard("核酸阴性、抗体阳性", at="2021-01-25 16:00").text
    assert "截止 1月26日星期二 16:00" in told and "疫苗接种史" in told
    desks[Role.EXPERT].heard("核酸阴性、抗体阳性", at="2021-01-25 16:00")
    resident.heard_nothing("阳性")
    await desks[Role.EXPERT].acknowledges(
        next(alert for alert in await desks[Role.EXPERT].open_alerts() if alert.kind is AlertKind.ANTIBODY_ONLY)
    )
    await town.until("2021-01-26 12:00")
    (plan,) = (await resident.gateway.plans()).plans
    assert plan.state == "held", "only experts end it"

    await town.house.follow_ups.close(
        follow_up.id, official=desks[Role.EXPERT].official, reason="接种史所致,专家组评估无感染风险"
    )
    await town.quiet()
    resident.heard("全部完成", at="2021-01-26 12:00")


async def test_the_demo_town_follows_somebody_up_and_loading_it_again_changes_nothing(town: Town) -> None:
    async def progress(_done: int, _of: int) -> None: ...

    await town.house.demo.load(progress, people=4)
    await town.house.demo.load(progress, people=4)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        residents = await work.residents.listed()
        found = [one for person in residents for one in await work.follow_ups.of_resident(person.id)]
        states = {item.key: item.state for one in found for item in await work.follow_ups.items(one.id)}
    assert sorted(one.profile for one in found) == ["close_contact", "periodic_14"]
    assert states["nat-d1"] == "done"


async def test_a_rolling_test_comes_round_again_when_it_was_taken(town: Town) -> None:
    resident, desks = await town.resident("孙强"), await desks_of(town)
    follow_up = await town.house.follow_ups.place(
        resident.id,
        profile="periodic_14",
        anchors={"last_sample": date(2021, 1, 3)},
        reason="冷链从业人员",
        official=desks[Role.COUNTY].official,
    )
    await town.until("2021-01-17 10:00")
    assert resident.times("请在1月17日星期日 18:00前完成") == ["01-16 18:00", "01-17 08:00"]
    await sampled(town, desks[Role.SITE], resident, TestKind.NAT, "2021-01-17 10:00")
    resident.heard("1月31日星期日 18:00之前完成", at="2021-01-17 10:00")
    await town.until("2021-01-17 19:00")
    desks[Role.GRID_WORKER].heard_nothing("未按时检测")

    await resident.gateway.stop(key="stop")
    await town.until("2021-01-31 18:00")
    resident.heard_nothing("请在1月31日")  # routine pushes are stopped; the grid worker hears it all the same
    assert desks[Role.GRID_WORKER].times("未按时检测") == ["01-31 18:00"]
    (plan,) = (await resident.gateway.plans()).plans
    assert plan.follow_up_id == follow_up.id and [item.state for item in plan.items] == ["done", "pending"]
