"""Who owes what, what they reported, when a round strikes next, and what units wrote into their registers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, false, func, insert, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.kinds import OfficialId, ResidentId, UnitId
from gateway.domain.people import Resident
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record import tables as t
from gateway.record.residents import resident_of
from gateway.record.scoping import area_in, of_residents_in, residents_in
from gateway.record.vault import DataKey, Vault


class BearerNotFound(NotFound):
    """Nobody of yours owes this."""


class EntryNotFound(NotFound):
    """There is no such entry in your registers."""


@dataclass(frozen=True, slots=True)
class KeptBearer:
    """A unit or a person of a kind. `name` is the unit's; a person's is sealed elsewhere."""

    id: UUID
    area: str
    kind: str
    since: date
    unit_id: UnitId | None = None
    resident_id: ResidentId | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class KeptReport:
    id: UUID
    duty: str
    bearer_id: UUID
    area: str
    day: date
    slot: str
    zero: bool
    events: int
    late: bool
    reported_at: datetime
    rules: tuple[str, ...] = ()
    unit_id: UnitId | None = None
    resident_id: ResidentId | None = None
    reported_by: OfficialId | None = None
    corrects_id: UUID | None = None
    replaced_at: datetime | None = None
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Round:
    id: UUID
    duty: str
    area: str
    struck_at: datetime
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`told`: the cause is known. `stream`: the monitoring stream it counts into."""

    id: UUID
    register: str
    area: str
    day: date
    recorded_at: datetime
    unit_id: UnitId | None = None
    unit_kind: str | None = None
    stream: str | None = None
    count: int = 1
    tested: bool = False
    told: bool = True
    rules: tuple[str, ...] = ()
    recorded_by: OfficialId | None = None
    resolved_at: datetime | None = None
    person: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


_BEARER = [column for column in t.duty_bearers.c if column.name in KeptBearer.__dataclass_fields__]
_REPORT = [column for column in t.duty_reports.c if column.name in KeptReport.__dataclass_fields__]


class Duties:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    # who owes

    async def enrol(self, bearer: KeptBearer, now: datetime) -> KeptBearer:
        """Keep who owes it; whoever is on the list already stays as they were, and comes back if they had left."""
        of_unit = bearer.unit_id is not None
        await self._connection.execute(
            upsert(t.duty_bearers)
            .values(
                id=bearer.id,
                area=bearer.area,
                kind=bearer.kind,
                since=bearer.since,
                unit_id=bearer.unit_id,
                resident_id=bearer.resident_id,
                recorded_at=now,
            )
            .on_conflict_do_update(
                index_elements=["unit_id" if of_unit else "resident_id", "kind"],
                index_where=t.duty_bearers.c.unit_id.is_not(None)
                if of_unit
                else t.duty_bearers.c.resident_id.is_not(None),
                set_={"until": None},
            )
        )
        b = t.duty_bearers.c
        mine = b.unit_id == bearer.unit_id if of_unit else b.resident_id == bearer.resident_id
        return (await self._bearers(and_(mine, b.kind == bearer.kind)))[0]

    async def lock(self, bearer_id: UUID) -> None:
        """Reports of one bearer come one after the other."""
        await self._connection.execute(
            select(t.duty_bearers.c.id).where(t.duty_bearers.c.id == bearer_id).with_for_update()
        )

    async def leave(self, bearer_id: UUID, until: date) -> None:
        await self._connection.execute(
            update(t.duty_bearers)
            .where(t.duty_bearers.c.id == bearer_id, self._seen(t.duty_bearers))
            .values(until=until)
        )

    async def bearers(
        self,
        kinds: Collection[str],
        *,
        area: str = "",
        on: date | None = None,
        after: UUID | None = None,
        limit: int = 100_000,
    ) -> list[KeptBearer]:
        """Who bears one of these kinds on that day, in the order of their ids, a page at a time."""
        b = t.duty_bearers.c
        wanted = [b.kind.in_(list(kinds)), area_in(b.area, area)]
        if on is not None:
            wanted += [b.since <= on, or_(b.until.is_(None), b.until >= on)]
        if after is not None:
            wanted.append(b.id > after)
        return await self._bearers(and_(*wanted), limit=limit)

    async def bearer_of(
        self, kinds: Collection[str], *, unit: UUID | None = None, resident: UUID | None = None
    ) -> KeptBearer | None:
        b = t.duty_bearers.c
        if unit is None and resident is None:
            return None
        mine = b.unit_id == unit if unit is not None else b.resident_id == resident
        found = await self._bearers(and_(mine, b.kind.in_(list(kinds)), b.until.is_(None)))
        return found[0] if found else None

    async def bearer(self, bearer_id: UUID) -> KeptBearer:
        found = await self._bearers(t.duty_bearers.c.id == bearer_id)
        if not found:
            raise BearerNotFound
        return found[0]

    async def kinds_of(self, *, unit: UUID | None = None, resident: UUID | None = None) -> set[str]:
        b = t.duty_bearers.c
        if unit is None and resident is None:
            return set()
        mine = b.unit_id == unit if unit is not None else b.resident_id == resident
        query = select(b.kind).where(mine, b.until.is_(None), self._seen(t.duty_bearers))
        return set((await self._connection.execute(query)).scalars())

    async def places_of(self, kinds: Collection[str], digits: int) -> list[str]:
        """The counties (or whatever so many digits name) where somebody bears one of these kinds."""
        b = t.duty_bearers.c
        area = func.left(b.area, digits)
        query = select(area).where(b.kind.in_(list(kinds)), b.until.is_(None), self._seen(t.duty_bearers)).distinct()
        return sorted((await self._connection.execute(query)).scalars())

    async def borne(self, area: str) -> dict[str, tuple[int, int]]:
        """By kind: how many units and how many people of the area bear it now."""
        b = t.duty_bearers.c
        query = (
            select(b.kind, func.count(b.unit_id), func.count(b.resident_id))
            .where(area_in(b.area, area), b.until.is_(None), self._seen(t.duty_bearers))
            .group_by(b.kind)
        )
        return {row[0]: (row[1], row[2]) for row in await self._connection.execute(query)}

    async def all_kinds(self, digits: int) -> list[tuple[str, str]]:
        """Every (kind, county) in which there is somebody to ask."""
        b = t.duty_bearers.c
        query = select(b.kind, func.left(b.area, digits)).where(b.until.is_(None)).distinct()
        return [(row[0], row[1]) for row in await self._connection.execute(query)]

    async def _bearers(self, wanted: ColumnElement[bool], *, limit: int = 100_000) -> list[KeptBearer]:
        query = (
            select(*_BEARER, t.units.c.name)
            .outerjoin(t.units, t.units.c.id == t.duty_bearers.c.unit_id)
            .where(wanted, self._seen(t.duty_bearers))
            .order_by(t.duty_bearers.c.id)
            .limit(limit)
        )
        return [
            KeptBearer(**{**{column.name: row[column.name] for column in _BEARER}, "name": row["name"] or ""})
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def people(self, bearers: Iterable[KeptBearer]) -> dict[UUID, Resident]:
        """The persons behind bearers, at once; whoever was erased or asked not to be pushed is left out."""
        wanted = [one.resident_id for one in bearers if one.resident_id is not None]
        if not wanted:
            return {}
        r = t.residents.c
        query = select(t.residents).where(
            r.id.in_(wanted), residents_in(self._scope), r.erased_at.is_(None), r.stopped.is_(False)
        )
        return {row["id"]: resident_of(row) for row in (await self._connection.execute(query)).mappings()}

    async def last_days(self, duty: str, bearers: Iterable[UUID]) -> dict[UUID, date]:
        """On which day each of them did it last."""
        r = t.duty_reports.c
        query = (
            select(r.bearer_id, func.max(r.day))
            .where(r.duty == duty, r.bearer_id.in_(list(bearers)), r.replaced_at.is_(None))
            .group_by(r.bearer_id)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def dates(self, duty: str, area: str) -> list[tuple[str, date]]:
        """The days named for this duty: those of areas around this one and inside it."""
        d = t.duty_dates.c
        query = select(d.area, d.on).where(d.duty == duty, or_(area_in(d.area, area), literal(area).startswith(d.area)))
        return [(row[0], row[1]) for row in await self._connection.execute(query)]

    async def name_date(self, id_: UUID, duty: str, area: str, on: date, by: OfficialId | None, now: datetime) -> None:
        await self._connection.execute(
            upsert(t.duty_dates)
            .values(id=id_, duty=duty, area=area, on=on, recorded_at=now, recorded_by=by)
            .on_conflict_do_nothing()
        )

    # reports

    async def live(self, duty: str, bearer_id: UUID, day: date, slot: str, *, lock: bool = False) -> KeptReport | None:
        r = t.duty_reports.c
        query = select(*_REPORT).where(
            r.duty == duty,
            r.bearer_id == bearer_id,
            r.day == day,
            r.slot == slot,
            r.replaced_at.is_(None),
            self._seen(t.duty_reports),
        )
        row = (await self._connection.execute(query.with_for_update() if lock else query)).mappings().first()
        return _report(row) if row else None

    async def last_before(self, duty: str, bearer_id: UUID, day: date) -> KeptReport | None:
        """What this bearer told last about an earlier day."""
        r = t.duty_reports.c
        query = (
            select(*_REPORT)
            .where(r.duty == duty, r.bearer_id == bearer_id, r.day < day, r.replaced_at.is_(None))
            .where(self._seen(t.duty_reports))
            .order_by(r.day.desc(), r.reported_at.desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _report(row) if row else None

    async def replace(self, report_id: UUID, now: datetime) -> None:
        await self._connection.execute(
            update(t.duty_reports)
            .where(t.duty_reports.c.id == report_id, t.duty_reports.c.replaced_at.is_(None))
            .values(replaced_at=now)
        )

    async def add(self, report: KeptReport, body: Mapping[str, Any], key: DataKey | None) -> None:
        values = {name: getattr(report, name) for name in KeptReport.__dataclass_fields__}
        await self._connection.execute(
            insert(t.duty_reports).values(
                **{**values, "rules": list(report.rules)},
                body_sealed=self._vault.seal(key, "duty_reports", "body", report.id, dict(body)),
            )
        )

    async def body(self, report: KeptReport, key: DataKey | None) -> dict[str, Any]:
        query = select(t.duty_reports.c.body_sealed).where(t.duty_reports.c.id == report.id, self._seen(t.duty_reports))
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened = self._vault.open(key, "duty_reports", "body", report.id, sealed)
        return dict(opened or {})

    async def bodies(self, reports: Sequence[KeptReport]) -> dict[UUID, dict[str, Any]]:
        """What units told, at once, by report; persons' own are sealed under their keys and not among them."""
        wanted = [one.id for one in reports if one.resident_id is None]
        if not wanted:
            return {}
        r = t.duty_reports.c
        query = select(r.id, r.body_sealed).where(r.id.in_(wanted), self._seen(t.duty_reports))
        return {
            row[0]: dict(self._vault.open(None, "duty_reports", "body", row[0], row[1]) or {})
            for row in await self._connection.execute(query)
        }

    async def told(self, duty: str, *, most: int) -> list[KeptReport]:
        """What was told of a duty and still stands, the oldest first."""
        r = t.duty_reports.c
        query = (
            select(*_REPORT)
            .where(r.duty == duty, r.replaced_at.is_(None), self._seen(t.duty_reports))
            .order_by(r.day, r.reported_at, r.id)
            .limit(most)
        )
        return [_report(row) for row in (await self._connection.execute(query)).mappings()]

    async def own_bodies(
        self, reports: Sequence[KeptReport], keys: Mapping[ResidentId, DataKey]
    ) -> dict[UUID, dict[str, Any]]:
        """What persons told, by report, opened with their keys; of whoever was erased there is none."""
        wanted = {
            one.id: keys[one.resident_id] for one in reports if one.resident_id is not None and one.resident_id in keys
        }
        if not wanted:
            return {}
        r = t.duty_reports.c
        query = select(r.id, r.body_sealed).where(r.id.in_(list(wanted)), self._seen(t.duty_reports))
        return {
            row[0]: dict(self._vault.open(wanted[row[0]], "duty_reports", "body", row[0], row[1]) or {})
            for row in await self._connection.execute(query)
        }

    async def versions(self, duty: str, bearer_id: UUID, day: date) -> list[KeptReport]:
        """Every version of a day's reports, the newest first."""
        r = t.duty_reports.c
        query = (
            select(*_REPORT)
            .where(r.duty == duty, r.bearer_id == bearer_id, r.day == day, self._seen(t.duty_reports))
            .order_by(r.replaced_at.desc().nulls_first(), r.reported_at.desc())
        )
        return [_report(row) for row in (await self._connection.execute(query)).mappings()]

    async def reported(self, duty: str, bearers: Iterable[UUID], day: date) -> list[KeptReport]:
        r = t.duty_reports.c
        query = select(*_REPORT).where(
            r.duty == duty,
            r.bearer_id.in_(list(bearers)),
            r.day == day,
            r.replaced_at.is_(None),
            self._seen(t.duty_reports),
        )
        return [_report(row) for row in (await self._connection.execute(query)).mappings()]

    async def newest(self, duty: str, bearers: Iterable[UUID]) -> dict[UUID, KeptReport]:
        """The last report of each of them, whichever day it is about."""
        r = t.duty_reports.c
        query = (
            select(*_REPORT)
            .ext(distinct_on(r.bearer_id))
            .where(r.duty == duty, r.bearer_id.in_(list(bearers)), r.replaced_at.is_(None), self._seen(t.duty_reports))
            .order_by(r.bearer_id, r.day.desc(), r.reported_at.desc())
        )
        return {row["bearer_id"]: _report(row) for row in (await self._connection.execute(query)).mappings()}

    # rounds

    async def open_round(self, round_: Round) -> bool:
        written = await self._connection.execute(
            upsert(t.duty_rounds)
            .values(
                id=round_.id,
                duty=round_.duty,
                area=round_.area,
                struck_at=round_.struck_at,
                next_at=round_.next_at,
            )
            .on_conflict_do_update(
                index_elements=["duty", "area"],
                set_={"next_at": round_.next_at, "struck_at": round_.struck_at},
                where=t.duty_rounds.c.next_at.is_(None),
            )
        )
        return bool(written.rowcount)

    async def round(self, duty: str, area: str) -> Round | None:
        query = select(t.duty_rounds).where(t.duty_rounds.c.duty == duty, t.duty_rounds.c.area == area)
        row = (await self._connection.execute(query)).mappings().first()
        return _round(row) if row else None

    async def find_round(self, round_id: UUID, *, lock: bool = False) -> Round | None:
        query = select(t.duty_rounds).where(t.duty_rounds.c.id == round_id)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).mappings().first()
        return _round(row) if row else None

    async def strike(self, round_: Round, *, struck_at: datetime, next_at: datetime | None) -> bool:
        """Compare and set: True for whoever moves it on."""
        written = await self._connection.execute(
            update(t.duty_rounds)
            .where(t.duty_rounds.c.id == round_.id, t.duty_rounds.c.struck_at == round_.struck_at)
            .values(struck_at=struck_at, next_at=next_at)
        )
        return bool(written.rowcount)

    async def due_rounds(self, now: datetime) -> list[UUID]:
        query = select(t.duty_rounds.c.id).where(t.duty_rounds.c.next_at <= now).order_by(t.duty_rounds.c.next_at)
        return list((await self._connection.execute(query)).scalars())

    async def waiting_rounds(self) -> list[tuple[UUID, datetime]]:
        query = select(t.duty_rounds.c.id, t.duty_rounds.c.next_at).where(t.duty_rounds.c.next_at.is_not(None))
        return [(row[0], row[1]) for row in await self._connection.execute(query)]

    async def set_rounds(self, duty: str, moments: Mapping[str, datetime | None], now: datetime) -> None:
        """New instants for standing rounds, by their area: what is asked for has other hours from now on."""
        for area, at in moments.items():
            await self._connection.execute(
                update(t.duty_rounds)
                .where(t.duty_rounds.c.duty == duty, t.duty_rounds.c.area == area)
                .values(next_at=at, struck_at=now)
            )

    async def may_nudge(self, duty: str, bearers: Sequence[UUID], now: datetime, *, pause: timedelta) -> set[UUID]:
        """Those of them who were not asked by hand within the pause; from here on they were."""
        if not bearers:
            return set()
        n = t.duty_nudges.c
        written = await self._connection.execute(
            upsert(t.duty_nudges)
            .values([{"bearer_id": one, "duty": duty, "nudged_at": now} for one in bearers])
            .on_conflict_do_update(
                index_elements=["bearer_id", "duty"], set_={"nudged_at": now}, where=n.nudged_at <= now - pause
            )
            .returning(n.bearer_id)
        )
        return set(written.scalars())

    async def rounds_of(self, duty: str) -> list[Round]:
        query = select(t.duty_rounds).where(t.duty_rounds.c.duty == duty)
        return [_round(row) for row in (await self._connection.execute(query)).mappings()]

    async def rounds(self) -> list[Round]:
        return [_round(row) for row in (await self._connection.execute(select(t.duty_rounds))).mappings()]

    # registers

    async def write_down(self, entry: Entry, person_key: str | None) -> None:
        values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name not in ("person", "body")}
        await self._connection.execute(
            insert(t.register_entries).values(
                **{**values, "rules": list(entry.rules)},
                person_index=self._vault.index("register", person_key),
                person_sealed=self._vault.seal(
                    None, "register_entries", "person", entry.id, dict(entry.person) or None
                ),
                body_sealed=self._vault.seal(None, "register_entries", "body", entry.id, dict(entry.body) or None),
            )
        )

    async def entry(self, entry_id: UUID, *, lock: bool = False) -> Entry:
        query = select(t.register_entries).where(t.register_entries.c.id == entry_id, self._written())
        row = (await self._connection.execute(query.with_for_update() if lock else query)).mappings().first()
        if row is None:
            raise EntryNotFound
        return self._entry(row)

    async def change_entry(
        self,
        entry: Entry,
        *,
        body: Mapping[str, Any],
        told: bool,
        tested: bool,
        resolved_at: datetime | None,
    ) -> None:
        await self._connection.execute(
            update(t.register_entries)
            .where(t.register_entries.c.id == entry.id, self._written())
            .values(
                body_sealed=self._vault.seal(None, "register_entries", "body", entry.id, dict(body) or None),
                told=told,
                tested=tested,
                resolved_at=resolved_at,
            )
        )

    async def open_entries(
        self, register: str, *, units: Iterable[UUID] | None = None, area: str = "", limit: int = 500
    ) -> list[Entry]:
        e = t.register_entries.c
        query = (
            select(t.register_entries)
            .where(e.register == register, e.resolved_at.is_(None), area_in(e.area, area), self._written())
            .order_by(e.day, e.recorded_at)
            .limit(limit)
        )
        if units is not None:
            query = query.where(e.unit_id.in_(list(units)))
        return [self._entry(row) for row in (await self._connection.execute(query)).mappings()]

    async def open_counts(self, register: str, units: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
        """By unit: how many entries are open, and how many of them lack their cause."""
        e = t.register_entries.c
        untold = func.count().filter(e.told.is_(False))
        query = (
            select(e.unit_id, func.count(), untold)
            .where(e.register == register, e.unit_id.in_(list(units)), e.resolved_at.is_(None))
            .group_by(e.unit_id)
        )
        return {row[0]: (row[1], row[2]) for row in await self._connection.execute(query)}

    async def entries_of_person(self, person_key: str, *, since: date) -> list[Entry]:
        e = t.register_entries.c
        index = self._vault.index("register", person_key)
        query = select(t.register_entries).where(e.person_index == index, e.day >= since, self._written())
        return [self._entry(row) for row in (await self._connection.execute(query.order_by(e.day))).mappings()]

    def _entry(self, row: RowMapping) -> Entry:
        kept: dict[str, Any] = {
            name: row[name] for name in Entry.__dataclass_fields__ if name not in ("person", "body")
        }
        for name in ("person", "body"):
            kept[name] = self._vault.open(None, "register_entries", name, row["id"], row[f"{name}_sealed"]) or {}
        return Entry(**{**kept, "rules": tuple(row["rules"])})

    # what the streams have

    async def signals(self, area: str, digits: int, *, since: date, until: date) -> list[tuple[str, str, date, int]]:
        """(kind of signal or stream, area, day, count) of entries and of reports that tell of events."""
        e, r = t.register_entries.c, t.duty_reports.c
        entries = (
            select(e.stream, func.left(e.area, digits).label("place"), e.day, func.sum(e.count))
            .where(e.stream.is_not(None), e.day.between(since, until), area_in(e.area, area), self._written())
            .group_by(e.stream, "place", e.day)
        )
        reports = (
            select(r.duty, func.left(r.area, digits).label("place"), r.day, func.count())
            .where(
                r.events > 0,
                r.replaced_at.is_(None),
                r.day.between(since, until),
                area_in(r.area, area),
                self._seen(t.duty_reports),
            )
            .group_by(r.duty, "place", r.day)
        )
        found = [(f"stream:{row[0]}", row[1], row[2], int(row[3])) for row in await self._connection.execute(entries)]
        return found + [
            (f"duty:{row[0]}", row[1], row[2], int(row[3])) for row in await self._connection.execute(reports)
        ]

    async def alert_signals(
        self, kinds: Sequence[str], area: str, digits: int, zone: str, *, since: datetime, until: datetime
    ) -> list[tuple[str, str, date, int]]:
        """(kind, area, local day, count) of what alerts of these kinds tell."""
        a = t.alerts.c
        day = func.date(func.timezone(zone, a.raised_at)).label("day")
        place = func.left(a.area, digits).label("place")
        query = (
            select(a.kind, place, day, func.count())
            .where(a.kind.in_(list(kinds)), a.raised_at >= since, a.raised_at < until, area_in(a.area, area))
            .group_by(a.kind, place, day)
        )
        return [(row[0], row[1], row[2], int(row[3])) for row in await self._connection.execute(query)]

    # figures of a community, as they stand

    async def live_figures(self, area: str, *, since: datetime, today: date) -> dict[str, int]:
        residents, follow_ups = t.residents.c, t.follow_ups.c
        here = area_in(residents.managing_area, area)
        counts = {
            "residents": select(func.count()).where(here, residents.erased_at.is_(None)),
            "followed_up": select(func.count(func.distinct(follow_ups.resident_id)))
            .select_from(t.follow_ups.join(t.residents, residents.id == follow_ups.resident_id))
            .where(here, follow_ups.closed_at.is_(None)),
            "answered_today": select(func.count(func.distinct(t.reports.c.resident_id)))
            .select_from(t.reports.join(t.residents, residents.id == t.reports.c.resident_id))
            .where(here, t.reports.c.reported_at >= since),
            "registered": select(func.count())
            .select_from(t.register_entries)
            .where(area_in(t.register_entries.c.area, area), t.register_entries.c.day == today),
        }
        return {name: int((await self._connection.execute(query)).scalar_one()) for name, query in counts.items()}

    # walls

    def _seen(self, table: Any) -> ColumnElement[bool]:
        """Rows of a bearer in scope: of the area, of an own unit, or of a person one may see."""
        scope = self._scope
        if scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if scope.area is not None:
            ways.append(and_(table.c.resident_id.is_(None), area_in(table.c.area, scope.area)))
            ways.append(and_(table.c.resident_id.is_not(None), of_residents_in(scope, table)))
        if scope.people:
            ways.append(table.c.resident_id.in_(scope.people))
        if scope.units:
            ways.append(table.c.unit_id.in_(scope.units))
        return or_(*ways) if ways else false()

    def _written(self) -> ColumnElement[bool]:
        scope, e = self._scope, t.register_entries.c
        if scope.everything:
            return true()
        ways: list[ColumnElement[bool]] = []
        if scope.area is not None:
            ways.append(area_in(e.area, scope.area))
        if scope.units:
            ways.append(e.unit_id.in_(scope.units))
        return or_(*ways) if ways else false()


def _report(row: RowMapping) -> KeptReport:
    kept = {column.name: row[column.name] for column in _REPORT}
    return KeptReport(**{**kept, "rules": tuple(row["rules"])})


def _round(row: RowMapping) -> Round:
    return Round(row["id"], row["duty"], row["area"], row["struck_at"], row["next_at"])
