"""The residents' port: the chat page, its stream and inputs, Telegram's webhook, and whether we are well.

Server-sent events down and plain POSTs up, not a socket: the browser itself resumes from the last id it saw, through
any proxy, and a POST that was cut is simply sent again with the same id.
"""

import asyncio
import gzip
import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import BotError, Refused
from bot.web.limits import Limiter
from bot.web.sessions import COOKIE, KEPT_SECONDS, Sessions

TEMPLATES = Path(__file__).parents[2] / "templates" / "chat"
LANGUAGE_COOKIE = "shaodian_language"
MAX_BODY = 32 * 1024
MAX_PHOTO = 6_000_000
MAX_UPDATE = 1024 * 1024
MAX_TEXT = 4_096
MAX_DATA = 64
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_DELIVERY = re.compile(r"[0-9a-f]{32}")
_EVENT_ID = re.compile(r"\d{1,16}-\d{1,10}")
_ASSETS = {
    "chat.css": "text/css; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
        b"manifest-src 'self'; worker-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the page: `code` in addresses and cookies, `gettext` for the catalogues, `html` for the browser."""

    code: str
    gettext: str
    html: str
    name: str
    direction: str = "ltr"


TONGUES = (Tongue("zh", "zh_Hans_CN", "zh-Hans", "中文"), Tongue("en", "en", "en", "EN"))


class Clock(Protocol):
    def now(self) -> datetime: ...


class Chats(Protocol):
    def new_chat(self) -> int: ...

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
    ) -> str: ...

    async def snapshot(self, chat: int) -> tuple[str, list[dict[str, Any]]]: ...

    async def can_resume(self, chat: int, after: str) -> bool: ...

    def follow(self, chat: int, after: str) -> AsyncGenerator[tuple[str, dict[str, Any]] | None, None]: ...

    async def unseen(self, chat: int, delivery: str) -> bool: ...

    async def seen(self, chat: int, delivery: str) -> None: ...


class Pictures(Protocol):
    async def keep(self, chat: int, client_id: str, picture: bytes) -> str:
        """The id it is kept under. Raises BotError."""
        ...

    async def find(self, chat: int, picture: UUID) -> tuple[str, bytes] | None: ...


class Webhook(Protocol):
    async def receive(self, secrets: list[bytes], body: bytes) -> int: ...


@dataclass(frozen=True)
class Doors:
    """Everything the routes may touch. `acknowledge` tells the gateway that a delivery was seen; `reasons` says, per
    part, why we are not ready (empty: we are); `translate` takes a language and an English sentence."""

    chats: Chats
    pictures: Pictures
    sessions: Sessions
    clock: Clock
    acknowledge: Callable[[int, str], Awaitable[bool]]
    reasons: Callable[[], Awaitable[dict[str, str]]]
    translate: Callable[[str, str], str]
    public_url: str
    subscribe: Callable[[int, str, str, str, bool], Awaitable[None]]
    push_key: str
    webhook: Webhook | None = None
    tongues: tuple[Tongue, ...] = TONGUES
    inputs: Limiter = field(default_factory=lambda: Limiter(burst=25, per_second=2))
    photos: Limiter = field(default_factory=lambda: Limiter(burst=8, per_second=0.2))
    newcomers: Limiter = field(default_factory=lambda: Limiter(burst=60, per_second=1))


def build(doors: Doors, *, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    app = FastAPI(title="Shaodian chat", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    assets = {name: Packed.of((TEMPLATES / name).read_bytes(), kind) for name, kind in _ASSETS.items()}
    versions = {name: one.version for name, one in assets.items()}
    shell = ["/", *(f"/assets/{version}/{name}" for name, version in versions.items())]
    worker_text = pages.get_template("worker.js").render(shell=shell, version="-".join(versions.values()))
    worker_script = Packed.of(worker_text.encode(), _ASSETS["chat.js"])
    tongues = {one.code: one for one in doors.tongues}
    own_hosts = {urlsplit(doors.public_url).netloc}
    secure = doors.public_url.startswith("https://")

    app.add_middleware(Guarded)

    @app.get("/", response_class=HTMLResponse)
    async def page(request: Request, lang: str = "") -> Response:
        tongue = _tongue(request, lang, tongues)
        words = {name: doors.translate(tongue.gettext, sentence) for name, sentence in WORDS.items()}
        fresh = doors.sessions.chat_of(request.cookies.get(COOKIE)) is None
        html = pages.get_template("page.html").render(
            language=tongue.code,
            tongue=tongue,
            other=doors.tongues[(doors.tongues.index(tongue) + 1) % len(doors.tongues)],
            words=words,
            versions=versions,
            fresh=fresh,
            push_key=doors.push_key,
        )
        response = Packed.of(html.encode(), "text/html; charset=utf-8").answer(request, cache="no-store")
        if fresh:
            if not doors.newcomers.allows(_caller(request), doors.clock.now()):
                return _problem(429, "too-many-newcomers")
            cookie = doors.sessions.issue(doors.chats.new_chat())
            response.set_cookie(
                COOKIE, cookie, max_age=KEPT_SECONDS, httponly=True, secure=secure, samesite="lax", path="/"
            )
        if lang:
            response.set_cookie(LANGUAGE_COOKIE, tongue.code, max_age=KEPT_SECONDS, samesite="lax", path="/")
        return response

    @app.get("/assets/{version}/{name}")
    async def asset(request: Request, version: str, name: str) -> Response:
        if name not in assets:
            return _problem(404, "not-found")
        cache = "public, max-age=31536000, immutable" if version == versions[name] else "no-cache"
        return assets[name].answer(request, cache=cache)

    @app.get("/worker.js")
    async def worker(request: Request) -> Response:
        return worker_script.answer(request, cache="no-cache")

    @app.get("/manifest.webmanifest")
    async def manifest(request: Request, lang: str = "") -> Response:
        """What a phone needs to put the page beside its other applications."""
        tongue = _tongue(request, lang, tongues)
        value = {
            "name": "哨点 Shaodian",
            "short_name": "哨点" if tongue.code == "zh" else "Shaodian",
            "description": doors.translate(tongue.gettext, WORDS["welcome_text"]),
            "lang": tongue.html,
            "dir": tongue.direction,
            "id": "/",
            "start_url": "/",
            "display": "standalone",
            "background_color": "#eef3f2",
            "theme_color": "#0f5e63",
            "icons": [
                {
                    "src": f"/assets/{versions['icon.svg']}/icon.svg",
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": purpose,
                }
                for purpose in ("any", "maskable")
            ],
        }
        return JSONResponse(value, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})

    @app.get("/favicon.ico")
    async def favicon() -> Response:
        return Response(status_code=204)

    @app.get("/chat/events")
    async def events(request: Request, after: str = "") -> Response:
        chat = doors.sessions.chat_of(request.cookies.get(COOKIE))
        if chat is None:
            return _problem(401, "unauthorised")
        position = request.headers.get("last-event-id") or after
        if not _EVENT_ID.fullmatch(position) or not await doors.chats.can_resume(chat, position):
            position = ""
        return StreamingResponse(
            _stream(doors.chats, chat, position),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @app.post("/chat/inputs")
    async def submit(request: Request) -> Response:
        chat, value, refusal = await _posted(request, doors, own_hosts)
        if chat is None or value is None:
            return refusal
        fault = _fault_of(value)
        if fault:
            return _problem(422, "invalid", fault)
        if not doors.inputs.allows(str(chat), doors.clock.now()):
            return _problem(429, "too-fast", headers={"Retry-After": "2"})
        state = await doors.chats.submit(
            chat,
            client_id=value["id"],
            kind=value["kind"],
            text=value.get("text", ""),
            message=value.get("message"),
            data=value.get("data", ""),
            language=_gettext(str(value.get("language")), tongues),
        )
        if state == "full":
            return _problem(429, "too-many-waiting", headers={"Retry-After": "3"})
        return JSONResponse({"id": value["id"], "state": state}, 202)

    @app.post("/chat/photos/{client_id}")
    async def send_photo(client_id: str, request: Request, lang: str = "") -> Response:
        """A picture and the word that it was sent, in one: kept by the gateway first, then said in the chat."""
        chat, refusal = _speaking(request, doors, own_hosts)
        if chat is None:
            return refusal
        if not _CLIENT_ID.fullmatch(client_id):
            return _problem(422, "invalid", "id")
        if not doors.photos.allows(str(chat), doors.clock.now()):
            return _problem(429, "too-fast", headers={"Retry-After": "5"})
        picture = await _body(request, MAX_PHOTO)
        if picture is None:
            return _problem(413, "too-large")
        try:
            kept = await doors.pictures.keep(chat, client_id, picture)
        except Refused as refused:
            return _problem(refused.status if refused.status < 500 else 503, refused.type_name)
        except BotError:
            return _problem(503, "try-again", headers={"Retry-After": "3"})
        state = await doors.chats.submit(
            chat, client_id=client_id, kind="photo", photo=kept, language=_gettext(lang, tongues)
        )
        if state == "full":
            return _problem(429, "too-many-waiting", headers={"Retry-After": "3"})
        return JSONResponse({"id": client_id, "state": state}, 202)

    @app.get("/chat/photos/{picture}")
    async def photo(picture: UUID, request: Request) -> Response:
        """Somebody's own picture, and nobody else's: the gateway looks whose it is."""
        chat = doors.sessions.chat_of(request.cookies.get(COOKIE))
        if chat is None:
            return _problem(401, "unauthorised")
        try:
            found = await doors.pictures.find(chat, picture)
        except BotError:
            return _problem(503, "try-again", headers={"Retry-After": "3"})
        if found is None or found[0] not in ("image/jpeg", "image/png"):
            return _problem(404, "not-found")
        return Response(found[1], media_type=found[0], headers={"Cache-Control": "private, max-age=600"})

    @app.post("/chat/push")
    async def subscribe(request: Request) -> Response:
        """This browser wants to be told of messages nobody has looked at; `off` takes that back."""
        chat, value, refusal = await _posted(request, doors, own_hosts)
        if chat is None or value is None:
            return refusal
        told = [value.get(name) for name in ("endpoint", "p256dh", "auth")]
        if not all(isinstance(one, str) and one for one in told):
            return _problem(422, "invalid", "subscription")
        if not doors.inputs.allows(str(chat), doors.clock.now()):
            return _problem(429, "too-fast", headers={"Retry-After": "2"})
        try:
            await doors.subscribe(chat, str(told[0]), str(told[1]), str(told[2]), bool(value.get("off")))
        except Refused as refused:
            return _problem(refused.status if refused.status < 500 else 503, refused.type_name)
        except BotError:
            return _problem(503, "try-again", headers={"Retry-After": "3"})
        return Response(status_code=204)

    @app.post("/chat/seen")
    async def seen(request: Request) -> Response:
        chat, value, refusal = await _posted(request, doors, own_hosts)
        if chat is None or value is None:
            return refusal
        deliveries = value.get("deliveries")
        if not isinstance(deliveries, list) or len(deliveries) > 50:
            return _problem(422, "invalid", "deliveries")
        acknowledged = []
        for delivery in deliveries:
            if not isinstance(delivery, str) or not _DELIVERY.fullmatch(delivery):
                return _problem(422, "invalid", "deliveries")
            if not await doors.chats.unseen(chat, delivery):  # another tab was first, or it is not this person's
                acknowledged.append(delivery)
            elif await doors.acknowledge(chat, delivery):
                await doors.chats.seen(chat, delivery)
                acknowledged.append(delivery)
        return JSONResponse({"seen": acknowledged})

    # First of all, and without what FastAPI does for arguments: no door is knocked at more often.
    app.router.routes.insert(0, Route("/telegram/webhook", TelegramDoor(doors.webhook), methods=["POST"]))

    @app.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"alive": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        reasons = await doors.reasons()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)

    return app


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the page, as it is and as gzip makes it: an old phone on a thin line waits for every kilobyte."""

    plain: bytes
    packed: bytes
    kind: str
    version: str

    @classmethod
    def of(cls, content: bytes, kind: str) -> "Packed":
        return cls(content, gzip.compress(content, 6, mtime=0), kind, hashlib.sha256(content).hexdigest()[:10])

    def answer(self, request: Request, *, cache: str) -> Response:
        headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.plain, media_type=self.kind, headers=headers)
        return Response(self.packed, media_type=self.kind, headers=headers | {"Content-Encoding": "gzip"})


class Guarded:
    """Puts the safety headers on every answer; plain ASGI, so that streams pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


@dataclass(frozen=True)
class TelegramDoor:
    webhook: Webhook | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if self.webhook is None:
            return _problem(404, "not-found")
        given = [value for name, value in request.scope["headers"] if name == b"x-telegram-bot-api-secret-token"]
        body = await _body(request, MAX_UPDATE)
        if body is None:
            return _problem(413, "too-large")
        return Response(status_code=await self.webhook.receive(given, body))


async def _stream(chats: Chats, chat: int, position: str) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    if not position:
        position, messages = await chats.snapshot(chat)
        yield _frame("snapshot", {"messages": messages}, position)
    followed = chats.follow(chat, position)
    try:
        async for event in followed:
            yield b"event: ping\ndata: 1\n\n" if event is None else _frame("change", event[1], event[0])
    except asyncio.CancelledError:
        raise
    finally:
        await followed.aclose()


def _frame(name: str, value: dict[str, Any], position: str) -> bytes:
    return f"id: {position}\nevent: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def _speaking(request: Request, doors: Doors, own_hosts: set[str]) -> tuple[int | None, Response]:
    """The chat that speaks, or the refusal: from our own page only."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc not in own_hosts | {request.headers.get("host", "")} or not origin:
        return None, _problem(403, "wrong-origin")
    chat = doors.sessions.chat_of(request.cookies.get(COOKIE))
    return chat, _problem(401, "unauthorised")


async def _posted(
    request: Request, doors: Doors, own_hosts: set[str]
) -> tuple[int | None, dict[str, Any] | None, Response]:
    """The chat and what was posted, or the refusal: from our own page only, small, JSON."""
    chat, refusal = _speaking(request, doors, own_hosts)
    if chat is None:
        return None, None, refusal
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None, None, _problem(415, "not-json")
    body = await _body(request, MAX_BODY)
    if body is None:
        return None, None, _problem(413, "too-large")
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        return None, None, _problem(400, "not-json")
    return chat, value, Response()


async def _body(request: Request, limit: int) -> bytes | None:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            return None
    return bytes(content)


def _fault_of(value: dict[str, Any]) -> str:
    """The field that is wrong, if one is."""
    if not _CLIENT_ID.fullmatch(str(value.get("id"))):
        return "id"
    kind, text, data = value.get("kind"), value.get("text", ""), value.get("data", "")
    if kind not in ("text", "press"):
        return "kind"
    if not isinstance(text, str) or len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
        return "text"
    if kind == "text" and not text.strip():
        return "text"
    if any(0xD800 <= ord(character) < 0xE000 for character in text):
        return "text"
    if kind == "press" and not (isinstance(data, str) and 1 <= len(data.encode("utf-8", "replace")) <= MAX_DATA):
        return "data"
    if kind == "press" and not isinstance(value.get("message"), int):
        return "message"
    return ""


def _tongue(request: Request, asked: str, tongues: Mapping[str, Tongue]) -> Tongue:
    """What was asked for, else what was chosen before, else the browser's; Chinese where it says nothing."""
    for wish in (asked, request.cookies.get(LANGUAGE_COOKIE, "")):
        if wish in tongues:
            return tongues[wish]
    first = request.headers.get("accept-language", "").lower().split(",")[0].strip()
    if not first:
        return tongues["zh"]
    return tongues.get(first.split("-")[0], tongues["en"])


def _gettext(code: str, tongues: Mapping[str, Tongue]) -> str:
    return tongues[code].gettext if code in tongues else ""


def _caller(request: Request) -> str:
    return request.client.host if request.client else "-"


def _problem(status: int, name: str, where: str = "", *, headers: dict[str, str] | None = None) -> Response:
    value: dict[str, Any] = {"type": f"urn:shaodian:problem:{name}", "title": name.replace("-", " "), "status": status}
    if where:
        value["errors"] = [{"where": where, "message": "not accepted"}]
    return JSONResponse(value, status, media_type="application/problem+json", headers=headers)


WORDS = {
    "online": "Connected",
    "offline": "No connection. What you write is kept and sent later.",
    "connecting": "Connecting …",
    "moment": "One moment…",
    "start": "Start",
    "welcome": "Hello, this is Shaodian.",
    "welcome_text": (
        "Here you report where you have been, whom you met and how you feel, for yourself or your family, "
        "and hear what to do next."
    ),
    "privacy": "Your answers are stored encrypted and seen only by those responsible for you.",
    "emergency": "In an emergency call the ambulance of your place first.",
    "write": "Write here …",
    "send": "Send",
    "larger": "Larger text",
    "dark": "Dark or light",
    "log": "Conversation",
    "sending": "being sent",
    "received": "received",
    "handled": "handled",
    "failed": "This could not be handled. A person has been told; please try again.",
    "refused": "This could not be sent.",
    "push_ask": "Shall this phone tell you when a message waits here?",
    "push_yes": "Yes, tell me",
    "push_no": "Not now",
    "push_on": "This phone tells you from now on. The notice says only that there is a message.",
    "push_off": "This phone cannot tell you. Allow notifications for this page in the browser's settings.",
    "push_ended": "This phone tells you no more. You read your messages here.",
    "bell": "Notices on this phone",
    "needs_script": "This page needs JavaScript. Without it, please use Telegram or ask your community worker.",
    "photo": "Photo",
    "send_photo": "Send a photo",
    "photo_large": "The photo is larger than 6 MB. Please take a smaller one.",
    "photo_wrong": "Only photos can be sent here (JPEG or PNG).",
    "photo_first": "Please tap Start and agree first; then send the photo again.",
    "photo_many": "Many of your photos wait already without a report. Please finish that report first.",
    "photo_gone": "This photo is no longer on this phone. Please choose it again.",
    "stale": "This button is no longer in use. Please go on with the newest message.",
    "typing": "Shaodian is writing …",
    "too_long": "At most 4,096 characters fit into one message.",
    "close": "Close",
    "alert": "Important",
    "newer": "New messages",
}
"""Everything the page itself says: English sentences, translated through gettext."""
