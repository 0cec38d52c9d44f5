"""What a form is made of: data, versioned, told in msgids. `load.py` reads it from YAML, `form.py` walks through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.forms.dates import Leaning
from bot.forms.expressions import Constraint, Expression

Json = Any
Shown = Any  # Words, str, date, datetime, time, float, or a tuple of these: `middleware/talks.py` puts it into words


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence still to be said in somebody's language: its English msgid and what goes into its holes."""

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict)


def words(msgid: str, **values: Any) -> Words:
    return Words(msgid, values)


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"
    DATE = "date"
    DATETIME = "datetime"
    PLACE = "place"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    PERSON = "person"
    YES_NO = "yes_no"
    PHOTO = "photo"
    NOTE = "note"  # is only read: one tap goes on


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. `heard` are the words by which it is recognised when typed, in any language."""

    code: str
    label: str
    heard: tuple[str, ...] = ()
    alone: bool = False  # "none of these" excludes the others


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the named question's answer is, or includes, one of the values."""

    question: str
    values: tuple[Json, ...]

    def holds(self, answer_to: Callable[[str], Json]) -> bool:
        answer = answer_to(self.question)
        if isinstance(answer, list | tuple):
            return any(value in answer for value in self.values)
        return answer in self.values


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    kind: Kind
    ask: str
    label: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    optional: bool = False
    recorded: bool = True  # whether the answer goes to the gateway
    absent: Json = None  # what the gateway gets when the question was skipped or not shown
    show_if: Condition | Expression | None = None
    constraint: Constraint | None = None
    section: str = ""  # the heading it stands under
    remark: str = ""  # what helps to answer
    unit: str = ""
    least: float | None = None
    most: float | None = None
    whole: bool = False  # a count has no fraction
    longest: int = 200
    leaning: Leaning = Leaning.PAST
    furthest_days: int | None = None
    not_before: str | None = None  # the question in the same entry whose day this one may not precede
    time_optional: bool = False
    needs_area: bool = False  # free words without a division are not enough
    area_digits: int = 2  # how fine the division must be: 2 province, 4 city, 6 county, 9 township
    hears: str = ""  # `symptoms`: typed words are read as a sentence about health, denials and all
    suggest: tuple[str, ...] = ()  # places offered as buttons: `home`, `previous.<question>`


@dataclass(frozen=True, slots=True)
class Group:
    """Questions asked once per entry (a leg, a stay, a person met), with "another one?" after each.

    `first` is asked before any, where there may be none.
    """

    id: str
    label: str
    more: str
    questions: tuple[Question, ...]
    most: int = 8
    show_if: Condition | Expression | None = None
    first: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    version: int
    title: str
    questions: tuple[Question | Group, ...]
    intro: str = ""
    target: str = "report"  # which call of the gateway takes the answers
    send_at_once: Condition | None = None  # no summary when this holds: one tap is enough
    send: str = "Send"
    rules: tuple[str, ...] = ()  # why it is asked: ids of the notices' rules, or DEFAULT for a form of ours


@dataclass(frozen=True, slots=True)
class Slot:
    """One question at one place in the form: `legs.1.origin` is the second leg's origin."""

    key: str
    question: Question
    group: Group | None = None
    entry: int = 0

    def sibling(self, question_id: str) -> str:
        return f"{self.group.id}.{self.entry}.{question_id}" if self.group else question_id

    @property
    def asks_for_more(self) -> bool:
        return self.group is not None and self.question.id == MORE


MORE = "more"
ANOTHER = "Another one"
ANY = "Any of them"
YES_NO = (
    Option("yes", "Yes", ("yes", "y", "是", "是的", "有", "对", "好", "好的", "同意", "要", "ok", "嗯")),
    Option("no", "No", ("no", "n", "不", "否", "没有", "不是", "没", "不用", "不同意", "无", "不要", "none")),
)


def slots(form: Form, answers: Mapping[str, Json]) -> tuple[Slot, ...]:
    """The questions that these answers make visible, in the order they are asked."""
    found: list[Slot] = []
    for item in form.questions:
        if isinstance(item, Question):
            found += _shown(Slot(item.id, item), answers)
            continue
        if item.show_if is not None and not item.show_if.holds(answers.get):
            continue
        if item.first:
            slot = Slot(f"{item.id}.-1.{MORE}", Question(MORE, Kind.YES_NO, item.first, ANY, recorded=False), item, -1)
            found.append(slot)
            if answers.get(slot.key) is not True:
                continue
        for entry in range(item.most):
            for question in item.questions:
                found += _shown(Slot(f"{item.id}.{entry}.{question.id}", question, item, entry), answers)
            if entry + 1 == item.most:
                break
            more = Question(MORE, Kind.YES_NO, item.more, ANOTHER, recorded=False)
            slot = Slot(f"{item.id}.{entry}.{MORE}", more, item, entry)
            found.append(slot)
            if answers.get(slot.key) is not True:
                break
    return tuple(found)


def _shown(slot: Slot, answers: Mapping[str, Json]) -> list[Slot]:
    condition = slot.question.show_if
    if condition is None:
        return [slot]

    def answer_to(question_id: str) -> Json:
        sibling = slot.sibling(question_id)
        return answers.get(sibling, answers.get(question_id))

    return [slot] if condition.holds(answer_to) else []
