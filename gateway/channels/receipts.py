"""What goes into a channel and what comes back.

    SendFailure
      x Temporary   surely not sent; try again, after exactly `retry_after` where the other side named it
      x Permanent   surely not sent, and this address will not work: `blocked` tells the ladder at once
        x Technical surely not sent, and the address is not to blame: a wrong signature, a missing keyword, a set-up
      x Uncertain   nobody can know whether it was sent; what follows is decided per message class

A channel never retries by itself: the delivery's row decides, so that two workers cannot both be patient.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from gateway.domain.kinds import ChannelName, DeliveryId, Lane

Button = tuple[str, str]
Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What an address of a desk keeps sealed: a robot's token, a mailbox, a number, with the secret that signs.

    `mentions` are mobile numbers of those to be called by name, where the product does that.
    """

    to: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    mentions: tuple[str, ...] = field(default=(), repr=False)


async def _unmarked() -> None:
    """Nobody needs to know when it leaves."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address. `address` is the handle within the channel; a button is (label, callback data).

    `link` is (label, URL): the way back for whoever reads on a channel that cannot answer. `target` is set for desks.
    `leaving` is awaited when nothing but the hand-over is left, after every wait for a turn; it raises Temporary where
    the message may not leave. A channel that takes the same delivery again without harm need not call it.
    """

    delivery_id: DeliveryId
    address: str
    text: str
    plain: str
    lane: Lane
    buttons: Rows = ()
    protect: bool = False
    link: Button | None = None
    target: Target | None = None
    leaving: Callable[[], Awaitable[None]] = field(default=_unmarked, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took it. `moved_to` is the handle to use from now on; `fallback` says the plain text was sent;
    `note` is a word for the ledger where being taken says little about arriving."""

    reference: str
    moved_to: str | None = None
    fallback: bool = False
    note: str | None = None


class SendFailure(Exception):
    """`reason` is a word for the ledger, never the other side's text: that may quote the message.

    Desks are the exception: what they are sent names nobody, and whoever set up a robot needs the provider's own words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Temporary(SendFailure):
    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Permanent(SendFailure):
    def __init__(self, reason: str, *, blocked: bool = False) -> None:
        super().__init__(reason)
        self.blocked = blocked


class Technical(Permanent):
    """Trying again helps nobody before somebody changes the set-up; the address itself may be fine."""


class Uncertain(SendFailure):
    pass


def said_by_provider(code: object, words: object) -> str:
    """The provider's own words for the ledger, on one line."""
    return f"{code} {' '.join(str(words).split())}"[:200].strip()


class Channel(Protocol):
    @property
    def name(self) -> ChannelName: ...

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over once. Raises `Temporary`, `Permanent` or `Uncertain`."""
        ...

    async def close(self) -> None: ...
