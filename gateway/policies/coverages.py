"""Which rule stands where: cited by a value of a pack or a form, claimed by a test. A rule nobody holds is missing."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.domain.rules import RuleClass, RuleQuote
from gateway.errors import Fault, Invalid
from gateway.policies.documents import dotted, leaves, read_document
from gateway.policies.inheritances import FOLDER
from gateway.policies.loader import load_rules

ROOT: Final = FOLDER.parents[1]
FORMS: Final = ROOT / "bot" / "forms" / "definitions"
TESTS: Final = ROOT / "tests"

MOST_A_TEST: Final = 3
"""A test that claims more rules than this shows none of them."""
_RULE: Final = re.compile(r"[A-Z]{2}-[\d.]+-[a-z]\d?")
_NO_VALUES: Final = frozenset({"ambiguities.yaml", "demo-overlay.yaml"})
"""Files of this folder that speak about rules without being one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One rule: where values cite it, and which tests claim it."""

    quote: RuleQuote
    cited: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """`tested_here` is false where the system was installed without its tests."""

    rules: tuple[Held, ...]
    tested_here: bool

    @property
    def core(self) -> tuple[Held, ...]:
        return tuple(held for held in self.rules if held.quote.class_ is RuleClass.CORE)

    @property
    def missing(self) -> tuple[Held, ...]:
        return tuple(held for held in self.core if not held.cited or (self.tested_here and not held.tests))


def coverage(*, tests: Path = TESTS) -> Coverage:
    """Raises Invalid for a test that claims a rule nobody quoted, or too many."""
    cited: dict[str, list[str]] = {}
    for rule, where in (*_citations_of_values(), *_citations_of_forms()):
        cited.setdefault(rule, []).append(where)
    claimed = claims(tests) if tests.is_dir() else {}
    return Coverage(
        rules=tuple(
            Held(quote=quote, cited=tuple(cited.get(rule, ())), tests=claimed.get(rule, ()))
            for rule, quote in load_rules().items()
        ),
        tested_here=tests.is_dir(),
    )


def claims(tests: Path) -> Mapping[str, tuple[str, ...]]:
    """The tests that claim each rule, read from their marks without running them."""
    known = load_rules()
    claimed: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for path in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = path.relative_to(tests.parent).as_posix()
        for test, line, rules in _claims_in(tree, file):
            if len(rules) > MOST_A_TEST:
                faults.append(Fault(f"{file}:{line}", f"claims {len(rules)} rules; at most {MOST_A_TEST} are believed"))
            faults += [
                Fault(f"{file}:{line}", f"claims {rule}, which is in no catalogue of rules")
                for rule in rules
                if rule not in known
            ]
            for rule in rules:
                claimed.setdefault(rule, []).append(test)
    if faults:
        raise Invalid(faults=tuple(faults))
    return {rule: tuple(dict.fromkeys(names)) for rule, names in claimed.items()}


def _claims_in(tree: ast.Module, file: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    whole_file = [
        each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in each.targets)
    ]
    for each in tree.body:
        if isinstance(each, ast.ClassDef):
            for inner in each.body:
                yield from _claims_of(inner, f"{file}::{each.name}", [*whole_file, *each.decorator_list])
        yield from _claims_of(each, file, whole_file)


def _claims_of(each: ast.stmt, inside: str, marks: list[ast.expr]) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) or not each.name.startswith("test_"):
        return
    rules = tuple(
        str(rule.value)
        for mark in (*marks, *each.decorator_list)
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.rule")
        for rule in call.args
        if isinstance(rule, ast.Constant)
    )
    yield f"{inside}::{each.name}", each.lineno, tuple(dict.fromkeys(rules))


def _citations_of_values() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.rglob("*.yaml")):
        if path.parent.name != "rules" and path.name not in _NO_VALUES:
            yield from _citations_in(path)


def _citations_of_forms() -> Iterator[tuple[str, str]]:
    for path in sorted(FORMS.glob("*.yaml")):
        yield from _citations_in(path)


def _citations_in(path: Path) -> Iterator[tuple[str, str]]:
    for at, value in leaves(read_document(path).content):
        key = next((step for step in reversed(at) if isinstance(step, str)), "")
        if isinstance(value, str) and _cites(key) and _RULE.fullmatch(value):
            yield value, f"{path.name}: {dotted(_around(at))}"


def _cites(key: str) -> bool:
    return key in {"source", "rules", "rule"} or key.endswith(("_source", "_rules"))


def _around(at: tuple[Any, ...]) -> tuple[Any, ...]:
    """The part a citation speaks for: what holds the list it stands in."""
    inner = at[:-1] if isinstance(at[-1], int) else at
    return inner[:-1]
