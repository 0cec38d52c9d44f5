"""What can go wrong, by kind. `gateway.access.problems` alone knows HTTP statuses.

ShaodianError
  x NotFound      there is no such thing, or it is not in the caller's scope
  x Conflict      the thing exists but its state does not allow this
  x Forbidden     the caller is known and may not do this
  x Unauthorised  the caller is not known
  x Invalid       the input is wrong; `fields` names where
  x Unavailable   an engine or a provider does not answer; try again
  x NotConfigured a REQUIRED pack value is unset; names the value and its rule
"""

from collections.abc import Callable
from dataclasses import dataclass


class ShaodianError(Exception):
    """Every error of ours. `type_name` is the stable problem type, `detail` one sentence for a person."""

    @property
    def type_name(self) -> str:
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    @property
    def detail(self) -> str:
        return str(self) or (type(self).__doc__ or "").strip().splitlines()[0]


class NotFound(ShaodianError):
    """There is no such thing."""


class Conflict(ShaodianError):
    """The present state does not allow this."""


class Forbidden(ShaodianError):
    """You may not do this."""


class Unauthorised(ShaodianError):
    """Say who you are first."""


class Unavailable(ShaodianError):
    """A part of the system does not answer; please try again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: `where` is a field path or `file:line`, `message` a sentence."""

    where: str
    message: str


class Invalid(ShaodianError):
    """The input is not right."""

    def __init__(self, message: str = "", *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message or "; ".join(f"{fault.where}: {fault.message}" for fault in faults))
        self.faults = faults


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogues; it is said where the reader's language is known."""
    return sentence


class Worded(Invalid):
    """An input is wrong, in a sentence the catalogues know: `sentence` is its English, `facts` fill its holes."""

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence % facts)
        self.sentence = sentence
        self.facts = facts

    def said_in(self, gettext: Callable[[str], str]) -> str:
        return gettext(self.sentence) % self.facts


class NotConfigured(ShaodianError):
    """A value the policy pack must be given is not set."""

    def __init__(self, value: str, rule: str, *, ask: str = "the pack's owner") -> None:
        super().__init__(f"not configured: {value} ({rule}); ask {ask} to set it")
        self.value = value
        self.rule = rule
