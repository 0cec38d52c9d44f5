"""Who an audience is: counted before it is told, and gathered portion by portion when it is.

Only numbers and ids leave. Areas and days are compared as ranges, so a million residents are read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, and_, any_, case, exists, false, func, literal, or_, select
from sqlalchemy import UUID as SqlUuid
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.broadcasts import Audience
from gateway.domain.exposures import SourceKind
from gateway.domain.kinds import ChannelName, FollowUpState, OfficialId, RecipientState, ResidentId
from gateway.domain.people import NOWHERE
from gateway.record import tables as t
from gateway.record.scoping import area_in

#: A home is known to the village (12 digits); inside it only the managing grid tells.
_HOME_DIGITS = 12
#: Who got the first message of a correction.
_GOT_IT = (RecipientState.SENT, RecipientState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of one language, whom one channel (None: none) reaches first; `stopped` wants no routine messages."""

    language: str
    channel: ChannelName | None
    stopped: bool
    people: int


@dataclass(frozen=True, slots=True)
class Found:
    """One of an audience. `homes` are where they live, are, and are managed."""

    ring: int
    area: str
    resident_id: ResidentId | None = None
    official_id: OfficialId | None = None
    homes: tuple[str | None, ...] = ()

    @property
    def cursor(self) -> UUID:
        found = self.resident_id or self.official_id
        assert found is not None
        return found


class Audiences:
    """For the clock's own work, and for counting ahead: whoever asks has been checked before."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def counted(self, audience: Audience, order: Sequence[ChannelName]) -> list[Counted]:
        """How many, by language and by the channel that comes first in `order`, the family's where they have none."""
        if audience.officials:
            return await self._officials_counted(audience, order)
        rank = case(*((t.addresses.c.channel == channel.value, at) for at, channel in enumerate(order)), else_=99)
        own = (
            select(t.addresses.c.resident_id, func.min(rank).label("rank"))
            .where(t.addresses.c.state == "active", t.addresses.c.resident_id.is_not(None))
            .group_by(t.addresses.c.resident_id)
            .cte("own")
        )
        family = (
            select(t.family_members.c.resident_id, func.min(own.c.rank).label("rank"))
            .join(own, own.c.resident_id == t.family_members.c.guardian_id)
            .group_by(t.family_members.c.resident_id)
            .cte("family")
        )
        r = t.residents.c
        reached = func.coalesce(own.c.rank, family.c.rank)
        query = (
            select(r.language, reached, r.stopped, func.count())
            .join(own, own.c.resident_id == r.id, isouter=True)
            .join(family, family.c.resident_id == r.id, isouter=True)
            .where(_residents(audience))
            .group_by(r.language, reached, r.stopped)
        )
        return [
            Counted(language, order[at] if at is not None and at < len(order) else None, stopped, people)
            for language, at, stopped, people in await self._connection.execute(query)
        ]

    async def _officials_counted(self, audience: Audience, order: Sequence[ChannelName]) -> list[Counted]:
        rank = case(*((t.addresses.c.channel == channel.value, at) for at, channel in enumerate(order)), else_=99)
        first = (
            select(func.min(rank))
            .where(t.addresses.c.official_id == t.officials.c.id, t.addresses.c.state == "active")
            .scalar_subquery()
        )
        found = select(t.officials.c.language, first.label("at")).where(_officials(audience)).subquery()
        query = select(found.c.language, found.c.at, func.count()).group_by(found.c.language, found.c.at)
        return [
            Counted(language, order[at] if at is not None and at < len(order) else None, False, people)
            for language, at, people in await self._connection.execute(query)
        ]

    async def after(self, audience: Audience, rings: Sequence[str], cursor: UUID | None, *, limit: int) -> list[Found]:
        """The next of them by id; the end is reached when nobody comes."""
        if audience.officials:
            return await self._officials_after(audience, cursor, limit=limit)
        r = t.residents.c
        query = (
            select(r.id, r.managing_area, r.home_area, r.present_area, _ring(audience, rings).label("ring"))
            .where(_residents(audience))
            .order_by(r.id)
            .limit(limit)
        )
        if cursor is not None:
            query = query.where(r.id > cursor)
        return [
            Found(
                row["ring"],
                row["managing_area"] or row["home_area"] or NOWHERE,
                resident_id=row["id"],
                homes=(row["home_area"], row["present_area"], row["managing_area"]),
            )
            for row in (await self._connection.execute(query)).mappings()
        ]

    async def _officials_after(self, audience: Audience, cursor: UUID | None, *, limit: int) -> list[Found]:
        o = t.officials.c
        query = select(o.id, o.area).where(_officials(audience)).order_by(o.id).limit(limit)
        if cursor is not None:
            query = query.where(o.id > cursor)
        return [Found(0, area, official_id=found) for found, area in await self._connection.execute(query)]

    async def languages(self, area: str) -> list[str]:
        """Which languages the residents of an area read."""
        query = select(t.residents.c.language).where(lives_in(area), t.residents.c.erased_at.is_(None)).distinct()
        return sorted((await self._connection.execute(query)).scalars())


def lives_in(area: str) -> ColumnElement[bool]:
    r = t.residents.c
    columns: list[ColumnElement[Any]] = [r.home_area, r.present_area]
    if len(area) > _HOME_DIGITS:
        columns.append(r.managing_area)
    return or_(*(area_in(column, area) for column in columns))


def _residents(audience: Audience) -> ColumnElement[bool]:
    r = t.residents.c
    ways = [lives_in(area) for area in audience.areas]
    if audience.places:
        ways.append(_was_in(audience))
    if audience.corrects is not None:
        told = t.broadcast_recipients.c
        ways = [
            exists(
                select(1).where(
                    told.broadcast_id == audience.corrects,
                    told.resident_id == r.id,
                    told.state.in_([state.value for state in _GOT_IT]),
                )
            )
        ]
    conditions: list[ColumnElement[bool]] = [r.erased_at.is_(None), or_(*ways) if ways else false()]
    if audience.within:
        conditions.append(
            or_(*(area_in(column, audience.within) for column in (r.home_area, r.present_area, r.managing_area)))
        )
    if audience.languages:
        conditions.append(r.language.in_(audience.languages))
    if audience.profiles:
        f = t.follow_ups.c
        conditions.append(
            exists(
                select(1).where(
                    f.resident_id == r.id,
                    f.profile.in_(audience.profiles),
                    f.state.in_([FollowUpState.PROVISIONAL, FollowUpState.ACTIVE, FollowUpState.HELD]),
                )
            )
        )
    if audience.units:
        m = t.unit_members.c
        conditions.append(exists(select(1).where(m.resident_id == r.id, m.unit_id.in_(audience.units))))
    if audience.heads_only:
        conditions.append(~exists(select(1).where(t.family_members.c.resident_id == r.id)))
    return and_(*conditions)


def _was_in(audience: Audience) -> ColumnElement[bool]:
    m = t.risk_matches.c
    return exists(
        select(1).where(
            m.resident_id == t.residents.c.id,
            m.source_kind == SourceKind.LISTED,
            m.source_id == any_(literal([UUID(key) for key in audience.places], ARRAY(SqlUuid(as_uuid=True)))),
            m.ended_at.is_(None),
        )
    )


def _ring(audience: Audience, rings: Sequence[str]) -> ColumnElement[int]:
    """0 is told first: whoever was there, then whoever lives nearest."""
    ways: list[tuple[ColumnElement[bool], int]] = []
    if audience.places:
        ways.append((_was_in(audience), 0))
    ways += [(lives_in(area), at) for at, area in enumerate(rings, 1)]
    return case(*ways, else_=len(rings) + 1) if ways else literal(0)


def _officials(audience: Audience) -> ColumnElement[bool]:
    o = t.officials.c
    ways = [area_in(o.area, area) for area in audience.areas]
    if audience.corrects is not None:
        told = t.broadcast_recipients.c
        ways = [
            exists(
                select(1).where(
                    told.broadcast_id == audience.corrects,
                    told.official_id == o.id,
                    told.state.in_([state.value for state in _GOT_IT]),
                )
            )
        ]
    return and_(o.active, or_(*ways) if ways else false())
