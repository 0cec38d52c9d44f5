"""What a notice says, word for word: every plan, push and answer can be traced to one of these."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from gateway.errors import NotConfigured


class RuleClass(StrEnum):
    """What becomes of a rule here: behaviour, data people configure, or nothing a gateway could do."""

    CORE = "core"
    SUPPORT = "support"
    OUT = "out"


class RuleKind(StrEnum):
    REMIND = "remind"
    CHECK = "check"
    GATE = "gate"
    REPORT = "report"
    ESCALATE = "escalate"
    BROADCAST = "broadcast"
    CAPACITY = "capacity"
    CHECKLIST = "checklist"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuote:
    """`quote_zh` is verbatim, its fragments joined by " … "; `english` is our rendering and has no legal weight."""

    id: str
    document: str
    clause: str
    class_: RuleClass
    kinds: tuple[RuleKind, ...]
    population: str
    quote_zh: str
    english: str

    def said_in(self, language: str) -> str:
        """The sentence for a reader of that language: the notice's own, or our rendering."""
        return self.quote_zh if language.startswith("zh") else self.english


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuote:
    """A sentence of a notice that no catalogue knows, carried by the pack that was read from it."""

    document: str
    clause: str
    quote: str
    english: str

    def as_rule(self, id_: str) -> RuleQuote:
        """As any other quoted rule; what becomes of it here is in the values that cite it."""
        return RuleQuote(
            id=id_,
            document=self.document,
            clause=self.clause,
            class_=RuleClass.CORE,
            kinds=(),
            population="",
            quote_zh=self.quote,
            english=self.english,
        )


DEFAULT = "DEFAULT"
"""The source of what no notice says."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unset:
    """A REQUIRED value that was not given: where it belongs, the rule that asks for it, and who may set it."""

    value: str
    rule: str
    ask: str = "the pack's owner"


def need(value: T | Unset) -> T:
    """The value, or an error that names what is missing and why."""
    if isinstance(value, Unset):
        raise NotConfigured(value.value, value.rule, ask=value.ask)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    zh: str
    en: str
