"""Lists of people to be found, and what came of looking for them."""

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial
from gateway.access.idempotency import IdempotencyKey, once
from gateway.access.lead_shapes import lead_out
from gateway.domain.kinds import LeadId, LeadState
from gateway.schemas.leads import FeedbackIn, LeadListIn, LeadListOut, LeadOut, LeadsOut, OutcomeIn, StepIn

router = APIRouter(prefix="/v1", tags=["leads"])


@router.post("/lead-lists", status_code=201)
async def take(
    body: LeadListIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    official: CurrentOfficial,
    key: IdempotencyKey = None,
) -> LeadListOut:
    """A list as it was pushed, row by row: one that cannot be taken is named and stops none of the others."""

    async def act() -> tuple[int, LeadListOut]:
        return 201, await house.leads.take(body, official=official)

    return await once(
        house,
        response,
        caller=f"official:{official.id}",
        key=key,
        body=await request.body(),
        shape=LeadListOut,
        act=act,
    )


@router.get("/leads")
async def listed(
    house: AnyHouse,
    official: CurrentOfficial,
    state: LeadState = LeadState.OPEN,
    limit: int = Query(default=200, ge=1, le=1000),
) -> LeadsOut:
    now = house.clock.now()
    views = await house.leads.listed(official=official, states=(state,), limit=limit)
    return LeadsOut(
        open=sum(view.lead.is_open for view in views),
        overdue=sum(view.lead.overdue(now) for view in views),
        leads=[lead_out(view, now) for view in views],
    )


@router.get("/leads/{lead_id}")
async def one(lead_id: LeadId, house: AnyHouse, official: CurrentOfficial) -> LeadOut:
    return lead_out(await house.leads.get(lead_id, official=official), house.clock.now())


@router.put("/leads/{lead_id}/outcome")
async def conclude(lead_id: LeadId, body: OutcomeIn, house: AnyHouse, official: CurrentOfficial) -> LeadOut:
    lead = await house.leads.conclude(lead_id, body.outcome, official=official, note=body.note, to_area=body.to_area)
    if not lead.area.startswith(official.area):
        return lead_out(house.leads.unnamed(lead), house.clock.now())
    return await one(lead_id, house, official)


@router.put("/leads/{lead_id}/steps")
async def mark(lead_id: LeadId, body: StepIn, house: AnyHouse, official: CurrentOfficial) -> LeadOut:
    await house.leads.mark(lead_id, body.step, official=official, at=body.at)
    return await one(lead_id, house, official)


@router.put("/leads/{lead_id}/feedback")
async def feed_back(lead_id: LeadId, body: FeedbackIn, house: AnyHouse, official: CurrentOfficial) -> LeadOut:
    await house.leads.feed_back(lead_id, body.text, official=official)
    return await one(lead_id, house, official)


@router.put("/leads/{lead_id}/acknowledgement")
async def acknowledge(lead_id: LeadId, house: AnyHouse, official: CurrentOfficial) -> LeadOut:
    return lead_out(await house.leads.acknowledge(lead_id, official=official), house.clock.now())
