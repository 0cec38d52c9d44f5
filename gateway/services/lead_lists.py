"""Lists of people to be found, as files: read, tried, taken, taken back, spread over grids, and sent back answered.

A file is read once and kept sealed with whoever brought it, until its columns are understood and a trial shows what
taking it would do. Every row keeps its place: a fault is named at its row, an answer stands beside it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import AlertStatus, LeadId, LeadOutcome, LeadPush, LeadState, Role
from gateway.domain.lead_lists import FIELDS, TITLES, Tally, guess, missing, row_of, spread
from gateway.domain.leads import Lead
from gateway.domain.scopes import Official, Scope
from gateway.errors import N_, Conflict, Forbidden
from gateway.record.intakes import Intake
from gateway.record.lead_lists import LeadList
from gateway.record.record import Work
from gateway.schemas.leads import LeadListIn, LeadListOut, LeadRowIn
from gateway.services.alerts import AlertService
from gateway.services.glances import glanced
from gateway.services.leads import LEAD_LIST, PUSHING, ROUNDED, LeadFile, LeadService, NotYoursToPush
from gateway.services.transactions import Transactions
from gateway.workbooks import Heading, LostDigits, Sheet, Table, Unreadable, find_table, read, table_at, text_of

_WORK = Scope.of_work("lead_lists")
INTAKE = "leads"
MOST_ROWS = 20_000
_HEADINGS = tuple(Heading(name, titles) for name, titles in TITLES.items())


class ListUndone(Conflict):
    """This import was undone already."""


class NotYoursToUndo(Forbidden):
    """An import is undone by whoever made it, or by an administrator of its area."""


@dataclass(frozen=True, slots=True)
class IntakeView:
    """A file as it is understood so far, and what taking it would do. No trial while needed columns are `missing`."""

    id: UUID
    sender: str
    push: LeadPush
    pushed_at: datetime | None
    titles: tuple[str, ...]
    mapping: Mapping[str, int]
    first: tuple[tuple[str, ...], ...]
    rows: int
    missing: tuple[str, ...]
    trial: LeadListOut | None
    grids: Mapping[str, int]
    brought_at: datetime


@dataclass(frozen=True, slots=True)
class ListView:
    """A list with how far it is. `as_file`: it goes back with its own columns."""

    came: LeadList
    tally: Tally
    by: str | None
    as_file: bool
    may_undo: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """How many were taken back, and how many somebody has worked on already, which stay."""

    withdrawn: int
    kept: int


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """A row of the sender's file with what became of it."""

    row: int
    cells: tuple[str, ...]
    lead: Lead | None
    note: str | None
    fault: Mapping[str, Any] | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class LeadListService:
    transactions: Transactions
    leads: LeadService
    alerts: AlertService
    clock: Clock

    # a file on its way in

    async def bring(
        self, content: bytes, *, sender: str, push: LeadPush, pushed_at: datetime | None = None, official: Official
    ) -> UUID:
        """Read a file and guess its columns, as this sender's last one was read. Raises Unreadable, NotYoursToPush."""
        if not official.may(*PUSHING):
            raise NotYoursToPush
        kept, numbers = await asyncio.to_thread(_rows_of, _table_in(await read(content)))
        if not kept["rows"]:
            raise Unreadable(N_("There is no row below the headings."))
        async with self.transactions.begin(official.scope) as work:
            remembered = await work.lead_lists.last_mapping(sender)
            mapping = guess(kept["titles"], kept["rows"][:200], remembered)
            intake = Intake(
                id=work.new_id(),
                area=official.area,
                official_id=official.id,
                kind=INTAKE,
                content={**kept, "numbers": numbers},
                facts={
                    "sender": sender,
                    "push": push.value,
                    "pushed_at": pushed_at.isoformat() if pushed_at else None,
                    "mapping": mapping,
                },
                brought_at=self.clock.now(),
            )
            await work.intakes.add(intake)
            await work.audit.add("lead_file.bring", "intake", intake.id, at=intake.brought_at, rows=len(numbers))
        return intake.id

    async def understand(self, intake_id: UUID, mapping: Mapping[str, int], *, official: Official) -> None:
        """Another reading of the columns; a column serves one field, the first that asks for it."""
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE, lock=True)
            columns = range(len(intake.content["titles"]))
            fitting: dict[str, int] = {}
            for field in FIELDS:
                column = mapping.get(field)
                if column is not None and column in columns and column not in fitting.values():
                    fitting[field] = column
            await work.intakes.understand(intake, {**intake.facts, "mapping": fitting})

    async def look(self, intake_id: UUID, *, official: Official) -> IntakeView:
        """How the file is understood, and what taking it would do."""
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE)
        mapping: dict[str, int] = intake.facts["mapping"]
        lacking = missing(mapping)
        trial = None
        if not lacking:
            given, file = _given(intake)
            trial = await self.leads.rehearse(given, official=official, file=file)
        return IntakeView(
            id=intake.id,
            sender=intake.facts["sender"],
            push=LeadPush(intake.facts["push"]),
            pushed_at=_moment(intake.facts["pushed_at"]),
            titles=tuple(intake.content["titles"]),
            mapping=mapping,
            first=tuple(tuple(row) for row in intake.content["rows"][:5]),
            rows=len(intake.content["rows"]),
            missing=lacking,
            trial=trial,
            grids=trial.areas if trial else {},
            brought_at=intake.brought_at,
        )

    async def take(self, intake_id: UUID, *, official: Official) -> LeadListOut:
        """From here on its people are looked for; the sender's columns are remembered."""
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE)
        given, file = _given(intake)
        return await self.leads.take(given, official=official, file=file)

    async def put_away(self, intake_id: UUID, *, official: Official) -> None:
        async with self.transactions.begin(official.scope) as work:
            intake = await work.intakes.get(intake_id, official_id=official.id, kind=INTAKE, lock=True)
            await work.intakes.drop(intake)

    @glanced()
    async def waiting(self, *, official: Official) -> list[Intake]:
        """Files this official brought and has not taken in yet."""
        async with self.transactions.reading(official.scope) as work:
            return await work.intakes.listed(official_id=official.id, kind=INTAKE)

    # a list that came

    @glanced()
    async def listed(self, *, official: Official, limit: int = 50) -> list[ListView]:
        if not official.may(*PUSHING):
            raise NotYoursToPush
        async with self.transactions.reading(official.scope) as work:
            lists = await work.lead_lists.listed(limit=limit)
        async with self.transactions.reading(_WORK) as work:
            return [await self._view(work, came, official) for came in lists]

    async def get(self, list_id: UUID, *, official: Official) -> ListView:
        came = await self._own(list_id, official)
        async with self.transactions.reading(_WORK) as work:
            return await self._view(work, came, official)

    async def _own(self, list_id: UUID, official: Official) -> LeadList:
        if not official.may(*PUSHING):
            raise NotYoursToPush
        async with self.transactions.begin(official.scope) as work:
            return await work.lead_lists.get(list_id)

    async def _view(self, work: Work, came: LeadList, official: Official) -> ListView:
        leads = await work.leads.of_list(came.id)
        who = await work.officials.find(came.pushed_by) if came.pushed_by else None
        return ListView(
            came=came,
            tally=_tally(leads, self.clock.now()),
            by=who.name if who else None,
            as_file=bool(came.titles) and came.undone_at is None,
            may_undo=came.undone_at is None and _may_undo(came, official) and any(one.is_untouched for one in leads),
        )

    async def answered(self, list_id: UUID, *, official: Official, only_faults: bool = False) -> list[AnsweredRow]:
        """The sender's rows with what became of each: whole names, for it is the sender's own list. On record."""
        came = await self._own(list_id, official)
        async with self.transactions.begin(official.scope) as work:
            rows = await work.lead_lists.rows(came.id)
            await work.audit.add(
                "lead_list.faults" if only_faults else "lead_list.answer", LEAD_LIST, came.id, at=self.clock.now()
            )
        ids = [row.lead_id for row in rows if row.lead_id is not None]
        async with self.transactions.begin(_WORK) as work:  # also of those that went to another area meanwhile
            leads = await work.leads.by_ids(ids)
            notes = await work.leads.notes(ids)
        faults = {fault["row"]: fault for fault in came.rejected}
        return [
            AnsweredRow(
                row=row.row,
                cells=row.cells,
                lead=leads.get(row.lead_id) if row.lead_id else None,
                note=notes.get(row.lead_id) if row.lead_id else None,
                fault=faults.get(row.row),
                is_known=row.is_known,
            )
            for row in rows
            if row.row in faults or not only_faults
        ]

    async def undo(self, list_id: UUID, *, official: Official) -> Undone:
        """Nobody looks for these people because of this list any more; where somebody has begun, that work stays."""
        came = await self._own(list_id, official)
        if came.undone_at is not None:
            raise ListUndone
        if not _may_undo(came, official):
            raise NotYoursToUndo
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            if (await work.lead_lists.get(list_id, lock=True)).undone_at is not None:
                raise ListUndone
            leads = await work.leads.of_list(list_id, lock=True)
            rows = await work.lead_lists.rows(list_id)
            again = Counter(row.lead_id for row in rows if row.is_known)
            # Whom another list named meanwhile is looked for because of that one.
            back = [lead for lead in leads if lead.is_untouched and lead.named_again <= again[lead.id]]
            for lead in back:
                await self.leads.withdraw(work, lead, now)
            for row in rows:
                if row.is_known and row.lead_id is not None:
                    standing = await work.leads.find(row.lead_id, lock=True)
                    if standing is not None:
                        await work.leads.save(replace(standing, named_again=max(0, standing.named_again - 1)))
            ids = [lead.id for lead in back]
            await work.leads.forget_people(ids)
            await work.lead_lists.forget_rows(list_id, ids)
            await work.lead_lists.reject(list_id, ())
            await work.lead_lists.undo(list_id, now)
            gone = {lead.id for lead in back}
            busy = {lead.area for lead in leads if lead.id not in gone and lead.is_open}
            for alert in await work.alerts.open_for_subject(LEAD_LIST, list_id):
                locked = await work.alerts.get(alert.id, lock=True)
                if locked.area not in busy and locked.status is not AlertStatus.RESOLVED:
                    await self.alerts.settle(work, locked, "withdrawn")
            await work.audit.add("lead_list.undo", LEAD_LIST, list_id, at=now, by=str(official.id), withdrawn=len(back))
        return Undone(len(back), sum(lead.is_open for lead in leads) - len(back))

    # grids

    async def spread(self, *, official: Official) -> int:
        """Give whoever waits above a grid to the grid of the same place with least to do; how many found one."""
        if not official.may(Role.COMMUNITY, *PUSHING):
            raise NotYoursToPush
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            waiting = await work.leads.above_grids(lock=True)
            loads = {grid: 0 for grid in await self._grids(work, official)} | await work.leads.loads()
            by_id: dict[LeadId, Lead] = {lead.id: lead for lead in waiting}
            placed = spread([(lead.id, lead.area) for lead in waiting], loads)
            await self.leads.move(work, [(by_id[one], grid) for one, grid in placed.items()], now)
            await work.audit.add("lead.spread", "area", official.area, at=now, moved=len(placed), left=len(waiting))
        return len(placed)

    async def above_grids(self, *, official: Official) -> int:
        """How many wait above a grid."""
        async with self.transactions.reading(official.scope) as work:
            return len(await work.leads.above_grids())

    @staticmethod
    async def _grids(work: Work, official: Official) -> set[str]:
        known = await work.officials.listed(area=official.area)
        return {one.area for one in known if Role.GRID_WORKER in one.roles and len(one.area) == 14}


def _may_undo(came: LeadList, official: Official) -> bool:
    return came.pushed_by == official.id or Role.ADMINISTRATOR in official.roles


def _tally(leads: Sequence[Lead], now: datetime) -> Tally:
    states = Counter(lead.state for lead in leads)
    outcomes = Counter(lead.outcome for lead in leads)
    return Tally(
        taken=len(leads),
        open=states[LeadState.OPEN],
        overdue=sum(lead.overdue(now) for lead in leads),
        reached=outcomes[LeadOutcome.REACHED],
        not_found=outcomes[LeadOutcome.NOT_FOUND],
        handed_over=outcomes[LeadOutcome.HANDED_OVER],
        withdrawn=states[LeadState.WITHDRAWN],
    )


def _table_in(sheets: Sequence[Sheet]) -> Table:
    """Under titles that are known; else under the first row that looks like one, for a person to say what they mean."""
    try:
        return find_table(sheets, _HEADINGS)
    except Unreadable:
        for sheet in sheets:
            for number, row in enumerate(sheet.rows[:30]):
                said = [cell for cell in row if isinstance(cell, str) and cell.strip()]
                if len(said) >= 2 and len(sheet.rows) > number + 1:
                    return table_at(sheet, number, {})
        raise


def _rows_of(table: Table) -> tuple[dict[str, Any], list[int]]:
    """The cells as text, as the sender will get them back; rows that say nothing are passed over."""
    width = max((at + 1 for at, title in enumerate(table.titles) if title.strip()), default=0)
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(table.body, start=table.heading + 2):
        cells = [_said(cell) for cell in row[:width]]
        if any(cell.strip() for cell in cells):
            rows.append(cells)
            numbers.append(number)
    if len(rows) > MOST_ROWS:
        raise Unreadable(N_("More than %(most)s rows; please send it in parts."), most=MOST_ROWS)
    return {"titles": list(table.titles[:width]), "rows": rows}, numbers


def _said(cell: Any) -> str:
    """A rounded number stays as it is written: it is no ID number, and its row says so."""
    try:
        return text_of(cell)
    except LostDigits:
        return f"{cell:.0f}{ROUNDED}"


def _given(intake: Intake) -> tuple[LeadListIn, LeadFile]:
    content, facts = intake.content, intake.facts
    mapping: dict[str, int] = facts["mapping"]
    limits = {name: 200 for name in ("name", "destination")} | {"note": 500, "grid": 14}
    rows = []
    for cells in content["rows"]:
        said = row_of(cells, mapping)
        rows.append(LeadRowIn(**{name: text[: limits.get(name, 60)] for name, text in said.items()}))
    titles = tuple(content["titles"])
    given = LeadListIn(
        push=LeadPush(facts["push"]), sender=facts["sender"], pushed_at=_moment(facts["pushed_at"]), rows=rows
    )
    remembered = {name: titles[at] for name, at in mapping.items()}
    return given, LeadFile(intake.id, titles, remembered, content["numbers"], content["rows"])


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
