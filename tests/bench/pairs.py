"""Sides of one work, measured in turns on one machine in one run, and what their medians say.

Every side is measured the same way, so often, in alternation: what the machine does besides falls on all of them.
A figure is a rate or a cost; ratios are formed pair by pair, and the median of the ratios is what is told.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

OURS = "ours"


@dataclass(frozen=True)
class Target:
    """`than` is the other side; the ratio is how many times better ours is than that, whatever "better" means."""

    than: str
    at_least: float


@dataclass
class Row:
    """One line of the table. `sides` give one figure each time they are called."""

    name: str
    unit: str
    sides: Mapping[str, Callable[[], float]]
    targets: Sequence[Target]
    less_is_better: bool = False
    at_most: float | None = None
    figures: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, pairs: int) -> None:
        for number in range(pairs):
            for side, take in self.sides.items():
                began = time.perf_counter()
                figure = take()
                self.figures.setdefault(side, []).append(figure)
                took = time.perf_counter() - began
                say(f"  {self.name} {number + 1}/{pairs} {side}: {figure:,.4g} {self.unit} (took {took:.1f} s)")

    def ratio(self, than: str) -> float:
        pairs = zip(self.figures[OURS], self.figures[than], strict=True)
        return median(other / own if self.less_is_better else own / other for own, other in pairs)

    def verdict(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = [
            {
                "than": target.than,
                "ratio": round(self.ratio(target.than), 3),
                "at_least": target.at_least,
                "met": self.ratio(target.than) >= target.at_least,
            }
            for target in self.targets
        ]
        if self.at_most is not None:
            own = median(self.figures[OURS])
            told.append({"than": "fixed", "figure": round(own, 3), "at_most": self.at_most, "met": own <= self.at_most})
        return told

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.name,
            "unit": self.unit,
            "medians": {side: round(median(figures), 3) for side, figures in self.figures.items()},
            "figures": {side: [round(one, 3) for one in figures] for side, figures in self.figures.items()},
            "targets": self.verdict(),
        }


def table(rows: Sequence[Row]) -> str:
    lines = ["| work | unit | " + "medians | beside | ratio | target | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        medians = "; ".join(f"{side} {median(figures):,.4g}" for side, figures in row.figures.items())
        for number, told in enumerate(row.verdict()):
            head = f"| {row.name} | {row.unit} | {medians} |" if not number else "| | | |"
            if told["than"] == "fixed":
                asked = f"{head} itself | {told['figure']:g} | ≤ {told['at_most']:g} |"
            else:
                asked = f"{head} {told['than']} | {told['ratio']:g} | ≥ {told['at_least']:g} |"
            lines.append(f"{asked} {'met' if told['met'] else 'missed'} |")
    return "\n".join(lines)


def plot(rows: Sequence[Row]) -> str:
    """Each ratio as a part of what it has to reach: beyond the line it is met. SVG, without a library."""
    bars = [(f"{row.name} / {told['than']}", _share(told)) for row in rows for told in row.verdict()]
    width, line, left = 760, 22, 330
    height = 40 + line * len(bars)
    unit = (width - left - 60) / 3  # three times the target fills the picture
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="measured, as a part of the target">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{left + unit:.0f}" y="16" text-anchor="middle" fill="#555">target</text>',
    ]
    for number, (name, share) in enumerate(bars):
        top, colour = 24 + number * line, "#2b8a3e" if share >= 1 else "#c92a2a"
        length = unit * min(share, 3)
        out.append(f'<text x="{left - 8}" y="{top + 14}" text-anchor="end">{name}</text>')
        out.append(f'<rect x="{left}" y="{top + 3}" width="{length:.0f}" height="{line - 8}" fill="{colour}"/>')
        out.append(f'<text x="{left + length + 6:.0f}" y="{top + 14}">{share:.2f}</text>')
    out.append(
        f'<line x1="{left + unit:.0f}" y1="20" x2="{left + unit:.0f}" y2="{height - 12}" stroke="#555" '
        'stroke-dasharray="4 3"/>'
    )
    return "\n".join([*out, "</svg>", ""])


def _share(told: Mapping[str, Any]) -> float:
    if told["than"] == "fixed":
        return float(told["at_most"] / max(told["figure"], 1e-9))
    return float(told["ratio"] / told["at_least"])


def tell(rows: Sequence[Row], *, out: Path | None) -> int:
    """The table, and files for whoever wants them; 1 where a target was missed."""
    sys.stdout.write(table(rows) + "\n")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        said = [row.as_json() for row in rows]
        (out / "figures.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        (out / "table.md").write_text(table(rows) + "\n")
        (out / "figures.svg").write_text(plot(rows))
    return 0 if all(told["met"] for row in rows for told in row.verdict()) else 1


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
