"""Read a work list that comes as a table: a row an item, columns by their titles, sections as rows of their own.

As with a notice's text nothing is guessed: what is missing or could not be read stands in `not_understood`. A line
there counts rows as the spreadsheet does.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistSection,
    Deadline,
    Glossary,
    NotUnderstood,
    ResponsibleUnit,
    UnitRole,
)
from gateway.domain.notices import (
    NotAChecklist,
    chinese_number,
    deliverables_of,
    named_units,
    plain_day,
    read_deadline,
    unit_of,
)

#: What a column can hold, with the titles offices use; the first is how we write it.
TITLES: Mapping[str, tuple[str, ...]] = {
    "section": ("章节", "板块", "类别", "分类", "工作板块"),
    "no": ("序号", "编号"),
    "title": (
        "工作任务",
        "重点任务",
        "任务",
        "工作事项",
        "工作内容",
        "任务名称",
        "事项",
        "项目",
        "工作项目",
        "任务清单",
    ),
    "task": ("具体措施", "工作措施", "主要内容", "任务内容", "工作要求", "具体内容", "具体任务", "措施", "工作标准"),
    "lead": ("牵头单位", "牵头部门", "主责单位", "主办单位"),
    "units": ("责任单位", "责任部门", "承办单位", "落实单位"),
    "co": ("配合单位", "配合部门", "协办单位", "参与单位"),
    "deadline": (
        "完成时限",
        "完成时间",
        "时限",
        "办结时限",
        "时限要求",
        "时间要求",
        "完成日期",
        "截止时间",
        "截止日期",
    ),
    "person": ("责任人", "责任领导", "牵头领导", "联系人", "分管领导"),
}
Doubt = Callable[[str, str], None]
_UNITS = ("lead", "units", "co")
_SECTION = re.compile(r"[(\uff08]?(?P<no>[〇零一二两三四五六七八九十百]+)[)\uff09]?\s*[、.．]?\s*(?P<title>.+)")


def columns_of(row: Sequence[str]) -> dict[str, int]:
    """Which column holds what; empty unless a task, and a unit or a deadline, are among them."""
    at = {re.sub(r"\s", "", cell): number for number, cell in reversed(list(enumerate(row)))}
    found = {name: at[title] for name, titles in TITLES.items() for title in reversed(titles) if title in at}
    whole = {"title", "task"} & found.keys() and {*_UNITS, "deadline"} & found.keys()
    return found if whole else {}


def spread_over(rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]]) -> list[list[str]]:
    """The rows with what stands in a cell merged downwards in each row it covers."""
    filled = [list(row) for row in rows]
    for top, left, bottom, _ in merged:
        if top >= len(filled) or left >= len(filled[top]):
            continue
        for below in filled[top + 1 : bottom + 1]:
            if left < len(below):
                below[left] = filled[top][left]
    return filled


def read_work_table(rows: Sequence[Sequence[str]], glossary: Glossary, *, issued: date | None = None) -> Checklist:
    """The whole list. Raises NotAChecklist where no row near the top has the titles of one."""
    heading = next((number for number, row in enumerate(rows[:30]) if columns_of(row)), None)
    if heading is None:
        raise NotAChecklist(
            "no work list found: no row has the titles of one (工作任务, 责任单位 or 牵头单位, 完成时限)."
        )
    columns = columns_of(rows[heading])
    title, above = _above(rows[:heading])
    issued = issued or above
    doubts: list[NotUnderstood] = []
    sections: list[ChecklistSection] = []
    pending: list[ChecklistItem] = []
    head: tuple[int | None, str, str] = (None, "", title)

    def close() -> None:
        if pending:
            sections.append(ChecklistSection(head[0], head[1], head[2], "", tuple(pending)))
            pending.clear()

    count, own = 0, ""
    for line, row in enumerate(rows[heading + 1 :], start=heading + 2):
        cells = {name: row[at].strip() for name, at in columns.items() if at < len(row) and row[at].strip()}
        said = [cell.strip() for cell in row if cell.strip()]
        if not said:
            continue
        if len(set(said)) == 1 and (_SECTION.fullmatch(said[0]) or not {"title", "task"} & cells.keys()):
            close()
            head = _head(said[0], len(sections))
            continue
        named = cells.get("section", "")
        if named and named != own:  # sections in a column of their own
            close()
            own = named
            head = _head(named, len(sections))
        count += 1
        pending.append(_item(cells, head, count, line, glossary, issued, doubts))
    close()
    checklist = Checklist(title, "", issued, "", "", tuple(sections), tuple(doubts))
    if not checklist.items:
        raise NotAChecklist("no work list found: nothing stands below the headings.")
    return checklist


def _head(said: str, before: int) -> tuple[int | None, str, str]:
    """A section's number, as it is written, and its title; counted where it has none."""
    found = _SECTION.fullmatch(said)
    if found is None:
        return before + 1, "", said
    return chinese_number(found["no"]) or before + 1, found["no"], found["title"]


def _above(rows: Sequence[Sequence[str]]) -> tuple[str, date | None]:
    """The title above the table, and the day of issue where one stands there alone or in brackets."""
    title, issued = "", None
    for row in rows:
        for cell in (one.strip() for one in row if one.strip()):
            day = plain_day(re.sub(r"[(\uff08)\uff09\s]", "", cell))
            if day is not None:
                issued = day
            elif not title:
                title = cell
    return title, issued


def _item(
    cells: Mapping[str, str],
    head: tuple[int | None, str, str],
    count: int,
    line: int,
    glossary: Glossary,
    issued: date | None,
    doubts: list[NotUnderstood],
) -> ChecklistItem:
    written = cells.get("no", "").strip("()\uff08\uff09、.．")
    number = chinese_number(written) if written else None
    path = (*([head[0]] if head[0] is not None else []), number or count)
    dotted = ".".join(str(one) for one in path)

    def doubt(text: str, why: str) -> None:
        doubts.append(NotUnderstood(line, text, why, dotted))

    title = cells.get("title") or re.split(r"[。;\uff1b:\uff1a\n]", cells.get("task", ""), maxsplit=1)[0]
    task = cells.get("task", "")
    if not title:
        doubt(" ".join(cells.values()), "an item without words")
    if written and number is None:
        doubt(written, "a number that was not understood; counted instead")
    if "person" in cells:
        doubt(cells["person"], "names a person, not a unit")
    return ChecklistItem(
        path=path,
        number=written,
        title=title.split("\n", 1)[0][:120],
        task=task or title,
        full_text="\n".join(cells.values()),
        line=line,
        units=_units(cells, title, glossary, doubt),
        responsible_raw=" ".join(cells[name] for name in _UNITS if name in cells),
        deadline=(deadline := _deadline(cells, title, issued, doubt)),
        deliverables=deliverables_of(task or title),
        due_on_issue=deadline is not None and deadline.on is not None and deadline.on == issued,
    )


def _units(cells: Mapping[str, str], title: str, glossary: Glossary, doubt: Doubt) -> tuple[ResponsibleUnit, ...]:
    found: list[ResponsibleUnit] = []
    has_lead = "lead" in cells
    for name in _UNITS:
        if name not in cells:
            continue
        role = UnitRole.LEAD if name == "lead" else UnitRole.CO_RESPONSIBLE
        for said, as_role in named_units(cells[name], role, first_leads=name == "units" and not has_lead):
            unit = unit_of(said, glossary)
            if all(one.unit.name != unit.name for one in found):
                found.append(ResponsibleUnit(len(found) + 1, unit, as_role))
    if not found:
        doubt(title, "no responsible unit is stated (责任单位)")
    elif not any(one.role is UnitRole.LEAD for one in found):
        doubt(" ".join(one.unit.name for one in found), "only supporting units are named, none leads")
    return tuple(found)


def _deadline(cells: Mapping[str, str], title: str, issued: date | None, doubt: Doubt) -> Deadline | None:
    if "deadline" not in cells:
        doubt(title, "no deadline stated (完成时限); none was guessed")
        return None
    answer = read_deadline(cells["deadline"], issued)
    if isinstance(answer, str):
        doubt(cells["deadline"], answer)
        return None
    if answer.assumes:
        doubt(cells["deadline"], f"please confirm {answer.on}: {answer.assumes}")
    return answer
