"""Matters in a town: told once and heard by everybody, worked off by the clock, closed when the loop is closed."""

import pytest

from gateway.domain.kinds import AlertKind, Role, UnitId
from gateway.domain.matters import LoopOpen
from gateway.services.matters import MatterNotOffered
from gateway.town import Desk, Town

AREA = "370102001"


async def desks(town: Town) -> dict[Role, Desk]:
    return {
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, "37010200100001"),
        Role.DOCTOR: await town.official("陈医生", Role.DOCTOR, AREA),
        Role.HEALTH: await town.official("卫健钱", Role.HEALTH, "370102"),
        Role.POLICE: await town.official("公安孙", Role.POLICE, "370102"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "370102"),
        Role.CITY: await town.official("市指挥部冯", Role.CITY, "3701"),
    }


async def unit_of(town: Town, name: str, person: str) -> tuple[UnitId, Desk]:
    unit = await town.house.checklists.open_unit(name, area="370102", official=None)
    return unit, await town.official(person, Role.UNIT_CONTACT, "370102", unit_id=unit)


@pytest.mark.rule("SD-3.4.3-f")
async def test_a_positive_specimen_is_told_at_once_and_closed_after_five_measures(town: Town) -> None:
    known = await desks(town)
    _, market = await unit_of(town, "冷链市场", "市场何")
    _, other = await unit_of(town, "别家超市", "超市吕")

    view = await town.house.matters.tell(
        "positive_specimen", {"place": "3号冷库", "goods": "冻虾"}, official=market.official
    )
    await town.quiet()

    for desk in (known[Role.HEALTH], known[Role.COUNTY], market):
        desk.heard("阳性标本应急处置", at="07:20")
    other.heard_nothing()
    assert view.missing == ("seal", "disinfect", "contacts", "dispose", "send")
    with pytest.raises(LoopOpen):
        await town.house.matters.close(view.matter.id, "other", official=known[Role.COUNTY].official)
    await town.house.matters.take(view.matter.id, "seal", official=market.official)
    await town.until("09:20")
    heard = known[Role.HEALTH].heard("场所环境消毒消杀", at="09:20").text
    assert "事项处置未闭环" in heard
    for step in ("disinfect", "contacts", "dispose", "send"):
        await town.house.matters.take(view.matter.id, step, official=known[Role.COUNTY].official)
    closed = await town.house.matters.close(view.matter.id, "other", official=known[Role.COUNTY].official)
    await town.quiet()
    assert closed.matter.closed_at is not None
    assert [alert.kind for alert in await known[Role.COUNTY].open_alerts()] == []


async def test_what_the_notice_in_force_does_not_ask_for_is_not_offered(town: Town) -> None:
    known = await desks(town)
    offered = {offer.kind for offer in await town.house.matters.offered(official=known[Role.COUNTY].official)}
    assert "emergency_response" in offered
    assert "absconding" not in offered
    with pytest.raises(MatterNotOffered):
        await town.house.matters.tell("absconding", {}, official=known[Role.COUNTY].official)
    assert AlertKind.MATTER
