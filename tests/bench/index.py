"""The index alone: scheduling in bulk, draining what is due, bytes per entry, lateness, beside known job queues.

Each side schedules and works as its own documentation says; the limit is a hand-written script. How many jobs a side
is given differs, because some would need minutes for ours: figures are rates.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis

from gateway.engines import Valkey
from tests.bench.marks import Marks
from tests.bench.pairs import OURS, Row, Target

LIMIT = "limit"
ROOT = Path(__file__).parents[2]

_LEASE = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
if #due == 0 then return due end
redis.call('ZREM', KEYS[1], unpack(due))
local leased = {}
for _, one in ipairs(due) do leased[#leased + 1] = ARGV[3]; leased[#leased + 1] = one end
redis.call('ZADD', KEYS[2], unpack(leased))
return due
"""


class Store:
    """A store that keeps nothing on disk, on a port of its own, because not every peer speaks through a socket."""

    def __init__(self, valkey: Valkey) -> None:
        own = redis.Redis.from_url(valkey.url())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own.config_set("port", port)
        password = own.connection_pool.connection_kwargs["password"]
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"
        self.client = redis.Redis.from_url(self.url)

    def bytes_of(self, fill: Callable[[], None], entries: int) -> float:
        self.client.flushall()
        before = self.client.info("memory")["used_memory"]
        fill()
        return float(self.client.info("memory")["used_memory"] - before) / entries


@contextmanager
def opened() -> Iterator[Store]:
    with Valkey.for_tests() as valkey:
        yield Store(valkey)


def schedule_of(peer: str, store: Store, dues: Sequence[float]) -> float:
    """Seconds, in a process of its own: importing is not counted."""
    program = (
        "import sys, time; from importlib import import_module; "
        f"peer = import_module('tests.bench.peers.on_{peer}'); count, first, step = map(float, sys.argv[1:]); "
        "dues = [first + n * step for n in range(int(count))]; given = getattr(peer, 'entries', list)(dues); "
        "began = time.perf_counter(); peer.schedule(given); "
        "sys.stdout.write(str(time.perf_counter() - began))"
    )
    step = dues[1] - dues[0] if len(dues) > 1 else 0.0
    given = [str(len(dues)), repr(dues[0]), repr(step)]
    answer = subprocess.run(
        [sys.executable, "-c", program, *given],
        env=environment(store),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(answer.stdout.strip().splitlines()[-1])


def environment(store: Store, marks: str = os.devnull) -> dict[str, str]:
    return os.environ | {"BENCH_STORE": store.url, "BENCH_MARKS": marks, "PYTHONPATH": str(ROOT)}


@contextmanager
def working(peer: str, store: Store, marks: str, processes: int) -> Iterator[None]:
    commands = import_module(f"tests.bench.peers.on_{peer}").commands(processes)
    running = [
        subprocess.Popen(
            command,
            env=environment(store, marks),
            cwd=ROOT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            try:
                one.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(one.pid, signal.SIGKILL)
                one.wait()


def until(marks: Marks, number: int, *, patience: float) -> None:
    """All have fired, or nothing has for a while."""
    last, still = -1, time.monotonic()
    while (found := marks.count()) < number:
        if found != last:
            last, still = found, time.monotonic()
        elif time.monotonic() - still > patience:
            raise RuntimeError(f"{found} of {number} fired")
        time.sleep(0.02)


# the rows


def bulk_schedule(store: Store, size: int) -> Row:
    far = time.time() + 40_000
    dues = [far + number * 0.01 for number in range(size)]

    def of(peer: str, share: int) -> Callable[[], float]:
        def take() -> float:
            store.client.flushall()
            some = dues[: size // share]
            return len(some) / schedule_of(peer, store, some)

        return take

    def limit() -> float:
        store.client.flushall()
        ids = [uuid4().bytes for _ in dues]
        began = time.perf_counter()
        for start in range(0, size, 1000):
            pipeline = store.client.pipeline(transaction=False)
            some = range(start, min(start + 1000, size))
            pipeline.zadd("due", {ids[n]: dues[n] for n in some})
            pipeline.hset("job", mapping={ids[n]: '{"kind":"reminder","language":"zh"}' for n in some})
            pipeline.execute()
        return size / (time.perf_counter() - began)

    sides = {OURS: of("agenda", 1), "streaq": of("streaq", 5), LIMIT: limit}
    return Row("schedule in bulk", "/s", sides, (Target("streaq", 8), Target(LIMIT, 0.6)))


def bytes_per_pending(store: Store, size: int) -> Row:
    far = time.time() + 40_000

    def of(peer: str, share: int) -> Callable[[], float]:
        some = [far + number * 0.01 for number in range(size // share)]
        return lambda: store.bytes_of(lambda: _ignored(schedule_of(peer, store, some)), len(some))

    def ids_only() -> float:
        def fill() -> None:
            for start in range(0, size, 1000):
                store.client.zadd("due", {str(10_000_000 + n): far + n for n in range(start, start + 1000)})

        return store.bytes_of(fill, size)

    sides = {OURS: of("agenda", 1), "streaq": of("streaq", 5), LIMIT: ids_only}
    targets = (Target("streaq", 1 / 0.45), Target(LIMIT, 1 / 1.35))
    return Row("Redis bytes per pending reminder", "B", sides, targets, less_is_better=True)


def _ignored(_: object) -> None:
    return None


def drain(store: Store, size: int) -> tuple[Row, Row]:
    """All due, as after an outage: from a worker's start to the last that fired. And how long the loop stood."""

    def longest_stand() -> float:
        """In this process, where it can be watched."""
        from tests.bench.peers import on_agenda

        store.client.flushall()
        asyncio.run(on_agenda.put(store.url, on_agenda.entries([time.time() - 5] * size)))
        return 1000 * asyncio.run(_longest_stand(on_agenda.loop_on(store.url), size))

    def of(peer: str, number: int, processes: int, lead: float) -> Callable[[], float]:
        def take() -> float:
            store.client.flushall()
            with tempfile.NamedTemporaryFile() as file:
                marks = Marks(file.name)
                due = time.time() + lead
                schedule_of(peer, store, [due] * number)
                time.sleep(max(0.0, due + 0.2 - time.time()))
                began = time.time()
                with working(peer, store, file.name, processes):
                    until(marks, number, patience=30)
                fired = [at for at, _ in marks.all()]
                marks.close()
            return number / (max(fired) - began)

        return take

    def limit() -> float:
        client = store.client
        client.flushall()
        for start in range(0, size, 1000):
            client.zadd("due", {uuid4().bytes: 1.0 for _ in range(start, start + 1000)})
        lease = client.register_script(_LEASE)
        began = time.perf_counter()
        while some := lease(keys=["due", "leased"], args=[2, 1000, 3]):
            client.zrem("leased", *some)
        return size / (time.perf_counter() - began)

    sides = {
        OURS: of("agenda", size, 1, 4),
        "APScheduler": of("apscheduler", size // 20, 1, 4),
        "dramatiq": of("dramatiq", size // 20, 2, 4),
        LIMIT: limit,
    }
    targets = (Target("APScheduler", 20), Target("dramatiq", 25), Target(LIMIT, 0.2))
    standing = Row("longest stand of the loop while draining", "ms", {OURS: longest_stand}, (), at_most=20)
    return Row(f"drain {size:,} due", "/s", sides, targets), standing


async def _longest_stand(loop: Any, size: int) -> float:
    """The longest time, of our own processor's, in which nothing else could run."""
    longest, ended = 0.0, False

    async def watch() -> None:
        nonlocal longest
        before = time.thread_time()
        while not ended:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, before = max(longest, now - before), now

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        worked = 0
        while worked < size:
            worked += await loop.run_once(limit=loop.portion)
        ended = True
    return longest


def lateness(store: Store, per_second: int, seconds: float) -> Row:
    """p99 in milliseconds at so many due a second, two workers on one store."""
    number = int(per_second * seconds)

    def of(peer: str, processes: int, *, start_after: bool = False) -> Callable[[], float]:
        def take() -> float:
            store.client.flushall()
            with tempfile.NamedTemporaryFile() as file:
                marks = Marks(file.name)
                first = time.time() + 6 + number / 1200
                dues = [first + n / per_second for n in range(number)]
                if start_after:  # a running one does not hear of what another process adds
                    schedule_of(peer, store, dues)
                with working(peer, store, file.name, processes):
                    if not start_after:
                        time.sleep(3.5)
                        schedule_of(peer, store, dues)
                    until(marks, number, patience=40)
                late = sorted(at - due for at, due in marks.all())
                marks.close()
            return max(late[int(len(late) * 0.99) - 1] * 1000, 0.001)

        return take

    sides = {
        OURS: of("agenda", 2),
        "celery": of("celery", 2),
        "arq": of("arq", 2),
        "streaq": of("streaq", 2),
        "APScheduler (one process)": of("apscheduler", 1, start_after=True),
    }
    targets = (Target("celery", 10), Target("arq", 25), Target("streaq", 25))
    return Row(f"lateness p99 at {per_second:,} due/s", "ms", sides, targets, less_is_better=True, at_most=10)
