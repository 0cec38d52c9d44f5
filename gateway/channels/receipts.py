"""What goes into a channel and what comes back.

    SendFailure
      x Temporary   surely not sent; try again, after exactly `retry_after` where the other side named it
      x Permanent   surely not sent, and this address will not work: `blocked` tells the ladder at once
      x Uncertain   nobody can know whether it was sent; what follows is decided per message class

A channel never retries by itself: the delivery's row decides, so that two workers cannot both be patient.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from gateway.domain.kinds import ChannelName, DeliveryId, Lane

Button = tuple[str, str]
Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address. `address` is the handle within the channel; a button is (label, callback data)."""

    delivery_id: DeliveryId
    address: str
    text: str
    plain: str
    lane: Lane
    buttons: Rows = ()
    protect: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took it. `moved_to` is the handle to use from now on; `fallback` says the plain text was sent."""

    reference: str
    moved_to: str | None = None
    fallback: bool = False


class SendFailure(Exception):
    """`reason` is a word for the ledger, never the other side's text: that may quote the message."""

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


class Uncertain(SendFailure):
    pass


class Channel(Protocol):
    @property
    def name(self) -> ChannelName: ...

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand over once. Raises `Temporary`, `Permanent` or `Uncertain`."""
        ...

    async def close(self) -> None: ...
