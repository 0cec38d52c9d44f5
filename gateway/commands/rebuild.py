"""gateway rebuild: put everything that waits back into the agenda, from the record alone."""

import argparse
import json
import sys
from typing import Any


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("rebuild", help="rebuild the index of what is due from the record")
    parser.add_argument("--json", action="store_true", help="print {entries} on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.commands.houses import run_with_house

    entries = run_with_house(args.settings(), lambda house: house.operations.rebuild())
    if args.json:
        sys.stdout.write(json.dumps({"entries": entries}) + "\n")
    sys.stderr.write(f"The agenda holds {entries} entries again.\n")
    return 0
