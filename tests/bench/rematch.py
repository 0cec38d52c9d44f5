"""How long a moved window takes over a million journeys.

Engines of its own, no network, nothing kept. Prints the seconds of moving the window (matching and writing, one
transaction) and what the database planned; telling the people concerned follows from the clock, one by one.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from gateway.domain.kinds import Role
from gateway.domain.risk_areas import ListedPlace, reach
from gateway.domain.scopes import Scope
from gateway.engines import Postgres, Valkey
from gateway.record.migrate import migrate
from gateway.record.vault import Vault, create_keyring
from gateway.town import open_town
from tests.support.journeys import plan_of, seed, townships

AREA, FIRST = "130104", date(2020, 12, 1)
LIMIT = 2.0


async def measure(postgres: Postgres, valkey: Valkey, keyring: Path, journeys: int) -> float:
    url = postgres.create_database("rematch")
    await migrate(url)
    began = time.perf_counter()
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await seed(connection, journeys=journeys, residents=journeys // 4, areas=townships(), first=FIRST)
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.exec_driver_sql("VACUUM journeys, arrivals")
    await engine.dispose()
    write(
        f"seeded {journeys:,} journeys of {journeys // 4:,} residents, {journeys // 10:,} of them announced ahead, "
        f"in {time.perf_counter() - began:.1f} s"
    )
    create_keyring(keyring)
    starts_at = datetime(2021, 1, 14, 23, 20, tzinfo=UTC)
    async with open_town(url, valkey.url(), Vault.from_file(keyring), starts_at=starts_at) as town:
        await town.activate("sd-2020-09")
        owner = (await town.official("owner", Role.LIST_OWNER, "37")).official
        lists = town.house.risk_lists
        worst = 0.0
        for last in (date(2020, 12, 20), date(2021, 1, 14), date(2021, 1, 2), date(2021, 1, 14)):
            began = time.perf_counter()
            done = await lists.set_outbreak(AREA, first_case_on=date(2020, 12, 15), last_case_on=last, official=owner)
            seconds = time.perf_counter() - began
            worst = max(worst, seconds)
            write(f"last case {last}: {seconds:.3f} s, {done.rematched}")
        where = reach(ListedPlace(AREA, found=True))
        assert where is not None
        async with town.house.transactions.begin(Scope.of_work("bench")) as work:
            near = work.exposures.near_query(where, first_on=FIRST, last_on=FIRST + timedelta(days=60))
            found = await work.exposures.residents_near(where, first_on=FIRST, last_on=FIRST + timedelta(days=60))
            for query in (near, work.exposures.stays_query(found)):
                plan = await plan_of(work.connection, query, analyze=True)
                write(re.sub(r"'\{[^}]{80,}\}'", "'{…}'", plan))
                assert "Seq Scan" not in plan
    return worst


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journeys", type=int, nargs="?", default=1_000_000, help="on record (1000000)")


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder, Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        worst = asyncio.run(measure(postgres, valkey, Path(folder) / "keyring.json", args.journeys))
    write(f"slowest move: {worst:.3f} s (at most {LIMIT} s)")
    return 0 if worst <= LIMIT else 1
