"""Report types made here: what an administrator asks units or people for, without a notice and without code.

A type belongs to a jurisdiction and has versions: a draft, the one in force, those retired. In force it is one more
duty (`duties.DutyRule`) beside those of the pack, marked as ours; it changes and weakens none of them. A report keeps
the version it was made with.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.conditions import ConditionUnfit, condition
from gateway.domain.duties import FIRST, MEASURED, Cadence, DutyField, DutyRule, FieldKind
from gateway.domain.kinds import Role
from gateway.domain.rules import DEFAULT, Words
from gateway.errors import Conflict, Fault, Invalid

#: Keys of types made here begin so; no pack may name a duty like that.
PREFIX = "own-"
MOST_FIELDS = 30
#: A spreadsheet form may ask more: what does not concern somebody is not asked.
MOST_OF_A_FORM = 100
LONGEST_TITLE, LONGEST_LABEL = 80, 200
#: What of the cadences can be asked for without a notice; the others lean on registers or on dated checks of a pack.
CADENCES = (Cadence.DAILY, Cadence.MONTHLY, Cadence.ROLLING, Cadence.DATED)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
#: Words the chat and the duties already have a use for.
TAKEN_KEYS = (FIRST, "more")


class TypeState(StrEnum):
    DRAFT = "draft"
    IN_FORCE = "in_force"
    RETIRED = "retired"


class ReportTypeFaulty(Invalid):
    """Something is missing or does not fit; nothing was kept."""


class PreviewOutdated(Conflict):
    """The draft has changed since it was looked at. Look at it again, then put it in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportType:
    """What one version asks. `named` are single units that owe it beside the `units` kinds; `people` are classes.

    `copied_from` tells whence it was taken over: a pack's duty keeps its rule, this one has none. `form` is the name of
    the spreadsheet form it was read from: its questions are changed there, not here.
    """

    title: Words
    units: tuple[str, ...] = ()
    named: tuple[UUID, ...] = ()
    people: tuple[str, ...] = ()
    cadence: Cadence = Cadence.DAILY
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    every_days: int | None = None
    month_day: int | None = None
    due: time
    asked_at: tuple[time, ...] = ()
    roll_up_at: time | None = None
    zero: bool = True
    fields: tuple[DutyField, ...]
    ladder: str
    informs: tuple[Role, ...] = ()
    copied_from: str | None = None
    form: str | None = None

    @property
    def every_field(self) -> Iterator[DutyField]:
        for asked in self.fields:
            yield asked
            yield from asked.fields


def is_own(duty: str) -> bool:
    return duty.startswith(PREFIX)


def digest(content: Mapping[str, Any]) -> str:
    """What a preview showed, in a word: putting in force names it, so that nothing else goes through."""
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def rule_of(key: str, version: UUID, type_: ReportType, *, from_day: date | None) -> DutyRule:
    """The duty it is while in force; a label said in one language only is said in that one."""
    return DutyRule(
        title=_whole(type_.title),
        source=(DEFAULT,),
        units=(*type_.units, key) if type_.named else type_.units,
        people=type_.people,
        cadence=type_.cadence,
        days=type_.days,
        every_days=type_.every_days,
        month_day=type_.month_day,
        zero=type_.zero,
        fields=tuple(_spoken(one) for one in type_.fields),
        ladder=type_.ladder,
        informs=type_.informs,
        due=type_.due,
        asked_at=type_.asked_at,
        roll_up_at=type_.roll_up_at,
        from_day=from_day,
        version=version,
    )


def copied(name: str, pack_id: str, rule: DutyRule, labels: Mapping[str, Words], *, due: time) -> ReportType:
    """A draft made after a pack's duty; what only a notice can ask for (checks, registers) becomes a daily report."""
    cadence = rule.cadence if rule.cadence in CADENCES else Cadence.DAILY
    return ReportType(
        title=rule.title,
        units=rule.units,
        people=rule.people,
        cadence=cadence,
        days=rule.days,
        every_days=rule.every_days,
        due=rule.due or due,
        zero=rule.zero,
        fields=tuple(replace(one, label=one.label or labels[one.key]) for one in rule.fields),
        ladder=rule.ladder,
        informs=rule.informs,
        copied_from=f"{pack_id}: {name}",
    )


def faults(type_: ReportType, *, ladders: Iterable[str]) -> Iterator[Fault]:
    """Why it could not be asked like that: (where, what)."""
    known = set(ladders)
    if not (type_.title.zh.strip() or type_.title.en.strip()):
        yield Fault("title", "a title is needed")
    if bool(type_.units or type_.named) == bool(type_.people):
        yield Fault("owed_by", "either units or people owe it")
    if type_.cadence not in CADENCES:
        yield Fault("cadence", "this cadence needs a notice")
    if type_.cadence is Cadence.ROLLING and not 1 <= (type_.every_days or 0) <= 366:
        yield Fault("every_days", "between 1 and 366 days")
    if type_.cadence is Cadence.MONTHLY and not 1 <= (type_.month_day or 0) <= 31:
        yield Fault("month_day", "a day of the month, 1 to 31")
    if type_.cadence is Cadence.DAILY and not type_.days:
        yield Fault("days", "at least one day of the week")
    if not set(type_.days) <= set(range(1, 8)):
        yield Fault("days", "days of the week are 1 to 7")
    if type_.ladder not in known:
        yield Fault("ladder", "there is no such ladder here")
    if not type_.fields:
        yield Fault("fields", "something has to be asked")
    if type_.form is None and len(type_.fields) > MOST_FIELDS:
        yield Fault("fields", "more than thirty fields are never filled in")
    if len(list(type_.every_field)) > MOST_OF_A_FORM:
        yield Fault("fields", "more than a hundred questions are never filled in")
    if type_.roll_up_at is not None and type_.roll_up_at <= type_.due:
        yield Fault("roll_up_at", "lies before the cut-off")
    if any(at >= type_.due for at in type_.asked_at):
        yield Fault("asked_at", "lies after the cut-off")
    yield from _faults_in(type_.fields, "fields", known, set())


def _faults_in(fields: Sequence[DutyField], at: str, ladders: set[str], around: set[str]) -> Iterator[Fault]:
    """`around` are the keys a condition may name beside those of the same entry."""
    seen: set[str] = set()
    for number, asked in enumerate(fields, start=1):
        where = f"{at}.{number}"
        if not _KEY.fullmatch(asked.key) or asked.key in seen or asked.key in TAKEN_KEYS:
            yield Fault(f"{where}.key", "is no key, or is there twice")
        yield from _faults_of(asked, where, ladders)
        yield from _faults_of_conditions(asked, where, around | seen)
        if (asked.kind is FieldKind.ENTRIES) is not bool(asked.fields) or (asked.fields and at != "fields"):
            yield Fault(f"{where}.fields", "entries ask something, and have no entries inside")
        else:
            yield from _faults_in(asked.fields, f"{where}.fields", ladders, around | seen)
        seen.add(asked.key)


def _faults_of_conditions(asked: DutyField, at: str, known: set[str]) -> Iterator[Fault]:
    for name, text in (("relevant", asked.relevant), ("constraint", asked.constraint)):
        if not text:
            continue
        try:
            found = condition(text)
        except ConditionUnfit as unfit:
            yield Fault(f"{at}.{name}", f"{unfit.what} is not understood here")
            continue
        if not found.names <= known or (name == "relevant" and (found.looks_here or found.needs_today)):
            yield Fault(f"{at}.{name}", "can only look at what was asked before")


def _faults_of(asked: DutyField, at: str, ladders: set[str]) -> Iterator[Fault]:
    label = asked.label
    if label is None or not (label.zh.strip() or label.en.strip()):
        yield Fault(f"{at}.label", "what is asked is missing")
    measured = asked.kind in MEASURED
    if asked.event and not measured:
        yield Fault(f"{at}.event", "only what is counted can be an event")
    if not measured and (asked.rings_from is not None or asked.rings_below is not None):
        yield Fault(f"{at}.rings_from", "only what is counted has a threshold")
    if asked.rings is None and (asked.rings_from is not None or asked.rings_below is not None):
        yield Fault(f"{at}.rings", "a threshold needs a ladder that it rings")
    if asked.rings is not None and asked.rings not in ladders:
        yield Fault(f"{at}.rings", "there is no such ladder here")
    if asked.rings is not None and not measured and asked.kind is not FieldKind.YES_NO:
        yield Fault(f"{at}.rings", "only a number, or a yes, can ring")
    if asked.kind is FieldKind.CHOICE and len({option.key for option in asked.options}) < 2:
        yield Fault(f"{at}.options", "a choice needs two different options")
    if any(not (option.title.zh.strip() or option.title.en.strip()) for option in asked.options):
        yield Fault(f"{at}.options", "an option has no words")


class Warn(StrEnum):
    """What is possible and perhaps not meant."""

    NO_CHINESE = "no_chinese"
    NO_ENGLISH = "no_english"
    THRESHOLD_GONE = "threshold_gone"
    KIND_CHANGED = "kind_changed"
    NO_EVENT = "no_event"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Caution:
    """`field` is the name of the field it is about; "" for the whole."""

    warn: Warn
    field: str = ""


def cautions(type_: ReportType, before: ReportType | None, *, bearers: int) -> tuple[Caution, ...]:
    """What somebody should know before it is put in force."""
    found: list[Caution] = []
    for name, words in _said(type_):
        if not words.zh.strip():
            found.append(Caution(Warn.NO_CHINESE, name))
        if not words.en.strip():
            found.append(Caution(Warn.NO_ENGLISH, name))
    if before is not None:
        now = {one.key: one for one in type_.fields}
        for one in before.fields:
            there = now.get(one.key)
            if one.rings is not None and (there is None or there.rings is None):
                found.append(Caution(Warn.THRESHOLD_GONE, name_of(one)))
            if there is not None and there.kind is not one.kind:
                found.append(Caution(Warn.KIND_CHANGED, name_of(one)))
    if type_.zero and not any(one.event for one in type_.fields):
        found.append(Caution(Warn.NO_EVENT))
    if not bearers:
        found.append(Caution(Warn.NOBODY))
    return tuple(found)


def name_of(asked: DutyField) -> str:
    """What a field is called in lists: by its own words."""
    label = asked.label
    return (label.zh or label.en) if label is not None else asked.key


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that differs between two versions. `field`: the name of the field it belongs to, or ""."""

    field: str
    value: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Changed, ...]:
    """What differs, in the order it is read: the whole first, then field by field; a field is known by its key."""
    found = [Changed("", *one) for one in _differing(_flat(before), _flat(after))]
    was, now = _by_key(before), _by_key(after)
    for key in (*now, *(key for key in was if key not in now)):
        one, other = was.get(key), now.get(key)
        name = _label(other or one or {}) or key
        if one is None:
            found.append(Changed(name, "field", "", name))
        elif other is None:
            found.append(Changed(name, "field", name, ""))
        else:
            found += [Changed(name, *each) for each in _differing(_flat(one), _flat(other))]
            found += [
                inner for inner in changes({"fields": one.get("fields", ())}, {"fields": other.get("fields", ())})
            ]
    order = [key for key in now if key in was]
    if order != [key for key in was if key in now]:
        found.append(Changed("", "order", " · ".join(map(str, was)), " · ".join(map(str, now))))
    return tuple(found)


def _by_key(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(one["key"]): one for one in content.get("fields", ())}


def _label(asked: Mapping[str, Any]) -> str:
    label = asked.get("label") or {}
    return str(label.get("zh") or label.get("en") or "")


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    """Value by name, without the fields, which have names of their own."""
    flat: dict[str, str] = {}
    for name, value in content.items():
        if name in ("fields", "copied_from", "key"):
            continue
        if isinstance(value, Mapping):
            flat |= {f"{name}.{part}": _shown(one) for part, one in value.items()}
        else:
            flat[name] = _shown(value)
    return flat


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return " / ".join(_shown(one) for one in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_shown(one) for one in value)
    return "" if value is None else str(value)


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in (*after, *(name for name in before if name not in after)):
        if before.get(name, "") != after.get(name, ""):
            yield name, before.get(name, ""), after.get(name, "")


def _said(type_: ReportType) -> Iterator[tuple[str, Words]]:
    yield "", type_.title
    for one in type_.every_field:
        for words in (one.label, one.unit, one.hint, one.section, *(option.title for option in one.options)):
            if words is not None and (words.zh.strip() or words.en.strip()):
                yield name_of(one), words


def _whole(words: Words) -> Words:
    zh, en = words.zh.strip(), words.en.strip()
    return Words(zh=zh or en, en=en or zh)


def _spoken(asked: DutyField) -> DutyField:
    return replace(
        asked,
        label=_whole(asked.label) if asked.label is not None else None,
        unit=_whole(asked.unit) if asked.unit is not None else None,
        hint=_whole(asked.hint) if asked.hint is not None else None,
        section=_whole(asked.section) if asked.section is not None else None,
        constraint_words=_whole(asked.constraint_words) if asked.constraint_words is not None else None,
        fields=tuple(_spoken(one) for one in asked.fields),
        options=tuple(replace(option, title=_whole(option.title)) for option in asked.options),
    )


def usual_ladder(rule: DutyRule) -> str:
    """What a missing report climbs where its own ladder is gone: the one of daily reports, of units or of people."""
    return "E-D-unit" if rule.units else "E-D"
