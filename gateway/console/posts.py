"""Posts: which duty is held by whom, and handing one on with everything that is open."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import OfficialId, Role
from gateway.services.officials import may_invite

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/posts")
async def listed(request: Request, signed: CurrentSession, area: str = "") -> Response:
    house, official = signed.house, signed.official
    place = area if area.isdigit() and len(area) <= 14 else official.area
    return page(
        request,
        "posts.html",
        area=place,
        holdings=await house.posts.listed(place, official=official),
        colleagues=await house.officials.listed(official=official),
        may_name=may_invite(official, place),
    )


@router.post("/posts/handing-on")
async def hand_on(
    signed: Acting,
    role: Annotated[Role, Form()],
    leaving: Annotated[OfficialId, Form()],
    taking: Annotated[OfficialId, Form()],
    area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    await signed.house.posts.hand_on(role, area, leaving=leaving, taking=taking, note=note.strip(), by=signed.official)
    return back_to("/console/posts", said="handed_on")
