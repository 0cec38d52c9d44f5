"""gateway migrate: the database to the newest schema. Safe while others run it."""

import argparse
import asyncio
import sys
from typing import Any

from gateway import engines
from gateway.record.migrate import migrate


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("migrate", help="bring the database to the newest schema")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = args.settings()
    with engines.at_hand(settings.shaodian_home, database_url=settings.database_url, redis_url="unneeded") as urls:
        asyncio.run(migrate(urls.database))
    sys.stderr.write("The database has the newest schema.\n")
    return 0
