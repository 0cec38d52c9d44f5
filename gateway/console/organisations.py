"""The organisation: a tree of places with their people and units, a search, and both lists out to a spreadsheet and in.

An import is looked at first. The file travels in the page between the look and the yes, and is read anew each time.
"""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.listings import download
from gateway.console.pages import ConsoleRoute, language_of, page
from gateway.console.sign_in import qr
from gateway.errors import Invalid
from gateway.record.credentials import Invitation
from gateway.services.officials import may_invite, shown_code
from gateway.services.organisations import Book

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: A preview shows so many rows; the counts say how many there are, and faulty rows come first.
SHOWN = 300


class FileLost(Invalid):
    """The file of this import did not come back whole; choose it again."""


@router.get("/organisation")
async def tree(request: Request, signed: CurrentSession, area: str = "", q: str = "") -> Response:
    house, official = signed.house, signed.official
    place = area if area.isdigit() and len(area) <= 14 else official.area
    found = await house.organisations.search(q, official=official) if q.strip() else None
    view = await house.organisations.place(place, official=official)
    return page(
        request,
        "organisation.html",
        place=view,
        q=q.strip()[:60],
        found=found,
        may_change=may_invite(official, official.area),
        members={group: [unit.name for unit in units] for group, units in view.members.items()},
    )


@router.get("/organisation/{book}-template.xlsx")
async def template(book: Book, request: Request, signed: CurrentSession) -> Response:
    file = await signed.house.organisations.template(book, language=language_of(request))
    return download(file, f"{book}.xlsx")


@router.get("/organisation/{book}.xlsx")
async def give_out(book: Book, request: Request, signed: CurrentSession, area: str = "") -> Response:
    house, official = signed.house, signed.official
    place = area if area.isdigit() and len(area) <= 14 else official.area
    now = house.clock.now().astimezone(house.words.zone)
    file = await house.organisations.written(
        book,
        place,
        official=official,
        language=language_of(request),
        mark=f"{official.name} · {now:%Y-%m-%d %H:%M}",
    )
    return download(file, f"{book}-{now:%Y-%m-%d}.xlsx")


@router.post("/organisation/imports")
async def look(
    request: Request, signed: Acting, book: Annotated[Book, Form()], file: Annotated[UploadFile, File()]
) -> Response:
    """A dry run: every row with what would become of it."""
    return await _previewed(request, signed, book, await file.read())


@router.post("/organisation/imports/problems")
async def problems(
    request: Request, signed: Acting, book: Annotated[Book, Form()], content: Annotated[str, Form()]
) -> Response:
    """The file with a column that says what is wrong with each row."""
    plan = await signed.house.organisations.plan(book, _content(content), official=signed.official)
    file = await signed.house.organisations.annotated(plan, language=language_of(request))
    return download(file, f"{book}-problems.xlsx")


@router.post("/organisation/imports/confirmation")
async def take_over(
    request: Request, signed: Acting, book: Annotated[Book, Form()], content: Annotated[str, Form()]
) -> Response:
    """All of it or nothing; whoever is new has a code on the sheet that this answer is."""
    given = _content(content)
    plan = await signed.house.organisations.plan(book, given, official=signed.official)
    if plan.faulty:
        return await _previewed(request, signed, book, given)
    applied = await signed.house.organisations.apply(book, given, official=signed.official)
    return page(
        request,
        "organisation_imported.html",
        plan=applied.plan,
        sheets=_sheets(signed, list(applied.invitations)),
    )


def _sheets(signed: SignedIn, invited: list[tuple[Invitation, str]]) -> list[dict[str, object]]:
    door = f"{signed.house.public_bot_url.rstrip('/')}/?start="
    return [
        {"invitation": one, "link": f"{door}{code}", "code": qr(f"{door}{code}"), "typed": shown_code(code)}
        for one, code in invited
    ]


async def _previewed(request: Request, signed: SignedIn, book: Book, content: bytes) -> Response:
    plan = await signed.house.organisations.plan(book, content, official=signed.official)
    rows = sorted(plan.rows, key=lambda row: (row.change != "faulty", row.change == "same", row.number))
    return page(
        request,
        "organisation_import.html",
        status=422 if plan.faulty else 200,
        plan=plan,
        rows=rows[:SHOWN],
        more=max(0, len(rows) - SHOWN),
        content=base64.b64encode(content).decode(),
    )


def _content(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FileLost from None
