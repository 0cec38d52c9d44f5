"""arq: deferred jobs, 200 at a time, a poll every 100 ms."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings

from tests.bench.peers.shared import STORE, marks


async def fire(_: Any, due: float) -> None:
    marks.fired(due)


class WorkerSettings:
    functions = [fire]
    redis_settings = RedisSettings.from_dsn(STORE or "redis://127.0.0.1:1/0")
    max_jobs = 200
    keep_result = 0
    poll_delay = 0.1


async def _schedule(dues: Sequence[float]) -> None:
    pool = await create_pool(WorkerSettings.redis_settings)
    at_once = asyncio.Semaphore(64)

    async def one(due: float) -> None:
        async with at_once:
            await pool.enqueue_job("fire", due, _defer_until=datetime.fromtimestamp(due, UTC))

    for start in range(0, len(dues), 5000):
        await asyncio.gather(*(one(due) for due in dues[start : start + 5000]))
    await pool.aclose()


def schedule(dues: Sequence[float]) -> None:
    asyncio.run(_schedule(dues))


def commands(processes: int) -> list[list[str]]:
    return [[sys.executable, "-m", "arq", f"{__name__}.WorkerSettings"]] * processes
