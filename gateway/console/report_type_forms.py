"""The editor of report types as a plain form: what stands in it, row by row, and what it means.

Every press sends the whole form; adding, removing and moving a field draw it again and keep nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any

from gateway.domain.duties import Cadence, DutyField, FieldKind
from gateway.domain.kinds import Role
from gateway.domain.report_types import MOST_FIELDS, ReportType, ReportTypeFaulty
from gateway.errors import Fault
from gateway.policies.report_types import read_fields, written
from gateway.policies.xlsforms import RowFault, SpreadsheetForm

ROW = ("key", "kind", "zh", "en", "unit_zh", "unit_en", "options", "owed", "event", "rings", "from", "below", "prefill")
ONE = ("zh", "en", "cadence", "every_days", "month_day", "due", "asked_at", "roll_up_at", "zero", "ladder")
MANY = ("units", "people", "days", "informs")
LONG = ("more_units", "more_people", "named", "copied_from", "form")
#: The questions of a spreadsheet form, as they were read: carried along, for a browser sends no file twice.
READ = "read"
MOST_READ = 500_000
LONGEST = 4000
#: Who can be sent the sum of a day.
INFORMED = (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.HEALTH, Role.CITY)

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class TypeForm:
    """What somebody typed, as text. `next_key` numbers the next new field, so that no old key comes again.

    `row_faults` are what a spreadsheet form asks that is not understood, `trouble` why a file could not be read at all.
    """

    one: Mapping[str, str]
    many: Mapping[str, Sequence[str]]
    rows: tuple[Row, ...]
    next_key: int = 1
    faults: tuple[Fault, ...] = ()
    row_faults: tuple[RowFault, ...] = ()
    trouble: str = ""

    def value(self, name: str) -> str:
        return self.one.get(name, "")

    @property
    def questions(self) -> Sequence[DutyField]:
        """Those of a spreadsheet form; none where the rows here are what is asked."""
        if not self.value("form"):
            return ()
        try:
            return read_fields(json.loads(self.value(READ)))
        except (ValueError, ReportTypeFaulty):
            return ()

    def taking(self, read: SpreadsheetForm) -> "TypeForm":
        """With the questions of a spreadsheet form instead of the rows; a title that was typed stays."""
        title = {name: self.value(name) or read.title[name] for name in ("zh", "en")}
        one = {**self.one, **title, "form": read.name[:LONGEST], READ: json.dumps(read.fields, ensure_ascii=False)}
        return replace(self, one=one, rows=())

    def chosen(self, name: str) -> Sequence[str]:
        return self.many.get(name, ())


@dataclass(slots=True)
class _Reading:
    """Turns text into values and gathers what could not be read."""

    faults: list[Fault] = field(default_factory=list)

    def number(self, text: str, where: str, *, whole: bool = False) -> float | int | None:
        text = text.strip()
        if not text:
            return None
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = -1
        if not 0 <= value < 10_000_000:
            self.faults.append(Fault(where, "is no number"))
            return None
        return int(value) if float(value).is_integer() else value

    def clock(self, text: str, where: str) -> str | None:
        if not text.strip():
            return None
        try:
            return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None).isoformat()
        except ValueError:
            self.faults.append(Fault(where, "is no time of the day, like 18:00"))
            return None


def blank(due: time) -> TypeForm:
    one = {"cadence": Cadence.DAILY.value, "due": f"{due:%H:%M}", "zero": "1", "ladder": "E-D-unit"}
    many = {"days": [str(day) for day in range(1, 8)], "informs": [Role.TOWNSHIP.value, Role.COUNTY.value]}
    return TypeForm(one, many, (_new_row(1),), next_key=2)


def form_of(type_: ReportType, named: Iterable[str], earlier: Iterable[Mapping[str, Any]] = ()) -> TypeForm:
    """A version as the editor shows it; `earlier` are the contents of other versions, whose keys are taken."""
    one = {
        "zh": type_.title.zh,
        "en": type_.title.en,
        "cadence": type_.cadence.value,
        "every_days": str(type_.every_days or ""),
        "month_day": str(type_.month_day or ""),
        "due": f"{type_.due:%H:%M}",
        "asked_at": ", ".join(f"{at:%H:%M}" for at in type_.asked_at),
        "roll_up_at": f"{type_.roll_up_at:%H:%M}" if type_.roll_up_at is not None else "",
        "zero": "1" if type_.zero else "",
        "ladder": type_.ladder,
        "named": "\n".join(named),
        "copied_from": type_.copied_from or "",
        "form": type_.form or "",
        READ: json.dumps(written(type_).get("fields", []), ensure_ascii=False) if type_.form else "",
    }
    many = {
        "units": type_.units,
        "people": type_.people,
        "days": [str(day) for day in type_.days],
        "informs": [role.value for role in type_.informs],
    }
    taken = [one.key for one in type_.fields]
    taken += [str(asked["key"]) for content in earlier for asked in content.get("fields", ())]
    rows = () if type_.form else tuple(_row_of(asked) for asked in type_.fields)
    return TypeForm(one, many, rows, next_key=_after(taken))


def form_from(sent: Mapping[str, Sequence[str]]) -> TypeForm:
    """What the browser sent; only names the form knows are looked at."""

    def only(name: str) -> str:
        values = sent.get(name) or ("",)
        return values[0][:LONGEST]

    rows = []
    for number in range(MOST_FIELDS + 1):
        if f"f.{number}.key" not in sent:
            break
        rows.append({name: only(f"f.{number}.{name}") for name in ROW})
    next_key = only("next_key")
    many = {name: [value[:40] for value in sent.get(name, ())][:40] for name in MANY}
    return TypeForm(
        {**{name: only(name) for name in (*ONE, *LONG)}, READ: (sent.get(READ) or ("",))[0][:MOST_READ]},
        many,
        tuple(rows),
        next_key=int(next_key) if next_key.isdecimal() and len(next_key) < 6 else _after(row["key"] for row in rows),
    )


def pressed(form: TypeForm, press: str) -> TypeForm | None:
    """The form after a button that only draws it again; None for one that means something."""
    verb, _, at = press.partition(".")
    if verb == "add":
        if len(form.rows) >= MOST_FIELDS:
            return form
        return replace(form, rows=(*form.rows, _new_row(form.next_key)), next_key=form.next_key + 1)
    moves: Mapping[str, Callable[[list[Row], int], None]] = {"remove": _remove, "up": _up, "down": _down}
    if verb not in moves or not at.isdecimal() or int(at) >= len(form.rows):
        return None
    rows = list(form.rows)
    moves[verb](rows, int(at))
    return replace(form, rows=tuple(rows))


def _remove(rows: list[Row], at: int) -> None:
    del rows[at]


def _up(rows: list[Row], at: int) -> None:
    rows.insert(max(0, at - 1), rows.pop(at))


def _down(rows: list[Row], at: int) -> None:
    rows.insert(at + 1, rows.pop(at))


def content_of(form: TypeForm) -> tuple[dict[str, Any], list[str]]:
    """What the form says, as a version is kept, and the names of single units. Raises ReportTypeFaulty."""
    reading = _Reading()
    cadence = form.value("cadence") or Cadence.DAILY.value
    content = {
        "title": {"zh": form.value("zh").strip()[:80], "en": form.value("en").strip()[:80]},
        "units": _kinds(form, "units"),
        "people": _kinds(form, "people"),
        "cadence": cadence,
        "days": sorted({int(day) for day in form.chosen("days") if day.isdecimal()}) if cadence == "daily" else None,
        "every_days": reading.number(form.value("every_days"), "every_days", whole=True)
        if cadence == "rolling"
        else None,
        "month_day": reading.number(form.value("month_day"), "month_day", whole=True) if cadence == "monthly" else None,
        "due": reading.clock(form.value("due"), "due"),
        "asked_at": [at for part in _parts(form.value("asked_at")) if (at := reading.clock(part, "asked_at"))],
        "roll_up_at": reading.clock(form.value("roll_up_at"), "roll_up_at"),
        "zero": bool(form.value("zero")),
        "ladder": form.value("ladder"),
        "informs": [role for role in form.chosen("informs") if role in {one.value for one in INFORMED}],
        "copied_from": form.value("copied_from")[:200] or None,
        "form": form.value("form") or None,
        "fields": _read_fields(form, reading)
        if form.value("form")
        else [_field(row, f"fields.{number + 1}", reading) for number, row in enumerate(form.rows)],
    }
    if content["due"] is None and not reading.faults:
        reading.faults.append(Fault("due", "is no time of the day, like 18:00"))
    if cadence not in set(Cadence):
        reading.faults.append(Fault("cadence", "this cadence needs a notice"))
    if reading.faults:
        raise ReportTypeFaulty(faults=tuple(reading.faults))
    named = [line.strip()[:80] for line in form.value("named").splitlines() if line.strip()]
    return {name: value for name, value in content.items() if value is not None}, list(dict.fromkeys(named))


def _read_fields(form: TypeForm, reading: _Reading) -> list[Any]:
    try:
        return list(json.loads(form.value(READ)))
    except (ValueError, TypeError):
        reading.faults.append(Fault("fields", "something has to be asked"))
        return []


def _kinds(form: TypeForm, name: str) -> list[str]:
    """Those that were ticked, and further ones by name."""
    typed = [one[:40] for one in _parts(form.value(f"more_{name}"))]
    return list(dict.fromkeys([*form.chosen(name), *typed]))


def _field(row: Row, where: str, reading: _Reading) -> dict[str, Any]:
    kind = row["kind"] if row["kind"] in set(FieldKind) else FieldKind.COUNT.value
    measured = kind in (FieldKind.COUNT, FieldKind.NUMBER)
    asked: dict[str, Any] = {
        "key": row["key"],
        "kind": kind,
        "label": {"zh": row["zh"].strip()[:200], "en": row["en"].strip()[:200]},
        "unit": {"zh": row["unit_zh"].strip()[:20], "en": row["unit_en"].strip()[:20]}
        if row["unit_zh"].strip() or row["unit_en"].strip()
        else None,
        "options": [_option(line) for line in row["options"].splitlines() if line.strip()][:20]
        if kind == FieldKind.CHOICE
        else None,
        "owed": bool(row["owed"]) or None,
        "event": (bool(row["event"]) and measured) or None,
        "rings": row["rings"] or None,
        "rings_from": reading.number(row["from"], f"{where}.from"),
        "rings_below": reading.number(row["below"], f"{where}.below"),
        "prefill": row["prefill"] or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _option(line: str) -> dict[str, Any]:
    """One line an option, Chinese | English; its key comes from its words, so that moving it changes nothing."""
    zh, _, en = (part.strip()[:80] for part in line.partition("|"))
    key = "o" + hashlib.sha256((zh or en).encode()).hexdigest()[:6]
    return {"key": key, "title": {"zh": zh, "en": en}}


def _row_of(asked: DutyField) -> Row:
    label, unit = asked.label, asked.unit
    return {
        "key": asked.key,
        "kind": asked.kind.value,
        "zh": label.zh if label is not None else "",
        "en": label.en if label is not None else "",
        "unit_zh": unit.zh if unit is not None else "",
        "unit_en": unit.en if unit is not None else "",
        "options": "\n".join(f"{one.title.zh} | {one.title.en}" for one in asked.options),
        "owed": "1" if asked.owed else "",
        "event": "1" if asked.event else "",
        "rings": asked.rings or "",
        "from": _plain(asked.rings_from),
        "below": _plain(asked.rings_below),
        "prefill": asked.prefill.value if asked.prefill is not None else "",
    }


def _new_row(number: int) -> Row:
    return {**dict.fromkeys(ROW, ""), "key": f"f{number}", "kind": FieldKind.COUNT.value}


def _after(keys: Iterable[str]) -> int:
    """The first number no field of ours has had."""
    numbers = [int(key[1:]) for key in keys if key.startswith("f") and key[1:].isdecimal()]
    return max(numbers, default=0) + 1


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
