"""Matters on officials' pages: told by a form, worked off by buttons, hidden from whoever they do not concern."""

import re

from gateway.domain.kinds import Role, UnitId
from gateway.town import Neighbour, Town
from tests.console.conftest import SignIn
from tests.console.test_report_types import chatting


async def test_a_matter_is_told_and_worked_off_by_buttons(town: Town, sign_in: SignIn) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    neighbour = await town.official("青岛孙", Role.COUNTY, "370202")
    browser = await sign_in(county)
    assert "启动应急处置" in (await browser.opens("/console/matters")).text
    form = (await browser.opens("/console/matters/new/emergency_response")).text
    assert "不明原因肺炎病例" in form
    assert "SD-3.6.2-a" in form

    told = await browser.sends(
        "/console/matters/new/emergency_response", **{"told.trigger": "unexplained_death", "told.words": "两例"}
    )
    await town.quiet()
    assert "两例" in told.text
    page = re.search(r"/console/matters/[0-9a-f-]{36}", told.text)
    assert page is not None
    early = await browser.sends(f"{page[0]}/closing", outcome="other")
    assert early.status_code in (200, 409)
    # one step from the alert in the chat, the other from the page
    phone = await chatting(town, county)
    await phone.types("/duty")
    await phone.presses(await label(phone, "历下区"))
    await phone.presses(await label(phone, "✔"))
    (done, *waiting) = [line for line in (await phone.sees())[-1].splitlines() if line.startswith(("☑", "☐"))]
    assert done.startswith("☑") and "郑县区" in done and [line[0] for line in waiting] == ["☐"]
    for step in ("disposal", "plan"):
        await browser.sends(f"{page[0]}/steps/{step}", note="已部署")
    closed = await browser.sends(f"{page[0]}/closing", outcome="other")
    assert "已部署" in closed.text
    assert "启动应急处置" not in (await browser.opens("/console/matters")).text.split("报告事项")[0]
    assert (await (await sign_in(neighbour)).opens(page[0])).status_code == 404


async def label(phone: Neighbour, words: str) -> str:
    """What the first button with these words says, on the newest message that has one."""
    _, shown = await phone.town.talking.pages.snapshot(int(phone.handle))
    rows = (row for message in reversed(shown) for row in message.get("buttons") or ())
    return next(str(button["label"]) for row in rows for button in row if words in button["label"])


async def test_the_directory_shows_where_nobody_is_and_names_somebody(town: Town, sign_in: SignIn) -> None:
    county = await town.official("郑县区", Role.COUNTY, "370102")
    unit = await town.house.checklists.open_unit("甲厂", area="370102", official=None)
    front = await town.official("甲厂何", Role.UNIT_CONTACT, "370102", unit_id=UnitId(unit))
    browser = await sign_in(county)
    page = (await browser.opens("/console/directory")).text
    assert "甲厂" in page.split("已指定")[0]
    named = await browser.sends(
        "/console/directory/posts",
        kind="designated",
        area="370102",
        unit=str(unit),
        person_id=str(front.official.id),
    )
    assert "甲厂何" in named.text
    assert "没有逾期任务" in (await browser.opens("/console/inspection")).text
    gateway = county.gateway
    answer = await gateway._get("/v1/directory")
    assert [post["person"] for post in answer["posts"]] == ["甲厂何"]
    kinds = await gateway._get("/v1/matter-kinds")
    assert "positive_specimen" in {offer["kind"] for offer in kinds["offers"]}
