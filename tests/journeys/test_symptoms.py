"""F-17: a symptom report, and an alert that climbs until somebody takes it."""

import pytest

from gateway.domain.kinds import Role
from gateway.town import Desk, Neighbour, Town

SAID = "发烧38.2,咳嗽两天,上周去过中风险地区"


async def ladder(town: Town) -> tuple[Neighbour, dict[Role, Desk]]:
    resident = await town.resident("王芳", area="370102001")
    desks = {
        Role.GRID_WORKER: await town.official("网格员李", Role.GRID_WORKER, "37010200100001"),
        Role.DOCTOR: await town.official("陈医生", Role.DOCTOR, "370102001"),
        Role.COMMUNITY: await town.official("社区周", Role.COMMUNITY, "370102001"),
        Role.TOWNSHIP: await town.official("街道吴", Role.TOWNSHIP, "370102001"),
        Role.COUNTY: await town.official("区指挥部郑", Role.COUNTY, "370102"),
    }
    return resident, desks


@pytest.mark.rule("SD-3.3.5-c")
async def test_an_unacknowledged_alert_climbs_from_the_grid_worker_to_the_county(town: Town) -> None:
    resident, desks = await ladder(town)

    out = await resident.reports_symptoms("fever", "cough", temperature=38.2, said=SAID)
    await town.until("2021-01-15 08:19")
    desks[Role.COUNTY].heard_nothing()
    await town.until("2021-01-15 08:20")

    assert {"fever_clinic", "wear_mask", "avoid_public_transport"} <= {advice.code for advice in out.outcome.advice}
    assert any("0531-555-0110" in advice.text for advice in out.outcome.advice)
    assert out.outcome.alert_raised
    assert [desks[role].times("症状报告")[0] for role in desks] == [
        "01-15 07:20",
        "01-15 07:20",
        "01-15 07:35",
        "01-15 07:50",
        "01-15 08:20",
    ]
    assert SAID in desks[Role.GRID_WORKER].heard("症状报告").text


async def test_once_the_doctor_has_it_the_later_steps_stay_silent(town: Town) -> None:
    resident, desks = await ladder(town)
    await resident.reports_symptoms("fever", "cough", temperature=38.2)
    await town.until("2021-01-15 07:42")
    await desks[Role.DOCTOR].acknowledges()
    await town.until("2021-01-15 10:00")

    desks[Role.TOWNSHIP].heard_nothing()
    desks[Role.COUNTY].heard_nothing()
    desks[Role.COMMUNITY].heard("社区医生陈医生已于1月15日星期五 07:42接手", at="2021-01-15 07:42")
    resident.heard("已受理您的报告", at="2021-01-15 07:42")


async def test_a_flushed_store_changes_nothing_on_the_ladder(town: Town) -> None:
    resident, desks = await ladder(town)
    await resident.reports_symptoms("fever", temperature=38.2)
    await town.until("2021-01-15 07:30")
    await town.house.agenda._redis.flushall()
    await town.until("2021-01-15 07:42")
    await desks[Role.DOCTOR].acknowledges()
    await town.until("2021-01-15 10:00")

    assert desks[Role.COMMUNITY].times("症状报告")[0] == "01-15 07:35"
    desks[Role.TOWNSHIP].heard_nothing()


async def test_an_empty_step_is_passed_over_at_once(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    township = await town.official("街道吴", Role.TOWNSHIP, "370102001")

    await resident.reports_symptoms("fever", temperature=38.2)

    assert township.times("症状报告") == ["01-15 07:20"]


async def test_an_acknowledgement_that_goes_stale_asks_again_and_climbs(town: Town) -> None:
    resident, desks = await ladder(town)
    await resident.reports_symptoms("fever", temperature=38.2)
    await desks[Role.GRID_WORKER].acknowledges()
    await town.until("2021-01-15 11:34")
    desks[Role.GRID_WORKER].heard("是否有人在跟进", at="2021-01-15 11:20")
    desks[Role.COMMUNITY].heard_nothing("症状报告")
    await town.until("2021-01-15 11:36")
    desks[Role.COMMUNITY].heard("症状报告", at="2021-01-15 11:35")


async def test_the_resident_hears_the_outcome(town: Town) -> None:
    resident, desks = await ladder(town)
    await resident.reports_symptoms("fever", temperature=38.2)
    await desks[Role.DOCTOR].acknowledges()
    await desks[Role.DOCTOR].resolves("tested")
    resident.heard("已安排检测")


async def test_an_alert_nobody_is_on_duty_for_reaches_the_administrator(town: Town) -> None:
    resident = await town.resident("王芳", area="370102001")
    administrator = await town.official("管理员", Role.ADMINISTRATOR, "")

    await resident.reports_symptoms("fever", temperature=38.2)
    await town.until("2021-01-15 07:50")

    assert administrator.times("症状报告") == ["01-15 07:20", "01-15 07:35", "01-15 07:50"]
