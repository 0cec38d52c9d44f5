"""What a person sets right in a work list before it is kept: who leads, who helps, by when, and what is no item."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    Deadline,
    Glossary,
    NotUnderstood,
    ResponsibleUnit,
    UnitRole,
)
from gateway.domain.notices import read_deadline, split_units, unit_of


@dataclass(frozen=True, slots=True)
class Correction:
    """Of one item; None leaves what was read. `lead` and `others` are names as they are typed, `deadline` a day or the
    words of a notice."""

    title: str | None = None
    lead: str | None = None
    others: str | None = None
    deadline: str | None = None
    is_no_item: bool = False


def corrected(
    checklist: Checklist, corrections: Mapping[str, Correction], glossary: Glossary, *, issued: date | None = None
) -> Checklist:
    """The list with a person's word before what was read. Doubts a correction answers are gone; a deadline that cannot
    be read even now is a doubt of its own, and no guess."""
    issued = issued or checklist.issued
    doubts = [doubt for doubt in checklist.not_understood if not _answered(doubt, corrections.get(doubt.item))]
    sections = []
    for section in checklist.sections:
        items = []
        for item in section.items:
            change = corrections.get(item.dotted)
            if change is not None and change.is_no_item:
                continue
            items.append(_corrected(item, change, glossary, issued, doubts) if change is not None else item)
        if items:
            sections.append(replace(section, items=tuple(items)))
    return replace(checklist, issued=issued, sections=tuple(sections), not_understood=tuple(doubts))


def _corrected(
    item: ChecklistItem, change: Correction, glossary: Glossary, issued: date | None, doubts: list[NotUnderstood]
) -> ChecklistItem:
    if change.title:
        item = replace(item, title=change.title)
    if change.lead is not None or change.others is not None:
        item = replace(item, units=_units(item, change, glossary))
    if change.deadline is not None:
        answer: Deadline | None = None
        if change.deadline.strip():
            read = read_deadline(change.deadline, issued)
            if isinstance(read, Deadline):
                answer = read
            else:
                doubts.append(NotUnderstood(item.line, change.deadline, read, item.dotted))
        item = replace(item, deadline=answer, due_on_issue=answer is not None and answer.on == issued)
    return item


def _units(item: ChecklistItem, change: Correction, glossary: Glossary) -> tuple[ResponsibleUnit, ...]:
    lead, others = (
        split_units(said) if said is not None else [one.unit.name for one in item.units if one.role is role]
        for said, role in ((change.lead, UnitRole.LEAD), (change.others, UnitRole.CO_RESPONSIBLE))
    )
    named = [(name, UnitRole.LEAD) for name in lead] + [(name, UnitRole.CO_RESPONSIBLE) for name in others]
    once = {name: role for name, role in reversed(named)}
    return tuple(
        ResponsibleUnit(order, unit_of(name, glossary), role)
        for order, (name, role) in enumerate(reversed(once.items()), start=1)
    )


def _answered(doubt: NotUnderstood, change: Correction | None) -> bool:
    """Whether what was doubted of an item has been said by a person meanwhile."""
    if change is None:
        return False
    if change.is_no_item:
        return True
    about_units = "unit" in doubt.why
    about_time = any(word in doubt.why for word in ("deadline", "confirm", "day", "season", "year", "month", "recurs"))
    if about_units:
        return change.lead is not None or change.others is not None
    return about_time and bool(change.deadline)
