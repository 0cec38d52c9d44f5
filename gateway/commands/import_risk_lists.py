"""`import risk-list FILE`: what changed against an older list, or a draft in the running system."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.domain.risk_areas import Change, Changes, InvalidRiskList, RiskList, compare
from gateway.errors import Fault

if TYPE_CHECKING:
    from gateway.access.house import House
    from gateway.domain.places import Gazetteer
    from gateway.services.risk_lists import ListSummary

EXPLANATION = """\
With --compare OLDER nothing is recorded and no system is needed: the change between two lists is printed.
--json prints {"added", "raised", "lowered", "lifted", "unresolved"}, lists of {"area", "place", "level"}:
  area   the code of the deepest division that province, city and county name: 6 digits for a county, 9 for a street
         that stands in the county's place (Beijing, Dongguan), less or null for an unresolved one
  place  the string of the list, as it is written there
  level  high, medium or low: the new level; for a lifted place the level it had
Every changed place stands in one of the first four lists; unresolved repeats those whose county could not be found.
Without --compare the list becomes a draft, which changes nothing until an official confirms it in the console;
--json prints {"id", "number", "state", "entries", "levels", "changed", "duplicate"}.
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "risk-list",
        help="import a risk list as a draft; --compare only shows what changed",
        epilog=EXPLANATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="the national JSON form, CSV or XLSX")
    parser.add_argument("--compare", type=Path, metavar="OLDER", help="show the change from this older list, no more")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.compare is None:
        return run_import(args)
    lists = [_read(path) for path in (args.compare, args.file)]
    older, newer = lists
    if older is None or newer is None:
        return 1
    from gateway.areas.gazetteer import gazetteer

    places = gazetteer()
    changes = compare(older, newer, places)
    if args.json:
        sys.stdout.write(json.dumps(as_json(changes), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(_summary(changes, places))
    return 0


def run_import(args: argparse.Namespace) -> int:
    """A draft in the record, from which the console goes on to confirmed and published."""
    from gateway.commands.houses import run_with_house

    try:
        content = args.file.read_bytes()
    except OSError as error:
        sys.stderr.write(f"{args.file}: {(error.strerror or str(error)).lower()}\n")
        return 1

    async def draft(house: "House") -> "tuple[ListSummary, str]":
        summary = await house.risk_lists.import_(args.file.name, content, official=None)
        return summary, f"{house.public_gateway_url}/console/risk-lists/{summary.row.id}"

    try:
        summary, console = run_with_house(args.settings(), draft)
    except InvalidRiskList as error:
        _say(args.file, error.faults)
        return 1
    _say(args.file, summary.row.warnings)
    if args.json:
        sys.stdout.write(json.dumps(_draft_as_json(summary), ensure_ascii=False, indent=1) + "\n")
    else:
        changed = ", ".join(f"{name} {count}" for name, count in summary.changed.items())
        sys.stdout.write(f"list {summary.row.number}: {summary.entries} places; {changed}\n")
    known = (
        "This very file was imported before; nothing was added." if summary.duplicate else "A draft changes nothing."
    )
    sys.stderr.write(f"{known} Next, an official confirms it: {console}\n")
    return 0


def _draft_as_json(summary: "ListSummary") -> dict[str, object]:
    return {
        "id": str(summary.row.id),
        "number": summary.row.number,
        "state": str(summary.row.state),
        "entries": summary.entries,
        "levels": {str(level): count for level, count in summary.counts.items()},
        "changed": dict(summary.changed),
        "duplicate": summary.duplicate,
    }


def as_json(changes: Changes) -> dict[str, list[dict[str, str | None]]]:
    return {
        "added": [_row(change) for change in changes.added],
        "raised": [_row(change) for change in changes.raised],
        "lowered": [_row(change) for change in changes.lowered],
        "lifted": [_row(change) for change in changes.lifted],
        "unresolved": [_row(change) for change in changes.unresolved],
    }


def _row(change: Change) -> dict[str, str | None]:
    return {"area": change.place.named, "place": change.place.entry.text, "level": str(change.level)}


def _read(path: Path) -> RiskList | None:
    """The list, or None after its faults were said."""
    from gateway.areas.risk_lists import read_risk_list

    try:
        risk_list = read_risk_list(path.name, path.read_bytes())
    except InvalidRiskList as error:
        _say(path, error.faults)
        return None
    except OSError as error:
        sys.stderr.write(f"{path}: {(error.strerror or str(error)).lower()}\n")
        return None
    _say(path, risk_list.warnings)
    return risk_list


def _say(path: Path, faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        where = "" if fault.where == path.name else f"{fault.where}: "
        sys.stderr.write(f"{path}: {where}{fault.message}\n")


def _summary(changes: Changes, gazetteer: "Gazetteer") -> str:
    lines = []
    for name, changed in (
        ("added", changes.added),
        ("raised", changes.raised),
        ("lowered", changes.lowered),
        ("lifted", changes.lifted),
        ("unresolved", changes.unresolved),
    ):
        lines.append(f"{name}: {len(changed)}")
        for change in changed:
            area = change.place.named
            where = gazetteer.full_name(area) if area else "?"
            lines.append(f"  {change.level:<6}  {area or '-':<9}  {where}  {change.place.entry.text}")
    return "\n".join(lines) + "\n"
