"""The drill on rules: one taken out is noticed by a test that hangs on it, and a careless test is found out."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faults.claims import TOLD_TO, pytest_collection_modifyitems
from tests.faults.rules import ROOT, Copy, data_files, judge, mutants

DATA = {
    "packs.yaml": {
        "profiles": {
            "close_contact": {
                "source": ["SD-3.3.2-a", "SD-3.3.2-d"],
                "periods": [{"source": ["SD-3.3.2-a"], "days": 14}],
                "items": [{"source": ["SD-3.3.2-d"], "when": {"plus_days": 7}}],
            }
        },
        "areas": {"key_area": {"source": ["SD-3.3.2-m"], "before_outbreak_days": 10, "match": "entry_date"}},
    }
}
CLOSE_CONTACT = "tests/domain/test_plans.py"


def test_a_rule_is_taken_out_where_it_has_a_node_of_its_own() -> None:
    first = next(mutants("SD-3.3.2-d", DATA))
    profile = first.files["packs.yaml"]["profiles"]["close_contact"]
    assert profile["items"] == []
    assert profile["periods"] == DATA["packs.yaml"]["profiles"]["close_contact"]["periods"]


def test_then_its_numbers_are_altered() -> None:
    _, altered, *_ = mutants("SD-3.3.2-d", DATA)
    profile = altered.files["packs.yaml"]["profiles"]["close_contact"]
    assert profile["items"] == [{"source": ["SD-3.3.2-d"], "when": {"plus_days": 8}}]
    _, area, *_ = mutants("SD-3.3.2-m", DATA)
    assert area.changed == ("packs.yaml: areas.key_area: before_outbreak_days: 10 → 11",)


def test_a_rule_without_a_home_has_no_mutant() -> None:
    assert list(mutants("SD-9.9.9-z", DATA)) == []


async def test_a_test_that_hangs_on_the_rule_notices_and_a_careless_one_survives(tmp_path: Path) -> None:
    files = data_files(ROOT)
    async with Copy(tmp_path, for_stories=False) as copy:
        noticed = await judge("SD-3.3.2-d", [CLOSE_CONTACT], files, copy)
        careless = await judge("SD-3.3.2-d", ["tests/domain/test_calendars.py"], files, copy)
        stopped = await judge("SD-3.3.2-d", ["--no-such-option"], files, copy)
    assert (noticed.state, careless.state, stopped.state) == ("killed", "survived", "broken")


def test_the_tests_that_need_no_engines_are_asked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def claiming(name: str, *fixtures: str) -> Any:
        mark = SimpleNamespace(args=("SD-3.3.2-d",))
        return SimpleNamespace(nodeid=name, fixturenames=list(fixtures), iter_markers=lambda _: [mark])

    told = tmp_path / "claims.json"
    monkeypatch.setenv(TOLD_TO, str(told))
    pytest_collection_modifyitems([claiming("story", "town", "database_url", "postgres"), claiming("pure", "tmp_path")])
    assert json.loads(told.read_text()) == {"SD-3.3.2-d": ["pure", "story"]}
