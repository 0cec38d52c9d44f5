"""gateway work: the agenda and the senders. As many processes as needed."""

import argparse
import asyncio
import gc
import signal
from typing import Any

from gateway import logs
from gateway.bootstrap import work
from gateway.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("work", help="work the agenda and send; run as many as needed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    logs.configure(process="work")
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    asyncio.run(_until_told(args.settings()))
    return 0


async def _until_told(settings: Settings) -> None:
    """What is being sent when the word comes is finished; nothing new is claimed."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await work(settings, stop)
