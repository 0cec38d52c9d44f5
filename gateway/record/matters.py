"""Matters with their steps: what was told is sealed; kinds, areas, moments stand in clear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import MatterId, OfficialId, ResidentId, UnitId
from gateway.domain.matters import Teller
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import DataKey, Vault


class MatterNotFound(NotFound):
    """There is no such matter in your area."""


@dataclass(frozen=True, slots=True)
class KeptMatter:
    """`told` is opened only for whoever looks at this one."""

    id: MatterId
    reference: str
    kind: str
    area: str
    pack_id: str
    pack_version: str
    teller: Teller
    told_at: datetime
    official_id: OfficialId | None = None
    teller_id: ResidentId | None = None
    unit_id: UnitId | None = None
    resident_id: ResidentId | None = None
    repeated: bool = False
    next_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: OfficialId | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class KeptStep:
    key: str
    position: int
    due_at: datetime | None = None
    taken_at: datetime | None = None
    taken_by: OfficialId | None = None
    owner_id: OfficialId | None = None
    missed_at: datetime | None = None
    note: str | None = None


_CLEAR = tuple(KeptMatter.__dataclass_fields__)
_STEP = tuple(name for name in KeptStep.__dataclass_fields__ if name != "note")


class Matters:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if self._scope.area is not None:
            ways.append(area_in(t.matters.c.area, self._scope.area))
        if self._scope.units:
            ways.append(t.matters.c.unit_id.in_(self._scope.units))
        return or_(*ways) if ways else false()

    async def add(
        self, matter: KeptMatter, told: dict[str, str], steps: Sequence[KeptStep], key: DataKey | None, mark: str | None
    ) -> None:
        """`mark` is what would be the same if somebody told the same again; only its keyed index is kept."""
        await self._connection.execute(
            insert(t.matters).values(
                **{name: getattr(matter, name) for name in _CLEAR},
                told_sealed=self._vault.seal(key, "matters", "told", matter.id, told),
                mark=self._vault.index(f"matter:{matter.kind}", mark),
            )
        )
        for step in steps:
            await self._connection.execute(
                insert(t.matter_steps).values(
                    matter_id=matter.id,
                    area=matter.area,
                    note_sealed=None,
                    **{name: getattr(step, name) for name in _STEP},
                )
            )

    async def told_before(self, kind: str, mark: str, *, since: datetime) -> bool:
        """Whether the same was told since then, wherever: one identity card may be used in two counties."""
        query = select(t.matters.c.id).where(
            t.matters.c.kind == kind,
            t.matters.c.mark == self._vault.index(f"matter:{kind}", mark),
            t.matters.c.told_at >= since,
        )
        return (await self._connection.execute(query.limit(1))).first() is not None

    async def get(self, matter_id: MatterId, *, lock: bool = False) -> KeptMatter:
        query = select(t.matters).where(t.matters.c.id == matter_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise MatterNotFound
        return _matter(row)

    async def told(self, matter_id: MatterId, key: DataKey | None) -> dict[str, str]:
        query = select(t.matters.c.told_sealed).where(t.matters.c.id == matter_id, self._mine())
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: dict[str, str] | None = self._vault.open(key, "matters", "told", matter_id, sealed)
        return opened or {}

    async def steps(
        self, matter_id: MatterId, key: DataKey | None = None, *, with_notes: bool = False
    ) -> list[KeptStep]:
        """In order; notes are opened only for whoever looks at this one."""
        query = (
            select(t.matter_steps).where(t.matter_steps.c.matter_id == matter_id).order_by(t.matter_steps.c.position)
        )
        return [
            KeptStep(
                **{name: row[name] for name in _STEP},
                note=self._vault.open(key, "matter_steps", f"note.{row['key']}", matter_id, row["note_sealed"])
                if with_notes
                else None,
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def steps_of(self, ids: Sequence[MatterId]) -> dict[MatterId, list[KeptStep]]:
        """Of each, in order and without notes."""
        query = select(t.matter_steps).where(t.matter_steps.c.matter_id.in_(list(ids)))
        found: dict[MatterId, list[KeptStep]] = {one: [] for one in ids}
        for row in (await self._connection.execute(query.order_by(t.matter_steps.c.position))).mappings():
            found[MatterId(row["matter_id"])].append(KeptStep(**{name: row[name] for name in _STEP}, note=None))
        return found

    async def listed(
        self,
        *,
        kinds: Sequence[str] = (),
        open_only: bool = False,
        resident: ResidentId | None = None,
        limit: int = 200,
    ) -> list[KeptMatter]:
        """Matters in scope, the newest first."""
        query = select(t.matters).where(self._mine()).order_by(t.matters.c.told_at.desc(), t.matters.c.id).limit(limit)
        if kinds:
            query = query.where(t.matters.c.kind.in_(list(kinds)))
        if open_only:
            query = query.where(t.matters.c.closed_at.is_(None))
        if resident is not None:
            query = query.where(t.matters.c.resident_id == resident)
        return [_matter(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, matter: KeptMatter) -> None:
        changing = ("next_at", "closed_at", "closed_by", "outcome", "repeated")
        await self._connection.execute(
            update(t.matters)
            .where(t.matters.c.id == matter.id)
            .values(**{name: getattr(matter, name) for name in changing})
        )

    async def save_step(self, matter: KeptMatter, step: KeptStep, key: DataKey | None = None) -> None:
        """Its state; and its note where it brings one."""
        values = {name: getattr(step, name) for name in _STEP if name not in ("key", "position")}
        if step.note is not None:
            values["note_sealed"] = self._vault.seal(key, "matter_steps", f"note.{step.key}", matter.id, step.note)
        await self._connection.execute(
            update(t.matter_steps)
            .where(t.matter_steps.c.matter_id == matter.id, t.matter_steps.c.key == step.key)
            .values(**values)
        )

    async def due(self, now: datetime, *, limit: int = 200) -> list[MatterId]:
        query = (
            select(t.matters.c.id)
            .where(t.matters.c.closed_at.is_(None), t.matters.c.next_at <= now)
            .order_by(t.matters.c.next_at)
            .limit(limit)
        )
        return [MatterId(one) for one in (await self._connection.execute(query)).scalars()]

    async def hand_on(self, leaving: OfficialId, taking: OfficialId, area: str) -> int:
        """Steps of open matters inside an area that one owns are the other's from now on; how many."""
        steps = t.matter_steps.c
        still = select(t.matters.c.id).where(t.matters.c.closed_at.is_(None), area_in(t.matters.c.area, area))
        written = await self._connection.execute(
            update(t.matter_steps)
            .where(steps.owner_id == leaving, steps.taken_at.is_(None), steps.matter_id.in_(still))
            .values(owner_id=taking)
        )
        return written.rowcount

    async def waiting(self) -> list[tuple[MatterId, datetime]]:
        query = select(t.matters.c.id, t.matters.c.next_at).where(
            t.matters.c.closed_at.is_(None), t.matters.c.next_at.is_not(None)
        )
        return [(MatterId(row[0]), row[1]) for row in await self._connection.execute(query)]

    async def misses(self, kind: str) -> list[tuple[UUID | None, UUID | None, datetime]]:
        """Every clock of this kind that ran out: unit, the step's owner, when."""
        query = (
            select(t.matters.c.unit_id, t.matter_steps.c.owner_id, t.matter_steps.c.missed_at)
            .join(t.matters, t.matters.c.id == t.matter_steps.c.matter_id)
            .where(and_(t.matters.c.kind == kind, t.matter_steps.c.missed_at.is_not(None)), self._mine())
        )
        return [(row[0], row[1], row[2]) for row in await self._connection.execute(query)]

    async def without(self, kind: str, profile: str, *, area: str) -> list[tuple[ResidentId, str]]:
        """Residents of an area under a profile for whom this matter never began, with their managing areas."""
        f, r, m = t.follow_ups.c, t.residents.c, t.matters.c
        begun = select(m.id).where(m.kind == kind, m.resident_id == f.resident_id, m.told_at >= f.created_at)
        query = (
            select(r.id, r.managing_area)
            .join(t.follow_ups, f.resident_id == r.id)
            .where(f.profile == profile, f.state == "active", area_in(r.managing_area, area), ~begun.exists())
            .limit(200)
        )
        return [(ResidentId(row[0]), row[1] or "") for row in await self._connection.execute(query)]


def _matter(row: Any) -> KeptMatter:
    return KeptMatter(**{name: row[name] for name in _CLEAR if name != "teller"}, teller=Teller(row["teller"]))
