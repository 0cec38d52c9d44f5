"""The tables of what people type, and how well it is understood: `python -m tests.domain.typed`."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import yaml
from babel import Locale

from bot.forms.dates import Leaning, Moment, read_moments, unclear
from gateway.areas.countries import CountryNames
from gateway.areas.gazetteer import gazetteer
from gateway.areas.typed_places import read_place

TESTS = Path(__file__).resolve().parents[1]
JINAN = ZoneInfo("Asia/Shanghai")
ASK, REFUSE = "ask", "refuse"
Answer = Callable[["Example"], str]


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    expected: str
    held_out: bool
    now: datetime
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class Figures:
    """`confident` and `asked` are shares of all; `precision` is that of the confident answers."""

    examples: int
    confident: float
    precision: float
    asked: float
    refused: float
    slowest: float
    typical: float
    wrong: tuple[tuple[str, str, str], ...]
    missed: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        wrong = "".join(f"\n    {text}: {expected} was answered {answered}" for text, expected, answered in self.wrong)
        return (
            f"{self.examples} examples: {self.confident:.1%} answered with a precision of {self.precision:.2%}, "
            f"{self.asked:.1%} asked back, {self.refused:.1%} not understood; "
            f"{self.typical:.2f} ms typical, {self.slowest:.1f} ms at most{wrong}"
        )


def examples(kind: str, language: str) -> Iterator[Example]:
    folder = {"places": "domain/places_typed", "dates": "forms/dates_typed"}[kind]
    for batch in yaml.load((TESTS / folder / f"{language}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader):
        now = datetime.fromisoformat(batch.get("now", "2021-01-13T10:00")).replace(tzinfo=JINAN)
        leaning = Leaning(batch.get("leaning", "past"))
        for text, expected in batch["examples"]:
            yield Example(text, expected, batch["held_out"], now, leaning)


@cache
def _countries(language: str) -> CountryNames:
    return CountryNames.of(dict(Locale(language).territories))


def answered_place(language: str) -> Answer:
    def answer(example: Example) -> str:
        found = read_place(example.text, gazetteer(), _countries(language), language=language)
        meant = [candidate.code for candidate in found.candidates] + list(found.countries)
        return meant[0] if len(meant) == 1 else ASK if meant else REFUSE

    return answer


def answered_moment(example: Example) -> str:
    moments = read_moments(example.text, now=example.now, leaning=example.leaning)
    if len(moments) == 1:
        return _written(moments[0])
    if moments:
        return ASK
    doubt = unclear(example.text, now=example.now)
    return REFUSE if doubt is None or doubt.impossible else ASK


def _written(moment: Moment) -> str:
    return moment.day.isoformat() + (f" {moment.at:%H:%M}" if moment.at else "")


def measure(chosen: list[Example], answer: Answer) -> Figures:
    wrong, missed, took, counts = [], [], [], {ASK: 0, REFUSE: 0}
    for example in chosen:
        began = perf_counter()
        answered = answer(example)
        took.append((perf_counter() - began) * 1_000)
        row = (example.text, example.expected, answered)
        if answered in counts:
            counts[answered] += 1
            if answered != example.expected:
                missed.append(row)
        elif answered != example.expected:
            wrong.append(row)
    confident = len(chosen) - sum(counts.values())
    return Figures(
        examples=len(chosen),
        confident=confident / len(chosen),
        precision=1 - len(wrong) / confident if confident else 1.0,
        asked=counts[ASK] / len(chosen),
        refused=counts[REFUSE] / len(chosen),
        slowest=max(took),
        typical=sorted(took)[len(took) // 2],
        wrong=tuple(wrong),
        missed=tuple(missed),
    )


def figures(kind: str, language: str, *, held_out: bool | None = None) -> Figures:
    chosen = [each for each in examples(kind, language) if held_out is None or each.held_out is held_out]
    return measure(chosen, answered_moment if kind == "dates" else answered_place(language))


def main() -> None:
    for kind in ("places", "dates"):
        for language in ("zh", "en"):
            for held_out, name in ((None, "all"), (True, "held out")):
                chosen = [each for each in examples(kind, language) if held_out in (None, each.held_out)]
                if chosen:
                    seen = figures(kind, language, held_out=held_out)
                    sys.stdout.write(f"{kind} {language}, {name}: {seen}\n")
                    if "--missed" in sys.argv and held_out is None:
                        sys.stdout.writelines(f"    ? {row[0]}: {row[1]}, {row[2]}\n" for row in seen.missed)


if __name__ == "__main__":
    gazetteer().find("济南")  # read once, before anything is timed
    main()
