"""When a question is asked, and which answers fit: the part of XLSForm's expressions a chat can keep to.

The words, operators and functions are those of ODK's XPath; what is read here means the same there. Both sides read
them with this: the chat to know what to ask next, the gateway to check what arrives (docs/adr/0028).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from gateway.errors import Invalid

LONGEST = 1000
DEEPEST = 24
#: Each function with how many arguments it takes.
FUNCTIONS = {
    "not": 1,
    "selected": 2,
    "count-selected": 1,
    "string-length": 1,
    "number": 1,
    "if": 3,
    "today": 0,
    "true": 0,
    "false": 0,
}
HERE = "."
_TOKEN = re.compile(
    r"\s*(?:(?P<ref>\$\{\s*[\w.-]+\s*\})|(?P<text>'[^']*'|\"[^\"]*\"|‘[^’]*’|“[^”]*”)"
    r"|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<here>\.(?![\w.]))|(?P<op><=|>=|!=|[=<>+*(),-])"
    r"|(?P<name>[A-Za-z_][\w-]*(?::[\w-]+)?))"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))


class ConditionUnfit(Invalid):
    """This expression is outside of what is understood. `what` is the function or sign that is not."""

    def __init__(self, what: str, *, function: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.function = function


@dataclass(frozen=True, slots=True)
class _Node:
    """A literal, a reference, or an operator or function with what it works on."""

    head: str
    parts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One expression, read. `names` are the questions it looks at."""

    text: str
    root: _Node
    names: frozenset[str]
    looks_here: bool
    needs_today: bool

    def value(self, answer_to: Callable[[str], Any], *, here: Any = None, today: date | None = None) -> Any:
        return _value(self.root, answer_to, here, today)

    def holds(self, answer_to: Callable[[str], Any], *, here: Any = None, today: date | None = None) -> bool:
        return _truth(self.value(answer_to, here=here, today=today))


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """Raises ConditionUnfit, naming what is not understood."""
    if len(text) > LONGEST:
        raise ConditionUnfit(f"{text[:20]}…")
    reader = _Reader(list(_tokens(text)))
    root = reader.operation(0, 0)
    if reader.at < len(reader.tokens):
        raise ConditionUnfit(reader.tokens[reader.at][1])
    nodes = list(_every(root))
    return Condition(
        text,
        root,
        frozenset(str(node.parts[0]) for node in nodes if node.head == "ref"),
        any(node.head == "here" for node in nodes),
        any(node.head == "today" for node in nodes),
    )


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None:
            raise ConditionUnfit(stripped[at:].strip()[:20])
        kind = str(found.lastgroup)
        yield kind, found.group(kind)
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def operation(self, level: int, depth: int) -> _Node:
        if depth > DEEPEST:
            raise ConditionUnfit("(")
        if level == len(_LEVELS):
            return self.single(depth)
        left = self.operation(level + 1, depth)
        while (sign := self._next_of(_LEVELS[level])) is not None:
            left = _Node(sign, (left, self.operation(level + 1, depth)))
        return left

    def _next_of(self, signs: tuple[str, ...]) -> str | None:
        if self.at == len(self.tokens):
            return None
        kind, said = self.tokens[self.at]
        if kind not in ("op", "name") or said not in signs:
            return None
        self.at += 1
        return said

    def single(self, depth: int) -> _Node:
        if self.at == len(self.tokens):
            raise ConditionUnfit("…")
        kind, said = self.tokens[self.at]
        self.at += 1
        match kind:
            case "ref":
                return _Node("ref", (said[2:-1].strip(),))
            case "text":
                return _Node("literal", (said[1:-1],))
            case "number":
                return _Node("literal", (float(said),))
            case "here":
                return _Node("here")
            case "name":
                return self.call(said, depth)
        if said == "(":
            inner = self.operation(0, depth + 1)
            self.expect(")")
            return inner
        if said == "-":
            return _Node("-", (_Node("literal", (0.0,)), self.single(depth + 1)))
        raise ConditionUnfit(said)

    def call(self, name: str, depth: int) -> _Node:
        if self._next_of(("(",)) is None:
            raise ConditionUnfit(name)
        if name not in FUNCTIONS:
            raise ConditionUnfit(f"{name}()", function=True)
        parts: list[_Node] = []
        if self._next_of((")",)) is None:
            parts.append(self.operation(0, depth + 1))
            while self._next_of((",",)) is not None:
                parts.append(self.operation(0, depth + 1))
            self.expect(")")
        if len(parts) != FUNCTIONS[name]:
            raise ConditionUnfit(f"{name}()", function=True)
        return _Node(name, tuple(parts))

    def expect(self, sign: str) -> None:
        if self._next_of((sign,)) is None:
            raise ConditionUnfit(sign)


def _every(node: _Node) -> Iterator[_Node]:
    yield node
    for part in node.parts:
        if isinstance(part, _Node):
            yield from _every(part)


def _value(node: _Node, answer_to: Callable[[str], Any], here: Any, today: date | None) -> Any:
    def of(part: _Node) -> Any:
        return _value(part, answer_to, here, today)

    head, parts = node.head, node.parts
    match head:
        case "literal":
            return parts[0]
        case "ref":
            return answer_to(parts[0])
        case "here":
            return here
        case "true" | "false":
            return head == "true"
        case "today":
            return today.isoformat() if today is not None else None
        case "and":
            return _truth(of(parts[0])) and _truth(of(parts[1]))
        case "or":
            return _truth(of(parts[0])) or _truth(of(parts[1]))
        case "not":
            return not _truth(of(parts[0]))
        case "if":
            return of(parts[1]) if _truth(of(parts[0])) else of(parts[2])
        case "selected":
            return _text(of(parts[1])) in _chosen(of(parts[0]))
        case "count-selected":
            return float(len(_chosen(of(parts[0]))))
        case "string-length":
            return float(len(_text(of(parts[0]))))
        case "number":
            return _number(of(parts[0]))
    return _worked_out(head, of(parts[0]), of(parts[1]))


def _worked_out(sign: str, left: Any, right: Any) -> Any:
    if sign in ("=", "!="):
        return _same(left, right) is (sign == "=")
    one, other = _ordered(left), _ordered(right)
    if sign in ("+", "-") and isinstance(left, str) and _DAY.match(left) and other is not None:
        return _moved(left, other if sign == "+" else -other, right)
    if one is None or other is None:
        return False if sign in ("<", "<=", ">", ">=") else None
    match sign:
        case "<":
            return one < other
        case "<=":
            return one <= other
        case ">":
            return one > other
        case ">=":
            return one >= other
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "div":
            return one / other if other else None
        case _:
            return one % other if other else None


def _moved(day: str, days: float, right: Any) -> Any:
    """A day and so many days; the days between two days."""
    if isinstance(right, str) and _DAY.match(right):
        return float(date.fromisoformat(day[:10]).toordinal()) + days
    try:
        return (date.fromisoformat(day[:10]) + timedelta(days=days)).isoformat()
    except (OverflowError, ValueError):
        return None


def _ordered(value: Any) -> float | None:
    """What can be less or more: a number, or a day as the number of its days."""
    if isinstance(value, str) and _DAY.match(value):
        try:
            return float(date.fromisoformat(value[:10]).toordinal())
        except ValueError:
            return None
    return _number(value)


def _number(value: Any) -> float | None:
    """No answer is no number, and compares with none."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) and value.strip() else None
    except ValueError:
        return None


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) is _truth(right)
    one, other = _number(left), _number(right)
    if isinstance(left, int | float) or isinstance(right, int | float):
        return one is not None and one == other
    return _text(left) == _text(right)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(str(one) for one in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _chosen(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else _text(value).split()


def _truth(value: Any) -> bool:
    """As in XPath: a number that is not nought, a text that is not empty."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    return bool(value)
