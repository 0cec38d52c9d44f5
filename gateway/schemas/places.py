"""Places found in free text."""

from gateway.schemas.shapes import Answer


class Candidate(Answer):
    code: str
    name: str
    full_name: str
    level: int
    rest: str


class Country(Answer):
    code: str
    name: str


class PlacesOut(Answer):
    candidates: list[Candidate]
    country: Country | None = None
