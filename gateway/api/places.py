"""Places in free text, for whoever asks a resident where they were."""

from functools import cache

from babel import Locale
from fastapi import APIRouter, Query

from gateway.access.callers import AnyHouse, TheBot
from gateway.areas.countries import CountryNames
from gateway.areas.typed_places import read_place
from gateway.messages.words import closest_language
from gateway.schemas.places import Candidate, Country, PlacesOut

router = APIRouter(prefix="/v1/places", tags=["bot"])


@router.get("")
async def find(
    house: AnyHouse,
    _: TheBot,
    q: str = Query(min_length=1, max_length=300),
    language: str = "zh_Hans_CN",
    limit: int = Query(default=8, ge=1, le=50),
) -> PlacesOut:
    """Ranked readings of a place; more than one means: ask."""
    locale = Locale.parse(closest_language(language))
    found = read_place(q, house.gazetteer, _countries(str(locale)), language=locale.language, limit=limit)
    country = Country(code=found.country, name=locale.territories[found.country]) if found.country else None
    return PlacesOut(
        candidates=[
            Candidate(code=one.code, name=one.name, full_name=one.full_name, level=int(one.level), rest=one.rest)
            for one in found.candidates
        ],
        country=country,
    )


@cache
def _countries(language: str) -> CountryNames:
    return CountryNames.of(dict(Locale.parse(language).territories))
