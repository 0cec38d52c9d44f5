"""The queue of needs: open, taken, answered; who has it until when; and the answer that goes back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import SUPPORT
from gateway.console.listings import sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.domain.kinds import MatterId
from gateway.services.support import SupportState

router = APIRouter(prefix="/console/support", route_class=ConsoleRoute, include_in_schema=False)

WAITING = (SupportState.OPEN, SupportState.TAKEN)
STATES = {"waiting": WAITING, **{state.value: (state,) for state in SupportState}, "all": tuple(SupportState)}


@router.get("")
async def queue(request: Request, signed: CurrentSession, state: str = "waiting", topic: str = "") -> Response:
    house, official = signed.house, signed.official
    chosen = state if state in STATES else "waiting"
    lines = await house.support.queue(official=official, now=house.clock.now(), states=STATES[chosen], topic="")
    topics = {line.topic: line for line in lines}
    shown = [line for line in lines if topic in ("", line.topic)]
    if wants_sheet(request):
        return await sheet_of(request, signed, SUPPORT, shown)
    return page(
        request,
        "support.html",
        lines=shown,
        topics=topics,
        topic=topic[:40],
        state=chosen,
        states=list(STATES),
        hotlines=await house.support.hotlines(official=official),
    )


@router.post("/{matter_id}/taking")
async def take(matter_id: MatterId, signed: Acting) -> Response:
    await signed.house.support.take(matter_id, official=signed.official)
    return back_to("/console/support", said="support_taken")


@router.post("/{matter_id}/answer")
async def answer(
    matter_id: MatterId,
    signed: Acting,
    zh: Annotated[str, Form(max_length=1000)] = "",
    en: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    await signed.house.support.answer(matter_id, {"zh_Hans_CN": zh, "en": en}, official=signed.official)
    return back_to("/console/support", said="support_answered")
