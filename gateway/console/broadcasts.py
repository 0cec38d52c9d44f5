"""Broadcasts: written with their reach in view, released by a second person, watched while they go out; and the phone
list of whom nothing reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import StreamingResponse

from gateway.access.sessions import Acting, CurrentSession, SignedIn
from gateway.console.broadcast_forms import MORE_LANGUAGES, Filled, Written, filled_from, meant
from gateway.console.columns import BROADCASTS, CALLS, CALLS_NAMED
from gateway.console.desk import stream
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, known_word, language_of, page, word
from gateway.domain.broadcasts import WRITABLE, Audience, Hole, Schedule
from gateway.domain.kinds import BroadcastId, BroadcastState, MessageId, RiskListId, Role
from gateway.domain.releases import pieces
from gateway.domain.scopes import PEOPLE_ROLES
from gateway.errors import Fault, Forbidden, Invalid
from gateway.messages.words import translations
from gateway.services.broadcast_runs import CALLED, STEERING
from gateway.services.broadcasts import WRITING, Content, IdentityFound, LookedThrough, NotYours

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

Tick = Annotated[str, Form(max_length=3)]
#: A page of the phone list; ticked off, the next ones move up.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Looked:
    """What the form shows beside it: what is wrong, what the lint found, whom it would reach, how it would look."""

    faults: tuple[Fault, ...] = ()
    marked: tuple[tuple[str, str, Any], ...] = ()
    lint: LookedThrough | None = None
    reach: Any = None
    previews: list[Any] = field(default_factory=list)


@router.get("/broadcasts")
async def listed(request: Request, signed: CurrentSession, state: BroadcastState | None = None) -> Response:
    found = await signed.house.broadcasts.listed(official=signed.official, states=(state,) if state else ())
    if wants_sheet(request):
        return await sheet_of(request, signed, BROADCASTS, found)
    return page(
        request,
        "broadcasts.html",
        broadcasts=found,
        state=state,
        states=tuple(BroadcastState),
        may_write=signed.official.may(*WRITING),
        may_call=signed.official.may(*PEOPLE_ROLES),
    )


# -- written


@router.get("/broadcasts/new")
async def blank(request: Request, signed: CurrentSession, risk_list: RiskListId | None = None) -> Response:
    """Empty, or for those whom a published risk list concerns."""
    if not signed.official.may(*WRITING):
        raise NotYours
    form = Written(areas=signed.official.area)
    if risk_list is not None:
        view = await signed.house.risk_lists.view(risk_list, official=signed.official)
        words = Content.of_json(view.broadcast.content).words if view.broadcast is not None else {}
        form = Written(words=words, risk_list=str(risk_list), acknowledged=True)
        return await _form(request, signed, form, action="/console/broadcasts", look=True)
    return await _form(request, signed, form, action="/console/broadcasts")


@router.post("/broadcasts")
async def write(request: Request, signed: Acting, form: Filled) -> Response:
    if form.look:
        return await _form(request, signed, form, action="/console/broadcasts", look=True)
    try:
        writing = await meant(signed, form)
        draft = await signed.house.broadcasts.write(writing, official=signed.official)
    except Invalid as wrong:
        return await _form(request, signed, form, action="/console/broadcasts", wrong=wrong)
    return back_to(f"/console/broadcasts/{draft.id}", said="drafted")


@router.get("/broadcasts/{broadcast_id}/words")
async def edit(broadcast_id: BroadcastId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.broadcasts.view(broadcast_id, official=signed.official)
    if not signed.official.may(*WRITING):
        raise NotYours
    form = filled_from(signed.house, view.content, view.audience, view.schedule, view.broadcast.content_hash)
    return await _form(request, signed, form, action=f"/console/broadcasts/{broadcast_id}/words", look=True)


@router.post("/broadcasts/{broadcast_id}/words")
async def rewrite(broadcast_id: BroadcastId, request: Request, signed: Acting, form: Filled) -> Response:
    action = f"/console/broadcasts/{broadcast_id}/words"
    view = await signed.house.broadcasts.view(broadcast_id, official=signed.official)
    if form.look:
        return await _form(request, signed, form, action=action, look=True)
    try:
        writing = await meant(signed, form, corrects=_correcting(view.audience))
        await signed.house.broadcasts.rewrite(broadcast_id, writing, form.content_hash, official=signed.official)
    except Invalid as wrong:
        return await _form(request, signed, form, action=action, wrong=wrong)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="changed")


@router.get("/broadcasts/{broadcast_id}/correction")
async def correction(broadcast_id: BroadcastId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.broadcasts.view(broadcast_id, official=signed.official)
    form = filled_from(signed.house, view.content, view.audience, Schedule(), "")
    say = signed.house.words.word
    words = {
        language: replace(said, title=f"{say('broadcast.correction', language)} {said.title}")
        for language, said in form.words.items()
    }
    form = replace(form, words=words)
    return await _form(
        request, signed, form, action=f"/console/broadcasts/{broadcast_id}/correction", corrects=view.broadcast
    )


@router.post("/broadcasts/{broadcast_id}/correction")
async def correct(broadcast_id: BroadcastId, request: Request, signed: Acting, form: Filled) -> Response:
    """For exactly those who got the first one."""
    action = f"/console/broadcasts/{broadcast_id}/correction"
    view = await signed.house.broadcasts.view(broadcast_id, official=signed.official)
    if form.look:
        return await _form(request, signed, form, action=action, look=True, corrects=view.broadcast)
    try:
        draft = await signed.house.broadcasts.correct(broadcast_id, form.words, official=signed.official)
    except Invalid as wrong:
        return await _form(request, signed, form, action=action, wrong=wrong, corrects=view.broadcast)
    return back_to(f"/console/broadcasts/{draft.id}", said="drafted")


def _correcting(audience: Audience) -> Audience | None:
    """Whom a correction is for follows from the first message and stays."""
    return audience if audience.corrects is not None else None


async def _form(
    request: Request,
    signed: SignedIn,
    form: Written,
    *,
    action: str,
    look: bool = False,
    wrong: Invalid | None = None,
    corrects: Any = None,
) -> Response:
    house = signed.house
    looked = await _looked(request, signed, form, corrects=corrects) if look or wrong is not None else Looked()
    if wrong is not None and not isinstance(wrong, IdentityFound):
        looked = replace(looked, faults=_said(wrong, request))
    return page(
        request,
        "broadcast_new.html",
        status=200 if wrong is None else 422,
        form=form,
        action=action,
        looked=looked,
        corrects=corrects,
        more_languages=MORE_LANGUAGES,
        profiles=await house.broadcasts.profiles(signed.official.area),
        holes=tuple(Hole),
        refused_text=isinstance(wrong, IdentityFound),
        lists=await house.risk_lists.listed(official=signed.official, limit=5),
    )


def _said(wrong: Invalid | Forbidden, request: Request) -> tuple[Fault, ...]:
    """Line by line, in the reader's language; without lines, the sentence of the error itself."""
    language = language_of(request)
    if isinstance(wrong, Invalid) and wrong.faults:
        say = translations(language).gettext
        return tuple(Fault(fault.where, say(fault.message)) for fault in wrong.faults)
    return (Fault("", known_word(f"problem.{wrong.type_name}", language) or word("problem.forbidden", language)),)


async def _looked(request: Request, signed: SignedIn, form: Written, *, corrects: Any) -> Looked:
    """Everything that can be said before it is kept."""
    house = signed.house
    words = form.words
    lint = await house.broadcasts.looked_at(words, official=signed.official)
    marked = tuple(
        (language, part, pieces(getattr(words[language], part), found))
        for (language, part), found in lint.found.items()
        if found
    )
    try:
        writing = await meant(signed, form, corrects=Audience(corrects=corrects.id) if corrects is not None else None)
    except (Invalid, Forbidden) as wrong:
        return Looked(_said(wrong, request), marked, lint)
    reach = await house.broadcasts.reach(writing.audience, words)
    return Looked((), marked, lint, reach, house.broadcasts.previews(Content(words)) if words else [])


# -- decided and watched


@router.get("/broadcasts/{broadcast_id}")
async def one(broadcast_id: BroadcastId, request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    view = await house.broadcasts.view(broadcast_id, official=official)
    account = await house.broadcast_runs.account(broadcast_id, official=official)
    state = view.broadcast.state
    waits = state in WRITABLE
    language = language_of(request)
    of_list = view.broadcast.risk_list_id is not None
    return page(
        request,
        "broadcast.html",
        view=view,
        one=view.broadcast,
        names={str(official_id): name for official_id, name in view.names.items()},
        account=account,
        mark=_mark(await house.broadcast_runs.pulse(broadcast_id, official=official)),
        reach=await house.broadcasts.reach(view.audience, view.content.words) if waits else None,
        previews=house.broadcasts.previews(view.content),
        lines=[line.get(language, "") for line in view.content.lines.values()],
        marked=[
            (spoken, part, pieces(getattr(view.content.words[spoken], part), found))
            for (spoken, part), found in view.looked.found.items()
            if found
        ],
        may_write=official.may(*WRITING) and waits and not of_list,
        may_release=official.may(Role.PUBLISHER) and state is BroadcastState.DRAFT and not of_list,
        may_steer=official.may(*STEERING),
        may_correct=official.may(*WRITING) and state in (BroadcastState.SENT, BroadcastState.STOPPED),
        may_call=official.may(*PEOPLE_ROLES),
    )


def _mark(pulse: Mapping[str, object]) -> str:
    return "-".join(f"{name}:{value}" for name, value in sorted(pulse.items()))


@router.get("/broadcasts/{broadcast_id}/events")
async def events(broadcast_id: BroadcastId, signed: CurrentSession) -> Response:
    """The figures as they move, for the open page."""
    await signed.house.broadcast_runs.pulse(broadcast_id, official=signed.official)

    async def look() -> dict[str, object]:
        pulse = await signed.house.broadcast_runs.pulse(broadcast_id, official=signed.official)
        return {"mark": _mark(pulse)}

    return StreamingResponse(
        stream(signed, look),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/broadcasts/{broadcast_id}/trial")
async def try_on_myself(broadcast_id: BroadcastId, signed: Acting) -> Response:
    sent = await signed.house.broadcasts.try_on_myself(broadcast_id, official=signed.official)
    if not sent:
        return back_to(f"/console/broadcasts/{broadcast_id}", refused="no-address-of-mine")
    return back_to(f"/console/broadcasts/{broadcast_id}", said="trial_sent")


@router.post("/broadcasts/{broadcast_id}/release")
async def release(
    broadcast_id: BroadcastId,
    signed: Acting,
    content_hash: Annotated[str, Form(max_length=64)],
    waiver: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Exactly what was read: its hash comes back with the press."""
    await signed.house.broadcasts.approve(broadcast_id, content_hash, official=signed.official, waiver=waiver)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="released")


@router.post("/broadcasts/{broadcast_id}/rejection")
async def reject(
    broadcast_id: BroadcastId,
    signed: Acting,
    content_hash: Annotated[str, Form(max_length=64)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    await signed.house.broadcasts.reject(broadcast_id, content_hash, reason, official=signed.official)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="broadcast_rejected")


@router.post("/broadcasts/{broadcast_id}/pause")
async def pause(broadcast_id: BroadcastId, signed: Acting) -> Response:
    await signed.house.broadcast_runs.pause(broadcast_id, official=signed.official)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="broadcast_paused")


@router.post("/broadcasts/{broadcast_id}/resumption")
async def resume(broadcast_id: BroadcastId, signed: Acting) -> Response:
    await signed.house.broadcast_runs.resume(broadcast_id, official=signed.official)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="broadcast_resumed")


@router.post("/broadcasts/{broadcast_id}/stop")
async def stop(
    broadcast_id: BroadcastId, signed: Acting, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    await signed.house.broadcast_runs.stop(broadcast_id, reason, official=signed.official)
    return back_to(f"/console/broadcasts/{broadcast_id}", said="broadcast_stopped")


# -- the phone list


@router.get("/calls")
async def calls(
    request: Request,
    signed: CurrentSession,
    broadcast: BroadcastId | None = None,
    done: Annotated[str, Query(pattern="^(yes)?$")] = "",
) -> Response:
    """Whom nothing reached in one's own area, masked."""
    limit = ALL_ROWS if wants_sheet(request) else SHOWN
    found = await signed.house.broadcast_runs.calls(
        official=signed.official, broadcast=broadcast, done=done == "yes", limit=limit
    )
    if wants_sheet(request):
        return await sheet_of(request, signed, CALLS, found)
    return _calls(request, signed, found, broadcast, done=done == "yes", plain=False)


@router.post("/calls/numbers")
async def numbers(
    request: Request,
    signed: Acting,
    reason: Annotated[str, Form(min_length=4, max_length=200)],
    broadcast: Annotated[BroadcastId | None, Form()] = None,
    sheet: Tick = "",
) -> Response:
    """With whole names and numbers, to work from; the reason is on record for each person."""
    limit = ALL_ROWS if sheet == "yes" else SHOWN
    found = await signed.house.broadcast_runs.calls(
        official=signed.official, broadcast=broadcast, reason=reason, limit=limit
    )
    if sheet == "yes":
        return await sheet_of(request, signed, CALLS_NAMED, found)
    return _calls(request, signed, found, broadcast, done=False, plain=True)


@router.post("/calls/{recipient_id}")
async def called(
    recipient_id: MessageId,
    signed: Acting,
    result: Annotated[str, Form(max_length=20)] = "",
    back: Annotated[BroadcastId | None, Form()] = None,
) -> Response:
    """Ticked off with what came of it; without a result it is put back."""
    if result and result not in CALLED:
        raise NotYours
    await signed.house.broadcast_runs.call(recipient_id, result or None, official=signed.official)
    chosen = f"?broadcast={back}" if back else ""
    return back_to(f"/console/calls{chosen}", said="call_noted" if result else "call_put_back")


def _calls(
    request: Request, signed: SignedIn, found: list[Any], broadcast: BroadcastId | None, *, done: bool, plain: bool
) -> Response:
    return page(
        request,
        "calls.html",
        calls=found,
        broadcast=broadcast,
        done=done,
        plain=plain,
        results=CALLED,
    )
