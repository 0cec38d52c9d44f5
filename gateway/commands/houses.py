"""A house for one command: on the engines that run, or on the embedded ones started for as long as it takes."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from gateway import bootstrap, engines
from gateway.access.house import House
from gateway.record.migrate import migrate
from gateway.record.vault import create_keyring
from gateway.settings import Settings

T = TypeVar("T")


@asynccontextmanager
async def house_at_hand(settings: Settings) -> AsyncIterator[House]:
    """Raises in one sentence what stands in the way: KeyringMissing, HomeBusy, EngineFailed, RecordUnavailable."""
    with engines.at_hand(
        settings.shaodian_home, database_url=settings.database_url, redis_url=settings.redis_url
    ) as urls:
        if settings.database_url is None:
            if not settings.keyring_path.exists():
                create_keyring(settings.keyring_path)
            await migrate(urls.database)
        doors = {name: url for name, url in urls.doors.items() if name not in settings.model_fields_set}
        known = settings.model_dump() | doors | {"database_url": urls.database, "redis_url": urls.redis}
        # Nobody can present a made-up token: a command has no door.
        known["bot_gateway_token"] = settings.bot_gateway_token or secrets.token_urlsafe(16)
        async with bootstrap.opened(Settings.model_validate(known)) as house:
            yield house


def run_with_house(settings: Settings, do: Callable[[House], Awaitable[T]]) -> T:
    async def run() -> T:
        async with house_at_hand(settings) as house:
            return await do(house)

    return asyncio.run(run())


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop
