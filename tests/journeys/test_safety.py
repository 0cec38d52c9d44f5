"""F-22: words of self-harm are heard by police, health and the neighbourhood at the same minute, at any hour."""

import pytest

from gateway.domain.kinds import Role
from gateway.town import Town


@pytest.mark.rule("BN-2.5.3-b")
async def test_words_of_self_harm_reach_police_and_health_at_once_and_climb_through_the_night(town: Town) -> None:
    await town.activate("bn-2020-10", area="1508")
    resident = await town.resident("其其格", area="150802001")
    desks = {
        Role.POLICE: await town.official("公安孙", Role.POLICE, "150802"),
        Role.HEALTH: await town.official("卫健钱", Role.HEALTH, "150802"),
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, "15080200100001"),
        Role.COMMUNITY: await town.official("社区周", Role.COMMUNITY, "150802001"),
        Role.TOWNSHIP: await town.official("街道吴", Role.TOWNSHIP, "150802001"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "150802"),
    }
    curious = await town.official("列表员", Role.LIST_OWNER, "150802")
    await town.until("2021-01-20 23:40")

    await resident.types("我不想活了")
    await town.until("2021-01-21 00:41")

    assert [desks[role].times("自伤")[0] if desks[role].times("自伤") else "-" for role in desks] == [
        "01-20 23:40",
        "01-20 23:40",
        "01-20 23:40",
        "01-20 23:40",
        "01-21 00:10",
        "01-21 00:40",
    ]
    assert "01-20 23:55" in desks[Role.COMMUNITY].times("自伤")
    assert any("0478-555-0100" in line for line in await resident.sees())
    curious.heard_nothing()
    (alert,) = await desks[Role.POLICE].open_alerts()
    found = await town.house.alerts.get(alert.id, official=desks[Role.POLICE].official)  # type: ignore[arg-type]
    assert found.alert.rules == ("BN-2.5.3-b",)
