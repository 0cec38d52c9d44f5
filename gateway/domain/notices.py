"""Read an official notice's work list: numbered items, responsible units in order, deadlines, nested assignments.

Reading never raises and never guesses. Whatever is missing or could not be read becomes a `NotUnderstood` line beside
the items that could, so a person sees it before anything is created.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from gateway.domain.checklists import (
    Checklist,
    ChecklistItem,
    ChecklistSection,
    Deadline,
    DeadlineKind,
    Every,
    Glossary,
    NotUnderstood,
    Period,
    ResponsibleUnit,
    SuperviseAssignment,
    UnitName,
    UnitRole,
)
from gateway.errors import Invalid

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_COUNT = "[〇零一二两三四五六七八九十百]+"


def chinese_number(text: str) -> int | None:
    """十一 → 11, 二十 → 20, 二〇二一 → 2021, 31 → 31; None for anything else."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    if any(c not in _DIGITS and c not in "十百" for c in text):
        return None
    if "十" not in text and "百" not in text:
        return int("".join(str(_DIGITS[c]) for c in text))
    total = 0
    hundreds, has_hundred, rest = text.rpartition("百")
    if has_hundred:
        total += 100 * (_DIGITS.get(hundreds, 1) if len(hundreds) <= 1 else 1)
    tens, has_ten, ones = rest.rpartition("十")
    if has_ten:
        total += 10 * (_DIGITS.get(tens, 1) if tens else 1)
    ones = ones.lstrip("零〇")
    return total + (_DIGITS.get(ones, 0) if ones else 0)


# --- lines --------------------------------------------------------------------------------------------------

# From the widest to the narrowest numbering official notices use.
_HEADINGS = (
    re.compile(rf"(?P<raw>(?P<no>{_COUNT})\s*[、.．])\s*"),
    re.compile(rf"(?P<raw>[(\uff08]\s*(?P<no>{_COUNT})\s*[)\uff09])\s*[、.]?\s*"),
    re.compile(r"(?P<raw>(?P<no>\d{1,3})\s*[.、．](?!\d))\s*"),
    re.compile(r"(?P<raw>[(\uff08]\s*(?P<no>\d{1,3})\s*[)\uff09])\s*"),
)
_LABEL = re.compile(
    r"(?P<lead>牵头单位|牵头部门|主办单位|主责单位|责任单位[(\uff08]牵头[)\uff09])"
    r"|(?P<units>责任单位|责任部门|责任主体|承办单位|落实单位)"
    r"|(?P<co>配合单位|配合部门|协办单位|协同单位|参与单位)"
    r"|(?P<deadline>完成时限|完成时间|办结时限|办理时限|整改时限|时限要求|时间要求|完成日期|截止时间|截止日期|时\s*限)"
    r"|(?P<person>责任人|责任领导|分管领导|联系人|牵头领导)"
)
_COLON = re.compile(r"\s*[:\uff1a]\s*")
_DAY_ALONE = re.compile(r"(\d{4}|[〇零一二三四五六七八九]{4})\s*年\s*\S{1,2}\s*月\s*\S{1,3}\s*日")
_SENTENCE_END = tuple("。;\uff1b!\uff01?\uff1f”』」》)\uff09…:\uff1a")
_OPENERS, _CLOSERS = "(\uff08【[", ")\uff09】]"


@dataclass(frozen=True, slots=True)
class _Label:
    kind: str
    line: int
    raw: str
    value: str


@dataclass(slots=True)
class _Block:
    """A numbered heading and what stands under it before the next numbered heading."""

    level: int
    no: int
    number: str
    line: int
    texts: list[tuple[int, str]] = field(default_factory=list)
    labels: list[_Label] = field(default_factory=list)
    late: list[tuple[int, str]] = field(default_factory=list)
    parent: "_Block | None" = None

    @property
    def path(self) -> tuple["_Block", ...]:
        return (*self.parent.path, self) if self.parent else (self,)


@dataclass(slots=True)
class _Reading:
    glossary: Glossary
    issued: date | None = None
    doubts: list[NotUnderstood] = field(default_factory=list)

    def doubt(self, line: int, text: str, why: str, item: str = "") -> None:
        self.doubts.append(NotUnderstood(line, text, why, item))


class NotAChecklist(Invalid):
    """The text holds no work list."""


def read_work_list(text: str, glossary: Glossary) -> Checklist:
    """As `read_notice`, for whoever expects a work list. Raises NotAChecklist for a text without a single item."""
    checklist = read_notice(text, glossary)
    if not checklist.items:
        raise NotAChecklist(
            "no work list found: no numbered item here names a responsible unit (责任单位) or a deadline (完成时限)."
        )
    return checklist


def read_notice(text: str, glossary: Glossary) -> Checklist:
    """The whole work list of a notice. A text that holds none gives a list without sections."""
    reading = _Reading(glossary)
    lines = [(number, line.strip(" \t\u3000\ufeff\xa0")) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    head, body, tail = _split_frame(lines)
    title, addressees, introduction = _read_head(head)
    issuer, issued = _read_signature(head, tail, reading)
    reading.issued = issued
    blocks = _read_blocks(body, reading)
    level = _item_level(blocks)
    sections = _read_sections(blocks, level, title, reading) if level is not None else ()
    lead_rule = next((item.note for section in sections for item in section.items if "牵头" in item.note), "")
    doubts = sorted(reading.doubts, key=lambda doubt: doubt.line)
    return Checklist(title, issuer, issued, addressees, introduction, sections, tuple(doubts), lead_rule)


Lines = Sequence[tuple[int, str]]


def _heading(line: str) -> tuple[int, re.Match[str]] | None:
    for level, pattern in enumerate(_HEADINGS):
        if match := pattern.match(line):
            return level, match
    return None


def _labels_in(line: str) -> list[re.Match[str]]:
    """Labels of a line: followed by a colon, and at its start or after a full stop, a semicolon, or a bracket."""
    found = []
    for match in _LABEL.finditer(line):
        before = line[: match.start()].rstrip()
        starts = not before or before[-1] in "。;\uff1b,\uff0c(\uff08【[)）、"
        if starts and _COLON.match(line, match.end()):
            found.append(match)
    return found


def _split_frame(lines: Lines) -> tuple[Lines, Lines, Lines]:
    """What stands before the first number, the numbered body, and what stands after its last label or number."""
    numbered = [index for index, (_, line) in enumerate(lines) if _heading(line)]
    marked = [index for index, (_, line) in enumerate(lines) if _labels_in(line)]
    if not numbered:
        return lines, (), ()
    first, last = numbered[0], max([*numbered, *marked])
    # A label whose value was moved to the next line still owns that line.
    _, final = lines[last]
    if re.search(r"[:\uff1a]$", final) and last + 1 < len(lines):
        last += 1
    after_labels = bool(marked) and last >= numbered[-1] and marked[-1] >= numbered[-1]
    if not after_labels:
        # The last item lost its labels: its own paragraphs end where a signature could begin.
        while last + 1 < len(lines) and lines[last + 1][1].endswith(("。", ";", "\uff1b")):
            last += 1
    return lines[:first], lines[first : last + 1], lines[last + 1 :]


#: How a notice's own title ends; above it may stand who sends it.
_NAMES_ITSELF = re.compile(r"^关于.+|(?:通知|清单|方案|任务分解表|分工表|意见|通告|公告)$")


def _read_head(head: Lines) -> tuple[str, str, str]:
    title, addressees = "", ""
    introduction: list[str] = []
    for _, line in head:
        if not title and (quoted := re.search(r"《(.+?)》", line)) and ("印发" in line or "通知" in line):
            title = quoted[1]
        elif not addressees and line.endswith((":", "\uff1a")):
            addressees = line.rstrip(":\uff1a")
        elif line.endswith(("。", ".")) or addressees:
            introduction.append(line)
        elif len(line) > 4 and (not title or (_NAMES_ITSELF.search(line) and not _NAMES_ITSELF.search(title))):
            title = line
    return title, addressees, "\n".join(introduction)


def _read_signature(head: Lines, tail: Lines, reading: _Reading) -> tuple[str, date | None]:
    """Issuer and day: below the text, or above it where a notice carries its plan as an annex."""
    for part in (tail, head):
        for index in range(len(part) - 1, -1, -1):
            compact = re.sub(r"\s", "", part[index][1])
            day = plain_day(compact) if _DAY_ALONE.fullmatch(compact) else None
            if day is None:
                continue
            names: list[str] = []
            for _, line in reversed(part[:index]):
                if line.endswith((*_SENTENCE_END, ",", "\uff0c")) or "附件" in line:
                    break
                names.insert(0, line)
            if part is tail:
                used = {part[index][0], *(number for number, line in part[:index] if line in names)}
                _report_tail([(n, line) for n, line in tail if n not in used], reading)
            return "".join(names), day
    _report_tail(tail, reading)
    return "", None


def _report_tail(tail: Lines, reading: _Reading) -> None:
    for number, line in tail:
        if not re.match(r"附件|抄送|[(\uff08]此件|[(\uff08]联系", line):
            reading.doubt(number, line, "text after the last item that belongs to none")


def _read_blocks(body: Lines, reading: _Reading) -> list[_Block]:
    blocks: list[_Block] = []
    awaits_value: tuple[str, int, str] | None = None
    for number, line in body:
        rest = line
        if awaits_value is not None:
            kind, at, raw = awaits_value
            awaits_value = None
            if not _heading(line) and not _labels_in(line):
                blocks[-1].labels.append(_Label(kind, at, f"{raw}{line}", _trim(line)))
                continue
            blocks[-1].labels.append(_Label(kind, at, raw, ""))
        if found := _heading(line):
            level, match = found
            parent = next((block for block in reversed(blocks) if block.level < level), None)
            # A parent further away than a block of a wider level in between is no parent of this one.
            no = chinese_number(match["no"]) or 0
            blocks.append(_Block(level, no, match["raw"].rstrip(), number, parent=parent))
            rest = line[match.end() :]
        block = blocks[-1]
        labels = _labels_in(rest)
        before = rest[: labels[0].start()] if labels else rest
        if before := _without_opener(before, followed=bool(labels)):
            _add_text(block, number, before)
        for index, match in enumerate(labels):
            end = labels[index + 1].start() if index + 1 < len(labels) else len(rest)
            raw = _without_opener(rest[match.start() : end], followed=index + 1 < len(labels))
            colon = _COLON.match(rest, match.end())
            value = _trim(rest[colon.end() if colon else match.end() : end])
            kind = str(match.lastgroup)
            if not value and index + 1 == len(labels):
                awaits_value = (kind, number, raw)
                continue
            block.labels.append(_Label(kind, number, raw, value))
    if awaits_value is not None:
        kind, at, raw = awaits_value
        blocks[-1].labels.append(_Label(kind, at, raw, ""))
    return blocks


def _add_text(block: _Block, number: int, text: str) -> None:
    if block.labels:
        last = block.labels[-1]
        if last.kind in {"units", "co", "lead"} and last.raw.endswith(("、", ",", "\uff0c")):
            block.labels[-1] = replace(last, raw=last.raw + text, value=_trim(f"{last.value}、{text}"))
            return
        block.late.append((number, text))
        return
    if block.texts and not block.texts[-1][1].endswith(_SENTENCE_END) and len(block.texts[-1][1]) > 12:
        # A line broken in the middle of a sentence by the layout, not by the author.
        line, before = block.texts[-1]
        block.texts[-1] = (line, before + text)
        return
    block.texts.append((number, text))


def _without_opener(text: str, *, followed: bool) -> str:
    return text.rstrip(" \u3000" + (_OPENERS if followed else "")) if followed else text.strip()


def _trim(value: str) -> str:
    """A label's value without the full stop, and without the bracket that closed around label and value."""
    value = value.strip(" \u3000。;\uff1b,\uff0c、")
    while (
        value
        and value[-1] in _CLOSERS
        and sum(value.count(c) for c in _OPENERS) < sum(value.count(c) for c in _CLOSERS)
    ):
        value = value[:-1].rstrip(" \u3000。;\uff1b,\uff0c")
    return value


# --- items --------------------------------------------------------------------------------------------------


def _item_level(blocks: Sequence[_Block]) -> int | None:
    """The numbering level the items stand on: the one with most headings that own exactly one set of labels."""
    for kinds in ({"units", "lead", "co"}, {"deadline"}):
        best: tuple[int, int] | None = None
        for level in sorted({block.level for block in blocks}):
            owned: dict[int, int] = {}
            for block in blocks:
                owner = next((one for one in block.path if one.level == level), None)
                has = any(label.kind in kinds for label in block.labels)
                if owner is not None and has:
                    owned[id(owner)] = owned.get(id(owner), 0) + 1
            single = sum(1 for count in owned.values() if count == 1)
            if single and (best is None or single > best[0]):
                best = (single, level)
        if best is not None:
            return best[1]
    return None


def _read_sections(blocks: Sequence[_Block], level: int, title: str, reading: _Reading) -> tuple[ChecklistSection, ...]:
    sections: list[ChecklistSection] = []
    pending: list[ChecklistItem] = []
    head: _Block | None = None

    def close() -> None:
        if not pending:
            return
        no, number, name, part = None, "", title, ""
        if head is not None:
            no, number = head.no, head.number.strip("、.．(\uff08\uff09) ")
            name = _first_sentence(head)
            part = _first_sentence(head.parent) if head.parent else ""
        sections.append(ChecklistSection(no, number, name, part, tuple(pending)))
        pending.clear()

    index = 0
    previous: _Block | None = None
    before: _Block | None = None
    while index < len(blocks):
        block = blocks[index]
        index += 1
        if block.level < level:
            close()
            head, before, previous = block, previous or before, None
            _report_section(block, reading)
            continue
        family = [block]
        while block.level == level and index < len(blocks) and blocks[index].level > level:
            family.append(blocks[index])
            index += 1
        if block.level > level:
            reading.doubt(block.line, _whole(block), "a number without the item it belongs to")
            continue
        if previous is None and before is not None and block.no == before.no + 1:
            previous = before  # numbered on through the sections
        _report_gap(previous, block, reading)
        previous = block
        pending.append(_read_item(family, reading))
    close()
    return tuple(sections)


def _report_section(block: _Block, reading: _Reading) -> None:
    for label in block.labels:
        reading.doubt(label.line, label.raw, "a label under a section's heading, before its first item")
    for line, text in block.late:
        reading.doubt(line, text, "text that belongs to no item")


def _report_gap(previous: _Block | None, block: _Block, reading: _Reading) -> None:
    expected = previous.no + 1 if previous else 1
    if block.no != expected:
        why = (
            f"number {expected} is missing before this one" if block.no > expected else "the numbers go backwards here"
        )
        reading.doubt(block.line, _whole(block), why)


def _whole(block: _Block) -> str:
    return f"{block.number}{block.texts[0][1] if block.texts else ''}"


def _first_sentence(block: _Block) -> str:
    text = block.texts[0][1] if block.texts else ""
    return re.split(r"[。:\uff1a\n]", text, maxsplit=1)[0].strip()


def _read_item(family: Sequence[_Block], reading: _Reading) -> ChecklistItem:
    block = family[0]
    dotted = ".".join(str(one.no) for one in block.path)
    paragraphs = [text for _, text in block.texts]
    for below in family[1:]:
        texts = [text for _, text in below.texts]
        paragraphs += [f"{below.number}{texts[0]}", *texts[1:]] if texts else [below.number]
    whole = "\n".join(paragraphs)
    title, task = _split_title(whole)
    if not title:
        reading.doubt(block.line, block.number, "an item without words", dotted)
    labels = [label for one in family for label in one.labels]
    for one in family:
        for line, text in one.late:
            reading.doubt(line, text, "text after the units or the deadline of an item", dotted)
    units, raw, note = _read_units(labels, block, dotted, reading)
    deadline = _read_item_deadline(labels, block, dotted, reading)
    assignments, closing = _read_assignments(task, block, dotted, reading)
    return ChecklistItem(
        path=tuple(one.no for one in block.path),
        number=block.number,
        title=title,
        task=task,
        full_text=f"{block.number}{whole}",
        line=block.line,
        units=units,
        responsible_raw=raw,
        note=note,
        deadline=deadline,
        assignments=assignments,
        closing=closing,
        deliverables=deliverables_of(task),
        due_on_issue=deadline is not None and deadline.on is not None and deadline.on == reading.issued,
    )


def _split_title(whole: str) -> tuple[str, str]:
    match = re.match(r"([^。:\uff1a\n]{1,60})(?:[。:\uff1a]|\n|$)", whole)
    if match is None:
        return whole.split("\n", 1)[0], whole
    return match[1].strip(), whole[match.end() :].strip()


# --- units --------------------------------------------------------------------------------------------------

_UNIT_END = re.compile(
    r"(局|部|委|办|办公室|中心|室|厅|院|站|队|会|府|处|所|社|校|公司|集团|部门|单位|街道|镇|乡|区|县|市|专班|组|行|台)"
    r"([(\uff08][^)\uff09]*[)\uff09])?$"
)
_GROUP = re.compile(r"^各|各(部门|单位|镇|乡|街道|园区|成员)|(相关|有关|各级)(部门|单位|镇|乡|街道)|成员单位|主管部门$")
_NOTE = re.compile(r"[。;\uff1b]?\s*([(\uff08][^(\uff08]*?(?:下同|牵头单位为|排在第一位)[^)\uff09]*[)\uff09])[。]?$")


def _read_units(
    labels: Iterable[_Label], block: _Block, dotted: str, reading: _Reading
) -> tuple[tuple[ResponsibleUnit, ...], str, str]:
    kinds: dict[str, _Label] = {}
    note = ""
    for stated in labels:
        label = stated
        if label.kind == "person":
            reading.doubt(label.line, label.raw, "names a person, not a unit", dotted)
        if label.kind not in {"lead", "units", "co"}:
            continue
        if label.kind in kinds:
            reading.doubt(label.line, label.raw, "a second line of responsible units in one item", dotted)
            continue
        if found := _NOTE.search(label.value):
            note = found[1]
            label = replace(label, value=_trim(label.value[: found.start()]))
        kinds[label.kind] = label
    named: list[tuple[str, UnitRole]] = []
    has_lead_line = "lead" in kinds
    for kind in ("lead", "units", "co"):
        if kind not in kinds:
            continue
        role = UnitRole.LEAD if kind == "lead" else UnitRole.CO_RESPONSIBLE
        first_leads = kind == "units" and not has_lead_line
        named += named_units(kinds[kind].value, role, first_leads=first_leads)
    raws = [kinds[kind].raw.strip() for kind in ("lead", "units", "co") if kind in kinds]
    units: list[ResponsibleUnit] = []
    for name, role in named:
        unit = unit_of(name, reading.glossary)
        if any(one.unit.name == unit.name for one in units):
            continue
        if not _UNIT_END.search(unit.name) and not unit.alias and unit.name not in reading.glossary.units:
            label = next(iter(kinds.values()))
            reading.doubt(label.line, name, "does not read like the name of a unit; kept as written", dotted)
        units.append(ResponsibleUnit(len(units) + 1, unit, role))
    if not units:
        why = "no responsible unit is stated (责任单位)"
        reading.doubt(block.line, _whole(block), why, dotted)
    elif not any(one.role is UnitRole.LEAD for one in units):
        reading.doubt(next(iter(kinds.values())).line, raws[0], "only supporting units are named, none leads", dotted)
    return tuple(units), " ".join(raws), note


def named_units(value: str, role: UnitRole, *, first_leads: bool) -> list[tuple[str, UnitRole]]:
    """The names of one line with what each does; with `first_leads` the first leads where none is marked."""
    names: list[tuple[str, UnitRole]] = []
    phrase = re.fullmatch(
        r"由?(?P<lead>.+?)牵头[,\uff0c;\uff1b、]?\s*"
        r"(?P<co>.*?)(?:等?(?:配合|参与|协助|按职责分工负责|负责))?",
        value,
    )
    if phrase and not re.search(r"[(\uff08]牵头", value):
        names += [(name, UnitRole.LEAD) for name in split_units(phrase["lead"])]
        names += [(name, UnitRole.CO_RESPONSIBLE) for name in split_units(phrase["co"])]
        return names
    marked = False
    for name in split_units(value):
        bare = re.sub(r"[(\uff08](?:牵头(?:单位)?|主办)[)\uff09]$", "", name)
        bare = re.sub(r"(?:按照?职责分工)?负责$", "", bare)
        leads = bare != name and "负责" not in name
        marked = marked or leads
        names.append((bare, UnitRole.LEAD if leads else role))
    if first_leads and names and not marked:
        names[0] = (names[0][0], UnitRole.LEAD)
    # Whoever is marked as leading is heard first, whatever the order on paper.
    return sorted(names, key=lambda one: one[1] is not UnitRole.LEAD)


def split_units(value: str) -> list[str]:
    """Names between 、 , ; and between 和 / 及 where both sides are names (发展和改革局 stays whole)."""
    names: list[str] = []
    depth, current = 0, ""
    for char in value:
        depth += (char in _OPENERS) - (char in _CLOSERS)
        if depth <= 0 and char in "、,\uff0c;\uff1b\n":
            names.append(current)
            current = ""
            continue
        current += char
    names.append(current)
    apart: list[str] = []
    for name in names:
        name = name.strip(" \u3000。")
        match = re.fullmatch(r"(.+(?:局|部|委|办|室|府|会|部门|单位|中心|[)\uff09]))(?:和|及|以及)(.{2,})", name)
        if match and _UNIT_END.search(match[2]):
            apart += [match[1].removesuffix("以"), match[2]]
        elif name:
            apart.append(name)
    return apart


def unit_of(name: str, glossary: Glossary) -> UnitName:
    """The unit behind a written name: full- and half-width brackets and spaces do not make another one."""
    if name in glossary.units:
        return glossary.units[name]
    folded = _folded(name)
    for known in glossary.units.values():
        if _folded(known.name) == folded:
            return replace(known, name=name, alias=known.alias or known.name)
    return UnitName(name, is_group=bool(_GROUP.search(folded)))


def _folded(name: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name))


# --- nested assignments and deliverables --------------------------------------------------------------------

_ASSIGNMENT = re.compile(
    r"由?(?P<unit>[^,\uff0c。;\uff1b、:\uff1a负]{2,24}?)(?:牵头)?负责"
    r"(?:督导|指导|监督|检查|监管|督促|管理|排查|组织)+(?P<places>[^。;\uff1b]+)"
)


def _read_assignments(
    task: str, block: _Block, dotted: str, reading: _Reading
) -> tuple[tuple[SuperviseAssignment, ...], str]:
    """Clauses 「unit负责督导places」 and the sentence that closes them. One alone is not a distribution of work."""
    found: list[SuperviseAssignment] = []
    odd: list[str] = []
    closing = ""
    for paragraph in task.split("\n"):
        sentences = [sentence for sentence in re.split(r"(?<=。)", paragraph) if sentence.strip()]
        for sentence in sentences:
            clauses = [clause.strip(" 。;\uff1b") for clause in re.split(r"[;\uff1b]", sentence)]
            matches = [_ASSIGNMENT.fullmatch(clause) for clause in clauses]
            hits = [match for match in matches if match and _UNIT_END.search(match["unit"])]
            if len(hits) + len(found) < 2:
                if found:
                    closing += sentence.strip()
                continue
            if not hits:
                closing += sentence.strip()
                continue
            for clause, match in zip(clauses, matches, strict=True):
                if match is None or not _UNIT_END.search(match["unit"]):
                    odd.append(clause)
                    continue
                unit = unit_of(match["unit"], reading.glossary)
                places = tuple(split_places(match["places"]))
                found.append(SuperviseAssignment(len(found) + 1, unit, places, clause))
    for clause in odd:
        reading.doubt(block.line, clause, "stands among assignments to units but does not read like one", dotted)
    return tuple(found), closing


def split_places(text: str) -> list[str]:
    return [place.strip() for place in re.split(r"[、,\uff0c]|以及", text) if place.strip()]


_DOING = re.compile(
    r"^(?:再次|再|及早|及时|积极|严格|规范|全面|按要求|按时|切实|进一步|认真|巩固|特别是?|特别要|逐步|坚决|同时|对.{2,30}?|"
    r"按.{2,12}?要求)*"
    r"(?:调整|配齐|修订|完善|优化|完成|制定|储备|组织|开展|设置|落实|督促|做好|加强|推行|进行|补充|确定|建立|组建|公布|"
    r"掌握|研究|规范|明确|加大|联系|参照|巩固|健全|印发|报送|上报|排查|培训|演练|检查|盘点|严把)"
)


def deliverables_of(task: str) -> tuple[str, ...]:
    """Clauses that name something to be done, verbatim; a proposal the importing official may shorten."""
    clauses = [clause.strip() for clause in re.split(r"[,\uff0c。;\uff1b\n]", task)]
    return tuple(dict.fromkeys(clause for clause in clauses if len(clause) > 4 and _DOING.match(clause)))


# --- deadlines ----------------------------------------------------------------------------------------------

_ONGOING = re.compile(
    r"即日起(?:长期)?$|长期(?:坚持|推进|落实|执行|任务|有效)?$|持续(?:推进|坚持|落实|开展|进行|加强|抓好|实施)?$|常态化(?:推进|坚持|落实|开展)?$"
    r"|常年坚持|贯穿(?:全年|始终)|坚持不懈"
)
_YEAR = r"(?:(?P<y>\d{4}|[〇零一二三四五六七八九]{4})年?)"
_DAY = re.compile(
    rf"{_YEAR}?(?:(?P<today>本|当)月|(?P<m>\d{{1,2}}|{_COUNT})月份?)(?:(?P<d>\d{{1,2}}|{_COUNT})[日号]?|(?P<part>上旬|中旬|下旬|月?底|末|内)?)"
)
_NUMERIC = re.compile(r"(?P<y>\d{4})\s*[-/.．]\s*(?P<m>\d{1,2})\s*[-/.．]\s*(?P<d>\d{1,2})日?")
_QUARTER = re.compile(
    rf"{_YEAR}?(?:第?(?P<q>[一二三四1-4])季度|(?P<half>上|下)半年|(?P<year>年))(?P<part>底|末|内|前)?"
)
_WITHIN = re.compile(
    rf"(?:(?:自|从)?(?:本?通知)?(?:印发|发布|发文|下发|即)?之?日起)?(?P<n>\d{{1,3}}|{_COUNT})(?P<unit>个?工作日|天|日|个月|周)(?:之?内)"
)
_BEFORE = r"(?:以|之)?前?(?:完成|落实到位|落实|到位|办结|报送|建成|完毕)?"


def read_deadline(raw: str, issued: date | None) -> Deadline | str:
    """The deadline a label's value states, or the reason why it cannot be read.

    Not written in the text and therefore said in `assumes`: the year of 「1月10日」 (the first one on or after the day
    of issue) and the days of 「10日内」 (calendar days after the day of issue).
    """
    value = re.sub(r"\s", "", unicodedata.normalize("NFKC", raw)).rstrip("。.;,")
    value = re.sub(r"\(([^)]*)\)$", "", value) or value
    if not value:
        return "no deadline stated (完成时限); none was guessed"
    value = re.sub(r"^(?:务必|必须|应当?)?(?:于|在|截至|截止到?|不晚于|最迟)", "", value)
    if _ONGOING.search(value) and not re.search(r"[,;、]", value):
        return Deadline(DeadlineKind.ONGOING, raw)
    if (again := _read_turns(value, raw, issued)) is not None:
        return again
    single = _read_day(value, raw, issued)
    if isinstance(single, Deadline):
        return single
    if (ending := _read_span(value, raw, issued)) is not None:
        return ending
    clauses = [clause for clause in re.split(r"[,;、]", value) if clause]
    if len(clauses) > 1:
        if all(_ONGOING.search(clause) for clause in clauses):
            return Deadline(DeadlineKind.ONGOING, raw)
        readings = [read_deadline(clause, issued) for clause in clauses]
        stated = [one for one in readings if isinstance(one, Deadline)]
        if len({(one.kind, one.on) for one in stated}) > 1:
            return "more than one deadline is stated"
        if len(stated) == len(clauses):
            return replace(stated[0], raw=raw)
        return "a deadline with further conditions"
    return single


_TURNS = re.compile(
    rf"每个?(?P<period>周|星期|月|季度|季)(?:的?(?P<weekday>[一二三四五六日天末])|(?P<day>\d{{1,2}}|{_COUNT})[日号]|(?P<end>月?底|末))?"
)
_OFTEN = re.compile(r"每(?:天|日|旬|半月|半年|年|学期|两周)|随时|不定期")


def _read_turns(value: str, raw: str, issued: date | None) -> Deadline | str | None:
    """「每周五」, 「每月25日前」, 「每季度末」: due again. A bare 「每月」 is read as its end, and says so."""
    if _OFTEN.match(value):
        return "how often is said, but no day of a week, month or quarter; a daily duty is a report, not an item"
    match = _TURNS.fullmatch(re.sub(rf"{_BEFORE}$", "", value))
    if match is None:
        return None
    period = {"周": Period.WEEK, "星期": Period.WEEK, "月": Period.MONTH}.get(match["period"], Period.QUARTER)
    day, assumes = 0, ""
    if match["weekday"]:
        if period is not Period.WEEK and match["weekday"] != "末":
            return "a day of the week in a month or quarter; set one"
        day = "一二三四五六日".find(match["weekday"].replace("天", "日")) + 1
    elif match["day"]:
        day = chinese_number(match["day"]) or 0
        if period is not Period.MONTH or not 1 <= day <= 31:
            return "there is no such day in a month"
    elif not match["end"]:
        assumes = "no day is written: the last of each period"
    every = Every(period, day)
    first = every.on_or_after(issued) if issued else None  # else it counts from the day it is taken in
    return Deadline(DeadlineKind.RECURRING, raw, first, assumes, every)


def _read_span(value: str, raw: str, issued: date | None) -> Deadline | None:
    """The end of 「即日起至1月10日」 or 「2021年1月1日至1月10日」; the end takes its year from the beginning."""
    span = re.fullmatch(r"(?:自|从)?(.+?)(?:起)?,?(?:至|到|-{1,2}|—+|~)(.+)", value)
    if span is None:
        return None
    opens, closes = read_deadline(span[1], issued), read_deadline(span[2], issued)
    if not isinstance(closes, Deadline) or not (span[1] == "即日" or isinstance(opens, Deadline)):
        return None
    if closes.assumes and isinstance(opens, Deadline) and opens.on and not opens.assumes and closes.on:
        closes = replace(closes, on=_on_or_after(closes.on.month, closes.on.day, opens.on), assumes="")
    return replace(closes, raw=raw)


def _read_day(value: str, raw: str, issued: date | None) -> Deadline | str:
    bare = re.sub(rf"{_BEFORE}$", "", value)
    for text in dict.fromkeys((bare, value)):
        for read in (_numeric, _calendar_day, _quarter, _within):
            answer = read(text, issued)
            if isinstance(answer, str):
                return answer
            if answer is not None:
                day, assumes = answer
                return Deadline(DeadlineKind.DATE, raw, day, assumes)
    if re.search(r"立即|马上|第一时间|即知即改|立行立改|即日", value):
        return "at once, without a day; set one"
    if re.search(r"元旦|春节|国庆|五一|中秋|节前|节后|学期|汛期", value):
        return "a deadline tied to a season or holiday; set the day"
    return "the deadline is not a day, a period or ongoing work"


Reading = tuple[date, str] | str | None


def _numeric(text: str, issued: date | None) -> Reading:
    match = _NUMERIC.fullmatch(text)
    return _checked(int(match["y"]), int(match["m"]), int(match["d"]), "") if match else None


def _calendar_day(text: str, issued: date | None) -> Reading:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    month = issued.month if match["today"] and issued else chinese_number(match["m"] or "")
    if month is None:
        return "the month depends on the day of issue, which the notice does not state"
    if not 1 <= month <= 12:
        return "there is no such day in the calendar"
    assumes = "" if not match["today"] else "「本月」 read as the month of issue"
    year = chinese_number(match["y"]) if match["y"] else None
    if year is None and match["today"] and issued:
        year = issued.year
    day, part = chinese_number(match["d"] or ""), match["part"]
    if year is None:
        if issued is None:
            return "the year is not written, and the notice does not state its day of issue"
        if day is None:  # the end of a month is another day in a leap year
            ends = date(issued.year, month, _last_day(issued.year, month, part))
            following: date | None = ends if ends >= issued else ends.replace(year=issued.year + 1, day=1)
        else:
            following = _on_or_after(month, day, issued)
        if following is None:
            return "there is no such day in the calendar"
        year, assumes = following.year, "the year is not written: the first such day on or after the day of issue"
    return _checked(year, month, day or _last_day(year, month, part), assumes)


def _last_day(year: int, month: int, part: str | None) -> int:
    """End of 上旬 is the 10th, of 中旬 the 20th; 下旬, 底, 末, 内 and a bare month end with the month."""
    return {"上旬": 10, "中旬": 20}.get(part or "", monthrange(year, month)[1])


def _quarter(text: str, issued: date | None) -> Reading:
    match = _QUARTER.fullmatch(text)
    if match is None:
        return None
    if match["year"] and not match["y"] and match["part"] not in {"底", "末"}:
        return None
    if match["year"] and match["y"] and not match["part"]:
        return "a year, but not whether its beginning or its end"
    year = chinese_number(match["y"]) if match["y"] else None
    month = 6 if match["half"] == "上" else 12
    if match["q"]:
        month = 3 * (chinese_number(match["q"]) or 0)
    assumes = ""
    if year is None:
        if issued is None:
            return "the year is not written, and the notice does not state its day of issue"
        year = issued.year if month >= issued.month else issued.year + 1
        assumes = "the year is not written: the first such day on or after the day of issue"
    return _checked(year, month, monthrange(year, month)[1], assumes)


def _within(text: str, issued: date | None) -> Reading:
    match = _WITHIN.fullmatch(text)
    if match is None:
        return None
    count = chinese_number(match["n"])
    if "工作日" in match["unit"] or count is None:
        return "working days need a holiday calendar; set the day"
    if match["unit"] == "个月":
        return "months counted from the day of issue; set the day"
    if issued is None:
        return "counted from the day of issue, which the notice does not state"
    days = count * (7 if match["unit"] == "周" else 1)
    return issued + timedelta(days=days), "calendar days, counted from the day after the day of issue"


def _checked(year: int, month: int, day: int, assumes: str) -> Reading:
    try:
        return date(year, month, day), assumes
    except ValueError:
        return "there is no such day in the calendar"


def _on_or_after(month: int, day: int, since: date) -> date | None:
    for year in range(since.year, since.year + 5):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate >= since:
            return candidate
    return None


def plain_day(text: str) -> date | None:
    """A day that stands alone, with its year."""
    read = _calendar_day(unicodedata.normalize("NFKC", text), None)
    return read[0] if isinstance(read, tuple) else None


def _read_item_deadline(labels: Iterable[_Label], block: _Block, dotted: str, reading: _Reading) -> Deadline | None:
    stated = [label for label in labels if label.kind == "deadline"]
    if not stated:
        why = "no deadline stated (完成时限); none was guessed"
        reading.doubt(block.line, _whole(block), why, dotted)
        return None
    for label in stated[1:]:
        reading.doubt(label.line, label.raw, "a second deadline in one item; the first was kept", dotted)
    first = stated[0]
    answer = read_deadline(first.value, reading.issued)
    if isinstance(answer, str):
        reading.doubt(first.line, first.raw or _whole(block), answer, dotted)
        return None
    if answer.assumes:
        reading.doubt(first.line, first.raw, f"please confirm {answer.on}: {answer.assumes}", dotted)
    if answer.on and reading.issued and answer.on < reading.issued:
        reading.doubt(first.line, first.raw, "the deadline lies before the day of issue", dotted)
    return answer
