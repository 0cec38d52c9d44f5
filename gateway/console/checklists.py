"""Work lists: how far each unit is, what is overdue, what happened; and a unit ticks its own part."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.callers import AnyHouse
from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.columns import CHECKLISTS, WORK_TABLE
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.timelines import HEAD, LEFT, ROW, timeline_of
from gateway.domain.kinds import AssignmentId, ChecklistId
from gateway.services.checklist_views import ItemState
from gateway.services.unit_desks import OVERSEEING

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)
public = APIRouter(prefix="/public", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/checklists")
async def listed(request: Request, signed: CurrentSession) -> Response:
    if wants_sheet(request):
        every = await signed.house.checklists.listed(official=signed.official, limit=1000)
        parts = [(view, item, part) for view in every for item in view.items for part in item.parts]
        return await sheet_of(request, signed, CHECKLISTS, parts)
    return await _lists(request, signed)


async def _lists(request: Request, signed: SignedIn, *, calendar: str | None = None) -> Response:
    return page(
        request,
        "checklists.html",
        lists=await signed.house.checklists.listed(official=signed.official),
        waiting=await signed.house.checklists.waiting_for(signed.official),
        ItemState=ItemState,
        may_import=signed.official.may(*OVERSEEING),
        brought=await signed.house.checklist_intakes.waiting(official=signed.official),
        feeds=await signed.house.evidence.feeds(official=signed.official),
        calendar=calendar,
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
    evidence = await signed.house.evidence.of_parts(
        [part.id for item in items for part in item.parts], official=signed.official
    )
    return page(
        request,
        "checklist.html",
        evidence=evidence,
        view=view,
        shown=items,
        chosen=chosen,
        unit=unit[:60],
        states=tuple(ItemState),
    )


@router.get("/checklists/{checklist_id}/timeline")
async def timeline(checklist_id: ChecklistId, request: Request, signed: CurrentSession, unit: str = "") -> Response:
    """The list over time, of all units or of one."""
    house = signed.house
    view = await house.checklists.get(checklist_id, official=signed.official)
    items = tuple(item for item in view.items if not unit or unit in [part.unit for part in item.parts])
    zone = house.words.zone
    drawn = timeline_of(
        view,
        items,
        today=house.clock.now().astimezone(zone).date(),
        began=view.imported_at.astimezone(zone).date(),
    )
    return page(
        request, "checklist_timeline.html", view=view, drawn=drawn, unit=unit[:60], row=ROW, left=LEFT, head=HEAD
    )


@router.get("/checklists/{checklist_id}/table")
async def table(checklist_id: ChecklistId, request: Request, signed: CurrentSession) -> Response:
    """The list as a table that can be edited and brought again."""
    view = await signed.house.checklists.get(checklist_id, official=signed.official)
    return await sheet_of(request, signed, replace(WORK_TABLE, title=view.title), view.items)


@router.post("/checklist-assignments/{assignment_id}/evidence")
async def prove(assignment_id: AssignmentId, signed: Acting, file: Annotated[UploadFile, File()]) -> Response:
    content = await file.read()
    await signed.house.evidence.add(assignment_id, content, name=file.filename or "", official=signed.official)
    return await _back_to_list(assignment_id, signed, "evidence_kept")


@router.get("/evidence/{evidence_id}")
async def show_evidence(evidence_id: UUID, signed: CurrentSession) -> Response:
    media_type, content = await signed.house.evidence.open(evidence_id, official=signed.official)
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


@router.post("/evidence/{evidence_id}/removal")
async def remove_evidence(evidence_id: UUID, signed: Acting) -> Response:
    await signed.house.evidence.remove(evidence_id, official=signed.official)
    return back_to("/console/checklists", said="evidence_removed")


@router.post("/checklist-assignments/{assignment_id}/deliverables")
async def deliver(assignment_id: AssignmentId, request: Request, signed: Acting) -> Response:
    said = [str(one) for one in (await request.form()).getlist("delivered")]
    await signed.house.evidence.deliver(assignment_id, said, official=signed.official)
    return await _back_to_list(assignment_id, signed, "saved")


@router.post("/checklist-assignments/{assignment_id}/delay")
async def explain(
    assignment_id: AssignmentId, signed: Acting, reason: Annotated[str, Form(min_length=2, max_length=1000)]
) -> Response:
    await signed.house.evidence.explain(assignment_id, reason.strip(), official=signed.official)
    return await _back_to_list(assignment_id, signed, "saved")


async def _back_to_list(assignment_id: AssignmentId, signed: SignedIn, said: str) -> Response:
    checklist = await signed.house.checklists.of_part(assignment_id, official=signed.official)
    return back_to(f"/console/checklists/{checklist}", said=said)


@router.post("/checklist-feeds")
async def add_feed(request: Request, signed: Acting) -> Response:
    """The address is this answer alone: it is kept as a hash."""
    token = await signed.house.evidence.add_feed(official=signed.official)
    address = f"{signed.house.public_gateway_url.rstrip('/')}/public/work-lists/{token}.ics"
    return await _lists(request, signed, calendar=address)


@router.post("/checklist-feeds/{feed_id}/revocation")
async def revoke_feed(feed_id: UUID, signed: Acting) -> Response:
    await signed.house.evidence.revoke_feed(feed_id, official=signed.official)
    return back_to("/console/checklists", said="feed_revoked")


@public.get("/work-lists/{token}.ics")
async def calendar(token: str, house: AnyHouse) -> Response:
    """What a calendar subscribes to; the address itself is the secret."""
    content = await house.evidence.calendar(token)
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"})


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
