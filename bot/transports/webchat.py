"""The web chat as a transport of the same bot: an aiogram session that writes to a stream, inputs that become updates.

What Telegram refuses is refused here too, so that a conversation tried on the page also works there. An input is first
put on record, then worked by whichever process gets it, one at a time per chat and in order; it is forgotten only after
it was handled, and what fails five times is set aside, loudly.
"""

import asyncio
import contextlib
import logging
import secrets
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.default import Default
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    DeleteMyCommands,
    EditMessageReplyMarkup,
    EditMessageText,
    GetMe,
    SendChatAction,
    SendMessage,
    SetMyCommands,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import ForceReply, InlineKeyboardMarkup, Message, ReplyKeyboardMarkup, Update, User
from redis.exceptions import RedisError, ResponseError

from bot.transports.endings import going_on
from bot.transports.transcripts import Clock, Listeners, Transcripts
from gateway.wire import chats, markup
from gateway.wire.chats import Body, Button, EventKind, Input, InputKind, InputState
from gateway.wire.seals import Unsealable

BOT_ID = 1
TOKEN = f"{BOT_ID}:webchat"
"""Telegram's own ids are never that low: no state of one transport meets the other's."""

STALE = "stale"
"""The page's word for a button that is no longer on its message."""

MAX_TRIES = 5
LEASE = timedelta(seconds=5)
_BACK_OFF = timedelta(milliseconds=200)

log = logging.getLogger(__name__)

Feed = Callable[[Update], Awaitable[None]]


class WebChatSession(BaseSession):
    def __init__(self, transcripts: Transcripts, clock: Clock) -> None:
        super().__init__()
        self.transcripts = transcripts
        self.clock = clock
        self._doers: dict[type[TelegramMethod[Any]], Callable[[Bot, Any], Awaitable[Any]]] = {
            SendMessage: self._send_message,
            EditMessageText: self._edit_text,
            EditMessageReplyMarkup: self._edit_markup,
            DeleteMessage: self._delete,
            AnswerCallbackQuery: self._answer,
            SendChatAction: self._typing,
            GetMe: self._me,
            SetMyCommands: self._nothing,
            DeleteMyCommands: self._nothing,
        }

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109
    ) -> TelegramType:
        doer = self._doers.get(type(method))
        if doer is None:  # loud, so that nobody relies on what the page cannot show
            raise TelegramBadRequest(method, f"Bad Request: the web chat has no {method.__api_method__}")
        result: TelegramType = await doer(bot, method)
        return result

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError("the web chat keeps no files")
        yield b""

    async def close(self) -> None:
        """The Redis client belongs to the composition root."""

    async def _send_message(self, bot: Bot, method: SendMessage) -> Message:
        chat = _chat(method, method.chat_id)
        body = self._body(bot, method, method.text, method.reply_markup)
        number = await self.transcripts.post(chat, body)
        return self._message(bot, chat, number, body)

    async def _edit_text(self, bot: Bot, method: EditMessageText) -> Message:
        chat, number, present = await self._present(method)
        body = self._body(bot, method, method.text or "", method.reply_markup)
        return await self._change(bot, method, chat, number, present, body)

    async def _edit_markup(self, bot: Bot, method: EditMessageReplyMarkup) -> Message:
        chat, number, present = await self._present(method)
        body = Body(html=present.html, text=present.text, buttons=_buttons(method, method.reply_markup), at=present.at)
        return await self._change(bot, method, chat, number, present, body)

    async def _change(
        self, bot: Bot, method: TelegramMethod[Any], chat: int, number: int, present: Body, body: Body
    ) -> Message:
        if (body.html, body.buttons) == (present.html, present.buttons):
            raise TelegramBadRequest(method, "Bad Request: message is not modified")
        if not await self.transcripts.edit(chat, number, body):
            raise TelegramBadRequest(method, "Bad Request: message to edit not found")
        return self._message(bot, chat, number, body)

    async def _delete(self, bot: Bot, method: DeleteMessage) -> bool:
        chat = _chat(method, method.chat_id)
        present = await self.transcripts.find(chat, method.message_id)
        if present is None:
            raise TelegramBadRequest(method, "Bad Request: message to delete not found")
        if present.at is not None and self.clock.now() - present.at > timedelta(hours=48):
            raise TelegramBadRequest(method, "Bad Request: message can't be deleted for everyone")
        return await self.transcripts.delete(chat, method.message_id)

    async def _answer(self, bot: Bot, method: AnswerCallbackQuery) -> bool:
        chat, _, client = method.callback_query_id.partition(".")
        if not chat.isdecimal():
            raise TelegramBadRequest(method, "Bad Request: query ID is invalid")
        text = method.text or ""
        if len(text) > 200:
            raise TelegramBadRequest(method, "Bad Request: MESSAGE_TOO_LONG")
        body = Body(toast=text, loud=bool(method.show_alert)) if text else None
        if body is not None:  # an empty answer only stops Telegram's spinner; the page has its own mark
            await self.transcripts.note(int(chat), EventKind.ANSWER, body=body, client=client)
        return True

    async def _typing(self, bot: Bot, method: SendChatAction) -> bool:
        await self.transcripts.note(_chat(method, method.chat_id), EventKind.TYPING)
        return True

    async def _me(self, bot: Bot, method: GetMe) -> User:
        return _own_user(bot)

    async def _nothing(self, bot: Bot, method: TelegramMethod[Any]) -> bool:
        """Commands are typed; the page shows its own few."""
        return True

    async def _present(self, method: Any) -> tuple[int, int, Body]:
        chat = _chat(method, method.chat_id)
        number = method.message_id or 0
        present = await self.transcripts.find(chat, number)
        if present is None:
            raise TelegramBadRequest(method, "Bad Request: message to edit not found")
        if present.by:
            raise TelegramBadRequest(method, "Bad Request: message can't be edited")
        return chat, number, present

    def _body(self, bot: Bot, method: Any, text: str, keyboard: Any) -> Body:
        mode = method.parse_mode
        if isinstance(mode, Default):
            mode = bot.default[mode.name]
        protect = getattr(method, "protect_content", None)
        if isinstance(protect, Default):
            protect = bot.default[protect.name]
        try:
            words = markup.of_html(text) if str(mode or "").upper() == "HTML" else markup.of_text(text)
        except markup.MarkupRefused as refusal:
            raise TelegramBadRequest(method, f"Bad Request: can't parse entities: {refusal}") from refusal
        if not words.text.strip():
            raise TelegramBadRequest(method, "Bad Request: message text is empty")
        if words.length > chats.MAX_TEXT:
            raise TelegramBadRequest(method, "Bad Request: message is too long")
        return Body(
            html=words.html.strip(),
            text=words.text.strip(),
            buttons=_buttons(method, keyboard),
            protect=bool(protect),
            at=self.clock.now(),
        )

    def _message(self, bot: Bot, chat: int, number: int, body: Body) -> Message:
        return Message.model_validate(
            {
                "message_id": number,
                "date": body.at or self.clock.now(),
                "chat": {"id": chat, "type": "private"},
                "from": _own_user(bot).model_dump(),
                "text": body.text,
                "reply_markup": _keyboard(body),
            },
            context={"bot": bot},
        )


@dataclass
class WebChatInputs:
    """The consumers of this process. `feed` works one update to its end; whatever it raises is a try that failed.

    `patience_with` are the errors that say "not now" (a gateway that does not answer): they are waited out and never
    counted, or an outage would condemn good inputs.
    """

    bot: Bot
    transcripts: Transcripts
    blocking: Any
    feed: Feed
    process: str
    patience_with: tuple[type[BaseException], ...] = (RedisError,)
    lease: timedelta = LEASE
    _turns: dict[int, dict[bytes, dict[bytes, bytes]]] = field(default_factory=dict)

    async def accept(self, given: Input) -> str:
        """Put on record first; only then may the page say "received"."""
        echo = None
        if given.kind is InputKind.TEXT:
            words = markup.of_text(given.text)
            echo = Body(html=words.html, text=words.text, at=given.at, by=given.client_id)
        elif given.kind is InputKind.PHOTO:
            echo = Body(at=given.at, by=given.client_id, photo=given.photo)
        return await self.transcripts.accept(given, echo=echo)

    async def waiting(self) -> int:
        """Inputs not handled yet, of all chats: the town is quiet at zero."""
        redis = self.transcripts.redis
        lengths = [await redis.xlen(chats.inputs_key(partition)) for partition in range(chats.PARTITIONS)]
        return sum(lengths)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for partition in range(chats.PARTITIONS):
                group.create_task(self._consume(partition))
            group.create_task(self._hold_turns())

    async def _consume(self, partition: int) -> None:
        key, room = chats.inputs_key(partition), asyncio.Semaphore(32)
        next_claim = 0.0
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while going_on():
                try:
                    entries = []
                    if loop.time() >= next_claim:
                        next_claim = loop.time() + self.lease.total_seconds() / 2
                        entries = await self._claim(key)
                    entries += await self._read(key)
                except ResponseError as error:
                    if "NOGROUP" not in str(error):
                        log.error("web chat inputs cannot be read: %s", type(error).__name__)
                        await asyncio.sleep(1)
                        continue
                    with contextlib.suppress(ResponseError):  # BUSYGROUP: another process was faster
                        await self.transcripts.redis.xgroup_create(key, chats.GROUP, id="0", mkstream=True)
                    continue
                except RedisError:
                    await asyncio.sleep(0.5)
                    continue
                for entry, fields in entries:
                    await room.acquire()
                    group.create_task(self._work_and_leave(room, entry, fields))

    async def _read(self, key: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        answer = await self.blocking.xreadgroup(chats.GROUP, self.process, {key: ">"}, count=32, block=1000)
        return list(answer[0][1]) if answer else []

    async def _claim(self, key: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """What a process took and did not finish; those at work here are told apart by their turn."""
        idle = chats.milliseconds(self.lease)
        answer = await self.transcripts.redis.xautoclaim(key, chats.GROUP, self.process, idle, count=32)
        return [(entry, fields) for entry, fields in answer[1] if fields]

    async def _work_and_leave(self, room: asyncio.Semaphore, entry: bytes, fields: dict[bytes, bytes]) -> None:
        try:
            await self._work(entry, fields)
        except RedisError:  # the entry stays pending and is claimed again
            await asyncio.sleep(0.2)
        except Exception as error:  # never let one chat end the others' task group
            log.error("a web chat input was left for another try: %s", type(error).__name__)
        finally:
            room.release()

    async def _work(self, entry: bytes, fields: dict[bytes, bytes]) -> None:
        """A chat is at work here once: its turn in Redis keeps other processes off, not two tasks of this one."""
        chat = int(fields[b"h"])
        if chat in self._turns:
            self._turns[chat][entry] = fields  # looked at by whoever is at work, when that is done
            return
        waiting = self._turns[chat] = {entry: fields}
        try:
            while waiting:
                entry = next(iter(waiting))
                await self._work_off(chat, entry, waiting.pop(entry))
        finally:
            del self._turns[chat]

    async def _work_off(self, chat: int, entry: bytes, fields: dict[bytes, bytes]) -> None:
        keys = chats.keys_of(chat)
        redis = self.transcripts.redis
        while entry:
            turn = int(
                await redis.register_script(chats.TURN_LUA)(
                    keys=[keys.queue, keys.turn, keys.tries],
                    args=[entry, self.process, chats.milliseconds(self.lease)],
                )
            )
            if turn < 0:  # handled before; only its acknowledgement was lost
                await redis.xack(keys.inputs, chats.GROUP, entry)
                await redis.xdel(keys.inputs, entry)
                return
            if turn == 0:  # an earlier input of this chat comes first; whoever finishes that one goes on with this
                return
            state = await self._handle(entry, fields, turn)
            following = await self._done(keys, entry, _client(fields), state)
            if state is InputState.FAILED:
                log.error("a web chat input was set aside after %d tries", MAX_TRIES)
            entry, fields = following, {}
            if entry:
                found = await redis.xrange(keys.inputs, entry, entry)
                fields = found[0][1] if found else {b"h": str(chat).encode(), b"c": b""}

    async def _done(self, keys: chats.ChatKeys, entry: bytes, client: str, state: InputState) -> bytes:
        """The next input of this chat, if one is waiting."""
        following: bytes = await self.transcripts.redis.register_script(chats.DONE_LUA)(
            keys=[keys.queue, keys.turn, keys.tries, keys.inputs, keys.mark(client), keys.events, keys.dead],
            args=[
                entry,
                self.process,
                state.value,
                chats.milliseconds(chats.MARK_KEPT_FOR),
                client,
                chats.KEPT_EVENTS,
                chats.GROUP,
            ],
        )
        return following

    async def _handle(self, entry: bytes, fields: dict[bytes, bytes], turn: int) -> InputState:
        keys, back_off = chats.keys_of(int(fields[b"h"])), _BACK_OFF
        while turn <= MAX_TRIES and going_on():
            try:
                given = chats.decode_input(fields, seal=self.transcripts.seal)
                update = await self._update(given, first=turn == 1)
                if update is not None:
                    await self.feed(update)
                return InputState.HANDLED
            except (Unsealable, KeyError, ValueError) as error:
                if b"b" not in fields or isinstance(error, Unsealable):
                    return InputState.FAILED
                log.error("a web chat input failed, try %d: %s", turn, type(error).__name__)
            except self.patience_with:
                await asyncio.sleep(1)
                continue
            except Exception as error:
                frames = "".join(traceback.format_tb(error.__traceback__))
                log.error("a web chat input failed, try %d: %s\n%s", turn, type(error).__name__, frames)
            if turn < MAX_TRIES:
                await asyncio.sleep(back_off.total_seconds())
                back_off *= 2
            turn = int(await self.transcripts.redis.hincrby(keys.tries, entry, 1))
        if not going_on():
            raise asyncio.CancelledError
        return InputState.FAILED

    async def _update(self, given: Input, *, first: bool) -> Update | None:
        """None: nothing to work, the person was told why.

        Only a first try may find its button gone: a try that was cut short may have redrawn the message itself, and
        what it drew is kept only if the press is worked to its end.
        """
        person = {
            "id": given.chat,
            "is_bot": False,
            "first_name": "-",
            "language_code": given.language or None,
        }
        chat = {"id": given.chat, "type": "private"}
        when = given.at or self.transcripts.clock.now()
        content: dict[str, Any]
        if given.kind is InputKind.PRESS:
            body = await self.transcripts.find(given.chat, given.message or 0)
            drawn = body is not None and any(button.data == given.data for row in body.buttons for button in row)
            if body is None or (first and not drawn):
                await self.transcripts.note(
                    given.chat, EventKind.ANSWER, body=Body(by=STALE, toast=STALE), client=given.client_id
                )
                return None
            pressed = {
                "message_id": given.message,
                "date": body.at or when,
                "chat": chat,
                "from": _own_user(self.bot).model_dump(),
                "text": body.text,
                "reply_markup": _keyboard(body),
            }
            content = {
                "callback_query": {
                    "id": f"{given.chat}.{given.client_id}",
                    "from": person,
                    "chat_instance": str(given.chat),
                    "message": pressed,
                    "data": given.data,
                }
            }
        else:
            message: dict[str, Any] = {"message_id": given.own, "date": when, "chat": chat, "from": person}
            if given.kind is InputKind.PHOTO:
                message["photo"] = [{"file_id": given.photo, "file_unique_id": given.photo, "width": 1, "height": 1}]
            else:
                message["text"] = given.text
                command = given.text.split(maxsplit=1)[0] if given.text.startswith("/") else ""
                if command:
                    message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
            content = {"message": message}
        update_id = chats.update_id_of(given.chat, given.client_id)
        return Update.model_validate({"update_id": update_id, **content}, context={"bot": self.bot})

    async def _hold_turns(self) -> None:
        """The turns at work here stay ours, however long a step takes; a dead process' turns run out."""
        while going_on():
            await asyncio.sleep(self.lease.total_seconds() / 4)
            for chat in list(self._turns):
                with contextlib.suppress(RedisError):
                    await self.transcripts.redis.register_script(chats.STAY_LUA)(
                        keys=[chats.keys_of(chat).turn], args=[self.process, chats.milliseconds(self.lease)]
                    )


def _client(fields: dict[bytes, bytes]) -> str:
    return fields[b"c"].decode()


def _own_user(bot: Bot) -> User:
    return User(id=bot.id, is_bot=True, first_name="Shaodian", username="shaodian")


def _chat(method: TelegramMethod[Any], chat_id: int | str | None) -> int:
    if not isinstance(chat_id, int) or chat_id < chats.FIRST_CHAT:
        raise TelegramBadRequest(method, "Bad Request: chat not found")
    return chat_id


def _buttons(method: TelegramMethod[Any], keyboard: Any) -> tuple[tuple[Button, ...], ...]:
    if isinstance(keyboard, (ReplyKeyboardMarkup, ForceReply)):
        raise TelegramBadRequest(method, "Bad Request: the web chat shows inline keyboards only")
    if not isinstance(keyboard, InlineKeyboardMarkup):
        return ()
    rows = []
    for row in keyboard.inline_keyboard:
        for button in row:
            data, url = button.callback_data, button.url
            if data is None and url is None:
                raise TelegramBadRequest(method, "Bad Request: the web chat has no buttons of this type")
            if data is not None and not 1 <= len(data.encode()) <= chats.MAX_CALLBACK_DATA:
                raise TelegramBadRequest(method, "Bad Request: BUTTON_DATA_INVALID")
            if url is not None and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
                raise TelegramBadRequest(method, "Bad Request: inline keyboard button URL is invalid")
        rows.append(tuple(Button(button.text, button.callback_data, button.url) for button in row))
    return tuple(rows)


def _keyboard(body: Body) -> dict[str, Any] | None:
    if not body.buttons:
        return None
    return {
        "inline_keyboard": [
            [{"text": button.label, "callback_data": button.data, "url": button.url} for button in row]
            for row in body.buttons
        ]
    }


@dataclass(frozen=True)
class ChatPages:
    """What the page's routes may do with a chat, in plain words: they know nothing of streams."""

    inputs: WebChatInputs
    listeners: Listeners

    def new_chat(self) -> int:
        return chats.FIRST_CHAT + secrets.randbelow(chats.FIRST_CHAT)

    async def submit(
        self,
        chat: int,
        *,
        client_id: str,
        kind: str,
        text: str = "",
        message: int | None = None,
        data: str = "",
        language: str = "",
        photo: str = "",
    ) -> str:
        now = self.inputs.transcripts.clock.now()
        given = Input(chat, client_id, InputKind(kind), text, message, data, language, at=now, photo=photo)
        return await self.inputs.accept(given)

    async def snapshot(self, chat: int) -> tuple[str, list[dict[str, Any]]]:
        return await self.inputs.transcripts.snapshot(chat)

    async def can_resume(self, chat: int, after: str) -> bool:
        return await self.inputs.transcripts.reaches_back_to(chat, after)

    async def follow(self, chat: int, after: str) -> AsyncGenerator[tuple[str, dict[str, Any]] | None, None]:
        async for event in self.listeners.follow(chat, after):
            yield None if event is None else (event.id, event.shown())

    async def unseen(self, chat: int, delivery: str) -> bool:
        return await self.inputs.transcripts.unseen(chat, delivery)

    async def seen(self, chat: int, delivery: str) -> None:
        await self.inputs.transcripts.seen(chat, delivery)
