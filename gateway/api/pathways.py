"""One person's way through the work, for officials; what they are to be tested for, also for themselves."""

from uuid import UUID

from fastapi import APIRouter, Query

from gateway.access.callers import AnyHouse, CurrentOfficial, CurrentSpeaker
from gateway.access.house import House
from gateway.domain.discharges import Leaving
from gateway.domain.kinds import ResidentId, ResultStatus
from gateway.domain.rules import Words
from gateway.domain.screenings import Listed
from gateway.schemas.pathways import (
    DischargeIn,
    DischargeOut,
    ExpectedDischargeIn,
    ExpectedDischargeOut,
    ListedOut,
    MomentOut,
    MovedOut,
    MoveIn,
    OwnResultOut,
    OwnResultsOut,
    PassOut,
    StageOut,
    TransferIn,
    TransferOut,
    WayOut,
)
from gateway.services.residents import AreaUnknown, spoken_for

router = APIRouter(prefix="/v1", tags=["pathways"])


def _said(title: Words, language: str) -> str:
    return title.zh if language.startswith("zh") else title.en


@router.get("/residents/{resident_id}/pathway")
async def pathway(resident_id: ResidentId, house: AnyHouse, official: CurrentOfficial) -> WayOut:
    way = await house.pathways.of_resident(resident_id, official=official)
    now = house.clock.now()
    return WayOut(
        stages=[
            StageOut(
                key=one.key,
                title=_said(one.title, official.language),
                at=one.at,
                mark=one.mark,
                rules=list(one.rules),
            )
            for one in way.stages
        ],
        moments=[
            MomentOut(
                key=one.key,
                title=_said(one.title, official.language),
                at=one.at,
                due_at=one.due_at,
                late=one.late(now),
                rules=list(one.rules),
            )
            for one in way.moments
        ],
    )


def _listed(house: House, found: tuple[Listed, ...], language: str) -> list[ListedOut]:
    quotes = house.packs.quotes()
    out = []
    for one in found:
        quote = quotes.get(one.rules[0]) if one.rules else None
        said = None if quote is None else quote.said_in(language)
        out.append(
            ListedOut(
                key=one.key,
                title=_said(one.title, language),
                which=one.list,
                profile=one.profile,
                until=one.until.isoformat() if one.until else None,
                payer=house.words.word(f"payer.{one.payer.payer}", language) if one.payer else None,
                rules=list(one.rules),
                quote=said,
            )
        )
    return out


@router.get("/me/tests-asked")
async def own_lists(house: AnyHouse, speaker: CurrentSpeaker, about: UUID | None = None) -> list[ListedOut]:
    """Do I have to be tested, and why."""
    language = speaker.resident.language if speaker.resident else "zh_Hans_CN"
    return _listed(house, await house.pathways.own_lists(spoken_for(speaker, about)), language)


@router.get("/me/results")
async def own_results(house: AnyHouse, speaker: CurrentSpeaker, about: UUID | None = None) -> OwnResultsOut:
    """One's own history of tests, the newest first."""
    found = await house.results.of_speaker(speaker, about)
    return OwnResultsOut(
        results=[
            OwnResultOut(
                test=one.test,
                sampled_at=one.sampled_at,
                site=one.site,
                value=one.value,
                resulted_at=one.resulted_at,
                confirmed=one.status is ResultStatus.CONFIRMED,
            )
            for one in found
        ]
    )


@router.get("/residents/{resident_id}/tests-asked")
async def lists(resident_id: ResidentId, house: AnyHouse, official: CurrentOfficial) -> list[ListedOut]:
    found = await house.pathways.to_be_tested(resident_id, official=official)
    return _listed(house, found, official.language)


@router.post("/residents/{resident_id}/transfers", status_code=201)
async def transferred(
    resident_id: ResidentId, body: TransferIn, house: AnyHouse, official: CurrentOfficial
) -> TransferOut:
    """How somebody travelled on; where it was not the way prescribed, an official decides what follows."""
    judgement = await house.pathways.transferred(
        resident_id,
        transport=body.transport,
        number=body.number,
        arrived_at=body.arrived_at,
        released_on=body.released_on,
        official=official,
    )
    return TransferOut(
        applies=judgement.applies,
        allowed=judgement.allowed,
        to_decide=judgement.to_decide,
        profile=judgement.profile,
        rules=list(judgement.rules),
    )


@router.put("/residents/{resident_id}/managing-area")
async def move(resident_id: ResidentId, body: MoveIn, house: AnyHouse, official: CurrentOfficial) -> MovedOut:
    """Another place manages this person from now on; what is under way follows the rules there."""
    if house.gazetteer.find_area(body.area[:9]) is None:
        raise AreaUnknown
    moved = await house.residents.move(resident_id, body.area, grid=body.grid, official=official)
    area = moved.area
    return MovedOut(resident_id=moved.id, area=area, area_name=house.area_name(area, official.language))


@router.post("/residents/{resident_id}/discharges", status_code=201)
async def discharged(
    resident_id: ResidentId, body: DischargeIn, house: AnyHouse, official: CurrentOfficial
) -> DischargeOut:
    """Somebody left hospital or isolation; the calendar of those discharged begins."""
    reported = await house.discharges.report(
        resident_id,
        leaving=Leaving(body.leaving),
        left_at=body.left_at,
        arrived_at=body.arrived_at,
        official=official,
    )
    return DischargeOut(
        late=reported.late,
        rules=list(reported.rules),
        follow_up_id=reported.follow_up.id if reported.follow_up else None,
    )


@router.put("/residents/{resident_id}/expected-discharge")
async def expected(
    resident_id: ResidentId, body: ExpectedDischargeIn, house: AnyHouse, official: CurrentOfficial
) -> ExpectedDischargeOut:
    return ExpectedDischargeOut(due_at=await house.discharges.expect(resident_id, on=body.on, official=official))


@router.get("/residents/{resident_id}/pass-basis")
async def pass_basis(resident_id: ResidentId, house: AnyHouse, official: CurrentOfficial) -> PassOut:
    basis = await house.pathways.pass_basis_of(resident_id, official=official)
    return PassOut(resident_id=resident_id, basis=basis)


@router.get("/pass-codes")
async def pass_codes(
    house: AnyHouse, official: CurrentOfficial, limit: int = Query(default=500, ge=1, le=2000)
) -> list[PassOut]:
    """Who may be given a pass in the official's area, and on what ground."""
    found = await house.pathways.pass_codes(official=official, limit=limit)
    return [PassOut(resident_id=resident_id, basis=basis) for resident_id, basis in found]
