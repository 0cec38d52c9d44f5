"""Whom no channel reaches, somebody phones; whoever looks in after all is left alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from bot.errors import NotAccepted
from gateway.channels.webpush import WebPushChannel
from gateway.domain.broadcasts import Audience, Schedule
from gateway.domain.kinds import AlertKind, ChannelName, Role
from gateway.domain.pushes import Subscription
from gateway.domain.scopes import Scope
from gateway.services.broadcasts import Said, Writing
from gateway.town import Neighbour, Town
from gateway.wire.push_keys import private_key, public_key
from tests.support.fake_push import FakePush


async def told_and_not_seen(town: Town) -> Neighbour:
    """A resident whose doctor took up a report, and who has not opened the page since."""
    resident = await town.resident("王芳", area="370102001")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    await resident.reports_symptoms("fever", temperature=38.2)
    await doctor.acknowledges()
    await doctor.resolves("advised")
    return resident


async def test_the_grid_worker_is_asked_to_phone_with_the_next_mornings_round(town: Town) -> None:
    grid_worker = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    resident = await told_and_not_seen(town)
    stranger = await town.resident("赵某", area="370102001")
    _, shown = await town.talking.pages.snapshot(int(resident.handle))
    for message in shown:  # what another's chat says of it counts for nothing
        await stranger.gateway.seen(UUID(str(message["delivery"])))
    await town.until("2021-01-16 07:59")
    grid_worker.heard_nothing("无法联系")
    await town.until("2021-01-16 08:00")
    grid_worker.heard("无法联系", at="2021-01-16 08:00")


async def test_nobody_phones_somebody_who_has_looked_in_meanwhile(town: Town) -> None:
    grid_worker = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    resident = await told_and_not_seen(town)
    await town.until("2021-01-15 12:00")
    await resident.looks()
    await town.until("2021-01-16 09:00")
    grid_worker.heard_nothing("无法联系")


async def test_a_phone_in_a_pocket_is_told_that_there_is_a_message_before_anybody_phones(town: Town) -> None:
    """After two hours unseen; the notice says nothing of a fever. Whoever looks then is not phoned."""
    grid = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    root = town.house.record.vault.transcript_key
    async with FakePush(public_key=public_key(root)) as push:
        channel = WebPushChannel(private_key(root), "mailto:post@gateway.test", town.clock, [push.url])
        town.house.deliveries.channels[ChannelName.WEBPUSH] = channel  # type: ignore[index]
        resident = await told_and_not_seen(town)
        with pytest.raises(NotAccepted):  # over the API only the push services of this house's settings
            await resident.gateway.subscribe(**push.subscribes("elsewhere"))
        speaker = await town.house.residents.speaker(resident.channel, resident.handle)
        await town.house.residents.subscribe(speaker, Subscription(**push.subscribes("phone")), [push.url])

        await town.until("2021-01-15 09:19")
        assert push.browsers["phone"].told == []
        await town.until("2021-01-15 09:21")
        told = push.browsers["phone"].told
        assert told and {one["text"] for one in told} == {"您有一条新消息，请打开聊天查看。"}
        await resident.looks()
        await town.until("2021-01-16 08:01")
        grid.heard_nothing("无法联系")

        push.browsers["phone"].gone = True  # the browser has unsubscribed: the address is dropped, somebody phones
        doctor = next(one for one in town._people.values() if one.name == "陈医生")
        await resident.reports_symptoms("fever", temperature=39.0)
        await doctor.acknowledges()  # type: ignore[attr-defined]
        await doctor.resolves("advised")  # type: ignore[attr-defined]
        await town.until("2021-01-17 08:01")
        grid.heard("无法联系", at="2021-01-17 08:00")
        async with town.house.transactions.begin(Scope.of_work("test")) as work:
            kept = await work.addresses.find(ChannelName.WEBPUSH, Subscription(**push.subscribes("phone")).handle)
            assert kept is not None and not kept.reachable
            assert await work.push_subscriptions.of([kept.id]) == {}
        await channel.close()


async def test_who_sleeps_till_ten_is_woken_by_what_is_urgent_only(town: Town) -> None:
    """Quiet hours of one's own: they hold for a message to many, and for what is passed on at night."""
    writer = await town.official("宣传刘", Role.PUBLISHER, "370102")
    second = await town.official("发布人钱", Role.PUBLISHER, "370102")
    doctor = await town.official("陈医生", Role.DOCTOR, "370102001")
    sleeper, other = [await town.resident(name, area="370102001") for name in ("王芳", "赵一")]

    async def says_to_all(title: str) -> None:
        said = {"zh_Hans_CN": Said(title, "请知悉。"), "en": Said(title, "Please note.")}
        writing = Writing(said, Audience(areas=("370102001",)), Schedule(wakes=False))
        drafted = await town.house.broadcasts.write(writing, official=writer.official)
        await town.house.broadcasts.approve(drafted.id, drafted.content_hash, official=second.official)

    await sleeper.types("晚上8点到上午10点别打扰我")
    assert "20:00至10:00只发紧急消息" in (await sleeper.sees())[-1]
    await town.until("2021-01-15 08:00")
    await says_to_all("今晚停水")
    await sleeper.reports_symptoms("fever", temperature=38.2)
    await doctor.acknowledges()
    await doctor.resolves("advised")
    await town.until("2021-01-15 09:59")
    other.heard("今晚停水", at="2021-01-15 08:00")
    sleeper.heard("已核实", at="2021-01-15 08:00")  # what somebody waits for is said at once
    sleeper.heard_nothing("今晚停水")
    await town.until("2021-01-15 10:00")
    sleeper.heard("今晚停水", at="2021-01-15 10:00")

    root = town.house.record.vault.transcript_key
    async with FakePush(public_key=public_key(root)) as push:
        channel = WebPushChannel(private_key(root), "mailto:post@gateway.test", town.clock, [push.url])
        town.house.deliveries.channels[ChannelName.WEBPUSH] = channel  # type: ignore[index]
        for neighbour, browser in ((sleeper, "hers"), (other, "his")):
            speaker = await town.house.residents.speaker(neighbour.channel, neighbour.handle)
            await town.house.residents.subscribe(speaker, Subscription(**push.subscribes(browser)), [push.url])
            await neighbour.looks()
        await town.until("2021-01-15 18:30")
        await says_to_all("明天有水")
        await town.until("2021-01-15 20:31")
        assert len(push.browsers["his"].told) == 1
        assert push.browsers["hers"].told == []
        await town.until("2021-01-16 10:00")
        assert len(push.browsers["hers"].told) == 1
        await channel.close()


async def test_a_message_to_many_that_nobody_opens_rings_once_and_fills_the_phone_list(town: Town) -> None:
    writer = await town.official("宣传刘", Role.PUBLISHER, "370102")
    second = await town.official("发布人钱", Role.PUBLISHER, "370102")
    grid_worker = await town.official("李网格", Role.GRID_WORKER, "37010200100001")
    crowd = [await town.resident(name, area="370102001") for name in ("王芳", "赵一", "钱二")]
    said = {"zh_Hans_CN": Said("今晚停水", "请储水。"), "en": Said("No water tonight", "Please store water.")}
    drafted = await town.house.broadcasts.draft(said, area="370102001", official=writer.official)
    await town.house.broadcasts.approve(drafted.id, drafted.content_hash, official=second.official)
    await town.wait(timedelta(hours=3))

    async def listed() -> list[str | None]:
        found = await town.house.broadcast_runs.calls(official=grid_worker.official)
        return sorted(one.identity.name or "" for one in found)

    assert await listed() == ["王芳", "赵一", "钱二"]
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        rung = [alert.kind for alert in await work.alerts.listed()]
    assert rung == [AlertKind.BROADCAST_UNSEEN], "one for all of them, and none for each"
    await town.until("2021-01-16 08:00")
    grid_worker.heard("有人未看到通知", at="2021-01-16 08:00")
    assert sum("未看到" in one.text for one in grid_worker.messages) == 1

    await crowd[0].looks()
    assert await listed() == ["赵一", "钱二"], "who looks in after all is phoned by nobody"
