"""./run bench: what there is to measure, and each of them by its name. Engines of its own; nothing is kept."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import chat, console, index, month, rematch, render
from tests.bench.pairs import Row, say, tell

#: What is measured beside something else, in turns. Each is given the number of entries its line is about.
ROWS: dict[str, tuple[str, Callable[[index.Store, float], list[Row]]]] = {
    "schedule": (
        "schedule reminders in bulk (index only)",
        lambda store, share: [index.bulk_schedule(store, int(100_000 * share))],
    ),
    "drain": (
        "drain what is due, at least once (index only)",
        lambda store, share: list(index.drain(store, int(100_000 * share))),
    ),
    "bytes": (
        "Redis bytes per pending reminder",
        lambda store, share: [index.bytes_per_pending(store, int(100_000 * share))],
    ),
    "lateness": (
        "lateness at 1,000 due a second, two workers",
        lambda store, share: [index.lateness(store, 1000, max(1.0, 5 * share))],
    ),
    "chat": (
        "a step of a chat, its dispatch and the webhook, beside plain aiogram",
        lambda store, share: [
            *chat.steps(store, int(12_800 * share)),
            *chat.webhooks(store, int(12_800 * share)),
        ],
    ),
    "render": (
        "render a broadcast in five languages",
        lambda _, share: [render.rendering(int(20_000 * share))],
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench",
        description="measurements, each beside what it has to reach",
        epilog="In a browser, by the same word: page (weight and seconds on a thin line), taps (of each conversation).",
    )
    works = parser.add_subparsers(dest="work", title="what there is to measure")
    for work in (console, month, rematch):
        name = work.__name__.rpartition(".")[2]
        said = (work.__doc__ or "").partition("\n")[0]
        one = works.add_parser(name, help=said, description=said)
        work.add_options(one)
        one.set_defaults(measure=work.run)
    for name, said in [(name, said) for name, (said, _) in ROWS.items()] + [("all", "every row beside its peers")]:
        one = works.add_parser(name, help=said, description=said)
        one.add_argument("--pairs", type=int, default=5, help="turns of each side (5)")
        one.add_argument("--share", type=float, default=1.0, help="of the usual size (1.0)")
        one.add_argument("--out", type=Path, default=None, help="a folder for table.md, figures.json and figures.svg")
        one.set_defaults(measure=measure)
    args = parser.parse_args()
    if args.work is None:
        parser.print_help()
        return 0
    return int(args.measure(args))


def measure(args: argparse.Namespace) -> int:
    measured: list[Row] = []
    with index.opened() as store:
        for name in ROWS if args.work == "all" else [args.work]:
            rows = ROWS[name][1](store, args.share)
            for turn in range(args.pairs):
                say(f"{name}, turn {turn + 1} of {args.pairs}")
                for row in rows:
                    row.measure(1)
            measured += rows
    return tell(measured, out=args.out)


if __name__ == "__main__":
    sys.exit(main())
