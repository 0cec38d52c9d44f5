"""A notice on its way to a work list: read, shown with all that was not understood, set right by hand, then created."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.checklists import Checklist
from gateway.domain.list_corrections import Correction, corrected
from gateway.domain.notices import NotAChecklist
from gateway.domain.scopes import Official
from gateway.domain.work_tables import columns_of, read_work_table, spread_over
from gateway.errors import N_
from gateway.record.intakes import Intake
from gateway.services.checklists import ChecklistBeyondArea, ChecklistService, Imported, fingerprint
from gateway.services.glances import glanced
from gateway.services.transactions import Transactions
from gateway.services.unit_desks import OVERSEEING
from gateway.workbooks import Unreadable, open_sheets, text_of

INTAKE = "checklist"
LONGEST = 500_000


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`checklist` is as it would be created now, `read` as the text alone says."""

    id: UUID
    checklist: Checklist
    read: Checklist
    corrections: Mapping[str, Correction]
    is_table: bool


@dataclass(frozen=True, slots=True)
class ChecklistIntakeService:
    transactions: Transactions
    checklists: ChecklistService
    clock: Clock

    async def bring(self, content: bytes | str, *, official: Official) -> UUID:
        """Read a notice: its text, or a table as XLSX or CSV. Raises Unreadable, NotAChecklist."""
        if not official.may(*OVERSEEING):
            raise ChecklistBeyondArea
        kept = await asyncio.to_thread(_kept, content)
        self._read(kept)
        async with self.transactions.begin(official.scope) as work:
            intake = Intake(
                id=work.new_id(),
                area=official.area,
                official_id=official.id,
                kind=INTAKE,
                content={**kept, "corrections": {}, "issued": None},
                facts={},
                brought_at=self.clock.now(),
            )
            await work.intakes.add(intake)
            await work.audit.add("checklist.bring", "intake", intake.id, at=intake.brought_at)
        return intake.id

    async def look(self, intake_id: UUID, *, official: Official) -> NoticeView:
        async with self.transactions.reading(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE)
        return self._view(intake)

    def _view(self, intake: Intake) -> NoticeView:
        kept = intake.content
        issued = date.fromisoformat(kept["issued"]) if kept["issued"] else None
        read = self._read(kept, issued)
        corrections = {number: Correction(**said) for number, said in kept["corrections"].items()}
        whole = corrected(read, corrections, self.checklists.glossary, issued=issued)
        return NoticeView(intake.id, whole, read, corrections, "rows" in kept)

    def _read(self, kept: Mapping[str, Any], issued: date | None = None) -> Checklist:
        if "rows" in kept:
            return read_work_table(kept["rows"], self.checklists.glossary, issued=issued)
        return self.checklists.read(kept["text"])

    async def correct(
        self,
        intake_id: UUID,
        corrections: Mapping[str, Correction],
        *,
        issued: date | None = None,
        official: Official,
    ) -> None:
        """A person's word before what was read; given anew as a whole."""
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE, lock=True)
            said = {
                number: {name: getattr(one, name) for name in Correction.__dataclass_fields__}
                for number, one in corrections.items()
            }
            await work.intakes.rewrite(
                intake,
                {**intake.content, "corrections": said, "issued": issued.isoformat() if issued else None},
            )

    async def take(self, intake_id: UUID, *, official: Official) -> Imported:
        """Create the list as it is shown, with its reminders. Raises ChecklistKnown where it was created before."""
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE)
        view = self._view(intake)
        if not view.checklist.items:
            raise NotAChecklist("no item is left")
        kept = intake.content
        source = kept.get("text") or json.dumps(kept["rows"], ensure_ascii=False)
        created = await self.checklists.import_(
            view.checklist,
            area=official.area,
            official=official,
            source_hash=fingerprint(source) if "text" in kept else hashlib.sha256(source.encode()).hexdigest(),
        )
        await self.put_away(intake_id, official=official)
        return created

    async def put_away(self, intake_id: UUID, *, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE, lock=True)
            await work.intakes.drop(intake)

    @glanced()
    async def waiting(self, *, official: Official) -> list[tuple[Intake, str]]:
        """Notices this official brought and has not created a list from, with their titles."""
        async with self.transactions.reading(official.scope) as work:
            found = await work.intakes.listed(official_id=official.id, kind=INTAKE)
        return [(intake, self._read(intake.content).title) for intake in found]


def _kept(content: bytes | str) -> dict[str, Any]:
    """A notice's text, or the rows of the sheet that looks like a work list."""
    if isinstance(content, str):
        if len(content) > LONGEST:
            raise Unreadable(N_("The text is too long for a notice."))
        return {"text": content}
    if not content.startswith(b"PK\x03\x04"):
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if not any(columns_of([*line.split(","), *line.split("\t")]) for line in text.splitlines()[:30]):
                return _kept(text)
            break
    for sheet in open_sheets(content):
        rows = [
            [text_of(cell) if not isinstance(cell, float) or abs(cell) < 10**15 else "" for cell in row]
            for row in sheet.rows
        ]
        filled = spread_over(rows, sheet.merged)
        if any(columns_of(row) for row in filled[:30]):
            return {"rows": filled}
    raise Unreadable(N_("No sheet has the headings of a work list: 工作任务, 责任单位 or 牵头单位, 完成时限."))
