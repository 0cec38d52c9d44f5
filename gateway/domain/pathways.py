"""One person's way through the work, step by step, so that it can be asked for and traced (SD-3.3.1-b)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.rules import Words


class Mark(StrEnum):
    """What the record knows of a person that shows a step of the work."""

    DECLARED = "declared"
    MATCHED = "matched"
    REGISTERED = "registered"
    CONFIRMED = "confirmed"
    TRANSFERRED = "transferred"
    ARRIVED = "arrived"
    ISOLATED = "isolated"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayStep:
    """A step of the work; any of its marks shows that it was taken."""

    source: tuple[str, ...]
    key: str
    title: Words
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step with the moment it was first seen to; None: nothing on record shows it."""

    key: str
    title: Words
    at: datetime | None
    mark: Mark | None
    rules: tuple[str, ...]


def pathway(steps: Sequence[PathwayStep], marks: Mapping[Mark, datetime]) -> tuple[Stage, ...]:
    """Each step with its earliest mark, in the order of the notice."""
    stages = []
    for step in steps:
        seen = [(marks[mark], mark) for mark in step.marks if mark in marks]
        at, mark = min(seen) if seen else (None, None)
        stages.append(Stage(key=step.key, title=step.title, at=at, mark=mark, rules=step.source))
    return tuple(stages)
