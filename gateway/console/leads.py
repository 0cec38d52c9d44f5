"""The lead desk, and the contacts of a case: lists with the few presses they need."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from gateway.access.lead_shapes import case_out, lead_out
from gateway.access.sessions import Acting, CurrentSession
from gateway.console.columns import CASES, CONTACTS, LEADS
from gateway.console.listings import ALL_ROWS, sheet_of, wants_sheet
from gateway.console.pages import ConsoleRoute, back_to, page
from gateway.console.places import place_code
from gateway.domain.kinds import CaseId, ContactId, LeadId, LeadOutcome, LeadState, LeadStep, Measure, Role
from gateway.services.contacts import RECORDING
from gateway.services.leads import FINDING, PUSHING

router = APIRouter(prefix="/console", route_class=ConsoleRoute, include_in_schema=False)

CLASSES = ("close_contact", "secondary_close_contact", "general_contact")


@router.get("/leads")
async def listed(request: Request, signed: CurrentSession, state: LeadState = LeadState.OPEN) -> Response:
    """What is due first first; the names are shown on a lead's own page."""
    now = signed.house.clock.now()
    may = signed.official.may(*FINDING, *PUSHING)
    if wants_sheet(request):
        every = await signed.house.leads.listed(official=signed.official, states=(state,), limit=ALL_ROWS)
        return await sheet_of(request, signed, LEADS, [lead_out(view, now) for view in every])
    views = await signed.house.leads.listed(official=signed.official, states=(state,)) if may else []
    rejected = []
    if signed.official.may(*PUSHING):
        rejected = await signed.house.leads.to_put_right(official=signed.official)
    return page(
        request,
        "leads.html",
        leads=[lead_out(view, now) for view in views],
        state=state,
        may=may,
        may_push=signed.official.may(*PUSHING),
        rejected=rejected,
    )


@router.get("/leads/{lead_id}")
async def one(lead_id: LeadId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.leads.get(lead_id, official=signed.official)
    return page(
        request,
        "lead.html",
        lead=lead_out(view, signed.house.clock.now()),
        note=view.note,
        outcomes=tuple(LeadOutcome),
        may_acknowledge=any(party.role in signed.official.roles for party in view.parties if not party.acknowledged_at),
    )


@router.post("/leads/{lead_id}/outcome")
async def conclude(
    lead_id: LeadId,
    signed: Acting,
    outcome: Annotated[LeadOutcome, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
    to_area: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Whoever takes over is named by a code or by its place."""
    await signed.house.leads.conclude(
        lead_id,
        outcome,
        official=signed.official,
        note=note.strip() or None,
        to_area=place_code(signed.house, to_area) if to_area.strip() else None,
    )
    return back_to("/console/leads", said="lead_concluded")


@router.post("/leads/{lead_id}/steps")
async def mark(lead_id: LeadId, signed: Acting, step: Annotated[LeadStep, Form()]) -> Response:
    await signed.house.leads.mark(lead_id, step, official=signed.official)
    return back_to(f"/console/leads/{lead_id}", said="lead_concluded")


@router.post("/leads/{lead_id}/feedback")
async def feed_back(
    lead_id: LeadId, signed: Acting, text: Annotated[str, Form(min_length=1, max_length=2000)]
) -> Response:
    await signed.house.leads.feed_back(lead_id, text, official=signed.official)
    return back_to(f"/console/leads/{lead_id}", said="lead_concluded")


@router.post("/leads/{lead_id}/acknowledgement")
async def acknowledge(lead_id: LeadId, signed: Acting) -> Response:
    await signed.house.leads.acknowledge(lead_id, official=signed.official)
    return back_to(f"/console/leads/{lead_id}", said="lead_concluded")


# cases and their contacts


@router.get("/cases")
async def cases(request: Request, signed: CurrentSession) -> Response:
    may = signed.official.may(*RECORDING)
    views = await signed.house.contacts.cases(official=signed.official) if may or wants_sheet(request) else []
    if wants_sheet(request):
        return await sheet_of(request, signed, CASES, [case_out(view) for view in views])
    return page(request, "cases.html", cases=[case_out(view) for view in views], may=may)


@router.get("/cases/{case_id}")
async def case(case_id: CaseId, request: Request, signed: CurrentSession) -> Response:
    view = await signed.house.contacts.case(case_id, official=signed.official)
    if wants_sheet(request):
        return await sheet_of(request, signed, CONTACTS, case_out(view).contacts)
    return page(
        request,
        "case.html",
        case=case_out(view),
        classes=CLASSES,
        measures=(Measure.TRACED, Measure.ISOLATED, Measure.TESTED),
        place_measures=(Measure.DISINFECTED, Measure.SAMPLED),
        may_decide=signed.official.may(Role.EXPERT),
    )


@router.post("/cases/{case_id}/contacts/{contact_id}/measures")
async def mark_contact(
    case_id: CaseId, contact_id: ContactId, signed: Acting, measure: Annotated[Measure, Form()]
) -> Response:
    await signed.house.contacts.mark(contact_id, measure, official=signed.official)
    return back_to(f"/console/cases/{case_id}", said="contact_marked")


@router.post("/cases/{case_id}/contacts/{contact_id}/class")
async def decide(
    case_id: CaseId,
    contact_id: ContactId,
    signed: Acting,
    contact_class: Annotated[str, Form(max_length=60)],
    evidence: Annotated[str, Form(min_length=1, max_length=4000)],
    isolated_at: Annotated[datetime | None, Form()] = None,
) -> Response:
    """Times are local: the form's field knows no zone."""
    moment = isolated_at
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=signed.house.words.zone)
    await signed.house.contacts.adjudicate(
        contact_id, contact_class, evidence=evidence, official=signed.official, isolated_at=moment
    )
    return back_to(f"/console/cases/{case_id}", said="class_decided")


@router.post("/cases/{case_id}/places/{place_id}/measures")
async def mark_place(case_id: CaseId, place_id: UUID, signed: Acting, measure: Annotated[Measure, Form()]) -> Response:
    await signed.house.contacts.mark_place(place_id, measure, official=signed.official)
    return back_to(f"/console/cases/{case_id}", said="contact_marked")
