"""Follow-ups: who is watched under which profile, what of the plan is done, and when it is over.

The system proposes what a pack lets it start, as provisional; everything else an official places, with a reason. It
never imposes, shortens or ends an isolation by itself: what is missing holds the release, and people are told.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import structlog

from gateway.clock import Clock
from gateway.domain.calendars import DAY, Moment, day_of, elapse
from gateway.domain.escalations import LadderStep
from gateway.domain.follow_ups import (
    MISSING_TEST,
    POSITIVE,
    FollowUp,
    KeptItem,
    corrected,
    is_rolling,
    item_key,
    kept,
    missed_as,
    next_look,
    next_open,
    replanned,
    ringing_on,
)
from gateway.domain.kinds import (
    AlertKind,
    ClockKind,
    FollowUpId,
    FollowUpState,
    ItemKind,
    ItemState,
    Lane,
    Level,
    PlanItemId,
    ReminderId,
    ReportKind,
    ResidentId,
    Role,
    Severity,
)
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Anchor, Pack, SetBy
from gateway.domain.people import Resident, Speaker, masked_name
from gateway.domain.plans import Plan, PlanItem, Refusal, Sampling, exempted_by, left_open, make_plan, refusal
from gateway.domain.rules import Unset
from gateway.domain.scopes import Official, Scope
from gateway.domain.screenings import Moment as FoundMoment
from gateway.domain.screenings import real_time_profiles
from gateway.domain.windows import preboarding_streak
from gateway.errors import Conflict, Forbidden, Invalid
from gateway.messages.words import Words
from gateway.record.record import Work
from gateway.record.reminders import PENDING, PLAN_ITEM, Reminder
from gateway.schemas.plans import ItemOut, PeriodOut, PlanOut
from gateway.services.alerts import AlertService, Raising
from gateway.services.clocks import ClockService, Starting
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import Accepted, Consequence
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions

log = structlog.get_logger()

_WORK = Scope.of_work("follow-ups")
FOLLOW_UP, ITEM, REMINDER = "follow_up", "item", "reminder"

#: Who may put somebody under a profile, release them, and who may confirm what the system proposed.
PLACING = (
    Role.COMMUNITY,
    Role.DOCTOR,
    Role.TOWNSHIP,
    Role.COUNTY,
    Role.CITY,
    Role.PROVINCE,
    Role.HEALTH,
    Role.EXPERT,
)
CONFIRMING = (Role.GRID_WORKER, *PLACING)
#: Who may look at a person's plan.
READING = (Role.SITE, *CONFIRMING)

REMINDER_TEMPLATES = {
    ItemKind.TEST: "reminder_test",
    ItemKind.VISIT: "reminder_visit",
    ItemKind.CHECK_IN: "reminder_check_in",
    ItemKind.REPORT: "reminder_check_in",
}


class AlreadyFollowedUp(Conflict):
    """This person is already followed up under this profile."""


class ReasonMissing(Invalid):
    """Say why: the reason stands on record and is shown to the person."""


class NotYoursToDecide(Forbidden):
    """Your role does not decide about follow-ups."""


class EndFollower(Protocol):
    """What else follows when a follow-up has ended, in the transaction that ends it."""

    async def ended(self, work: Work, resident: Resident, follow_up: FollowUp, now: datetime) -> None: ...


class StartFollower(Protocol):
    """What else follows when a follow-up begins, in the transaction that begins it."""

    async def started(
        self, work: Work, resident: Resident, follow_up: FollowUp, plan: Plan, pack: Pack, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class FollowUpService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    clocks: ClockService
    outbox: Outbox
    words: Words
    clock: Clock
    followers: tuple[EndFollower, ...] = ()
    starters: tuple[StartFollower, ...] = ()

    # beginning

    async def propose(
        self,
        work: Work,
        resident: Resident,
        *,
        profile: str,
        anchors: Mapping[str, Moment],
        pack: Pack,
        source_key: str,
        rules: Sequence[str],
    ) -> FollowUp | None:
        """Start what the pack lets the system start, as provisional until the grid worker confirms.

        A person already followed up under the profile gets no second plan: the new source joins the first, and what it
        knows better (the same source with new anchors) re-plans it. None where nothing is asked of the person, where
        only an official may decide, or when this source was already served.
        """
        rule = pack.profiles.get(profile)
        if rule is None or rule.set_by is not SetBy.SYSTEM:
            return None
        now = self.clock.now()
        await work.follow_ups.lock_person(resident.id)
        for standing in await work.follow_ups.of_resident(resident.id, lock=True):
            if standing.profile == profile:
                return await self._join(work, standing, resident, anchors, source_key, now)
        follow_up = await self._open(
            work,
            resident,
            pack,
            FollowUp(
                id=FollowUpId(work.new_id()),
                resident_id=resident.id,
                profile=profile,
                pack_id=pack.id,
                pack_version=str(pack.version),
                pack_overlays=self.packs.overlays_of(pack),
                state=FollowUpState.PROVISIONAL,
                anchors=dict(anchors),
                periods=(),
                sources=(source_key,),
                started_by="system",
                rules=tuple(rules) or rule.source,
                created_at=now,
                source_key=source_key,
            ),
            reason=None,
        )
        if follow_up is None:
            return None
        await self._raise_card(work, resident, follow_up, AlertKind.PROVISIONAL_PLAN, f"proposed:{follow_up.id}", now)
        return follow_up

    async def _join(
        self,
        work: Work,
        standing: FollowUp,
        resident: Resident,
        anchors: Mapping[str, Moment],
        source_key: str,
        now: datetime,
    ) -> FollowUp:
        known = source_key in standing.sources
        if Anchor.INCLUDED_AT in standing.anchors:  # saying again that one is home gives no more time
            anchors = {name: moment for name, moment in anchors.items() if name != Anchor.INCLUDED_AT}
        merged = {**standing.anchors, **anchors} if known else dict(standing.anchors)
        joined = replace(standing, sources=tuple(dict.fromkeys((*standing.sources, source_key))))
        if merged == dict(standing.anchors):
            if joined != standing:
                await work.follow_ups.save(joined)
            return joined
        pack = await self.packs.of_plan(work, standing)
        plan = await self._plan(work, replace(joined, anchors=merged), pack)
        if plan.excused_by:
            await work.follow_ups.save(joined)
            await self._grounds_changed(work, resident, joined, now)
            return joined
        if Anchor.INCLUDED_AT in merged:
            await self.clocks.stop_all(work, joined.id, now, ClockKind.FIRST_MOMENT)
        why = "arrived" if Anchor.INCLUDED_AT in anchors and Anchor.INCLUDED_AT not in standing.anchors else "window"
        anew = await self._plan(work, replace(joined, anchors=merged, created_at=now), pack)
        return await self._carry_on(work, resident, replace(joined, anchors=merged), plan, pack, why, now, anew=anew)

    async def place(
        self,
        resident_id: ResidentId,
        *,
        profile: str,
        anchors: Mapping[str, Moment],
        reason: str,
        official: Official,
        roles: tuple[Role, ...] = PLACING,
    ) -> FollowUp:
        """An official puts a person under a profile, with the reason on record. Raises AlreadyFollowedUp.

        `roles`: who may, where a report of theirs decides it.
        """
        self._may(official, roles)
        if not reason.strip():
            raise ReasonMissing
        now = self.clock.now()
        async with self.transactions.begin(await self._reach(official, resident_id)) as work:
            await work.follow_ups.lock_person(resident_id)
            resident = await work.residents.get(resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            rule = pack.profile(profile)
            if any(one.profile == profile for one in await work.follow_ups.of_resident(resident_id)):
                raise AlreadyFollowedUp
            follow_up = await self._open(
                work,
                resident,
                pack,
                FollowUp(
                    id=FollowUpId(work.new_id()),
                    resident_id=resident_id,
                    profile=profile,
                    pack_id=pack.id,
                    pack_version=str(pack.version),
                    pack_overlays=self.packs.overlays_of(pack),
                    state=FollowUpState.ACTIVE,
                    anchors=dict(anchors),
                    periods=(),
                    sources=(),
                    started_by=f"official:{official.id}",
                    rules=rule.source,
                    created_at=now,
                    confirmed_at=now,
                ),
                reason=reason.strip(),
            )
            if follow_up is None:
                raise Conflict("by the dates given, nothing is asked of this person")
            await self._tell_officials(
                work, resident, "follow_up_placed", {"profile": profile}, (Role.GRID_WORKER, Role.SITE), now
            )
        return follow_up

    async def _open(
        self,
        work: Work,
        resident: Resident,
        pack: Pack,
        follow_up: FollowUp,
        *,
        reason: str | None,
        former: str | None = None,
    ) -> FollowUp | None:
        begun = await self._begin(work, resident, pack, follow_up, reason=reason)
        if begun is None:
            return None
        follow_up, items, plan = begun
        now = follow_up.created_at
        await self._start_tracing(work, resident, follow_up, pack)
        rule = pack.profile(follow_up.profile)
        appeal = pack.hotlines.appeal
        await self._tell(
            work,
            resident,
            "plan_made",
            {
                **self._next(follow_up, items),
                "profile": follow_up.profile,
                "provisional": follow_up.state is FollowUpState.PROVISIONAL,
                "quote": self.packs.quote(follow_up.rules, resident.language),
                "left_open": self._left_open(plan.left_open, resident.language),
                "former": former,
                "payer": rule.costs.payer.value if rule.costs else None,
                "may_appeal": rule.appeal,
                "appeal": None if isinstance(appeal, Unset) else appeal,
            },
            f"plan_made:{follow_up.id}",
            now,
            lane=Lane.REPLY,
        )
        for starter in self.starters:
            await starter.started(work, resident, follow_up, plan, pack, now)
        return follow_up

    async def _begin(
        self, work: Work, resident: Resident, pack: Pack, follow_up: FollowUp, *, reason: str | None
    ) -> tuple[FollowUp, list[KeptItem], Plan] | None:
        """The follow-up and its plan on record, before anybody hears of it; None where nothing is asked."""
        plan = await self._plan(work, follow_up, pack)
        if plan.excused_by:
            return None
        follow_up = replace(follow_up, pack_hash=await self.packs.keep(work, pack))
        if not await work.follow_ups.add(follow_up, reason, await work.residents.key(resident.id)):
            return None
        now = follow_up.created_at
        follow_up, items, _ = await self._reconcile(work, follow_up, plan, pack, now)
        await work.audit.add(
            "follow_up.start", "follow_up", follow_up.id, at=now, profile=follow_up.profile, by=follow_up.started_by
        )
        return follow_up, items, plan

    async def _start_tracing(self, work: Work, resident: Resident, follow_up: FollowUp, pack: Pack) -> None:
        """Somebody of the real-time list was found by the system: until somebody has spoken to them, a clock runs."""
        rule = pack.first_moments.get(FoundMoment.TRACED)
        if rule is None or rule.ladder is None or follow_up.confirmed_at is not None:
            return
        if Anchor.INCLUDED_AT in follow_up.anchors:  # they were spoken to when they came
            return
        if follow_up.profile not in real_time_profiles(pack.should_test) or not rule.within_hours:
            return
        started_at = follow_up.created_at
        due_at = elapse(started_at, timedelta(hours=rule.within_hours))
        await self.clocks.start(
            work,
            pack,
            Starting(
                kind=ClockKind.FIRST_MOMENT,
                key=FoundMoment.TRACED,
                subject_id=follow_up.id,
                resident_id=resident.id,
                area=resident.area,
                rules=rule.source,
                ladder_code=rule.ladder,
                ladder=ladder_steps(pack, rule.ladder, clock_start=started_at, due_at=due_at),
                started_at=started_at,
                due_at=due_at,
                facts={"profile": follow_up.profile},
            ),
        )

    # officials decide

    async def reclassify(
        self,
        follow_up_id: FollowUpId,
        *,
        profile: str,
        anchors: Mapping[str, Moment],
        reason: str,
        official: Official,
    ) -> FollowUp:
        """The person is of another class: the old plan ends, the new one counts what was sampled already.

        The person, the grid worker and the site hear what was and what is. What held the old plan holds the new one,
        but for tests that only the old one asked for. Raises AlreadyFollowedUp, FollowUpEnded.
        """
        self._may(official, PLACING)
        if not reason.strip():
            raise ReasonMissing
        now = self.clock.now()
        async with self.transactions.begin(await self._reach_follow_up(official, follow_up_id)) as work:
            before = await work.follow_ups.get(follow_up_id, lock=True)
            await work.follow_ups.lock_person(before.resident_id)
            resident = await work.residents.get(before.resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            rule = pack.profile(profile)
            if any(one.profile == profile for one in await work.follow_ups.of_resident(resident.id)):
                raise AlreadyFollowedUp
            await self._finish(work, resident, before, FollowUpState.CLOSED, now, by_official=True, quietly=True)
            holds = tuple(held for held in before.holds if held != MISSING_TEST)
            after = await self._open(
                work,
                resident,
                pack,
                FollowUp(
                    id=FollowUpId(work.new_id()),
                    resident_id=resident.id,
                    profile=profile,
                    pack_id=pack.id,
                    pack_version=str(pack.version),
                    pack_overlays=self.packs.overlays_of(pack),
                    state=FollowUpState.HELD if holds else FollowUpState.ACTIVE,
                    anchors=dict(anchors),
                    periods=(),
                    sources=before.sources,
                    holds=holds,
                    started_by=f"official:{official.id}",
                    rules=rule.source,
                    created_at=now,
                    confirmed_at=now,
                ),
                reason=reason.strip(),
                former=before.profile,
            )
            if after is None:
                raise Conflict("by the dates given, nothing is asked of this person")
            await work.audit.add("follow_up.reclassify", "follow_up", after.id, at=now, was=before.profile, now=profile)
            facts = {"former": before.profile, "profile": profile}
            await self._tell_officials(work, resident, "reclassified", facts, (Role.GRID_WORKER, Role.SITE), now)
        return after

    async def exempt(self, follow_up_id: FollowUpId, exemption: str, *, reason: str, official: Official) -> FollowUp:
        """Other rules apply to this person than the profile's (SD-3.3.2-l): the plan is taken back, and they hear why.

        Raises Invalid for an exemption the pack does not know, or that does not touch this profile.
        """
        self._may(official, PLACING)
        async with self.transactions.begin(await self._reach_follow_up(official, follow_up_id)) as work:
            follow_up = await work.follow_ups.get(follow_up_id)
            pack = await self.packs.of_plan(work, follow_up)
            rules = exempted_by(pack, follow_up.profile, exemption)
            if not rules:
                raise Invalid(f"{exemption} does not touch the profile {follow_up.profile}")
            await work.audit.add(
                "follow_up.exempt", "follow_up", follow_up_id, at=self.clock.now(), exemption=exemption, rules=rules
            )
        return await self._end(follow_up_id, FollowUpState.WITHDRAWN, official, reason)

    async def confirm(self, follow_up_id: FollowUpId, *, official: Official) -> FollowUp:
        """A provisional plan becomes the plan; the card that asked for it is settled, and the resident hears it."""
        self._may(official, CONFIRMING)
        now = self.clock.now()
        async with self.transactions.begin(await self._reach_follow_up(official, follow_up_id)) as work:
            follow_up = await work.follow_ups.get(follow_up_id, lock=True)
            if follow_up.confirmed_at is not None or not follow_up.is_open:
                return follow_up
            state = FollowUpState.ACTIVE if follow_up.state is FollowUpState.PROVISIONAL else follow_up.state
            confirmed = replace(follow_up, state=state, confirmed_at=now)
            await work.follow_ups.save(confirmed)
            await work.audit.add("follow_up.confirm", "follow_up", follow_up.id, at=now)
            await self.alerts.settle_subject(work, FOLLOW_UP, follow_up.id, "confirmed", (AlertKind.PROVISIONAL_PLAN,))
            await self.clocks.stop_all(work, follow_up.id, now, ClockKind.FIRST_MOMENT)
            resident = await work.residents.get(follow_up.resident_id)
            items = await work.follow_ups.items(follow_up.id)
            await self._tell_changed(work, resident, confirmed, items, "confirmed", now)
        return confirmed

    async def close(self, follow_up_id: FollowUpId, *, official: Official, reason: str) -> FollowUp:
        """An official ends it: released, or decided by experts; whatever held it no longer does."""
        return await self._end(follow_up_id, FollowUpState.CLOSED, official, reason)

    async def withdraw(self, follow_up_id: FollowUpId, *, official: Official, reason: str) -> FollowUp:
        """An official takes it back: it should not have been started."""
        return await self._end(follow_up_id, FollowUpState.WITHDRAWN, official, reason)

    async def _end(self, follow_up_id: FollowUpId, state: FollowUpState, official: Official, reason: str) -> FollowUp:
        self._may(official, CONFIRMING if state is FollowUpState.WITHDRAWN else PLACING)
        if not reason.strip():
            raise ReasonMissing
        now = self.clock.now()
        async with self.transactions.begin(await self._reach_follow_up(official, follow_up_id)) as work:
            follow_up = await work.follow_ups.get(follow_up_id, lock=True)
            resident = await work.residents.get(follow_up.resident_id)
            ended = await self._finish(work, resident, follow_up, state, now, by_official=True)
            if POSITIVE in follow_up.holds and state is FollowUpState.CLOSED:
                await self._await_discharge_report(work, resident, follow_up, now)
            await work.audit.add(
                f"follow_up.{state}",
                "follow_up",
                follow_up.id,
                at=now,
                reason_length=len(reason.strip()),
                official=str(official.id),
            )
        return ended

    async def _await_discharge_report(self, work: Work, resident: Resident, follow_up: FollowUp, now: datetime) -> None:
        """A case is over for us; the hospital or site that discharged the person reports it, and is chased for it."""
        pack = await self.packs.of_plan(work, follow_up)
        rule = pack.discharge_report
        if rule is None:
            return
        due_at = elapse(now, timedelta(hours=rule.within_hours))
        await self.clocks.start(
            work,
            pack,
            Starting(
                kind=ClockKind.DISCHARGE_REPORT,
                key="report",
                subject_id=follow_up.id,
                resident_id=resident.id,
                area=resident.area,
                rules=rule.source,
                ladder_code=rule.ladder,
                ladder=ladder_steps(pack, rule.ladder, clock_start=now, due_at=due_at),
                started_at=now,
                due_at=due_at,
                facts={"profile": follow_up.profile},
            ),
        )

    async def withdraw_by_source(self, work: Work, resident_id: ResidentId, source_key_prefix: str) -> list[FollowUp]:
        """What brought the person in no longer holds (a list was corrected, a window moved away).

        Nobody is released silently, nor by the machine: the plan stands, officials are alerted and decide, and the
        resident hears it. The follow-ups left without any source.
        """
        now = self.clock.now()
        await work.follow_ups.lock_person(resident_id)
        left: list[FollowUp] = []
        for follow_up in await work.follow_ups.of_resident(resident_id, lock=True):
            sources = tuple(one for one in follow_up.sources if not one.startswith(source_key_prefix))
            if sources == follow_up.sources:
                continue
            without = replace(follow_up, sources=sources)
            await work.follow_ups.save(without)
            if sources:
                continue
            left.append(without)
            resident = await work.residents.get(resident_id)
            await self._grounds_changed(work, resident, without, now)
        return left

    async def _grounds_changed(self, work: Work, resident: Resident, follow_up: FollowUp, now: datetime) -> None:
        dedup = f"grounds:{follow_up.id}:{now.isoformat()}"
        await self._raise_card(work, resident, follow_up, AlertKind.GROUNDS_CHANGED, dedup, now, severity=Severity.HIGH)
        items = await work.follow_ups.items(follow_up.id)
        await self._tell_changed(work, resident, follow_up, items, "grounds", now)

    # what happens on the way

    async def sampled(self, work: Work, resident: Resident, *, why: str = "sampled") -> None:
        """A sample or result is on record: every open plan of the person is worked out anew from what is known."""
        now = self.clock.now()
        for follow_up in await work.follow_ups.of_resident(resident.id, lock=True):
            pack = await self.packs.of_plan(work, follow_up)
            await self.clocks.stop_all(work, follow_up.id, now, ClockKind.FIRST_MOMENT)
            samplings = await self._samplings(work, resident.id)
            if is_rolling(pack.profile(follow_up.profile)):
                follow_up = await self._roll_on(work, follow_up, samplings, now)
            plan = make_plan(pack, follow_up.profile, follow_up.anchors, events=samplings, made_at=follow_up.created_at)
            await self._carry_on(work, resident, follow_up, plan, pack, why, now)

    async def _roll_on(self, work: Work, follow_up: FollowUp, samplings: Sequence[Sampling], now: datetime) -> FollowUp:
        """The newest sample is the anchor of the next; what it did is done."""
        newest: datetime | None = None
        last = _instant(follow_up, Anchor.LAST_SAMPLE, await self.packs.of_plan(work, follow_up))
        for item in await work.follow_ups.items(follow_up.id):
            taken = [one.sampled_at for one in samplings if one.test is item.test]
            newest = max([*taken, *([newest] if newest else [])], default=None)
            if item.is_open and newest is not None and newest > last:
                await self._done(work, item, item.done(newest), now)
        if newest is None or newest <= last:
            return follow_up
        return replace(follow_up, anchors={**follow_up.anchors, Anchor.LAST_SAMPLE: newest})

    async def refusal_of(self, work: Work, resident_id: ResidentId, sampling: Sampling) -> Refusal | None:
        """Why this sampling may not count: it came too soon after the one before it in some open plan."""
        for follow_up in await work.follow_ups.of_resident(resident_id):
            plan = await self._plan(work, follow_up, await self.packs.of_plan(work, follow_up))
            refused = refusal(plan, sampling)
            if refused is not None:
                return refused
        return None

    async def on_real_time_list(self, work: Work, resident_id: ResidentId) -> bool:
        """Whether somebody is one of the key persons whose tests come first (SD-3.3.3-a, SP-2.1.1-a)."""
        for follow_up in await work.follow_ups.of_resident(resident_id):
            if follow_up.profile in real_time_profiles((await self.packs.of_plan(work, follow_up)).should_test):
                return True
        return False

    async def hold(self, work: Work, resident_id: ResidentId, reason: str) -> None:
        """Nobody is released while this stands; an official's decision (`close`) ends it."""
        for follow_up in await work.follow_ups.of_resident(resident_id, lock=True):
            await work.follow_ups.save(replace(follow_up.held_for(reason), closes_at=None))
            work.forget(FOLLOW_UP, follow_up.id)
            await work.audit.add("follow_up.hold", "follow_up", follow_up.id, at=self.clock.now(), why=reason)

    async def check_in(self, work: Work, resident: Resident) -> bool:
        """The day's check-in is there: today's items are done, and what was missed before has found its answer."""
        now = self.clock.now()
        marked = False
        for follow_up in await work.follow_ups.of_resident(resident.id, lock=True):
            zone = (await self.packs.of_plan(work, follow_up)).zone
            today = now.astimezone(zone).date()
            missed = []
            for item in await work.follow_ups.items(follow_up.id):
                if item.number is None or item.waits or item.day_in(zone) > today:
                    continue
                if item.day_in(zone) == today and item.is_open:
                    await self._done(work, item, item.done(now), now)
                    marked = True
                    continue
                missed.append(item.id)
            await self.alerts.settle_subjects(work, PLAN_ITEM, missed, "answered")
        return marked

    async def complete(self, item_id: PlanItemId, *, official: Official) -> KeptItem:
        """An official says that a visit or a report of theirs is done. Tests are done by their samples alone."""
        self._may(official, CONFIRMING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident_id = (await work.follow_ups.item(item_id)).resident_id
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            item = await work.follow_ups.item(item_id, lock=True)
            if item.kind is ItemKind.TEST:
                raise Invalid("a test is done when its sample is recorded")
            if not item.is_open:
                return item
            done = item.done(now)
            await self._done(work, item, done, now)
            await work.audit.add("plan_item.complete", "plan_item", item.id, at=now)
        return done

    async def _carry_on(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        plan: Plan,
        pack: Pack,
        why: str,
        now: datetime,
        *,
        anew: Plan | None = None,
    ) -> FollowUp:
        """`anew`, where the dates it counts from were corrected: the plan as if it were made now."""
        ends_before = follow_up.ends_at
        follow_up, items, moved = await self._reconcile(work, follow_up, plan, pack, now, anew=anew)
        if MISSING_TEST in follow_up.holds and not _missing(items, now):
            follow_up = follow_up.no_longer_held_for(MISSING_TEST)
            follow_up = replace(follow_up, closes_at=None if follow_up.holds else next_look(follow_up, items, now))
            await work.follow_ups.save(follow_up)
            await self.alerts.settle_subject(work, FOLLOW_UP, follow_up.id, "done", (AlertKind.RELEASE_HELD,))
            self._wake(work, follow_up)
        if moved or follow_up.ends_at != ends_before:
            await self._tell_changed(work, resident, follow_up, items, why, now)
        return follow_up

    # the plan on record

    async def _reconcile(
        self, work: Work, follow_up: FollowUp, plan: Plan, pack: Pack, now: datetime, *, anew: Plan | None = None
    ) -> tuple[FollowUp, list[KeptItem], bool]:
        """Write the plan over what stands on record: done items stay, open ones get their dates, reminders follow.

        The third value says whether a date that somebody was told of, or had to guess, has moved.
        """
        rule = pack.profile(follow_up.profile)
        before = {row.key: row for row in await work.follow_ups.items(follow_up.id)}
        standing = await self._standing(work, before.values())
        added: list[KeptItem] = []
        wanted: list[Reminder] = []
        as_if_new = {item.key: item for item in anew.items} if anew is not None else {}
        items: list[KeptItem] = []
        moved = False
        for item in plan.items:
            key = item_key(item, rule, follow_up.anchors)
            row = before.pop(key, None)
            if row is not None:
                item = corrected(row, item, as_if_new.get(item.key), now)
            if row is None:
                row = kept(item, key, new_id=PlanItemId(work.new_id()), follow_up=follow_up)
                fresh = replanned(row, item, now)
                added.append(fresh)
                await self._watch_from(work, fresh)
                moved = moved or not row.waits
            else:
                fresh = replanned(row, item, now)
                if row.is_open and not fresh.is_open:
                    await self._done(work, row, fresh, now)
                elif fresh.is_open and fresh != row:
                    await work.follow_ups.save_item(fresh)
                if fresh.is_open and (fresh.due_at, fresh.waits) != (row.due_at, row.waits):
                    moved = moved or not fresh.waits
                    await self.alerts.settle_subject(work, PLAN_ITEM, row.id, "withdrawn")
                    await self._watch_from(work, fresh)
            if fresh.is_open and fresh.due_at == item.due_at:
                # Else its date stays as it was told, and so do its reminders.
                wanted += await self._reminders(work, fresh, item, standing.get(row.id, ()), now)
            items.append(fresh)
        for gone in before.values():
            if gone.is_open and not is_rolling(rule):
                gone = replace(gone, state=ItemState.CANCELLED, watch_at=None)
                await self._drop(work, gone)
                await self.alerts.settle_subject(work, PLAN_ITEM, gone.id, "withdrawn")
            items.append(gone)
        await work.follow_ups.add_items(added)
        kept_now = await work.reminders.plan(wanted)
        for one in wanted:
            if one.id in kept_now:
                work.wake(REMINDER, one.id, one.due_at)
        follow_up = replace(follow_up, periods=plan.periods)
        follow_up = replace(follow_up, closes_at=None if follow_up.holds else next_look(follow_up, items, now))
        await work.follow_ups.save(follow_up)
        self._wake(work, follow_up)
        return follow_up, items, moved

    @staticmethod
    async def _standing(work: Work, items: Iterable[KeptItem]) -> dict[PlanItemId, list[Reminder]]:
        """The reminders there are, by item."""
        found: dict[PlanItemId, list[Reminder]] = {}
        for reminder in await work.reminders.of_items([item.id for item in items]):
            found.setdefault(reminder.item_id, []).append(reminder)
        return found

    async def _reminders(
        self, work: Work, row: KeptItem, item: PlanItem, standing: Sequence[Reminder], now: datetime
    ) -> list[Reminder]:
        """Those that are still wanted and not there yet; what stands and is not wanted any more is forgotten.

        Future slots only. A check-in whose times of day were over before it was known gets one push at once.
        """
        wanted = [] if row.waits else [at for at in item.reminders if at > now]
        heard = any(reminder.state != "cancelled" for reminder in standing if reminder.due_at <= now)
        known_late = row.kind is ItemKind.CHECK_IN and item.reminders and not wanted and not heard and not row.waits
        if known_late and row.opens_at <= now and row.due_at is not None and now < row.due_at:
            wanted = [now]
        stale = [one for one in standing if one.state == PENDING and one.due_at not in wanted]
        await self._forget(work, stale)
        present = {one.due_at for one in standing if one.state == PENDING}
        return [
            Reminder(ReminderId(work.new_id()), row.id, row.resident_id, REMINDER_TEMPLATES[row.kind], at)
            for at in dict.fromkeys(wanted)
            if at not in present
        ]

    async def _watch_from(self, work: Work, item: KeptItem) -> None:
        if item.watch_at is not None and item.watched_at is None and item.is_open:
            work.wake(ITEM, item.id, item.watch_at)

    async def _done(self, work: Work, row: KeptItem, done: KeptItem, now: datetime) -> None:
        await self._drop(work, done)
        await self.alerts.settle_subject(work, PLAN_ITEM, row.id, done.state.value)

    async def _drop(self, work: Work, item: KeptItem) -> None:
        """Nothing is asked about this item any more."""
        await work.follow_ups.save_item(item)
        for reminder in await work.reminders.cancel_of(item.id):
            work.forget(REMINDER, reminder)
        work.forget(ITEM, item.id)

    async def _forget(self, work: Work, reminders: Iterable[Reminder]) -> None:
        pending = [one.id for one in reminders if one.state == PENDING]
        if not pending:
            return
        await work.reminders.cancel(pending)
        for one in pending:
            work.forget(REMINDER, one)

    def _wake(self, work: Work, follow_up: FollowUp) -> None:
        if follow_up.closes_at is None:
            work.forget(FOLLOW_UP, follow_up.id)
            return
        work.wake(FOLLOW_UP, follow_up.id, follow_up.closes_at)

    async def _plan(self, work: Work, follow_up: FollowUp, pack: Pack) -> Plan:
        samplings = await self._samplings(work, follow_up.resident_id)
        return make_plan(pack, follow_up.profile, follow_up.anchors, events=samplings, made_at=follow_up.created_at)

    async def _samplings(self, work: Work, resident_id: ResidentId) -> list[Sampling]:
        return await work.results.samplings(resident_id, await work.residents.key(resident_id))

    # the clock

    async def watch(self, item_id: PlanItemId) -> None:
        """An item's time is running out, or it was missed: its frozen ladder begins. Coming twice changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            item = await work.follow_ups.find_item(item_id, lock=True)
            if item is None or not item.is_open or item.watched_at is not None:
                return
            if item.watch_at is None or item.due_at is None or item.watch_at > now:
                return
            follow_up = await work.follow_ups.get(item.follow_up_id)
            resident = await work.residents.get(item.resident_id)
            pack = await self.packs.of_plan(work, follow_up)
            if POSITIVE in follow_up.holds:  # in the care of a hospital; nobody is blamed for a test not taken there
                await work.follow_ups.save_item(replace(item, watched_at=now))
                return
            if now < item.due_at:
                await self._raise_item(
                    work, resident, follow_up, item, pack, AlertKind.DUE_SOON, item.warnings(), Severity.INFORMATION
                )
                later = replace(item, watch_at=item.due_at)
                await work.follow_ups.save_item(later)
                await self._watch_from(work, later)
                return
            day_ends_at = _end_of_counted_day(item, pack, follow_up)
            if day_ends_at is not None and item.watch_at >= day_ends_at:
                await work.follow_ups.save_item(replace(item, watched_at=now))
                await self._streak_broken(work, resident, follow_up, pack, now)
                return
            await self.alerts.settle_subject(work, PLAN_ITEM, item.id, "missed", (AlertKind.DUE_SOON,))
            if day_ends_at is None:
                await work.follow_ups.save_item(replace(item, watched_at=now))
            else:
                closing = replace(item, watch_at=day_ends_at)
                await work.follow_ups.save_item(closing)
                await self._watch_from(work, closing)
            severity = Severity.HIGH if item.kind is ItemKind.TEST else Severity.ROUTINE
            steps, every = ringing_on(item.breaches(), pack.ladder(item.ladder_code), pack.zone)
            if steps:
                await self._raise_item(
                    work, resident, follow_up, item, pack, missed_as(item.kind), steps, severity, repeat_every=every
                )

    async def _streak_broken(
        self, work: Work, resident: Resident, follow_up: FollowUp, pack: Pack, now: datetime
    ) -> None:
        """A day before boarding passed without its report: the person hears what that means, an official decides."""
        boards_on = day_of(follow_up.anchors[Anchor.BOARDING], pack.zone)
        items = await work.follow_ups.items(follow_up.id)
        reported = [item.day_in(pack.zone) for item in items if item.done_at and item.kind is ItemKind.REPORT]
        streak = preboarding_streak(boards_on, reported, now.astimezone(pack.zone).date(), pack)
        facts = {
            "reported": streak.reported,
            "needed": streak.needed,
            "missing_on": streak.missing[-1].isoformat() if streak.missing else None,
            "earliest_boarding": streak.earliest_boarding.isoformat(),
        }
        anew = streak.earliest_boarding > boards_on
        if anew:
            follow_up, items = await self._count_anew(work, resident, follow_up, pack, streak.earliest_boarding, now)
        dedup = f"streak:{follow_up.id}:{now.isoformat()}"
        await self._raise_card(
            work, resident, follow_up, AlertKind.STREAK_BROKEN, dedup, now, severity=Severity.HIGH, more=facts
        )
        why = "streak_anew" if anew else "streak"
        await self._tell_changed(work, resident, follow_up, items, why, now, more=facts)

    async def _count_anew(
        self, work: Work, resident: Resident, broken: FollowUp, pack: Pack, boards_on: date, now: datetime
    ) -> tuple[FollowUp, list[KeptItem]]:
        """A pack that restarts the row asks for every day of a new one; the broken plan ends without a word."""
        await self._finish(work, resident, broken, FollowUpState.CLOSED, now, by_official=True, quietly=True)
        boarding = broken.anchors[Anchor.BOARDING]
        moved = boarding + (boards_on - day_of(boarding, pack.zone))
        again = replace(
            broken,
            id=FollowUpId(work.new_id()),
            state=FollowUpState.ACTIVE if broken.confirmed_at else FollowUpState.PROVISIONAL,
            anchors={**broken.anchors, Anchor.BOARDING: moved},
            periods=(),
            created_at=now,
            source_key=None,
            closes_at=None,
        )
        opened = await self._begin(work, resident, pack, again, reason=None)
        assert opened is not None, "a day of boarding asks for its reports whenever it is"
        return opened[0], opened[1]

    async def look(self, follow_up_id: FollowUpId) -> None:
        """A period is over: release, unless something is missing; then it is held and officials are alerted."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            follow_up = await work.follow_ups.find(follow_up_id, lock=True)
            if follow_up is None or not follow_up.is_open or follow_up.closes_at is None or follow_up.closes_at > now:
                return
            resident = await work.residents.get(follow_up.resident_id)
            items = await work.follow_ups.items(follow_up.id)
            if _missing(items, now) and follow_up.periods:
                held = replace(follow_up.held_for(MISSING_TEST), closes_at=None)
                await work.follow_ups.save(held)
                await work.audit.add("follow_up.hold", "follow_up", held.id, at=now, why=MISSING_TEST)
                dedup = f"held:{held.id}:{now.isoformat()}"
                await self._raise_card(
                    work, resident, held, AlertKind.RELEASE_HELD, dedup, now, severity=Severity.HIGH, and_site=True
                )
                # Not a routine push: whoever counts the hours would walk out at this minute.
                await self._tell_changed(work, resident, held, items, "held", now, lane=Lane.REPLY)
                return
            following = next_look(follow_up, items, now)
            if follow_up.holds or following is None or following > now:
                later = replace(follow_up, closes_at=None if follow_up.holds else following)
                await work.follow_ups.save(later)
                self._wake(work, later)
                return
            await self._finish(work, resident, follow_up, FollowUpState.CLOSED, now)

    async def _finish(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        state: FollowUpState,
        now: datetime,
        *,
        by_official: bool = False,
        quietly: bool = False,
    ) -> FollowUp:
        """`quietly`: another plan follows at once, and what is said about that says it all."""
        ended = follow_up.ended(state, now)
        await work.follow_ups.save(ended)
        work.forget(FOLLOW_UP, follow_up.id)
        open_items = []
        for item in await work.follow_ups.items(follow_up.id):
            if not item.is_open:
                continue
            if by_official or item.due_at is None or item.due_at > now or item.waits:
                await self._drop(work, replace(item, state=ItemState.CANCELLED, watch_at=None))
            open_items.append(item.id)
        if by_official:
            await self.alerts.settle_subjects(work, PLAN_ITEM, open_items, "withdrawn")
        await self.alerts.settle_subject(work, FOLLOW_UP, follow_up.id, "withdrawn" if by_official else "done")
        await self.clocks.stop_all(work, follow_up.id, now, ClockKind.FIRST_MOMENT)
        await work.audit.add("follow_up.end", "follow_up", follow_up.id, at=now, state=state)
        values = {
            "profile": follow_up.profile,
            "closed_at": now.isoformat(),
            "withdrawn": state is FollowUpState.WITHDRAWN,
            "others": [
                {"profile": other.profile, "ends_at": other.ends_at.isoformat() if other.ends_at else None}
                for other in await work.follow_ups.of_resident(resident.id)
            ],
        }
        if quietly:
            return ended
        await self._tell(work, resident, "plan_closed", values, f"plan_closed:{follow_up.id}", now)
        await self._tell_officials(
            work,
            resident,
            "follow_up_closed",
            {"profile": follow_up.profile, "closed_at": now.isoformat()},
            (Role.GRID_WORKER,),
            now,
            and_units=True,
        )
        for follower in self.followers:
            await follower.ended(work, resident, ended, now)
        return ended

    async def due_items(self) -> list[PlanItemId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.follow_ups.items_due(self.clock.now())

    async def due(self) -> list[FollowUpId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.follow_ups.due(self.clock.now())

    async def due_by(self, work: Work, until: datetime) -> AsyncIterator[list[tuple[str, datetime]]]:
        """What the agenda is loaded from."""
        async for ends in work.follow_ups.ending_by(until):
            yield [(f"{FOLLOW_UP}:{one}", at) for one, at in ends]
        async for items in work.follow_ups.items_due_by(until):
            yield [(f"{ITEM}:{one}", at) for one, at in items]

    async def first_after(self, work: Work, until: datetime) -> datetime | None:
        return await work.follow_ups.first_after(until)

    # alerts and words

    async def _raise_item(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        item: KeptItem,
        pack: Pack,
        kind: AlertKind,
        steps: tuple[LadderStep, ...],
        severity: Severity,
        *,
        repeat_every: Any = None,
    ) -> None:
        policy = pack.escalation(item.ladder_code)
        assert item.due_at is not None
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=severity,
                area=resident.area,
                dedup_key=f"{kind}:{item.id}:{int(item.due_at.timestamp())}",
                facts={
                    "profile": follow_up.profile,
                    "test": item.test.value if item.test else None,
                    "due_at": item.due_at.isoformat(),
                    "item": str(item.id),
                    "follow_up": str(follow_up.id),
                },
                rules=item.rules,
                policy_code=item.ladder_code,
                ladder=steps,
                resolve_within=policy.resolve_within,
                subject_kind=PLAN_ITEM,
                subject_id=item.id,
                resident_id=resident.id,
                repeat_every=repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )

    async def _raise_card(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        kind: AlertKind,
        dedup_key: str,
        now: datetime,
        *,
        severity: Severity = Severity.INFORMATION,
        and_site: bool = False,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """To the grid worker (and the site): something to decide about a whole follow-up. It climbs no further."""
        policy = (await self.packs.of_plan(work, follow_up)).climbed_by(kind)
        steps = [LadderStep(Level.L1, (Role.GRID_WORKER,), now)]
        if severity is not Severity.INFORMATION:
            steps.append(LadderStep(Level.L2, (Role.COMMUNITY, Role.DOCTOR), now))
        if and_site:
            steps.insert(1, LadderStep(Level.SITE, (Role.SITE,), now))
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=severity,
                area=resident.area,
                dedup_key=dedup_key,
                facts={"profile": follow_up.profile, "follow_up": str(follow_up.id), **(more or {})},
                rules=follow_up.rules,
                policy_code=policy.code,
                ladder=tuple(steps),
                resolve_within=policy.resolve_within,
                subject_kind=FOLLOW_UP,
                subject_id=follow_up.id,
                resident_id=resident.id,
            ),
        )

    async def _tell(
        self,
        work: Work,
        resident: Resident,
        template: str,
        values: Mapping[str, Any],
        dedup: str,
        now: datetime,
        *,
        lane: Lane = Lane.REMINDER,
    ) -> None:
        person = await name_for_family(work, resident)
        await self.outbox.to_resident(
            work, resident, template, {**values, "person": person}, now=now, lane=lane, dedup=dedup, duty=True
        )

    async def _tell_changed(
        self,
        work: Work,
        resident: Resident,
        follow_up: FollowUp,
        items: Sequence[KeptItem],
        why: str,
        now: datetime,
        *,
        more: Mapping[str, Any] | None = None,
        lane: Lane = Lane.REMINDER,
    ) -> None:
        values = {**self._next(follow_up, items), "profile": follow_up.profile, "why": why, **(more or {})}
        dedup = f"plan_changed:{follow_up.id}:{why}:{now.isoformat()}"
        await self._tell(work, resident, "plan_changed", values, dedup, now, lane=lane)

    async def _tell_officials(
        self,
        work: Work,
        resident: Resident,
        kind: str,
        facts: dict[str, Any],
        roles: tuple[Role, ...],
        now: datetime,
        *,
        and_units: bool = False,
    ) -> None:
        holding = await work.officials.on_call(roles, resident.area, now)
        officials = {one.id: one for held in holding.values() for one in held}
        if and_units:
            units = await work.follow_ups.units_of(resident.id)
            officials |= {one.id: one for one in (await work.officials.of_unit(units) if units else ())}
        await self.outbox.to_officials(
            work,
            officials.values(),
            "information",
            {
                "kind": kind,
                "person": masked_name((await work.residents.identity(resident.id)).name),
                "area": resident.area,
                "facts": facts,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"{kind}:{resident.id}:{now.isoformat()}",
        )

    @staticmethod
    def _next(follow_up: FollowUp, items: Sequence[KeptItem]) -> dict[str, Any]:
        following = next_open(items)
        ends_at = follow_up.ends_at
        return {
            "next_kind": following.kind.value if following else None,
            "next_test": following.test.value if following and following.test else None,
            "next_opens_at": following.opens_at.isoformat() if following else None,
            "next_due_at": following.due_at.isoformat() if following and following.due_at else None,
            "ends_at": ends_at.isoformat() if ends_at else None,
        }

    def _left_open(self, unset: Sequence[Unset], language: str) -> list[str]:
        """What the notice leaves to somebody else to say, and nothing here guesses."""
        return [f"{self.words.word(f'unset.{one.value}', language)} ({one.rule})" for one in unset]

    # who may, and who may be reached

    @staticmethod
    def _may(official: Official, roles: tuple[Role, ...]) -> None:
        if not official.may(*roles):
            raise NotYoursToDecide

    async def _reach(self, official: Official, resident_id: ResidentId) -> Scope:
        """The official's scope and this one person, once it is known that the person is in it.

        Alerts stand in the managing area, which may lie outside the scope that makes the person visible.
        """
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        return replace(official.scope, people=(resident_id,))

    async def _reach_follow_up(self, official: Official, follow_up_id: FollowUpId) -> Scope:
        async with self.transactions.begin(official.scope) as work:
            resident_id = (await work.follow_ups.get(follow_up_id)).resident_id
        return replace(official.scope, people=(resident_id,))

    # reading

    async def plans_of(self, speaker: Speaker, about: ResidentId | None = None) -> list[PlanOut]:
        """A person's own plans, with the reasons; or those of a member of the family."""
        person = spoken_for(speaker, about)
        language = speaker.resident.language if speaker.resident else "zh_Hans_CN"
        async with self.transactions.begin(Scope.of_people([ResidentId(one) for one in speaker.people])) as work:
            return [await self.out(work, one, language) for one in await work.follow_ups.of_resident(person)]

    async def of_resident(self, resident_id: ResidentId, *, official: Official) -> list[PlanOut]:
        """Every follow-up of a person, ended ones too; the look is on record."""
        self._may(official, READING)
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
            await work.audit.add("follow_up.read", "resident", resident_id, at=self.clock.now())
            found = await work.follow_ups.of_resident(resident_id, open_only=False)
            return [await self.out(work, one, official.language) for one in found]

    async def get(self, follow_up_id: FollowUpId, *, official: Official) -> PlanOut:
        self._may(official, READING)
        async with self.transactions.begin(official.scope) as work:
            return await self.out(work, await work.follow_ups.get(follow_up_id), official.language)

    async def out(self, work: Work, follow_up: FollowUp, language: str) -> PlanOut:
        """A plan as people read it. Check-ins whose days are not known yet are left out; the note says why."""
        items = await work.follow_ups.items(follow_up.id)
        shown = [item for item in items if not (item.waits and item.kind is ItemKind.CHECK_IN)]
        shown = [item for item in shown if item.state is not ItemState.CANCELLED]
        note = None
        if follow_up.is_open and any(item.waits for item in items):
            note = self.words.word("plan.waits", language)
        if follow_up.state is FollowUpState.PROVISIONAL:
            note = " ".join(filter(None, (self.words.word("plan.provisional", language), note)))
        if follow_up.state is FollowUpState.HELD:
            note = self.words.word("plan.held", language)
        if follow_up.is_open:
            pack = await self.packs.of_plan(work, follow_up)
            said = self._left_open(left_open(pack, follow_up.profile), language)
            note = " ".join(filter(None, (note, *said))) or None
        return PlanOut(
            follow_up_id=follow_up.id,
            profile=follow_up.profile,
            profile_name=self.words.word(f"profile.{follow_up.profile}", language),
            state=follow_up.state,
            pack=f"{follow_up.pack_id}/{follow_up.pack_version}",
            note=note,
            periods=[
                PeriodOut(
                    kind=period.kind,
                    starts_at=period.starts_at,
                    ends_at=None if period.waits else period.ends_at,
                    rules=self.packs.quoted(period.rules, language),
                )
                for period in follow_up.periods
                if not period.waits
            ],
            items=[
                ItemOut(
                    id=item.id,
                    key=item.key,
                    kind=item.kind,
                    test=item.test,
                    opens_at=item.opens_at,
                    due_at=item.due_at,
                    state=item.state,
                    rules=self.packs.quoted(item.rules, language),
                )
                for item in shown
            ],
        )


async def name_for_family(work: Work, resident: Resident) -> str | None:
    """The name, where somebody else of the family is spoken to; nobody is told their own."""
    if not await work.residents.guardians(resident.id):
        return None
    return (await work.residents.identity(resident.id)).name


def _missing(items: Iterable[KeptItem], now: datetime) -> list[KeptItem]:
    """The tests that hold a release: due by now and not sampled (SD-3.3.2-c's default)."""
    return [
        item
        for item in items
        if item.kind is ItemKind.TEST and item.is_open and item.due_at is not None and item.due_at <= now
    ]


def _end_of_counted_day(item: KeptItem, pack: Pack, follow_up: FollowUp) -> datetime | None:
    """24:00 of a day that must not be left out of a row (SD-3.2.2-a); None where a missed day breaks nothing."""
    if pack.preboard is None or item.kind is not ItemKind.REPORT or item.number is None:
        return None
    if Anchor.BOARDING not in follow_up.anchors:
        return None
    return datetime.combine(item.day_in(pack.zone) + DAY, time.min, pack.zone)


def _instant(follow_up: FollowUp, anchor: Anchor, pack: Pack) -> datetime:
    moment = follow_up.anchors[anchor]
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=pack.zone)


@dataclass(frozen=True, slots=True)
class CheckInFollower:
    """The day's check-in, or symptoms told instead of it: either way the person has reported, and hears again what
    the plan asks next."""

    follow_ups: FollowUpService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        if accepted.report.kind not in (ReportKind.CHECK_IN, ReportKind.SYMPTOMS):
            return Consequence()
        marked = await self.follow_ups.check_in(work, accepted.resident)
        if accepted.report.kind is ReportKind.CHECK_IN:
            return Consequence(advice=(("check_in_kept", ()),))
        advice = (("check_in_kept", ()),) if marked else ()
        plans = await work.follow_ups.of_resident(accepted.resident.id)
        plan = await self.follow_ups.out(work, plans[0], accepted.resident.language) if plans else None
        return Consequence(advice=advice, plan=plan)
