"""Feishu's (Lark's) custom robots: rich text, a signature inside the body, 5 a second and 100 a minute, 20 kB.

A custom robot can call nobody by mobile number (only by the product's own ids), so mentions are left out.
"""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from gateway.channels.receipts import Outgoing, SendFailure, Target, Temporary, said_by_provider
from gateway.channels.robots import Call, refused
from gateway.domain.kinds import ChannelName

#: 20 kB are the whole body.
ROOM = 19_500

_WAITS = {11232: timedelta(minutes=1), 11233: timedelta(minutes=1)}
#: The hook is unknown, or the robot was removed.
_PERMANENT = frozenset({19001, 19023, 230002})
#: Signature or time (19021), address list (19022), keyword (19024), form or size of the message.
_TECHNICAL = frozenset({9499, 19002, 19021, 19022, 19024})


@dataclass(frozen=True, slots=True)
class Feishu:
    name: ChannelName = ChannelName.FEISHU

    def room(self, target: Target) -> int:
        return ROOM

    def size(self, text: str) -> int:
        return len(json.dumps(_post(text), ensure_ascii=False).encode())

    def call(self, text: str, outgoing: Outgoing, target: Target, now: datetime, *, last: bool) -> Call:
        body: dict[str, Any] = {"msg_type": "post", "content": _post(text)}
        if target.secret:
            stamp, sign = signature(target.secret, now)
            body |= {"timestamp": str(stamp), "sign": sign}
        return Call(f"/open-apis/bot/v2/hook/{quote(target.to, safe='')}", body)

    def verdict(self, answer: dict[str, Any], status: int) -> SendFailure | None:
        code = int(answer.get("code", answer.get("StatusCode", status)))
        words = answer.get("msg", answer.get("StatusMessage", ""))
        if code == 0:
            return None
        if status == 429:
            return Temporary(said_by_provider(code, words), retry_after=timedelta(minutes=1))
        return refused(code, words, permanent=_PERMANENT, technical=_TECHNICAL, waits=_WAITS)


def signature(secret: str, now: datetime) -> tuple[int, str]:
    """Seconds and base64(HMAC-SHA256(key="seconds\\nsecret", nothing)); good for an hour."""
    stamp = round(now.timestamp())
    signed = hmac.digest(f"{stamp}\n{secret}".encode(), b"", "sha256")
    return stamp, base64.b64encode(signed).decode()


def _post(text: str) -> dict[str, Any]:
    lines = [[{"tag": "text", "text": line}] for line in text.splitlines()]
    return {"post": {"zh_cn": {"title": "", "content": lines}}}
