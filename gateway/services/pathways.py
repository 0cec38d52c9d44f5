"""One person's way through the work: each step with its moment, the three first moments, and how they travelled.

Also who is to be tested and why, and the ground on which a pass could be given. Decisions stay with officials.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.clock import Clock
from gateway.domain.calendars import day_of
from gateway.domain.escalations import LadderStep
from gateway.domain.follow_ups import POSITIVE, FollowUp
from gateway.domain.kinds import (
    AlertKind,
    FollowUpState,
    Level,
    PeriodKind,
    ResidentId,
    ResultStatus,
    ResultValue,
    Role,
    Severity,
)
from gateway.domain.packs import Anchor, Pack
from gateway.domain.pathways import Mark, Stage, pathway
from gateway.domain.people import Resident
from gateway.domain.profiles import CostRule
from gateway.domain.scopes import Official, Scope
from gateway.domain.screenings import (
    SHOULD_TEST,
    Circumstances,
    Listed,
    Moment,
    MomentSeen,
    Occasion,
    PassBasis,
    first_moments,
    listed,
    pass_basis,
    real_time_profiles,
)
from gateway.domain.transfers import TransferJudgement, judged
from gateway.errors import Conflict, Fault, Invalid, NotConfigured
from gateway.record.record import Work
from gateway.record.transfers import Transfer
from gateway.services.alerts import AlertService, Raising
from gateway.services.follow_ups import CONFIRMING, READING, NotYoursToDecide
from gateway.services.packs import PackService
from gateway.services.reports import CLOCK_TOLERANCE
from gateway.services.transactions import Transactions


class NothingToTravelFrom(Conflict):
    """No isolation elsewhere is on record for this person: give the day of release."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is on record of one person's way; `moments` where the person is on the real-time list."""

    stages: tuple[Stage, ...]
    moments: tuple[MomentSeen, ...]


@dataclass(frozen=True, slots=True)
class PathwayService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clock: Clock

    async def of_resident(self, resident_id: ResidentId, *, official: Official) -> Way:
        """Every step of the work with the moment it was seen to (SD-3.3.1-b); the look is on record."""
        self._may(official, CONFIRMING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            await work.audit.add("pathway.read", "resident", resident_id, at=now)
            pack = await self.packs.for_area(work, resident.area, now)
            follow_ups = await work.follow_ups.of_resident(resident_id, open_only=False)
            marks = await self._marks(work, resident, follow_ups)
            real_time = real_time_profiles(pack.should_test)
            watched = [one for one in follow_ups if one.profile in real_time]
            seen = _first_seen(watched, marks)
        return Way(pathway(pack.pathway, marks), first_moments(pack.first_moments, seen) if watched else ())

    async def _marks(self, work: Work, resident: Resident, follow_ups: Iterable[FollowUp]) -> dict[Mark, datetime]:
        found: dict[Mark, list[datetime]] = {mark: [] for mark in Mark}
        arrival = await work.arrivals.newest_of(resident.id)
        if arrival is not None:
            found[Mark.DECLARED].append(arrival.declared_at)
            if arrival.arrived_at is not None:
                found[Mark.ARRIVED].append(arrival.arrived_at)
        for one in follow_ups:
            if one.state is FollowUpState.WITHDRAWN:
                continue
            found[Mark.REGISTERED].append(one.created_at)
            if one.source_key is not None:
                found[Mark.MATCHED].append(one.created_at)
            if one.confirmed_at is not None:
                found[Mark.CONFIRMED].append(one.confirmed_at)
            found[Mark.ISOLATED] += [each.starts_at for each in one.periods if each.kind is PeriodKind.CENTRAL]
        found[Mark.TRANSFERRED] += [each.arrived_at for each in await work.transfers.of_resident(resident.id)]
        key = await work.residents.key(resident.id)
        found[Mark.SAMPLED] += [each.sampled_at for each in await work.results.samplings(resident.id, key)]
        return {mark: min(moments) for mark, moments in found.items() if moments}

    # how they travelled

    async def transferred(
        self,
        resident_id: ResidentId,
        *,
        transport: str,
        number: str | None,
        arrived_at: datetime,
        released_on: date | None,
        official: Official,
    ) -> TransferJudgement:
        """Keep how somebody came on from a first entry point, and whether that was the way prescribed.

        It never puts anybody into isolation: where the way was another one, an official is asked to decide
        (SD-3.3.1-j). Raises NothingToTravelFrom when nobody knows the release.
        """
        self._may(official, CONFIRMING)
        now = self.clock.now()
        if arrived_at > now + CLOCK_TOLERANCE:
            raise Invalid(faults=(Fault("arrived_at", "lies in the future"),))
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            rule = next((each.transfer for each in pack.profiles.values() if each.transfer is not None), None)
            if rule is None:
                raise NotConfigured("profiles.overseas_transit.transfer", pack.id)
            standing = await work.follow_ups.of_resident(resident_id, open_only=False)
            released = released_on or _released_on(standing, pack)
            if released is None:
                raise NothingToTravelFrom
            judgement = judged(
                rule, released_on=released, arrived_on=day_of(arrived_at, pack.zone), transport=transport
            )
            transfer = Transfer(
                id=work.new_id(),
                resident_id=resident_id,
                follow_up_id=next((one.id for one in standing if one.is_open), None),
                transport=transport,
                arrived_at=arrived_at,
                allowed=judgement.allowed,
                rules=judgement.rules,
                recorded_at=now,
                recorded_by=official.id,
            )
            await work.transfers.add(transfer, number, await work.residents.key(resident_id))
            await work.audit.add(
                "transfer.record", "resident", resident_id, at=now, transport=transport, allowed=judgement.allowed
            )
            if judgement.to_decide:
                await self._ask_to_decide(work, resident, pack, transfer, judgement, now)
        return judgement

    async def _ask_to_decide(
        self,
        work: Work,
        resident: Resident,
        pack: Pack,
        transfer: Transfer,
        judgement: TransferJudgement,
        now: datetime,
    ) -> None:
        policy = pack.climbed_by(AlertKind.TRANSFER_TO_DECIDE)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.TRANSFER_TO_DECIDE,
                severity=Severity.HIGH,
                area=resident.area,
                dedup_key=f"transfer:{transfer.id}",
                facts={"profile": judgement.profile, "arrives_at": transfer.arrived_at.isoformat()},
                rules=judgement.rules,
                policy_code=policy.code,
                ladder=(
                    LadderStep(Level.L2, (Role.COMMUNITY,), now),
                    LadderStep(Level.L4, (Role.COUNTY, Role.HEALTH), now),
                ),
                resolve_within=policy.resolve_within,
                subject_kind="resident",
                subject_id=resident.id,
                resident_id=resident.id,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )

    # who is to be tested

    async def to_be_tested(self, resident_id: ResidentId, *, official: Official) -> tuple[Listed, ...]:
        """The lists this person stands on today, with the sentences that say so (SD-3.3.3)."""
        self._may(official, READING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            await work.audit.add("pathway.lists", "resident", resident_id, at=now)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            pack = await self.packs.for_area(work, resident.area, now)
            known = await self._known(work, resident_id)
            return listed(pack.should_test, known, day_of(now, pack.zone), payer_of(pack, known))

    async def own_lists(self, resident_id: ResidentId) -> tuple[Listed, ...]:
        """The same, asked by the person."""
        now = self.clock.now()
        async with self.transactions.reading(Scope.of_people([resident_id])) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            known = await self._known(work, resident_id)
            return listed(pack.should_test, known, day_of(now, pack.zone), payer_of(pack, known))

    async def _known(self, work: Work, resident_id: ResidentId) -> Circumstances:
        """What stands on record that bears on testing: plans, and what the plans of pupils were made for."""
        follow_ups = await work.follow_ups.of_resident(resident_id)
        occasions: dict[Occasion, date] = {}
        for one in follow_ups:
            for anchor, occasion in _OCCASIONS.items():
                if anchor in one.anchors:
                    pack = await self.packs.of_plan(work, one)
                    occasions[occasion] = day_of(one.anchors[anchor], pack.zone)
        occupation = "school" if any(one.profile == "school_realtime" for one in follow_ups) else None
        return Circumstances(profiles=[one.profile for one in follow_ups], occupation=occupation, occasions=occasions)

    async def pass_basis_of(self, resident_id: ResidentId, *, official: Official) -> PassBasis | None:
        """Whether and why the person stands in the database pass codes are given from (SD-4.4-e)."""
        self._may(official, CONFIRMING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            if pack.pass_code is None:
                raise NotConfigured("pass_code", pack.id)
            await work.audit.add("pass_basis.read", "resident", resident_id, at=now)
            return await self._basis(work, resident_id, pack)

    async def pass_codes(self, *, official: Official, limit: int = 500) -> list[tuple[ResidentId, PassBasis]]:
        """The database itself, as far as this official's area goes: who may be given a pass, and why."""
        self._may(official, CONFIRMING)
        now = self.clock.now()
        found: list[tuple[ResidentId, PassBasis]] = []
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, now)
            await work.audit.add("pass_basis.list", "area", official.area, at=now)
            if pack.pass_code is None:
                raise NotConfigured("pass_code", pack.id)
            for resident_id in await work.results.tested(limit=limit):
                basis = await self._basis(work, resident_id, pack)
                if basis is not None:
                    found.append((resident_id, basis))
        return found

    async def _basis(self, work: Work, resident_id: ResidentId, pack: Pack) -> PassBasis | None:
        assert pack.pass_code is not None
        key = await work.residents.key(resident_id)
        results = [
            (one.resulted_at or one.sampled_at, one.value)
            for one in await work.results.of_resident(resident_id, key)
            if one.status is ResultStatus.CONFIRMED and one.value not in (None, ResultValue.INCONCLUSIVE)
        ]
        ended = [
            one.closed_at
            for one in await work.follow_ups.of_resident(resident_id, open_only=False)
            if POSITIVE in one.holds and one.closed_at is not None
        ]
        return pass_basis(pack.pass_code, [(at, value) for at, value in results if value], max(ended, default=None))

    @staticmethod
    def _may(official: Official, roles: tuple[Role, ...]) -> None:
        if not official.may(*roles):
            raise NotYoursToDecide


_OCCASIONS = {
    Anchor.HOUSEHOLD_RETURN: Occasion.HOUSEHOLD_HISTORY,
    Anchor.LAST_CASE: Occasion.COMMUNITY_OUTBREAK,
}


def _released_on(follow_ups: Iterable[FollowUp], pack: Pack) -> date | None:
    """The day isolation elsewhere ended, as the newest plan that knows it says."""
    known = [one.anchors[Anchor.RELEASE] for one in follow_ups if Anchor.RELEASE in one.anchors]
    return day_of(known[-1], pack.zone) if known else None


def _first_seen(watched: Sequence[FollowUp], marks: dict[Mark, datetime]) -> dict[Moment, datetime]:
    """The three first moments: found when the follow-up began, traced at the first contact, sampled."""
    seen: dict[Moment, datetime] = {}
    begun = [one.created_at for one in watched]
    traced = [one.confirmed_at for one in watched if one.confirmed_at is not None]
    included = [one.anchors.get(Anchor.INCLUDED_AT) for one in watched]
    traced += [moment for moment in included if isinstance(moment, datetime)]
    if begun:
        seen[Moment.DISCOVERED] = min(begun)
    if traced:
        seen[Moment.TRACED] = min(traced)
    if Mark.SAMPLED in marks:
        seen[Moment.SAMPLED] = marks[Mark.SAMPLED]
    return seen


def payer_of(pack: Pack, known: Circumstances) -> CostRule | None:
    """Who pays for the tests somebody is asked for: what a profile of theirs says comes first (SD-3.3.1-j)."""
    own = [pack.profiles[name].costs for name in known.profiles if name in pack.profiles]
    return next((costs for costs in own if costs is not None), pack.payers.get(SHOULD_TEST))
