"""Sending in a loop of its own: woken when something is due, and looking by itself every second."""

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

    def wake(self) -> None:
        self._awake.set()

    async def run_forever(self) -> None:
        while True:
            self._awake.clear()
            try:
                while await self.send():
                    pass
            except ShaodianError as error:
                log.warning("sending failed", error=error.type_name)
            except Exception as error:
                log.error("sending failed", exc_info=error)
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._awake.wait()
            except TimeoutError:
                continue
