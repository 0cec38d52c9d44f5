"""What the bot set aside because it could not be worked: counted here, so that an operator hears of it."""

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
            keys: list[str | bytes] = [dead_key(partition) for partition in range(PARTITIONS)]
            keys += [key async for key in self._redis.scan_iter(match=_TELEGRAM, count=1000)]
            return sum([int(await self._redis.xlen(key)) for key in keys])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
