"""Samples and results from sites and laboratories: what they confirm moves a plan, what a resident claims does not.

Nothing is dropped: a sample that came too soon is kept as refused with the reason, one that fits nobody waits for a
person to say who is meant, and a positive result rings whoever it belongs to.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.follow_ups import ANTIBODY_ONLY, POSITIVE
from gateway.domain.kinds import (
    AlertKind,
    Lane,
    Level,
    ReportKind,
    ResidentId,
    ResultId,
    ResultStatus,
    ResultValue,
    Role,
    Severity,
    TestKind,
)
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Pack
from gateway.domain.people import Resident
from gateway.domain.plans import Sampling
from gateway.domain.scopes import Official
from gateway.errors import Conflict, Fault, Forbidden, Invalid, ShaodianError
from gateway.record.record import Work
from gateway.record.results import Result
from gateway.schemas.reports import ClaimedResultAnswers
from gateway.schemas.results import ResultIn, ResultRowFault, ResultsFileOut
from gateway.services.alerts import AlertService, Raising
from gateway.services.follow_ups import FollowUpService, name_for_family
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import CLOCK_TOLERANCE, Accepted, Consequence
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

#: How far back a positive test explains a positive antibody (the notices' look-back).
RECENT = timedelta(days=14)
#: By when experts decide about NAT negative, antibody positive (AMB-19, DEFAULT).
DECISION_WITHIN = timedelta(hours=24)


class ResultDiffers(Conflict):
    """This sample is on record with another result; a laboratory's correction must be settled by the health bureau."""


class NotYoursToRecord(Forbidden):
    """Your role does not record results."""


class AlreadyMatched(Conflict):
    """This result has its person already."""


@dataclass(frozen=True, slots=True)
class ResultService:
    transactions: Transactions
    packs: PackService
    follow_ups: FollowUpService
    alerts: AlertService
    outbox: Outbox
    clock: Clock

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
        async with self.transactions.begin(official.scope) as work:
            await work.audit.add("result.unmatched", "area", official.area, at=self.clock.now())
            return await work.results.unmatched(limit=limit)

    async def record_file(self, content: bytes, *, official: Official) -> ResultsFileOut:
        """An XLSX sheet of results, row by row; a row that is wrong is named and does not stop the others."""
        if not official.may(*RECORDING):
            raise NotYoursToRecord
        async with self.transactions.begin(official.scope) as work:
            zone = (await self.packs.for_area(work, official.area, self.clock.now())).zone
        rejected: list[ResultRowFault] = []
        rows = recorded = unmatched = 0
        for number, given in rows_of(content, zone):
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
        found = await work.residents.matching(phone=given.phone, id_number=given.id_number)
        if len(found) != 1:
            return None
        if given.name:
            known = (await work.residents.identity(found[0].id)).name
            if known is not None and known.strip() != given.name.strip():
                return None
        return found[0].id

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
        await self._tell(work, resident, row, now)
        pack = await self.packs.for_area(work, resident.area, now)
        if row.value is ResultValue.POSITIVE and row.test is TestKind.NAT:
            await self.follow_ups.hold(work, resident.id, POSITIVE)
            await self._positive(work, row, pack, resident.area, resident.id, now)
        elif row.value is ResultValue.POSITIVE and not await self._was_positive(work, resident, now):
            await self.follow_ups.hold(work, resident.id, ANTIBODY_ONLY)
            await self._antibody_only(work, row, pack, resident, now)
        return row

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

    async def _was_positive(self, work: Work, resident: Resident, now: datetime) -> bool:
        taken = await work.results.samplings(resident.id, await work.residents.key(resident.id))
        return any(
            one.test is TestKind.NAT and one.result is ResultValue.POSITIVE and now - one.sampled_at <= RECENT
            for one in taken
        )

    async def _positive(
        self, work: Work, row: Result, pack: Pack, area: str, resident_id: ResidentId | None, now: datetime
    ) -> None:
        """Health and the county at once (E-X), to bring the person to hospital; and the clock of the report upwards."""
        policy = pack.escalation("E-X")
        rules = pack.profiles["nat_positive"].source if "nat_positive" in pack.profiles else ()
        facts: dict[str, Any] = {
            "test": row.test.value,
            "result": str(row.id),
            "sampled_at": row.sampled_at.isoformat(),
        }
        if resident_id is None:
            facts["unmatched"] = True
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
                ladder=(LadderStep(Level.HL, (Role.HEALTH,), now), LadderStep(Level.L4, (Role.COUNTY,), now)),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                **common,
            ),
        )
        if pack.report is None:
            return
        due_at = now + timedelta(hours=pack.report.direct_online_hours)
        clock = pack.escalation("E-N")
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.DIRECT_REPORT,
                severity=Severity.HIGH,
                dedup_key=f"direct-report:{row.id}",
                facts={**facts, "due_at": due_at.isoformat()},
                policy_code=clock.code,
                ladder=ladder_steps(pack, "E-N", clock_start=now, due_at=due_at),
                resolve_within=clock.resolve_within,
                repeat_every=clock.repeat_every,
                **{**common, "rules": pack.report.source},
            ),
        )

    async def _antibody_only(self, work: Work, row: Result, pack: Pack, resident: Resident, now: datetime) -> None:
        """Health and experts at once; nobody is released until they have decided (SD-3.3.2-q, AMB-19)."""
        policy = pack.escalation("E-X")
        rules = pack.profiles["ab_only"].source if "ab_only" in pack.profiles else ()
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
                    "due_at": (now + DECISION_WITHIN).isoformat(),
                    "ask": "vaccination",
                },
                rules=rules,
                policy_code=policy.code,
                ladder=(LadderStep(Level.HL, (Role.HEALTH,), now), LadderStep(Level.XL, (Role.EXPERT,), now)),
                resolve_within=DECISION_WITHIN,
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
        policy = accepted.pack.escalation("E-X")
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
