"""Sheets of results as sites send them: one row a sample, headings in Chinese or English in any order."""

import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import python_calamine

from gateway.errors import Fault, Invalid
from gateway.schemas.results import ResultIn
from gateway.schemas.shapes import ShapeMismatch

LARGEST = 10_000_000
MOST_ROWS = 20_000

HEADINGS = {
    "name": ("姓名", "name"),
    "phone": ("手机号", "手机", "电话", "联系电话", "phone"),
    "id_number": ("身份证号", "身份证", "证件号", "证件号码", "id number", "id_number"),
    "test": ("检测类型", "项目", "检测项目", "test"),
    "sampled_at": ("采样时间", "采样日期", "sampled at", "sampled_at"),
    "value": ("结果", "检测结果", "value", "result"),
    "resulted_at": ("结果时间", "报告时间", "出具时间", "resulted at", "resulted_at"),
    "site": ("采样点", "采样机构", "检测机构", "site"),
}
VALUES = {
    "test": {
        "核酸": "nat",
        "核酸检测": "nat",
        "nat": "nat",
        "抗体": "antibody",
        "血清抗体": "antibody",
        "抗体检测": "antibody",
        "antibody": "antibody",
    },
    "value": {"阴性": "negative", "阳性": "positive", "待复核": "inconclusive", "可疑": "inconclusive"},
}


class SheetUnreadable(Invalid):
    """This is not a spreadsheet that can be read (XLSX)."""


def rows_of(content: bytes, zone: ZoneInfo) -> Iterator[tuple[int, ResultIn | Fault]]:
    """Row number as people see it, with the result it says or what is wrong with it. Raises SheetUnreadable."""
    if len(content) > LARGEST:
        raise SheetUnreadable("the file is larger than 10 MB")
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (python_calamine.CalamineError, OSError, IndexError, ValueError) as error:
        raise SheetUnreadable from error
    heading = next((number for number, row in enumerate(sheet) if _columns(row)), None)
    if heading is None:
        raise SheetUnreadable("no heading was understood; use 姓名, 手机号, 身份证号, 检测类型, 采样时间, 结果, 采样点")
    columns = _columns(sheet[heading])
    if len(sheet) - heading > MOST_ROWS:
        raise SheetUnreadable(f"more than {MOST_ROWS} rows; please send it in parts")
    for number, row in enumerate(sheet[heading + 1 :], start=heading + 2):
        cells = {name: row[at] for name, at in columns.items() if at < len(row) and row[at] not in ("", None)}
        if cells:
            yield number, _result(cells, zone)


def _columns(row: list[Any]) -> dict[str, int]:
    """Which column holds what; empty unless test and sampling time are among them."""
    said = {str(cell).strip().lower(): at for at, cell in enumerate(row)}
    found = {name: said[heading] for name, headings in HEADINGS.items() for heading in headings if heading in said}
    return found if {"test", "sampled_at"} <= found.keys() else {}


def _result(cells: dict[str, Any], zone: ZoneInfo) -> ResultIn | Fault:
    given: dict[str, Any] = {}
    for name, cell in cells.items():
        if name in VALUES:
            text = str(cell).strip()
            given[name] = VALUES[name].get(text, VALUES[name].get(text.lower(), text.lower()))
        elif name.endswith("_at"):
            moment = _moment(cell, zone)
            if moment is None:
                return Fault(name, f"{str(cell)[:40]} is not a time; write 2021-01-23 09:00")
            given[name] = moment
        else:
            given[name] = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    try:
        return ResultIn.model_validate(given)
    except ShapeMismatch as wrong:
        first = wrong.errors()[0]
        return Fault(".".join(str(part) for part in first["loc"]) or "row", first["msg"])


def _moment(cell: Any, zone: ZoneInfo) -> datetime | None:
    """A time as sheets write it, in the zone of the pack where it says none. A bare day is not enough."""
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, date):
        return None
    try:
        read = datetime.fromisoformat(str(cell).strip().replace("/", "-"))
    except ValueError:
        return None
    if len(str(cell).strip()) <= 10:
        return None
    return read if read.tzinfo else read.replace(tzinfo=zone)
