"""The engines of one machine: durable, alone, and gone when their supervisor is."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import engines
from gateway.engines import EngineUrls, HomeBusy, HomeLock, Postgres, Valkey

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="shaodian-", dir="/tmp") as path:
        yield Path(path)


def ask(valkey: Valkey, *words: str) -> str:
    where = valkey.url()
    password, path = where.removeprefix("unix://:").split("?")[0].split("@", 1)
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(path)
        wire.sendall(f"AUTH {password}\r\n{' '.join(words)}\r\n".encode())
        wire.shutdown(socket.SHUT_WR)
        answer = b""
        while part := wire.recv(4096):
            answer += part
    return answer.decode().removeprefix("+OK\r\n")


def test_what_was_kept_is_there_after_a_stop_and_after_a_kill(home: Path) -> None:
    with Postgres(home) as postgres:
        postgres.execute("CREATE TABLE kept (n int)", database="shaodian")
        postgres.execute("INSERT INTO kept VALUES (1)", database="shaodian")
        assert postgres.execute("SHOW fsync") == "on"
    with Postgres(home) as postgres:
        assert postgres.pid
        postgres.execute("INSERT INTO kept VALUES (2)", database="shaodian")
        os.killpg(postgres.pid, signal.SIGKILL)
        while postgres.running():
            pass
        postgres.start()
        assert postgres.execute("SELECT count(*) FROM kept", database="shaodian") == "2"


def test_valkey_keeps_every_acknowledged_write_through_a_kill(home: Path) -> None:
    with Valkey(home) as valkey:
        assert ask(valkey, "CONFIG GET appendfsync").split()[-1] == "always"
        assert ask(valkey, "CONFIG GET maxmemory-policy").split()[-1] == "noeviction"
        ask(valkey, "SET kept 1")
        assert valkey.pid
        os.kill(valkey.pid, signal.SIGKILL)
        while valkey.running():
            pass
        valkey.start()
        assert ask(valkey, "GET kept").split()[-1] == "1"


def test_nobody_else_on_the_machine_can_reach_the_engines(home: Path) -> None:
    with Postgres(home) as postgres, Valkey(home) as valkey:
        for url in (postgres.url().split("host=")[1], valkey.url().split("@")[1].rpartition("/")[0]):
            assert stat.S_IMODE(Path(url).stat().st_mode) == 0o700
        conf = next(home.rglob("valkey.conf"))
        assert stat.S_IMODE(conf.stat().st_mode) == 0o600
        assert postgres.execute("SHOW listen_addresses") == ""


def test_a_lock_left_by_a_reused_pid_does_not_stop_the_start(home: Path) -> None:
    with Postgres(home):
        pass
    data = next(home.rglob("PG_VERSION")).parent
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1600000000\n5432\n")
    with Postgres(home) as postgres:
        assert postgres.execute("SELECT 1") == "1"


def test_data_of_another_postgresql_is_refused_in_one_sentence(home: Path) -> None:
    with Postgres(home):
        pass
    next(home.rglob("PG_VERSION")).write_text("9\n")
    with pytest.raises(engines.EngineFailed, match="written by PostgreSQL 9"):
        Postgres(home).start()


def test_an_engine_that_cannot_start_says_why(home: Path) -> None:
    with Postgres(home):
        pass
    data = next(home.rglob("PG_VERSION")).parent
    (data / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(engines.EngineFailed, match="nonsense"):
        Postgres(home).start()


def test_one_home_has_one_supervisor_and_others_find_its_engines(home: Path) -> None:
    with HomeLock(home):
        with pytest.raises(HomeBusy, match=str(os.getpid())):
            HomeLock(home).acquire()
        with pytest.raises(HomeBusy, match="try again"), engines.at_hand(home):
            pass
        doors = {"public_bot_url": "http://127.0.0.1:8401"}
        engines.publish(home, EngineUrls("postgresql+asyncpg://x", "unix://y", doors))
        with engines.at_hand(home) as urls:
            assert urls == EngineUrls("postgresql+asyncpg://x", "unix://y", doors)
        assert stat.S_IMODE((home / "engines.json").stat().st_mode) == 0o600
    with HomeLock(home):
        pass


def test_given_addresses_are_taken_as_they_are(home: Path) -> None:
    with engines.at_hand(home, database_url="postgresql://a", redis_url="redis://b") as urls:
        assert urls == EngineUrls("postgresql://a", "redis://b")
    assert not list(home.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word to the children is Linux's")
def test_engines_end_with_a_killed_supervisor(home: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from gateway.engines import Postgres, Valkey\n"
        "home = Path(sys.argv[1]); engines = [Postgres(home), Valkey(home)]\n"
        "[engine.start() for engine in engines]\n"
        "print(*(engine.pid for engine in engines), flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, home], cwd=ROOT, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout
        pids = [int(word) for word in keeper.stdout.readline().split()]
        keeper.kill()
    with Postgres(home) as postgres, Valkey(home):
        assert postgres.pid not in pids
    assert not [pid for pid in pids if engines.process_command(pid)]
