"""What Telegram hands over is worked before it counts as taken, once, in order, by both doors."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.bootstrap import TalkingHalf
from bot.errors import NotDelivered
from bot.settings import Settings, TelegramMode
from bot.transports.telegram import WebhookSecretMissing
from tests.support.fake_telegram import FakeTelegram
from tests.support.small_talk import small_half

MIRA = 4711
SECRET = "a-secret-of-the-webhook"


def settings(redis_url: str, telegram: FakeTelegram, **values: Any) -> Settings:
    return Settings(
        redis_url=redis_url,
        bot_gateway_token=SecretStr("bot"),
        telegram_bot_token=SecretStr(telegram.token),
        telegram_api_url=telegram.url,
        **values,
    )


@asynccontextmanager
async def polling(
    redis_url: str, telegram: FakeTelegram, hear: Callable[[str], Any] | None = None
) -> AsyncIterator[TalkingHalf]:
    half = small_half(settings(redis_url, telegram), hear=hear)
    async with half.running():
        yield half


@asynccontextmanager
async def webhook(
    redis_url: str, telegram: FakeTelegram, hear: Callable[[str], Any] | None = None
) -> AsyncIterator[str]:
    """The residents' port on a real socket, since Telegram calls it."""
    listening = socket_on_free_port()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    half = small_half(
        settings(
            redis_url,
            telegram,
            telegram_mode=TelegramMode.WEBHOOK,
            telegram_webhook_secret=SecretStr(SECRET),
            public_bot_url=url,
        ),
        hear=hear,
    )
    server = uvicorn.Server(uvicorn.Config(half.app, log_level="error", timeout_graceful_shutdown=1))
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[listening]))
        yield url
        server.should_exit = True
        await serving


def socket_on_free_port() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    return listening


@pytest.fixture(params=["polling", "webhook"])
def door(request: pytest.FixtureRequest) -> Any:
    return polling if request.param == "polling" else webhook


async def test_a_resident_is_answered(door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram) -> None:
    mira = telegram.resident(MIRA)
    async with door(redis_url, telegram):
        await telegram.until_confirmed(await mira.types("/start"))
        await telegram.until_confirmed(await mira.presses("Ill"))

    assert mira.hears == ["You are ill."]


async def test_an_update_told_twice_is_worked_once(
    door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    heard: list[str] = []
    mira = telegram.resident(MIRA)
    telegram.duplicate_updates = True
    async with door(redis_url, telegram, heard.append):
        for text in ("one", "two", "three"):
            await telegram.until_confirmed(await mira.types(text))

    assert heard == ["one", "two", "three"]


async def test_an_update_is_confirmed_only_after_it_was_worked(
    door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        begun.set()
        await finish.wait()

    mira = telegram.resident(MIRA)
    async with door(redis_url, telegram, lambda _: slowly()):
        update = await mira.types("I am ill")
        await begun.wait()
        assert update not in telegram.confirmed
        assert 200 not in telegram.webhook_answers
        finish.set()
        await telegram.until_confirmed(update)


async def test_while_the_gateway_is_away_updates_wait_at_telegram(
    door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)
        if len(heard) < 8:  # more often than a poisonous update would be tried
            raise NotDelivered

    mira = telegram.resident(MIRA)
    telegram.webhook_back_off = 0.01
    async with door(redis_url, telegram, hear):
        await telegram.until_confirmed(await mira.types("I am ill"))

    assert len(heard) == 8
    assert mira.hears == ["You said: I am ill"]


async def test_a_poisonous_update_is_set_aside_and_blocks_nobody(
    door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    def hear(text: str) -> None:
        if text == "poison":
            raise RuntimeError("cannot be worked")

    mira, boris = telegram.resident(MIRA), telegram.resident(MIRA + 1)
    async with door(redis_url, telegram, hear):
        await mira.types("poison")
        await telegram.until_confirmed(await mira.types("after it"))
        await telegram.until_confirmed(await boris.types("beside it"))

    assert mira.hears == ["You said: after it"]
    assert boris.hears == ["You said: beside it"]
    assert await redis.xlen("tg:{42}:dead") == 1
    assert "poison" not in str(await redis.xrange("tg:{42}:dead"))


async def test_one_chat_is_worked_in_order(door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram) -> None:
    heard: list[str] = []

    async def hear(text: str) -> None:
        await asyncio.sleep(0.02 if text == "1" else 0)
        heard.append(text)

    mira = telegram.resident(MIRA)
    for number in range(5):
        last = await mira.types(str(number))
    async with door(redis_url, telegram, hear):
        await telegram.until_confirmed(last)

    assert heard == ["0", "1", "2", "3", "4"]


async def test_a_flood_answer_is_waited_out(door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram) -> None:
    telegram.fault("flood", retry_after=1)
    mira = telegram.resident(MIRA)
    async with door(redis_url, telegram):
        await telegram.until_confirmed(await mira.types("hello"))

    assert mira.hears == ["You said: hello"]


async def test_somebody_who_blocked_the_bot_stops_nobody(
    door: Any, redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    telegram.blocked.add(MIRA)
    mira = telegram.resident(MIRA)
    async with door(redis_url, telegram):
        await telegram.until_confirmed(await mira.types("hello"))

    assert await redis.xlen("tg:{42}:dead") == 0


async def test_an_update_begun_by_a_killed_process_is_worked_by_the_next(
    redis: Redis, redis_url: str, telegram: FakeTelegram
) -> None:
    begun = asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    mira = telegram.resident(MIRA)
    update = await mira.types("I am ill")
    async with polling(redis_url, telegram, lambda _: never()):
        await begun.wait()
    assert update not in telegram.confirmed

    async with polling(redis_url, telegram):
        await telegram.until_confirmed(update)
    assert mira.hears == ["You said: I am ill"]


async def test_a_webhook_without_secret_does_not_start(redis_url: str, telegram: FakeTelegram) -> None:
    for secret in (None, SecretStr(""), SecretStr("short")):
        with pytest.raises(WebhookSecretMissing):
            small_half(
                settings(redis_url, telegram, telegram_mode=TelegramMode.WEBHOOK, telegram_webhook_secret=secret)
            )


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"X-Telegram-Bot-Api-Secret-Token", b"wrong")],
        [(b"X-Telegram-Bot-Api-Secret-Token", "geheim-ü".encode())],
        [(b"X-Telegram-Bot-Api-Secret-Token", SECRET.encode())] * 2,
    ],
    ids=["missing", "wrong", "not-ascii", "twice"],
)
async def test_a_stranger_at_the_webhook_is_refused(
    redis: Redis, redis_url: str, telegram: FakeTelegram, headers: list[tuple[bytes, bytes]]
) -> None:
    heard: list[str] = []
    async with webhook(redis_url, telegram, heard.append) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = b'{"update_id": 1, "message": {"message_id": 1}}'
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        writer.write(
            b"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
            + lines
            + b"\r\n"
            + body
        )
        answer = await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 401")
    assert heard == []
