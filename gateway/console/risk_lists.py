"""Risk lists: taken in as drafts, confirmed by their owner, published by a second; and the page for everybody."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from gateway.access.callers import AnyHouse
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.pages import ConsoleRoute, back_to, language_of, page
from gateway.domain.kinds import ListState, RiskListId, Role
from gateway.domain.risk_areas import place_name
from gateway.record.broadcasts import Broadcast
from gateway.services.broadcasts import Content, Said

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)
public = APIRouter(prefix="/public", route_class=ConsoleRoute, include_in_schema=False)

KINDS = ("added", "raised", "lowered", "lifted", "unresolved")
#: A page shows this many changes of a kind; the count says how many there are.
SHOWN = 200


@router.get("/risk-lists")
async def listed(request: Request, signed: CurrentSession) -> Response:
    return page(
        request,
        "risk_lists.html",
        lists=await signed.house.risk_lists.listed(official=signed.official),
        may_import=signed.official.may(Role.LIST_OWNER),
    )


@router.post("/risk-lists")
async def import_(
    signed: Acting, file: Annotated[UploadFile, File()], label: Annotated[str, Form(max_length=80)] = ""
) -> Response:
    summary = await signed.house.risk_lists.import_(
        (file.filename or "list")[:200], await file.read(), official=signed.official, label=label.strip() or None
    )
    return back_to(f"/console/risk-lists/{summary.row.id}", said="list_known" if summary.duplicate else "list_imported")


@router.get("/risk-lists/{list_id}")
async def one(list_id: RiskListId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.risk_lists.view(list_id, official=signed.official)
    row = view.summary.row
    owner = signed.official.may(Role.LIST_OWNER)
    return page(
        request,
        "risk_list.html",
        view=view,
        row=row,
        changes=[
            (
                kind,
                len(getattr(view.changes, kind)),
                [
                    (place_name(one.place, signed.house.gazetteer), one.level, one.was)
                    for one in getattr(view.changes, kind)[:SHOWN]
                ],
            )
            for kind in KINDS
        ],
        words=_words(view.broadcast, language_of(request)),
        may_confirm=owner and row.state is ListState.DRAFT,
        may_publish=row.state is ListState.CONFIRMED
        and signed.official.may(Role.PUBLISHER)
        and row.confirmed_by != signed.official.id,
        is_second_person_missing=row.state is ListState.CONFIRMED and row.confirmed_by == signed.official.id,
    )


def _words(broadcast: Broadcast | None, language: str) -> Said | None:
    """What publishing would say, in the reader's language."""
    return Content.of_json(broadcast.content).words.get(language) if broadcast is not None else None


@router.post("/risk-lists/{list_id}/confirmation")
async def confirm(list_id: RiskListId, signed: Acting) -> Response:
    await signed.house.risk_lists.confirm(list_id, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_confirmed")


@router.post("/risk-lists/{list_id}/publication")
async def publish(list_id: RiskListId, signed: Acting, content_hash: Annotated[str, Form(max_length=128)]) -> Response:
    """Published exactly as it was shown: the hash of the words comes back with the press."""
    await signed.house.risk_lists.publish(list_id, content_hash, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_published")


@router.post("/risk-lists/{list_id}/rejection")
async def reject(list_id: RiskListId, signed: Acting) -> Response:
    await signed.house.risk_lists.reject(list_id, official=signed.official)
    return back_to(f"/console/risk-lists/{list_id}", said="list_rejected")


@public.get("/risk-areas")
async def for_everybody(request: Request, house: AnyHouse) -> Response:
    register = await house.risk_lists.public(language=language_of(request))
    return page(request, "public_risk_areas.html", register=register)
