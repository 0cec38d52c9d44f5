"""`import checklist FILE`: what a notice's work list says, shown before anything is created from it."""

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.access.checklist_shapes import as_json, deadline_of
from gateway.domain.checklists import Checklist, Glossary
from gateway.domain.notices import NotAChecklist, read_work_list
from gateway.errors import ShaodianError
from gateway.policies.glossaries import load_glossary
from gateway.services.checklists import Imported, fingerprint

LARGEST = 2_000_000  # a work list is some ten thousand characters; more is a wrong file
_BINARY = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a Word, Excel or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
}


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("checklist", help="preview a notice's work list; --yes creates it")
    parser.add_argument("file", type=Path, help="the notice as plain text, UTF-8 or GB18030")
    parser.add_argument("--json", action="store_true", help="print the list as JSON and nothing else")
    parser.add_argument("--yes", action="store_true", help="create the items in the record, with their reminders")
    parser.add_argument("--area", metavar="CODE", help="whose list it is; without it the issuer's own area, if known")
    parser.add_argument(
        "--coordinator",
        action="append",
        default=[],
        metavar="ITEM=UNIT",
        help="the unit that keeps an item together whose lead is a group, for example 1.7=区卫健局",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        glossary = load_glossary()
        text = read_text(args.file)
        checklist = read_work_list(text, glossary)
    except ShaodianError as error:
        sys.stderr.write(f"{args.file}: {error.detail}\n")
        return 2
    shown = as_json(checklist, glossary)
    if not args.json:
        sys.stdout.write("\n".join(preview(checklist, created=args.yes)) + "\n")
    elif not args.yes:
        _print(shown)
    if not any(item.deadline for item in checklist.items):
        if args.json and args.yes:
            _print(shown)
        sys.stderr.write(
            f"{args.file}: none of the {len(checklist.items)} items states a deadline that could be read (完成时限);"
            " none was guessed, so nothing can be reminded.\n"
        )
        return 2
    return create(args, checklist, text, shown, glossary) if args.yes else 0


def create(args: argparse.Namespace, checklist: Checklist, text: str, shown: dict[str, Any], glossary: Glossary) -> int:
    """Through the services, in the record of the running system or of the embedded engines."""
    from gateway.access.house import House
    from gateway.commands.houses import run_with_house

    area = args.area or glossary.area_of(checklist.issuer)
    if not area:
        sys.stderr.write(f"{args.file}: whose list is this? Add --area CODE (the division code of its issuer).\n")
        return 2
    odd = [one for one in args.coordinator if "=" not in one]
    if odd or not (area.isdigit() and len(area) in (2, 4, 6, 9)):
        wrong = f"--coordinator {odd[0]}: write ITEM=UNIT" if odd else f"--area {area}: a code of 2, 4, 6 or 9 digits"
        sys.stderr.write(f"{wrong}.\n")
        return 2

    async def import_(house: House) -> Imported:
        return await house.checklists.import_(
            checklist,
            area=area,
            official=None,
            source_hash=fingerprint(text),
            coordinators=dict(one.split("=", 1) for one in args.coordinator),
        )

    created = run_with_house(args.settings(), import_)
    if args.json:
        _print(shown | {"created": asdict(created) | {"checklist_id": str(created.checklist_id), "area": area}})
    sys.stderr.writelines(f"{line}\n" for line in account(created, area))
    return 0


def account(created: Imported, area: str) -> Iterator[str]:
    """What was created, and what the list leaves open."""
    yield (
        f"Created in {area}: {created.items} items, {created.parts} parts to tick, {created.reminders} reminders,"
        f" {len(created.units)} new units."
    )
    if created.without_deadline:
        yield f"Without a deadline, so never reminded until one is set: {', '.join(created.without_deadline)}."
    if created.without_coordinator:
        yield f"Led by a group and without a co-ordinator: {', '.join(created.without_coordinator)}."
    if created.groups_without_members:
        yield f"Groups nobody has listed the members of: {', '.join(created.groups_without_members)}."


def _print(shown: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")


def read_text(file: Path) -> str:
    """The file's words, whatever of the two usual encodings it is in; a sentence for everything that is not text."""
    try:
        if file.is_file() and file.stat().st_size > LARGEST:
            raise NotAChecklist("the file is too large for a notice (2 MB at most).")
        content = file.read_bytes()
    except OSError as error:
        raise NotAChecklist(f"the file cannot be read ({error.strerror}).") from error
    for start, kind in _BINARY.items():
        if content.startswith(start):
            raise NotAChecklist(f"this is {kind}, not text; save the notice as plain text first.")
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise NotAChecklist("the file is empty.")
        if not any(_is_odd(character) for character in text):
            return text
    raise NotAChecklist("this is not text in UTF-8 or GB18030.")


def _is_odd(character: str) -> bool:
    return character not in "\t\r\n\f\v" and unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"}


# --- for people ---------------------------------------------------------------------------------------------


def preview(checklist: Checklist, *, created: bool = False) -> Iterator[str]:
    """What was not understood first: it is what the reader must act on."""
    yield f"{checklist.title}"
    issued = checklist.issued.isoformat() if checklist.issued else "day of issue not found"
    yield f"{checklist.issuer or 'issuer not found'} · {issued}"
    yield ""
    if checklist.not_understood:
        yield f"Not understood ({len(checklist.not_understood)}), please look:"
        for doubt in checklist.not_understood:
            where = f" (item {doubt.item})" if doubt.item else ""
            yield f"  line {doubt.line}{where}: {doubt.why}"
            yield f"    {_cut(doubt.text, 100)}"
    else:
        yield "Everything was understood."
    assignments = sum(len(item.assignments) for item in checklist.items)
    for section in checklist.sections:
        yield ""
        yield f"{section.number} {section.title}".strip()
        for item in section.items:
            due = deadline_of(item.deadline) or "none"
            flag = "due on issue" if item.due_on_issue else ""
            lead = item.lead.name if item.lead else "no unit"
            more = f" +{len(item.units) - 1}" if len(item.units) > 1 else ""
            yield f"  {item.dotted:<6}{_wide(due, 12)}{_wide(flag, 14)}{_wide(lead + more, 36)}{_cut(item.title, 48)}"
            for assignment in item.assignments:
                yield f"{'':>20}{_wide(assignment.unit.name, 24)}{'、'.join(assignment.places)}"
    yield ""
    yield (
        f"{len(checklist.items)} items in {len(checklist.sections)} sections, {assignments} nested assignments,"
        f" {len(checklist.not_understood)} not understood.{'' if created else ' Nothing was created; --yes does.'}"
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _wide(text: str, columns: int) -> str:
    return _cut(text, columns - 2) + " " * max(2, columns - _width(text))


def _cut(text: str, columns: int) -> str:
    text = text.replace("\n", " ")
    if _width(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += _width(character)
        if used > columns - 1:
            break
        kept += character
    return f"{kept}…"
