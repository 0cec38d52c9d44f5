"""Sending in loops of their own: woken when something is due, and looking by themselves every second.

One loop has what is urgent and another what is routine, so that an alert never waits for a batch of a broadcast that a
slow provider holds up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from gateway.errors import ShaodianError

log = structlog.get_logger()

LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class SenderLoop:
    """`send` sends one batch and answers how many were taken."""

    send: Callable[[], Awaitable[int]]
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _told_to_stop: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        """Take nothing more. What is in the air lands and is written down, so that nobody has to wonder about it."""
        self._told_to_stop.set()
        self._awake.set()

    async def run_forever(self) -> None:
        while not self._told_to_stop.is_set():
            self._awake.clear()
            try:
                while not self._told_to_stop.is_set() and await self.send():
                    pass
            except ShaodianError as error:
                log.warning("sending failed", error=error.type_name)
            except Exception as error:
                log.error("sending failed", exc_info=error)
            if self._told_to_stop.is_set():
                return
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._awake.wait()
            except TimeoutError:
                continue
