"""Contacts of a case: first list, coverage, the experts' class, the look-back, and who is tested first (F-10)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from redis.asyncio import Redis

from gateway.domain.kinds import AlertKind, CaseId, Measure, ReportKind, ResidentId, Role, TestKind
from gateway.errors import NotConfigured
from gateway.record.vault import Vault
from gateway.schemas.contacts import ContactListIn, ContactRowIn
from gateway.schemas.plans import PlanOut
from gateway.schemas.results import ResultIn
from gateway.services.contacts import NotYoursToDecide
from gateway.town import Desk, Town, open_town

LIXIA = "370102001"


def contact(name: str, number: int, said: str | None = None, exposed: str | None = "2021-01-05T19:00:00+08:00") -> Any:
    return ContactRowIn.model_validate(
        {"name": name, "phone": f"1370000{number:04}", "contact_class": said, "last_exposure_at": exposed}
    )


async def offices(town: Town, county: str = "370102") -> dict[str, Desk]:
    return {
        "HL": await town.official("疾控钱", Role.HEALTH, county),
        "PL": await town.official("公安刘", Role.POLICE, county),
        "L4": await town.official("区指挥部郑", Role.COUNTY, county),
        "L3": await town.official("街道吴", Role.TOWNSHIP, f"{county}001"),
        "XL": await town.official("专家冯", Role.EXPERT, county),
        "L1": await town.official("网格员李", Role.GRID_WORKER, f"{county}00100001"),
        "site": await town.official("采样点", Role.SITE, f"{county}001"),
    }


async def a_case(
    town: Town, office: dict[str, Desk], *rows: ContactRowIn, area: str = LIXIA, on: date = date(2021, 1, 14)
) -> CaseId:
    patient = await town.resident("患者甲", area=area)
    case = await town.house.contacts.open_case(patient.id, positive_on=on, onset_on=on, official=office["HL"].official)
    if rows:
        await town.house.contacts.list_contacts(case.id, ContactListIn(rows=list(rows)), official=office["HL"].official)
    await town.quiet()
    return case.id


async def taken_up(desk: Desk) -> None:
    """The first list is worked on: it rings no more."""
    for alert in await desk.open_alerts():
        if alert.kind is AlertKind.CONTACT_LIST:
            await desk.resolves("contacted", alert)


async def named(town: Town, office: dict[str, Desk], case_id: CaseId, sign: str) -> Any:
    view = await town.house.contacts.case(case_id, official=office["HL"].official)
    return next(one.contact for one in view.contacts if one.name == f"{sign}*")


async def covered(town: Town, office: dict[str, Desk], case_id: CaseId) -> dict[str, tuple[int, int]]:
    view = await town.house.contacts.case(case_id, official=office["HL"].official)
    return {one.rule.measure.value: (one.done, one.total) for one in view.coverage}


async def uncovered(desk: Desk) -> set[str]:
    """What headquarters still hear that is not covered, as they read it."""
    summaries = [one.summary for one in await desk.open_alerts() if one.kind is AlertKind.COVERAGE]
    return {text for text in ("已隔离 0/2", "已检测 0/2") if any(text in said for said in summaries)}


@pytest.mark.rule("SD-3.3.4-a")
async def test_while_a_close_contact_is_not_isolated_and_tested_headquarters_hears_it(town: Town) -> None:
    office = await offices(town)
    case_id = await a_case(town, office, contact("赵", 1), contact("钱", 2, "次密接"), contact("孙", 3, "一般接触者"))

    numbers = await covered(town, office, case_id)
    assert (numbers.get("isolated"), numbers.get("tested")) == ((0, 2), (0, 2))
    assert await uncovered(office["L4"]) == {"已隔离 0/2", "已检测 0/2"}

    for sign in ("赵", "钱"):
        person = await named(town, office, case_id, sign)
        await town.house.contacts.mark(person.id, Measure.ISOLATED, official=office["HL"].official)
    await town.quiet()
    assert (await covered(town, office, case_id))["isolated"] == (2, 2)
    assert await uncovered(office["L4"]) == {"已检测 0/2"}

    for sign in ("赵", "钱"):  # a sample at the site is a test, whoever recorded it
        person = await named(town, office, case_id, sign)
        sample = ResultIn(resident_id=person.resident_id, test=TestKind.NAT, sampled_at=town.clock.now(), site="采样点")
        await town.house.results.record(sample, official=office["HL"].official)
    await town.quiet()
    assert (await covered(town, office, case_id))["tested"] == (2, 2)
    assert await uncovered(office["L4"]) == set()


@pytest.mark.rule("SD-3.6.1-f")
async def test_untraced_contacts_and_undisinfected_places_ring_until_none_is_left(town: Town) -> None:
    office = await offices(town)
    case_id = await a_case(town, office, contact("赵", 1))
    place = await town.house.contacts.add_place(
        case_id, "泉城农贸市场", date(2021, 1, 12), official=office["HL"].official
    )
    await town.quiet()
    numbers = await covered(town, office, case_id)
    assert (numbers.get("traced"), numbers.get("disinfected")) == ((0, 1), (0, 1))
    office["PL"].heard("未全覆盖")

    person = await named(town, office, case_id, "赵")
    await town.house.contacts.mark(person.id, Measure.TRACED, official=office["PL"].official)
    await town.house.contacts.mark_place(place.id, Measure.DISINFECTED, official=office["HL"].official)
    await town.house.contacts.mark_place(place.id, Measure.SAMPLED, official=office["HL"].official)
    await town.quiet()
    assert [one for one in await office["PL"].open_alerts() if one.kind is AlertKind.COVERAGE] == []
    numbers = await covered(town, office, case_id)
    assert numbers["traced"] == numbers["disinfected"] == (1, 1)


@pytest.mark.rule("SD-3.6.2-b")
async def test_a_case_is_asked_about_fourteen_days_and_every_place_is_sampled(town: Town) -> None:
    office = await offices(town)
    patient = await town.resident("患者乙")
    stay = {
        "place": {"text": "青岛市市南区", "area": "370202", "detail": ""},
        "from_on": "2020-12-30",
        "to_on": "2021-01-02",
    }
    await patient.reports(ReportKind.RESIDENCE, {"stays": [stay]})
    case = await town.house.contacts.open_case(
        patient.id, positive_on=date(2021, 1, 15), onset_on=date(2021, 1, 14), official=office["HL"].official
    )
    await town.house.contacts.add_place(case.id, "泉城农贸市场", date(2021, 1, 12), official=office["HL"].official)
    await town.quiet()

    try:
        days, _ = await town.house.contacts.trajectory(case.id, official=office["HL"].official)
    except NotConfigured as missing:
        pytest.fail(str(missing))

    assert (days[0].on, days[-1].on, len(days)) == (date(2020, 12, 31), date(2021, 1, 14), 15)
    known = {day.on: [text for _, text, _ in day.stays] for day in days if day.stays}
    assert known == {
        date(2020, 12, 31): ["青岛市市南区"],
        date(2021, 1, 1): ["青岛市市南区"],
        date(2021, 1, 2): ["青岛市市南区"],
        date(2021, 1, 12): ["泉城农贸市场"],
    }
    assert (await covered(town, office, case.id)).get("sampled") == (0, 1)


@pytest.mark.rule("DP-3.2-a")
async def test_a_first_list_reaches_health_and_police_at_once(town: Town) -> None:
    await town.activate("dp-2020-12", since=date(2020, 12, 31))
    office = await offices(town, "511402")
    try:
        case_id = await a_case(town, office, contact("赵", 1), contact("钱", 2, "一般接触"), area="511402001")
    except NotConfigured as missing:
        pytest.fail(str(missing))
    for level in ("HL", "PL"):
        office[level].heard("初步名单", at="2021-01-15 07:20")
    assert (await named(town, office, case_id, "赵")).contact_class == "close_contact"  # the stricter, until decided
    assert (await named(town, office, case_id, "钱")).contact_class == "general_contact"


@pytest.mark.rule("DP-3.3-a")
async def test_experts_decide_the_class_on_evidence(town: Town) -> None:
    await town.activate("dp-2020-12", since=date(2020, 12, 31))
    office = await offices(town, "511402")
    try:
        case_id = await a_case(town, office, contact("赵", 1), area="511402001")
    except NotConfigured as missing:
        pytest.fail(str(missing))
    office["XL"].heard("研判接触者类别", at="2021-01-15 07:20")
    await taken_up(office["HL"])
    person = await named(town, office, case_id, "赵")
    with pytest.raises(NotYoursToDecide):
        await town.house.contacts.adjudicate(
            person.id, "general_contact", evidence="同车", official=office["HL"].official
        )
    await town.until("2021-01-16 00:05")
    office["L4"].heard("研判接触者类别", at="2021-01-16 00:00")  # undecided at 24:00

    decided = await town.house.contacts.adjudicate(
        person.id, "一般接触", evidence="监控显示未同桌", official=office["XL"].official
    )
    assert (decided.contact_class, decided.decided_at) == ("general_contact", town.moment("2021-01-16 00:05"))
    await town.quiet()
    assert [one for one in await office["XL"].open_alerts() if one.kind is AlertKind.CONTACT_CLASS] == []


async def plan_of(town: Town, desk: Desk, resident: ResidentId, profile: str) -> PlanOut:
    plans = await town.house.follow_ups.of_resident(resident, official=desk.official)
    return next(plan for plan in plans if plan.profile == profile)


@pytest.mark.rule("SP-2.2.1-b")
async def test_close_contacts_are_tested_before_key_groups_and_stay_alone(town: Town) -> None:
    await town.activate("sp-2021-01", area="370202")
    office = await offices(town, "370202")
    general, close = contact("孙", 3, "一般接触者"), contact("赵", 1, "密接")
    try:
        await a_case(town, office, general, close, contact("钱", 2, "次密接"), area="370202001")
        turns = await town.house.contacts.test_order(official=office["HL"].official)
    except NotConfigured as missing:
        pytest.fail(str(missing))
    assert [(turn.name, turn.how is not None and turn.how.single_room) for turn in turns] == [
        ("赵*", True),
        ("钱*", True),
        ("孙*", False),
    ]
    assert all(turn.how is not None and turn.how.temperature for turn in turns)


@pytest.fixture
async def decision_day(database_url: str, redis: Redis, redis_url: str, vault: Vault) -> AsyncIterator[Town]:
    """8 January 2021, 10:00, in a county whose calendars are Shandong's and whose experts decide as Dongpo's do."""
    starts_at = datetime(2021, 1, 8, 2, 0, tzinfo=UTC)
    async with open_town(database_url, redis_url, vault, starts_at=starts_at) as opened:
        await opened.activate("demo-county", since=date(2021, 1, 1))
        yield opened


@pytest.mark.rule("DP-3.3-a")
async def test_a_class_experts_raise_re_plans_the_person_from_the_new_isolation(decision_day: Town) -> None:
    """F-10."""
    town = decision_day
    office = await offices(town)
    health, expert = office["HL"].official, office["XL"].official
    case_id = await a_case(town, office, contact("赵", 1, "一般接触者"), on=date(2021, 1, 5))
    await taken_up(office["HL"])
    person = await named(town, office, case_id, "赵")

    at_home_since = town.moment("2021-01-06 09:00")
    placed = await town.house.contacts.mark(person.id, Measure.ISOLATED, official=health, at=at_home_since)
    assert placed.resident_id is not None
    general = await plan_of(town, office["HL"], placed.resident_id, "general_contact")
    assert general.periods[-1].ends_at == town.moment("2021-01-20 09:00")
    sample = ResultIn(resident_id=placed.resident_id, test=TestKind.NAT, sampled_at=town.clock.now(), site="采样点")
    await town.house.results.record(sample, official=health)

    await town.until("2021-01-08 15:00")
    await town.house.contacts.adjudicate(person.id, "密接", evidence="监控显示同桌就餐40分钟", official=expert)
    # Decided; nobody is moved by a decision alone: the old plan stands until the isolation begins.
    assert (await plan_of(town, office["HL"], placed.resident_id, "general_contact")).state == "active"
    await town.until("2021-01-08 17:00")
    await town.house.contacts.mark(person.id, Measure.ISOLATED, official=health)
    await town.quiet()

    close = await plan_of(town, office["HL"], placed.resident_id, "close_contact")
    assert [period.ends_at for period in close.periods] == [
        town.moment("2021-01-22 17:00"),
        town.moment("2021-01-29 17:00"),
    ]
    tests = sorted((one.due_at, one.state) for one in close.items if one.test == "nat" and one.due_at)
    assert tests == [
        (town.moment("2021-01-08 18:00"), "done"),  # the morning's sample counts for day 1
        (town.moment("2021-01-12 18:00"), "pending"),
        (town.moment("2021-01-20 18:00"), "pending"),
    ]
    assert (await plan_of(town, office["HL"], placed.resident_id, "general_contact")).state == "closed"
    office["L1"].heard("密切接触者", at="2021-01-08 17:00")
    office["site"].heard("密切接触者", at="2021-01-08 17:00")
