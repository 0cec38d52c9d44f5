"""A place as an official types it into a form: a code, or words that fit exactly one division."""

from gateway.access.house import House
from gateway.errors import Invalid


class PlaceUnclear(Invalid):
    """No administrative division, or more than one, was recognised in this place."""


def place_code(house: House, words: str) -> str:
    """Raises PlaceUnclear."""
    said = words.strip()
    if said.isascii() and said.isdigit() and house.gazetteer.find_area(said[:9]) is not None:
        return said
    fitting = house.gazetteer.find(said)
    if len(fitting) != 1:
        raise PlaceUnclear
    return fitting[0].code
