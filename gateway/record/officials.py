"""Officials, their units, and who holds which post when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId, Role
from gateway.domain.scopes import Official, Scope, ancestors
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in


class OfficialNotFound(NotFound):
    """There is no such official."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Who holds a role at a place, from and to; no end: until further notice."""

    id: UUID
    role: Role
    area: str
    official_id: OfficialId
    starts_at: datetime
    ends_at: datetime | None = None
    unit_id: UUID | None = None


def official_of(row: RowMapping) -> Official:
    return Official(
        id=row["id"],
        name=row["name"],
        language=row["language"],
        roles=tuple(Role(role) for role in row["roles"]),
        area=row["area"],
        unit_id=row["unit_id"],
    )


class Officials:
    """Names and posts of officials are no secret inside the house, so these rows carry no wall."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, official: Official, *, now: datetime) -> None:
        await self._connection.execute(
            insert(t.officials).values(
                id=official.id,
                name=official.name,
                language=official.language,
                area=official.area,
                roles=[role.value for role in official.roles],
                unit_id=official.unit_id,
                created_at=now,
            )
        )

    async def change(self, official: Official) -> None:
        """Another desk: name, roles, area and unit as given."""
        await self._connection.execute(
            update(t.officials)
            .where(t.officials.c.id == official.id)
            .values(
                name=official.name,
                language=official.language,
                area=official.area,
                roles=[role.value for role in official.roles],
                unit_id=official.unit_id,
            )
        )

    async def find(self, official_id: OfficialId) -> Official | None:
        query = select(t.officials).where(t.officials.c.id == official_id, t.officials.c.active)
        row = (await self._connection.execute(query)).mappings().first()
        return official_of(row) if row else None

    async def get(self, official_id: OfficialId) -> Official:
        official = await self.find(official_id)
        if official is None:
            raise OfficialNotFound
        return official

    async def by_ids(self, ids: Iterable[OfficialId]) -> dict[OfficialId, Official]:
        query = select(t.officials).where(t.officials.c.id.in_(list(ids)))
        return {row["id"]: official_of(row) for row in (await self._connection.execute(query)).mappings()}

    async def listed(self, *, area: str) -> list[Official]:
        query = (
            select(t.officials)
            .where(area_in(t.officials.c.area, area), t.officials.c.active)
            .order_by(t.officials.c.area, t.officials.c.name)
        )
        return [official_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def end(self, official_id: OfficialId, now: datetime) -> None:
        await self._connection.execute(
            update(t.officials)
            .where(t.officials.c.id == official_id)
            .values(active=False, ended_at=now, oidc_subject=None)
        )
        await self._connection.execute(
            update(t.sessions).where(t.sessions.c.official_id == official_id).values(ended_at=now)
        )

    # rosters

    async def add_shift(self, shift: Shift) -> None:
        await self._connection.execute(
            insert(t.shifts).values(**{name: getattr(shift, name) for name in Shift.__dataclass_fields__})
        )

    async def end_shifts(self, official_id: OfficialId, now: datetime) -> None:
        await self._connection.execute(
            update(t.shifts)
            .where(t.shifts.c.official_id == official_id, or_(t.shifts.c.ends_at.is_(None), t.shifts.c.ends_at > now))
            .values(ends_at=now)
        )

    async def end_shift(self, shift_id: UUID, now: datetime) -> None:
        await self._connection.execute(update(t.shifts).where(t.shifts.c.id == shift_id).values(ends_at=now))

    async def on_call(self, roles: Sequence[Role], area: str, now: datetime) -> dict[Role, list[Official]]:
        """Who has duty now, per role: the holders of the innermost post around `area`. Unheld roles are absent."""
        query = (
            select(t.shifts.c.role, t.shifts.c.area.label("post"), *t.officials.c)
            .join(t.officials, t.officials.c.id == t.shifts.c.official_id)
            .where(
                t.shifts.c.role.in_([role.value for role in roles]),
                t.shifts.c.area.in_(ancestors(area)),
                t.shifts.c.starts_at <= now,
                or_(t.shifts.c.ends_at.is_(None), t.shifts.c.ends_at > now),
                t.officials.c.active,
            )
        )
        posts: dict[Role, dict[str, list[Official]]] = {}
        for row in (await self._connection.execute(query)).mappings():
            posts.setdefault(Role(row["role"]), {}).setdefault(row["post"], []).append(_joined(row))
        return {role: by_post[max(by_post, key=len)] for role, by_post in posts.items()}

    async def of_unit(self, unit_ids: Iterable[UUID]) -> list[Official]:
        query = select(t.officials).where(t.officials.c.unit_id.in_(list(unit_ids)), t.officials.c.active)
        return [official_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def shifts(self, *, area: str, now: datetime) -> list[Shift]:
        query = (
            select(t.shifts)
            .where(and_(area_in(t.shifts.c.area, area), or_(t.shifts.c.ends_at.is_(None), t.shifts.c.ends_at > now)))
            .order_by(t.shifts.c.area, t.shifts.c.role)
        )
        return [
            Shift(
                id=row["id"],
                role=Role(row["role"]),
                area=row["area"],
                official_id=row["official_id"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
                unit_id=row["unit_id"],
            )
            for row in (await self._connection.execute(query)).mappings()
        ]


def _joined(row: Any) -> Official:
    return Official(
        id=row["id"],
        name=row["name"],
        language=row["language"],
        roles=tuple(Role(role) for role in row["roles"]),
        area=row[t.officials.c.area],
        unit_id=row[t.officials.c.unit_id],
    )
