"""Spreadsheet forms (XLSForm) in: the rows checked one by one, the tree read by pyxform, and what a report type asks.

A form is taken whole or not at all. Everything that a chat cannot keep to is named with sheet, row and column, all of
it at once: nobody wants to upload a file ten times. What is understood stands in docs/xlsforms.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Final

from gateway.domain.conditions import ConditionUnfit, condition
from gateway.domain.duties import DutyField, FieldKind
from gateway.domain.report_types import LONGEST_LABEL, LONGEST_TITLE, MOST_OF_A_FORM, TAKEN_KEYS, ReportType
from gateway.domain.rules import Words
from gateway.errors import N_, Fault, Invalid
from gateway.workbooks import Cell, Column, Kind, LostDigits, Page, Sheet, open_sheets, text_of

Row = dict[str, str]

TYPES: Final[Mapping[str, FieldKind]] = {
    "text": FieldKind.WORDS,
    "integer": FieldKind.COUNT,
    "decimal": FieldKind.NUMBER,
    "select_one": FieldKind.CHOICE,
    "select_multiple": FieldKind.CHOICES,
    "date": FieldKind.DATE,
    "datetime": FieldKind.MOMENT,
    "image": FieldKind.PHOTO,
    "note": FieldKind.NOTE,
}
#: How pyxform calls them in its tree.
_IN_TREE: Final[Mapping[str, FieldKind]] = {
    **TYPES,
    "int": FieldKind.COUNT,
    "select one": FieldKind.CHOICE,
    "select all that apply": FieldKind.CHOICES,
    "dateTime": FieldKind.MOMENT,
    "photo": FieldKind.PHOTO,
}
_SPELLED = {"photo": "image", "int": "integer", "select_many": "select_multiple", "string": "text"}
#: What form tools note by themselves, and a report notes anyway: passed over.
NOTED_ANYWAY = ("start", "end", "today", "deviceid", "username")
#: Columns that say how a form looks on a page, or what authors tell each other: passed over.
PASSED_OVER = ("appearance", "required_message", "guidance_hint", "notes", "note", "comment", "comments")
SPOKEN = ("label", "hint", "constraint_message")
COLUMNS = (*SPOKEN, "type", "name", "required", "relevant", "constraint", "default")
SETTINGS = ("form_title", "form_id", "version", "default_language", "style", "public_key", "submission_url")
OUTSIDE_SHEETS = ("external_choices", "entities", "osm")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_YES = ("yes", "true", "true()", "1")
_NO = ("", "no", "false", "false()", "0")
_SURVEY, _CHOICES, _SETTINGS = "survey", "choices", "settings"
_LABEL = "label"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")

_EMPTY = N_("This cell must not be empty.")
_TWICE = N_("“%(what)s” stands there twice.")
_NO_COLUMN = N_("The column “%(what)s” is outside of what is understood.")
_NO_TYPE = N_("The type “%(what)s” is outside of what is understood.")
_NO_LANGUAGE = N_("The chat does not speak “%(what)s”: Chinese (zh) or English (en).")
_NO_CODE = N_("“%(what)s” is no name: letters, digits, _ . - and at most 32 of them.")
_NO_NAME = N_("“%(what)s” cannot be a name: letters, digits and _, a letter first, at most 40 of them.")
_TOO_LONG = N_("More than %(what)s characters are not read on a phone.")
_TOO_MANY = N_("More than %(what)s questions are never filled in.")
_HERE_ONLY = N_("“%(what)s” can stand in a constraint only.")
_MERGED = N_("Answers cannot be put into a sentence: “%(what)s”.")


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing outside of what is understood: where it stands, and a sentence the catalogues know."""

    sheet: str
    row: int
    column: str
    sentence: str
    what: str = ""


class FormNotUnderstood(Invalid):
    """This form asks for something the chat cannot keep to. Nothing was kept."""

    def __init__(self, rows: Sequence[RowFault]) -> None:
        self.rows = tuple(sorted(rows, key=lambda one: (one.sheet != _SURVEY, one.sheet, one.row)))
        super().__init__(
            faults=tuple(
                Fault(f"{one.sheet}:{one.row}:{one.column}", one.sentence % {"what": one.what}) for one in self.rows
            )
        )


@dataclass(frozen=True, slots=True)
class SpreadsheetForm:
    """What a workbook asks: its name, its title, and the fields as a report type keeps them."""

    name: str
    title: Mapping[str, str]
    fields: tuple[Mapping[str, Any], ...]


def read_form(content: bytes) -> SpreadsheetForm:
    """Raises Unreadable for what is no spreadsheet, FormNotUnderstood for what is outside."""
    sheets = {sheet.name.strip().lower(): sheet for sheet in open_sheets(content)}
    checking = _Checking(sheets)
    checking.check()
    if checking.faults:
        raise FormNotUnderstood(checking.faults)
    tree = _tree(checking)
    languages = _Languages(str(tree.get("default_language") or ""), checking.default_language)
    fields = tuple(_fields(tree["children"], languages))
    title = str(tree.get("title") or checking.setting("form_title") or checking.setting("form_id"))
    return SpreadsheetForm(
        name=checking.setting("form_id") or "form",
        title=languages.words({languages.default: title[:LONGEST_TITLE]}),
        fields=fields,
    )


# --- the rows ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Checking:
    """Walks the rows as they stand in the file, so that every fault has its row."""

    sheets: Mapping[str, Sheet]
    faults: list[RowFault] = field(default_factory=list)
    survey: list[tuple[int, Row]] = field(default_factory=list)
    choices: list[tuple[int, Row]] = field(default_factory=list)
    settings: list[tuple[int, Row]] = field(default_factory=list)

    def fault(self, sheet: str, row: int, column: str, sentence: str, what: str = "") -> None:
        self.faults.append(RowFault(sheet, row, column, sentence, what))

    def check(self) -> None:
        if _SURVEY not in self.sheets:
            self.fault(_SURVEY, 1, "", N_("The sheet “survey” is missing."))
            return
        for name in OUTSIDE_SHEETS:
            if name in self.sheets and len(self.sheets[name].rows) > 1:
                self.fault(name, 1, "", N_("The sheet “%(what)s” is outside of what is understood."), name)
        self.survey = self.rows(_SURVEY)
        self.choices = self.rows(_CHOICES)
        self.settings = self.rows(_SETTINGS)
        self.check_languages()
        self.check_settings()
        lists = self.check_choices()
        self.check_survey(lists)

    def rows(self, name: str) -> list[tuple[int, Row]]:
        """Rows with what stands in them by column, and their number as people see it; the heading is the first row."""
        sheet = self.sheets.get(name)
        if sheet is None or not sheet.rows:
            return []
        columns = [_column(text_of(cell)) for cell in sheet.rows[0]]
        doubled = {one for one in columns if one and columns.count(one) > 1}
        for one in sorted(doubled):
            self.fault(name, 1, one, N_("This column stands there twice."))
        found = []
        for number, cells in enumerate(sheet.rows[1:], start=2):
            row: Row = {}
            for column, cell in zip(columns, cells, strict=False):
                try:
                    said = text_of(cell).strip() if not isinstance(cell, bool) else str(cell).lower()
                except LostDigits as lost:
                    self.fault(name, number, column, lost.sentence.replace("%(number)s", "%(what)s"), _rounded(cell))
                    continue
                if column and said:
                    row[column] = said
            if row:
                found.append((number, row))
        return found

    @property
    def default_language(self) -> str:
        """What labels without a language are in: as the settings say, else as it reads."""
        said = self.setting("default_language")
        if said:
            return said
        labels = "".join(row.get(_LABEL, "") for _, row in self.survey)
        return "zh" if _CHINESE.search(labels) or not labels else "en"

    def setting(self, name: str) -> str:
        return self.settings[0][1].get(name, "") if self.settings else ""

    def check_languages(self) -> None:
        for sheet, rows in ((_SURVEY, self.survey), (_CHOICES, self.choices)):
            for column in dict.fromkeys(column for _, row in rows for column in row):
                name, _, language = column.partition("::")
                if language and name in SPOKEN and _language(language) is None:
                    self.fault(sheet, 1, column, _NO_LANGUAGE, language)
        said = self.setting("default_language")
        if said and _language(said) is None:
            self.fault(_SETTINGS, 2, "default_language", _NO_LANGUAGE, said)

    def check_settings(self) -> None:
        for number, row in self.settings[:1]:
            for column in row:
                if column not in SETTINGS:
                    self.fault(_SETTINGS, number, column, _NO_COLUMN, column)
            if row.get("style", "") or row.get("public_key", ""):
                column = "style" if row.get("style") else "public_key"
                self.fault(_SETTINGS, number, column, _NO_COLUMN, column)

    def check_choices(self) -> dict[str, list[str]]:
        lists: dict[str, list[str]] = {}
        for number, row in self.choices:
            self.check_columns(_CHOICES, number, row, (_LABEL, "name", "list_name"))
            name, code = row.get("list_name", ""), row.get("name", "")
            if not name or not code:
                self.fault(_CHOICES, number, "name" if name else "list_name", _EMPTY)
                continue
            known = lists.setdefault(name, [])
            if not _CODE.fullmatch(code):
                self.fault(_CHOICES, number, "name", _NO_CODE, code)
            elif code in known:
                self.fault(_CHOICES, number, "name", _TWICE, code)
            known.append(code)
            if not _spoken(row):
                self.fault(_CHOICES, number, _LABEL, _EMPTY)
        return lists

    def check_columns(self, sheet: str, number: int, row: Row, known: Sequence[str]) -> None:
        for column in row:
            name = column.partition("::")[0]
            if name in known and ("::" not in column or name in SPOKEN):
                continue
            if column not in PASSED_OVER and not column.startswith(("#", "guidance_hint")):
                self.fault(sheet, number, column, _NO_COLUMN, column)

    def check_survey(self, lists: Mapping[str, Sequence[str]]) -> None:
        opened: list[tuple[int, str, set[str]]] = [(0, "", set())]
        asked = 0
        for number, row in self.survey:
            self.check_columns(_SURVEY, number, row, COLUMNS)
            kind, _, rest = _type(row.get("type", "")).partition(" ")
            if kind in ("end_group", "end_repeat"):
                if opened[-1][1] != kind.replace("end", "begin"):
                    self.fault(_SURVEY, number, "type", N_("“%(what)s” ends something that was not begun."), kind)
                else:
                    inner = opened.pop()
                    if inner[1] == "begin_group":
                        opened[-1][2].update(inner[2])
                continue
            if kind in NOTED_ANYWAY and not row.get("relevant"):
                continue
            names = set().union(*(each[2] for each in opened))
            self.check_name(number, row, names)
            self.check_conditions(number, row, names)
            if kind in ("begin_group", "begin_repeat"):
                if kind == "begin_repeat" and any(each[1] == "begin_repeat" for each in opened):
                    self.fault(
                        _SURVEY, number, "type", N_("A repeat inside a repeat is outside of what is understood.")
                    )
                if kind == "begin_repeat" and not _spoken(row):
                    self.fault(_SURVEY, number, _LABEL, _EMPTY)
                for column in ("required", "constraint", "default"):
                    if row.get(column):
                        self.fault(_SURVEY, number, column, _NO_COLUMN, column)
                if kind == "begin_repeat":
                    opened[-1][2].add(row.get("name", ""))
                opened.append((number, kind, set()))
                continue
            asked += 1
            self.check_type(number, row, kind, rest, lists)
            in_repeat = any(each[1] == "begin_repeat" for each in opened)
            self.check_question(number, row, kind, lists.get(rest, ()), in_repeat=in_repeat)
            opened[-1][2].add(row.get("name", ""))
        for number, kind, _ in opened[1:]:
            self.fault(_SURVEY, number, "type", N_("“%(what)s” is never ended."), kind)
        if not asked:
            self.fault(_SURVEY, 1, "type", N_("The form asks nothing."))
        if asked > MOST_OF_A_FORM:
            self.fault(_SURVEY, MOST_OF_A_FORM + 2, "type", _TOO_MANY, str(MOST_OF_A_FORM))

    def check_name(self, number: int, row: Row, names: set[str]) -> None:
        name = row.get("name", "")
        if not name:
            self.fault(_SURVEY, number, "name", _EMPTY)
        elif not _NAME.fullmatch(name) or name in TAKEN_KEYS:
            self.fault(_SURVEY, number, "name", _NO_NAME, name)
        elif name in names:
            self.fault(_SURVEY, number, "name", _TWICE, name)

    def check_type(self, number: int, row: Row, kind: str, rest: str, lists: Mapping[str, Sequence[str]]) -> None:
        if kind not in TYPES:
            self.fault(_SURVEY, number, "type", _NO_TYPE, row.get("type", ""))
        elif kind.startswith("select_") and rest not in lists:
            what = N_("The list “%(what)s” is not in the sheet “choices”.")
            if len(rest.split()) != 1 or rest.endswith((".csv", ".xml", ".geojson")):
                what = _NO_TYPE
            self.fault(_SURVEY, number, "type", what, rest if " " not in rest else row.get("type", ""))
        elif kind == "select_one" and len(lists[rest]) < 2:
            self.fault(_SURVEY, number, "type", N_("The list “%(what)s” has fewer than two choices."), rest)
        elif not kind.startswith("select_") and rest:
            self.fault(_SURVEY, number, "type", _NO_TYPE, row.get("type", ""))

    def check_question(self, number: int, row: Row, kind: str, codes: Sequence[str], *, in_repeat: bool) -> None:
        if not _spoken(row):
            self.fault(_SURVEY, number, _LABEL, _EMPTY)
        for column, said in row.items():
            if column.partition("::")[0] == _LABEL and len(said) > LONGEST_LABEL:
                self.fault(_SURVEY, number, column, _TOO_LONG, str(LONGEST_LABEL))
            if column.partition("::")[0] in SPOKEN and "${" in said:
                self.fault(_SURVEY, number, column, _MERGED, said[:40])
        required = row.get("required", "").lower()
        if required not in (*_YES, *_NO):
            self.fault(_SURVEY, number, "required", N_("“%(what)s”: yes, or nothing."), row["required"])
        default = row.get("default", "")
        if default and (in_repeat or _default(kind, default, codes) is None):
            self.fault(_SURVEY, number, "default", N_("“%(what)s” cannot stand there beforehand."), default)

    def check_conditions(self, number: int, row: Row, names: set[str]) -> None:
        for column in ("relevant", "constraint"):
            text = row.get(column)
            if not text:
                continue
            try:
                found = condition(text)
            except ConditionUnfit as unfit:
                sentence = N_("“%(what)s” is not understood here.")
                if unfit.function:
                    sentence = N_("The function %(what)s is outside of what is understood.")
                self.fault(_SURVEY, number, column, sentence, unfit.what)
                continue
            for name in sorted(found.names - names):
                self.fault(_SURVEY, number, column, N_("No question before this one is called “%(what)s”."), name)
            if column == "relevant" and (found.looks_here or found.needs_today):
                self.fault(_SURVEY, number, column, _HERE_ONLY, "today()" if found.needs_today else ".")


def _rounded(cell: Any) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


def _column(title: str) -> str:
    """A heading as it is compared: lower case, `label :: 中文 (zh)` without blanks around the colons."""
    name, colons, language = title.strip().partition("::")
    name = name.strip().lower().replace(" ", "_")
    spelled = {"list": "list_name", "image": "media::image", "value": "name", "relevance": "relevant"}
    return f"{spelled.get(name, name)}{'::' + language.strip() if colons else ''}"


def _type(said: str) -> str:
    """`begin group` and `begin_group`, `photo` and `image` are the same."""
    plain = " ".join(said.split())
    lowered = plain.lower()
    for verb in ("begin", "end"):
        for what in ("group", "repeat"):
            if lowered in (f"{verb} {what}", f"{verb}_{what}"):
                return f"{verb}_{what}"
    kind, _, rest = plain.partition(" ")
    kind = _SPELLED.get(kind.lower(), kind.lower())
    if kind == "select" and rest.lower().startswith("one "):
        return f"select_one {rest[4:]}"
    return f"{kind} {rest}".strip()


def _spoken(row: Row) -> bool:
    return any(column.partition("::")[0] == _LABEL for column in row)


def _language(said: str) -> str | None:
    """Ours for a language of a form: its code in brackets, a code alone, or its name."""
    bracket = re.search(r"\(([\w-]+)\)\s*$", said)
    plain = (bracket.group(1) if bracket else said).strip().lower().replace("_", "-")
    if plain in ("zh", "zh-cn", "zh-hans", "zh-hans-cn", "cmn", "chinese") or plain.startswith(
        ("中文", "汉语", "简体")
    ):
        return "zh"
    return "en" if plain in ("en", "en-us", "en-gb", "english", "英文", "英语") else None


def _default(kind: str, said: str, codes: Sequence[str]) -> Any:
    """What stands there beforehand, as a report keeps it; None where it does not fit."""
    try:
        match kind:
            case "integer":
                return int(said)
            case "decimal":
                return float(said)
            case "text":
                return said[:500] if "${" not in said else None
            case "select_one":
                return said if said in codes else None
            case "select_multiple":
                return said.split() if set(said.split()) <= set(codes) else None
    except ValueError:
        return None
    return said if kind == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", said) else None


# --- the tree ------------------------------------------------------------------------------------------------------


def _tree(checking: _Checking) -> Mapping[str, Any]:
    """The parsed survey, as pyxform reads it; what it objects to beside our own checks is told in its words."""
    # Imported here: it takes a second, and only who uploads a form needs it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData

    def given(rows: Sequence[tuple[int, Row]], known: Sequence[str]) -> list[dict[str, str]]:
        return [{column: said for column, said in row.items() if column.partition("::")[0] in known} for _, row in rows]

    survey = [
        {**row, "type": _type(row["type"])}
        for row in given(checking.survey, COLUMNS)
        if _type(row["type"]) not in NOTED_ANYWAY
    ]
    choices = given(checking.choices, (_LABEL, "name", "list_name"))
    settings = given(checking.settings[:1], SETTINGS[:4])
    try:
        tree: Mapping[str, Any] = workbook_to_json(
            DefinitionData(
                survey=survey,
                choices=choices,
                settings=settings,
                survey_header=[dict.fromkeys(column for row in survey for column in row)],
                choices_header=[dict.fromkeys(column for row in choices for column in row)],
                settings_header=[dict.fromkeys(column for row in settings for column in row)],
            ),
            form_name="form",
            warnings=[],
        )
    except PyXFormError as objection:
        row = re.search(r"\[row : (\d+)\]", str(objection))
        at = checking.survey[min(int(row.group(1)), len(checking.survey) + 1) - 2][0] if row else 1
        raise FormNotUnderstood([RowFault(_SURVEY, at, "", "%(what)s", str(objection)[:300])]) from objection
    return tree


@dataclass(frozen=True, slots=True)
class _Languages:
    """Words of a form in ours. `default` is the name of what labels without a language are in."""

    said: str
    default: str

    def words(self, spoken: Any) -> dict[str, str]:
        by_language = spoken if isinstance(spoken, Mapping) else {"default": spoken or ""}
        words = {"zh": "", "en": ""}
        for name, text in by_language.items():
            language = _language(self.default if name == "default" else str(name))
            if language is not None and text:
                words[language] = str(text).strip()
        return words

    def some(self, spoken: Any) -> dict[str, str] | None:
        words = self.words(spoken)
        return words if words["zh"] or words["en"] else None


def _fields(
    children: Sequence[Mapping[str, Any]],
    languages: _Languages,
    *,
    relevant: str = "",
    section: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    for node in children:
        if node.get("name") == "meta" and node.get("type") == "group":
            continue
        bind = node.get("bind", {})
        asked_when = _both(relevant, bind.get("relevant", ""))
        if node["type"] == "group":
            heading = languages.some(node.get(_LABEL)) or section
            yield from _fields(node.get("children", ()), languages, relevant=asked_when, section=heading)
            continue
        asked: dict[str, Any] = {
            "key": node["name"],
            "label": languages.words(node.get(_LABEL)),
            "section": section,
            "relevant": asked_when or None,
        }
        if node["type"] == "repeat":
            asked |= {"kind": FieldKind.ENTRIES, "fields": list(_fields(node.get("children", ()), languages))}
        else:
            asked |= _question(node, bind, languages)
        yield {name: value for name, value in asked.items() if value is not None}


def _question(node: Mapping[str, Any], bind: Mapping[str, Any], languages: _Languages) -> dict[str, Any]:
    kind = _IN_TREE[node["type"]]
    options = [{"key": one["name"], "title": languages.words(one.get(_LABEL))} for one in node.get("choices", ())]
    default = str(node.get("default") or "")
    named = {"select one": "select_one", "select all that apply": "select_multiple", "int": "integer"}
    return {
        "kind": kind,
        "owed": (str(bind.get("required", "")).lower() in _YES and kind is not FieldKind.NOTE) or None,
        "hint": languages.some(node.get("hint")),
        "constraint": bind.get("constraint") or None,
        "constraint_words": languages.some(bind.get("jr:constraintMsg")),
        "default": _default(named.get(node["type"], node["type"]), default, [one["key"] for one in options])
        if default
        else None,
        "signed": kind in (FieldKind.COUNT, FieldKind.NUMBER) or None,
        "options": options or None,
    }


def _both(outer: str, inner: str) -> str:
    return f"({outer}) and ({inner})" if outer and inner else outer or inner


# --- out again -----------------------------------------------------------------------------------------------------

_TONGUES = (("zh", "中文 (zh)"), ("en", "English (en)"))
_FORMED: Final[Mapping[FieldKind, str]] = {
    **{kind: name for name, kind in TYPES.items() if not name.startswith("select_")},
    FieldKind.MOMENT: "dateTime",
}
_SURVEY_COLUMNS = (
    "type",
    "name",
    *(f"{name}::{tongue}" for name in SPOKEN for _, tongue in _TONGUES),
    "required",
    "relevant",
    "constraint",
    "default",
)


def pages_of(type_: ReportType, *, name: str, number: int) -> list[Page]:
    """The form as a workbook that reads back as the same questions: survey, choices and settings."""
    lists: dict[str, tuple[tuple[str, Words], ...]] = {}
    rows = list(_survey_rows(type_.fields, lists))
    title = type_.title.zh or type_.title.en
    language = _TONGUES[0][1] if type_.title.zh else _TONGUES[1][1]
    return [
        Page("survey", tuple(Column(one) for one in _SURVEY_COLUMNS), rows),
        Page(
            "choices",
            tuple(Column(one) for one in ("list_name", "name", *(f"label::{tongue}" for _, tongue in _TONGUES))),
            [[list_name, code, words.zh, words.en] for list_name, known in lists.items() for code, words in known],
        ),
        Page(
            "settings",
            tuple(Column(one) for one in ("form_title", "form_id", "version", "default_language")),
            [[title, type_.form or name, str(number), language]],
        ),
    ]


def _survey_rows(fields: Sequence[DutyField], lists: dict[str, tuple[tuple[str, Words], ...]]) -> Iterator[list[Cell]]:
    section: Words | None = None
    for number, asked in enumerate(fields, start=1):
        if asked.section != section:
            if section is not None:
                yield _row("end_group")
            section = asked.section
            if section is not None:
                yield _row("begin_group", f"section_{number}", section)
        if asked.kind is FieldKind.ENTRIES:
            yield _row("begin_repeat", asked.key, asked.label, asked)
            yield from _survey_rows(asked.fields, lists)
            yield _row("end_repeat")
            continue
        yield _row(_typed(asked, lists), asked.key, asked.label, asked)
    if section is not None:
        yield _row("end_group")


def _typed(asked: DutyField, lists: dict[str, tuple[tuple[str, Words], ...]]) -> str:
    options = tuple((one.key, one.title) for one in asked.options)
    if asked.kind is FieldKind.YES_NO:
        options = (("yes", Words(zh="是", en="Yes")), ("no", Words(zh="否", en="No")))
    if not options:
        return _FORMED[asked.kind]
    name = next((name for name, known in lists.items() if known == options), f"list_{len(lists) + 1}")
    lists[name] = options
    return f"{'select_multiple' if asked.kind is FieldKind.CHOICES else 'select_one'} {name}"


def _row(kind: str, name: str = "", label: Words | None = None, asked: DutyField | None = None) -> list[Cell]:
    spoken = [label, asked.hint if asked else None, asked.constraint_words if asked else None]
    words = [getattr(one, tongue) if one is not None else "" for one in spoken for tongue, _ in _TONGUES]
    default = asked.default if asked is not None else None
    return [
        kind,
        name,
        *words,
        "yes" if asked is not None and asked.owed else "",
        asked.relevant if asked is not None else "",
        asked.constraint if asked is not None else "",
        " ".join(default) if isinstance(default, list | tuple) else "" if default is None else str(default),
    ]


@dataclass(frozen=True, slots=True)
class Answered:
    """One report as it is taken out. `version` is the number of the version it was made with."""

    day: date
    who: str
    reported_at: datetime
    version: int | None
    values: Mapping[str, Any]
    note: str | None = None


_ABOUT = (
    Column("report", Kind.NUMBER, 9),
    Column("day", Kind.DAY, 12),
    Column("who"),
    Column("reported_at", Kind.MOMENT, 17),
    Column("version", Kind.NUMBER, 9),
)


def answer_pages(type_: ReportType, told: Sequence[Answered], zone: tzinfo) -> list[Page]:
    """The answers under the names of the questions, choices by their codes, as form tools write them.

    What an older version asked stands behind what is asked now.
    """
    flat = [one.key for one in type_.fields if not one.fields and one.kind is not FieldKind.NOTE]
    nested = {
        one.key: [each.key for each in one.fields if each.kind is not FieldKind.NOTE]
        for one in type_.fields
        if one.fields
    }
    flat += sorted({key for one in told for key in one.values if key not in flat and key not in nested})
    pages = [
        Page(
            "answers",
            (*_ABOUT, *(Column(key) for key in flat), Column("note")),
            [
                [
                    number,
                    one.day,
                    one.who,
                    one.reported_at.astimezone(zone),
                    one.version,
                    *(_cell(one.values.get(key)) for key in flat),
                    one.note,
                ]
                for number, one in enumerate(told, start=1)
            ],
        )
    ]
    for place, (key, inner) in enumerate(nested.items(), start=1):
        rows: list[list[Cell]] = [
            [number, at, *(_cell(entry.get(name)) for name in inner)]
            for number, one in enumerate(told, start=1)
            for at, entry in enumerate(one.values.get(key) or (), start=1)
        ]
        head = (Column("report", Kind.NUMBER, 9), Column("entry", Kind.NUMBER, 9))
        pages.append(Page(f"answers {place} {key}", (*head, *(Column(name) for name in inner)), rows))
    return pages


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(one if isinstance(one, str) else "…" for one in value)
    return value if isinstance(value, int | float) or value is None else str(value)
