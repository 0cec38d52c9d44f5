"""Samples and results from sites and laboratories: what they confirm moves a plan, what a resident claims does not.

Nothing is dropped: a sample that came too soon is kept as refused with the reason, one that fits nobody waits for a
person to say who is meant, and a positive result rings whoever it belongs to.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.clocks import Clock as RunningClock
from gateway.domain.escalations import LadderStep
from gateway.domain.findings import FindingRule
from gateway.domain.follow_ups import ANTIBODY_ONLY, POSITIVE
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    ClockKind,
    Lane,
    ReportKind,
    ResidentId,
    ResultId,
    ResultStatus,
    ResultValue,
    Role,
    Severity,
    TestKind,
)
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.plans import Sampling, direct_report, laboratory_plan
from gateway.domain.rules import DEFAULT
from gateway.domain.scopes import Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid, ShaodianError
from gateway.record.record import Work
from gateway.record.results import Result
from gateway.schemas.reports import ClaimedResultAnswers
from gateway.schemas.results import DirectReportIn, ReceiptIn, ResultIn, ResultRowFault, ResultsFileOut
from gateway.services.alerts import AlertService, Raising
from gateway.services.clocks import ClockService, Starting
from gateway.services.contacts import CASE
from gateway.services.follow_ups import FollowUpService, name_for_family
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import CLOCK_TOLERANCE, Accepted, Consequence
from gateway.services.residents import spoken_for
from gateway.services.result_files import rows_of
from gateway.services.transactions import Transactions

RECORDING = (
    Role.SITE,
    Role.HEALTH,
    Role.DOCTOR,
    Role.COMMUNITY,
    Role.TOWNSHIP,
    Role.COUNTY,
    Role.CITY,
    Role.PROVINCE,
)

#: Who keeps the national report and may write its number down.
REPORTING = (Role.SITE, Role.HEALTH, Role.COUNTY, Role.CITY)
NAT_POSITIVE = "nat_positive"


class ResultDiffers(Conflict):
    """This sample is on record with another result; a laboratory's correction must be settled by the health bureau."""


class NotYoursToRecord(Forbidden):
    """Your role does not record results."""


class NotReportable(Conflict):
    """No direct report is waited for about this result."""


class AlreadyMatched(Conflict):
    """This result has its person already."""


@dataclass(frozen=True, slots=True)
class ResultService:
    transactions: Transactions
    packs: PackService
    follow_ups: FollowUpService
    alerts: AlertService
    clocks: ClockService
    outbox: Outbox
    clock: Clock

    async def of_speaker(self, speaker: Speaker, about: UUID | None) -> list[Result]:
        """Every test of oneself or of one's family, the newest first; one's own word for one is marked as that.

        Raises ConsentMissing, ResidentNotFound (of somebody the speaker does not speak for).
        """
        person = spoken_for(speaker, about)
        async with self.transactions.begin(Scope.of_people([ResidentId(one) for one in speaker.people])) as work:
            found = await work.results.of_resident(person, await work.residents.key(person))
        return [one for one in reversed(found) if one.status is not ResultStatus.REFUSED]

    async def record(self, given: ResultIn, *, official: Official, source: str = "api") -> Result:
        """Keep a sample or result, with everything that follows. Raises ResidentNotFound beyond the scope."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        now = self.clock.now()
        _possible(given, now)
        async with self.transactions.begin(official.scope) as work:
            resident_id = await self._who(work, given)
            if resident_id is None:
                return await self._queue(work, _row(work, given, None, source, now, area=official.area), official, now)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            resident = await work.residents.get(resident_id)
            row = replace(_row(work, given, resident_id, source, now), matched_by=_matched_by(given))
            return await self._take(work, resident, row, now)

    async def match(self, result_id: ResultId, resident_id: ResidentId, *, official: Official) -> Result:
        """Somebody says who an unmatched result belongs to; from there it is like any other."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            waiting = await work.results.unclaimed(result_id)
            if waiting is None:
                raise AlreadyMatched
            await work.results.drop_unmatched(result_id)
            row = replace(waiting, resident_id=resident_id, person=None, matched_by=f"official:{official.id}")
            await work.audit.add("result.match", "result", result_id, at=now, resident=str(resident_id))
            for alert in await work.alerts.open_for_subject("result", result_id):
                if alert.kind is AlertKind.POSITIVE_RESULT:  # it rings anew with the person's name
                    await self.alerts.settle(work, alert, "contacted")
            return await self._take(work, await work.residents.get(resident_id), row, now)

    async def unmatched(self, *, official: Official, limit: int = 100) -> list[Result]:
        """What waits for a person to say who is meant; the look is on record, for these rows name people."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        found = await self._unmatched(official=official, limit=limit)
        if found:
            async with self.transactions.begin(official.scope) as work:
                await work.audit.add("result.unmatched", "area", official.area, at=self.clock.now())
        return found

    @glanced(by=attrgetter("sight"))
    async def _unmatched(self, *, official: Official, limit: int) -> list[Result]:
        async with self.transactions.reading(official.scope) as work:
            return await work.results.unmatched(limit=limit)

    async def record_file(self, content: bytes, *, official: Official) -> ResultsFileOut:
        """An XLSX sheet of results, row by row; a row that is wrong is named and does not stop the others."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        async with self.transactions.begin(official.scope) as work:
            zone = (await self.packs.for_area(work, official.area, self.clock.now())).zone
        rejected: list[ResultRowFault] = []
        rows = recorded = unmatched = 0
        for number, given in await asyncio.to_thread(rows_of, content, zone):
            rows += 1
            if isinstance(given, Fault):
                rejected.append(ResultRowFault(row=number, message=f"{given.where}: {given.message}"))
                continue
            try:
                kept = await self.record(given, official=official, source="file")
            except ShaodianError as wrong:
                rejected.append(ResultRowFault(row=number, message=wrong.detail))
                continue
            if kept.refused is not None:
                rejected.append(ResultRowFault(row=number, message=kept.refused))
                continue
            recorded += 1
            unmatched += kept.resident_id is None
        return ResultsFileOut(rows=rows, recorded=recorded, unmatched=unmatched, rejected=rejected)

    # who is meant

    async def _who(self, work: Work, given: ResultIn) -> ResidentId | None:
        """The one person meant; None when nobody fits, several do, or the name says somebody else."""
        if given.resident_id is not None:
            return (await work.residents.get(ResidentId(given.resident_id))).id
        found = await work.residents.meant(phone=given.phone, id_number=given.id_number, name=given.name)
        return found.id if found is not None else None

    async def _queue(self, work: Work, row: Result, official: Official, now: datetime) -> Result:
        for standing in await work.results.unmatched(limit=1000):
            if (standing.test, standing.sampled_at, standing.person, standing.value) == (
                row.test,
                row.sampled_at,
                row.person,
                row.value,
            ):
                return standing
        await work.results.add(row, None)
        await work.audit.add("result.queue", "result", row.id, at=now)
        if row.value is ResultValue.POSITIVE:
            pack = await self.packs.for_area(work, official.area, now)
            await self._positive(work, row, pack, official.area, None, now)
        return row

    # what follows

    async def _take(self, work: Work, resident: Resident, row: Result, now: datetime) -> Result:
        await work.follow_ups.lock_person(resident.id)
        key = await work.residents.key(resident.id)
        known = await work.results.same_sample(resident.id, row.test, row.sampled_at, ResultStatus.CONFIRMED, key)
        if known is not None:
            if row.value is None or row.value is known.value:
                return known
            if known.value not in (None, ResultValue.INCONCLUSIVE):
                if row.value is ResultValue.POSITIVE:
                    return await self._contradicted(work, resident, row, now)
                raise ResultDiffers
            row = replace(known, value=row.value, resulted_at=row.resulted_at or now)
            await work.results.set_value(row, key)
        elif (refused := await self._refused(work, resident, row)) is not None:
            row = replace(row, status=ResultStatus.REFUSED, refused=refused)
            await work.results.add(row, key)
            await work.audit.add("result.refuse", "result", row.id, at=now)
            return row
        else:
            await work.results.add(row, key)
        await work.audit.add("result.record", "result", row.id, at=now, test=row.test, source=row.source)
        await self.follow_ups.sampled(work, resident, why="sampled" if row.value is None else "result")
        for case_id in await work.contacts.cases_naming(resident.id):  # a contact who was tested is covered
            work.wake(CASE, case_id, now)
        await self._tell(work, resident, row, now)
        pack = await self.packs.for_area(work, resident.area, now)
        if row.value is None:
            await self._start_clocks(work, pack, row, resident.area, received_at=None)
        else:
            await self._came_back(work, pack, row, resident.area, now)
        if row.value is ResultValue.POSITIVE and row.test is TestKind.NAT:
            await self._hold(work, resident.id, pack.findings.get(NAT_POSITIVE), POSITIVE)
            await self._positive(work, row, pack, resident.area, resident.id, now)
        elif row.value is ResultValue.POSITIVE:
            found = pack.findings.get(ANTIBODY_ONLY)
            if not await self._was_positive(work, resident, now, found):
                await self._hold(work, resident.id, found, ANTIBODY_ONLY)
                await self._antibody_only(work, row, pack, resident, now)
        return row

    async def _hold(self, work: Work, resident_id: ResidentId, found: FindingRule | None, reason: str) -> None:
        """Where no notice says what a finding means, nobody is released on it either."""
        if found is None or found.holds:
            await self.follow_ups.hold(work, resident_id, reason)

    # the laboratory's clocks

    async def receive(self, result_id: ResultId, given: ReceiptIn, *, official: Official) -> list[RunningClock]:
        """A laboratory says that it has the sample: clocks that count from there begin. All clocks of the sample."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        now = self.clock.now()
        if given.received_at > now + CLOCK_TOLERANCE:
            raise Invalid(faults=(Fault("received_at", "lies in the future"),))
        async with self.transactions.begin(official.scope) as work:
            row, area, scope = await self._row_of(work, result_id, official)
        if given.received_at < row.sampled_at:
            raise Invalid(faults=(Fault("received_at", "is before the sample was taken"),))
        async with self.transactions.begin(scope) as work:
            pack = await self.packs.for_area(work, area, now)
            if row.resulted_at is None:
                await self._start_clocks(work, pack, row, area, received_at=given.received_at)
            await work.audit.add("result.receive", "result", row.id, at=now, laboratory=given.laboratory)
            return await work.clocks.of_subject(row.id, ClockKind.LABORATORY)

    async def _start_clocks(
        self, work: Work, pack: Pack, row: Result, area: str, *, received_at: datetime | None
    ) -> None:
        anchors = {"sampled_at": row.sampled_at} | ({"received_at": received_at} if received_at else {})
        if not {str(clock.clock_start) for clock in pack.lab.values()} & anchors.keys():
            return
        key_person = row.resident_id is not None and await self.follow_ups.on_real_time_list(work, row.resident_id)
        for item in laboratory_plan([pack], anchors, key_person=key_person, may_be_none=True).items:
            assert item.due_at is not None
            await self.clocks.start(
                work,
                pack,
                Starting(
                    kind=ClockKind.LABORATORY,
                    key=item.key,
                    subject_id=row.id,
                    resident_id=row.resident_id,
                    area=area,
                    rules=item.rules,
                    ladder_code=item.ladder_code,
                    ladder=item.steps,
                    started_at=item.opens_at,
                    due_at=item.due_at,
                    facts={"test": row.test.value, "site": row.site},
                    silent=item.rules == (DEFAULT,),  # ours alone: it is measured and listed, and rings at nobody
                ),
            )

    async def _came_back(self, work: Work, pack: Pack, row: Result, area: str, now: datetime) -> None:
        """The result stops the laboratory's clocks and goes back to whoever sent the sample in, who signs for it."""
        await self.clocks.stop_all(work, row.id, min(now, row.resulted_at or now), ClockKind.LABORATORY)
        rule = pack.feedback
        if rule is None:
            return
        policy = pack.escalation(rule.ladder)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.RESULT_BACK,
                severity=Severity.ROUTINE,
                area=area,
                dedup_key=f"result-back:{row.id}",
                facts={"test": row.test.value, "value": row.value.value if row.value else None, "site": row.site},
                rules=rule.source,
                policy_code=policy.code,
                ladder=policy.freeze(now),
                resolve_within=policy.resolve_within,
                subject_kind="result_back",
                subject_id=row.id,
                resident_id=row.resident_id,
                repeat_every=policy.repeat_every,
            ),
        )

    async def _row_of(self, work: Work, result_id: ResultId, official: Official) -> tuple[Result, str, Scope]:
        """The row, the area whose rules apply to it, and the official's scope widened to its person."""
        row = await work.results.get(result_id)
        if row.resident_id is None:
            return row, row.area or official.area, official.scope
        resident = await work.residents.get(row.resident_id)
        return row, resident.area, replace(official.scope, people=(row.resident_id,))

    # the report upwards

    async def report_directly(self, result_id: ResultId, given: DirectReportIn, *, official: Official) -> RunningClock:
        """An official writes down the number and time of the national report; the bot cannot file it. Raises
        NotReportable where no such report is waited for."""
        if not official.may(*REPORTING):
            raise NotYoursToRecord
        now = self.clock.now()
        if given.reported_at > now + CLOCK_TOLERANCE:
            raise Invalid(faults=(Fault("reported_at", "lies in the future"),))
        async with self.transactions.begin(official.scope) as work:
            _, _, scope = await self._row_of(work, result_id, official)
        async with self.transactions.begin(scope) as work:
            waiting = await work.clocks.of_subject(result_id, ClockKind.DIRECT_REPORT, lock=True)
            if not waiting:
                raise NotReportable
            clock = await self.clocks.stop(
                work, waiting[0], given.reported_at, facts={"by": str(official.id)}, note=given.number
            )
            for alert in await work.alerts.open_for_subject("result", result_id):
                if alert.kind is not AlertKind.DIRECT_REPORT:
                    continue
                locked = await work.alerts.get(alert.id, lock=True)
                if locked.status is not AlertStatus.RESOLVED:
                    await self.alerts.settle(work, locked, "reported")
            await work.audit.add("result.report_directly", "result", result_id, at=now, late=clock.late(now))
        return clock

    @glanced(by=attrgetter("sight"))
    async def reports_due(
        self, *, official: Official, resident: ResidentId | None = None, limit: int = 200
    ) -> list[RunningClock]:
        """Direct reports whose number nobody has written down yet, the most urgent first."""
        if not official.may(*REPORTING):
            raise NotYoursToRecord
        async with self.transactions.reading(official.scope) as work:
            if resident is None:
                return await work.clocks.running(ClockKind.DIRECT_REPORT, limit=limit)
            kept = await work.clocks.of_resident(resident, (ClockKind.DIRECT_REPORT,))
        return [clock for clock in kept if clock.done_at is None]

    async def clocks_of(self, result_id: ResultId, *, official: Official) -> list[RunningClock]:
        """Every clock of one sample: the laboratory's, and the report upwards."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        async with self.transactions.reading(official.scope) as work:
            await work.results.get(result_id)
            return await work.clocks.of_subject(result_id)

    @glanced(by=attrgetter("sight"))
    async def laboratory_queue(self, *, official: Official, limit: int = 200) -> list[RunningClock]:
        """The samples whose results are waited for in an official's area, the most urgent first."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        async with self.transactions.reading(official.scope) as work:
            return await work.clocks.running(ClockKind.LABORATORY, limit=limit)

    async def _contradicted(self, work: Work, resident: Resident, row: Result, now: datetime) -> Result:
        """Positive where a negative stands: a person must settle it, and until then it rings and holds like any
        positive. Sent again it rings no second time."""
        key = await work.residents.key(resident.id)
        kept = await work.results.same_sample(resident.id, row.test, row.sampled_at, ResultStatus.REFUSED, key)
        if kept is not None:
            return kept
        row = replace(row, status=ResultStatus.REFUSED, refused=ResultDiffers().detail)
        await work.results.add(row, key)
        await work.audit.add("result.contradict", "result", row.id, at=now)
        await self.follow_ups.hold(work, resident.id, POSITIVE)
        pack = await self.packs.for_area(work, resident.area, now)
        await self._positive(work, row, pack, resident.area, resident.id, now)
        return row

    async def _refused(self, work: Work, resident: Resident, row: Result) -> str | None:
        """Too soon after the test before it. A positive result is never refused."""
        if row.value is ResultValue.POSITIVE:
            return None
        refused = await self.follow_ups.refusal_of(
            work, resident.id, Sampling(test=row.test, sampled_at=row.sampled_at, result=row.value)
        )
        return str(refused) if refused is not None else None

    async def _was_positive(self, work: Work, resident: Resident, now: datetime, found: FindingRule | None) -> bool:
        """Whether a positive test not long ago explains the antibodies."""
        recent = timedelta(days=found.explained_within_days if found else 0)
        taken = await work.results.samplings(resident.id, await work.residents.key(resident.id))
        return any(
            one.test is TestKind.NAT and one.result is ResultValue.POSITIVE and now - one.sampled_at <= recent
            for one in taken
        )

    async def _positive(
        self, work: Work, row: Result, pack: Pack, area: str, resident_id: ResidentId | None, now: datetime
    ) -> None:
        """Health and the county at once, to bring the person to hospital; and the clock of the report upwards."""
        policy = pack.climbed_by(AlertKind.POSITIVE_RESULT)
        found = pack.findings.get(NAT_POSITIVE)
        rules = found.source if found else ()
        facts: dict[str, Any] = {
            "test": row.test.value,
            "result": str(row.id),
            "sampled_at": row.sampled_at.isoformat(),
        }
        if resident_id is None:
            facts["unmatched"] = True
        if found and found.tasks:
            facts["tasks"] = list(found.tasks)
        common: dict[str, Any] = {
            "area": area,
            "rules": rules,
            "subject_kind": "result",
            "subject_id": row.id,
            "resident_id": resident_id,
            "ignores_quiet_hours": True,
            "evidence": _named(row),
        }
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.POSITIVE_RESULT,
                severity=Severity.URGENT,
                dedup_key=f"positive:{row.id}:{resident_id or 'unknown'}",
                facts=facts,
                policy_code=policy.code,
                ladder=_told(found, now) or policy.freeze(now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                **common,
            ),
        )
        report = direct_report(pack, now, first_positive_at=row.resulted_at)
        if report is None or report.due_at is None:
            return
        due_at = report.due_at
        clock = pack.escalation(report.ladder_code)
        await self.clocks.start(
            work,
            pack,
            Starting(
                kind=ClockKind.DIRECT_REPORT,
                key="report",
                subject_id=row.id,
                resident_id=resident_id,
                area=area,
                rules=report.rules,
                ladder_code=report.ladder_code,
                ladder=report.ladder,
                started_at=report.opens_at,
                due_at=due_at,
                facts={"test": row.test.value},
                silent=True,  # the alert below climbs the same ladder
            ),
        )
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.DIRECT_REPORT,
                severity=Severity.HIGH,
                dedup_key=f"direct-report:{row.id}",
                facts={**facts, "due_at": due_at.isoformat()},
                policy_code=clock.code,
                ladder=report.ladder,
                resolve_within=clock.resolve_within,
                repeat_every=clock.repeat_every,
                **{**common, "rules": report.rules},
            ),
        )

    async def _antibody_only(self, work: Work, row: Result, pack: Pack, resident: Resident, now: datetime) -> None:
        """Health and experts at once; nobody is released until they have decided (SD-3.3.2-q, AMB-19)."""
        policy = pack.climbed_by(AlertKind.ANTIBODY_ONLY)
        found = pack.findings.get(ANTIBODY_ONLY)
        within = timedelta(hours=(found.decide_within_hours if found else None) or 24)
        ask = {"ask": found.ask} if found and found.ask else {}
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.ANTIBODY_ONLY,
                severity=Severity.URGENT,
                area=resident.area,
                dedup_key=f"antibody:{row.id}",
                facts={
                    "test": row.test.value,
                    "result": str(row.id),
                    "due_at": (now + within).isoformat(),
                    **ask,
                },
                rules=found.source if found else (),
                policy_code=policy.code,
                ladder=_told(found, now) or policy.freeze(now),
                resolve_within=within,
                subject_kind="result",
                subject_id=row.id,
                resident_id=resident.id,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=True,
            ),
        )

    async def _tell(self, work: Work, resident: Resident, row: Result, now: datetime) -> None:
        """That the sample is noted, and a negative result. Anything else is told by a person, never by a machine."""
        negative = row.value is ResultValue.NEGATIVE
        await self.outbox.to_resident(
            work,
            resident,
            "result_recorded",
            {
                "person": await name_for_family(work, resident),
                "test": row.test.value,
                "value": row.value.value if row.value is not None and negative else None,
                "sampled_at": row.sampled_at.isoformat(),
                "somebody_calls": row.value is not None and not negative,
            },
            now=now,
            lane=Lane.REMINDER,
            dedup=f"result:{row.id}:{row.value}",
            duty=True,
        )


@dataclass(frozen=True, slots=True)
class ClaimedResultFollower:
    """A resident's own entry: kept as claimed. It changes no plan; a claimed positive is looked into at once."""

    alerts: AlertService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        claimed = accepted.answers
        if accepted.report.kind is not ReportKind.RESULT or not isinstance(claimed, ClaimedResultAnswers):
            return Consequence()
        row = Result(
            id=ResultId(work.new_id()),
            resident_id=accepted.resident.id,
            area=None,
            status=ResultStatus.CLAIMED,
            test=TestKind(claimed.test),
            sampled_at=claimed.sampled_at,
            site=claimed.site or "",
            source="resident",
            recorded_at=accepted.now,
            value=ResultValue(claimed.value) if claimed.value else None,
            person={"photo": claimed.photo} if claimed.photo else None,
        )
        await work.results.add(row, accepted.key)
        if row.value is not ResultValue.POSITIVE:
            return Consequence(advice=(("result_claimed", ()),))
        policy = accepted.pack.climbed_by(AlertKind.POSITIVE_RESULT)
        alert = await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.POSITIVE_RESULT,
                severity=Severity.HIGH,
                area=accepted.resident.area,
                dedup_key=f"claimed:{accepted.report.id}",
                facts={"reference": accepted.report.reference, "test": row.test.value, "claimed": True},
                rules=(),
                policy_code=policy.code,
                ladder=policy.freeze(accepted.now),
                resolve_within=policy.resolve_within,
                subject_kind="result",
                subject_id=row.id,
                resident_id=accepted.resident.id,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )
        return Consequence(advice=(("result_claimed", ()),), alerted=alert is not None)


def _row(
    work: Work, given: ResultIn, resident_id: ResidentId | None, source: str, now: datetime, *, area: str | None = None
) -> Result:
    named = {"phone": given.phone, "id_number": given.id_number, "name": given.name}
    return Result(
        id=ResultId(work.new_id()),
        resident_id=resident_id,
        area=area,
        status=ResultStatus.CONFIRMED,
        test=given.test,
        sampled_at=given.sampled_at,
        site=given.site,
        source=source,
        recorded_at=now,
        value=given.value,
        resulted_at=(given.resulted_at or now) if given.value is not None else None,
        person=None if resident_id else {name: text for name, text in named.items() if text},
    )


def _told(found: FindingRule | None, now: datetime) -> tuple[LadderStep, ...]:
    return tuple(LadderStep(told.level, told.roles, now) for told in found.tell) if found else ()


def _matched_by(given: ResultIn) -> str:
    if given.resident_id is not None:
        return "resident_id"
    return "id_number" if given.id_number else "phone"


def _named(row: Result) -> str | None:
    """Who an unmatched row speaks of, for those who must find them."""
    return " ".join(str(part) for part in row.person.values()) if row.person else None


def _possible(given: ResultIn, now: datetime) -> None:
    faults = [
        Fault(name, "lies in the future")
        for name, at in (("sampled_at", given.sampled_at), ("resulted_at", given.resulted_at))
        if at is not None and at > now + CLOCK_TOLERANCE
    ]
    if given.resulted_at is not None and given.resulted_at < given.sampled_at:
        faults.append(Fault("resulted_at", "is before the sample was taken"))
    if faults:
        raise Invalid(faults=tuple(faults))


__all__ = ["ClaimedResultFollower", "ResultService"]
