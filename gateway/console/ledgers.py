"""Two ledgers: everything that was said and what became of it; and who did what."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from gateway.access.sessions import CurrentSession
from gateway.console.columns import AUDIT, DELIVERIES
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, page
from gateway.domain.kinds import DeliveryState

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

PAGE = 100
TROUBLE = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)
STATES: dict[str, tuple[DeliveryState, ...]] = {
    "all": (),
    "trouble": TROUBLE,
    **{state.value: (state,) for state in DeliveryState},
}


@router.get("/deliveries")
async def deliveries(
    request: Request, signed: CurrentSession, state: str = "all", before: datetime | None = None
) -> Response:
    chosen = state if state in STATES else "all"
    if before is not None and before.tzinfo is None:
        before = None
    limit = ALL_ROWS if wants_sheet(request) else PAGE
    found = await signed.house.desks.ledger(official=signed.official, states=STATES[chosen], before=before, limit=limit)
    if wants_sheet(request):
        return await sheet_of(request, signed, DELIVERIES, found)
    return page(
        request,
        "deliveries.html",
        rows=found,
        state=chosen,
        states=tuple(STATES),
        before=before,
        more=found[-1].created_at.isoformat() if len(found) == PAGE else None,
    )


@router.get("/audit")
async def audit(request: Request, signed: CurrentSession, before: int | None = None, check: bool = False) -> Response:
    """The whole chain is read again when somebody asks for it: that takes the longer, the more has happened."""
    limit = ALL_ROWS if wants_sheet(request) else PAGE
    rows, names = await signed.house.desks.audited(official=signed.official, before=before, limit=limit)
    if wants_sheet(request):
        return await sheet_of(request, signed, AUDIT, [(row, names) for row in rows])
    return page(
        request,
        "audit.html",
        rows=rows,
        names=names,
        before=before,
        more=rows[-1]["number"] if len(rows) == PAGE else None,
        checked=check,
        broken_at=await signed.house.operations.audit_broken_at() if check else None,
    )
