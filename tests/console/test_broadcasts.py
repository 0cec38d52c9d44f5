"""A broadcast from the first word to the last phone call, on officials' pages."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from gateway.domain.kinds import AddressId, BroadcastId, ChannelName, RecipientState, Role
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.town import Desk, Neighbour, Town
from tests.console.conftest import SignIn

STREET, COUNTY = "370102001", "370102"
GRID = f"{STREET}00001"


async def same_person(town: Town, desk: Desk, neighbour: Neighbour) -> None:
    """The official is this resident: one chat is both."""
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        shared = Address(
            AddressId(uuid4()), ChannelName.SMS, uuid4().hex, resident_id=neighbour.id, official_id=desk.official.id
        )
        await work.addresses.add(shared, now=town.clock.now())


async def unreachable(town: Town, neighbour: Neighbour) -> None:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        for address in await work.addresses.of_residents([neighbour.id]):
            await work.addresses.set_state(address.id, "blocked")


def smaller(town: Town) -> None:
    """So few at once that a pause falls into the middle."""
    town.house = replace(town.house, broadcast_runs=replace(town.house.broadcast_runs, gathered=7, written=3, window=3))


async def die_in_the_middle(town: Town, broadcast_id: BroadcastId, times: int) -> None:
    """A worker that dies at another await each time, with whatever it had begun."""
    for number in range(times):
        task = asyncio.ensure_future(town.house.broadcast_runs.carry_on(broadcast_id))
        for _ in range(number * 3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def figures_close(town: Town, broadcast_id: BroadcastId, snapshot: int) -> None:
    """The account that is kept with every step says what counting anew says."""
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        kept = (await work.broadcasts.get(broadcast_id)).figures
        counted = await work.broadcasts.reasons(broadcast_id)
    anew: dict[str, int] = {}
    for (state, _), people in counted.items():
        name = RecipientState.WAITING if state is RecipientState.QUEUED else state
        anew[name] = anew.get(name, 0) + people
    assert {name: people for name, people in kept.items() if people} == anew
    assert sum(kept.values()) == snapshot


def form(**more: str) -> dict[str, str]:
    return {
        "title.zh_Hans_CN": "今晚停水",
        "text.zh_Hans_CN": "((姓名|街坊))您好,今晚停水,请储水。",
        "areas": COUNTY,
        "nearest": GRID,
        "act": "save",
        **more,
    }


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, pattern
    return match[1]


@pytest.mark.rule("SD-3.1.3-b", "BN-2.5.2-a", "DP-2.2-b")
async def test_a_broadcast_is_written_approved_paused_survives_a_crash_and_ends_on_the_phone_list(
    town: Town, sign_in: SignIn
) -> None:
    writer = await town.official("宣传刘", Role.PUBLISHER, COUNTY)
    again = await town.official("宣传刘2", Role.PUBLISHER, COUNTY)
    second = await town.official("发布人钱", Role.PUBLISHER, COUNTY)
    grid = await town.official("网格员李", Role.GRID_WORKER, GRID)
    person = await town.resident("刘本人", area="370103002")
    await same_person(town, writer, person)
    crowd = await town.crowd("居民", 14, area=STREET)
    far = await town.crowd("远处", 4, area="370102003")
    english = await town.resident("Mira", area=STREET, language="en")
    silent = await town.resident("孙老", area=STREET)
    await unreachable(town, silent)
    desk, other, caller = await sign_in(writer), await sign_in(second), await sign_in(grid)

    # written: reach, languages and lint before anything is kept
    looked = (await desk.sends("/console/broadcasts", **form(act="look"))).text
    assert "总人数" in looked
    assert found(r"总人数</dt><dd class=\"figures\"><b>(\d+)", looked) == "20"
    assert "1人使用英文，将收到中文版" in looked
    assert "街坊您好" in looked
    refused = await desk.sends("/console/broadcasts", **form(**{"text.zh_Hans_CN": "王小明,身份证370102199001011234"}))
    assert refused.status_code == 422
    assert "found-never" in refused.text
    unclear = await desk.sends("/console/broadcasts", **form(areas="鼓楼区\n370102999"))
    assert unclear.status_code == 422
    assert "有多个同名地区" in unclear.text
    kept = await desk.sends("/console/broadcasts", **form(**{"title.en": "No water", "text.en": "No water tonight."}))
    broadcast_id = BroadcastId(UUID(found(r"/console/broadcasts/([0-9a-f-]{36})/words", kept.text)))
    path = f"/console/broadcasts/{broadcast_id}"
    await desk.sends(f"{path}/trial")
    await town.quiet()
    assert "试发" in writer.heard("今晚停水").text
    crowd[0].heard_nothing()

    # approved: by another person, not by another account, and exactly as read
    content_hash = found(r'name="content_hash" value="([0-9a-f]{64})"', (await other.opens(path)).text)
    await same_person(town, again, person)
    for browser in (desk, await sign_in(again)):
        assert (await browser.sends(f"{path}/release", content_hash=content_hash)).status_code == 403
    assert (await caller.opens(path)).status_code == 404, "another scope's broadcast does not exist"
    await other.sends(f"{path}/release", content_hash=content_hash)
    approved = (await desk.opens(path)).text
    assert "已批准待发" in approved
    assert "发布人钱" in approved

    # an edit voids it, whoever edited cannot release it, and the old hash is worth nothing
    edited = found(r'name="content_hash" value="([0-9a-f]{64})"', (await other.opens(f"{path}/words")).text)
    await other.sends(f"{path}/words", **form(**{"text.zh_Hans_CN": "今晚停水,请储水。"}, content_hash=edited))
    third = await town.official("第三人", Role.PUBLISHER, COUNTY)
    last = await sign_in(third)
    assert "批准后修改，批准作废" in (await last.opens(path)).text
    assert (await last.sends(f"{path}/release", content_hash=content_hash)).status_code == 409
    content_hash = found(r'name="content_hash" value="([0-9a-f]{64})"', (await last.opens(path)).text)
    assert (await other.sends(f"{path}/release", content_hash=content_hash)).status_code == 403
    await last.sends(f"{path}/release", content_hash=content_hash)

    # going out: nearest first, paused in the middle, a worker that dies, and on
    smaller(town)
    runs = town.house.broadcast_runs
    await die_in_the_middle(town, broadcast_id, 25)
    for _ in range(6):
        await runs.carry_on(broadcast_id)
    await town.house.deliveries.send_due()
    first_heard = [one.name for one in (*crowd, *far) if one.messages]
    assert first_heard, "somebody has heard"
    assert all(name.startswith("居民") for name in first_heard), "the nearest ring is told first"
    await desk.sends(f"{path}/pause")
    heard_before = len(town.said)
    await town.wait(timedelta(minutes=10))
    assert len(town.said) == heard_before, "nothing leaves while it is paused"
    paused = (await desk.opens(path)).text
    assert "已暂停" in paused
    await figures_close(town, broadcast_id, 20)
    await desk.sends(f"{path}/resumption")
    await die_in_the_middle(town, broadcast_id, 25)
    await town.wait(timedelta(minutes=2))
    for one in (*crowd, *far, english):
        assert len([said for said in one.messages if "水" in said.text or "water" in said.text]) == 1, one.name
    await figures_close(town, broadcast_id, 20)
    ended = (await desk.opens(path)).text
    assert "已发完" in ended
    assert found(r"已发送</dt><dd class=\"figures\">(\d+)", ended) == "19"

    # corrected to exactly those who got it
    newcomer = await town.resident("新来的", area=STREET)
    corrected = await desk.sends(
        f"{path}/correction", **form(**{"title.zh_Hans_CN": "更正:不停水", "text.zh_Hans_CN": "今晚不停水。"})
    )
    correction = found(r"/console/broadcasts/([0-9a-f-]{36})/words", corrected.text)
    mark = found(
        r'name="content_hash" value="([0-9a-f]{64})"', (await last.opens(f"/console/broadcasts/{correction}")).text
    )
    await last.sends(f"/console/broadcasts/{correction}/release", content_hash=mark)
    await town.wait(timedelta(minutes=2))
    crowd[0].heard("今晚不停水")
    newcomer.heard_nothing()
    await figures_close(town, BroadcastId(UUID(correction)), 19)

    # the phone list of the grid worker
    calls = (await caller.opens(f"/console/calls?broadcast={broadcast_id}")).text
    assert "孙*" in calls
    assert "孙老" not in calls
    whole = await caller.sends("/console/calls/numbers", broadcast=str(broadcast_id), reason="电话告知停水")
    assert "孙老" in whole.text
    sheet = await caller.sends(
        "/console/calls/numbers", broadcast=str(broadcast_id), reason="电话告知停水", sheet="yes"
    )
    assert sheet.content[:2] == b"PK"
    recipient = found(r'action="/console/calls/([0-9a-f-]{36})"', calls)
    stranger = await sign_in(await town.official("外区网格", Role.GRID_WORKER, "37010300100001"))
    assert (await stranger.sends(f"/console/calls/{recipient}", result="told")).status_code == 404
    await caller.sends(f"/console/calls/{recipient}", result="told")
    assert "没有需要打电话的人" in (await caller.opens("/console/calls")).text
    assert "已电话告知" in (await caller.opens("/console/calls?done=yes")).text


async def test_what_was_stopped_accounts_for_everybody_and_a_reason_lets_a_door_number_pass(
    town: Town, sign_in: SignIn
) -> None:
    await town.activate("demo-county", area=COUNTY)
    writer = await town.official("区指挥部郑", Role.COUNTY, COUNTY)
    second = await town.official("发布人钱", Role.PUBLISHER, COUNTY)
    community = await town.official("社区周", Role.COMMUNITY, STREET)
    crowd = await town.crowd("居民", 9, area=STREET)
    desk, other = await sign_in(writer), await sign_in(second)

    text = {"text.zh_Hans_CN": "采样点设在3号楼101室。", "title.zh_Hans_CN": "采样点"}
    kept = await desk.sends("/console/broadcasts", **form(**text, acknowledged="yes"))
    path = f"/console/broadcasts/{found(r'/console/broadcasts/([0-9a-f-]{36})/words', kept.text)}"
    page = (await other.opens(path)).text
    mark = found(r'name="content_hash" value="([0-9a-f]{64})"', page)
    assert "found-reason" in page
    assert (await other.sends(f"{path}/rejection", content_hash=mark)).status_code == 422, "a reason is needed"
    assert (await other.sends(f"{path}/release", content_hash=mark)).status_code == 422
    await other.sends(f"{path}/release", content_hash=mark, waiver="采样点地址,不涉及住户")
    smaller(town)
    broadcast_id = BroadcastId(UUID(path.rsplit("/", 1)[1]))
    for _ in range(3):
        await town.house.broadcast_runs.carry_on(broadcast_id)
    await town.house.deliveries.send_due()
    community.heard("群发通知待确认")
    assert (await desk.sends(f"{path}/stop")).status_code == 422, "a reason is needed"
    await desk.sends(f"{path}/stop", reason="发错了")
    await town.wait(timedelta(minutes=5))
    heard = [one for one in crowd if one.messages]
    assert 0 < len(heard) < len(crowd)
    await figures_close(town, broadcast_id, 9)
    ended = (await desk.opens(path)).text
    assert "发错了" in ended
    assert "采样点地址,不涉及住户" in ended
    assert found(r"未发</dt><dd class=\"figures\">(\d+)", ended) == str(9 - len(heard))
