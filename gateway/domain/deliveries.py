"""One message to one address, and what became of it."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.domain.kinds import (
    AddressId,
    AlertId,
    BroadcastId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    Lane,
    MessageId,
    OfficialId,
    ResidentId,
)

PRIORITY: dict[Lane, int] = {Lane.ALERT: 0, Lane.REPLY: 1, Lane.REMINDER: 2, Lane.BROADCAST: 3}

#: What somebody waits for right now, and what is written to many. Neither waits for a batch of the other.
URGENT = frozenset({Lane.ALERT, Lane.REPLY})
ROUTINE = frozenset({Lane.REMINDER, Lane.BROADCAST})

#: A claim is good that long; longer than the slowest send (10 s).
LEASE = timedelta(seconds=30)

#: Waits before the second, third … try; afterwards the delivery has failed and the next address is tried.
RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)

#: Why a copy nobody looked at, and that no other address carries on, is somebody's to phone about.
UNSEEN = "not seen in time"

#: What is sent again when nobody knows whether it arrived: everything but ordinary broadcasts (design 2).
RESENT_WHEN_UNCERTAIN = frozenset({Lane.ALERT, Lane.REPLY, Lane.REMINDER})

SEEN_PATIENCE: dict[Lane, timedelta] = {
    Lane.ALERT: timedelta(minutes=5),
    Lane.REPLY: timedelta(hours=2),
    Lane.REMINDER: timedelta(hours=2),
    Lane.BROADCAST: timedelta(hours=2),
}


#: What is sent there has reached nobody before somebody looks.
LOOKED_AT = frozenset({ChannelName.WEBCHAT, ChannelName.WEBPUSH})


@dataclass(frozen=True, slots=True)
class Message:
    """Words to be: a template, the values for its holes, one language, one person."""

    id: MessageId
    template: str
    lane: Lane
    language: str
    values: dict[str, Any]
    created_at: datetime
    resident_id: ResidentId | None = None
    official_id: OfficialId | None = None
    alert_id: AlertId | None = None
    broadcast_id: BroadcastId | None = None
    dedup_key: str | None = None
    desk_id: AddressId | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    id: DeliveryId
    message_id: MessageId
    address_id: AddressId
    channel: ChannelName
    handle: str
    lane: Lane
    state: DeliveryState
    attempt: int
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None = None
    seen_at: datetime | None = None
    why: str | None = None
    desk_id: AddressId | None = None
    fallback_at: datetime | None = None

    @property
    def carries(self) -> bool:
        """Whether this copy may still reach somebody: not one that failed, nor one nobody looked at in time."""
        overlooked = self.state is DeliveryState.SENT and self.channel in LOOKED_AT and self.fallback_at is None
        return self.state is not DeliveryState.FAILED and not overlooked


def next_try(attempt: int) -> timedelta | None:
    """How long to wait after this many tries; None when it was tried often enough."""
    return RETRY_AFTER[attempt - 1] if attempt <= len(RETRY_AFTER) else None


def after_quiet_hours(moment: datetime, starts: time, ends: time, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into (22:00-07:00 local, DEF-13)."""
    local = moment.astimezone(zone)
    in_quiet = (local.time() >= starts or local.time() < ends) if starts > ends else (starts <= local.time() < ends)
    if not in_quiet:
        return moment
    day = local.date() + timedelta(days=1) if local.time() >= starts and starts > ends else local.date()
    return datetime.combine(day, ends, zone).astimezone(moment.tzinfo)


def utf8_size(text: str) -> int:
    return len(text.encode())


def in_parts(text: str, room: int, size: Callable[[str], int] = utf8_size) -> list[str]:
    """The text in as few parts as fit into `room` each, cut at line ends, and inside a line only where it has to be.

    Never inside a character, nor between a letter and what is drawn upon it. Joined, the parts are the text.
    """
    parts: list[str] = []
    part = ""
    for line in text.splitlines(keepends=True):
        rest = line
        while size(part + rest) > room:
            if part:
                parts.append(part)
                part = ""
                continue
            cut = _longest(rest, room, size)
            parts.append(rest[:cut])
            rest = rest[cut:]
        part += rest
    return [*parts, part] if part else parts


def _longest(line: str, room: int, size: Callable[[str], int]) -> int:
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(line[:middle]) <= room else (low, middle - 1)
    while 1 < low < len(line) and (line[low - 1] == _JOINER or _drawn_upon(line[low])):
        low -= 1
    return low


_JOINER = "\u200d"


def _drawn_upon(sign: str) -> bool:
    return sign == _JOINER or unicodedata.category(sign) in ("Mn", "Me")
