"""How an area stands: what is open by division, what came per day, who is under follow-up; in the reader's scope."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, case, cast, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.alert_lists import AlertFilter, Reader
from gateway.domain.follow_ups import OPEN
from gateway.domain.kinds import AlertId, AlertKind, FollowUpId, FollowUpState, ResidentId
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.alert_lists import conditions, is_late
from gateway.record.scoping import area_in, residents_in

_a, _f, _r = t.alerts.c, t.follow_ups.c, t.residents.c
_EVERY: tuple[FollowUpState, ...] = tuple(FollowUpState)


@dataclass(frozen=True, slots=True)
class Followed:
    """One line of the list of follow-ups; the person's name is opened elsewhere."""

    id: FollowUpId
    resident_id: ResidentId
    area: str | None
    profile: str
    state: FollowUpState
    created_at: datetime
    closes_at: datetime | None
    first: bool = False


def _rank(first: Mapping[str, Collection[str]]) -> ColumnElement[int]:
    """1 for whoever is under one of these profiles and works as one of its occupations, else 0."""
    o = t.occupations.c
    ahead = [
        and_(
            _f.profile == profile, exists().where(o.resident_id == _f.resident_id, o.occupation.in_(list(occupations)))
        )
        for profile, occupations in first.items()
    ]
    return case((or_(*ahead), 1), else_=0) if ahead else literal(0)


class Situations:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def alerts_by_division(
        self, reader: Reader, told: Collection[AlertId], area: str, digits: int, now: datetime
    ) -> dict[str, tuple[int, int]]:
        """Open alerts and how many of them are overdue, by the division of so many digits."""
        division = func.left(_a.area, digits)
        wanted = AlertFilter(area=area)
        query = (
            select(division, func.count(), func.count().filter(is_late(now)))
            .where(*conditions(self._scope, reader, told, wanted, now))
            .group_by(division)
        )
        return {row[0]: (row[1], row[2]) for row in await self._connection.execute(query)}

    async def alerts_by_day(
        self, reader: Reader, told: Collection[AlertId], area: str, since: datetime, now: datetime, zone: str
    ) -> dict[date, tuple[int, int]]:
        """Alerts raised on each local day, and how many of them were symptoms."""
        day = cast(func.timezone(zone, _a.raised_at), Date)
        wanted = AlertFilter(statuses=(), area=area)
        query = (
            select(day, func.count(), func.count().filter(_a.kind == AlertKind.SYMPTOMS))
            .where(*conditions(self._scope, reader, told, wanted, now), _a.raised_at >= since)
            .group_by(day)
        )
        return {row[0]: (row[1], row[2]) for row in await self._connection.execute(query)}

    async def followed_by_division(self, area: str, digits: int) -> dict[str, int]:
        division = func.left(_r.managing_area, digits)
        query = (
            select(division, func.count(_f.resident_id.distinct()))
            .join(t.residents, _r.id == _f.resident_id)
            .where(*self._followed(area, OPEN))
            .group_by(division)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def followed_by_day(self, area: str, since: datetime, zone: str) -> dict[date, int]:
        """Follow-ups begun on each local day."""
        day = cast(func.timezone(zone, _f.created_at), Date)
        query = (
            select(day, func.count())
            .select_from(t.follow_ups)
            .join(t.residents, _r.id == _f.resident_id)
            .where(*self._followed(area, _EVERY), _f.created_at >= since)
            .group_by(day)
        )
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def followed(
        self,
        area: str,
        states: Collection[FollowUpState],
        profile: str,
        *,
        first: Mapping[str, Collection[str]],
        after: UUID | None,
        limit: int,
    ) -> list[Followed]:
        """Whom a notice puts first, then the newest, from behind `after` on. `first`: occupations by profile."""
        rank = _rank(first)
        query = (
            select(_f.id, _f.resident_id, _r.managing_area, _f.profile, _f.state, _f.created_at, _f.closes_at, rank)
            .join(t.residents, _r.id == _f.resident_id)
            .where(*self._followed(area, states, profile))
            .order_by(rank.desc(), _f.created_at.desc(), _f.id.desc())
            .limit(limit)
        )
        if after is not None:
            place = (await self._connection.execute(select(rank, _f.created_at, _f.id).where(_f.id == after))).first()
            if place is not None:
                query = query.where(tuple_(rank, _f.created_at, _f.id) < tuple_(*place))
        return [
            Followed(row[0], row[1], row[2], row[3], FollowUpState(row[4]), row[5], row[6], bool(row[7]))
            for row in await self._connection.execute(query)
        ]

    async def count_followed(self, area: str, states: Collection[FollowUpState], profile: str = "") -> int:
        query = (
            select(func.count())
            .select_from(t.follow_ups)
            .join(t.residents, _r.id == _f.resident_id)
            .where(*self._followed(area, states, profile))
        )
        found: int = (await self._connection.execute(query)).scalar_one()
        return found

    def _followed(self, area: str, states: Collection[FollowUpState], profile: str = "") -> list[ColumnElement[Any]]:
        asked = [_f.state.in_([state.value for state in states]), area_in(_r.managing_area, area)]
        if profile:
            asked.append(_f.profile == profile)
        return [and_(*asked), residents_in(self._scope)]
