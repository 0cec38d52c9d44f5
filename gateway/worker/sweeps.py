"""The clock's regular rounds. Each selects on state, never on a window of time, so a round missed loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from gateway.errors import ShaodianError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """One round: its name, how often, and the one service call it makes."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


def scheduler_of(sweeps: tuple[Sweep, ...]) -> AsyncIOScheduler:
    """In memory only; late rounds are run once, whatever was missed."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for sweep in sweeps:
        scheduler.add_job(
            guarded,
            IntervalTrigger(seconds=sweep.every.total_seconds(), timezone="UTC"),
            args=[sweep],
            id=sweep.name,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
    return scheduler


async def guarded(sweep: Sweep) -> None:
    """A round that fails is told and tried again next time; it never stops the scheduler."""
    try:
        await sweep.run()
    except asyncio.CancelledError:
        raise
    except ShaodianError as error:
        log.warning("sweep failed", sweep=sweep.name, error=error.type_name)
    except Exception as error:
        log.error("sweep failed", sweep=sweep.name, exc_info=error)
