"""Sheets of results as sites send them: one row a sample, headings in Chinese or English in any order."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import N_, Fault
from gateway.schemas.results import ResultIn
from gateway.schemas.shapes import ShapeMismatch
from gateway.workbooks import Heading, LostDigits, Unreadable, find_table, open_sheets, text_of

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


_TABLE = tuple(Heading(name, titles, required=name in ("test", "sampled_at")) for name, titles in HEADINGS.items())


def rows_of(content: bytes, zone: ZoneInfo) -> list[tuple[int, ResultIn | Fault]]:
    """Row number as people see it, with the result it says or what is wrong with it. Raises Unreadable.

    Reading takes a while on a large sheet: call it in a thread.
    """
    table = find_table(open_sheets(content), _TABLE)
    if len(table.body) > MOST_ROWS:
        raise Unreadable(N_("More than %(most)s rows; please send it in parts."), most=MOST_ROWS)
    return [(number, _result(cells, zone)) for number, cells in table.rows()]


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
            try:
                given[name] = text_of(cell).strip()
            except LostDigits as lost:
                return Fault(name, lost.detail)
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
