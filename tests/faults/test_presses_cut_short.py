"""A press on the page whose process was killed after it had redrawn the message, and before it had kept anything."""

import asyncio

from aiogram.types import Update
from redis.asyncio import Redis

from tests.channels.test_webchat_inputs import presses, shown, talking, types, until_quiet


async def test_it_is_worked_to_its_end_by_the_next_process(redis: Redis, redis_url: str) -> None:
    redrawn, worked = asyncio.Event(), list[str | None]()
    async with talking(redis_url) as dead:
        await types(dead, "/start")
        await until_quiet(dead)
        work = dead.inputs.feed

        async def cut_short(update: Update) -> None:
            await work(update)
            redrawn.set()
            await asyncio.Event().wait()

        dead.inputs.feed = cut_short
        await presses(dead, "ill", message=(await shown(dead))[-1]["message"], client_id="press-001")
        await redrawn.wait()

    async with talking(redis_url) as half:
        again = half.inputs.feed

        async def remembered(update: Update) -> None:
            worked.append(update.callback_query.data if update.callback_query else None)
            await again(update)

        half.inputs.feed = remembered
        await until_quiet(half)

    assert worked == ["ill"]
