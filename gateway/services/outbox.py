"""What must be said, written in the same transaction as the change it speaks of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.domain.alerts import Alert
from gateway.domain.broadcasts import ERASED, NO_ADDRESS, SAME_ADDRESS
from gateway.domain.deliveries import Delivery, Message, after_quiet_hours
from gateway.domain.desk_addresses import DeskAddress, spread
from gateway.domain.kinds import (
    AddressId,
    BroadcastId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    Lane,
    MessageId,
    RecipientState,
    ResidentId,
)
from gateway.domain.people import Address, Resident
from gateway.domain.scopes import Official
from gateway.record.record import Work
from gateway.record.vault import DataKey

#: One wake-up stands for every delivery that is due: the sender claims from the record, urgent lanes first.
DELIVERIES = "deliveries"

#: One wake-up per desk: whoever speaks to it takes all that waits.
DESK = "desk"

CAPPED = "daily cap"
DUTY = "a duty, beyond the daily cap"
STOPPED = "the resident stopped routine messages"
QUIET = "quiet hours"

#: Channels that reach a pocket come first; a web page has to be open to be seen.
_ORDER = (
    ChannelName.TELEGRAM,
    ChannelName.MEMORY,
    ChannelName.WEBCHAT,
    ChannelName.WEBPUSH,
    ChannelName.SMS,
    ChannelName.EMAIL,
)


@dataclass(frozen=True, slots=True)
class Manners:
    """When routine messages wait, and how many a day are enough (DEF-13; cap DEFAULT 6)."""

    zone: ZoneInfo
    quiet_from: time = time(22)
    quiet_to: time = time(7)
    routine_a_day: int = 6

    def after_quiet(self, moment: datetime, reader: Resident | None = None) -> datetime:
        """The moment, or the end of the quiet hours it falls into: those a resident chose, else the house's."""
        if reader is not None and reader.quiet_from is not None and reader.quiet_to is not None:
            return after_quiet_hours(moment, reader.quiet_from, reader.quiet_to, self.zone)
        return after_quiet_hours(moment, self.quiet_from, self.quiet_to, self.zone)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of many: the same template, everybody's own values. `dedup` where it has a key of its own."""

    resident: Resident
    values: dict[str, Any]
    dedup: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """One person's copy of a broadcast, in their own words. `id` is the id of their place in the snapshot."""

    id: MessageId
    reader: Resident | Official
    values: dict[str, Any]


#: What became of a copy when it was handed over: queued, or why not, and the address it goes to.
Handed = tuple[RecipientState, str | None, AddressId | None]


@dataclass(frozen=True, slots=True)
class Outbox:
    manners: Manners

    async def to_officials(
        self,
        work: Work,
        officials: Iterable[Official],
        template: str,
        values: dict[str, Any],
        *,
        now: datetime,
        lane: Lane = Lane.ALERT,
        alert: Alert | None = None,
        dedup: str | None = None,
    ) -> int:
        """To every address of each official, or to the first of the alert's channels they have. How many officials
        have an address that may reach them."""
        everybody = list(officials)
        addresses = await work.addresses.of_officials([official.id for official in everybody])
        key = await key_of(work, alert)
        letters = []
        for official in everybody:
            own = [address for address in addresses if address.official_id == official.id]
            if not own:
                continue
            if alert is not None and alert.channels:
                own = in_order(own, alert.channels)[:1]
            message = Message(
                id=MessageId(work.new_id()),
                template=template,
                lane=lane,
                language=official.language,
                values=values,
                created_at=now,
                resident_id=alert.resident_id if alert else None,
                official_id=official.id,
                alert_id=alert.id if alert else None,
                dedup_key=f"{dedup}:{official.id}" if dedup else None,
            )
            letters.append((message, key, _ways(work, message, own, due_at=now)))
        await self._post(work, letters)
        return len(letters)

    async def to_desks(
        self,
        work: Work,
        desks: Iterable[DeskAddress],
        template: str,
        values: dict[str, Any],
        *,
        now: datetime,
        dedup: str,
        alert: Alert | None = None,
        urgent: bool = False,
        daily: bool = False,
    ) -> int:
        """To robots, mailboxes and groups, beside the people themselves: they acknowledge nothing, and no ladder counts
        on them. `values` hold nothing of a person. `daily` reports are spread over some minutes. How many hear it.
        """
        letters: list[tuple[Message, DataKey | None, Sequence[Delivery]]] = []
        for desk in desks:
            message = Message(
                id=MessageId(work.new_id()),
                template=template,
                lane=Lane.ALERT if urgent else Lane.REMINDER,
                language=desk.language,
                values=values,
                created_at=now,
                alert_id=alert.id if alert else None,
                dedup_key=f"{dedup}:{desk.id}",
                desk_id=desk.id,
            )
            late = spread(desk.id, now.astimezone(self.manners.zone).date()) if daily else timedelta(0)
            way = Delivery(
                id=DeliveryId(work.new_id()),
                message_id=message.id,
                address_id=desk.id,
                channel=desk.channel,
                handle=desk.handle,
                lane=message.lane,
                state=DeliveryState.PENDING,
                attempt=0,
                due_at=now + late,
                created_at=now,
                desk_id=desk.id,
            )
            letters.append((message, None, [way]))
        kept = await work.deliveries.add_many(letters) if letters else []
        for way in kept:
            work.wake(DESK, way.desk_id, way.due_at)
        return len(kept)

    async def to_resident(
        self,
        work: Work,
        resident: Resident,
        template: str,
        values: dict[str, Any],
        *,
        now: datetime,
        lane: Lane = Lane.REMINDER,
        dedup: str | None = None,
        heeds_quiet_hours: bool = True,
        duty: bool = False,
    ) -> bool:
        """To the resident's first address, or to the family member who speaks for them. False: nobody to tell.

        Routine pushes wait for the end of the quiet hours; beyond the daily cap they are suppressed, and the ledger
        says why. A duty (a test, a check-in of an isolation) is said beyond the cap too.
        """
        addresses = await work.addresses.of_residents([resident.id])
        if not addresses:
            addresses = await work.addresses.of_residents(await work.residents.guardians(resident.id))
        if not addresses:
            if lane is Lane.REMINDER:
                work.wake("unreachable", resident.id, now)  # somebody has to phone or visit
            return False
        routine = lane in (Lane.REMINDER, Lane.BROADCAST)
        due_at = now
        why = None
        if routine and heeds_quiet_hours:
            due_at = self.manners.after_quiet(now, resident)
            why = QUIET if due_at > now else None
        if lane is Lane.BROADCAST and resident.stopped:
            why = STOPPED
        elif routine and await self._has_heard_enough(work, resident, now):
            why = DUTY if duty else CAPPED
        message = Message(
            id=MessageId(work.new_id()),
            template=template,
            lane=lane,
            language=resident.language,
            values=values,
            created_at=now,
            resident_id=resident.id,
            dedup_key=f"{dedup}:{resident.id}" if dedup else None,
        )
        key = await work.residents.key(resident.id)
        await self._post(work, [(message, key, _ways(work, message, in_order(addresses)[:1], due_at=due_at, why=why))])
        return True

    async def to_residents(
        self,
        work: Work,
        letters: Sequence[Letter],
        template: str,
        *,
        now: datetime,
        dedup: str = "",
    ) -> int:
        """A duty told to many people at once, each in their own words: as `to_resident`, in a few statements.

        How many have somebody who hears it.
        """
        people = [letter.resident.id for letter in letters]
        found = await self._reached(work, people)
        keys = await work.residents.keys(people)
        midnight = datetime.combine(now.astimezone(self.manners.zone).date(), time(), self.manners.zone)
        weary = await work.deliveries.pushed_at_least(people, midnight, self.manners.routine_a_day)
        written: list[tuple[Message, DataKey | None, Sequence[Delivery]]] = []
        for letter in letters:
            resident = letter.resident
            reached = found.get(resident.id, [])
            if resident.id not in keys:
                continue
            if not reached:
                work.wake("unreachable", resident.id, now)
                continue
            message = Message(
                id=MessageId(work.new_id()),
                template=template,
                lane=Lane.REMINDER,
                language=resident.language,
                values=letter.values,
                created_at=now,
                resident_id=resident.id,
                dedup_key=f"{letter.dedup or dedup}:{resident.id}",
            )
            due_at = self.manners.after_quiet(now, resident)
            why = DUTY if resident.id in weary else QUIET if due_at > now else None
            ways = _ways(work, message, in_order(reached)[:1], due_at=due_at, why=why)
            written.append((message, keys[resident.id], ways))
        await self._post(work, written)
        return len(written)

    async def copies(
        self,
        work: Work,
        copies: Sequence[Copy],
        *,
        broadcast: BroadcastId,
        now: datetime,
        duty: bool,
        everywhere: bool,
        once: bool,
        wakes: bool,
    ) -> dict[MessageId, Handed]:
        """A portion of a broadcast, in a few statements. `once`: everybody reads the same, so that an address several
        people share gets it once; `duty`: beyond the daily cap too; `wakes`: in anybody's own quiet hours too."""
        residents = [one.reader.id for one in copies if isinstance(one.reader, Resident)]
        officials = [one.reader.id for one in copies if isinstance(one.reader, Official)]
        reached = await self._reached(work, residents)
        for address in await work.addresses.of_officials(officials) if officials else []:
            if address.official_id is not None:
                reached.setdefault(address.official_id, []).append(address)
        keys = await work.residents.keys(residents)
        midnight = datetime.combine(now.astimezone(self.manners.zone).date(), time(), self.manners.zone)
        weary = await work.deliveries.pushed_at_least(residents, midnight, self.manners.routine_a_day)
        chosen = {
            one.id: in_order(reached[one.reader.id])[: None if everywhere else 1]
            for one in copies
            if one.reader.id in reached
        }
        named = {address.id for addresses in chosen.values() for address in addresses}
        told = await work.broadcasts.told_at(broadcast, named) if once and named else set()
        handed: dict[MessageId, Handed] = {}
        written: list[tuple[Message, DataKey | None, Sequence[Delivery]]] = []
        for one in copies:
            reader = one.reader
            if isinstance(reader, Resident) and reader.id not in keys:
                handed[one.id] = (RecipientState.SUPPRESSED, ERASED, None)
                continue
            addresses = chosen.get(one.id, [])
            if not addresses:
                handed[one.id] = (RecipientState.FAILED, NO_ADDRESS, None)
                continue
            if once and all(address.id in told for address in addresses):
                handed[one.id] = (RecipientState.SUPPRESSED, SAME_ADDRESS, None)
                continue
            told |= {address.id for address in addresses}
            due_at, why = now, None
            if isinstance(reader, Resident):
                due_at = now if wakes else self.manners.after_quiet(now, reader)
                why = STOPPED if reader.stopped else (DUTY if duty else CAPPED) if reader.id in weary else None
                why = why or (QUIET if due_at > now else None)
            held_back = why in (STOPPED, CAPPED)
            message = Message(
                id=one.id,
                template="broadcast",
                lane=Lane.BROADCAST,
                language=reader.language,
                values=one.values,
                created_at=now,
                resident_id=reader.id if isinstance(reader, Resident) else None,
                official_id=reader.id if isinstance(reader, Official) else None,
                broadcast_id=broadcast,
                dedup_key=f"broadcast:{broadcast}:{reader.id}",
            )
            key = keys[reader.id] if isinstance(reader, Resident) else None
            written.append((message, key, _ways(work, message, addresses, due_at=due_at, why=why)))
            handed[one.id] = (
                (RecipientState.SUPPRESSED, why, None) if held_back else (RecipientState.QUEUED, None, addresses[0].id)
            )
        await self._post(work, written)
        return handed

    @staticmethod
    async def _reached(work: Work, people: Sequence[ResidentId]) -> dict[UUID, list[Address]]:
        """Where each is reached: at their own addresses, else at those of the family member who speaks for them."""
        own: dict[UUID, list[Address]] = {}
        for address in await work.addresses.of_residents(people):
            if address.resident_id is not None:
                own.setdefault(address.resident_id, []).append(address)
        guardians = await work.residents.guardians_of([one for one in people if one not in own])
        theirs: dict[ResidentId, list[Address]] = {}
        for address in await work.addresses.of_residents({one for each in guardians.values() for one in each}):
            if address.resident_id is not None:
                theirs.setdefault(address.resident_id, []).append(address)
        for person, speakers in guardians.items():
            if found := [address for one in speakers for address in theirs.get(one, ())]:
                own[person] = found
        return own

    async def _has_heard_enough(self, work: Work, resident: Resident, now: datetime) -> bool:
        midnight = datetime.combine(now.astimezone(self.manners.zone).date(), time(), self.manners.zone)
        return await work.deliveries.routine_pushes_since(resident.id, midnight) >= self.manners.routine_a_day

    async def _post(self, work: Work, letters: Sequence[tuple[Message, DataKey | None, Sequence[Delivery]]]) -> None:
        """Keep them, and wake the senders when the first of them is due."""
        kept = await work.deliveries.add_many(letters)
        for due_at in {delivery.due_at for delivery in kept}:
            work.wake(DELIVERIES, f"{int(due_at.timestamp() * 1000)}", due_at)


def _ways(
    work: Work,
    message: Message,
    addresses: Iterable[Address],
    *,
    due_at: datetime,
    why: str | None = None,
) -> list[Delivery]:
    """A delivery of this message to each of these addresses."""
    return [
        Delivery(
            id=DeliveryId(work.new_id()),
            message_id=message.id,
            address_id=address.id,
            channel=address.channel,
            handle=address.handle,
            lane=message.lane,
            state=DeliveryState.SUPPRESSED if why in (STOPPED, CAPPED) else DeliveryState.PENDING,
            attempt=0,
            due_at=due_at,
            created_at=message.created_at,
            why=why,
        )
        for address in addresses
    ]


async def key_of(work: Work, alert: Alert | None) -> DataKey | None:
    """Under whose key words about this alert are sealed: the resident's, else the house's."""
    if alert is None or alert.resident_id is None:
        return None
    return await work.residents.key(alert.resident_id)


def in_order(addresses: Iterable[Address], channels: Sequence[ChannelName] = ()) -> list[Address]:
    """The addresses as they are tried: by these channels first, then as usual."""
    order = [*channels, *(one for one in _ORDER if one not in channels)]
    return sorted(addresses, key=lambda address: order.index(address.channel))


def channel_order() -> tuple[ChannelName, ...]:
    """Which channel of somebody's is tried first."""
    return _ORDER
