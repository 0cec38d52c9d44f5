"""Ladders of a pack with their dates: when whom is told if nobody reacts."""

from datetime import date, datetime, timedelta

from gateway.domain.calendars import DAY, elapse
from gateway.domain.escalations import LadderStep
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
