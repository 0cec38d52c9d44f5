"""Risk lists, what changed between two of them, and whether somebody's place is on one.

A list is imported as a whole. An entry is one string of `communitys` within its province, city and county, and stays
what the notice wrote; what it means in the codes is worked out beside it (`locate`) and never replaces it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from gateway.domain.kinds import MatchKind, RiskLevel
from gateway.domain.places import ZONE, AreaLevel, Gazetteer, clean, place_levels
from gateway.errors import Fault, Invalid


class InvalidRiskList(Invalid):
    """This is not a risk list that can be imported."""

    @classmethod
    def because(cls, *faults: Fault) -> "InvalidRiskList":
        if len(faults) == 1:
            return cls(faults=faults)
        return cls(f"{len(faults)} fields or rows cannot be read", faults=faults)


class Closeness(StrEnum):
    """Why a place matches, nearest first."""

    SAME = "same"
    INSIDE = "inside"
    TOWNSHIP = "township"
    COUNTY = "county"
    PARENT = "parent"
    UNRESOLVED = "unresolved"


Key = tuple[str, str, str, str]
RANK = {RiskLevel.LOW: 1, RiskLevel.MEDIUM: 2, RiskLevel.HIGH: 3}


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """One string of a list, as it was written."""

    province: str
    city: str
    county: str
    text: str
    level: RiskLevel

    @property
    def key(self) -> Key:
        return self.province, self.city, self.county, self.text


@dataclass(frozen=True, slots=True)
class RiskList:
    """`stated_at` is the source's own words for its time; `warnings` do not stop an import, but ask for a look."""

    entries: tuple[RiskEntry, ...]
    stated_at: str = ""
    warnings: tuple[Fault, ...] = ()


# -- reading

LISTS = (("highlist", RiskLevel.HIGH), ("middlelist", RiskLevel.MEDIUM), ("lowlist", RiskLevel.LOW))
COUNTS = (("hcount", RiskLevel.HIGH), ("mcount", RiskLevel.MEDIUM), ("lcount", RiskLevel.LOW))
SURROGATE = re.compile(r"[\ud800-\udfff]")
ROW_FIELDS = ("province", "city", "county")

HEADINGS = {
    "province": "province",
    "省": "province",
    "省份": "province",
    "city": "city",
    "市": "city",
    "地市": "city",
    "county": "county",
    "区县": "county",
    "县": "county",
    "县区": "county",
    "县(市、区)": "county",
    "place": "place",
    "community": "place",
    "communitys": "place",
    "地区": "place",
    "地点": "place",
    "区域": "place",
    "小区": "place",
    "level": "level",
    "风险等级": "level",
    "等级": "level",
}
LEVEL_WORDS = {
    "high": RiskLevel.HIGH,
    "medium": RiskLevel.MEDIUM,
    "middle": RiskLevel.MEDIUM,
    "low": RiskLevel.LOW,
    "高": RiskLevel.HIGH,
    "高风险": RiskLevel.HIGH,
    "高风险地区": RiskLevel.HIGH,
    "中": RiskLevel.MEDIUM,
    "中风险": RiskLevel.MEDIUM,
    "中风险地区": RiskLevel.MEDIUM,
    "低": RiskLevel.LOW,
    "低风险": RiskLevel.LOW,
    "低风险地区": RiskLevel.LOW,
}


def read_national(text: str) -> RiskList:
    """The national form: `data.highlist`, `middlelist` and, where there is one, `lowlist`.

    A row that cannot be read refuses the file: a place left out by mistake would be taken for lifted.
    """
    data = _data_of(text)
    faults: list[Fault] = []
    entries: list[RiskEntry] = []
    for name, level in LISTS:
        rows = data.get(name)
        if rows is None and level is RiskLevel.LOW and name not in data:
            continue
        if not isinstance(rows, list):
            faults.append(Fault(f"data.{name}", "this must be a list of counties" if name in data else "is missing"))
            continue
        for number, row in enumerate(rows):
            entries += _entries_of(row, level, f"data.{name}[{number}]", faults)
    if faults:
        raise InvalidRiskList.because(*faults)
    return RiskList(
        entries=_once_each(entries),
        stated_at=str(data.get("end_update_time") or ""),
        warnings=tuple(_miscounts(data, entries)),
    )


def _data_of(text: str) -> dict[str, Any]:
    if not text.strip():
        raise InvalidRiskList.because(Fault("file", "the file is empty"))
    try:
        answer = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated string"):
            raise InvalidRiskList.because(Fault(where, "the file breaks off here; fetch it again in full")) from error
        raise InvalidRiskList.because(Fault(where, f"this is not JSON ({error.msg})")) from error
    except ValueError as error:
        raise InvalidRiskList.because(Fault("file", "this is not JSON (a number in it is too long)")) from error
    except RecursionError as error:
        raise InvalidRiskList.because(Fault("file", "this is not a risk list: it is nested too deeply")) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict):
        raise InvalidRiskList.because(Fault("data", "this is not the national form: an object `data` is missing"))
    if answer.get("code") not in (None, 0, "0"):
        said = answer.get("msg") or "no reason given"
        raise InvalidRiskList.because(Fault("code", f"the source answered with an error instead of a list: {said}"))
    data: dict[str, Any] = answer["data"]
    return data


def _entries_of(row: object, level: RiskLevel, where: str, faults: list[Fault]) -> Iterator[RiskEntry]:
    if not isinstance(row, dict):
        faults.append(Fault(where, "a row must be an object with province, city, county and communitys"))
        return
    before = len(faults)
    for field in ROW_FIELDS:
        value = row.get(field)
        if not _is_text(value):
            faults.append(Fault(f"{where}.{field}", "is missing or not a text"))
    places = row.get("communitys")
    if not isinstance(places, list):
        faults.append(Fault(f"{where}.communitys", "is missing or not a list of places"))
    elif not places:
        faults.append(Fault(f"{where}.communitys", "names no place"))
    else:
        for number, place in enumerate(places):
            if not _is_text(place):
                faults.append(Fault(f"{where}.communitys[{number}]", "a place must be a text with something in it"))
    if len(faults) == before and isinstance(places, list):
        yield from (RiskEntry(row["province"], row["city"], row["county"], place, level) for place in places)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(clean(value)) and not SURROGATE.search(value)


def _miscounts(data: dict[str, Any], entries: Sequence[RiskEntry]) -> Iterator[Fault]:
    for name, level in COUNTS:
        stated, found = data.get(name), sum(entry.level is level for entry in entries)
        if stated is not None and str(stated) != str(found):
            yield Fault(f"data.{name}", f"the list says {stated} {level} risk places and holds {found}")


def read_rows(rows: Iterable[Sequence[object]], *, file: str = "file") -> RiskList:
    """A table with headings (CSV or a spreadsheet): province, city, county, place, level, in English or Chinese."""
    numbered = (
        (number, ["" if cell is None else str(cell).strip() for cell in row]) for number, row in enumerate(rows, 1)
    )
    filled = ((number, cells) for number, cells in numbered if any(cells))
    number, headings = next(filled, (1, []))
    columns = {HEADINGS.get(clean(heading).casefold()): at for at, heading in enumerate(headings)}
    missing = [field for field in (*ROW_FIELDS, "place", "level") if field not in columns]
    if missing:
        sentence = f"the heading row lacks {', '.join(missing)}"
        raise InvalidRiskList.because(Fault(f"{file}:{number}", sentence))
    faults: list[Fault] = []
    entries: list[RiskEntry] = []
    for number, cells in filled:
        row = {field: cells[at] if at < len(cells) else "" for field, at in columns.items() if field}
        empty = [field for field in (*ROW_FIELDS, "place") if not row[field]]
        if empty:
            faults.append(Fault(f"{file}:{number}", f"{', '.join(empty)} is empty"))
            continue
        level = LEVEL_WORDS.get(row["level"].casefold())
        if level is None:
            said = f"「{row['level']}」 is not a risk level; write high, medium or low"
            faults.append(Fault(f"{file}:{number}", said))
            continue
        entries.append(RiskEntry(row["province"], row["city"], row["county"], row["place"], level))
    if faults:
        raise InvalidRiskList.because(*faults)
    return RiskList(entries=_once_each(entries))


def _once_each(entries: Iterable[RiskEntry]) -> tuple[RiskEntry, ...]:
    """The same place twice counts once, at its higher level."""
    kept: dict[Key, RiskEntry] = {}
    for entry in entries:
        known = kept.get(entry.key)
        if known is None or RANK[entry.level] > RANK[known.level]:
            kept[entry.key] = entry
    return tuple(kept.values())


# -- locating


@dataclass(frozen=True, slots=True)
class RiskArea:
    """An entry with what it means in the codes.

    `named` is the deepest division that province, city and county name together; `area` goes on to the township when
    the text begins with one. `places` are what the text names below that, one for each building or compound; none when
    the whole division is meant. `found` is false when the county could not be told.
    """

    entry: RiskEntry
    named: str | None
    area: str | None
    found: bool
    places: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[tuple[str, ...], ...]:
        """For each place its level strings below the township, see `place_levels`."""
        area = self.area
        return tuple(place_levels(area, place) for place in self.places) if area else ()


def place_name(place: RiskArea, gazetteer: Gazetteer, language: str = "zh") -> str:
    """A listed place as people say it: its divisions in full, and the list's own words, which nobody translates."""
    entry = place.entry
    if place.named is None or not place.found:
        return "".join(dict.fromkeys((entry.province, entry.city, entry.county))) + entry.text
    divisions = gazetteer.full_name(place.named, language)
    return divisions + entry.text if language.startswith("zh") else f"{entry.text}, {divisions}"


WHOLE = re.compile(r"^(全域|全境|全区|全县|全市|全镇|全乡|全街道|辖区|全辖区|全部区域)?$")
LISTED = re.compile(r"[、,，;；]")
BOUNDARY = re.compile(r"以[东西南北内外]|合围|围合|沿线|区域|片区")
COUNTED_LIST = re.compile(r"^[A-Za-z]*\d+(?:-\d+)?(?:号楼|号院|号|楼|栋|幢|座|单元|室|弄|组|队|社|期|区)$")
# What stands between two divisions in a form and is none: placeholders of the codes, divisions of the Xinjiang corps.
CODE_ONLY = re.compile(r"^(市辖区|县|.*直辖.*|第.{1,3}师.*|/|-|无)$")


def locate(entry: RiskEntry, gazetteer: Gazetteer) -> RiskArea:
    """Finds the entry's divisions. Municipalities shift one level up: `city` is a district, `county` a street."""
    text = clean(entry.text)
    for name in (entry.province, entry.city, entry.county):
        text = text.removeprefix(clean(name))
    named = _descend(entry, gazetteer)
    found = named is not None and len(named) >= AreaLevel.COUNTY
    if named is not None and len(named) == AreaLevel.CITY and ZONE.search(entry.county):
        # A development zone without a code of its own: the township that the text names tells the county.
        end_of_zone = max((match.end() for match in ZONE.finditer(text[:12])), default=0)
        for start in {0, end_of_zone}:
            township = gazetteer.township_at(text[start:], within=named)
            if township:
                code, end = township
                return RiskArea(entry, code[: AreaLevel.COUNTY], code, True, split_places(text[start + end :]))
    if named is None or len(named) != AreaLevel.COUNTY:
        return RiskArea(entry, named, named, found, split_places(text))
    township = gazetteer.township_at(text, within=named)
    if township is None:
        return RiskArea(entry, named, named, found, split_places(text))
    code, end = township
    return RiskArea(entry, named, code, found, split_places(text[end:]))


def _descend(entry: RiskEntry, gazetteer: Gazetteer) -> str | None:
    """The deepest division on the way from province over city to county; nothing is guessed where several fit."""
    reached = ""
    for name in (entry.province, entry.city, entry.county):
        if CODE_ONLY.match(name.strip()):
            continue
        if reached and gazetteer.area(reached).name == clean(name):
            continue  # 「上海市 上海市」, 「东莞市 东莞市」
        fitting = gazetteer.named(name, within=reached)
        if not reached:
            fitting = tuple(code for code in fitting if len(code) == AreaLevel.PROVINCE)
        if len(fitting) > 1:
            nearest = min(len(code) for code in fitting)
            fitting = tuple(code for code in fitting if len(code) == nearest)
        if len(fitting) != 1:
            break
        reached = fitting[0]
    return reached or None


def split_places(text: str) -> tuple[str, ...]:
    """The places inside one entry: 「辽阳街(101栋、143栋、201栋)」 is three. Streets that enclose a block are one."""
    plain = clean(text)
    if WHOLE.match(plain):
        return ()
    outside, _, inside = plain.partition("(")
    inside = inside.rstrip(")")
    buildings = [part for part in LISTED.split(inside) if part]
    if buildings and all(COUNTED_LIST.match(part) for part in buildings):
        return tuple(outside + part for part in buildings)
    if BOUNDARY.search(outside):
        return (plain,)
    parts = [part for part in LISTED.split(outside) if part]
    if len(parts) < 2:
        return (outside or plain,)
    first = re.match(r"^(.*?)([A-Za-z]*\d+(?:-\d+)?\D{1,2})$", parts[0])
    if first and first[1] and all(COUNTED_LIST.match(part) for part in parts[1:]):
        return (parts[0], *(first[1] + part for part in parts[1:]))
    return tuple(parts)


# -- comparing


@dataclass(frozen=True, slots=True)
class Change:
    """`level` is the level now in force; for a lifted place, the one it had. `was` is None for an added place."""

    place: RiskArea
    level: RiskLevel
    was: RiskLevel | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Every changed entry stands in exactly one of the four; `unresolved` repeats those without a known county."""

    added: tuple[Change, ...] = ()
    raised: tuple[Change, ...] = ()
    lowered: tuple[Change, ...] = ()
    lifted: tuple[Change, ...] = ()

    @property
    def unresolved(self) -> tuple[Change, ...]:
        return tuple(change for change in self.all() if not change.place.found)

    def all(self) -> tuple[Change, ...]:
        return self.added + self.raised + self.lowered + self.lifted


def compare(older: RiskList, newer: RiskList, gazetteer: Gazetteer) -> Changes:
    """What changed from one list to the next; only what changed is located."""
    before = {entry.key: entry for entry in older.entries}
    after = {entry.key: entry for entry in newer.entries}
    return _changes(before, after, lambda entry: locate(entry, gazetteer))


def compare_located(older: Iterable[RiskArea], newer: Iterable[RiskArea]) -> Changes:
    """The same of two lists that were located before, as the record keeps them."""
    before = {place.entry.key: place for place in older}
    after = {place.entry.key: place for place in newer}
    return _changes(
        {key: place.entry for key, place in before.items()},
        {key: place.entry for key, place in after.items()},
        lambda entry: after.get(entry.key) or before[entry.key],
    )


def _changes(
    before: Mapping[Key, RiskEntry], after: Mapping[Key, RiskEntry], place_of: Callable[[RiskEntry], RiskArea]
) -> Changes:
    added, raised, lowered = [], [], []
    for key, entry in after.items():
        known = before.get(key)
        if known is not None and known.level is entry.level:
            continue
        change = Change(place_of(entry), entry.level, known.level if known else None)
        if known is None:
            added.append(change)
        elif RANK[entry.level] > RANK[known.level]:
            raised.append(change)
        else:
            lowered.append(change)
    lifted = [Change(place_of(entry), entry.level, entry.level) for key, entry in before.items() if key not in after]
    return Changes(tuple(added), tuple(raised), tuple(lowered), tuple(lifted))


# -- in time


@dataclass(frozen=True, slots=True)
class ConfirmedList:
    """A list in force from `valid_from`; `recorded_at` is when the record learned of it."""

    list: RiskList
    valid_from: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Spell:
    """One place at one level without a break. `valid_to` is None while it stands."""

    entry: RiskEntry
    level: RiskLevel
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime

    def overlaps(self, start: datetime, end: datetime) -> bool:
        return self.valid_from < end and (self.valid_to is None or start < self.valid_to)


def spells(lists: Iterable[ConfirmedList], *, known_at: datetime | None = None) -> tuple[Spell, ...]:
    """The register in time, from whole lists. `known_at` answers what the record knew then."""
    known = [each for each in lists if known_at is None or each.recorded_at <= known_at]
    standing: dict[Key, Spell] = {}
    ended: list[Spell] = []
    for confirmed in sorted(known, key=lambda each: (each.valid_from, each.recorded_at)):
        now = {entry.key: entry for entry in confirmed.list.entries}
        for key, spell in list(standing.items()):
            if key not in now or now[key].level is not spell.level:
                ended.append(_ended(spell, confirmed.valid_from))
                del standing[key]
        for key, entry in now.items():
            if key not in standing:
                standing[key] = Spell(entry, entry.level, confirmed.valid_from, None, confirmed.recorded_at)
    found = [spell for spell in (*ended, *standing.values()) if spell.valid_from != spell.valid_to]
    return tuple(sorted(found, key=lambda spell: (spell.valid_from, spell.entry.key)))


def _ended(spell: Spell, at: datetime) -> Spell:
    return Spell(spell.entry, spell.level, spell.valid_from, at, spell.recorded_at)


def in_force(spells: Iterable[Spell], on: datetime, until: datetime | None = None) -> tuple[Spell, ...]:
    """What stood at an instant, or at any time between two."""
    if until is None:
        return tuple(
            spell for spell in spells if spell.valid_from <= on and (spell.valid_to is None or on < spell.valid_to)
        )
    return tuple(spell for spell in spells if spell.overlaps(on, until))


def days_listed(spells: Iterable[Spell], zone: tzinfo) -> tuple[tuple[date, date | None], ...]:
    """The first and the last day of each stretch in which one place stood in a list without a break, at any level; the
    last is None while it stands.

    Days from a list are not case dates: whoever shows them says so, until an official sets the real ones.
    """
    stretches: list[tuple[date, date | None]] = []
    for spell in sorted(spells, key=lambda spell: spell.valid_from):
        first = spell.valid_from.astimezone(zone).date()
        # Lifted at midnight means that the day before was the last one.
        last = (spell.valid_to - timedelta(microseconds=1)).astimezone(zone).date() if spell.valid_to else None
        if stretches and (stretches[-1][1] is None or first <= stretches[-1][1] + timedelta(days=1)):
            began, until = stretches.pop()
            stretches.append((began, None if until is None or last is None else max(until, last)))
        else:
            stretches.append((first, last))
    return tuple(stretches)


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant to another; None is without a beginning, or without an end."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def overlaps(self, valid_from: datetime, valid_to: datetime | None) -> bool:
        begins_in_time = self.ends_at is None or valid_from < self.ends_at
        return begins_in_time and (self.starts_at is None or valid_to is None or self.starts_at < valid_to)

    def is_inside(self, valid_from: datetime, valid_to: datetime | None) -> bool:
        begins = self.starts_at is not None and valid_from <= self.starts_at
        return begins and (valid_to is None or (self.ends_at is not None and self.ends_at <= valid_to))

    def left_of(self, valid_from: datetime, valid_to: datetime | None) -> tuple[tuple[datetime, datetime | None], ...]:
        """What is left of a spell once this period is taken out of it: nothing, one piece, or one on either side."""
        if not self.overlaps(valid_from, valid_to):
            return ((valid_from, valid_to),)
        left: list[tuple[datetime, datetime | None]] = []
        if self.starts_at is not None and valid_from < self.starts_at:
            left.append((valid_from, self.starts_at))
        if self.ends_at is not None and (valid_to is None or self.ends_at < valid_to):
            left.append((self.ends_at, valid_to))
        return tuple(left)


# -- matching


@dataclass(frozen=True, slots=True)
class DeclaredPlace:
    """Where somebody was: the deepest known division, and a token for each level below the township.

    Tokens are opaque. They are `place_levels`, or the record's keyed HMAC of them; both sides must be made alike.
    """

    area: str
    levels: tuple[str, ...] = ()

    @classmethod
    def of(cls, area: str, detail: str = "") -> "DeclaredPlace":
        """From a division and the words below it, as `Gazetteer.find` gives them (`code`, `rest`)."""
        return cls(area, place_levels(area, detail))


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A risk area as matching sees it. `places` holds the level tokens of each place; none means the whole division."""

    area: str | None
    found: bool
    places: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, risk_area: RiskArea) -> "ListedPlace":
        return cls(area=risk_area.area, found=risk_area.found, places=risk_area.levels)


def closeness(declared: DeclaredPlace, listed: ListedPlace) -> Closeness | None:
    """How near the declared place is to the listed one; None when they have nothing to do with each other."""
    if listed.area is None or not declared.area:
        return None
    if not listed.found:
        return Closeness.UNRESOLVED if _nested(declared.area, listed.area) else None
    within = declared.area.startswith(listed.area)
    if within and not listed.places:
        return Closeness.SAME if declared.area == listed.area and not declared.levels else Closeness.INSIDE
    if within:
        for tokens in listed.places:
            if tokens and tokens[-1] in declared.levels:
                return Closeness.SAME if tokens[-1] == declared.levels[-1] else Closeness.INSIDE
    if len(declared.area) < AreaLevel.COUNTY:
        return Closeness.PARENT if listed.area.startswith(declared.area) else None
    if declared.area[: AreaLevel.COUNTY] != listed.area[: AreaLevel.COUNTY]:
        return None
    township = AreaLevel.TOWNSHIP
    if len(declared.area) >= township and declared.area[:township] == listed.area[:township]:
        return Closeness.TOWNSHIP
    return Closeness.COUNTY


@dataclass(frozen=True, slots=True)
class Reach:
    """The area codes whose places can match a listed one: `lowest <= area < beyond`, or one of `parents`."""

    lowest: str
    beyond: str
    parents: tuple[str, ...]

    def holds(self, area: str) -> bool:
        return self.lowest <= area < self.beyond or area in self.parents


def reach(listed: ListedPlace) -> Reach | None:
    """Where to look for journeys before `match` decides on each; None when the listed place is nowhere."""
    if listed.area is None:
        return None
    lowest = listed.area[: AreaLevel.COUNTY]
    beyond = str(int(lowest) + 1).zfill(len(lowest))
    return Reach(lowest, beyond, tuple(lowest[:length] for length in (2, 4) if length < len(lowest)))


def match(declared: DeclaredPlace, listed: ListedPlace) -> MatchKind | None:
    """Definite when the declared place is the listed one or lies inside it, possible when it may be or is near."""
    near = closeness(declared, listed)
    if near is None:
        return None
    return MatchKind.DEFINITE if near in {Closeness.SAME, Closeness.INSIDE} else MatchKind.POSSIBLE


def _nested(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
