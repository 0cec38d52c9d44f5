"""Robots of groups hear what desks hear: within their limits, urgent first, nothing lost, refusals in plain sight."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from gateway.channels.dingtalk import DingTalk
from gateway.channels.feishu import Feishu
from gateway.channels.pacing import Pacer, RobotPacer
from gateway.channels.robots import RobotChannel
from gateway.channels.telegram import TelegramChannel
from gateway.channels.wecom import WeCom
from gateway.clock import SystemClock
from gateway.domain.desk_addresses import DeskAddress
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import AlertId, AlertKind, ChannelName, DeliveryState, Hears, Level, Role, Severity
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.services.alerts import Raising
from gateway.services.desk_addresses import Wanted
from gateway.town import Desk, Town
from tests.support.fake_robots import FakeRobots
from tests.support.fake_telegram import FakeTelegram

WORK = Scope.of_work("test")
MINUTE = timedelta(minutes=1)
#: As people paste them.
PASTED = {
    ChannelName.DINGTALK: "https://oapi.dingtalk.com/robot/send?access_token={0} SEC-{0}",
    ChannelName.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={0}",
    ChannelName.FEISHU: "https://open.feishu.cn/open-apis/bot/v2/hook/{0} SEC-{0}",
}


@pytest.fixture
async def robots(town: Town, redis: Redis) -> AsyncIterator[FakeRobots]:
    """The three products, reached by the real adapters on the town's clock."""
    async with FakeRobots(town.clock) as server:
        pacer = RobotPacer(redis, town.clock)
        channels = [RobotChannel(one, pacer, town.clock, server.url) for one in (DingTalk(), WeCom(), Feishu())]
        town.house.desk_addresses.channels.update({one.name: one for one in channels})  # type: ignore[attr-defined]
        yield server
        for channel in channels:
            await channel.close()


async def group(
    town: Town,
    by: Desk,
    channel: ChannelName,
    *tokens: str,
    area: str = "370102",
    role: Role = Role.COUNTY,
    calls: str = "",
) -> DeskAddress:
    wanted = Wanted(
        channel=channel,
        label=f"{channel} {tokens[0]}",
        area=area,
        roles=(role,),
        hears=(Hears.ALERTS, Hears.DIGESTS),
        language="zh_Hans_CN",
        robots="\n".join(PASTED[channel].format(token) for token in tokens),
        mentions=calls,
    )
    return await town.house.desk_addresses.add(wanted, official=by.official)


async def raises(town: Town, severities: list[Severity], kind: AlertKind = AlertKind.SYMPTOMS) -> None:
    """So many alerts for the county's desk, all at this moment."""
    now = town.clock.now()
    async with town.house.transactions.begin(WORK) as work:
        for severity in severities:
            await town.house.alerts.raise_(work, a_raising(town, severity, kind))
    assert now == town.clock.now()
    await town.quiet()


def a_raising(town: Town, severity: Severity, kind: AlertKind) -> Raising:
    return Raising(
        kind=kind,
        severity=severity,
        area="370102001001",
        dedup_key=uuid4().hex,
        facts={},
        rules=("SD-3.3.1-a",),
        policy_code="test",
        ladder=(LadderStep(Level.L4, (Role.COUNTY,), town.clock.now()),),
        resolve_within=timedelta(days=1),
        evidence="王芳说她发热了",
    )


async def states(town: Town, desk: DeskAddress) -> Counter[str]:
    async with town.house.transactions.begin(WORK) as work:
        return Counter((await work.desk_addresses.counts([desk.id], town.clock.now() - timedelta(days=1)))[desk.id])


def lines(text: str) -> list[str]:
    """The alerts one message speaks of."""
    numbered = re.findall(r"^\d+\. (.*)$", text, re.MULTILINE)
    return numbered or text.splitlines()[:1]


async def test_five_hundred_alerts_in_a_minute_reach_every_robot_urgent_first(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    desks = {
        "ding-token": await group(town, county, ChannelName.DINGTALK, "ding-token", calls="13800000001"),
        "wecom-token": await group(town, county, ChannelName.WECOM, "wecom-token"),
        "feishu-token": await group(town, county, ChannelName.FEISHU, "feishu-token"),
    }
    robots.secrets.update({"ding-token": "SEC-ding-token", "feishu-token": "SEC-feishu-token"})
    began = town.clock.now()
    await raises(town, [Severity.HIGH])
    (alert,) = await county.open_alerts()

    async def rings(severities: list[Severity]) -> None:
        """As so many alerts do, without the rest of what an alert sets going."""
        async with town.house.transactions.begin(WORK) as work:
            about = await work.alerts.get(AlertId(alert.id))
            for severity in severities:
                await town.house.alerts.outbox.to_desks(
                    work,
                    desks.values(),
                    "desk_alert",
                    {
                        "kind": about.kind,
                        "severity": severity,
                        "area": "370102001",
                        "raised_at": town.clock.now().isoformat(),
                        "level": "L4",
                        "round": 0,
                    },
                    now=town.clock.now(),
                    alert=about,
                    urgent=severity is Severity.URGENT,
                    dedup=uuid4().hex,
                )
        await town.quiet()

    await rings([Severity.HIGH] * 199)
    await town.wait(timedelta(seconds=20))
    second_wave = town.clock.now()
    await rings([Severity.HIGH] * 200 + [Severity.URGENT] * 60)
    await town.wait(timedelta(seconds=20))
    await rings([Severity.HIGH] * 40)
    await town.wait(timedelta(minutes=3))

    assert robots.refused() == []
    for token, desk in desks.items():
        heard = robots.of(token)
        assert await states(town, desk) == {DeliveryState.SENT: 500}
        assert sum(len(lines(one.text)) for one in heard) == 500
        assert max(sum(at.at <= one.at < at.at + MINUTE for one in heard) for at in heard) <= 18
        assert heard[0].at == began  # the first does not wait for company
        later = [line for one in heard if one.at > second_wave for line in lines(one.text)]
        urgent = [number for number, line in enumerate(later) if line.startswith("紧急")]
        assert max(urgent, default=-1) == len(urgent) - 1  # before everything else that waited
        assert sum(line.startswith("紧急") for one in heard for line in lines(one.text)) == 60
        assert all("王芳" not in one.text and "/console/alerts" in one.text for one in heard)
    called = [one for one in robots.of("ding-token") if one.mentions]
    assert called and all("紧急" in one.text for one in called)
    assert len(county.messages) == 1  # people hear by themselves, and wait for no robot


async def test_a_pool_of_robots_shares_a_group_and_stands_in_for_one_that_left(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    desk = await group(town, county, ChannelName.WECOM, "first-robot", "second-robot", calls="13800000001")
    await raises(town, [Severity.URGENT] * 30)
    await town.wait(MINUTE)
    assert robots.of("first-robot") and robots.of("second-robot")

    robots.removed.add("first-robot")
    await raises(town, [Severity.URGENT])
    await town.wait(MINUTE)
    assert await states(town, desk) == {DeliveryState.SENT: 31}


async def test_what_a_provider_refuses_stands_on_the_delivery_and_with_the_administrators(
    town: Town, robots: FakeRobots
) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    administrator = await town.official("管理员", Role.ADMINISTRATOR, "")
    shut_out = await group(town, county, ChannelName.DINGTALK, "shut-out")
    unlucky = await group(town, county, ChannelName.FEISHU, "unlucky-one")
    gone = await group(town, county, ChannelName.WECOM, "gone-robot")
    robots.keywords["unlucky-one"] = "疫情"
    robots.removed.add("gone-robot")
    for _ in range(20):  # somebody else uses the same robot, and has spent its minute
        robots._too_fast("shut-out", 20, MINUTE)

    await raises(town, [Severity.URGENT])

    said = {one.to: one.why for one in await town.house.desks.ledger(official=county.official) if one.is_official}
    assert said[shut_out.label] == "130101 send too fast, exceed 20 times per minute"
    assert said[unlucky.label] == "19024 Key Words Not Found"
    assert said[gone.label] == "93000 invalid webhook url, hint: [1, from ip: 1.2.3.4]"
    administrator.heard("服务商拒收")
    views = {view.desk.id: view for view in await town.house.desk_addresses.listed(official=county.official)}
    assert views[shut_out.id].waiting == 1
    assert views[shut_out.id].desk.blocked_until == town.clock.now() + timedelta(minutes=10)
    assert views[gone.id].desk.state == "stopped"  # nobody knocks there again before a test succeeds

    await town.wait(timedelta(minutes=11))
    assert len(robots.of("shut-out")) == 1
    robots.removed.clear()
    robots.keywords.clear()
    tested = await town.house.desk_addresses.test(gone.id, official=county.official)
    assert (tested.state, tested.tested) == ("active", ("ok",))
    await town.wait(MINUTE)
    await raises(town, [Severity.URGENT])
    assert len(robots.of("gone-robot")) == 2 and len(robots.of("unlucky-one")) == 1


async def test_what_waits_for_a_channel_that_was_removed_is_dropped_after_a_day(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    desk = await group(town, county, ChannelName.DINGTALK, "shut-out")
    for _ in range(20):
        robots._too_fast("shut-out", 20, MINUTE)
    await raises(town, [Severity.URGENT])
    await town.house.desk_addresses.remove(desk.id, official=county.official)
    await town.wait(timedelta(hours=23))
    assert (await states(town, desk))["retry"] == 1, "a removal can be taken back"
    await town.wait(timedelta(hours=2))
    waits = await states(town, desk)
    assert "retry" not in waits and "pending" not in waits
    said = [one.why for one in await town.house.desks.ledger(official=county.official) if one.to == desk.label]
    assert said == ["paused too long"]


async def test_a_group_hears_who_took_it_and_never_of_a_cry_for_help(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    township = await town.official("街道办", Role.TOWNSHIP, "370102001")
    await group(town, county, ChannelName.WECOM, "county-robot")
    await group(town, county, ChannelName.WECOM, "township-robot", area="370102001", role=Role.TOWNSHIP)
    await group(town, county, ChannelName.WECOM, "police-robot", role=Role.POLICE)
    await raises(town, [Severity.URGENT])
    assert len(robots.of("county-robot")) == 1 and not robots.of("township-robot")

    await county.acknowledges()
    await town.wait(MINUTE)
    assert "已接手" in robots.of("county-robot")[-1].text
    assert "郑县区" not in robots.of("county-robot")[-1].text

    resident = await town.resident("王芳", area="370102001")
    await town.official("民警刘", Role.POLICE, "370102001")
    await resident.gateway.heard("我不想活了", language="zh_Hans_CN", key="1")
    await town.wait(MINUTE)
    assert not robots.of("police-robot") and township.name


async def test_an_answer_that_was_lost_is_repeated_and_said_to_be(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    desk = await group(town, county, ChannelName.WECOM, "county-robot")
    robots.faults.append(("lost", ""))
    await raises(town, [Severity.URGENT])
    assert await states(town, desk) == {DeliveryState.RETRY: 1}

    await town.wait(MINUTE)
    assert await states(town, desk) == {DeliveryState.SENT: 1}
    assert len(robots.of("county-robot")) == 1


async def interrupted(work: Work, desk: DeskAddress, town: Town) -> None:
    waiting = await work.deliveries.waiting_at(desk.id, town.clock.now())
    await work.deliveries.claim_at(waiting, town.clock.now())


async def test_who_died_while_speaking_is_replaced_when_the_lease_ends(town: Town, robots: FakeRobots) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    desk = await group(town, county, ChannelName.WECOM, "county-robot")
    async with town.house.transactions.begin(WORK) as work:
        await town.house.alerts.raise_(work, a_raising(town, Severity.URGENT, AlertKind.SYMPTOMS))
        await interrupted(work, desk, town)
    await town.quiet()
    assert not robots.heard

    town.clock.move_to(town.clock.now() + MINUTE)
    await town.quiet()
    (said,) = robots.of("county-robot")
    assert said.text.startswith("重复发送")


async def test_a_telegram_group_is_bound_by_an_officials_code_and_followed_where_it_moves(
    town: Town, robots: FakeRobots, redis: Redis
) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    stranger = await town.official("青岛孙", Role.COUNTY, "370202")
    resident = await town.resident("王芳", area="370102001")
    wanted = Wanted(ChannelName.TELEGRAM, "区群", "370102", (Role.COUNTY,), (Hears.ALERTS,), "zh_Hans_CN", "")
    async with FakeTelegram() as telegram:
        channel = TelegramChannel(telegram.token, Pacer(redis, "42", SystemClock()), api_url=telegram.url)
        town.house.desk_addresses.channels[ChannelName.TELEGRAM] = channel  # type: ignore[index]
        desk, code = await town.house.desk_addresses.await_group(wanted, official=county.official)
        given = {"code": code, "chat": "-5", "topic": 7}

        for other in (stranger, resident):
            assert (await other.calls("POST", "/v1/desk-groups", given)).status_code in (401, 404)
        await raises(town, [Severity.URGENT])
        assert not telegram.sent_to(-5)  # nothing reaches a group that nobody has confirmed
        bound = await county.calls("POST", "/v1/desk-groups", given)
        assert (bound.status_code, bound.json()["label"]) == (201, "区群")
        assert (await county.calls("POST", "/v1/desk-groups", given)).status_code == 404  # a code works once

        telegram.migrated[-5] = -1005
        await raises(town, [Severity.URGENT])
        await town.wait(MINUTE)
        await raises(town, [Severity.URGENT])
        await channel.close()
    moved = telegram.sent_to(-1005)
    assert [one["message_thread_id"] for one in moved] == [7, 7] and "王芳" not in str(moved)
    async with town.house.transactions.begin(WORK) as work:
        found = await work.desk_addresses.get(desk.id)
    assert found.handle == "-1005/7"
