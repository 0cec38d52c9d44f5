"""WeCom's group robots: the key in the address, 20 messages a minute, and limits counted in bytes.

A text (2,048 bytes) can call people by their mobile numbers; Markdown (4,096) cannot, so it carries the long ones.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from gateway.channels.receipts import Outgoing, SendFailure, Target
from gateway.channels.robots import Call, refused
from gateway.domain.deliveries import utf8_size
from gateway.domain.kinds import ChannelName

TEXT_ROOM, MARKDOWN_ROOM = 2_048, 4_096

_WAITS = {45009: timedelta(minutes=1), 45033: timedelta(seconds=5), -1: timedelta(seconds=30)}
#: The key is no robot's, or the robot has left the group.
_PERMANENT = frozenset({93000, 93004, 93008})
_TECHNICAL = frozenset({40008, 40058, 44004, 45002, 93017})


@dataclass(frozen=True, slots=True)
class WeCom:
    name: ChannelName = ChannelName.WECOM

    def room(self, target: Target) -> int:
        return TEXT_ROOM if target.mentions else MARKDOWN_ROOM

    def size(self, text: str) -> int:
        return utf8_size(_markdown(text))

    def call(self, text: str, outgoing: Outgoing, target: Target, now: datetime, *, last: bool) -> Call:
        path = f"/cgi-bin/webhook/send?key={quote(target.to, safe='')}"
        if utf8_size(text) <= TEXT_ROOM:
            content: dict[str, Any] = {"content": text}
            if last and target.mentions:
                content["mentioned_mobile_list"] = list(target.mentions)
            return Call(path, {"msgtype": "text", "text": content})
        return Call(path, {"msgtype": "markdown", "markdown": {"content": _markdown(text)}})

    def verdict(self, answer: dict[str, Any], status: int) -> SendFailure | None:
        code = int(answer.get("errcode", status))
        if code == 0:
            return None
        return refused(code, answer.get("errmsg", ""), permanent=_PERMANENT, technical=_TECHNICAL, waits=_WAITS)


def _markdown(text: str) -> str:
    """There is no way to escape; a wide sign looks the same and means nothing."""
    return text.replace("<", "＜").replace("`", "＇")
