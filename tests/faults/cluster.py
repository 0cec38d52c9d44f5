"""The keys on a real cluster of three nodes: every script's keys must share a slot, and the agenda must work there.

A store on one node never says that keys lie apart; a cluster refuses the call. Everything that Redis holds for us and
that one script touches together is asked here: the agenda, the pacer's budgets, a chat's streams.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from redis.asyncio.cluster import RedisCluster
from redis.client import Redis
from redis.exceptions import RedisError

from gateway.domain.kinds import Lane
from gateway.engines import Valkey
from gateway.schedule.agenda import Agenda
from gateway.wire import chats, pacing
from gateway.wire.chats import Body, EventKind
from gateway.wire.pacing import Limits
from gateway.wire.seals import CHAT, KeySeal

NODES = 3
SLOTS = 16_384


@contextmanager
def cluster() -> Iterator[int]:
    """Three nodes on loopback that know each other and share the slots; the port of one of them."""
    with tempfile.TemporaryDirectory(prefix="shaodian-cluster-") as folder, Valkey.for_tests() as engine:
        binary = Path(os.readlink(f"/proc/{engine.pid}/exe"))
        ports = [_free_port() for _ in range(NODES)]
        nodes = [_start(binary, Path(folder) / str(port), port) for port in ports]
        try:
            clients = [Redis(port=port) for port in ports]
            for client in clients:
                _until(client.ping)
            for number, client in enumerate(clients):
                first, last = SLOTS * number // NODES, SLOTS * (number + 1) // NODES - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0])
            for client in clients:
                _until(lambda one=client: _knows_all(one.execute_command("CLUSTER INFO")))
            yield ports[0]
        finally:
            for node in nodes:
                node.terminate()
            for node in nodes:
                node.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port if port < 55_000 else port - 20_000  # the nodes speak with each other 10,000 above


def _start(binary: Path, room: Path, port: int) -> "subprocess.Popen[bytes]":
    room.mkdir()
    options = {"port": port, "bind": "127.0.0.1", "cluster-enabled": "yes", "dir": room, "save": "", "appendonly": "no"}
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return subprocess.Popen([binary, *given], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _knows_all(info: Mapping[str, Any]) -> bool:
    return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == NODES


def _until(true: Any, *, patience: float = 30) -> None:
    ends = time.monotonic() + patience
    while True:
        try:
            if true():
                return
        except RedisError:
            pass
        if time.monotonic() > ends:
            raise TimeoutError("the cluster does not stand")
        time.sleep(0.05)


async def works_on(port: int) -> list[str]:
    """What was tried, a line each. Raises where the cluster refuses."""
    tried = []
    redis: Any = RedisCluster(host="127.0.0.1", port=port)
    try:
        agenda, now = Agenda(redis), datetime.now(UTC)
        crowd = [f"reminder:{uuid4()}" for _ in range(2_500)]
        await agenda.begin_anew(now)
        await agenda.put(
            [*((one, now) for one in crowd), ("alert:a", now), (f"item:{uuid4()}", now + timedelta(days=9))]
        )
        await agenda.put([(f"reminder:{uuid4()}", now + timedelta(days=9))], until=now + timedelta(days=1))
        await agenda.mark_whole()
        worked = 0
        while due := (await agenda.claim(now, limit=1000)).due:
            worked += len(due)
            await agenda.done(due)
        await agenda.cancel(crowd[:3])
        assert (worked, await agenda.size(), await agenda.is_whole()) == (2_501, (2, 0), True)
        tried.append(f"agenda: {worked:,} claimed and acknowledged")

        limits = Limits()
        for chat in ("42", "-100200", "@channel"):
            keys, arguments = pacing.take_call("7", chat, Lane.ALERT, limits=limits, now=now)
            assert pacing.take_reply(await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments))
            keys, arguments = pacing.pause_call("7", chat, wait=timedelta(seconds=1), now=now)
            await redis.eval(pacing.PAUSE_LUA, len(keys), *keys, *arguments)
        keys, arguments = pacing.robot_call("wecom:1", per_minute=18, now=now)
        await redis.eval(pacing.TAKE_LUA, len(keys), *keys, *arguments)
        tried.append("pacer: a person, a group, a channel, a robot")

        seal, body = KeySeal.of(bytes(32), purpose=CHAT), Body(html="<b>a</b>", text="a", at=now)
        for chat in range(40, 50):  # on all three nodes
            keys, values = chats.post_call(chat, EventKind.NEW, body, seal=seal, now=now, delivery=uuid4().hex)
            await redis.eval(chats.POST_LUA, len(keys), *keys, *values)
        tried.append("web chat: a message in ten chats")
    finally:
        await redis.aclose()
    return tried


def main() -> int:
    with cluster() as port:
        for line in asyncio.run(works_on(port)):
            sys.stdout.write(f"{line}\n")
    return 0
