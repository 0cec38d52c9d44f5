"""The expressions of spreadsheet forms: what they mean, and what is refused by name."""

from datetime import date
from typing import Any

import pytest

from gateway.domain.conditions import ConditionUnfit, condition

ANSWERS: dict[str, Any] = {
    "fever": "yes",
    "signs": ["cough", "chill"],
    "age": 7,
    "heat": 38.5,
    "since": "2021-01-14",
    "name": "",
    "none": None,
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${fever} = 'yes'", True),
        ("${fever}='yes' and ${age} < 18", True),
        ("${fever} != “yes” or not(selected(${signs}, 'cough'))", False),
        ("selected(${signs}, 'chil')", False),
        ("count-selected(${signs}) >= 2", True),
        ("${age} + 3 * 2 = 13", True),
        ("(${age} + 3) * 2 = 20", True),
        ("${age} mod 2 = 1 and ${age} div 2 > 3", True),
        ("${heat} >= 37.3", True),
        ("${none} = ''", True),
        ("${none} < 5", False),
        ("${none} >= 5", False),
        ("${name} != ''", False),
        ("string-length(${fever}) = 3", True),
        ("${since} <= today()", True),
        ("${since} < today() - 1", False),
        ("today() - ${since} = 1", True),
        ("if(${age} < 18, 'child', 'adult') = 'child'", True),
        (". > -1 and . <= 120", True),
        ("true() and not(false())", True),
        ("${fever}", True),
    ],
)
def test_an_expression_means_what_it_means_in_a_form_tool(text: str, meant: bool) -> None:
    assert condition(text).holds(ANSWERS.get, here=120, today=date(2021, 1, 15)) is meant


@pytest.mark.parametrize(
    ("text", "what", "function"),
    [
        ("pulldata('people', 'name', 'id', ${age})", "pulldata()", True),
        ("regex(., '[0-9]+')", "regex()", True),
        ("jr:choice-name(${fever}, '${fever}')", "jr:choice-name()", True),
        ("selected(${signs})", "selected()", True),
        ("../age > 3", "../age > 3", False),
        ("${age} >", "…", False),
        ("(${age} = 3", ")", False),
        ("${age} = 3 ${fever}", "${fever}", False),
        ("(" * 40 + "1" + ")" * 40, "(", False),
    ],
)
def test_what_is_not_understood_is_named(text: str, what: str, function: bool) -> None:
    with pytest.raises(ConditionUnfit) as refusal:
        condition(text)
    assert (refusal.value.what, refusal.value.function) == (what, function)


def test_a_condition_knows_what_it_looks_at() -> None:
    found = condition("${a} = 1 and . > ${b-c} or today() > ${a}")
    assert found.names == {"a", "b-c"} and found.looks_here and found.needs_today
