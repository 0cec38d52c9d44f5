"""Officials: who they are, who holds which post now, and invitations that a phone can scan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from gateway.access.house import House
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import OFFICIALS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.sign_in import qr
from gateway.domain.kinds import OfficialId, Role
from gateway.domain.scopes import AREA_DIGITS, ROLE_DIGITS, Official
from gateway.errors import Invalid
from gateway.services.officials import may_invite, shown_code

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


class AreaWrong(Invalid):
    """This is not an area code: 2, 4, 6, 9, 12 or 14 digits of a division that exists."""


class RoleElsewhere(Invalid):
    """This role belongs to another level of area: a grid worker to a grid, a township desk to a township."""


def checked_area(house: House, area: str, roles: list[Role]) -> str:
    """Raises AreaWrong, RoleElsewhere."""
    code = area.split(" ")[0].strip()
    if not code.isdigit() or len(code) not in AREA_DIGITS or house.gazetteer.find_area(code[:9]) is None:
        raise AreaWrong
    for role in roles:
        if role in ROLE_DIGITS and len(code) not in ROLE_DIGITS[role]:
            raise RoleElsewhere
    return code


def areas_offered(house: House, official: Official) -> list[str]:
    """Codes a form offers: the own area and what lies directly inside it."""
    inside = house.gazetteer.children(official.area[:6]) if len(official.area) <= 6 else ()
    return [official.area, *(area.code for area in inside)]


@router.get("/officials")
async def listed(request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    known = await house.officials.listed(official=official)
    shifts = await house.officials.shifts(official=official)
    posts: dict[OfficialId, list[object]] = {}
    for shift in shifts:
        posts.setdefault(shift.official_id, []).append(shift)
    if wants_sheet(request):
        return await sheet_of(request, signed, OFFICIALS, [(one, posts.get(one.id, ())) for one in known])
    return page(
        request,
        "officials.html",
        officials=known,
        names={one.id: one.name for one in known},
        posts=posts,
        shifts=shifts,
        invitations=await house.officials.invitations(official=official),
        may_invite=may_invite(official, official.area),
        roles=tuple(Role),
        areas=areas_offered(house, official),
    )


@router.post("/officials/invitations")
async def invite(
    request: Request,
    signed: Acting,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    area: Annotated[str, Form(max_length=80)],
    role: Annotated[list[Role], Form()],
) -> Response:
    """The sheet with the code is this answer alone: the secret is kept nowhere."""
    house = signed.house
    code = checked_area(house, area, role)
    invitation, token = await house.officials.invite(
        name=name.strip(), roles=tuple(role), area=code, by=signed.official
    )
    link = f"{house.public_bot_url.rstrip('/')}/?start={token}"
    return page(request, "invitation.html", invitation=invitation, link=link, code=qr(link), typed=shown_code(token))


@router.post("/officials/shifts")
async def put_on_duty(
    signed: Acting,
    official_id: Annotated[OfficialId, Form()],
    role: Annotated[Role, Form()],
    area: Annotated[str, Form(max_length=80)],
) -> Response:
    code = checked_area(signed.house, area, [role])
    await signed.house.officials.put_on_duty(official_id, role, code, by=signed.official)
    return back_to("/console/officials", said="on_duty")


@router.post("/officials/shifts/{shift_id}/end")
async def relieve(shift_id: UUID, signed: Acting) -> Response:
    await signed.house.officials.relieve(shift_id, by=signed.official)
    return back_to("/console/officials", said="relieved")


@router.post("/officials/{official_id}/end")
async def end(official_id: OfficialId, signed: Acting) -> Response:
    await signed.house.officials.end(official_id, by=signed.official)
    return back_to("/console/officials", said="ended")
