"""DingTalk's group robots: Markdown, HMAC over time and secret, 20 messages a minute, then silence for ten.

Codes as the open platform lists them; the older six-digit family is still answered by private installations.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from gateway.channels.receipts import Outgoing, SendFailure, Target
from gateway.channels.robots import Call, json_size, refused
from gateway.domain.kinds import ChannelName

#: 20,000 bytes are the whole body; the envelope and the mentions need some of it.
ROOM = 18_500

_SHUT_OUT = timedelta(minutes=10)
_WAITS = {130101: _SHUT_OUT, 410100: _SHUT_OUT, -1: timedelta(seconds=30)}
#: The token is unknown or ended, the robot was switched off or removed, the group was dissolved.
_PERMANENT = frozenset({300001, 300005, 400013, 400101, 400102, 400106})
#: Keyword, signature or address list (310000); body, type or words the service does not let through.
_TECHNICAL = frozenset({310000, 40035, 43004, 400105, 430101, 430102, 430103, 430104, 460101})


@dataclass(frozen=True, slots=True)
class DingTalk:
    name: ChannelName = ChannelName.DINGTALK

    def room(self, target: Target) -> int:
        return ROOM - 16 * len(target.mentions)

    def size(self, text: str) -> int:
        return json_size(_markdown(text))

    def call(self, text: str, outgoing: Outgoing, target: Target, now: datetime, *, last: bool) -> Call:
        path = f"/robot/send?access_token={quote(target.to, safe='')}"
        if target.secret:
            stamp, sign = signature(target.secret, now)
            path += f"&timestamp={stamp}&sign={quote(sign, safe='')}"
        shown = _markdown(text)
        mentions = target.mentions if last else ()
        if mentions:
            shown += "  \n" + " ".join(f"@{mobile}" for mobile in mentions)
        title = outgoing.plain.strip().partition("\n")[0][:60]
        return Call(
            path,
            {
                "msgtype": "markdown",
                "markdown": {"title": title, "text": shown},
                "at": {"atMobiles": list(mentions), "isAtAll": False},
            },
        )

    def verdict(self, answer: dict[str, Any], status: int) -> SendFailure | None:
        code = int(answer.get("errcode", status))
        if code == 0:
            return None
        return refused(code, answer.get("errmsg", ""), permanent=_PERMANENT, technical=_TECHNICAL, waits=_WAITS)


def signature(secret: str, now: datetime) -> tuple[int, str]:
    """Milliseconds and base64(HMAC-SHA256(secret, "milliseconds\\nsecret")); good for an hour."""
    stamp = round(now.timestamp() * 1000)
    signed = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
    return stamp, base64.b64encode(signed).decode()


def _markdown(text: str) -> str:
    """Two blanks before a line end keep it one. There is no way to escape: wide signs look the same, mean nothing."""
    return "  \n".join(line if "://" in line else line.translate(_WIDE) for line in text.split("\n"))


_WIDE = str.maketrans("*#>[]`", "＊＃＞［］＇")
