"""gateway work: the agenda, the sweeps and the senders. Run as many as needed."""

import argparse
import asyncio
from typing import Any

from gateway.logs import configure


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("work", help="work the agenda and send")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway import bootstrap
    from gateway.commands.houses import stop_signal

    settings = args.settings()
    configure(process="work")

    async def until_told() -> None:
        await bootstrap.work(settings, stop_signal())

    asyncio.run(until_told())
    return 0
