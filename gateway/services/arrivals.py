"""Arrivals announced ahead, and people who have come (SD-3.3.1-a).

A late announcement is accepted and flagged, never refused. Coming home is the first contact: from there the tests of
somebody from a key area are counted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.declarations import owed
from gateway.domain.exposures import Exposure, jurisdiction_of
from gateway.domain.kinds import AlertKind, Lane, Occasion, Role, Severity
from gateway.domain.people import masked_name
from gateway.domain.scopes import Official
from gateway.domain.windows import Declaration, declaration
from gateway.record.arrivals import Arrival
from gateway.record.record import Work
from gateway.schemas.reports import ArrivalAnswers, ArrivedAnswers, Place
from gateway.services.alerts import AlertService, Raising
from gateway.services.declarations import DeclarationService
from gateway.services.exposures import ExposureService
from gateway.services.outbox import Outbox
from gateway.services.reports import Accepted, Consequence
from gateway.services.transactions import Transactions

HOME = "CN"


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of the watch-list: who comes when, and whether that was announced in time."""

    arrival: Arrival
    person: str | None


@dataclass(frozen=True, slots=True)
class ArrivalFollower:
    exposures: ExposureService
    declarations: DeclarationService
    alerts: AlertService
    outbox: Outbox

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        match accepted.answers:
            case ArrivalAnswers() as answers:
                return await self._announced(work, accepted, answers)
            case ArrivedAnswers() as answers:
                return await self._arrived(work, accepted, answers.at)
        return Consequence()

    async def _announced(self, work: Work, accepted: Accepted, answers: ArrivalAnswers) -> Consequence:
        pack = accepted.pack
        arrives_on = answers.arrives_at.astimezone(pack.zone).date()
        announced = (
            declaration(accepted.now, arrives_on, pack)
            if pack.declare is not None and await self._must_announce(work, accepted, answers.origin)
            else Declaration(answers.arrives_at, 0, ())
        )
        await work.arrivals.add(
            Arrival(
                id=work.new_id(),
                resident_id=accepted.resident.id,
                report_id=accepted.report.id,
                origin_area=answers.origin.area,
                origin_country=answers.origin.country,
                destination_area=answers.destination.area,
                arrives_at=answers.arrives_at,
                declared_at=accepted.now,
                due_at=announced.due_at,
                late_days=announced.days_late,
            )
        )
        facts: dict[str, Any] = {
            "arrives_at": answers.arrives_at.isoformat(),
            "reference": accepted.report.reference,
            "late_days": announced.days_late,
        }
        asked = await self._owed(work, accepted, answers, facts, late=announced.late)
        if not announced.late:
            return Consequence(advice=(("declared_on_time", announced.rules), *asked))
        alerted = await self._alert_late(work, accepted, facts, announced)
        return Consequence(advice=(("declared_late", announced.rules), *asked), alerted=alerted)

    async def _owed(
        self, work: Work, accepted: Accepted, answers: ArrivalAnswers, facts: dict[str, Any], *, late: bool
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Who hears of it, and what else the person is asked for, the pack says; the grid worker always hears."""
        pack, resident = accepted.pack, accepted.resident
        found = await self.exposures.of_report(work, accepted)
        origins = self.declarations.origins_of(answers.origin, found, pack)
        told = {
            role
            for _, duty in owed(pack.declarations, Occasion.ANNOUNCED, origins)
            for rung in duty.told
            for role in rung.roles
        }
        if Role.GRID_WORKER not in told and not late:
            await self._inform(work, accepted, facts)
        units = await work.arrivals.units_named(answers.employer.strip(), resident.area) if answers.employer else []
        return await self.declarations.arise(
            work,
            resident,
            pack,
            Occasion.ANNOUNCED,
            origins,
            now=accepted.now,
            by=accepted.by,
            facts=facts,
            units=units,
            already_told=frozenset({Role.GRID_WORKER}) if late else frozenset(),
            mark=str(accepted.report.id),
        )

    async def _must_announce(self, work: Work, accepted: Accepted, origin: Place) -> bool:
        """From abroad or from a key area (SD-3.3.1-a); a place nobody could find is not taken for a harmless one."""
        if origin.country is not None and origin.country != HOME:
            return True
        if origin.area is None:
            return True
        if origin.area.startswith(jurisdiction_of(accepted.pack) or origin.area):
            return False
        return bool(await self.exposures.of_report(work, accepted))

    async def _inform(self, work: Work, accepted: Accepted, facts: dict[str, Any]) -> None:
        """A card to the grid worker; nobody is escalated to."""
        resident = accepted.resident
        holding = await work.officials.on_call((Role.GRID_WORKER,), resident.area, accepted.now)
        officials = {one.id: one for held in holding.values() for one in held}
        await self.outbox.to_officials(
            work,
            officials.values(),
            "information",
            {
                "kind": AlertKind.ARRIVAL,
                "person": masked_name((await work.residents.identity(resident.id)).name),
                "area": resident.area,
                "facts": facts,
            },
            now=accepted.now,
            lane=Lane.REPLY,
            dedup=f"arrival:{accepted.report.id}",
        )

    async def _alert_late(self, work: Work, accepted: Accepted, facts: dict[str, Any], announced: Declaration) -> bool:
        policy = accepted.pack.climbed_by(AlertKind.ARRIVAL)
        alert = await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.ARRIVAL,
                severity=Severity.HIGH,
                area=accepted.resident.area,
                dedup_key=f"arrival:{accepted.report.id}",
                facts=facts,
                rules=announced.rules,
                policy_code=policy.code,
                ladder=policy.freeze(accepted.now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_id=accepted.resident.id,
                resident_id=accepted.resident.id,
                evidence=accepted.said,
            ),
        )
        return alert is not None

    async def _arrived(self, work: Work, accepted: Accepted, at: datetime) -> Consequence:
        """「到家了」: the announced arrival has ended; whoever comes from a key area is included from this moment."""
        announced = await work.arrivals.open_of(accepted.resident.id)
        if not announced:
            return Consequence(advice=(("arrived", ()),))
        arrival = min(announced, key=lambda one: abs(one.arrives_at - at))
        await work.arrivals.arrived(arrival.id, at)
        found = await self._exposures_of(work, accepted, arrival.report_id)
        plan = await self.exposures.include(work, accepted, found, at)
        if plan is None:
            return Consequence(advice=(("arrived", ()),))
        rules = accepted.pack.key_area.source if accepted.pack.key_area else ()
        return Consequence(advice=(("arrived", ()), ("provisional_plan", rules)), plan=plan)

    async def _exposures_of(self, work: Work, accepted: Accepted, report_id: UUID) -> tuple[Exposure, ...]:
        own = (await work.exposures.stays_of([accepted.resident.id])).get(accepted.resident.id, [])
        journey = [stay for stay in own if stay.report_id == report_id]
        return await self.exposures.of_stays(work, journey, own, accepted.pack)


@dataclass(frozen=True, slots=True)
class ArrivalService:
    transactions: Transactions
    clock: Clock

    async def expected(self, *, official: Official) -> list[Expected]:
        """The watch-list of an official's area, the next arrival first."""
        async with self.transactions.begin(official.scope) as work:
            arrivals = await work.arrivals.expected()
            identities = await work.residents.identities([one.resident_id for one in arrivals])
        return [
            Expected(one, masked_name(identities[one.resident_id].name) if one.resident_id in identities else None)
            for one in arrivals
        ]
