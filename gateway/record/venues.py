"""Venues and who was there. A venue is no secret; a visit is its visitor's and the place's area's alone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ResidentId, VenueId, VenueKind
from gateway.domain.scopes import Scope
from gateway.domain.venues import Venue, Visit
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in


class VenueNotFound(NotFound):
    """This code stands at no door I know, or the place has closed; ask the people there."""


class Venues:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, venue: Venue, *, by: str) -> None:
        values = {name: getattr(venue, name) for name in Venue.__dataclass_fields__}
        await self._connection.execute(insert(t.venues).values(**values, made_by=by))

    async def close(self, venue_id: VenueId, at: datetime | None) -> None:
        await self._connection.execute(update(t.venues).where(t.venues.c.id == venue_id).values(closed_at=at))

    async def by_code(self, code: str) -> Venue:
        return await self._one(and_(t.venues.c.code == code, t.venues.c.closed_at.is_(None)))

    async def get(self, venue_id: VenueId) -> Venue:
        """Within the own area or unit. Raises VenueNotFound."""
        return await self._one(and_(t.venues.c.id == venue_id, self._mine()))

    async def listed(self) -> list[Venue]:
        """Those of the own area or unit: the open ones first, then by name."""
        v = t.venues.c
        query = select(t.venues).where(self._mine()).order_by(v.closed_at.is_not(None), v.name, v.id)
        return [_venue(row) for row in (await self._connection.execute(query)).mappings()]

    async def _one(self, which: ColumnElement[bool]) -> Venue:
        row = (await self._connection.execute(select(t.venues).where(which))).mappings().first()
        if row is None:
            raise VenueNotFound
        return _venue(row)

    def _mine(self) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        v = t.venues.c
        ways: list[ColumnElement[bool]] = [v.unit_id.in_(self._scope.units)]
        if self._scope.area is not None:
            ways.append(area_in(v.area, self._scope.area))
        return or_(*ways)

    async def last_visit(self, venue_id: VenueId, resident_id: ResidentId, since: datetime) -> Visit | None:
        v = t.visits.c
        query = (
            select(t.visits)
            .where(v.venue_id == venue_id, v.resident_id == resident_id, v.visited_at >= since)
            .order_by(v.visited_at.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).mappings().first()
        return Visit(**row) if row is not None else None

    async def visit(self, visit: Visit) -> None:
        values = {name: getattr(visit, name) for name in Visit.__dataclass_fields__}
        await self._connection.execute(insert(t.visits).values(**values))

    async def visits(self, venue_id: VenueId, since: datetime, until: datetime, *, limit: int) -> Sequence[Visit]:
        """Who was there in that time, the earliest first."""
        v = t.visits.c
        query = (
            select(t.visits)
            .where(v.venue_id == venue_id, v.visited_at >= since, v.visited_at <= until)
            .order_by(v.visited_at, v.id)
            .limit(limit)
        )
        return [Visit(**row) for row in (await self._connection.execute(query)).mappings()]


def _venue(row: RowMapping) -> Venue:
    values = {name: row[name] for name in Venue.__dataclass_fields__}
    return Venue(**{**values, "kind": VenueKind(row["kind"])})
