"""To a browser that is closed, through its push service: encrypted for that browser alone (RFC 8291), signed (8292).

The words name nobody and nothing: whoever looks over a shoulder learns that there is a message, and so does the lock
screen. The message itself waits in the chat.
"""

import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.channels.posting import Answer, Poster
from gateway.channels.receipts import (
    Outgoing,
    Permanent,
    Receipt,
    SendFailure,
    Technical,
    Temporary,
    Uncertain,
    said_by_provider,
)
from gateway.clock import Clock
from gateway.domain.kinds import ChannelName, Lane
from gateway.domain.pushes import is_service
from gateway.wire.push_keys import padded, point_of, unpadded

KEPT_FOR = timedelta(days=1)
SIGNED_FOR = timedelta(hours=12)
_RECORD = 4096
LONGEST = 3_000
_HEADER: dict[str, object] = {"typ": "JWT", "alg": "ES256"}


@dataclass
class WebPushChannel:
    """`contact` is whom a push service may write to about us."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    contact: str
    clock: Clock
    services: Sequence[str]
    poster: Poster = field(default_factory=Poster)
    name: ChannelName = ChannelName.WEBPUSH
    _signed: dict[str, tuple[str, datetime]] = field(default_factory=dict, repr=False)

    async def send(self, outgoing: Outgoing) -> Receipt:
        if outgoing.target is None:
            raise Permanent("the browser has unsubscribed", blocked=True)
        subscription = json.loads(outgoing.target.to)
        endpoint = subscription["endpoint"]
        if not is_service(endpoint, self.services):
            raise Permanent("not a push service", blocked=True)
        told = {"text": outgoing.plain[:LONGEST], "tag": outgoing.delivery_id.hex}
        body = encrypted(
            json.dumps(told, ensure_ascii=False).encode(), padded(subscription["p256dh"]), padded(subscription["auth"])
        )
        urgent = outgoing.lane in (Lane.ALERT, Lane.REPLY)
        headers = {
            "Authorization": f"vapid t={self._token(endpoint)}, k={unpadded(point_of(self.key.public_key()))}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(round(KEPT_FOR.total_seconds())),
            "Urgency": "high" if urgent else "normal",
        }
        try:
            answer = await self.poster.send("POST", endpoint, body=body, headers=headers)
        except Uncertain as lost:  # the same tag again replaces what is shown: twice is once
            raise Temporary(lost.reason) from None
        failure = _failure(answer)
        if failure is not None:
            raise failure
        return Receipt(answer.headers.get("location", "") or outgoing.delivery_id.hex, note="handed over")

    def _token(self, endpoint: str) -> str:
        """Signed once for each push service, and again before it ends."""
        parts = urlsplit(endpoint)
        audience, now = f"{parts.scheme}://{parts.netloc}", self.clock.now()
        known = self._signed.get(audience)
        if known is not None and now < known[1]:
            return known[0]
        claims: dict[str, object] = {"aud": audience, "exp": int((now + SIGNED_FOR).timestamp()), "sub": self.contact}
        signed = ".".join(_json64(part) for part in (_HEADER, claims))
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        token = f"{signed}.{unpadded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        self._signed[audience] = token, now + SIGNED_FOR / 2
        return token

    async def close(self) -> None:
        await self.poster.close()


def _json64(part: dict[str, object]) -> str:
    return unpadded(json.dumps(part, separators=(",", ":")).encode())


def _failure(answer: Answer) -> SendFailure | None:
    if answer.status in (404, 410):
        return Permanent("the browser has unsubscribed", blocked=True)
    if answer.status == 429:
        asked = answer.headers.get("retry-after", "")
        return Temporary("429 asked to wait", retry_after=timedelta(seconds=int(asked) if asked.isdecimal() else 60))
    if answer.status >= 500:
        return Temporary(f"answered {answer.status}")
    if 200 <= answer.status < 300:
        return None
    return Technical(said_by_provider(answer.status, answer.body.decode("utf-8", "replace")))


def encrypted(
    plain: bytes,
    browser: bytes,
    secret: bytes,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """One record as only the browser with that key and secret can open it (RFC 8291, 8188)."""
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    point = point_of(own.public_key())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browser))
    key, nonce = keys_of(shared, secret, browser, point, salt)
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return salt + _RECORD.to_bytes(4, "big") + bytes([len(point)]) + point + sealed


def keys_of(shared: bytes, secret: bytes, browser: bytes, point: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """(content key, nonce) of what the two sides share."""
    material = _expanded(_mac(secret, shared), b"WebPush: info\0" + browser + point)
    mixed = _mac(salt, material)
    key = _expanded(mixed, b"Content-Encoding: aes128gcm\0")[:16]
    return key, _expanded(mixed, b"Content-Encoding: nonce\0")[:12]


def _mac(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, "sha256")


def _expanded(key: bytes, info: bytes) -> bytes:
    return _mac(key, info + b"\x01")
