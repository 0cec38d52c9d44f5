"""Officials, their units, and who holds which post when."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ChannelName, OfficialId, Role
from gateway.domain.rotas import Span, Substitution, standing_in
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
    rota_id: UUID | None = None
    sequence: int = 0
    cancelled_at: datetime | None = None


def official_of(row: Mapping[str, Any] | RowMapping) -> Official:
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

    async def end_sessions(self, official_id: OfficialId, now: datetime) -> None:
        """Signed out everywhere; whoever still has a desk signs in again."""
        await self._connection.execute(
            update(t.sessions)
            .where(t.sessions.c.official_id == official_id, t.sessions.c.ended_at.is_(None))
            .values(ended_at=now)
        )

    async def persons_behind(self, official_id: OfficialId, index: Callable[[str], bytes | None]) -> frozenset[object]:
        """Marks of the person who uses an account: two accounts that share one are one person's.

        The resident at the same address, with their phone and ID number (the blind index); a number of the account's
        own; the account of the organisation. `index` is the blind index of a phone.
        """
        r, a = t.residents.c, t.addresses.c
        query = (
            select(r.id, r.phone_index, r.id_number_index)
            .join(t.addresses, a.resident_id == r.id)
            .where(a.official_id == official_id, r.erased_at.is_(None))
        )
        marks: set[object] = set()
        for resident, phone, number in await self._connection.execute(query):
            marks |= {resident, ("phone", phone), ("id", number)}
        numbers = select(a.handle).where(a.official_id == official_id, a.channel == ChannelName.SMS)
        marks |= {("phone", index(handle)) for handle in (await self._connection.execute(numbers)).scalars()}
        subject = select(t.officials.c.oidc_subject).where(t.officials.c.id == official_id)
        marks.add(("organisation", (await self._connection.execute(subject)).scalar_one_or_none()))
        return frozenset({official_id, *(one for one in marks if not isinstance(one, tuple) or one[1] is not None)})

    # rosters

    async def add_shift(self, shift: Shift) -> None:
        await self._connection.execute(
            insert(t.shifts).values(**{name: getattr(shift, name) for name in Shift.__dataclass_fields__})
        )

    async def end_shifts(self, official_id: OfficialId, now: datetime) -> None:
        await self._connection.execute(
            update(t.shifts)
            .where(
                t.shifts.c.official_id == official_id,
                t.shifts.c.starts_at <= now,
                or_(t.shifts.c.ends_at.is_(None), t.shifts.c.ends_at > now),
            )
            .values(ends_at=now, sequence=t.shifts.c.sequence + 1)
        )
        await self._connection.execute(
            update(t.shifts)
            .where(t.shifts.c.official_id == official_id, t.shifts.c.starts_at > now, t.shifts.c.cancelled_at.is_(None))
            .values(cancelled_at=now, sequence=t.shifts.c.sequence + 1)
        )

    async def end_shift(self, shift_id: UUID, now: datetime) -> None:
        """It ends now; one that has not begun is cancelled."""
        one = update(t.shifts).where(t.shifts.c.id == shift_id)
        following = t.shifts.c.sequence + 1
        await self._connection.execute(one.where(t.shifts.c.starts_at <= now).values(ends_at=now, sequence=following))
        await self._connection.execute(
            one.where(t.shifts.c.starts_at > now).values(cancelled_at=now, sequence=following)
        )

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
                t.shifts.c.cancelled_at.is_(None),
                t.officials.c.active,
            )
        )
        posts: dict[Role, dict[str, list[Official]]] = {}
        for row in (await self._connection.execute(query)).mappings():
            posts.setdefault(Role(row["role"]), {}).setdefault(row["post"], []).append(_joined(row))
        innermost = {role: by_post[max(by_post, key=len)] for role, by_post in posts.items()}
        return {role: await self.present(holders, now) for role, holders in innermost.items()}

    async def present(self, officials: Sequence[Official], now: datetime) -> list[Official]:
        """These officials, or who stands in for them at the moment."""
        if not officials:
            return []
        c = t.substitutions.c
        running = select(t.substitutions).where(c.starts_at <= now, c.ends_at > now, c.cancelled_at.is_(None))
        rows = (await self._connection.execute(running)).mappings().all()
        if not rows:
            return list(officials)
        acting = [
            Substitution(row["official_id"], row["substitute_id"], Span(row["starts_at"], row["ends_at"]))
            for row in rows
        ]
        ids = {one.id: standing_in(one.id, acting, now) for one in officials}
        others = await self.by_ids([two for one, two in ids.items() if one != two])
        active = {one.id: one for one in others.values() if await self.find(one.id) is not None}
        found = [active.get(ids[one.id], one) for one in officials]
        return list({one.id: one for one in found}.values())

    async def of_unit(self, unit_ids: Iterable[UUID]) -> list[Official]:
        query = select(t.officials).where(t.officials.c.unit_id.in_(list(unit_ids)), t.officials.c.active)
        return [official_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def shifts(self, *, area: str, now: datetime) -> list[Shift]:
        query = (
            select(t.shifts)
            .where(
                area_in(t.shifts.c.area, area),
                or_(t.shifts.c.ends_at.is_(None), t.shifts.c.ends_at > now),
                t.shifts.c.cancelled_at.is_(None),
            )
            .order_by(t.shifts.c.area, t.shifts.c.role)
        )
        return [shift_of(row) for row in (await self._connection.execute(query)).mappings()]


def shift_of(row: RowMapping) -> Shift:
    return Shift(**{**{name: row[name] for name in Shift.__dataclass_fields__}, "role": Role(row["role"])})


def _joined(row: Any) -> Official:
    return Official(
        id=row["id"],
        name=row["name"],
        language=row["language"],
        roles=tuple(Role(role) for role in row["roles"]),
        area=row[t.officials.c.area],
        unit_id=row[t.officials.c.unit_id],
    )
