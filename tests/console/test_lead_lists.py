"""A list of people comes as a file: understood, tried, taken, spread, answered to its sender, and taken back."""

import re

import pytest
from httpx2 import Response

from gateway.domain.kinds import LeadOutcome, LeadState, Role
from gateway.town import Desk, Town
from gateway.workbooks import Cell, open_sheets
from tests.console.conftest import PORT, Browser, SignIn
from tests.workbooks.test_workbooks import sheet

TITLES = ("序号", "人名", "联系电话", "证件号码", "落脚点", "户籍", "备注")
ROWS = (
    (1, "王芳", "13800138000", "370102198501011234", "370102001", "本省", "=1+1"),
    (2, "李四", 13900139000, "", "370102002", "外省", ""),
    (3, "王芳", "13800138000", "370102198501011234", "370102001", "本省", "又一次"),
    (4, "无号", "", "", "370102001", "本省", ""),
    (5, "远人", "13700137000", "", "370202001", "本省", ""),
    (6, "坏号", "", 370102198501011234, "370102001", "本省", ""),
)

NEXT = (7, "赵六", "13600136000", "", "370102001", "本省", "")


async def uploads(browser: Browser, content: bytes, *, sender: str = "市公安局") -> Response:
    return await browser.client.post(
        "/console/lead-lists",
        data={"csrf": browser.csrf, "sender": sender, "push": "batch"},
        files={"file": ("名单.xlsx", content)},
        headers={"Origin": PORT},
        follow_redirects=True,
    )


def table_of(answer: Response) -> list[dict[str, Cell]]:
    (read,) = open_sheets(answer.content)
    heading = [str(cell) for cell in read.rows[1]]
    return [dict(zip(heading, row, strict=True)) for row in read.rows[2:]]


async def open_names(town: Town, desk: Desk) -> dict[str | None, str]:
    found = {}
    for view in await town.house.leads.listed(official=desk.official):
        whole = await town.house.leads.get(view.lead.id, official=desk.official)
        found[whole.name] = whole.lead.area
    return found


@pytest.mark.rule("SD-3.3.1-c", "SD-3.3.1-d")
async def test_a_file_is_understood_tried_taken_answered_and_taken_back(town: Town, sign_in: SignIn) -> None:
    police = await town.official("公安刘", Role.POLICE, "370102")
    grids = [await town.official(f"网格员{n}", Role.GRID_WORKER, f"3701020010000{n}") for n in (1, 2)]
    browser = await sign_in(police)
    assert "还没有收到名单" in (await browser.opens("/console/lead-lists")).text
    refused = await uploads(browser, b"%PDF-1.7")
    assert refused.status_code == 422
    assert "请上传表格" in refused.text

    looked_at = await uploads(browser, sheet(("市公安局推送",), TITLES, *ROWS))
    intake = str(looked_at.url).rsplit("/", 1)[-1]
    assert "已读取 6 行" in looked_at.text
    assert await open_names(town, police) == {}  # a trial leaves nothing behind
    police.heard_nothing("新的排查线索")
    # 人名 is no title anybody knows: the official says what it is.
    columns = {"name": 1, "phone": 2, "id_number": 3, "destination": 4, "hukou": 5, "note": 6}
    understood = await browser.sends(
        f"/console/lead-intakes/{intake}/columns", **{f"field.{name}": str(at) for name, at in columns.items()}
    )
    assert "核查 2 人" in understood.text
    assert "第 6 行" in understood.text  # as the spreadsheet counts them
    assert "四舍五入" in understood.text
    assert "不在您的辖区内" in understood.text

    taken = await browser.sends(f"/console/lead-intakes/{intake}/taking")
    assert taken.status_code == 200
    assert (await browser.sends(f"/console/lead-intakes/{intake}/taking")).status_code == 404  # not twice
    await town.quiet()
    assert await open_names(town, police) == {"王芳": "370102001", "李四": "370102002"}
    list_id = str(taken.url).split("?")[0].rsplit("/", 1)[-1]

    wrong = table_of(await browser.opens(f"/console/lead-lists/{list_id}/faults"))
    assert [(row["人名"], row["原文件行号"]) for row in wrong] == [("无号", 6), ("远人", 7), ("坏号", 8)]
    assert "身份证号" in str(wrong[0]["问题"])

    # Spread: of the two grids of the first township the one with least to do; the second township has none.
    await browser.sends("/console/leads/spread")
    await town.quiet()
    assert await open_names(town, police) == {"王芳": "37010200100001", "李四": "370102002"}
    grids[0].heard("新的排查线索")
    grids[1].heard_nothing("新的排查线索")

    # The same sender's next file is read as this one was; whoever is looked for already is not looked for twice.
    again = await uploads(browser, sheet(TITLES, ROWS[0], NEXT, NEXT))
    assert "核查 1 人" in again.text
    assert re.search(r'name="field.name">.*?<option value="1" selected>人名', again.text)
    second = await browser.sends(f"/console/lead-intakes/{str(again.url).rsplit('/', 1)[-1]}/taking")
    second_id = str(second.url).split("?")[0].rsplit("/", 1)[-1]
    undone = await browser.sends(f"/console/lead-lists/{second_id}/undoing")
    assert "撤销" in undone.text
    assert "赵六" not in await open_names(town, police)
    withdrawn = await town.house.leads.listed(official=police.official, states=(LeadState.WITHDRAWN,))
    assert [(view.name, view.phone) for view in withdrawn] == [(None, None)]
    assert (await browser.sends(f"/console/lead-lists/{second_id}/undoing")).status_code in (409, 200)

    # What came of it goes back in the sender's own columns, for every row, the doubled one too.
    (lead,) = [view.lead for view in await town.house.leads.listed(official=police.official) if view.name == "王*"]
    assert lead.named_again == 1  # the undone file does not count any more
    await town.house.leads.conclude(lead.id, LeadOutcome.REACHED, official=grids[0].official, note="已居家")
    await town.quiet()
    answer = table_of(await browser.opens(f"/console/lead-lists/{list_id}/answer"))
    assert [row["人名"] for row in answer] == ["王芳", "李四", "王芳", "无号", "远人", "坏号"]
    assert [row["排查结果"] for row in answer] == [
        "已找到并随访",
        "尚无结果",
        "已找到并随访",
        "待更正",
        "待更正",
        "待更正",
    ]
    assert (answer[0]["备注"], answer[0]["证件号码"], answer[0]["反馈"]) == ("=1+1", "370102198501011234", "已居家")
    # Work that has begun stays when the import is undone.
    await browser.sends(f"/console/lead-lists/{list_id}/undoing")
    assert await open_names(town, police) == {}
    (closed,) = await town.house.leads.listed(official=police.official, states=(LeadState.CLOSED,))
    assert closed.lead.outcome is LeadOutcome.REACHED


async def test_files_and_lists_of_another_area_are_not_found_and_a_community_brings_none(
    town: Town, sign_in: SignIn
) -> None:
    police = await town.official("公安刘", Role.POLICE, "370102")
    browser = await sign_in(police)
    brought = await uploads(browser, sheet(TITLES, ROWS[0]))
    intake = str(brought.url).rsplit("/", 1)[-1]
    colleague = await sign_in(await town.official("公安张", Role.POLICE, "370102"))
    stranger = await sign_in(await town.official("公安赵", Role.POLICE, "370103"))
    for other in (colleague, stranger):
        assert (await other.opens(f"/console/lead-intakes/{intake}")).status_code == 404
        assert (await other.sends(f"/console/lead-intakes/{intake}/taking")).status_code == 404
    taken = await browser.sends(f"/console/lead-intakes/{intake}/taking")
    list_id = str(taken.url).split("?")[0].rsplit("/", 1)[-1]
    for path in ("", "/faults", "/answer"):
        assert (await colleague.opens(f"/console/lead-lists/{list_id}{path}")).status_code == 200
        assert (await stranger.opens(f"/console/lead-lists/{list_id}{path}")).status_code == 404
    assert (await colleague.sends(f"/console/lead-lists/{list_id}/undoing")).status_code == 403
    worker = await sign_in(await town.official("网格员李", Role.GRID_WORKER, "37010200100001"))
    assert (await worker.opens("/console/lead-lists")).status_code == 403
