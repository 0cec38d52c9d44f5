"""A work list over time: a bar for each item from the day it came to the day it is due, as a drawing and as a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.services.checklist_views import ChecklistView, ItemState, ItemView

LEFT, ROW, HEAD, WIDTH = 330, 26, 40, 1080
_COLOURS = {
    ItemState.DONE: "#2f8f5b",
    ItemState.OVERDUE: "#c0392b",
    ItemState.OPEN: "#0b7a75",
    ItemState.ONGOING: "#7b8794",
    ItemState.UNDATED: "#b98900",
}


@dataclass(frozen=True, slots=True)
class Bar:
    item: ItemView
    x: float
    width: float
    done: float
    y: int
    colour: str
    #: Work without a day goes on beyond the drawing.
    is_open_ended: bool


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    day: date


@dataclass(frozen=True, slots=True)
class Timeline:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    today: float
    width: int
    height: int


def timeline_of(view: ChecklistView, items: tuple[ItemView, ...], *, today: date, began: date) -> Timeline:
    """Days from the list's first to its last, today among them; a week at least, so that a bar is never a stroke."""
    dues = [item.due_on for item in items if item.due_on is not None]
    first = min([view.issued_on or began, began, today])
    last = max([*dues, today, first + timedelta(days=7)]) + timedelta(days=1)
    days = (last - first).days

    def at(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT) * (day - first).days / days, 1)

    start = at(view.issued_on or began)
    bars = []
    for row, item in enumerate(items):
        end = at(item.due_on + timedelta(days=1)) if item.due_on is not None else float(WIDTH)
        width = max(end - start, 6.0)
        share = item.done / item.total if item.total else 0.0
        x = start if end > start else end - 6
        bars.append(
            Bar(
                item=item,
                x=x,
                width=width,
                done=round(width * share, 1),
                y=HEAD + row * ROW,
                colour=_COLOURS[item.state],
                is_open_ended=item.due_on is None,
            )
        )
    return Timeline(tuple(bars), tuple(_ticks(first, last, at)), at(today), WIDTH, HEAD + ROW * len(items) + 8)


def _ticks(first: date, last: date, at: Callable[[date], float]) -> Iterator[Tick]:
    """About ten days along the head, at even distances."""

    step = max(1, -(-(last - first).days // 10))
    day = first
    while day < last:
        yield Tick(at(day), day)
        day += timedelta(days=step)
