"""When each process last said that it lives, and small facts the house keeps about itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.record import tables as t


class Heartbeats:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def beat(self, process: str, at: datetime, facts: dict[str, Any]) -> None:
        await self._connection.execute(
            upsert(t.heartbeats)
            .values(process=process, clock_at=at, facts=facts)
            .on_conflict_do_update(index_elements=["process"], set_={"clock_at": at, "facts": facts})
        )

    async def listed(self) -> dict[str, datetime]:
        query = select(t.heartbeats.c.process, t.heartbeats.c.clock_at)
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def drop(self, processes: Sequence[str]) -> None:
        await self._connection.execute(delete(t.heartbeats).where(t.heartbeats.c.process.in_(list(processes))))

    async def keep(self, name: str, value: dict[str, Any]) -> None:
        await self._connection.execute(
            upsert(t.settings_kept)
            .values(name=name, value=value)
            .on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )

    async def kept(self, name: str) -> dict[str, Any] | None:
        query = select(t.settings_kept.c.value).where(t.settings_kept.c.name == name)
        return (await self._connection.execute(query)).scalar_one_or_none()
