"""Channels: where a desk's robots, mailboxes and groups are added, tried out, paused and taken away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import CHANNELS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.officials import areas_offered, checked_area
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.desk_addresses import ROBOTS
from gateway.domain.kinds import ChannelName, Hears, Role
from gateway.messages.words import LANGUAGES
from gateway.services.desk_addresses import Wanted

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/channels")
async def listed(request: Request, signed: CurrentSession, undo: str = "") -> Response:
    house, official = signed.house, signed.official
    views = await house.desk_addresses.listed(official=official)
    if wants_sheet(request):
        return await sheet_of(request, signed, CHANNELS, views)
    return page(
        request,
        "channels.html",
        views=views,
        undo=_id(undo),
        may_keep=house.desk_addresses.may_keep(official),
        kinds=house.desk_addresses.kinds(official),
        robots=ROBOTS,
        roles=tuple(Role),
        hears=tuple(Hears),
        languages=LANGUAGES,
        areas=areas_offered(house, official) if official.scope.area is not None else [],
    )


@router.post("/channels")
async def add(
    request: Request,
    signed: Acting,
    channel: Annotated[ChannelName, Form()],
    label: Annotated[str, Form(max_length=200)] = "",
    area: Annotated[str, Form(max_length=80)] = "",
    role: Annotated[list[Role] | None, Form()] = None,
    hears: Annotated[list[Hears] | None, Form()] = None,
    language: Annotated[str, Form(max_length=12)] = LANGUAGES[0],
    robots: Annotated[str, Form(max_length=8000)] = "",
    mentions: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    wanted = Wanted(
        channel=channel,
        label=label,
        area=checked_area(signed.house, area, []),
        roles=tuple(role or ()),
        hears=tuple(hears or ()),
        language=language if language in LANGUAGES else LANGUAGES[0],
        robots=robots,
        mentions=mentions,
    )
    if channel is ChannelName.TELEGRAM:  # the code is this answer alone: it is kept nowhere
        desk, code = await signed.house.desk_addresses.await_group(wanted, official=signed.official)
        return page(request, "channel_code.html", desk=desk, code=code)
    desk = await signed.house.desk_addresses.add(wanted, official=signed.official)
    return back_to(f"/console/channels?new={desk.id}", said="channel_added")


@router.post("/channels/{desk_id}/test")
async def test(desk_id: UUID, signed: Acting) -> Response:
    """The provider's answer is kept at the channel, and the page shows it."""
    await signed.house.desk_addresses.test(desk_id, official=signed.official)
    return back_to("/console/channels", said="channel_tested")


@router.post("/channels/{desk_id}/pause")
async def pause(desk_id: UUID, signed: Acting) -> Response:
    await signed.house.desk_addresses.pause(desk_id, official=signed.official)
    return back_to("/console/channels", said="channel_paused")


@router.post("/channels/{desk_id}/resume")
async def resume(desk_id: UUID, signed: Acting) -> Response:
    await signed.house.desk_addresses.resume(desk_id, official=signed.official)
    return back_to("/console/channels", said="channel_resumed")


@router.post("/channels/{desk_id}/remove")
async def remove(desk_id: UUID, signed: Acting) -> Response:
    await signed.house.desk_addresses.remove(desk_id, official=signed.official)
    return back_to(f"/console/channels?undo={desk_id}", said="channel_removed")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
