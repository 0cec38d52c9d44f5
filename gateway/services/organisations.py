"""The organisation as a tree and as two spreadsheets: units, and officials with their roles. A spreadsheet is looked at
row by row first; where one row is wrong, nothing is taken over.

What is given out is what is read: the same columns, so that a list goes out, is edited and comes back.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import IO
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import OfficialId, Role, UnitId
from gateway.domain.places import Gazetteer
from gateway.domain.scopes import AREA_DIGITS, EVERYWHERE, ROLE_DIGITS, Official, Scope
from gateway.errors import N_, Forbidden, Invalid
from gateway.messages.words import LANGUAGES, translations
from gateway.record.checklists import Unit
from gateway.record.credentials import Invitation
from gateway.record.officials import Shift
from gateway.record.record import Work
from gateway.services.officials import FAR_REACHING, OfficialService, may_invite
from gateway.services.transactions import Transactions
from gateway.workbooks import Cell, Column, Heading, LostDigits, Unreadable, find_table, read, text_of, written

_WORK = Scope.of_work("organisation")
MOST_ROWS = 5_000
LONGEST_NAME = 80
GROUP = "group"
#: What a unit may be; a group stands for its members.
UNIT_KINDS = ("office", GROUP, "hq_office", "supervision")
_SPLIT = re.compile(r"[、,，;；\n]+")


class Book(StrEnum):
    UNITS = "units"
    PEOPLE = "people"


HEADINGS: Mapping[Book, tuple[Heading, ...]] = {
    Book.UNITS: (
        Heading("id", ("编号", "ID", "Number")),
        Heading("name", ("单位名称", "Unit"), required=True),
        Heading("area", ("区划代码", "Area code"), required=True),
        Heading("kind", ("类型", "Kind")),
        Heading("aliases", ("别名", "Also called")),
        Heading("members", ("成员单位", "Members")),
        Heading("problem", ("问题", "Problem")),
    ),
    Book.PEOPLE: (
        Heading("id", ("编号", "ID", "Number")),
        Heading("name", ("姓名", "Name"), required=True),
        Heading("roles", ("职责", "Roles"), required=True),
        Heading("area", ("区划代码", "Area code"), required=True),
        Heading("unit", ("单位", "Unit")),
        Heading("language", ("语言", "Language")),
        Heading("problem", ("问题", "Problem")),
    ),
}
_WIDTHS = {"id": 38, "name": 24, "roles": 26, "area": 16, "aliases": 28, "members": 36, "unit": 24, "problem": 40}


class ImportForbidden(Forbidden):
    """The organisation is changed from the township up, inside the own area."""


class ImportFaulty(Invalid):
    """Some rows are wrong, so nothing was taken over."""


class Change(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, as a sentence of the catalogues with holes."""

    sentence: str
    facts: Mapping[str, object]

    def said_in(self, language: str) -> str:
        return translations(language).gettext(self.sentence) % self.facts


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a spreadsheet: its number there, what it says, and what would become of it."""

    number: int
    cells: Mapping[str, str]
    change: Change
    problem: Problem | None = None
    before: Mapping[str, str] | None = None
    unit: Unit | None = None
    members: tuple[str, ...] = ()
    person: Official | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `others`: columns nobody knew, which are left alone."""

    book: Book
    rows: tuple[Row, ...]
    others: tuple[str, ...] = ()

    def count(self, change: str) -> int:
        return sum(row.change == change for row in self.rows)

    @property
    def faulty(self) -> bool:
        return any(row.change is Change.FAULTY for row in self.rows)


@dataclass(frozen=True, slots=True)
class Applied:
    plan: Plan
    invitations: tuple[tuple[Invitation, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A division of the tree: what lies directly inside, and who and what stands exactly here."""

    area: str
    above: tuple[str, ...]
    inside: tuple[tuple[str, int, int], ...]
    people: tuple[Official, ...]
    units: tuple[Unit, ...]
    members: Mapping[UnitId, tuple[Unit, ...]]
    names: Mapping[UUID, str]


class _Wrong(Exception):
    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.problem = Problem(sentence, facts)


@dataclass(frozen=True, slots=True)
class OrganisationService:
    transactions: Transactions
    officials: OfficialService
    gazetteer: Gazetteer
    clock: Clock

    # the tree

    async def place(self, area: str, *, official: Official) -> Place:
        """One division with its people and units; how many of each lie in every part of it."""
        self._within(official, area)
        async with self.transactions.reading(_WORK) as work:
            people = await self._people(work, area)
            units = await work.checklists.units_within(area)
            members = await work.checklists.members_within(area)
        here = [one for one in people if one.area == area]
        codes = {child.code for child in self.gazetteer.children(area)} if len(area) < 9 else set()
        places = [one.area for one in people] + [one.area for one in units]
        codes |= {code for code in (_part(place, area) for place in places) if code is not None}
        inside = tuple(
            (
                code,
                sum(one.area.startswith(code) for one in people),
                sum(one.area.startswith(code) for one in units),
            )
            for code in sorted(codes - {area})
        )
        above = tuple(area[:digits] for digits in AREA_DIGITS if len(official.area) <= digits < len(area))
        return Place(
            area=area,
            above=above if official.area in above or official.area == area else (official.area, *above),
            inside=inside,
            people=tuple(here),
            units=tuple(one for one in units if one.area == area),
            members=members,
            names={one.id: one.name for one in units},
        )

    async def search(self, words: str, *, official: Official) -> tuple[list[Official], list[Unit]]:
        """People and units of the own area by a part of their name; units also by what else they are called."""
        self._within(official, official.area)
        said = words.strip().casefold()
        async with self.transactions.reading(_WORK) as work:
            people = await self._people(work, official.area)
            units = await work.checklists.units_within(official.area)
        return (
            [one for one in people if said in one.name.casefold()][:100],
            [one for one in units if any(said in name.casefold() for name in (one.name, *one.aliases))][:100],
        )

    async def _people(self, work: Work, area: str) -> list[Official]:
        """Officials, without the accounts of scripts."""
        scripts = await work.credentials.scripts()
        return [one for one in await work.officials.listed(area=area) if one.id not in scripts]

    # out

    async def written(self, book: Book, area: str, *, official: Official, language: str, mark: str) -> IO[bytes]:
        """The list as a spreadsheet, in the columns an import reads."""
        self._within(official, area)
        async with self.transactions.begin(_WORK) as work:
            if book is Book.UNITS:
                rows = await self._unit_rows(work, area, language)
            else:
                rows = [
                    _of_person(one, await self._unit_names(work), language) for one in await self._people(work, area)
                ]
            await work.audit.add("organisation.export", book, area or "0", at=self.clock.now(), rows=len(rows))
        return await self._file(book, rows, language, mark)

    async def template(self, book: Book, *, language: str) -> IO[bytes]:
        """An empty list with its columns and the words they take."""
        return await self._file(book, [], language, "")

    async def annotated(self, plan: Plan, *, language: str) -> IO[bytes]:
        """The rows as they came, each with what is wrong with it."""
        rows = [{**row.cells, "problem": row.problem.said_in(language) if row.problem else ""} for row in plan.rows]
        return await self._file(plan.book, rows, language, "", problem=True)

    async def _file(
        self, book: Book, rows: Sequence[Mapping[str, str]], language: str, mark: str, *, problem: bool = False
    ) -> IO[bytes]:
        headings = [one for one in HEADINGS[book] if problem or one.name != "problem"]
        at = 0 if language.startswith("zh") else -1
        kinds = tuple(_said(f"unit_sort.{kind}", language) for kind in UNIT_KINDS)
        columns = [
            Column(one.titles[at], width=_WIDTHS.get(one.name, 16), choices=kinds if one.name == "kind" else ())
            for one in headings
        ]
        cells: list[list[Cell]] = [[row.get(one.name, "") for one in headings] for row in rows]
        file, _ = await written(columns, cells, title=_said(f"book.{book}", language), mark=mark)
        return file

    async def _unit_rows(self, work: Work, area: str, language: str) -> list[dict[str, str]]:
        members = await work.checklists.members_within(area)
        return [
            _of_unit(one, tuple(two.name for two in members.get(one.id, ())), language)
            for one in await work.checklists.units_within(area)
        ]

    @staticmethod
    async def _unit_names(work: Work) -> dict[UUID, str]:
        return {one.id: one.name for one in await work.checklists.units_within(EVERYWHERE)}

    # in

    async def plan(self, book: Book, content: bytes, *, official: Official) -> Plan:
        """What the spreadsheet would change, row by row; nothing is changed. Raises Unreadable, ImportForbidden."""
        if not may_invite(official, official.area):
            raise ImportForbidden
        table = find_table(await read(content), HEADINGS[book])
        if len(table.body) > MOST_ROWS:
            raise Unreadable(N_("More than %(most)s rows; please send it in parts."), most=MOST_ROWS)
        async with self.transactions.begin(_WORK) as work:
            return await self._planned(work, book, list(table.rows()), table.others, official)

    async def apply(self, book: Book, content: bytes, *, official: Official) -> Applied:
        """Take it over, all or nothing. People who are new are invited: their codes are told once.

        Raises ImportFaulty, and as `plan`.
        """
        if not may_invite(official, official.area):
            raise ImportForbidden
        table = find_table(await read(content), HEADINGS[book])
        now = self.clock.now()
        invited: list[tuple[Invitation, str]] = []
        async with self.transactions.begin(_WORK) as work:
            plan = await self._planned(work, book, list(table.rows()), table.others, official)
            if plan.faulty:
                raise ImportFaulty
            if book is Book.UNITS:
                await self._keep_units(work, plan)
            for row in plan.rows if book is Book.PEOPLE else ():
                assert row.person is not None
                if row.change is Change.NEW:
                    invited.append(
                        await self.officials.invite_within(
                            work,
                            name=row.person.name,
                            roles=row.person.roles,
                            area=row.person.area,
                            by=official,
                            unit_id=row.person.unit_id,
                        )
                    )
                elif row.change is Change.CHANGED:
                    await self._move_person(work, row.person)
            counts = {change.value: plan.count(change) for change in Change}
            await work.audit.add("organisation.import", book, official.area or "0", at=now, **counts)
        return Applied(plan, tuple(invited))

    async def _planned(
        self,
        work: Work,
        book: Book,
        rows: Sequence[tuple[int, Mapping[str, Cell]]],
        others: tuple[str, ...],
        official: Official,
    ) -> Plan:
        if book is Book.UNITS:
            known = {one.id: one for one in await work.checklists.units_within(EVERYWHERE)}
            members = await work.checklists.members_within(EVERYWHERE)
            judge = _Units(self, official, known, members, [self._texts(number, cells) for number, cells in rows])
            return Plan(book, tuple(judge.row(number, cells) for number, cells in judge.given), others)
        people = {one.id: one for one in await self._people(work, EVERYWHERE)}
        units = await work.checklists.units_within(EVERYWHERE)
        crew = _People(self, official, people, units)
        return Plan(book, tuple(crew.row(*self._texts(number, cells)) for number, cells in rows), others)

    @staticmethod
    def _texts(number: int, cells: Mapping[str, Cell]) -> tuple[int, dict[str, str]]:
        said = {}
        for name, cell in cells.items():
            try:
                said[name] = text_of(cell).strip()
            except LostDigits:
                said[name] = "?"
        said.pop("problem", None)
        return number, said

    async def _keep_units(self, work: Work, plan: Plan) -> None:
        # Members may be called by the name a unit has in this list, or had until now.
        ids = {(one.area, name): one.id for one in await work.checklists.units_within(EVERYWHERE) for name in one.names}
        for row in plan.rows:
            assert row.unit is not None
            if row.change is Change.NEW:
                await work.checklists.add_unit(row.unit)
            elif row.change is Change.CHANGED:
                await work.checklists.change_unit(row.unit)
            ids[row.unit.area, row.unit.name] = row.unit.id
        for row in plan.rows:
            if row.unit is not None and row.change is not Change.SAME and row.unit.kind == GROUP:
                await work.checklists.set_members(row.unit.id, [ids[row.unit.area, name] for name in row.members])

    async def _move_person(self, work: Work, person: Official) -> None:
        """Another desk: duties they no longer have end, new ones begin now."""
        now = self.clock.now()
        before = await work.officials.get(person.id)
        await work.officials.change(person)
        if (before.roles, before.area, before.unit_id) != (person.roles, person.area, person.unit_id):
            for shift in await work.rotas.shifts_between(now, now, official=person.id):
                if shift.ends_at is None and (shift.role not in person.roles or shift.area == before.area):
                    await work.officials.end_shift(shift.id, now)
            held = {shift.role for shift in await work.rotas.shifts_between(now, now, official=person.id)}
            for role in person.roles:
                if role not in held:
                    await work.officials.add_shift(
                        Shift(work.new_id(), role, person.area, person.id, now, unit_id=person.unit_id)
                    )
        await work.audit.add("official.change", "official", person.id, at=now, area=person.area)

    def area_of(self, text: str, official: Official) -> str:
        code = text.split(" ")[0]
        if not code.isascii() or not code.isdigit() or len(code) not in AREA_DIGITS:
            raise _Wrong(
                N_("“%(code)s” is not an area code: 2, 4, 6, 9, 12 or 14 digits, kept as text."), code=text[:20]
            )
        if self.gazetteer.find_area(code[:9]) is None:
            raise _Wrong(N_("There is no division %(code)s."), code=code)
        if not code.startswith(official.area):
            raise _Wrong(N_("%(code)s lies outside your own area."), code=code)
        return code

    @staticmethod
    def _within(official: Official, area: str) -> None:
        if official.scope.area is None or not area.startswith(official.area):
            raise ImportForbidden


@dataclass
class _Units:
    """Judges the rows of a list of units; a member may stand in the same list."""

    house: OrganisationService
    official: Official
    known: Mapping[UnitId, Unit]
    members: Mapping[UnitId, tuple[Unit, ...]]
    given: list[tuple[int, dict[str, str]]]

    def __post_init__(self) -> None:
        self.seen: dict[tuple[str, str], int] = {}
        self.coming = {(cells.get("area", "").split(" ")[0], cells.get("name", "")) for _, cells in self.given}
        self.by_name = {(one.area, name): one for one in self.known.values() for name in one.names}

    def row(self, number: int, cells: dict[str, str]) -> Row:
        try:
            return self._judged(number, cells)
        except _Wrong as wrong:
            return Row(number, cells, Change.FAULTY, wrong.problem)

    def _judged(self, number: int, cells: dict[str, str]) -> Row:
        name = _name(cells)
        area = self.house.area_of(cells.get("area", ""), self.official)
        kind = _code(cells.get("kind", ""), "unit_sort", UNIT_KINDS) if cells.get("kind") else "office"
        if kind is None:
            raise _Wrong(N_("“%(word)s” is no kind of unit."), word=cells["kind"][:30])
        if (first := self.seen.setdefault((area, name), number)) != number:
            raise _Wrong(N_("The same unit stands in row %(row)s already."), row=first)
        before = self._before(cells, area, name)
        members = tuple(dict.fromkeys(_parts(cells.get("members", ""))))
        if members and kind != GROUP:
            raise _Wrong(N_("Only a group has members; its kind is another."))
        for member in members:
            if member == name:
                raise _Wrong(N_("A group cannot be its own member."))
            if (area, member) not in self.coming and (area, member) not in self.by_name:
                raise _Wrong(N_("The member “%(name)s” is not a unit of %(area)s."), name=member[:40], area=area)
        aliases = tuple(dict.fromkeys(one for one in _parts(cells.get("aliases", "")) if one != name))
        unit = Unit(
            id=before.id if before else UnitId(_new(self.house)),
            area=area,
            key=before.key if before else re.sub(r"\s+", "", name),
            name=name,
            aliases=aliases,
            kind=kind,
        )
        if before is None:
            return Row(number, cells, Change.NEW, unit=unit, members=members)
        old = tuple(sorted(one.name for one in self.members.get(before.id, ())))
        same = unit == before and (kind != GROUP or tuple(sorted(members)) == old)
        was = _of_unit(before, old, "zh_Hans_CN")
        return Row(number, cells, Change.SAME if same else Change.CHANGED, before=was, unit=unit, members=members)

    def _before(self, cells: dict[str, str], area: str, name: str) -> Unit | None:
        if not cells.get("id"):
            return self.by_name.get((area, name))
        found = self.known.get(UnitId(_uuid(cells["id"])))
        if found is None or not found.area.startswith(self.official.area):
            raise _Wrong(N_("No unit of your area has this number; leave it empty for a new one."))
        other = self.by_name.get((area, name))
        if other is not None and other.id != found.id:
            raise _Wrong(N_("Another unit of %(area)s is called that already."), area=area)
        if found.area != area:
            raise _Wrong(N_("A unit stays in its area; make a new one in %(area)s."), area=area)
        return found


@dataclass
class _People:
    """Judges the rows of a list of officials."""

    house: OrganisationService
    official: Official
    known: Mapping[OfficialId, Official]
    units: Sequence[Unit]

    def __post_init__(self) -> None:
        self.seen: dict[object, int] = {}
        self.by_name: dict[tuple[str, str], list[Official]] = {}
        for one in self.known.values():
            self.by_name.setdefault((one.area, one.name), []).append(one)

    def row(self, number: int, cells: dict[str, str]) -> Row:
        try:
            return self._judged(number, cells)
        except _Wrong as wrong:
            return Row(number, cells, Change.FAULTY, wrong.problem)

    def _judged(self, number: int, cells: dict[str, str]) -> Row:
        name = _name(cells)
        area = self.house.area_of(cells.get("area", ""), self.official)
        before = self._before(cells, area, name)
        roles = self._roles(cells.get("roles", ""), area, before)
        unit = self._unit(cells.get("unit", ""), area)
        if Role.UNIT_CONTACT in roles and unit is None:
            raise _Wrong(N_("A unit's contact needs the unit."))
        language = _language(cells.get("language", ""), before)
        key: object = before.id if before else (area, name)
        if (first := self.seen.setdefault(key, number)) != number:
            raise _Wrong(N_("The same person stands in row %(row)s already."), row=first)
        person = Official(
            id=before.id if before else OfficialId(_new(self.house)),
            name=name,
            language=language,
            roles=roles,
            area=area,
            unit_id=unit.id if unit else None,
        )
        if before is None:
            return Row(number, cells, Change.NEW, person=person)
        same = replace(person, roles=tuple(sorted(roles))) == replace(before, roles=tuple(sorted(before.roles)))
        was = _of_person(before, {one.id: one.name for one in self.units}, "zh_Hans_CN")
        return Row(number, cells, Change.SAME if same else Change.CHANGED, before=was, person=person)

    def _before(self, cells: dict[str, str], area: str, name: str) -> Official | None:
        if not cells.get("id"):
            named = self.by_name.get((area, name), [])
            if len(named) > 1:
                raise _Wrong(N_("Several people there have this name; say which by the number."))
            return named[0] if named else None
        found = self.known.get(OfficialId(_uuid(cells["id"])))
        if found is None or not found.area.startswith(self.official.area):
            raise _Wrong(N_("Nobody of your area has this number; leave it empty for somebody new."))
        return found

    def _roles(self, text: str, area: str, before: Official | None) -> tuple[Role, ...]:
        roles = []
        for word in _parts(text):
            role = _code(word, "role", tuple(one.value for one in Role))
            if role is None:
                raise _Wrong(N_("“%(word)s” is no role."), word=word[:30])
            roles.append(Role(role))
        if not roles:
            raise _Wrong(N_("The role is missing."))
        for one in roles:
            if one in ROLE_DIGITS and len(area) not in ROLE_DIGITS[one]:
                raise _Wrong(
                    N_("“%(role)s” belongs to another level of area."), role=_said(f"role.{one}", "zh_Hans_CN")
                )
        had = set(before.roles) if before else set()
        if Role.ADMINISTRATOR in set(roles) - had and Role.ADMINISTRATOR not in self.official.roles:
            raise _Wrong(N_("Only administrators name administrators."))
        may_name = self.official.may(Role.COUNTY, Role.CITY, Role.PROVINCE)
        if (set(roles) - had) & FAR_REACHING and not may_name:
            raise _Wrong(N_("Whoever confirms or publishes lists is named by the county or above."))
        return tuple(dict.fromkeys(roles))

    def _unit(self, text: str, area: str) -> Unit | None:
        if not text:
            return None
        fitting = [
            one for one in self.units if text in one.names and (area.startswith(one.area) or one.area.startswith(area))
        ]
        if not fitting:
            raise _Wrong(N_("There is no unit “%(name)s” in %(area)s; import units first."), name=text[:40], area=area)
        if len({one.id for one in fitting}) > 1:
            raise _Wrong(N_("Several units are called “%(name)s”."), name=text[:40])
        return fitting[0]


def _of_unit(unit: Unit, members: Iterable[str], language: str) -> dict[str, str]:
    return {
        "id": str(unit.id),
        "name": unit.name,
        "area": unit.area,
        "kind": _said(f"unit_sort.{unit.kind}", language),
        "aliases": "、".join(unit.aliases),
        "members": "、".join(members),
    }


def _of_person(person: Official, units: Mapping[UUID, str], language: str) -> dict[str, str]:
    return {
        "id": str(person.id),
        "name": person.name,
        "roles": "、".join(_said(f"role.{role}", language) for role in person.roles),
        "area": person.area,
        "unit": units.get(person.unit_id, "") if person.unit_id else "",
        "language": person.language,
    }


def _said(code: str, language: str) -> str:
    said = translations(language).gettext(f"code:{code}")
    return code.rsplit(".", 1)[-1] if said.startswith("code:") else said


def _code(word: str, group: str, codes: Sequence[str]) -> str | None:
    """The code somebody means by its word in any of our languages, or by the code itself."""
    plain = word.strip().casefold()
    for code in codes:
        if plain in {code, *(_said(f"{group}.{code}", language).casefold() for language in LANGUAGES)}:
            return code
    return None


def _name(cells: Mapping[str, str]) -> str:
    name = cells.get("name", "")
    if not name or name == "?" or len(name) > LONGEST_NAME:
        raise _Wrong(N_("A name is needed, of %(most)s signs at most."), most=LONGEST_NAME)
    return name


def _language(text: str, before: Official | None) -> str:
    if not text:
        return before.language if before else LANGUAGES[0]
    if text not in LANGUAGES:
        raise _Wrong(N_("The language is one of %(known)s."), known=", ".join(LANGUAGES))
    return text


def _parts(text: str) -> list[str]:
    return [part for one in _SPLIT.split(text) if (part := one.strip())]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _Wrong(N_("This is no number of ours; leave it empty for something new.")) from None


def _part(code: str, area: str) -> str | None:
    """The division directly inside `area` that holds this code."""
    return next((code[:digits] for digits in AREA_DIGITS if len(area) < digits <= len(code)), None)


def _new(house: OrganisationService) -> UUID:
    make: Callable[[], UUID] = house.transactions.record.new_id
    return make()
