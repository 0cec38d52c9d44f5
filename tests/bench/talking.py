"""Our side of a chat: the conversations as shipped, a form walked by its buttons, in many chats at once.

What is said goes nowhere, as with the peers, and the gateway answers at once: a step of a form by a button needs it
only for the snapshot of a whole section.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2
from aiogram import Bot, Dispatcher
from aiogram.types import Message, Update
from fastapi import FastAPI
from pydantic import SecretStr

from bot.bootstrap import Install, build, open_redis
from bot.buttons import form_button
from bot.conversations import order
from bot.drafts import Drafts, GatewaySnapshots, Kept
from bot.forms.form import BACK, DONE, SUMMARY, Press, advance, begin, prompt
from bot.forms.load import load_forms
from bot.gateway_client import GatewayClient
from bot.settings import Settings, TelegramMode
from bot.texts import Texts
from bot.transports.keyring import Seals
from gateway.clock import SystemClock
from tests.bench.peers.on_aiogram import LANES, Nowhere

ZONE = ZoneInfo("Asia/Shanghai")
FORM = "symptoms"
LONGEST_WALK = 400
TOKEN = "42:ours"
SECRET = "a-secret-of-the-webhook"
SEALS = Seals.of(b"k" * 32)


@dataclass
class InMemory:
    """Drafts that are kept nowhere else: what a step costs without any store."""

    def __post_init__(self) -> None:
        self._kept: dict[str, dict[str, Any] | None] = {}

    async def load(self, address: str, *, update_id: int) -> Kept:
        return Kept(self._kept.get(address))

    async def save(
        self, address: str, draft: dict[str, Any] | None, *, update_id: int, section_ends: bool = False
    ) -> None:
        self._kept[address] = draft

    async def forget(self, address: str) -> None:
        self._kept.pop(address, None)


@cache
def walk() -> tuple[tuple[int, str], ...]:
    """Which buttons are pressed at which step: through the form to its summary and back again, and so on."""
    form, now = load_forms().get(FORM), datetime.now(ZONE)
    draft = begin(form, instance_id=str(UUID(int=1)), now=now, language="en").draft
    pressed: list[tuple[int, str]] = []
    returning = False
    while len(pressed) < LONGEST_WALK:
        returning = draft.at == SUMMARY or (returning and bool(draft.past))
        shown = prompt(form, draft, now=now)
        codes = [button.code for button in (*shown.buttons, *shown.controls)]
        option = next(code for code in codes if not code.startswith("_c"))
        if returning:
            option = BACK
        elif draft.picked:
            option = DONE
        pressed.append((draft.step, option))
        draft = advance(form, draft, Press(option, draft.step), now=now).draft
    return tuple(pressed)


def gateway() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: httpx2.Response(204)), base_url="http://gateway")


def drafts_in(redis: Any) -> Drafts:
    return Drafts(redis, SEALS.draft, GatewaySnapshots(gateway(), "bot"), SystemClock())


async def stand_at_first_question(drafts: Drafts | InMemory, chats: Iterable[int]) -> None:
    form, now = load_forms().get(FORM), datetime.now(ZONE)
    for chat in chats:
        draft = begin(form, instance_id=str(instance_of(chat)), now=now, language="en").draft
        await drafts.save(f"telegram:{chat}", draft.to_json() | {"message_id": 7}, update_id=0)


def echo(dispatcher: Dispatcher, **_: Any) -> None:
    """The peers' one handler."""

    async def reply(message: Message) -> Any:
        return message.answer(message.text or "")

    dispatcher.message.register(reply)


def door(url: str, *, install: Install | None = None) -> FastAPI:
    """The residents' port as shipped, with Telegram's webhook; Telegram's own limits of speaking are lifted."""
    settings = Settings(
        bot_gateway_token=SecretStr("bot"),
        telegram_bot_token=SecretStr(TOKEN),
        telegram_mode=TelegramMode.WEBHOOK,
        telegram_webhook_secret=SecretStr(SECRET),
        telegram_per_second=1e6,
        telegram_chat_per_second=1e6,
    )
    redis = open_redis(url)
    half = build(
        settings,
        redis=redis,
        blocking=redis,
        gateway=gateway(),
        clock=SystemClock(),
        seals=SEALS,
        install=install,
    )
    assert half.telegram_bot is not None
    shipped = half.telegram_bot.session
    half.telegram_bot.session = Nowhere()
    for middleware in shipped.middleware:
        half.telegram_bot.session.middleware(middleware)
    return half.app


class Talking:
    """A dispatcher with every conversation, and chats that stand at the first question of a form."""

    def __init__(self, drafts: Drafts | InMemory) -> None:
        self.drafts = drafts
        self.bot = Bot(TOKEN, session=Nowhere())
        self.dispatcher = Dispatcher(disable_fsm=True)
        self._rounds = int(time.time())
        order.install(
            self.dispatcher,
            gateway=GatewayClient(gateway(), "bot"),
            drafts=self.drafts,
            clock=SystemClock(),
            zone=ZONE,
            channels={self.bot.id: "telegram"},
            texts=Texts.load(),
        )

    async def ready(self, count: int) -> list[list[str]]:
        self._rounds += 1
        chats = [self._rounds * LANES + lane for lane in range(LANES)]
        await stand_at_first_question(self.drafts, chats)
        return [presses(chat, count // LANES) for chat in chats]

    async def feed(self, raw: str) -> None:
        update = Update.model_validate(json.loads(raw), context={"bot": self.bot})
        await self.dispatcher.feed_update(self.bot, update)


def presses(chat: int, count: int) -> list[str]:
    """What this chat presses from the first question on."""
    short = instance_of(chat).hex[:8]
    return [press(n + 1, chat, short, *one) for n, one in enumerate(walk()[:count])]


def instance_of(chat: int) -> UUID:
    return UUID(int=chat << 86)


def press(number: int, chat: int, instance: str, step: int, option: str) -> str:
    person = {"id": chat, "is_bot": False, "first_name": "Ada", "username": "ada", "language_code": "en"}
    message = {
        "message_id": 7,
        "date": int(datetime(2021, 1, 12, tzinfo=UTC).timestamp()),
        "text": "How you feel",
        "from": {"id": 42, "is_bot": True, "first_name": "Shaodian"},
        "chat": {"id": chat, "first_name": "Ada", "username": "ada", "type": "private"},
    }
    query = {
        "id": f"{chat}{number}",
        "from": person,
        "chat_instance": str(chat),
        "message": message,
        "data": form_button(instance, step, option),
    }
    return json.dumps({"update_id": chat * 1000 + number, "callback_query": query})
