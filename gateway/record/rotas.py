"""Rotas and their shifts, substitutions, notes of hand-over, days set by hand, private calendars.

Who has duty when is no secret inside the house; notes of hand-over may name people, so they are sealed and walled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId, Role
from gateway.domain.rotas import Span, Substitution
from gateway.domain.scopes import Scope
from gateway.domain.workdays import DayKind, DayMark
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.officials import Shift, shift_of
from gateway.record.scoping import area_in
from gateway.record.vault import Vault


class RotaNotFound(NotFound):
    """There is no such rota in your area."""


class SubstitutionNotFound(NotFound):
    """There is no such substitution in your area."""


@dataclass(frozen=True, slots=True)
class Rota:
    id: UUID
    area: str
    role: Role
    pattern: Mapping[str, Any]
    people: tuple[OfficialId, ...]
    from_on: date
    to_on: date
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptSubstitution:
    id: UUID
    official_id: OfficialId
    substitute_id: OfficialId
    starts_at: datetime
    ends_at: datetime
    reason: str | None
    made_at: datetime
    made_by: str
    sequence: int = 0
    cancelled_at: datetime | None = None

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def plain(self) -> Substitution:
        return Substitution(self.official_id, self.substitute_id, self.span)


@dataclass(frozen=True, slots=True)
class Handover:
    id: UUID
    area: str
    role: Role
    official_id: OfficialId
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose calendar a private address shows."""

    id: UUID
    official_id: OfficialId | None
    role: Role | None
    area: str | None
    made_at: datetime
    made_by: OfficialId


class Rotas:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    # rotas and shifts

    async def add(self, rota: Rota, shifts: Sequence[Shift]) -> None:
        values = {name: getattr(rota, name) for name in Rota.__dataclass_fields__}
        await self._connection.execute(
            insert(t.rotas).values({**values, "people": list(rota.people), "pattern": dict(rota.pattern)})
        )
        if shifts:
            rows = [{name: getattr(shift, name) for name in Shift.__dataclass_fields__} for shift in shifts]
            await self._connection.execute(insert(t.shifts), rows)

    async def running(self, area: str) -> list[Rota]:
        query = select(t.rotas).where(area_in(t.rotas.c.area, area), t.rotas.c.ended_at.is_(None))
        rows = (await self._connection.execute(query.order_by(t.rotas.c.area, t.rotas.c.role))).mappings()
        return [_rota(row) for row in rows]

    async def get(self, rota_id: UUID) -> Rota:
        row = (await self._connection.execute(select(t.rotas).where(t.rotas.c.id == rota_id))).mappings().first()
        if row is None:
            raise RotaNotFound
        return _rota(row)

    async def end(self, rota_id: UUID, now: datetime) -> None:
        """It asks for nobody any more; what of its shifts is still to come is cancelled."""
        await self._connection.execute(update(t.rotas).where(t.rotas.c.id == rota_id).values(ended_at=now))
        s = t.shifts.c
        ours = update(t.shifts).where(s.rota_id == rota_id, s.cancelled_at.is_(None))
        await self._connection.execute(ours.where(s.starts_at > now).values(cancelled_at=now, sequence=s.sequence + 1))
        await self._connection.execute(
            ours.where(s.starts_at <= now, s.ends_at > now).values(ends_at=now, sequence=s.sequence + 1)
        )

    async def end_standing(self, role: Role, area: str, at: datetime) -> None:
        """Whoever held this post until further notice holds it until then."""
        s = t.shifts.c
        await self._connection.execute(
            update(t.shifts)
            .where(s.role == role, s.area == area, s.ends_at.is_(None), s.cancelled_at.is_(None))
            .values(ends_at=at, sequence=s.sequence + 1)
        )

    async def shifts_between(
        self,
        first: datetime,
        last: datetime,
        *,
        area: str = "",
        official: OfficialId | None = None,
        post: tuple[Role, str] | None = None,
        cancelled: bool = False,
    ) -> list[Shift]:
        s = t.shifts.c
        query = select(t.shifts).where(
            area_in(s.area, area),
            s.starts_at < last,
            or_(s.ends_at.is_(None), (s.ends_at > first) & (s.ends_at > s.starts_at)),
        )
        if official is not None:
            query = query.where(s.official_id == official)
        if post is not None:
            query = query.where(s.role == post[0], s.area == post[1])
        if not cancelled:
            query = query.where(s.cancelled_at.is_(None))
        rows = (await self._connection.execute(query.order_by(s.area, s.role, s.starts_at))).mappings()
        return [shift_of(row) for row in rows]

    # substitutions

    async def substitute(self, one: KeptSubstitution) -> None:
        values = {name: getattr(one, name) for name in KeptSubstitution.__dataclass_fields__}
        await self._connection.execute(insert(t.substitutions).values(values))

    async def substitution(self, substitution_id: UUID) -> KeptSubstitution:
        query = select(t.substitutions).where(t.substitutions.c.id == substitution_id)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise SubstitutionNotFound
        return _substitution(row)

    async def cancel_substitution(self, substitution_id: UUID, now: datetime) -> None:
        c = t.substitutions.c
        await self._connection.execute(
            update(t.substitutions).where(c.id == substitution_id).values(cancelled_at=now, sequence=c.sequence + 1)
        )

    async def substitutions(
        self, first: datetime, last: datetime, *, cancelled: bool = False
    ) -> list[KeptSubstitution]:
        c = t.substitutions.c
        query = select(t.substitutions).where(c.starts_at < last, c.ends_at > first)
        if not cancelled:
            query = query.where(c.cancelled_at.is_(None))
        rows = (await self._connection.execute(query.order_by(c.starts_at))).mappings()
        return [_substitution(row) for row in rows]

    # hand-over

    async def hand_over(self, note: Handover) -> None:
        await self._connection.execute(
            insert(t.handovers).values(
                id=note.id,
                area=note.area,
                role=note.role,
                official_id=note.official_id,
                at=note.at,
                text_sealed=self._vault.seal(None, "handovers", "text", note.id, note.text),
            )
        )

    async def handovers(self, area: str, *, limit: int = 20) -> list[Handover]:
        c = t.handovers.c
        query = select(t.handovers).where(area_in(c.area, area)).order_by(c.at.desc()).limit(limit)
        return [
            Handover(
                row["id"],
                row["area"],
                Role(row["role"]),
                row["official_id"],
                row["at"],
                self._vault.open(None, "handovers", "text", row["id"], row["text_sealed"]) or "",
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    # days

    async def marks(self, areas: Sequence[str], first: date, last: date) -> list[DayMark]:
        """Days set by hand around a place; of several for one day the innermost, as `areas` are ordered."""
        c = t.day_marks.c
        query = select(t.day_marks).where(c.area.in_(areas), c.day >= first, c.day <= last)
        nearest: dict[date, RowMapping] = {}
        for row in (await self._connection.execute(query)).mappings():
            known = nearest.get(row["day"])
            if known is None or areas.index(row["area"]) < areas.index(known["area"]):
                nearest[row["day"]] = row
        return [DayMark(day, DayKind(row["kind"]), row["name"], True) for day, row in sorted(nearest.items())]

    async def mark(self, mark_id: UUID, area: str, mark: DayMark, *, by: str, now: datetime) -> None:
        values = {"kind": mark.kind.value, "name": mark.name, "set_by": by, "set_at": now}
        await self._connection.execute(
            upsert(t.day_marks)
            .values(id=mark_id, area=area, day=mark.day, **values)
            .on_conflict_do_update(index_elements=["area", "day"], set_=values)
        )

    async def unmark(self, area: str, day: date) -> None:
        await self._connection.execute(t.day_marks.delete().where(t.day_marks.c.area == area, t.day_marks.c.day == day))

    # private calendars

    async def add_feed(self, feed: Feed, token: str) -> None:
        values = {name: getattr(feed, name) for name in Feed.__dataclass_fields__}
        await self._connection.execute(
            insert(t.calendar_feeds).values(token_hash=self._vault.token_hash(token), **values)
        )

    async def feed(self, token: str) -> Feed | None:
        c = t.calendar_feeds.c
        query = select(t.calendar_feeds).where(c.token_hash == self._vault.token_hash(token), c.revoked_at.is_(None))
        row = (await self._connection.execute(query)).mappings().first()
        return _feed(row) if row else None

    async def feeds(self, made_by: OfficialId) -> list[Feed]:
        c = t.calendar_feeds.c
        query = select(t.calendar_feeds).where(c.made_by == made_by, c.revoked_at.is_(None)).order_by(c.made_at)
        return [_feed(row) for row in (await self._connection.execute(query)).mappings()]

    async def revoke_feed(self, feed_id: UUID, made_by: OfficialId, now: datetime) -> bool:
        c = t.calendar_feeds.c
        written = await self._connection.execute(
            update(t.calendar_feeds)
            .where(c.id == feed_id, c.made_by == made_by, c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return bool(written.rowcount)


def _rota(row: RowMapping) -> Rota:
    values = {name: row[name] for name in Rota.__dataclass_fields__}
    return Rota(**{**values, "role": Role(row["role"]), "people": tuple(row["people"])})


def _substitution(row: RowMapping) -> KeptSubstitution:
    return KeptSubstitution(**{name: row[name] for name in KeptSubstitution.__dataclass_fields__})


def _feed(row: RowMapping) -> Feed:
    values = {name: row[name] for name in Feed.__dataclass_fields__}
    return Feed(**{**values, "role": Role(row["role"]) if row["role"] else None})
