"""./run bench page, ./run bench taps: what is measured in a browser, without the peers' packages."""

import argparse
import sys

from tests.bench import page, taps


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="measured in a browser")
    works = parser.add_subparsers(dest="work", required=True)
    for work in (page, taps):
        said = (work.__doc__ or "").partition("\n")[0]
        one = works.add_parser(work.__name__.rpartition(".")[2], help=said, description=said)
        work.add_options(one)
        one.set_defaults(measure=work.run)
    args = parser.parse_args()
    return int(args.measure(args))


if __name__ == "__main__":
    sys.exit(main())
