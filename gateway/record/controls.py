"""Control units, the levels of areas, and what both set going: waves of telling, schedules, checks and permits.

What is published of a unit is nobody's secret; what concerns one person stands behind the wall of that person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.controls import AreaLevel
from gateway.domain.kinds import (
    ControlId,
    OfficialId,
    PermitId,
    ResidentId,
    ResponseLevel,
    ResultStatus,
    RiskLevel,
    ScheduleId,
    TestKind,
    WaveId,
    WelfareCheckId,
)
from gateway.domain.scopes import Scope, ancestors
from gateway.errors import Conflict, NotFound
from gateway.record import tables as t
from gateway.record.scoping import area_in, of_residents_in, residents_in
from gateway.record.vault import Vault


class ControlNotFound(NotFound):
    """There is no such control unit in your area."""


class ControlChanged(Conflict):
    """Somebody else decided on this control unit just now; look again."""


class PermitNotFound(NotFound):
    """There is no such request to go out."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control unit from the first question to the experts until it is lifted.

    `stage` is how far its announcement has come; `criteria` who showed which criterion for lifting it, and when.
    """

    id: ControlId
    area: str
    unit_kind: str
    name: str
    state: str
    stage: str
    pack_id: str
    pack_version: str
    requested_at: datetime
    requested_by: OfficialId | None = None
    boundary: str | None = None
    grids: tuple[str, ...] = ()
    mode: str | None = None
    measures: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    words: dict[str, Any] | None = None
    words_hash: str | None = None
    criteria: dict[str, Any] = field(default_factory=dict)
    decided_at: datetime | None = None
    decided_by: OfficialId | None = None
    effective_at: datetime | None = None
    drafted_at: datetime | None = None
    drafted_by: OfficialId | None = None
    reviewed_at: datetime | None = None
    reviewed_by: OfficialId | None = None
    approved_at: datetime | None = None
    approved_by: OfficialId | None = None
    opined_at: datetime | None = None
    opined_by: OfficialId | None = None
    lifted_at: datetime | None = None
    lifted_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class ControlWave:
    id: WaveId
    control_id: ControlId
    area: str
    purpose: str
    audience: str
    due_at: datetime
    sent_at: datetime | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class ControlEvent:
    at: datetime
    kind: str
    area: str
    facts: dict[str, Any]
    control_id: ControlId | None = None
    official_id: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class LevelRow:
    """`villages` are those with cases in them; `shown` what of the closed loop has been shown."""

    id: UUID
    area: str
    level: AreaLevel
    valid_from: datetime
    recorded_at: datetime
    villages: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    replaced_at: datetime | None = None
    set_by: OfficialId | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something an area's control or level set going. At most one of a kind stands for a subject."""

    id: ScheduleId
    area: str
    kind: str
    subject: str
    facts: dict[str, Any]
    rules: tuple[str, ...]
    created_at: datetime
    due_at: datetime | None = None
    control_id: ControlId | None = None
    resident_id: ResidentId | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandingMeasures:
    who: str
    subject: str
    area: str
    measures: tuple[str, ...]
    rules: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class WelfareCheck:
    id: WelfareCheckId
    resident_id: ResidentId
    schedule_id: ScheduleId
    day: date
    asked_at: datetime
    answered_at: datetime | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    id: PermitId
    resident_id: ResidentId
    control_id: ControlId
    state: str
    asked_at: datetime
    reason: str | None = None
    decided_at: datetime | None = None
    decided_by: OfficialId | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyPopulation:
    id: UUID
    area: str
    code: str
    title: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    recorded_by: OfficialId | None = None


_CONTROL = tuple(name for name in Control.__dataclass_fields__)


class Controls:
    def __init__(self, connection: AsyncConnection, scope: Scope, vault: Vault) -> None:
        self._connection = connection
        self._scope = scope
        self._vault = vault

    def _mine(self, column: Any) -> ColumnElement[bool]:
        """An official sees what lies in the own area; the clock and a resident asking for themselves, all."""
        if self._scope.everything or self._scope.area is None:
            return column.is_not(None)  # type: ignore[no-any-return]
        return area_in(column, self._scope.area)

    # units

    async def add(self, control: Control) -> None:
        await self._connection.execute(insert(t.controls).values(**_values(control)))

    async def get(self, control_id: ControlId, *, lock: bool = False) -> Control:
        query = select(t.controls).where(t.controls.c.id == control_id, self._mine(t.controls.c.area))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise ControlNotFound
        return _control(row)

    async def save(self, control: Control, before: Control) -> None:
        written = await self._connection.execute(
            update(t.controls)
            .where(
                t.controls.c.id == control.id,
                t.controls.c.state == before.state,
                t.controls.c.stage == before.stage,
                self._mine(t.controls.c.area),
            )
            .values(**_values(control))
        )
        if not written.rowcount:
            raise ControlChanged

    async def listed(self, *, states: Sequence[str] = (), within: str | None = None) -> list[Control]:
        query = select(t.controls).where(self._mine(t.controls.c.area)).order_by(t.controls.c.requested_at.desc())
        if states:
            query = query.where(t.controls.c.state.in_(states))
        if within is not None:
            query = query.where(area_in(t.controls.c.area, within))
        return [_control(row) for row in (await self._connection.execute(query.limit(200))).mappings()]

    async def keep_opinion(self, control_id: ControlId, column: str, text: str) -> None:
        """An expert's own words, sealed under the house's key."""
        sealed = self._vault.seal(None, "controls", column, control_id, text)
        await self._connection.execute(
            update(t.controls).where(t.controls.c.id == control_id).values(**{f"{column}_sealed": sealed})
        )

    async def opinion(self, control_id: ControlId, column: str) -> str | None:
        query = select(t.controls.c[f"{column}_sealed"]).where(
            t.controls.c.id == control_id, self._mine(t.controls.c.area)
        )
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        opened = self._vault.open(None, "controls", column, control_id, sealed)
        return str(opened) if opened is not None else None

    async def note(self, event_id: UUID, event: ControlEvent) -> None:
        await self._connection.execute(
            insert(t.control_events).values(
                id=event_id, **{name: getattr(event, name) for name in ControlEvent.__dataclass_fields__}
            )
        )

    async def events(self, control_id: ControlId) -> list[ControlEvent]:
        e = t.control_events.c
        query = select(t.control_events).where(e.control_id == control_id).order_by(e.at, e.id)
        return [
            ControlEvent(**{name: row[name] for name in ControlEvent.__dataclass_fields__})
            for row in (await self._connection.execute(query)).mappings()
        ]

    # waves

    async def plan_wave(self, wave: ControlWave) -> bool:
        """False when this ring of people has its wave already."""
        written = await self._connection.execute(
            upsert(t.control_waves)
            .values(**{name: getattr(wave, name) for name in ControlWave.__dataclass_fields__})
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def waves(self, control_id: ControlId) -> list[ControlWave]:
        w = t.control_waves.c
        query = select(t.control_waves).where(w.control_id == control_id).order_by(w.due_at)
        return [_wave(row) for row in (await self._connection.execute(query)).mappings()]

    async def wave(self, wave_id: WaveId) -> ControlWave | None:
        query = select(t.control_waves).where(t.control_waves.c.id == wave_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _wave(row) if row else None

    async def sent(self, wave_id: WaveId, *, at: datetime, people: int) -> None:
        await self._connection.execute(
            update(t.control_waves).where(t.control_waves.c.id == wave_id).values(sent_at=at, people=people)
        )

    async def waiting_waves(self, *, until: datetime | None = None) -> list[tuple[WaveId, datetime]]:
        """Not yet sent; with `until` only those due by then."""
        w = t.control_waves.c
        query = select(w.id, w.due_at).where(w.sent_at.is_(None)).order_by(w.due_at)
        if until is not None:
            query = query.where(w.due_at <= until)
        return [(WaveId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # levels

    async def level(self, area: str, *, lock: bool = False) -> LevelRow | None:
        """What is known now of exactly this area."""
        a = t.area_levels.c
        query = select(t.area_levels).where(a.area == area, a.replaced_at.is_(None))
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _level(row) if row else None

    async def level_around(self, area: str) -> LevelRow | None:
        """What holds for an area: its own level, or that of the division around it that has one."""
        a = t.area_levels.c
        query = (
            select(t.area_levels)
            .where(a.area.in_([one for one in ancestors(area) if one]), a.replaced_at.is_(None))
            .order_by(func.length(a.area).desc())
            .limit(1)
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _level(row) if row else None

    async def levels(self, *, known_at: datetime | None = None) -> list[LevelRow]:
        a = t.area_levels.c
        known: ColumnElement[bool] = a.replaced_at.is_(None)
        if known_at is not None:
            known = and_(a.recorded_at <= known_at, or_(a.replaced_at.is_(None), a.replaced_at > known_at))
        query = select(t.area_levels).where(known, self._mine(a.area)).order_by(a.area)
        return [_level(row) for row in (await self._connection.execute(query)).mappings()]

    async def set_level(self, row: LevelRow) -> None:
        """From now on we know better; what was known before stays on record."""
        a = t.area_levels.c
        await self._connection.execute(
            update(t.area_levels).where(a.area == row.area, a.replaced_at.is_(None)).values(replaced_at=row.recorded_at)
        )
        await self._connection.execute(
            insert(t.area_levels).values(
                id=row.id,
                area=row.area,
                risk=row.level.risk,
                response=row.level.response,
                villages=list(row.villages),
                shown=list(row.shown),
                valid_from=row.valid_from,
                recorded_at=row.recorded_at,
                set_by=row.set_by,
            )
        )

    async def show_loop(self, level_id: UUID, shown: Sequence[str]) -> None:
        await self._connection.execute(
            update(t.area_levels).where(t.area_levels.c.id == level_id).values(shown=list(shown))
        )

    # schedules

    async def start(self, schedule: Schedule) -> bool:
        """False when one of this kind stands for the subject already."""
        written = await self._connection.execute(
            upsert(t.area_schedules)
            .values(**{name: getattr(schedule, name) for name in Schedule.__dataclass_fields__})
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def schedule(self, schedule_id: ScheduleId) -> Schedule | None:
        query = select(t.area_schedules).where(t.area_schedules.c.id == schedule_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _schedule(row) if row else None

    async def manned(self, schedule_id: ScheduleId) -> dict[str, str]:
        """Who stands guard, by the number of the shift."""
        query = select(t.area_schedules.c.manned_sealed).where(t.area_schedules.c.id == schedule_id)
        sealed = (await self._connection.execute(query)).scalar_one_or_none()
        return dict(self._vault.open(None, "area_schedules", "manned", schedule_id, sealed) or {})

    async def man(self, schedule_id: ScheduleId, manned: dict[str, str]) -> None:
        sealed = self._vault.seal(None, "area_schedules", "manned", schedule_id, manned)
        await self._connection.execute(
            update(t.area_schedules).where(t.area_schedules.c.id == schedule_id).values(manned_sealed=sealed)
        )

    async def schedules(
        self,
        *,
        within: str | None = None,
        kinds: Sequence[str] = (),
        control_id: ControlId | None = None,
        cancelled: bool = False,
    ) -> list[Schedule]:
        s = t.area_schedules.c
        query = select(t.area_schedules).where(self._mine(s.area)).order_by(s.created_at, s.id)
        if within is not None:
            query = query.where(area_in(s.area, within))
        if kinds:
            query = query.where(s.kind.in_(kinds))
        if control_id is not None:
            query = query.where(s.control_id == control_id)
        if not cancelled:
            query = query.where(s.cancelled_at.is_(None))
        return [_schedule(row) for row in (await self._connection.execute(query)).mappings()]

    async def move(self, schedule_id: ScheduleId, *, due_at: datetime | None, facts: dict[str, Any]) -> None:
        await self._connection.execute(
            update(t.area_schedules)
            .where(t.area_schedules.c.id == schedule_id, t.area_schedules.c.cancelled_at.is_(None))
            .values(due_at=due_at, facts=facts)
        )

    async def cancel(self, ids: Iterable[ScheduleId], at: datetime) -> int:
        s = t.area_schedules.c
        written = await self._connection.execute(
            update(t.area_schedules)
            .where(s.id.in_(list(ids)), s.cancelled_at.is_(None))
            .values(cancelled_at=at, due_at=None)
        )
        return int(written.rowcount)

    async def waiting_schedules(self, *, until: datetime | None = None) -> list[tuple[ScheduleId, datetime]]:
        """Standing ones that come round; with `until` only those due by then."""
        s = t.area_schedules.c
        query = select(s.id, s.due_at).where(s.cancelled_at.is_(None), s.due_at.is_not(None)).order_by(s.due_at)
        if until is not None:
            query = query.where(s.due_at <= until)
        return [(ScheduleId(row[0]), row[1]) for row in await self._connection.execute(query)]

    # measures

    async def switch(self, measures_id: UUID, standing: StandingMeasures) -> None:
        m = t.standing_measures.c
        await self._connection.execute(
            update(t.standing_measures)
            .where(m.who == standing.who, m.subject == standing.subject, m.replaced_at.is_(None))
            .values(replaced_at=standing.since)
        )
        await self._connection.execute(
            insert(t.standing_measures).values(
                id=measures_id, **{name: getattr(standing, name) for name in StandingMeasures.__dataclass_fields__}
            )
        )

    async def standing(self, *, within: str) -> list[StandingMeasures]:
        m = t.standing_measures.c
        query = (
            select(t.standing_measures)
            .where(area_in(m.area, within), m.replaced_at.is_(None), self._mine(m.area))
            .order_by(m.who, m.subject)
        )
        return [
            StandingMeasures(
                row["who"],
                row["subject"],
                row["area"],
                tuple(row["measures"]),
                tuple(row["rules"]),
                row["since"],
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def places(
        self, *, within: str, kinds: Sequence[str] = (), but: Sequence[str] = ()
    ) -> list[tuple[UUID, str, str]]:
        """Registered units of these kinds (or of all but some) inside an area: id, name, area."""
        u = t.units.c
        query = select(u.id, u.name, u.area).where(area_in(u.area, within)).order_by(u.area, u.name)
        if kinds:
            query = query.where(u.kind.in_(kinds))
        if but:
            query = query.where(u.kind.not_in(but))
        return [(row[0], row[1], row[2]) for row in await self._connection.execute(query)]

    # testing in rounds

    async def sampled_since(self, residents: Sequence[ResidentId], since: datetime) -> set[ResidentId]:
        """Who of these has a confirmed swab taken since then."""
        r = t.results.c
        query = select(r.resident_id).where(
            r.resident_id.in_(list(residents)),
            r.test == TestKind.NAT,
            r.status == ResultStatus.CONFIRMED,
            r.sampled_at >= since,
        )
        return {ResidentId(one) for one in (await self._connection.execute(query.distinct())).scalars()}

    # those who need somebody to look after them

    async def register_vulnerable(
        self, resident_id: ResidentId, groups: Sequence[str], *, by: OfficialId | None, at: datetime, key: Any
    ) -> None:
        sealed = self._vault.seal(key, "vulnerable_people", "groups", resident_id, list(groups))
        values = {"groups_sealed": sealed, "registered_at": at, "registered_by": by}
        await self._connection.execute(
            upsert(t.vulnerable_people)
            .values(resident_id=resident_id, **values)
            .on_conflict_do_update(index_elements=["resident_id"], set_=values)
        )

    async def vulnerable(self, residents: Sequence[ResidentId]) -> dict[ResidentId, bytes]:
        v = t.vulnerable_people.c
        query = select(v.resident_id, v.groups_sealed).where(
            v.resident_id.in_(list(residents)), of_residents_in(self._scope, t.vulnerable_people)
        )
        return {ResidentId(row[0]): row[1] for row in await self._connection.execute(query)}

    def groups(self, key: Any, resident_id: ResidentId, sealed: bytes) -> tuple[str, ...]:
        return tuple(self._vault.open(key, "vulnerable_people", "groups", resident_id, sealed) or ())

    async def ask(self, check: WelfareCheck) -> bool:
        """False when this person was asked on that day already."""
        written = await self._connection.execute(
            upsert(t.welfare_checks)
            .values(**{name: getattr(check, name) for name in WelfareCheck.__dataclass_fields__})
            .on_conflict_do_nothing()
        )
        return bool(written.rowcount)

    async def check_of(self, resident_id: ResidentId, day: date) -> WelfareCheck | None:
        w = t.welfare_checks.c
        query = select(t.welfare_checks).where(w.resident_id == resident_id, w.day == day)
        row = (await self._connection.execute(query)).mappings().first()
        return _check(row) if row else None

    async def check(self, check_id: WelfareCheckId) -> WelfareCheck | None:
        query = (
            select(t.welfare_checks)
            .where(t.welfare_checks.c.id == check_id, of_residents_in(self._scope, t.welfare_checks))
            .with_for_update()
        )
        row = (await self._connection.execute(query)).mappings().first()
        return _check(row) if row else None

    async def answer(self, check_id: WelfareCheckId, answer: str, at: datetime) -> None:
        await self._connection.execute(
            update(t.welfare_checks).where(t.welfare_checks.c.id == check_id).values(answered_at=at, answer=answer)
        )

    # going out

    async def ask_to_leave(self, permit: Permit, key: Any) -> None:
        await self._connection.execute(
            insert(t.exit_permits).values(
                id=permit.id,
                resident_id=permit.resident_id,
                control_id=permit.control_id,
                reason_sealed=self._vault.seal(key, "exit_permits", "reason", permit.id, permit.reason),
                state=permit.state,
                asked_at=permit.asked_at,
            )
        )

    async def permit(self, permit_id: PermitId, *, lock: bool = False) -> Permit:
        query = select(t.exit_permits).where(
            t.exit_permits.c.id == permit_id, of_residents_in(self._scope, t.exit_permits)
        )
        if lock:
            query = query.with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        if row is None:
            raise PermitNotFound
        return _permit(row)

    async def permits(
        self, *, resident_id: ResidentId | None = None, control_id: ControlId | None = None
    ) -> list[Permit]:
        p = t.exit_permits.c
        query = select(t.exit_permits).where(of_residents_in(self._scope, t.exit_permits)).order_by(p.asked_at.desc())
        if resident_id is not None:
            query = query.where(p.resident_id == resident_id)
        if control_id is not None:
            query = query.where(p.control_id == control_id)
        return [_permit(row) for row in (await self._connection.execute(query)).mappings()]

    def reason(self, key: Any, permit: Permit, sealed: bytes | None) -> str | None:
        opened = self._vault.open(key, "exit_permits", "reason", permit.id, sealed)
        return str(opened) if opened is not None else None

    async def decide_permit(
        self, permit_id: PermitId, *, state: str, by: OfficialId, at: datetime, valid_to: datetime | None
    ) -> None:
        await self._connection.execute(
            update(t.exit_permits)
            .where(t.exit_permits.c.id == permit_id)
            .values(state=state, decided_by=by, decided_at=at, valid_to=valid_to)
        )

    # who lives there

    async def living_in(self, area: str, *, but_stopped: bool = False) -> list[tuple[ResidentId, str, str | None]]:
        """Residents at home or present in an area, each with the area they live in and their grid."""
        r = t.residents.c
        ways: list[ColumnElement[bool]] = [area_in(column, area) for column in (r.home_area, r.present_area)]
        query = (
            select(r.id, func.coalesce(r.present_area, r.home_area), r.grid)
            .where(or_(*ways), r.erased_at.is_(None), residents_in(self._scope))
            .order_by(r.id)
        )
        if but_stopped:
            query = query.where(r.stopped.is_(False))
        return [(ResidentId(row[0]), row[1], row[2]) for row in await self._connection.execute(query)]

    async def followed_up(self, residents: Sequence[ResidentId]) -> set[ResidentId]:
        f = t.follow_ups.c
        query = select(f.resident_id).where(f.resident_id.in_(list(residents)), f.state != "withdrawn").distinct()
        return {ResidentId(one) for one in (await self._connection.execute(query)).scalars()}

    async def arrived(self, residents: Sequence[ResidentId]) -> set[ResidentId]:
        """Who is known to have come: an announced arrival that came, or a home or presence where they are managed."""
        a, r = t.arrivals.c, t.residents.c
        came = exists(select(1).where(a.resident_id == r.id, a.arrived_at.is_not(None)))
        expected = exists(select(1).where(a.resident_id == r.id, a.arrived_at.is_(None), a.withdrawn_at.is_(None)))
        query = select(r.id).where(r.id.in_(list(residents)), or_(came, ~expected))
        return {ResidentId(one) for one in (await self._connection.execute(query)).scalars()}

    # key populations

    async def set_population(self, population: KeyPopulation) -> None:
        k = t.key_populations.c
        await self._connection.execute(
            update(t.key_populations)
            .where(k.area == population.area, k.code == population.code, k.replaced_at.is_(None))
            .values(replaced_at=population.recorded_at)
        )
        await self._connection.execute(
            insert(t.key_populations).values(
                **{name: getattr(population, name) for name in KeyPopulation.__dataclass_fields__}
            )
        )

    async def populations(self, *, on: date, known_at: datetime | None = None) -> list[KeyPopulation]:
        k = t.key_populations.c
        known: ColumnElement[bool] = k.replaced_at.is_(None)
        if known_at is not None:
            known = and_(k.recorded_at <= known_at, or_(k.replaced_at.is_(None), k.replaced_at > known_at))
        query = (
            select(t.key_populations)
            .where(known, k.valid_from <= on, or_(k.valid_to.is_(None), k.valid_to >= on), self._mine(k.area))
            .order_by(k.area, k.code)
        )
        return [
            KeyPopulation(**{name: row[name] for name in KeyPopulation.__dataclass_fields__})
            for row in (await self._connection.execute(query)).mappings()
        ]


def _values(control: Control) -> dict[str, Any]:
    values = {name: getattr(control, name) for name in _CONTROL}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _control(row: Any) -> Control:
    values: dict[str, Any] = {name: row[name] for name in _CONTROL}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Control(**values)


def _wave(row: Any) -> ControlWave:
    return ControlWave(**{name: row[name] for name in ControlWave.__dataclass_fields__})


def _level(row: Any) -> LevelRow:
    return LevelRow(
        id=row["id"],
        area=row["area"],
        level=AreaLevel(RiskLevel(row["risk"]), ResponseLevel(row["response"])),
        valid_from=row["valid_from"],
        recorded_at=row["recorded_at"],
        villages=tuple(row["villages"]),
        shown=tuple(row["shown"]),
        replaced_at=row["replaced_at"],
        set_by=row["set_by"],
    )


def _schedule(row: Any) -> Schedule:
    values = {name: row[name] for name in Schedule.__dataclass_fields__}
    return Schedule(**{**values, "rules": tuple(values["rules"])})


def _check(row: Any) -> WelfareCheck:
    return WelfareCheck(**{name: row[name] for name in WelfareCheck.__dataclass_fields__})


def _permit(row: Any) -> Permit:
    values = {name: row[name] for name in Permit.__dataclass_fields__ if name != "reason"}
    return Permit(**values)
