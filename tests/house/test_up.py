"""`gateway up` with everything in it: both doors open, what dies comes back, and one word stops all of it."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.commands.up import newest_revision
from gateway.engines import Postgres, process_command

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


@dataclass
class Running:
    home: Path
    process: subprocess.Popen[bytes]
    ports: dict[str, int]
    told: Path

    def status(self, door: str, path: str = "/readyz") -> int:
        wire = http.client.HTTPConnection("127.0.0.1", self.ports[door], timeout=3)
        try:
            wire.request("GET", path)
            return wire.getresponse().status
        except OSError:
            return 0
        finally:
            wire.close()

    def open(self) -> bool:
        return self.status("GATEWAY_PORT") == self.status("BOT_PORT") == 200

    def said(self) -> str:
        """What it has put on the terminal so far."""
        return self.told.read_text(errors="replace")

    def parts(self) -> dict[str, int]:
        """What runs under it, by name."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        named: dict[str, int] = {}
        for pid in map(int, children):
            command = process_command(pid) or ""
            found = re.search(r"-m gateway (\w+)|-m (bot)\b|/(postgres) |/(valkey)-server", command)
            if found:
                named[next(filter(None, found.groups()))] = pid
        return named


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def start(home: Path) -> Running:
    names = ("GATEWAY_PORT", "BOT_PORT", "METRICS_PORT")
    probes = [socket.socket() for _ in names]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = {name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)}
    for probe in probes:
        probe.close()
    given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    told = home.with_suffix(".said")
    with told.open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "up", "--no-demo"],
            cwd=ROOT,
            env={**given, **{name: str(port) for name, port in ports.items()}, "SHAODIAN_HOME": str(home)},
            stdout=terminal,
            stderr=subprocess.STDOUT,
        )
    return Running(home, process, ports, told)


@pytest.fixture
def running() -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="shaodian-", dir="/tmp") as home:
        machine = start(Path(home))
        try:
            yield machine
        finally:
            machine.process.kill()
            machine.process.wait()
            machine.told.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_both_doors_open_what_dies_comes_back_and_one_word_stops_everything(running: Running) -> None:
    until(running.open)
    until(lambda: {"api", "bot", "work", "postgres", "valkey"} <= running.parts().keys())
    first = running.parts()

    os.kill(first["api"], signal.SIGKILL)
    until(lambda: running.parts().get("api") not in (None, first["api"]) and running.open())
    os.kill(first["work"], signal.SIGKILL)
    os.kill(first["valkey"], signal.SIGKILL)
    until(lambda: running.parts().get("valkey") not in (None, first["valkey"]))
    until(lambda: running.parts().get("work") not in (None, first["work"]) and running.open())

    for secret in ("keyring.json", "bot-token", "engines.json"):
        assert (running.home / secret).stat().st_mode & 0o077 == 0, secret

    link = re.compile(rf"http://127.0.0.1:{running.ports['GATEWAY_PORT']}/console\S+token=")
    until(lambda: link.search(running.said()))  # it is made beside the rest, and said when it is there
    last = running.parts()
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    running.process.wait(timeout=30)

    assert time.monotonic() - began < 15
    assert running.process.returncode == 0
    until(lambda: not any(process_command(pid) for pid in last.values()))
    said = running.said()
    assert f"http://127.0.0.1:{running.ports['BOT_PORT']}/" in said and "Ctrl-C" in said
    assert "api stopped (SIGKILL)" in said and "Valkey stopped" in said
    for log in running.home.glob("logs/*.log"):
        if log.stem in ("api", "bot", "work"):
            assert all(json.loads(line)["process"] == log.stem for line in log.read_text().splitlines())


def test_the_schema_it_needs_is_what_a_migration_leaves(postgres: Postgres) -> None:
    assert postgres.execute("SELECT version_num FROM alembic_version", database="template") == newest_revision()
