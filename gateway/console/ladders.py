"""Ladders: who hears when, as data an administrator looks at, changes for the own area, and can take back."""

import re
from dataclasses import dataclass, replace
from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import FormData

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import AlertKind, ChannelName, Level, Role
from gateway.domain.ladder_changes import WhenUnclear, as_typed, when_typed
from gateway.domain.rules import DEFAULT
from gateway.domain.rungs import Ladder, Rung
from gateway.errors import Fault
from gateway.services.ladders import CHANGING, LadderView, Preview

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: Empty lines of the form beside the steps there are.
MORE_STEPS = 2
LEVELS = tuple(level for level in Level if level is not Level.L0)
CHANNELS = tuple(name for name in ChannelName if name is not ChannelName.MEMORY)


@dataclass(frozen=True, slots=True)
class Row:
    """One step as the form shows it; `least` keeps an hour rule that a time of day must not come before."""

    when: str = ""
    level: Level = Level.L1
    roles: tuple[str, ...] = ()
    again: bool = False
    least: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """The rest of the form."""

    repeat: str
    resolve: str
    night: bool
    channels: tuple[str, ...]
    reason: str = ""


@router.get("/ladders")
async def listed(request: Request, signed: CurrentSession, area: str = "") -> Response:
    place = area or signed.official.area
    return page(
        request,
        "ladders.html",
        area=place,
        ladders=await signed.house.ladders.listed(place, official=signed.official),
    )


@router.get("/ladders/{code}")
async def one(code: str, request: Request, signed: CurrentSession, area: str = "", kind: str = "") -> Response:
    place = area or signed.official.area
    view = await signed.house.ladders.get(place, code, _kind(kind), official=signed.official)
    return await _shown(request, signed, place, view, _rows(view.ladder), _filled(view.ladder))


@router.post("/ladders/{code}")
async def change(
    code: str,
    request: Request,
    signed: Acting,
    area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "",
    kind: Annotated[str, Form(max_length=40)] = "",
    version: Annotated[int, Form(ge=1, le=100_000)] = 1,
    act: Annotated[str, Form(pattern="^(preview|save)$")] = "preview",
    reason: Annotated[str, Form(min_length=1, max_length=300)] = "—",
) -> Response:
    """Looked at first; saved only when it is a ladder, and nobody changed it meanwhile."""
    house, official = signed.house, signed.official
    form = await request.form()
    chosen = _kind(kind)
    view = await house.ladders.get(area, code, chosen, official=official)
    rows, filled = _typed_rows(form), replace(_typed(form), reason=reason)
    draft, unclear = _draft(view.ladder, rows, filled)
    found = await house.ladders.preview(area, code, chosen, draft, official=official)
    found = replace(found, faults=(*unclear, *(found.faults if not unclear else ())))
    if act == "save" and not found.faults:
        await house.ladders.change(area, code, chosen, draft, official=official, reason=reason, version=version)
        tail = f"&kind={chosen}" if chosen else ""
        return back_to(f"/console/ladders/{code}?area={area}{tail}", said="changed_ladder")
    return await _shown(request, signed, area, view, rows, filled, preview=found)


@router.post("/ladders/{code}/withdrawal")
async def withdraw(
    code: str,
    signed: Acting,
    reason: Annotated[str, Form(min_length=1, max_length=300)],
    version: Annotated[int, Form(ge=1, le=100_000)],
    area: Annotated[str, Form(pattern=r"^\d{0,14}$")] = "",
    kind: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    await signed.house.ladders.change(
        area, code, _kind(kind), None, official=signed.official, reason=reason, version=version
    )
    return back_to(f"/console/ladders/{code}?area={area}", said="withdrew_ladder")


async def _shown(
    request: Request,
    signed: SignedIn,
    area: str,
    view: LadderView,
    rows: list[Row],
    filled: Filled,
    *,
    preview: Preview | None = None,
) -> Response:
    history = await signed.house.ladders.history(area, view.code, view.kind, official=signed.official)
    return page(
        request,
        "ladder.html",
        status=422 if preview is not None and preview.faults else 200,
        area=area,
        view=view,
        rows=[*rows, *(Row() for _ in range(MORE_STEPS))],
        form=filled,
        preview=preview,
        version=(history[0].change.version if history else 0) + 1,
        history=history,
        levels=LEVELS,
        roles=tuple(Role),
        kinds=tuple(AlertKind),
        channels=CHANNELS,
        may_change=signed.official.may(*CHANGING),
    )


def _kind(text: str) -> AlertKind | None:
    return AlertKind(text) if text in list(AlertKind) else None


def _rows(ladder: Ladder) -> list[Row]:
    return [
        Row(
            as_typed(rung),
            rung.level,
            tuple(rung.roles),
            rung.if_missed_again,
            str(rung.after_minutes) if rung.at is not None and rung.after_minutes is not None else "",
        )
        for rung in ladder.steps
    ]


def _filled(ladder: Ladder) -> Filled:
    daily = f"{ladder.repeat_daily_at:%H:%M}" if ladder.repeat_daily_at else "08:00"
    return Filled(
        repeat=str(ladder.repeat_every_minutes) if ladder.repeat_every_minutes else daily,
        resolve=str(ladder.resolve_within_hours),
        night=ladder.waits_at_night,
        channels=tuple(ladder.channels),
    )


def _typed_rows(form: FormData) -> list[Row]:
    """Every line somebody wrote a time into; others are left out."""
    columns: list[list[str]] = [
        [str(value) for value in form.getlist(name)]
        for name in ("when", "level", "again", "least", "role0", "role1", "role2")
    ]
    rows = []
    for when, level, again, least, *roles in zip(*columns, strict=False):
        if when.strip():
            known = tuple(dict.fromkeys(role for role in roles if role in list(Role)))
            place = Level(level) if level in list(Level) else Level.L1
            rows.append(Row(when.strip()[:20], place, known, bool(again), least if least.isdecimal() else ""))
    return rows


def _typed(form: FormData) -> Filled:
    return Filled(
        repeat=str(form.get("repeat", "")).strip()[:10],
        resolve=str(form.get("resolve", "")).strip()[:10],
        night=form.get("night") == "1",
        channels=tuple(dict.fromkeys(str(one) for one in form.getlist("channel") if one in list(ChannelName))),
    )


def _draft(ladder: Ladder, rows: list[Row], filled: Filled) -> tuple[Ladder, tuple[Fault, ...]]:
    """The ladder the form means, and what in it was not understood."""
    faults: list[Fault] = []
    steps = []
    for number, row in enumerate(rows, start=1):
        least = int(row.least) if row.least else None
        rung = Rung(
            level=row.level,
            roles=tuple(map(Role, row.roles)),
            after_minutes=least,
            at=time() if least is not None else None,
            if_missed_again=row.again,
        )
        try:
            steps.append(when_typed(row.when, rung))
        except WhenUnclear:
            faults.append(Fault(f"{number}", "ladder_when_unclear"))
    every, daily = _repeat(filled.repeat)
    if every is None and daily is None:
        faults.append(Fault("", "ladder_repeat_unclear"))
    changed: dict[str, Any] = {"repeat_every_minutes": every, "repeat_daily_at": daily}
    draft = replace(
        ladder,
        source=(DEFAULT,),
        steps=tuple(steps),
        resolve_within_hours=int(filled.resolve) if filled.resolve.isdecimal() else 0,
        waits_at_night=filled.night,
        ignores_quiet_hours=ladder.ignores_quiet_hours and not filled.night,
        channels=tuple(map(ChannelName, filled.channels)),
        **changed,
    )
    return draft, tuple(faults)


def _repeat(text: str) -> tuple[int | None, time | None]:
    if text.isdecimal() and 0 < int(text) <= 20160:
        return int(text), None
    found = re.fullmatch(r"(\d{1,2})[::](\d{2})", text)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return None, time(int(found[1]), int(found[2]))
    return None, None
