"""Broadcasts: what was written, who approved exactly that, whom it was for, and what became of each copy."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.deliveries import UNSEEN
from gateway.domain.kinds import (
    AddressId,
    BroadcastId,
    BroadcastState,
    ChannelName,
    DeliveryState,
    MessageId,
    OfficialId,
    RecipientState,
    ResidentId,
    RiskListId,
)
from gateway.domain.scopes import Scope
from gateway.errors import Conflict, NotFound
from gateway.record import tables as t
from gateway.record.recordsets import insert_rows, update_rows
from gateway.record.scoping import area_in, residents_in


class BroadcastNotFound(NotFound):
    """There is no such broadcast in your area."""


class BroadcastChanged(Conflict):
    """Somebody else decided on this broadcast just now; look again."""


class CallNotFound(NotFound):
    """There is no such person on your phone list."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`content` is every word that will be said, per language; `content_hash` names it, the audience and the schedule.
    `audience` says to whom. `figures` is the account as it stands; `waiver` why a finding of the lint may go out."""

    id: BroadcastId
    title: str
    template: str
    content: dict[str, Any]
    audience: dict[str, Any]
    state: BroadcastState
    content_hash: str
    area: str
    created_at: datetime
    created_by: OfficialId | None = None
    approved_by: OfficialId | None = None
    approved_at: datetime | None = None
    finished_at: datetime | None = None
    risk_list_id: RiskListId | None = None
    snapshot: int | None = None
    schedule: dict[str, Any] = field(default_factory=dict)
    authors: list[OfficialId] = field(default_factory=list)
    trail: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    waiver: str | None = None
    next_at: datetime | None = None
    started_at: datetime | None = None
    gathered_at: datetime | None = None
    cursor: UUID | None = None
    corrects: BroadcastId | None = None


@dataclass(frozen=True, slots=True)
class BroadcastRecipient:
    """One of the snapshot. `id` is the id their message has, or will have."""

    id: MessageId
    broadcast_id: BroadcastId
    area: str
    ring: int
    resident_id: ResidentId | None = None
    official_id: OfficialId | None = None
    lines: tuple[str, ...] = ()
    state: RecipientState = RecipientState.WAITING


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody no channel reached, whom a person phones or visits; `call` is what came of it."""

    id: MessageId
    broadcast_id: BroadcastId
    resident_id: ResidentId
    area: str
    state: RecipientState
    why: str | None
    called_at: datetime | None
    called_by: OfficialId | None
    call: str | None


_FIXED = frozenset({"id", "template", "created_at", "created_by", "risk_list_id", "corrects"})
_CHANGING = tuple(name for name in Broadcast.__dataclass_fields__ if name not in _FIXED)
_UNREACHED = (RecipientState.FAILED, RecipientState.UNCERTAIN)
_OPEN = (DeliveryState.PENDING, DeliveryState.RETRY)


class Broadcasts:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, broadcast: Broadcast) -> None:
        await self._connection.execute(
            insert(t.broadcasts).values(**{name: getattr(broadcast, name) for name in Broadcast.__dataclass_fields__})
        )

    async def get(self, broadcast_id: BroadcastId, *, lock: bool = False) -> Broadcast:
        query = select(t.broadcasts).where(t.broadcasts.c.id == broadcast_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise BroadcastNotFound
        return _broadcast(row)

    async def take(self, broadcast_id: BroadcastId) -> Broadcast | None:
        """To carry it on; None while somebody else does, or when it is gone."""
        query = select(t.broadcasts).where(t.broadcasts.c.id == broadcast_id).with_for_update(skip_locked=True)
        row = (await self._connection.execute(query)).mappings().first()
        return _broadcast(row) if row else None

    async def of_list(self, list_id: RiskListId) -> Broadcast | None:
        """The broadcast that goes out with a list; what somebody wrote about the list later is not it."""
        b = t.broadcasts.c
        query = select(t.broadcasts).where(b.risk_list_id == list_id, self._mine()).order_by(b.created_at).limit(1)
        row = (await self._connection.execute(query.with_for_update())).mappings().first()
        return _broadcast(row) if row else None

    async def listed(self, *, states: Sequence[BroadcastState] = (), limit: int = 100) -> list[Broadcast]:
        query = select(t.broadcasts).where(self._mine()).order_by(t.broadcasts.c.created_at.desc()).limit(limit)
        if states:
            query = query.where(t.broadcasts.c.state.in_([state.value for state in states]))
        return [_broadcast(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, broadcast: Broadcast, before: Broadcast) -> None:
        written = await self._connection.execute(
            update(t.broadcasts)
            .where(
                t.broadcasts.c.id == broadcast.id,
                t.broadcasts.c.state == before.state,
                t.broadcasts.c.content_hash == before.content_hash,
                self._mine(),
            )
            .values(**{name: getattr(broadcast, name) for name in _CHANGING})
        )
        if not written.rowcount:
            raise BroadcastChanged

    async def waiting(self) -> list[tuple[BroadcastId, datetime]]:
        """Those with work to do, and when."""
        b = t.broadcasts.c
        query = select(b.id, b.next_at).where(b.next_at.is_not(None)).order_by(b.next_at)
        return [(BroadcastId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # the snapshot

    async def add_recipients(self, recipients: Sequence[BroadcastRecipient]) -> int:
        """Those not in it yet; how many they were."""
        rows = [
            {name: getattr(one, name) for name in BroadcastRecipient.__dataclass_fields__} | {"lines": list(one.lines)}
            for one in recipients
        ]
        written = await insert_rows(
            self._connection, t.broadcast_recipients, rows, on_conflict="ON CONFLICT DO NOTHING", returning="id"
        )
        return len(written)

    async def next_recipients(self, broadcast_id: BroadcastId, *, limit: int) -> list[BroadcastRecipient]:
        """Who hears next, the nearest ring first."""
        r = t.broadcast_recipients.c
        query = (
            select(t.broadcast_recipients)
            .where(r.broadcast_id == broadcast_id, r.state == RecipientState.WAITING)
            .order_by(r.ring, r.id)
            .limit(limit)
        )
        return [
            BroadcastRecipient(
                id=row["id"],
                broadcast_id=row["broadcast_id"],
                area=row["area"],
                ring=row["ring"],
                resident_id=row["resident_id"],
                official_id=row["official_id"],
                lines=tuple(row["lines"]),
                state=RecipientState(row["state"]),
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def settle(self, outcomes: Mapping[MessageId, tuple[RecipientState, str | None, AddressId | None]]) -> None:
        """What became of these; an address once named stays."""
        rows = [
            {"id": recipient, "state": state.value, "why": why, "address_id": address}
            for recipient, (state, why, address) in outcomes.items()
        ]
        await update_rows(self._connection, t.broadcast_recipients, rows, keep_unless_given=("address_id",))

    async def told_at(self, broadcast_id: BroadcastId, addresses: Iterable[AddressId]) -> set[AddressId]:
        """Which of these addresses have a copy already."""
        r = t.broadcast_recipients.c
        query = select(r.address_id).where(r.broadcast_id == broadcast_id, r.address_id.in_(list(addresses)))
        return {AddressId(one) for one in (await self._connection.execute(query)).scalars()}

    async def under_way(self, broadcast_id: BroadcastId) -> dict[MessageId, list[tuple[DeliveryState, str | None]]]:
        """The copies of everybody handed to the senders and not settled: never more than the window."""
        r, d = t.broadcast_recipients.c, t.deliveries.c
        query = (
            select(r.id, d.state, d.why)
            .join(t.deliveries, d.message_id == r.id, isouter=True)
            .where(r.broadcast_id == broadcast_id, r.state == RecipientState.QUEUED)
        )
        found: dict[MessageId, list[tuple[DeliveryState, str | None]]] = {}
        for recipient, state, why in await self._connection.execute(query):
            copies = found.setdefault(MessageId(recipient), [])
            if state is not None:
                copies.append((DeliveryState(state), why))
        return found

    async def suppress_waiting(self, broadcast_id: BroadcastId, why: str, *, limit: int) -> int:
        """Of those nothing was written for yet, a portion; how many."""
        r = t.broadcast_recipients.c
        some = (
            select(r.id).where(r.broadcast_id == broadcast_id, r.state == RecipientState.WAITING).limit(limit)
        ).scalar_subquery()
        written = await self._connection.execute(
            update(t.broadcast_recipients).where(r.id.in_(some)).values(state=RecipientState.SUPPRESSED, why=why)
        )
        return int(written.rowcount)

    async def hold_copies(self, broadcast_id: BroadcastId) -> int:
        """What waits in the senders' queue stays there; what is in the air lands."""
        return await self._move_copies(broadcast_id, _OPEN, state=DeliveryState.HELD)

    async def release_copies(self, broadcast_id: BroadcastId, now: datetime) -> int:
        """Those that wait for the end of somebody's quiet hours go on waiting."""
        return await self._move_copies(
            broadcast_id,
            (DeliveryState.HELD,),
            state=DeliveryState.PENDING,
            due_at=func.greatest(t.deliveries.c.due_at, now),
        )

    async def suppress_copies(self, broadcast_id: BroadcastId, why: str) -> int:
        return await self._move_copies(
            broadcast_id, (*_OPEN, DeliveryState.HELD), state=DeliveryState.SUPPRESSED, why=why
        )

    async def _move_copies(self, broadcast_id: BroadcastId, states: Sequence[DeliveryState], **values: Any) -> int:
        r, d = t.broadcast_recipients.c, t.deliveries.c
        theirs = select(r.id).where(r.broadcast_id == broadcast_id, r.state == RecipientState.QUEUED)
        moved = await self._connection.execute(
            update(t.deliveries).where(d.message_id.in_(theirs), d.state.in_(list(states))).values(**values)
        )
        return int(moved.rowcount)

    async def townships(self, broadcast_id: BroadcastId, digits: int, *, limit: int) -> dict[str, int]:
        """How many of the snapshot are managed in which township, the largest first."""
        r = t.broadcast_recipients.c
        township = func.left(r.area, digits).label("township")
        query = (
            select(township, func.count())
            .where(r.broadcast_id == broadcast_id, func.length(r.area) >= digits)
            .group_by(township)
            .order_by(func.count().desc(), township)
            .limit(limit)
        )
        return {area: people for area, people in await self._connection.execute(query)}

    async def reasons(self, broadcast_id: BroadcastId) -> dict[tuple[RecipientState, str | None], int]:
        """The snapshot counted anew, by what became of people and why."""
        r = t.broadcast_recipients.c
        query = select(r.state, r.why, func.count()).where(r.broadcast_id == broadcast_id).group_by(r.state, r.why)
        return {(RecipientState(state), why): count for state, why, count in await self._connection.execute(query)}

    async def deliveries(self, broadcast_id: BroadcastId) -> dict[DeliveryState, int]:
        """How many copies stand in each state."""
        query = (
            select(t.deliveries.c.state, func.count())
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.messages.c.broadcast_id == broadcast_id)
            .group_by(t.deliveries.c.state)
        )
        counted: Counter[DeliveryState] = Counter()
        for state, count in await self._connection.execute(query):
            counted[DeliveryState(state)] += count
        return dict(counted)

    async def channels(self, broadcast_id: BroadcastId) -> dict[tuple[ChannelName, DeliveryState], int]:
        query = (
            select(t.deliveries.c.channel, t.deliveries.c.state, func.count())
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.messages.c.broadcast_id == broadcast_id)
            .group_by(t.deliveries.c.channel, t.deliveries.c.state)
        )
        return {
            (ChannelName(channel), DeliveryState(state)): count
            for channel, state, count in await self._connection.execute(query)
        }

    async def titles(self, ids: Iterable[BroadcastId]) -> dict[BroadcastId, str]:
        b = t.broadcasts.c
        query = select(b.id, b.title).where(b.id.in_(list(ids)))
        return {BroadcastId(row[0]): row[1] for row in await self._connection.execute(query)}

    # the phone list

    async def calls(self, *, broadcast: BroadcastId | None = None, done: bool = False, limit: int = 200) -> list[Call]:
        """Residents in scope whom nothing reached, by area; `done`: those somebody has dealt with."""
        r = t.broadcast_recipients.c
        query = (
            select(t.broadcast_recipients)
            .join(t.residents, t.residents.c.id == r.resident_id)
            .where(
                _unreached(),
                r.called_at.is_not(None) if done else r.called_at.is_(None),
                t.residents.c.erased_at.is_(None),
                residents_in(self._scope),
            )
            .order_by(r.area, r.id)
            .limit(limit)
        )
        if broadcast is not None:
            query = query.where(r.broadcast_id == broadcast)
        return [_call(row) for row in (await self._connection.execute(query)).mappings()]

    async def call(self, recipient_id: MessageId) -> Call:
        r = t.broadcast_recipients.c
        query = (
            select(t.broadcast_recipients)
            .join(t.residents, t.residents.c.id == r.resident_id)
            .where(r.id == recipient_id, _unreached(), residents_in(self._scope))
        )
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise CallNotFound
        return _call(row)

    async def area_of(self, recipient_id: MessageId) -> str | None:
        """The grid (or whatever is known) whose phone list this person of a broadcast stands on."""
        r = t.broadcast_recipients.c
        query = select(r.area).where(r.id == recipient_id)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def called(self, recipient_id: MessageId, outcome: str | None, *, by: OfficialId, at: datetime) -> None:
        """Ticked off, or (outcome None) put back."""
        await self._connection.execute(
            update(t.broadcast_recipients)
            .where(t.broadcast_recipients.c.id == recipient_id)
            .values(
                call=outcome,
                called_at=at if outcome is not None else None,
                called_by=by if outcome is not None else None,
            )
        )

    def _mine(self) -> Any:
        if self._scope.everything:
            return t.broadcasts.c.id.is_not(None)
        return area_in(t.broadcasts.c.area, self._scope.area if self._scope.area is not None else "none")


def _broadcast(row: Any) -> Broadcast:
    values = {name: row[name] for name in Broadcast.__dataclass_fields__}
    return Broadcast(**{**values, "state": BroadcastState(row["state"])})


def _unreached() -> ColumnElement[bool]:
    """Nothing arrived, nobody knows whether it did, or it lies on a page nobody opened in time."""
    r, d = t.broadcast_recipients.c, t.deliveries.c
    lying = exists().where(d.message_id == r.id, d.state == DeliveryState.SENT, d.why == UNSEEN)
    return or_(r.state.in_([state.value for state in _UNREACHED]), and_(r.state == RecipientState.SENT, lying))


def _call(row: Any) -> Call:
    values = {name: row[name] for name in Call.__dataclass_fields__}
    state = RecipientState(row["state"])
    return Call(**{**values, "state": state, "why": UNSEEN if state is RecipientState.SENT else row["why"]})
