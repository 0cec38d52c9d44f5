"""A page's list as a spreadsheet: the page's own rows, in columns with the words of the reader's language.

A route that lists something asks `wants_sheet`, and answers with `sheet_of` where its page would have been. The
address, the filters and the scope are the page's; taking a list out is on record.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from gateway.access.house import House
from gateway.access.sessions import SignedIn
from gateway.console.pages import language_of, word, worded
from gateway.errors import N_
from gateway.messages.words import translations
from gateway.workbooks import Cell, Column, Kind, written

SHEET = "xlsx"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a list page loads for its spreadsheet, where the page itself shows a first part.
ALL_ROWS = 200_000
_CODE = re.compile(r"[\w.:-]{1,60}")


@dataclass(frozen=True, slots=True)
class Speech:
    """The reader's words for what rows hold as codes, times and areas."""

    house: House
    language: str

    def word(self, code: str) -> str:
        return word(code, self.language)

    def words(self, codes: Iterable[str], prefix: str) -> str:
        return "、".join(self.word(f"{prefix}.{code}") for code in codes)

    def area(self, code: str | None) -> str:
        return self.house.words.area(code, self.language) if code and code != "0" else ""

    def worded(self, fault: Any) -> str:
        return worded(fault, self.language)

    def moment(self, moment: datetime | None) -> datetime | None:
        """Local: a cell knows no zone."""
        return moment.astimezone(self.house.words.zone).replace(tzinfo=None) if moment else None

    def say(self, sentence: str) -> str:
        return translations(self.language).gettext(sentence)

    def title(self, title: Any) -> str:
        """What a pack names in Chinese and English."""
        return str(title.zh if self.language.startswith("zh") else title.en)


@dataclass(frozen=True, slots=True)
class Shown:
    """One column: its heading, as the page has it, and what stands in it for a row."""

    title: str
    value: Callable[[Any, Speech], Cell]
    width: int = 16
    kind: Kind = Kind.TEXT
    #: The title is somebody's own word, not one of ours.
    verbatim: bool = False


def moments(title: str, value: Callable[[Any], datetime | None]) -> Shown:
    return Shown(title, lambda row, say: say.moment(value(row)), 17, Kind.MOMENT)


def days(title: str, value: Callable[[Any], date | None]) -> Shown:
    return Shown(title, lambda row, say: value(row), 12, Kind.DAY)


def numbers(title: str, value: Callable[[Any], int | float | None]) -> Shown:
    return Shown(title, lambda row, say: value(row), 9, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Listing:
    """`noun` is what the audit calls it, `title` what the sheet is called."""

    noun: str
    title: str
    columns: tuple[Shown, ...]
    verbatim: bool = False


def wants_sheet(request: Request) -> bool:
    return request.query_params.get("as") == SHEET


async def sheet_of(request: Request, signed: SignedIn, listing: Listing, rows: Iterable[Any]) -> Response:
    """The rows as a download, with who took them out and when above the heading."""
    house = signed.house
    say = Speech(house, language_of(request))
    title = listing.title if listing.verbatim else say.say(listing.title)
    mark = say.say(N_("%(title)s · %(area)s · taken out by %(name)s, %(when)s · for official use, do not pass on")) % {
        "title": title,
        "area": say.area(signed.official.area),
        "name": signed.official.name,
        "when": f"{say.moment(house.clock.now()):%Y-%m-%d %H:%M}",
    }
    columns = [
        Column(one.title if one.verbatim else say.say(one.title), one.kind, one.width) for one in listing.columns
    ]
    file, count = await written(columns, _cells(listing, rows, say), title=title, mark=mark)
    await house.desks.took_out(
        listing.noun,
        count,
        filters={name: said for name, said in request.query_params.items() if name != "as" and _CODE.fullmatch(said)},
        official=signed.official,
    )
    day = f"{say.moment(house.clock.now()):%Y-%m-%d}"
    return download(file, f"{title} {day}.xlsx")


def _cells(listing: Listing, rows: Iterable[Any], say: Speech) -> Iterator[list[Cell]]:
    for row in rows:
        yield [one.value(row, say) for one in listing.columns]


def download(file: IO[bytes], name: str, media_type: str = MEDIA_TYPE) -> Response:
    """Sent in pieces; closed, and by that gone, when the last piece has left."""

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(1 << 16):
                yield piece

    headers = {
        "Content-Disposition": f"attachment; filename=\"list.xlsx\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces(), media_type=media_type, headers=headers)
