"""The gateway's senders take their turns: from the budget shared with the bot, and from one per robot of a group."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.channels.receipts import Temporary
from gateway.clock import Clock
from gateway.domain.kinds import Lane
from gateway.wire import pacing
from gateway.wire.pacing import Limits, Verdict

#: Well below the lease of a delivery (30 s), so that no other worker takes it over while it waits.
PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True)
class Pacer:
    """One per token and process. `budget` names the token without being it: the bot's public id."""

    redis: Redis
    budget: str
    clock: Clock
    limits: Limits = Limits()
    _lanes: dict[Lane, asyncio.Lock] = field(default_factory=lambda: {lane: asyncio.Lock() for lane in Lane})

    async def turn(self, chat: str, lane: Lane) -> None:
        """Returns when it is this message's turn. Raises Temporary when that is far off: whoever waits here holds a
        lease, and holds up the messages of other channels.

        Without the store nobody can take turns: what is urgent goes out, the rest waits.
        """
        waited = timedelta(0)
        try:
            while True:
                async with self._lanes[lane]:  # one of a lane asks at a time: the others could not get the slot either
                    slot = await self._take(chat, lane)
                    waited += slot.wait
                    if slot.verdict is not Verdict.GO and waited > PATIENCE:
                        raise Temporary("waits its turn", retry_after=slot.wait)
                    if slot.verdict is Verdict.WAIT:
                        await asyncio.sleep(slot.wait.total_seconds())
                        continue
                await asyncio.sleep(slot.wait.total_seconds())
                if slot.verdict is Verdict.GO:
                    return
        except (RedisError, OSError) as gone:
            if lane not in (Lane.ALERT, Lane.REPLY):
                raise Temporary("nobody gives out turns") from gone

    async def pause(self, chat: str, wait: timedelta) -> None:
        """The other side asked for patience."""
        keys, arguments = pacing.pause_call(self.budget, chat, wait=wait, now=self.clock.now())
        await self.redis.eval(pacing.PAUSE_LUA, len(keys), *keys, *arguments)

    async def _take(self, chat: str, lane: Lane) -> pacing.Slot:
        keys, arguments = pacing.take_call(self.budget, chat, lane, limits=self.limits, now=self.clock.now())
        script = self.redis.register_script(pacing.TAKE_LUA)
        return pacing.take_reply(await script(keys=keys, args=arguments))


@dataclass(frozen=True)
class RobotPacer:
    """One budget per robot, whoever sends with it: several desks, several processes, a test from the console.

    A robot that is asked too often is shut out for ten minutes, so this aims below the limit and never waits with a
    lease in its hand: what is early learns when its turn comes.
    """

    redis: Redis
    clock: Clock
    per_minute: float = 18

    async def turn(self, robot: str, lane: Lane) -> None:
        """Raises Temporary with the time until the next free slot. Without the store what is urgent goes out."""
        keys, arguments = pacing.robot_call(robot, per_minute=self.per_minute, now=self.clock.now())
        try:
            slot = pacing.take_reply(await self.redis.register_script(pacing.TAKE_LUA)(keys=keys, args=arguments))
        except (RedisError, OSError) as gone:
            if lane is not Lane.ALERT:
                raise Temporary("nobody gives out turns") from gone
            return
        if slot.verdict is not Verdict.GO:
            raise Temporary(WAITS, retry_after=max(slot.wait, _BLINK))

    async def next_turn(self, robot: str, lane: Lane) -> None:
        """For the further parts of one message: waits for the turn, as long as PATIENCE allows. Raises Temporary."""
        waited = timedelta(0)
        while True:
            try:
                return await self.turn(robot, lane)
            except Temporary as early:
                waited += early.retry_after or PATIENCE
                if waited > PATIENCE:
                    raise
                await asyncio.sleep((early.retry_after or _BLINK).total_seconds())

    async def pause(self, robot: str, wait: timedelta) -> None:
        """The provider shut this robot out for a while."""
        keys, arguments = pacing.robot_pause_call(robot, wait=wait, now=self.clock.now())
        try:
            await self.redis.register_script(pacing.PAUSE_LUA)(keys=keys, args=arguments)
        except (RedisError, OSError):
            return  # the record keeps it too


WAITS = "waits its turn"
_BLINK = timedelta(milliseconds=1)


def robot_of(channel: str, token: str) -> str:
    """The robot's name in the budget: never its token."""
    return f"{channel}:{hashlib.sha256(token.encode()).hexdigest()[:20]}"
