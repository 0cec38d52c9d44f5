"""Report types that officials made, as forms: the same engine asks them, in the words they were given."""

from collections.abc import Mapping
from typing import Any, Final

from bot.forms.dates import Leaning
from bot.forms.questions import Form, Kind, Option, Question
from gateway.schemas.duties import FieldOut, ReportTypeOut, WordsOut

#: What the form of a version is called in a draft.
PREFIX: Final = "type."
NOTE: Final = "note"
_LARGEST: Final = 9_999_999
_KINDS: Final[Mapping[str, Kind]] = {
    "count": Kind.NUMBER,
    "number": Kind.NUMBER,
    "yes_no": Kind.YES_NO,
    "choice": Kind.CHOICE,
    "date": Kind.DATE,
    "words": Kind.TEXT,
}


def form_of(asked: ReportTypeOut, language: str) -> Form:
    """What a version asks, one question a field, and at the end what else should be known."""
    title = _said(asked.title, language)
    questions = [_question(one, language) for one in asked.asked]
    note = Question(
        id=NOTE,
        kind=Kind.TEXT,
        ask="What should be known? Leave names out where a number is enough.",
        label="What happened",
        optional=True,
        longest=1500,
    )
    return Form(
        id=f"{PREFIX}{asked.version}",
        version=1,
        title=title,
        target="unit_report",
        questions=(*questions, note),
        rules=("DEFAULT",),
    )


def known_answers(values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a report before anybody answered, as the engine keeps answers."""
    return {key: float(value) if _is_number(value) else value for key, value in values.items()}


def _question(asked: FieldOut, language: str) -> Question:
    label = _said(asked.label, language) if asked.label is not None else asked.key
    unit = _said(asked.unit, language) if asked.unit is not None else ""
    kind = _KINDS[asked.kind]
    return Question(
        id=asked.key,
        kind=kind,
        ask=f"{label} ({unit})" if unit else label,
        label=label,
        unit=unit,
        options=tuple(_option(one.key, one.title, language) for one in asked.options),
        optional=not asked.owed,
        least=0 if kind is Kind.NUMBER else None,
        most=_LARGEST if kind is Kind.NUMBER else None,
        whole=asked.kind == "count",
        longest=500,
        leaning=Leaning.EITHER,
    )


def _option(key: str, title: WordsOut, language: str) -> Option:
    return Option(code=key, label=_said(title, language), heard=(title.zh.lower(), title.en.lower()))


def _said(words: WordsOut, language: str) -> str:
    return words.zh if language.startswith("zh") else words.en


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
