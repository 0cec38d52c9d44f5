"""The composition root of the talking half: settings in, the residents' port and its background work out."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx2
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.methods import TelegramMethod
from aiogram.types import Update
from fastapi import FastAPI
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.drafts import SNAPSHOT_EVERY, Drafts, GatewaySnapshots, Overtaken
from bot.errors import BotError, NotDelivered, Refused
from bot.gateway_client import GatewayClient
from bot.pacing import Limits, Pacer
from bot.settings import Settings, TelegramMode
from bot.texts import Texts
from bot.transports import telegram, webchat
from bot.transports.endings import going_on
from bot.transports.keyring import Seals
from bot.transports.telegram import TelegramPolling, TelegramUpdates, TelegramWebhook, WebhookSecretMissing
from bot.transports.transcripts import Listeners, Transcripts
from bot.transports.webchat import ChatPages, WebChatInputs, WebChatSession
from bot.web import app as web
from bot.web.pictures import GatewayPictures
from bot.web.sessions import Sessions

log = logging.getLogger(__name__)

PATIENCE_WITH: tuple[type[BaseException], ...] = (RedisError, NotDelivered, httpx2.TransportError)
WORKED_AGAIN = 3

Run = Callable[[], Awaitable[None]]
Install = Callable[..., None]


class TokenMissing(BotError):
    """BOT_GATEWAY_TOKEN is not set: the gateway would not listen to this bot."""


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass
class TalkingHalf:
    """`app` is the residents' port; `running()` does what goes on behind it, and `app`'s lifespan enters it."""

    app: FastAPI
    dispatcher: Dispatcher
    web_bot: Bot
    drafts: Drafts
    inputs: WebChatInputs
    pages: ChatPages
    runs: dict[str, Run]
    telegram_bot: Bot | None = None
    telegram_updates: TelegramUpdates | None = None
    _closing: list[Callable[[], Awaitable[Any]]] = field(default_factory=list)

    async def feed(self, bot: Bot, update: Update) -> None:
        await _feed(self.dispatcher, bot, update)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_for_ever(name, run)) for name, run in self.runs.items()]
                try:
                    yield
                finally:
                    for task in tasks:
                        task.cancel()
        finally:
            await self.drafts.keep_snapshots()
            for close in self._closing:
                await close()


def open_redis(url: str, *, answer_within: float = 5, connections: int = 64) -> Redis:
    """Explicit patience and no silent repetition: a command sent twice by the client would count twice."""
    pool = BlockingConnectionPool.from_url(
        url,
        socket_timeout=answer_within,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), 0),
        max_connections=connections,
        timeout=10,
    )
    return Redis(connection_pool=pool)


def open_gateway(settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """Over HTTP, or straight into the gateway's application in one process (`httpx2.ASGITransport`)."""
    return httpx2.AsyncClient(
        base_url=settings.gateway_url,
        transport=transport,
        timeout=httpx2.Timeout(10, connect=2),
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=50),
        trust_env=False,
    )


def build(
    settings: Settings,
    *,
    redis: Redis,
    blocking: Redis,
    gateway: httpx2.AsyncClient,
    clock: Clock,
    seals: Seals,
    new_id: Callable[[], UUID] = uuid4,
    install: Install | None = None,
    translate: Callable[[str, str], str] | None = None,
    tongues: tuple[web.Tongue, ...] = web.TONGUES,
) -> TalkingHalf:
    """`blocking` is a second client for reads that wait: they must not use up the connections of the others.

    `install` puts the conversations on the dispatcher; a test of the transports alone brings its own few words.
    """
    if settings.bot_gateway_token is None:
        raise TokenMissing("BOT_GATEWAY_TOKEN is not set")
    token = settings.bot_gateway_token.get_secret_value()
    client = GatewayClient(gateway, token)
    transcripts = Transcripts(redis, seals.chat, clock)
    drafts = Drafts(redis, seals.draft, GatewaySnapshots(gateway, token), clock, transcripts.forget)
    process = secrets.token_hex(6)

    session = WebChatSession(transcripts, clock)
    session.middleware(telegram.Forgiving())
    web_bot = Bot(webchat.TOKEN, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    dispatcher = Dispatcher(disable_fsm=True)
    channels = {web_bot.id: "webchat"}

    async def feed_web(update: Update) -> None:
        await _feed(dispatcher, web_bot, update)

    inputs = WebChatInputs(web_bot, transcripts, blocking, feed_web, process, PATIENCE_WITH)
    listeners = Listeners(transcripts, blocking, process)
    pages = ChatPages(inputs, listeners)
    runs: dict[str, Run] = {
        "web chat inputs": inputs.run,
        "web chat listeners": listeners.run,
        "draft snapshots": lambda: _keep_snapshots(drafts),
    }
    telegram_bot, updates, webhook = None, None, None
    if settings.telegram_bot_token is not None:
        telegram_bot, updates = _telegram(settings, redis, clock, seals, dispatcher)
        channels[telegram_bot.id] = "telegram"
        if settings.telegram_mode is TelegramMode.WEBHOOK:
            webhook = _webhook(settings, updates)
            runs["telegram webhook"] = lambda: _once(webhook.register)
        else:
            runs["telegram polling"] = TelegramPolling(updates).run
    (install or _conversations())(
        dispatcher,
        gateway=client,
        drafts=drafts,
        clock=clock,
        zone=ZoneInfo(settings.residents_zone),
        channels=channels,
        new_id=new_id,
    )

    doors = web.Doors(
        chats=pages,
        pictures=GatewayPictures(client),
        sessions=Sessions(seals.session_key),
        clock=clock,
        acknowledge=_acknowledge(client),
        subscribe=_subscribe(client),
        push_key=seals.push_key,
        reasons=_reasons(redis, gateway),
        translate=translate or _translate(),
        public_url=settings.public_bot_url,
        webhook=webhook,
        tongues=tongues,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with half.running():
            yield

    half = TalkingHalf(
        app=web.build(doors, lifespan=lifespan),
        dispatcher=dispatcher,
        web_bot=web_bot,
        drafts=drafts,
        inputs=inputs,
        pages=pages,
        runs=runs,
        telegram_bot=telegram_bot,
        telegram_updates=updates,
    )
    if telegram_bot is not None:
        half._closing.append(telegram_bot.session.close)
    return half


def _conversations() -> Install:
    from bot.conversations import order

    return order.install


def _translate() -> Callable[[str, str], str]:
    texts = Texts.load()
    return lambda language, sentence: texts.speaking(language)(sentence)


def _telegram(
    settings: Settings, redis: Redis, clock: Clock, seals: Seals, dispatcher: Dispatcher
) -> tuple[Bot, TelegramUpdates]:
    assert settings.telegram_bot_token is not None
    token = settings.telegram_bot_token.get_secret_value()
    limits = Limits(settings.telegram_per_second, settings.telegram_chat_per_second)
    pacer = Pacer(redis, token.partition(":")[0], clock, limits)
    session = telegram.telegram_session(settings.telegram_api_url, pacer)
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))

    async def feed(update: Update) -> None:
        await _feed(dispatcher, bot, update)

    return bot, TelegramUpdates(bot, feed, redis, seals.chat, PATIENCE_WITH)


def _webhook(settings: Settings, updates: TelegramUpdates) -> TelegramWebhook:
    if settings.telegram_webhook_secret is None:
        raise WebhookSecretMissing("TELEGRAM_MODE=webhook needs TELEGRAM_WEBHOOK_SECRET")
    url = f"{settings.public_bot_url.rstrip('/')}/telegram/webhook"
    return TelegramWebhook(updates, settings.telegram_webhook_secret.get_secret_value(), url)


async def _feed(dispatcher: Dispatcher, bot: Bot, update: Update) -> None:
    for left in range(WORKED_AGAIN, -1, -1):
        try:
            answer = await dispatcher.feed_update(bot, update)
        except Overtaken:
            if not left:
                raise
            continue
        if isinstance(answer, TelegramMethod):
            await bot(answer)
        return


def _acknowledge(client: GatewayClient) -> Callable[[int, str], Awaitable[bool]]:
    async def acknowledge(chat: int, delivery: str) -> bool:
        try:
            await client.acting_for(f"webchat:{chat}").seen(UUID(delivery))
        except Refused:  # the gateway knows of no such delivery any more: asking again would not help
            return True
        except BotError:
            return False
        return True

    return acknowledge


def _subscribe(client: GatewayClient) -> Callable[[int, str, str, str, bool], Awaitable[None]]:
    async def subscribe(chat: int, endpoint: str, p256dh: str, auth: str, off: bool) -> None:
        own = client.acting_for(f"webchat:{chat}")
        if off:
            await own.unsubscribe(sha256(endpoint.encode()).hexdigest()[:40])
            return
        await own.subscribe(endpoint, p256dh, auth)

    return subscribe


def _reasons(redis: Redis, gateway: httpx2.AsyncClient) -> Callable[[], Awaitable[dict[str, str]]]:
    async def reasons() -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            async with asyncio.timeout(2):
                await redis.ping()
        except (RedisError, TimeoutError, OSError):
            found["redis"] = "does not answer"
        try:
            answer = await gateway.get("/healthz", timeout=2)
            if not answer.is_success:
                found["gateway"] = f"answers {answer.status_code}"
        except httpx2.HTTPError:
            found["gateway"] = "does not answer"
        return found

    return reasons


async def _keep_snapshots(drafts: Drafts) -> None:
    while going_on():
        await asyncio.sleep(SNAPSHOT_EVERY.total_seconds())
        await drafts.keep_snapshots()


async def _once(run: Run) -> None:
    await run()
    await asyncio.Event().wait()


async def _for_ever(name: str, run: Run) -> None:
    while going_on():
        try:
            await run()
        except Exception as error:
            log.error("%s stopped and is started again: %s", name, type(error).__name__, exc_info=error)
        await asyncio.sleep(1)
