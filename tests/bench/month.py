"""A month in a town of a thousand people: by the wall, by our own processor and by the engines'.

The drill of `tests/drills/month`, sixty of the thousand under follow-up; with `--people`, a town in which everybody is.
Prints one JSON object. With fewer days than `--of`, the whole is extrapolated from those played, placing included once:
too high a figure, as the first days are the busiest.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.commands.drill import engines, load_drill
from gateway.commands.drill_player import Player, play
from gateway.domain.drills import Crowd, Drill, InForce, Post
from gateway.domain.kinds import Role
from gateway.memory import collect_seldom

DRILL = Path(__file__).parents[1] / "drills/month/a-town-of-a-thousand.yaml"
#: Seconds, on a quiet machine.
MONTH_OF_SIXTY, MONTH_OF_EVERYBODY = 60, 600
STREET = "370102001"
STARTS = datetime(2021, 1, 7, 10, 0)  # noqa: DTZ001 - local, as in every drill


@dataclass(frozen=True, slots=True)
class Spent:
    wall: float
    own: float

    @classmethod
    def now(cls) -> "Spent":
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(time.perf_counter(), used.ru_utime + used.ru_stime)

    def since(self) -> "Spent":
        now = Spent.now()
        return Spent(now.wall - self.wall, now.own - self.own)


def drill_of(people: int, officials: int) -> Drill:
    """Close contacts all of them, in grids of about a hundred, each with its worker."""
    grids = max(1, officials - 4)
    posts = [Post(f"网格员{n}", Role.GRID_WORKER, f"{STREET}000{n:02}") for n in range(1, grids + 1)]
    posts += [
        Post("社区周", Role.COMMUNITY, STREET),
        Post("街道吴", Role.TOWNSHIP, STREET),
        Post("采样点赵", Role.SITE, "370102"),
        Post("区指挥部郑", Role.COUNTY, "370102"),
    ]
    crowd = Crowd(
        "居民",
        people,
        STREET,
        grids=grids,
        profile="close_contact",
        anchors={"isolation_start": "2021-01-07 10:00", "last_exposure": "2021-01-05"},
        by="区指挥部郑",
        reports=0.95,
        tests=0.95,
    )
    return Drill("month", STARTS, (InForce("sd-2020-09"),), (), tuple(posts), (), crowds=(crowd,), seed=1)


async def play_whole(path: Path) -> dict[str, Any]:
    """A drill file from its first day to its last, as `gateway drill` plays it."""
    drill = load_drill(path)
    async with engines() as open_town_at, open_town_at(drill.starts) as town:
        collect_seldom()  # as the command does
        begun = Spent.now()
        lines = [line async for line in play(drill, town, folder=path.parent)]
        spent = begun.since()
        return {
            "drill": path.name,
            "people": sum(crowd.people for crowd in drill.crowds) + len(drill.residents),
            "under_follow_up": sum(crowd.people for crowd in drill.crowds if crowd.profile),
            "officials": sum(len(post.names) for post in drill.officials),
            "messages": len(town.said),
            "unmet": [str(line) for line in lines if line.kind == "unmet"],
            "whole_s": round(spent.wall, 1),
            "whole_own_s": round(spent.own, 1),
            "at_most_s": MONTH_OF_SIXTY,
        }


async def play_days(people: int, officials: int, days: int, of: int) -> dict[str, Any]:
    drill = drill_of(people, officials)
    async with engines() as open_town_at, open_town_at(drill.starts) as town:
        player = Player(drill, town, Path())
        begun = Spent.now()
        await player.settle()
        placed = begun.since()
        begun = Spent.now()
        for day in range(1, days + 1):
            sys.stderr.write(f"\rday {day} of {days}, {begun.since().wall:.0f} s")
            async for _ in player.until(drill.starts + timedelta(days=day)):
                pass
        played = begun.since()
        sys.stderr.write("\n")
        return {
            "people": people,
            "officials": len(drill.officials),
            "days": days,
            "messages": len(town.said),
            "placing_s": round(placed.wall, 1),
            "placing_own_s": round(placed.own, 1),
            "day_s": round(played.wall / days, 1),
            "day_own_s": round(played.own / days, 1),
            f"of_{of}_days_s": round(placed.wall + played.wall / days * of, 1),
            f"of_{of}_days_own_s": round(placed.own + played.own / days * of, 1),
            "at_most_s": MONTH_OF_EVERYBODY,
        }


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--people", type=int, default=None, help="a town in which so many are, all under follow-up")
    parser.add_argument("--officials", type=int, default=40, help="in that town (40)")
    parser.add_argument("--days", type=int, default=30, help="to play there (30; minutes)")
    parser.add_argument("--of", type=int, default=30, help="days the figure is for (30)")


def run(args: argparse.Namespace) -> int:
    if args.people is None:
        figures = asyncio.run(play_whole(DRILL))
        took = figures["whole_s"]
    else:
        figures = asyncio.run(play_days(args.people, args.officials, args.days, args.of))
        took = figures[f"of_{args.of}_days_s"]
    engines_used = resource.getrusage(resource.RUSAGE_CHILDREN)  # from their first start to their end
    figures["engines_own_s"] = round(engines_used.ru_utime + engines_used.ru_stime, 1)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0 if took <= figures["at_most_s"] and not figures.get("unmet") else 1
