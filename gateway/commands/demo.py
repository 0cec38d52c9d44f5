"""gateway demo: load the demo town, with its progress on /readyz. Loading it again adds only what is missing."""

import argparse
import sys
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("demo", help="load the demo town")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.access.house import House
    from gateway.commands.houses import run_with_house

    async def load(house: House) -> None:
        async def progress(done: int, total: int) -> None:
            await house.operations.report_progress("demo", done, total)
            if done == total or done % 10 == 0:
                sys.stderr.write(f"demo town: {done} of {total}\n")

        await house.demo.load(progress)

    run_with_house(args.settings(), load)
    return 0
