"""What people are told: advice and sheets for residents, rumours, campaigns and testing agencies for officials."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.guidance_shapes import agency_of, agency_out, broadcast_out, topic_out
from gateway.access.idempotency import IdempotencyKey, once
from gateway.domain.guidance import ShownAt
from gateway.domain.kinds import BroadcastId, MatterId
from gateway.schemas.guidance import (
    AgenciesOut,
    AgencyIn,
    AgencyOut,
    AgencyPageOut,
    AnsweredOut,
    AnswerIn,
    AskedIn,
    BroadcastOut,
    CampaignIn,
    HotlinesOut,
    ReleaseIn,
    RumourIn,
    RumourOut,
    SheetOut,
    TopicOut,
    TopicsOut,
)
from gateway.services.agencies import Listed

router = APIRouter(prefix="/v1", tags=["guidance"])

Language = Annotated[str, Query(max_length=20)]


@router.get("/me/guidance")
async def topics(
    house: AnyHouse,
    speaker: CurrentSpeaker,
    language: Language = "zh_Hans_CN",
    occasion: ShownAt | None = None,
) -> TopicsOut:
    """What is said where somebody lives: everything, or what belongs to an occasion."""
    found = await house.guidance.topics(speaker, language=language, occasion=occasion)
    return TopicsOut(topics=[topic_out(one) for one in found])


@router.post("/me/guidance")
async def asked(body: AskedIn, house: AnyHouse, speaker: CurrentSpeaker) -> TopicsOut:
    """What free words ask for. They travel in the body: an address is written down in many places."""
    found = await house.guidance.topics(speaker, language=body.language, asked=body.words)
    return TopicsOut(topics=[topic_out(one) for one in found])


@router.get("/me/hotlines")
async def hotlines(house: AnyHouse, speaker: CurrentSpeaker) -> HotlinesOut:
    """Whom to call where the speaker lives."""
    return HotlinesOut(numbers=await house.guidance.hotlines(speaker))


@router.get("/me/guidance/{key}")
async def read(key: str, house: AnyHouse, speaker: CurrentSpeaker, language: Language = "zh_Hans_CN") -> TopicOut:
    return topic_out(await house.guidance.read(speaker, key, language=language))


@router.get("/me/testing-agencies")
async def near_me(house: AnyHouse, speaker: CurrentSpeaker, language: Language = "zh_Hans_CN") -> AgenciesOut:
    """Where somebody can be tested near where they live."""
    area = speaker.resident.area if speaker.resident else None
    found = await house.agencies.around(area, language=language)
    return AgenciesOut(agencies=[agency_out(one, language) for one in found])


@router.get("/me/family/{resident_id}/sheet")
async def sheet(resident_id: UUID, house: AnyHouse, speaker: CurrentSpeaker) -> SheetOut:
    """Where the sheet of a family member without a phone is printed."""
    link, expires_at = await house.sheets.link(speaker, resident_id)
    return SheetOut(link=link, expires_at=expires_at)


@router.post("/me/rumours", status_code=201)
async def ask(
    body: RumourIn,
    request: Request,
    response: Response,
    house: AnyHouse,
    speaker: CurrentSpeaker,
    key: IdempotencyKey = None,
) -> RumourOut:
    async def act() -> tuple[int, RumourOut]:
        return 201, RumourOut(reference=await house.rumours.ask(speaker, body.words))

    caller = f"{speaker.address.channel}:{speaker.address.handle}"
    return await once(house, response, caller=caller, key=key, body=await request.body(), shape=RumourOut, act=act)


@router.put("/rumours/{matter_id}/answer")
async def answer(matter_id: MatterId, body: AnswerIn, house: AnyHouse, official: CurrentOfficial) -> AnsweredOut:
    done = await house.rumours.answer(
        matter_id, {"zh_Hans_CN": body.zh, "en": body.en}, official=official, publish=body.publish
    )
    return AnsweredOut(reference=done.view.matter.reference, broadcast_id=done.draft)


@router.post("/campaigns", status_code=201)
async def campaign(body: CampaignIn, house: AnyHouse, official: CurrentOfficial) -> BroadcastOut:
    """A draft for everybody in an area; a second person releases it."""
    draft = await house.guidance.campaign(body.topic, area=body.area, official=official)
    return broadcast_out(await house.broadcast_runs.account(draft.id, official=official))


@router.put("/broadcasts/{broadcast_id}/release")
async def release(
    broadcast_id: BroadcastId, body: ReleaseIn, house: AnyHouse, official: CurrentOfficial
) -> BroadcastOut:
    await house.broadcasts.approve(broadcast_id, body.content_hash, official=official)
    return broadcast_out(await house.broadcast_runs.account(broadcast_id, official=official))


@router.get("/testing-agencies")
async def agencies(house: AnyHouse, official: CurrentOfficial, language: Language = "zh_Hans_CN") -> AgencyPageOut:
    view = await house.agencies.view(official=official, language=language)
    return AgencyPageOut(
        agencies=[agency_out(one, language) for one in view.agencies], gaps=list(view.gaps), rules=list(view.rules)
    )


@router.post("/testing-agencies", status_code=201)
async def list_agency(body: AgencyIn, house: AnyHouse, official: CurrentOfficial) -> AgencyOut:
    kept = await house.agencies.keep(agency_of(body, uuid4(), house.clock.now()), official=official, new=True)
    return agency_out(Listed(kept, {}), "zh_Hans_CN")


@router.put("/testing-agencies/{agency_id}")
async def change_agency(agency_id: UUID, body: AgencyIn, house: AnyHouse, official: CurrentOfficial) -> AgencyOut:
    kept = await house.agencies.keep(agency_of(body, agency_id, house.clock.now()), official=official)
    return agency_out(Listed(kept, {}), "zh_Hans_CN")


@router.put("/testing-agencies/{agency_id}/closing")
async def close_agency(agency_id: UUID, house: AnyHouse, official: CurrentOfficial) -> AgencyOut:
    return agency_out(Listed(await house.agencies.close(agency_id, official=official), {}), "zh_Hans_CN")
