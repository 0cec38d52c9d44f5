"""Leads and the lists they came in. Who is meant is sealed under the house's key: most are no residents yet."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import Hukou, LeadId, LeadOutcome, LeadPush, LeadState, ResidentId
from gateway.domain.leads import Lead
from gateway.domain.people import normal_id_number, normal_phone
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import ladders
from gateway.record import tables as t
from gateway.record.scoping import area_in
from gateway.record.vault import Vault

GRID_DIGITS = 14


class LeadNotFound(NotFound):
    """There is no such lead in your area."""


class Leads:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self) -> ColumnElement[bool]:
        if self._scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = [t.leads.c.resident_id.in_(self._scope.people)]
        if self._scope.area is not None:
            ways.append(area_in(t.leads.c.area, self._scope.area))
        return or_(*ways)

    async def add(self, lead: Lead, person: dict[str, str]) -> None:
        await self.add_all([(lead, person)])

    async def add_all(self, leads: Sequence[tuple[Lead, dict[str, str]]]) -> None:
        """A list's leads, many at once."""
        if leads:
            await self._connection.execute(insert(t.leads), [self._new(lead, person) for lead, person in leads])

    def _new(self, lead: Lead, person: dict[str, str]) -> dict[str, Any]:
        phone, number = person.get("phone"), person.get("id_number")
        return {
            "id": lead.id,
            "list_id": lead.list_id,
            "push": lead.push,
            "rule": lead.rule,
            "pack_id": lead.pack_id,
            "pack_version": lead.pack_version,
            "pack_overlays": list(lead.pack_overlays),
            "sender": lead.sender,
            "hukou": lead.hukou,
            "person_sealed": self._vault.seal(None, "leads", "person", lead.id, person),
            "phone_index": self._vault.index("phone", normal_phone(phone) if phone else None),
            "id_number_index": self._vault.index("id_number", normal_id_number(number) if number else None),
            "rules": list(lead.rules),
            "received_at": lead.received_at,
            "pushed_at": lead.pushed_at,
            **_state(lead),
        }

    async def save(self, lead: Lead, *, note: str | None = None) -> None:
        values = _state(lead)
        if note is not None:
            values["note_sealed"] = self._vault.seal(None, "leads", "note", lead.id, note)
        await self._connection.execute(update(t.leads).where(t.leads.c.id == lead.id, self._mine()).values(**values))

    async def get(self, lead_id: LeadId, *, lock: bool = False) -> Lead:
        found = await self.find(lead_id, lock=lock)
        if found is None:
            raise LeadNotFound
        return found

    async def find(self, lead_id: LeadId, *, lock: bool = False) -> Lead | None:
        query = select(t.leads).where(t.leads.c.id == lead_id, self._mine())
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _lead(row) if row else None

    async def person(self, lead_id: LeadId) -> dict[str, str]:
        """Who is meant, as the list named them."""
        return (await self.people([lead_id])).get(lead_id, {})

    async def people(self, ids: Sequence[LeadId]) -> dict[LeadId, dict[str, str]]:
        query = select(t.leads.c.id, t.leads.c.person_sealed).where(t.leads.c.id.in_(list(ids)), self._mine())
        return {
            LeadId(row[0]): self._vault.open(None, "leads", "person", row[0], row[1]) or {}
            for row in await self._connection.execute(query)
        }

    async def note(self, lead_id: LeadId) -> str | None:
        query = select(t.leads.c.note_sealed).where(t.leads.c.id == lead_id, self._mine())
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened: str | None = self._vault.open(None, "leads", "note", lead_id, sealed)
        return opened

    async def open_of(self, *, phone: str | None, id_number: str | None, name: str | None = None) -> Lead | None:
        """The open lead that already names this person, by ID number before phone.

        A family shares a phone: two ID numbers or two names are two people, whatever number reaches them.
        """
        ways: list[ColumnElement[bool]] = []
        own = self._vault.index("id_number", normal_id_number(id_number)) if id_number else None
        if own is not None:
            ways.append(t.leads.c.id_number_index == own)
        if phone:
            same = t.leads.c.phone_index == self._vault.index("phone", normal_phone(phone))
            ways.append(same if own is None else and_(same, t.leads.c.id_number_index.is_(None)))
        for number, way in enumerate(ways):
            query = select(t.leads).where(way, t.leads.c.state == LeadState.OPEN, self._mine())
            for row in (await self._connection.execute(query.order_by(t.leads.c.received_at))).mappings():
                known = (self._vault.open(None, "leads", "person", row["id"], row["person_sealed"]) or {}).get("name")
                by_id = own is not None and number == 0
                if by_id or not name or not known or known.strip() == name.strip():
                    return _lead(row)
        return None

    async def listed(self, *, states: Sequence[LeadState] = (LeadState.OPEN,), limit: int = 200) -> list[Lead]:
        """Leads in scope, what is due first first."""
        query = (
            select(t.leads)
            .where(t.leads.c.state.in_([state.value for state in states]), self._mine())
            .order_by(t.leads.c.due_at.nulls_last(), t.leads.c.received_at, t.leads.c.id)
            .limit(limit)
        )
        return [_lead(row) for row in (await self._connection.execute(query)).mappings()]

    async def of_list(self, list_id: UUID, *, lock: bool = False) -> list[Lead]:
        """Those that came with this list and lie in scope."""
        query = select(t.leads).where(t.leads.c.list_id == list_id, self._mine()).order_by(t.leads.c.id)
        if lock:
            query = query.with_for_update()
        return [_lead(row) for row in (await self._connection.execute(query)).mappings()]

    async def by_ids(self, ids: Sequence[LeadId]) -> dict[LeadId, Lead]:
        query = select(t.leads).where(t.leads.c.id.in_(list(ids)), self._mine())
        return {row["id"]: _lead(row) for row in (await self._connection.execute(query)).mappings()}

    async def notes(self, ids: Sequence[LeadId]) -> dict[LeadId, str]:
        """What was written to each, where something was."""
        query = select(t.leads.c.id, t.leads.c.note_sealed).where(
            t.leads.c.id.in_(list(ids)), t.leads.c.note_sealed.is_not(None), self._mine()
        )
        rows = (await self._connection.execute(query)).all()
        return {row[0]: self._vault.open(None, "leads", "note", row[0], row[1]) for row in rows}

    async def forget_people(self, ids: Sequence[LeadId]) -> None:
        """Who was meant is not kept."""
        await self._connection.execute(
            update(t.leads)
            .where(t.leads.c.id.in_(list(ids)), self._mine())
            .values(person_sealed=None, phone_index=None, id_number_index=None)
        )

    async def above_grids(self, *, lock: bool = False) -> list[Lead]:
        """Open leads nobody has worked on whose place is no grid yet, the next due first."""
        l = t.leads.c  # noqa: E741
        query = select(t.leads).where(
            l.state == LeadState.OPEN, l.outcome.is_(None), func.length(l.area) < GRID_DIGITS, self._mine()
        )
        query = query.order_by(l.due_at.nulls_last(), l.received_at, l.id)
        if lock:
            query = query.with_for_update()
        return [_lead(row) for row in (await self._connection.execute(query)).mappings()]

    async def loads(self) -> dict[str, int]:
        """How many are open in each grid in scope that has any."""
        l = t.leads.c  # noqa: E741
        query = (
            select(l.area, func.count())
            .where(l.state == LeadState.OPEN, func.length(l.area) == GRID_DIGITS, self._mine())
            .group_by(l.area)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def due(self, now: datetime, *, limit: int = 500) -> list[LeadId]:
        l = t.leads.c  # noqa: E741
        query = select(l.id).where(l.state == LeadState.OPEN, l.watched_at.is_(None), l.watch_at <= now)
        found = await self._connection.execute(query.order_by(l.watch_at).limit(limit))
        return [LeadId(one) for one in found.scalars()]

    async def waiting(self) -> list[tuple[LeadId, datetime]]:
        l = t.leads.c  # noqa: E741
        query = select(l.id, l.watch_at).where(
            l.state == LeadState.OPEN, l.watched_at.is_(None), l.watch_at.is_not(None)
        )
        return [(LeadId(row[0]), row[1]) for row in await self._connection.execute(query)]

    async def counts(self, area: str, now: datetime) -> dict[str, int]:
        """Leads of an area: open, overdue, closed, and of those closed late."""
        l = t.leads.c  # noqa: E741
        query = select(
            func.count().filter(l.state == LeadState.OPEN),
            func.count().filter(l.state == LeadState.OPEN, l.due_at <= now),
            func.count().filter(l.state == LeadState.CLOSED),
            func.count().filter(l.state == LeadState.CLOSED, l.closed_at > l.due_at),
        ).where(area_in(l.area, area), self._mine())
        open_, overdue, closed, late = (await self._connection.execute(query)).one()
        return {"leads_open": open_, "leads_overdue": overdue, "leads_closed": closed, "leads_closed_late": late}


def _state(lead: Lead) -> dict[str, Any]:
    return {
        "area": lead.area,
        "resident_id": lead.resident_id,
        "ladder": {"code": lead.ladder_code, "steps": ladders.written(lead.ladder)},
        "due_at": lead.due_at,
        "watch_at": lead.watch_at,
        "watched_at": lead.watched_at,
        "state": lead.state,
        "steps": {step: at.isoformat() for step, at in lead.steps.items()},
        "outcome": lead.outcome,
        "outcome_at": lead.outcome_at,
        "outcome_by": lead.outcome_by,
        "feedback_at": lead.feedback_at,
        "closed_at": lead.closed_at,
        "named_again": lead.named_again,
    }


def _lead(row: RowMapping) -> Lead:
    return Lead(
        id=row["id"],
        list_id=row["list_id"],
        area=row["area"],
        push=LeadPush(row["push"]),
        rule=row["rule"],
        pack_id=row["pack_id"],
        pack_version=row["pack_version"],
        pack_overlays=tuple(row["pack_overlays"]),
        rules=tuple(row["rules"]),
        ladder_code=row["ladder"]["code"],
        ladder=ladders.read(row["ladder"]["steps"]),
        received_at=row["received_at"],
        pushed_at=row["pushed_at"],
        due_at=row["due_at"],
        sender=row["sender"],
        hukou=Hukou(row["hukou"]) if row["hukou"] else None,
        resident_id=ResidentId(row["resident_id"]) if row["resident_id"] else None,
        state=LeadState(row["state"]),
        steps=MappingProxyType({step: datetime.fromisoformat(at) for step, at in row["steps"].items()}),
        watch_at=row["watch_at"],
        watched_at=row["watched_at"],
        outcome=LeadOutcome(row["outcome"]) if row["outcome"] else None,
        outcome_at=row["outcome_at"],
        outcome_by=row["outcome_by"],
        feedback_at=row["feedback_at"],
        closed_at=row["closed_at"],
        named_again=row["named_again"],
    )
