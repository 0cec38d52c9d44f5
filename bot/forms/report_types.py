"""Report types that officials made, as forms: the same engine asks them, in the words they were given."""

from collections.abc import Mapping
from typing import Any, Final

from bot.forms.dates import Leaning
from bot.forms.expressions import Constraint, Expression
from bot.forms.questions import Form, Group, Kind, Option, Question
from gateway.schemas.duties import FieldOut, ReportTypeOut, WordsOut

#: What the form of a version is called in a draft; and that of a draft somebody tries, which nobody reports with.
PREFIX: Final = "type."
TRIAL: Final = "trial."
NOTE: Final = "note"
_LARGEST: Final = 9_999_999
_KINDS: Final[Mapping[str, Kind]] = {
    "count": Kind.NUMBER,
    "number": Kind.NUMBER,
    "yes_no": Kind.YES_NO,
    "choice": Kind.CHOICE,
    "choices": Kind.MULTI_CHOICE,
    "date": Kind.DATE,
    "moment": Kind.DATETIME,
    "photo": Kind.PHOTO,
    "note": Kind.NOTE,
    "words": Kind.TEXT,
}
_ENTRIES: Final = "entries"


def form_of(asked: ReportTypeOut, language: str, *, trial: bool = False) -> Form:
    """What a version asks, one question a field; a type made in the console asks at the end what else there is.

    A version never changes, so its form has one number; a draft's comes from its content.
    """
    note = Question(
        id=NOTE,
        kind=Kind.TEXT,
        ask="What should be known? Leave names out where a number is enough.",
        label="What happened",
        optional=True,
        longest=1500,
    )
    return Form(
        id=f"{TRIAL if trial else PREFIX}{asked.version}",
        version=int(asked.mark[:7], 16) if trial else 1,
        title=_said(asked.title, language),
        target="trial" if trial else "unit_report",
        questions=(*(_asked(one, language) for one in asked.asked), *(() if asked.form else (note,))),
        intro="This is a trial: whatever you answer is not kept." if trial else "",
        rules=("DEFAULT",),
    )


def known_answers(values: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a report before anybody answered, as the engine keeps answers."""
    known: dict[str, Any] = {}
    for key, value in values.items():
        if not isinstance(value, list) or not any(isinstance(one, dict) for one in value):
            known[key] = _kept(value)
            continue
        for number, entry in enumerate(value):
            known[f"{key}.{number - 1}.more"] = True
            known |= {f"{key}.{number}.{name}": _kept(one) for name, one in entry.items()}
        known[f"{key}.{len(value) - 1}.more"] = False
    return known


def usual_answers(asked: ReportTypeOut) -> dict[str, Any]:
    """What an author wants to stand there beforehand."""
    return known_answers({one.key: one.default for one in asked.asked if one.default is not None})


def _asked(asked: FieldOut, language: str) -> Question | Group:
    if asked.kind != _ENTRIES:
        return _question(asked, language)
    label = _said(asked.label, language) if asked.label is not None else asked.key
    return Group(
        id=asked.key,
        label=label,
        more="Is there another one to tell of?",
        first="Is there one to tell of?",
        questions=tuple(_question(one, language) for one in asked.fields),
        most=20,
        show_if=Expression(asked.relevant) if asked.relevant else None,
    )


def _question(asked: FieldOut, language: str) -> Question:
    label = _said(asked.label, language) if asked.label is not None else asked.key
    unit = _said(asked.unit, language) if asked.unit is not None else ""
    kind = _KINDS[asked.kind]
    message = _said(asked.constraint_words, language) if asked.constraint_words is not None else ""
    return Question(
        id=asked.key,
        kind=kind,
        ask=f"{label} ({unit})" if unit else label,
        label=label,
        unit=unit,
        options=tuple(_option(one.key, one.title, language) for one in asked.options),
        optional=not asked.owed and kind is not Kind.NOTE,
        recorded=kind is not Kind.NOTE,
        least=(-_LARGEST if asked.signed else 0) if kind is Kind.NUMBER else None,
        most=_LARGEST if kind is Kind.NUMBER else None,
        whole=asked.kind == "count",
        longest=500,
        leaning=Leaning.EITHER,
        section=_said(asked.section, language) if asked.section is not None else "",
        remark=_said(asked.hint, language) if asked.hint is not None else "",
        show_if=Expression(asked.relevant) if asked.relevant else None,
        constraint=Constraint(asked.constraint, message) if asked.constraint else None,
    )


def _option(key: str, title: WordsOut, language: str) -> Option:
    return Option(code=key, label=_said(title, language), heard=(title.zh.lower(), title.en.lower()))


def _said(words: WordsOut, language: str) -> str:
    return words.zh if language.startswith("zh") else words.en


def _kept(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
