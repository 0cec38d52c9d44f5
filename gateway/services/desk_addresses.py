"""The channels of an area: robots, mailboxes and groups, added, tried out, paused and taken away by its desks."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from gateway.channels.receipts import Channel, Outgoing, SendFailure, Target
from gateway.clock import Clock
from gateway.domain.desk_addresses import ROBOTS, DeskAddress, Robot, robot_pasted
from gateway.domain.kinds import AddressId, ChannelName, DeliveryId, DeskState, Hears, Lane, Role
from gateway.domain.people import Address, normal_phone
from gateway.domain.scopes import Official, Scope
from gateway.errors import N_, Conflict, Forbidden, NotFound, Worded
from gateway.messages.words import Words
from gateway.record.desk_addresses import DeskAddressNotFound, Sealed
from gateway.record.record import Work
from gateway.services.desk_deliveries import DeskDeliveryService
from gateway.services.glances import glanced
from gateway.services.outbox import DESK
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("desks")
KEEPING = (Role.COUNTY, Role.CITY, Role.PROVINCE)
MOST_ROBOTS = 10
MOST_MENTIONS = 20
LONGEST_LABEL = 60
CODE_LIVES = timedelta(days=1)
A_DAY = timedelta(days=1)


class NotYoursToKeep(Forbidden):
    """Channels are kept by the administrators and desks of the county or above, inside their own area."""


class ChannelIncomplete(Worded):
    """Something about this channel is missing or is not what the product gives out."""


class GroupCodeUnknown(NotFound):
    """This code opens no channel here. Codes are good for a day and once; make a new one under Channels."""


class GroupTaken(Conflict):
    """This group, or this topic of it, is a channel already."""


class ChannelNotConfigured(Conflict):
    """This kind of channel is not set up here: the installation's settings name no server for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel as an administrator describes it; `robots` one a line, as pasted."""

    channel: ChannelName
    label: str
    area: str
    roles: tuple[Role, ...]
    hears: tuple[Hears, ...]
    language: str
    robots: str
    mentions: str = ""


@dataclass(frozen=True, slots=True)
class DeskView:
    """One line of the page: the channel, and how its messages fare."""

    desk: DeskAddress
    counts: Mapping[str, int]

    @property
    def waiting(self) -> int:
        return self.counts.get("pending", 0) + self.counts.get("retry", 0) + self.counts.get("sending", 0)


@dataclass(frozen=True, slots=True)
class DeskAddressService:
    transactions: Transactions
    desks: DeskDeliveryService
    words: Words
    channels: Mapping[ChannelName, Channel]
    clock: Clock

    def kinds(self, official: Official) -> tuple[ChannelName, ...]:
        """What can be added here: the set-up has it, and the official may. Apprise can be pointed anywhere, also
        inwards, so it is for administrators."""
        return tuple(
            kind
            for kind in (*ROBOTS, ChannelName.TELEGRAM, *_OTHERS)
            if kind in self.channels and (kind is not ChannelName.APPRISE or official.may())
        )

    @glanced()
    async def listed(self, *, official: Official) -> list[DeskView]:
        """Those of the own area; with what waits now, and what became of the messages of the last day."""
        if official.scope.area is None:
            return []
        now = self.clock.now()
        async with self.transactions.reading(official.scope) as work:
            desks = await work.desk_addresses.within(official.area)
        async with self.transactions.reading(_WORK) as work:  # their deliveries, whoever the messages are about
            counts = await work.desk_addresses.counts([desk.id for desk in desks], now - A_DAY)
        return [DeskView(desk, counts[desk.id]) for desk in desks]

    async def await_group(self, wanted: Wanted, *, official: Official) -> tuple[DeskAddress, str]:
        """As `add`, for a Telegram group: the channel, and the code that a known official gives in the group.

        The code is shown once and kept nowhere. Raises as `add`.
        """
        desk = await self.add(wanted, official=official)
        code = secrets.token_urlsafe(12)
        async with self.transactions.begin(official.scope) as work:
            await work.desk_addresses.await_group(desk, code, self.clock.now() + CODE_LIVES)
        return desk, code

    async def bind(self, code: str, *, chat: str, topic: int | None, official: Official) -> DeskAddress:
        """The group where this official gave the code is the desk's. Raises GroupCodeUnknown, GroupTaken.

        Only who works inside the desk's area, or above it, may confirm: whoever else holds a code learns nothing.
        """
        now = self.clock.now()
        handle = chat if topic is None else f"{chat}/{topic}"
        async with self.transactions.begin(_WORK) as work:
            desk = await work.desk_addresses.awaiting(code, now)
            if desk is None or official.scope.area is None or not _on_one_line(desk.area, official.area):
                raise GroupCodeUnknown
            if await work.addresses.find(ChannelName.TELEGRAM, handle) is not None:
                raise GroupTaken
            await work.desk_addresses.bind(desk, handle)
            await work.audit.add("channel.bind", "desk_address", desk.id, at=now, by=str(official.id))
        return desk

    async def add(self, wanted: Wanted, *, official: Official) -> DeskAddress:
        """Raises NotYoursToKeep, ChannelNotConfigured, ChannelIncomplete."""
        now = self.clock.now()
        self._may(official, wanted.area)
        if wanted.channel not in self.kinds(official):
            raise ChannelNotConfigured
        sealed = _sealed(wanted)
        async with self.transactions.begin(official.scope) as work:
            desk_id = AddressId(work.new_id())
            desk = DeskAddress(
                id=desk_id,
                area=wanted.area,
                channel=wanted.channel,
                handle=desk_id.hex,
                label=wanted.label.strip(),
                language=wanted.language,
                roles=wanted.roles,
                hears=wanted.hears,
                created_at=now,
                state=DeskState.UNBOUND if wanted.channel is ChannelName.TELEGRAM else DeskState.ACTIVE,
                robots=max(1, len(sealed.robots)),
            )
            await work.addresses.add(Address(desk.id, desk.channel, desk.handle), now=now)
            await work.desk_addresses.add(desk, sealed, by=official.id)
            await work.audit.add("channel.add", "desk_address", desk.id, at=now, area=desk.area, channel=desk.channel)
        return desk

    async def test(self, desk_id: UUID, *, official: Official) -> DeskAddress:
        """Say something through every robot of it; what each provider answers is kept and shown.

        A test that arrives starts a stopped channel again.
        """
        async with self.transactions.begin(official.scope) as work:
            desk = await self._own(work, desk_id, official)
            sealed = await work.desk_addresses.sealed(desk)
        answers = await self._answers(desk, sealed)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            desk = await self._own(work, desk_id, official)
            arrived = any(answer == OK for answer in answers)
            state = DeskState.ACTIVE if arrived and desk.state is DeskState.STOPPED else desk.state
            tested = replace(
                desk,
                tested=tuple(answers),
                tested_at=now,
                state=state,
                blocked_until=None if arrived else desk.blocked_until,
                last_error=None if arrived else desk.last_error,
            )
            await work.desk_addresses.save(tested, by=official.id)
            await work.audit.add("channel.test", "desk_address", desk.id, at=now, arrived=arrived)
            if state is DeskState.ACTIVE:
                work.wake(DESK, desk.id, now)
        return tested

    async def _answers(self, desk: DeskAddress, sealed: Sealed) -> list[str]:
        channel = self.channels.get(desk.channel)
        if channel is None:
            return ["channel not configured"]
        said = self.words.say("desk_test", desk.language, {"label": desk.label, "at": self.clock.now().isoformat()})
        outgoing = Outgoing(
            delivery_id=DeliveryId(self.transactions.record.new_id()),
            address=desk.handle,
            text=said.html,
            plain=said.plain,
            lane=Lane.REMINDER,
            link=self.desks.link(desk.language, "/console/channels"),
        )
        targets: Sequence[Target | None] = [Target(one.to, one.secret) for one in sealed.robots] or [None]
        answers = []
        for target in targets:
            try:
                receipt = await self.desks.hand_over(channel, replace(outgoing, target=target), Sealed())
            except SendFailure as refused:
                answers.append(refused.reason)
            else:
                answers.append(receipt.note or OK)
        return answers

    async def pause(self, desk_id: UUID, *, official: Official) -> None:
        """Nothing new goes there; what waits is kept for a day."""
        await self._become(desk_id, DeskState.PAUSED, "channel.pause", official)

    async def resume(self, desk_id: UUID, *, official: Official) -> None:
        """Also takes back a removal."""
        await self._become(desk_id, DeskState.ACTIVE, "channel.resume", official)

    async def remove(self, desk_id: UUID, *, official: Official) -> None:
        await self._become(desk_id, DeskState.REMOVED, "channel.remove", official)

    async def _become(self, desk_id: UUID, state: DeskState, action: str, official: Official) -> None:
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            desk = await self._own(work, desk_id, official)
            if desk.channel is ChannelName.TELEGRAM and desk.handle == desk.id.hex and state is not DeskState.REMOVED:
                state = DeskState.UNBOUND  # no group has given its code yet
            await work.desk_addresses.save(replace(desk, state=state), by=official.id)
            await work.audit.add(action, "desk_address", desk.id, at=now)
            if state is DeskState.ACTIVE:
                work.wake(DESK, desk.id, now)

    async def _own(self, work: Work, desk_id: UUID, official: Official) -> DeskAddress:
        """Another area's does not exist for the caller; nor does one above, which only hears what happens here."""
        desk = await work.desk_addresses.get(desk_id)
        if not desk.area.startswith(official.area):
            raise DeskAddressNotFound
        self._may(official, desk.area)
        return desk

    def may_keep(self, official: Official) -> bool:
        return official.scope.area is not None and official.may(*KEEPING)

    def _may(self, official: Official, area: str) -> None:
        if not self.may_keep(official) or not area.startswith(official.area):
            raise NotYoursToKeep


OK = "ok"
_OTHERS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.APPRISE)


def _on_one_line(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _sealed(wanted: Wanted) -> Sealed:
    """Raises ChannelIncomplete with what is wrong; the pasted words themselves are not repeated, they are secrets."""
    if not wanted.label.strip() or len(wanted.label.strip()) > LONGEST_LABEL:
        raise ChannelIncomplete(N_("A name is needed, with at most %(most)s characters."), most=LONGEST_LABEL)
    if not wanted.roles:
        raise ChannelIncomplete(N_("Choose at least one role whose alerts are heard here."))
    if not wanted.hears:
        raise ChannelIncomplete(N_("Choose what is heard here: alerts, daily reports, or both."))
    if wanted.channel is ChannelName.TELEGRAM:
        return Sealed()
    lines = [line for line in wanted.robots.splitlines() if line.strip()]
    most = MOST_ROBOTS if wanted.channel in ROBOTS else 1
    if not 1 <= len(lines) <= most:
        raise ChannelIncomplete(N_("Give 1 to %(most)s addresses, one a line."), most=most)
    robots: list[Robot] = []
    for number, line in enumerate(lines, 1):
        robot = robot_pasted(wanted.channel, line)
        if robot is None:
            raise ChannelIncomplete(
                N_("Line %(number)s is not what this product gives out. Paste its address as it is."), number=number
            )
        robots.append(robot)
    mentions = [normal_phone(one) for one in wanted.mentions.replace(",", " ").replace("，", " ").split()]
    if any(len(one) != 11 for one in mentions) or len(mentions) > MOST_MENTIONS:
        raise ChannelIncomplete(
            N_("Numbers to be called are mobile numbers of 11 digits, at most %(most)s."), most=MOST_MENTIONS
        )
    return Sealed(tuple(robots), tuple(mentions))
