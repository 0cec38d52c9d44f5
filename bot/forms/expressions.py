"""Conditions of spreadsheet forms as the engine asks them: whether a question is shown, and whether an answer fits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.schemas.conditions import condition


@dataclass(frozen=True, slots=True)
class Expression:
    """Holds when the condition does, for the answers so far."""

    text: str

    def holds(self, answer_to: Callable[[str], Any]) -> bool:
        return condition(self.text).holds(answer_to)


@dataclass(frozen=True, slots=True)
class Constraint:
    """What an answer must keep to, and what its author says where it does not."""

    text: str
    message: str = ""

    def allows(self, value: Any, answer_to: Callable[[str], Any], *, today: date) -> bool:
        return condition(self.text).holds(answer_to, here=value, today=today)
