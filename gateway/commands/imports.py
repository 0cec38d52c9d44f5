"""`gateway import WHAT FILE`: what comes in as a file."""

import argparse

from gateway.commands import import_checklists, import_risk_lists


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("import", help="import a risk list or a checklist")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="WHAT")
    import_risk_lists.add(kinds)
    import_checklists.add(kinds)
