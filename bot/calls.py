"""Calls of Redis from one moment leave in one packet.

With many chats at work, a connection and a wait for each call cost several times what the call itself does. Whoever
comes first takes the turn; what is asked for meanwhile leaves together when the answer is there. Somebody alone waits
for nobody.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import NoScriptError

MOST = 256


@dataclass(slots=True, eq=False)
class _Call:
    parts: tuple[Any, ...]
    lua: str = ""
    taken: bool = False
    answer: Any = None
    error: BaseException | None = None


@dataclass
class Calls:
    redis: Redis
    _waiting: list[_Call] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def script(self, lua: str, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        return await self._answer(_Call(("EVALSHA", _sha(lua), len(keys), *keys, *args), lua))

    async def command(self, *parts: Any) -> Any:
        return await self._answer(_Call(parts))

    async def _answer(self, call: _Call) -> Any:
        self._waiting.append(call)
        try:
            async with self._turn:
                if not call.taken:
                    await self._send()
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):
                self._waiting.remove(call)
            raise
        if isinstance(call.error, NoScriptError):  # Redis was started anew, or never saw it
            return await self.redis.eval(call.lua, int(call.parts[2]), *call.parts[3:])
        if call.error is not None:
            raise call.error
        return call.answer

    async def _send(self) -> None:
        together, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        for call in together:
            call.taken = True
            call.error = Cut("cut off before the answer came")
        pipeline = self.redis.pipeline(transaction=False)
        for call in together:
            pipeline.execute_command(*call.parts)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except Exception as error:
            for call in together:
                call.error = error
            return
        for call, answer in zip(together, answers, strict=True):
            call.error, call.answer = (answer, None) if isinstance(answer, BaseException) else (None, answer)


@cache
def _sha(lua: str) -> str:
    return hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()
