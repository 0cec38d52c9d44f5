"""./run on machines that lack something, and beside another ./run. A stand-in plays Python, so nothing is installed."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = "sh dirname cat cut grep tr sha256sum shasum id rm mv mkdir cp chmod sleep ps env uname"

PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit "${OLD:-0}" ;;
*ensurepip*) exit "${NO_VENV:-0}" ;;
-V) echo "Python 3.12.0" ;;
"-m venv"*) for last; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
"-m pip"*) echo "a package says hello"; case "$*" in *uv.lock*) exit 1;; esac; echo installed >>"$LEDGER"; sleep 0.3 ;;
*) echo "ran: $*"; echo "home: $SHAODIAN_HOME" ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with the door and the locks alone, on a machine with the plainest tools."""
    checkout = tmp_path / "check out"
    checkout.mkdir()
    shutil.copy(ROOT / "run", checkout)
    for lock in ROOT.glob("requirements*.lock"):
        (checkout / lock.name).write_text(f"# {lock.name}\n")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS.split():
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    (tools / "python3").write_text(PYTHON)
    (tools / "python3").chmod(0o755)
    return checkout


def environment(place: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": str(place.parent / "bin"),
        "HOME": str(place.parent),
        "LEDGER": str(place.parent / "ledger"),
        **more,
    }


def door(place: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [place / "run", *words],
        env=environment(place, **more),
        cwd=place.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def installs(place: Path) -> int:
    ledger = place.parent / "ledger"
    return len(ledger.read_text().splitlines()) if ledger.exists() else 0


def test_without_python_one_sentence_says_what_to_install(place: Path) -> None:
    (place.parent / "bin/python3").unlink()
    done = door(place)
    assert done.returncode == 1
    assert "Python 3.11 or newer was not found" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_is_not_taken(place: Path) -> None:
    assert "Python 3.11 or newer was not found" in door(place, OLD="1").stderr


def test_without_venv_one_sentence_says_what_to_install(place: Path) -> None:
    done = door(place, NO_VENV="1")
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_set_up_happens_once_and_only_the_program_writes_to_standard_output(place: Path) -> None:
    first, second = door(place, "gateway", "policy", "--json"), door(place, "gateway", "policy", "--json")
    assert first.stdout == second.stdout == f"ran: -P -m gateway policy --json\nhome: {place}/.shaodian\n"
    assert "installing" in first.stderr and "a package says hello" in first.stderr
    assert second.stderr == ""
    assert installs(place) == 1


def test_a_changed_lock_is_installed_again(place: Path) -> None:
    door(place)
    (place / "requirements.lock").write_text("# changed\n")
    door(place)
    assert installs(place) == 2


def test_what_tests_need_includes_what_runs(place: Path) -> None:
    (place / "tests").mkdir()
    door(place, "test", "tests/x")
    assert installs(place) == 1
    door(place)
    assert installs(place) == 1


def test_no_word_means_up(place: Path) -> None:
    assert door(place).stdout.startswith("ran: -P -m gateway up\n")


def test_an_unknown_word_shows_the_doors(place: Path) -> None:
    done = door(place, "dance")
    assert done.returncode == 2
    assert "'dance'" in done.stderr and "./run test" in done.stderr


@pytest.mark.parametrize("word", ["bench", "faults"])
def test_what_does_not_exist_yet_is_said(place: Path, word: str) -> None:
    assert "in this version" in door(place, word).stderr


def test_a_stale_set_up_lock_is_recognised(place: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    (place / ".setup.lock").write_text(f"{ended.pid}\n")
    done = door(place)
    assert done.returncode == 0
    assert "stale" in done.stderr
    assert not (place / ".setup.lock").exists()


def test_two_at_once_install_once(place: Path) -> None:
    pair = [
        subprocess.Popen(
            [place / "run"], env=environment(place), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [each.communicate()[0] for each in pair]
    assert all(words.startswith("ran: ") for words in said)
    assert installs(place) == 1


def test_a_failed_set_up_is_not_taken_for_a_good_one(place: Path) -> None:
    python = place.parent / "bin/python3"
    python.write_text(PYTHON.replace("sleep 0.3", "exit 1"))
    assert "could not be installed" in door(place).stderr
    python.write_text(PYTHON)
    shutil.rmtree(place / ".venv")
    assert door(place).returncode == 0


def test_with_ci_a_missing_browser_is_a_failure_and_without_it_one_line(place: Path) -> None:
    (place / "tests").mkdir()
    ci = door(place, "test", "tests/browser", CI="true")
    assert ci.returncode == 1
    assert "Chromium" in ci.stderr
    own = door(place, "test", "tests/browser")
    assert own.returncode == 0
    assert "left out: the browser tests" in own.stderr
    assert "-m not browser" in own.stdout
    (place.parent / "bin/chromium").symlink_to("/bin/true")
    assert "browser" not in door(place, "test", "tests/x", CI="true").stdout


# --- gateway up, in the cases where it refuses


def up(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    base = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "-m", "gateway", "up"],
        cwd=ROOT,
        env={**base, "SHAODIAN_HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_a_busy_port_is_named_with_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = up(tmp_path, GATEWAY_PORT=port, BOT_PORT=free_port(), METRICS_PORT=free_port())
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr and "GATEWAY_PORT=" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_database_without_keyring_is_refused(tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("GATEWAY_PORT", "BOT_PORT", "METRICS_PORT")}
    done = up(tmp_path, DATABASE_URL="postgresql+asyncpg://nobody@127.0.0.1:1/x", **ports)
    assert done.returncode == 1
    assert "keyring" in done.stderr and "SHAODIAN_KEYRING" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_home_in_use_is_refused_and_its_holder_named(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from gateway.engines import HomeLock\n"
    program += "with HomeLock(Path(sys.argv[1])): print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        done = up(tmp_path)
        holder.kill()
    assert done.returncode == 1
    assert f"in use by process {holder.pid}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = up(tmp_path, GATEWAY_PORT="eight thousand")
    assert done.returncode == 1
    assert "GATEWAY_PORT" in done.stderr
