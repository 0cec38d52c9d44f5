"""The week's duty: who comes when, who stands in, what nobody covers; making a rota; notes of hand-over; private
calendars; and the days of rest a rota follows.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import FormData

from gateway.access.callers import AnyHouse
from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.officials import checked_area
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.sign_in import qr
from gateway.domain.kinds import OfficialId, Role
from gateway.domain.rotas import MOST_SHIFTS, Line, On, Pattern, Span, Turn
from gateway.domain.workdays import DayKind, DayMark
from gateway.errors import Invalid
from gateway.schemas.shapes import Day
from gateway.services.holidays import SETTING
from gateway.services.officials import may_invite
from gateway.services.rotas import Draft, PostWeek, RotaPreview

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)
public = APIRouter(route_class=ConsoleRoute, include_in_schema=False)

DAY = timedelta(days=1)


class TimeUnclear(Invalid):
    """This is not a time of day or a date as the form asks for it."""


@router.get("/rota")
async def week(request: Request, signed: CurrentSession, week: str = "", area: str = "") -> Response:
    house, official = signed.house, signed.official
    today = house.clock.now().astimezone(house.words.zone).date()
    day = _day(week) or today
    place = area if area.isdigit() and len(area) <= 14 else official.area
    found = await house.rotas.week(day - day.weekday() * DAY, place, official=official)
    colleagues = await house.officials.listed(official=official)
    return page(
        request,
        "rota.html",
        found=found,
        area=place,
        today=today,
        colleagues=colleagues,
        feeds=await house.rotas.feeds(official=official),
        own_posts=_own_posts(found.posts, official.id),
        may_name=may_invite(official, place),
    )


@router.get("/rota/new")
async def ask(request: Request, signed: CurrentSession, area: str = "", role: str = "") -> Response:
    house = signed.house
    today = house.clock.now().astimezone(house.words.zone).date()
    lines = [("08:00", "20:00", On.EVERY), ("20:00", "08:00", On.EVERY)]
    return await _form(
        request,
        signed,
        area=area or signed.official.area,
        role=role,
        lines=lines,
        turn=Turn.SHIFT,
        first=today + DAY,
        last=today + 28 * DAY,
        chosen=(),
    )


@router.post("/rota")
async def make(
    request: Request,
    signed: Acting,
    role: Annotated[Role, Form()],
    area: Annotated[str, Form(max_length=80)],
    first: Annotated[Day, Form()],
    last: Annotated[Day, Form()],
    turn: Annotated[Turn, Form()] = Turn.SHIFT,
    act: Annotated[str, Form(pattern="^(preview|save)$")] = "preview",
) -> Response:
    form = await request.form()
    code = checked_area(signed.house, area, [role])
    lines, people = _lines(form), _people(form)
    draft = Draft(role, code, Pattern(tuple(Line(*line) for line in lines), turn), people, first, last)
    if act == "save":
        await signed.house.rotas.make(draft, official=signed.official)
        return back_to(f"/console/rota?area={code}&week={first}", said="rota_made")
    found = await signed.house.rotas.preview(draft, official=signed.official)
    return await _form(
        request,
        signed,
        area=code,
        role=role,
        lines=[(f"{one.starts:%H:%M}", f"{one.ends:%H:%M}", one.on) for one in draft.pattern.lines],
        turn=turn,
        first=first,
        last=last,
        chosen=people,
        preview=found,
    )


async def _form(
    request: Request,
    signed: SignedIn,
    *,
    area: str,
    role: str,
    lines: Sequence[tuple[str, str, On]],
    turn: Turn,
    first: date,
    last: date,
    chosen: Sequence[OfficialId],
    preview: RotaPreview | None = None,
) -> Response:
    colleagues = await signed.house.officials.listed(official=signed.official)
    order = {one: number for number, one in enumerate(chosen, start=1)}
    return page(
        request,
        "rota_new.html",
        area=area,
        role=role,
        lines=[*lines, *((("", "", On.EVERY),) * (min(2, MOST_SHIFTS - len(lines))))],
        turn=turn,
        first=first,
        last=last,
        order=order,
        colleagues=sorted(colleagues, key=lambda one: (order.get(one.id, 999), one.area, one.name)),
        roles=tuple(Role),
        turns=tuple(Turn),
        ons=tuple(On),
        preview=preview,
        may_name=may_invite(signed.official, area),
    )


@router.post("/rota/{rota_id}/end")
async def end(rota_id: UUID, signed: Acting) -> Response:
    await signed.house.rotas.end(rota_id, official=signed.official)
    return back_to("/console/rota", said="rota_ended")


@router.post("/substitutions")
async def substitute(
    signed: Acting,
    official_id: Annotated[OfficialId, Form()],
    substitute_id: Annotated[OfficialId, Form()],
    starts: Annotated[str, Form(max_length=20)],
    ends: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    span = Span(_moment(signed, starts), _moment(signed, ends))
    await signed.house.rotas.substitute(
        official_id, substitute_id, span, official=signed.official, reason=reason.strip() or None
    )
    return back_to(
        f"/console/rota?week={span.starts_at.astimezone(signed.house.words.zone):%Y-%m-%d}", said="stands_in"
    )


@router.post("/substitutions/{substitution_id}/cancel")
async def back_again(substitution_id: UUID, signed: Acting) -> Response:
    await signed.house.rotas.cancel_substitution(substitution_id, official=signed.official)
    return back_to("/console/rota", said="back_again")


@router.post("/handovers")
async def hand_over(
    signed: Acting,
    post: Annotated[str, Form(pattern=r"^[a-z_]+:\d{0,14}$")],
    text: Annotated[str, Form(min_length=1, max_length=2000)],
) -> Response:
    role, _, area = post.partition(":")
    if role not in list(Role):
        raise Invalid
    await signed.house.rotas.hand_over(Role(role), area, text.strip(), official=signed.official)
    return back_to("/console/rota", said="handed_over")


# private calendars


@router.post("/calendars")
async def add_calendar(
    request: Request, signed: Acting, post: Annotated[str, Form(pattern=r"^([a-z_]+:\d{0,14})?$")] = ""
) -> Response:
    """The address is this answer alone: the secret is kept nowhere."""
    role, _, area = post.partition(":")
    desk = (Role(role), area) if role in list(Role) else None
    token = await signed.house.rotas.add_feed(official=signed.official, post=desk)
    link = f"{signed.house.public_gateway_url.rstrip('/')}/public/duty/{token}.ics"
    return page(request, "calendar.html", link=link, code=qr(link), desk=desk)


@router.post("/calendars/{feed_id}/withdrawal")
async def withdraw(feed_id: UUID, signed: Acting) -> Response:
    await signed.house.rotas.revoke_feed(feed_id, official=signed.official)
    return back_to("/console/rota", said="calendar_withdrawn")


@public.get("/public/duty/{token}.ics")
async def calendar(token: str, house: AnyHouse) -> Response:
    """For a calendar program, which asks again by itself; the address is the key."""
    content = await house.rotas.calendar(token)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})


# days of rest


@router.get("/holidays")
async def holidays(request: Request, signed: CurrentSession, year: str = "", area: str = "") -> Response:
    house, official = signed.house, signed.official
    now = house.clock.now().astimezone(house.words.zone).year
    chosen = int(year) if year.isdecimal() and 2000 <= int(year) <= 2199 else now
    place = area if area.isdigit() and len(area) <= 14 else official.area
    return page(
        request,
        "holidays.html",
        found=await house.holidays.year(place, chosen, official=official),
        coming=await house.holidays.year(place, now + 1, official=official),
        area=place,
        may_set=official.may(*SETTING),
    )


@router.post("/holidays")
async def mark(
    signed: Acting,
    on: Annotated[Day, Form()],
    kind: Annotated[DayKind, Form()],
    area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "",
    name: Annotated[str, Form(max_length=40)] = "",
    until: Annotated[Day | None, Form()] = None,
) -> Response:
    """One day, or all from one to another."""
    last = until or on
    if not on <= last <= on + 31 * DAY:
        raise TimeUnclear
    day = on
    while day <= last:
        await signed.house.holidays.mark(area, DayMark(day, kind, name.strip(), True), official=signed.official)
        day += DAY
    return back_to(f"/console/holidays?year={on.year}&area={area}", said="day_set")


@router.post("/holidays/{day}/removal")
async def unmark(day: Day, signed: Acting, area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "") -> Response:
    await signed.house.holidays.unmark(area, day, official=signed.official)
    return back_to(f"/console/holidays?year={day.year}&area={area}", said="day_unset")


@router.post("/holidays/{year}/completion")
async def complete(year: int, signed: Acting, area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "") -> Response:
    if not 2000 <= year <= 2199:
        raise TimeUnclear
    await signed.house.holidays.complete(area, year, official=signed.official)
    return back_to(f"/console/holidays?year={year}&area={area}", said="year_complete")


def _own_posts(posts: Sequence[PostWeek], official: OfficialId) -> list[tuple[Role, str]]:
    return [
        (line.role, line.area)
        for line in posts
        if any(stint.shift.official_id == official for day in line.days for stint in day)
    ]


def _lines(form: FormData) -> list[tuple[time, time, On]]:
    """Every line with a beginning; an unclear time is refused, not guessed."""
    rows = zip(form.getlist("starts"), form.getlist("ends"), form.getlist("on"), strict=False)
    found = []
    for starts, ends, on in rows:
        if str(starts).strip():
            found.append((_time(str(starts)), _time(str(ends)), On(str(on)) if str(on) in list(On) else On.EVERY))
    return found[:MOST_SHIFTS]


def _people(form: FormData) -> tuple[OfficialId, ...]:
    """Whoever has a number, in the order of the numbers."""
    given = []
    for name, value in form.multi_items():
        if name.startswith("turn.") and str(value).strip().isdecimal():
            try:
                given.append((int(str(value)), OfficialId(UUID(name.removeprefix("turn.")))))
            except ValueError:
                raise TimeUnclear from None
    return tuple(one for _, one in sorted(given, key=lambda pair: pair[0]))


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip().replace(":", ":"))
    except ValueError:
        raise TimeUnclear from None


def _moment(signed: SignedIn, text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TimeUnclear from None
    return read if read.tzinfo else read.replace(tzinfo=signed.house.words.zone)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None
