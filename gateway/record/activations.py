"""Which policy pack is in force where, since when, by whose hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, and_, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in

#: Plans begun by somebody who had not yet seen the change are looked at that long after it.
SETTLE_AFTER = timedelta(seconds=60)

_ONE_AT_A_TIME = 7_301_902_443


class ActivationNotFound(NotFound):
    """There is no such activation."""


@dataclass(frozen=True, slots=True)
class Activation:
    """`overlays` names the overlays laid over the pack, `accepted_off` the unset values somebody accepted.

    `pack_hash` names the words of the pack. From `in_force_at` on running plans follow it: `applied_at` says since when
    they do, `settled_at` that nobody was left behind, `figures` what came of it. Withdrawn: it never comes into force.
    """

    id: UUID
    area: str
    pack_id: str
    pack_version: str
    overlays: tuple[str, ...]
    effective_from: date
    activated_at: datetime
    activated_by: str
    accepted_off: tuple[str, ...] = ()
    pack_hash: str | None = None
    signed_off: tuple[Mapping[str, Any], ...] = ()
    in_force_at: datetime | None = None
    applied_at: datetime | None = None
    settled_at: datetime | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


class Activations:
    """Packs are public knowledge, so these rows carry no wall."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def one_at_a_time(self) -> None:
        """Until the transaction ends, no other activation is recorded or applied."""
        await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})

    async def add(self, activation: Activation) -> None:
        await self._connection.execute(
            insert(t.pack_activations).values(
                id=activation.id,
                area=activation.area,
                pack_id=activation.pack_id,
                pack_version=activation.pack_version,
                overlay=list(activation.overlays),
                effective_from=activation.effective_from,
                activated_at=activation.activated_at,
                activated_by=activation.activated_by,
                accepted_off=list(activation.accepted_off),
                pack_hash=activation.pack_hash,
                signed_off=[dict(one) for one in activation.signed_off],
                in_force_at=activation.in_force_at,
                **_progress(activation),
            )
        )

    async def save(self, activation: Activation) -> None:
        """How far it has come; what was decided never changes."""
        await self._connection.execute(
            update(t.pack_activations).where(t.pack_activations.c.id == activation.id).values(**_progress(activation))
        )

    async def get(self, activation_id: UUID) -> Activation:
        query = select(t.pack_activations).where(t.pack_activations.c.id == activation_id)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ActivationNotFound
        return _activation(row)

    async def around(self, areas: Sequence[str]) -> list[Activation]:
        """Activations of these areas: the innermost first, the newest first within one."""
        return (await self.around_with_ladders(areas))[0]

    async def around_with_ladders(self, areas: Sequence[str]) -> tuple[list[Activation], bool]:
        """As `around`; and whether one of these areas changed a ladder, as far as there is an activation to ask along
        with. It is asked with nearly everything that happens: one way to the database instead of two."""
        p, c = t.pack_activations.c, t.ladder_changes.c
        changed = exists(select(1).where(c.area.in_(list(areas)), c.replaced_at.is_(None)))
        query = (
            select(t.pack_activations, changed.label("ladders_changed"))
            .where(p.area.in_(list(areas)))
            .order_by(func.length(p.area).desc(), p.effective_from.desc(), p.activated_at.desc())
        )
        rows = list((await self._connection.execute(query)).mappings())
        return [_activation(row) for row in rows], not rows or rows[0]["ladders_changed"]

    async def within(self, area: str) -> list[Activation]:
        """Activations of this area and of every area inside it, the newest first."""
        p = t.pack_activations.c
        query = select(t.pack_activations).where(area_in(p.area, area)).order_by(p.activated_at.desc(), p.id)
        return [_activation(row) for row in (await self._connection.execute(query)).mappings()]

    async def unfinished(self) -> list[tuple[UUID, datetime]]:
        """What still has to be applied, or looked at once more, with the time for it."""
        p = t.pack_activations.c
        query = select(p.id, p.in_force_at, p.applied_at).where(
            p.in_force_at.is_not(None),
            p.withdrawn_at.is_(None),
            or_(p.applied_at.is_(None), p.settled_at.is_(None)),
        )
        return [
            (row[0], row[1] if row[2] is None else row[2] + SETTLE_AFTER)
            for row in await self._connection.execute(query)
        ]

    async def due(self, now: datetime) -> list[UUID]:
        p = t.pack_activations.c
        to_apply = and_(p.applied_at.is_(None), p.in_force_at <= now)
        to_settle = and_(p.settled_at.is_(None), p.applied_at <= now - SETTLE_AFTER)
        query = (
            select(p.id)
            .where(p.in_force_at.is_not(None), p.withdrawn_at.is_(None), or_(to_apply, to_settle))
            .order_by(p.in_force_at, p.id)
        )
        return list((await self._connection.execute(query)).scalars())


def _progress(activation: Activation) -> dict[str, Any]:
    return {
        "applied_at": activation.applied_at,
        "settled_at": activation.settled_at,
        "figures": dict(activation.figures),
        "withdrawn_at": activation.withdrawn_at,
        "withdrawn_by": activation.withdrawn_by,
    }


def _activation(row: RowMapping) -> Activation:
    return Activation(
        id=row["id"],
        area=row["area"],
        pack_id=row["pack_id"],
        pack_version=row["pack_version"],
        overlays=tuple(row["overlay"]),
        effective_from=row["effective_from"],
        activated_at=row["activated_at"],
        activated_by=row["activated_by"],
        accepted_off=tuple(row["accepted_off"]),
        pack_hash=row["pack_hash"],
        signed_off=tuple(row["signed_off"]),
        in_force_at=row["in_force_at"],
        applied_at=row["applied_at"],
        settled_at=row["settled_at"],
        figures=row["figures"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_by=row["withdrawn_by"],
    )
