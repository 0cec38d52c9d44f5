"""Lists of people to be found as files: brought, understood, tried, taken, taken back, and answered to their sender."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import LEAD_LISTS, WHAT_CAME_OF_IT, WHAT_IS_WRONG
from gateway.console.listings import Listing, Shown, download, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, language_of, page
from gateway.domain.kinds import LeadPush
from gateway.domain.lead_lists import FIELDS, TITLES
from gateway.errors import N_
from gateway.messages.words import translations
from gateway.services.lead_lists import AnsweredRow, ListView
from gateway.services.leads import PUSHING, NotYoursToPush
from gateway.workbooks import Column, written

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: How a list can come as a file; who did not declare is found by the gateway itself.
PUSHES = tuple(push for push in LeadPush if push is not LeadPush.UNDECLARED)


@router.get("/lead-lists")
async def listed(request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    lists = await house.lead_lists.listed(official=official, limit=1000 if wants_sheet(request) else 50)
    if wants_sheet(request):
        return await sheet_of(request, signed, LEAD_LISTS, lists)
    return page(
        request,
        "lead_lists.html",
        lists=lists,
        waiting=await house.lead_lists.waiting(official=official),
        above=await house.lead_lists.above_grids(official=official),
        pushes=PUSHES,
    )


@router.get("/lead-lists/template")
async def template(request: Request, signed: CurrentSession) -> Response:
    """An empty list with the headings that are understood without a question."""
    if not signed.official.may(*PUSHING):
        raise NotYoursToPush
    choices = {"hukou": ("本省", "外省")}
    columns = [Column(titles[0], width=18, choices=choices.get(name, ())) for name, titles in TITLES.items()]
    title = translations(language_of(request)).gettext(N_("People to be found"))
    file, _ = await written(columns, (), title=title)
    return download(file, f"{title}.xlsx")


@router.post("/lead-lists")
async def bring(
    signed: Acting,
    file: Annotated[UploadFile, File()],
    sender: Annotated[str, Form(min_length=1, max_length=120)],
    push: Annotated[LeadPush, Form()],
    pushed_at: Annotated[datetime | None, Form()] = None,
) -> Response:
    """Times are local: the form's field knows no zone."""
    moment = pushed_at.replace(tzinfo=signed.house.words.zone) if pushed_at else None
    intake = await signed.house.lead_lists.bring(
        await file.read(), sender=sender.strip(), push=push, pushed_at=moment, official=signed.official
    )
    return back_to(f"/console/lead-intakes/{intake}")


@router.get("/lead-intakes/{intake_id}")
async def look(intake_id: UUID, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.lead_lists.look(intake_id, official=signed.official)
    return page(request, "lead_intake.html", view=view, fields=FIELDS)


@router.post("/lead-intakes/{intake_id}/columns")
async def understand(intake_id: UUID, request: Request, signed: Acting) -> Response:
    form = await request.form()
    said = {name: str(form.get(f"field.{name}", "")) for name in FIELDS}
    mapping = {name: int(column) for name, column in said.items() if column.isascii() and column.isdigit()}
    await signed.house.lead_lists.understand(intake_id, mapping, official=signed.official)
    return back_to(f"/console/lead-intakes/{intake_id}")


@router.post("/lead-intakes/{intake_id}/taking")
async def take(intake_id: UUID, signed: Acting) -> Response:
    out = await signed.house.lead_lists.take(intake_id, official=signed.official)
    return back_to(f"/console/lead-lists/{out.id}", said="leads_taken")


@router.post("/lead-intakes/{intake_id}/putting-away")
async def put_away(intake_id: UUID, signed: Acting) -> Response:
    await signed.house.lead_lists.put_away(intake_id, official=signed.official)
    return back_to("/console/lead-lists", said="put_away")


@router.get("/lead-lists/{list_id}")
async def one(list_id: UUID, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.lead_lists.get(list_id, official=signed.official)
    return page(request, "lead_list.html", view=view)


@router.get("/lead-lists/{list_id}/faults")
async def faults(list_id: UUID, request: Request, signed: CurrentSession) -> Response:
    """The rows nobody could take, in the sender's columns, each with what is wrong: put right and brought again."""
    house, official = signed.house, signed.official
    view = await house.lead_lists.get(list_id, official=official)
    rows = await house.lead_lists.answered(list_id, official=official, only_faults=True)
    return await sheet_of(request, signed, _of(view, "lead_list_faults", WHAT_IS_WRONG), rows)


@router.get("/lead-lists/{list_id}/answer")
async def answer(list_id: UUID, request: Request, signed: CurrentSession) -> Response:
    """The sender's own file with what came of each row."""
    house, official = signed.house, signed.official
    view = await house.lead_lists.get(list_id, official=official)
    rows = await house.lead_lists.answered(list_id, official=official)
    return await sheet_of(request, signed, _of(view, "lead_list_answer", WHAT_CAME_OF_IT), rows)


def _of(view: ListView, noun: str, more: Sequence[Shown]) -> Listing:
    own = [
        Shown(title, lambda row, _, at=at: _cell(row, at), 18, verbatim=True)  # type: ignore[misc]
        for at, title in enumerate(view.came.titles)
    ]
    return Listing(noun, view.came.sender, (*own, *more), verbatim=True)


def _cell(row: AnsweredRow, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""


@router.post("/lead-lists/{list_id}/undoing")
async def undo(list_id: UUID, signed: Acting) -> Response:
    done = await signed.house.lead_lists.undo(list_id, official=signed.official)
    return back_to(f"/console/lead-lists/{list_id}", said="list_undone_partly" if done.kept else "list_undone")


@router.post("/leads/spread")
async def spread(signed: Acting) -> Response:
    found = await signed.house.lead_lists.spread(official=signed.official)
    return back_to("/console/lead-lists", said="leads_spread" if found else "no_grid_found")
