"""Samples and results. The value and, for rows that matched nobody, who was meant, are sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ResidentId, ResultId, ResultStatus, ResultValue, TestKind
from gateway.domain.plans import Sampling
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import of_people_or_area_in
from gateway.record.vault import DataKey, Vault


class ResultNotFound(NotFound):
    """There is no such result in your area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A sample, and its value once there is one. `resident_id` None: it matched nobody, or several people."""

    id: ResultId
    resident_id: ResidentId | None
    area: str | None
    status: ResultStatus
    test: TestKind
    sampled_at: datetime
    site: str
    source: str
    recorded_at: datetime
    value: ResultValue | None = None
    resulted_at: datetime | None = None
    person: dict[str, Any] | None = None
    matched_by: str | None = None
    refused: str | None = None


class Results:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        return of_people_or_area_in(self._scope, t.results)

    async def add(self, result: Result, key: DataKey | None) -> bool:
        """False when this sample of this person stands here already, with that status."""
        written = await self._connection.execute(
            upsert(t.results)
            .values(
                id=result.id,
                resident_id=result.resident_id,
                area=result.area,
                status=result.status,
                test=result.test,
                sampled_at=result.sampled_at,
                site=result.site,
                value_sealed=self._vault.seal(key, "results", "value", result.id, result.value),
                person_sealed=self._vault.seal(key, "results", "person", result.id, result.person),
                resulted_at=result.resulted_at,
                source=result.source,
                matched_by=result.matched_by,
                refused=result.refused,
                recorded_at=result.recorded_at,
            )
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def same_sample(
        self, resident_id: ResidentId, test: TestKind, sampled_at: datetime, status: ResultStatus, key: DataKey
    ) -> Result | None:
        r = t.results.c
        query = (
            select(t.results)
            .where(r.resident_id == resident_id, r.test == test, r.sampled_at == sampled_at, r.status == status)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).mappings().first()
        return self._result(row, key) if row else None

    async def set_value(self, result: Result, key: DataKey) -> None:
        """The sample's result has come."""
        sealed = self._vault.seal(key, "results", "value", result.id, result.value)
        await self._connection.execute(
            update(t.results)
            .where(t.results.c.id == result.id, self._mine())
            .values(value_sealed=sealed, resulted_at=result.resulted_at)
        )

    async def drop_unmatched(self, result_id: ResultId) -> None:
        """The row leaves the queue; it is written again under the person it belongs to."""
        await self._connection.execute(
            t.results.delete().where(t.results.c.id == result_id, t.results.c.resident_id.is_(None), self._mine())
        )

    async def get(self, result_id: ResultId) -> Result:
        """Raises ResultNotFound."""
        row = (
            (await self._connection.execute(select(t.results).where(t.results.c.id == result_id, self._mine())))
            .mappings()
            .first()
        )
        if row is None:
            raise ResultNotFound
        return self._result(row, None, sealed=True)

    async def unclaimed(self, result_id: ResultId) -> Result | None:
        """A row that still waits for its person; None when it has one. Raises ResultNotFound."""
        r = t.results.c
        query = select(t.results).where(r.id == result_id, self._mine()).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ResultNotFound
        return None if row["resident_id"] is not None else self._result(row, None)

    async def tested(self, *, limit: int) -> list[ResidentId]:
        """Whoever has a confirmed result, the newest first."""
        r = t.results.c
        query = (
            select(r.resident_id)
            .where(
                r.resident_id.is_not(None),
                r.status == ResultStatus.CONFIRMED,
                r.resulted_at.is_not(None),
                self._mine(),
            )
            .group_by(r.resident_id)
            .order_by(func.max(r.resulted_at).desc(), r.resident_id)
            .limit(limit)
        )
        return [ResidentId(one) for one in (await self._connection.execute(query)).scalars()]

    async def unmatched(self, *, limit: int = 100) -> list[Result]:
        """What waits for a person to say who is meant, the oldest first."""
        r = t.results.c
        query = (
            select(t.results).where(r.resident_id.is_(None), self._mine()).order_by(r.recorded_at, r.id).limit(limit)
        )
        return [self._result(row, None) for row in (await self._connection.execute(query)).mappings()]

    async def of_resident(self, resident_id: ResidentId, key: DataKey) -> list[Result]:
        query = (
            select(t.results)
            .where(t.results.c.resident_id == resident_id, self._mine())
            .order_by(t.results.c.sampled_at, t.results.c.recorded_at)
        )
        return [self._result(row, key) for row in (await self._connection.execute(query)).mappings()]

    async def samplings(self, resident_id: ResidentId, key: DataKey) -> list[Sampling]:
        """What counts for plans: samples that sites recorded, with their confirmed results."""
        return [
            Sampling(test=one.test, sampled_at=one.sampled_at, result=one.value, result_at=one.resulted_at)
            for one in await self.of_resident(resident_id, key)
            if one.status is ResultStatus.CONFIRMED
        ]

    def _result(self, row: RowMapping, key: DataKey | None, *, sealed: bool = False) -> Result:
        """`sealed`: what is sealed stays so; who asks needs the sample, not its value."""
        value = None if sealed else self._vault.open(key, "results", "value", row["id"], row["value_sealed"])
        return Result(
            id=row["id"],
            resident_id=row["resident_id"],
            area=row["area"],
            status=ResultStatus(row["status"]),
            test=TestKind(row["test"]),
            sampled_at=row["sampled_at"],
            site=row["site"],
            source=row["source"],
            recorded_at=row["recorded_at"],
            value=ResultValue(value) if value else None,
            resulted_at=row["resulted_at"],
            person=None if sealed else self._vault.open(key, "results", "person", row["id"], row["person_sealed"]),
            matched_by=row["matched_by"],
            refused=row["refused"],
        )
