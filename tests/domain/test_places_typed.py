"""What people write for a place, in two tables checked by hand: see typed.py, and `python -m tests.domain.typed`."""

import pytest

from gateway.areas.gazetteer import gazetteer
from tests.domain.typed import ASK, REFUSE, examples, figures

LEAST = 300
PRECISE = 0.99


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_understood_at_once_is_understood_rightly(language: str) -> None:
    seen = figures("places", language)

    assert seen.examples >= LEAST
    assert seen.precision >= PRECISE, str(seen)
    assert seen.confident >= 0.8, str(seen)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_expected_division_is_in_force(language: str) -> None:
    for example in examples("places", language):
        if example.expected not in (ASK, REFUSE) and example.expected.isdigit():
            assert gazetteer().area(example.expected).code == example.expected, example.text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("西安", "西安区"),
        ("石家庄桥东区", "长安区"),
        ("从武汉到济南", "济南市"),
        ("刚从上海、杭州回来", "杭州市"),
        ("Suzhou", "宿州市"),
        ("from Wuhan to Jinan", "济南市"),
    ],
)
def test_what_may_be_two_places_is_asked_back_with_both(text: str, asked: str) -> None:
    found = gazetteer().find(text)

    assert len(found) > 1
    assert asked in {candidate.name for candidate in found}


@pytest.mark.parametrize(
    "text", ["没去过北京", "我是河北人", "青岛啤酒", "武汉大学", "Wuhan University", "I was never in Wuhan"]
)
def test_a_name_that_says_no_whereabouts_is_none(text: str) -> None:
    assert gazetteer().find(text) == ()
