"""A notice on its way to a work list: what was read, what was not, and each item set right before it is created."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.checklists import Checklist, ChecklistItem, UnitRole
from gateway.domain.list_corrections import Correction
from gateway.errors import N_, Invalid, Worded

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)


class NothingGiven(Worded):
    """Neither words nor a file."""


class DayWrong(Invalid):
    """A day is needed, for example 2021-01-12."""


def _names(item: ChecklistItem, role: UnitRole) -> str:
    return "、".join(one.unit.name for one in item.units if one.role is role)


@router.post("/checklist-intakes")
async def bring(
    signed: Acting,
    text: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    content: bytes | str = await file.read() if file is not None and file.filename else text.strip()
    if not content:
        raise NothingGiven(N_("Paste the notice's words, or choose its file."))
    intake = await signed.house.checklist_intakes.bring(content, official=signed.official)
    return back_to(f"/console/checklist-intakes/{intake}")


@router.get("/checklist-intakes/{intake_id}")
async def look(intake_id: UUID, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.checklist_intakes.look(intake_id, official=signed.official)
    return page(
        request,
        "checklist_intake.html",
        view=view,
        # Every item that was read stands here, also one somebody has said is none: it can be taken back.
        rows=[(item, _shown(item, view.checklist), view.corrections.get(item.dotted)) for item in view.read.items],
        names=_names,
        UnitRole=UnitRole,
    )


def _shown(item: ChecklistItem, checklist: Checklist) -> ChecklistItem:
    return next((one for one in checklist.items if one.dotted == item.dotted), item)


@router.post("/checklist-intakes/{intake_id}/corrections")
async def correct(intake_id: UUID, request: Request, signed: Acting) -> Response:
    """Each field as it stands in the form; what is as it was read is no correction."""
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    view = await signed.house.checklist_intakes.look(intake_id, official=signed.official)
    corrections: dict[str, Correction] = {}
    for item in view.read.items:
        was = {
            "title": item.title,
            "lead": _names(item, UnitRole.LEAD),
            "others": _names(item, UnitRole.CO_RESPONSIBLE),
            "deadline": item.deadline.raw if item.deadline else "",
        }
        said = {name: form.get(f"{name}.{item.dotted}") for name in was}
        changed = {name: words[:500] for name, words in said.items() if words is not None and words != was[name]}
        # A deadline somebody was asked about is answered by leaving it as it stands.
        confirmed = form.get(f"confirmed.{item.dotted}")
        if confirmed and item.deadline is not None and item.deadline.on and "deadline" not in changed:
            changed["deadline"] = item.deadline.on.isoformat()
        gone = form.get(f"none.{item.dotted}") == "1"
        if changed or gone:
            corrections[item.dotted] = Correction(**changed, is_no_item=gone)
    try:
        issued = date.fromisoformat(form["issued"]) if form.get("issued") else None
    except ValueError:
        raise DayWrong from None
    await signed.house.checklist_intakes.correct(intake_id, corrections, issued=issued, official=signed.official)
    return back_to(f"/console/checklist-intakes/{intake_id}", said="saved")


@router.post("/checklist-intakes/{intake_id}/taking")
async def take(intake_id: UUID, signed: Acting) -> Response:
    created = await signed.house.checklist_intakes.take(intake_id, official=signed.official)
    return back_to(f"/console/checklists/{created.checklist_id}", said="list_created")


@router.post("/checklist-intakes/{intake_id}/putting-away")
async def put_away(intake_id: UUID, signed: Acting) -> Response:
    await signed.house.checklist_intakes.put_away(intake_id, official=signed.official)
    return back_to("/console/checklists", said="put_away")
