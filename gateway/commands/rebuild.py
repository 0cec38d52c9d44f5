"""gateway rebuild: the index of what is due, made again from the record."""

import argparse
import asyncio
import sys
from typing import Any

from gateway.commands.houses import house_of
from gateway.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("rebuild", help="rebuild the index of what is due from the record")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    count = asyncio.run(_rebuild(args.settings()))
    sys.stderr.write(f"The agenda holds what the record says: {count} entries.\n")
    return 0


async def _rebuild(settings: Settings) -> int:
    async with house_of(settings) as house:
        return await house.operations.rebuild()
