"""Many rows of a table in one statement: they travel as one JSON text and are laid out by the table's own types."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


async def insert_rows(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: str = "",
    returning: str = "",
) -> list[Any]:
    """All rows name the same columns. What `returning` asks for."""
    if not rows:
        return []
    names = tuple(rows[0])
    statement = (
        f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))}) "
        f"SELECT {', '.join(f'r.{_quoted(name)}' for name in names)} FROM {_recordset(table, names)} {on_conflict}"
    )
    return await _run(connection, statement, rows, returning)


async def update_rows(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    only: str = "true",
    keep_unless_given: Iterable[str] = (),
    returning: str = "",
) -> list[Any]:
    """By id; `only` is a condition on the standing row, `t`. A column of `keep_unless_given` stays where a row says
    None."""
    if not rows:
        return []
    names = tuple(rows[0])
    kept = frozenset(keep_unless_given)
    values = ", ".join(
        f"{_quoted(name)} = coalesce(r.{_quoted(name)}, t.{_quoted(name)})"
        if name in kept
        else f"{_quoted(name)} = r.{_quoted(name)}"
        for name in names
        if name != "id"
    )
    statement = f"UPDATE {table.name} AS t SET {values} FROM {_recordset(table, names)} WHERE t.id = r.id AND {only}"
    return await _run(connection, statement, rows, returning)


async def in_portions(
    connection: AsyncConnection, query: Select[Any], *, size: int = 10_000
) -> AsyncIterator[list[Any]]:
    """The rows of an answer that is longer than memory should be."""
    async with connection.stream(query, execution_options={"yield_per": size}) as rows:
        async for portion in rows.partitions(size):
            yield [tuple(row) for row in portion]


async def _run(
    connection: AsyncConnection, statement: str, rows: Sequence[Mapping[str, Any]], returning: str
) -> list[Any]:
    found = await connection.execute(
        _as_text(f"{statement} RETURNING {returning}" if returning else statement),
        {"rows": json.dumps(rows, default=_plain, ensure_ascii=False, separators=(",", ":"))},
    )
    return list(found) if returning else []


@lru_cache(maxsize=256)  # they name tables and columns, never values: there are as many as there are callers
def _as_text(statement: str) -> TextClause:
    return text(statement)


@lru_cache(maxsize=256)
def _recordset(table: Table, names: tuple[str, ...]) -> str:
    columns = ", ".join(f"{_quoted(name)} {table.c[name].type.compile(_DIALECT)}" for name in names)
    return f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({columns})"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} has no place in a row")
