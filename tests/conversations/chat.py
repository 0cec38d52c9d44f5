"""A person at a chat: the real dispatcher, a session that records, a small gateway, drafts in a dictionary."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    EditMessageText,
    GetFile,
    SendMessage,
    TelegramMethod,
)
from aiogram.types import Chat as TelegramChat
from aiogram.types import File, Message, Update

from bot.conversations import order
from bot.drafts import Kept, Overtaken
from bot.forms.load import Forms, load_forms
from bot.gateway_client import GatewayClient
from bot.texts import Texts
from gateway.clock import HeldClock
from gateway.schemas.people import ProfileIn
from gateway.schemas.reports import ANSWERS, ReportIn

NOW = datetime(2021, 1, 12, 2, 0, tzinfo=UTC)  # 10:00 in Jinan
ZONE = ZoneInfo("Asia/Shanghai")
PLACES = {
    "历下": [{"code": "370102", "name": "历下区", "full_name": "山东省济南市历下区", "level": 6, "rest": ""}],
    "济南": [{"code": "3701", "name": "济南市", "full_name": "山东省济南市", "level": 4, "rest": ""}],
    "jinan": [{"code": "3701", "name": "Jinan", "full_name": "山东省济南市", "level": 4, "rest": ""}],
    "绿园": [{"code": "220106", "name": "绿园区", "full_name": "吉林省长春市绿园区", "level": 6, "rest": ""}],
    "changchun": [{"code": "2201", "name": "Changchun", "full_name": "吉林省长春市", "level": 4, "rest": ""}],
    "鼓楼": [
        {"code": "320106", "name": "鼓楼区", "full_name": "江苏省南京市鼓楼区", "level": 6, "rest": ""},
        {"code": "350102", "name": "鼓楼区", "full_name": "福建省福州市鼓楼区", "level": 6, "rest": ""},
    ],
}
RULE = {"id": "SD-3.3.2-m", "quote": "实行14天居家健康管理", "explanation": "You came from a key area."}
ASKED = {
    "key": "key_area", "title": "疫情重点地区入鲁返鲁人员", "which": "real_time", "profile": "key_area", "until": None,
    "payer": "费用由政府承担。", "rules": ["SD-3.3.3-a"], "quote": None,
}  # fmt: skip
PLAN = {
    "follow_up_id": str(uuid4()), "profile": "key_area", "profile_name": "疫情重点地区来人", "state": "provisional",
    "pack": "sd-2020-09", "note": None,
    "periods": [{"kind": "home", "starts_at": "2021-01-12T00:00:00+08:00", "ends_at": "2021-01-26T00:00:00+08:00",
                 "rules": [RULE]}],
    "items": [{"id": str(uuid4()), "kind": "test", "test": "nat", "opens_at": "2021-01-12T00:00:00+08:00",
               "due_at": "2021-01-13T18:00:00+08:00", "state": "pending", "place": None, "rules": [RULE]}],
}  # fmt: skip


@dataclass
class Gateway:
    """Keeps the contract of the HTTP API as far as the conversations use it."""

    residents: dict[str, dict[str, Any]] = field(default_factory=dict)
    officials: dict[str, dict[str, Any]] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    fails: int = 0  # so many calls are not answered
    stumbles: int = 0  # so many end in a 500
    keys: dict[str, str] = field(default_factory=dict)

    def client(self) -> GatewayClient:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self.answer), base_url="http://gateway")
        return GatewayClient(http, token="secret", rest=_at_once)

    def called(self, path: str) -> list[Any]:
        return [body for _, called, _, body in self.calls if called == path]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.fails:
            self.fails -= 1
            raise httpx2.ConnectError("refused")
        if self.stumbles:
            self.stumbles -= 1
            return httpx2.Response(500, text="oops")
        assert request.headers["Authorization"] == "Bearer secret"
        address = request.headers["X-Shaodian-Address"]
        if request.method == "POST":
            assert request.headers["Idempotency-Key"]
        path = request.url.path
        if path.startswith("/v1/me/attachments/"):
            return self._attach(path.rpartition("/")[2], request.content, address)
        body = json.loads(request.content or "null")
        self.calls.append((request.method, path, address, body))
        return self._route(request, path, address, body)

    def _route(self, request: httpx2.Request, path: str, address: str, body: Any) -> httpx2.Response:
        resident = self.residents.get(address)
        match path.split("/")[2:]:
            case ["me"]:
                return self._me(address)
            case ["me", "consent"]:
                self.residents.setdefault(address, _resident()).update(
                    language=body["language"], consent_version=body["version"]
                )
                return self._me(address)
            case ["desk-groups"]:
                if address not in self.officials:
                    return _problem("bad-credentials", 401)
                if not body["code"].startswith("good"):
                    return _problem("group-code-unknown", 404)
                if body["code"] in self.keys:
                    return _problem("group-taken", 409)
                self.keys[body["code"]] = f"{body['chat']}/{body['topic']}"
                return _json({"label": "区指挥部群", "area_name": "历下区"}, 201)
            case ["me", "language"]:
                assert resident is not None
                resident["language"] = body["language"]
                return _json({})
            case ["me", "profile"]:
                profile = ProfileIn.model_validate(body)
                assert resident is not None
                resident.update(name=profile.name, home_area=profile.home_area, home_area_name="山东省济南市历下区",
                                grid=profile.grid, registered_profile=True)  # fmt: skip
                return _json({})
            case ["me", "family"]:
                assert resident is not None
                member = {"id": str(uuid4()), "name": body["name"], "relation": body["relation"]}
                resident["family"].append(member)
                return _json(member, 201)
            case ["me", "plan"]:
                return _json({"plans": [PLAN] if self.reports else []})
            case ["me", "tests-asked"]:
                return _json([ASKED] if self.reports else [])
            case ["me", "stop"]:
                return _json({})
            case ["me", "erasure"]:
                self.residents.pop(address, None)
                return _json({"erased": True, "holds": [], "note": ""})
            case ["heard"]:
                danger = "不想活" in body["text"] or "kill myself" in body["text"]
                return _json({"safety": "self_harm" if danger else None, "card": "热线 12320" if danger else None})
            case ["places"]:
                text = request.url.params["q"].lower()
                found = next((PLACES[name] for name in PLACES if name in text), [])
                return _json({"candidates": found, "country": None})
            case ["reports"]:
                return self._report(ReportIn.model_validate(body))
            case ["enrolments"]:
                return self._enrol(address, body["token"])
            case ["login-links"]:
                return _json({"link": "http://gateway/console/sign-in?token=x", "minutes": 10}, 201)
            case ["duty"]:
                return _json({"alerts": list(self.alerts.values()), "assignments": []})
            case ["alerts", alert_id, *what]:
                return self._alert(self.alerts.get(alert_id), what, body, address)
            case ["addresses"]:
                return _json({})
            case ["checklist-assignments", _, "completion"]:
                return _json({})
        return _problem("not-found", 404)

    def _attach(self, name: str, picture: bytes, address: str) -> httpx2.Response:
        self.calls.append(("PUT", "/v1/me/attachments", address, picture))
        if not picture.startswith(b"\xff\xd8\xff"):
            return _problem("not-taken", 422)
        kept = {"id": name, "media_type": "image/jpeg", "size": len(picture), "reference": f"attachment:{name}"}
        return _json(kept)

    def _me(self, address: str) -> httpx2.Response:
        return _json({"resident": self.residents.get(address), "official": self.officials.get(address)})

    def _report(self, report: ReportIn) -> httpx2.Response:
        ANSWERS[report.form].model_validate(report.answers)
        key = str(report.instance_id)
        duplicate = key in self.reports
        kept = self.reports.setdefault(key, {"reference": f"R-{len(self.reports) + 1:04}", "report": report})
        ill = report.form == "symptoms"
        outcome = {
            "reference": kept["reference"],
            "advice": [{"code": "fever_clinic", "text": "请到发热门诊就诊"}] if ill else [],
            "plan": PLAN if report.form == "travel" else None,
            "alert_raised": ill,
        }
        answer = {"id": str(uuid4()), "reference": kept["reference"], "duplicate": duplicate, "outcome": outcome}
        return _json(answer, 200 if duplicate else 201)

    def _enrol(self, address: str, token: str) -> httpx2.Response:
        if token in self.keys:
            return _problem("invitation-used", 409)
        if not token.startswith("good"):
            return _problem("not-found", 404)
        self.keys[token] = address
        self.officials[address] = official("王医生")
        return _json(self.officials[address], 201)

    def _alert(self, alert: dict[str, Any] | None, what: list[str], body: Any, address: str) -> httpx2.Response:
        if alert is None:
            return _problem("not-found", 404)
        if alert["status"] == "resolved" and what:
            return _problem("alert-already-resolved", 409)
        match what:
            case ["acknowledgement"]:
                alert.update(status="acknowledged", acknowledged_by="王医生")
            case ["resolution"]:
                alert.update(status="resolved", outcome=body["outcome"])
            case ["notes"]:
                alert["timeline"].append(
                    {"at": "2021-01-12T02:00:00Z", "kind": "note", "actor": "王医生", "text": body["text"]}
                )
        return _json(alert)


@cache
def _forms() -> Forms:
    return load_forms()


@cache
def _texts() -> Texts:
    return Texts.load()


async def _at_once(seconds: float) -> None:
    return None


def _json(content: Any, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, json=content)


def _problem(name: str, status: int) -> httpx2.Response:
    content = {"type": f"urn:shaodian:problem:{name}", "title": name, "status": status, "detail": name, "errors": []}
    return httpx2.Response(status, json=content, headers={"Content-Type": "application/problem+json"})


def _resident() -> dict[str, Any]:
    return {
        "id": str(uuid4()), "language": "zh_Hans_CN", "consent_version": None, "name": None, "phone_masked": None,
        "home_area": None, "home_area_name": None, "grid": None, "registered_profile": False, "family": [],
    }  # fmt: skip


def agreed(name: str = "张桂兰", language: str = "zh_Hans_CN") -> dict[str, Any]:
    return _resident() | {
        "consent_version": "consent-1", "name": name, "language": language, "registered_profile": True,
        "home_area": "370102", "home_area_name": "山东省济南市历下区",
    }  # fmt: skip


def official(name: str) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": name, "roles": ["doctor"], "area": "370102", "area_name": "历下区"}


def an_alert() -> dict[str, Any]:
    return {
        "id": str(uuid4()), "kind": "symptoms", "severity": "urgent", "status": "raised", "area": "370102",
        "area_name": "历下区", "resident_id": None, "subject": "R-0001", "summary": "发热 38.2 ℃, 咳嗽",
        "evidence": "发烧38.2", "raised_at": "2021-01-12T02:00:00Z", "step": 0,
        "next_step": {
            "level": "L2",
            "name": "社区",
            "roles": ["community"],
            "at": "2021-01-12T02:15:00Z",
            "in_minutes": 12,
        },
        "acknowledged_by": None, "acknowledged_at": None, "resolve_due_at": None, "timeline": [],
    }  # fmt: skip


@dataclass
class MemoryDrafts:
    """What bot.drafts promises, in a dictionary; everything goes through JSON as it would through Redis."""

    kept: dict[str, str] = field(default_factory=dict)
    worked: set[tuple[str, int]] = field(default_factory=set)
    overtaken: int = 0

    async def load(self, address: str, *, update_id: int) -> Kept:
        stored = self.kept.get(address)
        return Kept(json.loads(stored) if stored else None, repeated=(address, update_id) in self.worked)

    async def save(
        self, address: str, draft: dict[str, Any] | None, *, update_id: int, section_ends: bool = False
    ) -> None:
        if self.overtaken:
            self.overtaken -= 1
            raise Overtaken
        assert (address, update_id) not in self.worked, "one save per update"
        self.worked.add((address, update_id))
        if draft is None:
            self.kept.pop(address, None)
            return
        self.kept[address] = json.dumps(draft, ensure_ascii=False).encode().decode()

    async def forget(self, address: str) -> None:
        self.kept.pop(address, None)


@dataclass
class Screen:
    text: str
    buttons: dict[str, str]  # label -> callback data


class RecordingSession(BaseSession):
    """Telegram as far as it is used, with its refusals: 4,096 characters, 64 bytes, "not modified"."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[int, Screen] = {}
        self.toasts: list[str] = []
        self.files: dict[str, bytes] = {}
        self.edits = 0
        self.latest = 1000  # the message last written or rewritten
        self._next = 1000

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109
        if isinstance(method, SendMessage):
            self._next += 1
            self.latest = self._next
            self.messages[self._next] = self._screen(method)
            return self._message(int(method.chat_id), self._next, method.text)
        if isinstance(method, EditMessageText | EditMessageReplyMarkup):
            return self._edit(method)
        if isinstance(method, AnswerCallbackQuery):
            self.toasts.append(method.text or "")
            return True
        if isinstance(method, GetFile):
            return File(file_id=method.file_id, file_unique_id=method.file_id, file_path=method.file_id)
        raise AssertionError(f"unexpected {method.__api_method__}")

    def _edit(self, method: EditMessageText | EditMessageReplyMarkup) -> Any:
        number = method.message_id or 0
        present = self.messages.get(number)
        if present is None:
            raise TelegramBadRequest(method, "Bad Request: message to edit not found")
        text = method.text if isinstance(method, EditMessageText) else present.text
        screen = Screen(text or "", _labels(method))
        if screen == present:
            raise TelegramBadRequest(method, "Bad Request: message is not modified")
        assert len(screen.text) <= 4096
        self.edits += 1
        if isinstance(method, EditMessageText):
            self.latest = number
        self.messages[number] = screen
        return self._message(int(method.chat_id or 0), number, screen.text)

    def _screen(self, method: SendMessage) -> Screen:
        assert 0 < len(method.text) <= 4096
        return Screen(method.text, _labels(method))

    def _message(self, chat_id: int, number: int, text: str) -> Message:
        return Message(message_id=number, date=NOW, chat=TelegramChat(id=chat_id, type="private"), text=text)

    async def stream_content(self, url: str, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        yield self.files[url.rpartition("/")[2]]

    async def close(self) -> None:
        return None


def _labels(method: Any) -> dict[str, str]:
    markup = method.reply_markup
    buttons = [button for row in markup.inline_keyboard for button in row] if markup is not None else []
    for button in buttons:
        assert len((button.callback_data or "").encode()) <= 64
    return {button.text: button.callback_data for button in buttons}


@dataclass
class Chat:
    """One person's chat; `again` after a restart keeps what was stored and begins a new dispatcher."""

    gateway: Gateway = field(default_factory=Gateway)
    drafts: MemoryDrafts = field(default_factory=MemoryDrafts)
    session: RecordingSession = field(default_factory=RecordingSession)
    user_id: int = 42
    language_code: str = "zh"
    channel: str = "telegram"
    update_id: int = 0
    texts: Texts | None = None
    _dispatcher: Dispatcher | None = None
    _client: GatewayClient | None = None
    said: int = 1

    @property
    def address(self) -> str:
        return f"{self.channel}:{self.user_id}"

    @property
    def report(self) -> ReportIn:
        return list(self.gateway.reports.values())[-1]["report"]

    def restarts(self) -> None:
        self._dispatcher = None

    def dispatcher(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher()
            order.install(
                self._dispatcher, gateway=self.gateway.client(), drafts=self.drafts, clock=HeldClock(NOW), zone=ZONE,
                channels={42: self.channel}, forms=_forms(), texts=self.texts or _texts(),
            )  # fmt: skip
        return self._dispatcher

    async def feed(self, update: dict[str, Any]) -> None:
        bot = Bot("42:TEST", session=self.session)
        await self.dispatcher().feed_update(bot, Update.model_validate(update, context={"bot": bot}))

    def _user(self) -> dict[str, Any]:
        return {"id": self.user_id, "is_bot": False, "first_name": "x", "language_code": self.language_code}

    def _new(self) -> int:
        self.update_id += 1
        return self.update_id

    def message(self, **content: Any) -> dict[str, Any]:
        self.said += 1
        message = {
            "message_id": self.said, "date": int(NOW.timestamp()), "from": self._user(),
            "chat": {"id": self.user_id, "type": "private"}, **content,
        }  # fmt: skip
        return {"update_id": self._new(), "message": message}

    async def says(self, text: str) -> None:
        await self.feed(self.message(text=text))

    async def sends_photo(self, content: bytes = b"\xff\xd8\xffjpeg") -> None:
        self.session.files["abc"] = content
        photo = {"file_id": "abc", "file_unique_id": "a", "width": 1, "height": 1}
        await self.feed(self.message(photo=[photo]))

    def press_of(self, data: str, message_id: int) -> dict[str, Any]:
        message = {
            "message_id": message_id, "date": int(NOW.timestamp()), "text": "x",
            "chat": {"id": self.user_id, "type": "private"},
        }  # fmt: skip
        query = {
            "id": str(self.update_id),
            "from": self._user(),
            "chat_instance": "1",
            "data": data,
            "message": message,
        }
        return {"update_id": self._new(), "callback_query": query}

    def button(self, label: str) -> tuple[str, int]:
        """The button whose label begins with or contains this, on the newest message that has it."""
        for number, screen in sorted(self.session.messages.items(), reverse=True):
            for text, data in screen.buttons.items():
                if label in text:
                    return data, number
        raise AssertionError(f"no button {label!r} on: {self.screen}")

    async def presses(self, *labels: str) -> None:
        for label in labels:
            data, number = self.button(label)
            await self.feed(self.press_of(data, number))

    @property
    def screen(self) -> Screen:
        return self.session.messages[self.session.latest]

    def sees(self, words: str) -> bool:
        assert words in self.screen.text, self.screen
        return True
