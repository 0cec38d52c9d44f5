"""How people under follow-up travelled on from where they were isolated. The vehicle's number is sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import FollowUpId, OfficialId, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.scoping import of_residents_in
from gateway.record.vault import DataKey, Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    id: UUID
    resident_id: ResidentId
    follow_up_id: FollowUpId | None
    transport: str
    arrived_at: datetime
    allowed: bool
    rules: tuple[str, ...]
    recorded_at: datetime
    recorded_by: OfficialId | None


class Transfers:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, transfer: Transfer, number: str | None, key: DataKey) -> None:
        await self._connection.execute(
            insert(t.transfers).values(
                id=transfer.id,
                resident_id=transfer.resident_id,
                follow_up_id=transfer.follow_up_id,
                transport=transfer.transport,
                number_sealed=self._vault.seal(key, "transfers", "number", transfer.id, number),
                arrived_at=transfer.arrived_at,
                allowed=transfer.allowed,
                rules=list(transfer.rules),
                recorded_at=transfer.recorded_at,
                recorded_by=transfer.recorded_by,
            )
        )

    async def of_resident(self, resident_id: ResidentId) -> list[Transfer]:
        query = (
            select(t.transfers)
            .where(t.transfers.c.resident_id == resident_id, of_residents_in(self._scope, t.transfers))
            .order_by(t.transfers.c.arrived_at, t.transfers.c.id)
        )
        return [_transfer(row) for row in (await self._connection.execute(query)).mappings()]


def _transfer(row: RowMapping) -> Transfer:
    return Transfer(
        id=row["id"],
        resident_id=row["resident_id"],
        follow_up_id=row["follow_up_id"],
        transport=row["transport"],
        arrived_at=row["arrived_at"],
        allowed=row["allowed"],
        rules=tuple(row["rules"]),
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
    )
