"""./run bench: what there is to measure, and each of them by its name. Engines of its own; nothing is kept."""

import argparse
import sys

from tests.bench import month, rematch


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="measurements, each beside what it has to reach")
    works = parser.add_subparsers(dest="work", title="what there is to measure")
    for work in (month, rematch):
        name = work.__name__.rpartition(".")[2]
        said = (work.__doc__ or "").partition("\n")[0]
        one = works.add_parser(name, help=said, description=said)
        work.add_options(one)
        one.set_defaults(measure=work.run)
    args = parser.parse_args()
    if args.work is None:
        parser.print_help()
        return 0
    return int(args.measure(args))


if __name__ == "__main__":
    sys.exit(main())
