"""Real engines for every test: one PostgreSQL and one Valkey per session, one database per test."""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.clock import HeldClock
from gateway.engines import Postgres, Valkey
from gateway.logs import configure
from gateway.record.migrate import migrate
from gateway.record.record import Record
from gateway.record.vault import Vault, create_keyring
from tests.support.databases import TEMPLATE, Databases

if TYPE_CHECKING:
    from gateway.town import Town


class _StandardError(io.TextIOBase):
    """Whatever standard error is at the moment: pytest exchanges it around every test."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole", action="store_true", help="every screen in every way, every route for every role: not by turns"
    )


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether what is otherwise tried by turns is tried in all its combinations."""
    return bool(request.config.getoption("--whole"))


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as the processes write them: one line each, and a trace that quotes no locals."""
    configure(process="tests", stream=_StandardError())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, with a migrated database `template` to copy from."""
    with Postgres.for_tests() as server:
        asyncio.run(migrate(server.create_database(TEMPLATE)))
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    with Valkey.for_tests() as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Iterator[Databases]:
    with Databases(postgres) as found:
        yield found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated database without a row."""
    database = databases.take()
    yield database.url
    databases.give_back(database)


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    return valkey.url()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator["Redis"]:
    """An empty store."""
    client: Redis = Redis.from_url(redis_url, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    path = tmp_path_factory.mktemp("keys") / "keyring.json"
    create_keyring(path)
    return Vault.from_file(path)


@pytest.fixture
async def record(database_url: str, vault: Vault) -> AsyncIterator[Record]:
    record = Record(database_url, vault, uuid4, pool=3)
    yield record
    await record.close()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(datetime(2021, 1, 15, 7, 20, tzinfo=UTC))


@pytest.fixture
async def town(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator["Town"]:
    """Jinan's Lixia district on 15 January 2021, 07:20, with the Shandong pack in force."""
    from gateway.town import open_town  # brings aiogram, which pure tests need not wait seconds for

    async with open_town(database_url, redis_url, vault, starts_at=datetime(2021, 1, 14, 23, 20, tzinfo=UTC)) as opened:
        await opened.activate("sd-2020-09")
        yield opened
