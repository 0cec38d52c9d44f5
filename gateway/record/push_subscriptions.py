"""Where the push services of browsers listen: sealed under the house's key, one beside each such address."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AddressId
from gateway.domain.pushes import Subscription
from gateway.record import tables as t
from gateway.record.vault import Vault


class PushSubscriptions:
    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def keep(self, address: AddressId, subscription: Subscription, *, now: datetime) -> None:
        told = json.dumps(asdict(subscription))
        sealed = self._vault.seal(None, "push_subscriptions", "subscription", address, told)
        values = {"subscription_sealed": sealed, "added_at": now}
        await self._connection.execute(
            upsert(t.push_subscriptions)
            .values(address_id=address, **values)
            .on_conflict_do_update(index_elements=["address_id"], set_=values)
        )

    async def of(self, addresses: Iterable[AddressId]) -> dict[AddressId, str]:
        """As a channel is handed it, by address."""
        c = t.push_subscriptions.c
        rows = await self._connection.execute(
            select(c.address_id, c.subscription_sealed).where(c.address_id.in_(addresses))
        )
        found: dict[AddressId, str] = {}
        for address, sealed in rows:
            found[address] = self._vault.open(None, "push_subscriptions", "subscription", address, sealed)
        return found

    async def remove(self, address: AddressId) -> None:
        await self._connection.execute(delete(t.push_subscriptions).where(t.push_subscriptions.c.address_id == address))
