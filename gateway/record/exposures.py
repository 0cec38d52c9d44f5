"""Stays as matching sees them, and the matches found: keyed tokens and dates, never a place in clear."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.exposures import SourceKind, Stay
from gateway.domain.kinds import JourneyId, MatchKind, ReportId, ResidentId, RiskLevel
from gateway.domain.people import Resident
from gateway.domain.places import place_levels
from gateway.domain.risk_areas import DeclaredPlace, ListedPlace, Reach, RiskArea
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.residents import resident_of
from gateway.record.scoping import among, area_in, of_residents_in, residents_in
from gateway.record.vault import Vault

_RESIDENT = [column for column in t.residents.c if column.name in Resident.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One stay and one source that have something to do with each other; `ended_at` when they no longer do."""

    id: UUID
    resident_id: ResidentId
    journey_id: JourneyId
    source_kind: SourceKind
    source_id: UUID
    kind: MatchKind
    level: RiskLevel | None
    entry_on: date | None
    matched_at: datetime
    ended_at: datetime | None = None
    untold: str | None = None


#: `untold` begins with what happened; what follows is the list or outbreak that caused it.
IN, OUT = "in:", "out:"
#: Rows of one statement: a statement takes 32,767 values at most.
_BATCH = 2000


class Exposures:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def listed_place(self, place: RiskArea) -> ListedPlace:
        """A listed place with the same keyed tokens that journeys carry."""
        return ListedPlace(
            place.area, place.found, tuple(tuple(self._token(level) for level in levels) for levels in place.levels)
        )

    def declared_place(self, area: str, detail: str = "") -> DeclaredPlace:
        return DeclaredPlace(area, tuple(self._token(level) for level in place_levels(area, detail)))

    def _token(self, level: str) -> str:
        return self._vault.place_token(level).hex()

    async def residents_near(self, reach: Reach, *, first_on: date, last_on: date | None) -> list[ResidentId]:
        """Whose stays can match a source: a range of area codes and of days, before each is looked at."""
        query = self.near_query(reach, first_on=first_on, last_on=last_on)
        return [ResidentId(found) for found in (await self._connection.execute(query)).scalars()]

    def near_query(self, reach: Reach, *, first_on: date, last_on: date | None) -> Any:
        """Two looks into the index, joined: an OR between them would read the table's rows."""
        j = t.journeys.c

        def of(where: ColumnElement[bool]) -> Any:
            query = select(j.resident_id).where(
                where, j.to_on >= first_on, j.withdrawn_at.is_(None), of_residents_in(self._scope, t.journeys)
            )
            return query.where(j.from_on <= last_on) if last_on is not None else query

        inside = of(and_(j.area >= reach.lowest, j.area < reach.beyond))
        if not reach.parents:
            return inside.distinct()
        return inside.union(of(j.area.in_(reach.parents)))

    async def stays_of(self, residents: Sequence[ResidentId]) -> dict[ResidentId, list[Stay]]:
        """Every stay of these residents whose place has a code, by day."""
        stays: dict[ResidentId, list[Stay]] = {}
        for row in (await self._connection.execute(self.stays_query(residents))).mappings():
            stays.setdefault(row["resident_id"], []).append(
                Stay(
                    journey_id=row["id"],
                    report_id=ReportId(row["report_id"]),
                    resident_id=row["resident_id"],
                    kind=row["kind"],
                    declared=DeclaredPlace(row["area"], tuple(bytes(token).hex() for token in row["place_tokens"])),
                    from_on=row["from_on"],
                    to_on=row["to_on"],
                    arrived_at=row["arrived_at"],
                )
            )
        return stays

    def stays_query(self, residents: Sequence[ResidentId]) -> Any:
        j = t.journeys.c
        return (
            select(
                j.id,
                j.report_id,
                j.resident_id,
                j.kind,
                j.area,
                j.from_on,
                j.to_on,
                j.place_tokens,
                t.arrivals.c.arrived_at,
            )
            .join(
                t.arrivals,
                # Their own arrivals first: joined by the report alone, everybody's are read.
                and_(t.arrivals.c.report_id == j.report_id, among(t.arrivals.c.resident_id, residents)),
                isouter=True,
            )
            .where(
                among(j.resident_id, residents),
                j.area.is_not(None),
                j.withdrawn_at.is_(None),
                of_residents_in(self._scope, t.journeys),
            )
            .order_by(j.from_on, j.id)
        )

    async def residents(self, ids: Iterable[UUID]) -> dict[ResidentId, Resident]:
        """Those in scope whose data still stand."""
        query = select(*_RESIDENT).where(
            among(t.residents.c.id, ids), t.residents.c.erased_at.is_(None), residents_in(self._scope)
        )
        return {row["id"]: resident_of(row) for row in (await self._connection.execute(query)).mappings()}

    async def living_in(self, areas: Iterable[str]) -> list[ResidentId]:
        """Residents at home or present in any of these areas."""
        r = t.residents.c
        chosen = sorted(set(areas))
        if not chosen:
            return []
        ways: list[ColumnElement[bool]] = [
            area_in(column, area) for area in chosen for column in (r.home_area, r.present_area)
        ]
        query = select(r.id).where(or_(*ways), r.erased_at.is_(None), residents_in(self._scope)).order_by(r.id)
        return [ResidentId(found) for found in (await self._connection.execute(query)).scalars()]

    # matches

    async def keep(self, matches: Sequence[MatchRow]) -> None:
        """Matches found, found again, or become sure. One that left and came back before anybody heard of it has
        nothing to be told."""
        m = t.risk_matches.c
        for start in range(0, len(matches), _BATCH):
            rows = [
                {name: getattr(match, name) for name in MatchRow.__dataclass_fields__}
                for match in matches[start : start + _BATCH]
            ]
            written = upsert(t.risk_matches).values(rows)
            fresh = written.excluded
            again: dict[str, Any] = {
                name: fresh[name] for name in ("kind", "level", "entry_on", "matched_at", "ended_at")
            }
            again["untold"] = case((m.untold.like(f"{OUT}%"), None), else_=func.coalesce(fresh.untold, m.untold))
            await self._connection.execute(
                written.on_conflict_do_update(index_elements=["journey_id", "source_kind", "source_id"], set_=again)
            )

    async def end(self, ids: Sequence[UUID], at: datetime, *, cause: str) -> None:
        m = t.risk_matches.c
        untold = case((m.untold.like(f"{IN}%"), None), else_=literal(f"{OUT}{cause}"))
        await self._connection.execute(
            update(t.risk_matches).where(among(m.id, ids)).values(ended_at=at, untold=untold)
        )

    async def untold(self, resident: ResidentId) -> list[MatchRow]:
        """What a re-match found of this person that nobody has heard of; whoever tells it holds the rows."""
        m = t.risk_matches.c
        query = (
            select(t.risk_matches)
            .where(m.resident_id == resident, m.untold.is_not(None))
            .order_by(m.matched_at, m.id)
            .with_for_update()
        )
        return [_match(row) for row in (await self._connection.execute(query)).mappings()]

    async def told(self, ids: Sequence[UUID]) -> None:
        await self._connection.execute(
            update(t.risk_matches).where(among(t.risk_matches.c.id, ids)).values(untold=None)
        )

    async def with_untold(self, *, limit: int = 500) -> list[tuple[ResidentId, datetime]]:
        m = t.risk_matches.c
        query = (
            select(m.resident_id, func.min(m.matched_at))
            .where(m.untold.is_not(None))
            .group_by(m.resident_id)
            .order_by(m.resident_id)
            .limit(limit)
        )
        return [(ResidentId(row[0]), row[1]) for row in await self._connection.execute(query)]

    async def governed_areas(self) -> frozenset[str]:
        """The areas somebody activated a pack for."""
        found = await self._connection.execute(select(t.pack_activations.c.area).distinct())
        return frozenset(found.scalars())

    async def matches(
        self,
        *,
        resident: ResidentId | None = None,
        residents: Iterable[ResidentId] | None = None,
        sources: Iterable[tuple[SourceKind, UUID]] | None = None,
        ended: bool = False,
    ) -> list[MatchRow]:
        """Matches in scope; with `ended` also those that no longer hold."""
        m = t.risk_matches.c
        query = select(t.risk_matches).where(of_residents_in(self._scope, t.risk_matches)).order_by(m.matched_at, m.id)
        if not ended:
            query = query.where(m.ended_at.is_(None))
        if resident is not None:
            query = query.where(m.resident_id == resident)
        if residents is not None:
            query = query.where(among(m.resident_id, residents))
        if sources is not None:
            by_kind: dict[SourceKind, list[UUID]] = {}
            for kind, source_id in sources:
                by_kind.setdefault(kind, []).append(source_id)
            ways = [and_(m.source_kind == kind, m.source_id.in_(ids)) for kind, ids in by_kind.items()]
            if not ways:
                return []
            query = query.where(or_(*ways))
        return [_match(row) for row in (await self._connection.execute(query)).mappings()]

    async def counts(self) -> dict[MatchKind, int]:
        """How many residents in scope have an open match of each kind."""
        m = t.risk_matches.c
        query = (
            select(m.kind, func.count(distinct(m.resident_id)))
            .where(m.ended_at.is_(None), of_residents_in(self._scope, t.risk_matches))
            .group_by(m.kind)
        )
        return {MatchKind(kind): count for kind, count in await self._connection.execute(query)}


def _match(row: Any) -> MatchRow:
    return MatchRow(
        id=row["id"],
        resident_id=row["resident_id"],
        journey_id=row["journey_id"],
        source_kind=SourceKind(row["source_kind"]),
        source_id=row["source_id"],
        kind=MatchKind(row["kind"]),
        level=RiskLevel(row["level"]) if row["level"] else None,
        entry_on=row["entry_on"],
        matched_at=row["matched_at"],
        ended_at=row["ended_at"],
        untold=row["untold"],
    )
