"""What people type for a place: a division of the gazetteer, or a country abroad."""

from dataclasses import dataclass

from gateway.areas.countries import CountryNames
from gateway.domain.places import Candidate, Gazetteer


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """One candidate, or one country, is an answer; more must be asked back."""

    candidates: tuple[Candidate, ...]
    countries: tuple[str, ...]

    @property
    def country(self) -> str | None:
        return self.countries[0] if len(self.countries) == 1 else None


def read_place(
    text: str, gazetteer: Gazetteer, countries: CountryNames, *, language: str = "zh", limit: int = 10
) -> TypedPlace:
    candidates = gazetteer.find(text, language=language, limit=limit)
    abroad = countries.spoken_of_in(text)
    if candidates and abroad:
        # 从日本经上海回来 names two places; neither may be taken for the other, so both are asked for again.
        return TypedPlace((), ())
    return TypedPlace(candidates, abroad)
