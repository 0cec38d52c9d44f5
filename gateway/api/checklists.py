"""Work lists: imported from a notice's text, ticked unit by unit."""

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.checklist_shapes import as_json
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.kinds import AssignmentId, ChecklistId, ChecklistItemId, UnitId
from gateway.schemas.checklists import (
    ChecklistIn,
    ChecklistOut,
    CompletionIn,
    CoordinatorIn,
    DeadlineIn,
    ImportedOut,
    ItemOut,
    MembersIn,
    PreviewOut,
    UnitOut,
)
from gateway.services.checklists import fingerprint

router = APIRouter(prefix="/v1", tags=["checklists"])


@router.post("/checklists")
async def import_(
    body: ChecklistIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
    commit: bool = Query(default=False),
) -> PreviewOut:
    """What the text says; `commit=true` creates it (201). The same text again is a conflict, and nothing is doubled."""
    checklist = house.checklists.read(body.text)
    preview = as_json(checklist, house.checklists.glossary)
    if not commit:
        return PreviewOut(preview=preview)

    async def act() -> tuple[int, PreviewOut]:
        created = await house.checklists.import_(
            checklist,
            area=body.area or official.area,
            official=official,
            source_hash=fingerprint(body.text),
            coordinators=body.coordinators,
        )
        return 201, PreviewOut(preview=preview, created=ImportedOut.model_validate(created))

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=PreviewOut,
        act=act,
    )


@router.get("/checklists")
async def listed(
    house: AnyHouse, official: CurrentOfficial, limit: int = Query(default=20, ge=1, le=100)
) -> list[ChecklistOut]:
    return [ChecklistOut.model_validate(one) for one in await house.checklists.listed(official=official, limit=limit)]


@router.get("/checklists/{checklist_id}")
async def get(checklist_id: ChecklistId, house: AnyHouse, official: CurrentOfficial) -> ChecklistOut:
    return ChecklistOut.model_validate(await house.checklists.get(checklist_id, official=official))


@router.get("/checklist-items/{item_id}")
async def item(item_id: ChecklistItemId, house: AnyHouse, official: CurrentOfficial) -> ItemOut:
    return ItemOut.model_validate(await house.checklists.item(item_id, official=official))


@router.put("/checklist-items/{item_id}/coordinator")
async def coordinator(
    item_id: ChecklistItemId, body: CoordinatorIn, house: AnyHouse, official: CurrentOfficial
) -> ItemOut:
    return ItemOut.model_validate(
        await house.checklists.name_coordinator(item_id, UnitId(body.unit_id), official=official)
    )


@router.put("/checklist-items/{item_id}/deadline")
async def deadline(item_id: ChecklistItemId, body: DeadlineIn, house: AnyHouse, official: CurrentOfficial) -> ItemOut:
    return ItemOut.model_validate(await house.checklists.set_deadline(item_id, body.on, official=official))


@router.put("/checklist-assignments/{assignment_id}/completion")
async def tick(
    assignment_id: AssignmentId, house: AnyHouse, official: CurrentOfficial, body: CompletionIn | None = None
) -> ItemOut:
    note = body.note if body else None
    return ItemOut.model_validate(await house.checklists.tick(assignment_id, official=official, note=note))


@router.delete("/checklist-assignments/{assignment_id}/completion")
async def untick(assignment_id: AssignmentId, house: AnyHouse, official: CurrentOfficial) -> ItemOut:
    return ItemOut.model_validate(await house.checklists.untick(assignment_id, official=official))


@router.get("/units")
async def units(house: AnyHouse, official: CurrentOfficial) -> list[UnitOut]:
    return [UnitOut.model_validate(one) for one in await house.checklists.units(official=official)]


@router.post("/units/{unit_id}/members", status_code=201)
async def members(unit_id: UnitId, body: MembersIn, house: AnyHouse, official: CurrentOfficial) -> list[str]:
    """Who stands behind a group; the answer names the units that were new."""
    return await house.checklists.add_members(unit_id, body.names, official=official)
