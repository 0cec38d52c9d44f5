"""streaq: one-off jobs by its bulk call."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from streaq import Worker

from tests.bench.peers.shared import STORE, marks

worker = Worker(redis_url=STORE, concurrency=200)


@worker.task(ttl=0, silent=True)
async def fire(due: float) -> None:
    marks.fired(due)


async def _schedule(dues: Sequence[float]) -> None:
    async with worker:
        for start in range(0, len(dues), 2000):
            some = dues[start : start + 2000]
            await worker.enqueue_many(
                [fire.enqueue(due).start(schedule=datetime.fromtimestamp(due, UTC)) for due in some]
            )


def schedule(dues: Sequence[float]) -> None:
    asyncio.run(_schedule(dues))


def commands(processes: int) -> list[list[str]]:
    return [[sys.executable, "-m", "streaq", "run", f"{__name__}:worker"]] * processes
