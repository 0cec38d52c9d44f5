"""Self-reports, never edited, only followed; and the journeys read out of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AddressId, JourneyId, ReportId, ReportKind, ResidentId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import of_residents_in
from gateway.record.vault import DataKey, Vault


class ReportNotFound(NotFound):
    """There is no such report in your area."""


@dataclass(frozen=True, slots=True)
class Report:
    id: ReportId
    reference: str
    resident_id: ResidentId
    reporter_id: ResidentId | None
    address_id: AddressId | None
    kind: ReportKind
    form_version: int
    instance_id: UUID
    reported_at: datetime
    corrects_id: ReportId | None = None
    withdrawn_at: datetime | None = None
    body: dict[str, Any] | None = None
    outcome: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """One place somebody was at, from day to day. Below the township only keyed tokens stand in clear reach."""

    id: JourneyId
    report_id: ReportId
    resident_id: ResidentId
    kind: str
    area: str | None
    country: str | None
    from_on: date
    to_on: date
    place_levels: tuple[str, ...] = ()
    place: dict[str, Any] | None = None
    withdrawn_at: datetime | None = None


class Reports:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, report: Report, key: DataKey) -> bool:
        """Keep it. False when this form instance was reported from this address before: nothing is written then."""
        written = await self._connection.execute(
            upsert(t.reports)
            .values(
                id=report.id,
                reference=report.reference,
                resident_id=report.resident_id,
                reporter_id=report.reporter_id,
                address_id=report.address_id,
                kind=report.kind,
                form_version=report.form_version,
                instance_id=report.instance_id,
                body_sealed=self._vault.seal(key, "reports", "body", report.id, report.body),
                outcome_sealed=self._vault.seal(key, "reports", "outcome", report.id, report.outcome),
                corrects_id=report.corrects_id,
                reported_at=report.reported_at,
            )
            .on_conflict_do_nothing(index_elements=["address_id", "instance_id"])
        )
        return bool(written.rowcount)

    async def withdraw(self, report_id: ReportId, at: datetime) -> bool:
        """The report and the stays read out of it say nothing any more from here on. False: that was so already."""
        r = t.reports.c
        written = await self._connection.execute(
            update(t.reports)
            .where(r.id == report_id, r.withdrawn_at.is_(None), of_residents_in(self._scope, t.reports))
            .values(withdrawn_at=at)
        )
        await self._connection.execute(
            update(t.journeys).where(t.journeys.c.report_id == report_id).values(withdrawn_at=at)
        )
        return bool(written.rowcount)

    async def told_by(self, people: Sequence[ResidentId], *, since: datetime, limit: int) -> list[Report]:
        """What was reported of these people, the newest first, without its words."""
        r = t.reports.c
        query = (
            select(t.reports)
            .where(r.resident_id.in_(people), r.reported_at >= since, of_residents_in(self._scope, t.reports))
            .order_by(r.reported_at.desc(), r.id)
            .limit(limit)
        )
        return [self._report(row, None) for row in (await self._connection.execute(query)).mappings()]

    async def keep_outcome(self, report: Report, key: DataKey, outcome: dict[str, Any]) -> None:
        await self._connection.execute(
            t.reports.update()
            .where(t.reports.c.id == report.id)
            .values(outcome_sealed=self._vault.seal(key, "reports", "outcome", report.id, outcome))
        )

    async def by_instance(self, address_id: AddressId, instance_id: UUID, key: DataKey | None = None) -> Report | None:
        query = select(t.reports).where(
            t.reports.c.address_id == address_id,
            t.reports.c.instance_id == instance_id,
            of_residents_in(self._scope, t.reports),
        )
        row = (await self._connection.execute(query)).mappings().first()
        return self._report(row, key) if row else None

    async def get(self, report_id: ReportId, key: DataKey | None = None) -> Report:
        query = select(t.reports).where(t.reports.c.id == report_id, of_residents_in(self._scope, t.reports))
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ReportNotFound
        return self._report(row, key)

    async def listed(
        self, *, resident: ResidentId | None = None, limit: int = 100, after: UUID | None = None
    ) -> list[Report]:
        """Reports in scope by id, without their words."""
        query = select(t.reports).where(of_residents_in(self._scope, t.reports)).order_by(t.reports.c.id).limit(limit)
        if resident is not None:
            query = query.where(t.reports.c.resident_id == resident)
        if after is not None:
            query = query.where(t.reports.c.id > after)
        return [self._report(row, None) for row in (await self._connection.execute(query)).mappings()]

    def _report(self, row: Any, key: DataKey | None) -> Report:
        opened = key is not None
        return Report(
            id=row["id"],
            reference=row["reference"],
            resident_id=row["resident_id"],
            reporter_id=row["reporter_id"],
            address_id=row["address_id"],
            kind=ReportKind(row["kind"]),
            form_version=row["form_version"],
            instance_id=row["instance_id"],
            reported_at=row["reported_at"],
            corrects_id=row["corrects_id"],
            withdrawn_at=row["withdrawn_at"],
            body=self._vault.open(key, "reports", "body", row["id"], row["body_sealed"]) if opened else None,
            outcome=self._vault.open(key, "reports", "outcome", row["id"], row["outcome_sealed"]) if opened else None,
        )

    # journeys

    async def add_journey(self, journey: Journey, key: DataKey) -> None:
        await self._connection.execute(
            insert(t.journeys).values(
                id=journey.id,
                report_id=journey.report_id,
                resident_id=journey.resident_id,
                kind=journey.kind,
                area=journey.area,
                country=journey.country,
                from_on=journey.from_on,
                to_on=journey.to_on,
                place_tokens=[self._vault.place_token(level) for level in journey.place_levels],
                place_sealed=self._vault.seal(key, "journeys", "place", journey.id, journey.place),
            )
        )

    async def journeys_of(self, resident_id: ResidentId, key: DataKey | None = None) -> list[Journey]:
        query = (
            select(t.journeys)
            .where(t.journeys.c.resident_id == resident_id, of_residents_in(self._scope, t.journeys))
            .order_by(t.journeys.c.from_on)
        )
        return [
            Journey(
                id=row["id"],
                report_id=row["report_id"],
                resident_id=row["resident_id"],
                kind=row["kind"],
                area=row["area"],
                country=row["country"],
                from_on=row["from_on"],
                to_on=row["to_on"],
                place=self._vault.open(key, "journeys", "place", row["id"], row["place_sealed"]) if key else None,
                withdrawn_at=row["withdrawn_at"],
            )
            for row in (await self._connection.execute(query)).mappings()
        ]
