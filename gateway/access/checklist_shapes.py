"""A notice's work list as JSON: the same from the command and from the API."""

from collections import Counter
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
            "by_deadline": dict(Counter(deadline_of(item.deadline) or "none" for item in items)),
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
        "deadline": deadline_of(item.deadline),
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
        "deadline": deadline_of(item.deadline),
    }


def _id(dotted: str, prefix: str) -> str:
    return f"{prefix}-{dotted}" if prefix else dotted


def deadline_of(deadline: Deadline | None) -> str | None:
    if deadline is None:
        return None
    return deadline.on.isoformat() if deadline.on else deadline.kind.value
