"""Agencies that test: entered by officials, public at once, and where nobody is open at night the county hears it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.agencies import (
    COUNTY_DIGITS,
    Agency,
    AgencyField,
    AgencyRules,
    NightRule,
    lacking,
    nearest,
    published,
    to_sample_at,
    without_night,
)
from gateway.domain.kinds import AlertKind, AlertStatus, Role, Severity
from gateway.domain.ladders import together
from gateway.domain.packs import Pack
from gateway.domain.scopes import Official, Scope
from gateway.errors import Fault, Forbidden, Invalid
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("testing agencies")
AGENCIES = "agencies"
KEEPING = (Role.HEALTH, Role.LIST_OWNER, Role.COUNTY, Role.CITY, Role.PROVINCE)


class NotYoursToList(Forbidden):
    """Your role or area does not list testing agencies."""


class AgencyIncomplete(Invalid):
    """What notices ask an agency to publish is missing."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One agency with what of it is public."""

    agency: Agency
    told: dict[AgencyField, str]


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """What an official sees: the list, what is asked of it, and where nobody is open at night."""

    agencies: tuple[Listed, ...]
    gaps: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clock: Clock

    async def keep(self, agency: Agency, *, official: Official, new: bool = False) -> Agency:
        """Listed, or changed, from this moment on. Raises NotYoursToList, AgencyIncomplete, AgencyNotFound."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            before = agency if new else await work.agencies.get(agency.id)
            self._may(official, agency.area, before.area)
            pack = await self.packs.for_area(work, agency.area, now)
            given = {field.value: agency.told(field, "zh") for field in AgencyField}
            missing = lacking(pack.agencies, given)
            if missing:
                raise AgencyIncomplete(faults=tuple(Fault(field.value, "is needed") for field in missing))
            kept = replace(agency, id=work.new_id() if new else agency.id, changed_at=now)
            save = work.agencies.add if new else work.agencies.save
            await save(kept, by=official.id)
            await work.audit.add("agency.list", "agency", kept.id, at=now, area=kept.area, night=kept.round_the_clock)
            await self._look(work, pack, kept.area[:COUNTY_DIGITS], now)
        return kept

    async def close(self, agency_id: UUID, *, official: Official) -> Agency:
        """It tests no more, and leaves the public list."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            agency = await work.agencies.get(agency_id)
            self._may(official, agency.area)
            closed = replace(agency, closed_at=now, changed_at=now)
            await work.agencies.save(closed, by=official.id)
            await work.audit.add("agency.close", "agency", agency.id, at=now, area=agency.area)
            pack = await self.packs.for_area(work, agency.area, now)
            await self._look(work, pack, agency.area[:COUNTY_DIGITS], now)
        return closed

    # reading

    async def view(self, *, official: Official, language: str) -> AgencyPage:
        area = official.area
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            pack = await self.packs.for_area(work, area, now)
            found = await work.agencies.within(area)
            counties = await work.agencies.inhabited_counties(area) | {one.area[:COUNTY_DIGITS] for one in found}
            told = {one.id: fields for one, fields in published(pack.agencies, found, language)}
            gaps = without_night(pack.agencies, {one for one in counties if len(one) == COUNTY_DIGITS}, found)
        return AgencyPage(tuple(Listed(one, told.get(one.id, {})) for one in found), gaps, _sources(pack.agencies))

    async def public(self, area: str, *, language: str) -> list[Listed]:
        """What everybody may read, nearest to this area first; of agencies everywhere where it is empty."""
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            listed: list[Listed] = []
            found = await work.agencies.within(area[:COUNTY_DIGITS])
            packs: dict[str, Pack] = {}
            for county in dict.fromkeys(one.area[:COUNTY_DIGITS] for one in found):
                packs[county] = await self.packs.for_area(work, county, now)
            for county, pack in packs.items():
                here = [one for one in found if one.area[:COUNTY_DIGITS] == county]
                ranked = nearest(pack.agencies, here, area)
                listed += [Listed(one, told) for one, told in published(pack.agencies, ranked, language)]
        return listed

    async def around(self, area: str | None, *, language: str) -> list[Listed]:
        """Where somebody who lives there can be tested; in their city where their county lists nobody."""
        near = await self.public(area, language=language) if area else []
        return near or await self.public(area[:4] if area else "", language=language)

    @staticmethod
    async def place_to_sample(work: Work, pack: Pack, area: str, language: str) -> str | None:
        """One line for a notice to sample: whoever is open at any hour."""
        if pack.agencies is None or pack.agencies.round_the_clock is None:
            return None
        agency = to_sample_at(pack.agencies, await work.agencies.within(area[:COUNTY_DIGITS]), area)
        if agency is None:
            return None
        return " · ".join(
            part for part in (agency.name(language), agency.address, agency.hours, agency.booking) if part
        )

    # gaps

    async def tell_gaps(self) -> int:
        """Once a day: every county in which people live and nobody tests at night, where a notice asks for it."""
        now = self.clock.now()
        told = 0
        async with self.transactions.begin(_WORK) as work:
            for county, pack, night in await self._asked(work, now):
                work.wake(AGENCIES, county, _next(pack, night.told_at, now))
                local = now.astimezone(pack.zone)
                kept = await work.heartbeats.kept(f"{AGENCIES}:{county}")
                if local.time() < night.told_at or (kept and kept["day"] == f"{local:%Y-%m-%d}"):
                    continue
                await work.heartbeats.keep(f"{AGENCIES}:{county}", {"day": f"{local:%Y-%m-%d}"})
                told += await self._look(work, pack, county, now)
        return told

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """For rebuilding the agenda."""
        now = self.clock.now()
        asked = await self._asked(work, now)
        return [(f"{AGENCIES}:{county}", _next(pack, night.told_at, now)) for county, pack, night in asked]

    async def _asked(self, work: Work, now: datetime) -> list[tuple[str, Pack, NightRule]]:
        """Counties in which people live and a notice in force wants somebody open at night."""
        counties: set[str] = set()
        for activation in await work.activations.within(""):
            given = (await self.packs.activated(work, activation)).agencies
            if given is not None and given.round_the_clock is not None:
                counties |= await work.agencies.inhabited_counties(activation.area)
        asked = []
        for county in sorted(counties):
            pack = await self.packs.for_area(work, county, now)
            if pack.agencies is not None and pack.agencies.round_the_clock is not None:
                asked.append((county, pack, pack.agencies.round_the_clock))
        return asked

    async def _look(self, work: Work, pack: Pack, county: str, now: datetime) -> bool:
        """Ring where nobody is open at night, and settle what rang once somebody is."""
        night = pack.agencies.round_the_clock if pack.agencies else None
        dedup = f"{AGENCIES}:{county}"
        standing = await work.alerts.by_dedup_key(dedup)
        rings = standing is not None and standing.status is not AlertStatus.RESOLVED
        missing = without_night(pack.agencies, [county], await work.agencies.within(county))
        if not missing or night is None:
            if standing is not None and rings:
                await self.alerts.settle(work, standing, "settled")
            return False
        if rings:
            return False
        policy = pack.escalation(night.ladder)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.AGENCY_GAP,
                severity=Severity.ROUTINE,
                area=county,
                dedup_key=dedup,
                facts={"place": county},
                rules=night.source,
                policy_code=policy.code,
                ladder=together(policy, night.heard, now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                subject_kind=AGENCIES,
            ),
        )
        return True

    @staticmethod
    def _may(official: Official, *areas: str) -> None:
        inside = official.scope.area is not None and all(area.startswith(official.area) for area in areas)
        if not inside or not official.may(*KEEPING):
            raise NotYoursToList


def _sources(rules: AgencyRules | None) -> tuple[str, ...]:
    parts: Sequence[tuple[str, ...]] = (
        [part.source for part in (rules.publication, rules.procedure, rules.round_the_clock) if part is not None]
        if rules
        else []
    )
    return tuple(dict.fromkeys(rule for source in parts for rule in source))


def _next(pack: Pack, at: time, now: datetime) -> datetime:
    """The next time the clock shows this hour."""
    local = now.astimezone(pack.zone)
    today = datetime.combine(local.date(), at, pack.zone)
    following = today if today > local else today + timedelta(days=1)
    return following.astimezone(now.tzinfo)
