"""Reads the form definitions; the only place in the bot that knows YAML."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.errors import FormNotFound, FormNotReadable
from bot.forms.dates import Leaning
from bot.forms.questions import ANOTHER, Condition, Form, Group, Kind, Option, Question

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEFINITIONS = Path(__file__).parent / "definitions"

_FORM = {"form", "version", "rules", "title", "intro", "target", "send", "send_at_once", "questions"}
_GROUP = {"group", "label", "more", "most", "show_if", "questions"}
_QUESTION = {
    *("id", "type", "ask", "label", "hint", "options", "options_from", "optional", "recorded", "absent", "show_if"),
    *("unit", "least", "most", "longest", "leaning", "furthest_days", "not_before", "time_optional", "needs_area"),
    *("suggest", "area_digits", "hears"),
}
_OPTION = {"code", "label", "heard", "alone"}


@dataclass(frozen=True, slots=True)
class Forms:
    """Every form the bot can ask, newest version by id."""

    by_id: Mapping[str, Form]

    def get(self, form_id: str) -> Form:
        if form_id not in self.by_id:
            raise FormNotFound(form_id)
        return self.by_id[form_id]

    def __iter__(self) -> Iterator[Form]:
        return iter(self.by_id.values())


@cache
def load_forms(directory: Path = DEFINITIONS) -> Forms:
    """Read once in a process."""
    forms: dict[str, Form] = {}
    lists = _read(directory / "options.yaml")
    for path in sorted(directory.glob("*.yaml")):
        if path.name == "options.yaml":
            continue
        form = _form(_read(path), lists, path.name)
        known = forms.get(form.id)
        if known is None or known.version < form.version:
            forms[form.id] = form
    return Forms(forms)


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)


def msgids(forms: Iterable[Form]) -> set[str]:
    """Every sentence the forms say, for the translation check."""
    found: set[str] = set()
    for form in forms:
        found |= {form.title, form.intro, form.send}
        for item in form.questions:
            if isinstance(item, Group):
                found |= {item.label, item.more}
            for question in item.questions if isinstance(item, Group) else (item,):
                found |= {question.ask, question.label, question.hint}
                found |= {option.label for option in question.options}
    return (found | {ANOTHER}) - {""}


def _form(raw: Mapping[str, Any], lists: Mapping[str, Any], where: str) -> Form:
    _known(raw, _FORM, where)
    return Form(
        id=raw["form"],
        version=raw["version"],
        rules=tuple(raw.get("rules", ())),
        title=raw["title"],
        intro=raw.get("intro", ""),
        target=raw.get("target", "report"),
        send=raw.get("send", "Send"),
        send_at_once=_condition(raw.get("send_at_once")),
        questions=tuple(
            _group(item, lists, f"{where}: {item['group']}") if "group" in item else _question(item, lists, where)
            for item in raw["questions"]
        ),
    )


def _group(raw: Mapping[str, Any], lists: Mapping[str, Any], where: str) -> Group:
    _known(raw, _GROUP, where)
    return Group(
        id=raw["group"],
        label=raw["label"],
        more=raw["more"],
        most=raw.get("most", 8),
        show_if=_condition(raw.get("show_if")),
        questions=tuple(_question(item, lists, where) for item in raw["questions"]),
    )


def _question(raw: Mapping[str, Any], lists: Mapping[str, Any], where: str) -> Question:
    _known(raw, _QUESTION, f"{where}: {raw.get('id')}")
    options = lists[raw["options_from"]] if "options_from" in raw else raw.get("options", ())
    return Question(
        id=raw["id"],
        kind=Kind(raw["type"]),
        ask=raw["ask"],
        label=raw.get("label", raw["ask"]),
        hint=raw.get("hint", ""),
        options=tuple(_option(option, where) for option in options),
        optional=raw.get("optional", False),
        recorded=raw.get("recorded", True),
        absent=raw.get("absent"),
        show_if=_condition(raw.get("show_if")),
        unit=raw.get("unit", ""),
        least=raw.get("least"),
        most=raw.get("most"),
        longest=raw.get("longest", 200),
        leaning=Leaning(raw.get("leaning", Leaning.PAST)),
        furthest_days=raw.get("furthest_days"),
        not_before=raw.get("not_before"),
        time_optional=raw.get("time_optional", False),
        needs_area=raw.get("needs_area", False),
        hears=raw.get("hears", ""),
        area_digits=raw.get("area_digits", 2),
        suggest=tuple(raw.get("suggest", ())),
    )


def _option(raw: Mapping[str, Any], where: str) -> Option:
    _known(raw, _OPTION, f"{where}: {raw.get('code')}")
    heard = tuple(word.lower() for word in raw.get("heard", ()))
    return Option(code=raw["code"], label=raw["label"], heard=heard, alone=raw.get("alone", False))


def _condition(raw: Mapping[str, Any] | None) -> Condition | None:
    if raw is None:
        return None
    return Condition(raw["question"], tuple(raw["is"] if isinstance(raw["is"], list) else [raw["is"]]))


def _known(raw: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in ("id", "code", "not_before", "label", "ask"):
        # YAML reads an unquoted on, yes or no as a truth value.
        if name in raw and not isinstance(raw[name], str):
            raise FormNotReadable(f"{where}: {name} must be quoted")
    unknown = set(raw) - names
    if unknown:
        raise FormNotReadable(f"{where}: unknown field {', '.join(sorted(unknown))}")
