"""Every rule has a home and a witness: the catalogue, the values that cite it, the tests that claim it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.forms.load import DEFINITIONS, load_forms
from gateway.commands import policy_coverage
from gateway.domain.kinds import AlertKind
from gateway.domain.rules import DEFAULT
from gateway.errors import Invalid
from gateway.policies.coverages import ROOT, claims, coverage
from gateway.policies.documents import leaves, read_document, values
from gateway.policies.inheritances import resolved, shipped, with_same_profiles
from gateway.policies.loader import FOLDER, load_packs, load_rules
from tests.house.rules import faults

_RULE = re.compile(r"[A-Z]{2}-[\d.]+-[a-z]\d?")


def test_every_rule_named_in_our_data_is_quoted() -> None:
    named = {
        (path.name, value)
        for folder in (FOLDER, DEFINITIONS)
        for path in folder.rglob("*.yaml")
        for _, value in leaves(read_document(path).content)
        if isinstance(value, str) and _RULE.fullmatch(value)
    }
    assert {rule for _, rule in named} <= set(load_rules())


def test_no_value_of_a_shipped_pack_is_an_orphan() -> None:
    orphans = [
        (path.name, at)
        for path in shipped().values()
        for at, _, rules in values(with_same_profiles(resolved(path).document).content)
        if not rules
    ]
    assert orphans == []


def test_every_form_says_why_it_is_asked() -> None:
    known = {*load_rules(), DEFAULT}
    for form in load_forms():
        assert form.rules, form.id
        assert set(form.rules) <= known, form.id


def test_every_kind_of_alert_has_something_behind_it_everywhere() -> None:
    for pack in load_packs().values():
        assert set(pack.alerts) == set(AlertKind)
        for alert in pack.alerts.values():
            assert alert.source and set(alert.source) <= {*load_rules(), DEFAULT}


def test_the_tests_claim_known_rules_and_few_at_a_time() -> None:
    claimed = claims(ROOT / "tests")
    assert set(claimed) <= set(load_rules())


def test_the_printed_coverage_counts_what_it_lists() -> None:
    known = coverage()
    printed = json.loads(policy_coverage.as_json(known))
    assert list(printed) == ["core", "implemented", "tested", "missing", "rules"]
    assert printed["core"] == 175 and len(printed["rules"]) == 300
    core = [rule for rule in printed["rules"] if rule["class"] == "CORE"]
    assert len(core) == 175 and printed["tested"] == sum(bool(rule["tests"]) for rule in core)
    assert set(printed["missing"]) == {held.quote.id for held in known.core if not held.cited or not held.tests}
    assert "175 CORE rules" in policy_coverage.as_table(known)


CLAIMING = """\
import pytest


@pytest.mark.rule("SD-3.3.2-a", "SD-3.3.2-b")
def test_one() -> None: ...


class TestTwo:
    @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.rule("SD-3.3.2-a"))])
    async def test_three(self, n: int) -> None: ...
"""


def test_claims_are_read_from_marks_without_running_anything(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_some.py").write_text(CLAIMING)
    assert claims(tmp_path / "tests") == {
        "SD-3.3.2-a": ("tests/test_some.py::test_one", "tests/test_some.py::TestTwo::test_three"),
        "SD-3.3.2-b": ("tests/test_some.py::test_one",),
    }


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('"SD-3.3.2-z"', "test_some.py:4: claims SD-3.3.2-z, which is in no catalogue of rules"),
        ('"SD-3.3.2-a", "SD-3.3.2-b", "SD-3.3.2-c", "SD-3.3.2-d"', "claims 4 rules; at most 3 are believed"),
    ],
)
def test_a_claim_of_an_unknown_rule_or_of_too_many_is_refused(tmp_path: Path, mark: str, message: str) -> None:
    (tmp_path / "tests").mkdir()
    written = f"import pytest\n\n@pytest.mark.rule({mark})\ndef test_one() -> None: ...\n"
    (tmp_path / "tests" / "test_some.py").write_text(written)
    with pytest.raises(Invalid, match=re.escape(message)):
        claims(tmp_path / "tests")


def test_an_installation_without_tests_says_so_and_prints_the_rest(tmp_path: Path) -> None:
    known = coverage(tests=tmp_path / "tests")
    assert not known.tested_here and len(known.rules) == 300
    assert {held.quote.id for held in known.missing} == {held.quote.id for held in known.core if not held.cited}


def test_a_rule_without_value_or_test_and_a_stale_page_fail_the_check() -> None:
    known = coverage()
    page = policy_coverage.page_of(known)
    assert not [fault for fault in faults(known, page) if "docs/rules.md" in fault]
    assert any("docs/rules.md" in fault for fault in faults(known, page + "\n"))
    bare = [replace(held, cited=(), tests=()) if held.quote.id == "SD-3.3.2-a" else held for held in known.rules]
    found = list(faults(replace(known, rules=tuple(bare)), page))
    assert "SD-3.3.2-a has no value behind it and no test that claims it" in found
