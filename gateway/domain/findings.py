"""What a result sets in motion, as a pack says it: whom it rings for, what it holds, and by when somebody decides."""

from dataclasses import dataclass

from gateway.domain.kinds import Level, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who hears of it at the same moment."""

    level: Level
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRule:
    """`holds`: nobody is released before an official has decided. `tasks` are what officials see to."""

    source: tuple[str, ...]
    tell: tuple[Told, ...]
    holds: bool = False
    tasks: tuple[str, ...] = ()
    ask: str | None = None
    decide_within_hours: int | None = None
    decide_within_hours_source: tuple[str, ...] = ()
    explained_within_days: int = 0
    explained_within_days_source: tuple[str, ...] = ()
