"""Numbers of an area, counted under the reader's own scope. No name, number or health answer leaves with them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.follow_ups import OPEN
from gateway.domain.kinds import ItemKind, ItemState, ResultStatus
from gateway.domain.scopes import Scope
from gateway.record import tables as t
from gateway.record.scoping import area_in, residents_in


class FigureRows:
    def __init__(self, connection: AsyncConnection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    async def managed(self, area: str) -> dict[str, int]:
        """People under each profile whose follow-up is open."""
        f, r = t.follow_ups.c, t.residents.c
        query = (
            select(f.profile, func.count(f.resident_id.distinct()))
            .join(t.residents, r.id == f.resident_id)
            .where(
                f.state.in_([state.value for state in OPEN]),
                area_in(r.managing_area, area),
                residents_in(self._scope),
            )
            .group_by(f.profile)
            .order_by(f.profile)
        )
        return {profile: count for profile, count in await self._connection.execute(query)}

    async def tests(self, area: str, now: datetime) -> dict[str, int]:
        """Samples and their results, and tests of open plans that are due or overdue."""
        s, i, r = t.results.c, t.plan_items.c, t.residents.c
        samples = (
            select(func.count(), func.count().filter(s.resulted_at.is_not(None)))
            .join(t.residents, r.id == s.resident_id)
            .where(
                s.status == ResultStatus.CONFIRMED,
                area_in(r.managing_area, area),
                residents_in(self._scope),
            )
        )
        sampled, resulted = (await self._connection.execute(samples)).one()
        waiting = (
            select(
                func.count().filter(i.due_at > now),
                func.count().filter(i.due_at <= now),
            )
            .join(t.residents, r.id == i.resident_id)
            .where(
                i.kind == ItemKind.TEST,
                i.state == ItemState.PENDING,
                area_in(r.managing_area, area),
                residents_in(self._scope),
            )
        )
        ahead, overdue = (await self._connection.execute(waiting)).one()
        return {"sampled": sampled, "resulted": resulted, "tests_ahead": ahead, "tests_overdue": overdue}
