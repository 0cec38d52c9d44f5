"""What the robots of group chats have in common: a webhook that takes one JSON message and answers 200 to everything.

Whether it was taken stands in the body. A robot hears nothing: buttons are left out, and a link leads to the console.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway.channels.pacing import RobotPacer, robot_of
from gateway.channels.posting import Answer, Poster
from gateway.channels.receipts import (
    Outgoing,
    Permanent,
    Receipt,
    SendFailure,
    Target,
    Technical,
    Temporary,
    Uncertain,
    said_by_provider,
)
from gateway.clock import Clock
from gateway.domain.deliveries import in_parts
from gateway.domain.kinds import ChannelName


@dataclass(frozen=True, slots=True)
class Call:
    """One message as the product wants it: the path under the service's address, and the body."""

    path: str
    body: dict[str, Any]


class Dialect(Protocol):
    """What one product says differently."""

    @property
    def name(self) -> ChannelName: ...

    def room(self, target: Target) -> int:
        """How much `size` a text may have."""
        ...

    def size(self, text: str) -> int: ...

    def call(self, text: str, outgoing: Outgoing, target: Target, now: datetime, *, last: bool) -> Call: ...

    def verdict(self, answer: dict[str, Any], status: int) -> SendFailure | None:
        """None where the message was taken."""
        ...


@dataclass
class RobotChannel:
    dialect: Dialect
    pacer: RobotPacer
    clock: Clock
    api_url: str
    poster: Poster = field(default_factory=Poster)

    @property
    def name(self) -> ChannelName:
        return self.dialect.name

    async def send(self, outgoing: Outgoing) -> Receipt:
        target = outgoing.target
        if target is None:
            raise Technical("no robot is set")
        robot = robot_of(self.name, target.to)
        text = outgoing.plain if outgoing.link is None else f"{outgoing.plain}\n{self._linked(outgoing.link)}"
        pieces = in_parts(text, self.dialect.room(target), self.dialect.size)
        for number, piece in enumerate(pieces):
            try:
                if number:
                    await self.pacer.next_turn(robot, outgoing.lane)
                else:
                    await self.pacer.turn(robot, outgoing.lane)
                await self._hand_over(piece, outgoing, target, robot, last=number == len(pieces) - 1)
            except (Temporary, Permanent) as failure:
                if number:  # the first part is on everybody's screen: neither "not sent" nor "sent" is true
                    raise Uncertain(f"part {number + 1}: {failure.reason}") from failure
                raise
        return Receipt(outgoing.delivery_id.hex)  # robots give no number of their own

    async def _hand_over(self, text: str, outgoing: Outgoing, target: Target, robot: str, *, last: bool) -> None:
        call = self.dialect.call(text, outgoing, target, self.clock.now(), last=last)
        body = json.dumps(call.body, ensure_ascii=False).encode()
        url = f"{self.api_url.rstrip('/')}{call.path}"
        answer = await self.poster.send("POST", url, body=body, headers={"Content-Type": "application/json"})
        failure = self._failure(answer)
        if isinstance(failure, Temporary) and failure.retry_after is not None:
            await self.pacer.pause(robot, failure.retry_after)
        if failure is not None:
            raise failure

    def _failure(self, answer: Answer) -> SendFailure | None:
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = None
        if isinstance(value, dict):
            return self.dialect.verdict(value, answer.status)
        if answer.status < 400 or answer.status >= 500:
            return Uncertain(f"answered {answer.status}, not readable")
        return Temporary(said_by_provider(answer.status, "without a reason"))

    def _linked(self, link: tuple[str, str]) -> str:
        label, url = link
        return f"{label}: {url}"

    async def close(self) -> None:
        await self.poster.close()


def json_size(text: str) -> int:
    """Bytes of the text inside a JSON body: quotes and line ends take two."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def refused(
    code: int,
    words: object,
    *,
    permanent: frozenset[int],
    technical: frozenset[int],
    waits: dict[int, timedelta],
) -> SendFailure:
    """A code of the provider as one of our classes. What nobody knows is tried again, and given up in the end."""
    said = said_by_provider(code, words)
    if code in waits:
        return Temporary(said, retry_after=waits[code])
    if code in permanent:
        return Permanent(said, blocked=True)
    if code in technical:
        return Technical(said)
    return Temporary(said)
