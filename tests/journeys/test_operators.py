"""Operators hear of what goes wrong in the house itself: a silent process, inputs nobody could work."""

from datetime import timedelta

from redis.asyncio import Redis

from gateway.domain.kinds import Role
from gateway.town import Town
from gateway.wire.chats import dead_key


async def test_a_process_that_falls_silent_is_an_alert(town: Town) -> None:
    operator = await town.official("管理员", Role.ADMINISTRATOR, "")
    await town.house.operations.beat("work:other", watch_clock=False)

    town.clock.move_to(town.clock.now() + timedelta(seconds=61))
    assert await town.house.operations.watch("work:own") == ["work:other"]
    await town.quiet()

    operator.heard("work:other")


async def test_inputs_that_were_set_aside_are_told_once(town: Town, redis: Redis) -> None:
    operator = await town.official("管理员", Role.ADMINISTRATOR, "")
    await redis.xadd(dead_key(0), {"sealed": b"x"})

    for _ in range(2):
        assert await town.house.operations.watch_dead_letters() == 1
        await town.quiet()

    assert len(operator.times("系统运行")) == 1


async def test_a_worker_that_was_replaced_is_not_called_silent(town: Town) -> None:
    operator = await town.official("管理员", Role.ADMINISTRATOR, "")
    await town.house.operations.beat("work:here:1", watch_clock=False)
    await town.house.operations.beat("work:here:2", watch_clock=False)
    await town.house.operations.take_over(lambda process: process == "work:here:1")
    await town.house.operations.say_goodbye("work:here:2")

    town.clock.move_to(town.clock.now() + timedelta(minutes=5))
    assert await town.house.operations.watch("work:own") == []
    await town.quiet()

    operator.heard_nothing()
