"""Arrivals announced ahead: who is expected, whether it was announced in time, and who has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import any_, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ReportId, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.scoping import area_in, of_residents_in


@dataclass(frozen=True, slots=True)
class Arrival:
    id: UUID
    resident_id: ResidentId
    report_id: ReportId
    origin_area: str | None
    origin_country: str | None
    destination_area: str | None
    arrives_at: datetime
    declared_at: datetime
    due_at: datetime
    late_days: int = 0
    arrived_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Arrivals:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, arrival: Arrival) -> None:
        await self._connection.execute(
            insert(t.arrivals).values(**{name: getattr(arrival, name) for name in Arrival.__dataclass_fields__})
        )

    async def open_of(self, resident_id: ResidentId) -> list[Arrival]:
        """What this resident announced and has not ended yet, the last announced first."""
        query = (
            select(t.arrivals)
            .where(
                t.arrivals.c.resident_id == resident_id,
                t.arrivals.c.arrived_at.is_(None),
                t.arrivals.c.withdrawn_at.is_(None),
                of_residents_in(self._scope, t.arrivals),
            )
            .order_by(t.arrivals.c.declared_at.desc(), t.arrivals.c.id)
            .with_for_update()
        )
        return [_arrival(row) for row in (await self._connection.execute(query)).mappings()]

    async def newest_of(self, resident_id: ResidentId) -> Arrival | None:
        """What this resident announced last, whether it has ended or not."""
        query = select(t.arrivals).where(
            t.arrivals.c.resident_id == resident_id,
            t.arrivals.c.withdrawn_at.is_(None),
            of_residents_in(self._scope, t.arrivals),
        )
        row = (await self._connection.execute(query.order_by(t.arrivals.c.declared_at.desc()))).mappings().first()
        return _arrival(row) if row else None

    async def arrived(self, arrival_id: UUID, at: datetime) -> None:
        await self._connection.execute(update(t.arrivals).where(t.arrivals.c.id == arrival_id).values(arrived_at=at))

    async def withdraw(self, report_id: ReportId, at: datetime) -> None:
        """Nobody is expected any more for what was announced with that report; whoever has come has come."""
        a = t.arrivals.c
        await self._connection.execute(
            update(t.arrivals)
            .where(a.report_id == report_id, a.arrived_at.is_(None), of_residents_in(self._scope, t.arrivals))
            .values(withdrawn_at=at)
        )

    async def expected(self, *, limit: int = 200) -> list[Arrival]:
        """The watch-list in scope: announced, not arrived; the next first."""
        query = (
            select(t.arrivals)
            .where(
                t.arrivals.c.arrived_at.is_(None),
                t.arrivals.c.withdrawn_at.is_(None),
                of_residents_in(self._scope, t.arrivals),
            )
            .order_by(t.arrivals.c.arrives_at)
            .limit(limit)
        )
        return [_arrival(row) for row in (await self._connection.execute(query)).mappings()]

    async def units_named(self, name: str, area: str) -> list[UUID]:
        """Units of this name in the county of an area: the employer that somebody named."""
        u = t.units.c
        query = select(u.id).where(or_(u.name == name, literal(name) == any_(u.aliases)), area_in(u.area, area[:6]))
        return list((await self._connection.execute(query)).scalars())

    async def counts(self) -> dict[str, int]:
        a = t.arrivals.c
        query = select(
            func.count().filter(a.arrived_at.is_(None)), func.count().filter(a.late_days > 0), func.count()
        ).where(a.withdrawn_at.is_(None), of_residents_in(self._scope, t.arrivals))
        expected, late, every = (await self._connection.execute(query)).one()
        return {"expected": expected, "late": late, "announced": every}


def _arrival(row: Any) -> Arrival:
    return Arrival(**{name: row[name] for name in Arrival.__dataclass_fields__})
