"""A plugin for pytest that writes down which tests claim which rule (`-p tests.faults.claims`).

A rule's tests that need no engines come first: the drill stops at the first that notices, and most rules are noticed
before any engine has to be started.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

TOLD_TO = "SHAODIAN_RULE_CLAIMS"


ENGINES = {"postgres", "valkey"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    by_rule: dict[str, list[str]] = defaultdict(list)
    for item in sorted(items, key=needs_engines):
        for mark in item.iter_markers("rule"):
            for rule in mark.args:
                by_rule[rule].append(item.nodeid)
    Path(os.environ[TOLD_TO]).write_text(json.dumps(by_rule), encoding="utf-8")


def needs_engines(item: pytest.Item) -> bool:
    return not ENGINES.isdisjoint(getattr(item, "fixturenames", ()))
