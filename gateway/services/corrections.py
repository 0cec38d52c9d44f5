"""What a resident told before: seen again, put right by another report, or taken back.

Nothing is deleted. What followed from the earlier report is not undone by the system: its stays match no risk area any
more, and officials who rang, or made a plan, because of it hear of the change and decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.clock import Clock
from gateway.domain.corrections import CORRECTABLE_FOR, is_correctable
from gateway.domain.kinds import AlertKind, Lane, OfficialId, ReportId, ResidentId, Role
from gateway.domain.people import Resident, Speaker, masked_name
from gateway.domain.scopes import Scope
from gateway.record.record import Work
from gateway.record.reports import Report, ReportNotFound
from gateway.schemas.reports import OwnReport
from gateway.services.alerts import AlertService
from gateway.services.exposures import ExposureService
from gateway.services.outbox import Outbox
from gateway.services.reports import Accepted, Consequence, NotCorrectable
from gateway.services.residents import ConsentMissing
from gateway.services.transactions import Transactions

#: So many are shown again; who reports for a large family finds the newest.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class CorrectionService:
    transactions: Transactions
    exposures: ExposureService
    alerts: AlertService
    outbox: Outbox
    clock: Clock

    async def own(self, speaker: Speaker) -> list[OwnReport]:
        """What was reported of oneself and one's family lately, the newest first. Raises ConsentMissing."""
        now = self.clock.now()
        people = _people(speaker)
        async with self.transactions.begin(Scope.of_people(people)) as work:
            listed = await work.reports.told_by(people, since=now - CORRECTABLE_FOR, limit=SHOWN)
            corrected = {report.corrects_id for report in listed}
            keys = {one: await work.residents.key(one) for one in {report.resident_id for report in listed}}
            opened = [await work.reports.get(report.id, keys[report.resident_id]) for report in listed]
            return [_shown(report, now, corrected=report.id in corrected) for report in opened]

    async def withdraw(self, speaker: Speaker, report_id: ReportId) -> None:
        """Take it back. Raises ConsentMissing, ReportNotFound, NotCorrectable."""
        now = self.clock.now()
        people = _people(speaker)
        async with self.transactions.begin(Scope.of_people(people)) as work:
            report = await work.reports.get(report_id)
            if report.resident_id not in people:
                raise ReportNotFound
            if not is_correctable(report.reported_at, report.withdrawn_at, now):
                raise NotCorrectable
            resident = await work.residents.get(report.resident_id)
            await self._take_back(work, report, resident, now, instead=None)

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        """A right report came: the wrong one says nothing any more."""
        if accepted.corrects is not None:
            wrong = await work.reports.get(accepted.corrects)
            await self._take_back(work, wrong, accepted.resident, accepted.now, instead=accepted.report)
        return Consequence()

    async def _take_back(
        self, work: Work, report: Report, resident: Resident, now: datetime, *, instead: Report | None
    ) -> None:
        if not await work.reports.withdraw(report.id, now):
            raise NotCorrectable
        await work.arrivals.withdraw(report.id, now)
        await self.exposures.left_by(work, report, now)
        facts: dict[str, Any] = {"reference": report.reference, "report_kind": report.kind.value}
        if instead is not None:
            facts["instead"] = instead.reference
        kind = "corrected" if instead is not None else "taken_back"
        hands = await self.alerts.remark(work, resident.id, report.reference, kind, facts)
        await self._inform(work, report, resident, facts, hands, now)
        await work.audit.add(f"report.{kind}", "report", report.id, at=now, kind=report.kind)

    async def _inform(
        self,
        work: Work,
        report: Report,
        resident: Resident,
        facts: dict[str, Any],
        hands: Sequence[OfficialId],
        now: datetime,
    ) -> None:
        """Whoever looks after the household reads it, and whoever has an alert about it in hand."""
        holding = await work.officials.on_call((Role.GRID_WORKER,), resident.area, now)
        officials = {one.id: one for held in holding.values() for one in held}
        officials |= await work.officials.by_ids(hands) if hands else {}
        await self.outbox.to_officials(
            work,
            officials.values(),
            "information",
            {
                "kind": AlertKind.REPORT_CHANGED,
                "person": masked_name((await work.residents.identity(resident.id)).name),
                "area": resident.area,
                "facts": facts,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"report_changed:{report.id}",
        )


def _people(speaker: Speaker) -> list[ResidentId]:
    if speaker.resident is None:
        raise ConsentMissing
    return [ResidentId(one) for one in speaker.people]


def _shown(report: Report, now: datetime, *, corrected: bool) -> OwnReport:
    body = report.body or {}
    state = "standing" if report.withdrawn_at is None else "corrected" if corrected else "withdrawn"
    return OwnReport(
        id=report.id,
        reference=report.reference,
        form=report.kind,
        about=report.resident_id,
        reported_at=report.reported_at,
        answers=body.get("answers") or {},
        said=body.get("said"),
        state=state,
        correctable=is_correctable(report.reported_at, report.withdrawn_at, now),
    )
