"""What arrivals and households owe to community and employer, notice by notice, and an area's numbers."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from gateway.domain.kinds import DeclaredBy, LeadPush, ReportKind, Role
from gateway.domain.scopes import Scope
from gateway.errors import NotConfigured, ShaodianError
from gateway.record import tables as t
from gateway.schemas.people import FamilyIn
from gateway.schemas.reports import Place, ReportOut
from gateway.services.declarations import Arriving
from gateway.services.figures import AreaBeyondYours
from gateway.town import Desk, Neighbour, Town

AREA_A = "130104"
LISTED = {
    "data": {
        "end_update_time": "2021-01-15 07时",
        "hcount": 0,
        "mcount": 1,
        "lcount": 0,
        "highlist": [],
        "middlelist": [{"province": "河北省", "city": "石家庄市", "county": "桥西区", "communitys": ["友谊街道"]}],
    }
}
FROM_A = {"text": "石家庄市桥西区友谊街道", "area": AREA_A, "detail": "友谊街道"}


async def office(town: Town, county: str, unit: Any = None) -> dict[str, Desk]:
    desks = {
        "L1": await town.official("网格员李", Role.GRID_WORKER, f"{county}00100001"),
        "L2": await town.official("社区周", Role.COMMUNITY, f"{county}001"),
        "L4": await town.official("区指挥部郑", Role.COUNTY, county),
    }
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        employer = unit or uuid4()
        values = {"id": employer, "area": county, "key": "泉城食品厂", "name": "泉城食品厂", "kind": "employer"}
        await work.connection.execute(insert(t.units).values(**values))
    desks["UL"] = await town.official("厂办何", Role.UNIT_CONTACT, county, unit_id=employer)
    return desks


async def works_there(town: Town, person: Neighbour, desk: Desk) -> None:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        await work.connection.execute(
            insert(t.unit_members).values(unit_id=desk.official.unit_id, resident_id=person.id)
        )


async def area_a_is_medium(town: Town) -> None:
    owner = await town.official("名单负责人孙", Role.LIST_OWNER, "")
    content = json.dumps(LISTED, ensure_ascii=False).encode()
    draft = await town.house.risk_lists.import_("list.json", content, official=owner.official)
    await town.house.risk_lists.confirm(draft.row.id, official=owner.official)
    await town.quiet()


async def announces(
    person: Neighbour, origin: dict[str, Any], home: str, *, employer: str | None = None, at: str = "2021-01-22"
) -> ReportOut:
    answers = {
        "origin": {"detail": "", "country": None} | origin,
        "destination": {"text": "家", "area": home, "detail": ""},
        "arrives_at": f"{at}T15:30:00+08:00",
        "transport": "train",
        "employer": employer,
    }
    return await person.reports(ReportKind.ARRIVAL, answers)


def rules_of(out: ReportOut, code: str) -> list[str]:
    return next((list(one.rules) for one in out.outcome.advice if one.code == code), [])


@pytest.mark.rule("SD-3.3.5-d")
async def test_a_household_s_key_area_history_reaches_community_and_employer(town: Town) -> None:
    desks = await office(town, "370102")
    owner = await town.official("名单负责人孙", Role.LIST_OWNER, "37")
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=date(2021, 1, 10), official=owner.official
    )
    mother = await town.resident("王芳")
    await works_there(town, mother, desks["UL"])
    child = await mother.gateway.add_family_member(FamilyIn(name="王小明", relation="child"), key="k")

    leg = {"origin": FROM_A, "destination": {"text": "济南市历下区", "area": "370102", "detail": ""}}
    leg |= {"departed_on": "2021-01-14", "arrived_at": "2021-01-14", "transport": "train"}
    out = await mother.reports(ReportKind.TRAVEL, {"legs": [leg]}, about=child.id)

    assert rules_of(out, "declare_household") == ["SD-3.3.5-d"]
    for level in ("L2", "UL"):
        desks[level].heard("抵达报备", at="2021-01-15 07:20")


@pytest.mark.rule("SD-4.4-c")
async def test_who_comes_from_abroad_or_another_province_is_led_to_the_come_to_shandong_module(town: Town) -> None:
    await office(town, "370102")
    resident = await town.resident("王芳")
    abroad = await announces(resident, {"text": "Tokyo", "area": None, "country": "JP"}, "370102")
    elsewhere = await announces(resident, {"text": "杭州市西湖区", "area": "330106"}, "370102")
    near = await announces(resident, {"text": "青岛市市南区", "area": "370202"}, "370102")
    assert rules_of(abroad, "come_to_shandong") == rules_of(elsewhere, "come_to_shandong") == ["SD-4.4-c"]
    assert "来鲁申报" in next(one.text for one in abroad.outcome.advice if one.code == "come_to_shandong")
    assert rules_of(near, "come_to_shandong") == []


@pytest.mark.rule("SP-2.1.2-a")
async def test_who_does_not_declare_three_histories_is_urged_and_then_looked_for(town: Town) -> None:
    await town.activate("sp-2021-01", area="370202")
    desks = await office(town, "370202")
    silent = await town.resident("王芳", area="370202001")
    open_ = await town.resident("李强", area="370202001")
    tokyo = {"text": "Tokyo", "area": None, "country": "JP"}
    for person in (silent, open_):
        out = await announces(person, tokyo, "370202")
        assert rules_of(out, "declare_histories") == ["SP-2.1.2-a"]
        person.heard("尚未申报", at="2021-01-15 07:20")

    stay = {"place": {"text": "东京", "area": None, "country": "JP", "detail": ""}, "from_on": "2021-01-01"}
    await open_.reports(ReportKind.RESIDENCE, {"stays": [stay]})
    await open_.reports(ReportKind.TRAVEL, {"legs": []})
    await open_.reports(ReportKind.CONTACT, {"contacts": []})
    await town.until("2021-01-16 07:20")

    assert desks["L1"].times("新的排查线索") == ["01-16 07:20"]
    (lead,) = await town.house.leads.listed(official=desks["L1"].official)
    assert (lead.name, lead.lead.push, lead.lead.due_at) == (
        "王*",
        LeadPush.UNDECLARED,
        town.moment("2021-01-17 00:00"),
    )


@pytest.mark.rule("BN-2.1.3-a")
async def test_arrivals_from_medium_risk_areas_are_taken_down_by_phone_and_kept_in_a_register(town: Town) -> None:
    await town.house.packs.activate("bn-2020-10", by=None, effective_from=date(2020, 10, 9))
    desks = await office(town, "150802")
    await area_a_is_medium(town)
    arriving = Arriving(
        name="赵来宾",
        phone="13712340001",
        id_number=None,
        origin=Place.model_validate(FROM_A),
        destination=Place(text="临河区", area="150802"),
        home_area="150802001",
        arrives_at=town.clock.now() + timedelta(days=2),
        by=DeclaredBy.PHONE,
    )
    try:
        person, out = await town.house.registrations.take_down(arriving, official=desks["L2"].official)
        await town.quiet()
        register = await town.house.declarations.register(official=desks["L2"].official)
    except ShaodianError as refused:
        pytest.fail(f"nobody could be taken down: {refused}")
    assert rules_of(out, "register_and_watch") == ["BN-2.1.3-a"]
    desks["L2"].heard("抵达报备", at="2021-01-15 07:20")
    assert [(one.declared.resident_id, one.name, one.declared.by, one.arrived_at) for one in register] == [
        (person, "赵*", DeclaredBy.PHONE, None)
    ]


@pytest.mark.rule("DL-3.3-a")
async def test_in_dalian_arrivals_from_risk_areas_declare_to_community_and_unit_without_a_lead_time(town: Town) -> None:
    await town.activate("dl-2020-05")
    desks = await office(town, "210202")
    await area_a_is_medium(town)
    resident = await town.resident("王芳", area="210202001")
    out = await announces(resident, FROM_A, "210202", employer="泉城食品厂", at="2021-01-15")
    assert rules_of(out, "declare_to_community_and_unit") == ["DL-3.3-a"]
    assert "declared_on_time" in {one.code for one in out.outcome.advice}
    for level in ("L1", "L2", "UL"):
        desks[level].heard("抵达报备", at="2021-01-15 07:20")


@pytest.mark.rule("SD-4.6-a")
async def test_the_province_reads_numbers_of_people_tests_and_screening_and_nobody_s_name(town: Town) -> None:
    desks = await office(town, "370102")
    resident = await town.resident("王芳")
    await town.house.follow_ups.place(
        resident.id,
        profile="close_contact",
        anchors={"isolation_start": town.clock.now(), "last_exposure": town.clock.now().date()},
        reason="同车",
        official=desks["L4"].official,
    )
    province = await town.official("省平台", Role.PROVINCE, "37")
    try:
        found = await town.house.figures.of_area("370102", official=province.official)
    except NotConfigured as missing:
        pytest.fail(str(missing))
    assert found.groups.get("managed") == {"close_contact": 1}
    assert found.groups.get("tests", {}).get("tests_ahead") == 4
    assert found.groups.get("screening", {}).get("leads_open") == 0
    with pytest.raises(AreaBeyondYours):
        await town.house.figures.of_area("370202", official=desks["L4"].official)
