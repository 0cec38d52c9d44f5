"""The clock's index: claims are leases, a crash gives them back, a flush is noticed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from gateway.clock import HeldClock
from gateway.schedule.agenda import Agenda, Due
from gateway.worker.agenda import AgendaLoop

NOW = datetime(2021, 1, 15, 7, 20, tzinfo=UTC)


async def test_what_is_due_is_claimed_once_and_in_order(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.push(
        [("alert:b", NOW), ("alert:a", NOW - timedelta(minutes=1)), ("alert:c", NOW + timedelta(hours=1))]
    )

    assert await agenda.claim(NOW) == [Due("alert", "a"), Due("alert", "b")]
    assert await agenda.claim(NOW) == []
    assert await agenda.next_at() == NOW + timedelta(hours=1)


async def test_a_claim_that_nobody_acknowledged_comes_back_after_its_lease(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.push([("reminder:x", NOW)])
    await agenda.claim(NOW)

    assert await agenda.claim(NOW + timedelta(seconds=29)) == []
    assert await agenda.claim(NOW + timedelta(seconds=30)) == [Due("reminder", "x")]


async def test_what_was_done_or_cancelled_stays_away(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.push([("alert:done", NOW), ("alert:cancelled", NOW)])
    await agenda.done(await agenda.claim(NOW, limit=1))
    await agenda.cancel(["alert:cancelled", "alert:done"])

    assert await agenda.claim(NOW + timedelta(hours=1)) == []
    assert await agenda.size() == (0, 0)


async def test_a_flush_is_noticed(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.mark_whole(NOW)
    assert await agenda.is_whole()
    await redis.flushall()
    assert not await agenda.is_whole()


async def test_when_many_cannot_be_worked_together_each_is_worked_by_itself(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.push([("reminder:good", NOW), ("reminder:bad", NOW), ("alert:x", NOW)])
    worked = []

    async def alone(one: str) -> None:
        if one == "bad":
            raise ValueError(one)
        worked.append(one)

    async def together(several: Sequence[str]) -> None:
        for one in several:
            await alone(one)

    clock = HeldClock(NOW)
    loop = AgendaLoop(agenda, clock, {"reminder": alone, "alert": alone}, {"reminder": together})
    assert await loop.run_once() == 3
    assert worked[0] == "x"
    assert set(worked) == {"x", "good"}

    clock.move_to(NOW + timedelta(seconds=30))
    assert await agenda.claim(clock.now()) == [Due("reminder", "bad")]
