"""A spreadsheet form: read, refused row by row, tried in the chat, put in force, filled in, renewed and taken out."""

import io
import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from httpx2 import Response

from gateway.domain.kinds import Role
from gateway.domain.scopes import Scope
from gateway.policies.xlsforms import FormNotUnderstood, read_form
from gateway.town import Desk, Town
from gateway.workbooks import Column, Page, open_sheets, write_book
from tests.console.conftest import PORT, Browser, SignIn
from tests.console.test_report_types import EDITOR, chatting, put_in_force

LIXIA, SCHOOL = "370102", "370102001005"
CHINESE, ENGLISH = "label::中文 (zh)", "label::English (en)"
HEAD = (
    "type",
    "name",
    CHINESE,
    ENGLISH,
    "required",
    "relevant",
    "constraint",
    "constraint_message::中文 (zh)",
    "default",
)
CHOICES = (
    ("yn", "yes", "是", "Yes"),
    ("yn", "no", "否", "No"),
    ("sign", "fever", "发热", "Fever"),
    ("sign", "cough", "咳嗽", "Cough"),
)
HOUSEHOLD: tuple[tuple[str, ...], ...] = (
    ("start", "start"),
    ("note", "hello", "请在家里填写。", "Please fill this in at home."),
    ("begin group", "home", "住户", "Household"),
    ("text", "head", "户主", "Head of household", "yes"),
    ("integer", "people", "几口人", "People", "yes", "", ". > 0 and . < 30", "人数应在 1 到 29 之间。"),
    ("end group",),
    ("select_one yn", "ill", "有人不舒服吗", "Is anybody unwell", "yes"),
    ("begin repeat", "patient", "不适人员", "Person unwell", "", "${ill} = 'yes'"),
    ("text", "who", "称呼", "Who", "yes"),
    ("select_multiple sign", "signs", "症状", "Signs", "yes"),
    ("decimal", "heat", "体温", "Temperature", "", "selected(${signs}, 'fever')", ". >= 35 and . <= 43"),
    ("date", "since", "哪天开始", "Since when", "", "", ". <= today()", "不能是将来的日子。"),
    ("end repeat",),
    ("select_one yn", "pets", "有宠物吗", "Pets", "", "", "", "", "no"),
)


def workbook(rows: Sequence[Sequence[str]], *, choices: Sequence[Sequence[str]] = CHOICES) -> bytes:
    file = io.BytesIO()
    write_book(
        file,
        [
            Page("survey", tuple(map(Column, HEAD)), [[*row, *[""] * (len(HEAD) - len(row))] for row in rows]),
            Page("choices", tuple(map(Column, ("list_name", "name", CHINESE, ENGLISH))), choices),
            Page("settings", (Column("form_title"), Column("form_id")), [["住户排查", "household"]]),
        ],
    )
    return file.getvalue()


async def uploads(desk: Browser, path: str, content: bytes, **typed: object) -> Response:
    return await desk.client.post(
        path,
        data={"csrf": desk.csrf, "press": "form", **typed},  # type: ignore[arg-type]
        files={"file": ("form.xlsx", content)},
        headers={"Origin": PORT},
    )


def carried(page: Response) -> dict[str, str]:
    """What the editor carries of the form that was read."""
    found = re.findall(r'<input type="hidden" name="(form|read)" value="([^"]*)">', page.text)
    return {name: value.replace("&#34;", '"').replace("&#39;", "'").replace("&gt;", ">").replace("&lt;", "<")
            .replace("&amp;", "&") for name, value in found}  # fmt: skip


SHEET = {name: value for name, value in EDITOR.items() if not name.startswith("f.")} | {"zh": "", "named": "实验小学"}


async def in_force(desk: Browser, path: str, content: bytes) -> UUID:
    read = await uploads(desk, path, content, **SHEET)
    shown = await desk.sends(path, **{**SHEET, "press": "preview", "zh": "住户排查", "zero": "", **carried(read)})
    return await put_in_force(desk, shown)


async def test_a_form_made_in_a_spreadsheet_is_tried_filled_in_and_taken_out(town: Town, sign_in: SignIn) -> None:
    school = await town.unit("实验小学", area=SCHOOL)
    nurse = await town.official("校医", Role.UNIT_CONTACT, LIXIA, unit_id=school)
    county: Desk = await town.official("区指挥部", Role.COUNTY, LIXIA)
    phone, own_phone = await chatting(town, nurse), await chatting(town, county)
    desk = await sign_in(county)
    await desk.opens("/console/report-types/new")

    # what is outside is named with sheet, row and function, all of it at once, and nothing is kept
    odd = (
        *HOUSEHOLD,
        ("text", "age", "年龄", "Age", "", "", "regex(., '[0-9]+')"),
        ("geopoint", "where", "哪里", "Where"),
    )
    refused = (await uploads(desk, "/console/report-types/new", workbook(odd))).text
    rows = [re.sub("<[^>]+>", "|", row) for row in re.findall(r"<tr><td.*?</tr>", refused)]
    assert ["survey" in row and "|16|" in row and "regex()" in row for row in rows] == [True, False]
    assert "|17|" in rows[1] and "geopoint" in rows[1]
    assert "不是 XLSX" in (await uploads(desk, "/console/report-types/new", b"\xff")).text
    assert "尚无自设报表" in (await desk.opens("/console/report-types")).text

    # what fits is shown, kept as a draft, and tried in the administrator's own chat; nothing of it counts
    read = await uploads(desk, "/console/report-types/new", workbook(HOUSEHOLD))
    assert "不适人员" in read.text and "selected(${signs}" in read.text
    draft = {**SHEET, "zh": "住户排查", "zero": "", **carried(read)}
    shown = await desk.sends("/console/report-types/new", press="preview", **draft)
    assert "人数应在 1 到 29 之间。" in shown.text and "在控制台" not in shown.text
    version = str(shown.url).split("/report-types/")[1].split("/")[0]
    assert "已发到您的聊天" in (await desk.sends(f"/console/report-types/{version}/trial")).text
    await town.quiet()
    await own_phone.presses("试填")
    assert "这是试填" in (await own_phone.sees())[-1]
    await own_phone.presses("继续 ▸")
    for said in ("张三", "三口", "否"):
        await own_phone.types(said)
    await own_phone.presses("✅ 发送")
    assert "未作任何保存" in (await own_phone.sees())[-1]
    first = await put_in_force(desk, shown)

    # asked in the chat: limits say their own sentence, what does not concern is not asked, entries as many as there are
    town.clock.move_to(town.moment("2021-01-15 07:59"))
    await town.until("2021-01-15 08:01")
    await phone.presses("填报")
    await phone.presses("继续 ▸")
    await phone.types("李四")
    assert "住户" in (await phone.sees())[-1]
    await phone.types("40")
    assert "人数应在 1 到 29 之间。" in (await phone.sees())[-1]
    await phone.types("4")
    await phone.presses("是")
    assert "不适人员" in (await phone.sees())[-1]
    await phone.presses("是")
    await phone.types("奶奶")
    await phone.presses("☐ 发热")
    await phone.presses("✔ 选好了")
    await phone.types("38.4")
    await phone.types("2021-01-20")
    assert "不能是将来的日子。" in (await phone.sees())[-1]
    await phone.types("昨天")

    # meanwhile a new version asks one thing more and one less: what was answered is kept
    newer = tuple(row for row in HOUSEHOLD if row[1:2] != ("hello",))
    newer = (*newer, ("text", "phone", "联系电话", "Phone", "yes"))
    renewal = await desk.sends(f"/console/report-types/{first}/renewal")
    second = await in_force(desk, f"/console/report-types/{str(renewal.url).rsplit('/', 1)[1]}", workbook(newer))
    await phone.presses("是")
    await phone.types("小明")
    await phone.types("咳嗽")
    await phone.presses("跳过")
    await phone.presses("否")
    assert "1. 症状：发热" in (summary := (await phone.sees())[-1]) and "有宠物吗：否" in summary
    await phone.presses("✅ 发送")
    assert "您的回答都还在" in (await phone.sees())[-1] and "联系电话" in (await phone.sees())[-1]
    await phone.types("0531-88880000")
    await phone.presses("✅ 发送")
    assert "报告已收到" in (await phone.sees())[-1], (await phone.sees())[-1]

    # taken out: the same form again, and what was told
    taken = (await desk.opens(f"/console/report-types/{second}/form.xlsx")).content
    assert read_form(taken).fields == read_form(workbook(newer)).fields
    sheets = {sheet.name: sheet.rows for sheet in open_sheets(taken)}
    head, told = sheets["answers"]
    answered = dict(zip(head, told, strict=True))
    assert [answered[key] for key in ("who", "version", "head", "people", "ill", "pets", "phone")] == [
        "实验小学", 2, "李四", 4, "yes", "no", "0531-88880000",
    ]  # fmt: skip
    assert [row[2:] for row in sheets["answers 1 patient"]] == [
        ["who", "signs", "heat", "since"],
        ["奶奶", "fever", 38.4, "2021-01-14"],
        ["小明", "cough", "", ""],
    ]
    told_page = (await desk.opens(f"/console/duties/{await key_of(town)}?day=2021-01-15")).text
    assert "实验小学" in told_page


async def key_of(town: Town) -> str:
    async with town.house.transactions.begin(Scope.of_work("test")) as work:
        return next(one.key for one in await work.report_types.in_force(LIXIA))


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        ((("text", "a b", "甲", "A"),), "survey:2:name", "a b"),
        ((("text", "a", "甲", "A"), ("integer", "a", "乙", "B")), "survey:3:name", "twice"),
        ((("text", "a", "甲", "A", "", "${b} = 1"), ("text", "b", "乙", "B")), "survey:2:relevant", "“b”"),
        ((("select_one cities", "a", "甲", "A"),), "survey:2:type", "cities"),
        ((("select_one yn or_other", "a", "甲", "A"),), "survey:2:type", "or_other"),
        ((("begin repeat", "r", "甲", "A"), ("text", "a", "甲", "A")), "survey:2:type", "begin_repeat"),
        ((("text", "a", "甲", "A"), ("end group",)), "survey:3:type", "end_group"),
        ((("text", "a", "甲", "A", "", "", "pulldata('x', 'y', 'z', .)"),), "survey:2:constraint", "pulldata()"),
        ((("text", "a", "甲 ${b}", "A"),), "survey:2:label::中文 (zh)", "${b}"),
        ((("integer", "a", "甲", "A", "", "", "", "", "many"),), "survey:2:default", "many"),
        ((("start", "start"),), "survey:1:type", "nothing"),
    ],
)
def test_what_the_chat_cannot_keep_to_is_named_where_it_stands(
    rows: Sequence[Sequence[str]], where: str, what: str
) -> None:
    with pytest.raises(FormNotUnderstood) as refusal:
        read_form(workbook(rows))
    assert [(one.where, what in one.message) for one in refusal.value.faults] == [(where, True)]
