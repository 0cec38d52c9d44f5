from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.clock import SystemClock
from gateway.engines import Valkey
from gateway.wire.seals import KeySeal
from tests.support.fake_telegram import FakeTelegram


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    with Valkey.for_tests() as engine:
        yield engine.url()


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator[Redis]:
    pool = BlockingConnectionPool.from_url(valkey, socket_timeout=5, retry=Retry(NoBackoff(), 0), max_connections=20)
    client = Redis(connection_pool=pool)
    await client.flushall()
    yield client
    await client.aclose()
    await pool.disconnect()


@pytest.fixture
def seal() -> KeySeal:
    return KeySeal({"k1": b"1" * 32}, "k1", purpose="chat")


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server
