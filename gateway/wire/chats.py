"""The web chat on Redis: what bot and gateway write, and what the page reads.

Per chat, one stream of events (the transcript, and what several tabs and processes hear), the messages as they stand
now, and a queue of inputs not yet handled. Everything one script touches shares a hash tag: the chat's partition.
Bodies are sealed; ids, kinds and times are in clear.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.wire.seals import Seal

PARTITIONS = 4
GROUP = "bot"
KEPT_EVENTS = 2_000
KEPT_MESSAGES = 300
KEPT_FOR = timedelta(days=30)
MARK_KEPT_FOR = timedelta(days=3)
WAITING_INPUTS = 40
"""More than that unhandled from one chat, and the page is asked to wait."""

MAX_TEXT = 4_096
MAX_CALLBACK_DATA = 64

FIRST_CHAT = 1 << 52
"""Web-chat ids start where Telegram's (at most 52 bits) end, and stay below 2^53, where a browser's numbers stop."""


class EventKind(StrEnum):
    NEW = "new"
    MINE = "mine"
    EDIT = "edit"
    DELETE = "delete"
    ANSWER = "answer"
    TYPING = "typing"
    HANDLED = "handled"
    FAILED = "failed"
    SEEN = "seen"
    ERASED = "erased"


class InputKind(StrEnum):
    TEXT = "text"
    PRESS = "press"
    PHOTO = "photo"


class InputState(StrEnum):
    RECEIVED = "received"
    HANDLED = "handled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ChatKeys:
    """`ids` counts messages, `deliveries` maps a delivery to its message (negative once seen)."""

    events: str
    messages: str
    ids: str
    deliveries: str
    queue: str
    turn: str
    inputs: str
    tries: str
    dead: str
    tag: str

    def mark(self, client_id: str) -> str:
        return f"{self.tag}:mark:{client_id}"


def partition_of(chat: int) -> int:
    return zlib.crc32(str(chat).encode()) % PARTITIONS


def inputs_key(partition: int) -> str:
    return f"{{web{partition}}}:inputs"


def dead_key(partition: int) -> str:
    return f"{{web{partition}}}:dead"


def keys_of(chat: int) -> ChatKeys:
    partition = partition_of(chat)
    tag = f"{{web{partition}}}:{chat}"
    return ChatKeys(
        events=f"{tag}:events",
        messages=f"{tag}:messages",
        ids=f"{tag}:ids",
        deliveries=f"{tag}:deliveries",
        queue=f"{tag}:queue",
        turn=f"{tag}:turn",
        inputs=inputs_key(partition),
        tries=f"{{web{partition}}}:tries",
        dead=dead_key(partition),
        tag=tag,
    )


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """What a message says. `html` is already safe; `toast` is an answer to a press; `loud` asks to be confirmed.

    `by` is the input a person's own message came from; empty for the bot's. `photo` is the id of a picture they sent.
    """

    html: str = ""
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    toast: str = ""
    loud: bool = False
    protect: bool = False
    at: datetime | None = None
    by: str = ""
    photo: str = ""

    def shown(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "html": self.html,
            "photo": self.photo,
            "toast": self.toast,
            "loud": self.loud,
            "protect": self.protect,
            "at": None if self.at is None else self.at.isoformat(),
            "buttons": [
                [{key: value for key, value in _button(button).items() if value} for button in row]
                for row in self.buttons
            ],
        }


def _button(button: Button) -> dict[str, str | None]:
    return {"label": button.label, "data": button.data, "url": button.url}


def about(chat: int) -> str:
    return f"chat:{chat}"


def encode_body(body: Body, *, chat: int, seal: Seal) -> bytes:
    value: dict[str, Any] = {"h": body.html, "t": body.text}
    if body.buttons:
        value["b"] = [[[button.label, button.data, button.url] for button in row] for row in body.buttons]
    for key, flag in (("o", body.toast), ("l", body.loud), ("p", body.protect), ("y", body.by), ("f", body.photo)):
        if flag:
            value[key] = flag
    if body.at is not None:
        value["a"] = body.at.timestamp()
    return seal.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), about=about(chat))


def decode_body(sealed: bytes, *, chat: int, seal: Seal) -> Body:
    value = json.loads(seal.open(sealed, about=about(chat)))
    return Body(
        html=value["h"],
        text=value["t"],
        buttons=tuple(tuple(Button(*button) for button in row) for row in value.get("b", ())),
        toast=value.get("o", ""),
        loud=value.get("l", False),
        protect=value.get("p", False),
        at=None if "a" not in value else datetime.fromtimestamp(value["a"], UTC),
        by=value.get("y", ""),
        photo=value.get("f", ""),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a chat's stream; `id` is where the page has read up to."""

    id: str
    kind: EventKind
    message: int | None = None
    client: str = ""
    delivery: str = ""
    body: Body | None = None

    def shown(self) -> dict[str, Any]:
        value: dict[str, Any] = {"kind": self.kind.value}
        if self.message is not None:
            value["message"] = self.message
        if self.client:
            value["client"] = self.client
        if self.delivery:
            value["delivery"] = self.delivery
        if self.body is not None:
            value |= self.body.shown()
        return value


def decode_event(entry_id: bytes, fields: Mapping[bytes, bytes], *, chat: int, seal: Seal) -> Event:
    body = fields.get(b"b")
    message = fields.get(b"m")
    return Event(
        id=entry_id.decode(),
        kind=EventKind(fields[b"k"].decode()),
        message=int(message) if message else None,
        client=fields.get(b"c", b"").decode(),
        delivery=fields.get(b"d", b"").decode(),
        body=decode_body(body, chat=chat, seal=seal) if body else None,
    )


@dataclass(frozen=True, slots=True)
class Input:
    """What a person did on the page, before anybody has looked at it. `client_id` is made by the page, once.

    `message` is the one whose button was pressed, `own` the number this input got in the transcript, `photo` the id
    under which the gateway keeps a picture.
    """

    chat: int
    client_id: str
    kind: InputKind
    text: str = ""
    message: int | None = None
    data: str = ""
    language: str = ""
    at: datetime | None = None
    own: int = 0
    photo: str = ""


def encode_input(given: Input, *, seal: Seal) -> bytes:
    value = {
        "k": given.kind.value,
        "t": given.text,
        "m": given.message,
        "d": given.data,
        "l": given.language,
        "f": given.photo,
        "a": None if given.at is None else given.at.timestamp(),
    }
    return seal.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), about=about(given.chat))


def decode_input(fields: Mapping[bytes, bytes], *, seal: Seal) -> Input:
    chat = int(fields[b"h"])
    value = json.loads(seal.open(fields[b"b"], about=about(chat)))
    return Input(
        chat=chat,
        client_id=fields[b"c"].decode(),
        kind=InputKind(value["k"]),
        text=value["t"],
        message=value["m"],
        data=value["d"],
        language=value["l"],
        at=None if value["a"] is None else datetime.fromtimestamp(value["a"], UTC),
        own=int(fields.get(b"m", 0)),
        photo=value.get("f", ""),
    )


def update_id_of(chat: int, client_id: str) -> int:
    """The same input is the same update, however often it is handled."""
    return zlib.crc32(f"{chat}:{client_id}".encode()) << 20 | zlib.adler32(client_id.encode()) & 0xFFFFF


def milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


_KEEP = """
local function forget_old()
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '(' .. oldest, 'COUNT', 50)) do
    local kind, number = entry[2][2], entry[2][4]
    if kind == 'new' or kind == 'mine' then redis.call('HDEL', KEYS[2], number) end
    redis.call('XDEL', KEYS[1], entry[1])
  end
end
local function keep(...)
  for _, key in ipairs({...}) do redis.call('PEXPIRE', key, ttl) end
end
local function next_id()
  if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SET', KEYS[3], base) end
  return redis.call('INCR', KEYS[3])
end
"""

# After a FLUSHALL the count goes on above every id an open page may still show: it starts from the minute.
POST_LUA = (
    """
local kind, body, delivery, base, ttl, kept, events, oldest = unpack(ARGV)
"""
    + _KEEP
    + """
if delivery ~= '' then
  local known = redis.call('HGET', KEYS[4], delivery)
  if known then return math.abs(tonumber(known)) end
end
local id = next_id()
redis.call('HSET', KEYS[2], id, body)
redis.call('HDEL', KEYS[2], id - tonumber(kept))
redis.call('XADD', KEYS[1], 'MAXLEN', '~', events, '*', 'k', kind, 'm', id, 'b', body, 'd', delivery)
if delivery ~= '' then
  redis.call('HSET', KEYS[4], delivery, id)
  keep(KEYS[4])
end
forget_old()
keep(KEYS[1], KEYS[2], KEYS[3])
return id
"""
)

EDIT_LUA = """
local id, body, events = unpack(ARGV)
if redis.call('HEXISTS', KEYS[2], id) == 0 then return 0 end
redis.call('HSET', KEYS[2], id, body)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', events, '*', 'k', 'edit', 'm', id, 'b', body)
return 1
"""

DELETE_LUA = """
local id, events = unpack(ARGV)
if redis.call('HDEL', KEYS[2], id) == 0 then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', events, '*', 'k', 'delete', 'm', id)
return 1
"""

SEEN_LUA = """
local delivery, events = unpack(ARGV)
local id = tonumber(redis.call('HGET', KEYS[4], delivery) or '0')
if id <= 0 then return 0 end
redis.call('HSET', KEYS[4], delivery, -id)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', events, '*', 'k', 'seen', 'm', id, 'd', delivery)
return id
"""

# Input, queue and transcript in one call: what the page is told was received is there, and only once.
ACCEPT_LUA = (
    """
local chat, client, input, body, base, ttl, kept, events, mark_ttl, limit, oldest = unpack(ARGV)
"""
    + _KEEP
    + """
local state = redis.call('GET', KEYS[5])
if state then return {state, 0} end
if redis.call('LLEN', KEYS[6]) >= tonumber(limit) then return {'full', 0} end
local id = 0
if body ~= '' then id = next_id() end
local entry = redis.call('XADD', KEYS[7], '*', 'h', chat, 'c', client, 'm', id, 'b', input)
redis.call('RPUSH', KEYS[6], entry)
redis.call('SET', KEYS[5], 'received', 'PX', mark_ttl)
if body ~= '' then
  redis.call('HSET', KEYS[2], id, body)
  redis.call('HDEL', KEYS[2], id - tonumber(kept))
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', events, '*', 'k', 'mine', 'm', id, 'c', client, 'b', body)
  forget_old()
  keep(KEYS[1], KEYS[2], KEYS[3])
end
return {'received', id}
"""
)

# One input of a chat at a time, in order, whichever process holds it: positive = the try's number, it is your turn.
TURN_LUA = """
local entry, me, lease = unpack(ARGV)
if redis.call('LINDEX', KEYS[1], 0) ~= entry then
  if not redis.call('LPOS', KEYS[1], entry) then return -1 end
  return 0
end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= me then return 0 end
redis.call('SET', KEYS[2], me, 'PX', lease)
return redis.call('HINCRBY', KEYS[3], entry, 1)
"""

STAY_LUA = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

DONE_LUA = """
local entry, me, state, mark_ttl, client, events, group = unpack(ARGV)
if redis.call('GET', KEYS[2]) == me then redis.call('DEL', KEYS[2]) end
redis.call('LREM', KEYS[1], 1, entry)
redis.call('HDEL', KEYS[3], entry)
if state == 'failed' then
  local kept = redis.call('XRANGE', KEYS[4], entry, entry)
  if kept[1] then redis.call('XADD', KEYS[7], '*', unpack(kept[1][2])) end
end
redis.call('XACK', KEYS[4], group, entry)
redis.call('XDEL', KEYS[4], entry)
redis.call('SET', KEYS[5], state, 'PX', mark_ttl)
redis.call('XADD', KEYS[6], 'MAXLEN', '~', events, '*', 'k', state, 'c', client)
return redis.call('LINDEX', KEYS[1], 0) or ''
"""


def first_id(now: datetime) -> int:
    """Where a chat's message ids begin if Redis knows none."""
    return int(now.timestamp() - 1_700_000_000) // 60


def _oldest(now: datetime) -> str:
    """The stream id before which a transcript is forgotten; each message that is written takes fifty such with it."""
    return f"{round((now - KEPT_FOR).timestamp() * 1000)}-0"


def post_call(
    chat: int, kind: EventKind, body: Body, *, seal: Seal, now: datetime, delivery: str = ""
) -> tuple[list[str], list[str | bytes | int]]:
    keys = keys_of(chat)
    return [keys.events, keys.messages, keys.ids, keys.deliveries], [
        kind.value,
        encode_body(body, chat=chat, seal=seal),
        delivery,
        first_id(now),
        milliseconds(KEPT_FOR),
        KEPT_MESSAGES,
        KEPT_EVENTS,
        _oldest(now),
    ]


def accept_call(
    given: Input, echo: Body | None, *, seal: Seal, now: datetime
) -> tuple[list[str], list[str | bytes | int]]:
    """`echo` is what the transcript shows of it: a text does, a press does not."""
    keys = keys_of(given.chat)
    return [
        keys.events,
        keys.messages,
        keys.ids,
        keys.deliveries,
        keys.mark(given.client_id),
        keys.queue,
        keys.inputs,
    ], [
        given.chat,
        given.client_id,
        encode_input(given, seal=seal),
        b"" if echo is None else encode_body(echo, chat=given.chat, seal=seal),
        first_id(now),
        milliseconds(KEPT_FOR),
        KEPT_MESSAGES,
        KEPT_EVENTS,
        milliseconds(MARK_KEPT_FOR),
        WAITING_INPUTS,
        _oldest(now),
    ]
