"""The web chat's store: one chat's events and messages in Redis, and who is listening to them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from redis.exceptions import RedisError

from bot.transports.endings import going_on
from gateway.wire import chats
from gateway.wire.chats import Body, Event, EventKind, Input
from gateway.wire.seals import Seal, Unsealable

_BLOCK = timedelta(seconds=2)
_SHOWN_MESSAGES = 200


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True)
class Transcripts:
    redis: Any  # redis-py declares every answer as text, bytes and None at once; ours is bytes
    seal: Seal
    clock: Clock

    async def post(self, chat: int, body: Body, *, kind: EventKind = EventKind.NEW) -> int:
        """The new message's id."""
        keys, arguments = chats.post_call(chat, kind, body, seal=self.seal, now=self.clock.now())
        return int(await self.redis.register_script(chats.POST_LUA)(keys=keys, args=arguments))

    async def edit(self, chat: int, message: int, body: Body) -> bool:
        sealed = chats.encode_body(body, chat=chat, seal=self.seal)
        script = self.redis.register_script(chats.EDIT_LUA)
        return bool(await script(keys=_shown(chat), args=[message, sealed, chats.KEPT_EVENTS]))

    async def delete(self, chat: int, message: int) -> bool:
        script = self.redis.register_script(chats.DELETE_LUA)
        return bool(await script(keys=_shown(chat), args=[message, chats.KEPT_EVENTS]))

    async def find(self, chat: int, message: int) -> Body | None:
        sealed = await self.redis.hget(chats.keys_of(chat).messages, str(message))
        return None if sealed is None else self._body(chat, sealed)

    async def note(self, chat: int, kind: EventKind, *, body: Body | None = None, client: str = "") -> None:
        """Something the page shows for a moment: a toast, typing."""
        fields: dict[str | bytes, str | bytes] = {"k": kind.value, "c": client}
        if body is not None:
            fields["b"] = chats.encode_body(body, chat=chat, seal=self.seal)
        key = chats.keys_of(chat).events
        await self.redis.xadd(key, fields, maxlen=chats.KEPT_EVENTS, approximate=True)
        await self.redis.pexpire(key, chats.milliseconds(chats.KEPT_FOR))

    async def accept(self, given: Input, *, echo: Body | None) -> str:
        """`received`, `handled`, `failed`, or `full`. A repeated input is only told how it stands."""
        keys, arguments = chats.accept_call(given, echo, seal=self.seal, now=self.clock.now())
        state, _ = await self.redis.register_script(chats.ACCEPT_LUA)(keys=keys, args=arguments)
        return str(state.decode())

    async def seen(self, chat: int, delivery: str) -> bool:
        """True for the first page that shows this delivery."""
        keys = chats.keys_of(chat)
        script = self.redis.register_script(chats.SEEN_LUA)
        shown = [keys.events, keys.messages, keys.ids, keys.deliveries]
        return bool(await script(keys=shown, args=[delivery, chats.KEPT_EVENTS]))

    async def unseen(self, chat: int, delivery: str) -> bool:
        """Whether this delivery was written to this chat and no page has shown it yet."""
        message = await self.redis.hget(chats.keys_of(chat).deliveries, delivery)
        return message is not None and int(message) > 0

    async def snapshot(self, chat: int) -> tuple[str, list[dict[str, Any]]]:
        """Where the stream stands, and the newest messages as they stand now: enough to show the page from nothing."""
        keys = chats.keys_of(chat)
        newest = await self.redis.xrevrange(keys.events, count=1)
        stored = await self.redis.hgetall(keys.messages)
        deliveries = {
            int(number): name.decode() for name, number in (await self.redis.hgetall(keys.deliveries)).items()
        }
        shown = []
        for number in sorted(int(name) for name in stored)[-_SHOWN_MESSAGES:]:
            body = self._body(chat, stored[str(number).encode()])
            if body is None:
                continue
            kind = EventKind.MINE if body.by else EventKind.NEW
            event = Event("", kind, number, client=body.by, delivery=deliveries.get(number, ""), body=body)
            shown.append(event.shown())
        return (newest[0][0].decode() if newest else "0-0"), shown

    async def reaches_back_to(self, chat: int, after: str) -> bool:
        """Whether nothing after this id was trimmed."""
        oldest = await self.redis.xrange(chats.keys_of(chat).events, count=1)
        return bool(oldest) and _order(oldest[0][0].decode()) <= _order(after)

    async def after(self, chat: int, position: str) -> list[Event]:
        entries = await self.redis.xrange(chats.keys_of(chat).events, min=f"({position}")
        return [event for entry, fields in entries if (event := self.event(chat, entry, fields)) is not None]

    async def erase(self, chat: int) -> None:
        """Everything this chat has said or heard; open pages clear themselves."""
        keys = chats.keys_of(chat)
        await self.redis.delete(keys.events, keys.messages, keys.deliveries)
        await self.note(chat, EventKind.ERASED)

    async def forget(self, address: str) -> None:
        """The transcript of an address, if it is one of the web chat's."""
        channel, _, handle = address.partition(":")
        if channel == "webchat" and handle.isdecimal():
            await self.erase(int(handle))

    def event(self, chat: int, entry: bytes, fields: dict[bytes, bytes]) -> Event | None:
        try:
            return chats.decode_event(entry, fields, chat=chat, seal=self.seal)
        except Unsealable:
            return None

    def _body(self, chat: int, sealed: bytes) -> Body | None:
        try:
            return chats.decode_body(sealed, chat=chat, seal=self.seal)
        except Unsealable:
            return None


@dataclass(eq=False)
class _Ear:
    queue: "asyncio.Queue[Event]" = field(default_factory=lambda: asyncio.Queue(maxsize=500))
    deaf: bool = False


@dataclass
class Listeners:
    """Every open page of this process, heard through one blocking read per partition."""

    transcripts: Transcripts
    blocking: Any
    process: str
    _ears: dict[int, set[_Ear]] = field(default_factory=dict)
    _positions: dict[int, str] = field(default_factory=dict)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for partition in range(chats.PARTITIONS):
                group.create_task(self._read(partition))

    async def follow(self, chat: int, after: str) -> AsyncIterator[Event | None]:
        """Events after this id, in order, for as long as the page listens; None now and then when nothing happens."""
        ear = _Ear()
        self._ears.setdefault(chat, set()).add(ear)
        self._positions.setdefault(chat, after)
        try:
            await self._wake(chats.partition_of(chat))
            last = after
            for event in await self.transcripts.after(chat, after):
                last = event.id
                yield event
            while not ear.deaf:
                try:
                    async with asyncio.timeout(15):
                        event = await ear.queue.get()
                except TimeoutError:
                    yield None
                    continue
                if _order(event.id) > _order(last):
                    last = event.id
                    yield event
        finally:
            self._ears[chat].discard(ear)
            if not self._ears[chat]:
                del self._ears[chat]
                self._positions.pop(chat, None)

    async def _wake(self, partition: int) -> None:
        key = self._wake_key(partition)
        await self.transcripts.redis.xadd(key, {"w": "1"}, maxlen=1)
        await self.transcripts.redis.pexpire(key, 600_000)

    def _wake_key(self, partition: int) -> str:
        return f"{{web{partition}}}:wake:{self.process}"

    async def _read(self, partition: int) -> None:
        wake, woken = self._wake_key(partition), "0-0"
        while going_on():
            names = {
                chats.keys_of(chat).events: chat
                for chat in list(self._positions)
                if chats.partition_of(chat) == partition
            }
            streams: dict[Any, Any] = {wake: woken} | {key: self._positions[chat] for key, chat in names.items()}
            try:
                answer = await self.blocking.xread(streams, count=100, block=chats.milliseconds(_BLOCK))
            except RedisError:
                await asyncio.sleep(0.5)
                continue
            for key, entries in answer or ():
                if key.decode() == wake:
                    woken = entries[-1][0].decode()
                    continue
                self._tell(names[key.decode()], entries)

    def _tell(self, chat: int, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        if chat not in self._positions:
            return
        self._positions[chat] = entries[-1][0].decode()
        for entry, fields in entries:
            event = self.transcripts.event(chat, entry, fields)
            if event is None:
                continue
            for ear in self._ears.get(chat, ()):
                with contextlib.suppress(asyncio.QueueFull):
                    ear.queue.put_nowait(event)
                    continue
                ear.deaf = True  # a page that cannot keep up is closed; it comes back and resumes from its last id


def _shown(chat: int) -> list[str]:
    keys = chats.keys_of(chat)
    return [keys.events, keys.messages]


def _order(entry: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry.partition("-")
    return int(milliseconds), int(sequence or 0)
