"""What somebody waits for right now, and what is written to many, leave by lanes of their own."""

from sqlalchemy import select

from gateway.domain.deliveries import LEASE, ROUTINE, URGENT
from gateway.domain.kinds import DeliveryState, Lane, Role
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.deliveries import Claimed
from gateway.town import Town

WORK = Scope.of_work("deliveries")


async def test_an_alert_waits_for_no_batch_of_a_broadcast(town: Town) -> None:
    desk = await town.official("李网格", Role.GRID_WORKER, "3701020010001")
    now = town.clock.now()
    outbox = town.house.alerts.outbox
    async with town.house.transactions.begin(WORK) as work:
        for lane in (Lane.BROADCAST, Lane.BROADCAST, Lane.ALERT, Lane.REMINDER, Lane.REPLY):
            await outbox.to_officials(work, [desk.official], "broadcast", {}, now=now, lane=lane)

    async def claimed(lanes: frozenset[Lane], limit: int) -> list[Claimed]:
        async with town.house.transactions.begin(WORK) as work:
            return await work.deliveries.claim(now, limit=limit, lanes=lanes)

    in_the_air = await claimed(ROUTINE, 2)
    assert [one.delivery.lane for one in in_the_air] == [Lane.REMINDER, Lane.BROADCAST]
    assert [one.delivery.lane for one in await claimed(URGENT, 10)] == [Lane.ALERT, Lane.REPLY]
    assert await claimed(URGENT, 10) == []
    assert [one.delivery.lane for one in await claimed(ROUTINE, 10)] == [Lane.BROADCAST]


async def test_who_only_waited_for_a_turn_is_told_after_all_and_who_may_have_been_told_is_not_told_twice(
    town: Town,
) -> None:
    """A worker dies with two messages of a broadcast in its hand, one of them on its way out."""
    desk = await town.official("李网格", Role.GRID_WORKER, "3701020010001")
    now = town.clock.now()
    async with town.house.transactions.begin(WORK) as work:
        for title in ("甲", "乙"):
            said = {"title": title, "text": title, "number": None}
            await town.house.alerts.outbox.to_officials(
                work, [desk.official], "broadcast", said, now=now, lane=Lane.BROADCAST
            )
    async with town.house.transactions.begin(WORK) as work:
        leaving, waiting = await work.deliveries.claim(now, lanes=ROUTINE)
        assert await work.deliveries.begun([leaving.delivery], now=now) == {leaving.delivery.id}

    town.clock.move_to(now + LEASE)
    assert await town.house.deliveries.send_due() == 2
    async with town.house.transactions.begin(WORK) as work:
        assert await work.deliveries.begun([waiting.delivery], now=now) == set(), "the dead one comes back too late"
        states = dict((await work.connection.execute(select(t.deliveries.c.id, t.deliveries.c.state))).all())
    assert states == {leaving.delivery.id: DeliveryState.UNCERTAIN, waiting.delivery.id: DeliveryState.SENT}
