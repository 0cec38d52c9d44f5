"""A control unit on its pages, from the question to the lifting, each step by whoever may take it."""

import re
from datetime import date
from uuid import UUID

from gateway.api.controls import area_out
from gateway.domain.kinds import Role, ScheduleId
from gateway.domain.scopes import Scope
from gateway.town import Town
from tests.console.conftest import SignIn

LIXIA, VILLAGE = "370102", "370102001004"


async def test_a_control_goes_over_its_pages_by_the_hands_it_needs(town: Town, sign_in: SignIn) -> None:
    await town.activate("demo-county", area=LIXIA, since=date(2021, 1, 1))
    health = await sign_in(await town.official("卫健局何", Role.HEALTH, LIXIA))
    expert = await sign_in(await town.official("专家陈", Role.EXPERT, LIXIA))
    county = await sign_in(await town.official("县指挥部郑", Role.COUNTY, LIXIA))
    publisher = await sign_in(await town.official("发布人钱", Role.PUBLISHER, LIXIA))
    resident = await town.resident("王芳", area="370102001", grid="37010200100405")

    asked = await health.sends("/console/controls", area=VILLAGE, unit_kind="building", name="明珠小区5号楼")
    assert asked.status_code == 200
    page = asked.url.path
    decided = await expert.sends(
        f"{page}/scope", boundary="5号楼", opinion="密接集中", mode="closed", grids="37010200100405"
    )
    assert "密接集中" in decided.text
    drafted = await county.sends(f"{page}/announcement")
    assert "实行管控" in drafted.text
    (control,) = await town.house.controls.listed(official=(await town.official("县", Role.COUNTY, LIXIA)).official)
    assert control.words_hash is not None
    for step in ("review", "approval"):
        answer = await publisher.sends(f"{page}/{step}", words_hash=control.words_hash)
        assert answer.status_code == 200, answer.text
    await town.quiet()
    resident.heard("实行管控")

    level = await county.sends("/console/area-levels", area="370102001", risk="medium", villages=VILLAGE)
    assert "0 %" in level.text

    # Who stands guard is entered by shift, shown to those who may see the area, and lies sealed.
    shift = re.search(r'/console/checkpoints/([0-9a-f-]+)/shifts/0"', level.text)
    assert shift is not None, "the level set a checkpoint going"
    named = await county.sends(f"/console/checkpoints/{shift[1]}/shifts/0", area="370102001", who="郭守夜")
    assert 'value="郭守夜"' in named.text and "08:00" in named.text
    official = (await town.official("县值班员", Role.COUNTY, LIXIA)).official
    (guard,) = area_out(await town.house.area_levels.view("370102001", official=official)).guards
    assert (guard.shifts[0].who, guard.shifts[1].who) == ("郭守夜", None)
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        schedule = await work.controls.schedule(ScheduleId(UUID(shift[1])))
        assert schedule is not None and "郭守夜" not in str(schedule)
    assert (
        await county.sends(f"/console/checkpoints/{shift[1]}/shifts/9", area="370102001", who="x")
    ).status_code == 422

    # A level stands for a division that exists, and villages lie in it; what is no text is refused with its field.
    for wrong in ({"area": "370102999"}, {"area": "370102001", "villages": "370102003001"}):
        answer = await county.sends("/console/area-levels", risk="medium", **wrong)
        assert (answer.status_code, "没有这个行政区划" in answer.text) == (422, True), wrong
    answer = await health.sends("/console/controls", area=VILLAGE, unit_kind="building", name="5号楼\0")
    assert (answer.status_code, "无法保存的字符" in answer.text, "name" in answer.text) == (422, True, True)
    answer = await county.opens("/console/controls?area=%00")
    assert (answer.status_code, "无法保存的字符" in answer.text) == (422, True)
    answer = await county.client.get("/v1/places?q=%00")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:shaodian:problem:no-text")
    for criterion in ("no_new_case", "all_tested_negative", "disinfected"):
        await health.sends(f"{page}/criteria", criterion=criterion)
    await expert.sends(f"{page}/closing-opinion", opinion="可以解除")
    lifted = await county.sends(f"{page}/lifting")
    assert "已解除" in lifted.text
    await town.quiet()
    resident.heard("管控已解除")
