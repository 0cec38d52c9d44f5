"""Every drill here is played to its end; a drill that is not met, or cannot be read, says where."""

import json
from datetime import UTC
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateway.__main__ import main
from gateway.bootstrap import ZONE
from gateway.commands.drill import load_drill
from gateway.commands.drill_player import Line, play
from gateway.domain.drills import Drill, DrillInvalid
from gateway.record.vault import Vault
from gateway.town import open_town

HERE = Path(__file__).parent
DRILLS = sorted(HERE.glob("*.yaml"))


@pytest.fixture
def engines(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> tuple[str, str, Vault]:
    return database_url, redis_url, vault


async def timeline(drill: Drill, engines: tuple[str, str, Vault], folder: Path = HERE) -> list[Line]:
    starts_at = drill.starts.replace(tzinfo=ZONE).astimezone(UTC)
    async with open_town(*engines, starts_at=starts_at) as town:
        return [line async for line in play(drill, town, folder=folder)]


@pytest.mark.parametrize("path", DRILLS, ids=[path.stem for path in DRILLS])
async def test_the_drill_is_met(path: Path, engines: tuple[str, str, Vault]) -> None:
    drill = load_drill(path)
    lines = await timeline(drill, engines)
    assert [line.text for line in lines if line.kind == "unmet"] == []
    assert sum(line.kind == "met" for line in lines) == sum(step.expects for step in drill.steps)


async def test_a_drill_ends_with_its_first_unmet_expectation(tmp_path: Path, engines: tuple[str, str, Vault]) -> None:
    text = (HERE / "symptoms-nobody-answers.yaml").read_text(encoding="utf-8")
    file = tmp_path / "drill.yaml"
    file.write_text(
        text.replace('{at: "07:35", who: 社区周, hears', '{at: "07:36", who: 社区周, hears'), encoding="utf-8"
    )

    lines = await timeline(load_drill(file), engines)
    assert lines[-1].kind == "unmet"
    assert lines[-1].text == "社区周 should hear '症状报告' at 01-15 07:36, but heard it only at 01-15 07:35"


@pytest.mark.parametrize(
    ("story", "changed", "sentence"),
    [
        (
            "close-contact-misses-one-test",
            "profiles: {close_contact: {periods: {1: {days: 5}}}}",
            "赵敏, home, ends_at should be 2021-01-28 10:00, but is 2021-01-26 10:00",
        ),
        (
            "close-contact-misses-one-test",
            "profiles: {close_contact: {items: {2: {when: {day: 12}}}}}",
            "赵敏, nat-d13, due_at should be 2021-01-19 18:00, but is 2021-01-18 18:00",
        ),
        (
            "symptoms-nobody-answers",
            "ladders: {E-X: {steps: {1: {after_minutes: 20}}}}",
            "社区周 should hear '症状报告' at 01-15 07:35, but heard it never",
        ),
    ],
)
async def test_one_number_of_a_pack_changed_and_the_drill_fails_where_it_is_met(
    story: str, changed: str, sentence: str, tmp_path: Path, engines: tuple[str, str, Vault]
) -> None:
    (tmp_path / "changed.yaml").write_text(
        f"overlay: {{id: changed, note: a changed number}}\npacks:\n  sd-2020-09:\n    {changed}\n", encoding="utf-8"
    )
    text = (HERE / f"{story}.yaml").read_text(encoding="utf-8")
    file = tmp_path / "drill.yaml"
    with_it = "packs: [{pack: sd-2020-09, overlays: [demo, changed.yaml]}]"
    file.write_text(text.replace("packs: [sd-2020-09]", with_it), encoding="utf-8")

    lines = await timeline(load_drill(file), engines, tmp_path)
    assert [line.text for line in lines if line.kind == "unmet"] == [sentence]


REFUSED = """
drill: refused
starts: 2021-01-15 07:20
residents:
  王芳: {area: "370102001"}
officials:
  督导: {role: county, area: "370102"}
steps:
  - at: "07:20"
    STEP
"""


@pytest.mark.parametrize(
    ("step", "act"),
    [
        ('{who: 督导, outbreak: {area: "130104", first_case: 2021-01-02, last_case: 2021-01-10}}', "outbreak"),
        ("{who: 王芳, reports: symptoms, answers: {headache: yes}}", "reports"),
        ("{who: 督导, acknowledges: ~}", "acknowledges"),
        ('{checklist: {file: missing.txt, area: "370102"}}', "checklist"),
        ('{who: 督导, ticks: "1.1"}', "ticks"),
    ],
)
async def test_what_cannot_be_done_is_said(
    step: str, act: str, tmp_path: Path, engines: tuple[str, str, Vault]
) -> None:
    file = tmp_path / "drill.yaml"
    file.write_text(REFUSED.replace('at: "07:20"\n    STEP', f'{{at: "07:20", {step[1:]}'), encoding="utf-8")
    lines = await timeline(load_drill(file), engines)
    assert lines[-1].kind == "unmet"
    assert lines[-1].text.startswith(f"step 1 ({act}) could not be done: "), lines[-1]


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("who: 赵六,", "who: 社区周,", "nobody here is called 赵六"),
        ('at: "07:34"', 'at: "07:51"', "comes before the step above it"),
        ("hears: 症状报告", "heers: 症状报告", "exactly one of these is needed"),
        ("role: doctor", "role: nurse", "a role is needed"),
        ("reports: symptoms", "reports: symptom", "a report is one of"),
        ("starts: 2021-01-15 07:20", "starts: soon", "a day and time are needed"),
        ("answers: {temperature", "answer: {temperature", "steps[0].answer: is not known here"),
        ("packs: [sd-2020-09]", "packs: [{area: 37}]", "packs[0]: a pack is needed"),
        ("who: 王芳", "who: 陈医生", "陈医生 is among the officials, who cannot do this (reports)"),
    ],
)
def test_a_wrong_drill_is_refused_with_file_and_line(wrong: str, right: str, sentence: str, tmp_path: Path) -> None:
    text = (HERE / "symptoms-nobody-answers.yaml").read_text(encoding="utf-8")
    given = text.replace(wrong, right, 1) if wrong in text else text.replace(right, wrong, 1)
    file = tmp_path / "drill.yaml"
    file.write_text(given, encoding="utf-8")
    with pytest.raises(DrillInvalid) as refused:
        load_drill(file)
    said = [f"{fault.where} {fault.message}" for fault in refused.value.faults]
    assert any(sentence in one and one.startswith("drill.yaml:") for one in said), said


def test_an_item_number_without_quotes_is_refused(tmp_path: Path) -> None:
    text = (HERE / "the-ninth-unit.yaml").read_text(encoding="utf-8")
    file = tmp_path / "drill.yaml"
    file.write_text(text.replace('ticks: "1.7"', "ticks: 1.10"), encoding="utf-8")
    with pytest.raises(DrillInvalid, match="in quotes"):
        load_drill(file)


def test_the_command_prints_the_timeline_and_fails_with_the_drill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (HERE / "symptoms-the-doctor-answers.yaml").read_text(encoding="utf-8")
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(text, encoding="utf-8")
    bad.write_text(text.replace("who: 社区周, hears: 症状报告", "who: 街道吴, hears: 症状报告"), encoding="utf-8")

    assert main(["drill", str(good)]) == 0
    assert "  01-15 07:35 ✓ 社区周: hears '症状报告'" in capsys.readouterr().out
    report = tmp_path / "report.html"
    assert main(["drill", str(good), str(bad), "--json", "--report", str(report)]) == 1
    assert 'class="unmet"' in report.read_text(encoding="utf-8")
    played = json.loads(capsys.readouterr().out)
    assert [one["passed"] for one in played] == [True, False]
    assert played[1]["unmet"].startswith("街道吴 should hear '症状报告' at 01-15 07:35")
    assert played[1]["timeline"][-1]["kind"] == "unmet"
