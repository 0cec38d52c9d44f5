"""Reads a risk list from a file's bytes: the national JSON form, CSV or a spreadsheet."""

import csv
import io

from gateway.domain.risk_areas import InvalidRiskList, RiskList, read_national, read_rows
from gateway.errors import Fault

LARGEST = 20_000_000  # the whole country's list is some 20 kB; more than this is a wrong file
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_risk_list(name: str, content: bytes) -> RiskList:
    """The list in `content`. `name` is the file's name, for its ending and for the faults."""
    if len(content) > LARGEST:
        raise InvalidRiskList.because(Fault(name, f"the file is larger than {LARGEST // 1_000_000} MB"))
    if content.startswith(SPREADSHEETS):
        return _read_spreadsheet(name, content)
    text = _decode(name, content)
    if name.lower().endswith(".csv"):
        return read_rows(csv.reader(io.StringIO(text, newline="")), file=name)
    return read_national(text)


def _decode(name: str, content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8-sig" and error.reason == "unexpected end of data":
                text = content[: error.start].decode(encoding)  # cut off within a character: let its reader say so
            else:
                continue
        if "\0" not in text:
            return text
    raise InvalidRiskList.because(Fault(name, "this is not a text in UTF-8 or GB18030, nor a spreadsheet"))


def _read_spreadsheet(name: str, content: bytes) -> RiskList:
    from gateway.workbooks import Unreadable, open_sheets  # only here: half the callers bring JSON

    try:
        sheets = open_sheets(content)
    except Unreadable as error:
        raise InvalidRiskList.because(Fault(name, error.detail)) from error
    return read_rows(sheets[0].rows if sheets else (), file=name)
