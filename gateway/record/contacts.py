"""Cases, their contacts and the places they visited. Names, places and the experts' evidence are sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause

from gateway.domain.contacts import Case, Contact, VisitedPlace
from gateway.domain.kinds import CaseId, ContactId, ItemKind, ItemState, ResidentId
from gateway.domain.people import normal_id_number, normal_phone
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in, of_residents_in
from gateway.record.vault import Vault


class CaseNotFound(NotFound):
    """There is no such case in your area."""


class ContactNotFound(NotFound):
    """There is no such contact in your area."""


class PlaceNotFound(NotFound):
    """There is no such visited place in your area."""


class Contacts:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self, table: FromClause) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if self._scope.area is not None:
            ways.append(area_in(table.c.area, self._scope.area))
        if self._scope.people and "resident_id" in table.c:
            ways.append(table.c.resident_id.in_(self._scope.people))
        return or_(*ways) if ways else ~true()

    # cases

    async def add_case(self, case: Case) -> None:
        await self._connection.execute(
            insert(t.cases).values(**{name: getattr(case, name) for name in Case.__dataclass_fields__})
        )

    async def case(self, case_id: CaseId) -> Case:
        query = select(t.cases).where(t.cases.c.id == case_id, self._mine(t.cases))
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise CaseNotFound
        return _case(row)

    async def cases(self, *, limit: int = 100) -> list[Case]:
        """Cases in scope, the newest first."""
        query = select(t.cases).where(self._mine(t.cases)).order_by(t.cases.c.opened_at.desc()).limit(limit)
        return [_case(row) for row in (await self._connection.execute(query)).mappings()]

    async def case_of(self, resident_id: ResidentId) -> Case | None:
        """The newest case of this person."""
        query = select(t.cases).where(t.cases.c.resident_id == resident_id, self._mine(t.cases))
        row = (await self._connection.execute(query.order_by(t.cases.c.opened_at.desc()))).mappings().first()
        return _case(row) if row else None

    async def look_at(self, case_id: CaseId, at: datetime | None) -> None:
        """When the clock next asks what of a case is not covered yet."""
        await self._connection.execute(
            update(t.cases).where(t.cases.c.id == case_id, self._mine(t.cases)).values(look_at=at)
        )

    async def due(self, now: datetime) -> list[CaseId]:
        query = select(t.cases.c.id).where(t.cases.c.look_at <= now).order_by(t.cases.c.look_at)
        return [CaseId(one) for one in (await self._connection.execute(query)).scalars()]

    async def waiting(self) -> list[tuple[CaseId, datetime]]:
        query = select(t.cases.c.id, t.cases.c.look_at).where(t.cases.c.look_at.is_not(None))
        return [(CaseId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # contacts

    async def add(self, contact: Contact, person: dict[str, str]) -> None:
        phone, number = person.get("phone"), person.get("id_number")
        await self._connection.execute(
            insert(t.contacts).values(
                **{name: getattr(contact, name) for name in Contact.__dataclass_fields__},
                person_sealed=self._vault.seal(None, "contacts", "person", contact.id, person),
                phone_index=self._vault.index("phone", normal_phone(phone) if phone else None),
                id_number_index=self._vault.index("id_number", normal_id_number(number) if number else None),
            )
        )

    async def save(self, contact: Contact, *, evidence: str | None = None) -> None:
        values: dict[str, Any] = {name: getattr(contact, name) for name in Contact.__dataclass_fields__ if name != "id"}
        if evidence is not None:
            values["evidence_sealed"] = self._vault.seal(None, "contacts", "evidence", contact.id, evidence)
        await self._connection.execute(
            update(t.contacts).where(t.contacts.c.id == contact.id, self._mine(t.contacts)).values(**values)
        )

    async def get(self, contact_id: ContactId, *, lock: bool = False) -> Contact:
        query = select(t.contacts).where(t.contacts.c.id == contact_id, self._mine(t.contacts))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ContactNotFound
        return _contact(row)

    async def of_case(self, case_id: CaseId) -> list[Contact]:
        return (await self.of_cases([case_id]))[case_id]

    async def of_cases(self, ids: Sequence[CaseId]) -> dict[CaseId, list[Contact]]:
        query = (
            select(t.contacts)
            .where(t.contacts.c.case_id.in_(list(ids)), self._mine(t.contacts))
            .order_by(t.contacts.c.listed_at, t.contacts.c.id)
        )
        found: dict[CaseId, list[Contact]] = {one: [] for one in ids}
        for row in (await self._connection.execute(query)).mappings():
            found[CaseId(row["case_id"])].append(_contact(row))
        return found

    async def cases_naming(self, resident_id: ResidentId) -> list[CaseId]:
        """The cases this person is a contact of."""
        query = select(t.contacts.c.case_id).where(t.contacts.c.resident_id == resident_id).distinct()
        return [CaseId(one) for one in (await self._connection.execute(query)).scalars()]

    async def known(
        self, case_id: CaseId, *, phone: str | None, id_number: str | None, name: str | None = None
    ) -> Contact | None:
        """The contact of this case who has that ID number, or that phone and neither another number nor name."""
        ways: list[ColumnElement[bool]] = []
        own = self._vault.index("id_number", normal_id_number(id_number)) if id_number else None
        if own is not None:
            ways.append(t.contacts.c.id_number_index == own)
        if phone:
            same = t.contacts.c.phone_index == self._vault.index("phone", normal_phone(phone))
            ways.append(same if own is None else and_(same, t.contacts.c.id_number_index.is_(None)))
        if not ways:
            return None
        query = select(t.contacts).where(t.contacts.c.case_id == case_id, or_(*ways), self._mine(t.contacts))
        for row in (await self._connection.execute(query)).mappings():
            listed = (self._vault.open(None, "contacts", "person", row["id"], row["person_sealed"]) or {}).get("name")
            by_id = own is not None and row["id_number_index"] == own
            if by_id or not name or not listed or listed.strip() == name.strip():
                return _contact(row)
        return None

    async def people(self, ids: Sequence[ContactId]) -> dict[ContactId, dict[str, str]]:
        """Who each contact is, as the list named them."""
        query = select(t.contacts.c.id, t.contacts.c.person_sealed).where(
            t.contacts.c.id.in_(ids), self._mine(t.contacts)
        )
        return {
            ContactId(row[0]): self._vault.open(None, "contacts", "person", row[0], row[1]) or {}
            for row in await self._connection.execute(query)
        }

    async def evidence(self, contact_id: ContactId) -> str | None:
        query = select(t.contacts.c.evidence_sealed).where(t.contacts.c.id == contact_id, self._mine(t.contacts))
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: str | None = self._vault.open(None, "contacts", "evidence", contact_id, sealed)
        return opened

    # places

    async def add_place(self, place: VisitedPlace, text: str) -> None:
        await self._connection.execute(
            insert(t.visited_places).values(
                **{name: getattr(place, name) for name in VisitedPlace.__dataclass_fields__},
                place_sealed=self._vault.seal(None, "visited_places", "place", place.id, text),
            )
        )

    async def save_place(self, place: VisitedPlace) -> None:
        await self._connection.execute(
            update(t.visited_places)
            .where(t.visited_places.c.id == place.id, self._mine(t.visited_places))
            .values(disinfected_at=place.disinfected_at, sampled_at=place.sampled_at)
        )

    async def place(self, place_id: UUID) -> VisitedPlace:
        query = select(t.visited_places).where(t.visited_places.c.id == place_id, self._mine(t.visited_places))
        row = (await self._connection.execute(query.with_for_update())).mappings().first()
        if row is None:
            raise PlaceNotFound
        return _place(row)

    async def places_of(self, case_id: CaseId) -> list[VisitedPlace]:
        return (await self.places_of_cases([case_id]))[case_id]

    async def places_of_cases(self, ids: Sequence[CaseId]) -> dict[CaseId, list[VisitedPlace]]:
        query = (
            select(t.visited_places)
            .where(t.visited_places.c.case_id.in_(list(ids)), self._mine(t.visited_places))
            .order_by(t.visited_places.c.visited_on, t.visited_places.c.id)
        )
        found: dict[CaseId, list[VisitedPlace]] = {one: [] for one in ids}
        for row in (await self._connection.execute(query)).mappings():
            found[CaseId(row["case_id"])].append(_place(row))
        return found

    async def place_texts(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        query = select(t.visited_places.c.id, t.visited_places.c.place_sealed).where(
            t.visited_places.c.id.in_(ids), self._mine(t.visited_places)
        )
        return {
            row[0]: self._vault.open(None, "visited_places", "place", row[0], row[1]) or ""
            for row in await self._connection.execute(query)
        }

    async def untested(self, *, limit: int = 500) -> list[Contact]:
        """Contacts in scope nobody has tested yet."""
        query = (
            select(t.contacts)
            .where(t.contacts.c.tested_at.is_(None), self._mine(t.contacts))
            .order_by(t.contacts.c.listed_at, t.contacts.c.id)
            .limit(limit)
        )
        return [_contact(row) for row in (await self._connection.execute(query)).mappings()]

    async def awaiting_tests(self, profiles: Sequence[str]) -> list[tuple[ResidentId, str, datetime]]:
        """Residents in scope under these profiles whose next test is open, and since when."""
        f, i = t.follow_ups.c, t.plan_items.c
        query = (
            select(f.resident_id, f.profile, func.min(i.opens_at))
            .join(t.plan_items, i.follow_up_id == f.id)
            .where(
                f.profile.in_(profiles),
                i.kind == ItemKind.TEST,
                i.state == ItemState.PENDING,
                i.waits.is_(False),
                of_residents_in(self._scope, t.follow_ups),
            )
            .group_by(f.resident_id, f.profile)
        )
        return [(ResidentId(row[0]), row[1], row[2]) for row in await self._connection.execute(query)]

    async def counts(self, area: str) -> dict[str, int]:
        """Contacts of an area: how many, and how many of them are traced, isolated and tested."""
        c = t.contacts.c
        query = select(
            func.count(),
            func.count().filter(c.traced_at.is_not(None)),
            func.count().filter(c.isolated_at.is_not(None)),
            func.count().filter(c.tested_at.is_not(None)),
        ).where(area_in(c.area, area), self._mine(t.contacts))
        total, traced, isolated, tested = (await self._connection.execute(query)).one()
        return {
            "contacts": total,
            "contacts_traced": traced,
            "contacts_isolated": isolated,
            "contacts_tested": tested,
        }


def _case(row: RowMapping) -> Case:
    return Case(**{name: row[name] for name in Case.__dataclass_fields__})


def _contact(row: RowMapping) -> Contact:
    return Contact(**{name: row[name] for name in Contact.__dataclass_fields__})


def _place(row: RowMapping) -> VisitedPlace:
    return VisitedPlace(**{name: row[name] for name in VisitedPlace.__dataclass_fields__})
