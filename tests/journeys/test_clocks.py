"""Clocks beside the plans, and people whose class, way or place changes (F-03, F-06, F-10, F-13, AMB-10)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.discharges import Leaving
from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import (
    AlertKind,
    ClockKind,
    FollowUpState,
    ItemState,
    ReportKind,
    ResultId,
    ResultValue,
    Role,
    TestKind,
)
from gateway.domain.scopes import Scope
from gateway.errors import Invalid
from gateway.record.results import Result
from gateway.schemas.results import DirectReportIn, ReceiptIn, ResultIn
from gateway.services.follow_ups import NotYoursToDecide
from gateway.town import Desk, Neighbour, Town

ZONE = ZoneInfo("Asia/Shanghai")
GRID = "37010200100001"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


async def desks_of(town: Town) -> dict[Role, Desk]:
    return {
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, GRID),
        Role.SITE: await town.official("采样点", Role.SITE, "370102"),
        Role.COMMUNITY: await town.official("社区周", Role.COMMUNITY, "370102001"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "370102"),
        Role.HEALTH: await town.official("卫健值班", Role.HEALTH, "370102"),
        Role.EXPERT: await town.official("专家组", Role.EXPERT, "370102"),
    }


async def recorded(
    town: Town, desk: Desk, resident: Neighbour, sampled: str, value: ResultValue | None = None
) -> Result:
    result = await town.house.results.record(
        ResultIn(resident_id=resident.id, test=TestKind.NAT, sampled_at=at(sampled), value=value, site="历下区采样点"),
        official=desk.official,
    )
    await town.quiet()
    return result


async def placed(town: Town, desk: Desk, resident: Neighbour, profile: str, **anchors: datetime | date) -> FollowUp:
    follow_up = await town.house.follow_ups.place(
        resident.id, profile=profile, anchors=anchors, reason="登记", official=desk.official
    )
    await town.quiet()
    return follow_up


async def left_open(desk: Desk) -> list[AlertKind]:
    aside = (AlertKind.UNREACHABLE, AlertKind.AGENCY_GAP)  # of the town, not of these stories
    return [alert.kind for alert in await desk.open_alerts() if alert.kind not in aside]


async def plans_in(town: Town, resident: Neighbour) -> dict[str, FollowUpState]:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        found = await work.follow_ups.of_resident(resident.id, open_only=False)
    return {one.profile: one.state for one in found}


# laboratories


@pytest.mark.rule("SP-2.1.1-c", "SP-2.1.1-d")
async def test_a_laboratory_of_the_city_is_warned_and_its_result_is_signed_for(town: Town) -> None:
    await town.activate("sp-2021-01", area="370102")
    resident, desks = await town.resident("王芳"), await desks_of(town)
    site, health = desks[Role.SITE], desks[Role.HEALTH]
    await town.until("2021-01-15 09:00")
    sample = await recorded(town, site, resident, "2021-01-15 09:00")
    clocks = await town.house.results.receive(
        sample.id, ReceiptIn(received_at=at("2021-01-15 09:00"), laboratory="市疾控"), official=health.official
    )
    assert [(clock.key, clock.due_at) for clock in clocks] == [("result", at("2021-01-15 15:00"))]

    await town.until("2021-01-15 15:10")
    assert site.times("时限将至") == ["01-15 12:00", "01-15 13:30", "01-15 14:24"]
    assert health.times("时限已过")[0] == desks[Role.COUNTY].times("时限已过")[0] == "01-15 15:00"
    await recorded(town, site, resident, "2021-01-15 09:00", ResultValue.NEGATIVE)
    assert await left_open(health) == [AlertKind.RESULT_BACK], "nobody is asked for it any more"

    (back,) = [alert for alert in await site.open_alerts() if alert.kind is AlertKind.RESULT_BACK]
    site.heard("检测结果已反馈", at="2021-01-15 15:10")
    await site.acknowledges(back)
    await town.until("2021-01-15 17:00")
    health.heard_nothing("检测结果已反馈")
    resident.heard("阴性")


async def test_a_result_that_nobody_signs_for_rings_on(town: Town) -> None:
    await town.activate("sp-2021-01", area="370102")
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 09:00")
    await recorded(town, desks[Role.SITE], resident, "2021-01-15 08:00", ResultValue.NEGATIVE)
    await town.until("2021-01-15 10:01")
    assert desks[Role.SITE].times("检测结果已反馈") == ["01-15 09:00", "01-15 09:15"]
    assert desks[Role.HEALTH].times("检测结果已反馈") == ["01-15 10:00"]


async def test_where_no_notice_gives_hours_the_laboratory_is_measured_and_nobody_rings(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 09:00")
    sample = await recorded(town, desks[Role.SITE], resident, "2021-01-15 09:00")
    await town.until("2021-01-15 22:00")
    desks[Role.SITE].heard_nothing("时限")
    (clock,) = await town.house.results.laboratory_queue(official=desks[Role.HEALTH].official)
    assert (clock.subject_id, clock.due_at, clock.late(town.clock.now())) == (sample.id, at("2021-01-15 21:00"), True)
    await recorded(town, desks[Role.SITE], resident, "2021-01-15 09:00", ResultValue.NEGATIVE)
    assert await town.house.results.laboratory_queue(official=desks[Role.HEALTH].official) == []


@pytest.mark.rule("SP-2.1.1-a")
async def test_the_sample_of_a_key_person_has_a_second_clock_that_ends_with_the_day(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await placed(town, desks[Role.COUNTY], resident, "key_area", included_at=at("2021-01-15 07:20"))
    await town.activate("sp-2021-01", area="370102")
    await town.until("2021-01-15 20:00")
    sample = await recorded(town, desks[Role.SITE], resident, "2021-01-15 19:00")
    given = ReceiptIn(received_at=at("2021-01-15 20:00"), laboratory="市疾控")
    clocks = await town.house.results.receive(sample.id, given, official=desks[Role.HEALTH].official)
    assert [(clock.key, clock.due_at) for clock in clocks] == [
        ("not_overnight", at("2021-01-16 00:00")),
        ("result", at("2021-01-16 02:00")),
    ]
    await town.until("2021-01-16 00:00")
    assert desks[Role.HEALTH].times("时限已过") == ["01-16 00:00"]


@pytest.mark.rule("SD-3.3.4-b", "SD-3.3.2-p")
async def test_the_number_of_the_report_upwards_stops_its_clock(town: Town) -> None:
    resident, desks = await town.resident("王芳"), await desks_of(town)
    await town.until("2021-01-15 16:00")
    result = await recorded(town, desks[Role.SITE], resident, "2021-01-15 09:00", ResultValue.POSITIVE)
    assert "转运" in desks[Role.HEALTH].heard("检测阳性", at="2021-01-15 16:00").text
    desks[Role.COUNTY].heard("检测阳性", at="2021-01-15 16:00")
    await town.until("2021-01-15 17:05")
    assert desks[Role.HEALTH].times("直报时限") == ["01-15 17:00"]
    clock = await town.house.results.report_directly(
        ResultId(result.id),
        DirectReportIn(number="370102-2021-0007", reported_at=at("2021-01-15 17:05")),
        official=desks[Role.HEALTH].official,
    )
    await town.quiet()
    assert (clock.due_at, clock.late(town.clock.now())) == (at("2021-01-15 18:00"), False)
    await town.until("2021-01-15 18:30")
    desks[Role.COUNTY].heard_nothing("直报时限")
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        (kept,) = await work.clocks.of_subject(result.id, ClockKind.DIRECT_REPORT)
        assert await work.clocks.note(kept, await work.residents.key(resident.id)) == "370102-2021-0007"


# classes


async def test_experts_upgrade_a_contact_and_what_was_sampled_that_day_counts(town: Town) -> None:
    resident, desks = await town.resident("赵敏"), await desks_of(town)
    exposed = at("2021-01-13 19:00")
    before = await placed(
        town, desks[Role.COUNTY], resident, "general_contact", last_exposure=exposed, placement=at("2021-01-14 09:00")
    )
    await town.until("2021-01-16 10:00")
    await recorded(town, desks[Role.SITE], resident, "2021-01-16 10:00", ResultValue.NEGATIVE)
    await town.until("2021-01-16 17:00")
    with pytest.raises(NotYoursToDecide):
        await town.house.follow_ups.reclassify(
            before.id, profile="close_contact", anchors={}, reason="x", official=desks[Role.GRID_WORKER].official
        )
    after = await town.house.follow_ups.reclassify(
        before.id,
        profile="close_contact",
        anchors={"isolation_start": at("2021-01-16 17:00"), "last_exposure": exposed},
        reason="同桌就餐两小时,未戴口罩",
        official=desks[Role.EXPERT].official,
    )
    await town.quiet()

    assert await plans_in(town, resident) == {
        "general_contact": FollowUpState.CLOSED,
        "close_contact": FollowUpState.ACTIVE,
    }
    told = resident.heard("您的类别已调整", at="2021-01-16 17:00").text
    assert "一般接触者 → 密切接触者" in told
    for role in (Role.GRID_WORKER, Role.SITE):
        assert "一般接触者 → 密切接触者" in desks[role].heard("人员类别已调整", at="2021-01-16 17:00").text
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        items = {item.key: item for item in await work.follow_ups.items(after.id)}
        old = await work.follow_ups.items(before.id)
    assert items["nat-d1"].state is ItemState.DONE, "sampled on the first day, before the isolation began"
    assert items["nat-d13"].due_at == at("2021-01-28 18:00")
    assert after.periods[0].ends_at == at("2021-01-30 17:00")
    assert not [item for item in old if item.is_open]
    await town.until("2021-01-17 12:30")
    resident.heard_nothing("今天身体怎么样", since="2021-01-16 17:01")


@pytest.mark.rule("SD-3.3.2-l")
async def test_somebody_on_the_fast_track_is_taken_out_by_an_official_and_hears_it(town: Town) -> None:
    resident, desks = await town.resident("林"), await desks_of(town)
    county = desks[Role.COUNTY].official
    landed = at("2021-01-15 07:00")
    follow_up = await placed(
        town, desks[Role.COUNTY], resident, "overseas_in_province", entry=landed, isolation_start=landed
    )
    with pytest.raises(Invalid, match="knows no exemption"):
        await town.house.follow_ups.exempt(follow_up.id, "diplomat", reason="x", official=county)
    await town.house.follow_ups.exempt(follow_up.id, "fast_track", reason="“快捷通道”人员", official=county)
    await town.quiet()
    assert await plans_in(town, resident) == {"overseas_in_province": FollowUpState.WITHDRAWN}
    resident.heard("您的安排已撤销")


# ways


@pytest.mark.rule("SD-3.3.1-g", "SD-3.3.1-j")
async def test_who_drove_home_is_shown_to_officials_and_only_they_decide(town: Town) -> None:
    resident, desks = await town.resident("周"), await desks_of(town)
    await town.until("2021-01-15 18:00")
    judgement = await town.house.pathways.transferred(
        resident.id,
        transport="car",
        number="鲁A12345",
        arrived_at=at("2021-01-15 17:00"),
        released_on=date(2021, 1, 14),
        official=desks[Role.GRID_WORKER].official,
    )
    await town.quiet()
    assert judgement.to_decide
    for role in (Role.COMMUNITY, Role.COUNTY):
        desks[role].heard("返程方式不符合规定", at="2021-01-15 18:00")
    assert await plans_in(town, resident) == {}, "the machine isolates nobody"

    await placed(town, desks[Role.COUNTY], resident, "overseas_violator", arrival=at("2021-01-15 18:00"))
    told = resident.heard("结束时间：1月22日星期五 18:00").text
    assert "费用由本人承担" in told and "0531-555-0120" in told, "who pays, and where to object"
    assert "相关费用自理" in told, "the sentence it rests on"


@pytest.mark.rule("SD-3.3.3-l", "SD-3.3.1-b")
async def test_somebody_found_by_a_list_is_traced_within_a_day_or_the_county_hears(town: Town) -> None:
    resident, desks = await town.resident("王"), await desks_of(town)
    async with town.house.transactions.begin(Scope.of_people([resident.id])) as work:
        person = await work.residents.get(resident.id)
        follow_up = await town.house.follow_ups.propose(
            work,
            person,
            profile="key_area",
            anchors={"arrival": at("2021-01-14 12:00")},
            pack=await town.house.packs.for_area(work, person.area, town.clock.now()),
            source_key="journey:1",
            rules=("SD-3.3.2-m",),
        )
    await town.quiet()
    assert follow_up is not None
    await town.until("2021-01-16 07:30")
    assert desks[Role.GRID_WORKER].times("时限将至") == ["01-15 19:20", "01-16 01:20", "01-16 04:56"]
    assert desks[Role.COUNTY].times("时限已过") == ["01-16 07:20"]
    await town.house.follow_ups.confirm(follow_up.id, official=desks[Role.GRID_WORKER].official)
    await town.quiet()
    assert AlertKind.CLOCK_OVERDUE not in await left_open(desks[Role.COUNTY])

    way = await town.house.pathways.of_resident(resident.id, official=desks[Role.GRID_WORKER].official)
    assert [(one.key, one.at is not None) for one in way.stages] == [
        ("monitoring", True),
        ("screening", True),
        ("registration", True),
        ("transfer", False),
        ("isolation", False),
    ]
    found, traced, sampled = way.moments
    assert (found.at, traced.at, sampled.at) == (at("2021-01-15 07:20"), at("2021-01-16 07:30"), None)
    assert traced.late(town.clock.now()) and sampled.due_at == at("2021-01-17 07:30")


# before boarding


@pytest.mark.rule("SD-3.2.2-a")
async def test_a_missed_day_before_boarding_is_flagged_at_midnight(town: Town) -> None:
    resident, desks = await town.resident("李娜"), await desks_of(town)
    await placed(town, desks[Role.COUNTY], resident, "overseas_preboard", boarding=at("2021-01-29 12:00"))
    await resident.reports(ReportKind.CHECK_IN, {"well": True, "symptoms": []})
    await town.until("2021-01-16 23:50")
    assert desks[Role.GRID_WORKER].times("未按时报告") == ["01-16 18:00"]
    resident.heard_nothing("登机前的每日填报有缺失")
    await town.until("2021-01-17 09:00")
    assert "1/14" in resident.heard("登机前的每日填报有缺失").text
    desks[Role.GRID_WORKER].heard("登机前每日填报中断", at="2021-01-17 00:00")


async def test_a_report_before_midnight_still_counts(town: Town) -> None:
    resident, desks = await town.resident("李娜"), await desks_of(town)
    await placed(town, desks[Role.COUNTY], resident, "overseas_preboard", boarding=at("2021-01-29 12:00"))
    await town.until("2021-01-15 21:00")
    await resident.reports(ReportKind.CHECK_IN, {"well": True, "symptoms": []})
    await town.until("2021-01-16 00:30")
    resident.heard_nothing("每日填报有缺失")
    desks[Role.GRID_WORKER].heard_nothing("每日填报中断")


# leaving hospital


@pytest.mark.rule("SD-4.4-d", "SD-3.3.4-e")
async def test_a_hospital_is_chased_for_its_report_and_the_report_begins_the_calendar(town: Town) -> None:
    resident, desks = await town.resident("吴"), await desks_of(town)
    hospital, county = desks[Role.SITE], desks[Role.COUNTY]
    due_at = await town.house.discharges.expect(
        resident.id, on=at("2021-01-15 10:00"), official=desks[Role.HEALTH].official
    )
    assert due_at == at("2021-01-16 10:00")
    await town.until("2021-01-16 11:00")
    assert desks[Role.GRID_WORKER].times("时限将至") == ["01-15 22:00", "01-16 04:00", "01-16 07:36"]
    assert county.times("时限已过") == ["01-16 10:00"]

    reported = await town.house.discharges.report(
        resident.id, leaving=Leaving.DISCHARGED, left_at=at("2021-01-15 10:00"), official=hospital.official
    )
    await town.quiet()
    assert reported.late and reported.follow_up is not None
    assert reported.follow_up.periods[0].ends_at == at("2021-01-15 10:00") + timedelta(days=14)
    assert AlertKind.CLOCK_OVERDUE not in await left_open(county)
    again = await town.house.discharges.report(
        resident.id, leaving=Leaving.DISCHARGED, left_at=at("2021-01-15 10:00"), official=hospital.official
    )
    assert again.follow_up is None, "reported twice, one calendar"


@pytest.mark.rule("SD-4.4-d", "SD-4.4-e")
async def test_a_case_that_is_closed_waits_for_the_hospitals_report_and_counts_as_cleared(town: Town) -> None:
    resident, desks = await town.resident("吴"), await desks_of(town)
    follow_up = await placed(town, desks[Role.COUNTY], resident, "key_area", included_at=at("2021-01-15 07:20"))
    await town.until("2021-01-15 09:00")
    await recorded(town, desks[Role.SITE], resident, "2021-01-15 08:00", ResultValue.POSITIVE)
    health = desks[Role.HEALTH].official
    assert await town.house.pathways.pass_basis_of(resident.id, official=health) is None
    await town.until("2021-01-16 09:00")
    await town.house.follow_ups.close(follow_up.id, official=health, reason="复核排除感染")
    await town.quiet()
    assert await town.house.pathways.pass_codes(official=health) == [(resident.id, "cleared_positive")]
    await town.until("2021-01-17 09:10")
    assert desks[Role.COUNTY].times("时限已过") == ["01-17 09:00"]
