"""One database per test, swept clean and handed on: copying the template anew costs as much as many a test."""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

import asyncpg
from sqlalchemy.engine import make_url

from gateway.engines import Postgres

TEMPLATE = "template"

#: After so many tests the dead rows of all of them would be in the way.
MOST_TESTS = 60

# Whatever a statement of the schema language, a grant or a setting leaves behind.
_SCHEMA = """
SELECT md5(concat_ws(',',
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_class),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_attribute),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_attrdef),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_constraint),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_policy),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_trigger),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_proc),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_namespace),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_default_acl),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_db_role_setting),
  (SELECT concat_ws(':', count(*), max(xmin::text::bigint)) FROM pg_authid)))
"""
_TABLES = "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_SEQUENCES = """
SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
JOIN pg_class ON pg_class.oid = seqrelid WHERE relnamespace = 'public'::regnamespace
"""


@dataclass
class Databases:
    """Hands out migrated databases. One that was given back is emptied, unless its schema was touched: then it goes.

    Its own thread keeps its connections, because a test may have a loop of its own running, or none.
    """

    server: Postgres
    _numbers: Any = field(default_factory=lambda: count(1))
    _clean: list["_Database"] = field(default_factory=list)
    _admin: Any = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="databases", daemon=True)
        self._thread.start()
        self._admin = self._wait(self._connect("postgres"))
        return self

    def __exit__(self, *_: object) -> None:
        for database in self._clean:
            self._wait(database.sweeper.close())
        self._wait(self._admin.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def take(self) -> "_Database":
        return self._clean.pop() if self._clean else self._wait(self._copied())

    def give_back(self, database: "_Database") -> None:
        self._wait(self._swept(database))

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _connect(self, name: str) -> Any:
        url = make_url(self.server.url(name))
        return await asyncpg.connect(host=url.query["host"], user=url.username, database=name)

    async def _copied(self) -> "_Database":
        name = f"test_{next(self._numbers)}"
        await self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        sweeper = await self._connect(name)
        await sweeper.execute("SET session_replication_role = replica")  # no foreign key has a say while sweeping
        tables = [row[0] for row in await sweeper.fetch(_TABLES)]
        kept = {one: await sweeper.fetchval(_contents(one)) for one in tables}
        return _Database(
            name,
            self.server.url(name),
            sweeper,
            await sweeper.fetchval(_SCHEMA),
            "; ".join(f"DELETE FROM {one}" for one in tables if kept[one] is None),
            {one: found for one, found in kept.items() if found is not None},
        )

    async def _swept(self, database: "_Database") -> None:
        await self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> $2",
            database.name,
            database.sweeper.get_server_pid(),
        )
        database.tests += 1
        whole = database.tests < MOST_TESTS and await self._emptied(database)
        if whole:
            self._clean.append(database)
            return
        await database.sweeper.close()
        await self._admin.execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    async def _emptied(self, database: "_Database") -> bool:
        """False where more than rows was changed, or rows the migrations themselves had written."""
        sweeper = database.sweeper
        if await sweeper.fetchval(_SCHEMA) != database.schema:
            return False
        for table, found in database.kept.items():
            if await sweeper.fetchval(_contents(table)) != found:
                return False
        await sweeper.execute(database.sweep)
        await sweeper.execute(_SEQUENCES)
        return True


@dataclass
class _Database:
    name: str
    url: str
    sweeper: Any
    schema: str
    sweep: str
    kept: dict[str, str]
    tests: int = 0


def _contents(table: str) -> str:
    return f"SELECT md5(string_agg(one::text, ',' ORDER BY one::text)) FROM {table} one"
