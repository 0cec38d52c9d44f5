"""DingTalk, WeCom and Feishu as their robots meet them, on one server: documented limits, refusals inside a 200.

Limits are counted on the clock the test holds. What was accepted is the oracle; every call is remembered with its
answer. An SMS provider stands beside them.
"""

import base64
import hmac
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import unquote

from aiohttp import web

MINUTE = timedelta(minutes=1)


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Heard:
    """One message a group saw."""

    product: str
    token: str
    text: str
    at: datetime
    mentions: tuple[str, ...] = ()
    size: int = 0


@dataclass
class FakeRobots:
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)
    keywords: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    #: What the next calls meet instead: ("lost" | "slow" | "html" | an errcode, words).
    faults: deque[tuple[Any, str]] = field(default_factory=deque)
    heard: list[Heard] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._moments: dict[str, deque[datetime]] = defaultdict(deque)
        self._blocked: dict[str, datetime] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of(self, token: str) -> list[Heard]:
        return [one for one in self.heard if one.token == token]

    def refused(self) -> list[dict[str, Any]]:
        return [one for one in self.answers if one.get("errcode", one.get("code"))]

    async def __aenter__(self) -> "FakeRobots":
        app = web.Application(client_max_size=2**20)
        app.router.add_post("/robot/send", self._dingtalk)
        app.router.add_post("/cgi-bin/webhook/send", self._wecom)
        app.router.add_post("/open-apis/bot/v2/hook/{token}", self._feishu)
        app.router.add_route("*", "/sms", self._sms)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # the products

    async def _dingtalk(self, request: web.Request) -> web.StreamResponse:
        raw, token = await request.read(), request.query.get("access_token", "")
        if (fault := await self._fault(request, "errcode", "errmsg")) is not None:
            return fault
        if token in self.removed or not token:
            return self._said(errcode=300001, errmsg="token is not exist")
        if (secret := self.secrets.get(token)) is not None:
            stamp = request.query.get("timestamp", "0")
            signed = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
            fresh = abs(self.clock.now().timestamp() * 1000 - int(stamp)) < 3_600_000
            if not fresh or request.query.get("sign") != base64.b64encode(signed).decode():
                return self._said(errcode=310000, errmsg="sign not match")
        if len(raw) > 20_000:
            return self._said(errcode=460101, errmsg="message too long")
        if self._too_fast(token, 20, MINUTE, shut_out=timedelta(minutes=10)):
            return self._said(errcode=130101, errmsg="send too fast, exceed 20 times per minute")
        body = json.loads(raw)
        if body["msgtype"] == "markdown":
            text = "\n".join(line.rstrip() for line in body["markdown"]["text"].split("\n"))
            assert body["markdown"]["title"]
        else:
            text = body["text"]["content"]
        if (keyword := self.keywords.get(token)) and keyword not in text:
            return self._said(errcode=310000, errmsg="keywords not in content")
        called = tuple(mobile for mobile in body.get("at", {}).get("atMobiles", ()) if f"@{mobile}" in text)
        text = "\n".join(line for line in text.split("\n") if not line.startswith("@"))
        self._hear("dingtalk", token, text, called, len(raw))
        return self._said(errcode=0, errmsg="ok")

    async def _wecom(self, request: web.Request) -> web.StreamResponse:
        raw, token = await request.read(), request.query.get("key", "")
        if (fault := await self._fault(request, "errcode", "errmsg")) is not None:
            return fault
        if token in self.removed or not token:
            return self._said(errcode=93000, errmsg="invalid webhook url, hint: [1, from ip: 1.2.3.4]")
        body = json.loads(raw)
        kind = body["msgtype"]
        content = body[kind]["content"]
        if not content:
            return self._said(errcode=44004, errmsg="empty content")
        if len(content.encode()) > {"text": 2048, "markdown": 4096}[kind]:
            return self._said(errcode=40058, errmsg=f"{kind}.content exceed max length")
        if self._too_fast(token, 20, MINUTE):
            return self._said(errcode=45009, errmsg="api freq out of limit")
        called = tuple(body[kind].get("mentioned_mobile_list", ())) if kind == "text" else ()
        self._hear("wecom", token, content, called, len(content.encode()))
        return self._said(errcode=0, errmsg="ok")

    async def _feishu(self, request: web.Request) -> web.StreamResponse:
        raw, token = await request.read(), unquote(request.match_info["token"])
        if (fault := await self._fault(request, "code", "msg")) is not None:
            return fault
        if token in self.removed:
            return self._said(code=19001, msg="param invalid: incoming webhook access token invalid")
        body = json.loads(raw)
        if (secret := self.secrets.get(token)) is not None:
            stamp = body.get("timestamp", "0")
            signed = hmac.digest(f"{stamp}\n{secret}".encode(), b"", "sha256")
            fresh = abs(self.clock.now().timestamp() - int(stamp)) < 3_600
            if not fresh or body.get("sign") != base64.b64encode(signed).decode():
                return self._said(code=19021, msg="sign match fail or timestamp is not within one hour")
        if len(raw) > 20 * 1024:
            return self._said(code=9499, msg="Bad Request: body too large")
        if self._too_fast(token, 5, timedelta(seconds=1)) or self._too_fast(token + "/min", 100, MINUTE):
            return self._said(code=11232, msg="frequency limited psm[lark.oapi.app_platform_runtime]")
        lines = body["content"]["post"]["zh_cn"]["content"]
        text = "\n".join("".join(piece["text"] for piece in line) for line in lines)
        if (keyword := self.keywords.get(token)) and keyword not in text:
            return self._said(code=19024, msg="Key Words Not Found")
        self._hear("feishu", token, text, (), len(raw))
        return self._said(code=0, msg="success", data={})

    async def _sms(self, request: web.Request) -> web.StreamResponse:
        if self.faults:
            kind, words = self.faults.popleft()
            if kind == 429:
                return web.Response(status=429, headers={"Retry-After": words})
            return web.Response(status=kind if isinstance(kind, int) and kind >= 400 else 200, text=words)
        fields = {**request.query, **(await request.json() if request.can_read_body else {})}
        self.texts.append((fields["phone"], fields["content"]))
        return web.json_response({"code": "OK"})

    # what they have in common

    def _hear(self, product: str, token: str, text: str, mentions: tuple[str, ...], size: int) -> None:
        self.heard.append(Heard(product, token, text, self.clock.now(), mentions, size))

    def _too_fast(self, token: str, most: int, window: timedelta, *, shut_out: timedelta | None = None) -> bool:
        now, moments = self.clock.now(), self._moments[token]
        if self._blocked.get(token, now) > now:
            return True
        while moments and moments[0] <= now - window:
            moments.popleft()
        if len(moments) >= most:
            if shut_out is not None:
                self._blocked[token] = now + shut_out
            return True
        moments.append(now)
        return False

    async def _fault(self, request: web.Request, code: str, words: str) -> web.StreamResponse | None:
        if not self.faults:
            return None
        kind, said = self.faults.popleft()
        if kind == "lost":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if kind == "html":
            return web.Response(status=int(said), text="<html>gateway</html>")
        return self._said(**{code: kind, words: said})

    def _said(self, **answer: Any) -> web.Response:
        self.answers.append(answer)
        return web.json_response(answer)
