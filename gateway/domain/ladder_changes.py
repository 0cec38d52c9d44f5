"""A ladder as a place changes it: what may not be, and when an alert raised now would ring. Defaults of ours all of it
(policy.md 0.4), so everything may be changed but what keeps people alive."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import pairwise

from gateway.domain.kinds import AlertKind
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Pack
from gateway.domain.rungs import Ladder, Rung
from gateway.errors import Fault

#: Cannot be switched off and ring at any hour, whoever asks (BN-2.5.3-b).
SAFETY = (AlertKind.SELF_HARM, AlertKind.EMERGENCY)
MOST_STEPS = 12
SHORTEST_REPEAT = 5
LONGEST_WAIT = 14 * 24 * 60

_MINUTES = re.compile(r"\+?\s*(\d{1,5})")
_SHARE = re.compile(r"(\d{1,3})\s*%")
_CLOCK = re.compile(r"([+-]?\d{1,2})\s+(\d{1,2})[::](\d{2})")


@dataclass(frozen=True, slots=True)
class WhenUnclear(ValueError):
    """What was typed is none of the three ways to place a step."""

    typed: str


def when_typed(typed: str, rung: Rung) -> Rung:
    """A rung placed as somebody typed it: `15` minutes after, `50 %` of the time, `1 18:00` a day later at six.

    Raises WhenUnclear.
    """
    text = typed.strip().translate(str.maketrans("%+:", "%+:"))
    bare = replace(rung, after_minutes=None, share=None, day=None, at=None)
    if (found := _SHARE.fullmatch(text)) and 0 < int(found[1]) < 100:
        return replace(bare, share=int(found[1]) / 100, if_missed_again=False)
    if (found := _MINUTES.fullmatch(text)) and int(found[1]) <= LONGEST_WAIT:
        return replace(bare, after_minutes=int(found[1]))
    if (found := _CLOCK.fullmatch(text)) and int(found[2]) < 24 and int(found[3]) < 60:
        least = rung.after_minutes if rung.at is not None else None
        return replace(bare, day=int(found[1]), at=time(int(found[2]), int(found[3])), after_minutes=least)
    raise WhenUnclear(typed)


def as_typed(rung: Rung) -> str:
    """How `when_typed` reads this rung."""
    if rung.share is not None:
        return f"{round(rung.share * 100)} %"
    if rung.day is not None and rung.at is not None:
        return f"{rung.day} {rung.at:%H:%M}"
    return str(rung.after_minutes or 0)


def is_safety(pack: Pack, code: str, kind: AlertKind | None) -> bool:
    """Whether self-harm or an emergency climbs this ladder."""
    if kind is not None:
        return kind in SAFETY
    named = {rule.ladder for rule in pack.safety.values()}
    return code in named | {rule.ladder for one, rule in pack.alerts.items() if one in SAFETY}


def faults(ladder: Ladder, *, pack: Pack, safety: bool) -> tuple[Fault, ...]:
    """Why this cannot be anybody's ladder; a code each, which the page says in words."""
    return tuple(Fault(field, code) for field, code in _faults(ladder, pack, safety=safety))


def _faults(ladder: Ladder, pack: Pack, *, safety: bool) -> Iterable[tuple[str, str]]:
    if not ladder.steps:
        yield "", "ladder_without_steps"
        return
    if len(ladder.steps) > MOST_STEPS:
        yield "", "ladder_too_long"
    for number, rung in enumerate(ladder.steps, start=1):
        if not rung.roles:
            yield str(number), "ladder_step_without_role"
    disorder = [_disorder(ladder, pack, due) for due in (pack.conventions.due, time.min)]
    if all(disorder):
        yield str(disorder[0]), "ladder_out_of_order"
    if ladder.repeat_every_minutes is not None and ladder.repeat_every_minutes < SHORTEST_REPEAT:
        yield "", "ladder_rings_too_often"
    if not 1 <= ladder.resolve_within_hours <= 720:
        yield "", "ladder_resolve_out_of_range"
    if safety and ladder.waits_at_night:
        yield "", "ladder_of_safety_at_night"
    first = ladder.steps[0]
    if safety and (first.after_minutes or 0, first.share, first.at) != (0, None, None):
        yield "1", "ladder_of_safety_later"


def _disorder(ladder: Ladder, pack: Pack, due: time) -> int | None:
    """The first step that would come before the one above it, for something due at that time of day."""
    due_at = datetime(2021, 3, 3, due.hour, due.minute, tzinfo=pack.zone)
    dated = ladder_steps(replace(pack, ladders={"": ladder}), "", clock_start=due_at - _A_DAY, due_at=due_at)
    pairs = enumerate(pairwise(dated), start=2)
    return next((number for number, (before, after) in pairs if after.at < before.at), None)


_A_DAY = timedelta(days=1)
