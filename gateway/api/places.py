"""Places in free text, for whoever asks a resident where they were."""

from babel import Locale
from fastapi import APIRouter, Query

from gateway.access.callers import AnyHouse, TheBot
from gateway.areas.countries import country_names
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
    found = house.gazetteer.find(q, language=locale.language, limit=limit)
    code = country_names(dict(locale.territories)).get(q.strip().casefold())
    country = Country(code=code, name=locale.territories[code]) if code else None
    return PlacesOut(
        candidates=[
            Candidate(code=one.code, name=one.name, full_name=one.full_name, level=int(one.level), rest=one.rest)
            for one in found
        ],
        country=country,
    )
