"""Leads and cases as pages and programs read them."""

from datetime import datetime

from gateway.domain.contacts import VisitedPlace
from gateway.schemas.contacts import CaseOut, ContactOut, CoverageOut, TurnOut, VisitedPlaceOut
from gateway.schemas.leads import LeadOut, PartyOut
from gateway.services.contacts import CaseView, ContactView, Turn
from gateway.services.leads import LeadView


def lead_out(view: LeadView, now: datetime) -> LeadOut:
    lead = view.lead
    return LeadOut(
        id=lead.id,
        area=lead.area,
        push=lead.push,
        rule=lead.rule,
        sender=lead.sender,
        hukou=lead.hukou,
        person=view.name,
        phone=view.phone,
        resident_id=lead.resident_id,
        received_at=lead.received_at,
        due_at=lead.due_at,
        overdue=lead.overdue(now),
        state=lead.state,
        outcome=lead.outcome,
        steps=dict(lead.steps),
        asked=[step.value for step in view.rule.steps],
        feedback_at=lead.feedback_at,
        closed_at=lead.closed_at,
        named_again=lead.named_again,
        parties=[
            PartyOut(role=party.role, acknowledged_at=party.acknowledged_at, by=party.by) for party in view.parties
        ],
        rules=list(lead.rules),
    )


def contact_out(view: ContactView) -> ContactOut:
    contact, how = view.contact, view.how
    return ContactOut(
        id=contact.id,
        person=view.name,
        phone=view.phone,
        resident_id=contact.resident_id,
        area=contact.area,
        contact_class=contact.contact_class,
        decided=contact.decided_as is not None,
        last_exposure_at=contact.last_exposure_at,
        traced_at=contact.traced_at,
        isolated_at=contact.isolated_at,
        tested_at=contact.tested_at,
        turn=view.turn,
        single_room=how.single_room if how else False,
        temperature=how.temperature if how else False,
    )


def place_out(place: VisitedPlace, text: str) -> VisitedPlaceOut:
    return VisitedPlaceOut(
        id=place.id,
        text=text,
        area=place.area,
        visited_on=place.visited_on,
        disinfected_at=place.disinfected_at,
        sampled_at=place.sampled_at,
    )


def case_out(view: CaseView) -> CaseOut:
    case = view.case
    return CaseOut(
        id=case.id,
        resident_id=case.resident_id,
        person=view.person,
        area=case.area,
        positive_on=case.positive_on,
        onset_on=case.onset_on,
        opened_at=case.opened_at,
        contacts=[contact_out(one) for one in view.contacts],
        places=[place_out(place, text) for place, text in view.places],
        coverage=[
            CoverageOut(
                measure=one.rule.measure,
                done=one.done,
                total=one.total,
                percent=round(one.percent, 1),
                needed=one.rule.percent,
                complete=one.complete,
                rules=list(one.rule.source),
            )
            for one in view.coverage
        ],
    )


def turn_out(turn: Turn) -> TurnOut:
    return TurnOut(
        turn=turn.number,
        who=turn.who,
        person=turn.name,
        resident_id=turn.resident_id,
        contact_id=turn.contact_id,
        single_room=turn.how.single_room if turn.how else False,
        temperature=turn.how.temperature if turn.how else False,
        rules=list(turn.rules),
    )
