"""Work lists: how far each unit is, what is overdue, what happened; and a unit ticks its own part."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import CHECKLISTS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import AssignmentId, ChecklistId
from gateway.services.checklist_views import ItemState

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/checklists")
async def listed(request: Request, signed: CurrentSession) -> Response:
    if wants_sheet(request):
        every = await signed.house.checklists.listed(official=signed.official, limit=1000)
        parts = [(view, item, part) for view in every for item in view.items for part in item.parts]
        return await sheet_of(request, signed, CHECKLISTS, parts)
    return page(
        request,
        "checklists.html",
        lists=await signed.house.checklists.listed(official=signed.official),
        waiting=await signed.house.checklists.waiting_for(signed.official),
        ItemState=ItemState,
    )


@router.get("/checklists/{checklist_id}")
async def one(
    checklist_id: ChecklistId, request: Request, signed: CurrentSession, state: str = "all", unit: str = ""
) -> Response:
    view = await signed.house.checklists.get(checklist_id, official=signed.official)
    chosen = ItemState(state) if state in list(ItemState) else None
    items = [
        item
        for item in view.items
        if (chosen is None or item.state is chosen) and (not unit or unit in [part.unit for part in item.parts])
    ]
    if wants_sheet(request):
        parts = [(view, item, part) for item in items for part in item.parts if not unit or part.unit == unit]
        return await sheet_of(request, signed, CHECKLISTS, parts)
    return page(
        request, "checklist.html", view=view, shown=items, chosen=chosen, unit=unit[:60], states=tuple(ItemState)
    )


@router.post("/checklist-assignments/{assignment_id}/completion")
async def tick(
    assignment_id: AssignmentId, signed: Acting, note: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    item = await signed.house.checklists.tick(assignment_id, official=signed.official, note=note.strip() or None)
    return back_to(f"/console/checklists/{item.checklist_id}", said="ticked")


@router.post("/checklist-assignments/{assignment_id}/reopening")
async def untick(assignment_id: AssignmentId, signed: Acting) -> Response:
    item = await signed.house.checklists.untick(assignment_id, official=signed.official)
    return back_to(f"/console/checklists/{item.checklist_id}", said="unticked")
