"""Everything the record holds about one person, for that person: table by table, with the seals opened."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ResidentId
from gateway.record import tables as t
from gateway.record.vault import DataKey, SealBroken, Vault

#: What a copy holds, in the order it is read.
COPIED: Final = (
    t.residents, t.addresses, t.family_members, t.unit_members, t.occupations, t.vulnerable_people,
    t.reports, t.attachments, t.journeys, t.visits, t.arrivals, t.declared, t.transfers, t.risk_matches,
    t.follow_ups, t.plan_items, t.plan_changes, t.results, t.welfare_checks, t.exit_permits, t.applications,
    t.duty_bearers, t.duty_reports, t.messages,
)  # fmt: skip
#: What names a person and is not copied, and why.
LEFT_OUT: Final[Mapping[str, str]] = {
    "alerts": "what officials did about a report; it may name others",
    "matters": "what somebody else told; it names whoever told it",
    "leads": "a list an office sent; it names its source",
    "cases": "an investigation, which names others",
    "contacts": "an investigation, which names others",
    "clocks": "how long laboratories took",
    "reminders": "when the plan's words were due: the plan and the messages are copied",
    "area_schedules": "an area's, not a person's",
    "broadcast_recipients": "who else was written to: the messages are copied",
}
#: Names beside our own that stand in a row, and what is only there to find a row by.
_HIDDEN: Final = frozenset({
    "data_key", "data_key_id", "dedup_key", "source_key", "alert_id", "broadcast_id", "desk_id", "place_tokens",
    "ladder", "watch_at", "watched_at", "waits", "look_at", "untold", "pack_hash", "assumes", "key",
})  # fmt: skip


def told_of(table: Table) -> dict[str, Column[Any]]:
    """What is told of a row, by the name under which it stands in the copy."""
    return {
        column.name.removesuffix("_sealed"): column
        for column in table.columns
        if column.name.endswith("_sealed")
        or not (isinstance(column.type, LargeBinary) or column.name in _HIDDEN or column.name.endswith("_by"))
    }


class Copies:
    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def of(self, person: ResidentId, key: DataKey) -> dict[str, list[dict[str, Any]]]:
        """Rows by table. A seal that does not open is left out, not guessed."""
        return {table.name: await self._rows(table, person, key) for table in COPIED}

    async def _rows(self, table: Table, person: ResidentId, key: DataKey) -> list[dict[str, Any]]:
        whose = table.c.id if table is t.residents else table.c.resident_id
        query = select(table).where(whose == person)
        found = []
        for row in (await self._connection.execute(query)).mappings():
            told = {
                name: self._opened(table, column.name, row, key) if name != column.name else row[name]
                for name, column in told_of(table).items()
            }
            found.append({name: value for name, value in told.items() if not isinstance(value, list) or value})
        return found

    def _opened(self, table: Table, name: str, row: Mapping[Any, Any], key: DataKey) -> Any:
        at = row["id"] if "id" in row else row["resident_id"]
        for each in (key, None):
            try:
                return self._vault.open(each, table.name, name.removesuffix("_sealed"), at, row[name])
            except SealBroken:
                continue
        return None

    async def refusals(self, person: ResidentId, code: str) -> int:
        """How often this very copy was asked for with the wrong digits."""
        a = t.audit.c
        query = select(func.count()).where(
            a.object_kind == "resident",
            a.object_id == str(UUID(str(person))),
            a.action == "copy.refused",
            a.facts["copy"].as_string() == code,
        )
        return int((await self._connection.execute(query)).scalar_one())
