"""How days, months and hours are counted (DEF-01 … DEF-12). The notices do not say; a pack's conventions do."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Moment = date | datetime
"""What people know of an event: its day, or its instant."""

DAY = timedelta(days=1)


def day_of(moment: Moment, zone: tzinfo) -> date:
    """The calendar day on which something happened, as people there write it (DEF-01)."""
    if isinstance(moment, datetime):
        return moment.astimezone(zone).date()
    return moment


def instant_of(moment: Moment, zone: tzinfo) -> datetime:
    """The instant of an event; one of which only the day is known counts from 00:00 of that day."""
    if isinstance(moment, datetime):
        return moment.astimezone(zone)
    return datetime.combine(moment, time.min, zone)


def elapse(start: datetime, span: timedelta) -> datetime:
    """Exact elapsed time (DEF-06), also across a change of the clocks."""
    return (start.astimezone(UTC) + span).astimezone(start.tzinfo)


def plus_months(day: date, months: int) -> date:
    """Calendar months, clamped to the month's end: 30 November and three months is 28 February (DEF-07)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
