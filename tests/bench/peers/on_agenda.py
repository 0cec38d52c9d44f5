"""Ours, as the worker runs it: the agenda's loop on the agenda, with nothing to do but to leave the mark.

An id stands for the moment it is due at: 16 bytes as every id of the record, and no second look-up.
"""

import asyncio
import struct
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.clock import SystemClock
from gateway.schedule.agenda import Agenda
from gateway.worker.agenda import AgendaLoop
from tests.bench.peers.shared import STORE, marks

_NAME = struct.Struct(">dQ")


def entries(dues: Sequence[float]) -> list[tuple[str, datetime]]:
    numbers = count(1 << 40)
    return [
        (f"reminder:{UUID(bytes=_NAME.pack(due, next(numbers)))}", datetime.fromtimestamp(due, UTC)) for due in dues
    ]


async def fire_all(ids: Sequence[str]) -> None:
    for one in ids:
        marks.fired(_NAME.unpack(UUID(one).bytes)[0])


async def fire(one: str) -> None:
    await fire_all([one])


def client_of(url: str) -> Redis:
    """As the worker's own: the composition root is not imported for it, because that takes a second."""
    return Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0))


def loop_on(url: str) -> AgendaLoop:
    return AgendaLoop(Agenda(client_of(url)), SystemClock(), {"reminder": fire}, {"reminder": fire_all})


async def put(url: str, given: Sequence[tuple[str, datetime]]) -> None:
    redis = client_of(url)
    await Agenda(redis).put(given)
    await redis.aclose()


def schedule(given: Sequence[tuple[str, datetime]]) -> None:
    asyncio.run(put(STORE, given))


def commands(processes: int) -> list[list[str]]:
    return [[sys.executable, "-m", __name__]] * processes


if __name__ == "__main__":
    asyncio.run(loop_on(STORE).run_forever())
