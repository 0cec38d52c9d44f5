"""A ladder is changed in the console: looked at in words first, then in force for new alerts only."""

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import SignIn


def typed(*steps: tuple[str, str, str], **more: str) -> dict[str, object]:
    """The form as a browser sends it: when, level and who of each step."""
    return {
        "area": "370102",
        "version": "1",
        "reason": "节假日加密",
        "when": [when for when, _, _ in steps],
        "level": [level for _, level, _ in steps],
        "again": ["" for _ in steps],
        "least": ["" for _ in steps],
        "role0": [role for _, _, role in steps],
        "role1": ["" for _ in steps],
        "role2": ["" for _ in steps],
        "repeat": "15",
        "resolve": "4",
        **more,
    }


async def test_only_alerts_raised_after_the_change_climb_the_new_ladder(town: Town, sign_in: SignIn) -> None:
    grid = await town.official("网格员李", Role.GRID_WORKER, "370102001")
    community = await town.official("社区周", Role.COMMUNITY, "370102001")
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    city = await town.official("市指挥部孙", Role.CITY, "3701")
    await town.activate("sd-2020-09", area="370102")
    before, after = await town.resident("王芳"), await town.resident("赵六")
    await town.until("2021-01-16 10:00")
    await before.reports_symptoms("fever", temperature=38.2)
    (card,) = [said for said in grid.messages if "王" in said.text]
    assert "15 分钟后" in card.text and "通知社区" in card.text
    assert (
        "15 分钟后通知社区" in (await grid.gateway.duty()).alerts[0].summary or (await grid.open_alerts())[0].next_step
    )

    browser = await sign_in(county)
    listed = await browser.opens("/console/ladders")
    assert "非文件规定" in listed.text and "紧急事件" in listed.text
    alerts = await browser.opens("/console/alerts")
    assert "下一级：社区" in alerts.text or "社区" in alerts.text
    assert "15 分钟后" in alerts.text
    await browser.opens("/console/ladders/E-X?area=370102")

    faster = typed(("0", "L1", "grid_worker"), ("5", "L4", "county"))
    wrong = await browser.sends("/console/ladders/E-X", **{**faster, "when": ["5", "0"]})
    assert wrong.status_code == 422 and "时间早于上一级" in wrong.text and "立即通知" in wrong.text
    night = await browser.sends("/console/ladders/E-X", **faster, night="1", act="save")
    assert night.status_code == 422 and "任何时间都须立即通知" in night.text

    looked_at = await browser.sends("/console/ladders/E-X", **faster, act="preview")
    assert "+5 分钟 · 县区指挥部" in looked_at.text and "1 条未办结预警沿用" in looked_at.text
    assert "对新预警生效" in looked_at.text
    saved = await browser.sends("/console/ladders/E-X", **faster, act="save")
    assert "新阶梯已生效" in saved.text and "第 1 版" in saved.text
    assert (await browser.sends("/console/ladders/E-X", **faster, act="save")).status_code == 409

    await after.reports_symptoms("fever", temperature=38.4)
    await town.until("2021-01-16 10:20")
    assert county.times("赵") == ["01-16 10:05", "01-16 10:20"]
    assert community.times("王") == ["01-16 10:15"]
    county.heard_nothing("王")
    assert community.times("赵") == []

    # for one kind alone, beside whom the notice names; and the city's own way back
    slow = typed(("0", "L2", "community"), ("45", "L4", "county"), kind="self_harm", version="1")
    await browser.sends("/console/ladders/E-X", **slow, act="save")
    police = await town.official("派出所", Role.POLICE, "370102")
    await after.types("我不想活了")
    police.heard("赵", at="2021-01-16 10:20")
    await town.until("2021-01-16 10:50")
    assert [at for at in county.times("自伤") if at < "01-16 11:05"] == []

    assert (await (await sign_in(grid)).sends("/console/ladders/E-X", **faster)).status_code == 404
    stranger = await sign_in(await town.official("青岛孙", Role.COUNTY, "370202"))
    assert (await stranger.opens("/console/ladders/E-X?area=370102")).status_code == 404
    back = await (await sign_in(city)).sends(
        "/console/ladders/E-X/withdrawal", area="370102", version="2", reason="恢复"
    )
    assert "调整已撤销" in back.text and "已撤销" in back.text
    await town.until("2021-01-16 12:00")
    third = await town.resident("孙八")
    await third.reports_symptoms("fever", temperature=38.4)
    await town.until("2021-01-16 12:15")
    assert community.times("孙") == ["01-16 12:15"]
