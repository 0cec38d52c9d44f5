"""Guidance and testing agencies as JSON."""

from datetime import datetime
from uuid import UUID

from gateway.domain.agencies import Agency
from gateway.domain.broadcasts import NO_ADDRESS
from gateway.domain.kinds import RecipientState
from gateway.schemas.guidance import AgencyIn, AgencyOut, BroadcastOut, TopicOut
from gateway.services.agencies import Listed
from gateway.services.broadcast_runs import Account
from gateway.services.guidance import Topic


def topic_out(topic: Topic) -> TopicOut:
    return TopicOut(key=topic.key, title=topic.title, text=topic.text, rules=list(topic.rules), offers=topic.offers)


def agency_out(listed: Listed, language: str) -> AgencyOut:
    agency = listed.agency
    return AgencyOut(
        id=agency.id,
        area=agency.area,
        name=agency.name(language),
        told={field.value: said for field, said in listed.told.items()},
        round_the_clock=agency.round_the_clock,
        changed_at=agency.changed_at,
    )


def agency_of(body: AgencyIn, agency_id: UUID, now: datetime) -> Agency:
    return Agency(id=agency_id, changed_at=now, **body.model_dump())


def broadcast_out(account: Account) -> BroadcastOut:
    one = account.broadcast
    return BroadcastOut(
        id=one.id,
        title=one.title,
        area=one.area,
        state=one.state,
        content_hash=one.content_hash,
        recipients=account.recipients,
        without_address=account.reasons.get((RecipientState.FAILED, NO_ADDRESS), 0),
    )
