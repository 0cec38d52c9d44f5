"""A plugin for pytest that writes down which tests claim which rule (`-p tests.faults.claims`)."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

TOLD_TO = "SHAODIAN_RULE_CLAIMS"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    by_rule: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for mark in item.iter_markers("rule"):
            for rule in mark.args:
                by_rule[rule].append(item.nodeid)
    Path(os.environ[TOLD_TO]).write_text(json.dumps(by_rule), encoding="utf-8")
