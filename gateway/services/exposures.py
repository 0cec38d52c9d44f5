"""From places to people: who stood where a risk area is, was, or has just become one.

Whatever is found is told at once to the household's grid worker and community; the person hears it too. The system
puts nobody under a profile but `key_area`, as provisional, and takes nobody out of it: that is decided by a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.controls import asked_of_returnees
from gateway.domain.escalations import LadderStep
from gateway.domain.exposures import (
    Exposure,
    Source,
    SourceKind,
    Span,
    Stay,
    exposures,
    foremost,
    key_area_entry,
)
from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import AlertKind, Lane, Level, MatchKind, ReportKind, ResidentId, RiskLevel, Role, Severity
from gateway.domain.packs import Pack
from gateway.domain.people import Resident
from gateway.domain.places import Gazetteer
from gateway.domain.risk_areas import ListedPlace, Reach, Spell, days_listed, place_name, reach
from gateway.domain.scopes import Scope, ancestors
from gateway.record.exposures import IN, OUT, MatchRow
from gateway.record.record import Work
from gateway.record.reports import Report
from gateway.record.risk_lists import Outbreak, SpellRow
from gateway.schemas.plans import PlanOut
from gateway.services.alerts import AlertService, Raising
from gateway.services.follow_ups import FollowUpService
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import Accepted, Consequence
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("exposures")
KEY_AREA = "key_area"
#: What the agenda calls a person whom a re-match has news for.
EXPOSURE = "exposure"

#: The cause of a match that ended because somebody took their report back; followed by the report.
TAKEN_BACK = "report:"

#: Journeys this far from the listed days are not even looked at; wider than any pack's window.
FAR = timedelta(days=60)

#: Case dates this far from the days in a list belong to another wave and say nothing about it.
SAME_WAVE = timedelta(days=30)

#: Levels that make a place a risk area; a place listed as low is none any more.
RISKY = frozenset({RiskLevel.MEDIUM, RiskLevel.HIGH})

#: Somebody has to look at a possible match; the township hears of it when nobody did for that long (E-B).
LOOK_WITHIN = timedelta(minutes=60)

_Known = Mapping[tuple[UUID, SourceKind, UUID], MatchRow]

_MATCHED_BY_REPORT = frozenset({ReportKind.TRAVEL, ReportKind.RESIDENCE, ReportKind.CONTACT, ReportKind.ARRIVAL})


@dataclass(frozen=True, slots=True)
class Rematched:
    """How many residents came into scope, surely or possibly, and how many left it."""

    definite: int = 0
    possible: int = 0
    no_longer: int = 0
    proposed: int = 0


@dataclass(frozen=True, slots=True)
class _Person:
    resident: Resident
    pack: Pack
    found: tuple[Exposure, ...]


@dataclass(frozen=True, slots=True)
class ExposureService:
    transactions: Transactions
    outbox: Outbox
    alerts: AlertService
    packs: PackService
    follow_ups: FollowUpService
    gazetteer: Gazetteer
    clock: Clock

    # sources

    def sources(self, work: Work, spells: Iterable[SpellRow], outbreaks: Iterable[Outbreak]) -> list[Source]:
        """Listed places and outbreaks as matching sees them. Case dates, where an official set them, replace the
        days that the places inside that area stood in a list."""
        known = list(outbreaks)
        by_place: dict[UUID, list[SpellRow]] = {}
        for spell in spells:
            if spell.level in RISKY:
                by_place.setdefault(spell.place_id, []).append(spell)
        found = [self._listed(work, rows, known) for rows in by_place.values()]
        return found + [_of_outbreak(outbreak, self.gazetteer) for outbreak in known]

    def _listed(self, work: Work, spells: Sequence[SpellRow], outbreaks: Sequence[Outbreak]) -> Source:
        newest = max(spells, key=lambda spell: spell.valid_from)
        place = newest.place
        rows = [Spell(s.place.entry, s.level, s.valid_from, s.valid_to, s.recorded_at) for s in spells]
        around = [one for one in outbreaks if place.area is not None and place.area.startswith(one.area)]
        spans: list[Span] = []
        for stretch in days_listed(rows, self.packs.everywhere().zone):
            listed = Span(*stretch, from_list=True)
            spans += [_span_of(outbreak) for outbreak in around if _same_wave(listed, outbreak)] or [listed]
        return Source(
            SourceKind.LISTED,
            newest.place_id,
            work.exposures.listed_place(place),
            tuple(dict.fromkeys(spans)),
            place_name(place, self.gazetteer),
            newest.level,
        )

    async def near(self, work: Work, areas: Iterable[str]) -> list[Source]:
        """Every source that can have to do with these areas; the register stands still until the caller's end."""
        await work.risk_lists.read_register()
        spells: dict[UUID, SpellRow] = {}
        outbreaks: dict[UUID, Outbreak] = {}
        for where in {_reach_of(area) for area in areas if area}:
            for spell in await work.risk_lists.spells_near(where.lowest, where.beyond, where.parents):
                spells[spell.id] = spell
            for outbreak in await self._outbreaks_near(work, where):
                outbreaks[outbreak.id] = outbreak
        return self.sources(work, spells.values(), outbreaks.values())

    @staticmethod
    async def _outbreaks_near(work: Work, where: Reach) -> list[Outbreak]:
        return [
            outbreak
            for outbreak in await work.risk_lists.outbreaks()
            if where.holds(outbreak.area) or where.lowest.startswith(outbreak.area)
        ]

    # re-matching

    async def rematch(self, work: Work, sources: Sequence[Source], *, cause: str) -> Rematched:
        """Set these sources against every journey there is, inside the caller's transaction: matches begin and end in
        sets, and everybody whom that concerns is told by the clock, person by person (`tell`).

        A source without any span left lets everybody go. Coming twice with the same sources changes nothing.
        """
        now = self.clock.now()
        people, known = await self._people(work, sources, now)
        counted = {"definite": 0, "possible": 0, "no_longer": 0, "proposed": 0}
        kept: list[MatchRow] = []
        ended: list[MatchRow] = []
        for person in people:
            fresh, gone = _moved(person, known)
            news = {_key(each) for each in fresh}
            for each in person.found:
                row = self._row(work, each, known, now, untold=f"{IN}{cause}" if _key(each) in news else None)
                if row is not None:
                    kept.append(row)
            ended += gone
            if fresh:
                best = foremost(fresh)
                assert best is not None
                counted[best.kind.value] += 1
                today = now.astimezone(person.pack.zone).date()
                counted["proposed"] += key_area_entry(fresh, person.pack, today) is not None
            if fresh or gone:
                work.wake(EXPOSURE, person.resident.id, now)
        await work.exposures.keep(kept)
        if ended:
            await work.exposures.end([row.id for row in ended], now, cause=cause)
            left = {row.resident_id for row in ended}
            left -= {row.resident_id for row in await work.exposures.matches(residents=left)}
            counted["no_longer"] = len(left)
        return Rematched(**counted)

    async def tell(self, resident_id: ResidentId) -> None:
        """Tell one person and their officials what a re-match found: once, whoever comes twice finds nothing left."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            rows = await work.exposures.untold(resident_id)
            if not rows:
                return
            await work.exposures.told([row.id for row in rows])
            resident = (await work.exposures.residents([resident_id])).get(resident_id)
            if resident is None:
                return
            pack = await self.packs.for_area(work, resident.area, now)
            own = (await work.exposures.stays_of([resident_id])).get(resident_id, [])
            sources = await self.near(work, [stay.declared.area for stay in own])
            standing = {_key(each): each for each in exposures(own, sources, pack)}
            person = _Person(resident, pack, tuple(standing.values()))
            for cause in dict.fromkeys(row.untold for row in rows):
                assert cause is not None
                told = [row for row in rows if row.untold == cause]
                if cause.startswith(OUT):
                    await self._let_go(work, person, told, cause.removeprefix(OUT), now)
                    continue
                keys = [(row.journey_id, row.source_kind, row.source_id) for row in told]
                fresh = [standing[key] for key in keys if key in standing]
                await self._bring_in(work, person, fresh, cause.removeprefix(IN), now)

    async def _bring_in(
        self, work: Work, person: _Person, fresh: Sequence[Exposure], cause: str, now: datetime
    ) -> None:
        best = foremost(fresh)
        if best is None:
            return
        await self._propose(work, person, fresh, now, included_at=None)
        await self._tell_resident(work, person, best, now, cause)
        await self._alert(work, person, fresh, dedup=f"risk:{cause}:{person.resident.id}", now=now)

    async def left_by(self, work: Work, report: Report, now: datetime) -> None:
        """A report was taken back: what its stays matched ends, and officials hear of it by the clock (`tell`)."""
        standing = await work.exposures.stays_of([report.resident_id])
        stays = {stay.journey_id for stay in standing.get(report.resident_id, [])}
        rows = [
            row.id for row in await work.exposures.matches(resident=report.resident_id) if row.journey_id not in stays
        ]
        if rows:
            await work.exposures.end(rows, now, cause=f"{TAKEN_BACK}{report.id}")
            work.wake(EXPOSURE, report.resident_id, now)

    async def untold(self) -> list[ResidentId]:
        async with self.transactions.begin(_WORK) as work:
            return [resident for resident, _ in await work.exposures.with_untold()]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{EXPOSURE}:{one}", at) for one, at in await work.exposures.with_untold(limit=100_000)]

    async def preview(self, work: Work, sources: Sequence[Source]) -> tuple[Rematched, frozenset[ResidentId]]:
        """What `rematch` would do, and to whom; nothing is written and nobody is told."""
        now = self.clock.now()
        people, known = await self._people(work, sources, now)
        counted = {"definite": 0, "possible": 0, "no_longer": 0}
        touched = set()
        for person in people:
            fresh, gone = _moved(person, known)
            best = foremost(fresh)
            if best is not None:
                counted[best.kind.value] += 1
            elif gone and len(gone) == sum(row.resident_id == person.resident.id for row in known.values()):
                counted["no_longer"] += 1
            if fresh or gone or person.found:
                touched.add(person.resident.id)
        return Rematched(**counted), frozenset(touched)

    async def _people(self, work: Work, sources: Sequence[Source], now: datetime) -> tuple[list[_Person], _Known]:
        rows = await work.exposures.matches(sources=[(source.kind, source.id) for source in sources])
        known: _Known = {(row.journey_id, row.source_kind, row.source_id): row for row in rows}
        by_reach: dict[Reach, list[Source]] = {}
        for source in sources:
            where = reach(source.place)
            if where is not None:
                by_reach.setdefault(where, []).append(source)
        candidates = {row.resident_id for row in rows}
        for where, reached in by_reach.items():
            days = _days_of(reached)
            if days is not None:
                candidates |= set(await work.exposures.residents_near(where, first_on=days[0], last_on=days[1]))
        residents = await work.exposures.residents(candidates)
        stays = await work.exposures.stays_of(list(residents))
        governed = await work.exposures.governed_areas()
        packs: dict[tuple[str, ...], Pack] = {}
        people = []
        for resident_id in sorted(residents, key=str):
            resident = residents[resident_id]
            around = tuple(area for area in ancestors(resident.area) if area in governed)
            if around not in packs:  # people of ten thousand townships are governed by a handful of packs
                packs[around] = await self.packs.for_area(work, resident.area, now)
            pack, own = packs[around], stays.get(resident_id, [])
            found = tuple(
                each
                for where, reached in by_reach.items()
                for each in exposures(own, reached, pack)
                if where.holds(each.stay.declared.area)
            )
            people.append(_Person(resident, pack, found))
        return people, known

    def _row(
        self, work: Work, found: Exposure, known: _Known, now: datetime, *, untold: str | None = None
    ) -> MatchRow | None:
        """The match to write; None where it stands already as found."""
        row = known.get(_key(found))
        fresh = MatchRow(
            id=work.new_id(),
            resident_id=found.stay.resident_id,
            journey_id=found.stay.journey_id,
            source_kind=found.source.kind,
            source_id=found.source.id,
            kind=found.kind,
            level=found.source.level,
            entry_on=found.entry_on,
            matched_at=row.matched_at if row else now,
            untold=untold,
        )
        if row is not None and (row.kind, row.level, row.entry_on) == (fresh.kind, fresh.level, fresh.entry_on):
            return None
        return fresh

    # what follows

    async def _propose(
        self, work: Work, person: _Person, found: Sequence[Exposure], now: datetime, *, included_at: datetime | None
    ) -> FollowUp | None:
        pack = person.pack
        entered = key_area_entry(found, pack, now.astimezone(pack.zone).date())
        if entered is None or entered.entry_on is None or pack.key_area is None:
            return None
        source_key = f"{KEY_AREA}:{entered.entry_on.isoformat()}"
        if included_at is not None:
            for standing in await work.follow_ups.of_resident(person.resident.id):
                if source_key in standing.sources and "included_at" in standing.anchors:
                    return standing  # the first contact counts: telling of the same journey again moves no date
        anchors: dict[str, date | datetime] = {
            "arrival": entered.stay.arrived_at or entered.entry_on,
            "first_case": entered.span.starts_on(pack),
        }
        if entered.span.last_on is not None:
            anchors["last_case"] = entered.span.last_on
        if included_at is not None:
            anchors["included_at"] = included_at
        return await self.follow_ups.propose(
            work,
            person.resident,
            profile=KEY_AREA,
            anchors=anchors,
            pack=pack,
            source_key=source_key,
            rules=pack.key_area.source,
        )

    async def _let_go(self, work: Work, person: _Person, gone: Sequence[MatchRow], cause: str, now: datetime) -> None:
        """Better knowledge takes somebody out of scope. Whatever plan there is stands until an official has decided;
        where there is none, officials hear it all the same, and the person too."""
        left = await work.exposures.matches(resident=person.resident.id)
        kept = {row.entry_on for row in left if row.kind is MatchKind.DEFINITE}
        without_ground: list[FollowUp] = []
        for entry_on in {row.entry_on for row in gone if row.kind is MatchKind.DEFINITE} - kept:
            if entry_on is not None:
                source = f"{KEY_AREA}:{entry_on.isoformat()}"
                without_ground += await self.follow_ups.withdraw_by_source(work, person.resident.id, source)
        if left or without_ground:
            return
        await self._alert_gone(work, person, gone, cause, now)
        if cause.startswith(TAKEN_BACK):
            return  # whoever took it back knows, and nobody has checked it yet
        guarded = await work.residents.guardians(person.resident.id)
        name = (await work.residents.identity(person.resident.id)).name if guarded else None
        stays = {
            stay.journey_id: stay
            for stay in (await work.exposures.stays_of([person.resident.id])).get(person.resident.id, [])
        }
        area = next((stays[row.journey_id].declared.area for row in gone if row.journey_id in stays), None)
        await self.outbox.to_resident(
            work,
            person.resident,
            "risk_cleared",
            {"person": name, "area": area or person.resident.area},
            now=now,
            lane=Lane.REPLY,
            dedup=f"risk:out:{cause}",
        )

    async def _tell_resident(self, work: Work, person: _Person, best: Exposure, now: datetime, cause: str) -> None:
        resident = person.resident
        guarded = await work.residents.guardians(resident.id)
        name = (await work.residents.identity(resident.id)).name if guarded else None
        await self.outbox.to_resident(
            work,
            resident,
            "risk_match",
            {
                "person": name,
                "area": best.spoken_of,
                "level": best.source.level,
                "match": best.kind,
                "quote": self._quote(person.pack, resident.language),
                "asks": list(asked_of_returnees(person.pack.lists)),
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"risk:{cause}",
        )

    def _quote(self, pack: Pack, language: str) -> str | None:
        rules = pack.key_area.source if pack.key_area is not None else pack.lists.source if pack.lists else ()
        return self.packs.quote(rules, language)

    async def _alert(
        self,
        work: Work,
        person: _Person,
        found: Sequence[Exposure],
        *,
        dedup: str,
        now: datetime,
        reference: str | None = None,
        said: str | None = None,
    ) -> bool:
        best = foremost(found)
        if best is None:
            return False
        facts: dict[str, Any] = {
            "match": best.kind,
            "place": best.spoken_of[:9],
            "level": best.source.level,
            "entry_on": best.entry_on.isoformat() if best.entry_on else None,
            "from_list": best.span.from_list,
            "places": len({each.source.id for each in found}),
        }
        if reference is not None:
            facts["reference"] = reference
        sure = best.kind is MatchKind.DEFINITE
        places = list(dict.fromkeys(f"{each.source.name} {_days(each.stay)}" for each in found))
        evidence = "\n".join([*places[:5], *(["…"] if len(places) > 5 else []), *([f"「{said}」"] if said else [])])
        return await self._raise(work, person, facts, dedup=dedup, sure=sure, evidence=evidence, now=now)

    async def _alert_gone(
        self, work: Work, person: _Person, gone: Sequence[MatchRow], cause: str, now: datetime
    ) -> None:
        left = "taken_back" if cause.startswith(TAKEN_BACK) else "gone"
        facts = {"exposure": left, "places": len({row.source_id for row in gone})}
        dedup = f"risk:out:{cause}:{person.resident.id}"
        await self._raise(work, person, facts, dedup=dedup, sure=False, evidence=None, now=now)

    async def _raise(
        self,
        work: Work,
        person: _Person,
        facts: dict[str, Any],
        *,
        dedup: str,
        sure: bool,
        evidence: str | None,
        now: datetime,
    ) -> bool:
        pack = person.pack
        policy = pack.climbed_by(AlertKind.RISK_MATCH)
        at_once = LadderStep(Level.L1, (Role.GRID_WORKER, Role.COMMUNITY), now)
        later = policy.freeze(now) if sure else (LadderStep(Level.L3, (Role.TOWNSHIP,), now + LOOK_WITHIN),)
        alert = await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.RISK_MATCH,
                severity=Severity.HIGH if sure else Severity.ROUTINE,
                area=person.resident.area,
                dedup_key=dedup,
                facts=facts,
                rules=pack.key_area.source if pack.key_area else pack.behind(AlertKind.RISK_MATCH),
                policy_code=policy.code,
                ladder=(at_once, *later),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_id=person.resident.id,
                resident_id=person.resident.id,
                evidence=evidence,
            ),
        )
        return alert is not None

    # reports

    async def of_report(self, work: Work, accepted: Accepted) -> tuple[Exposure, ...]:
        """What the journeys of a new report have to do with any source, kept as matches."""
        own = (await work.exposures.stays_of([accepted.resident.id])).get(accepted.resident.id, [])
        fresh = [stay for stay in own if stay.report_id == accepted.report.id]
        found = await self.of_stays(work, fresh, own, accepted.pack)
        rows = (self._row(work, each, {}, accepted.now) for each in found)
        await work.exposures.keep([row for row in rows if row is not None])
        return found

    async def of_stays(
        self, work: Work, stays: Sequence[Stay], own: Sequence[Stay], pack: Pack
    ) -> tuple[Exposure, ...]:
        sources = await self.near(work, [stay.declared.area for stay in stays])
        ids = {stay.journey_id for stay in stays}
        return tuple(each for each in exposures(own, sources, pack) if each.stay.journey_id in ids)

    async def include(self, work: Work, accepted: Accepted, found: Sequence[Exposure], at: datetime) -> PlanOut | None:
        """Whoever entered from a key area is under its profile from first contact on, provisionally (SD-3.3.1-f):
        the plan to show, or None where nothing is asked."""
        person = _Person(accepted.resident, accepted.pack, tuple(found))
        follow_up = await self._propose(work, person, found, accepted.now, included_at=at)
        return await self.follow_ups.out(work, follow_up, accepted.resident.language) if follow_up else None

    async def tell_of_report(self, work: Work, accepted: Accepted, found: Sequence[Exposure]) -> bool:
        person = _Person(accepted.resident, accepted.pack, tuple(found))
        return await self._alert(
            work,
            person,
            found,
            dedup=f"risk:report:{accepted.report.id}",
            now=accepted.now,
            reference=accepted.report.reference,
            said=accepted.said,
        )


@dataclass(frozen=True, slots=True)
class ExposureFollower:
    """A report that names a place is matched at once. Announced arrivals are told of by their own follower."""

    exposures: ExposureService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        if accepted.report.kind not in _MATCHED_BY_REPORT or not accepted.journeys:
            return Consequence()
        found = await self.exposures.of_report(work, accepted)
        if not found:
            return Consequence()
        rules = accepted.pack.key_area.source if accepted.pack.key_area else ()
        if accepted.report.kind is ReportKind.ARRIVAL:
            return Consequence(advice=(("possible_match", rules),))
        plan = await self.exposures.include(work, accepted, found, accepted.now)
        alerted = await self.exposures.tell_of_report(work, accepted, found)
        code = "provisional_plan" if plan else "possible_match"
        return Consequence(advice=((code, rules),), plan=plan, alerted=alerted)


def _of_outbreak(outbreak: Outbreak, gazetteer: Gazetteer) -> Source:
    known = gazetteer.find_area(outbreak.area)
    return Source(
        SourceKind.OUTBREAK,
        outbreak.outbreak_id,
        ListedPlace(outbreak.area, found=True),
        (_span_of(outbreak),),
        gazetteer.full_name(known.code) if known else outbreak.area,
    )


def _same_wave(listed: Span, outbreak: Outbreak) -> bool:
    return listed.first_on <= outbreak.last_case_on + SAME_WAVE and (
        listed.last_on is None or listed.last_on >= outbreak.first_case_on - SAME_WAVE
    )


def _reach_of(area: str) -> Reach:
    where = reach(ListedPlace(area, found=True))
    assert where is not None
    return where


def _span_of(outbreak: Outbreak) -> Span:
    return Span(
        outbreak.first_case_on,
        outbreak.last_case_on,
        from_list=False,
        onset_on=outbreak.first_onset_on,
        report_on=outbreak.first_report_on,
    )


def _key(found: Exposure) -> tuple[UUID, SourceKind, UUID]:
    return found.stay.journey_id, found.source.kind, found.source.id


def _moved(person: _Person, known: _Known) -> tuple[list[Exposure], list[MatchRow]]:
    """Exposures that are new, or sure now and only possible before; and matches that no longer hold."""
    held = {_key(each): each for each in person.found}
    fresh = []
    for key, each in held.items():
        row = known.get(key)
        if row is None or (row.kind is MatchKind.POSSIBLE and each.kind is MatchKind.DEFINITE):
            fresh.append(each)
    gone = [row for key, row in known.items() if row.resident_id == person.resident.id and key not in held]
    return fresh, gone


def _days_of(sources: Iterable[Source]) -> tuple[date, date | None] | None:
    """None where no source has any day left: a withdrawn place matches nothing new."""
    spans = [span for source in sources for span in source.spans]
    if not spans:
        return None
    first = min(min(span.first_on, span.onset_on or span.first_on) for span in spans) - FAR
    ends = [span.last_on for span in spans]
    if any(end is None for end in ends):
        return first, None
    return first, max(end for end in ends if end is not None) + FAR


def _days(stay: Stay) -> str:
    if stay.from_on == stay.to_on:
        return stay.from_on.isoformat()
    return f"{stay.from_on.isoformat()}…{stay.to_on.isoformat()}"
