"""The organisation goes out to a spreadsheet, is edited, and comes back; one wrong row and nothing is taken over."""

import io
import re

from gateway.domain.kinds import Role
from gateway.services.organisations import HEADINGS, Book
from gateway.town import Town
from gateway.workbooks import Column, find_table, open_sheets, write
from tests.console.conftest import PORT, Browser, SignIn


def sheet(*rows: tuple[str, ...], titles: tuple[str, ...]) -> bytes:
    file = io.BytesIO()
    write(file, [Column(title) for title in titles], rows, title="x")
    return file.getvalue()


def rows_of(content: bytes, book: Book) -> list[dict[str, object]]:
    return [cells for _, cells in find_table(open_sheets(content), HEADINGS[book]).rows()]


async def brought(browser: Browser, book: str, content: bytes) -> str:
    answer = await browser.client.post(
        "/console/organisation/imports",
        data={"csrf": browser.csrf, "book": book},
        files={"file": ("list.xlsx", content)},
        headers={"Origin": PORT},
    )
    return answer.text


async def confirmed(browser: Browser, book: str, page: str) -> str:
    found = re.search(r'name="content" value="([^"]+)"', page)
    assert found
    return (await browser.sends("/console/organisation/imports/confirmation", book=book, content=found[1])).text


UNITS = ("单位名称", "区划代码", "类型", "别名", "成员单位")
PEOPLE = ("姓名", "职责", "区划代码", "单位")


async def test_lists_go_out_and_come_back_and_one_wrong_row_takes_nothing_over(town: Town, sign_in: SignIn) -> None:
    county = await town.official("区指挥部郑", Role.COUNTY, "370102")
    await town.official("青岛孙", Role.COUNTY, "370202")
    desk = await sign_in(county)
    assert "本级没有单位" in (await desk.opens("/console/organisation")).text
    template = (await desk.opens("/console/organisation/units-template.xlsx")).content
    assert rows_of(template, Book.UNITS) == []

    units = sheet(
        ("区卫健局", "370102", "", "区卫生健康局", ""),
        ("区民政局", "370102", "单位", "", ""),
        ("区级各部门", "370102", "单位组", "", "区卫健局、区民政局"),
        titles=UNITS,
    )
    wrong = sheet(
        ("=HYPERLINK(1)", "370102", "飞船", "", ""),
        ("区卫健局", "370202", "", "", ""),
        ("好单位", "370102", "", "", "x"),
        titles=UNITS,
    )
    refused = await brought(desk, "units", wrong)
    assert "有 3 行不对" in refused and "飞船”不是单位类型" in refused and "不在您的地区范围内" in refused
    content = re.search(r'name="content" value="([^"]+)"', refused)
    assert content
    annotated = await desk.sends("/console/organisation/imports/problems", book="units", content=content[1])
    problems = [row.get("problem") for row in rows_of(annotated.content, Book.UNITS)]
    assert len(problems) == 3 and all(problems)
    assert "有 3 行不对" in await confirmed(desk, "units", refused)

    looked = await brought(desk, "units", units)
    assert "新增 3" in looked
    assert "本级没有单位" in (await desk.opens("/console/organisation")).text
    assert "新增 3" in await confirmed(desk, "units", looked)
    tree = await desk.opens("/console/organisation")
    assert "包括：区卫健局、区民政局" in tree.text.replace("区民政局、区卫健局", "区卫健局、区民政局")

    out = (await desk.opens("/console/organisation/units.xlsx")).content
    assert "不变 3" in await brought(desk, "units", out)
    edited = [
        {**row, "name": "区民政和社会局"} if row["name"] == "区民政局" else row for row in rows_of(out, Book.UNITS)
    ]
    names = [one.name for one in HEADINGS[Book.UNITS] if one.name != "problem"]
    titles = [one.titles[0] for one in HEADINGS[Book.UNITS] if one.name != "problem"]
    again = sheet(*(tuple(str(row.get(name, "")) for name in names) for row in edited), titles=tuple(titles))
    page = await brought(desk, "units", again)
    assert "修改 1" in page and "原为：区民政局" in page
    await confirmed(desk, "units", page)
    assert "区民政和社会局" in (await desk.opens("/console/organisation?q=民政和")).text
    tree = (await desk.opens("/console/organisation")).text
    assert "包括：区卫健局、区民政和社会局" in tree.replace("区民政和社会局、区卫健局", "区卫健局、区民政和社会局")

    people = sheet(
        ("陈医生", "社区医生、社区", "370102001", ""),
        ("李干事", "单位专人", "370102", "区卫生健康局"),
        titles=PEOPLE,
    )
    page = await brought(desk, "people", people)
    assert "新增 2" in page
    printed = await confirmed(desk, "people", page)
    codes = re.findall(r'sheet-code">([0-9A-Z-]{23})<', printed)
    assert len(codes) == 2 and printed.count('<div class="qr"><svg') == 2 and "仅可使用一次" in printed

    chat = await town.resident("陈医生本人")
    await chat.types(f"/start {codes[0].lower()}")
    assert any("陈医生" in said for said in await chat.sees())
    outgoing = (await desk.opens("/console/organisation/people.xlsx")).content
    rows = rows_of(outgoing, Book.PEOPLE)
    assert {str(row["name"]) for row in rows} == {"区指挥部郑", "陈医生"}
    assert "不变 2" in await brought(desk, "people", outgoing)
    faulty = sheet(("某人", "网格员", "370102", ""), ("陈医生", "皇帝", "370102001", ""), titles=PEOPLE)
    page = await brought(desk, "people", faulty)
    assert "与区划层级不符" in page and "“皇帝”不是职责名称" in page

    grid = await sign_in(await town.official("网格员李", Role.GRID_WORKER, "370102001"))
    assert "工作人员" in (await grid.opens("/console/organisation?area=370202")).text
    assert (await grid.opens("/console/organisation?area=370202")).status_code == 403
    assert (await grid.opens("/console/organisation/people.xlsx?area=370202")).status_code == 403
    assert "由乡镇" in await brought(grid, "people", people)
