from collections.abc import AsyncIterator

import pytest

from gateway.clock import SystemClock
from gateway.wire.seals import KeySeal
from tests.support.fake_telegram import FakeTelegram


@pytest.fixture
def seal() -> KeySeal:
    return KeySeal({"k1": b"1" * 32}, "k1", purpose="chat")


@pytest.fixture
def clock() -> SystemClock:
    """The real one: what is paced and leased here runs on real seconds."""
    return SystemClock()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server
