"""The resident at the other end of the bot: who they are, what they allow, whom they speak for."""

from fastapi import APIRouter, Request, Response

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker, SpokenAt, TheBot
from gateway.access.house import House
from gateway.domain.kinds import AttachmentId, DeliveryId, ReportId
from gateway.domain.people import Speaker
from gateway.domain.pushes import Subscription
from gateway.schemas.people import (
    AddressIn,
    AttachmentOut,
    ConsentIn,
    CopyOut,
    DraftIn,
    DraftOut,
    EnrolmentIn,
    ErasureOut,
    FamilyIn,
    FamilyMember,
    HeardIn,
    HeardOut,
    LanguageIn,
    LoginLinkOut,
    MeOut,
    OfficialMe,
    ProfileIn,
    PushIn,
    QuietHoursIn,
    ResidentMe,
)
from gateway.schemas.reports import OwnReport
from gateway.services.officials import LOGIN_LINK_LIVES
from gateway.services.residents import AreaUnknown, Profile

router = APIRouter(prefix="/v1", tags=["bot"])


async def _me(house: House, speaker: Speaker) -> MeOut:
    me = await house.residents.me(speaker)
    resident = None
    if me is not None:
        area = me.resident.home_area
        resident = ResidentMe(
            id=me.resident.id,
            language=me.resident.language,
            consent_version=me.resident.consent_version,
            name=me.name,
            phone_masked=me.phone_masked,
            home_area=area,
            home_area_name=house.area_name(area, me.resident.language) if area else None,
            grid=me.resident.grid,
            stopped=me.resident.stopped,
            quiet_from=me.resident.quiet_from,
            quiet_to=me.resident.quiet_to,
            registered_profile=me.has_profile,
            family=[FamilyMember(id=one.id, name=one.name, relation=one.relation) for one in me.family],
        )
    official = None
    if speaker.official_id is not None:
        known = await house.officials.find(speaker.official_id)  # None: the post ended, the resident stays
        if known is not None:
            official = OfficialMe(
                id=known.id,
                name=known.name,
                roles=list(known.roles),
                area=known.area,
                area_name=house.area_name(known.area, known.language),
            )
    return MeOut(resident=resident, official=official)


async def _again(house: House, speaker: Speaker) -> MeOut:
    return await _me(house, await house.residents.speaker(speaker.address.channel, speaker.address.handle))


@router.get("/me")
async def me(house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    return await _me(house, speaker)


@router.put("/me/consent")
async def consent(body: ConsentIn, house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    await house.residents.consent(speaker, version=body.version, language=body.language)
    return await _again(house, speaker)


@router.put("/me/language")
async def language(body: LanguageIn, house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    await house.residents.set_language(speaker, body.language)
    return await _again(house, speaker)


@router.put("/me/quiet-hours")
async def quiet_hours(body: QuietHoursIn, house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    quiet = (body.starts, body.ends) if body.starts is not None and body.ends is not None else None
    await house.residents.set_quiet_hours(speaker, quiet)
    return await _again(house, speaker)


@router.put("/me/profile")
async def profile(body: ProfileIn, house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    if house.gazetteer.find_area(body.home_area[:9]) is None:
        raise AreaUnknown
    await house.residents.set_profile(
        speaker,
        Profile(
            name=body.name,
            phone=body.phone,
            home_area=body.home_area,
            id_number=body.id_number,
            address=body.address,
            grid=body.grid,
        ),
    )
    return await _again(house, speaker)


@router.post("/me/family", status_code=201)
async def add_family(body: FamilyIn, house: AnyHouse, speaker: CurrentSpeaker) -> FamilyMember:
    member = await house.residents.add_family(
        speaker, name=body.name.strip(), relation=body.relation.strip(), birth_year=body.birth_year
    )
    return FamilyMember(id=member.id, name=member.name, relation=member.relation)


@router.put("/me/attachments/{attachment_id}")
async def attach(
    attachment_id: AttachmentId, request: Request, house: AnyHouse, speaker: CurrentSpeaker
) -> AttachmentOut:
    """The picture as it is, in the body; under the same id it is kept once."""
    return AttachmentOut.model_validate(await house.attachments.keep(speaker, attachment_id, await request.body()))


@router.get("/me/attachments/{attachment_id}")
async def attached(attachment_id: AttachmentId, house: AnyHouse, speaker: CurrentSpeaker) -> Response:
    media_type, content = await house.attachments.open(speaker, attachment_id)
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


@router.put("/me/push-subscriptions", status_code=204)
async def subscribe(body: PushIn, house: AnyHouse, speaker: CurrentSpeaker) -> None:
    subscription = Subscription(body.endpoint, body.p256dh, body.auth)
    await house.residents.subscribe(speaker, subscription, house.push_services)


@router.delete("/me/push-subscriptions/{handle}", status_code=204)
async def unsubscribe(handle: str, house: AnyHouse, speaker: CurrentSpeaker) -> None:
    """`handle` is the beginning of the endpoint's SHA-256, forty hexadecimal digits."""
    await house.residents.unsubscribe(speaker, handle)


@router.get("/me/reports")
async def told_before(house: AnyHouse, speaker: CurrentSpeaker) -> list[OwnReport]:
    """What was reported of oneself and one's family in the last thirty days, the newest first."""
    return await house.corrections.own(speaker)


@router.delete("/me/reports/{report_id}", status_code=204)
async def take_back(report_id: ReportId, house: AnyHouse, speaker: CurrentSpeaker) -> None:
    """It stays on record, and says nothing any more; officials who acted on it hear of it."""
    await house.corrections.withdraw(speaker, report_id)


@router.post("/me/stop")
async def stop(house: AnyHouse, speaker: CurrentSpeaker) -> MeOut:
    await house.residents.stop(speaker)
    return await _again(house, speaker)


@router.post("/me/copies")
async def copy(house: AnyHouse, speaker: CurrentSpeaker) -> CopyOut:
    """Where the speaker's copy of everything about them waits, for a day."""
    link, expires_at = await house.copies.link(speaker)
    return CopyOut(link=link, expires_at=expires_at)


@router.post("/me/erasure")
async def erase(house: AnyHouse, speaker: CurrentSpeaker) -> ErasureOut:
    holds = await house.residents.erase(speaker)
    language = speaker.resident.language if speaker.resident else "zh_Hans_CN"
    note = house.words.word("erasure.held" if holds else "erasure.done", language)
    return ErasureOut(erased=not holds, holds=[house.words.word(f"hold.{hold}", language) for hold in holds], note=note)


@router.post("/heard")
async def heard(body: HeardIn, house: AnyHouse, speaker: CurrentSpeaker) -> HeardOut:
    found = await house.safety.hear(speaker, body.text, language=body.language, about=body.about)
    return HeardOut(safety=found.kind.value if found.kind else None, card=found.card)


@router.post("/enrolments", status_code=201)
async def enrol(body: EnrolmentIn, house: AnyHouse, speaker: CurrentSpeaker) -> OfficialMe:
    official = await house.officials.enrol(speaker, body.token)
    return OfficialMe(
        id=official.id,
        name=official.name,
        roles=list(official.roles),
        area=official.area,
        area_name=house.area_name(official.area, official.language),
    )


@router.post("/login-links", status_code=201)
async def login_link(house: AnyHouse, official: CurrentOfficial) -> LoginLinkOut:
    """A one-time link into the console, for the official's own chat."""
    token = await house.officials.login_link(official.id)
    link = f"{house.public_gateway_url}/console/sign-in?token={token}"
    return LoginLinkOut(link=link, minutes=int(LOGIN_LINK_LIVES.total_seconds() // 60))


@router.put("/addresses", status_code=204)
async def address(body: AddressIn, house: AnyHouse, _: TheBot) -> None:
    """The bot learnt that an address works again, or no longer (blocked, left)."""
    await house.residents.set_address_state(body.channel, body.handle, body.state)


@router.put("/deliveries/{delivery_id}/seen", status_code=204)
async def seen(delivery_id: DeliveryId, house: AnyHouse, where: SpokenAt) -> None:
    """A chat shows it. Of what went elsewhere nothing changes, and the answer does not tell that it exists."""
    await house.deliveries.seen(delivery_id, *where)


@router.get("/drafts/{chat}")
async def draft(chat: str, house: AnyHouse, _: TheBot) -> DraftOut:
    return DraftOut(blob=await house.drafts.find(chat))


@router.put("/drafts/{chat}", status_code=204)
async def keep_draft(chat: str, body: DraftIn, house: AnyHouse, _: TheBot) -> None:
    await house.drafts.keep(chat, body.blob)


@router.delete("/drafts/{chat}", status_code=204)
async def drop_draft(chat: str, house: AnyHouse, _: TheBot) -> None:
    await house.drafts.drop(chat)
