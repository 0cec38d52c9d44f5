"""The situation of an area: few numbers, curves, a map in tiles, each with its table; and who is under follow-up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from gateway.access.sessions import CurrentSession
from gateway.console.list_pages import ListPage, Pick, list_page
from gateway.console.navigation import N_
from gateway.console.pages import ConsoleRoute, page
from gateway.console.residents import PROFILES
from gateway.domain.kinds import FollowUpState

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

PAGE = 50
Area = Annotated[str, Query(max_length=14, pattern="^[0-9]*$")]


@router.get("/situation")
async def shown(request: Request, signed: CurrentSession, area: Area = "") -> Response:
    found = await signed.house.situations.of(area or None, official=signed.official)
    own = signed.official.area
    above = [found.area[:digits] for digits in (2, 4, 6, 9, 12, 14) if len(own) <= digits <= len(found.area)]
    return page(request, "situation.html", situation=found, above=above)


@router.get("/follow-ups")
async def followed(
    request: Request,
    signed: CurrentSession,
    state: str = "",
    profile: Annotated[str, Query(max_length=60)] = "",
    area: Area = "",
    after: UUID | None = None,
) -> Response:
    chosen = FollowUpState(state) if state in list(FollowUpState) else None
    kind = profile if profile in PROFILES else ""
    found = await signed.house.situations.followed(
        official=signed.official, area=area or None, state=chosen, profile=kind, after=after, limit=PAGE
    )
    listing = ListPage(
        "/console/follow-ups",
        count=found.count,
        shown=len(found.rows),
        picks=(
            Pick("state", N_("State"), "follow_up", tuple(FollowUpState), chosen or "", N_("open")),
            Pick("profile", N_("Profile"), "profile", PROFILES, kind, N_("all")),
        ),
        area=area,
        after=str(after) if after else "",
        more=str(found.more) if found.more else None,
    )
    return await list_page(request, signed, "follow_ups.html", listing, rows=found.rows)
