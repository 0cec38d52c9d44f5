"""The page of channels: added, tried out with the provider's own answer, paused, removed and brought back."""

import re

from redis.asyncio import Redis
from sqlalchemy import select

from gateway.channels.pacing import RobotPacer
from gateway.channels.robots import RobotChannel
from gateway.channels.wecom import WeCom
from gateway.domain.kinds import ChannelName, Role
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.town import Town
from tests.console.conftest import SignIn
from tests.support.fake_robots import FakeRobots

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


async def test_a_robot_is_added_tried_out_paused_removed_and_brought_back(
    town: Town, sign_in: SignIn, redis: Redis
) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    township = await town.official("街道办", Role.TOWNSHIP, "370102001")
    stranger = await town.official("青岛孙", Role.COUNTY, "370202")
    desk = {
        "channel": "wecom",
        "label": "区指挥部群",
        "area": "370102 历下区",
        "role": ["county", "township"],
        "hears": ["alerts"],
        "robots": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
    }
    async with FakeRobots(town.clock) as robots:
        channel = RobotChannel(WeCom(), RobotPacer(redis, town.clock), town.clock, robots.url)
        town.house.desk_addresses.channels[ChannelName.WECOM] = channel  # type: ignore[index]
        browser = await sign_in(county)
        assert "还没有通知渠道" in (await browser.opens("/console/channels")).text
        for wrong, words in (
            ({"robots": "https://example.test/"}, "第 1 行不是该产品给出的地址"),
            ({"role": []}, "请至少选择一个岗位"),
            ({"mentions": "110"}, "11 位手机号"),
            ({"area": "370202"}, "本辖区"),
            ({"channel": "email", "robots": "desk@gateway.test"}, "未配置该类渠道"),
        ):
            answer = await browser.sends("/console/channels", **{**desk, **wrong})
            assert answer.status_code in (403, 409, 422) and words in answer.text, words

        added = await browser.sends("/console/channels", **desk)
        assert "区指挥部群" in added.text and KEY not in added.text
        path = re.search(r'action="(/console/channels/[^"]+)/test"', added.text)
        assert path is not None
        assert "服务商已接收" in (await browser.sends(f"{path[1]}/test")).text
        assert "区指挥部群" in robots.of(KEY)[0].text and "/console/channels" in robots.of(KEY)[0].text
        robots.faults.append((93004, "机器人已被移出群聊"))
        town.clock.move_to(town.moment("07:30"))
        assert "93004 机器人已被移出群聊" in (await browser.sends(f"{path[1]}/test")).text

        for foreign in (await sign_in(township), await sign_in(stranger)):
            assert (await foreign.sends(f"{path[1]}/test")).status_code in (403, 404)
            assert (await foreign.sends(f"{path[1]}/remove")).status_code in (403, 404)
            assert "区指挥部群" not in (await foreign.opens("/console/channels")).text
        assert "已暂停" in (await browser.sends(f"{path[1]}/pause")).text
        removed = await browser.sends(f"{path[1]}/remove")
        assert "还没有通知渠道" in removed.text and "撤销" in removed.text
        assert "区指挥部群" in (await browser.sends(f"{path[1]}/resume")).text
        english = (await browser.opens("/console/channels?lang=en")).text
        assert "in use" in english and "93004" in english

    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        query = select(t.audit.c.action).where(t.audit.c.object_kind == "desk_address").order_by(t.audit.c.number)
        actions = list((await work.connection.execute(query)).scalars())
    assert [one.removeprefix("channel.") for one in actions] == ["add", "test", "test", "pause", "remove", "resume"]
    await channel.close()
