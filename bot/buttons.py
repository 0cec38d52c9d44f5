"""Callback data, at most 64 bytes each, and the keyboards drawn from them.

`al:`, `ci:`, `ck:` and `ur:` are also drawn by the gateway's channels; their format is fixed (docs/adr).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self
from uuid import UUID

from aiogram.filters import Filter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup

LONGEST_LABEL = 60
_BUTTON = InlineKeyboardButton(text="-", callback_data="-")


class FormButton(CallbackData, prefix="f"):
    """`instance` says whose form and which, `step` for which question it was drawn."""

    instance: str
    step: int
    option: str

    @classmethod
    def read(cls, data: str) -> Self | None:
        """Read by hand, as `form_button` writes it: it is what is pressed most."""
        prefix, _, rest = data.partition(":")
        instance, _, rest = rest.partition(":")
        step, _, option = rest.partition(":")
        if prefix != cls.__prefix__ or not instance or not option or not (step.isascii() and step.isdecimal()):
            return None
        return cls.model_construct(instance=instance, step=int(step), option=option)


class MenuButton(CallbackData, prefix="m"):
    what: str


class QuietButton(CallbackData, prefix="qh"):
    """Whole hours by the clock, both -1: as everybody."""

    starts: int
    ends: int


class LanguageButton(CallbackData, prefix="l"):
    language: str


class PlanButton(CallbackData, prefix="p"):
    """`show` is `page` or `why`; `about` the family member, empty for oneself."""

    show: str
    number: int
    about: str


class AskButton(CallbackData, prefix="q"):
    """`what` is the question (or what follows from its answer), `value` a code: an area, an occupation, a kind."""

    what: str
    value: str


class RiskButton(CallbackData, prefix="rk"):
    """Which of several places was meant, and on which day."""

    code: str
    on: str


class VenueButton(CallbackData, prefix="vn"):
    """`come`: ask what the place asks; `here`: be written down as there."""

    verb: str
    code: str


class WelfareButton(CallbackData, prefix="wf"):
    """Drawn by the gateway under the morning's question."""

    answer: str
    check: UUID


class TopicButton(CallbackData, prefix="tp"):
    """One piece of advice."""

    key: str


class CheckInButton(CallbackData, prefix="ci"):
    """Drawn by the gateway's channels: all is well today, with `about`, a family member, or with oneself."""

    about: UUID | None = None


class SheetButton(CallbackData, prefix="sh"):
    """The page to print for a family member."""

    member: UUID


class EarlierButton(CallbackData, prefix="er"):
    """What to do with an earlier report: show, correct, ask (whether to take it back), take_back."""

    what: str
    report: UUID


class FarewellButton(CallbackData, prefix="bye"):
    what: str


class AlertVerb(StrEnum):
    ACKNOWLEDGE = "ack"
    NOTE = "note"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    ESCALATE = "up"


class AlertButton(CallbackData, prefix="al"):
    verb: AlertVerb
    alert_id: UUID


class MatterButton(CallbackData, prefix="mt"):
    """`step` is its place among the matter's steps; the matter is the alert's."""

    step: int
    alert_id: UUID


class ChecklistButton(CallbackData, prefix="ck"):
    verb: str
    assignment_id: UUID


class UnitReportButton(CallbackData, prefix="ur"):
    """Drawn by the gateway's channels: `zero` reports that there is nothing, `tell` asks what there is."""

    verb: str
    duty: str
    day: str
    slot: str


class DutyButton(CallbackData, prefix="du"):
    """Opens one alert of the list, or the list again."""

    show: str
    alert_id: str


class Pressed(Filter):
    """An asynchronous filter on the prefix alone; the data is unpacked by `unpacked_as` only when it fits."""

    def __init__(self, kind: type[CallbackData]) -> None:
        self.kind = kind
        self.prefix = f"{kind.__prefix__}:"

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, CallbackData]:
        data = query.data or ""
        if not data.startswith(self.prefix):
            return False
        try:
            return {"pressed": self.kind.unpack(data)}
        except (TypeError, ValueError):
            return False


def form_button(instance: str, step: int, option: str) -> str:
    """Written by hand: a form draws a dozen at every step."""
    return f"f:{instance}:{step}:{option}"


def alert_button(verb: AlertVerb | str, alert_id: UUID) -> str:
    return AlertButton(verb=AlertVerb(verb), alert_id=alert_id).pack()


def done_button(assignment_id: UUID) -> str:
    return ChecklistButton(verb="done", assignment_id=assignment_id).pack()


def keyboard(
    buttons: Iterable[tuple[str, str]],
    *,
    columns: int = 2,
    first: Iterable[tuple[str, str]] = (),
    last: Iterable[tuple[str, str]] = (),
    controls: Iterable[tuple[str, str]] = (),
) -> InlineKeyboardMarkup | None:
    """`(label, callback data)` in columns; what most people press next in rows of its own before or after them, and
    the ways out in one row beneath."""
    rows = [[one] for one in _drawn(first)]
    drawn = _drawn(buttons)
    rows += [drawn[start : start + columns] for start in range(0, len(drawn), columns)]
    rows += [[one] for one in _drawn(last)]
    beneath = _drawn(controls)
    rows += [beneath[start : start + 3] for start in range(0, len(beneath), 3)]
    return InlineKeyboardMarkup.model_construct(inline_keyboard=rows) if rows else None


def _drawn(buttons: Iterable[tuple[str, str]]) -> list[InlineKeyboardButton]:
    """Copied, not made anew: a form draws a dozen at every step, and each costs a model's whole validation."""
    return [_BUTTON.model_copy(update={"text": _short(label), "callback_data": data}) for label, data in buttons]


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
