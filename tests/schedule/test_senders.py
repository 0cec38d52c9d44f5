"""The loops that send: told to stop, they take nothing more, and what is in the air lands."""

import asyncio

from gateway.worker.senders import SenderLoop


async def test_what_is_in_the_air_lands_before_the_sender_stops() -> None:
    left_the_ground, may_land = asyncio.Event(), asyncio.Event()
    landed = []

    async def send() -> int:
        left_the_ground.set()
        await may_land.wait()
        landed.append("one batch")
        return 1

    loop = SenderLoop(send)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        sending = group.create_task(loop.run_forever())
        await left_the_ground.wait()
        loop.stop()
        await asyncio.sleep(0)
        assert not sending.done()
        may_land.set()
    assert landed == ["one batch"]
