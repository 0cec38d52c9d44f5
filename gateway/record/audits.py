"""Who did what to what: a row commits with the change it speaks of; a sealer chains the rows afterwards."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, false, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.scopes import EVERYWHERE, Scope
from gateway.record import tables as t
from gateway.record.scoping import area_in

_SEALER_LOCK = 7_301_902_442


class Audits:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def add(self, action: str, object_kind: str, object_id: object, *, at: datetime, **facts: Any) -> None:
        """Ids and codes only, never names or words."""
        await self._connection.execute(
            insert(t.audit).values(
                at=at,
                actor=self._scope.actor,
                action=action,
                object_kind=object_kind,
                object_id=str(object_id),
                facts=facts,
            )
        )

    async def listed(self, *, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        """The newest first. Whoever looks after a part reads what the officials of that part did; rows of the clock
        and of residents are read where everything is."""
        query = select(t.audit).order_by(t.audit.c.number.desc()).limit(limit)
        if self._scope.area != EVERYWHERE:
            own = select(literal("official:").concat(cast(t.officials.c.id, Text))).where(
                area_in(t.officials.c.area, self._scope.area) if self._scope.area else false()
            )
            query = query.where(t.audit.c.actor.in_(own))
        if before is not None:
            query = query.where(t.audit.c.number < before)
        return [dict(row) for row in (await self._connection.execute(query)).mappings()]

    async def seal(self, *, limit: int = 1000) -> tuple[int, str] | None:
        """Chain the committed, unsealed rows onto the last seal. The new head (number, hex), or None: nothing to do.

        Rows of transactions still open get a later turn by number order; a gap is closed when the next seal runs, so
        the chain follows the order of sealing, kept in the row's own position.
        """
        got = await self._connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _SEALER_LOCK})
        if not got.scalar_one():
            return None
        head = await self._connection.execute(
            select(t.audit_seals.c.seal).order_by(t.audit_seals.c.position.desc()).limit(1)
        )
        previous: bytes = head.scalar_one_or_none() or b"\x00" * 32
        rows = (
            await self._connection.execute(
                select(t.audit).where(t.audit.c.seal.is_(None)).order_by(t.audit.c.number).limit(limit)
            )
        ).mappings()
        last: tuple[int, str] | None = None
        for row in rows:
            previous = sealed_with(previous, dict(row))
            await self._connection.execute(
                update(t.audit).where(t.audit.c.number == row["number"]).values(seal=previous)
            )
            await self._connection.execute(insert(t.audit_seals).values(number=row["number"], seal=previous))
            last = (row["number"], previous.hex())
        return last

    async def broken_at(self) -> int | None:
        """The number of the first row that no longer fits the chain; None when all is well."""
        query = (
            select(
                t.audit_seals.c.number.label("sealed_number"),
                t.audit_seals.c.seal.label("link"),
                t.audit_seals.c.purged_at,
                *t.audit.c,
            )
            .join(t.audit, t.audit.c.number == t.audit_seals.c.number, isouter=True)
            .order_by(t.audit_seals.c.position)
        )
        previous = b"\x00" * 32
        async for row in await self._connection.stream(query):
            values = row._mapping
            if values[t.audit.c.number] is None and values["purged_at"] is not None:
                previous = values["link"]
                continue
            if values[t.audit.c.number] is None:
                return int(values["sealed_number"])
            previous = sealed_with(previous, {column.name: values[column] for column in t.audit.c})
            if previous != values["link"] or previous != values[t.audit.c.seal]:
                return int(values["sealed_number"])
        return None


def sealed_with(previous: bytes, row: dict[str, Any]) -> bytes:
    """SHA-256 over the previous seal and the row's canonical text."""
    canonical = json.dumps(
        [
            row["number"],
            row["at"].isoformat(),
            row["actor"],
            row["action"],
            row["object_kind"],
            row["object_id"],
            row["facts"],
        ],
        ensure_ascii=True,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
    return hashlib.sha256(previous + canonical).digest()
