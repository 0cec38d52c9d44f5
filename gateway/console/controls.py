"""Area control: units from the first question to the lifting, and the levels of areas with what hangs on them."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import CONTROLS
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import ControlId, PermitId, ResponseLevel, RiskLevel, Role, ScheduleId
from gateway.domain.scopes import PEOPLE_ROLES
from gateway.services.area_levels import LEVEL_ROLES
from gateway.services.controls import APPROVING, DRAFTING, PERMITTING

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

Line = Annotated[str, Form(max_length=500)]
Text = Annotated[str, Form(max_length=4000)]


@router.get("/controls")
async def listed(request: Request, signed: CurrentSession, area: str = "") -> Response:
    controls = await signed.house.controls.listed(official=signed.official)
    if wants_sheet(request):
        return await sheet_of(request, signed, CONTROLS, controls)
    levels = await signed.house.area_levels.levels(official=signed.official)
    chosen = area.strip()[:12]
    view = await signed.house.area_levels.view(chosen, official=signed.official) if chosen else None
    return page(
        request,
        "controls.html",
        controls=controls,
        levels=levels,
        area=chosen,
        view=view,
        risks=list(RiskLevel),
        responses=list(ResponseLevel),
        may_ask=signed.official.may(*PEOPLE_ROLES),
        may_set=signed.official.may(*LEVEL_ROLES),
    )


@router.post("/controls")
async def request_(signed: Acting, area: Line, unit_kind: Line, name: Line) -> Response:
    control = await signed.house.controls.request(
        area.strip(), unit_kind=unit_kind, name=name, official=signed.official
    )
    return back_to(f"/console/controls/{control.id}", said="experts_asked")


@router.get("/controls/{control_id}")
async def one(control_id: ControlId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.controls.view(control_id, official=signed.official)
    official = signed.official
    return page(
        request,
        "control.html",
        view=view,
        control=view.control,
        proposed=signed.house.controls.proposed_words(view.control) if view.control.effective_at else {},
        may_decide=official.may(Role.EXPERT),
        may_draft=official.may(*DRAFTING),
        may_release=official.may(*APPROVING) and view.control.drafted_by != official.id,
        may_meet=official.may(*PEOPLE_ROLES),
        may_lift=official.may(Role.COUNTY, Role.CITY),
        may_permit=official.may(*PERMITTING),
    )


@router.post("/controls/{control_id}/scope")
async def decide(
    control_id: ControlId, signed: Acting, boundary: Line, opinion: Text, mode: Line, grids: Line = ""
) -> Response:
    await signed.house.controls.decide(
        control_id,
        official=signed.official,
        boundary=boundary,
        opinion=opinion,
        mode=mode,
        grids=grids.replace("，", ",").replace(",", " ").split(),
    )
    return back_to(f"/console/controls/{control_id}", said="control_decided")


@router.post("/controls/{control_id}/announcement")
async def draft(control_id: ControlId, signed: Acting) -> Response:
    """The proposed words; others come by the API."""
    await signed.house.controls.draft(control_id, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="announcement_drafted")


@router.post("/controls/{control_id}/review")
async def review(control_id: ControlId, signed: Acting, words_hash: Line) -> Response:
    await signed.house.controls.review(control_id, words_hash, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="announcement_reviewed")


@router.post("/controls/{control_id}/approval")
async def approve(control_id: ControlId, signed: Acting, words_hash: Line) -> Response:
    """Released exactly as it was shown: the hash of the words comes back with the press."""
    await signed.house.controls.approve(control_id, words_hash, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="control_in_force")


@router.post("/controls/{control_id}/criteria")
async def meet(control_id: ControlId, signed: Acting, criterion: Line) -> Response:
    await signed.house.controls.meet(control_id, criterion, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="criterion_met")


@router.post("/controls/{control_id}/closing-opinion")
async def opine(control_id: ControlId, signed: Acting, opinion: Text) -> Response:
    await signed.house.controls.opine(control_id, opinion, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="opinion_kept")


@router.post("/controls/{control_id}/lifting")
async def lift(control_id: ControlId, signed: Acting) -> Response:
    await signed.house.controls.lift(control_id, official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="control_lifted")


@router.post("/controls/{control_id}/permits/{permit_id}")
async def decide_permit(control_id: ControlId, permit_id: PermitId, signed: Acting, answer: Line) -> Response:
    await signed.house.controls.decide_permit(permit_id, granted=answer == "granted", official=signed.official)
    return back_to(f"/console/controls/{control_id}", said="permit_decided")


@router.post("/area-levels")
async def set_level(
    signed: Acting,
    area: Line,
    risk: Annotated[RiskLevel, Form()],
    response: Annotated[ResponseLevel | None, Form()] = None,
    villages: Line = "",
) -> Response:
    code = area.strip()
    await signed.house.area_levels.set_level(
        code,
        official=signed.official,
        risk=risk,
        response=response,
        villages=villages.replace("，", ",").replace(",", " ").split(),
    )
    return back_to(f"/console/controls?area={code}", said="level_set")


@router.post("/area-levels/rounds")
async def next_round(signed: Acting, area: Line) -> Response:
    await signed.house.area_levels.next_round(area.strip(), official=signed.official)
    return back_to(f"/console/controls?area={area.strip()}", said="round_begun")


@router.post("/checkpoints/{schedule_id}/shifts/{shift}")
async def man(schedule_id: ScheduleId, shift: int, signed: Acting, area: Line, who: Line) -> Response:
    await signed.house.area_levels.man(schedule_id, shift, who, official=signed.official)
    return back_to(f"/console/controls?area={area.strip()}", said="guard_named")


@router.post("/area-levels/loop")
async def show_stage(signed: Acting, area: Line, stage: Line) -> Response:
    await signed.house.area_levels.show(area.strip(), stage, official=signed.official)
    return back_to(f"/console/controls?area={area.strip()}", said="stage_shown")
