"""Time is an argument: no statement and no script asks an engine for the present."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASKS = re.compile(
    r"\bnow\s*\(\s*\)|\bcurrent_(timestamp|date|time)\b|\blocaltime(stamp)?\b|\bclock_timestamp\b"
    r"|\b(transaction|statement)_timestamp\b|call\s*\(\s*['\"]TIME['\"]",
    re.IGNORECASE,
)
ASKING_NAMES = {"now", "current_timestamp", "current_date", "current_time", "localtimestamp", "clock_timestamp"}

# Who may ask, with which words, and why.
ALLOWED = {
    ("gateway/record/record.py", "SELECT clock_timestamp()"): "heartbeats compare the database's clock with ours",
}


def statements(path: Path) -> Iterator[tuple[int, str]]:
    """Every string in a Python file that is not a docstring, and every call such as func.now()."""
    tree = ast.parse(path.read_text(), filename=str(path))
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.lineno, node.value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("func", "sa"):
            yield node.lineno, "now()" if node.attr in ASKING_NAMES else ""


def asking() -> Iterator[str]:
    for half in ("bot", "gateway"):
        for path in sorted((ROOT / half).rglob("*")):
            name = str(path.relative_to(ROOT))
            if path.suffix == ".py":
                for line, text in statements(path):
                    if ASKS.search(text) and (name, text) not in ALLOWED:
                        yield f"{name}:{line}"
            elif path.suffix in (".sql", ".lua"):
                yield from (name for _ in ASKS.finditer(path.read_text()))


def test_no_statement_or_script_asks_an_engine_for_the_time() -> None:
    assert list(asking()) == []


def test_the_search_would_find_it() -> None:
    for text in (
        "UPDATE alerts SET seen_at = now()",
        "SELECT CURRENT_TIMESTAMP",
        "select current_date - 1",
        "local t = redis.call('TIME')",
        'server.call("time")',
    ):
        assert ASKS.search(text), text
    assert not ASKS.search("the current time is told by the clock, known() is not now")
