"""A frozen ladder as it stands in a row: one mapping a step, with its level, roles and moment (UTC)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import Level, Role


def written(steps: Iterable[LadderStep]) -> list[dict[str, Any]]:
    return [{"level": step.level, "roles": list(step.roles), "at": step.at.isoformat()} for step in steps]


def read(steps: Iterable[Mapping[str, Any]]) -> tuple[LadderStep, ...]:
    return tuple(
        LadderStep(Level(step["level"]), tuple(map(Role, step["roles"])), datetime.fromisoformat(step["at"]))
        for step in steps
    )
