"""What happens next: an index of the record's due times in Redis, rebuilt from it at any time.

Members are `kind:id` (`alert:…`, `reminder:…`, `item:…`, `deliveries:now`), scores are epoch milliseconds of the
injected Clock. A claim moves due members into `leased` in one Lua call; whoever acted acknowledges. A crash between
the two lets the lease run out, and the member is due again: the service's compare-and-set makes that harmless.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.errors import Unavailable

_DUE = "shaodian:{agenda}:due"
_LEASED = "shaodian:{agenda}:leased"
_EPOCH = "shaodian:{agenda}:epoch"
_WAKE = "shaodian:{agenda}:wake"

_LEASE = timedelta(seconds=30)

_CLAIM = """
local now, lease, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, limit)) do
  redis.call('ZREM', KEYS[2], member)
  redis.call('ZADD', KEYS[1], 'NX', now, member)
end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, limit)
for _, member in ipairs(due) do
  redis.call('ZREM', KEYS[1], member)
  redis.call('ZADD', KEYS[2], lease, member)
end
return due
"""

# An earlier arrival wakes the sleeper; the list is a signal only and never grows beyond one entry.
_PUSH = """
local earliest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local before = earliest[2] and tonumber(earliest[2]) or math.huge
local first = math.huge
for index = 1, #ARGV, 2 do
  local score = tonumber(ARGV[index])
  redis.call('ZADD', KEYS[1], score, ARGV[index + 1])
  if score < first then first = score end
end
if first < before then
  redis.call('LPUSH', KEYS[2], '1')
  redis.call('LTRIM', KEYS[2], 0, 0)
end
return #ARGV / 2
"""


class AgendaUnavailable(Unavailable):
    """The agenda's store does not answer; the sweeps over the record stand in."""


@dataclass(frozen=True, slots=True)
class Due:
    kind: str
    id: str

    @property
    def member(self) -> str:
        return f"{self.kind}:{self.id}"


def _score(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class Agenda:
    """Every method raises AgendaUnavailable when Redis does not answer."""

    unavailable = AgendaUnavailable

    def __init__(self, redis: "Redis", blocking: "Redis | None" = None) -> None:
        self._redis = redis
        self._blocking = blocking or redis
        self._claim = redis.register_script(_CLAIM)
        self._push = redis.register_script(_PUSH)

    async def push(self, entries: Iterable[tuple[str, datetime]]) -> None:
        """Members with their due times; a member already known moves."""
        arguments: list[str | int] = []
        for member, at in entries:
            arguments += [_score(at), member]
        if not arguments:
            return
        try:
            for start in range(0, len(arguments), 2000):
                await self._push(keys=[_DUE, _WAKE], args=arguments[start : start + 2000])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def cancel(self, members: Sequence[str]) -> None:
        if not members:
            return
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.zrem(_DUE, *members)
                pipeline.zrem(_LEASED, *members)
                await pipeline.execute()
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def claim(self, now: datetime, *, limit: int = 100) -> list[Due]:
        """What is due, each under a lease of 30 s until it is acknowledged."""
        try:
            members = await self._claim(keys=[_DUE, _LEASED], args=[_score(now), _score(now + _LEASE), limit])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        return [Due(*member.decode().split(":", 1)) for member in members]

    async def done(self, dues: Iterable[Due]) -> None:
        members = [due.member for due in dues]
        if not members:
            return
        try:
            await self._redis.zrem(_LEASED, *members)
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def next_at(self) -> datetime | None:
        """The earliest due time known; None when nothing waits."""
        try:
            first: Any = await self._redis.zrange(_DUE, 0, 0, withscores=True)
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        return datetime.fromtimestamp(first[0][1] / 1000, UTC) if first else None

    async def wait(self, seconds: float) -> None:
        """Sleep until an earlier entry arrives, at most this long (at most 2 s, below the socket's time-out)."""
        try:
            await self._blocking.blpop([_WAKE], timeout=min(max(seconds, 0.01), 2.0))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def size(self) -> tuple[int, int]:
        """How many wait, how many are leased."""
        try:
            return int(await self._redis.zcard(_DUE)), int(await self._redis.zcard(_LEASED))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    # healing

    async def is_whole(self) -> bool:
        """Whether the index still stands: FLUSHALL takes the epoch with it."""
        try:
            return bool(await self._redis.exists(_EPOCH))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def mark_whole(self, now: datetime) -> None:
        try:
            await self._redis.set(_EPOCH, _score(now))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
