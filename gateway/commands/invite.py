"""gateway invite: an invitation for an official, used once within seven days."""

import argparse
import json
import sys
from typing import Any

from gateway.domain.kinds import Role


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("invite", help="invite an official")
    parser.add_argument("--name", required=True)
    parser.add_argument("--area", required=True, help="division code they answer for")
    parser.add_argument("--role", required=True, action="append", choices=[role.value for role in Role])
    parser.add_argument("--unit", help="the office they work for (区卫健局), whose checklist parts they tick")
    parser.add_argument("--json", action="store_true", help="print {token, link} on standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.access.house import House
    from gateway.commands.houses import run_with_house

    async def invite(house: House) -> tuple[str, str]:
        unit = await house.checklists.open_unit(args.unit, area=args.area, official=None) if args.unit else None
        roles = tuple(Role(role) for role in args.role)
        _, token = await house.officials.invite(name=args.name, roles=roles, area=args.area, by=None, unit_id=unit)
        return token, f"{house.public_bot_url.rstrip('/')}/?start={token}"

    token, link = run_with_house(args.settings(), invite)
    sys.stdout.write((json.dumps({"token": token, "link": link}) if args.json else link) + "\n")
    sys.stderr.write(f"In Telegram: send /start {token} to the bot. It works once, for seven days.\n")
    return 0
