"""What a person does on the page is on record before anybody says so, and worked once, in order, whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.bootstrap import TalkingHalf
from bot.errors import NotDelivered
from bot.settings import Settings
from gateway.channels.receipts import Outgoing
from gateway.channels.webchat import WebChatChannel
from gateway.clock import HeldClock, SystemClock
from gateway.domain.kinds import DeliveryId, Lane
from gateway.wire import chats, seals
from gateway.wire.seals import KeySeal
from tests.support.small_talk import KEY, small_half

MIRA = chats.FIRST_CHAT + 7
PATIENCE = 15


def half_on(redis_url: str, hear: Callable[[str], Any] | None = None) -> TalkingHalf:
    half = small_half(Settings(redis_url=redis_url, bot_gateway_token=SecretStr("bot")), hear=hear)
    half.inputs.lease = timedelta(seconds=0.6)
    return half


@asynccontextmanager
async def talking(redis_url: str, hear: Callable[[str], Any] | None = None) -> AsyncIterator[TalkingHalf]:
    half = half_on(redis_url, hear)
    async with half.running():
        yield half


async def types(half: TalkingHalf, text: str, *, client_id: str = "", chat: int = MIRA) -> str:
    return await half.pages.submit(chat, client_id=client_id or f"client-{text}", kind="text", text=text, language="en")


async def presses(half: TalkingHalf, data: str, *, message: int, client_id: str) -> str:
    return await half.pages.submit(MIRA, client_id=client_id, kind="press", message=message, data=data)


async def shown(half: TalkingHalf, chat: int = MIRA) -> list[dict[str, Any]]:
    return (await half.pages.snapshot(chat))[1]


async def texts(half: TalkingHalf, chat: int = MIRA) -> list[str]:
    return [message["html"] for message in await shown(half, chat)]


async def until_quiet(half: TalkingHalf) -> None:
    async with asyncio.timeout(PATIENCE):
        while await half.inputs.waiting():  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.01)


async def test_a_resident_types_presses_and_is_answered(redis: Redis, redis_url: str) -> None:
    async with talking(redis_url) as half:
        assert await types(half, "/start") == "received"
        await until_quiet(half)
        question = (await shown(half))[-1]
        assert question["html"] == "<b>Welcome</b> to the post. How are you?"
        await presses(half, "ill", message=question["message"], client_id="press-001")
        await until_quiet(half)

        assert await texts(half) == ["/start", "You are ill."]


async def test_an_input_sent_twice_is_worked_once(redis: Redis, redis_url: str) -> None:
    heard: list[str] = []
    async with talking(redis_url, heard.append) as half:
        await types(half, "ill", client_id="same-same")
        await types(half, "ill", client_id="same-same")
        await until_quiet(half)
        assert await types(half, "ill", client_id="same-same") == "handled"

    assert heard == ["ill"]


async def test_nothing_is_lost_while_no_bot_runs(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    assert await types(half, "is anybody there?") == "received"

    async with talking(redis_url) as half:
        await until_quiet(half)
        assert (await texts(half))[-1] == "You said: is anybody there?"


async def test_inputs_of_one_chat_keep_their_order_over_two_processes(redis: Redis, redis_url: str) -> None:
    heard: list[str] = []

    async def hear(text: str) -> None:
        await asyncio.sleep(0.03 if int(text) % 3 == 0 else 0)
        heard.append(text)

    async with talking(redis_url, hear) as one, talking(redis_url, hear) as other:
        for number in range(12):
            await types(one if number % 2 else other, str(number))
        await until_quiet(one)

    assert heard == [str(number) for number in range(12)]


async def test_what_a_dead_process_began_is_finished_by_another(redis: Redis, redis_url: str) -> None:
    begun = asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with talking(redis_url, lambda _: never()) as dead:
        await types(dead, "I am ill")
        await begun.wait()

    async with talking(redis_url) as half:
        await until_quiet(half)
        assert (await texts(half))[-1] == "You said: I am ill"


async def test_a_poisonous_input_is_set_aside_and_the_next_one_is_heard(redis: Redis, redis_url: str) -> None:
    def hear(text: str) -> None:
        if text == "poison":
            raise RuntimeError

    async with talking(redis_url, hear) as half:
        await types(half, "poison")
        await types(half, "after it")
        await until_quiet(half)

        assert (await texts(half))[-1] == "You said: after it"
        assert await types(half, "poison") == "failed"
    assert await redis.xlen(chats.keys_of(MIRA).dead) == 1


async def test_an_outage_of_the_gateway_condemns_nothing(redis: Redis, redis_url: str) -> None:
    tries: list[str] = []

    def hear(text: str) -> None:
        tries.append(text)
        if len(tries) < 3:
            raise NotDelivered

    async with talking(redis_url, hear) as half:
        await types(half, "I am ill")
        await until_quiet(half)
        assert (await texts(half))[-1] == "You said: I am ill"


async def test_the_chat_goes_on_after_redis_was_emptied(redis: Redis, redis_url: str) -> None:
    async with talking(redis_url) as half:
        await types(half, "before")
        await until_quiet(half)
        last = (await shown(half))[-1]["message"]
        await redis.flushall()
        await types(half, "after")
        async with asyncio.timeout(PATIENCE):
            while len(await texts(half)) < 2:  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.02)
        assert (await texts(half))[-1] == "You said: after"
        assert (await shown(half))[0]["message"] >= last - 3


async def test_a_button_that_is_no_longer_there_says_so(redis: Redis, redis_url: str) -> None:
    async with talking(redis_url) as half:
        await types(half, "/start")
        await until_quiet(half)
        question = (await shown(half))[-1]["message"]
        await presses(half, "forged", message=question, client_id="press-002")
        await presses(half, "ill", message=question + 50, client_id="press-003")
        await until_quiet(half)

        events = await half.pages.inputs.transcripts.after(MIRA, "0-0")
        assert [event.body.toast for event in events if event.kind == "answer" and event.body] == ["stale", "stale"]


async def test_a_page_hears_what_happens_and_resumes_where_it_was(redis: Redis, redis_url: str) -> None:
    async with talking(redis_url) as one, talking(redis_url) as other:
        position, _ = await one.pages.snapshot(MIRA)
        seen: list[tuple[str, dict[str, Any]]] = []

        async def look() -> None:
            async for event in other.pages.follow(MIRA, position):
                if event is not None:
                    seen.append(event)
                if len(seen) == 6:
                    return

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(look())
            await types(one, "hello")
            await until_quiet(one)
            await types(one, "again")

        assert [event["kind"] for _, event in seen] == ["mine", "new", "handled"] * 2
        resumed = await one.pages.inputs.transcripts.after(MIRA, seen[2][0])
        assert [event.id for event in resumed] == [position for position, _ in seen[3:]]


async def test_a_delivery_is_seen_once_and_only_by_its_own_chat(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    channel = WebChatChannel(redis, KeySeal.of(KEY, purpose=seals.CHAT), SystemClock())
    letter = Outgoing(DeliveryId(uuid4()), str(MIRA), "Test today", "Test today", Lane.REMINDER)
    await channel.send(letter)

    assert (await shown(half))[0]["delivery"] == letter.delivery_id.hex
    assert not await half.pages.unseen(MIRA + 1, letter.delivery_id.hex)
    assert await half.pages.unseen(MIRA, letter.delivery_id.hex)
    await half.pages.seen(MIRA, letter.delivery_id.hex)
    assert not await half.pages.unseen(MIRA, letter.delivery_id.hex)
    assert "delivery" not in (await shown(half))[0]


@pytest.mark.parametrize(
    ("text", "keyboard", "words"),
    [
        ("x" * 4097, None, "too long"),
        ("<b>open", None, "can't parse entities"),
        ("<script>alert(1)</script>", None, "can't parse entities"),
        ("  ", None, "text is empty"),
        ("hi", ForceReply(), "inline keyboards only"),
        (
            "hi",
            InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="a", callback_data="ü" * 33)]]),
            "BUTTON_DATA_INVALID",
        ),
    ],
)
async def test_the_page_refuses_what_telegram_would_refuse(
    redis: Redis, redis_url: str, text: str, keyboard: Any, words: str
) -> None:
    half = half_on(redis_url)
    with pytest.raises(TelegramBadRequest, match=words):
        await half.web_bot.send_message(MIRA, text, reply_markup=keyboard)


async def test_an_edit_that_changes_nothing_is_harmless(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    message = await half.web_bot.send_message(MIRA, "hello <i>you</i>")
    assert await half.web_bot.edit_message_text("hello <i>you</i>", chat_id=MIRA, message_id=message.message_id)
    assert len(await half.pages.inputs.transcripts.after(MIRA, "0-0")) == 1


async def test_links_of_the_wrong_kind_lose_their_link(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    await half.web_bot.send_message(
        MIRA, '<a href="javascript:alert(1)">one</a> <a href="https://a.cn/?a=1&amp;b=2">two</a>'
    )
    assert (await texts(half)) == [
        'one <a href="https://a.cn/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">two</a>'
    ]


async def test_more_inputs_than_anybody_could_type_are_refused_for_now(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    states = [await types(half, f"flood {number}") for number in range(chats.WAITING_INPUTS + 1)]
    assert states[-2:] == ["received", "full"]


async def test_a_transcript_older_than_promised_is_forgotten(redis: Redis, redis_url: str) -> None:
    half = half_on(redis_url)
    await half.web_bot.send_message(MIRA, "old words")
    much_later = HeldClock(SystemClock().now() + chats.KEPT_FOR + timedelta(days=1))
    await WebChatChannel(redis, KeySeal.of(KEY, purpose=seals.CHAT), much_later).send(
        Outgoing(DeliveryId(uuid4()), str(MIRA), "new words", "new words", Lane.REMINDER)
    )

    assert "old words" not in await texts(half)


async def test_erasure_takes_the_transcript_with_it(redis: Redis, redis_url: str) -> None:
    async with talking(redis_url) as half:
        await types(half, "my secret")
        await until_quiet(half)
        await half.drafts.forget(f"webchat:{MIRA}")

        assert await texts(half) == []
        events = await half.pages.inputs.transcripts.after(MIRA, "0-0")
        assert [event.kind for event in events] == ["erased"]


async def test_an_input_that_one_process_takes_up_twice_at_once_is_worked_once(redis: Redis, redis_url: str) -> None:
    """Read anew and claimed again, or begun by whoever finished the one before: in Redis the turn is the process'."""
    heard: list[str] = []
    half = half_on(redis_url, heard.append)
    await types(half, "hello")
    ((entry, fields),) = await redis.xrange(chats.keys_of(MIRA).inputs)
    await asyncio.gather(*(half.inputs._work(entry, fields) for _ in range(3)))
    assert heard == ["hello"]
    assert await half.inputs.waiting() == 0
