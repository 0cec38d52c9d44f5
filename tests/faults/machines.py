"""The three processes as `up` runs them, on engines of their own, with a hand that kills."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp

from gateway.access.house import House
from gateway.bootstrap import opened
from gateway.domain.kinds import Role
from gateway.engines import ends_with_its_parent
from gateway.record.vault import create_keyring
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-of-the-webhook"
LOOK_AGAIN = 0.02
PATIENCE = 90.0

COMMANDS = {
    "bot": ("-m", "bot"),
    "api": ("-m", "gateway", "api"),
    "worker": ("-m", "gateway", "work"),
}


class TookTooLong(AssertionError):
    """Something that must happen did not, within a patience far longer than it should take."""


async def until(true: Callable[[], bool | Awaitable[bool]], what: str, *, patience: float = PATIENCE) -> None:
    """Looks again and again; a deadline, never a guess at how long something takes."""
    deadline = time.monotonic() + patience
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        if time.monotonic() > deadline:
            raise TookTooLong(f"{what} within {patience:.0f} s")
        await asyncio.sleep(LOOK_AGAIN)


@dataclass
class Process:
    name: str
    environment: dict[str, str]
    log: Path
    health: str
    deaths: int = 0
    _running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-P", *COMMANDS[self.name]],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=ends_with_its_parent(signal.SIGKILL),
            )

    def kill(self) -> None:
        """kill -9, and no word beforehand."""
        assert self._running is not None and self._running.poll() is None, f"{self.name} died by itself: {self.words()}"
        self._running.kill()
        self._running.wait(30)
        self.deaths += 1

    def stop(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait(30)

    def most_memory(self) -> int:
        """The most it held at once since it was started, in bytes."""
        assert self._running is not None
        status = Path(f"/proc/{self._running.pid}/status").read_text()
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])

    async def answers(self, http: aiohttp.ClientSession) -> bool:
        assert self._running is not None
        if self._running.poll() is not None:
            raise TookTooLong(f"{self.name} stopped by itself ({self._running.returncode}): {self.words()}")
        with suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(self.health, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                return answer.status == 200
        return False

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-1500:]


@dataclass
class Machine:
    """`next_mode` is what the bot's next start uses for Telegram: `polling` or `webhook`."""

    home: Path
    database_url: str
    redis_url: str
    telegram_url: str
    telegram_token: str
    next_mode: str = "polling"
    processes: dict[str, Process] = field(default_factory=dict)
    token: str = ""
    invitation: str = ""

    def __post_init__(self) -> None:
        bot, api, metrics = free_ports(3)
        self.bot_url, self.api_url = f"http://127.0.0.1:{bot}", f"http://127.0.0.1:{api}"
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SHAODIAN_HOME": str(self.home),
            "SHAODIAN_KEYRING": str(self.home / "keyring.json"),
            "BOT_GATEWAY_TOKEN": secrets.token_urlsafe(24),
            "BOT_PORT": str(bot),
            "GATEWAY_PORT": str(api),
            "METRICS_PORT": str(metrics),
            "GATEWAY_URL": self.api_url,
            "PUBLIC_BOT_URL": self.bot_url,
            "PUBLIC_GATEWAY_URL": self.api_url,
            "TELEGRAM_BOT_TOKEN": self.telegram_token,
            "TELEGRAM_API_URL": self.telegram_url,
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            # a drill is not a broadcast: the fake has no limits of its own
            "TELEGRAM_PER_SECOND": "1000",
            "TELEGRAM_CHAT_PER_SECOND": "100",
        }
        health = {
            "bot": f"{self.bot_url}/healthz",
            "api": f"{self.api_url}/readyz",
            "worker": f"http://127.0.0.1:{metrics}/healthz",
        }
        for name in COMMANDS:
            environment = dict(self.environment)
            self.processes[name] = Process(name, environment, self.home / "logs" / f"{name}.log", health[name])

    async def prepare(self) -> None:
        """A pack in force, an API token for the oracle, an invitation for the doctor."""
        create_keyring(self.home / "keyring.json")
        async with self.house() as house:
            await house.packs.activate("sd-2020-09", by=None, overlays=("demo",), effective_from=date(2020, 9, 1))
            self.token = await house.officials.create_token(name="oracle", role=Role.COUNTY, area="370102")
            roles = (Role.DOCTOR, Role.GRID_WORKER)
            _, self.invitation = await house.officials.invite(name="陈医生", roles=roles, area="370102", by=None)

    def house(self) -> AbstractAsyncContextManager[House]:
        """The same record and store, for whoever prepares or judges."""
        return opened(Settings.model_validate(_lower(self.environment)))

    async def token_of(self, role: Role, area: str) -> str:
        """One more API token, for a script that does what this role may."""
        async with self.house() as house:
            return await house.officials.create_token(name=str(role), role=role, area=area)

    def start(self, *names: str) -> None:
        for name in names or COMMANDS:
            process = self.processes[name]
            process.environment["TELEGRAM_MODE"] = self.next_mode
            process.start()

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop()

    async def ready(self, http: aiohttp.ClientSession, *names: str) -> None:
        for name in names or COMMANDS:
            process = self.processes[name]
            await until(lambda process=process: process.answers(http), f"{name} answers")  # type: ignore[misc]


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _lower(environment: Mapping[str, str]) -> dict[str, Any]:
    return {name.lower(): value for name, value in environment.items()}
