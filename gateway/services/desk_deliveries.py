"""Speaking to desks: what waits for one robot, mailbox or group becomes one message, urgent first.

pending -> sending (committed) -> sent | retry | failed | uncertain, as for people; but one message settles many
deliveries, and the row of the desk is what keeps two processes from speaking to it at once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from gateway.channels.receipts import (
    Channel,
    Outgoing,
    Permanent,
    Receipt,
    SendFailure,
    Target,
    Technical,
    Temporary,
    Uncertain,
)
from gateway.clock import Clock
from gateway.domain.deliveries import RESENT_WHEN_UNCERTAIN, next_try
from gateway.domain.desk_addresses import STALE, DeskAddress, fitting, room_of, up_to_a_beat
from gateway.domain.escalations import LadderStep
from gateway.domain.kinds import (
    AddressId,
    AlertKind,
    ChannelName,
    DeliveryId,
    DeliveryState,
    DeskState,
    Lane,
    Level,
    Role,
    Severity,
)
from gateway.domain.scopes import Scope
from gateway.messages.words import Words
from gateway.record.deliveries import Claimed, Sent
from gateway.record.desk_addresses import Sealed
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.outbox import DESK
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("desks")
#: Of a message's room, what the head, the numbers and the link of a digest need.
_FRAME = 350
_NUMBERED = 6
PAUSED_TOO_LONG = "paused too long"


@dataclass(frozen=True, slots=True)
class Saying:
    """One message to a desk and what it settles."""

    desk: DeskAddress
    sealed: Sealed
    claimed: tuple[Claimed, ...]
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class DeskDeliveryService:
    transactions: Transactions
    words: Words
    channels: Mapping[ChannelName, Channel]
    alerts: AlertService
    clock: Clock
    public_gateway_url: str

    async def speak_due(self) -> int:
        """Speak to every desk for which something is due; how many were spoken to. Again while it is not zero."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            await work.deliveries.expire_at_desks(now - STALE, PAUSED_TOO_LONG)
            due = await work.desk_addresses.due(now)
        spoken: list[bool] = []
        async with asyncio.TaskGroup() as group:
            for desk_id in due:
                group.create_task(self._speak_alone(desk_id, spoken))
        return sum(spoken)

    async def _speak_alone(self, desk_id: AddressId, spoken: list[bool]) -> None:
        """Whatever happens at one desk, the others hear; what is left is claimed again when its lease ends."""
        try:
            spoken.append(await self.speak(desk_id))
        except Exception as error:
            log.error("a desk was left to its lease", desk=str(desk_id), error=type(error).__name__)

    async def speak(self, desk_id: UUID) -> bool:
        """Say what waits there, when it is this desk's turn; else the clock will ask again at its turn."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            desk = await work.desk_addresses.find(desk_id, lock=True)
            if desk is None or desk.state is not DeskState.ACTIVE:
                return False
            first = await work.deliveries.first_lane_at(desk.id, now)
            if first is None:
                return False
            turn = desk.next_turn(urgent=first is Lane.ALERT)
            if turn is not None and turn > now:
                work.wake(DESK, desk.id, turn)
                return False
            saying = await self._claim(work, desk, await work.deliveries.waiting_at(desk.id, now), now)
        await self._say(saying)
        return True

    async def _claim(self, work: Work, desk: DeskAddress, waiting: Sequence[Claimed], now: datetime) -> Saying:
        sealed = await work.desk_addresses.sealed(desk)
        calling = bool(sealed.mentions) and waiting[0].message.lane is Lane.ALERT
        room = room_of(desk.channel, calling=calling) - _FRAME
        lines = fitting((self._line(one, desk) for one in waiting), room, beside=_NUMBERED)
        claimed = await work.deliveries.claim_at(waiting[: len(lines)], now)
        left = len(waiting) - len(claimed)
        await work.desk_addresses.save(desk.spoken(now, left_over=left > 0))
        if left:
            work.wake(DESK, desk.id, up_to_a_beat(now + desk.pace))
        outgoing = self._outgoing(desk, claimed, lines, left)
        return Saying(desk, sealed, tuple(claimed), outgoing)

    def _line(self, one: Claimed, desk: DeskAddress) -> str:
        """A message as a line of a digest: of an alert its first line, of a report all of it."""
        plain = self._plain(one, desk)
        if one.message.alert_id is not None:
            plain = plain.partition("\n")[0]
        return f"{self.words.word('repeat', desk.language)} {plain}" if one.repeated else plain

    def _plain(self, one: Claimed, desk: DeskAddress) -> str:
        said = self.words.say(one.message.template, desk.language, one.values or {}, channel=desk.channel)
        return said.plain.strip()

    def _outgoing(self, desk: DeskAddress, claimed: Sequence[Claimed], lines: Sequence[str], left: int) -> Outgoing:
        first = claimed[0]
        alone = len(claimed) == 1 and not left
        if alone:
            said = self.words.say(first.message.template, desk.language, first.values or {}, channel=desk.channel)
            mark = self.words.word("repeat", desk.language) if first.repeated else ""
            html, plain = f"{mark}\n{said.html}".strip(), f"{mark}\n{said.plain}".strip()
        else:
            urgent = sum(one.message.lane is Lane.ALERT for one in claimed)
            values = {"count": len(claimed), "urgent": urgent, "lines": list(lines), "more": left}
            said = self.words.say("desk_digest", desk.language, values)
            html, plain = said.html, said.plain
        where = f"/{first.message.alert_id}" if alone and first.message.alert_id else ""
        page = "alerts" if any(one.message.alert_id for one in claimed) else ""
        return Outgoing(
            delivery_id=DeliveryId(first.delivery.id),
            address=desk.handle,
            text=html,
            plain=plain,
            lane=first.message.lane,
            link=self.link(desk.language, f"/console/{page}{where}"),
        )

    def link(self, language: str, path: str) -> tuple[str, str]:
        """Where whoever reads this can act: a robot hears nothing."""
        return self.words.word("open_console", language), self.public_gateway_url.rstrip("/") + path.rstrip("/")

    # handing over

    async def _say(self, saying: Saying) -> None:
        channel = self.channels.get(saying.desk.channel)
        if channel is None:
            await self._failed(saying, Technical("channel not configured"))
            return
        try:
            receipt = await self.hand_over(channel, saying.outgoing, saying.sealed)
        except Temporary as failure:
            await self._later(saying, failure, failure.retry_after)
        except Permanent as failure:
            await self._failed(saying, failure)
        except Uncertain as failure:
            await self._uncertain(saying, failure)
        else:
            await self._sent(saying, receipt)

    async def hand_over(self, channel: Channel, outgoing: Outgoing, sealed: Sealed) -> Receipt:
        """To the first robot of the group whose turn it is. Raises as a channel does: what says most of all of them.

        Mentions call people, so only urgent messages carry them.
        """
        if not sealed.robots:
            return await self._once(channel, outgoing)
        mentions = sealed.mentions if outgoing.lane is Lane.ALERT else ()
        failures: list[Temporary | Permanent] = []
        for robot in sealed.robots:
            try:
                return await self._once(channel, replace(outgoing, target=Target(robot.to, robot.secret, mentions)))
            except (Temporary, Permanent) as failure:
                failures.append(failure)
        raise _telling(failures)

    async def _once(self, channel: Channel, outgoing: Outgoing) -> Receipt:
        try:
            return await channel.send(outgoing)
        except SendFailure:
            raise
        except Exception as error:
            log.error("a channel failed", channel=channel.name.value, error=type(error).__name__)
            raise Uncertain(f"unforeseen: {type(error).__name__}") from error

    # settling

    async def _sent(self, saying: Saying, receipt: Receipt) -> None:
        now = self.clock.now()
        why = receipt.note or ("sent as plain text" if receipt.fallback else None)
        async with self.transactions.begin(_WORK) as work:
            await work.deliveries.sent(
                [Sent(one.delivery, receipt.reference, None, why) for one in saying.claimed], now=now
            )
            if receipt.moved_to is not None:
                await work.desk_addresses.group_moved(saying.desk.handle, receipt.moved_to)

    async def _later(self, saying: Saying, failure: SendFailure, asked_for: timedelta | None) -> None:
        """Exactly when the provider said, which costs no try; else a little longer each time, in the end given up."""
        now = self.clock.now()
        again: list[tuple[Claimed, datetime]] = []
        async with self.transactions.begin(_WORK) as work:
            for one in saying.claimed:
                wait = asked_for or next_try(one.delivery.attempt)
                if wait is None:
                    await work.deliveries.settle(one.delivery, DeliveryState.FAILED, now=now, why=failure.reason)
                    continue
                due_at = up_to_a_beat(now + wait)
                again.append((one, due_at))
                await work.deliveries.settle(
                    one.delivery,
                    DeliveryState.RETRY,
                    now=now,
                    due_at=due_at,
                    why=failure.reason,
                    costs_a_try=asked_for is None,
                )
            if again:
                work.wake(DESK, saying.desk.id, min(at for _, at in again))
            if asked_for is None or asked_for >= timedelta(seconds=30):  # not its own turn alone
                until = now + asked_for if asked_for is not None else None
                await self._note_refusal(work, saying, failure.reason, now, until=until)

    async def _failed(self, saying: Saying, failure: Permanent) -> None:
        """Refused for good. The provider's words stand on each delivery; whoever runs the channel hears of it."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            for one in saying.claimed:
                await work.deliveries.settle(one.delivery, DeliveryState.FAILED, now=now, why=failure.reason)
            await self._note_refusal(work, saying, failure.reason, now, gone=failure.blocked)
            await self._tell_operators(work, saying.desk, now)
        log.warning("a desk was not reached", desk=str(saying.desk.id), channel=saying.desk.channel.value)

    async def _uncertain(self, saying: Saying, failure: SendFailure) -> None:
        """Nobody knows whether the group saw it: said again, marked as a repeat, as for people."""
        if all(one.message.lane in RESENT_WHEN_UNCERTAIN for one in saying.claimed):
            await self._later(saying, failure, None)
            return
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            for one in saying.claimed:
                await work.deliveries.settle(one.delivery, DeliveryState.UNCERTAIN, now=now, why=failure.reason)

    async def _note_refusal(
        self,
        work: Work,
        saying: Saying,
        why: str,
        now: datetime,
        *,
        until: datetime | None = None,
        gone: bool = False,
    ) -> None:
        desk = await work.desk_addresses.get(saying.desk.id)
        await work.desk_addresses.save(desk.refused(why, now, until=until, gone=gone))

    async def _tell_operators(self, work: Work, desk: DeskAddress, now: datetime) -> None:
        """Once a day for each: a robot that is gone looks, to everybody else, like a quiet day."""
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.OPERATIONS,
                severity=Severity.HIGH,
                area="0",
                dedup_key=f"desk:{desk.id}:{now:%Y%m%d}",
                facts={"what": "desk_unreached", "process": desk.label},
                rules=(),
                policy_code="operations",
                ladder=(LadderStep(Level.L4, (Role.ADMINISTRATOR,), now),),
                resolve_within=timedelta(hours=24),
                subject_kind="desk_address",
                subject_id=desk.id,
            ),
        )

    # the clock

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        return [(f"{DESK}:{desk_id}", at) for desk_id, at in await work.desk_addresses.waiting()]


def _telling(failures: Sequence[Temporary | Permanent]) -> SendFailure:
    """Of several robots' refusals the one to act on: the soonest turn, else a later try, else what can be mended."""
    turns = [one for one in failures if isinstance(one, Temporary) and one.retry_after is not None]
    if turns:
        return min(turns, key=lambda one: one.retry_after or timedelta.max)
    for kind in (Temporary, Technical, Permanent):
        for failure in failures:
            if isinstance(failure, kind):
                return failure
    return Technical("no robot is set")
