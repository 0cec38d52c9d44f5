"""A sender waits for its turn only as long as its lease allows; the rest of the wait is the ledger's."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from gateway.channels.pacing import Pacer
from gateway.channels.receipts import Temporary
from gateway.clock import HeldClock
from gateway.domain.kinds import Lane


async def test_a_pause_longer_than_a_lease_is_handed_back_at_once(redis: Redis, clock: HeldClock) -> None:
    pacer = Pacer(redis, "42", clock)
    await pacer.pause("7", timedelta(minutes=5))

    for lane in Lane:
        with pytest.raises(Temporary) as waits:
            await pacer.turn("7", lane)
        assert waits.value.retry_after is not None
        assert waits.value.retry_after > timedelta(minutes=4)


async def test_without_the_store_alerts_go_out_and_broadcasts_wait(clock: HeldClock) -> None:
    nowhere: Redis = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2, retry=None)
    pacer = Pacer(nowhere, "42", clock)

    await pacer.turn("7", Lane.ALERT)
    with pytest.raises(Temporary):
        await pacer.turn("7", Lane.BROADCAST)
    await nowhere.aclose()
