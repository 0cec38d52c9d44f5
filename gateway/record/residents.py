"""Residents and their families."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ResidentId
from gateway.domain.people import Address, FamilyLink, Identity, Resident, normal_id_number, normal_phone
from gateway.domain.scopes import Scope
from gateway.errors import Conflict, NotFound
from gateway.record import tables as t
from gateway.record.scoping import among, area_in, residents_in
from gateway.record.vault import DataKey, Vault

_SEALED = ("name", "phone", "id_number", "address", "employer")
_OPEN = [column for column in t.residents.c if column.name in Resident.__dataclass_fields__]
_KEY = (t.residents.c.data_key, t.residents.c.data_key_id)


class ResidentNotFound(NotFound):
    """There is no such resident in your area."""


class ResidentErased(Conflict):
    """This resident's data were erased."""


def resident_of(row: RowMapping) -> Resident:
    return Resident(**{name: row[name] for name in Resident.__dataclass_fields__})


class Residents:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault
        self._keys: dict[UUID, DataKey | None] = {}

    async def add(self, resident: Resident) -> None:
        key = self._vault.new_data_key()
        self._keys[resident.id] = key
        await self._connection.execute(
            insert(t.residents).values(
                **{name: getattr(resident, name) for name in Resident.__dataclass_fields__},
                data_key=key.wrapped,
                data_key_id=key.key_id,
            )
        )

    async def add_all(self, people: Sequence[tuple[Resident, Identity]]) -> None:
        """Many new residents with what identifies them, in one statement."""
        rows = []
        for resident, identity in people:
            key = self._vault.new_data_key()
            self._keys[resident.id] = key
            rows.append(
                {name: getattr(resident, name) for name in Resident.__dataclass_fields__}
                | {"data_key": key.wrapped, "data_key_id": key.key_id}
                | self._sealed(key, resident.id, identity)
            )
        await self._connection.execute(insert(t.residents), rows)

    async def get(self, resident_id: ResidentId) -> Resident:
        resident = await self.find(resident_id)
        if resident is None:
            raise ResidentNotFound
        return resident

    async def find(self, resident_id: ResidentId) -> Resident | None:
        query = select(*_OPEN, *_KEY).where(t.residents.c.id == resident_id, residents_in(self._scope))
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            return None
        self._hold(row)
        return resident_of(row)

    async def save(self, resident: Resident) -> None:
        values = {name: getattr(resident, name) for name in Resident.__dataclass_fields__ if name != "id"}
        await self._connection.execute(
            update(t.residents).where(t.residents.c.id == resident.id, residents_in(self._scope)).values(**values)
        )

    async def key(self, resident_id: ResidentId | UUID) -> DataKey:
        """The person's data key. Raises ResidentErased when it was destroyed, ResidentNotFound beyond the scope."""
        if resident_id not in self._keys:
            query = select(t.residents.c.id, *_KEY).where(t.residents.c.id == resident_id, residents_in(self._scope))
            row = (await self._connection.execute(query)).mappings().first()
            if row is None:
                raise ResidentNotFound
            self._hold(row)
        key = self._keys[resident_id]
        if key is None:
            raise ResidentErased
        return key

    def _hold(self, row: RowMapping) -> DataKey | None:
        """Whoever is read in a transaction is mostly opened in it too: the key is not asked for again."""
        key = DataKey(row["data_key"], row["data_key_id"]) if row["data_key"] is not None else None
        self._keys[row["id"]] = key
        return key

    async def keys(self, ids: Sequence[ResidentId]) -> dict[ResidentId, DataKey]:
        """As `key`, of many at once; the erased are left out."""
        r = t.residents.c
        query = select(r.id, r.data_key, r.data_key_id).where(
            r.id.in_(list(ids)), r.data_key.is_not(None), residents_in(self._scope)
        )
        return {ResidentId(row[0]): DataKey(row[1], row[2]) for row in await self._connection.execute(query)}

    async def identity(self, resident_id: ResidentId) -> Identity:
        """Opened from its seals. An erased person has an empty identity."""
        return (await self.identities([resident_id])).get(resident_id, Identity())

    async def identities(self, ids: Sequence[UUID]) -> dict[UUID, Identity]:
        columns = [t.residents.c[f"{name}_sealed"] for name in _SEALED]
        query = select(t.residents.c.id, *_KEY, t.residents.c.birth_year, *columns).where(
            among(t.residents.c.id, ids), residents_in(self._scope)
        )
        found: dict[UUID, Identity] = {}
        for row in (await self._connection.execute(query)).mappings():
            key = self._hold(row)
            if key is None:
                found[row["id"]] = Identity()
                continue
            values = {
                name: self._vault.open(key, "residents", name, row["id"], row[f"{name}_sealed"]) for name in _SEALED
            }
            found[row["id"]] = Identity(**values, birth_year=row["birth_year"])
        return found

    async def names(self, ids: Collection[UUID]) -> dict[UUID, str | None]:
        """The names alone, of many at once; of an erased person None."""
        r = t.residents.c
        query = select(r.id, *_KEY, r.name_sealed).where(r.id.in_(ids), residents_in(self._scope))
        found: dict[UUID, str | None] = {}
        for row in (await self._connection.execute(query)).mappings() if ids else ():
            key = self._hold(row)
            found[row["id"]] = (
                self._vault.open(key, "residents", "name", row["id"], row["name_sealed"]) if key else None
            )
        return found

    async def identify(self, resident_id: ResidentId, identity: Identity) -> None:
        """Keep what identifies a person: sealed, and findable by phone and ID number through the blind index."""
        values = self._sealed(await self.key(resident_id), resident_id, identity)
        await self._connection.execute(
            update(t.residents).where(t.residents.c.id == resident_id, residents_in(self._scope)).values(**values)
        )

    def _sealed(self, key: DataKey, resident_id: ResidentId, identity: Identity) -> dict[str, Any]:
        values: dict[str, Any] = {
            f"{name}_sealed": self._vault.seal(key, "residents", name, resident_id, getattr(identity, name))
            for name in _SEALED
        }
        phone = normal_phone(identity.phone) if identity.phone else None
        number = normal_id_number(identity.id_number) if identity.id_number else None
        values["phone_index"] = self._vault.index("phone", phone)
        values["id_number_index"] = self._vault.index("id_number", number)
        values["birth_year"] = identity.birth_year
        return values

    async def matching(self, *, phone: str | None = None, id_number: str | None = None) -> list[Resident]:
        """Everybody in scope with that phone or ID number.

        Whoever shares the phone but is known by another ID number is somebody else, unless both numbers were found:
        then it is not clear who is meant, and both are named.
        """
        r = t.residents.c
        own = self._vault.index("id_number", normal_id_number(id_number)) if id_number else None
        ways: list[ColumnElement[bool]] = []
        if phone:
            ways.append(r.phone_index == self._vault.index("phone", normal_phone(phone)))
        if own is not None:
            ways.append(r.id_number_index == own)
        if not ways:
            return []
        query = select(*_OPEN, r.id_number_index).where(or_(*ways), residents_in(self._scope), r.erased_at.is_(None))
        rows = list((await self._connection.execute(query)).mappings())
        if own is not None and all(row["id_number_index"] != own for row in rows):
            rows = [row for row in rows if row["id_number_index"] is None]
        return [resident_of(row) for row in rows]

    async def meant(
        self, *, phone: str | None = None, id_number: str | None = None, name: str | None = None
    ) -> Resident | None:
        """The one person a row means; None when nobody fits, several do, or the name says somebody else."""
        found = await self.matching(phone=phone, id_number=id_number)
        if len(found) != 1:
            return None
        if name:
            known = (await self.identity(found[0].id)).name
            if known is not None and known.strip() != name.strip():
                return None
        return found[0]

    async def listed(self, *, area: str | None = None, limit: int = 50, after: UUID | None = None) -> list[Resident]:
        """Residents in scope, a page at a time, ordered by id."""
        query = select(*_OPEN).where(residents_in(self._scope)).order_by(t.residents.c.id).limit(limit)
        if area is not None:
            query = query.where(area_in(t.residents.c.managing_area, area))
        if after is not None:
            query = query.where(t.residents.c.id > after)
        return [resident_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def erase(self, resident_id: ResidentId, now: datetime) -> None:
        """Destroy the data key: whatever was sealed under it, in backups too, stays shut for ever."""
        nothing = {f"{name}_sealed": None for name in _SEALED}
        await self._connection.execute(
            update(t.residents)
            .where(t.residents.c.id == resident_id, residents_in(self._scope))
            .values(**nothing, data_key=None, phone_index=None, id_number_index=None, birth_year=None, erased_at=now)
        )
        named = select(t.leads.c.id).where(t.leads.c.resident_id == resident_id)
        await self._connection.execute(
            update(t.lead_rows).where(t.lead_rows.c.lead_id.in_(named)).values(cells_sealed=None)
        )
        for table in (t.leads, t.contacts):  # lists that name the person, sealed under the house's key
            await self._connection.execute(
                update(table)
                .where(table.c.resident_id == resident_id)
                .values(person_sealed=None, phone_index=None, id_number_index=None)
            )
        theirs = select(t.addresses.c.id).where(t.addresses.c.resident_id == resident_id)
        pushes = t.push_subscriptions
        await self._connection.execute(delete(pushes).where(pushes.c.address_id.in_(theirs)))
        for table in (t.attachments, t.visits):
            await self._connection.execute(delete(table).where(table.c.resident_id == resident_id))
        self._keys[resident_id] = None

    async def work_at(self, resident_id: ResidentId, unit_id: UUID) -> None:
        """The person works or learns there."""
        await self._connection.execute(
            upsert(t.unit_members).values(unit_id=unit_id, resident_id=resident_id).on_conflict_do_nothing()
        )

    # families

    async def link(self, link: FamilyLink) -> None:
        await self._connection.execute(
            upsert(t.family_members)
            .values(guardian_id=link.guardian_id, resident_id=link.resident_id, relation=link.relation)
            .on_conflict_do_nothing()
        )

    async def behind(self, address: Address) -> tuple[Resident | None, tuple[FamilyLink, ...]]:
        """Who an address belongs to, with those they speak for: asked at every step of every chat."""
        family = t.family_members.c
        query = (
            select(*_OPEN, *_KEY, family.resident_id.label("member_id"), family.relation)
            .outerjoin_from(t.residents, t.family_members, family.guardian_id == t.residents.c.id)
            .where(t.residents.c.id == address.resident_id, residents_in(self._scope))
        )
        rows = list((await self._connection.execute(query)).mappings()) if address.resident_id is not None else []
        if not rows:
            return None, ()
        resident = resident_of(rows[0])
        self._hold(rows[0])
        return resident, tuple(
            FamilyLink(resident.id, row["member_id"], row["relation"]) for row in rows if row["member_id"] is not None
        )

    async def guardians_of(self, ids: Sequence[ResidentId]) -> dict[ResidentId, list[ResidentId]]:
        """As `guardians`, of many at once; whoever has none is left out."""
        f = t.family_members.c
        query = select(f.resident_id, f.guardian_id).where(f.resident_id.in_(list(ids)))
        found: dict[ResidentId, list[ResidentId]] = {}
        for resident_id, guardian in await self._connection.execute(query):
            found.setdefault(ResidentId(resident_id), []).append(ResidentId(guardian))
        return found

    async def guardians(self, resident_id: ResidentId) -> tuple[ResidentId, ...]:
        query = select(t.family_members.c.guardian_id).where(t.family_members.c.resident_id == resident_id)
        return tuple((await self._connection.execute(query)).scalars())
