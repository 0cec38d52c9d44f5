"""A step of a chat, its dispatch and the webhook, beside plain aiogram: our conversations as shipped.

Every side stays in a process of its own and waits for its turn. A step of ours is a press in a form: it is recognised,
read, the form goes on, the question is drawn in the reader's language, shown in place, and the draft is sealed and
kept. Plain aiogram's form, as its documentation shows it, keeps a word and says nothing; a second one draws its
question as ours does. What is said goes nowhere on any side. Rates are of each process' own time at work, as it would
have on a processor of its own: on a machine with other work to do, turns by the clock differ fourfold.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psutil

from bot.bootstrap import open_redis
from tests.bench.index import ROOT, Store, environment
from tests.bench.pairs import OURS, Row, Target
from tests.bench.peers.on_aiogram import LANES, lanes
from tests.bench.talking import LONGEST_WALK, SECRET, drafts_in, presses, stand_at_first_question

BARE = "bare dispatch"
BARE_POST = "bare FastAPI"
FORM = "aiogram's form"
ASKING = "aiogram that asks the same"
PEER = "FastAPI and aiogram's filter"


@contextmanager
def _started(store: Store, kind: str, side: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sides", kind, side],
        env=environment(store),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError("a side has ended before its answer")
    return line


def steps(store: Store, size: int) -> list[Row]:
    count = _in_lanes(size)

    def of(side: str) -> Callable[[], float]:
        def take() -> float:
            with _started(store, "step", side) as process:
                assert process.stdin is not None
                for updates in (LANES * 10, count):  # the first is to get warm
                    process.stdin.write(f"{updates}\n")
                    process.stdin.flush()
                    rate = float(_answer(process))
            return rate

        return take

    return [
        Row(
            "a chat step, state in Redis",
            "steps/s",
            {OURS: of("ours"), FORM: of("aiogram-redis"), ASKING: of("aiogram-asking"), BARE: of("bare")},
            [Target(FORM, 2.5), Target(ASKING, 2.5), Target(BARE, 0.5)],
        ),
        Row(
            "a step dispatched, nothing kept outside",
            "steps/s",
            {OURS: of("ours-memory"), FORM: of("aiogram-memory"), BARE: of("bare")},
            [Target(FORM, 1), Target(BARE, 0.5)],
        ),
    ]


def webhooks(store: Store, size: int) -> list[Row]:
    count = _in_lanes(size)

    def of(side: str, prepared: Callable[[Store, int], list[list[str]]]) -> Callable[[], float]:
        def take() -> float:
            with _started(store, "webhook", side) as process:
                port = int(_answer(process))
                asyncio.run(_deliver(port, prepared(store, LANES * 10)))
                updates, before = prepared(store, count), _worked(process)
                asyncio.run(_deliver(port, updates))
                return count / (_worked(process) - before)

        return take

    return [
        Row(
            "webhook to handled update, one process",
            "updates/s",
            {OURS: of("ours", _said), PEER: of("aiogram", _said), BARE_POST: of("bare", _said)},
            [Target(PEER, 2.5), Target(BARE_POST, 0.65)],
        ),
        Row(
            "webhook to a step of a form, one process",
            "steps/s",
            {OURS: of("ours-form", _pressed), PEER: of("aiogram", _said)},
            [Target(PEER, 1)],
        ),
    ]


def _in_lanes(size: int) -> int:
    return max(LANES, min(size, LONGEST_WALK * LANES) // LANES * LANES)


def _said(_: Store, count: int) -> list[list[str]]:
    first = time.time_ns() // 1_000_000
    return lanes(count, first=first)


def _pressed(store: Store, count: int) -> list[list[str]]:
    first = time.time_ns() // 1_000_000
    chats = [first + lane for lane in range(LANES)]

    async def stand() -> None:
        redis = open_redis(store.url)
        await stand_at_first_question(drafts_in(redis), chats)
        await redis.aclose()

    asyncio.run(stand())
    return [presses(chat, count // LANES) for chat in chats]


def _worked(process: subprocess.Popen[str]) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


async def _deliver(port: int, waiting: Sequence[Sequence[str]]) -> None:
    """Over as many connections as there are chats, each chat's in their order."""
    async with asyncio.TaskGroup() as group:
        for lane in waiting:
            group.create_task(_deliver_one_by_one(port, [_post(body) for body in lane]))


async def _deliver_one_by_one(port: int, posts: Sequence[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for post in posts:
        writer.write(post)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a side refused an update: {head[:40]!r}")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        await reader.readexactly(int(length.partition(b":")[2]))
    writer.close()


def _post(update: str) -> bytes:
    body = update.encode()
    head = (
        "POST /telegram/webhook HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
