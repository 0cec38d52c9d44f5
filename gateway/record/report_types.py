"""Report types made here and their versions: which is in force where, and what each of them asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId
from gateway.domain.report_types import TypeState
from gateway.domain.scopes import Scope, ancestors
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in


class ReportTypeNotFound(NotFound):
    """There is no such report type in your area."""


@dataclass(frozen=True, slots=True)
class KeptType:
    """One version. `key` is the type's name in reports and rounds; `from_day`: since when it is owed, unbroken."""

    id: UUID
    type_id: UUID
    key: str
    area: str
    number: int
    state: TypeState
    content: Mapping[str, Any]
    drafted_at: datetime
    drafted_by: OfficialId | None = None
    in_force_at: datetime | None = None
    in_force_by: OfficialId | None = None
    retired_at: datetime | None = None
    from_day: date | None = None


_OWN = tuple(name for name in KeptType.__dataclass_fields__ if name not in ("key", "area"))


class ReportTypes:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, kept: KeptType, now: datetime) -> None:
        """A new version; with number 1 the type itself too."""
        if kept.number == 1:
            await self._connection.execute(
                insert(t.report_types).values(id=kept.type_id, key=kept.key, area=kept.area, recorded_at=now)
            )
        await self._connection.execute(
            insert(t.report_type_versions).values(**{name: _plain(getattr(kept, name)) for name in _OWN})
        )

    async def save(self, kept: KeptType) -> None:
        await self._connection.execute(
            update(t.report_type_versions)
            .where(t.report_type_versions.c.id == kept.id)
            .values(**{name: _plain(getattr(kept, name)) for name in _OWN if name not in ("id", "type_id", "number")})
        )

    async def lock(self, type_id: UUID) -> None:
        """Versions of one type change one after the other."""
        await self._connection.execute(
            select(t.report_types.c.id).where(t.report_types.c.id == type_id).with_for_update()
        )

    async def drop(self, kept: KeptType) -> None:
        """A draft that was never in force; a type without any version goes with it."""
        v = t.report_type_versions.c
        await self._connection.execute(t.report_type_versions.delete().where(v.id == kept.id, v.in_force_at.is_(None)))
        left = select(v.id).where(v.type_id == kept.type_id)
        if (await self._connection.execute(left.limit(1))).first() is None:
            await self._connection.execute(t.report_types.delete().where(t.report_types.c.id == kept.type_id))

    async def version(self, version_id: UUID) -> KeptType:
        found = await self._found(t.report_type_versions.c.id == version_id)
        if not found:
            raise ReportTypeNotFound
        return found[0]

    async def by_ids(self, versions: Iterable[UUID]) -> dict[UUID, KeptType]:
        """Those that reports the caller may read were made with."""
        wanted = list(versions)
        if not wanted:
            return {}
        found = await self._found(t.report_type_versions.c.id.in_(wanted), everywhere=True)
        return {one.id: one for one in found}

    async def versions(self, type_id: UUID) -> list[KeptType]:
        """All of one type, the newest first. Raises ReportTypeNotFound."""
        found = await self._found(t.report_types.c.id == type_id)
        if not found:
            raise ReportTypeNotFound
        return found

    async def listed(self) -> list[KeptType]:
        """Every version the caller may look at: of types of the own area, of those around it and inside it."""
        return await self._found(true())

    async def in_force(self, area: str) -> list[KeptType]:
        """What is asked for in this area: types of it and of every area around it."""
        around = [one for one in ancestors(area) if one]
        state = t.report_type_versions.c.state == TypeState.IN_FORCE.value
        return await self._found(state, t.report_types.c.area.in_(around), everywhere=True)

    async def _found(self, *wanted: ColumnElement[bool], everywhere: bool = False) -> list[KeptType]:
        v = t.report_type_versions
        query = (
            select(v, t.report_types.c.key, t.report_types.c.area)
            .join(t.report_types, t.report_types.c.id == v.c.type_id)
            .where(*wanted)
            .order_by(t.report_types.c.area, t.report_types.c.recorded_at, v.c.type_id, v.c.number.desc())
        )
        if not everywhere:
            query = query.where(self._seen())
        return [_kept(row) for row in (await self._connection.execute(query)).mappings()]

    def _seen(self) -> ColumnElement[bool]:
        """What is asked of an area is known inside it and around it; nobody else has to do with it."""
        scope, area = self._scope, t.report_types.c.area
        if scope.everything or scope.area is None:
            return true() if scope.everything else area.in_([])
        return or_(area_in(area, scope.area), area.in_([one for one in ancestors(scope.area) if one]))


def _kept(row: RowMapping) -> KeptType:
    return KeptType(**{**{name: row[name] for name in KeptType.__dataclass_fields__}, "state": TypeState(row["state"])})


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, TypeState) else dict(value) if isinstance(value, Mapping) else value
