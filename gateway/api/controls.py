"""Control units and levels of areas for officials and scripts; what residents answer and ask while one holds."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.controls import AreaLevel
from gateway.domain.kinds import ControlId, PermitId, ResidentId, ScheduleId, WelfareCheckId
from gateway.record.controls import Control
from gateway.schemas.controls import (
    AnnouncementIn,
    AreaOut,
    ControlIn,
    ControlOut,
    ControlViewOut,
    CriterionIn,
    GuardIn,
    GuardOut,
    LeavingIn,
    LeavingOut,
    LevelChangedOut,
    LevelIn,
    LevelOut,
    LiftedOut,
    MeasuresOut,
    Nothing,
    OpinionIn,
    PassingOut,
    PermitDecisionIn,
    RoundOut,
    ScopeIn,
    TrackedOut,
    VulnerableIn,
    WaveOut,
    WelfareAnswerIn,
    WordsHashIn,
)
from gateway.services.area_levels import AreaView, RoundView
from gateway.services.broadcasts import Said

router = APIRouter(prefix="/v1", tags=["area control"])


def control_out(control: Control) -> ControlOut:
    return ControlOut.model_validate(control)


def _level_out(level: AreaLevel) -> LevelOut:
    return LevelOut(risk=level.risk, response=level.response)


def _round_out(one: RoundView) -> RoundOut:
    return RoundOut(
        number=one.number,
        asked=one.asked,
        opened_at=one.opened_at,
        people=one.coverage.people,
        sampled=one.coverage.sampled,
        percent=one.coverage.percent,
    )


def area_out(view: AreaView) -> AreaOut:
    return AreaOut(
        area=view.area,
        level=_level_out(view.level.level) if view.level else None,
        since=view.level.valid_from if view.level else None,
        open_loop=list(view.open_loop),
        measures=[MeasuresOut.model_validate(one) for one in view.measures],
        rounds=[_round_out(one) for one in view.rounds],
        checkpoints=len(view.guards),
        guards=[GuardOut.model_validate(one) for one in view.guards],
        looked_after=view.looked_after,
        passing=[
            PassingOut(who=who, answer=one.answer, because=one.because, needs=list(one.needs), rules=list(one.rules))
            for who, one in view.passing
        ],
    )


@router.post("/controls", status_code=201)
async def request_(body: ControlIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    """An outbreak was found: the experts are asked at once how small the control can be."""
    return control_out(
        await house.controls.request(body.area, unit_kind=body.unit_kind, name=body.name, official=official)
    )


@router.get("/controls")
async def listed(house: AnyHouse, official: CurrentOfficial) -> list[ControlOut]:
    return [control_out(one) for one in await house.controls.listed(official=official)]


@router.get("/controls/{control_id}")
async def get(control_id: ControlId, house: AnyHouse, official: CurrentOfficial) -> ControlViewOut:
    view = await house.controls.view(control_id, official=official)
    return ControlViewOut(
        control=control_out(view.control),
        inside=view.inside,
        waves=[WaveOut.model_validate(one) for one in view.waves],
        lifting=view.lifting.answer,
        needs=list(view.lifting.needs),
    )


@router.put("/controls/{control_id}/scope")
async def decide(control_id: ControlId, body: ScopeIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    done = await house.controls.decide(
        control_id,
        official=official,
        boundary=body.boundary,
        opinion=body.opinion,
        mode=body.mode,
        measures=body.measures,
        grids=body.grids,
        effective_at=body.effective_at,
    )
    return control_out(done)


@router.put("/controls/{control_id}/announcement")
async def draft(control_id: ControlId, body: AnnouncementIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    words = {language: Said(one.title, one.text) for language, one in body.words.items()} if body.words else None
    return control_out(await house.controls.draft(control_id, official=official, words=words))


@router.put("/controls/{control_id}/review")
async def review(control_id: ControlId, body: WordsHashIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    return control_out(await house.controls.review(control_id, body.words_hash, official=official))


@router.put("/controls/{control_id}/approval")
async def approve(control_id: ControlId, body: WordsHashIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    """A second person releases exactly the words that the hash names."""
    return control_out(await house.controls.approve(control_id, body.words_hash, official=official))


@router.post("/controls/{control_id}/criteria", status_code=201)
async def meet(control_id: ControlId, body: CriterionIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    return control_out(await house.controls.meet(control_id, body.criterion, official=official))


@router.put("/controls/{control_id}/closing-opinion")
async def opine(control_id: ControlId, body: OpinionIn, house: AnyHouse, official: CurrentOfficial) -> ControlOut:
    return control_out(await house.controls.opine(control_id, body.opinion, official=official))


@router.put("/controls/{control_id}/lifting")
async def lift(control_id: ControlId, house: AnyHouse, official: CurrentOfficial) -> LiftedOut:
    done = await house.controls.lift(control_id, official=official)
    return LiftedOut(control=control_out(done.control), created=done.created, cancelled=done.cancelled)


@router.get("/area-levels/{area}")
async def area(area: str, house: AnyHouse, official: CurrentOfficial) -> AreaOut:
    return area_out(await house.area_levels.view(area[:12], official=official))


@router.put("/area-levels/{area}")
async def set_level(area: str, body: LevelIn, house: AnyHouse, official: CurrentOfficial) -> LevelChangedOut:
    """Set an area's level; whatever hangs on it follows before this answers."""
    changed = await house.area_levels.set_level(
        area[:12],
        official=official,
        risk=body.risk,
        response=body.response,
        villages=body.villages,
        effective_at=body.effective_at,
    )
    return LevelChangedOut(
        area=changed.area,
        was=_level_out(changed.was),
        now=_level_out(changed.now),
        effective_at=changed.effective_at,
    )


@router.post("/area-levels/{area}/rounds", status_code=201)
async def next_round(area: str, house: AnyHouse, official: CurrentOfficial) -> RoundOut:
    return _round_out(await house.area_levels.next_round(area[:12], official=official))


@router.put("/checkpoints/{schedule_id}/shifts/{shift}")
async def man(
    schedule_id: ScheduleId, shift: int, body: GuardIn, house: AnyHouse, official: CurrentOfficial
) -> GuardOut:
    """Who stands guard at a checkpoint in its first (0), second … shift."""
    return GuardOut.model_validate(await house.area_levels.man(schedule_id, shift, body.who, official=official))


@router.put("/residents/{resident_id}/vulnerability")
async def register_vulnerable(
    resident_id: ResidentId, body: VulnerableIn, house: AnyHouse, official: CurrentOfficial
) -> Nothing:
    await house.area_levels.register_vulnerable(resident_id, body.groups, official=official)
    return Nothing()


@router.put("/exit-permits/{permit_id}/decision")
async def decide_permit(
    permit_id: PermitId, body: PermitDecisionIn, house: AnyHouse, official: CurrentOfficial
) -> LeavingOut:
    done = await house.controls.decide_permit(
        permit_id, granted=body.granted, official=official, valid_to=body.valid_to
    )
    return LeavingOut(id=done.id, state=done.state)


@router.get("/tracking")
async def tracked(house: AnyHouse, official: CurrentOfficial) -> list[TrackedOut]:
    """Arrivals from key areas in the official's area, each with its states."""
    return [
        TrackedOut(
            resident_id=one.resident_id,
            person=one.person,
            area=one.area,
            entry_on=one.entry_on.isoformat() if one.entry_on else None,
            states=dict(one.states),
        )
        for one in await house.area_levels.tracked(official=official)
    ]


@router.put("/me/welfare/{check_id}")
async def answer_welfare(
    check_id: WelfareCheckId, body: WelfareAnswerIn, house: AnyHouse, speaker: CurrentSpeaker
) -> Nothing:
    await house.area_levels.answer(check_id, body.answer, speaker=speaker)
    return Nothing()


@router.post("/me/exit-permits", status_code=201)
async def ask_to_leave(
    body: LeavingIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> LeavingOut:
    async def act() -> tuple[int, LeavingOut]:
        permit = await house.controls.ask_to_leave(speaker, body.reason, _about(body.about))
        return 201, LeavingOut(id=permit.id, state=permit.state)

    caller = f"{speaker.address.channel}:{speaker.address.handle}"
    return await once(house, response, caller=caller, key=key, body=await request.body(), shape=LeavingOut, act=act)


def _about(about: UUID | None) -> ResidentId | None:
    return ResidentId(about) if about is not None else None
