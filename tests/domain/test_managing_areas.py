"""Who manages somebody: the township, village or grid that their home and the number of their grid name."""

import pytest

from gateway.services.residents import managing_area


@pytest.mark.parametrize(
    ("grid", "area"),
    [
        (None, "370102001"),
        ("7", "37010200100007"),
        ("37010200100101", "37010200100101"),
        ("370102001001", "370102001001"),
        ("3701020010011", "370102001001"),
        ("3701020010", "370102001"),
        ("²", "370102001"),
        ("٣", "370102001"),
        ("北二", "370102001"),
    ],
)
def test_a_grid_that_somebody_typed_names_a_place_that_officials_have(grid: str | None, area: str) -> None:
    assert managing_area("370102001", grid) == area
