"""What people are told: texts in force, campaigns and their release, rumours to check, testing agencies; two pages
for everybody: where to get tested, and the sheet for a family member without a phone."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request, Response

from gateway.access.callers import AnyHouse
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import AGENCIES, RUMOURS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, language_of, page
from gateway.console.sign_in import qr
from gateway.domain.agencies import Agency
from gateway.domain.kinds import BroadcastState, MatterId, Role
from gateway.services.agencies import KEEPING
from gateway.services.broadcasts import WRITING, Content
from gateway.services.rumours import RUMOUR

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)
public = APIRouter(prefix="/public", route_class=ConsoleRoute, include_in_schema=False)

Text = Annotated[str, Form(max_length=2000)]
Line = Annotated[str, Form(max_length=500)]


@router.get("/guidance")
async def listed(request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    asked = await house.matters.listed(official=official, kind=RUMOUR)
    rumours = [await house.matters.get(one.matter.id, official=official) for one in asked]
    if wants_sheet(request):
        return await sheet_of(request, signed, RUMOURS, rumours)
    topics, reach = await house.guidance.offered(official=official, language=language_of(request))
    drafts = await house.broadcasts.listed(official=official, states=(BroadcastState.DRAFT,))
    return page(
        request,
        "guidance.html",
        topics=topics,
        reach=reach,
        drafts=[
            (one, Content.of_json(one.content).said_to(language_of(request))[1])
            for one in drafts
            if one.risk_list_id is None
        ],
        rumours=rumours,
        may_write=official.may(*WRITING),
        may_release=official.may(Role.PUBLISHER),
    )


@router.post("/guidance/{key}/campaign")
async def campaign(key: str, signed: Acting) -> Response:
    await signed.house.guidance.campaign(key, area=signed.official.area, official=signed.official)
    return back_to("/console/guidance", said="drafted")


@router.post("/rumours/{matter_id}/answer")
async def answer(
    matter_id: MatterId, signed: Acting, zh: Text, en: Text, publish: Annotated[str, Form(max_length=3)] = ""
) -> Response:
    await signed.house.rumours.answer(
        matter_id, {"zh_Hans_CN": zh, "en": en}, official=signed.official, publish=publish == "yes"
    )
    return back_to("/console/guidance", said="answered")


@router.get("/testing-agencies")
async def agencies(request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.agencies.view(official=signed.official, language=language_of(request))
    if wants_sheet(request):
        return await sheet_of(request, signed, AGENCIES, view.agencies)
    quotes = [(rule, signed.house.packs.quotes().get(rule)) for rule in view.rules]
    may_keep = signed.official.may(*KEEPING)
    return page(request, "testing_agencies.html", view=view, quotes=quotes, may_keep=may_keep)


@router.post("/testing-agencies")
async def keep(
    signed: Acting,
    area: Annotated[str, Form(pattern=r"^\d{6,9}$")],
    name_zh: Line,
    name_en: Line = "",
    address: Line = "",
    hours: Line = "",
    booking: Line = "",
    fee: Line = "",
    process: Text = "",
    round_the_clock: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    agency = Agency(
        id=uuid4(),
        area=area,
        name_zh=name_zh.strip(),
        name_en=name_en.strip(),
        address=address.strip(),
        hours=hours.strip(),
        booking=booking.strip(),
        fee=fee.strip(),
        process=process.strip(),
        round_the_clock=round_the_clock == "yes",
        changed_at=signed.house.clock.now(),
    )
    await signed.house.agencies.keep(agency, official=signed.official, new=True)
    return back_to("/console/testing-agencies", said="listed")


@router.post("/testing-agencies/{agency_id}/closing")
async def close(agency_id: UUID, signed: Acting) -> Response:
    await signed.house.agencies.close(agency_id, official=signed.official)
    return back_to("/console/testing-agencies", said="listed")


@public.get("/testing-agencies")
async def for_everybody(
    request: Request, house: AnyHouse, area: Annotated[str, Query(pattern=r"^\d{0,14}$")] = ""
) -> Response:
    found = await house.agencies.public(area, language=language_of(request))
    return page(request, "public_testing_agencies.html", found=found)


@public.get("/sheets/{code}")
async def sheet(code: str, request: Request, house: AnyHouse) -> Response:
    """Opens for whoever holds the link: the family that prints it, and who scans the code on it."""
    found = await house.sheets.open(code[:600])
    link = f"{house.public_gateway_url.rstrip('/')}/public/sheets/{code}"
    return page(request, "public_sheet.html", sheet=found, code=qr(link))
