"""What happens next: an index of the record's due times in Redis, rebuilt from it at any time.

A member names something due (`alert:…`, `reminder:…`, `deliveries:now`), its score is when, in epoch milliseconds of
the injected Clock. There are two lanes: what reaches people by the thousand at the same minute waits in `bulk`, and a
claim looks there last. A claim moves due members into `leased` in one Lua call; whoever acted acknowledges. A crash
between the two lets the lease run out, and the member is due again: the service's compare-and-set makes that harmless.

Of a crowd only what is due within the HORIZON is kept here. The rest costs the record a row and this index one entry in
all: when the first of it comes nearer, what is due next is loaded. All keys share a hash tag, so that one script may
touch them in a cluster.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from gateway.errors import Unavailable

_DUE = "shaodian:{agenda}:due"
_BULK = "shaodian:{agenda}:bulk"
_LEASED = "shaodian:{agenda}:leased"
_EPOCH = "shaodian:{agenda}:epoch"
_ANEW = "shaodian:{agenda}:anew"
_WAKE = "shaodian:{agenda}:wake"

_LEASE = timedelta(seconds=30)

HORIZON = timedelta(hours=26)
"""How far ahead the index holds a crowd: a day, and time enough for whoever loads the next one to be late."""

HORIZON_NEARS = "horizon"
"""The kind of the entry that says: load what is due next."""

#: Due by the thousand at the same minute, and patient: they never stand before an alert.
_CROWDS = frozenset({"reminder", "item", "follow_up"})

#: Members a script is given at once: Lua takes some thousand arguments, and Redis does nothing else meanwhile.
_PORTION = 1000

_CLAIM = """
local now, lease, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local found = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, limit)
for lane = 1, 2 do
  if #found < limit then
    local due = redis.call('ZRANGEBYSCORE', KEYS[lane], '-inf', now, 'LIMIT', 0, limit - #found)
    if #due > 0 then
      redis.call('ZREMRANGEBYRANK', KEYS[lane], 0, #due - 1)
      for _, member in ipairs(due) do found[#found + 1] = member end
    end
  end
end
if #found == 0 then
  local following = ''
  for lane = 1, 2 do
    local first = redis.call('ZRANGE', KEYS[lane], 0, 0, 'WITHSCORES')
    if first[2] and (following == '' or tonumber(first[2]) < tonumber(following)) then following = first[2] end
  end
  return {found, following}
end
local leased = {}
for index, member in ipairs(found) do
  leased[2 * index - 1] = lease
  leased[2 * index] = member
end
redis.call('ZADD', KEYS[3], unpack(leased))
return {found, now}
"""

# Only whoever still holds the lease: one who was too slow leaves it to those who took over.
_DONE = """
local members = {}
for index = 2, #ARGV do members[index - 1] = ARGV[index] end
local leases, mine = redis.call('ZMSCORE', KEYS[1], unpack(members)), {}
for index, lease in ipairs(leases) do
  if lease and tonumber(lease) == tonumber(ARGV[1]) then mine[#mine + 1] = members[index] end
end
if #mine > 0 then redis.call('ZREM', KEYS[1], unpack(mine)) end
return #mine
"""

# First what is due within the horizon, with its score; then what has moved beyond it. Whoever sleeps is told when
# something earlier came than it sleeps for.
_PUT = """
local pairs_ = 2 * tonumber(ARGV[1])
local beyond = {}
for index = 2 + pairs_, #ARGV do beyond[#beyond + 1] = ARGV[index] end
if #beyond > 0 then redis.call('ZREM', KEYS[1], unpack(beyond)) end
if pairs_ == 0 then return 0 end
local before = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local due, first = {}, math.huge
for index = 1, pairs_ do
  due[index] = ARGV[index + 1]
  if index % 2 == 1 then first = math.min(first, tonumber(due[index])) end
end
local added = redis.call('ZADD', KEYS[1], unpack(due))
if not before or first < tonumber(before) then redis.call('PUBLISH', KEYS[2], '1') end
return added
"""


class AgendaUnavailable(Unavailable):
    """The agenda's store does not answer; the sweeps over the record stand in."""


@dataclass(frozen=True, slots=True)
class Due:
    kind: str
    id: str
    lease: int = field(default=0, compare=False)
    """Until when it is whoever claimed it: the acknowledgement names it."""

    @property
    def member(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is due, under a lease; and where nothing is, when something will be, as far as is known."""

    due: Sequence[Due]
    following: datetime | None = None


def _score(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _key_of(member: str) -> bytes:
    """Ids of the record travel as their 16 bytes, not as 36 letters: it is most of what an entry costs."""
    kind, _, subject = member.partition(":")
    if len(subject) == 36:
        try:
            return kind.encode() + b"=" + bytes.fromhex(subject.replace("-", ""))
        except ValueError:
            pass
    return member.encode()


def _due_of(key: bytes, lease: int) -> Due:
    if len(key) > 16 and key[-17] == _IS_ID and key.find(b":", 0, len(key) - 17) < 0:
        return Due(key[:-17].decode(), str(UUID(bytes=key[-16:])), lease)
    kind, _, subject = key.decode().partition(":")
    return Due(kind, subject, lease)


_IS_ID = ord("=")


class Agenda:
    """Every method raises AgendaUnavailable when Redis does not answer."""

    unavailable = AgendaUnavailable

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._claim = redis.register_script(_CLAIM)
        self._done = redis.register_script(_DONE)
        self._put = redis.register_script(_PUT)

    async def put(self, entries: Iterable[tuple[str, datetime]], *, until: datetime | None = None) -> None:
        """Members with their due times; a member already known moves. Of a crowd nothing is kept that is due after
        `until`, but that it has to be loaded."""
        last = None if until is None else _score(until)
        first_beyond: datetime | None = None
        lanes: dict[str, tuple[list[int | bytes], list[bytes]]] = {_DUE: ([], []), _BULK: ([], [])}
        for member, at in entries:
            lane = _BULK if member.partition(":")[0] in _CROWDS else _DUE
            due, beyond = lanes[lane]
            score = _score(at)
            if last is None or score <= last or lane == _DUE:
                due += (score, _key_of(member))
                continue
            beyond.append(_key_of(member))
            first_beyond = at if first_beyond is None else min(first_beyond, at)
        try:
            for lane, (due, beyond) in lanes.items():
                for start in range(0, len(due), 2 * _PORTION):
                    portion = due[start : start + 2 * _PORTION]
                    await self._put(keys=[lane, _WAKE], args=[len(portion) // 2, *portion])
                for start in range(0, len(beyond), _PORTION):
                    await self._put(keys=[lane, _WAKE], args=[0, *beyond[start : start + _PORTION]])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        if first_beyond is not None:
            await self.load_before(first_beyond)

    async def load_before(self, first: datetime) -> None:
        """Something of a crowd is due then that is not kept here: well before, the next horizon is to be loaded."""
        try:
            await self._redis.zadd(_DUE, {f"{HORIZON_NEARS}:next": _score(first - HORIZON / 2)}, lt=True)
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def cancel(self, members: Sequence[str]) -> None:
        if not members:
            return
        keys = [_key_of(member) for member in members]
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for lane in (_DUE, _BULK, _LEASED):
                    pipeline.zrem(lane, *keys)
                await pipeline.execute()
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def claim(self, now: datetime, *, limit: int = 100) -> Claim:
        """What is due, each under a lease of 30 s until it is acknowledged; at most some hundred at once."""
        lease = _score(now + _LEASE)
        arguments = [_score(now), lease, min(limit, _PORTION)]
        try:
            members, following = await self._claim(keys=[_DUE, _BULK, _LEASED], args=arguments)
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        if not members:
            return Claim((), datetime.fromtimestamp(float(following) / 1000, UTC) if following else None)
        # One whose lease ran out may be due anew as well: it is one thing to do.
        return Claim([_due_of(member, lease) for member in dict.fromkeys(members)])

    async def done(self, dues: Iterable[Due]) -> None:
        """Acknowledged. One whose lease ran out meanwhile is left to whoever holds it now."""
        by_lease: dict[int, list[bytes]] = {}
        for due in dues:
            by_lease.setdefault(due.lease, []).append(_key_of(due.member))
        try:
            for lease, members in by_lease.items():
                for start in range(0, len(members), _PORTION):
                    await self._done(keys=[_LEASED], args=[lease, *members[start : start + _PORTION]])
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def next_at(self) -> datetime | None:
        """The earliest due time known; None when nothing waits."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for lane in (_DUE, _BULK):
                    pipeline.zrange(lane, 0, 0, withscores=True)
                firsts: list[Any] = await pipeline.execute()
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        return min((datetime.fromtimestamp(first[0][1] / 1000, UTC) for first in firsts if first), default=None)

    async def wakes(self) -> AsyncIterator[None]:
        """Yields whenever something came that is due earlier than all that was known, once it listens as well."""
        try:
            async with self._redis.pubsub() as heard:
                await heard.subscribe(_WAKE)
                while True:
                    if await heard.get_message(timeout=1.0) is not None:
                        yield
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def size(self) -> tuple[int, int]:
        """How many wait, how many are leased."""
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key in (_DUE, _BULK, _LEASED):
                    pipeline.zcard(key)
                due, bulk, leased = await pipeline.execute()
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
        return int(due) + int(bulk), int(leased)

    # healing

    async def is_whole(self) -> bool:
        """Whether the index still stands: FLUSHALL takes the epoch with it."""
        try:
            return bool(await self._redis.exists(_EPOCH))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def begin_anew(self, now: datetime) -> None:
        """Before everything is put back."""
        try:
            await self._redis.set(_ANEW, _score(now))
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone

    async def mark_whole(self) -> None:
        """Afterwards; no use where another flush came in between."""
        try:
            await self._redis.rename(_ANEW, _EPOCH)
        except ResponseError:
            return  # it is gone, so the next look finds an index that is not whole; or another worker was as quick
        except (RedisError, OSError) as gone:
            raise AgendaUnavailable from gone
