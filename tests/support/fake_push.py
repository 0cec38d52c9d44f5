"""A push service and the browsers behind it: opens what it is handed as a browser would, and believes no signature.

Written from RFC 8291, 8188 and 8292, not from our side's code: what both read the same way twice proves nothing.
"""

import base64
import hashlib
import hmac
import json
import os
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVE = ec.SECP256R1()


def coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


@dataclass
class Browser:
    """One subscription: the private half, and what it was told."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(_CURVE))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    gone: bool = False

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def opened(self, body: bytes) -> bytes:
        """Raises InvalidTag for what was not sealed for this browser."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender))
        info = b"WebPush: info\x00" + self.point + sender
        material = HKDF(hashes.SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(material)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert plain.endswith(b"\x02")
        return plain[:-1]


@dataclass
class FakePush:
    """Answers 201, 410 for a browser that is gone, 403 where the signature does not fit; `faults` come first."""

    browsers: dict[str, Browser] = field(default_factory=dict)
    faults: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    public_key: str = ""

    def __post_init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def subscribes(self, name: str) -> dict[str, str]:
        browser = self.browsers[name] = Browser(name)
        return {
            "endpoint": f"{self.url}/send/{name}",
            "p256dh": coded(browser.point),
            "auth": coded(browser.secret),
        }

    async def __aenter__(self) -> "FakePush":
        app = web.Application()
        app.router.add_post("/send/{name}", self._send)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _send(self, request: web.Request) -> web.Response:
        if self.faults:
            status, headers = self.faults.popleft()
            return web.Response(status=status, headers=headers, text="as told")
        browser = self.browsers.get(request.match_info["name"])
        if browser is None or browser.gone:
            return web.Response(status=410)
        if not self._signed(request) or request.headers.get("TTL") is None:
            return web.Response(status=403, text="the VAPID credentials do not match")
        body = await request.read()
        if len(body) > 4096 or request.headers.get("Content-Encoding") != "aes128gcm":
            return web.Response(status=413)
        browser.told.append(json.loads(browser.opened(body)))
        browser.headers.append(dict(request.headers))
        return web.Response(status=201, headers={"Location": f"{self.url}/m/{hashlib.sha1(body).hexdigest()}"})

    def _signed(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in given.split(","))
        head, claims, signature = parts["t"].split(".")
        told, raw = json.loads(raw_of(claims)), raw_of(signature)
        numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw_of(parts["k"]))
        try:
            key.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        expected = hmac.compare_digest(parts["k"], self.public_key or parts["k"])
        return scheme == "vapid" and expected and told["aud"] == self.url and told["sub"].startswith("mailto:")
