"""A whole house for one command: on the given engines, on those of a running `up`, or on its own while it lasts."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway import engines
from gateway.access.house import House
from gateway.bootstrap import opened
from gateway.record.migrate import migrate
from gateway.record.vault import create_keyring
from gateway.settings import Settings


@asynccontextmanager
async def house_of(settings: Settings) -> AsyncIterator[House]:
    """Raises what stands in the way, in one sentence: KeyringMissing, HomeBusy, EngineFailed, RecordUnavailable."""
    given = settings.database_url is not None
    with engines.at_hand(
        settings.shaodian_home, database_url=settings.database_url, redis_url=settings.redis_url
    ) as urls:
        if not given:
            if not settings.keyring_path.exists():
                create_keyring(settings.keyring_path)
            await migrate(urls.database)
        known = settings.model_dump() | {"database_url": urls.database, "redis_url": urls.redis}
        # Nobody can present a made-up token: a command has no door.
        known["bot_gateway_token"] = settings.bot_gateway_token or secrets.token_urlsafe(32)
        complete = Settings.model_validate(known)
        async with opened(complete) as house:
            yield house
