"""To Telegram: one HTTP call a message, and an honest word about what became of it.

Plain aiohttp, not aiogram: four times the messages a second, and the worker need not spend three seconds importing it.
The Bot API has no idempotency key, so a lost answer stays uncertain for ever; nothing is repeated here.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp

from gateway.channels.pacing import Pacer
from gateway.channels.receipts import Outgoing, Permanent, Receipt, Temporary, Uncertain
from gateway.domain.kinds import ChannelName

TIMEOUT = timedelta(seconds=10)
MAX_TEXT = 4_096
#: Between the chat and the topic in a group's handle.
TOPIC = "/"


@dataclass
class TelegramChannel:
    token: str
    pacer: Pacer
    api_url: str = "https://api.telegram.org"
    timeout: timedelta = TIMEOUT
    name: ChannelName = ChannelName.TELEGRAM
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def send(self, outgoing: Outgoing) -> Receipt:
        pieces = _pieces(outgoing if outgoing.link is None else _with_link(outgoing, outgoing.link))
        reference, address, fallback, note = "", outgoing.address, False, None
        for number, (text, plain) in enumerate(pieces):
            last = number == len(pieces) - 1
            try:
                answer = await self._deliver(outgoing, address, text, plain, with_buttons=last)
            except (Temporary, Permanent) as failure:
                if number:  # the first part is on the person's screen: neither "not sent" nor "sent" is true
                    raise Uncertain(f"part {number + 1}: {failure.reason}") from failure
                raise
            reference, address, fallback = answer.reference, answer.moved_to or address, fallback or answer.fallback
            note = note or answer.note
        moved_to = address if address != outgoing.address else None
        return Receipt(reference, moved_to=moved_to, fallback=fallback, note=note)

    async def _deliver(self, outgoing: Outgoing, address: str, text: str, plain: str, *, with_buttons: bool) -> Receipt:
        chat, _, topic = address.partition(TOPIC)
        message: dict[str, Any] = {
            "chat_id": chat,
            "text": text,
            "parse_mode": "HTML",
            "protect_content": outgoing.protect,
            "link_preview_options": {"is_disabled": True},
        }
        if with_buttons and outgoing.buttons:
            message["reply_markup"] = {
                "inline_keyboard": [
                    [{"text": label, "callback_data": data} for label, data in row] for row in outgoing.buttons
                ]
            }
        if topic:
            message["message_thread_id"] = int(topic)
        moved = fallback = False
        while True:
            await self.pacer.turn(str(message["chat_id"]), outgoing.lane)
            await outgoing.leaving()
            answer = await self._post("sendMessage", message)
            if answer.ok:
                break
            if answer.moved_to and not moved:  # the group lives on under another id; nothing was sent yet
                moved, message["chat_id"] = True, answer.moved_to
                continue
            if answer.without_topic and "message_thread_id" in message:  # closed or deleted: General is always there
                del message["message_thread_id"]
                continue
            if answer.unparsed and not fallback:
                fallback, message["text"] = True, plain[:MAX_TEXT]
                del message["parse_mode"]
                continue
            raise await self._failure(answer, str(message["chat_id"]))
        moved_to = f"{message['chat_id']}{TOPIC}{topic}".rstrip(TOPIC) if moved else None
        note = "topic closed" if topic and "message_thread_id" not in message else None
        return Receipt(str(answer.message_id), moved_to=moved_to, fallback=fallback, note=note)

    async def _failure(self, answer: "_Answer", chat: str) -> Exception:
        if answer.status == 429:
            wait = timedelta(seconds=answer.retry_after or 1)
            await self.pacer.pause(chat, wait)
            return Temporary("asked to wait", retry_after=wait)
        if answer.status == 403:
            return Permanent("blocked", blocked=True)
        if answer.status in (401, 404):  # our token or our address of the API: the person is not to blame
            return Temporary(f"refused with {answer.status}")
        if answer.status >= 500:
            return Uncertain(f"answered {answer.status}")
        if "chat not found" in answer.description or "deactivated" in answer.description:
            return Permanent("no such chat", blocked=True)
        return Permanent(f"refused with {answer.status}")

    async def _post(self, method: str, message: dict[str, Any]) -> "_Answer":
        session = await self._open()
        try:
            async with session.post(f"{self.api_url}/bot{self.token}/{method}", json=message) as response:
                raw = await response.read()
                return _read(response.status, raw)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise Temporary("no connection") from None  # the cause names the URL, and the URL holds the token
        except TimeoutError:
            raise Uncertain("no answer in time") from None
        except (aiohttp.ClientError, ConnectionError):
            raise Uncertain("the answer was lost") from None

    async def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self.timeout.total_seconds(), sock_connect=5),
                connector=aiohttp.TCPConnector(limit=200, ttl_dns_cache=300),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    ok: bool
    message_id: int = 0
    description: str = ""
    retry_after: int | None = None
    moved_to: str | None = None

    @property
    def without_topic(self) -> bool:
        return self.status == 400 and ("thread not found" in self.description or "topic_closed" in self.description)

    @property
    def unparsed(self) -> bool:
        return self.status == 400 and "can't parse" in self.description


def _read(status: int, raw: bytes) -> _Answer:
    try:
        value = json.loads(raw)
    except ValueError:
        if status < 400:  # 200 with a torn body: Telegram has it, and we have no receipt
            raise Uncertain("the answer was not readable") from None
        return _Answer(status, ok=False)
    if value.get("ok"):
        return _Answer(status, ok=True, message_id=value["result"]["message_id"])
    parameters = value.get("parameters") or {}
    moved_to = parameters.get("migrate_to_chat_id")
    return _Answer(
        status,
        ok=False,
        description=str(value.get("description", "")).lower(),
        retry_after=parameters.get("retry_after"),
        moved_to=None if moved_to is None else str(moved_to),
    )


def _pieces(outgoing: Outgoing) -> list[tuple[str, str]]:
    """One message when it fits. A longer one goes as plain parts, cut at line ends: cut markup would not parse."""
    if len(outgoing.plain.encode("utf-16-le")) // 2 <= MAX_TEXT:
        return [(outgoing.text, outgoing.plain)]
    parts: list[str] = []
    rest = outgoing.plain
    while rest:
        part = rest[: MAX_TEXT // 2]
        cut = part.rfind("\n")
        if cut > 0 and len(rest) > len(part):
            part = part[: cut + 1]
        parts.append(part)
        rest = rest[len(part) :]
    return [(_escape(part), part) for part in parts]


def _with_link(outgoing: Outgoing, link: tuple[str, str]) -> Outgoing:
    """As text: a button with an address is refused for the hosts of an internal network."""
    line = f"{link[0]}: {link[1]}"
    return replace(outgoing, text=f"{outgoing.text}\n{_escape(line)}", plain=f"{outgoing.plain}\n{line}")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
