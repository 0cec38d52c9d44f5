"""Alerts: raised with their evidence, told up a frozen ladder, taken, and closed with an outcome.

Whatever happens is on the timeline. A step nobody on duty holds is passed over at once; the last one keeps ringing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from gateway.clock import Clock
from gateway.domain.alert_lists import OPEN, AlertFilter, Reader
from gateway.domain.alerts import Alert, AlertEvent, minutes_until
from gateway.domain.deliveries import after_quiet_hours
from gateway.domain.escalations import LadderStep, instead
from gateway.domain.kinds import (
    AlertId,
    AlertKind,
    AlertStatus,
    DeliveryState,
    Hears,
    Lane,
    Level,
    OfficialId,
    ResidentId,
    Role,
    Severity,
)
from gateway.domain.packs import Pack
from gateway.domain.people import NOWHERE, masked_name
from gateway.domain.scopes import EVERYWHERE, PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict
from gateway.record.alerts import AlertNotFound
from gateway.record.officials import OfficialNotFound
from gateway.record.record import Work
from gateway.services.outbox import Outbox, key_of
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("alerts")
ALERT = "alert"
#: So many people are let into a scope at once.
_AT_ONCE = 500
#: What a group reads of a place: digits of a township, and nothing nearer.
TOWNSHIP = 9


class AssigneeUnreachable(Conflict):
    """Nobody would hear it: this official has no address that works. Give it to somebody else."""


@dataclass(frozen=True, slots=True)
class Raising:
    """What an alert says when it is raised. `facts` are codes, ids and times only; words of people are `evidence`."""

    kind: AlertKind
    severity: Severity
    area: str
    dedup_key: str
    facts: dict[str, Any]
    rules: tuple[str, ...]
    policy_code: str
    ladder: tuple[LadderStep, ...]
    resolve_within: timedelta
    subject_kind: str = "resident"
    subject_id: UUID | None = None
    resident_id: ResidentId | None = None
    evidence: str | None = None
    repeat_every: timedelta | None = None
    ignores_quiet_hours: bool = False


@dataclass(frozen=True, slots=True)
class AlertService:
    transactions: Transactions
    outbox: Outbox
    clock: Clock
    packs: PackService

    # raising

    async def raise_(self, work: Work, raising: Raising) -> Alert | None:
        """Raise inside the caller's transaction and tell whatever step is due; None when it was raised before."""
        now = self.clock.now()
        pack = await self.packs.for_area(work, raising.area, now)
        raising = self._by_its_kind(pack, raising, now)
        ladder = raising.ladder or (LadderStep(Level.L4, (Role.ADMINISTRATOR,), now),)  # never without anybody
        own = pack.kind_ladders.get(raising.kind) or pack.ladders.get(raising.policy_code)
        waits_at_night = own is not None and own.waits_at_night
        if waits_at_night:
            ladder = tuple(replace(step, at=self._awake(step.at)) for step in ladder)
        alert = Alert(
            id=AlertId(work.new_id()),
            kind=raising.kind,
            severity=raising.severity,
            area=raising.area,
            subject_kind=raising.subject_kind,
            subject_id=raising.subject_id,
            resident_id=raising.resident_id,
            dedup_key=raising.dedup_key,
            template="alert",
            facts=raising.facts,
            rules=raising.rules or pack.behind(raising.kind),  # no alert stands without a reason
            policy_code=raising.policy_code,
            ladder=ladder,
            resolve_within=raising.resolve_within,
            raised_at=now,
            repeat_every=raising.repeat_every,
            ignores_quiet_hours=raising.ignores_quiet_hours,
            waits_at_night=waits_at_night,
            channels=own.channels if own else (),
            next_step_at=ladder[0].at,
            evidence=raising.evidence,
        )
        if not await work.alerts.add(alert, await key_of(work, alert)):
            return None
        await self._note(work, alert, "raised", facts={"rules": list(alert.rules)})
        await work.audit.add("alert.raise", "alert", alert.id, at=now, kind=alert.kind, area=alert.area)
        return await self._climb(work, alert, now)

    @staticmethod
    def _by_its_kind(pack: Pack, raising: Raising, now: datetime) -> Raising:
        """Where the place has a ladder of its own for this kind of alert, it climbs that one."""
        own = pack.kind_ladders.get(raising.kind)
        if own is None:
            return raising
        policy = pack.climb(raising.policy_code, own)
        usual = pack.escalation(raising.policy_code) if raising.policy_code in pack.ladders else None
        return replace(
            raising,
            ladder=instead(raising.ladder, usual.freeze(now) if usual else (), policy.freeze(now), now),
            resolve_within=policy.resolve_within,
            repeat_every=policy.repeat_every,
            ignores_quiet_hours=policy.ignores_quiet_hours,
        )

    def _awake(self, moment: datetime) -> datetime:
        """The moment, or the end of the quiet hours it falls into."""
        manners = self.outbox.manners
        return after_quiet_hours(moment, manners.quiet_from, manners.quiet_to, manners.zone)

    async def _climb(self, work: Work, alert: Alert, now: datetime) -> Alert:
        """Tell every step that is due, in order; steps nobody holds, and so nobody hears, are passed over at once."""
        before = alert
        passed_over = 0
        while alert.status is AlertStatus.RAISED and alert.told < len(alert.ladder):
            step = alert.ladder[alert.told]
            if passed_over == 0 and alert.next_step_at is not None and alert.next_step_at > now:
                break
            late = max(timedelta(0), now - (alert.next_step_at or now))
            told, skipped_round = await self._tell(work, alert, step, now, late), alert.round
            alert = alert.after_telling(now)
            if alert.waits_at_night and alert.next_step_at is not None:
                alert = replace(alert, next_step_at=self._awake(alert.next_step_at))
            if told:
                passed_over = 0
                if alert.next_step_at is not None and alert.next_step_at > now:
                    break
                continue
            passed_over += 1
            if alert.round != skipped_round or passed_over > len(alert.ladder):
                break  # a whole ladder without anybody: it rings again in the next round
        if passed_over and passed_over >= len(alert.ladder) - before.told:
            await self._tell_anybody(work, alert, now)
        await work.alerts.save(alert, before)
        self._wake(work, alert)
        return alert

    async def _tell(self, work: Work, alert: Alert, step: LadderStep, now: datetime, late: timedelta) -> int:
        """Tell one step. How many officials can be reached; a rung that fired already counts as told."""
        holders = await self._holders(work, alert, step, now)
        told = 0
        if not await work.alerts.fire(alert.id, alert.told, alert.round, told=len(holders), at=now):
            return 1
        if holders:
            told = await self.outbox.to_officials(
                work,
                holders,
                "alert",
                await self._values(work, alert, step),
                now=now,
                alert=alert,
                dedup=f"alert:{alert.id}:{alert.told}:{alert.round}",
            )
        await self._tell_the_desks(work, alert, step, now)
        await self._note(
            work,
            alert,
            "told" if told else "passed_over",
            facts={
                "level": step.level,
                "roles": list(step.roles),
                "officials": [str(official.id) for official in holders],
                "late_seconds": int(late.total_seconds()),
            },
        )
        return told

    async def _holders(self, work: Work, alert: Alert, step: LadderStep, now: datetime) -> list[Official]:
        """Who would hear a step if it were told now."""
        on_call = await work.officials.on_call(step.roles, alert.area, now)
        if alert.facts.get("unit"):
            on_call.pop(Role.UNIT_CONTACT, None)  # other units' lines have nothing to do with this one
        named = await self._named(work, alert, step)
        return list({one.id: one for holding in (*on_call.values(), named) for one in holding}.values())

    async def _tell_the_desks(self, work: Work, alert: Alert, step: LadderStep, now: datetime) -> None:
        """Robots, mailboxes and groups of these roles hear it beside the people, without a name or a word of anybody.

        They do not count as told: a group cannot acknowledge. A cry for help goes to no group at all (F-22).
        """
        if alert.kind is AlertKind.SELF_HARM:
            return
        desks = await work.desk_addresses.hearing(alert.area, step.roles, Hears.ALERTS)
        following = alert.ladder[alert.told + 1] if alert.told + 1 < len(alert.ladder) else None
        await self.outbox.to_desks(
            work,
            desks,
            "desk_alert",
            {
                "kind": alert.kind,
                "severity": alert.severity,
                "area": alert.area[:TOWNSHIP],
                "raised_at": alert.raised_at.isoformat(),
                "level": step.level,
                "round": alert.round,
                "next_level": following.level if following else None,
                "next_at": following.at.isoformat() if following else None,
            },
            now=now,
            alert=alert,
            urgent=alert.severity is Severity.URGENT,
            dedup=f"alert:{alert.id}:{alert.told}:{alert.round}",
        )

    async def _named(self, work: Work, alert: Alert, step: LadderStep) -> list[Official]:
        """Beside whoever has the duty: the unit's own line, who answers by contract, the groups that handle it."""
        ids: list[OfficialId] = []
        if (unit := alert.facts.get("unit")) and Role.UNIT_CONTACT in step.roles:
            post = await work.posts.designated(UUID(unit))
            own = await work.officials.of_unit([UUID(unit)])
            ids += [post.official_id] if post and post.official_id else [official.id for official in own]
        contract = await work.posts.contracted(step.level, alert.area)
        if contract is not None:
            ids += [one for one in (contract.official_id, contract.deputy_id) if one is not None][:1]
        if alert.told == 0 and alert.round == 0:
            groups = await work.posts.leading(alert.facts.get("groups", ()), alert.area)
            ids += [post.official_id for post in groups if post.official_id is not None]
            ids += [OfficialId(UUID(one)) for one in alert.facts.get("named", ())]
        found = await work.officials.by_ids(ids) if ids else {}
        return await work.officials.present(list(found.values()), self.clock.now())

    async def _tell_anybody(self, work: Work, alert: Alert, now: datetime) -> None:
        """Nobody on the whole ladder: an alert must never be silent, so the desks that see everything hear it.

        Where the person's area is not known, every county and city desk does.
        """
        everywhere = await work.officials.listed(area=EVERYWHERE)
        roles = {Role.ADMINISTRATOR, Role.COUNTY, Role.CITY} if alert.area == NOWHERE else {Role.ADMINISTRATOR}
        desks = [official for official in everywhere if roles & set(official.roles)]
        told = await self.outbox.to_officials(
            work,
            desks,
            "alert",
            await self._values(work, alert, None),
            now=now,
            alert=alert,
            dedup=f"alert:{alert.id}:anybody:{alert.round}",
        )
        if not told:
            told = await self.outbox.to_officials(
                work,
                [one for one in everywhere if alert.area.startswith(one.area) and one.may(*PEOPLE_ROLES)],
                "alert",
                await self._values(work, alert, None),
                now=now,
                alert=alert,
                dedup=f"alert:{alert.id}:anybody:{alert.round}",
            )
        await self._note(work, alert, "nobody_on_duty", facts={"told": told})
        log.error("nobody on duty for an alert", alert=str(alert.id), kind=alert.kind, told=told)

    async def _values(self, work: Work, alert: Alert, step: LadderStep | None) -> dict[str, Any]:
        person = None
        if alert.resident_id is not None:
            person = masked_name((await work.residents.identity(alert.resident_id)).name)
        evidence = alert.evidence or await work.alerts.evidence(alert, await key_of(work, alert))
        now = self.clock.now()
        rings = alert.status is AlertStatus.RAISED
        following = alert.ladder[alert.told + 1] if rings and alert.told + 1 < len(alert.ladder) else None
        again = alert.repeat_every if rings and step is not None and following is None else None
        return {
            "alert_id": str(alert.id),
            "kind": alert.kind,
            "severity": alert.severity,
            "person": person,
            "area": alert.area,
            "facts": alert.facts,
            "evidence": evidence,
            "raised_at": alert.raised_at.isoformat(),
            "level": step.level if step else None,
            "round": alert.round,
            "next_level": following.level if following else None,
            "next_at": following.at.isoformat() if following else None,
            "next_minutes": minutes_until(following.at, now) if following else None,
            "again_minutes": int(again.total_seconds() // 60) if again else None,
            "history": [],
        }

    def _wake(self, work: Work, alert: Alert) -> None:
        if alert.next_step_at is None:
            work.forget(ALERT, alert.id)
            return
        work.wake(ALERT, alert.id, alert.next_step_at)

    async def _note(
        self,
        work: Work,
        alert: Alert,
        kind: str,
        *,
        official: OfficialId | None = None,
        facts: dict[str, Any] | None = None,
        text: str | None = None,
    ) -> None:
        event = AlertEvent(self.clock.now(), kind, official, facts, text)
        await work.alerts.note(alert, work.new_id(), event, await key_of(work, alert))

    async def remark(
        self, work: Work, resident: ResidentId, reference: str, kind: str, facts: dict[str, Any]
    ) -> list[OfficialId]:
        """Write on every open alert about this report what became of the report; who has one of them in hand.

        It rings on: whether the change settles it is decided by whoever answers for it.
        """
        hands = []
        for alert in await work.alerts.open_for_subject("resident", resident):
            if alert.facts.get("reference") == reference:
                await self._note(work, alert, kind, facts=facts)
                hands += [one for one in (alert.acknowledged_by, alert.assigned_to) if one is not None]
        return hands

    # the clock

    async def step_due(self, alert_id: AlertId) -> None:
        """The clock says this alert's next step may be due. Coming too early, or twice, changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            alert = await work.alerts.find(alert_id, lock=True)
            if alert is None or alert.next_step_at is None:
                return
            if alert.next_step_at > now:
                self._wake(work, alert)
                return
            if alert.status is AlertStatus.RAISED:
                await self._climb(work, alert, now)
            elif alert.status is AlertStatus.ACKNOWLEDGED:
                await self._stale(work, alert, now)

    async def _stale(self, work: Work, alert: Alert, now: datetime) -> None:
        """Taken, but not resolved in time: ask whoever took it; when that stays unanswered, climb on."""
        if alert.asked_again_at is None:
            asked = alert.ask_again(now)
            await work.alerts.save(asked, alert)
            holder = await work.officials.find(alert.acknowledged_by) if alert.acknowledged_by else None
            if holder is not None:
                values = await self._values(work, alert, None)
                await self.outbox.to_officials(
                    work,
                    [holder],
                    "alert_stale",
                    {
                        "alert_id": str(alert.id),
                        "kind": alert.kind,
                        "person": values["person"],
                        "area": alert.area,
                        "acknowledged_at": alert.acknowledged_at.isoformat() if alert.acknowledged_at else None,
                    },
                    now=now,
                    alert=alert,
                    dedup=f"stale:{alert.id}:{int(now.timestamp())}",
                )
            await self._note(work, asked, "asked_again", official=alert.acknowledged_by)
            self._wake(work, asked)
            return
        reopened = alert.reopen(now)
        await work.alerts.save(reopened, alert)
        await self._note(work, reopened, "stale")
        await self._climb(work, reopened, now)

    async def due(self, *, limit: int = 200) -> list[AlertId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.alerts.due(self.clock.now(), limit=limit)

    async def unreached(self, alert_id: AlertId) -> None:
        """A delivery of this alert failed for good: when nobody told last can be reached, climb at once.

        Where the last step rings already there is nothing to climb to: somebody else hears it, once in each round.
        What was given to one official whom nothing reaches goes back to the ladder.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            alert = await work.alerts.find(alert_id, lock=True)
            if alert is None or alert.status is AlertStatus.RESOLVED or alert.next_step_at is None:
                return
            copies = await work.deliveries.of_last_telling(alert_id)
            if alert.status is AlertStatus.ACKNOWLEDGED:
                copies = [one for one in copies if one[1] == alert.acknowledged_by]
                if not copies or not alert.acknowledged_at or copies[0][0].created_at < alert.acknowledged_at:
                    return
            if any(delivery.state is not DeliveryState.FAILED for delivery, _ in copies):
                return
            await self._note(work, alert, "unreached")
            if alert.status is AlertStatus.ACKNOWLEDGED:
                reopened = alert.reopen(now)
                await work.alerts.save(reopened, alert)
                await self._climb(work, reopened, now)
                return
            if alert.round > 0:
                await self._tell_anybody(work, alert, now)
                return
            hastened = replace(alert, next_step_at=now)
            await work.alerts.save(hastened, alert)
            await self._climb(work, hastened, now)

    # officials

    async def acknowledge(self, alert_id: AlertId, *, official: Official) -> Alert:
        """Take it: the ladder stops, everybody told so far hears who has it, and the resident hears it was taken up."""
        now = self.clock.now()
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id, lock=True)
            await self.admit(work, alert, official)
            taken = alert.acknowledge(official.id, now)
            if taken == alert:
                return alert
            await work.alerts.save(taken, alert)
            await self._note(work, taken, "acknowledged", official=official.id)
            await work.audit.add("alert.acknowledge", "alert", alert.id, at=now)
            await self._tell_the_others(work, taken, official, "alert_taken", now)
            await self._tell_the_resident(work, taken, "report_taken_up", {"by": self._desk(official)}, now)
            self._wake(work, taken)
        return taken

    async def note(self, alert_id: AlertId, text: str, *, official: Official) -> Alert:
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id, lock=True)
            await self.admit(work, alert, official)
            await self._note(work, alert, "note", official=official.id, text=text)
            await work.audit.add("alert.note", "alert", alert.id, at=self.clock.now())
        return alert

    async def assign(self, alert_id: AlertId, to: OfficialId, *, official: Official) -> Alert:
        """Hand it to a named official, who is told. Raises OfficialNotFound beyond the alert's area and the own,
        AssigneeUnreachable: a hand-over nobody hears would silence the ladder."""
        now = self.clock.now()
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id, lock=True)
            await self.admit(work, alert, official)
            assignee = await work.officials.get(to)
            if not (alert.area.startswith(assignee.area) or assignee.area.startswith((alert.area, official.area))):
                raise OfficialNotFound
            assigned = alert.assign(assignee.id, now)
            await work.alerts.save(assigned, alert)
            await self._note(work, assigned, "assigned", official=official.id, facts={"to": str(assignee.id)})
            await work.audit.add("alert.assign", "alert", alert.id, at=now, to=str(assignee.id))
            if assignee.id != official.id:
                reached = await self.outbox.to_officials(
                    work,
                    [assignee],
                    "alert",
                    await self._values(work, assigned, None),
                    now=now,
                    alert=assigned,
                    dedup=f"assigned:{alert.id}:{int(now.timestamp())}",
                )
                if not reached:
                    raise AssigneeUnreachable
            self._wake(work, assigned)
        return assigned

    async def escalate(self, alert_id: AlertId, *, official: Official) -> Alert:
        """Tell the next step now."""
        now = self.clock.now()
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id, lock=True)
            await self.admit(work, alert, official)
            hastened = alert.escalate(now)
            await work.alerts.save(hastened, alert)
            await self._note(work, hastened, "escalated", official=official.id)
            await work.audit.add("alert.escalate", "alert", alert.id, at=now)
            return await self._climb(work, hastened, now)

    async def resolve(self, alert_id: AlertId, outcome: str, *, official: Official, note: str | None = None) -> Alert:
        """Close it with an outcome; the resident hears what became of the report."""
        now = self.clock.now()
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id, lock=True)
            await self.admit(work, alert, official)
            closed = alert.resolve(official.id, outcome, now)
            await work.alerts.save(closed, alert)
            await self._note(work, closed, "resolved", official=official.id, facts={"outcome": outcome}, text=note)
            await work.audit.add("alert.resolve", "alert", alert.id, at=now, outcome=outcome)
            await self._tell_the_others(work, closed, official, "alert_resolved", now, outcome=outcome)
            await self._tell_the_resident(work, closed, "report_closed", {"outcome": outcome}, now)
            self._wake(work, closed)
        return closed

    async def settle(self, work: Work, alert: Alert, outcome: str) -> None:
        """The matter settled itself (the missed test was taken): close it inside the caller's transaction."""
        now = self.clock.now()
        closed = alert.resolve(None, outcome, now)
        await work.alerts.save(closed, alert)
        await self._note(work, closed, "settled", facts={"outcome": outcome})
        self._wake(work, closed)

    async def settle_subject(
        self, work: Work, subject_kind: str, subject_id: Any, outcome: str, kinds: tuple[AlertKind, ...] = ()
    ) -> None:
        """Close whatever stands open about this subject (of these kinds)."""
        await self.settle_subjects(work, subject_kind, [subject_id], outcome, kinds)

    async def settle_subjects(
        self,
        work: Work,
        subject_kind: str,
        subject_ids: Sequence[Any],
        outcome: str,
        kinds: tuple[AlertKind, ...] = (),
    ) -> None:
        """As `settle_subject`, of many. Each is closed under its lock: its ladder may be climbing at this moment."""
        for alert_id in await work.alerts.open_for_subjects(subject_kind, subject_ids, kinds):
            locked = await work.alerts.get(alert_id, lock=True)
            if locked.status is not AlertStatus.RESOLVED:
                await self.settle(work, locked, outcome)

    async def _tell_the_others(
        self, work: Work, alert: Alert, official: Official, template: str, now: datetime, **values: Any
    ) -> None:
        told = [OfficialId(one) for one in await work.alerts.told_officials(alert) if one != official.id]
        others = await work.officials.by_ids(told)
        known = await self._values(work, alert, None)
        await self.outbox.to_desks(
            work,
            await work.desk_addresses.told_of(alert.id),
            f"desk_{template}",
            {
                "kind": alert.kind,
                "area": alert.area[:TOWNSHIP],
                "raised_at": alert.raised_at.isoformat(),
                "role": _first_role(official),
                "at": now.isoformat(),
            },
            now=now,
            alert=alert,
            dedup=f"{template}:{alert.id}:{int(now.timestamp())}",
        )
        await self.outbox.to_officials(
            work,
            others.values(),
            template,
            {
                "kind": alert.kind,
                "person": known["person"],
                "area": alert.area,
                "by": self._desk(official),
                "at": now.isoformat(),
                **values,
            },
            now=now,
            alert=alert,
            dedup=f"{template}:{alert.id}:{int(now.timestamp())}",
        )

    async def _tell_the_resident(
        self, work: Work, alert: Alert, template: str, values: dict[str, Any], now: datetime
    ) -> None:
        """Only where the resident knows of it: an alert that came from a report of theirs."""
        reference = alert.facts.get("reference")
        if alert.resident_id is None or reference is None:
            return
        resident = await work.residents.find(alert.resident_id)
        if resident is None or resident.erased_at is not None:
            return
        await self.outbox.to_resident(
            work,
            resident,
            template,
            {"reference": reference, **values},
            now=now,
            lane=Lane.REPLY,
            dedup=f"{template}:{alert.id}",
        )

    @staticmethod
    def _desk(official: Official) -> dict[str, Any]:
        """Who took it, as others see it: the role and the name."""
        return {"name": official.name, "role": _first_role(official)}

    # reading

    async def get(self, alert_id: AlertId, *, official: Official) -> "AlertView":
        async with self.transactions.begin(await self.reach(alert_id, official=official)) as work:
            alert = await work.alerts.get(alert_id)
            await self.admit(work, alert, official)
            view = await self.view(work, alert)
            await work.audit.add("alert.read", "alert", alert.id, at=self.clock.now())
        return view

    async def hearers(self, alert: Alert) -> list[tuple[str, ...]]:
        """For each step of an open alert's ladder, who would hear it now; nobody: it is passed over at once."""
        if alert.status is AlertStatus.RESOLVED:
            return [() for _ in alert.ladder]
        now = self.clock.now()
        async with self.transactions.reading(_WORK) as work:
            found = [await self._holders(work, alert, step, now) for step in alert.ladder]
        return [tuple(one.name for one in holders) for holders in found]

    async def listed(
        self,
        *,
        official: Official,
        statuses: tuple[AlertStatus, ...] = OPEN,
        limit: int = 100,
    ) -> list["AlertView"]:
        alerts = await self.standing(official=official, statuses=statuses, limit=limit)
        return await self.views(alerts, official=official)

    async def standing(
        self,
        *,
        official: Official,
        statuses: Sequence[AlertStatus] = OPEN,
        kinds: Sequence[AlertKind] = (),
        limit: int = 100,
    ) -> list[Alert]:
        """What this official may see: of the own area by role, and whatever they were told of or have in hand."""
        wanted = AlertFilter(tuple(statuses), tuple(kinds))
        async with self.reading(official, wanted.statuses) as (work, reader, told):
            return await work.alert_lists.page(reader, told, wanted, self.clock.now(), limit=limit)

    @asynccontextmanager
    async def reading(
        self, official: Official, statuses: Sequence[AlertStatus] = OPEN
    ) -> AsyncIterator[tuple[Work, Reader, frozenset[AlertId]]]:
        """A transaction in which lists show what this official may see, and the alerts they see because they were told.

        An alert may ring beyond the area of whoever hears it; its person is let into the scope.
        """
        reader, told = Reader.of(official), await self.told(official, statuses)
        people = tuple({person for person in told.values() if person is not None})
        async with self.transactions.reading(replace(official.scope, people=people)) as work:
            yield work, reader, frozenset(told)

    async def told(
        self, official: Official, statuses: Sequence[AlertStatus] = OPEN
    ) -> dict[AlertId, ResidentId | None]:
        """What this official sees only because they were told of it or hold it, each with its person."""

        async def look() -> dict[AlertId, ResidentId | None]:
            async with self.transactions.reading(_WORK) as work:
                return await work.alert_lists.told_beyond(Reader.of(official), statuses=statuses)

        return await self.transactions.glance(("told", official, tuple(statuses)), look)

    async def views(self, alerts: Sequence[Alert], *, official: Official) -> "list[AlertView]":
        """Lines of a list, of alerts this official may see."""
        people = list({alert.resident_id for alert in alerts if alert.resident_id is not None})
        holders = {one for alert in alerts for one in (alert.acknowledged_by, alert.assigned_to) if one is not None}
        names: dict[UUID, str | None] = {}
        for some in (people[start : start + _AT_ONCE] for start in range(0, len(people), _AT_ONCE)):
            async with self.transactions.reading(replace(official.scope, people=tuple(some))) as work:
                names |= await work.residents.names(some)
        async with self.transactions.reading(official.scope) as work:
            known = await work.officials.by_ids(holders) if holders else {}
        officials = {one.id: one.name for one in known.values()}
        return [
            AlertView(
                alert=alert,
                person=masked_name(names.get(alert.resident_id)) if alert.resident_id is not None else None,
                evidence=None,
                timeline=(),
                names=officials,
            )
            for alert in alerts
        ]

    async def reach(self, alert_id: AlertId, *, official: Official) -> Scope:
        """The official's scope; and the alert's person, where the official was told of it or it rings in their area.

        An alert may ring beyond the area of whoever hears it: for stand-ins, for somebody whose home nobody knows yet.
        And its person may have moved since it rang.
        """
        async with self.transactions.reading(_WORK) as work:
            alert = await work.alerts.find(alert_id)
            if alert is None or alert.resident_id is None:
                return official.scope
            was_told = official.id in await work.alerts.told_officials(alert)
        in_hand = official.id in (alert.acknowledged_by, alert.assigned_to)
        if not (was_told or in_hand or _covers(official, alert)):
            return official.scope
        return replace(official.scope, people=(alert.resident_id,))

    async def admit(self, work: Work, alert: Alert, official: Official) -> None:
        """Another's alert does not exist for the caller. Raises AlertNotFound."""
        if not admitted(alert, official, was_told=official.id in await work.alerts.told_officials(alert)):
            raise AlertNotFound

    async def view(self, work: Work, alert: Alert) -> "AlertView":
        """An alert with everything that happened."""
        person = None
        if alert.resident_id is not None:
            person = masked_name((await work.residents.identity(alert.resident_id)).name)
        key = await key_of(work, alert)
        timeline = await work.alerts.timeline(alert, key)
        ids = {event.official_id for event in timeline} | {alert.acknowledged_by, alert.assigned_to}
        ids |= {OfficialId(UUID(one)) for event in timeline for one in (event.facts or {}).get("officials", ())}
        known = await work.officials.by_ids([one for one in ids if one is not None])
        return AlertView(
            alert=alert,
            person=person,
            evidence=await work.alerts.evidence(alert, key),
            timeline=tuple(timeline),
            names={official.id: official.name for official in known.values()},
        )


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as its list and page show it: names instead of ids, the person masked."""

    alert: Alert
    person: str | None
    evidence: str | None
    timeline: tuple[AlertEvent, ...]
    names: dict[OfficialId, str]

    def name(self, official: OfficialId | None) -> str | None:
        return self.names.get(official) if official is not None else None


def admitted(alert: Alert, official: Official, *, was_told: bool) -> bool:
    """Who may see an alert of their area: whoever works with persons; else whoever was told or has it in hand.

    Self-harm is restricted to those told of it and whoever runs the installation (F-22).
    """
    if was_told or official.id in (alert.acknowledged_by, alert.assigned_to):
        return True
    if alert.kind is AlertKind.SELF_HARM:
        return official.may(Role.ADMINISTRATOR)
    return official.may(*PEOPLE_ROLES)


def _covers(official: Official, alert: Alert) -> bool:
    return official.scope.area is not None and alert.area.startswith(official.scope.area)


def _first_role(official: Official) -> str:
    return next((role.value for role in official.roles if role is not Role.ADMINISTRATOR), Role.ADMINISTRATOR.value)
