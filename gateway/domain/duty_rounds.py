"""The clock of duties: at which instants of a day whom something is said to.

One round belongs to one duty in one area; it has a handful of instants a day, however many bear the duty.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from gateway.domain.calendars import DAY, instant_of
from gateway.domain.duties import Cadence, DutyRule
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import Level
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Pack

#: Instants of a due day lie at most so many days before and after it.
BEFORE, AFTER = 8, 3


class Tone(StrEnum):
    """What is said: please report; it is over, please report still; somebody is told; the sum; who is missing."""

    REMIND = "remind"
    AGAIN = "again"
    RING = "ring"
    ROLL_UP = "roll_up"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Slot:
    """At this instant this is said about what is due on that day. A ring brings its ladder, from its first step on."""

    at: datetime
    tone: Tone
    day: date
    due_at: datetime
    check: str = ""
    ladder: tuple[LadderStep, ...] = ()


def slots_of(name: str, pack: Pack, day: date) -> tuple[Slot, ...]:
    """Everything the clock says about what is due on that day, in order.

    A unit's own line (UL) is no rung of an alert: its designated person is asked again. What rings is the rest.
    """
    rule = pack.duties[name]
    slots = list(_reminders(rule, pack, day))
    slots += [one for check in rule.slots for one in _missed(rule, pack, day, check)]
    if rule.adds_up and pack.duty_rounds is not None:
        due_at = due_of(rule, pack, day, rule.slots[-1])
        roll_up = _at(day, rule.roll_up_at or pack.duty_rounds.roll_up_at, pack)
        slots.append(Slot(roll_up, Tone.ROLL_UP, day, due_at))
        slots.append(Slot(_at(day + DAY, pack.duty_rounds.missing_at, pack), Tone.MISSING, day, due_at))
    return tuple(sorted(slots, key=lambda slot: slot.at))


def due_of(rule: DutyRule, pack: Pack, day: date, check: str = "") -> datetime:
    """When it is due: the check's own time, else the duty's, else the pack's."""
    named = rule.check(check)
    return _at(day, named.due if named else rule.due or pack.conventions.due, pack)


def struck(name: str, pack: Pack, *, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """What the clock says after one instant and until another; of reminders about one thing only the newest."""
    found = [slot for day in _days_around(after, until, pack) for slot in slots_of(name, pack, day)]
    due = sorted((slot for slot in found if after < slot.at <= until), key=lambda slot: slot.at)
    newest = {(slot.day, slot.check): slot for slot in due if slot.tone is Tone.REMIND}
    return tuple(slot for slot in due if slot.tone is not Tone.REMIND or newest[slot.day, slot.check] is slot)


def strikes_next(name: str, pack: Pack, now: datetime) -> datetime | None:
    found = [slot.at for day in _days_around(now, now + DAY, pack) for slot in slots_of(name, pack, day)]
    return min((at for at in found if at > now), default=None)


def _reminders(rule: DutyRule, pack: Pack, day: date) -> Iterator[Slot]:
    if rule.cadence is Cadence.CHECKS:
        for check in rule.checks:
            yield Slot(_at(day, check.opens, pack), Tone.REMIND, day, _at(day, check.due, pack), check.key)
        return
    due_at = due_of(rule, pack, day)
    for at in rule.asked_at:
        yield Slot(_at(day, at, pack), Tone.REMIND, day, due_at)
    if rule.asked_at:
        return
    for push in pack.ladder(rule.ladder).pushes:
        yield Slot(_at(day + push.day * DAY, push.at, pack), Tone.REMIND, day, due_at)


def _missed(rule: DutyRule, pack: Pack, day: date, check: str) -> Iterator[Slot]:
    due_at = due_of(rule, pack, day, check)
    steps = ladder_steps(pack, rule.ladder, clock_start=due_at - timedelta(hours=1), due_at=due_at)
    for step in steps:
        if step.level is Level.UL:
            yield Slot(step.at, Tone.AGAIN, day, due_at, check)
    rung = tuple(step for step in steps if step.level is not Level.UL)
    if rung:
        yield Slot(rung[0].at, Tone.RING, day, due_at, check, rung)


def _days_around(after: datetime, until: datetime, pack: Pack) -> Iterable[date]:
    first = after.astimezone(pack.zone).date() - AFTER * DAY
    last = until.astimezone(pack.zone).date() + BEFORE * DAY
    return (first + number * DAY for number in range((last - first).days + 1))


def _at(day: date, at: time, pack: Pack) -> datetime:
    return instant_of(datetime.combine(day, at, pack.zone), pack.zone)
