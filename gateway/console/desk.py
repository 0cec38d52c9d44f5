"""The official's first page, and the stream that keeps open pages up to date."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from gateway.access.sessions import CurrentSession, SignedIn
from gateway.console.alerts import Filter, FilterQuery, line_of
from gateway.console.pages import ConsoleRoute, language_of, page
from gateway.domain.alert_lists import AlertFilter, AlertOrder
from gateway.domain.kinds import AlertId
from gateway.errors import NotFound, Unavailable
from gateway.services.officials import SignInFailed

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

#: A stream looks this often (seconds), at the record and at its own session.
BEAT = 2.0
#: How long a stream lives before the browser opens it again: a stopping server waits for nobody.
STREAM_BEATS = 900
#: So many alerts stand on the first page.
FIRST = 6


@router.get("")
@router.get("/")
async def my_work(request: Request, signed: CurrentSession) -> Response:
    house, official = signed.house, signed.official
    waiting = await house.desks.waiting(official=official)
    _, views = await house.desks.lines_of(AlertFilter(), official=official, order=AlertOrder.DUE, limit=FIRST)
    language = language_of(request)
    return page(
        request,
        "my_work.html",
        waiting=waiting,
        parts=await house.checklists.waiting_for(official),
        lines=[line_of(house, view, official, language) for view in views],
    )


Look = Callable[[], Awaitable[dict[str, object]]]


@router.get("/events")
async def events(signed: CurrentSession, query: FilterQuery, alert: UUID | None = None) -> Response:
    """What the open page shows has changed: ids and marks only, never words."""
    look = _one(signed, AlertId(alert)) if alert is not None else _list(signed, query)
    return StreamingResponse(
        stream(signed, look),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _list(signed: SignedIn, query: Filter) -> Look:
    async def look() -> dict[str, object]:
        marks = await signed.house.desks.marks_of(
            query.asked, official=signed.official, order=query.order, after=query.after
        )
        return {"rows": {str(alert_id): mark for alert_id, mark in marks.items()}}

    return look


def _one(signed: SignedIn, alert_id: AlertId) -> Look:
    async def look() -> dict[str, object]:
        _, mark = await signed.house.desks.pulse(alert_id, official=signed.official)
        return {"mark": mark}

    return look


async def stream(signed: SignedIn, look: Look, *, beat: float = BEAT) -> AsyncIterator[bytes]:
    """Sends what `look` finds whenever it differs; ends with the session, and with the browser."""
    yield b"retry: 3000\n\n"
    before: dict[str, object] | None = None
    for _ in range(STREAM_BEATS):
        try:
            if await signed.house.officials.look_at_session(signed.token) != signed.official:
                raise SignInFailed  # another desk since: the page is loaded anew
            found = await look()
        except (SignInFailed, NotFound):
            yield b"event: signed-out\ndata: 1\n\n"
            return
        except Unavailable:
            found = before or {}
        if found != before:
            yield f"event: change\ndata: {json.dumps(found)}\n\n".encode()
            before = found
        else:
            yield b": beat\n\n"
        await asyncio.sleep(beat)
