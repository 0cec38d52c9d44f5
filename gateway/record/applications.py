"""Applications and what became of them, and what people work as. Names, places and reasons are sealed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, false, func, insert, not_, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.applications import OPEN, STANDING, Application, reasons_kept, reasons_read
from gateway.domain.kinds import (
    ApplicationId,
    ApplicationKind,
    ApplicationState,
    EventKind,
    Excuse,
    Level,
    Occupation,
    OfficialId,
    ResidentId,
    RiskLevel,
    Verdict,
)
from gateway.domain.people import Resident
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.residents import resident_of
from gateway.record.scoping import area_in, of_residents_in, residents_in
from gateway.record.vault import DataKey, Vault


class ApplicationNotFound(NotFound):
    """There is no such application in your area."""


class Applications:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        a = t.applications.c
        ways: list[ColumnElement[bool]] = []
        if self._scope.area is not None:
            ways.append(area_in(a.area, self._scope.area))
        if self._scope.people:
            ways.append(a.resident_id.in_(self._scope.people))
        if self._scope.units:
            ways.append(a.unit_id.in_(self._scope.units))
        return or_(*ways) if ways else false()

    async def add(self, application: Application, key: DataKey | None) -> None:
        await self._connection.execute(
            insert(t.applications).values(
                id=application.id,
                reference=application.reference,
                kind=application.kind,
                event_kind=application.event_kind,
                area=application.area,
                resident_id=application.resident_id,
                official_id=application.official_id,
                unit_id=application.unit_id,
                on=application.on,
                people=application.people,
                cadres=application.cadres,
                excuses=[excuse.value for excuse in application.excuses],
                pack_id=application.pack_id,
                pack_version=application.pack_version,
                applied_at=application.applied_at,
                **self._state(application, key),
            )
        )

    async def save(self, application: Application, key: DataKey | None) -> None:
        await self._connection.execute(
            update(t.applications)
            .where(t.applications.c.id == application.id, self._mine())
            .values(**self._state(application, key))
        )

    async def close(self, application_id: ApplicationId) -> None:
        """Taken back with nobody left to ask: what stands sealed stays shut."""
        await self._connection.execute(
            update(t.applications)
            .where(t.applications.c.id == application_id, self._mine())
            .values(state=ApplicationState.CANCELLED, look_at=None)
        )

    def _state(self, application: Application, key: DataKey | None) -> dict[str, Any]:
        return {
            "state": application.state,
            "verdict": application.verdict,
            "reasons": reasons_kept(application.reasons),
            "rules": list(application.rules),
            "decides": application.decides,
            "tier": application.tier,
            "look_at": application.look_at,
            "decided_at": application.decided_at,
            "decided_by": application.decided_by,
            "review_rules": list(application.review_rules),
            "details_sealed": self._vault.seal(
                key, "applications", "details", application.id, dict(application.details)
            ),
        }

    async def find(self, application_id: ApplicationId, *, lock: bool = False) -> tuple[Application, Any] | None:
        """The application without its words, and the row that `opened` reads them from."""
        query = select(t.applications).where(t.applications.c.id == application_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return (_application(row, {}), row) if row else None

    @staticmethod
    def without_words(row: RowMapping) -> Application:
        """What is left to see of somebody whose key was destroyed."""
        return _application(row, {})

    def opened(self, row: RowMapping, key: DataKey | None) -> Application:
        details = self._vault.open(key, "applications", "details", row["id"], row["details_sealed"])
        return _application(row, details or {})

    async def listed(
        self,
        *,
        kinds: Sequence[ApplicationKind] = (),
        states: Sequence[ApplicationState] = (),
        limit: int = 200,
    ) -> list[RowMapping]:
        """What is to be decided first, then by day; `opened` reads their words."""
        a = t.applications.c
        query = select(t.applications).where(self._mine()).order_by(a.on, a.applied_at).limit(limit)
        if kinds:
            query = query.where(a.kind.in_([kind.value for kind in kinds]))
        if states:
            query = query.where(a.state.in_([state.value for state in states]))
        return list((await self._connection.execute(query)).mappings())

    async def of_resident(self, resident_id: ResidentId, kind: ApplicationKind, key: DataKey) -> list[Application]:
        """The newest first."""
        a = t.applications.c
        query = (
            select(t.applications)
            .where(a.resident_id == resident_id, a.kind == kind, self._mine())
            .order_by(a.applied_at.desc())
        )
        return [self.opened(row, key) for row in (await self._connection.execute(query)).mappings()]

    async def standing_near(self, areas: Iterable[str], since: date) -> list[ApplicationId]:
        """Approved or allowed events from that day on whose place lies in one of these areas, or around one."""
        a = t.applications.c
        ways = [
            way
            for area in areas
            for way in (area_in(a.area, area), a.area.in_([area[:digits] for digits in (4, 6, 9, 12)]))
        ]
        if not ways:
            return []
        query = select(a.id).where(
            a.kind == ApplicationKind.EVENT,
            a.state.in_([state.value for state in STANDING]),
            a.on >= since,
            or_(*ways),
            self._mine(),
        )
        return [ApplicationId(one) for one in (await self._connection.execute(query)).scalars()]

    async def due(self, now: datetime, *, limit: int = 200) -> list[ApplicationId]:
        a = t.applications.c
        query = select(a.id).where(a.look_at <= now, self._mine()).order_by(a.look_at).limit(limit)
        return [ApplicationId(one) for one in (await self._connection.execute(query)).scalars()]

    async def waiting(self) -> list[tuple[ApplicationId, datetime]]:
        a = t.applications.c
        query = select(a.id, a.look_at).where(a.look_at.is_not(None), a.state.in_([one.value for one in OPEN]))
        return [(ApplicationId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # what people work as

    async def occupations(self, resident_id: ResidentId) -> tuple[Occupation, ...]:
        o = t.occupations
        query = (
            select(o.c.occupation)
            .where(o.c.resident_id == resident_id, of_residents_in(self._scope, o))
            .order_by(o.c.occupation)
        )
        return tuple(Occupation(one) for one in (await self._connection.execute(query)).scalars())

    async def working_as(
        self, occupations: Iterable[str], *, area: str, beyond: Iterable[str]
    ) -> list[tuple[Resident, tuple[str, ...]]]:
        """Who works as one of these in the area, but not in the areas beyond it, and as what."""
        o, r = t.occupations, t.residents.c
        query = (
            select(t.residents, func.array_agg(o.c.occupation).label("works_as"))
            .join(o, o.c.resident_id == r.id)
            .where(o.c.occupation.in_(list(occupations)), residents_in(self._scope), r.erased_at.is_(None))
            .where(area_in(r.managing_area, area), *(not_(area_in(r.managing_area, one)) for one in beyond))
            .group_by(r.id)
            .order_by(r.id)
        )
        rows = (await self._connection.execute(query)).mappings()
        return [(resident_of(row), tuple(sorted(row["works_as"]))) for row in rows]

    async def set_occupation(
        self, resident_id: ResidentId, occupation: Occupation, *, by: OfficialId, at: datetime
    ) -> None:
        await self._connection.execute(
            upsert(t.occupations)
            .values(resident_id=resident_id, occupation=occupation, recorded_by=by, recorded_at=at)
            .on_conflict_do_nothing()
        )

    async def end_occupation(self, resident_id: ResidentId, occupation: Occupation) -> None:
        o = t.occupations
        await self._connection.execute(
            delete(o).where(
                and_(o.c.resident_id == resident_id, o.c.occupation == occupation, of_residents_in(self._scope, o))
            )
        )


def _application(row: RowMapping, details: dict[str, Any]) -> Application:
    return Application(
        id=ApplicationId(row["id"]),
        reference=row["reference"],
        kind=ApplicationKind(row["kind"]),
        area=row["area"],
        on=row["on"],
        state=ApplicationState(row["state"]),
        verdict=Verdict(row["verdict"]),
        reasons=reasons_read(row["reasons"]),
        pack_id=row["pack_id"],
        pack_version=row["pack_version"],
        applied_at=row["applied_at"],
        resident_id=row["resident_id"],
        official_id=row["official_id"],
        unit_id=row["unit_id"],
        event_kind=EventKind(row["event_kind"]) if row["event_kind"] else None,
        people=row["people"],
        cadres=row["cadres"],
        excuses=tuple(Excuse(one) for one in row["excuses"]),
        decides=Level(row["decides"]) if row["decides"] else None,
        tier=RiskLevel(row["tier"]) if row["tier"] else None,
        look_at=row["look_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        review_rules=tuple(row["review_rules"]),
        details=details,
    )
