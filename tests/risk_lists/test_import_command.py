"""`gateway import risk-list` as a person runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.record.vault import create_keyring

HERE = Path(__file__).parent
FIRST, LAST = HERE / "2022041511-b38a8084.json", HERE / "2022041708-48997ed9.json"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Gateway = Callable[..., Done]


@pytest.fixture
def gateway(capsys: pytest.CaptureFixture[str]) -> Gateway:
    def run(*arguments: object) -> Done:
        code = main(["import", "risk-list", *map(str, arguments)])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


def test_the_change_is_printed_as_json_alone_where_nothing_was_set_up() -> None:
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "import", "risk-list", LAST, "--compare", FIRST, "--json"],
        cwd=HERE.parents[1],
        env=bare,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["added"]) == 12


def a_list(path: Path, *, high: object = (), middle: object = (), **more: object) -> Path:
    path.write_text(json.dumps({"data": {"highlist": high, "middlelist": middle, **more}}), encoding="utf-8")
    return path


def a_row(*places: str, county: str = "绿园区") -> dict[str, object]:
    return {"province": "吉林省", "city": "长春市", "county": county, "communitys": list(places)}


def test_the_change_is_printed_in_five_lists(gateway: Gateway) -> None:
    done = gateway(LAST, "--compare", FIRST, "--json")
    changes = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(changes) == ["added", "raised", "lowered", "lifted", "unresolved"]
    assert [len(changed) for changed in changes.values()] == [12, 0, 1, 25, 0]
    assert changes["lowered"] == [{"area": "220202", "place": "延江街道江山帝景小区", "level": "medium"}]
    assert {"area": "210115", "place": "茨榆坨街道", "level": "high"} in changes["lifted"]


def test_an_empty_list_lifts_everything(gateway: Gateway, tmp_path: Path) -> None:
    done = gateway(a_list(tmp_path / "empty.json", high=[], middle=[]), "--compare", FIRST, "--json")
    changes = json.loads(done.stdout)
    assert {name: len(changed) for name, changed in changes.items()} == {
        "added": 0,
        "raised": 0,
        "lowered": 0,
        "lifted": 203,
        "unresolved": 0,
    }
    beijing = next(change for change in changes["lifted"] if change["place"] == "二街坊")
    assert beijing == {"area": "110105011", "place": "二街坊", "level": "high"}


def test_a_changed_place_in_an_unknown_county_is_repeated_as_unresolved(gateway: Gateway, tmp_path: Path) -> None:
    older = a_list(tmp_path / "older.json", high=[], middle=[])
    newer = a_list(
        tmp_path / "newer.json", high=[a_row("明珠街道卫星商城", county="无此区")], middle=[a_row("同心街道")]
    )
    changes = json.loads(gateway(newer, "--compare", older, "--json").stdout)
    nowhere = {"area": "2201", "place": "明珠街道卫星商城", "level": "high"}
    assert changes["added"] == [nowhere, {"area": "220106", "place": "同心街道", "level": "medium"}]
    assert changes["unresolved"] == [nowhere]


def test_without_json_it_reads_as_a_summary(gateway: Gateway) -> None:
    done = gateway(LAST, "--compare", FIRST)
    assert "lifted: 25" in done.stdout
    assert "吉林省吉林市昌邑区  延江街道江山帝景小区" in done.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (FIRST.read_bytes()[:9_000], "the file breaks off here"),
        (FIRST.read_bytes()[:9_001], "the file breaks off here"),
        (FIRST.read_bytes()[:9_002], "the file breaks off here"),
        (b"", "the file is empty"),
        (b"<html>busy</html>", "this is not JSON"),
        (b"[1, 2]", "this is not the national form"),
        (b'{"data": {}}', "data.highlist: is missing"),
        (b'{"data": {"highlist": [], "middlelist": 3}}', "data.middlelist: this must be a list"),
        (b'{"code": 7, "msg": "busy", "data": {"highlist": [], "middlelist": []}}', "an error instead of a list: busy"),
        (b'{"data": {"highlist": ["a"], "middlelist": []}}', "data.highlist[0]: a row must be an object"),
        (b'{"data": {"highlist": [{"city": 4}], "middlelist": []}}', "data.highlist[0].province: is missing"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\x00\x01\x02\xff", "not a text in UTF-8 or GB18030"),
        (b"PK\x03\x04 no such sheet", "cannot be opened as a spreadsheet"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(
    gateway: Gateway, tmp_path: Path, content: bytes, sentence: str
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(content)
    done = gateway(broken, "--compare", FIRST, "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_said_plainly(gateway: Gateway, tmp_path: Path) -> None:
    done = gateway(tmp_path / "none.json", "--compare", FIRST)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such file" in done.stderr


def test_a_wrong_count_is_a_warning_and_no_refusal(gateway: Gateway, tmp_path: Path) -> None:
    older = a_list(tmp_path / "older.json", high=[], middle=[])
    newer = a_list(tmp_path / "newer.json", high=[a_row("同心街道")], middle=[], hcount=2)
    done = gateway(newer, "--compare", older, "--json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["added"]) == 1
    assert "the list says 2 high risk places and holds 1" in done.stderr


def test_without_compare_the_list_waits_as_a_draft_and_is_recognised_the_second_time(
    gateway: Gateway, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = tmp_path / "keyring.json"
    create_keyring(keyring)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("SHAODIAN_KEYRING", str(keyring))
    monkeypatch.setenv("SHAODIAN_HOME", str(tmp_path))

    first, again = gateway(FIRST, "--json"), gateway(FIRST, "--json")

    draft = json.loads(first.stdout)
    assert (first.returncode, draft["state"], draft["entries"], draft["duplicate"]) == (0, "draft", 203, False)
    assert draft["changed"] == {"added": 203, "raised": 0, "lowered": 0, "lifted": 0, "unresolved": 0}
    assert f"/console/risk-lists/{draft['id']}" in first.stderr
    assert json.loads(again.stdout)["duplicate"] is True


def test_a_broken_file_becomes_no_draft(
    gateway: Gateway, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, broken = tmp_path / "keyring.json", tmp_path / "cut.json"
    create_keyring(keyring)
    broken.write_bytes(FIRST.read_bytes()[:5000])
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("SHAODIAN_KEYRING", str(keyring))

    done = gateway(broken)

    assert (done.returncode, done.stdout) == (1, "")
    assert "breaks off" in done.stderr
