"""Report types made here: drafted, looked at, put in force, retired; and the pack of an area with them beside it.

A type holds for its whole jurisdiction. What is in force is asked of everybody it names from the next round on; a new
version replaces the old one at that moment, and what was reported before keeps the version it was made with.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.duties import DutyField, DutyRule, checked
from gateway.domain.duty_rounds import strikes_next
from gateway.domain.kinds import Lane, Role
from gateway.domain.packs import Pack
from gateway.domain.people import masked_name
from gateway.domain.report_types import (
    PREFIX,
    Caution,
    Changed,
    PreviewOutdated,
    ReportType,
    ReportTypeFaulty,
    TypeState,
    cautions,
    changes,
    copied,
    digest,
    faults,
    rule_of,
    usual_ladder,
)
from gateway.domain.rules import Words
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Fault, Forbidden
from gateway.policies.report_types import read, written
from gateway.policies.xlsforms import Answered, SpreadsheetForm, answer_pages, pages_of, read_form
from gateway.record.checklists import Unit
from gateway.record.duties import KeptBearer, Round
from gateway.record.record import Work
from gateway.record.report_types import KeptType, ReportTypeNotFound
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions
from gateway.workbooks import book

_WORK = Scope.of_work("report_types")
COUNTY = 6
DUTY = "duty"
MOST_TAKEN_OUT = 50_000

#: Who decides what is asked for beside the notices, each for the own jurisdiction.
EDITING = (Role.COUNTY, Role.CITY, Role.PROVINCE)


class NotYourReportType(Forbidden):
    """Who answers for a county, a city or a province decides what is reported there."""


class NoChatToTry(Conflict):
    """You have no chat with us yet: use your invitation link first."""


class NothingDrafted(Conflict):
    """This version is not a draft: it is in force or retired. Start a new one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A unit kind or a class of people, and how many owe what is asked of it."""

    key: str
    bearers: int


@dataclass(frozen=True, slots=True)
class PackDuty:
    """What a notice in force asks for: shown with its rules, to be copied but not changed."""

    name: str
    pack_id: str
    rule: DutyRule


@dataclass(frozen=True, slots=True)
class Asked:
    """What a version asks, in whole sentences."""

    version: UUID
    title: Words
    asked: tuple[DutyField, ...]
    form: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything that is asked for where the official works."""

    kept: tuple[KeptType, ...]
    types: Mapping[UUID, ReportType]
    of_packs: tuple[PackDuty, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class TypeView:
    """One version with its history. `mark` names exactly this content; `named` are the single units' names."""

    kept: KeptType
    type: ReportType
    history: tuple[KeptType, ...]
    in_force: KeptType | None
    changes: tuple[Changed, ...]
    cautions: tuple[Caution, ...]
    bearers: int
    named: tuple[str, ...]
    mark: str
    may_edit: bool


@dataclass(frozen=True, slots=True)
class ReportTypeService:
    transactions: Transactions
    packs: PackService
    outbox: Outbox
    clock: Clock

    # beside the pack

    async def beside(self, work: Work, area: str, at: datetime) -> Pack:
        """The pack of an area with the report types in force there among its duties."""
        pack = await self.packs.for_area(work, area, at)
        kept = await work.report_types.in_force(area)
        if not kept:
            return pack
        ours = {one.key: rule_of(one.key, one.id, read(one.content), from_day=one.from_day) for one in kept}
        # A ladder can leave with the pack it came from: what nobody would climb is asked for all the same.
        ladders = pack.ladders
        fitting = {
            key: rule if rule.ladder in ladders else replace(rule, ladder=usual_ladder(rule))
            for key, rule in ours.items()
        }
        return replace(pack, duties={**pack.duties, **fitting})

    # drafting

    async def read_form(self, content: bytes, *, official: Official) -> SpreadsheetForm:
        """What a spreadsheet form asks; nothing is kept. Raises Unreadable, FormNotUnderstood."""
        _check(official)
        return await asyncio.to_thread(read_form, content)

    async def shelf(self, *, official: Official) -> Shelf:
        if official.scope.area is None:
            raise NotYourReportType
        async with self.transactions.begin(official.scope) as work:
            kept = await work.report_types.listed()
            pack = await self.packs.for_area(work, official.area, self.clock.now())
        return Shelf(
            kept=tuple(kept),
            types={one.id: read(one.content) for one in kept},
            of_packs=tuple(PackDuty(name, pack.id, rule) for name, rule in pack.duties.items()),
            may_edit=_may_edit(official),
        )

    async def kinds(self, *, official: Official) -> tuple[list[Kind], list[Kind], list[str]]:
        """What can be named in a type here: kinds of units, classes of people, ladders."""
        _check(official)
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, self.clock.now())
            borne = await work.duties.borne(official.area)
        units = {kind for rule in pack.duties.values() for kind in rule.units}
        units |= {kind for capacity in pack.capacities.values() for kind in capacity.units}
        people = {kind for rule in pack.duties.values() for kind in rule.people}
        units |= {kind for kind, (of_unit, _) in borne.items() if of_unit and not kind.startswith(PREFIX)}
        people |= {kind for kind, (_, of_person) in borne.items() if of_person}
        return (
            [Kind(kind, borne.get(kind, (0, 0))[0]) for kind in sorted(units)],
            [Kind(kind, borne.get(kind, (0, 0))[1]) for kind in sorted(people)],
            [code for code in pack.ladders if code.startswith("E-")],
        )

    async def draft(
        self,
        content: Mapping[str, Any],
        *,
        named: Sequence[str] = (),
        official: Official,
        version_id: UUID | None = None,
        type_id: UUID | None = None,
    ) -> KeptType:
        """Keep a draft: a new type's first, a type's next version, or the same draft again.

        `named` are names of single units of the jurisdiction. Raises ReportTypeFaulty, NothingDrafted.
        """
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            before = await self._mine(work, official, version_id=version_id, type_id=type_id)
            area = before.area if before is not None else official.area
            units, unknown = await self._units(work, area, named)
            type_ = read({**content, "named": [str(one.id) for one in units]})
            pack = await self.packs.for_area(work, area, now)
            found = (
                *faults(type_, ladders=pack.ladders),
                *(Fault(f"named.{name}", "there is no unit of this name here") for name in unknown),
            )
            if found:
                raise ReportTypeFaulty(faults=found)
            if version_id is not None and before is not None:
                if before.state is not TypeState.DRAFT:
                    raise NothingDrafted
                kept = replace(before, content=written(type_), drafted_at=now, drafted_by=official.id)
                await work.report_types.save(kept)
            else:
                kept = await self._new(work, before, area, written(type_), official, now)
            await work.audit.add(
                "report_type.draft", "report_type", kept.type_id, at=now, area=kept.area, version=kept.number
            )
        return kept

    async def _new(
        self,
        work: Work,
        before: KeptType | None,
        area: str,
        content: Mapping[str, Any],
        official: Official,
        now: datetime,
    ) -> KeptType:
        id_ = work.new_id()
        kept = KeptType(
            id=id_,
            type_id=before.type_id if before is not None else id_,
            key=before.key if before is not None else f"{PREFIX}{id_.hex[:10]}",
            area=area,
            number=before.number + 1 if before is not None else 1,
            state=TypeState.DRAFT,
            content=content,
            drafted_at=now,
            drafted_by=official.id,
        )
        await work.report_types.add(kept, now)
        return kept

    async def _mine(
        self, work: Work, official: Official, *, version_id: UUID | None = None, type_id: UUID | None = None
    ) -> KeptType | None:
        """The version meant, or the newest of the type meant; of the own area, whole. Raises ReportTypeNotFound."""
        if version_id is not None:
            found = await work.report_types.version(version_id)
        elif type_id is not None:
            found = (await work.report_types.versions(type_id))[0]
        else:
            return None
        if not found.area.startswith(official.area):
            raise ReportTypeNotFound
        await work.report_types.lock(found.type_id)
        return await work.report_types.version(found.id)

    async def _units(self, work: Work, area: str, names: Sequence[str]) -> tuple[list[Unit], list[str]]:
        if not names:
            return [], []
        spelled = {
            name: unit
            for unit in await work.checklists.units_within(area)
            for name in (unit.name, unit.key, *unit.aliases)
        }
        return [spelled[name] for name in names if name in spelled], [name for name in names if name not in spelled]

    async def copy(self, name: str, labels: Mapping[str, Words], *, official: Official) -> KeptType:
        """A draft made after a duty of the pack in force. Raises ReportTypeNotFound."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, official.area, now)
            rule = pack.duties.get(name)
            if rule is None:
                raise ReportTypeNotFound
            type_ = copied(name, pack.id, rule, labels, due=pack.conventions.due)
            kept = await self._new(work, None, official.area, written(type_), official, now)
            await work.audit.add("report_type.copy", "report_type", kept.type_id, at=now, of=name, pack=pack.id)
        return kept

    async def renew(self, type_id: UUID, *, official: Official) -> KeptType:
        """A draft of the next version, as the newest stands; the open draft, where there is one."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            newest = await self._mine(work, official, type_id=type_id)
            assert newest is not None
            if newest.state is TypeState.DRAFT:
                return newest
            return await self._new(work, newest, newest.area, newest.content, official, now)

    async def version(self, version_id: UUID, *, places: Sequence[str], official: Official | None = None) -> Asked:
        """What one version asks, for whoever is in its jurisdiction; a draft for those who may change it.

        Raises ReportTypeNotFound.
        """
        async with self.transactions.begin(_WORK) as work:
            kept = await work.report_types.version(version_id)
        theirs = official is not None and _may_edit(official) and kept.area.startswith(official.area)
        if not theirs and (kept.state is TypeState.DRAFT or not any(place.startswith(kept.area) for place in places)):
            raise ReportTypeNotFound
        type_ = read(kept.content)
        rule = rule_of(kept.key, kept.id, type_, from_day=kept.from_day)
        return Asked(kept.id, rule.title, rule.fields, form=type_.form is not None, mark=digest(kept.content))

    # trying it

    async def invite_to_try(self, version_id: UUID, *, official: Official) -> None:
        """A button in the official's own chat: the form as those who owe it meet it. Raises NoChatToTry."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = await self._mine(work, official, version_id=version_id)
            assert kept is not None
            title = read(kept.content).title
            values = {
                "title": {"zh": title.zh or title.en, "en": title.en or title.zh},
                "number": kept.number,
                "version": kept.id.hex,
            }
            told = await self.outbox.to_officials(
                work, [official], "report_type_trial", values, now=now, lane=Lane.REPLY
            )
        if not told:
            raise NoChatToTry

    async def tried(self, version_id: UUID, values: Mapping[str, Any], *, official: Official) -> None:
        """Whether a report like this would be taken. Raises ReportIncomplete, ReportTypeNotFound."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = await self._mine(work, official, version_id=version_id)
            assert kept is not None
            pack = await self.packs.for_area(work, kept.area, now)
        rule = rule_of(kept.key, kept.id, read(kept.content), from_day=None)
        checked(rule, values, zero=False, today=now.astimezone(pack.zone).date())

    async def _told(self, work: Work, kept: KeptType) -> list[Answered]:
        reports = await work.duties.told(kept.key, most=MOST_TAKEN_OUT)
        persons = [one.resident_id for one in reports if one.resident_id is not None]
        keys = await work.residents.keys(persons)
        bodies = {**await work.duties.bodies(reports), **await work.duties.own_bodies(reports, keys)}
        names: dict[UUID, str] = {one.id: one.name for one in await work.checklists.units_within(kept.area)}
        names |= {id_: masked_name(one.name) or "" for id_, one in (await work.residents.identities(persons)).items()}
        numbers = {one.id: one.number for one in await work.report_types.versions(kept.type_id)}
        return [
            Answered(
                day=one.day,
                who=names.get(one.unit_id or one.resident_id or one.id, ""),
                reported_at=one.reported_at,
                version=numbers.get(one.version_id or one.id),
                values=bodies.get(one.id, {}).get("values", {}),
                note=bodies.get(one.id, {}).get("note"),
            )
            for one in reports
        ]

    # spreadsheets

    async def workbook(self, version_id: UUID, *, official: Official) -> tuple[str, IO[bytes]]:
        """The form as a spreadsheet that reads back as the same, with every answer given to this type so far.

        Answers stand in sheets of their own: one row a report, and one sheet for each kind of entry.
        """
        if official.scope.area is None:
            raise NotYourReportType
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            kept = await work.report_types.version(version_id)
            type_ = read(kept.content)
            pack = await self.packs.for_area(work, kept.area, now)
            told = await self._told(work, kept)
            await work.audit.add("report_type.export", "report_type", kept.type_id, at=now, reports=len(told))
        pages = pages_of(type_, name=kept.key, number=kept.number)
        pages += answer_pages(type_, told, pack.zone)
        return type_.title.zh or type_.title.en, await book(pages)

    async def view(self, version_id: UUID, *, official: Official) -> TypeView:
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            kept = await work.report_types.version(version_id)
            history = await work.report_types.versions(kept.type_id)
            in_force = next((one for one in history if one.state is TypeState.IN_FORCE), None)
            earlier = next((one for one in history if one.number < kept.number), None)
            against = in_force if in_force is not None and in_force.id != kept.id else earlier
            type_ = read(kept.content)
            units: dict[UUID, str] = {}
            if type_.named:
                units = {one.id: one.name for one in await work.checklists.units_within(kept.area)}
            pack = await self.packs.for_area(work, kept.area, now)
            rule = rule_of(kept.key, kept.id, type_, from_day=None)
            known = await work.duties.bearers(
                [kind for kind in rule.kinds if kind != kept.key], area=kept.area, on=now.astimezone(pack.zone).date()
            )
        bearers = len({one.unit_id or one.resident_id for one in known} | set(type_.named))
        return TypeView(
            kept=kept,
            type=type_,
            history=tuple(history),
            in_force=in_force,
            changes=changes(against.content, kept.content) if against is not None else (),
            cautions=cautions(type_, read(against.content) if against is not None else None, bearers=bearers),
            bearers=bearers,
            named=tuple(units[one] for one in type_.named if one in units),
            mark=digest(kept.content),
            may_edit=_may_edit(official) and kept.area.startswith(official.area),
        )

    # in force

    async def put_in_force(self, version_id: UUID, mark: str, *, official: Official) -> KeptType:
        """Exactly what the preview showed is asked from now on. Raises PreviewOutdated, NothingDrafted."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = await self._mine(work, official, version_id=version_id)
            assert kept is not None
            if kept.state is not TypeState.DRAFT:
                raise NothingDrafted
            if digest(kept.content) != mark:
                raise PreviewOutdated
            history = await work.report_types.versions(kept.type_id)
            before = next((one for one in history if one.state is TypeState.IN_FORCE), None)
            pack = await self.packs.for_area(work, kept.area, now)
            type_ = read(kept.content)
            found = tuple(faults(type_, ladders=pack.ladders))
            if found:
                raise ReportTypeFaulty(faults=found)
            if before is not None:
                await work.report_types.save(replace(before, state=TypeState.RETIRED, retired_at=now))
            first = before.from_day if before is not None else _first_day(now.astimezone(pack.zone))
            kept = replace(kept, state=TypeState.IN_FORCE, in_force_at=now, in_force_by=official.id, from_day=first)
            await work.report_types.save(kept)
            await self._name_units(work, kept, type_, now.astimezone(pack.zone), now)
            await self._set_clocks(work, kept, type_, now)
            await work.audit.add(
                "report_type.in_force", "report_type", kept.type_id, at=now, area=kept.area, version=kept.number
            )
        return kept

    async def retire(self, version_id: UUID, *, official: Official) -> None:
        """Nobody owes it any more; what was reported stays. A draft is thrown away."""
        _check(official)
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            kept = await self._mine(work, official, version_id=version_id)
            assert kept is not None
            if kept.state is TypeState.DRAFT:
                await work.report_types.drop(kept)
            elif kept.state is TypeState.IN_FORCE:
                await work.report_types.save(replace(kept, state=TypeState.RETIRED, retired_at=now))
                for round_ in await work.duties.rounds_of(kept.key):
                    await work.duties.set_rounds(kept.key, {round_.area: None}, now)
                    work.forget(DUTY, round_.id)
            await work.audit.add("report_type.retire", "report_type", kept.type_id, at=now, version=kept.number)

    async def _name_units(self, work: Work, kept: KeptType, type_: ReportType, local: datetime, now: datetime) -> None:
        """Single units bear the type by its own key; whoever is not named any more, or owes it by kind, does not."""
        by_kind = {one.unit_id for one in await work.duties.bearers(type_.units, area=kept.area)} if type_.units else ()
        wanted = [one for one in type_.named if one not in by_kind]
        for bearer in await work.duties.bearers([kept.key]):
            if bearer.unit_id not in wanted:
                await work.duties.leave(bearer.id, local.date() - DAY)
        for unit_id in wanted:
            unit = await work.checklists.unit(unit_id)
            first = _first_day(local)
            await work.duties.enrol(KeptBearer(work.new_id(), unit.area, kept.key, first, unit_id=unit.id), now)

    async def _set_clocks(self, work: Work, kept: KeptType, type_: ReportType, now: datetime) -> None:
        """A clock in every county where somebody owes it; those that stand go by the new version's hours."""
        rule = rule_of(kept.key, kept.id, type_, from_day=kept.from_day)
        standing = {one.area: one for one in await work.duties.rounds_of(kept.key)}
        counties = set(await work.duties.places_of(rule.kinds, COUNTY))
        for county in sorted({one for one in counties if one.startswith(kept.area)} | set(standing)):
            pack = await self.beside(work, county, now)
            at = strikes_next(kept.key, pack, now)
            round_ = standing.get(county)
            if round_ is None:
                round_ = Round(work.new_id(), kept.key, county, now, at)
                await work.duties.open_round(round_)
            else:
                await work.duties.set_rounds(kept.key, {county: at}, now)
            if at is not None:
                work.wake(DUTY, round_.id, at)


def _first_day(local: datetime) -> date:
    """What is put in force in the afternoon is owed from the next day on, as `duties` counts for who comes new."""
    return local.date() if local.hour < 12 else local.date() + DAY


def _may_edit(official: Official) -> bool:
    return official.scope.area is not None and len(official.area) <= COUNTY and official.may(*EDITING)


def _check(official: Official) -> None:
    if not _may_edit(official):
        raise NotYourReportType
