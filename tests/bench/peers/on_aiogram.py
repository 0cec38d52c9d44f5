"""Plain aiogram, as its documentation shows it: a form of three steps, filtered by its state; and a bare dispatcher.

Parsing is the same everywhere, with the bot in the context, because a dispatcher would do it twice without.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.base import BaseSession
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Chat, Message, Update
from aiogram.utils.keyboard import InlineKeyboardBuilder

Feed = Callable[[str], Awaitable[None]]
LANES = 64
BOT = "42:peer"


class Nowhere(BaseSession):
    """What is said costs nothing on any line."""

    _answer = Message(message_id=7, date=datetime.fromtimestamp(0, UTC), chat=Chat(id=1, type="private"))

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109
        return self._answer

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        pass


def update(number: int, chat: int) -> str:
    person = {"id": chat, "is_bot": False, "first_name": "Ada", "username": "ada", "language_code": "en"}
    message = {
        "message_id": number,
        "date": 1_700_000_000,
        "text": "36.6",
        "from": person,
        "chat": {"id": chat, "first_name": "Ada", "username": "ada", "type": "private"},
    }
    return json.dumps({"update_id": number, "message": message})


def lanes(count: int, *, first: int = 0) -> list[list[str]]:
    """So many updates in as many chats as are at work at once; each chat's in their order, numbered from `first`."""
    each = count // LANES
    return [[update(first + lane * each + number, 1000 + lane) for number in range(each)] for lane in range(LANES)]


def feed_of(dispatcher: Dispatcher) -> Feed:
    bot = Bot(BOT, session=Nowhere())

    async def feed(raw: str) -> None:
        await dispatcher.feed_update(bot, Update.model_validate(json.loads(raw), context={"bot": bot}))

    return feed


def bare() -> Feed:
    """No filter, and a handler that does nothing."""
    dispatcher = Dispatcher()

    async def nothing(message: Message) -> None:
        pass

    dispatcher.message.register(nothing)
    return feed_of(dispatcher)


class Form(StatesGroup):
    temperature = State()
    place = State()


def form_in(storage: RedisStorage | MemoryStorage) -> Feed:
    dispatcher = Dispatcher(storage=storage)

    async def first(message: Message, state: FSMContext) -> None:
        await state.set_state(Form.temperature)
        await state.update_data(a=message.text)

    async def second(message: Message, state: FSMContext) -> None:
        await state.set_state(Form.place)
        await state.update_data(b=message.text)

    async def third(message: Message, state: FSMContext) -> None:
        await state.update_data(c=message.text)
        await state.clear()

    dispatcher.message.register(second, Form.temperature)
    dispatcher.message.register(third, Form.place)
    dispatcher.message.register(first)
    return feed_of(dispatcher)


def press(number: int, chat: int) -> str:
    person = {"id": chat, "is_bot": False, "first_name": "Ada", "username": "ada", "language_code": "en"}
    message = {
        "message_id": 7,
        "date": 1_700_000_000,
        "text": "How you feel",
        "from": {"id": 42, "is_bot": True, "first_name": "Peer"},
        "chat": {"id": chat, "first_name": "Ada", "username": "ada", "type": "private"},
    }
    query = {"id": str(number), "from": person, "chat_instance": "1", "message": message, "data": f"tick:{number % 9}"}
    return json.dumps({"update_id": number, "callback_query": query})


def presses(count: int) -> list[list[str]]:
    each = count // LANES
    return [[press(lane * each + number, 1000 + lane) for number in range(each)] for lane in range(LANES)]


class Tick(CallbackData, prefix="tick"):
    what: int


def asking(storage: RedisStorage) -> Feed:
    """A question with nine choices, drawn again at each press: what a form of ours does, in aiogram's own words."""
    dispatcher = Dispatcher(storage=storage)

    async def tick(query: CallbackQuery, callback_data: Tick, state: FSMContext) -> None:
        known = await state.get_data()
        ticked = set(known.get("ticked", [])) ^ {callback_data.what}
        await state.update_data(ticked=sorted(ticked))
        builder = InlineKeyboardBuilder()
        for number in range(9):
            builder.button(text=f"{'☑' if number in ticked else '☐'} {number}", callback_data=Tick(what=number))
        builder.adjust(2)
        assert isinstance(query.message, Message)
        await query.message.edit_text("What do you notice?", reply_markup=builder.as_markup())
        await query.answer()

    dispatcher.callback_query.register(tick, Tick.filter())
    return feed_of(dispatcher)


def webhook() -> Any:
    """FastAPI hands the update over; the answer is the webhook's own reply, so that nothing goes out."""
    from fastapi import FastAPI, Request, Response
    from fastapi.responses import JSONResponse

    bot, dispatcher, app = Bot(BOT), Dispatcher(), FastAPI()

    async def reply(message: Message) -> Any:
        return message.answer(message.text or "")

    dispatcher.message.register(reply, F.text)

    @app.post("/telegram/webhook")
    async def take(request: Request) -> Response:
        answer = await dispatcher.feed_webhook_update(bot, json.loads(await request.body()))
        if answer is None:
            return Response()
        assert isinstance(answer, TelegramMethod)
        return JSONResponse({"method": answer.__api_method__, **answer.model_dump(include={"chat_id", "text"})})

    return app


def bare_post() -> Any:
    """What FastAPI itself can do: the body is read as JSON, and 200."""
    from fastapi import FastAPI, Request, Response

    app = FastAPI()

    @app.post("/telegram/webhook")
    async def take(request: Request) -> Response:
        json.loads(await request.body())
        return Response()

    return app
