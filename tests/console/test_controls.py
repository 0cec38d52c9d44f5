"""A control unit on its pages, from the question to the lifting, each step by whoever may take it."""

from datetime import date

from gateway.domain.kinds import Role
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
    for criterion in ("no_new_case", "all_tested_negative", "disinfected"):
        await health.sends(f"{page}/criteria", criterion=criterion)
    await expert.sends(f"{page}/closing-opinion", opinion="可以解除")
    lifted = await county.sends(f"{page}/lifting")
    assert "已解除" in lifted.text
    await town.quiet()
    resident.heard("管控已解除")
