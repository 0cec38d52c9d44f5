"""gateway up: one machine. Starts the engines, migrates, then keeps api, work and bot running until it is stopped."""

import argparse
import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from gateway.engines import (
    DATABASE,
    LOG_LIMIT,
    Engine,
    EngineFailed,
    EngineUrls,
    HomeLock,
    Postgres,
    Valkey,
    ends_with_its_parent,
    publish,
    withdraw,
    write_secret,
)
from gateway.errors import Unavailable
from gateway.record.vault import KeyringMissing, create_keyring
from gateway.settings import Settings

VERSIONS = Path(__file__).parents[1] / "record/migrations/versions"
BEAT = 0.1
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
HEALTHY_AFTER = 60.0
TRIES_BEFORE_READY = 4
READY_PATIENCE = 180.0
STOP_PATIENCE = 6.0


class PortTaken(Unavailable):
    """Another program listens on a port we need."""


class ChildFailed(Unavailable):
    """One of our processes does not start."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("up", help="start everything on this machine and keep it running")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo town on first start")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings: Settings = args.settings()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell may have us ignore Ctrl-C
        signal.signal(number, _interrupt)
    machine = Machine(settings, home=settings.shaodian_home.resolve(), demo=not args.no_demo)
    try:
        with HomeLock(machine.home), machine.standing():
            machine.watch()
    except KeyboardInterrupt:
        _say("Stopped.")
    except PermissionError as denied:
        raise Unavailable(f"{denied.filename} belongs to another user: start as its owner.") from None
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Child:
    """One supervised process of ours. What it writes goes to its log; what happens to it, to the terminal."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    start_at: float = 0.0
    started_at: float = 0.0

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the children in order
                preexec_fn=ends_with_its_parent(signal.SIGTERM),
            )

    def tend(self) -> str | None:
        """Starts what should run; returns a sentence when it was found dead."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            if self.failures and now - self.started_at > HEALTHY_AFTER:
                self.failures = 0
            return None
        self.process = None
        delay = min(FIRST_DELAY * 2**self.failures, LONGEST_DELAY)
        self.failures += 1
        self.start_at = now + delay
        return f"{self.name} stopped ({_reason(code)}); starting it again in {delay:.1f} s (log: {self.log})."

    def last_words(self) -> str:
        """What its log says last, and the last error in it, which tells more."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()[-20:]
            told = [_event(line) for line in lines if line.strip()]
            errors = [words for words in told if "Error" in words or "Missing" in words]
            if told:
                return (errors or told)[-1][-400:]
        return "it said nothing"


def _event(line: str) -> str:
    """A log line in one sentence: the event, and the kind and reason of its error."""
    try:
        said = json.loads(line)
    except ValueError:
        return line.strip()
    error = said.get("error")
    words = str(said.get("event", "")).strip().splitlines()[-1:] or [""]
    if isinstance(error, dict):
        words.append(f"{error.get('kind')}: {error.get('reason', 'see the log')}")
    return " / ".join(words)


@dataclass(slots=True)
class Chore:
    """Something done once, beside what runs: its progress is shown, its answer is told."""

    command: list[str]
    environment: dict[str, str]
    says: str = ""
    shows_progress: bool = False
    done: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def tend(self) -> bool:
        """Starts it if it has not begun; whether it is over."""
        if self.process is None:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if self.shows_progress else subprocess.PIPE,
                env=self.environment,
                start_new_session=True,
                preexec_fn=ends_with_its_parent(signal.SIGTERM),
            )
            return False
        if self.process.poll() is None:
            return False
        answer, complaint = (
            part.decode(errors="replace").strip() if part else "" for part in self.process.communicate()
        )
        if self.process.returncode:
            _say(complaint or f"{' '.join(self.command[4:])} failed ({_reason(self.process.returncode)}).")
        else:
            if self.done is not None:
                self.done.touch()
            if self.says and answer:
                _tell(self.says.format(answer))
        self.process = None
        return True


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@dataclass(slots=True)
class Machine:
    """Everything that `up` keeps alive, in the order in which it starts; it stops in reverse."""

    settings: Settings
    home: Path
    demo: bool
    engines: list[Engine] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    chores: list["Chore"] = field(default_factory=list)
    engine_failures: int = 0
    _hurry: bool = False

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """All of it, from the engines to both doors answering; and all of it stopped again."""
        try:
            self._refuse_taken_ports()
            urls = self._start_engines()
            environment = self._environment(urls)
            bot, api, work = self._children(environment)
            self.children.append(bot)
            bot.start()  # it is the slowest to start, and needs no database
            self._migrate(environment)
            self.children.append(api)
            self._wait_until_ready()
            self.children.append(work)  # nobody waits at its door: it leaves the processor to the other two
            self._welcome(environment)
            yield
        finally:
            self._stop()

    def watch(self) -> None:
        while True:
            self._tend()
            time.sleep(BEAT)

    # --- starting

    def _refuse_taken_ports(self) -> None:
        wanted = (
            ("GATEWAY_PORT", self.settings.gateway_host, self.settings.gateway_port),
            ("BOT_PORT", self.settings.gateway_host, self.settings.bot_port),
            ("METRICS_PORT", self.settings.metrics_host, self.settings.metrics_port),
        )
        for name, host, port in wanted:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError as error:
                    raise PortTaken(
                        f"port {port} cannot be used ({error.strerror}): stop the program that has it, "
                        f"or start with another, such as {name}={port + 100}."
                    ) from None

    def _start_engines(self) -> EngineUrls:
        database, redis = self.settings.database_url, self.settings.redis_url
        keyring = self.settings.keyring_path
        if not keyring.exists():
            if database:
                raise KeyringMissing(
                    f"DATABASE_URL is given but there is no keyring at {keyring}: set SHAODIAN_KEYRING to the file "
                    "that belongs to this database, or, for an empty one, make it with `./run gateway keys create`."
                )
            create_keyring(keyring)
        began = time.monotonic()
        if database is None:
            postgres = Postgres(self.home)
            self.engines.append(postgres)
            database = postgres.start()
        if redis is None:
            valkey = Valkey(self.home)
            self.engines.append(valkey)
            redis = valkey.start()
        if self.engines:
            names = " and ".join(engine.name for engine in self.engines)
            _say(f"{names} ready in {time.monotonic() - began:.1f} s (data: {self.home}).")
        urls = EngineUrls(database, redis, self._doors())
        publish(self.home, urls)
        return urls

    def _environment(self, urls: EngineUrls) -> dict[str, str]:
        token = self.settings.bot_gateway_token
        return {
            **os.environ,
            "DATABASE_URL": urls.database,
            "REDIS_URL": urls.redis,
            "SHAODIAN_HOME": str(self.home),
            "SHAODIAN_KEYRING": str(self.settings.keyring_path.resolve()),
            "BOT_GATEWAY_TOKEN": token.get_secret_value() if token else self._own_token(),
            "GATEWAY_PORT": str(self.settings.gateway_port),
            "GATEWAY_URL": f"http://{_reachable(self.settings.gateway_host)}:{self.settings.gateway_port}",
            "BOT_PORT": str(self.settings.bot_port),
            **{name.upper(): url for name, url in urls.doors.items()},
            "PYTHONUNBUFFERED": "1",
        }

    def _doors(self) -> dict[str, str]:
        return {
            "public_bot_url": self._public("public_bot_url", self.settings.bot_port),
            "public_gateway_url": self._public("public_gateway_url", self.settings.gateway_port),
        }

    def _public(self, name: str, port: int) -> str:
        """As it was set, or this machine at the port in use."""
        if name in self.settings.model_fields_set:
            return str(getattr(self.settings, name))
        return f"http://127.0.0.1:{port}"

    def _own_token(self) -> str:
        """The bot's credential of this machine, made once."""
        path = self.home / "bot-token"
        if not path.exists():
            write_secret(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    def _migrate(self, environment: dict[str, str]) -> None:
        if any(isinstance(engine, Postgres) and _revision(engine) == newest_revision() for engine in self.engines):
            return  # asking costs milliseconds, loading the migrations seconds
        done = subprocess.run(
            _gateway("migrate"), env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["no message"]
            raise Unavailable(f"the database could not be migrated: {words[-1][-400:]}")

    def _children(self, environment: dict[str, str]) -> list[Child]:
        logs = self.home / "logs"
        return [
            Child(
                "bot",
                [sys.executable, "-P", "-m", "bot"],
                logs / "bot.log",
                environment,
                port=self.settings.bot_port,
            ),
            Child("api", _gateway("api"), logs / "api.log", environment, port=self.settings.gateway_port),
            Child("work", _gateway("work"), logs / "work.log", environment),
        ]

    def _wait_until_ready(self) -> None:
        began = time.monotonic()
        waiting = {child.port: child for child in self.children if child.port is not None}
        while waiting:
            self._tend()
            for port, child in list(waiting.items()):
                if child.failures >= TRIES_BEFORE_READY:
                    raise ChildFailed(f"{child.name} does not start: {child.last_words()} (log: {child.log})")
                if child.process is not None and _answers(_reachable(self.settings.gateway_host), port):
                    del waiting[port]
            if time.monotonic() - began > READY_PATIENCE:
                slow = next(iter(waiting.values()))
                raise ChildFailed(f"{slow.name} does not answer: {slow.last_words()} (log: {slow.log})")
            time.sleep(BEAT)
        _say(f"Gateway and bot answer after {time.monotonic() - began:.1f} s.")

    # --- telling

    def _welcome(self, environment: dict[str, str]) -> None:
        _tell(
            f"\n  Residents' chat      {environment['PUBLIC_BOT_URL']}/\n"
            f"  Officials' console   {environment['PUBLIC_GATEWAY_URL']}/console\n"
            "  Stop                 Ctrl-C\n"
        )
        loaded = self.home / "demo.loaded"
        if self.demo and not loaded.exists() and self.settings.database_url is None:
            _say("Loading the demo town; everything can be used meanwhile.")
            self.chores.append(Chore(_gateway("demo"), environment, shows_progress=True, done=loaded))
        self.chores.append(Chore(_gateway("login"), environment, says="  Console, signed in (valid once)   {}\n"))

    # --- keeping

    def _tend(self) -> None:
        for engine in self.engines:
            if engine.running():
                continue
            _say(f"{engine.name} stopped; starting it again (log: {engine.log}).")
            self.engine_failures += 1
            if self.engine_failures > TRIES_BEFORE_READY:
                raise EngineFailed(f"{engine.name} keeps stopping: see {engine.log}.")
            engine.start()
        for child in self.children:
            if sentence := child.tend():
                _say(sentence)
        if self.chores and self.chores[0].tend():
            self.chores.pop(0)

    # --- stopping

    def _stop(self) -> None:
        signal.signal(signal.SIGINT, self._hasten)
        signal.signal(signal.SIGTERM, self._hasten)
        parts: list[Chore | Child] = [*self.chores, *self.children]
        running = [part.process for part in parts if part.process is not None]
        if running:
            _say("Stopping; what was accepted is on disk.")
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_PATIENCE
        while any(process.poll() is None for process in running):
            if self._hurry or time.monotonic() > deadline:
                for process in running:
                    process.kill()
            time.sleep(0.02)
        for engine in reversed(self.engines):
            engine.stop()
        withdraw(self.home)

    def _hasten(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = True


def newest_revision(versions: Path = VERSIONS) -> str | None:
    """The schema this version of the software needs, read from the migrations' own headers."""
    texts = [path.read_text() for path in versions.glob("[0-9]*.py")]
    known = {found for text in texts for found in re.findall(r'^revision\b.*?= "(\w+)"', text, re.MULTILINE)}
    followed = {found for text in texts for found in re.findall(r'^down_revision\b.*?= "(\w+)"', text, re.MULTILINE)}
    heads = known - followed
    return heads.pop() if len(heads) == 1 else None


def _revision(postgres: Postgres) -> str | None:
    try:
        return postgres.execute("SELECT version_num FROM alembic_version", database=DATABASE)
    except EngineFailed:
        return None


def _gateway(*verb: str) -> list[str]:
    return [sys.executable, "-P", "-m", "gateway", *verb]


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
