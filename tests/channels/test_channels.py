"""One contract for every way out: what a delivery may rely on, whichever channel carries it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.channels.memory import MemoryChannel
from gateway.channels.pacing import Pacer
from gateway.channels.receipts import Channel, Outgoing, Permanent, Temporary, Uncertain
from gateway.channels.telegram import TelegramChannel
from gateway.channels.webchat import WebChatChannel
from gateway.clock import Clock
from gateway.domain.kinds import DeliveryId, Lane
from gateway.wire import chats, pacing
from gateway.wire.pacing import Limits
from gateway.wire.seals import KeySeal
from tests.support.fake_telegram import FakeTelegram

MIRA = str(chats.FIRST_CHAT + 7)


@dataclass
class Way:
    """A channel, and how its other end looks."""

    channel: Channel
    redis: Redis
    seal: KeySeal
    telegram: FakeTelegram

    async def arrived(self) -> list[dict[str, Any]]:
        if isinstance(self.channel, MemoryChannel):
            return [{"text": heard.plain, "buttons": heard.buttons} for heard in self.channel.heard]
        if isinstance(self.channel, TelegramChannel):
            return [
                {
                    "text": sent["shown"],
                    "buttons": tuple(
                        tuple((button["text"], button["callback_data"]) for button in row)
                        for row in (sent.get("reply_markup") or {"inline_keyboard": []})["inline_keyboard"]
                    ),
                }
                for sent in self.telegram.sent_to(int(MIRA))
            ]
        entries = await self.redis.xrange(chats.keys_of(int(MIRA)).events)
        events = [chats.decode_event(entry, fields, chat=int(MIRA), seal=self.seal) for entry, fields in entries]
        return [
            {
                "text": event.body.text,
                "buttons": tuple(tuple((b.label, b.data) for b in row) for row in event.body.buttons),
            }
            for event in events
            if event.body is not None
        ]


@pytest.fixture(params=["memory", "webchat", "telegram"])
async def way(
    request: pytest.FixtureRequest, redis: Redis, seal: KeySeal, clock: Clock, telegram: FakeTelegram
) -> AsyncIterator[Way]:
    channels: dict[str, Channel] = {
        "memory": MemoryChannel(),
        "webchat": WebChatChannel(redis, seal, clock),
        "telegram": TelegramChannel(telegram.token, Pacer(redis, "42", clock), api_url=telegram.url),
    }
    yield Way(channels[request.param], redis, seal, telegram)
    for channel in channels.values():
        await channel.close()


@pytest.fixture
async def wire(redis: Redis, clock: Clock, telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(
        telegram.token, Pacer(redis, "42", clock), api_url=telegram.url, timeout=timedelta(seconds=0.5)
    )
    yield channel
    await channel.close()


def letter(text: str = "<b>Test</b> today &amp; tomorrow", plain: str = "Test today & tomorrow") -> Outgoing:
    return Outgoing(
        delivery_id=DeliveryId(uuid4()),
        address=MIRA,
        text=text,
        plain=plain,
        lane=Lane.ALERT,
        buttons=((("Take it", "al:ack:0"), ("Note", "al:note:0")),),
    )


async def test_a_message_arrives_with_its_buttons(way: Way) -> None:
    receipt = await way.channel.send(letter())

    assert receipt.reference
    assert await way.arrived() == [
        {"text": "Test today & tomorrow", "buttons": ((("Take it", "al:ack:0"), ("Note", "al:note:0")),)}
    ]


async def test_two_messages_have_two_references(way: Way) -> None:
    assert (await way.channel.send(letter())).reference != (await way.channel.send(letter())).reference


async def test_markup_the_other_side_cannot_read_goes_out_as_plain_words(way: Way) -> None:
    receipt = await way.channel.send(letter(text="<b>Fever <script>"))

    assert [message["text"] for message in await way.arrived()] == ["Test today & tomorrow"]
    assert receipt.fallback or isinstance(way.channel, MemoryChannel)


async def test_the_web_chat_hears_a_repeated_delivery_once(redis: Redis, seal: KeySeal, clock: Clock) -> None:
    channel, repeated = WebChatChannel(redis, seal, clock), letter()

    first, second = await channel.send(repeated), await channel.send(repeated)

    assert first.reference == second.reference
    assert await redis.xlen(chats.keys_of(int(MIRA)).events) == 1


async def test_nothing_a_resident_reads_stands_open_in_redis(redis: Redis, seal: KeySeal, clock: Clock) -> None:
    await WebChatChannel(redis, seal, clock).send(
        letter(text="Mira Canary has a fever", plain="Mira Canary has a fever")
    )

    keys = chats.keys_of(int(MIRA))
    stored = str(await redis.xrange(keys.events)) + str(await redis.hgetall(keys.messages))
    assert "Canary" not in stored and "fever" not in stored


async def test_a_web_chat_without_redis_is_tried_again(seal: KeySeal, clock: Clock) -> None:
    nowhere = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    with pytest.raises(Temporary):
        await WebChatChannel(nowhere, seal, clock).send(letter())
    await nowhere.aclose()


async def test_a_blocked_bot_is_a_permanent_failure(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.blocked.add(int(MIRA))
    with pytest.raises(Permanent) as failure:
        await wire.send(letter())
    assert failure.value.blocked


async def test_a_flood_answer_waits_exactly_as_asked(
    wire: TelegramChannel, telegram: FakeTelegram, redis: Redis
) -> None:
    telegram.fault("flood", retry_after=7)
    with pytest.raises(Temporary) as failure:
        await wire.send(letter())

    assert failure.value.retry_after == timedelta(seconds=7)
    assert await redis.pttl("pace:{42}:pause") > 7000  # and nobody else sends before


async def test_a_lost_answer_is_uncertain_and_not_repeated(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fault("lost")
    with pytest.raises(Uncertain):
        await wire.send(letter())
    assert len(telegram.sent_to(int(MIRA))) == 1


@pytest.mark.parametrize("fault", ["server_error", "dropped"])
async def test_what_nobody_can_know_is_uncertain(wire: TelegramChannel, telegram: FakeTelegram, fault: str) -> None:
    telegram.fault(fault)
    with pytest.raises(Uncertain):
        await wire.send(letter())


async def test_a_slow_answer_is_uncertain(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.fault("slow", seconds=1)
    with pytest.raises(Uncertain):
        await wire.send(letter())


async def test_a_refused_connection_is_surely_not_sent(redis: Redis, clock: Clock) -> None:
    channel = TelegramChannel("42:TEST", Pacer(redis, "42", clock), api_url="http://127.0.0.1:1")
    with pytest.raises(Temporary) as failure:
        await channel.send(letter())
    assert "42:TEST" not in repr(failure.value.__cause__)
    await channel.close()


async def test_a_group_that_moved_is_followed_once(wire: TelegramChannel, telegram: FakeTelegram) -> None:
    telegram.migrated[-5] = -1005
    receipt = await wire.send(replace(letter(), address="-5"))

    assert receipt.moved_to == "-1005"
    assert len(telegram.sent_to(-1005)) == 1


async def test_a_message_longer_than_telegram_allows_arrives_in_parts(
    wire: TelegramChannel, telegram: FakeTelegram
) -> None:
    lines = "\n".join(f"line {number} <of many>" for number in range(300))
    await wire.send(letter(text="ignored", plain=lines))

    sent = telegram.sent_to(int(MIRA))
    assert "".join(part["text"] for part in sent).count("line ") == 300
    assert ["reply_markup" in part for part in sent] == [False] * (len(sent) - 1) + [True]


async def test_an_alert_does_not_wait_behind_a_broadcast(redis: Redis, clock: Clock) -> None:

    taken = 0
    pacer = Pacer(redis, "42", clock, Limits(overall_per_second=5))
    now = clock.now()
    for number in range(50):
        keys, arguments = pacing.take_call("42", str(number), Lane.BROADCAST, limits=pacer.limits, now=now)
        reply = pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments))
        taken += reply.verdict is pacing.Verdict.GO
    keys, arguments = pacing.take_call("42", "mira", Lane.ALERT, limits=pacer.limits, now=now)
    alert = pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments))

    assert taken <= 2
    assert alert.verdict is pacing.Verdict.GO
    assert alert.wait <= timedelta(seconds=0.5)


async def test_the_budget_holds_over_all_lanes_and_processes(redis: Redis, clock: Clock) -> None:

    limits, now = Limits(overall_per_second=30), clock.now()
    waits = []
    for number in range(60):
        keys, arguments = pacing.take_call("42", str(number), Lane.ALERT, limits=limits, now=now)
        waits.append(pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments)).wait)
    seconds = [wait.total_seconds() for wait in waits]

    for start in seconds:
        assert sum(start <= second < start + 1 for second in seconds) <= 30


async def test_one_chat_is_not_written_to_faster_than_it_may(redis: Redis, clock: Clock) -> None:

    limits, now, verdicts = Limits(chat_burst=1), clock.now(), []
    for _ in range(2):
        keys, arguments = pacing.take_call("42", "7", Lane.REPLY, limits=limits, now=now)
        verdicts.append(pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments)))

    assert [slot.verdict for slot in verdicts] == [pacing.Verdict.GO, pacing.Verdict.CHAT_WAIT]
    assert timedelta(seconds=0.9) < verdicts[1].wait <= timedelta(seconds=1)
