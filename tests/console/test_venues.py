"""A code at a door is made, printed and closed on its page; who was there is read where contacts are traced."""

import re

from gateway.domain.kinds import Role
from gateway.town import Town
from tests.console.conftest import SignIn


async def test_a_code_is_made_printed_looked_up_and_closed(town: Town, sign_in: SignIn) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    resident = await town.resident("王芳", area="370102001", phone="13800138000")
    browser = await sign_in(county)
    assert "还没有场所码" in (await browser.opens("/console/venues")).text

    made = await browser.sends("/console/venues", name="历下农贸市场", kind="market")
    code = re.search(r"start=v_([A-Z0-9]{8})", made.text)
    assert code is not None and "<svg" in made.text
    await resident.gateway.visit(code[1], key="once")
    here = made.url.path
    seen = await browser.opens(f"{here}?since=2021-01-15T00:00&until=2021-01-15T23:59")
    assert "王*" in seen.text and "13800138000" in seen.text
    unclear = await browser.opens(f"{here}?since=2021-01-15T23:00&until=2021-01-15T22:00")
    assert unclear.status_code == 422 and "请选择开始" in unclear.text

    closed = await browser.sends(f"{here}/closing")
    assert '<svg class="segno' not in closed.text and "已停用" in closed.text
    assert "历下农贸市场" in (await browser.opens("/console/venues")).text
    neighbour = await sign_in(await town.official("青岛孙", Role.COUNTY, "370202"))
    assert (await neighbour.opens(here)).status_code == 404
