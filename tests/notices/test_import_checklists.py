"""`import checklist FILE` as an official runs it: what is shown, and one sentence for what is no work list."""

import argparse
import json
from pathlib import Path

import pytest

from gateway.commands import import_checklists
from gateway.record.vault import create_keyring
from gateway.services.checklists import ChecklistKnown
from gateway.settings import Settings

NOTICES = Path(__file__).parent
DONGPO = NOTICES / "dongpo-2020-12.txt"


def run(*arguments: str, settings: Settings | None = None) -> int:
    parser = argparse.ArgumentParser()
    import_checklists.add(parser.add_subparsers(required=True))
    args = parser.parse_args(["checklist", *arguments])
    args.settings = lambda: settings
    return int(args.run(args))


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    settings = Settings.model_validate(
        {"database_url": database_url, "redis_url": redis_url, "shaodian_home": tmp_path / "home"}
    )
    create_keyring(settings.keyring_path)
    return settings


def test_json_alone_stands_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(DONGPO), "--json") == 0
    said = capsys.readouterr()
    shown = json.loads(said.out)
    assert [len(section["items"]) for section in shown["sections"]] == [16, 3, 5]
    assert shown["sections"][0]["items"][6]["supervise_assignments"][8]["unit_zh"] == "区民政局"
    assert shown["not_understood"] == []
    assert said.err == ""


def test_the_preview_begins_with_what_was_not_understood(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = DONGPO.read_text(encoding="utf-8").splitlines()
    damaged = tmp_path / "notice.txt"
    damaged.write_text("\n".join(lines[:6] + lines[7:]), encoding="utf-8")

    assert run(str(damaged)) == 0
    out = capsys.readouterr().out
    assert out.index("Not understood (1)") < out.index("常态防控方面")
    assert "line 5 (item 1.1): no deadline stated (完成时限); none was guessed" in out
    assert "24 items in 3 sections, 9 nested assignments, 1 not understood" in out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_are_read(encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notice.txt"
    file.write_bytes(DONGPO.read_text(encoding="utf-8").replace("\n", "\r\n").encode(encoding))
    assert run(str(file), "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"]["items"] == 24


def test_a_notice_without_deadlines_is_shown_and_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notice.txt"
    lines = DONGPO.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("完成时限")), encoding="utf-8")

    assert run(str(file), "--json") == 2
    said = capsys.readouterr()
    shown = json.loads(said.out)
    assert {item["deadline"] for section in shown["sections"] for item in section["items"]} == {None}
    assert len(shown["not_understood"]) == 24
    assert "none of the 24 items states a deadline" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b" \r\n\t\n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04 ...", "a Word, Excel or ZIP file"),
        (bytes(range(256)) * 4, "not text"),
        ("今天天气很好。".encode(), "no work list found"),
        (b"x" * 3_000_000, "too large"),
    ],
)
def test_what_is_no_notice_gets_one_sentence(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "notice.txt"
    file.write_bytes(content)
    assert run(str(file), "--json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(tmp_path / "none.txt")) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert run(str(tmp_path)) == 2


def test_yes_creates_the_items_and_says_what_they_leave_open(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(DONGPO), "--yes", "--json", "--coordinator", "1.7=区卫健局", settings=settings) == 0
    said = capsys.readouterr()
    created = json.loads(said.out)["created"]
    assert (created["area"], created["items"], len(created["units"])) == ("511402", 24, 24)
    assert created["without_coordinator"] == ["1.9"]
    assert "Created in 511402: 24 items" in said.err
    assert "Led by a group and without a co-ordinator: 1.9." in said.err

    with pytest.raises(ChecklistKnown):
        run(str(DONGPO), "--yes", settings=settings)


def test_yes_needs_to_know_whose_list_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_text(DONGPO.read_text(encoding="utf-8").replace("东坡区", "某区"), encoding="utf-8")
    assert run(str(file), "--yes") == 2
    assert "Add --area CODE" in capsys.readouterr().err
    assert run(str(file), "--yes", "--area", "51140") == 2
