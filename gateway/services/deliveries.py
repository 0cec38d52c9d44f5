"""Sending: what is due is claimed under a lease, rendered, handed over, and settled by what the channel said.

pending -> sending (committed) -> sent | retry | failed | uncertain; later seen. No transaction is open during a send.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from gateway.channels.receipts import Channel, Outgoing, Permanent, Receipt, SendFailure, Target, Temporary, Uncertain
from gateway.clock import Clock
from gateway.domain.deliveries import (
    LOOKED_AT,
    RESENT_WHEN_UNCERTAIN,
    ROUTINE,
    SEEN_PATIENCE,
    URGENT,
    Delivery,
    Message,
    next_try,
)
from gateway.domain.kinds import ChannelName, DeliveryId, DeliveryState, Lane
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.messages.catalogue import CATALOGUE
from gateway.messages.words import Words
from gateway.record.deliveries import Claimed, Sent
from gateway.record.record import Work
from gateway.services.outbox import DELIVERIES, Manners, in_order
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("deliveries")


@dataclass(frozen=True, slots=True)
class DeliveryService:
    transactions: Transactions
    words: Words
    channels: Mapping[ChannelName, Channel]
    clock: Clock
    manners: Manners
    _leaving_now: list[Delivery] = field(default_factory=list)
    _kept_back: set[DeliveryId] = field(default_factory=set)
    _marking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sent_now: list[Sent] = field(default_factory=list)
    _settling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send_due(self, *, limit: int = 30, lanes: frozenset[Lane] = URGENT | ROUTINE) -> int:
        """Send one batch of what is due in these lanes; how many were taken. Call again while it is not zero."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            claimed = await work.deliveries.claim(now, limit=limit, lanes=lanes)
            pushed = [one.delivery.address_id for one in claimed if one.delivery.channel is ChannelName.WEBPUSH]
            targets = await work.push_subscriptions.of(pushed) if pushed else {}
        async with asyncio.TaskGroup() as group:
            for one in claimed:
                group.create_task(self._send_alone(one, targets.get(one.delivery.address_id)))
        return len(claimed)

    async def _send_alone(self, claimed: Claimed, target: str | None) -> None:
        """Whatever happens to one, the others go out; one left here is claimed again when its lease ends."""
        try:
            await self._send(claimed, target)
        except Exception as error:
            log.error("a delivery was left to its lease", delivery=str(claimed.delivery.id), error=type(error).__name__)

    async def _send(self, claimed: Claimed, target: str | None) -> None:
        delivery, message = claimed.delivery, claimed.message
        channel = self.channels.get(delivery.channel)
        if claimed.values is None:
            await self._settle(delivery, message, DeliveryState.SUPPRESSED, why="the person's data were erased")
            return
        if channel is None:
            await self._gave_up(delivery, message, why="channel not configured", blocked=False)
            return
        if claimed.repeated and message.lane not in RESENT_WHEN_UNCERTAIN:
            await self._settle(delivery, message, DeliveryState.UNCERTAIN, why="interrupted while sending")
            return
        try:
            outgoing = self._outgoing(claimed, target)
        except Exception as error:
            log.error("a message cannot be rendered", template=message.template, error=type(error).__name__)
            await self._gave_up(delivery, message, why="cannot be rendered", blocked=False)
            return
        try:
            receipt = await self._handed_over(channel, outgoing)
        except Temporary as failure:
            await self._wait(delivery, message, failure, failure.retry_after)
        except Permanent as failure:
            await self._gave_up(delivery, message, why=failure.reason, blocked=failure.blocked)
        except Uncertain as failure:
            if message.lane in RESENT_WHEN_UNCERTAIN:
                await self._wait(delivery, message, failure, None)
                return
            await self._settle(delivery, message, DeliveryState.UNCERTAIN, why=failure.reason)
        else:
            await self._sent(delivery, message, receipt)

    async def _handed_over(self, channel: Channel, outgoing: Outgoing) -> Receipt:
        """As the channel's own `send`; what it did not foresee may or may not have gone out."""
        try:
            return await channel.send(outgoing)
        except SendFailure:
            raise
        except Exception as error:
            log.error("a channel failed", channel=channel.name.value, error=type(error).__name__)
            raise Uncertain(f"unforeseen: {type(error).__name__}") from error

    def _outgoing(self, claimed: Claimed, target: str | None) -> Outgoing:
        message, delivery = claimed.message, claimed.delivery
        if delivery.channel is ChannelName.WEBPUSH:  # a lock screen learns that there is something, not what
            notice = self.words.word("push.notice", message.language)
            return Outgoing(
                delivery_id=delivery.id,
                address=delivery.handle,
                text=notice,
                plain=notice,
                lane=message.lane,
                target=Target(target) if target is not None else None,
            )
        said = self.words.say(message.template, message.language, claimed.values or {}, channel=delivery.channel)
        html, plain = said.html, said.plain
        if claimed.repeated:
            mark = self.words.word("repeat", message.language)
            html, plain = f"<i>{mark}</i>\n{html}", f"{mark}\n{plain}"
        outgoing = Outgoing(
            delivery_id=delivery.id,
            address=delivery.handle,
            text=html,
            plain=plain,
            lane=message.lane,
            buttons=said.buttons,
            protect=CATALOGUE[message.template].protect,
        )
        if message.lane in RESENT_WHEN_UNCERTAIN:
            return outgoing
        return replace(outgoing, leaving=partial(self._leaves, delivery))

    async def _leaves(self, delivery: Delivery) -> None:
        """What may not go out twice is on record as begun before it goes: a worker that dies with a lease in its hand
        leaves nobody unsure who was only waiting for a turn. Those of one moment are written down together."""
        self._leaving_now.append(delivery)
        async with self._marking:
            if delivery in self._leaving_now:
                together, begun = self._leaving_now.copy(), set[DeliveryId]()
                self._leaving_now.clear()
                try:
                    async with self.transactions.begin(_WORK) as work:
                        begun = await work.deliveries.begun(together, now=self.clock.now())
                except Exception as error:
                    log.warning("deliveries kept back", count=len(together), error=type(error).__name__)
                self._kept_back.update(one.id for one in together if one.id not in begun)
        if delivery.id in self._kept_back:
            self._kept_back.discard(delivery.id)
            raise Temporary("not on record as begun")

    async def _sent(self, delivery: Delivery, message: Message, receipt: Receipt) -> None:
        now = self.clock.now()
        fallback = now + SEEN_PATIENCE[message.lane] if delivery.channel in LOOKED_AT else None
        why = "sent as plain text" if receipt.fallback else None
        outcome = Sent(delivery, receipt.reference, fallback, why)
        self._sent_now.append(outcome)
        async with self._settling:  # whatever went out while another was written down is written down together
            if outcome in self._sent_now:
                together = self._sent_now.copy()
                self._sent_now.clear()
                async with self.transactions.begin(_WORK) as work:
                    await work.deliveries.sent(together, now=now)
                    for one in together:
                        if one.fallback_at is not None:
                            work.wake("unseen", one.delivery.id, one.fallback_at)
        if receipt.moved_to is not None:
            async with self.transactions.begin(_WORK) as work:
                await work.addresses.moved(delivery.address_id, receipt.moved_to)

    async def _wait(
        self, delivery: Delivery, message: Message, failure: SendFailure, asked_for: timedelta | None
    ) -> None:
        """Try later: exactly when the other side said, else a little longer each time. Asked-for waits cost no try."""
        wait = asked_for or next_try(delivery.attempt)
        if wait is None:
            await self._gave_up(delivery, message, why=failure.reason, blocked=False)
            return
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            await work.deliveries.settle(
                delivery,
                DeliveryState.RETRY,
                now=now,
                due_at=now + wait,
                why=failure.reason,
                costs_a_try=asked_for is None,
            )
            work.wake(DELIVERIES, int((now + wait).timestamp() * 1000), now + wait)

    async def _gave_up(self, delivery: Delivery, message: Message, *, why: str, blocked: bool) -> None:
        """This address does not work. The next one is tried; with none left, the ladder moves on at once."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            if not await work.deliveries.settle(delivery, DeliveryState.FAILED, now=now, why=why):
                return
            if blocked:
                await work.addresses.set_state(delivery.address_id, "blocked")
                if delivery.channel is ChannelName.WEBPUSH:
                    await work.push_subscriptions.remove(delivery.address_id)
            if await self._next_address(work, delivery, message, now):
                return
            if message.alert_id is not None:
                work.wake("unreached", message.alert_id, now)
            elif message.resident_id is not None and message.official_id is None:
                await self._nobody_heard(work, message, now)
        log.warning("delivery failed", delivery=str(delivery.id), channel=delivery.channel.value, why=why)

    async def _next_address(self, work: Work, delivery: Delivery, message: Message, now: datetime) -> bool:
        """Whether another address still carries this message: one under way already, or the next one tried now."""
        copies = await work.deliveries.of_message(message.id)
        if any(one.id != delivery.id and one.carries for one in copies):
            return True
        others: list[Address] = []
        if message.official_id is not None:
            others = await work.addresses.of_officials([message.official_id])
        elif message.resident_id is not None:
            others = await work.addresses.of_residents([message.resident_id])
        tried = {one.address_id for one in copies}
        alert = await work.alerts.find(message.alert_id) if message.alert_id is not None else None
        order = in_order(others, alert.channels if alert is not None else ())
        left = [address for address in order if address.id not in tried]
        if not left:
            return False
        due_at = await self._may_leave_at(work, delivery, message, now)
        await work.deliveries.add(
            replace(
                delivery,
                id=DeliveryId(work.new_id()),
                address_id=left[0].id,
                channel=left[0].channel,
                handle=left[0].handle,
                state=DeliveryState.PENDING,
                attempt=0,
                due_at=due_at,
                created_at=now,
                sent_at=None,
                fallback_at=None,
            )
        )
        work.wake(DELIVERIES, int(due_at.timestamp() * 1000), due_at)
        return True

    async def _may_leave_at(self, work: Work, delivery: Delivery, message: Message, now: datetime) -> datetime:
        """A routine message that nobody saw in the evening wakes nobody at night, unless it was let through at once."""
        if message.lane not in ROUTINE or message.resident_id is None:
            return now
        reader = await work.residents.get(message.resident_id)
        let_through = delivery.due_at < self.manners.after_quiet(delivery.created_at, reader)
        return now if let_through else self.manners.after_quiet(now, reader)

    async def _settle(self, delivery: Delivery, message: Message, state: DeliveryState, *, why: str) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.deliveries.settle(delivery, state, now=self.clock.now(), why=why)
        log.info("delivery settled", delivery=str(delivery.id), lane=message.lane.value, state=state.value)

    async def seen(self, delivery_id: DeliveryId, channel: ChannelName, handle: str) -> None:
        """The chat it went to showed it; whoever was said to be unreachable is reached. No other chat can have."""
        async with self.transactions.begin(_WORK) as work:
            if not await work.deliveries.went_to(delivery_id, channel, handle):
                return
            work.forget("unseen", delivery_id)
            seen = await work.deliveries.seen(delivery_id, self.clock.now())
            if seen is not None:
                work.wake("reached", seen, self.clock.now())

    async def pass_on_unseen(self) -> int:
        """What nobody saw in time goes to the next address; alerts are told so (their ladder climbs anyway)."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            unseen = await work.deliveries.unseen(now)
            for delivery in unseen:
                message = await work.deliveries.message(delivery.message_id)
                if message is None:
                    continue
                passed_on = await self._next_address(work, delivery, message, now)
                if not passed_on and message.lane is not Lane.ALERT and message.resident_id is not None:
                    await work.deliveries.left_unseen(delivery.id)
                    await self._nobody_heard(work, message, now)
        return len(unseen)

    @staticmethod
    async def _nobody_heard(work: Work, message: Message, now: datetime) -> None:
        """Somebody has to phone: about a duty for each person, about a message to many once for each grid."""
        if message.broadcast_id is None:
            work.wake("unreachable", message.resident_id, now)
        elif (area := await work.broadcasts.area_of(message.id)) is not None:
            work.wake("uncalled", f"{message.broadcast_id}:{area}", now)
