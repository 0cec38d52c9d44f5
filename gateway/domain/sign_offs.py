"""Signatures in a pack: under a value other documents disagree with, and under a part taken from another pack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """`value` is the way to a value, or to a part with all that lies below it."""

    value: str
    by: str
    rule: str
    note: str = ""

    def covers(self, value: str) -> bool:
        return value == self.value or value.startswith((f"{self.value}.", f"{self.value}["))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section, or one entry of a keyed section, taken over from another pack under somebody's name."""

    section: str
    taken_from: str
    signed: SignOff


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A value as a notice states it; values of ours are not stated by anybody."""

    value: str
    rules: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.value} ({', '.join(self.rules)})"
