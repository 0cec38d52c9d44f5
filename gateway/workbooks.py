"""Spreadsheets in and out: the one place that writes XLSX, and that reads XLSX and CSV as offices send them.

What people wrote stays what they wrote. A cell of text is text in the file and for whoever edits it later: no formula,
no number without its last digits, no link. Read back it is the same, to the sign.
"""

import asyncio
import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import IO, Any

import python_calamine
import xlsxwriter

from gateway.errors import N_, Worded

#: What a sheet of a spreadsheet program holds.
MOST_WRITTEN = 1_048_576 - 2
#: What is read of a file at once; more is sent in parts.
MOST_READ = 100_000
LARGEST = 20_000_000
#: Unpacked, and spread out from its first to its last cell: a small file can claim a sheet that fills the memory.
_LARGEST_UNPACKED = 400_000_000
_MOST_CELLS = 5_000_000
#: A cell of a spreadsheet program takes no more signs; what is longer is cut here, and says so.
_LONGEST = 32_767
_CUT = " …[cut]"
#: Numbers of this size have lost their last digits: a spreadsheet program keeps fifteen.
_EXACT = 10**15
#: The heading is looked for in this many rows from the top; titles and watermarks stand above it.
_HEAD = 30

Cell = str | int | float | bool | date | datetime | time | timedelta | None


class Unreadable(Worded):
    """This file cannot be read as a table."""


# -- out


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in signs; moments are given as local times, for a cell knows no zone. `choices` drop down."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 16
    choices: tuple[str, ...] = ()


def write(
    file: IO[bytes], columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, title: str, mark: str = ""
) -> int:
    """A sheet with its heading frozen and filterable; how many rows it has. Memory does not grow with the rows.

    `mark` stands above the heading and at the foot of each printed page: who took this out, and when.
    """
    with _workbook(file) as workbook:
        return _filled(workbook, workbook.add_worksheet(_sheet_name(title)), columns, rows, mark)


@contextmanager
def _workbook(file: IO[bytes]) -> Iterator[Any]:
    with (
        tempfile.TemporaryDirectory(prefix="shaodian-") as scratch,  # readable by us alone, and gone afterwards
        xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "tmpdir": scratch,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        ) as workbook,
    ):
        yield workbook


def _sheet_name(title: str) -> str | None:
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or None


def _filled(workbook: Any, sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], mark: str) -> int:
    # The apostrophe of spreadsheet programs: whoever presses Enter in such a cell still has text, not a formula.
    text = workbook.add_format({"num_format": "@", "quote_prefix": True, "valign": "top"})
    heading = workbook.add_format({"bold": True, "num_format": "@", "bg_color": "#E6ECF3", "bottom": 1})
    formats = {
        Kind.TEXT: text,
        Kind.NUMBER: workbook.add_format({"valign": "top"}),
        Kind.MOMENT: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        Kind.DAY: workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
    }
    above = 1 if mark else 0
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, formats[column.kind])
    if mark:
        sheet.write_string(0, 0, mark, workbook.add_format({"italic": True, "font_color": "#666666"}))
        sheet.set_footer("&L" + mark.replace("&", "&&")[:200] + "&R&P / &N")
    for at, column in enumerate(columns):
        sheet.write_string(above, at, column.title, heading)
    sheet.freeze_panes(above + 1, 0)
    sheet.repeat_rows(0, above)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    written = 0
    for row in rows:
        if written == MOST_WRITTEN:
            raise Unreadable(
                N_("More than %(most)s rows do not fit into one sheet; please narrow the list first."),
                most=MOST_WRITTEN,
            )
        written += 1
        for at, (column, cell) in enumerate(zip(columns, row, strict=True)):
            _put(sheet, above + written, at, cell, formats[column.kind], text)
    for at, column in enumerate(columns):
        if column.choices and len(",".join(column.choices)) <= 255:
            last = max(above + written, 500)
            allowed = {"validate": "list", "source": list(column.choices), "error_type": "warning"}
            sheet.data_validation(above + 1, at, last, at, allowed)
    sheet.autofilter(above, 0, above + written, len(columns) - 1)
    return written


def _put(sheet: Any, row: int, at: int, cell: Cell, kind: Any, text: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        sheet.write_datetime(row, at, cell.replace(tzinfo=None), kind)
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, kind)
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < _EXACT:
        sheet.write_number(row, at, cell, kind)
    else:
        said = str(cell)
        sheet.write_string(row, at, said if len(said) <= _LONGEST else said[: _LONGEST - len(_CUT)] + _CUT, text)


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of a workbook of several, small enough to be held."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


async def book(pages: Sequence[Page]) -> IO[bytes]:
    """A workbook of several sheets, written in a thread: an open file without a name, at its start."""
    file = await asyncio.to_thread(tempfile.TemporaryFile)
    await asyncio.to_thread(write_book, file, pages)
    file.seek(0)
    return file


def write_book(file: IO[bytes], pages: Sequence[Page]) -> None:
    with _workbook(file) as workbook:
        for page in pages:
            _filled(workbook, workbook.add_worksheet(_sheet_name(page.title)), page.columns, page.rows, "")


async def written(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, title: str, mark: str = ""
) -> tuple[IO[bytes], int]:
    """As `write`, in a thread: an open file without a name, at its start, and how many rows it has."""
    file = await asyncio.to_thread(tempfile.TemporaryFile)
    count = await asyncio.to_thread(write, file, columns, rows, title=title, mark=mark)
    file.seek(0)
    return file, count


# -- in


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it stands in the file. `merged` are the spans (first row, first column, last row, last column)."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that is looked for, by any of its titles; the first is how we write it."""

    name: str
    titles: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading. `columns` says where each known column stands, `others` which titles nobody knew."""

    sheet: str
    heading: int
    titles: tuple[str, ...]
    columns: Mapping[str, int]
    body: Sequence[Sequence[Cell]] = field(repr=False, default=())

    @property
    def others(self) -> tuple[str, ...]:
        known = set(self.columns.values())
        return tuple(title for at, title in enumerate(self.titles) if title and at not in known)

    def rows(self) -> Iterator[tuple[int, dict[str, Cell]]]:
        """Row number as people see it, and the cells that are not empty; rows without any are passed over."""
        for number, row in enumerate(self.body, start=self.heading + 2):
            cells = {name: row[at] for name, at in self.columns.items() if at < len(row) and row[at] not in ("", None)}
            if cells:
                yield number, cells


def open_sheets(content: bytes) -> list[Sheet]:
    """The sheets of an XLSX, or the one of a CSV in UTF-8, UTF-16 or GB18030. Raises Unreadable.

    This works for a second or more on a large file: call `read` where a loop waits.
    """
    if len(content) > LARGEST:
        raise Unreadable(N_("The file is larger than %(most)s MB."), most=LARGEST // 1_000_000)
    if content.startswith(b"PK\x03\x04"):
        return _xlsx(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(N_("This is an old Excel file, or one with a password. Save it as XLSX and send that."))
    if content.startswith(b"%PDF"):
        raise Unreadable(N_("This is a PDF. A table is needed: XLSX or CSV."))
    return [Sheet("CSV", _csv(content))]


async def read(content: bytes) -> list[Sheet]:
    """As `open_sheets`, in a thread."""
    return await asyncio.to_thread(open_sheets, content)


def _xlsx(content: bytes) -> list[Sheet]:
    try:
        _measure(content)
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheets = []
        for about in book.sheets_metadata:
            if about.visible is not python_calamine.SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_name(about.name)
            rows = sheet.to_python(skip_empty_area=False)
            spans = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            sheets.append(Sheet(about.name, rows, spans))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError) as error:
        raise Unreadable(N_("The file cannot be opened as a spreadsheet. Save it as XLSX and send that.")) from error
    if max((len(sheet.rows) for sheet in sheets), default=0) > MOST_READ + _HEAD:
        raise _too_many()
    return sheets


_REFERENCE = re.compile(rb'<(?:\w+:)?(?:c|row)\s(?:[^>]*?\s)?r=["\']([A-Z]*)(\d+)["\']')


def _measure(content: bytes) -> None:
    """Refuses what would not fit once unpacked, before it is. Raises Unreadable."""
    too_big = Unreadable(N_("This spreadsheet claims far more cells than it fills. Copy the table to a new file."))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > _LARGEST_UNPACKED:
            raise too_big
        for part in parts.infolist():
            if not part.filename.endswith(".xml") or "/worksheets/" not in f"/{part.filename}":
                continue
            tall = wide = 0
            with parts.open(part) as stream:
                rest = b""
                while chunk := stream.read(1 << 20):
                    rest += chunk
                    for column, row in _REFERENCE.findall(rest):
                        tall = max(tall, int(row))
                        wide = max(wide, _column(column)) if len(column) > 1 or column > b"A" else max(wide, 1)
                    rest = rest[-256:]
            if tall * wide > _MOST_CELLS:
                raise too_big


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv(content: bytes) -> list[list[Cell]]:
    text = _decoded(content)
    head = text[:4096].splitlines()[:5]
    delimiter = max(",;\t", key=lambda sign: sum(line.count(sign) for line in head))
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(list(row))
            if len(rows) > MOST_READ + _HEAD:
                raise _too_many()
    except csv.Error as error:
        raise Unreadable(N_("Row %(row)s cannot be read as CSV."), row=len(rows) + 1) from error
    return rows


def _decoded(content: bytes) -> str:
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(N_("This is neither XLSX nor a CSV in UTF-8 or GB18030."))


def _too_many() -> Unreadable:
    return Unreadable(N_("More than %(most)s rows; please send it in parts."), most=MOST_READ)


def find_table(sheets: Sequence[Sheet], headings: Sequence[Heading], *, at_least: int = 2) -> Table:
    """The sheet, and the row near its top, with most of the titles that are looked for.

    Raises Unreadable: no sheet has them, a needed column is missing, a title stands twice or is merged over several.
    """
    known = {_plain(title): heading.name for heading in headings for title in heading.titles}
    best: tuple[int, Sheet, int] | None = None
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:_HEAD]):
            fitting = len({known[_plain(cell)] for cell in row if _plain(cell) in known})
            if fitting and (best is None or fitting > best[0]):
                best = (fitting, sheet, number)
    if best is None or best[0] < min(at_least, len(headings)):
        raise Unreadable(
            N_("No sheet has the headings that are needed (%(needed)s). Sheets in this file: %(sheets)s."),
            needed="、".join(heading.titles[0] for heading in headings),
            sheets="、".join(sheet.name for sheet in sheets) or "—",
        )
    _, sheet, number = best
    _refuse_merged(sheet, number)
    columns: dict[str, int] = {}
    for at, cell in enumerate(sheet.rows[number]):
        name = known.get(_plain(cell))
        if name is None:
            continue
        if name in columns:
            raise Unreadable(
                N_("The headings %(first)s and %(second)s mean the same; keep one of them."),
                first=text_of(sheet.rows[number][columns[name]]),
                second=text_of(cell),
            )
        columns[name] = at
    missing = [heading.titles[0] for heading in headings if heading.required and heading.name not in columns]
    if missing:
        raise Unreadable(
            N_("Sheet %(sheet)s lacks the column %(column)s; its headings stand in row %(row)s."),
            sheet=sheet.name,
            column="、".join(missing),
            row=number + 1,
        )
    return table_at(sheet, number, columns)


def _refuse_merged(sheet: Sheet, number: int) -> None:
    for top, left, bottom, right in sheet.merged:
        if top <= number <= bottom and right > left:
            raise Unreadable(
                N_(
                    "In sheet %(sheet)s the heading in row %(row)s is merged over columns %(first)s to %(last)s."
                    " Unmerge it, so that each column has its own title."
                ),
                sheet=sheet.name,
                row=number + 1,
                first=_letters(left),
                last=_letters(right),
            )


def table_at(sheet: Sheet, number: int, columns: Mapping[str, int]) -> Table:
    """The table under row `number` (from 0), with the columns a person said."""
    titles = tuple(text_of(cell) for cell in sheet.rows[number])
    return Table(sheet.name, number, titles, dict(columns), sheet.rows[number + 1 :])


def _letters(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _plain(cell: Cell) -> str:
    """A title without blanks, stars, width and case: 「 *身份证号 」 is 身份证号."""
    return re.sub(r"[\s*\uff0a:\uff1a]", "", str(cell)).lower() if isinstance(cell, str) else ""


class LostDigits(Worded):
    """A spreadsheet program has rounded this number."""


def text_of(cell: Cell) -> str:
    """A cell as text: numbers without `.0`, times as 2021-01-23 09:00. Raises LostDigits for a rounded number."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT:
            raise LostDigits(
                N_(
                    "%(number)s was kept as a number and has lost its last digits;"
                    " format the column as text and type it again."
                ),
                number=f"{cell:.0f}",
            )
        return str(int(cell)) if cell.is_integer() else str(cell)
    return str(cell)
