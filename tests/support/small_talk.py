"""A conversation of a few words, for tests of the transports alone, and the gateway it would talk to.

python -m tests.support.small_talk        (the residents' port with it, settings from the environment)
"""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import httpx2
import uvicorn
from aiogram import Dispatcher, F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.bootstrap import TalkingHalf, build, open_redis
from bot.settings import Settings
from bot.transports.keyring import Seals
from bot.web.app import TONGUES, Tongue
from gateway.clock import SystemClock

KEY = b"k" * 32

#: A sample of a language from right to left, to see that the page holds it.
ARABIC = {
    "Hello, this is Shaodian.": "مرحبًا، هنا شاوديان.",
    "Start": "ابدأ",
    "Write here …": "اكتب هنا …",
    "Send": "أرسل",
    "Send a photo": "أرسل صورة",
    "Connected": "متصل",
    "Conversation": "المحادثة",
    "Larger text": "نص أكبر",
    "Here you report where you have been, whom you met and how you feel, for yourself or your family, "
    "and hear what to do next.": "هنا تبلغ أين كنت ومن قابلت وكيف تشعر، عن نفسك أو أسرتك، وتعرف ما يجب فعله.",
    "Your answers are stored encrypted and seen only by those responsible for you.": "تُحفظ إجاباتك مشفّرة.",
    "In an emergency call the ambulance of your place first.": "في حالة الطوارئ اتصل بالإسعاف أولًا.",
}


class SilentGateway(httpx2.AsyncBaseTransport):
    """Says yes to everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.drafts: dict[str, str] = {}
        self.pictures: dict[str, bytes] = {}
        self.down = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.down:
            raise httpx2.ConnectError("down", request=request)
        path = request.url.path
        self.asked.append((request.method, path, request.headers.get("x-shaodian-address", "")))
        if path.startswith("/v1/me/attachments/"):
            return self._picture(request, path, await request.aread())
        if not path.startswith("/v1/drafts/"):
            return httpx2.Response(200, json={}, request=request)
        if request.method == "PUT":
            self.drafts[path] = json.loads(await request.aread())["blob"]
            return httpx2.Response(204, request=request)
        if request.method == "DELETE":
            self.drafts.pop(path, None)
            return httpx2.Response(204, request=request)
        return httpx2.Response(200, json={"blob": self.drafts.get(path)}, request=request)

    def _picture(self, request: httpx2.Request, path: str, content: bytes) -> httpx2.Response:
        """Kept in the open: the seals and the owner are the gateway's business and its tests'."""
        if request.method == "PUT":
            self.pictures[path] = content
            name = path.rpartition("/")[2]
            kept = {"id": name, "media_type": "image/jpeg", "size": len(content), "reference": f"attachment:{name}"}
            return httpx2.Response(200, json=kept, request=request)
        found = self.pictures.get(path)
        if found is None:
            return httpx2.Response(404, json={}, request=request)
        return httpx2.Response(200, content=found, headers={"Content-Type": "image/jpeg"}, request=request)


def small_talk(hear: Callable[[str], Any] | None = None) -> Callable[..., None]:
    """`hear` is told every text before it is answered; what it returns is awaited, what it raises goes through."""

    def install(dispatcher: Dispatcher, **_: Any) -> None:
        router = Router()

        @router.message(F.text.startswith("/start"))
        async def start(message: Message) -> None:
            await message.answer("<b>Welcome</b> to the post. How are you?", reply_markup=_keys("well", "ill"))

        @router.message(F.text)
        async def said(message: Message) -> None:
            if hear is not None:
                waited = hear(message.text or "")
                if waited is not None:
                    await waited
            await message.answer(f"You said: {(message.text or '').replace('<', '&lt;')}")

        @router.message(F.photo)
        async def shown(message: Message) -> None:
            await message.answer("That is a fine picture.")

        @router.callback_query()
        async def pressed(query: CallbackQuery) -> None:
            await query.answer("Noted")
            if isinstance(query.message, Message):
                await query.message.edit_text(f"You are {query.data}.", reply_markup=_keys("again"))

        dispatcher.include_router(router)

    return install


def _keys(*names: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=name.title(), callback_data=name) for name in names]]
    )


def small_half(
    settings: Settings, *, hear: Callable[[str], Any] | None = None, gateway: SilentGateway | None = None
) -> TalkingHalf:
    assert settings.redis_url is not None
    return build(
        settings,
        redis=open_redis(settings.redis_url),
        blocking=open_redis(settings.redis_url, answer_within=15, connections=16),
        gateway=httpx2.AsyncClient(base_url="http://gateway", transport=gateway or SilentGateway()),
        clock=SystemClock(),
        seals=Seals.of(KEY),
        install=small_talk(hear),
        translate=lambda language, sentence: ARABIC.get(sentence, sentence) if language == "ar" else sentence,
        tongues=(*TONGUES, Tongue("ar", "ar", "ar", "عربي", "rtl")),
    )


async def main() -> None:
    settings = Settings()
    half = small_half(settings)
    config = uvicorn.Config(
        half.app, host="127.0.0.1", port=int(os.environ["BOT_PORT"]), log_level="error", timeout_graceful_shutdown=1
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main())
