"""Pictures residents send with their answers: sealed under the person's own key, and gone with it."""

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import AttachmentId, ReportId, ResidentId
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import of_residents_in
from gateway.record.vault import DataKey, Vault

#: How an answer names a picture that is kept here.
PREFIX = "attachment:"


class AttachmentNotFound(NotFound):
    """There is no such picture, or it is not within your reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`report_id` is empty until an answer names it; unnamed ones are not kept for long."""

    id: AttachmentId
    resident_id: ResidentId
    media_type: str
    size: int
    received_at: datetime
    report_id: ReportId | None = None

    @property
    def reference(self) -> str:
        return f"{PREFIX}{self.id}"


_KNOWN = [column for column in t.attachments.c if column.name != "content_sealed"]


class Attachments:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    async def add(self, one: Attachment, content: bytes, key: DataKey) -> bool:
        """False where this id is taken: by the same picture, or by somebody else's."""
        added = await self._connection.execute(
            upsert(t.attachments)
            .values(
                id=one.id,
                resident_id=one.resident_id,
                media_type=one.media_type,
                size=one.size,
                received_at=one.received_at,
                content_sealed=self._sealed(one.id, content, key),
            )
            .on_conflict_do_nothing()
            .returning(t.attachments.c.id)
        )
        return added.first() is not None

    async def find(self, attachment_id: AttachmentId) -> Attachment | None:
        row = (await self._connection.execute(select(*_KNOWN).where(self._mine(attachment_id)))).mappings().first()
        return Attachment(**row) if row is not None else None

    async def get(self, attachment_id: AttachmentId) -> Attachment:
        found = await self.find(attachment_id)
        if found is None:
            raise AttachmentNotFound
        return found

    async def content(self, one: Attachment, key: DataKey) -> bytes:
        query = select(t.attachments.c.content_sealed).where(self._mine(one.id))
        sealed = (await self._connection.execute(query)).scalar_one()
        return base64.b64decode(self._vault.open(key, "attachments", "content", one.id, sealed))

    async def unnamed(self, resident_id: ResidentId) -> int:
        """How many of this person's pictures no report names."""
        a = t.attachments.c
        query = select(func.count()).where(a.resident_id == resident_id, a.report_id.is_(None))
        return int((await self._connection.execute(query)).scalar_one())

    async def belongs_to(
        self, one: Attachment, report: ReportId, about: ResidentId, *, old: DataKey, new: DataKey
    ) -> None:
        """Named by this report. What is about somebody else than who sent it is sealed under that person's key."""
        values: dict[str, object] = {"report_id": report}
        if about != one.resident_id:
            content = await self.content(one, old)
            values |= {"resident_id": about, "content_sealed": self._sealed(one.id, content, new)}
        await self._connection.execute(update(t.attachments).where(self._mine(one.id)).values(**values))

    def _mine(self, attachment_id: AttachmentId) -> ColumnElement[bool]:
        return and_(t.attachments.c.id == attachment_id, of_residents_in(self._scope, t.attachments))

    def _sealed(self, attachment_id: AttachmentId, content: bytes, key: DataKey) -> bytes | None:
        return self._vault.seal(key, "attachments", "content", attachment_id, base64.b64encode(content).decode())
