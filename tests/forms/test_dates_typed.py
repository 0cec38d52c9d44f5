"""Days and times as people write them, in two tables checked by hand: see tests/domain/typed.py."""

import pytest

from tests.domain.typed import figures

LEAST = 300
PRECISE = 0.99


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_is_understood_at_once_is_understood_rightly(language: str) -> None:
    seen = figures("dates", language)

    assert seen.examples >= LEAST
    assert seen.precision >= PRECISE, str(seen)
    assert seen.confident >= 0.6, str(seen)
