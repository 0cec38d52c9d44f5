"""The situation of an area on one page, and the list of everybody under follow-up."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.domain.alert_lists import Sight
from gateway.domain.follow_ups import OPEN
from gateway.domain.kinds import FollowUpState
from gateway.domain.places import Gazetteer
from gateway.domain.scopes import AREA_DIGITS, Official
from gateway.errors import NotFound
from gateway.record.situations import Followed
from gateway.services.alerts import AlertService
from gateway.services.follow_ups import READING, NotYoursToDecide
from gateway.services.glances import glanced
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

#: So many days the curves go back.
DAYS = 14


class AreaNotYours(NotFound):
    """There is no such area within your own."""


@dataclass(frozen=True, slots=True)
class Division:
    area: str
    alerts: int
    overdue: int
    followed: int


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    alerts: int
    symptoms: int
    begun: int


@dataclass(frozen=True, slots=True)
class Situation:
    """Counted at one moment; the sums are those of the lists they lead to."""

    area: str
    at: datetime
    divisions: tuple[Division, ...]
    days: tuple[Day, ...]

    @property
    def alerts(self) -> int:
        return sum(one.alerts for one in self.divisions)

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.divisions)

    @property
    def followed(self) -> int:
        return sum(one.followed for one in self.divisions)

    @property
    def raised_today(self) -> int:
        return self.days[-1].alerts


@dataclass(frozen=True, slots=True)
class FollowedPage:
    rows: list[tuple[Followed, str | None]]
    count: int
    more: UUID | None


@dataclass(frozen=True, slots=True)
class SituationService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    gazetteer: Gazetteer
    clock: Clock
    zone: ZoneInfo

    async def of(self, area: str | None, *, official: Official) -> Situation:
        """Raises AreaNotYours beyond the official's own area."""
        chosen = within(area, official)
        sight = Sight.of(official, await self.alerts.told(official), mine=False)
        key = ("situation", sight, official.may(*READING), chosen)
        return await self.transactions.glance(key, partial(self._of, chosen, official))

    async def _of(self, chosen: str, official: Official) -> Situation:
        known = [one.code for one in self.gazetteer.children(chosen or None)] if len(chosen) <= 6 else []
        digits = len(known[0]) if known else next((one for one in AREA_DIGITS if one > len(chosen)), AREA_DIGITS[-1])
        now = self.clock.now()
        today = now.astimezone(self.zone).date()
        first = today - timedelta(days=DAYS - 1)
        since = datetime.combine(first, time(), self.zone)
        async with self.alerts.reading(official) as (work, reader, told):
            rows = work.situations
            standing = await rows.alerts_by_division(reader, told, chosen, digits, now)
            raised = await rows.alerts_by_day(reader, told, chosen, since, now, self.zone.key)
            followed: dict[str, int] = {}
            begun: dict[date, int] = {}
            if official.may(*READING):
                followed = await rows.followed_by_division(chosen, digits)
                begun = await rows.followed_by_day(chosen, since, self.zone.key)
        codes = sorted({*known, *standing, *followed})
        return Situation(
            chosen,
            now,
            tuple(Division(code, *standing.get(code, (0, 0)), followed.get(code, 0)) for code in codes),
            tuple(
                Day(day, *raised.get(day, (0, 0)), begun.get(day, 0))
                for day in (first + timedelta(days=number) for number in range(DAYS))
            ),
        )

    @glanced(by=attrgetter("sight"))
    async def followed(
        self,
        *,
        official: Official,
        area: str | None = None,
        state: FollowUpState | None = None,
        profile: str = "",
        after: UUID | None = None,
        limit: int,
    ) -> FollowedPage:
        """Everybody under follow-up: whom a notice in force puts first, then the newest.

        Raises NotYoursToDecide, AreaNotYours.
        """
        if not official.may(*READING):
            raise NotYoursToDecide
        chosen = within(area, official)
        states = (state,) if state else OPEN
        async with self.transactions.reading(official.scope) as work:
            pack = await self.packs.for_area(work, chosen or official.area, self.clock.now())
            first = {name: [str(one) for one in rule.first] for name, rule in pack.profiles.items() if rule.first}
            found = await work.situations.followed(chosen, states, profile, first=first, after=after, limit=limit + 1)
            count = await work.situations.count_followed(chosen, states, profile)
            names = await work.residents.names({one.resident_id for one in found[:limit]})
        more = found[limit - 1].id if len(found) > limit else None
        return FollowedPage([(one, names.get(one.resident_id)) for one in found[:limit]], count, more)


def within(area: str | None, official: Official) -> str:
    """The area asked for, or the own; downwards only. Raises AreaNotYours."""
    own = official.scope.area
    if own is None or (area and not (area.isdigit() and area.startswith(own))):
        raise AreaNotYours
    return area or own
