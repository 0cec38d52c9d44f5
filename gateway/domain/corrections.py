"""Taking an earlier self-report back, or putting a right one in its place. The report itself stays on record."""

from datetime import datetime, timedelta

#: DEFAULT: no notice says for how long; afterwards officials have long acted on it, and only they change what follows.
CORRECTABLE_FOR = timedelta(days=30)


def is_correctable(reported_at: datetime, withdrawn_at: datetime | None, now: datetime) -> bool:
    """Whether whoever reported it may still change it by themselves."""
    return withdrawn_at is None and now - reported_at <= CORRECTABLE_FOR
