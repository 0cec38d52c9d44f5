"""What somebody waits for right now, and what is written to many, leave by lanes of their own."""

from gateway.domain.deliveries import ROUTINE, URGENT
from gateway.domain.kinds import Lane, Role
from gateway.domain.scopes import Scope
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
