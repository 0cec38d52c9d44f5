"""What packs said, word for word, each version once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.errors import NotFound
from gateway.record import tables as t


class PackVersionNotFound(NotFound):
    """There is no such version of a pack."""


@dataclass(frozen=True, slots=True)
class PackVersion:
    """`hash` names the content; the same words are the same version, whoever brings them."""

    hash: str
    pack_id: str
    version: str
    title: str
    brought_by: str
    first_seen_at: datetime


_FACTS = [t.pack_versions.c[name] for name in PackVersion.__dataclass_fields__]


class PackVersions:
    """Packs are public knowledge, so these rows carry no wall."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, version: PackVersion, content: str) -> bool:
        """False when these very words were kept before."""
        values = {name: getattr(version, name) for name in PackVersion.__dataclass_fields__}
        written = await self._connection.execute(
            upsert(t.pack_versions).values(**values, content=content).on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def content(self, hash_: str) -> str:
        query = select(t.pack_versions.c.content).where(t.pack_versions.c.hash == hash_)
        found: str | None = (await self._connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise PackVersionNotFound
        return found

    async def get(self, hash_: str) -> PackVersion:
        query = select(*_FACTS).where(t.pack_versions.c.hash == hash_)
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise PackVersionNotFound
        return _version(row)

    async def listed(self, *, pack_id: str | None = None, hashes: Sequence[str] | None = None) -> list[PackVersion]:
        """The newest first."""
        query = select(*_FACTS).order_by(t.pack_versions.c.first_seen_at.desc(), t.pack_versions.c.hash)
        if pack_id is not None:
            query = query.where(t.pack_versions.c.pack_id == pack_id)
        if hashes is not None:
            query = query.where(t.pack_versions.c.hash.in_(list(hashes)))
        return [_version(row) for row in (await self._connection.execute(query)).mappings()]


def _version(row: Any) -> PackVersion:
    return PackVersion(**{name: row[name] for name in PackVersion.__dataclass_fields__})
