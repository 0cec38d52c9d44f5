"""./run faults: what must hold when processes die, when rules go, and whatever arrives.

Prints its figures; ends with 1 if one of them is not zero.
"""

import argparse
import secrets
import sys

from tests.faults import broadcasts, cluster, fuzz, kills, policies, rules
from tests.faults.kills import Plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="faults", description="fault drills: on real processes, and on the rules")
    drills = parser.add_subparsers(dest="drill", required=True)
    killing = drills.add_parser("kills", help="kill -9 of bot, api and worker while residents report")
    killing.add_argument("--kills", type=int, default=10, help="of each process (10)")
    killing.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier run")
    killing.add_argument("--telegram", type=int, default=4, help="residents on Telegram (4)")
    killing.add_argument("--web", type=int, default=4, help="residents on the web chat (4)")
    killing.add_argument("--smoke", action="store_true", help="the small one that the tests run")
    killing.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    ruling = drills.add_parser("rules", help="take each rule out of the data: a test that claims it must fail")
    ruling.add_argument("--rule", action="append", default=[], help="only this one (may be repeated)")
    ruling.add_argument("--jobs", type=int, default=2, help="how many copies at once (2)")
    ruling.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    changing = drills.add_parser("policy", help="kill -9 while a new pack is brought over many plans")
    changing.add_argument("--plans", type=int, default=10_000, help="open plans (10000)")
    changing.add_argument("--kills", type=int, default=5, help="of the activating process (5)")
    changing.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier run")
    changing.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    fuzzing = drills.add_parser("fuzz", help="updates nobody would foresee, fed to the dispatcher")
    fuzzing.add_argument("--updates", type=int, default=100_000, help="how many (100000)")
    fuzzing.add_argument("--seed", type=int, default=None, help="repeats an earlier run")
    fuzzing.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    for name, killed, flushes, rate, words in (
        ("broadcast", 10, 0, 1000, "kill -9 of the worker while many are told, and answers of Telegram that are lost"),
        ("flush", 0, 10, 60, "FLUSHALL while many are told: what waits in Redis is put back from the record"),
    ):
        telling = drills.add_parser(name, help=words)
        telling.add_argument("--people", type=int, default=10_000, help="residents who are told (10000)")
        telling.add_argument("--kills", type=int, default=killed, help=f"of the worker ({killed})")
        telling.add_argument("--flushes", type=int, default=flushes, help=f"of Redis ({flushes})")
        telling.add_argument("--lost", type=float, default=0.01, help="share of answers that never come (0.01)")
        telling.add_argument("--rate", type=float, default=rate, help=f"messages a second of the bot ({rate})")
        telling.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier run")
        telling.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    drills.add_parser("cluster", help="agenda and pacer on three Valkey nodes: every script's keys share a slot")
    args = parser.parse_args()
    if args.drill == "cluster":
        return cluster.main()
    if args.drill == "rules":
        return rules.main(only=args.rule, jobs=args.jobs, as_json=args.json)
    seed = secrets.randbelow(1_000_000) if args.seed is None else args.seed
    if args.drill == "fuzz":
        return fuzz.main(updates=args.updates, chosen=seed, as_json=args.json)
    if args.drill == "policy":
        return policies.main(plans=args.plans, kills=args.kills, seed=seed, as_json=args.json)
    if args.drill in ("broadcast", "flush"):
        telling = broadcasts.Plan(seed, args.people, args.kills, args.flushes, args.lost, args.rate)
        return broadcasts.main(telling, as_json=args.json)
    plan = kills.smoke(seed) if args.smoke else Plan(seed, args.kills, args.telegram, args.web)
    return kills.main(plan, as_json=args.json)


if __name__ == "__main__":
    sys.exit(main())
