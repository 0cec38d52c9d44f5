"""Who is at the page: a signed cookie that names the chat and nothing else."""

import base64
import hmac
from dataclasses import dataclass

COOKIE = "shaodian_chat"
KEPT_SECONDS = 180 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Sessions:
    key: bytes

    def issue(self, chat: int) -> str:
        return f"1.{chat}.{self._signature(chat)}"

    def chat_of(self, cookie: str | None) -> int | None:
        """None for anything but a cookie of ours."""
        parts = (cookie or "").split(".")
        if len(parts) != 3 or parts[0] != "1" or not parts[1].isdecimal() or len(parts[1]) > 16:
            return None
        chat = int(parts[1])
        if not hmac.compare_digest(parts[2].encode(), self._signature(chat).encode()):
            return None
        return chat

    def _signature(self, chat: int) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self.key, f"1.{chat}".encode(), "sha256")[:24]).decode()
