"""A channel that keeps what it was given: stories, drills and the contract test."""

from collections import deque
from dataclasses import dataclass, field

from gateway.channels.receipts import Outgoing, Receipt, SendFailure
from gateway.domain.kinds import ChannelName, DeliveryId


@dataclass(slots=True)
class MemoryChannel:
    name: ChannelName = ChannelName.MEMORY
    heard: list[Outgoing] = field(default_factory=list)
    failures: deque[SendFailure] = field(default_factory=deque)
    references: dict[DeliveryId, str] = field(default_factory=dict)

    async def send(self, outgoing: Outgoing) -> Receipt:
        if self.failures:
            raise self.failures.popleft()
        self.heard.append(outgoing)
        reference = f"{outgoing.address}:{len(self.heard)}"
        self.references[outgoing.delivery_id] = reference
        return Receipt(reference)

    def heard_by(self, address: str) -> list[Outgoing]:
        return [outgoing for outgoing in self.heard if outgoing.address == address]

    def fail_next(self, *failures: SendFailure) -> None:
        """The next sends meet these, in order."""
        self.failures.extend(failures)

    async def close(self) -> None:
        """Nothing is held open."""
