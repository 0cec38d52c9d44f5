"""APScheduler with its Redis store: one process, which is all a store of it may be shared by."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from tests.bench.peers.shared import STORE, marks


async def fire(due: float) -> None:
    marks.fired(due)


def _scheduler() -> AsyncIOScheduler:
    where = urlsplit(STORE)
    store = RedisJobStore(host=where.hostname, port=where.port, password=where.password)
    return AsyncIOScheduler(
        jobstores={"default": store},
        executors={"default": AsyncIOExecutor()},
        job_defaults={"misfire_grace_time": None},
        timezone=UTC,
    )


async def _schedule(dues: Sequence[float]) -> None:
    scheduler = _scheduler()
    scheduler.start(paused=True)
    for due in dues:
        scheduler.add_job(
            "tests.bench.peers.on_apscheduler:fire", "date", [due], run_date=datetime.fromtimestamp(due, UTC)
        )
    scheduler.shutdown(wait=False)


def schedule(dues: Sequence[float]) -> None:
    asyncio.run(_schedule(dues))


def commands(processes: int) -> list[list[str]]:
    return [[sys.executable, "-m", __name__]]


async def _work() -> None:
    _scheduler().start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_work())
