"""Risk lists as they came, and the register made of the confirmed ones: spells of places, and outbreaks.

All of it is public information of authorities, so nothing here is sealed or walled. The register is kept in two times:
when a place was a risk area (valid), and when we knew (recorded); a row replaced by better knowledge stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import ListState, OfficialId, RiskLevel, RiskListId
from gateway.domain.risk_areas import Key, RiskArea, RiskEntry, RiskList
from gateway.errors import Conflict, Fault, NotFound
from gateway.record import tables as t

_PLACES = UUID("4a1d4f7e-6a0c-5a39-9d0e-2f1f5b1c7a11")
_OUTBREAKS = UUID("b8f0d1a2-53c9-5d0e-8a44-7f9d2f6f3b52")
_NUMBERS_LOCK = 7_301_902_443
REGISTER_LOCK = 7_301_902_444


class RiskListNotFound(NotFound):
    """There is no such risk list."""


class RiskListChanged(Conflict):
    """Somebody else decided on this list just now; look again."""


def place_id_of(key: Key) -> UUID:
    """The same place keeps its id in every list and through every spell."""
    return uuid5(_PLACES, "\x1f".join(key))


def outbreak_id_of(area: str, name: str) -> UUID:
    return uuid5(_OUTBREAKS, f"{area}\x1f{name}")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list without its entries."""

    id: RiskListId
    number: int
    area: str
    source_name: str
    source_hash: str
    label: str | None
    state: ListState
    warnings: tuple[Fault, ...]
    imported_at: datetime
    imported_by: OfficialId | None = None
    confirmed_at: datetime | None = None
    confirmed_by: OfficialId | None = None
    valid_from: datetime | None = None
    compared_with: RiskListId | None = None
    published_at: datetime | None = None
    published_by: OfficialId | None = None
    rejected_at: datetime | None = None
    rejected_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class SpellRow:
    """One place at one level without a break, as known since `recorded_at`."""

    id: UUID
    place_id: UUID
    place: RiskArea
    level: RiskLevel
    valid_from: datetime
    valid_to: datetime | None
    recorded_at: datetime
    opened_by_list: RiskListId
    replaced_at: datetime | None = None
    closed_by_list: RiskListId | None = None


@dataclass(frozen=True, slots=True)
class Outbreak:
    """First and last case of an area, as an official set them."""

    id: UUID
    outbreak_id: UUID
    area: str
    name: str
    first_case_on: date
    last_case_on: date
    source: str
    recorded_at: datetime
    recorded_by: OfficialId | None = None
    replaced_at: datetime | None = None
    first_onset_on: date | None = None
    first_report_on: date | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What an entry never was from a day to a day, both of them in it (None: ever before, ever after); with `set_to`,
    what it was instead. Published, the public page follows it as well."""

    id: UUID
    place_id: UUID
    place: RiskArea
    reason: str
    corrected_at: datetime
    corrected_by: OfficialId | None = None
    from_on: date | None = None
    to_on: date | None = None
    set_to: RiskLevel | None = None
    published_at: datetime | None = None
    published_by: OfficialId | None = None


_STATE = (
    "state",
    "confirmed_at",
    "confirmed_by",
    "valid_from",
    "compared_with",
    "published_at",
    "published_by",
    "rejected_at",
    "rejected_by",
)


class RiskLists:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    # lists

    async def next_number(self) -> int:
        """Numbers follow each other without a gap that a withdrawn import could leave; one import at a time."""
        await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NUMBERS_LOCK})
        highest = (await self._connection.execute(select(func.max(t.risk_lists.c.number)))).scalar_one_or_none()
        return (highest or 0) + 1

    async def add(self, row: ListRow, entries: Sequence[tuple[UUID, RiskArea]]) -> None:
        await self._connection.execute(
            insert(t.risk_lists).values(
                id=row.id,
                number=row.number,
                area=row.area,
                source_name=row.source_name,
                source_hash=row.source_hash,
                label=row.label,
                warnings=[{"where": fault.where, "message": fault.message} for fault in row.warnings],
                imported_at=row.imported_at,
                imported_by=row.imported_by,
                **{name: getattr(row, name) for name in _STATE},
            )
        )
        if not entries:
            return
        await self._connection.execute(
            insert(t.risk_entries),
            [
                {"id": id_, "risk_list_id": row.id, "position": position, **_place(place), "level": place.entry.level}
                for position, (id_, place) in enumerate(entries)
            ],
        )

    async def get(self, list_id: RiskListId, *, lock: bool = False) -> ListRow:
        query = select(t.risk_lists).where(t.risk_lists.c.id == list_id)
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise RiskListNotFound
        return _list(row)

    async def save(self, row: ListRow, before: ListRow) -> None:
        """Write the new state if nobody changed it since `before` was read. Raises RiskListChanged."""
        written = await self._connection.execute(
            update(t.risk_lists)
            .where(t.risk_lists.c.id == row.id, t.risk_lists.c.state == before.state)
            .values(**{name: getattr(row, name) for name in _STATE})
        )
        if not written.rowcount:
            raise RiskListChanged

    async def listed(self, *, limit: int = 50) -> list[ListRow]:
        query = select(t.risk_lists).order_by(t.risk_lists.c.number.desc()).limit(limit)
        return [_list(row) for row in (await self._connection.execute(query)).mappings()]

    async def with_hash(self, source_hash: str) -> list[ListRow]:
        """Every list made from these very bytes, the newest first."""
        query = (
            select(t.risk_lists).where(t.risk_lists.c.source_hash == source_hash).order_by(t.risk_lists.c.number.desc())
        )
        return [_list(row) for row in (await self._connection.execute(query)).mappings()]

    async def last_confirmed(self, *, lock: bool = False) -> ListRow | None:
        """The list in force. With `lock` no other list can be confirmed until this transaction ends."""
        if lock:
            await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _NUMBERS_LOCK})
        return await self._newest(t.risk_lists.c.confirmed_at)

    async def last_published(self, *, before: RiskListId | None = None) -> ListRow | None:
        """What the public sees; with `before`, what it saw until that list was published."""
        beyond: ColumnElement[bool] | None = None
        if before is not None:
            its = select(t.risk_lists.c.published_at).where(t.risk_lists.c.id == before).scalar_subquery()
            beyond = or_(its.is_(None), t.risk_lists.c.published_at < its)
        return await self._newest(t.risk_lists.c.published_at, beyond)

    async def _newest(self, at: Any, condition: ColumnElement[bool] | None = None) -> ListRow | None:
        query = select(t.risk_lists).where(at.is_not(None)).order_by(at.desc(), t.risk_lists.c.number.desc()).limit(1)
        if condition is not None:
            query = query.where(condition)
        row = (await self._connection.execute(query)).mappings().first()
        return _list(row) if row else None

    async def speaks_from(self, *, known_at: datetime | None = None) -> datetime | None:
        """Since when confirmed lists say anything, as it was known then; None before the first."""
        query = select(func.min(t.risk_lists.c.valid_from)).where(t.risk_lists.c.confirmed_at.is_not(None))
        if known_at is not None:
            query = query.where(t.risk_lists.c.confirmed_at <= known_at)
        first: datetime | None = (await self._connection.execute(query)).scalar_one()
        return first

    async def content(self, list_id: RiskListId | None) -> RiskList:
        """The entries of a list; of none, the empty list."""
        return RiskList(tuple(place.entry for place in await self.places(list_id)))

    async def places(self, list_id: RiskListId | None) -> list[RiskArea]:
        if list_id is None:
            return []
        query = (
            select(t.risk_entries)
            .where(t.risk_entries.c.risk_list_id == list_id)
            .order_by(t.risk_entries.c.position, t.risk_entries.c.id)
        )
        return [_risk_area(row) for row in (await self._connection.execute(query)).mappings()]

    async def counts(self, list_ids: Iterable[RiskListId]) -> dict[RiskListId, dict[RiskLevel, int]]:
        """How many places of each level a list holds."""
        e = t.risk_entries.c
        query = (
            select(e.risk_list_id, e.level, func.count())
            .where(e.risk_list_id.in_(list(list_ids)))
            .group_by(e.risk_list_id, e.level)
        )
        counted: dict[RiskListId, dict[RiskLevel, int]] = {}
        for list_id, level, count in await self._connection.execute(query):
            counted.setdefault(RiskListId(list_id), {})[RiskLevel(level)] = count
        return counted

    # the register

    async def read_register(self) -> None:
        """Until this transaction ends nobody moves the register: a journey being reported now meets either the old
        register and is found by the re-match, or the new one."""
        await self._connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": REGISTER_LOCK})

    async def hold_register(self) -> None:
        """Wait for reports on their way, and keep later ones waiting until this transaction ends."""
        await self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REGISTER_LOCK})

    async def open_spells(self, spells: Sequence[SpellRow]) -> None:
        if not spells:
            return
        await self._connection.execute(
            insert(t.risk_spells),
            [
                {
                    "id": spell.id,
                    "place_id": spell.place_id,
                    **_place(spell.place),
                    "level": spell.level,
                    "valid_from": spell.valid_from,
                    "valid_to": spell.valid_to,
                    "recorded_at": spell.recorded_at,
                    "opened_by_list": spell.opened_by_list,
                    "closed_by_list": spell.closed_by_list,
                }
                for spell in spells
            ],
        )

    async def replace_spells(self, ids: Iterable[UUID], at: datetime) -> None:
        """From `at` on we know better; what was known before stays on record."""
        await self._connection.execute(
            update(t.risk_spells).where(t.risk_spells.c.id.in_(list(ids))).values(replaced_at=at)
        )

    async def spells(
        self,
        *,
        place_ids: Iterable[UUID] | None = None,
        areas: ColumnElement[bool] | None = None,
        standing: bool = False,
        known_at: datetime | None = None,
    ) -> list[SpellRow]:
        """What is known now, or was known at an instant."""
        s = t.risk_spells.c
        known: ColumnElement[bool] = s.replaced_at.is_(None)
        if known_at is not None:
            known = and_(s.recorded_at <= known_at, or_(s.replaced_at.is_(None), s.replaced_at > known_at))
        query = select(t.risk_spells).where(known).order_by(s.valid_from, s.place_id)
        if place_ids is not None:
            query = query.where(s.place_id.in_(list(place_ids)))
        if areas is not None:
            query = query.where(areas)
        if standing:
            query = query.where(s.valid_to.is_(None))
        return [_spell(row) for row in (await self._connection.execute(query)).mappings()]

    async def spells_near(
        self, lowest: str, beyond: str, parents: Sequence[str], *, known_at: datetime | None = None
    ) -> list[SpellRow]:
        """Spells of places that can have to do with an area: those of its county, and those known only above it."""
        return await self.spells(areas=near(t.risk_spells.c.area, lowest, beyond, parents), known_at=known_at)

    async def last_spell(self, place_id: UUID) -> SpellRow | None:
        """The latest there ever was of a place, whether we know better by now or not."""
        s = t.risk_spells.c
        query = select(t.risk_spells).where(s.place_id == place_id).order_by(s.valid_from.desc()).limit(1)
        row = (await self._connection.execute(query)).mappings().first()
        return _spell(row) if row else None

    # corrections

    async def correct(self, correction: Correction) -> None:
        place = correction.place
        await self._connection.execute(
            insert(t.risk_corrections).values(
                id=correction.id,
                place_id=correction.place_id,
                **_place(place),
                level=place.entry.level,
                **{
                    name: getattr(correction, name)
                    for name in ("reason", "corrected_at", "corrected_by", "from_on", "to_on", "set_to")
                },
            )
        )

    async def corrections(self, *, published: bool = False) -> list[Correction]:
        c = t.risk_corrections.c
        query = select(t.risk_corrections).order_by(c.corrected_at.desc())
        if published:
            query = query.where(c.published_at.is_not(None))
        return [_correction(row) for row in (await self._connection.execute(query)).mappings()]

    async def find_correction(self, correction_id: UUID) -> Correction | None:
        query = select(t.risk_corrections).where(t.risk_corrections.c.id == correction_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _correction(row) if row else None

    async def publish_correction(self, correction_id: UUID, *, by: OfficialId, at: datetime) -> None:
        await self._connection.execute(
            update(t.risk_corrections)
            .where(t.risk_corrections.c.id == correction_id)
            .values(published_at=at, published_by=by)
        )

    # outbreaks

    async def outbreaks(
        self, *, within: ColumnElement[bool] | None = None, known_at: datetime | None = None
    ) -> list[Outbreak]:
        """What is known now, or was known at an instant."""
        o = t.outbreaks.c
        known: ColumnElement[bool] = o.replaced_at.is_(None)
        if known_at is not None:
            known = and_(o.recorded_at <= known_at, or_(o.replaced_at.is_(None), o.replaced_at > known_at))
        query = select(t.outbreaks).where(known).order_by(o.area, o.recorded_at)
        if within is not None:
            query = query.where(within)
        return [_outbreak(row) for row in (await self._connection.execute(query)).mappings()]

    async def find_outbreak(self, outbreak_id: UUID) -> Outbreak | None:
        """As known now; a second official who sets the same outbreak waits until this transaction ends."""
        query = (
            select(t.outbreaks)
            .where(t.outbreaks.c.outbreak_id == outbreak_id, t.outbreaks.c.replaced_at.is_(None))
            .with_for_update()
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _outbreak(row) if row else None

    async def set_outbreak(self, outbreak: Outbreak) -> None:
        await self._connection.execute(
            update(t.outbreaks)
            .where(t.outbreaks.c.outbreak_id == outbreak.outbreak_id, t.outbreaks.c.replaced_at.is_(None))
            .values(replaced_at=outbreak.recorded_at)
        )
        await self._connection.execute(
            insert(t.outbreaks).values(
                **{name: getattr(outbreak, name) for name in Outbreak.__dataclass_fields__ if name != "replaced_at"}
            )
        )


def near(column: Any, lowest: str, beyond: str, parents: Sequence[str]) -> ColumnElement[bool]:
    """`gateway.domain.risk_areas.Reach` as a condition on a column of area codes."""
    inside = and_(column >= lowest, column < beyond)
    return or_(inside, column.in_(list(parents))) if parents else inside


def _place(place: RiskArea) -> dict[str, Any]:
    entry = place.entry
    return {
        "province": entry.province,
        "city": entry.city,
        "county": entry.county,
        "place": entry.text,
        "named": place.named,
        "area": place.area,
        "found": place.found,
        "places": list(place.places),
    }


def _risk_area(row: Any) -> RiskArea:
    entry = RiskEntry(row["province"], row["city"], row["county"], row["place"], RiskLevel(row["level"]))
    return RiskArea(entry, row["named"], row["area"], row["found"], tuple(row["places"]))


def _list(row: Any) -> ListRow:
    values = {name: row[name] for name in ListRow.__dataclass_fields__}
    values["state"] = ListState(values["state"])
    values["warnings"] = tuple(Fault(one["where"], one["message"]) for one in values["warnings"])
    return ListRow(**values)


def _spell(row: Any) -> SpellRow:
    return SpellRow(
        id=row["id"],
        place_id=row["place_id"],
        place=_risk_area(row),
        level=RiskLevel(row["level"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        recorded_at=row["recorded_at"],
        opened_by_list=row["opened_by_list"],
        replaced_at=row["replaced_at"],
        closed_by_list=row["closed_by_list"],
    )


def _outbreak(row: Any) -> Outbreak:
    return Outbreak(**{name: row[name] for name in Outbreak.__dataclass_fields__})


def _correction(row: Any) -> Correction:
    return Correction(
        id=row["id"],
        place_id=row["place_id"],
        place=_risk_area(row),
        reason=row["reason"],
        corrected_at=row["corrected_at"],
        corrected_by=row["corrected_by"],
        from_on=row["from_on"],
        to_on=row["to_on"],
        set_to=RiskLevel(row["set_to"]) if row["set_to"] else None,
        published_at=row["published_at"],
        published_by=row["published_by"],
    )
