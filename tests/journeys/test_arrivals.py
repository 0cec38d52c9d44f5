"""Arrivals announced ahead, late ones, and coming home (SD-3.3.1-a, F-01, F-02)."""

from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from gateway.domain.kinds import AlertKind, ReportKind, Role
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.schemas.reports import ReportOut
from gateway.town import Desk, Neighbour, Town

LIXIA = "370102001"
AREA_A = "130104"


def place(text: str, area: str | None, country: str | None = None) -> dict[str, Any]:
    return {"text": text, "area": area, "detail": "", "country": country}


FROM_A = place("石家庄市桥西区", AREA_A)


async def announces(
    person: Neighbour, arrives_at: str, origin: dict[str, Any] = FROM_A, employer: str | None = None
) -> ReportOut:
    answers = {
        "origin": origin,
        "destination": place("济南市历下区", "370102"),
        "arrives_at": arrives_at,
        "transport": "train",
        "number": "G1234",
        "employer": employer,
    }
    return await person.reports(ReportKind.ARRIVAL, answers)


def advice(out: ReportOut) -> set[str]:
    return {one.code for one in out.outcome.advice}


async def offices(town: Town) -> tuple[Desk, Desk, Desk]:
    """A household's grid worker and community, and the owner of lists, who has set area A's case dates."""
    grid = await town.official("网格员李", Role.GRID_WORKER, "37010200100001")
    community = await town.official("社区周", Role.COMMUNITY, LIXIA)
    owner = await town.official("名单负责人孙", Role.LIST_OWNER, "37")
    return grid, community, owner


async def area_a(town: Town, owner: Desk, last: date) -> None:
    await town.house.risk_lists.set_outbreak(
        AREA_A, first_case_on=date(2021, 1, 2), last_case_on=last, official=owner.official
    )


async def test_a_returnee_in_time_is_expected_welcomed_and_tested(town: Town) -> None:
    """F-01 up to the first test."""
    grid, community, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 10))
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        unit = uuid4()
        factory = {"id": unit, "area": "370102", "key": "泉城食品厂", "name": "泉城食品厂", "kind": "employer"}
        await work.connection.execute(insert(t.units).values(**factory))
    employer = await town.official("厂办何", Role.UNIT_CONTACT, "370102", unit_id=unit)
    resident = await town.resident("王芳", area=LIXIA)
    await town.until("2021-01-18 20:10")
    await area_a(town, owner, date(2021, 1, 17))

    out = await announces(resident, "2021-01-22T15:30:00+08:00", employer="泉城食品厂")

    assert {"declared_on_time", "possible_match", "declare_household", "come_to_shandong"} == advice(out)
    assert not out.outcome.alert_raised
    for desk in (grid, community, employer):
        desk.heard("1月22日星期五 15:30", at="2021-01-18 20:10")
    assert await grid.open_alerts() == []

    await town.until("2021-01-22 16:20")
    home = await resident.reports(ReportKind.ARRIVED, {"at": "2021-01-22T16:20:00+08:00"})

    assert {"arrived", "provisional_plan"} <= advice(home)
    (plan,) = (await resident.gateway.plans()).plans
    nat = next(item for item in plan.items if item.test == "nat")
    assert nat.due_at == town.moment("2021-01-23 16:20")
    assert {alert.kind for alert in await grid.open_alerts()} == {AlertKind.PROVISIONAL_PLAN}
    assert await town.house.arrivals.expected(official=grid.official) == []


async def test_telling_of_the_same_journey_again_moves_no_date(town: Town) -> None:
    _, _, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 14))
    resident = await town.resident("王芳", area=LIXIA)
    await town.until("2021-01-15 08:00")
    await announces(resident, "2021-01-18T15:30:00+08:00")
    await town.until("2021-01-18 16:20")
    await resident.reports(ReportKind.ARRIVED, {"at": "2021-01-18T16:20:00+08:00"})
    await town.until("2021-01-18 20:00")

    leg = {"origin": FROM_A, "destination": place("济南市历下区", "370102"), "departed_on": "2021-01-18"}
    await resident.reports(ReportKind.TRAVEL, {"legs": [leg | {"arrived_at": "2021-01-18", "transport": "train"}]})

    (plan,) = (await resident.gateway.plans()).plans
    assert next(item for item in plan.items if item.test == "nat").due_at == town.moment("2021-01-19 16:20")


async def test_a_late_announcement_is_accepted_flagged_and_rings_at_once(town: Town) -> None:
    """F-02: resident B."""
    grid, community, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 10))
    resident = await town.resident("李强", area=LIXIA)
    await town.until("2021-01-20 09:00")

    out = await announces(resident, "2021-01-22T15:30:00+08:00")

    assert "declared_late" in advice(out)
    assert out.outcome.alert_raised
    assert "迟报1天" in grid.heard("1月22日星期五 15:30", at="2021-01-20 09:00").text.replace(" ", "")
    community.heard("1月22日星期五 15:30", at="2021-01-20 09:00")
    (alert,) = await grid.open_alerts()
    assert alert.kind is AlertKind.ARRIVAL
    (expected,) = await town.house.arrivals.expected(official=grid.official)
    assert (expected.arrival.late_days, expected.person) == (1, "李*")
    assert expected.arrival.due_at == town.moment("2021-01-20 00:00")


async def test_the_last_minute_of_the_third_day_before_is_in_time(town: Town) -> None:
    _, _, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 10))
    in_time, late = await town.resident("王芳", area=LIXIA), await town.resident("李强", area=LIXIA)
    await town.until("2021-01-19 23:59")
    assert "declared_on_time" in advice(await announces(in_time, "2021-01-22T00:30:00+08:00"))
    await town.until("2021-01-20 00:00")
    assert "declared_late" in advice(await announces(late, "2021-01-22T23:30:00+08:00"))


async def test_only_arrivals_from_abroad_or_a_key_area_are_owed_ahead(town: Town) -> None:
    _, _, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 10))
    resident = await town.resident("王芳", area=LIXIA)
    await town.until("2021-01-20 09:00")

    harmless = await announces(resident, "2021-01-21T10:00:00+08:00", place("杭州市西湖区", "330106"))
    neighbouring = await announces(resident, "2021-01-21T10:00:00+08:00", place("青岛市市南区", "370202"))
    abroad = await announces(resident, "2021-01-21T10:00:00+08:00", place("Tokyo", None, "JP"))
    unknown = await announces(resident, "2021-01-21T10:00:00+08:00", place("老家", None))

    assert advice(harmless) == {"declared_on_time", "come_to_shandong"}
    assert advice(neighbouring) == {"declared_on_time"}
    assert "declared_late" in advice(abroad)
    assert "declared_late" in advice(unknown)


async def test_who_comes_home_after_the_window_is_only_registered(town: Town) -> None:
    grid, _, owner = await offices(town)
    await area_a(town, owner, date(2021, 1, 10))
    resident = await town.resident("王芳", area=LIXIA)
    await announces(resident, "2021-01-24T15:30:00+08:00")
    await town.until("2021-01-25 00:10")

    out = await resident.reports(ReportKind.ARRIVED, {"at": "2021-01-25T00:05:00+08:00"})

    assert advice(out) == {"arrived"}
    assert (await resident.gateway.plans()).plans == []
    assert await grid.open_alerts() == []


async def test_coming_home_without_an_announcement_is_taken_down(town: Town) -> None:
    await offices(town)
    resident = await town.resident("王芳", area=LIXIA)
    out = await resident.reports(ReportKind.ARRIVED, {"at": "2021-01-15T07:00:00+08:00"})
    assert advice(out) == {"arrived"}
