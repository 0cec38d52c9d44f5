"""One queue of those who asked for support: taken, answered, heard by whoever asked; and nobody else's business."""

from gateway.domain.kinds import MatterId, Role
from gateway.town import Town
from tests.console.conftest import SignIn

LINHE = "150802"


async def test_a_question_is_taken_answered_and_heard_and_stays_in_the_filtered_queue(
    town: Town, sign_in: SignIn
) -> None:
    await town.activate("bn-2020-10")
    asker = await town.resident("王芳", area=f"{LINHE}001")
    county = await town.official("旗值班", Role.COUNTY, LINHE)
    await asker.gateway.ask_rumour("明天全城停水是真的吗", key="1")
    await town.quiet()
    desk = await sign_in(county)

    page = (await desk.opens("/console/support")).text
    assert "求证传言" in page and "未受理" in page and "未设置" in page  # nobody set a hotline: the card says so
    (view,) = await town.house.matters.listed(official=county.official)
    matter: MatterId = view.matter.id
    taken = await desk.sends(f"/console/support/{matter}/taking")
    assert "已受理" in taken.text and "旗值班" in taken.text
    assert [one.status for one in await county.open_alerts()] == ["acknowledged"]

    stranger = await sign_in(await town.official("青岛孙", Role.COUNTY, "370202"))
    assert (await stranger.sends(f"/console/support/{matter}/answer", zh="别人的答复")).status_code == 404
    assert (await desk.sends(f"/console/support/{matter}/answer", zh=" ")).status_code == 422
    await desk.sends(f"/console/support/{matter}/answer", zh="不停水，请放心。")
    await town.quiet()
    assert "不停水，请放心。" in asker.heard("已核实").text
    assert "求证传言" not in (await desk.opens("/console/support")).text
    answered = (await desk.opens("/console/support?state=answered&topic=rumour")).text
    assert "已答复" in answered and f"/console/matters/{matter}" in answered
    other = (await desk.opens("/console/support?state=answered&topic=difficulty")).text
    assert f"/console/matters/{matter}" not in other
