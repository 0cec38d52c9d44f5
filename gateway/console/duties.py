"""Today's duties: what came, what is missing, the own unit's report; and the monitoring streams with their days."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import DUTIES
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, own_path, page
from gateway.domain.calendars import DAY
from gateway.domain.duties import Cadence
from gateway.domain.kinds import Role
from gateway.domain.packs import Pack
from gateway.domain.scopes import Official
from gateway.errors import Forbidden, Invalid
from gateway.schemas.shapes import Day
from gateway.services.duties import NAMING, REPORTING, Line, Told
from gateway.services.registers import WrittenDown

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: A page of one duty shows so many of those who owe it.
LINES = 200
SHOWN: Mapping[str, Callable[[Line], bool]] = {
    "all": lambda line: True,
    "missing": lambda line: line.reported_at is None,
    "late": lambda line: line.late,
    "events": lambda line: line.events > 0,
    "corrected": lambda line: line.corrected,
}

#: The plot of a stream, in its own units.
WIDTH, HEIGHT = 168, 36


@router.get("/duties")
async def today(request: Request, signed: CurrentSession, day: str = "") -> Response:
    house, official = signed.house, signed.official
    chosen = _day(day)
    oversees = _oversees(official)
    days = await house.duties.days(official=official, day=chosen) if oversees else []
    if wants_sheet(request):
        return await sheet_of(request, signed, DUTIES, [(one, line) for one in days for line in one.lines])
    pack = await house.duties.pack_of(official.area)
    registers = {
        name: await house.registers.open_entries(name, official=official)
        for name, rule in pack.registers.items()
        if rule.tracked
    }
    return page(
        request,
        "duties.html",
        day=chosen or house.clock.now().astimezone(house.words.zone).date(),
        owed=await house.duties.owed_by_unit(official=official),
        own_strengths=await house.duties.asked_of_unit(official=official),
        days=days,
        strengths=await house.duties.strengths(official=official) if oversees else [],
        communities=await house.duties.communities(official=official) if oversees else [],
        registers=registers,
        writes=pack.registers if official.unit_id else {},
        kinds=_unit_kinds(pack),
        dated=[(name, rule) for name, rule in pack.duties.items() if rule.cadence is Cadence.DATED],
        may_name=official.scope.area is not None and official.may(*NAMING),
        quotes=house.packs.quotes(),
    )


@router.get("/duties/{duty}")
async def one_duty(
    duty: str,
    request: Request,
    signed: CurrentSession,
    day: str = "",
    area: str = "",
    show: str = "",
    nudged: int | None = None,
    early: int = 0,
    unreached: str = "",
) -> Response:
    """One duty on one day: added up by area, who is missing, late or corrected, and a press that asks the missing."""
    place = area if area.isdigit() and len(area) <= 14 else None
    whole, parts = await signed.house.duties.sum(duty, official=signed.official, day=_day(day), area=place)
    chosen = show if show in SHOWN else "all"
    lines = [line for line in whole.lines if SHOWN[chosen](line)]
    return page(
        request,
        "duty.html",
        one=whole,
        whole=parts[0],
        parts=parts[1:],
        area=parts[0].area,
        lines=lines[:LINES],
        more=max(0, len(lines) - LINES),
        show=chosen,
        shows=list(SHOWN),
        nudged=nudged,
        early=early,
        unreached=unreached[:400],
        days=_days_beside(whole.day),
        quotes=signed.house.packs.quotes(),
    )


@router.post("/duties/{duty}/nudge")
async def nudge(
    duty: str, signed: Acting, day: Annotated[Day, Form()], area: Annotated[str, Form(pattern=r"^\d{2,14}$")]
) -> Response:
    found = await signed.house.duty_rounds.nudge(duty, day, official=signed.official, area=area)
    asked = {"day": day.isoformat(), "area": area, "show": "missing", "nudged": found.told, "early": found.early}
    if found.unreached:
        asked["unreached"] = ", ".join(found.unreached)[:400]
    return back_to(f"/console/duties/{duty}?{urlencode(asked)}")


@router.get("/duties/{duty}/reports/{bearer_id}")
async def told(duty: str, bearer_id: UUID, day: Day, request: Request, signed: CurrentSession) -> Response:
    """What one of them told about a day, with everything it replaced."""
    found = await signed.house.duties.history(duty, bearer_id, day, official=signed.official)
    return page(request, "duty_report.html", found=found)


@router.post("/duties/{duty}/reports")
async def report(duty: str, request: Request, signed: Acting) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    unit = _id(form.get("unit_id"))
    told = Told(
        duty,
        zero=form.get("zero") == "1",
        same=form.get("same") == "1",
        values={name.removeprefix("told."): _value(value) for name, value in form.items() if _told(name, value)},
        note=form.get("note", "")[:2000] or None,
        day=_day(form.get("day", "")),
        slot=form.get("slot") or None,
    )
    await signed.house.duties.report_by_official(told, official=signed.official, unit_id=unit)
    return back_to(own_path(form.get("back"), "/console/duties"), said="duty_reported")


@router.post("/duties/{duty}/dates")
async def name_date(duty: str, signed: Acting, on: Annotated[Day, Form()]) -> Response:
    await signed.house.duties.name_date(duty, on, area=signed.official.area, official=signed.official)
    return back_to("/console/duties", said="duty_dated")


@router.post("/duty-bearers")
async def enrol(
    signed: Acting,
    name: Annotated[str, Form(min_length=1, max_length=80)],
    kind: Annotated[str, Form(max_length=40)],
    area: Annotated[str, Form(pattern=r"^\d{6,14}$")],
) -> Response:
    await signed.house.duties.enrol_unit(name.strip(), kinds=[kind], area=area, official=signed.official)
    return back_to("/console/duties", said="duty_enrolled")


@router.post("/registers/{register}/entries")
async def write_down(
    register: str,
    request: Request,
    signed: Acting,
    name: Annotated[str, Form(min_length=1, max_length=80)],
    phone: Annotated[str, Form(max_length=30)] = "",
    cause: Annotated[str, Form(max_length=500)] = "",
    words: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    symptoms = tuple(str(one) for one in (await request.form()).getlist("symptoms"))[:20]
    told = WrittenDown(register, name, phone=phone or None, symptoms=symptoms, cause=cause or None, words=words or None)
    await signed.house.registers.write_down(told, official=signed.official)
    return back_to("/console/duties", said="written_down")


@router.post("/register-entries/{entry_id}")
async def change(
    entry_id: UUID,
    signed: Acting,
    cause: Annotated[str, Form(max_length=500)] = "",
    outcome: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    if outcome:
        await signed.house.registers.resolve(entry_id, outcome, official=signed.official)
    else:
        await signed.house.registers.say_cause(entry_id, cause, official=signed.official)
    return back_to("/console/duties", said="entry_changed")


@router.get("/early-warnings")
async def streams(request: Request, signed: CurrentSession, area: str = "") -> Response:
    if not _oversees(signed.official):
        raise Forbidden
    house, official = signed.house, signed.official
    place = area if area.isdigit() and len(area) <= 14 else None
    view = await house.early_warnings.view(official=official, area=place)
    return page(
        request,
        "early_warnings.html",
        view=view,
        plots={one.stream: plot(one.series, one.threshold) for one in view.streams} if view else {},
        areas=await house.early_warnings.areas(official=official) if view else [],
        width=WIDTH,
        height=HEIGHT,
        quotes=house.packs.quotes(),
    )


@router.post("/early-warnings/signals")
async def signal(
    signed: Acting,
    stream: Annotated[str, Form(max_length=40)],
    area: Annotated[str, Form(pattern=r"^\d{6,14}$")],
    count: Annotated[int, Form(ge=1, le=10_000)] = 1,
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    await signed.house.early_warnings.enter(stream, area=area, count=count, official=signed.official, note=note or None)
    return back_to(f"/console/early-warnings?area={area[:9]}", said="signal_entered")


def plot(series: tuple[int, ...], threshold: int) -> Mapping[str, Any]:
    """Points of a line, and where the threshold lies, in the plot's units; the top is the largest of all."""
    top = max(*series, threshold, 1)
    step = WIDTH / max(1, len(series) - 1)

    def height(value: int) -> float:
        return round(HEIGHT - 2 - (HEIGHT - 4) * value / top, 1)

    points = " ".join(f"{round(number * step, 1)},{height(value)}" for number, value in enumerate(series))
    return {"points": points, "threshold": height(threshold), "last": height(series[-1] if series else 0)}


def _days_beside(day: date) -> tuple[date, date]:
    return day - DAY, day + DAY


def _unit_kinds(pack: Pack) -> list[str]:
    bearing = [one.units for one in pack.duties.values()] + [one.units for one in pack.capacities.values()]
    bearing += [one.units for one in pack.registers.values()]
    return sorted({kind for kinds in bearing for kind in kinds})


def _oversees(official: Official) -> bool:
    return official.scope.area is not None and official.may(*REPORTING, Role.ADMINISTRATOR)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("this is no unit") from None


def _told(name: str, value: str) -> bool:
    return name.startswith("told.") and value.strip() != ""


def _value(text: str) -> Any:
    """A number, a yes or no, else words."""
    if text in ("yes", "no"):
        return text == "yes"
    return int(text) if text.strip().isdecimal() and len(text) < 8 else text.strip()
