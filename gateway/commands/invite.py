"""gateway invite: a single-use invitation for an official, above all for the first one."""

import argparse
import asyncio
import json
import sys
from typing import Any

from gateway.commands.houses import house_of
from gateway.commands.token import area_code
from gateway.domain.kinds import Role
from gateway.settings import Settings


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("invite", help="invite an official")
    parser.add_argument("--name", required=True)
    parser.add_argument("--area", required=True, type=area_code, help="an area code of 2, 4, 6, 9, 12 or 14 digits")
    parser.add_argument("--role", required=True, action="append", choices=[role.value for role in Role])
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    roles = tuple(Role(role) for role in args.role)
    link = asyncio.run(_invite(args.settings(), name=args.name, roles=roles, area=args.area))
    sys.stdout.write(json.dumps({"link": link}) + "\n" if args.json else f"{link}\n")
    sys.stderr.write(f"{args.name} opens it once, within 7 days, in the web chat.\n")
    return 0


async def _invite(settings: Settings, *, name: str, roles: tuple[Role, ...], area: str) -> str:
    async with house_of(settings) as house:
        _, token = await house.officials.invite(name=name, roles=roles, area=area, by=None)
        return f"{house.public_bot_url}/?start={token}"
