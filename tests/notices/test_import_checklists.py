"""`import checklist FILE` as an official runs it: what is shown, and one sentence for what is no work list."""

import argparse
import json
from pathlib import Path

import pytest

from gateway.commands import import_checklists

NOTICES = Path(__file__).parent
DONGPO = NOTICES / "dongpo-2020-12.txt"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    import_checklists.add(parser.add_subparsers(required=True))
    args = parser.parse_args(["checklist", *arguments])
    return int(args.run(args))


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
