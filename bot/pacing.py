"""The bot takes its turns from the budget it shares with the gateway's senders."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from redis.asyncio import Redis

from bot.calls import Calls
from gateway.wire import pacing
from gateway.wire.pacing import Limits as Limits
from gateway.wire.pacing import Verdict


class Clock(Protocol):
    def now(self) -> datetime: ...


@dataclass
class Pacer:
    """`budget` names the token without being it: the bot's public id, as the gateway's senders name it."""

    redis: Redis
    budget: str
    clock: Clock
    limits: Limits = Limits()
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        self._calls = Calls(self.redis)

    async def turn(self, chat: str) -> None:
        """Returns when a reply to this chat may leave. Whoever is held up asks again in the order of coming; while
        nobody is, those of one moment ask together."""
        if not self._asking.locked():
            slot = await self._take(chat)
            if slot.verdict is Verdict.GO:
                if slot.wait:
                    await asyncio.sleep(slot.wait.total_seconds())
                return
        while True:
            async with self._asking:
                slot = await self._take(chat)
                if slot.verdict is Verdict.WAIT:
                    await asyncio.sleep(slot.wait.total_seconds())
                    continue
            await asyncio.sleep(slot.wait.total_seconds())
            if slot.verdict is Verdict.GO:
                return

    async def pause(self, chat: str, wait: timedelta) -> None:
        """The other side asked for patience."""
        keys, arguments = pacing.pause_call(self.budget, chat, wait=wait, now=self.clock.now())
        await self.redis.eval(pacing.PAUSE_LUA, len(keys), *keys, *arguments)

    async def _take(self, chat: str) -> pacing.Slot:
        keys, arguments = pacing.take_call(self.budget, chat, pacing.REPLY, limits=self.limits, now=self.clock.now())
        return pacing.take_reply(await self._calls.script(pacing.TAKE_LUA, keys=keys, args=arguments))
