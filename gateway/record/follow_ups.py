"""Follow-ups and the items of their plans. When and by which rule stands in clear; the official's reason is sealed."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.follow_ups import OPEN, FollowUp, KeptItem, anchors_kept, anchors_read
from gateway.domain.kinds import (
    FollowUpId,
    FollowUpState,
    ItemKind,
    ItemState,
    PeriodKind,
    PlanItemId,
    ResidentId,
    TestKind,
)
from gateway.domain.plans import Period
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import ladders
from gateway.record import tables as t
from gateway.record.recordsets import in_portions, insert_rows
from gateway.record.scoping import among, of_residents_in
from gateway.record.vault import DataKey, Vault

_OPEN = [state.value for state in OPEN]


class FollowUpNotFound(NotFound):
    """There is no such follow-up in your area."""


class PlanItemNotFound(NotFound):
    """There is no such plan item in your area."""


class FollowUps:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def lock_person(self, resident_id: ResidentId) -> None:
        """One change of a person's follow-ups at a time."""
        query = select(t.residents.c.id).where(t.residents.c.id == resident_id).with_for_update()
        await self._connection.execute(query)

    async def add(self, follow_up: FollowUp, reason: str | None, key: DataKey) -> bool:
        """False when this source has already brought this person under this profile."""
        written = await self._connection.execute(
            upsert(t.follow_ups)
            .values(
                id=follow_up.id,
                resident_id=follow_up.resident_id,
                profile=follow_up.profile,
                pack_id=follow_up.pack_id,
                pack_version=follow_up.pack_version,
                pack_overlays=list(follow_up.pack_overlays),
                pack_hash=follow_up.pack_hash,
                started_by=follow_up.started_by,
                reason_sealed=self._vault.seal(key, "follow_ups", "reason", follow_up.id, reason),
                rules=list(follow_up.rules),
                source_key=follow_up.source_key,
                created_at=follow_up.created_at,
                **state_of(follow_up),
            )
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def save(self, follow_up: FollowUp) -> None:
        await self._connection.execute(
            update(t.follow_ups)
            .where(t.follow_ups.c.id == follow_up.id, of_residents_in(self._scope, t.follow_ups))
            .values(**state_of(follow_up))
        )

    async def get(self, follow_up_id: FollowUpId, *, lock: bool = False) -> FollowUp:
        found = await self.find(follow_up_id, lock=lock)
        if found is None:
            raise FollowUpNotFound
        return found

    async def find(self, follow_up_id: FollowUpId, *, lock: bool = False) -> FollowUp | None:
        query = select(t.follow_ups).where(
            t.follow_ups.c.id == follow_up_id, of_residents_in(self._scope, t.follow_ups)
        )
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return follow_up_of(row) if row else None

    async def of_resident(
        self, resident_id: ResidentId, *, open_only: bool = True, lock: bool = False
    ) -> list[FollowUp]:
        query = (
            select(t.follow_ups)
            .where(t.follow_ups.c.resident_id == resident_id, of_residents_in(self._scope, t.follow_ups))
            .order_by(t.follow_ups.c.created_at, t.follow_ups.c.id)
        )
        if open_only:
            query = query.where(t.follow_ups.c.state.in_(_OPEN))
        if lock:
            query = query.with_for_update()
        return [follow_up_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def reason(self, follow_up: FollowUp, key: DataKey) -> str | None:
        query = select(t.follow_ups.c.reason_sealed).where(
            t.follow_ups.c.id == follow_up.id, of_residents_in(self._scope, t.follow_ups)
        )
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: str | None = self._vault.open(key, "follow_ups", "reason", follow_up.id, sealed)
        return opened

    async def due(self, now: datetime, *, limit: int = 200) -> list[FollowUpId]:
        """Whose time to be looked at has come, however long ago."""
        f = t.follow_ups.c
        query = select(f.id).where(f.closed_at.is_(None), f.closes_at <= now, f.state.in_(_OPEN))
        found = await self._connection.execute(query.order_by(f.closes_at).limit(limit))
        return [FollowUpId(one) for one in found.scalars()]

    async def ending_by(self, until: datetime) -> AsyncIterator[list[tuple[FollowUpId, datetime]]]:
        """Open ones that close by then, in portions."""
        f = t.follow_ups.c
        query = select(f.id, f.closes_at).where(f.closed_at.is_(None), f.closes_at <= until, f.state.in_(_OPEN))
        async for portion in in_portions(self._connection, query):
            yield portion

    async def units_of(self, resident_id: ResidentId) -> list[UUID]:
        """The units (employer, school) this person belongs to; only the clock's own work sees all of them."""
        query = select(t.unit_members.c.unit_id).where(t.unit_members.c.resident_id == resident_id)
        return list((await self._connection.execute(query)).scalars())

    # items

    async def add_items(self, items: Sequence[KeptItem]) -> None:
        rows = [
            {
                "id": item.id,
                "follow_up_id": item.follow_up_id,
                "resident_id": item.resident_id,
                "key": item.key,
                "kind": item.kind,
                "test": item.test,
                **item_state_of(item),
            }
            for item in items
        ]
        await insert_rows(self._connection, t.plan_items, rows, on_conflict="ON CONFLICT DO NOTHING")

    async def save_item(self, item: KeptItem) -> None:
        await self._connection.execute(
            update(t.plan_items)
            .where(t.plan_items.c.id == item.id, of_residents_in(self._scope, t.plan_items))
            .values(**item_state_of(item))
        )

    async def items(self, follow_up_id: FollowUpId) -> list[KeptItem]:
        i = t.plan_items.c
        query = (
            select(t.plan_items)
            .where(i.follow_up_id == follow_up_id, of_residents_in(self._scope, t.plan_items))
            .order_by(i.opens_at, i.due_at.nulls_last(), i.key)
        )
        return [_item(row) for row in (await self._connection.execute(query)).mappings()]

    async def several(self, ids: Iterable[FollowUpId]) -> dict[FollowUpId, FollowUp]:
        f = t.follow_ups
        query = select(f).where(among(f.c.id, ids), of_residents_in(self._scope, f))
        return {row["id"]: follow_up_of(row) for row in (await self._connection.execute(query)).mappings()}

    async def items_of(self, follow_ups: Iterable[FollowUpId]) -> dict[FollowUpId, list[KeptItem]]:
        """As `items`, of many plans at once."""
        i = t.plan_items.c
        query = (
            select(t.plan_items)
            .where(among(i.follow_up_id, follow_ups), of_residents_in(self._scope, t.plan_items))
            .order_by(i.opens_at, i.due_at.nulls_last(), i.key)
        )
        found: dict[FollowUpId, list[KeptItem]] = {}
        for row in (await self._connection.execute(query)).mappings():
            found.setdefault(row["follow_up_id"], []).append(_item(row))
        return found

    async def items_several(self, ids: Iterable[PlanItemId]) -> dict[PlanItemId, KeptItem]:
        query = select(t.plan_items).where(among(t.plan_items.c.id, ids), of_residents_in(self._scope, t.plan_items))
        return {row["id"]: _item(row) for row in (await self._connection.execute(query)).mappings()}

    async def item(self, item_id: PlanItemId, *, lock: bool = False) -> KeptItem:
        found = await self.find_item(item_id, lock=lock)
        if found is None:
            raise PlanItemNotFound
        return found

    async def find_item(self, item_id: PlanItemId, *, lock: bool = False) -> KeptItem | None:
        query = select(t.plan_items).where(t.plan_items.c.id == item_id, of_residents_in(self._scope, t.plan_items))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _item(row) if row else None

    async def open_items_of(self, residents: Sequence[ResidentId], now: datetime) -> list[tuple[ResidentId, KeptItem]]:
        """What is asked of these people now: opened, and not yet done."""
        i, f = t.plan_items.c, t.follow_ups.c
        query = (
            select(f.resident_id, t.plan_items)
            .join(t.follow_ups, f.id == i.follow_up_id)
            .where(
                f.resident_id.in_(list(residents)), f.state.in_(OPEN), i.state == ItemState.PENDING, i.opens_at <= now
            )
            .order_by(i.opens_at, i.id)
        )
        rows = (await self._connection.execute(query)).mappings()
        return [(ResidentId(row["resident_id"]), _item(row)) for row in rows]

    async def items_due(self, now: datetime, *, limit: int = 500) -> list[PlanItemId]:
        i = t.plan_items.c
        query = select(i.id).where(i.state == ItemState.PENDING, i.watched_at.is_(None), i.watch_at <= now)
        found = await self._connection.execute(query.order_by(i.watch_at).limit(limit))
        return [PlanItemId(one) for one in found.scalars()]

    async def items_due_by(self, until: datetime) -> AsyncIterator[list[tuple[PlanItemId, datetime]]]:
        """Those still to be watched by then, in portions."""
        i = t.plan_items.c
        query = select(i.id, i.watch_at).where(
            i.state == ItemState.PENDING, i.watched_at.is_(None), i.watch_at <= until
        )
        async for portion in in_portions(self._connection, query):
            yield portion

    async def first_after(self, until: datetime) -> datetime | None:
        """When the first closes, or is to be watched, of all that is later than this."""
        f, i = t.follow_ups.c, t.plan_items.c
        ends = select(func.min(f.closes_at)).where(f.closed_at.is_(None), f.closes_at > until, f.state.in_(_OPEN))
        watched = select(func.min(i.watch_at)).where(
            i.state == ItemState.PENDING, i.watched_at.is_(None), i.watch_at > until
        )
        query = select(func.least(ends.scalar_subquery(), watched.scalar_subquery()))
        first: datetime | None = (await self._connection.execute(query)).scalar_one()
        return first


def state_of(follow_up: FollowUp) -> dict[str, Any]:
    return {
        "state": follow_up.state,
        "anchors": anchors_kept(follow_up.anchors),
        "periods": [
            {
                "kind": period.kind,
                "starts_at": period.starts_at.isoformat(),
                "ends_at": period.ends_at.isoformat() if period.ends_at else None,
                "rules": list(period.rules),
                "waits": period.waits,
            }
            for period in follow_up.periods
        ],
        "sources": list(follow_up.sources),
        "holds": list(follow_up.holds),
        "confirmed_at": follow_up.confirmed_at,
        "closes_at": follow_up.closes_at,
        "closed_at": follow_up.closed_at,
    }


def follow_up_of(row: RowMapping) -> FollowUp:
    return FollowUp(
        id=row["id"],
        resident_id=row["resident_id"],
        profile=row["profile"],
        pack_id=row["pack_id"],
        pack_version=row["pack_version"],
        pack_overlays=tuple(row["pack_overlays"]),
        pack_hash=row["pack_hash"],
        state=FollowUpState(row["state"]),
        anchors=anchors_read(row["anchors"]),
        periods=tuple(
            Period(
                kind=PeriodKind(period["kind"]),
                starts_at=datetime.fromisoformat(period["starts_at"]),
                ends_at=datetime.fromisoformat(period["ends_at"]) if period["ends_at"] else None,
                rules=tuple(period["rules"]),
                waits=period["waits"],
            )
            for period in row["periods"]
        ),
        sources=tuple(row["sources"]),
        holds=tuple(row["holds"]),
        started_by=row["started_by"],
        rules=tuple(row["rules"]),
        created_at=row["created_at"],
        source_key=row["source_key"],
        confirmed_at=row["confirmed_at"],
        closes_at=row["closes_at"],
        closed_at=row["closed_at"],
    )


def item_state_of(item: KeptItem) -> dict[str, Any]:
    return {
        "opens_at": item.opens_at,
        "due_at": item.due_at,
        "rules": list(item.rules),
        "assumes": list(item.assumes),
        "ladder": {"code": item.ladder_code, "steps": ladders.written(item.ladder)},
        "waits": item.waits,
        "watch_at": item.watch_at,
        "watched_at": item.watched_at,
        "state": item.state,
        "done_at": item.done_at,
    }


def _item(row: RowMapping) -> KeptItem:
    return KeptItem(
        id=row["id"],
        follow_up_id=row["follow_up_id"],
        resident_id=row["resident_id"],
        key=row["key"],
        kind=ItemKind(row["kind"]),
        test=TestKind(row["test"]) if row["test"] else None,
        opens_at=row["opens_at"],
        due_at=row["due_at"],
        rules=tuple(row["rules"]),
        assumes=tuple(row["assumes"]),
        ladder_code=row["ladder"]["code"],
        ladder=ladders.read(row["ladder"]["steps"]),
        waits=row["waits"],
        state=ItemState(row["state"]),
        watch_at=row["watch_at"],
        watched_at=row["watched_at"],
        done_at=row["done_at"],
    )
