"""Telegram, by polling or by webhook: an update counts as taken only after it was worked.

Both doors lead through `TelegramUpdates.work`: one update of one chat at a time, each recognised by its id for two
days, set aside after five tries. "Not now" (no gateway, no Redis) is no try: the update stays at Telegram.
"""

import asyncio
import hmac
import json
import logging
import re
import traceback
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Update
from redis.exceptions import RedisError

from bot.calls import Calls
from bot.errors import BotError
from bot.pacing import Pacer
from bot.transports.endings import going_on
from gateway.wire.seals import Seal

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
KEPT_FOR = timedelta(hours=50)
MAX_TRIES = 5
_POLL = timedelta(seconds=20)
_PACED = re.compile(r"(send(?!ChatAction)|edit)")
_HARMLESS = ("message is not modified", "query is too old", "query id is invalid")

log = logging.getLogger(__name__)

Feed = Callable[[Update], Awaitable[None]]

BEGIN_LUA = """
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
local tries = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return tries
"""


class WebhookSecretMissing(BotError):
    """The webhook needs TELEGRAM_WEBHOOK_SECRET: without it anybody could speak for anybody."""


class NotNow(BotError):
    """A part of the system does not answer; the update stays at Telegram."""


class Forgiving(BaseRequestMiddleware):
    """A repeated update shows what is already shown, and answers a press that is long gone: neither is a mistake."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            return await make_request(bot, method)
        except TelegramBadRequest as error:
            if any(words in error.message.lower() for words in _HARMLESS):
                return True  # type: ignore[return-value]
            raise


class Paced(BaseRequestMiddleware):
    """Replies take their turns in the budget of the token, and a 429 is waited out to the second."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        chat = str(getattr(method, "chat_id", None) or "")
        paced = bool(chat) and _PACED.match(method.__api_method__) is not None
        for patience in range(4, -1, -1):
            if paced:
                await self._pacer.turn(chat)
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                if not patience:
                    raise
                wait = timedelta(seconds=error.retry_after)
                if paced:
                    await self._pacer.pause(chat, wait)
                await asyncio.sleep(wait.total_seconds())
        raise AssertionError("unreachable")


def telegram_session(api_url: str, pacer: Pacer) -> AiohttpSession:
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url), timeout=15)
    session.middleware(Forgiving())
    session.middleware(Paced(pacer))
    return session


@dataclass
class TelegramUpdates:
    bot: Bot
    feed: Feed
    redis: Any
    seal: Seal
    patience_with: tuple[type[BaseException], ...] = (RedisError,)
    _chats: dict[int, tuple[asyncio.Lock, int]] = field(default_factory=dict)
    _calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        self._calls = Calls(self.redis)

    async def work(self, raw: dict[str, Any]) -> None:
        """Work it to its end, or raise `NotNow`. Worked before, or set aside: nothing happens."""
        update_id = raw.get("update_id")
        if not isinstance(update_id, int):
            log.error("an update without id was ignored")
            return
        async with self._turn(_chat_of(raw)):
            try:
                await self._work(update_id, raw)
            except self.patience_with as error:
                raise NotNow(type(error).__name__) from None

    async def _work(self, update_id: int, raw: dict[str, Any]) -> None:
        done, tries = f"tg:{{{self.bot.id}}}:done:{update_id}", f"tg:{{{self.bot.id}}}:tries:{update_id}"
        kept, back_off = round(KEPT_FOR.total_seconds() * 1000), 0.2
        while (turn := int(await self._calls.script(BEGIN_LUA, keys=[done, tries], args=[kept]))) > 0:
            if turn > MAX_TRIES:
                await self._set_aside(update_id, raw)
                break
            try:
                await self.feed(Update.model_validate(raw, context={"bot": self.bot}))
                break
            except self.patience_with:
                await self.redis.decr(tries)
                raise
            except TelegramForbiddenError:  # the person has blocked the bot meanwhile: nobody is there to answer
                break
            except Exception as error:
                frames = "".join(traceback.format_tb(error.__traceback__))
                log.error("update %d failed, try %d: %s\n%s", update_id, turn, type(error).__name__, frames)
            if turn < MAX_TRIES:
                await asyncio.sleep(back_off)
                back_off *= 2
        if turn > 0:
            await self._calls.command("SET", done, b"1", "PX", kept)

    async def _set_aside(self, update_id: int, raw: dict[str, Any]) -> None:
        sealed = self.seal.seal(json.dumps(raw, ensure_ascii=False).encode(), about=f"update:{update_id}")
        await self.redis.xadd(f"tg:{{{self.bot.id}}}:dead", {"u": update_id, "b": sealed})
        log.error("update %d was set aside after %d tries", update_id, MAX_TRIES)

    @asynccontextmanager
    async def _turn(self, chat: int) -> AsyncIterator[None]:
        lock, waiting = self._chats.get(chat) or (asyncio.Lock(), 0)
        self._chats[chat] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._chats[chat]
            if waiting == 1:
                del self._chats[chat]
            else:
                self._chats[chat] = lock, waiting - 1


@dataclass
class TelegramPolling:
    """The next `getUpdates` confirms what came before, so it is asked only after all of that was worked."""

    updates: TelegramUpdates

    async def run(self) -> None:
        bot, offset, back_off = self.updates.bot, None, 0.5
        await _insist(lambda: bot.delete_webhook(drop_pending_updates=False))
        while going_on():
            try:
                batch = await self._fetch(offset)
                back_off = 0.5
            except TelegramRetryAfter as error:
                await asyncio.sleep(error.retry_after)
                continue
            except TelegramConflictError:
                log.error("somebody else polls with this token")
                await asyncio.sleep(5)
                continue
            except TelegramAPIError as error:
                log.warning("Telegram does not answer: %s", type(error).__name__)
                await asyncio.sleep(back_off)
                back_off = min(back_off * 2, 30)
                continue
            unworked = await self._work_all(batch)
            if unworked:
                offset = min(unworked)
                await asyncio.sleep(1)
            elif batch:
                offset = max(raw["update_id"] for raw in batch) + 1

    async def _fetch(self, offset: int | None) -> list[dict[str, Any]]:
        seconds = round(_POLL.total_seconds())
        method = _RawUpdates(offset=offset, timeout=seconds, allowed_updates=ALLOWED_UPDATES)
        batch: list[dict[str, Any]] = await self.updates.bot(method, request_timeout=seconds + 10)
        return batch

    async def _work_all(self, batch: list[dict[str, Any]]) -> list[int]:
        """The ids that could not be worked now."""
        chats: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for raw in batch:
            chats[_chat_of(raw)].append(raw)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._work_in_order(waiting)) for waiting in chats.values()]
        return [update_id for task in tasks for update_id in task.result()]

    async def _work_in_order(self, waiting: Iterable[dict[str, Any]]) -> list[int]:
        rest = list(waiting)
        while rest:
            try:
                await self.updates.work(rest[0])
            except NotNow:
                return [raw["update_id"] for raw in rest]
            rest.pop(0)
        return []


class _RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Updates as they came: one that does not fit the types must not take the whole batch with it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None


@dataclass(frozen=True)
class TelegramWebhook:
    """Answers with a status only: 200 after the work, 401 to strangers, 503 so that Telegram keeps the update."""

    updates: TelegramUpdates
    secret: str
    url: str

    def __post_init__(self) -> None:
        if not self.secret:
            raise WebhookSecretMissing("TELEGRAM_MODE=webhook needs TELEGRAM_WEBHOOK_SECRET")
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", self.secret):
            raise WebhookSecretMissing("TELEGRAM_WEBHOOK_SECRET must have 16 to 256 of A-Z a-z 0-9 _ -")

    async def register(self) -> None:
        bot = self.updates.bot
        await _insist(
            lambda: bot.set_webhook(
                self.url, secret_token=self.secret, allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False
            )
        )

    async def receive(self, secrets: list[bytes], body: bytes) -> int:
        if len(secrets) != 1 or not hmac.compare_digest(secrets[0], self.secret.encode()):
            return 401
        try:
            raw = json.loads(body)
        except ValueError:
            return 400
        if not isinstance(raw, dict):
            return 400
        try:
            await self.updates.work(raw)
        except NotNow:
            return 503
        return 200


async def _insist(call: Callable[[], Awaitable[Any]]) -> None:
    """At start Telegram may not answer yet; the rest of the bot runs meanwhile."""
    back_off = 0.5
    while going_on():
        try:
            await call()
            return
        except (TelegramAPIError, ClientDecodeError) as error:
            log.warning("Telegram did not accept the start: %s", type(error).__name__)
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, 30)


def _chat_of(raw: dict[str, Any]) -> int:
    for kind in ("message", "edited_message", "my_chat_member"):
        content = raw.get(kind)
        if isinstance(content, dict):
            return int((content.get("chat") or {}).get("id", 0))
    query = raw.get("callback_query")
    if isinstance(query, dict):
        message = query.get("message") or {}
        return int((message.get("chat") or query.get("from") or {}).get("id", 0))
    return 0
