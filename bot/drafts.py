"""Unfinished answers: a working copy in Redis, a snapshot at the gateway behind it, both encrypted.

A step costs one call: `save` compares, writes and remembers the update in one script, and what it wrote is still known
to this process at the next step. Another process in between is noticed by the comparison (`Overtaken`), and the update
is simply worked again.
"""

import base64
import contextlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx2
from redis.asyncio import Redis

from bot.calls import Calls
from gateway.wire.seals import Seal, Unsealable

KEPT_FOR = timedelta(days=7)
UPDATES_KEPT_FOR = timedelta(hours=50)
"""A set of ids, not a high-water mark: Telegram may begin anew at a random id after an idle week."""
SNAPSHOT_EVERY = timedelta(seconds=4)
MAX_SNAPSHOT = 64 * 1024
_KNOWN_CHATS = 20_000

Draft = dict[str, Any]

LOAD_LUA = """
return {redis.call('GET', KEYS[1]) or '', redis.call('ZSCORE', KEYS[2], ARGV[1]) or '', redis.call('EXISTS', KEYS[2])}
"""

SAVE_LUA = """
local draft, expected, update, now, kept, ttl = unpack(ARGV)
local present = redis.call('GET', KEYS[1]) or ''
if string.sub(present, 5, 16) ~= expected then return 0 end
if redis.call('ZSCORE', KEYS[2], update) then return 0 end
if draft == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], draft, 'PX', ttl) end
redis.call('ZADD', KEYS[2], now, update)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', tonumber(now) - tonumber(kept))
redis.call('PEXPIRE', KEYS[2], ttl)
return 1
"""


class Clock(Protocol):
    def now(self) -> datetime: ...


class Snapshots(Protocol):
    async def keep(self, address: str, blob: bytes) -> None:
        """An empty blob: there is nothing unfinished any more."""
        ...

    async def find(self, address: str) -> bytes | None: ...


class Overtaken(Exception):
    """Somebody else worked for this chat in between: work the update again from the present draft."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`repeated`: this update was worked before; show where the person stands, change nothing."""

    draft: Draft | None
    repeated: bool = False


@dataclass(slots=True)
class _Known:
    """The draft as it is written: what a caller changes in hand must not be what is believed to have been saved."""

    draft: bytes
    mark: bytes
    updates: set[int] = field(default_factory=set)


@dataclass
class Drafts:
    """`address` is `<channel>:<handle>`; update ids are compared within one address only."""

    redis: Redis
    seal: Seal
    snapshots: Snapshots
    clock: Clock
    also_forget: Callable[[str], Awaitable[None]] | None = None
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _unkept: dict[str, bytes] = field(default_factory=dict)
    _calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        self._calls = Calls(self.redis)

    async def load(self, address: str, *, update_id: int) -> Kept:
        known = self._known.get(address)
        if known is not None and update_id not in known.updates:
            return Kept(_decode(known.draft))
        sealed, worked, remembered = await self._calls.script(LOAD_LUA, keys=_keys(address), args=[update_id])
        if not remembered:
            sealed = await self._restore(address)
        known = self._remember(address, sealed)
        if worked:
            known.updates.add(update_id)
        return Kept(_decode(known.draft), repeated=bool(worked))

    async def save(self, address: str, draft: Draft | None, *, update_id: int, section_ends: bool = False) -> None:
        """Keep the draft and that this update was worked, or raise `Overtaken` and keep nothing. `None` forgets it."""
        known = self._known.get(address) or self._remember(address, b"")
        written = _encode(draft)
        sealed = self.seal.seal(written, about=_about(address)) if written else b""
        now = int(self.clock.now().timestamp() * 1000)
        arguments: list[bytes | int] = [
            sealed,
            known.mark,
            update_id,
            now,
            _milliseconds(UPDATES_KEPT_FOR),
            _milliseconds(KEPT_FOR),
        ]
        if not await self._calls.script(SAVE_LUA, keys=_keys(address), args=arguments):
            self._known.pop(address, None)
            raise Overtaken
        known.draft, known.mark = written, sealed[4:16]
        known.updates.add(update_id)
        self._unkept[address] = sealed
        if section_ends or draft is None:
            await self._keep(address)

    async def once(self, address: str, what: str, *, kept: timedelta = UPDATES_KEPT_FOR) -> bool:
        """True for the first caller with this `what`. Say it *after* the effect, or a crash in between loses it."""
        key = f"draft:{{{address}}}:once:{what}"
        return bool(await self.redis.set(key, b"1", nx=True, px=_milliseconds(kept)))

    async def forget(self, address: str) -> None:
        """Nothing of this person stays here: erasure."""
        self._known.pop(address, None)
        self._unkept.pop(address, None)
        await self.redis.delete(_keys(address)[0])
        await self.snapshots.keep(address, b"")
        if self.also_forget is not None:
            await self.also_forget(address)

    async def keep_snapshots(self) -> None:
        """Everything not yet kept at the gateway; what fails is kept next time."""
        for address in list(self._unkept):
            await self._keep(address)

    async def _keep(self, address: str) -> None:
        blob = self._unkept.get(address)
        if blob is None or len(blob) > MAX_SNAPSHOT:
            return
        try:
            await self.snapshots.keep(address, blob)
        except httpx2.HTTPError:
            return
        if self._unkept.get(address) == blob:
            del self._unkept[address]

    async def _restore(self, address: str) -> bytes:
        """Redis knows nothing of this chat: it is new, or Redis was emptied."""
        try:
            blob = await self.snapshots.find(address)
        except httpx2.HTTPError:
            blob = None
        if not blob:
            return b""
        await self.redis.set(_keys(address)[0], blob, nx=True, px=_milliseconds(KEPT_FOR))
        return blob

    def _remember(self, address: str, sealed: bytes) -> _Known:
        written = b""
        if sealed:
            # Where its key was retired, the person starts this form again.
            with contextlib.suppress(Unsealable):
                written = self.seal.open(sealed, about=_about(address))
        known = _Known(written, sealed[4:16])
        self._known[address] = known
        self._known.move_to_end(address)
        if len(self._known) > _KNOWN_CHATS:
            self._known.popitem(last=False)
        return known


@dataclass(frozen=True, slots=True)
class GatewaySnapshots:
    """Opaque blobs at `/v1/drafts/{address}`."""

    client: httpx2.AsyncClient
    token: str

    async def keep(self, address: str, blob: bytes) -> None:
        headers = self._headers(address)
        if not blob:
            (await self.client.delete(_path(address), headers=headers)).raise_for_status()
            return
        body = {"blob": base64.b64encode(blob).decode()}
        (await self.client.put(_path(address), json=body, headers=headers)).raise_for_status()

    async def find(self, address: str) -> bytes | None:
        answer = await self.client.get(_path(address), headers=self._headers(address))
        answer.raise_for_status()
        blob = answer.json().get("blob")
        return base64.b64decode(blob) if blob else None

    def _headers(self, address: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "X-Shaodian-Address": address}


def _path(address: str) -> str:
    return f"/v1/drafts/{address}"


def _keys(address: str) -> list[str]:
    return [f"draft:{{{address}}}:now", f"draft:{{{address}}}:updates"]


def _about(address: str) -> str:
    return f"draft:{address}"


def _encode(draft: Mapping[str, Any] | None) -> bytes:
    return b"" if draft is None else json.dumps(draft, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(written: bytes) -> Draft | None:
    return json.loads(written) if written else None


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
