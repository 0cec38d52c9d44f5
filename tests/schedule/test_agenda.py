"""The clock's index: claims are leases, a crash gives them back, a flush is noticed."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from redis.asyncio import Redis

from gateway.clock import HeldClock, SystemClock
from gateway.schedule.agenda import HORIZON, Agenda, Due
from gateway.worker.agenda import AgendaLoop

NOW = datetime(2021, 1, 15, 7, 20, tzinfo=UTC)


async def claimed(agenda: Agenda, now: datetime, *, limit: int = 100) -> list[Due]:
    return list((await agenda.claim(now, limit=limit)).due)


async def test_what_is_due_is_claimed_once_and_in_order(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("alert:b", NOW), ("alert:a", NOW - timedelta(minutes=1)), ("alert:c", NOW + timedelta(hours=1))])

    assert await claimed(agenda, NOW) == [Due("alert", "a"), Due("alert", "b")]
    assert await claimed(agenda, NOW) == []
    assert await agenda.next_at() == NOW + timedelta(hours=1)


async def test_a_claim_that_nobody_acknowledged_comes_back_after_its_lease(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("reminder:x", NOW)])
    await agenda.claim(NOW)

    assert await claimed(agenda, NOW + timedelta(seconds=29)) == []
    assert await claimed(agenda, NOW + timedelta(seconds=30)) == [Due("reminder", "x")]


async def test_what_was_done_or_cancelled_stays_away(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("alert:done", NOW), ("alert:cancelled", NOW)])
    await agenda.done((await agenda.claim(NOW, limit=1)).due)
    await agenda.cancel(["alert:cancelled", "alert:done"])

    assert await claimed(agenda, NOW + timedelta(hours=1)) == []
    assert await agenda.size() == (0, 0)


async def test_a_flush_is_noticed(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.begin_anew(NOW)
    await agenda.mark_whole()
    assert await agenda.is_whole()
    await redis.flushall()
    assert not await agenda.is_whole()

    await agenda.begin_anew(NOW)
    await redis.flushall()  # while everything is put back
    await agenda.mark_whole()
    assert not await agenda.is_whole()


async def test_when_many_cannot_be_worked_together_each_is_worked_by_itself(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("reminder:good", NOW), ("reminder:bad", NOW), ("alert:x", NOW)])
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
    assert await claimed(agenda, clock.now()) == [Due("reminder", "bad")]


async def test_an_alert_never_stands_behind_a_crowd_of_reminders(redis: Redis) -> None:
    agenda = Agenda(redis)
    crowd = [uuid4() for _ in range(2_500)]
    await agenda.put([(f"reminder:{one}", NOW - timedelta(minutes=5)) for one in crowd])
    await agenda.put([(f"reminder:{one}", NOW - timedelta(minutes=5)) for one in crowd])  # again, to no effect
    await agenda.put([("alert:a", NOW)])

    first = (await agenda.claim(NOW, limit=1000)).due
    assert first[0] == Due("alert", "a")
    found = {one.id for one in first[1:]}
    while more := await claimed(agenda, NOW, limit=1000):
        assert len(more) <= 1000
        found |= {one.id for one in more}
    assert found == {str(one) for one in crowd}
    assert await agenda.size() == (0, 2_501)


async def test_whoever_was_too_slow_acknowledges_nothing_of_those_who_took_over(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("alert:a", NOW)])
    slow = (await agenda.claim(NOW)).due
    quick = (await agenda.claim(NOW + timedelta(seconds=31))).due

    await agenda.done(slow)
    assert await agenda.size() == (0, 1)
    await agenda.done(quick)
    assert await agenda.size() == (0, 0)


async def test_what_lies_beyond_the_horizon_costs_no_memory(redis: Redis) -> None:
    agenda = Agenda(redis)
    near, far = NOW + timedelta(hours=3), NOW + timedelta(days=20)
    await agenda.put([("reminder:moves", near), ("reminder:stays", near)], until=NOW + HORIZON)
    await agenda.put([("reminder:moves", far), ("alert:far", far)], until=NOW + HORIZON)

    nothing = await agenda.claim(NOW)
    assert (nothing.due, nothing.following) == ((), near)
    for at, member in ((near, "reminder:stays"), (far - HORIZON / 2, "horizon:next"), (far, "alert:far")):
        assert await agenda.next_at() == at  # well before the first of a crowd, what is due next is loaded
        due = (await agenda.claim(at)).due
        assert [one.member for one in due] == [member]
        await agenda.done(due)


async def test_who_sleeps_is_woken_by_what_is_due_earlier(redis: Redis) -> None:
    agenda = Agenda(redis)
    await agenda.put([("alert:tomorrow", datetime.now(UTC) + timedelta(days=1))])
    worked: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def work(one: str) -> None:
        worked.put_nowait((one, time.time()))

    loop = AgendaLoop(agenda, SystemClock(), {"alert": work})
    async with asyncio.TaskGroup() as group:
        running = group.create_task(loop.run_forever())
        while not (await redis.pubsub_numsub("shaodian:{agenda}:wake"))[0][1]:  # noqa: ASYNC110 - Redis has no event
            await asyncio.sleep(0.002)
        soon = datetime.now(UTC) + timedelta(milliseconds=60)
        await agenda.put([("alert:soon", soon)])
        async with asyncio.timeout(1.5):
            one, at = await worked.get()
        running.cancel()
    assert one == "soon"
    assert at >= soon.timestamp() - 0.001
