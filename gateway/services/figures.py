"""Numbers for a health-security platform: read only, counted at this moment, nothing about any single person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.clock import Clock
from gateway.domain.kinds import Figures, Role
from gateway.domain.scopes import Official
from gateway.errors import Forbidden, NotConfigured, NotFound
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

READING = (Role.HEALTH, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE, Role.COMMUNITY)


class NotYoursToCount(Forbidden):
    """Your role does not read the numbers of an area."""


class AreaBeyondYours(NotFound):
    """There is no such area within your own."""


@dataclass(frozen=True, slots=True)
class AreaFigures:
    area: str
    counted_at: datetime
    groups: Mapping[str, Mapping[str, int]]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureService:
    transactions: Transactions
    packs: PackService
    clock: Clock

    async def of_area(self, area: str | None, *, official: Official) -> AreaFigures:
        """The groups of numbers the pack in force lets out. Raises AreaBeyondYours, NotConfigured."""
        if not official.may(*READING):
            raise NotYoursToCount
        chosen = area or official.area
        if not chosen.startswith(official.area):
            raise AreaBeyondYours
        now = self.clock.now()
        groups: dict[str, Mapping[str, int]] = {}
        async with self.transactions.begin(official.scope) as work:
            rule = (await self.packs.for_area(work, chosen, now)).figures
            if rule is None:
                raise NotConfigured("figures", "SD-4.6-a")
            for group in rule.groups:
                match group:
                    case Figures.MANAGED:
                        groups[group.value] = await work.figures.managed(chosen)
                    case Figures.TESTS:
                        groups[group.value] = await work.figures.tests(chosen, now)
                    case Figures.SCREENING:
                        leads = await work.leads.counts(chosen, now)
                        groups[group.value] = leads | await work.contacts.counts(chosen)
        return AreaFigures(chosen, now, groups, rule.source)
