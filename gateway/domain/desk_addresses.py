"""Where a desk hears beside its people: which group, when it is spoken to next, and how much goes into one message.

A group is a person's attention too: what comes within a minute is said in one message, urgent first. What is urgent
waits only for the robot's own pace.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from gateway.domain.deliveries import utf8_size
from gateway.domain.kinds import AddressId, ChannelName, DeskState, Hears, Role

#: What comes for one desk within this is one message.
TOGETHER = timedelta(minutes=1)
#: Messages a minute of one robot; the providers shut one out above 20 (docs: reliability of group robots).
A_MINUTE = 18
#: A little more than the budget's own step, so that whoever comes at this pace is never sent away.
_APART = timedelta(minutes=1) / A_MINUTE * 1.02
#: Daily reports are spread over this much around three minutes past their time: robots meet crowds at :00 and :30.
SPREAD = timedelta(minutes=6)
#: What waited longer than this at a paused address says nothing any more.
STALE = timedelta(hours=24)

#: Bytes of text in one message, by channel; some are left for the link, the mentions and the envelope.
ROOM: dict[ChannelName, int] = {
    ChannelName.DINGTALK: 15_000,
    ChannelName.WECOM: 3_700,
    ChannelName.FEISHU: 12_000,
    ChannelName.TELEGRAM: 3_600,
    ChannelName.EMAIL: 200_000,
    ChannelName.SMS: 400,
    ChannelName.APPRISE: 3_000,
}
#: WeCom calls people by name only in its short texts.
WECOM_CALLING = 1_900
#: What an address of these channels is a secret of; the others are chats.
SEALED = frozenset(ROOM) - {ChannelName.TELEGRAM}
ROBOTS = (ChannelName.DINGTALK, ChannelName.WECOM, ChannelName.FEISHU)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
_MAILBOX = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}")
_NUMBER = re.compile(r"\+?\d{5,15}")
_SERVICE = re.compile(r"[a-z][a-z0-9+.-]{1,30}://\S{1,2000}")


@dataclass(frozen=True, slots=True)
class Robot:
    """One of the robots (or the one mailbox, number, service) an address leads to."""

    to: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeskAddress:
    """`handle` is the chat of a Telegram group, else only a name. `crowded`: the last message left something over."""

    id: AddressId
    area: str
    channel: ChannelName
    handle: str
    label: str
    language: str
    roles: tuple[Role, ...]
    hears: tuple[Hears, ...]
    created_at: datetime
    state: DeskState = DeskState.ACTIVE
    robots: int = 1
    crowded: bool = False
    spoke_at: datetime | None = None
    blocked_until: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    tested: tuple[str, ...] = ()
    tested_at: datetime | None = None

    @property
    def pace(self) -> timedelta:
        """Between two messages; several robots of one group take turns."""
        return _APART / max(1, self.robots)

    def next_turn(self, *, urgent: bool) -> datetime | None:
        """When it may be spoken to again; None: at any time."""
        turns = [] if self.blocked_until is None else [self.blocked_until]
        if self.spoke_at is not None:
            turns.append(self.spoke_at + (self.pace if urgent or self.crowded else TOGETHER))
        return up_to_a_beat(max(turns)) if turns else None

    def spoken(self, now: datetime, *, left_over: bool) -> "DeskAddress":
        return replace(self, spoke_at=now, crowded=left_over, blocked_until=None)

    def refused(self, why: str, now: datetime, *, until: datetime | None = None, gone: bool = False) -> "DeskAddress":
        """The provider's words are kept; `gone` says that only a person can mend it."""
        state = DeskState.STOPPED if gone else self.state
        return replace(self, last_error=why, last_error_at=now, blocked_until=until or self.blocked_until, state=state)


def room_of(channel: ChannelName, *, calling: bool) -> int:
    """Bytes of text that one message to a desk may have; `calling` people by name."""
    if calling and channel is ChannelName.WECOM:
        return WECOM_CALLING
    return ROOM.get(channel, WECOM_CALLING)


def up_to_a_beat(moment: datetime) -> datetime:
    """The clock's beats are milliseconds; asked a fraction too early, it would ask for ever."""
    return moment + timedelta(microseconds=-moment.microsecond % 1000)


def fitting(lines: Iterable[str], room: int, *, beside: int = 0) -> list[str]:
    """Of these lines the first ones that fit into one message, each with so much `beside` it; at least one, cut."""
    taken: list[str] = []
    for line in lines:
        size = utf8_size(line) + beside + 1
        if size > room and taken:
            break
        taken.append(clipped(line, room - beside))
        room -= size
    return taken


def clipped(line: str, room: int) -> str:
    """The line, cut where it would not fit even alone."""
    if utf8_size(line) <= room:
        return line
    return line.encode()[: max(0, room - 3)].decode("utf-8", "ignore") + "…"


def spread(desk: AddressId, day: date) -> timedelta:
    """When a daily report goes out after its time: the same desk, the same day, the same minute."""
    chance = random.Random(f"{desk}:{day.isoformat()}")
    return timedelta(seconds=chance.randrange(int(SPREAD.total_seconds())))


def robot_pasted(channel: ChannelName, pasted: str) -> Robot | None:
    """What an administrator pasted: the whole webhook address or its token, and after a blank the secret.

    None where it is nothing of this channel. Only the token is kept: where messages go is for the settings to say.
    """
    words = pasted.split()
    if not words or len(words) > 2:
        return None
    to, secret = words[0], words[1] if len(words) == 2 else None
    if channel is ChannelName.EMAIL:
        return Robot(to) if _MAILBOX.fullmatch(to) and secret is None else None
    if channel is ChannelName.SMS:
        return Robot(to) if _NUMBER.fullmatch(to) and secret is None else None
    if channel is ChannelName.APPRISE:
        return Robot(to) if _SERVICE.fullmatch(to) and secret is None else None
    if channel not in ROBOTS:
        return None
    token = _token(channel, to)
    return Robot(token, secret) if token and _TOKEN.fullmatch(token) else None


def _token(channel: ChannelName, pasted: str) -> str | None:
    if "://" not in pasted:
        return pasted
    parts = urlsplit(pasted)
    if channel is ChannelName.FEISHU:
        return parts.path.rstrip("/").rpartition("/")[2] if "/hook/" in parts.path else None
    query = parse_qs(parts.query)
    return query.get("access_token" if channel is ChannelName.DINGTALK else "key", [None])[0]
