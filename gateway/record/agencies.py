"""Agencies that test, as officials listed them. Open to everybody: no wall."""

from collections.abc import Mapping
from dataclasses import fields
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.agencies import COUNTY_DIGITS, Agency
from gateway.domain.kinds import OfficialId
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in


class AgencyNotFound(NotFound):
    """There is no such testing agency."""


class Agencies:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, agency: Agency, *, by: OfficialId) -> None:
        await self._connection.execute(insert(t.testing_agencies).values(**_row(agency), changed_by=by))

    async def save(self, agency: Agency, *, by: OfficialId) -> None:
        a = t.testing_agencies
        await self._connection.execute(update(a).where(a.c.id == agency.id).values(**_row(agency), changed_by=by))

    async def get(self, agency_id: UUID) -> Agency:
        query = select(t.testing_agencies).where(t.testing_agencies.c.id == agency_id)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise AgencyNotFound
        return _agency(row)

    async def within(self, area: str, *, limit: int = 500) -> list[Agency]:
        """Those that test now in this area; all of them where it is empty."""
        a = t.testing_agencies
        query = select(a).where(a.c.closed_at.is_(None)).order_by(a.c.area, a.c.name_zh).limit(limit)
        if area:
            query = query.where(area_in(a.c.area, area))
        return [_agency(row) for row in (await self._connection.execute(query)).mappings()]

    async def inhabited_counties(self, area: str) -> set[str]:
        """Counties of this area in which residents live."""
        managing = t.residents.c.managing_area
        query = select(managing).where(managing.is_not(None), t.residents.c.erased_at.is_(None)).distinct()
        if area:
            query = query.where(area_in(managing, area))
        found = (await self._connection.execute(query)).scalars()
        return {code[:COUNTY_DIGITS] for code in found if len(code) >= COUNTY_DIGITS}


_FIELDS = tuple(one.name for one in fields(Agency))


def _row(agency: Agency) -> Mapping[str, object]:
    return {name: getattr(agency, name) for name in _FIELDS}


def _agency(row: RowMapping) -> Agency:
    return Agency(**{name: row[name] for name in _FIELDS})
