"""gateway login: a one-time link into the console for one official."""

import argparse
import asyncio
import json
import sys
from typing import Any

from gateway.access.house import House
from gateway.commands.houses import house_of
from gateway.domain.scopes import EVERYWHERE, Official, Scope
from gateway.errors import NotFound
from gateway.settings import Settings


class NoOfficial(NotFound):
    """There is no official yet: invite the first one with `./run gateway invite`."""


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("login", help="make a one-time link into the console")
    parser.add_argument("--official", help="the name or id of whom it signs in; unset: who answers for the widest area")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    official, link = asyncio.run(_login(args.settings(), wanted=args.official))
    said = {"link": link, "official": official.name, "area": official.area}
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n" if args.json else f"{link}\n")
    return 0


async def _login(settings: Settings, *, wanted: str | None) -> tuple[Official, str]:
    async with house_of(settings) as house:
        official = await _official(house, wanted)
        token = await house.officials.login_link(official.id)
        return official, f"{house.public_gateway_url}/console/login?token={token}"


async def _official(house: House, wanted: str | None) -> Official:
    async with house.transactions.begin(Scope.of_work("login")) as work:
        known = await work.officials.listed(area=EVERYWHERE)
    if wanted is not None:
        named = [one for one in known if wanted in (one.name, str(one.id))]
        if len(named) != 1:
            raise NotFound(f"{len(named)} officials are called {wanted}: give the id of one")
        return named[0]
    if not known:
        raise NoOfficial
    return min(known, key=lambda one: (len(one.area), one.area))
