"""gateway login: a one-time link into the console, for whoever runs this machine."""

import argparse
import sys
from typing import Any
from uuid import UUID

from gateway.domain.kinds import OfficialId


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("login", help="make a one-time link into the console")
    parser.add_argument("--official", type=UUID, help="id of the official; otherwise the machine's administrator")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from gateway.access.house import House
    from gateway.commands.houses import run_with_house

    async def link(house: House) -> str:
        official = OfficialId(args.official) if args.official else (await house.officials.administrator()).id
        token = await house.officials.login_link(official)
        return f"{house.public_gateway_url}/console/sign-in?token={token}"

    sys.stdout.write(run_with_house(args.settings(), link) + "\n")
    sys.stderr.write("It works once, for fifteen minutes.\n")
    return 0
