"""One side of a chat in a process of its own that waits for its turn: a number of updates a line, a rate as answer."""

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable

import uvicorn
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.fsm.storage.redis import RedisStorage
from fastapi import FastAPI

from bot.bootstrap import open_redis
from bot.drafts import Drafts
from gateway.memory import collect_seldom
from tests.bench.peers import on_aiogram
from tests.bench.peers.shared import STORE
from tests.bench.talking import InMemory, Talking, door, drafts_in, echo

Turn = Callable[[int], Awaitable[float]]


def plainly(feed: on_aiogram.Feed) -> Turn:
    return lambda count: timed(feed, on_aiogram.lanes(count))


async def timed(feed: on_aiogram.Feed, lanes: list[list[str]]) -> float:
    """Updates a second of this process' own work: every chat's in their order, all chats at once."""

    async def one(lane: list[str]) -> None:
        for raw in lane:
            await feed(raw)

    began = time.process_time()
    await asyncio.gather(*(one(lane) for lane in lanes))
    return sum(map(len, lanes)) / (time.process_time() - began)


def bare() -> Turn:
    collect_seldom()
    return plainly(on_aiogram.bare())


def in_redis() -> RedisStorage:
    return RedisStorage.from_url(STORE, connection_kwargs={"max_connections": 2 * on_aiogram.LANES})


def asking() -> Turn:
    feed = on_aiogram.asking(in_redis())
    return lambda count: timed(feed, on_aiogram.presses(count))


def ours(drafts: Drafts | InMemory) -> Turn:
    talking = Talking(drafts)
    collect_seldom()

    async def turn(count: int) -> float:
        return await timed(talking.feed, await talking.ready(count))

    return turn


SIDES: dict[str, Callable[[], Turn]] = {
    "bare": bare,
    "aiogram-redis": lambda: plainly(on_aiogram.form_in(in_redis())),
    "aiogram-memory": lambda: plainly(on_aiogram.form_in(MemoryStorage())),
    "aiogram-asking": asking,
    "ours": lambda: ours(drafts_in(open_redis(STORE))),
    "ours-memory": lambda: ours(InMemory()),
}
WEBHOOKS: dict[str, Callable[[], FastAPI]] = {
    "ours": lambda: door(STORE, install=echo),
    "ours-form": lambda: door(STORE),
    "aiogram": on_aiogram.webhook,
    "bare": on_aiogram.bare_post,
}


async def serve(name: str) -> None:
    turn = SIDES[name]()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        say(f"{await turn(int(line))}")


async def listen(name: str) -> None:
    """One process behind a port of its own; the port is the answer. What is asked for by hand is a filled-in chat."""
    app = WEBHOOKS[name]()
    if name != "aiogram":
        collect_seldom()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off"))
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen(1024)
        say(str(own.getsockname()[1]))
        await server.serve([own])


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.disable(logging.INFO)
    asyncio.run({"step": serve, "webhook": listen}[sys.argv[1]](sys.argv[2]))
