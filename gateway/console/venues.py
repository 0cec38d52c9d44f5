"""Codes at doors: made, printed and closed; and who was at a place in a given time, where a case was there too."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.columns import VENUES, VISITORS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.sign_in import qr
from gateway.domain.kinds import VenueId, VenueKind
from gateway.domain.scopes import PEOPLE_ROLES
from gateway.errors import Invalid
from gateway.services.venues import MOST

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


class TimeUnclear(Invalid):
    """Choose a day and hour to begin with, and one to end with that comes later."""


@router.get("/venues")
async def listed(request: Request, signed: CurrentSession) -> Response:
    found = await signed.house.venues.listed(official=signed.official)
    if wants_sheet(request):
        return await sheet_of(request, signed, VENUES, found)
    return page(request, "venues.html", found=found, kinds=list(VenueKind))


@router.post("/venues")
async def make(
    request: Request, signed: Acting, name: Annotated[str, Form()], kind: Annotated[VenueKind, Form()]
) -> Response:
    venue = await signed.house.venues.make(name=name, kind=kind, official=signed.official)
    return back_to(f"/console/venues/{venue.id}")


@router.get("/venues/{venue_id}")
async def one(
    venue_id: VenueId, request: Request, signed: CurrentSession, since: str = "", until: str = ""
) -> Response:
    house, official = signed.house, signed.official
    venue = await house.venues.get(venue_id, official=official)
    reads = official.scope.area is not None and official.may(*PEOPLE_ROLES)
    visitors = None
    if reads and (since or until):
        visitors = await house.venues.visitors(venue.id, *_between(signed, since, until), official=official)
        if wants_sheet(request):
            return await sheet_of(request, signed, VISITORS, visitors)
    link = house.venues.link(venue)
    now = house.clock.now().astimezone(house.words.zone).replace(tzinfo=None)
    return page(
        request,
        "venue.html",
        venue=venue,
        link=link,
        code=qr(link),
        reads=reads,
        visitors=visitors,
        most=MOST,
        since=since or f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M}",
        until=until or f"{now:%Y-%m-%dT%H:%M}",
    )


def _between(signed: SignedIn, since: str, until: str) -> tuple[datetime, datetime]:
    zone = signed.house.words.zone
    try:
        first, last = (datetime.fromisoformat(one).replace(tzinfo=zone) for one in (since, until))
    except ValueError:
        raise TimeUnclear from None
    if last <= first:
        raise TimeUnclear
    return first, last


@router.post("/venues/{venue_id}/closing")
async def close(venue_id: VenueId, signed: Acting) -> Response:
    venue = await signed.house.venues.close(venue_id, official=signed.official)
    return back_to(f"/console/venues/{venue.id}", said="saved")


@router.post("/venues/{venue_id}/opening")
async def open_again(venue_id: VenueId, signed: Acting) -> Response:
    venue = await signed.house.venues.close(venue_id, official=signed.official, closed=False)
    return back_to(f"/console/venues/{venue.id}", said="saved")
