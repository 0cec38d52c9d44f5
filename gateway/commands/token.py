"""gateway token create: an API token for scripts, shown once."""

import argparse
import json
import sys
from typing import Any

from gateway.domain.kinds import Role


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("token", help="make API tokens")
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="print a new API token; it cannot be shown again")
    create.add_argument("--name", required=True, help="what it is for, e.g. 'city laboratory'")
    create.add_argument("--area", required=True, help="division code it is limited to, e.g. 370102")
    create.add_argument("--role", required=True, choices=[role.value for role in Role])
    create.add_argument("--json", action="store_true", help="print {token} on standard output")
    create.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.commands.houses import run_with_house
    from gateway.errors import Invalid

    if not (args.area.isdigit() and len(args.area) in (2, 4, 6, 9, 12, 14)):
        raise Invalid(f"{args.area} is not a division code of 2, 4, 6, 9, 12 or 14 digits")
    secret = run_with_house(
        args.settings(),
        lambda house: house.officials.create_token(name=args.name, role=Role(args.role), area=args.area),
    )
    sys.stdout.write((json.dumps({"token": secret}) if args.json else secret) + "\n")
    sys.stderr.write("Keep it safe: it is not shown again.\n")
    return 0
