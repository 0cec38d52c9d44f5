"""What a drill came to."""

from dataclasses import dataclass, field
from typing import Any

from gateway.commands.drill_player import Line
from gateway.domain.drills import Drill


@dataclass
class Played:
    drill: Drill
    file: str
    lines: list[Line] = field(default_factory=list)

    @property
    def unmet(self) -> Line | None:
        return next((line for line in self.lines if line.kind == "unmet"), None)

    @property
    def passed(self) -> bool:
        return self.unmet is None

    def as_json(self) -> dict[str, Any]:
        timeline = [
            {"at": line.at.isoformat(timespec="minutes"), "kind": line.kind, "who": line.who, "text": line.text}
            for line in self.lines
        ]
        return {
            "drill": self.drill.title,
            "file": self.file,
            "passed": self.passed,
            "met": sum(line.kind == "met" for line in self.lines),
            "unmet": self.unmet.text if self.unmet else None,
            "timeline": timeline,
        }


def page_of(played: list[Played], language: str) -> str:
    return ""
