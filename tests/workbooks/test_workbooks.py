"""What people wrote goes into a spreadsheet and comes back unchanged, and a bad file is refused with a sentence."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import pytest
import xlsxwriter

from gateway.errors import Worded
from gateway.workbooks import (
    MOST_READ,
    Cell,
    Column,
    Heading,
    Kind,
    LostDigits,
    Unreadable,
    find_table,
    open_sheets,
    text_of,
    write,
)

COLUMNS = (Column("姓名"), Column("身份证号", width=22), Column("电话"), Column("备注"), Column("时间", Kind.MOMENT))
HEADINGS = (
    Heading("name", ("姓名", "name"), required=True),
    Heading("id_number", ("身份证号", "证件号码")),
    Heading("phone", ("电话", "手机号")),
    Heading("note", ("备注",)),
    Heading("at", ("时间",)),
)
MARK = "张三 2021-01-23 09:00 导出"
NASTY = (
    '=HYPERLINK("http://evil.test","看")',
    "+8613800138000",
    "@SUM(A1:A9)",
    "-1+2",
    "\t=1+1",
    "\r=1+1",
    "\n=cmd|' /C calc'!A0",
    "_x000D_",
    "370102198501011234",
    "  前后空格  ",
    "<b>&\"'",
    "1e5",
    "007",
    "http://evil.test",
)
NOON = datetime.fromisoformat("2021-01-23T12:00")  # a cell knows no zone


def book(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, mark: str = MARK) -> bytes:
    file = io.BytesIO()
    write(file, columns, rows, title="人员[1]", mark=mark)
    return file.getvalue()


def sheet(*rows: tuple[object, ...], merged: str = "") -> bytes:
    """As another program writes it."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as workbook:
        page = workbook.add_worksheet("名单")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        if merged:
            page.merge_range(merged, rows[0][0])
    return file.getvalue()


def test_what_is_written_reads_back_the_same_beside_its_watermark() -> None:
    content = book(COLUMNS, [("王芳", said, said, said, NOON) for said in NASTY])
    (read,) = open_sheets(content)
    assert read.rows[0][0] == MARK
    table = find_table([read], HEADINGS)
    rows = [cells for _, cells in table.rows()]
    assert [(row["id_number"], row["phone"], row["note"], row["at"]) for row in rows] == [
        (said, said, said, NOON) for said in NASTY
    ]
    again = book(COLUMNS, [[row[name] for name in ("name", "id_number", "phone", "note", "at")] for row in rows])
    assert list(find_table(open_sheets(again), HEADINGS).rows()) == list(table.rows())


def test_no_cell_is_a_formula_a_link_or_a_number_that_was_text() -> None:
    with zipfile.ZipFile(io.BytesIO(book(COLUMNS, [("王芳", said, said, said, None) for said in NASTY]))) as parts:
        page = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert "<f>" not in page
    assert "<hyperlink" not in page
    assert page.count('t="inlineStr"') == page.count("<c r=")  # not one number among them
    assert 'quotePrefix="1"' in styles  # text it stays for whoever edits the cell
    assert '<pane ySplit="2"' in page  # watermark and heading
    assert "<autoFilter" in page


def test_seventy_thousand_rows_are_complete() -> None:
    rows = ((f"王{n}", "370102198501011234", "+8613800138000", "=1", None) for n in range(70_000))
    table = find_table(open_sheets(book(COLUMNS, rows)), HEADINGS)
    read = list(table.rows())
    assert len(read) == 70_000
    assert {(cells["id_number"], cells["phone"], cells["note"]) for _, cells in read} == {
        ("370102198501011234", "+8613800138000", "=1")
    }
    assert (read[0][1]["name"], read[-1][1]["name"]) == ("王0", "王69999")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_csv_is_read_in_the_encodings_and_with_the_signs_offices_use(encoding: str, sign: str) -> None:
    text = f"姓名{sign}身份证号{sign}备注\r\n王芳{sign}370102198501011234{sign}=1\r\n\r\n"
    assert list(find_table(open_sheets(text.encode(encoding)), HEADINGS).rows()) == [
        (2, {"name": "王芳", "id_number": "370102198501011234", "note": "=1"})
    ]


def test_the_heading_is_found_below_titles_on_any_sheet_and_in_any_order() -> None:
    heading = ("序号", "备注", " 手机号*", "姓 名")
    content = sheet(("历下区重点人员名单",), (), heading, (1, "返济", 13800138000, "王芳"))
    table = find_table(open_sheets(content), HEADINGS)
    assert table.others == ("序号",)
    assert [(number, text_of(cells["phone"])) for number, cells in table.rows()] == [(4, "13800138000")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0old", "old Excel file"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04broken", "cannot be opened"),
        (b"\x00\x01\x02\xff", "neither XLSX nor a CSV"),
        ("姓名,电话\r\n".encode() + b"a,b\r\n" * (MOST_READ + 40), "send it in parts"),
        (b"a" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        open_sheets(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sheet(("甲", "乙")), "Sheets in this file: 名单"),
        (sheet(("身份证号", "电话")), "lacks the column 姓名; its headings stand in row 1"),
        (sheet(("姓名", "电话", "手机号")), "电话 and 手机号 mean the same"),
        (sheet(("姓名", "", "电话"), merged="A1:B1"), "merged over columns A to B"),
    ],
)
def test_a_wrong_sheet_a_missing_column_and_a_merged_heading_are_named(content: bytes, said: str) -> None:
    with pytest.raises(Worded, match=said):
        find_table(open_sheets(content), HEADINGS)


def test_a_small_file_that_claims_a_huge_sheet_is_not_opened() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        workbook.add_worksheet().write(1_000_000, 2_000, "x")
    assert len(file.getvalue()) < 10_000
    with pytest.raises(Unreadable, match="claims far more cells"):
        open_sheets(file.getvalue())


def test_an_id_number_that_lost_its_last_digits_is_named_not_taken() -> None:
    (page,) = open_sheets(sheet(("姓名", "身份证号"), ("王芳", 370102198501011234)))
    (_, cells) = next(find_table([page], HEADINGS).rows())
    with pytest.raises(LostDigits, match="lost its last digits"):
        text_of(cells["id_number"])
    assert text_of(13800138000.0) == "13800138000"
    assert (text_of(NOON), text_of(date(2021, 1, 23)), text_of(None)) == ("2021-01-23 12:00", "2021-01-23", "")
