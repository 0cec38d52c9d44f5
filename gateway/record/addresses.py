"""Where people are reached."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ChannelName, OfficialId, ResidentId
from gateway.domain.people import Address
from gateway.domain.scopes import Scope
from gateway.record import tables as t


def address_of(row: RowMapping) -> Address:
    return Address(
        id=row["id"],
        channel=ChannelName(row["channel"]),
        handle=row["handle"],
        state=row["state"],
        resident_id=row["resident_id"],
        official_id=row["official_id"],
    )


class Addresses:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, address: Address, *, now: object) -> None:
        await self.add_all([address], now=now)

    async def add_all(self, addresses: Sequence[Address], *, now: object) -> None:
        rows = [
            {
                "id": one.id,
                "channel": one.channel,
                "handle": one.handle,
                "state": one.state,
                "resident_id": one.resident_id,
                "official_id": one.official_id,
                "created_at": now,
            }
            for one in addresses
        ]
        await self._connection.execute(insert(t.addresses), rows)

    async def find(self, channel: ChannelName, handle: str) -> Address | None:
        query = select(t.addresses).where(t.addresses.c.channel == channel, t.addresses.c.handle == handle)
        row = (await self._connection.execute(query)).mappings().first()
        return address_of(row) if row else None

    async def belongs_to(
        self, address: Address, *, resident: ResidentId | None = None, official: OfficialId | None = None
    ) -> None:
        """Say who stands behind an address; what is not named stays as it is."""
        values: dict[str, object] = {}
        if resident is not None:
            values["resident_id"] = resident
        if official is not None:
            values["official_id"] = official
        await self._connection.execute(update(t.addresses).where(t.addresses.c.id == address.id).values(**values))

    async def set_state(self, address_id: UUID, state: str) -> None:
        await self._connection.execute(update(t.addresses).where(t.addresses.c.id == address_id).values(state=state))

    async def of_residents(self, ids: Iterable[ResidentId]) -> list[Address]:
        query = (
            select(t.addresses)
            .where(t.addresses.c.resident_id.in_(list(ids)), t.addresses.c.state == "active")
            .order_by(t.addresses.c.created_at)
        )
        return [address_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def of_officials(self, ids: Iterable[OfficialId]) -> list[Address]:
        query = (
            select(t.addresses)
            .where(t.addresses.c.official_id.in_(list(ids)), t.addresses.c.state == "active")
            .order_by(t.addresses.c.created_at)
        )
        return [address_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def moved(self, address_id: UUID, handle: str) -> None:
        """A group that became a supergroup has a new number."""
        await self._connection.execute(update(t.addresses).where(t.addresses.c.id == address_id).values(handle=handle))
