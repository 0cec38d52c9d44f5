"""Hospitals and isolation sites report whom they let go: the report begins the calendar of those discharged.

A report that does not come is chased; one that comes late is taken all the same and says so.
"""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.clock import Clock
from gateway.domain.calendars import elapse
from gateway.domain.discharges import Leaving
from gateway.domain.follow_ups import FollowUp
from gateway.domain.kinds import ClockKind, ResidentId, Role
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Anchor, Pack
from gateway.domain.scopes import Official
from gateway.errors import Fault, Forbidden, Invalid, NotConfigured
from gateway.record.record import Work
from gateway.services.clocks import ClockService, Starting
from gateway.services.follow_ups import AlreadyFollowedUp, FollowUpService
from gateway.services.packs import PackService
from gateway.services.reports import CLOCK_TOLERANCE
from gateway.services.transactions import Transactions

REPORTING = (Role.SITE, Role.HEALTH, Role.DOCTOR, Role.COUNTY, Role.CITY)
BROUGHT_BACK = "imported_discharged"


class NotYoursToReport(Forbidden):
    """Your role does not report discharges."""


@dataclass(frozen=True, slots=True)
class Reported:
    """`late`: by the pack's hours after the person left. `follow_up` None: a release begins nothing further."""

    late: bool
    rules: tuple[str, ...]
    follow_up: FollowUp | None


@dataclass(frozen=True, slots=True)
class DischargeService:
    transactions: Transactions
    packs: PackService
    follow_ups: FollowUpService
    clocks: ClockService
    clock: Clock

    async def expect(self, resident_id: ResidentId, *, on: datetime, official: Official) -> datetime:
        """A hospital says when somebody will leave; from then on its report is waited for. By when it is due."""
        self._may(official)
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, self.clock.now())
            rule = pack.discharge_report
            if rule is None:
                raise NotConfigured("discharge_report", pack.id)
            due_at = elapse(on, timedelta(hours=rule.within_hours))
            await self.clocks.start(
                work,
                pack,
                Starting(
                    kind=ClockKind.DISCHARGE_REPORT,
                    key=f"expected-{on.date().isoformat()}",
                    subject_id=resident_id,
                    resident_id=resident_id,
                    area=resident.area,
                    rules=rule.source,
                    ladder_code=rule.ladder,
                    ladder=ladder_steps(pack, rule.ladder, clock_start=on, due_at=due_at),
                    started_at=on,
                    due_at=due_at,
                    facts={},
                ),
            )
            await work.audit.add("discharge.expect", "resident", resident_id, at=self.clock.now())
        return due_at

    async def report(
        self,
        resident_id: ResidentId,
        *,
        leaving: Leaving,
        left_at: datetime,
        arrived_at: datetime | None = None,
        official: Official,
    ) -> Reported:
        """Somebody left hospital or isolation: stop the waiting, and begin the calendar of those discharged.

        Whoever was treated elsewhere and brought back has the visits that are left since the discharge (SD-3.3.4-h).
        """
        self._may(official)
        now = self.clock.now()
        for name, at in (("left_at", left_at), ("arrived_at", arrived_at)):
            if at is not None and at > now + CLOCK_TOLERANCE:
                raise Invalid(faults=(Fault(name, "lies in the future"),))
        if leaving is Leaving.BROUGHT_BACK and arrived_at is None:
            raise Invalid(faults=(Fault("arrived_at", "is needed for somebody who was brought back"),))
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            rule = pack.discharge_report
            if rule is None:
                raise NotConfigured("discharge_report", pack.id)
            await self._stop(work, resident_id, now)
            late = now > elapse(left_at, timedelta(hours=rule.within_hours))
            await work.audit.add("discharge.report", "resident", resident_id, at=now, leaving=leaving, late=late)
        follow_up = await self._begin(resident_id, pack, rule.starts, leaving, left_at, arrived_at, official)
        return Reported(late, rule.source, follow_up)

    async def _stop(self, work: Work, resident_id: ResidentId, now: datetime) -> None:
        for clock in await work.clocks.of_resident(resident_id, (ClockKind.DISCHARGE_REPORT,), lock=True):
            await self.clocks.stop(work, clock, now)

    async def _begin(
        self,
        resident_id: ResidentId,
        pack: Pack,
        starts: str,
        leaving: Leaving,
        left_at: datetime,
        arrived_at: datetime | None,
        official: Official,
    ) -> FollowUp | None:
        profile = BROUGHT_BACK if leaving is Leaving.BROUGHT_BACK and BROUGHT_BACK in pack.profiles else starts
        if leaving is Leaving.RELEASED or profile not in pack.profiles:
            return None
        anchors = {Anchor.DISCHARGE.value: left_at} | ({Anchor.ARRIVAL.value: arrived_at} if arrived_at else {})
        with contextlib.suppress(AlreadyFollowedUp):  # reported twice
            return await self.follow_ups.place(
                resident_id,
                profile=profile,
                anchors=anchors,
                reason=f"reported as {leaving}",
                official=official,
                roles=REPORTING,
            )
        return None

    @staticmethod
    def _may(official: Official) -> None:
        if not official.may(*REPORTING):
            raise NotYoursToReport
