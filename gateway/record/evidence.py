"""What proves that a part of a work list is done, sealed; and the addresses calendars read deadlines from."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AssignmentId, OfficialId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.vault import Vault


class EvidenceNotFound(NotFound):
    """There is no such file for your unit or area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    id: UUID
    assignment_id: AssignmentId
    media_type: str
    size: int
    name: str
    added_at: datetime
    added_by: OfficialId


@dataclass(frozen=True, slots=True)
class Feed:
    id: UUID
    made_by: OfficialId
    made_at: datetime


class EvidenceRows:
    """Row-level security asks of each file whether its part is in scope; so does whoever calls."""

    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, one: Evidence, content: bytes) -> None:
        await self._connection.execute(
            insert(t.evidence).values(
                id=one.id,
                assignment_id=one.assignment_id,
                media_type=one.media_type,
                size=one.size,
                name_sealed=self._vault.seal(None, "evidence", "name", one.id, one.name),
                content_sealed=self._vault.seal(
                    None, "evidence", "content", one.id, base64.b64encode(content).decode()
                ),
                added_at=one.added_at,
                added_by=one.added_by,
            )
        )

    async def of_parts(self, parts: list[AssignmentId]) -> list[Evidence]:
        e = t.evidence.c
        columns = [column for column in e if column.name != "content_sealed"]
        query = select(*columns).where(e.assignment_id.in_(parts)).order_by(e.added_at, e.id)
        return [
            Evidence(
                id=row["id"],
                assignment_id=row["assignment_id"],
                media_type=row["media_type"],
                size=row["size"],
                name=self._vault.open(None, "evidence", "name", row["id"], row["name_sealed"]) or "",
                added_at=row["added_at"],
                added_by=row["added_by"],
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def content(self, evidence_id: UUID) -> tuple[AssignmentId, str, bytes]:
        """(whose part, media type, content). Raises EvidenceNotFound."""
        row = (
            (await self._connection.execute(select(t.evidence).where(t.evidence.c.id == evidence_id)))
            .mappings()
            .first()
        )
        if row is None:
            raise EvidenceNotFound
        opened = self._vault.open(None, "evidence", "content", evidence_id, row["content_sealed"])
        return row["assignment_id"], row["media_type"], base64.b64decode(opened)

    async def remove(self, evidence_id: UUID) -> None:
        await self._connection.execute(delete(t.evidence).where(t.evidence.c.id == evidence_id))

    # addresses of calendars

    async def add_feed(self, feed: Feed, token: str) -> None:
        await self._connection.execute(
            insert(t.checklist_feeds).values(
                id=feed.id, made_by=feed.made_by, made_at=feed.made_at, token_hash=self._vault.token_hash(token)
            )
        )

    async def feeds(self, made_by: OfficialId) -> list[Feed]:
        c = t.checklist_feeds.c
        query = select(c.id, c.made_by, c.made_at).where(c.made_by == made_by, c.revoked_at.is_(None))
        return [Feed(*row) for row in await self._connection.execute(query.order_by(c.made_at))]

    async def reader(self, token: str) -> OfficialId | None:
        """Whose calendar this address is; None once it is revoked, or its official has ended."""
        c, o = t.checklist_feeds.c, t.officials.c
        standing = exists(select(1).where(and_(o.id == c.made_by, o.ended_at.is_(None))))
        query = select(c.made_by).where(c.token_hash == self._vault.token_hash(token), c.revoked_at.is_(None), standing)
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return OfficialId(found) if found is not None else None

    async def revoke_feed(self, feed_id: UUID, made_by: OfficialId, at: datetime) -> bool:
        """Whether it is this official's."""
        c = t.checklist_feeds.c
        mine = update(t.checklist_feeds).where(c.id == feed_id, c.made_by == made_by).values(revoked_at=at)
        return (await self._connection.execute(mine)).rowcount > 0
