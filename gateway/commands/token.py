"""gateway token: API tokens for scripts. Standard output holds the token alone; it is shown once."""

import argparse
import asyncio
import json
import sys
from typing import Any

from gateway.commands.houses import house_of
from gateway.domain.kinds import Role
from gateway.domain.scopes import AREA_DIGITS
from gateway.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("token", help="make API tokens")
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a token that acts in one role for one area")
    create.add_argument("--name", required=True, help="whose it is; the audit names it")
    create.add_argument("--area", required=True, type=area_code, help="an area code of 2, 4, 6, 9, 12 or 14 digits")
    create.add_argument("--role", required=True, choices=[role.value for role in Role])
    create.add_argument("--json", action="store_true")
    create.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    secret = asyncio.run(_create(args.settings(), name=args.name, role=Role(args.role), area=args.area))
    said = {"token": secret, "name": args.name, "area": args.area, "role": args.role}
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n" if args.json else f"{secret}\n")
    return 0


async def _create(settings: Settings, *, name: str, role: Role, area: str) -> str:
    async with house_of(settings) as house:
        return await house.officials.create_token(name=name, role=role, area=area)


def area_code(text: str) -> str:
    """For argparse: an area code of a length there is."""
    if not text.isdigit() or len(text) not in AREA_DIGITS:
        raise argparse.ArgumentTypeError(f"{text} is no area code of {', '.join(map(str, AREA_DIGITS))} digits")
    return text
