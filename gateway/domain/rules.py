"""What a notice says, word for word: every plan, push and answer can be traced to one of these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleQuote:
    """`quote_zh` is verbatim, its fragments joined by " … "; `english` is our rendering and has no legal weight."""

    id: str
    document: str
    clause: str
    quote_zh: str
    english: str
