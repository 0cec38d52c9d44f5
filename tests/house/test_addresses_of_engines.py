"""Whoever pastes a provider's address need not know our driver's name."""

import pytest

from gateway.settings import Settings


@pytest.mark.parametrize("spelling", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_common_spelling_of_a_database_address_works(spelling: str) -> None:
    assert Settings(database_url=f"{spelling}://u@h/d").database_url == "postgresql+asyncpg://u@h/d"
