"""Events and gates through the whole house: asked, decided by name, looked at again (F-20, F-04)."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import insert

from gateway.domain.applications import AlreadyDecided, PersonsMissing, RuleForbids
from gateway.domain.kinds import (
    AlertKind,
    ApplicationKind,
    ApplicationState,
    EventKind,
    Excuse,
    GateQuestion,
    Occupation,
    ResultValue,
    RiskLevel,
    Role,
    TestKind,
    Verdict,
)
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.schemas.gates import DecisionIn, EventIn, GateAsk, GateOut, TripIn
from gateway.schemas.results import ResultIn
from gateway.services.events import NotYoursToDecide, OutsideYourArea, OwnApplication
from gateway.services.gates import NotYoursToAsk
from gateway.town import Desk, Neighbour, Town
from tests.support.calendars import at

LIXIA = "370102001"
LIST = "province,city,county,place,level\n山东省,济南市,历下区,解放路街道甲小区,{level}\n"


async def speaker(town: Town, person: Neighbour):  # type: ignore[no-untyped-def]
    return await town.house.residents.speaker(person.channel, person.handle)


async def asks(town: Town, person: Neighbour, question: GateQuestion, **known: object) -> GateOut:
    return await town.house.gates.ask(question, GateAsk.model_validate(known), speaker=await speaker(town, person))


def wedding(people: int, on: date = date(2021, 2, 13), **more: object) -> EventIn:
    asked = {"kind": EventKind.WEDDING, "on": on, "area": LIXIA, "people": people, "host": "李强", **more}
    return EventIn.model_validate(asked)


async def test_a_school_asks_for_its_own_festival_and_nobody_asks_for_elsewhere(town: Town) -> None:
    await town.activate("sp-2021-01", area="3701")
    county = await town.official("区指挥部", Role.COUNTY, "370102")
    school = await town.unit("实验小学", area=LIXIA)
    head = await town.official("校长", Role.UNIT_CONTACT, "370102", unit_id=school)
    loose = await town.official("无单位", Role.UNIT_CONTACT, "370102")

    made = await town.house.events.apply(wedding(300), official=head.official)
    assert [one.id for one in await town.house.events.listed(official=head.official)] == [made.id]
    assert [one.id for one in await town.house.events.listed(official=county.official)] == [made.id]
    for asks, area in ((head, "370202"), (loose, LIXIA), (county, "370202")):
        with pytest.raises(OutsideYourArea):
            await town.house.events.apply(wedding(300, area=area), official=asks.official)


async def speech_in_force(town: Town) -> None:
    await town.activate("sp-2021-01", area="3701")


async def listed_as(town: Town, level: str) -> None:
    """A national-form list with one compound in the township, or none, confirmed by its owner."""
    owner = await town.official(f"名单负责人{level}", Role.LIST_OWNER, "37")
    draft = await town.house.risk_lists.import_("list.csv", LIST.format(level=level).encode(), official=owner.official)
    await town.house.risk_lists.confirm(draft.row.id, official=owner.official)
    await town.quiet()


@pytest.mark.rule("SP-2.3.1-a", "SP-2.3.1-c")
async def test_a_wedding_of_fifty_waits_for_the_county_and_is_approved_by_three_names(town: Town) -> None:
    await speech_in_force(town)
    county = await town.official("区社防办周", Role.COUNTY, "370102")
    township = await town.official("街道办吴", Role.TOWNSHIP, LIXIA)
    host = await town.resident("李强", area=LIXIA)
    small = await town.house.events.apply(wedding(49), speaker=await speaker(town, host))
    assert small.state is ApplicationState.ALLOWED
    assert "从简" in small.text

    big = await town.house.events.apply(wedding(50, title="李强婚礼"), speaker=await speaker(town, host))
    await town.quiet()

    assert (big.state, big.answer.decides) == (ApplicationState.WAITING, "L4")
    assert "50人以上" in big.text
    county.heard("婚礼", at="2021-01-15 07:20")
    (alert,) = await county.open_alerts()
    assert alert.kind is AlertKind.APPLICATION

    approval = DecisionIn(approve=True, reason="已查看场地和防控方案")
    with pytest.raises(NotYoursToDecide):
        await town.house.events.decide(big.id, approval, official=township.official)
    with pytest.raises(PersonsMissing, match="filing_authority"):
        await town.house.events.decide(big.id, approval, official=county.official)
    named = approval.model_copy(update={"filing_authority": "区卫健局郑"})
    approved = await town.house.events.decide(big.id, named, official=county.official)
    await town.quiet()

    assert approved.state is ApplicationState.APPROVED
    assert (approved.host, approved.approver, approved.filing_authority) == ("李强", "区社防办周", "区卫健局郑")
    assert await county.open_alerts() == []
    host.heard("已同意")
    with pytest.raises(AlreadyDecided):
        await town.house.events.decide(big.id, named, official=county.official)

    # What an official entered for somebody, a second person decides.
    entered = await town.house.events.apply(wedding(60), official=county.official)
    with pytest.raises(OwnApplication):
        await town.house.events.decide(entered.id, named, official=county.official)
    second = await town.official("区社防办王", Role.COUNTY, "370102")
    decided = await town.house.events.decide(entered.id, named, official=second.official)
    assert decided.state is ApplicationState.APPROVED


async def test_what_a_rule_forbids_is_refused_at_once_and_rings_nobody(town: Town) -> None:
    await speech_in_force(town)
    county = await town.official("区社防办周", Role.COUNTY, "370102")
    host = await town.resident("李强", area=LIXIA)
    refused = await town.house.events.apply(wedding(20, kind=EventKind.BANQUET), speaker=await speaker(town, host))
    assert refused.state is ApplicationState.REFUSED
    assert [rule.id for rule in refused.answer.reasons[0].rules] == ["SP-2.3.1-d"]
    assert await county.open_alerts() == []


@pytest.mark.rule("SD-3.5.3-b")
async def test_a_meeting_comes_under_review_when_its_area_turns_medium(town: Town) -> None:
    county = await town.official("区社防办周", Role.COUNTY, "370102")
    host = await town.resident("李强", area=LIXIA)
    await listed_as(town, "low")
    given = wedding(30, on=date(2021, 2, 15), kind=EventKind.MEETING)
    meeting = await town.house.events.apply(given, speaker=await speaker(town, host))
    urgent = given.model_copy(update={"excuse": Excuse.URGENT})
    assert meeting.state is ApplicationState.ALLOWED
    await town.until("2021-01-16 14:00")
    assert await county.open_alerts() == []

    await listed_as(town, "medium")

    (shown,) = await town.house.events.listed(official=county.official)
    assert shown.state is ApplicationState.UNDER_REVIEW
    assert [rule.id for rule in shown.review] == ["SD-3.5.3-b"]
    (alert,) = await county.open_alerts()
    assert alert.kind is AlertKind.EVENT_REVIEW
    county.heard("须重新审核", at="2021-01-16 14:00")
    host.heard("重新审核中", at="2021-01-16 14:00")
    with pytest.raises(RuleForbids):
        await town.house.events.decide(meeting.id, DecisionIn(approve=True, reason="已查看"), official=county.official)
    await town.house.events.decide(
        meeting.id, DecisionIn(approve=False, reason="改为视频会议"), official=county.official
    )
    await town.quiet()
    host.heard("改为视频会议")
    waiting = await town.house.events.apply(urgent, speaker=await speaker(town, host))
    assert waiting.state is ApplicationState.WAITING


@pytest.mark.rule("SD-3.5.3-a")
async def test_a_case_too_close_is_seen_when_it_is_recorded_and_again_on_the_day(town: Town) -> None:
    """AMB-42: at application, and on the day."""
    host = await town.resident("李强", area=LIXIA)
    await listed_as(town, "low")
    owner = await town.official("名单负责人", Role.LIST_OWNER, "37")

    async def last_case(on: date) -> None:
        await town.house.risk_lists.set_outbreak(
            "370102", first_case_on=date(2021, 1, 2), last_case_on=on, official=owner.official
        )

    await last_case(date(2021, 1, 10))
    who = await speaker(town, host)
    given = wedding(30, on=date(2021, 1, 23), kind=EventKind.MEETING)
    early = await town.house.events.apply(given, speaker=who)
    assert early.state is ApplicationState.REFUSED
    first = await town.house.events.apply(given.model_copy(update={"on": date(2021, 1, 24)}), speaker=who)
    other = await town.house.events.apply(given.model_copy(update={"on": date(2021, 1, 25)}), speaker=who)
    assert {first.state, other.state} == {ApplicationState.ALLOWED}
    await town.until("2021-01-20 09:00")
    await last_case(date(2021, 1, 11))
    await town.quiet()
    states = {one.on.day: one.state for one in await town.house.events.of_speaker(who) if one.on.day > 23}
    assert states == {24: ApplicationState.UNDER_REVIEW, 25: ApplicationState.ALLOWED}
    await town.until("2021-01-25 00:00")
    assert await town.house.events.due() == []


async def test_no_meeting_is_promised_where_no_list_is_in_force(town: Town) -> None:
    host = await town.resident("李强", area=LIXIA)
    answer = await asks(town, host, GateQuestion.HOLD, kind="meeting", people=20, on="2021-02-15", area=LIXIA)
    assert answer.verdict is Verdict.OFFICIAL
    assert "没有该地区现行的风险等级" in answer.text


async def sampled(town: Town, site: Desk, person: Neighbour, when: datetime) -> None:
    given = ResultIn(resident_id=person.id, test=TestKind.NAT, sampled_at=when, value=ResultValue.NEGATIVE, site="一院")
    await town.house.results.record(given, official=site.official)


@pytest.mark.rule("SD-3.3.3-h")
async def test_a_cold_chain_worker_works_on_a_confirmed_test_and_not_from_day_fifteen_on(town: Town) -> None:
    site = await town.official("一院采样点", Role.SITE, "370102")
    community = await town.official("社区周", Role.COMMUNITY, LIXIA)
    worker = await town.resident("王芳", area=LIXIA, phone="13800138000")
    unknown = await asks(town, worker, GateQuestion.WORK)
    assert (unknown.verdict, unknown.ask_occupation) == (Verdict.YES, True)
    claimed = await asks(town, worker, GateQuestion.WORK, occupation="cold_chain")
    assert claimed.verdict is Verdict.NO
    await town.house.gates.set_occupation(worker.id, Occupation.COLD_CHAIN, holds=True, official=community.official)
    barred = await asks(town, worker, GateQuestion.WORK)
    assert barred.verdict is Verdict.NO
    assert "没有14天(或1个月)内核酸检测阴性证明的人员不得上岗工作" in barred.text

    await sampled(town, site, worker, at("2021-01-15 07:00"))
    assert (await asks(town, worker, GateQuestion.WORK)).verdict is Verdict.YES
    await town.until("2021-01-29 23:59")
    assert (await asks(town, worker, GateQuestion.WORK)).verdict is Verdict.YES
    await town.until("2021-01-30 00:00")
    assert (await asks(town, worker, GateQuestion.WORK)).verdict is Verdict.NO
    seen = await town.house.gates.ask_as(
        GateQuestion.WORK, GateAsk(number="138 0013 8000"), official=community.official
    )
    assert seen.verdict is Verdict.NO
    with pytest.raises(NotYoursToAsk):
        await town.house.gates.ask_as(GateQuestion.WORK, GateAsk(number="13800138000"), official=site.official)
    stranger = await town.official("外区周", Role.COMMUNITY, "370202001")
    with pytest.raises(NotFound):
        await town.house.gates.ask_as(GateQuestion.WORK, GateAsk(resident_id=worker.id), official=stranger.official)


@pytest.mark.rule("SD-3.4.6-a")
async def test_a_carer_with_a_fever_stays_away_until_the_alert_is_closed(town: Town) -> None:
    site = await town.official("一院采样点", Role.SITE, "370102")
    community = await town.official("社区周", Role.COMMUNITY, LIXIA)
    carer = await town.resident("王芳", area=LIXIA)
    await town.house.gates.set_occupation(carer.id, Occupation.WELFARE, holds=True, official=community.official)
    await sampled(town, site, carer, at("2021-01-15 07:00"))
    assert (await asks(town, carer, GateQuestion.WORK)).verdict is Verdict.YES
    await carer.reports_symptoms("fever", temperature=38.2)
    ill = await asks(town, carer, GateQuestion.WORK)
    assert ill.verdict is Verdict.NO
    assert "禁止有可疑症状的人员上岗" in ill.text


@pytest.mark.rule("SD-3.3.2-k")
async def test_the_green_code_is_told_at_release_when_all_tests_were_negative(town: Town) -> None:
    """F-04, three months later: isolated on the 16th at 01:40, released on the 30th at 01:40."""
    await town.until("2021-01-16 02:00")
    health = await town.official("卫健局郑", Role.HEALTH, "370102")
    site = await town.official("隔离点采样", Role.SITE, "370102")
    resident = await town.resident("张伟", area=LIXIA)
    anchors: Mapping[str, datetime] = {"entry": at("2021-01-15 21:30"), "isolation_start": at("2021-01-16 01:40")}
    await town.house.follow_ups.place(
        resident.id, profile="overseas_in_province", anchors=anchors, reason="入境隔离", official=health.official
    )
    await sampled(town, site, resident, at("2021-01-15 22:10"))
    for day in ("2021-01-19 09:00", "2021-01-28 09:00"):
        await town.until(day)
        await sampled(town, site, resident, at(day))
    given = ResultIn(
        resident_id=resident.id,
        test=TestKind.ANTIBODY,
        sampled_at=at("2021-01-28 09:00"),
        value=ResultValue.NEGATIVE,
        site="一院",
    )
    await town.house.results.record(given, official=site.official)
    waits = await asks(town, resident, GateQuestion.OVER)
    assert waits.verdict is Verdict.NO
    assert "1月30日星期六 01:40" in waits.text
    assert (await asks(town, resident, GateQuestion.GREEN_CODE)).verdict is Verdict.NO

    await town.until("2021-01-30 01:40")

    assert (await asks(town, resident, GateQuestion.OVER)).verdict is Verdict.YES
    assert (await asks(town, resident, GateQuestion.GREEN_CODE)).verdict is Verdict.YES
    health.heard("绿码", at="2021-01-30 01:40")
    resident.heard("绿码", at="2021-01-30 01:40")


@pytest.mark.rule("SD-3.3.1-h")
async def test_an_early_return_waits_for_the_destination_city(town: Town) -> None:
    city = await town.official("市指挥部何", Role.CITY, "3701")
    county = await town.official("区社防办周", Role.COUNTY, "370102")
    returnee = await town.resident("张伟", area=LIXIA)
    asked = await asks(town, returnee, GateQuestion.COME, abroad=True, early_or_changed=True)
    assert asked.verdict is not Verdict.YES
    trip = await town.house.events.apply_for_trip(
        TripIn(kind=ApplicationKind.EARLY_RETURN, on=date(2021, 1, 20), area="370102", reason="母亲病重"),
        speaker=await speaker(town, returnee),
    )
    await town.quiet()
    assert (trip.state, trip.answer.decides) == (ApplicationState.WAITING, "L5")
    city.heard("提前抵达", at="2021-01-15 07:20")
    decision = DecisionIn(approve=True, reason="同意,点对点接返")
    with pytest.raises(NotYoursToDecide):
        await town.house.events.decide(trip.id, decision, official=county.official)
    await town.house.events.decide(trip.id, decision, official=city.official)
    await town.quiet()
    returnee.heard("已同意")
    again = await asks(town, returnee, GateQuestion.COME, abroad=True, early_or_changed=True)
    assert "已批准" in again.text


async def test_an_approved_meeting_of_sixty_is_reviewed_when_somebody_sets_the_level(town: Town) -> None:
    """F-20 and F-18: the composite pack of a county; the sub-district turns medium the day before."""
    await town.activate("demo-county", area="3701")
    county = await town.official("区指挥部周", Role.COUNTY, "370102")
    host = await town.resident("李强", area=LIXIA)
    await listed_as(town, "low")
    given = wedding(60, on=date(2021, 1, 25), kind=EventKind.MEETING, filing_authority="区卫健局郑")
    meeting = await town.house.events.apply(given, speaker=await speaker(town, host))
    assert (meeting.state, meeting.answer.decides) == (ApplicationState.WAITING, "L4")
    await town.house.events.decide(meeting.id, DecisionIn(approve=True, reason="同意"), official=county.official)
    await town.until("2021-01-24 14:00")

    await town.house.area_levels.set_level(LIXIA, risk=RiskLevel.MEDIUM, official=county.official)
    await town.quiet()

    (shown,) = await town.house.events.of_speaker(await speaker(town, host))
    assert shown.state is ApplicationState.UNDER_REVIEW
    assert {rule.id for rule in shown.review} & {"SD-3.5.3-b", "BN-2.3.4-a"}
    host.heard("重新审核中", at="2021-01-24 14:00")


@pytest.mark.rule("SP-2.3.1-f")
async def test_a_cadres_journey_goes_to_the_head_of_the_unit(town: Town) -> None:
    await town.activate("sp-2021-01", area="3701")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        unit = uuid4()
        bureau = {"id": unit, "area": "370102", "key": "区水务局", "name": "区水务局", "kind": "office"}
        await work.connection.execute(insert(t.units).values(**bureau))
    head = await town.official("水务局负责人何", Role.UNIT_CONTACT, "370102", unit_id=unit)
    cadre = await town.resident("张伟", area=LIXIA)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(insert(t.unit_members).values(unit_id=unit, resident_id=cadre.id))
    await listed_as(town, "low")

    asked = await asks(town, cadre, GateQuestion.TRAVEL, area="3702", cadre=True)
    assert (asked.verdict, asked.decides) == (Verdict.OFFICIAL, "UL")
    trip = await town.house.events.apply_for_trip(
        TripIn(kind=ApplicationKind.CADRE_TRIP, on=date(2021, 1, 20), area="3702", reason="参加抢修"),
        speaker=await speaker(town, cadre),
    )
    await town.quiet()
    assert trip.state is ApplicationState.WAITING
    head.heard("领导干部出行", at="2021-01-15 07:20")
    await town.house.events.decide(trip.id, DecisionIn(approve=True, reason="同意"), official=head.official)
    await town.quiet()
    cadre.heard("已同意")
    assert (await asks(town, cadre, GateQuestion.TRAVEL, area="3702", cadre=True)).verdict is Verdict.YES


async def test_a_list_moves_on_though_somebody_who_wanted_to_celebrate_has_erased_themselves(town: Town) -> None:
    host, other = await town.resident("李强", area=LIXIA), await town.resident("周敏", area=LIXIA)
    await listed_as(town, "low")
    for person in (host, other):
        given = wedding(30, on=date(2021, 2, 15), kind=EventKind.MEETING)
        held = await town.house.events.apply(given, speaker=await speaker(town, person))
        assert held.state is ApplicationState.ALLOWED
    assert await town.house.residents.erase(await speaker(town, host)) == ()
    await listed_as(town, "medium")
    (left,) = await town.house.events.of_speaker(await speaker(town, other))
    assert left.state is ApplicationState.UNDER_REVIEW


async def test_a_return_approved_for_a_day_gone_by_approves_no_later_one(town: Town) -> None:
    city = await town.official("市指挥部马", Role.CITY, "3701")
    returnee = await town.resident("王磊", area=LIXIA)
    trip = await town.house.events.apply_for_trip(
        TripIn(kind=ApplicationKind.EARLY_RETURN, on=date(2021, 1, 16), area="370102", reason="母亲病重"),
        speaker=await speaker(town, returnee),
    )
    await town.house.events.decide(trip.id, DecisionIn(approve=True, reason="同意"), official=city.official)
    asked = {"abroad": True, "early_or_changed": True}
    told = await asks(town, returnee, GateQuestion.COME, **asked, on=date(2021, 1, 16))
    assert "已批准" in told.text
    later = await asks(town, returnee, GateQuestion.COME, **asked, on=date(2021, 1, 30))
    assert "已批准" not in later.text


async def test_an_employer_hears_that_somebody_may_not_work_and_not_that_they_are_ill(town: Town) -> None:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        unit = uuid4()
        await work.connection.execute(
            insert(t.units).values(id=unit, area="370102", key="养老院", name="养老院", kind="care_home")
        )
    boss = await town.official("养老院院长", Role.UNIT_CONTACT, "370102", unit_id=unit)
    doctor = await town.official("社区医生周", Role.DOCTOR, LIXIA)
    nurse = await town.resident("孙丽", area=LIXIA)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(insert(t.unit_members).values(unit_id=unit, resident_id=nurse.id))
    await town.house.gates.set_occupation(nurse.id, Occupation.WELFARE, holds=True, official=doctor.official)
    await nurse.reports_symptoms("fever", temperature=38.2)
    await town.quiet()
    asked = GateAsk(resident_id=nurse.id)
    told = await town.house.gates.ask_as(GateQuestion.WORK, asked, official=boss.official)
    assert told.verdict is Verdict.NO
    assert "症状" not in told.text and "症状" not in str(told.model_dump())
    known = await town.house.gates.ask_as(GateQuestion.WORK, asked, official=doctor.official)
    assert "症状" in known.text
