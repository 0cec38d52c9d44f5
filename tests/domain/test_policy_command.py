"""`gateway policy` as somebody types it: neither system nor settings, JSON alone on standard output."""

import argparse
import json
from pathlib import Path

import pytest

from gateway.commands import policy
from gateway.policies.loader import DEMO_OVERLAY, FOLDER

F08 = ["--profile", "close_contact", "--at", "isolation_start=2021-01-07T10:00", "--at", "last_exposure=2021-01-05"]


def typed(*words: str) -> int:
    parser = argparse.ArgumentParser()
    policy.add(parser.add_subparsers())
    args = parser.parse_args(["policy", *words])
    answer: int = args.run(args)
    return answer


def test_a_plan_is_printed_as_json_with_the_offset_of_the_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("plan", "--pack", "sd-2020-09", *F08, "--json") == 0
    out, err = capsys.readouterr()
    plan = json.loads(out)
    assert err == ""
    assert plan["periods"] == [
        {
            "kind": "central",
            "starts_at": "2021-01-07T10:00:00+08:00",
            "ends_at": "2021-01-21T10:00:00+08:00",
            "rules": ["SD-3.3.2-a"],
        },
        {
            "kind": "home",
            "starts_at": "2021-01-21T10:00:00+08:00",
            "ends_at": "2021-01-28T10:00:00+08:00",
            "rules": ["SD-3.3.2-b"],
        },
    ]
    assert plan["items"][0] == {
        "kind": "test",
        "test": "nat",
        "opens_at": "2021-01-07T10:00:00+08:00",
        "due_at": "2021-01-07T18:00:00+08:00",
        "rules": ["SD-3.3.2-c"],
        "assumes": [],
        "reminders": ["2021-01-07T14:00:00+08:00"],
        "ladder": [
            {"level": "L1", "roles": ["grid_worker"], "at": "2021-01-07T18:00:00+08:00"},
            {"level": "site", "roles": ["site"], "at": "2021-01-07T18:00:00+08:00"},
            {"level": "L2", "roles": ["community", "doctor"], "at": "2021-01-07T20:00:00+08:00"},
            {"level": "L3", "roles": ["township"], "at": "2021-01-08T08:00:00+08:00"},
            {"level": "L4", "roles": ["county"], "at": "2021-01-08T18:00:00+08:00"},
        ],
    }
    assert plan["items"][-1]["test"] is None and plan["items"][-1]["kind"] == "check_in"


def test_an_anchor_may_carry_its_own_offset(capsys: pytest.CaptureFixture[str]) -> None:
    same = ["--profile", "key_area", "--json", "--at"]
    typed("plan", "--pack", "sd-2020-09", *same, "included_at=2021-01-22T16:20")
    typed("plan", "--pack", "sd-2020-09", *same, "included_at=2021-01-22T08:20+00:00")
    first, second = capsys.readouterr().out.strip().split("\n}\n{")
    assert json.loads(first + "}") == json.loads("{" + second)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--profile", "discharged", "--pack", "dl-2020-05"], "a person's plan is made from one pack"),
        (["--profile", "close_contact", "--at", "isolation_start=2021-01-07"], "needs the anchor last_exposure"),
        (["--profile", "close_contact", "--at", "isolated=2021-01-07"], "isolated is not an anchor"),
        (["--profile", "close", "--at", "isolation_start=2021-01-07"], "has no profile close"),
        (["--profile", "close_contact", "--at", "isolation_start"], "given as NAME=TIME"),
        (["--profile", "close_contact", "--at", "isolation_start=7 Jan"], "a time is written 2021-01-05"),
        (["--profile", "close_contact", "--at", "isolation_start=2021-01-07T25:00"], "a time is written 2021-01-05"),
        (["--profile", "close_contact", "--at", "isolation_start=9999-12-31"], "the year 9999 cannot be meant"),
        ([*F08, "--at", "isolation_start=2021-01-08"], "isolation_start is given twice"),
        ([*F08, "--overlay", "/nowhere/x.yaml"], "cannot be read"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence_on_standard_error(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("plan", "--pack", "sd-2020-09", *words, "--json") == 2
    out, err = capsys.readouterr()
    assert out == "" and sentence in err and err.count("\n") == 1


def test_an_overlay_gives_what_the_notice_leaves_open(capsys: pytest.CaptureFixture[str]) -> None:
    boarding = ["--profile", "overseas_preboard", "--at", "boarding=2020-10-15", "--overlay", str(DEMO_OVERLAY)]
    assert typed("plan", "--pack", "sd-2020-09", *boarding) == 0
    assert "traveller abroad, before boarding" in capsys.readouterr().out
    assert typed("plan", "--pack", "sd-2020-09", *boarding[:4]) == 0
    left_out = "left out, not configured: preboard.cert_hours (SD-3.2.2-b); ask an administrator of 370000 to set it"
    assert left_out in capsys.readouterr().out
    assert typed("plan", "--pack", "sd-2020-09", *boarding[:4], "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["not_configured"] == [
        {"value": "preboard.cert_hours", "rule": "SD-3.2.2-b", "ask": "an administrator of 370000"}
    ]
    assert len(said["items"]) == 14


def test_nothing_asked_is_said_and_not_left_blank(capsys: pytest.CaptureFixture[str]) -> None:
    old = ["--profile", "overseas_old", "--at", "release=2020-10-04", "--at", "arrival=2020-10-19"]
    assert typed("plan", "--pack", "sd-2020-09", *old) == 0
    assert "nothing is asked of this person: SD-3.3.1-l" in capsys.readouterr().out
    assert typed("plan", "--pack", "sd-2020-09", *old, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"periods": [], "items": []}


def test_the_packs_are_listed_and_shown_with_what_is_not_from_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    assert "sd-2020-09" in capsys.readouterr().out
    assert typed("show", "sd-2020-09") == 0
    shown = capsys.readouterr().out
    assert "REQUIRED, not set (SD-3.2.2-b)" in shown
    fever = next(line for line in shown.splitlines() if line.startswith("symptoms.fever_from "))
    assert fever.split()[1:] == ["37.3", "[not", "from", "policy]"]
    assert typed("show", "sd-2020-09", "--overlay", str(DEMO_OVERLAY)) == 0
    assert "[demo, not from policy]" in capsys.readouterr().out


def test_a_file_is_validated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("validate", str(FOLDER / "sd-2020-09.yaml")) == 0
    assert "is a good pack: sd-2020-09" in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text((FOLDER / "dl-2020-05.yaml").read_text().replace("hours: 12", "hours: quick"))
    assert typed("validate", str(bad)) == 2
    out, err = capsys.readouterr()
    assert out == "" and "bad.yaml:14: lab.result.hours" in err
