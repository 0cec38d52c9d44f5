"""What people owed to declare, and whether it came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.declarations import Declared
from gateway.domain.kinds import DeclaredBy, Occasion, Origin, ReportKind, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.scoping import of_residents_in


class Declarations:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, declared: Declared) -> None:
        await self._connection.execute(
            insert(t.declared).values(
                **{name: getattr(declared, name) for name in Declared.__dataclass_fields__}
                | {
                    "origins": [origin.value for origin in declared.origins],
                    "rules": list(declared.rules),
                    "missing": list(declared.missing),
                }
            )
        )

    async def save(self, declared: Declared) -> None:
        await self._connection.execute(
            update(t.declared)
            .where(t.declared.c.id == declared.id, of_residents_in(self._scope, t.declared))
            .values(
                missing=list(declared.missing),
                due_at=declared.due_at,
                answered_at=declared.answered_at,
                lead_at=declared.lead_at,
            )
        )

    async def find(self, declared_id: UUID, *, lock: bool = False) -> Declared | None:
        query = select(t.declared).where(t.declared.c.id == declared_id, of_residents_in(self._scope, t.declared))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _declared(row) if row else None

    async def open_of(self, resident_id: ResidentId) -> list[Declared]:
        """What this person was asked for and has not answered."""
        d = t.declared.c
        query = (
            select(t.declared)
            .where(
                d.resident_id == resident_id,
                d.due_at.is_not(None),
                d.answered_at.is_(None),
                d.lead_at.is_(None),
                of_residents_in(self._scope, t.declared),
            )
            .order_by(d.asked_at)
            .with_for_update()
        )
        return [_declared(row) for row in (await self._connection.execute(query)).mappings()]

    async def registered(self, duties: Sequence[str], *, limit: int = 500) -> list[Declared]:
        """The register: everybody in scope to whom one of these duties applied, the newest entry of each person."""
        d = t.declared.c
        query = (
            select(t.declared)
            .where(d.duty.in_(duties), of_residents_in(self._scope, t.declared))
            .order_by(d.asked_at.desc(), d.id)
            .limit(limit)
        )
        newest: dict[tuple[UUID, str], Declared] = {}
        for row in (await self._connection.execute(query)).mappings():
            newest.setdefault((row["resident_id"], row["duty"]), _declared(row))
        return list(newest.values())

    async def last_reports(self, resident_id: ResidentId) -> dict[ReportKind, datetime]:
        """When this person last handed in a form of each kind."""
        r = t.reports.c
        query = (
            select(r.kind, func.max(r.reported_at))
            .where(r.resident_id == resident_id, of_residents_in(self._scope, t.reports))
            .group_by(r.kind)
        )
        return {ReportKind(kind): at for kind, at in await self._connection.execute(query)}

    async def due(self, now: datetime, *, limit: int = 200) -> list[UUID]:
        d = t.declared.c
        query = select(d.id).where(d.due_at <= now, d.answered_at.is_(None), d.lead_at.is_(None))
        return list((await self._connection.execute(query.order_by(d.due_at).limit(limit))).scalars())

    async def waiting(self) -> list[tuple[UUID, datetime]]:
        d = t.declared.c
        query = select(d.id, d.due_at).where(d.due_at.is_not(None), d.answered_at.is_(None), d.lead_at.is_(None))
        return [(row[0], row[1]) for row in await self._connection.execute(query)]


def _declared(row: RowMapping) -> Declared:
    return Declared(
        id=row["id"],
        resident_id=row["resident_id"],
        duty=row["duty"],
        occasion=Occasion(row["occasion"]),
        origins=tuple(Origin(one) for one in row["origins"]),
        rules=tuple(row["rules"]),
        by=DeclaredBy(row["by"]),
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        missing=tuple(row["missing"]),
        answered_at=row["answered_at"],
        lead_at=row["lead_at"],
    )
