"""Messages and their deliveries: the ledger of everything said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, RowMapping, and_, bindparam, func, or_, select, text, update
from sqlalchemy import UUID as UUIDS
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.deliveries import (
    LEASE,
    PRIORITY,
    RESENT_WHEN_UNCERTAIN,
    ROUTINE,
    UNSEEN,
    URGENT,
    Delivery,
    Message,
)
from gateway.domain.kinds import (
    AddressId,
    AlertId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    DeskState,
    Lane,
    OfficialId,
    ResidentId,
)
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.recordsets import insert_rows
from gateway.record.scoping import area_in
from gateway.record.vault import DataKey, KeyringMissing, SealBroken, Vault

_LANE = {priority: lane for lane, priority in PRIORITY.items()}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery somebody is sending right now, with the words to be rendered; `values` None: erased meanwhile."""

    delivery: Delivery
    message: Message
    values: dict[str, Any] | None
    address: Address
    repeated: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that went out."""

    delivery: Delivery
    provider_id: str | None
    fallback_at: datetime | None
    why: str | None = None


_WITH_KEY = (
    select(t.messages, t.residents.c.data_key, t.residents.c.data_key_id)
    .join(t.residents, t.residents.c.id == t.messages.c.resident_id, isouter=True)
    .where(t.messages.c.id == func.any(bindparam("ids", type_=ARRAY(UUIDS(as_uuid=True)))))
)
_BEGUN = text(
    "UPDATE deliveries SET begun_at = :at FROM unnest(:ids, :attempts) AS taken (id, attempt) "
    "WHERE deliveries.id = taken.id AND deliveries.attempt = taken.attempt AND deliveries.state = 'sending' "
    "RETURNING deliveries.id"
).bindparams(bindparam("ids", type_=ARRAY(UUIDS(as_uuid=True))), bindparam("attempts", type_=ARRAY(Integer)))
_SENT = (
    update(t.deliveries)
    .where(
        t.deliveries.c.id == bindparam("of"),
        t.deliveries.c.attempt == bindparam("by"),
        t.deliveries.c.state == DeliveryState.SENDING,
    )
    .values(
        state=DeliveryState.SENT,
        lease_until=None,
        why=bindparam("because"),
        sent_at=bindparam("at"),
        provider_id=bindparam("known_as"),
        fallback_at=bindparam("fall_back"),
    )
)


class Deliveries:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, delivery: Delivery) -> None:
        """One more way for a message that is on record."""
        await insert_rows(self._connection, t.deliveries, [_row_of(delivery)])

    async def add_many(self, letters: Sequence[tuple[Message, DataKey | None, Sequence[Delivery]]]) -> list[Delivery]:
        """Keep messages with their deliveries; the deliveries of messages that were not kept before by their dedup
        key."""
        messages = [
            {
                "id": message.id,
                "template": message.template,
                "lane": message.lane,
                "resident_id": message.resident_id,
                "official_id": message.official_id,
                "alert_id": message.alert_id,
                "broadcast_id": message.broadcast_id,
                "desk_id": message.desk_id,
                "language": message.language,
                "dedup_key": message.dedup_key,
                "values_sealed": self._vault.seal(key, "messages", "values", message.id, message.values),
                "created_at": message.created_at,
            }
            for message, key, _ in letters
        ]
        written = await insert_rows(
            self._connection,
            t.messages,
            messages,
            on_conflict="ON CONFLICT (dedup_key) DO NOTHING",
            returning="id",
        )
        fresh = {row[0] for row in written}
        kept = [delivery for message, _, ways in letters if message.id in fresh for delivery in ways]
        await insert_rows(self._connection, t.deliveries, [_row_of(delivery) for delivery in kept])
        return kept

    async def claim(
        self, now: datetime, *, limit: int = 50, lanes: frozenset[Lane] = URGENT | ROUTINE
    ) -> list[Claimed]:
        """Take what is due in these lanes, urgent ones first, under a lease.

        Expired leases are taken again, marked as repeated where the attempt may have gone out. What goes to desks is
        taken by whoever speaks to that desk.
        """
        d = t.deliveries.c
        due = (
            select(d.id, d.state.label("was"), d.begun_at.label("had_begun"))
            .where(_due(now), d.desk_id.is_(None), d.priority.in_(sorted(PRIORITY[lane] for lane in lanes)))
            .order_by(d.priority, d.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        taken = (
            update(t.deliveries)
            .where(d.id == due.c.id)
            .values(state=DeliveryState.SENDING, attempt=d.attempt + 1, lease_until=now + LEASE, begun_at=None)
            .returning(*t.deliveries.c, due.c.was, due.c.had_begun)
        )
        rows = list((await self._connection.execute(taken)).mappings())
        if not rows:
            return []
        messages = await self._messages([row["message_id"] for row in rows])
        claimed = [self._claimed(row, messages[row["message_id"]]) for row in rows]
        claimed.sort(key=lambda one: (PRIORITY[one.delivery.lane], one.delivery.due_at))
        return claimed

    async def _messages(self, ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
        """Each with the wrapped key of the person it is for."""
        found = await self._connection.execute(_WITH_KEY, {"ids": ids})
        return {row["id"]: row for row in found.mappings()}

    def _claimed(self, row: RowMapping, m: RowMapping) -> Claimed:
        key = DataKey(m["data_key"], m["data_key_id"]) if m["data_key"] else None
        values: dict[str, Any] | None
        if m["resident_id"] is not None and key is None:
            values = None
        else:
            try:
                values = self._vault.open(key, "messages", "values", m["id"], m["values_sealed"])
            except (SealBroken, KeyringMissing):
                values = None
        message = Message(
            id=m["id"],
            template=m["template"],
            lane=Lane(m["lane"]),
            language=m["language"],
            values=values or {},
            created_at=m["created_at"],
            resident_id=m["resident_id"],
            official_id=m["official_id"],
            alert_id=m["alert_id"],
            broadcast_id=m["broadcast_id"],
            dedup_key=m["dedup_key"],
        )
        address = Address(row["address_id"], ChannelName(row["channel"]), row["handle"])
        return Claimed(
            _delivery(row),
            message,
            values,
            address,
            repeated=row["was"] == DeliveryState.SENDING
            and (row["had_begun"] is not None or message.lane in RESENT_WHEN_UNCERTAIN),
        )

    async def first_lane_at(self, desk_id: AddressId, now: datetime) -> Lane | None:
        """The most urgent lane of what is due at a desk; None where nothing is."""
        d = t.deliveries.c
        query = select(func.min(d.priority)).where(_due(now), d.desk_id == desk_id)
        found: int | None = (await self._connection.execute(query)).scalar_one_or_none()
        return None if found is None else _LANE[found]

    async def waiting_at(self, desk_id: AddressId, now: datetime, *, limit: int = 400) -> list[Claimed]:
        """What is due at a desk, urgent first and then in the order it came; nothing is claimed yet."""
        d, m = t.deliveries.c, t.messages.c
        query = (
            select(t.deliveries, m.template, m.lane, m.language, m.values_sealed, m.alert_id)
            .join(t.messages, m.id == d.message_id)
            .where(_due(now), d.desk_id == desk_id)
            .order_by(d.priority, d.created_at, d.id)
            .limit(limit)
        )
        found = []
        for row in (await self._connection.execute(query)).mappings():
            try:
                values = self._vault.open(None, "messages", "values", row["message_id"], row["values_sealed"])
            except (SealBroken, KeyringMissing):
                values = None
            message = Message(
                id=row["message_id"],
                template=row["template"],
                lane=Lane(row["lane"]),
                language=row["language"],
                values=values or {},
                created_at=row["created_at"],
                alert_id=row["alert_id"],
                desk_id=desk_id,
            )
            address = Address(row["address_id"], ChannelName(row["channel"]), row["handle"])
            repeated = row["state"] == DeliveryState.SENDING
            found.append(Claimed(_delivery(row), message, values, address, repeated=repeated))
        return found

    async def claim_at(self, ones: Sequence[Claimed], now: datetime) -> list[Claimed]:
        """Take these under a lease. The caller holds the desk's lock, so nobody else can have taken one."""
        d = t.deliveries.c
        await self._connection.execute(
            update(t.deliveries)
            .where(d.id.in_([one.delivery.id for one in ones]))
            .values(state=DeliveryState.SENDING, attempt=d.attempt + 1, lease_until=now + LEASE)
        )
        return [replace(one, delivery=replace(one.delivery, attempt=one.delivery.attempt + 1)) for one in ones]

    async def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        now: datetime,
        due_at: datetime | None = None,
        fallback_at: datetime | None = None,
        provider_id: str | None = None,
        why: str | None = None,
        costs_a_try: bool = True,
    ) -> bool:
        """Write the outcome of this attempt; False when another attempt has taken over since."""
        values: dict[str, Any] = {"state": state, "lease_until": None, "why": why}
        if state is DeliveryState.SENT:
            values |= {"sent_at": now, "provider_id": provider_id, "fallback_at": fallback_at}
        if due_at is not None:
            values["due_at"] = due_at
        if not costs_a_try:
            values["attempt"] = delivery.attempt - 1
        written = await self._connection.execute(
            update(t.deliveries)
            .where(
                t.deliveries.c.id == delivery.id,
                t.deliveries.c.attempt == delivery.attempt,
                t.deliveries.c.state == DeliveryState.SENDING,
            )
            .values(**values)
        )
        return bool(written.rowcount)

    async def begun(self, ones: Sequence[Delivery], *, now: datetime) -> set[DeliveryId]:
        """These attempts are handed over in this moment. Those left out were taken over by another meanwhile."""
        ids, attempts = [one.id for one in ones], [one.attempt for one in ones]
        written = await self._connection.execute(_BEGUN, {"ids": ids, "attempts": attempts, "at": now})
        return {DeliveryId(row[0]) for row in written}

    async def sent(self, ones: Sequence["Sent"], *, now: datetime) -> None:
        """As `settle` with SENT, of many attempts in one statement."""
        rows = [
            {
                "of": one.delivery.id,
                "by": one.delivery.attempt,
                "at": now,
                "known_as": one.provider_id,
                "fall_back": one.fallback_at,
                "because": one.why,
            }
            for one in ones
        ]
        await self._connection.execute(_SENT, rows)

    async def went_to(self, delivery_id: DeliveryId, channel: ChannelName, handle: str) -> bool:
        d = t.deliveries.c
        query = select(d.id).where(d.id == delivery_id, d.channel == channel, d.handle == handle)
        return (await self._connection.execute(query)).first() is not None

    async def seen(self, delivery_id: DeliveryId, now: datetime) -> ResidentId | None:
        """Mark it seen; the resident it was for, None where it was nobody's or seen before."""
        d, m = t.deliveries.c, t.messages.c
        resident = select(m.resident_id).where(m.id == d.message_id, m.official_id.is_(None)).scalar_subquery()
        marked = await self._connection.execute(
            update(t.deliveries)
            .where(
                d.id == delivery_id,
                d.state.in_([DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN]),
            )
            .values(state=DeliveryState.SEEN, seen_at=now, fallback_at=None)
            .returning(resident)
        )
        found: ResidentId | None = marked.scalar_one_or_none()
        return found

    async def unseen(self, now: datetime, *, limit: int = 200) -> list[Delivery]:
        """Web chat deliveries nobody saw in time; each is returned once."""
        d = t.deliveries.c
        query = (
            update(t.deliveries)
            .where(
                d.id.in_(
                    select(d.id)
                    .where(d.state == DeliveryState.SENT, d.fallback_at <= now)
                    .limit(limit)
                    .with_for_update(skip_locked=True)
                )
            )
            .values(fallback_at=None)
            .returning(*t.deliveries.c)
        )
        return [_delivery(row) for row in (await self._connection.execute(query)).mappings()]

    async def left_unseen(self, delivery_id: DeliveryId) -> None:
        """No other way is left: the copy says so, unless somebody has looked in meanwhile."""
        d = t.deliveries.c
        await self._connection.execute(
            update(t.deliveries).where(d.id == delivery_id, d.state == DeliveryState.SENT).values(why=UNSEEN)
        )

    async def expire_at_desks(self, before: datetime, why: str) -> int:
        """What has waited since then at a desk that is spoken to no more; how many."""
        d = t.deliveries.c
        silent = select(t.desk_addresses.c.id).where(t.desk_addresses.c.state != DeskState.ACTIVE)
        dropped = await self._connection.execute(
            update(t.deliveries)
            .where(d.desk_id.in_(silent), d.state.in_((DeliveryState.PENDING, DeliveryState.RETRY)), d.due_at <= before)
            .values(state=DeliveryState.SUPPRESSED, why=why, lease_until=None)
        )
        return int(dropped.rowcount)

    async def message(self, message_id: UUID) -> Message | None:
        row = (
            (await self._connection.execute(select(t.messages).where(t.messages.c.id == message_id))).mappings().first()
        )
        if row is None:
            return None
        return Message(
            id=row["id"],
            template=row["template"],
            lane=Lane(row["lane"]),
            language=row["language"],
            values={},
            created_at=row["created_at"],
            resident_id=row["resident_id"],
            official_id=row["official_id"],
            alert_id=row["alert_id"],
            broadcast_id=row["broadcast_id"],
            dedup_key=row["dedup_key"],
        )

    async def of_message(self, message_id: UUID) -> list[Delivery]:
        query = select(t.deliveries).where(t.deliveries.c.message_id == message_id)
        return [_delivery(row) for row in (await self._connection.execute(query)).mappings()]

    async def of_alert(self, alert_id: AlertId) -> list[tuple[Delivery, Any]]:
        """Deliveries that carried this alert, each with the id of the official it went to."""
        query = (
            select(*t.deliveries.c, t.messages.c.official_id)
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.messages.c.alert_id == alert_id)
            .order_by(t.deliveries.c.created_at)
        )
        return [(_delivery(row), row["official_id"]) for row in (await self._connection.execute(query)).mappings()]

    async def of_last_telling(self, alert_id: AlertId) -> list[tuple[Delivery, Any]]:
        """As `of_alert`, of the newest messages that told of it: the present step, or a hand-over."""
        m = t.messages.c
        telling = and_(m.alert_id == alert_id, m.template == "alert")
        newest = select(func.max(m.created_at)).where(telling).scalar_subquery()
        query = (
            select(*t.deliveries.c, m.official_id)
            .join(t.messages, m.id == t.deliveries.c.message_id)
            .where(telling, m.created_at == newest)
            .order_by(t.deliveries.c.created_at)
        )
        return [(_delivery(row), row["official_id"]) for row in (await self._connection.execute(query)).mappings()]

    async def withhold(self, official: OfficialId, area: str, why: str) -> int:
        """What has not left yet for an official, of alerts inside an area, leaves no more; `""`: of anything."""
        m, d = t.messages.c, t.deliveries.c
        messages = select(m.id).where(m.official_id == official)
        if area:
            alerts = select(t.alerts.c.id).where(area_in(t.alerts.c.area, area))
            messages = messages.where(m.alert_id.in_(alerts))
        written = await self._connection.execute(
            update(t.deliveries)
            .where(d.message_id.in_(messages), d.state.in_((DeliveryState.PENDING, DeliveryState.RETRY)))
            .values(state=DeliveryState.SUPPRESSED, why=why)
        )
        return written.rowcount

    async def next_due(self) -> datetime | None:
        d = t.deliveries.c
        waiting = d.state.in_([DeliveryState.PENDING, DeliveryState.RETRY])
        query = select(func.min(d.due_at)).where(waiting, d.desk_id.is_(None))
        found: datetime | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def listed(
        self, *, states: tuple[DeliveryState, ...] = (), limit: int = 100, before: datetime | None = None
    ) -> list[dict[str, Any]]:
        """The ledger, newest first: delivery columns plus template, lane, resident and official ids."""
        query = (
            select(
                *t.deliveries.c,
                t.messages.c.template,
                t.messages.c.lane,
                t.messages.c.resident_id,
                t.messages.c.official_id,
                t.messages.c.alert_id,
                t.messages.c.broadcast_id,
                t.desk_addresses.c.label.label("desk"),
            )
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .join(t.desk_addresses, t.desk_addresses.c.id == t.deliveries.c.desk_id, isouter=True)
            .order_by(t.deliveries.c.created_at.desc(), t.deliveries.c.id)
            .limit(limit)
        )
        if states:
            query = query.where(t.deliveries.c.state.in_([state.value for state in states]))
        if before is not None:
            query = query.where(t.deliveries.c.created_at < before)
        return [dict(row) for row in (await self._connection.execute(query)).mappings()]

    async def count_in(self, states: tuple[DeliveryState, ...], *, most: int) -> int:
        """How many are in one of these states; counting ends at `most`."""
        some = (
            select(t.deliveries.c.id).where(t.deliveries.c.state.in_([state.value for state in states])).limit(most)
        ).subquery()
        found: int = (await self._connection.execute(select(func.count()).select_from(some))).scalar_one()
        return found

    async def routine_pushes_since(self, resident_id: UUID, since: datetime) -> int:
        """How many routine messages this person was sent since then (the daily cap)."""
        query = (
            select(func.count(func.distinct(t.messages.c.id)))
            .join(t.deliveries, t.deliveries.c.message_id == t.messages.c.id)
            .where(
                t.messages.c.resident_id == resident_id,
                t.messages.c.official_id.is_(None),
                t.messages.c.lane.in_([Lane.REMINDER, Lane.BROADCAST]),
                t.messages.c.created_at >= since,
                t.deliveries.c.state != DeliveryState.SUPPRESSED,
            )
        )
        counted: int = (await self._connection.execute(query)).scalar_one()
        return counted

    async def pushed_at_least(self, ids: Sequence[ResidentId], since: datetime, times: int) -> set[ResidentId]:
        """Which of these people were sent so many routine messages since then."""
        m, d = t.messages.c, t.deliveries.c
        query = (
            select(m.resident_id)
            .join(t.deliveries, d.message_id == m.id)
            .where(
                m.resident_id.in_(list(ids)),
                m.official_id.is_(None),
                m.lane.in_([Lane.REMINDER, Lane.BROADCAST]),
                m.created_at >= since,
                d.state != DeliveryState.SUPPRESSED,
            )
            .group_by(m.resident_id)
            .having(func.count(func.distinct(m.id)) >= times)
        )
        return {ResidentId(one) for one in (await self._connection.execute(query)).scalars()}

    async def counts(self) -> dict[tuple[str, str], int]:
        """Deliveries by (lane, state)."""
        query = select(t.deliveries.c.priority, t.deliveries.c.state, func.count()).group_by(
            t.deliveries.c.priority, t.deliveries.c.state
        )
        return {(_LANE[row[0]].value, row[1]): row[2] for row in await self._connection.execute(query)}

    async def accounting(self, broadcast_id: UUID) -> dict[str, int]:
        """Deliveries of a broadcast by state."""
        query = (
            select(t.deliveries.c.state, func.count())
            .join(t.messages, t.messages.c.id == t.deliveries.c.message_id)
            .where(t.messages.c.broadcast_id == broadcast_id)
            .group_by(t.deliveries.c.state)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}


def _row_of(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message_id": delivery.message_id,
        "address_id": delivery.address_id,
        "channel": delivery.channel,
        "handle": delivery.handle,
        "priority": PRIORITY[delivery.lane],
        "state": delivery.state,
        "due_at": delivery.due_at,
        "created_at": delivery.created_at,
        "why": delivery.why,
        "attempt": delivery.attempt,
        "desk_id": delivery.desk_id,
    }


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row["id"],
        message_id=row["message_id"],
        address_id=row["address_id"],
        channel=ChannelName(row["channel"]),
        handle=row["handle"],
        lane=_LANE[row["priority"]],
        state=DeliveryState(row["state"]),
        attempt=row["attempt"],
        due_at=row["due_at"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        seen_at=row["seen_at"],
        why=row["why"],
        desk_id=row["desk_id"],
        fallback_at=row["fallback_at"],
    )


def _due(now: datetime) -> ColumnElement[bool]:
    d = t.deliveries.c
    return or_(
        and_(d.state.in_([DeliveryState.PENDING, DeliveryState.RETRY]), d.due_at <= now),
        and_(d.state == DeliveryState.SENDING, d.lease_until <= now),
    )
