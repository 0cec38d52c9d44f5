"""`import checklist FILE`: what a notice's work list says, shown before anything is created from it."""

import argparse
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistSection,
    Deadline,
    Glossary,
    NotUnderstood,
    ResponsibleUnit,
    SuperviseAssignment,
)
from gateway.domain.notices import read_notice
from gateway.errors import Invalid, ShaodianError
from gateway.policies.glossaries import load_glossary

LARGEST = 2_000_000  # a work list is some ten thousand characters; more is a wrong file
_BINARY = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a Word, Excel or ZIP file",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file",
}


class NotAChecklist(Invalid):
    """The file holds no work list."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("checklist", help="preview a notice's work list; --yes creates it")
    parser.add_argument("file", type=Path, help="the notice as plain text, UTF-8 or GB18030")
    parser.add_argument("--json", action="store_true", help="print the list as JSON and nothing else")
    parser.add_argument("--yes", action="store_true", help="create the items (needs the running system)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        glossary = load_glossary()
        checklist = read_checklist(args.file, glossary)
    except ShaodianError as error:
        sys.stderr.write(f"{args.file}: {error.detail}\n")
        return 2
    if args.json:
        sys.stdout.write(json.dumps(as_json(checklist, glossary), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(preview(checklist)) + "\n")
    if not any(item.deadline for item in checklist.items):
        sys.stderr.write(
            f"{args.file}: none of the {len(checklist.items)} items states a deadline that could be read (完成时限);"
            " none was guessed, so nothing can be reminded.\n"
        )
        return 2
    if args.yes:
        sys.stderr.write("Creating the items is not available here yet; nothing was changed.\n")
        return 3
    return 0


def read_checklist(file: Path, glossary: Glossary) -> Checklist:
    checklist = read_notice(read_text(file), glossary)
    if not checklist.items:
        raise NotAChecklist(
            "no work list found: no numbered item here names a responsible unit (责任单位) or a deadline (完成时限)."
        )
    return checklist


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


# --- JSON ---------------------------------------------------------------------------------------------------


def as_json(checklist: Checklist, glossary: Glossary) -> dict[str, Any]:
    prefix = glossary.prefix_of(checklist.issuer)
    items = checklist.items
    return {
        "document": {
            "title_zh": checklist.title,
            "issuer_zh": checklist.issuer,
            "issued": checklist.issued.isoformat() if checklist.issued else None,
            "addressees_zh": checklist.addressees,
            "introduction_zh": checklist.introduction,
        },
        "lead_rule": {"quote_zh": checklist.lead_rule} if checklist.lead_rule else None,
        "counts": {
            "sections": len(checklist.sections),
            "items": len(items),
            "by_deadline": dict(Counter(_deadline(item.deadline) or "none" for item in items)),
            "by_lead_unit": dict(Counter(item.lead.name for item in items if item.lead)),
            "supervise_assignments": sum(len(item.assignments) for item in items),
            "deliverables": sum(len(item.deliverables) for item in items),
        },
        "not_understood": [_doubt(doubt, prefix) for doubt in checklist.not_understood],
        "sections": [_section(section, prefix, glossary) for section in checklist.sections],
    }


def _doubt(doubt: NotUnderstood, prefix: str) -> dict[str, Any]:
    where = {"item": _id(doubt.item, prefix)} if doubt.item else {}
    return {"line": doubt.line, "text": doubt.text, "why": doubt.why} | where


def _section(section: ChecklistSection, prefix: str, glossary: Glossary) -> dict[str, Any]:
    return {
        "section_no": section.no,
        "section_no_zh": section.number,
        "title_zh": section.title,
        **({"part_zh": section.part} if section.part else {}),
        "items": [_item(item, prefix, glossary) for item in section.items],
    }


def _item(item: ChecklistItem, prefix: str, glossary: Glossary) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": _id(item.dotted, prefix),
        "item_no": item.path[-1],
        "item_no_zh": item.number,
        "title_zh": item.title,
        "task_zh": item.task,
        "full_text_zh": item.full_text,
        "deliverables": [{"quote_zh": deliverable} for deliverable in item.deliverables],
        "responsible_raw_zh": item.responsible_raw,
        "lead_unit_zh": item.lead.name if item.lead else None,
        "responsible_units": [_unit(unit) for unit in item.units],
        "deadline_raw_zh": item.deadline.raw if item.deadline else None,
        "deadline": _deadline(item.deadline),
        "deadline_type": item.deadline.kind.value if item.deadline else None,
        "due_on_issue": item.due_on_issue,
        "line": item.line,
    }
    if item.deadline and item.deadline.assumes:
        shown["deadline_assumes"] = item.deadline.assumes
    if item.note:
        shown["note_zh"] = item.note
    if item.assignments:
        shown["supervise_assignments"] = [
            _assignment(item, assignment, prefix, glossary) for assignment in item.assignments
        ]
        shown["supervise_closing_zh"] = item.closing
    return shown


def _unit(responsible: ResponsibleUnit) -> dict[str, Any]:
    unit = responsible.unit
    shown: dict[str, Any] = {
        "order": responsible.order,
        "name_zh": unit.name,
        "name_en": unit.english or None,
        "role": responsible.role.value,
        "is_group": unit.is_group,
    }
    if unit.alias:
        shown["alias_key"] = unit.alias
    if unit.group_meaning:
        shown["group_meaning"] = unit.group_meaning
    return shown


def _assignment(
    item: ChecklistItem, assignment: SuperviseAssignment, prefix: str, glossary: Glossary
) -> dict[str, Any]:
    return {
        "id": f"{_id(item.dotted, prefix)}-S{assignment.order}",
        "order": assignment.order,
        "unit_zh": assignment.unit.name,
        "unit_en": assignment.unit.english or None,
        "place_types_zh": list(assignment.places),
        "place_types_en": [glossary.places.get(place) for place in assignment.places],
        "quote_zh": assignment.quote,
        "deadline": _deadline(item.deadline),
    }


def _id(dotted: str, prefix: str) -> str:
    return f"{prefix}-{dotted}" if prefix else dotted


def _deadline(deadline: Deadline | None) -> str | None:
    if deadline is None:
        return None
    return deadline.on.isoformat() if deadline.on else deadline.kind.value


# --- for people ---------------------------------------------------------------------------------------------


def preview(checklist: Checklist) -> Iterator[str]:
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
            due = _deadline(item.deadline) or "none"
            flag = "due on issue" if item.due_on_issue else ""
            lead = item.lead.name if item.lead else "no unit"
            more = f" +{len(item.units) - 1}" if len(item.units) > 1 else ""
            yield f"  {item.dotted:<6}{_wide(due, 12)}{_wide(flag, 14)}{_wide(lead + more, 36)}{_cut(item.title, 48)}"
            for assignment in item.assignments:
                yield f"{'':>20}{_wide(assignment.unit.name, 24)}{'、'.join(assignment.places)}"
    yield ""
    yield (
        f"{len(checklist.items)} items in {len(checklist.sections)} sections, {assignments} nested assignments,"
        f" {len(checklist.not_understood)} not understood. Nothing was created; --yes does."
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
