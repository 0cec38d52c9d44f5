"""Lists of alerts: a page of them in a wanted order, how many there are, and marks that tell when one has changed.

Whoever looks at a list is a `Reader`; what their role does not show is shown when they were told of it (`told`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.alert_lists import OPEN, SOON, AlertCounts, AlertFilter, AlertOrder, Reader
from gateway.domain.alerts import Alert
from gateway.domain.kinds import AlertId, AlertKind, AlertStatus, ResidentId, Severity
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.alerts import alert_of
from gateway.record.scoping import alerts_in, area_in

_a = t.alerts.c
_RANK = case(
    {severity.value: len(Severity) - number for number, severity in enumerate(Severity)}, value=_a.severity, else_=0
)
_due_column = func.coalesce(
    case((_a.status == AlertStatus.ACKNOWLEDGED, _a.resolve_due_at), else_=_a.next_step_at), text("'infinity'")
)
#: What the line of an alert in a list is made of.
_MARKS = (_a.id, _a.status, _a.told, _a.round, _a.assigned_to, _a.next_step_at, _a.resolve_due_at)


class AlertLists:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def told_beyond(
        self, reader: Reader, *, statuses: Sequence[AlertStatus] = OPEN
    ) -> dict[AlertId, ResidentId | None]:
        """What this reader sees only because they were told of it or hold it, each with its person."""
        m = t.messages.c
        near = union(  # each by its own index, however many alerts there are
            select(m.alert_id).where(m.official_id == reader.official, m.alert_id.is_not(None)),
            select(_a.id).where(_a.acknowledged_by == reader.official),
            select(_a.id).where(_a.assigned_to == reader.official),
        )
        query = select(_a.id, _a.resident_id).where(
            _a.id.in_(near),
            _a.status.in_([status.value for status in statuses]),
            not_(_by_role(reader)),
            alerts_in(self._scope),
        )
        return {AlertId(row[0]): row[1] for row in await self._connection.execute(query)}

    async def _ordered(self, query: Select[Any], order: AlertOrder, after: AlertId | None) -> Select[Any]:
        """In that order, from behind the alert `after` on; where that one is out of sight, from the start."""
        columns, greatest_first = _columns(order)
        if after is not None:
            place = await self._connection.execute(select(*columns).where(_a.id == after, alerts_in(self._scope)))
            if (row := place.first()) is not None:
                here, there = tuple_(*columns), tuple_(*row)
                query = query.where(here < there if greatest_first else here > there)
        return query.order_by(*(column.desc() if greatest_first else column for column in columns))

    async def page(
        self,
        reader: Reader,
        told: Collection[AlertId],
        wanted: AlertFilter,
        now: datetime,
        *,
        order: AlertOrder = AlertOrder.NEWEST,
        after: AlertId | None = None,
        limit: int,
    ) -> list[Alert]:
        """So many alerts in that order, from the one after `after` on."""
        query = select(t.alerts).where(*conditions(self._scope, reader, told, wanted, now))
        ordered = await self._ordered(query, order, after)
        rows = (await self._connection.execute(ordered.limit(limit))).mappings()
        return [alert_of(row) for row in rows]

    async def marks(
        self,
        reader: Reader,
        told: Collection[AlertId],
        wanted: AlertFilter,
        now: datetime,
        *,
        order: AlertOrder = AlertOrder.NEWEST,
        after: AlertId | None = None,
        limit: int,
    ) -> dict[AlertId, str]:
        """As `page`, but only what changes whenever a line would look different."""
        query = select(*_MARKS).where(*conditions(self._scope, reader, told, wanted, now))
        ordered = await self._ordered(query, order, after)
        rows = (await self._connection.execute(ordered.limit(limit))).mappings()
        return {AlertId(row["id"]): mark_of(row) for row in rows}

    async def count(self, reader: Reader, told: Collection[AlertId], wanted: AlertFilter, now: datetime) -> int:
        query = select(func.count()).select_from(t.alerts).where(*conditions(self._scope, reader, told, wanted, now))
        found: int = (await self._connection.execute(query)).scalar_one()
        return found

    async def counts(self, reader: Reader, told: Collection[AlertId], now: datetime) -> AlertCounts:
        of = func.count().filter
        query = (
            select(
                of(_a.status == AlertStatus.RAISED),
                of(_a.status == AlertStatus.ACKNOWLEDGED),
                of(_held(reader)),
                of(is_late(now)),
                of(_soon(now)),
                of(_a.kind == AlertKind.PROVISIONAL_PLAN),
            )
            .select_from(t.alerts)
            .where(*conditions(self._scope, reader, told, AlertFilter(), now))
        )
        return AlertCounts(*(await self._connection.execute(query)).one())


def conditions(
    scope: Scope, reader: Reader, told: Collection[AlertId], wanted: AlertFilter, now: datetime
) -> list[ColumnElement[bool]]:
    """What this reader sees of what is wanted; without statuses, whatever its status."""
    visible = or_(_by_role(reader), _a.id.in_(list(told))) if told else _by_role(reader)
    asked = [alerts_in(scope), visible]
    if wanted.statuses:
        asked.append(_in_status(wanted.statuses))
    if wanted.area:
        asked.append(area_in(_a.area, wanted.area))
    if wanted.kinds:
        asked.append(_a.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.severities:
        asked.append(_a.severity.in_([severity.value for severity in wanted.severities]))
    if wanted.resident is not None:
        asked.append(_a.resident_id == wanted.resident)
    if wanted.ids:
        asked.append(_a.id.in_(wanted.ids))
    if wanted.mine:
        asked.append(_held(reader))
    if wanted.late:
        asked.append(is_late(now))
    if wanted.soon:
        asked.append(_soon(now))
    return asked


def mark_of(row: Any) -> str:
    """Changes whenever the line of an alert in a list would look different."""
    parts = (
        row["status"],
        row["told"],
        row["round"],
        row["assigned_to"],
        row["next_step_at"].isoformat() if row["next_step_at"] else "",
        row["resolve_due_at"].isoformat() if row["resolve_due_at"] else "",
    )
    return "|".join(str(part) for part in parts)


def _in_status(statuses: Sequence[AlertStatus]) -> ColumnElement[bool]:
    if set(statuses) == set(OPEN):
        return _a.status != literal(AlertStatus.RESOLVED.value, literal_execute=True)  # as the partial indexes say it
    return _a.status.in_([status.value for status in statuses])


def _by_role(reader: Reader) -> ColumnElement[bool]:
    if reader.area is None or not reader.with_people:
        return false()
    inside = area_in(_a.area, reader.area)
    return inside if reader.with_self_harm else and_(inside, _a.kind != AlertKind.SELF_HARM)


def _held(reader: Reader) -> ColumnElement[bool]:
    return or_(_a.acknowledged_by == reader.official, _a.assigned_to == reader.official)


def is_late(now: datetime) -> ColumnElement[bool]:
    """Raised and every step told already, or in hand beyond its time."""
    told_all = or_(_a.round > 0, _a.told >= func.jsonb_array_length(_a.ladder))
    return or_(
        and_(_a.status == AlertStatus.ACKNOWLEDGED, _a.resolve_due_at <= now),
        and_(_a.status == AlertStatus.RAISED, told_all),
    )


def _soon(now: datetime) -> ColumnElement[bool]:
    return and_(_due_column > now, _due_column <= now + SOON)


def _columns(order: AlertOrder) -> tuple[tuple[ColumnElement[Any], ...], bool]:
    """What the order goes by, and whether the greatest comes first."""
    match order:
        case AlertOrder.DUE:
            return (_due_column, _a.id), False
        case AlertOrder.SEVERITY:
            return (_RANK, _a.raised_at, _a.id), True
    return (_a.raised_at, _a.id), True
