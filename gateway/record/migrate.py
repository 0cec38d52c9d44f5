"""Bring a database to the newest schema. Safe to call at every start, and from several processes at once."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

_LOCK = 7_301_902_441


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def _downgrade(connection: Connection) -> None:
    command.downgrade(_config(connection), "base")


async def migrate(database_url: str) -> None:
    """Up to the newest schema."""
    await _under_lock(database_url, _upgrade)


async def downgrade(database_url: str) -> None:
    """Down to an empty schema: everything on record is gone. For tests and drills."""
    await _under_lock(database_url, _downgrade)


async def _under_lock(database_url: str, change: Callable[[Connection], None]) -> None:
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            try:
                await connection.run_sync(change)
                await connection.commit()
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()
