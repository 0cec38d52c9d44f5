"""gateway drill FILE.yaml: play a drill in a town of its own, on a held clock, up to the first unmet expectation."""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.domain.drills import Drill, read_drill

if TYPE_CHECKING:
    from gateway.commands.drill_report import Played
    from gateway.town import Town

EXPLANATION = """\
A drill names residents and officials, the packs in force, and steps in order of time. Each step says when, who, and one
of these:
  types, presses, reports                                          a resident, in the chat
  acknowledges, notes, escalates, resolves, ticks, unticks         an official, on what is newest on their desk
  places, result, pushes_leads, sets_level, asks, applies, …        what people do over the API
  outbreak, confirms_list, publishes_list, checklist               what comes in
  hears, hears_nothing, sees, plan, shows, refused                 what is expected, to the minute
docs/drills.md explains the format, tests/drills holds examples. The drill uses engines of its own and touches no
record.
"""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "drill",
        help="play a drill file on a held clock",
        epilog=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, nargs="+", help="drills as YAML")
    parser.add_argument("--json", action="store_true", help="print the timelines as JSON and nothing else")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="also write the timelines as a page")
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="the page's language")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.logs import configure

    configure(process="drill", stream=sys.stderr, level=logging.ERROR)
    # A drill names only some of a district's people: that nobody else is on duty is no news here.
    logging.getLogger("gateway.services.alerts").setLevel(logging.CRITICAL)
    drills = [(path, load_drill(path)) for path in args.file]
    played = asyncio.run(_play_all(drills, quietly=args.json))
    if args.json:
        sys.stdout.write(json.dumps([one.as_json() for one in played], ensure_ascii=False, indent=1) + "\n")
    if args.report is not None:
        from gateway.commands.drill_report import page_of

        args.report.write_text(page_of(played, args.language), encoding="utf-8")
    return 0 if all(one.passed for one in played) else 1


def load_drill(path: Path) -> Drill:
    """Raises Invalid with file and line of every fault."""
    from gateway.policies.documents import read_document

    document = read_document(path)
    return read_drill(document.content, document.fault)


# --- playing ------------------------------------------------------------------------------------------------


async def _play_all(drills: list[tuple[Path, Drill]], *, quietly: bool) -> list["Played"]:
    from gateway.commands.drill_player import play
    from gateway.commands.drill_report import Played
    from gateway.memory import collect_seldom

    played = []
    async with engines() as open_town_at:
        for path, drill in drills:
            one = Played(drill, str(path))
            if not quietly:
                sys.stdout.write(f"{drill.title or path.name}\n")
            async with open_town_at(drill.starts) as town:
                collect_seldom()
                async for line in play(drill, town, folder=path.parent):
                    one.lines.append(line)
                    if not quietly:
                        sys.stdout.write(f"  {line}\n")
                await one.look_back(town)
            sys.stderr.write(f"{path}: {f'passed, {one.met} expectations met' if one.passed else 'FAILED'}\n")
            played.append(one)
    return played


@asynccontextmanager
async def engines() -> AsyncIterator[Any]:
    """Engines that forget everything afterwards, and a function that opens a town on them."""
    from gateway.bootstrap import ZONE
    from gateway.engines import Postgres, Valkey
    from gateway.record.migrate import migrate
    from gateway.record.vault import Vault, create_keyring
    from gateway.town import open_town

    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey, tempfile.TemporaryDirectory() as folder:
        keyring = Path(folder) / "keyring.json"
        create_keyring(keyring)
        await migrate(postgres.create_database("drills"))
        number = 0

        @asynccontextmanager
        async def open_at(starts: datetime) -> AsyncIterator["Town"]:
            nonlocal number
            number += 1
            database = postgres.create_database(f"drill_{number}", template="drills")
            at = starts.replace(tzinfo=ZONE).astimezone(UTC)
            async with open_town(database, valkey.url(number), Vault.from_file(keyring), starts_at=at) as town:
                yield town

        yield open_at
