"""Lists of people to be found, as they come: which column holds what, and how people are spread over grids."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: What a row can say, with the titles senders use for it; the first is how our own template writes it.
TITLES: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "人员姓名", "被协查人", "被协查人姓名", "旅客姓名", "name"),
    "phone": ("手机号", "手机", "手机号码", "电话", "联系电话", "联系方式", "电话号码", "phone"),
    "id_number": ("身份证号", "身份证", "身份证号码", "公民身份号码", "证件号", "证件号码", "id number"),
    "destination": (
        "目的地",
        "现住址",
        "现住地",
        "现居住地",
        "居住地",
        "住址",
        "详细地址",
        "返回地址",
        "落脚点",
        "到达地",
        "地址",
        "destination",
        "address",
    ),
    "township": ("街道", "乡镇", "乡镇街道", "镇街", "街镇", "township"),
    "community": ("社区", "村居", "村", "村/社区", "社区(村)", "村(社区)", "community", "village"),
    "grid": ("网格", "网格号", "网格编码", "grid"),
    "hukou": ("户籍", "户籍地", "户籍所在地", "户籍类型", "是否本省户籍", "籍贯", "hukou"),
    "note": ("备注", "说明", "线索来源", "轨迹", "行程", "涉及轨迹", "note"),
}
FIELDS = tuple(TITLES)
#: Without one of each group nobody can be looked for.
NEEDED: tuple[tuple[str, ...], ...] = (("phone", "id_number"), ("destination", "township", "community"))

_PHONE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}")
_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")


def _plain(title: str) -> str:
    return re.sub(r"[\s*\uff0a:\uff1a]", "", title).replace("\uff08", "(").replace("\uff09", ")").lower()


def guess(
    titles: Sequence[str], rows: Sequence[Sequence[str]], remembered: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Which column holds what: as this sender's last list was read, else by title, else by what stands below it.

    What fits nothing is left out; a person says so. No column serves two fields.
    """
    mapping: dict[str, int] = {}
    at = {_plain(title): number for number, title in reversed(list(enumerate(titles))) if title.strip()}

    def take(field: str, column: int | None) -> None:
        if column is not None and field not in mapping and column not in mapping.values():
            mapping[field] = column

    for field, title in (remembered or {}).items():
        if field in TITLES:
            take(field, at.get(_plain(title)))
    for field, known in TITLES.items():
        for title in known:
            take(field, at.get(_plain(title)))
    for field, form in (("id_number", _ID_NUMBER), ("phone", _PHONE)):
        if field in mapping:
            continue
        for column in range(len(titles)):
            said = [row[column].strip() for row in rows if column < len(row) and row[column].strip()]
            if said and sum(form.fullmatch(one) is not None for one in said) * 10 >= len(said) * 8:
                take(field, column)
                break
    return mapping


def missing(mapping: Mapping[str, int]) -> tuple[str, ...]:
    """The first field of each group that no column holds."""
    return tuple(group[0] for group in NEEDED if not any(field in mapping for field in group))


def row_of(cells: Sequence[str], mapping: Mapping[str, int]) -> dict[str, str]:
    """What a row says. A township and a community in columns of their own come before the address they narrow."""
    said = {field: cells[at].strip() for field, at in mapping.items() if at < len(cells) and cells[at].strip()}
    parts = [said.pop(field, "") for field in ("township", "community")]
    place = said.get("destination", "")
    whole = "".join(part for part in parts if part and part not in place) + place
    return {**said, "destination": whole} if whole else said


Key = TypeVar("Key")


def spread(waiting: Iterable[tuple[Key, str]], loads: Mapping[str, int]) -> dict[Key, str]:
    """A grid for each that waits above one: of the grids inside its place the one with least to do, in the order given.

    `loads` counts what each grid has open. Whoever's place has no grid stays where they are.
    """
    carried = dict(loads)
    placed: dict[Key, str] = {}
    for key, area in waiting:
        inside = [grid for grid in carried if grid.startswith(area)]
        if not inside:
            continue
        grid = min(inside, key=lambda one: (carried[one], one))
        carried[grid] += 1
        placed[key] = grid
    return placed


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a list is: of the people taken from it, how many were found, and what became of the others."""

    taken: int
    open: int
    overdue: int
    reached: int
    not_found: int
    handed_over: int
    withdrawn: int
