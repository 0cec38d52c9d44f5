"""A Bot API server of our own: faithful where it matters to us, and faulty on demand.

It remembers everything it accepted, which is the oracle: the system under test is never its own judge. Residents are
driven from the test's side (`resident(42).types("hello")`), by Telegram's own rules: what a person does becomes an
update that is handed out again until it is confirmed, by offset or by a 2xx of the webhook.

    python -m tests.support.fake_telegram --port 8081
    (for other processes: GET /oracle, POST /resident, POST /faults)
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import re
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

FLOOD, SERVER_ERROR, BLOCKED, LOST_ANSWER, SLOW, REFUSED = "flood", "server_error", "blocked", "lost", "slow", "refused"
MIGRATED, NOT_ACCEPTED = "migrated", "dropped"

_TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "span",
    "tg-spoiler",
    "blockquote",
}
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}


@dataclass
class Fault:
    """Met by the next `times` calls of `method` (any, if empty)."""

    kind: str
    method: str = "sendMessage"
    times: int = 1
    retry_after: int = 1
    seconds: float = 0.2
    chat: int | None = None
    migrate_to: int = 0


class Refusal(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Accepted:
    """One call Telegram took, in order."""

    method: str
    chat: int | None
    message_id: int | None
    parameters: dict[str, Any]
    at: float


@dataclass
class FakeTelegram:
    token: str = "42:TEST"
    host: str = "127.0.0.1"
    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    migrated: dict[int, int] = field(default_factory=dict)
    #: Open topics of a group that has any; messages to others of it are refused.
    topics: dict[int, set[int]] = field(default_factory=dict)
    duplicate_updates: bool = False
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    confirmed: list[int] = field(default_factory=list)
    messages: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    webhook_answers: list[int] = field(default_factory=list)
    webhook_back_off: float = 0.05
    #: Of the messages it takes, the share whose answer never comes back; `lost` are the chats they were for.
    loses: float = 0.0
    seed: int = 0
    lost: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._callback_ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._answered: set[str] = set()
        self._queries: set[str] = set()
        self._polling = 0
        self._pusher: asyncio.Task[None] | None = None
        self._files: dict[str, bytes] = {}
        self._dice = random.Random(self.seed)

    # the server

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{name}", self._file)
        app.router.add_get("/oracle", self._oracle)
        app.router.add_post("/resident", self._resident)
        app.router.add_post("/faults", self._faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._pusher = asyncio.ensure_future(self._push())

    async def stop(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pusher
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> "FakeTelegram":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # what the test may ask

    def resident(self, user: int, *, language: str = "zh-hans", chat: int | None = None) -> "Resident":
        return Resident(self, user, language=language, chat=user if chat is None else chat)

    def fault(self, kind: str, **options: Any) -> None:
        self.faults.append(Fault(kind, **options))

    def sent_to(self, chat: int) -> list[dict[str, Any]]:
        """Everything accepted for this chat, as sent."""
        return [item.parameters for item in self.accepted if item.chat == chat and item.method.startswith("send")]

    # updates

    async def put_update(self, content: dict[str, Any], *, update_id: int | None = None) -> int:
        given = next(self._update_ids) if update_id is None else update_id
        update = {"update_id": given, **content}
        async with self._news:
            self.updates.append(update)
            if self.duplicate_updates and update_id is None:
                self.updates.append(json.loads(json.dumps(update)))
            self._news.notify_all()
        return given

    async def until_confirmed(self, update_id: int, *, patience: float = 20) -> None:
        """Until the bot's side has confirmed it: no copy is waiting any more."""

        def gone() -> bool:
            return all(update["update_id"] != update_id for update in self.updates)

        async with asyncio.timeout(patience), self._news:
            await self._news.wait_for(gone)

    async def _confirm(self, below: int) -> None:
        async with self._news:
            while self.updates and self.updates[0]["update_id"] < below:
                self.confirmed.append(self.updates.popleft()["update_id"])
            self._news.notify_all()

    async def _push(self) -> None:
        """The webhook: one update at a time, again and again until it is answered with 2xx."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                async with self._news:
                    await self._news.wait_for(lambda: bool(self.webhook.get("url")) and bool(self.updates))
                    update = self.updates[0]
                headers = {}
                if self.webhook.get("secret_token"):
                    headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret_token"]
                try:
                    async with session.post(self.webhook["url"], json=update, headers=headers) as answer:
                        status = answer.status
                except (aiohttp.ClientError, TimeoutError):
                    status = 0
                self.webhook_answers.append(status)
                if 200 <= status < 300:
                    async with self._news:
                        if self.updates and self.updates[0] is update:
                            self.confirmed.append(self.updates.popleft()["update_id"])
                        self._news.notify_all()
                else:
                    await asyncio.sleep(self.webhook_back_off)

    # the API

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        parameters = await _parameters(request)
        self.calls.append(method)
        if request.match_info["token"] != self.token:
            return _refuse(Refusal(401, "Unauthorized"))
        fault = self._fault_for(method, parameters)
        handler: Callable[[dict[str, Any]], Awaitable[Any]] | None = getattr(self, f"_do_{method}", None)
        if handler is None:
            return _refuse(Refusal(404, "Not Found: method not found"))
        try:
            if fault is not None and fault.kind == SLOW:
                await asyncio.sleep(fault.seconds)
            if fault is not None:
                _meet(fault)
            if fault is not None and fault.kind == NOT_ACCEPTED:
                return _hang_up(request)
            result = await handler(parameters)
        except Refusal as refusal:
            return _refuse(refusal)
        if fault is not None and fault.kind == LOST_ANSWER:
            return _hang_up(request)
        if method == "sendMessage" and self._dice.random() < self.loses:
            self.lost.append(int(parameters["chat_id"]))
            return _hang_up(request)
        return web.json_response({"ok": True, "result": result})

    def _fault_for(self, method: str, parameters: dict[str, Any]) -> Fault | None:
        for fault in self.faults:
            if fault.method not in ("", method):
                continue
            if fault.chat is not None and str(fault.chat) != str(parameters.get("chat_id")):
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None

    def _accept(self, method: str, chat: int | None, message_id: int | None, parameters: dict[str, Any]) -> None:
        now = asyncio.get_running_loop().time()
        self.accepted.append(Accepted(method, chat, message_id, parameters, now))

    def _chat(self, parameters: dict[str, Any]) -> int:
        chat = parameters.get("chat_id")
        if chat is None or not re.fullmatch(r"-?\d+", str(chat)):
            raise Refusal(400, "Bad Request: chat not found")
        number = int(chat)
        if number in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if number in self.migrated:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated[number],
            )
        topic = parameters.get("message_thread_id")
        if topic is not None and int(topic) not in self.topics.get(number, {int(topic)}):
            raise Refusal(400, "Bad Request: message thread not found")
        return number

    async def _do_getMe(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": int(self.token.split(":", 1)[0]),
            "is_bot": True,
            "first_name": "Shaodian",
            "username": "shaodian_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _do_getUpdates(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook.get("url"):
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polling += 1
        turn = self._polling  # whoever asks last is served: the earlier request is ended, as after a killed bot
        async with self._news:
            self._news.notify_all()
        offset = int(parameters.get("offset") or 0)
        if offset > 0:
            await self._confirm(offset)
        limit = min(int(parameters.get("limit") or 100), 100)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(parameters.get("timeout") or 0)), self._news:
                await self._news.wait_for(lambda: bool(self.updates) or self._polling != turn)
        if self._polling != turn:
            raise Refusal(409, "Conflict: terminated by other getUpdates request")
        if self.webhook.get("url"):
            raise Refusal(409, "Conflict: terminated by setWebhook request")
        return list(itertools.islice(self.updates, limit))

    async def _do_setWebhook(self, parameters: dict[str, Any]) -> bool:
        async with self._news:
            self.webhook = dict(parameters)
            self._news.notify_all()
        return True

    async def _do_deleteWebhook(self, _: dict[str, Any]) -> bool:
        self.webhook = {}
        return True

    async def _do_getWebhookInfo(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }

    async def _do_sendMessage(self, parameters: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(parameters)
        text, entities = _judge_text(str(parameters.get("text", "")), parameters.get("parse_mode"))
        markup = _judge_markup(parameters.get("reply_markup"))
        message = self._message(chat, {"text": text, "entities": entities, "reply_markup": markup})
        self._accept("sendMessage", chat, message["message_id"], parameters | {"shown": text})
        return message

    async def _send_file(self, method: str, kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(parameters)
        caption, _ = _judge_text(str(parameters.get("caption") or " "), parameters.get("parse_mode"), limit=1024)
        size = {"file_id": f"f{len(self._files)}", "file_unique_id": "u", "width": 1, "height": 1}
        content: dict[str, Any] = (
            {"photo": [size]} if kind == "photo" else {"document": {"file_id": "f", "file_unique_id": "u"}}
        )
        message = self._message(chat, content | {"caption": caption.strip()})
        self._accept(method, chat, message["message_id"], parameters)
        return message

    async def _do_sendPhoto(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return await self._send_file("sendPhoto", "photo", parameters)

    async def _do_sendDocument(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return await self._send_file("sendDocument", "document", parameters)

    async def _do_editMessageText(self, parameters: dict[str, Any]) -> dict[str, Any]:
        chat, message = self._own_message(parameters)
        text, entities = _judge_text(str(parameters.get("text", "")), parameters.get("parse_mode"))
        markup = _judge_markup(parameters.get("reply_markup"))
        self._change(message, text=text, entities=entities, reply_markup=markup)
        self._accept("editMessageText", chat, message["message_id"], parameters | {"shown": text})
        return message

    async def _do_editMessageReplyMarkup(self, parameters: dict[str, Any]) -> dict[str, Any]:
        chat, message = self._own_message(parameters)
        self._change(message, reply_markup=_judge_markup(parameters.get("reply_markup")))
        self._accept("editMessageReplyMarkup", chat, message["message_id"], parameters)
        return message

    async def _do_deleteMessage(self, parameters: dict[str, Any]) -> bool:
        chat = self._chat(parameters)
        if self.messages.pop((chat, int(parameters.get("message_id") or 0)), None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        self._accept("deleteMessage", chat, int(parameters["message_id"]), parameters)
        return True

    async def _do_answerCallbackQuery(self, parameters: dict[str, Any]) -> bool:
        query = str(parameters.get("callback_query_id"))
        if query not in self._queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(str(parameters.get("text") or "")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self._answered.add(query)
        self._accept("answerCallbackQuery", None, None, parameters)
        return True

    async def _do_sendChatAction(self, parameters: dict[str, Any]) -> bool:
        self._chat(parameters)
        return True

    async def _do_setMyCommands(self, parameters: dict[str, Any]) -> bool:
        self._accept("setMyCommands", None, None, parameters)
        return True

    async def _do_deleteMyCommands(self, _: dict[str, Any]) -> bool:
        return True

    async def _do_getFile(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name = str(parameters.get("file_id"))
        if name not in self._files:
            raise Refusal(400, "Bad Request: invalid file_id")
        return {"file_id": name, "file_unique_id": name, "file_size": len(self._files[name]), "file_path": name}

    async def _file(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content)

    def _own_message(self, parameters: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        chat = self._chat(parameters)
        message = self.messages.get((chat, int(parameters.get("message_id") or 0)))
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if not message["from"]["is_bot"]:
            raise Refusal(400, "Bad Request: message can't be edited")
        return chat, message

    def _change(self, message: dict[str, Any], **values: Any) -> None:
        changed = {key: value for key, value in values.items() if (value or None) != (message.get(key) or None)}
        if not changed:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
                "same as a current content and reply markup of the message",
            )
        for key, value in values.items():
            if value:
                message[key] = value
            else:
                message.pop(key, None)
        message["edit_date"] = 1_700_000_000

    def _message(self, chat: int, content: dict[str, Any]) -> dict[str, Any]:
        number = next(self._message_ids)
        kept = {key: value for key, value in content.items() if value}
        message = {
            "message_id": number,
            "date": 1_700_000_000,
            "chat": _chat_of(chat),
            "from": {"id": int(self.token.split(":", 1)[0]), "is_bot": True, "first_name": "Shaodian"},
            **kept,
        }
        self.messages[chat, number] = message
        return message

    # doors for other processes

    async def _oracle(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "accepted": [vars(item) for item in self.accepted],
                "confirmed": self.confirmed,
                "waiting": len(self.updates),
                "webhook_answers": self.webhook_answers,
            }
        )

    async def _resident(self, request: web.Request) -> web.Response:
        asked = await request.json()
        person = self.resident(int(asked["user"]), language=asked.get("language", "zh-hans"))
        if "text" in asked:
            return web.json_response({"update_id": await person.types(asked["text"])})
        if "photo" in asked:
            return web.json_response({"update_id": await person.sends_photo()})
        return web.json_response({"update_id": await person.presses(asked["press"], again=asked.get("again", False))})

    async def _faults(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.fault(asked.pop("kind"), **asked)
        return web.json_response({"ok": True})


@dataclass
class Resident:
    """A person with Telegram in hand."""

    telegram: FakeTelegram
    user: int
    language: str
    chat: int

    async def types(self, text: str) -> int:
        content: dict[str, Any] = {"text": text}
        command = re.match(r"/\w+", text)
        if command:
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
        return await self._says(content)

    async def sends_photo(self) -> int:
        return await self._says({"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]})

    async def presses(self, label: str, *, again: bool = False, data: str | None = None) -> int:
        """The newest button with this label (or part of it). `again` presses once more under a new update id, as an
        application opened again does."""
        message, found = self._button(label)
        update = await self.taps(message, found if data is None else data)
        if again:
            await self.taps(message, found if data is None else data)
        return update

    async def taps(self, message: dict[str, Any], data: str) -> int:
        query = f"q{next(self.telegram._callback_ids)}"
        self.telegram._queries.add(query)
        return await self.telegram.put_update(
            {
                "callback_query": {
                    "id": query,
                    "from": self._person(),
                    "message": json.loads(json.dumps(message)),
                    "chat_instance": "1",
                    "data": data,
                }
            }
        )

    async def repeats(self, update_id: int, content: dict[str, Any]) -> int:
        """The same update once more, as Telegram does when an answer was lost."""
        return await self.telegram.put_update(content, update_id=update_id)

    @property
    def hears(self) -> list[str]:
        """What stands in the chat now, oldest first."""
        return [message.get("text", "") for message in self._messages() if message["from"]["is_bot"]]

    @property
    def buttons(self) -> list[str]:
        """The labels of the newest message that has any."""
        for message in reversed(self._messages()):
            if message.get("reply_markup"):
                return [button["text"] for row in message["reply_markup"]["inline_keyboard"] for button in row]
        return []

    def _messages(self) -> list[dict[str, Any]]:
        return [message for (chat, _), message in sorted(self.telegram.messages.items()) if chat == self.chat]

    def _button(self, label: str) -> tuple[dict[str, Any], str]:
        for message in reversed(self._messages()):
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
                for button in row:
                    if label in button["text"] and "callback_data" in button:
                        return message, button["callback_data"]
        raise AssertionError(f"no button {label!r}; there are {self.buttons} under {self.hears[-1:]}")

    def _person(self) -> dict[str, Any]:
        return {"id": self.user, "is_bot": False, "first_name": "Mira", "language_code": self.language}

    async def _says(self, content: dict[str, Any]) -> int:
        number = next(self.telegram._message_ids)
        message = {
            "message_id": number,
            "date": 1_700_000_000,
            "chat": _chat_of(self.chat),
            "from": self._person(),
            **content,
        }
        self.telegram.messages[self.chat, number] = message
        return await self.telegram.put_update({"message": message})


def _chat_of(chat: int) -> dict[str, Any]:
    if chat < 0:
        return {"id": chat, "type": "supergroup", "title": "Grid 3"}
    return {"id": chat, "type": "private", "first_name": "Mira"}


def _meet(fault: Fault) -> None:
    if fault.kind == FLOOD:
        raise Refusal(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after)
    if fault.kind == SERVER_ERROR:
        raise Refusal(502, "Bad Gateway")
    if fault.kind == BLOCKED:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    if fault.kind == REFUSED:
        raise Refusal(400, "Bad Request: chat not found")
    if fault.kind == MIGRATED:
        raise Refusal(
            400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=fault.migrate_to
        )


def _refuse(refusal: Refusal) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.code)


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _judge_text(source: str, mode: Any, *, limit: int = 4096) -> tuple[str, list[dict[str, Any]]]:
    text, entities = source, []
    if str(mode or "").upper() == "HTML":
        text, entities = _parse_html(source)
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise Refusal(400, "Bad Request: message is too long")
    return text, entities


def _parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    text, entities, opened, at = "", [], [], 0
    for found in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>|&(?:lt|gt|amp|quot);|&#\d+;|<", source):
        text += source[at : found.start()]
        at = found.end()
        token = found.group(0)
        if token.startswith("&"):
            text += _ENTITIES.get(token) or chr(int(token[2:-1]))
            continue
        name = (found.group(2) or "").lower()
        if name not in _TAGS:
            raise Refusal(
                400, f'Bad Request: can\'t parse entities: Unsupported start tag "{name}" at byte offset {at}'
            )
        if not found.group(1):
            opened.append((name, len(text)))
            continue
        if not opened or opened[-1][0] != name:
            raise Refusal(
                400, f'Bad Request: can\'t parse entities: Unmatched end tag at byte offset {at}, found "{name}"'
            )
        start = opened.pop()[1]
        entities.append({"type": _entity(name), "offset": start, "length": len(text) - start})
    if opened:
        raise Refusal(
            400, f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\""
        )
    return (text + source[at:]).strip(), [entity for entity in entities if entity["length"]]


def _entity(name: str) -> str:
    known = {
        "b": "bold",
        "strong": "bold",
        "i": "italic",
        "em": "italic",
        "u": "underline",
        "ins": "underline",
        "a": "url",
    }
    return known.get(name, "code" if name in ("code", "pre") else "strikethrough")


def _judge_markup(markup: Any) -> dict[str, Any] | None:
    if not markup:
        return None
    value: dict[str, Any] = json.loads(markup) if isinstance(markup, str) else markup
    for row in value.get("inline_keyboard", ()):
        for button in row:
            if not button.get("text"):
                raise Refusal(400, "Bad Request: inline keyboard button text is empty")
            data = button.get("callback_data")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return value if value.get("inline_keyboard") else None


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        value = await request.json()
        return value if isinstance(value, dict) else {}
    return {key: value if isinstance(value, str) else "file" for key, value in (await request.post()).items()}


async def _serve(port: int, token: str) -> None:
    async with FakeTelegram(token=token, port=port) as telegram:
        sys.stdout.write(telegram.url + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Bot API server")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="42:TEST")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.port, arguments.token))


if __name__ == "__main__":
    main()
