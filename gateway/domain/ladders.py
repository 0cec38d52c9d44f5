"""Ladders of a pack with their dates: when whom is told if nobody reacts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.domain.calendars import DAY, elapse
from gateway.domain.escalations import EscalationPolicy, LadderStep
from gateway.domain.matters import Haste, Heard, end_of_day
from gateway.domain.packs import Pack, Rung


def ladder_steps(
    pack: Pack, code: str, *, clock_start: datetime, due_at: datetime | None, missed_again: bool = True
) -> tuple[LadderStep, ...]:
    """A ladder with its dates, as it comes if nobody reacts. Warnings from before the clock started are left out."""
    if due_at is None:
        return ()
    start, due = clock_start.astimezone(pack.zone), due_at.astimezone(pack.zone)
    dated = (
        LadderStep(rung.level, rung.roles, _rung_at(rung, start, due))
        for rung in pack.ladder(code).steps
        if missed_again or not rung.if_missed_again
    )
    return tuple(step for step in dated if step.at >= start)


@dataclass(frozen=True, slots=True)
class LadderBook:
    """The dated ladders of one pack, each worked out once: of ten thousand plans most share their days."""

    pack: Pack
    _known: dict[tuple[str, bool, datetime, datetime], tuple[LadderStep, ...]] = field(default_factory=dict)

    def steps(
        self, code: str, *, clock_start: datetime, due_at: datetime | None, missed_again: bool = True
    ) -> tuple[LadderStep, ...]:
        """As `ladder_steps`."""
        if due_at is None:
            return ()
        asked = (code, missed_again, clock_start, due_at)
        found = self._known.get(asked)
        if found is None:
            found = ladder_steps(self.pack, code, clock_start=clock_start, due_at=due_at, missed_again=missed_again)
            self._known[asked] = found
        return found


def together(policy: EscalationPolicy, heard: Sequence[Heard], now: datetime) -> tuple[LadderStep, ...]:
    """Everybody named hears at the same moment, nobody waits for another; then the ladder is climbed as ever (F-22)."""
    if not heard:
        return policy.freeze(now)
    return (_at_once(heard, now), *(step for step in policy.freeze(now) if step.at > now))


def hastened(pack: Pack, haste: Haste, heard: Sequence[Heard], now: datetime) -> tuple[LadderStep, ...]:
    """As `together`, with the ladder the notice's word for haste means: by the minute, or until 24:00 of that day."""
    if not haste.same_day:
        return together(pack.escalation(haste.ladder), heard, now)
    climb = ladder_steps(pack, haste.ladder, clock_start=now, due_at=end_of_day(now, pack.zone))
    return (*((_at_once(heard, now),) if heard else ()), *(step for step in climb if not heard or step.at > now))


def _at_once(heard: Sequence[Heard], now: datetime) -> LadderStep:
    roles = dict.fromkeys(role for one in heard for role in one.roles)
    return LadderStep(heard[0].level, tuple(roles), now)


def due_day(due_at: datetime) -> date:
    """The day something is due on: 24:00 of a day is written 00:00 and belongs to the day before."""
    return (due_at - timedelta(microseconds=1)).date()


def _rung_at(rung: Rung, clock_start: datetime, due_at: datetime) -> datetime:
    if rung.share is not None:
        return elapse(clock_start, timedelta(seconds=round((due_at - clock_start).total_seconds() * rung.share)))
    waited = elapse(due_at, timedelta(minutes=rung.after_minutes or 0))
    if rung.day is None or rung.at is None:
        return waited
    at = datetime.combine(due_day(due_at) + rung.day * DAY, rung.at, due_at.tzinfo)
    return at if rung.after_minutes is None else max(waited, at)
