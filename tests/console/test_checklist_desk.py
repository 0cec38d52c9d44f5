"""A notice becomes a work list at the desk: set right by hand, proved, explained, begun anew, and seen over time."""

import re
from pathlib import Path

from httpx2 import Response

from gateway.domain.kinds import Role
from gateway.services.checklist_views import ItemState, ItemView
from gateway.town import Desk, Town
from tests.console.conftest import PORT, Browser, SignIn
from tests.domain.test_pictures import GPS, jpeg

NOTICE = (Path(__file__).parents[1] / "notices" / "yunling-2021-01.txt").read_text(encoding="utf-8")
AREA = "370102"
MARKET = "县市场监管局"


async def sends_file(browser: Browser, path: str, content: bytes, name: str, **fields: str) -> Response:
    return await browser.client.post(
        path,
        data={"csrf": browser.csrf, **fields},
        files={"file": (name, content)},
        headers={"Origin": PORT},
        follow_redirects=True,
    )


async def items(town: Town, desk: Desk) -> dict[str, ItemView]:
    newest = (await town.house.checklists.listed(official=desk.official))[0]
    return {item.item_no: item for item in newest.items}


async def contact(town: Town, name: str) -> Desk:
    unit = await town.house.checklists.open_unit(name, area=AREA, official=None)
    return await town.official(f"{name}联络员", Role.UNIT_CONTACT, AREA, unit_id=unit)


async def test_a_notice_is_set_right_before_it_is_created_and_proved_afterwards(town: Town, sign_in: SignIn) -> None:
    county = await town.official("郑县区", Role.COUNTY, AREA)
    market = await contact(town, MARKET)
    desk = await sign_in(county)
    refused = await desk.sends("/console/checklist-intakes", text="请大家注意防护。")
    assert refused.status_code == 422
    assert "没有找到任务清单" in refused.text

    # What is not understood stands first; a person's word is taken before what was read.
    shown = await desk.sends("/console/checklist-intakes", text=NOTICE)
    path = str(shown.url).removeprefix(PORT).split("?")[0]
    assert "未能识别 (2)" in shown.text
    assert "节日或季节" in shown.text
    assert "请确认 2021-02-28" in shown.text
    assert await town.house.checklists.listed(official=county.official) == []
    still = await desk.sends(f"{path}/corrections", **{"deadline.2.3": "尽快", "confirmed.2.1": "1"})
    assert "未能识别 (1)" in still.text
    right = await desk.sends(
        f"{path}/corrections",
        **{"deadline.2.3": "2021-02-10", "confirmed.2.1": "1", "others.1.1": "县公安局、县民政局", "none.2.4": "1"},
    )
    assert "全部识别成功" in right.text
    created = await desk.sends(f"{path}/taking")
    await town.quiet()
    assert created.status_code == 200
    listed = await items(town, county)
    assert list(listed) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert (str(listed["2.3"].due_on), listed["1.1"].helpers) == ("2021-02-10", ("县公安局", "县民政局"))
    assert (listed["1.3"].every, str(listed["1.3"].due_on)) == ("month:25", "2021-01-25")
    list_path = str(created.url).removeprefix(PORT).split("?")[0]

    # The unit proves its part; where the picture was taken stays with whoever took it.
    (part,) = [one for one in listed["1.3"].parts if one.unit == MARKET]
    unit = await sign_in(market)
    await unit.opens("/console/checklists")
    parts = f"/console/checklist-assignments/{part.id}"
    heic = await sends_file(unit, f"{parts}/evidence", b"\0\0\0\x18ftypheic", "a.heic")
    assert (heic.status_code, "HEIC" in heic.text) == (422, True)
    kept = await sends_file(unit, f"{parts}/evidence", jpeg(), "消毒.jpg")
    assert "消毒.jpg" in kept.text
    found = re.search(r"/console/evidence/[0-9a-f-]{36}", kept.text)
    assert found is not None
    picture = await unit.opens(found[0])
    assert (picture.headers["content-type"], GPS in picture.content) == ("image/jpeg", False)
    assert (await desk.opens(found[0])).status_code == 200
    stranger = await sign_in(await contact(town, "县教育局"))
    other_county = await sign_in(await town.official("赵县区", Role.COUNTY, "370103"))
    for other in (stranger, other_county):
        assert (await other.opens(found[0])).status_code == 404
        assert (await sends_file(other, f"{parts}/evidence", jpeg(), "x.jpg")).status_code == 404
    (one, *_) = listed["1.3"].deliverables
    await unit.sends(f"{parts}/deliverables", delivered=[one, "没有这一项"])
    await unit.sends(f"{parts}/delay", reason="采样人员不足")
    page = await desk.opens(list_path)
    assert "采样人员不足" in page.text
    (part,) = [one for one in (await items(town, county))["1.3"].parts if one.unit == MARKET]
    assert part.delivered == (one,)

    # Done in time it begins anew when its time is over, and is spoken of anew.
    for done in (await items(town, county))["1.3"].parts:
        await town.house.checklists.tick(done.id, official=county.official)
    await town.quiet()
    assert (await items(town, county))["1.3"].state is ItemState.DONE
    await town.until("2021-01-26 00:01")
    again = (await items(town, county))["1.3"]
    assert (str(again.due_on), again.state, again.done) == ("2021-02-25", ItemState.OPEN, 0)
    desk, unit = await sign_in(county), await sign_in(market)  # nobody stays signed in for eleven days
    assert "进入下一期" in (await desk.opens(list_path)).text

    # Over time: a drawing, and the same as a table.
    drawn = await desk.opens(f"{list_path}/timeline")
    assert drawn.text.count("<rect") >= len(listed)
    assert all(item.title in drawn.text.split("</svg>")[-1] for item in listed.values())
    assert "style=" not in drawn.text

    # Deadlines in a calendar, for whoever has the address, until it is revoked.
    address = await unit.sends("/console/checklist-feeds")
    secret = re.search(r"/public/work-lists/[\w-]+\.ics", address.text)
    assert secret is not None
    calendar = await stranger.client.get(secret[0])
    assert calendar.headers["content-type"].startswith("text/calendar")
    lines = calendar.text.replace("\r\n ", "")
    assert "SUMMARY:1.3 加强冷链管理" in lines
    assert "DTSTART;VALUE=DATE:20210225" in lines
    assert "2.1" not in lines  # another unit's
    revoke = re.search(
        r"/console/checklist-feeds/[0-9a-f-]{36}/revocation", (await unit.opens("/console/checklists")).text
    )
    assert revoke is not None
    await unit.sends(revoke[0])
    assert (await stranger.client.get(secret[0])).status_code == 404

    # Out as a table and in again: the same list.
    table = await desk.opens(f"{list_path}/table")
    back = await sends_file(desk, "/console/checklist-intakes", table.content, "任务表.xlsx")
    assert "全部识别成功" in back.text
    before = await items(town, county)
    await desk.sends(str(back.url).removeprefix(PORT).split("?")[0] + "/taking")
    after = await items(town, county)
    assert {no: (i.title, i.leads, i.helpers, i.due_on, i.every) for no, i in after.items()} == {
        no: (i.title, i.leads, i.helpers, i.due_on, i.every) for no, i in before.items()
    }
