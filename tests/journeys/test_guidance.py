"""Telling people in a town: care when an isolation begins, codes from abroad, rumours checked, agencies named."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from gateway.domain.agencies import Agency
from gateway.domain.guidance import ShownAt
from gateway.domain.kinds import AddressId, ChannelName, ReportKind, RiskLevel, Role
from gateway.domain.people import Address, Speaker
from gateway.domain.scopes import Scope
from gateway.services.agencies import AgencyIncomplete
from gateway.services.broadcasts import SecondPersonNeeded
from gateway.services.sheets import NoSheet
from gateway.town import Neighbour, Town

LIXIA, COUNTY = "370102001", "370102"


def agency(town: Town, name: str, *, night: bool = False, process: str = "预约、登记、采样、查询") -> Agency:
    return Agency(
        id=uuid4(),
        area=COUNTY,
        name_zh=name,
        name_en="",
        address="经十路1号",
        hours="24小时" if night else "8:00-17:00",
        booking="拨打12320",
        fee="80元",
        process=process,
        round_the_clock=night,
        changed_at=town.clock.now(),
    )


async def speaker_of(town: Town, neighbour: Neighbour) -> Speaker:
    return await town.house.residents.speaker(neighbour.channel, neighbour.handle)


@pytest.mark.rule("DL-3.8-a", "DL-4.3-a")
async def test_in_dalian_whoever_comes_home_from_hospital_hears_care_and_asks_whether_it_is_true(town: Town) -> None:
    await town.activate("dl-2020-05", area="2102")
    jinzhou = "210213001"
    doctor = await town.official("陈医生", Role.DOCTOR, jinzhou)
    grid = await town.official("网格员李", Role.GRID_WORKER, f"{jinzhou}00001")
    publisher = await town.official("宣传刘", Role.PUBLISHER, "210213")
    resident = await town.resident("王芳", area=jinzhou)

    await town.house.follow_ups.place(
        resident.id,
        profile="discharged",
        anchors={"discharge": town.clock.now()},
        reason="出院",
        official=doctor.official,
    )
    await town.quiet()
    care = resident.heard("请告诉我们", at="07:20").text
    assert "0411-555-0100" in care
    await resident.gateway.tell("difficulty", {"words": "家里老人没人做饭"}, key=uuid4().hex)
    await town.quiet()
    grid.heard("家里老人没人做饭", at="07:20")

    reference = await town.house.rumours.ask(await speaker_of(town, resident), "听说海鲜市场全关了")
    await town.quiet()
    publisher.heard("听说海鲜市场全关了", at="07:20")
    (asked,) = await town.house.matters.listed(official=publisher.official, kind="rumour")
    answer = {"zh_Hans_CN": "不属实,市场照常营业。", "en": "Not true: the market is open."}
    await town.house.rumours.answer(asked.matter.id, answer, official=publisher.official, publish=False)
    await town.quiet()
    assert "市场照常营业" in resident.heard(reference).text


CARING = """\
pack:
  id: lx-2021-01
  version: 1
  title: 历下区管控期间的关怀
  document: shandong-2020-09
  parent: demo-county
  jurisdiction: "370102"
  effective_from: 2021-01-01
sections:
  guidance:
    care: {from: dl-2020-05, signed_by: 区指挥部, rule: DL-3.8-a}
  matters:
    difficulty: {from: dl-2020-05, signed_by: 区指挥部, rule: DL-3.8-a}
signed_off:
  - {value: profiles.discharged, by: 区指挥部, rule: DEFAULT}
  - {value: should_test.close_contact, by: 区指挥部, rule: DEFAULT}
"""


@pytest.mark.rule("DL-3.8-a")
async def test_whoever_is_closed_in_hears_care_and_tells_what_is_difficult(town: Town) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, COUNTY)
    expert = await town.official("专家陈", Role.EXPERT, COUNTY)
    publisher = await town.official("发布人钱", Role.PUBLISHER, COUNTY)
    grid = await town.official("网格员李", Role.GRID_WORKER, "37010200100405")
    inside = await town.resident("孙奶奶", area=LIXIA, grid="37010200100405")
    outside = await town.resident("李强", area=LIXIA, grid="37010200100201")
    changes, controls = town.house.policy_changes, town.house.controls
    version = await changes.bring("lx.yaml", CARING.encode(), official=county.official)
    off = [one.value for one in (await changes.preview(version.hash, official=county.official)).off]
    await changes.activate(version.hash, official=county.official, accepts_off=off)

    asked = await controls.request("370102001004", unit_kind="building", name="5号楼", official=county.official)
    await controls.decide(
        asked.id,
        official=expert.official,
        boundary="5号楼及其出入口",
        opinion="密接集中",
        mode="closed",
        grids=["37010200100405"],
    )
    drafted = await controls.draft(asked.id, official=county.official)
    assert drafted.words_hash is not None
    inside.heard_nothing("心情同样重要")
    await controls.review(asked.id, drafted.words_hash, official=publisher.official)
    await controls.approve(asked.id, drafted.words_hash, official=publisher.official)
    await town.quiet()
    inside.heard("心情同样重要", at="07:20")
    outside.heard_nothing("心情同样重要")

    await inside.gateway.tell("difficulty", {"words": "没人帮忙买药"}, key=uuid4().hex)
    await town.quiet()
    grid.heard("没人帮忙买药", at="07:20")


@pytest.mark.rule("SP-2.1.1-b")
async def test_a_county_without_a_night_agency_hears_it_and_notices_to_sample_name_the_one_that_opens(
    town: Town,
) -> None:
    await town.activate("demo-county", area=COUNTY, since=date(2021, 1, 1))
    county = await town.official("区指挥部郑", Role.COUNTY, COUNTY)
    doctor = await town.official("陈医生", Role.DOCTOR, LIXIA)
    resident = await town.resident("王芳", area=LIXIA)
    agencies = town.house.agencies
    with pytest.raises(AgencyIncomplete):
        await agencies.keep(agency(town, "区医院", process=""), official=county.official, new=True)
    await agencies.keep(agency(town, "区医院"), official=county.official, new=True)
    await town.quiet()
    county.heard("缺少24小时核酸检测机构", at="07:20")
    await agencies.keep(agency(town, "区疾控", night=True), official=county.official, new=True)
    assert await county.open_alerts() == []

    await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"last_exposure": town.clock.now(), "isolation_start": town.clock.now()},
        reason="密接",
        official=doctor.official,
    )
    await town.wait(timedelta(hours=24))
    assert any("区疾控" in said.text and "24小时" in said.text for said in resident.messages)
    resident.heard_nothing("区医院")


@pytest.mark.rule("BN-2.5.2-a", "SP-2.1.4-a")
async def test_a_rumour_is_checked_and_the_answer_goes_to_everybody_only_with_a_second_person(town: Town) -> None:
    await town.activate("demo-county", area=COUNTY, since=date(2021, 1, 1))
    county = await town.official("区指挥部郑", Role.COUNTY, COUNTY)
    publisher = await town.official("宣传刘", Role.PUBLISHER, COUNTY)
    asker, neighbour = (
        await town.resident("王芳", area=LIXIA),
        await town.resident("Li Qiang", area=LIXIA, language="en"),
    )

    await town.house.area_levels.set_level(LIXIA, official=county.official, risk=RiskLevel.MEDIUM)
    await town.quiet()
    assert "由低风险调整为中风险" in asker.heard("疫情情况通报", at="07:20").text
    assert "from low risk to medium risk" in neighbour.heard("Situation in").text

    reference = await town.house.rumours.ask(await speaker_of(town, asker), "听说明天全市封城")
    await town.quiet()
    publisher.heard("听说明天全市封城", at="07:20")
    (asked,) = await town.house.matters.listed(official=publisher.official, kind="rumour")
    done = await town.house.rumours.answer(
        asked.matter.id,
        {"zh_Hans_CN": "不属实,公交照常。", "en": "Not true: buses run as usual."},
        official=publisher.official,
        publish=True,
    )
    await town.quiet()
    assert "不属实" in asker.heard(reference).text
    neighbour.heard_nothing("Not true")
    draft = (await town.house.broadcasts.view(done.draft, official=county.official)).broadcast  # type: ignore[arg-type]
    with pytest.raises(SecondPersonNeeded):
        await town.house.broadcasts.approve(draft.id, draft.content_hash, official=publisher.official)

    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        second = Address(AddressId(uuid4()), ChannelName.MEMORY, "second", resident_id=neighbour.id)
        await work.addresses.add(second, now=town.clock.now())
    campaign = await town.house.guidance.campaign("distance_and_masks", area=COUNTY, official=county.official)
    await town.house.broadcasts.approve(campaign.id, campaign.content_hash, official=publisher.official)
    await town.quiet()
    neighbour.heard("Distance and masks")
    sent = await town.house.broadcast_runs.account(campaign.id, official=county.official)
    assert (sent.recipients, sum(sent.copies.values())) == (2, 3)


@pytest.mark.rule("SD-3.2.2-d", "SD-4.4-a", "SD-4.4-b")
async def test_codes_are_shown_to_travellers_and_newcomers_and_a_sheet_is_printed_for_grandmother(town: Town) -> None:
    guidance, sheets = town.house.guidance, town.house.sheets
    resident = await town.resident("王芳", area=LIXIA)
    speaker = await speaker_of(town, resident)
    (first,) = await guidance.topics(speaker, language="zh_Hans_CN", occasion=ShownAt.ONBOARDING)
    assert "一人一码" in first.text
    arrives = town.clock.now() + timedelta(days=4)
    await resident.reports(
        ReportKind.ARRIVAL,
        {
            "origin": {"text": "日本东京", "country": "JP"},
            "destination": {"text": "济南历下", "area": LIXIA},
            "arrives_at": arrives.isoformat(),
            "transport": "plane",
        },
    )
    assert "通信行程卡" in resident.heard("防疫健康码国际版", at="07:20").text

    member = await town.house.residents.add_family(speaker, name="张桂兰", relation="parent", birth_year=1940)
    speaker = await speaker_of(town, resident)
    link, expires = await sheets.link(speaker, member.id)
    sheet = await sheets.open(link.rsplit("/", 1)[1])
    assert (sheet.name, sheet.guardian) == ("张桂兰", "王芳")
    with pytest.raises(NoSheet):
        await sheets.link(speaker, resident.id)
    await town.until(expires + timedelta(seconds=1))
    with pytest.raises(NoSheet):
        await sheets.open(link.rsplit("/", 1)[1])
