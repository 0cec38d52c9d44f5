"""Which policy pack is in force where, since when, by whose hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.scopes import Scope
from gateway.record import tables as t


@dataclass(frozen=True, slots=True)
class Activation:
    """`overlays` names the overlays laid over the pack, `accepted_off` the unset values somebody accepted."""

    id: UUID
    area: str
    pack_id: str
    pack_version: str
    overlays: tuple[str, ...]
    effective_from: date
    activated_at: datetime
    activated_by: str
    accepted_off: tuple[str, ...] = ()


class Activations:
    """Packs are public knowledge, so these rows carry no wall."""

    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

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
            )
        )

    async def around(self, areas: Sequence[str]) -> list[Activation]:
        """Activations of these areas: the innermost first, the newest first within one."""
        p = t.pack_activations.c
        query = (
            select(t.pack_activations)
            .where(p.area.in_(list(areas)))
            .order_by(func.length(p.area).desc(), p.effective_from.desc(), p.activated_at.desc())
        )
        return [
            Activation(
                id=row["id"],
                area=row["area"],
                pack_id=row["pack_id"],
                pack_version=row["pack_version"],
                overlays=tuple(row["overlay"]),
                effective_from=row["effective_from"],
                activated_at=row["activated_at"],
                activated_by=row["activated_by"],
                accepted_off=tuple(row["accepted_off"]),
            )
            for row in (await self._connection.execute(query)).mappings()
        ]
