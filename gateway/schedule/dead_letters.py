"""What the bot set aside because it could not be worked: counted here, so that an operator hears of it."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.schedule.agenda import AgendaUnavailable
from gateway.wire.chats import PARTITIONS, dead_key

_TELEGRAM = "tg:*:dead"


class DeadLetters:
    """Raises AgendaUnavailable when the store does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def count(self) -> int:
        try:
            return sum([int(await self._redis.xlen(key)) for key in await self._keys()])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def newest(self) -> str:
        """The id of the input set aside last, of whichever stream: a name for what was found, also after a flush."""
        try:
            last: list[Any] = [await self._redis.xrevrange(key, count=1) for key in await self._keys()]
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        ids = [entries[0][0].decode() for entries in last if entries]
        return max(ids, key=lambda one: tuple(map(int, one.split("-"))), default="")

    async def _keys(self) -> list[str | bytes]:
        keys: list[str | bytes] = [dead_key(partition) for partition in range(PARTITIONS)]
        return keys + [key async for key in self._redis.scan_iter(match=_TELEGRAM, count=1000)]
