"""Three further notices, two as text and one as a table: read as people read them, and asked about where they ask."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.checklists import Checklist, ChecklistItem, Deadline, UnitRole
from gateway.domain.notices import read_work_list
from gateway.domain.work_tables import read_work_table, spread_over
from gateway.policies.glossaries import load_glossary

NOTICES = Path(__file__).parent
EXPECTED: dict[str, Any] = json.loads((NOTICES / "three-notices.json").read_text(encoding="utf-8"))
#: In the table the second row's 牵头单位 is the first's, merged downwards.
MERGED = ((4, 3, 5, 3),)


def read(name: str) -> Checklist:
    text = (NOTICES / name).read_text(encoding="utf-8")
    if name.endswith(".tsv"):
        rows = [line.split("\t") for line in text.splitlines()]
        return read_work_table(spread_over(rows, MERGED), load_glossary())
    return read_work_list(text, load_glossary())


def said_of(deadline: Deadline | None) -> str | None:
    if deadline is None:
        return None
    if deadline.every is not None:
        return f"{deadline.every} from {deadline.on}"
    return str(deadline.on or "ongoing")


def row_of(item: ChecklistItem) -> list[Any]:
    leads = [one.unit.name for one in item.units if one.role is UnitRole.LEAD]
    others = [one.unit.name for one in item.units if one.role is not UnitRole.LEAD]
    return [item.dotted, item.title, leads, others, said_of(item.deadline)]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_notice_in_other_words_is_read_as_people_read_it(name: str) -> None:
    checklist, expected = read(name), EXPECTED[name]
    assert (checklist.title, checklist.issuer) == (expected["title"], expected["issuer"])
    assert str(checklist.issued) == expected["issued"]
    assert [row_of(item) for item in checklist.items] == expected["items"]
    nested = {
        item.dotted: [[one.unit.name, list(one.places)] for one in item.assignments]
        for item in checklist.items
        if item.assignments
    }
    assert nested == expected["nested"]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_not_understood_is_listed_and_nothing_else_is(name: str) -> None:
    asked = [(doubt.item, doubt.text) for doubt in read(name).not_understood]
    expected = EXPECTED[name]["asked"]
    assert len(asked) == len(expected), asked
    for (item, text), (number, words) in zip(asked, expected, strict=True):
        assert item == number
        assert words in text
