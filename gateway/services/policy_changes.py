"""A notice changes overnight: who is touched is shown first, then a named official puts the new pack in force.

From that moment on every plan under way follows it, in one transaction: all of them or none. Only what is still to come
moves. Nothing that shortens an isolation or monitoring, or ends it, happens by itself: such a plan stays as it is, and
waits for an official. Somebody who moves comes under the pack of the place that manages them, by the same rules.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import (
    ActivationId,
    AlertKind,
    AlertStatus,
    ChangeDecision,
    ChangeOutcome,
    FollowUpId,
    Lane,
    OfficialId,
    PlanChangeId,
    ResidentId,
    Role,
    Severity,
)
from gateway.domain.ladders import LadderBook
from gateway.domain.packs import Pack
from gateway.domain.people import Identity, Resident
from gateway.domain.policy_changes import Move, Revision, Summary, Tally, revised
from gateway.domain.rules import DEFAULT, Unset
from gateway.domain.scopes import AREA_DIGITS, EVERYWHERE, Official, Scope
from gateway.domain.sign_offs import SignOff
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.policies.loader import load_pack, pack_ids, read_pack
from gateway.record.activations import SETTLE_AFTER, Activation, ActivationNotFound
from gateway.record.pack_versions import PackVersion, PackVersionNotFound
from gateway.record.policy_changes import Concerned, PlanChange, PlanChangeNotFound
from gateway.record.record import Work
from gateway.record.reminders import PLAN_ITEM
from gateway.schemas.policies import (
    ActivationOut,
    CountOut,
    MovedOut,
    PackVersionOut,
    PreviewOut,
    SignedOut,
    UnsetOut,
)
from gateway.services.alerts import AlertService, Raising
from gateway.services.follow_ups import PLACING, REMINDER_TEMPLATES
from gateway.services.list_changes import ListChangeService
from gateway.services.outbox import Letter, Outbox
from gateway.services.packs import PackCannotBeActivated, PackService, jurisdiction_of, midnight
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("policy changes")
ACTIVATION = "activation"

#: Who may put a pack in force, in their own area.
ACTIVATING = (Role.COUNTY, Role.CITY, Role.PROVINCE)
#: Who hears that plans of their area have moved.
HEARING = (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY, Role.HEALTH)

#: A pack is text a person wrote; more than that is refused unread.
LARGEST_FILE = 1024 * 1024
#: So many plans are read and written at a time; after so few of them others get a turn.
AT_ONCE, _A_TURN = 500, 20
#: A message names so many dates; the plan itself has the others.
_NAMED = 6


class NotYoursToActivate(Forbidden):
    """A pack is put in force by an administrator, or by the county or above, for their own area."""


class NotYoursToDecide(Forbidden):
    """Your role does not decide about follow-ups."""


class SectionsNotAccepted(Conflict):
    """Values that this pack needs are not set. Accept by name that what uses them stays off, or set them."""

    def __init__(self, unset: Iterable[Unset] = ()) -> None:
        missing = ", ".join(f"{one.value} ({one.rule})" for one in unset)
        super().__init__(f"{(type(self).__doc__ or '').strip()} {missing}".strip())


class DayIsOver(Invalid):
    """A pack comes into force today or later: plans under way are not changed for days that are over."""


class PackNotOfThatDay(Conflict):
    """By its own dates the pack does not hold on that day: not yet, or no longer."""


class ReasonMissing(Invalid):
    """Say why: the reason stands on record and is shown to the person."""


class NoArea(Invalid):
    """A pack is in force in a province, city, county, township, village or grid: 2, 4, 6, 9, 12 or 14 digits."""


class FileTooLarge(Invalid):
    """A pack is at most 1 MB of text."""


class AlreadyInForce(Conflict):
    """This pack is in force already, and plans follow it: put another in force instead."""


class NothingToDecide(Conflict):
    """These plans wait for no decision any more."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What activating this pack would do, as of now; nothing is written and nobody is told."""

    version: PackVersion
    pack: Pack
    area: str
    effective_from: date
    in_force_at: datetime
    replaces: Activation | None
    off: tuple[Unset, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that waits for an official, as a page shows it."""

    change: PlanChange
    identity: Identity


@dataclass(frozen=True, slots=True)
class InForce:
    """An activation with what waits of it; `now` says whether it is the one that manages its area at this moment."""

    activation: Activation
    title: str
    now: bool
    waiting: int


@dataclass(frozen=True)
class _Target:
    """Where plans are brought: a pack, and what brings them there."""

    pack: Pack
    hash: str
    overlays: tuple[str, ...]
    cause: str
    activation_id: ActivationId | None = None
    told_as: str | None = None

    @cached_property
    def ladders(self) -> LadderBook:
        return LadderBook(self.pack)

    @property
    def dedup(self) -> str:
        """Nobody hears twice of what bears one name."""
        return f"policy:{self.told_as or self.cause}"


@dataclass(frozen=True, slots=True)
class PolicyChangeService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    outbox: Outbox
    lists: ListChangeService
    clock: Clock
    at_once: int = AT_ONCE

    # versions

    async def bring(self, name: str, content: bytes, *, official: Official, signs: Sequence[str] = ()) -> PackVersion:
        """A pack's file from outside: checked as those that come with the system, and kept. It changes nothing yet.

        `signs` are values that other documents state differently, for which this official signs.
        """
        self._may_activate(official)
        if len(content) > LARGEST_FILE:
            raise FileTooLarge
        signed = [SignOff(value=value, by=official.name, rule=DEFAULT) for value in signs]
        pack = await asyncio.to_thread(_read, _file_name(name), content, signed)
        return await self.keep(pack, by=official.name)

    async def shipped(self, pack_id: str, *, official: Official) -> PackVersion:
        """A pack that comes with the system, as its file says now."""
        self._may_activate(official)
        return await self.keep(load_pack(pack_id), by=official.name)

    async def named(self, name: str) -> Official:
        """The official of that name who may put a pack in force. Raises NotYoursToActivate."""
        async with self.transactions.begin(_WORK) as work:
            everybody = await work.officials.listed(area=EVERYWHERE)
        found = [one for one in everybody if one.name == name and one.may(*ACTIVATING)]
        if len(found) != 1:
            many = "several officials are" if found else "no official who may put a pack in force is"
            raise NotYoursToActivate(f"{many} called {name}")
        return found[0]

    async def keep(self, pack: Pack, *, by: str) -> PackVersion:
        async with self.transactions.begin(_WORK) as work:
            return await work.pack_versions.get(await self.packs.keep(work, pack, by=by))

    async def find(self, named: str) -> PackVersion:
        """A kept version by its hash or the beginning of it, by `id@version`, or the newest of that id."""
        async with self.transactions.begin(_WORK) as work:
            found = [
                one
                for one in await work.pack_versions.listed()
                if (len(named) >= 8 and one.hash.startswith(named))
                or named in (one.pack_id, f"{one.pack_id}@{one.version}")
            ]
        if not found:
            raise PackVersionNotFound(f"there is no pack {named}; the known ones are: {', '.join(pack_ids())}")
        return found[0]

    async def versions(self, *, official: Official) -> list[PackVersion]:
        self._may_activate(official)
        async with self.transactions.begin(official.scope) as work:
            return await work.pack_versions.listed()

    async def standing(self, *, official: Official) -> list[InForce]:
        """What is, was and will be in force in the official's area and around it, the newest first."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            own = official.scope.area if official.scope.area is not None else "-"
            around = await work.activations.around([own[:digits] for digits in range(len(own))])
            listed = {one.id: one for one in (*await work.activations.within(own), *around)}
            shown = []
            for one in sorted(listed.values(), key=lambda each: each.activated_at, reverse=True):
                current = await self.packs.activation_for(work, one.area, now)
                waiting = await work.policy_changes.count_open(cause=_cause(one.id))
                pack = await self.packs.activated(work, one)
                shown.append(InForce(one, pack.title, current is not None and current.id == one.id, waiting))
        return shown

    # looking first

    async def preview(
        self,
        hash_: str,
        *,
        official: Official | None,
        area: str | None = None,
        effective_from: date | None = None,
    ) -> Preview:
        """How many plans would change, which dates move, who would be told, and what would wait for an official."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            version = await work.pack_versions.get(hash_)
            pack = await self.packs.by_hash(work, hash_)
            chosen = self._area(pack, area, official)
            replaces = await self.packs.activation_for(work, chosen, now)
            first_day = self._first_day(pack, effective_from, replaces, chosen, now)
            in_force_at = max(now, midnight(pack, first_day))
            target = _Target(pack, hash_, (), cause="")
            tally = Tally(pack.zone)
            pairs = await self._concerned(work, chosen, target, in_force_at)
            for some in _chunks(pairs, self.at_once):
                concerned = await work.policy_changes.read([plan for _, plan in some])
                for revision, one in await self._revised(work, concerned, target, in_force_at):
                    tally.add(revision, one.resident.area)
        return Preview(version, pack, chosen, first_day, in_force_at, replaces, pack.unset(), tally.summary())

    # putting in force

    async def activate(
        self,
        hash_: str,
        *,
        official: Official | None,
        area: str | None = None,
        effective_from: date | None = None,
        accepts_off: Collection[str] | None = None,
        signed_off: Sequence[dict[str, str]] = (),
        overlays: tuple[str, ...] = (),
    ) -> Activation:
        """Put a pack in force. From its first moment plans under way follow it, all of them or none.

        `accepts_off` are the unset values whose sections stay off; None, only where the system is set up, accepts all.
        """
        async with self.transactions.begin(_acting(official)) as work:
            await work.activations.one_at_a_time()
            now = self.clock.now()  # whoever waited for another activation comes after it
            version = await work.pack_versions.get(hash_)
            pack = await self.packs.by_hash(work, hash_)
            chosen = self._area(pack, area, official)
            off = pack.unset()
            if accepts_off is not None and (open_ := [one for one in off if one.value not in accepts_off]):
                raise SectionsNotAccepted(open_)
            if accepts_off is None and official is not None and off:
                raise SectionsNotAccepted(off)
            standing = await self.packs.activation_for(work, chosen, now)
            first_day = self._first_day(pack, effective_from, standing, chosen, now)
            in_force_at = max(now, midnight(pack, first_day))
            activation = Activation(
                id=work.new_id(),
                area=chosen,
                pack_id=version.pack_id,
                pack_version=version.version,
                overlays=overlays,
                effective_from=first_day,
                activated_at=now,
                activated_by=official.name if official else "set-up",
                accepted_off=tuple(one.value for one in off),
                pack_hash=hash_,
                signed_off=tuple(signed_off) + _signatures(pack),
                in_force_at=in_force_at,
            )
            await work.activations.add(activation)
            await work.audit.add(
                "pack.activate", "pack", version.pack_id, at=now, area=chosen, version=version.version, hash=hash_
            )
            if in_force_at <= now:
                return await self._apply(work, activation, now)
            work.wake(ACTIVATION, activation.id, in_force_at)
        return activation

    async def withdraw(self, activation_id: ActivationId, *, official: Official | None) -> Activation:
        """A pack that was to come into force on a later day does not: what manages the area goes on managing it.

        Nobody was told of it yet, so nobody hears. Raises AlreadyInForce, ActivationNotFound beyond the own area.
        """
        async with self.transactions.begin(_acting(official)) as work:
            await work.activations.one_at_a_time()
            now = self.clock.now()
            activation = await work.activations.get(activation_id)
            if official is not None:
                self._may_activate(official)
                if not activation.area.startswith(official.area):
                    raise ActivationNotFound
            if activation.withdrawn_at is not None:
                return activation
            if activation.applied_at is not None or activation.in_force_at is None or activation.in_force_at <= now:
                raise AlreadyInForce
            by = official.name if official else "set-up"
            withdrawn = replace(activation, withdrawn_at=now, withdrawn_by=by)
            await work.activations.save(withdrawn)
            work.forget(ACTIVATION, activation.id)
            await work.audit.add(
                "pack.withdraw", "pack", activation.pack_id, at=now, activation=str(activation.id), area=activation.area
            )
        return withdrawn

    async def apply(self, activation_id: ActivationId) -> None:
        """The clock says that a pack comes into force, or that somebody may have been left behind. Coming too early, or
        twice, changes nothing."""
        async with self.transactions.begin(_WORK) as work:
            await work.activations.one_at_a_time()
            now = self.clock.now()
            activation = await work.activations.get(activation_id)
            if activation.in_force_at is None or activation.settled_at is not None or activation.withdrawn_at:
                return
            due_at = activation.in_force_at if activation.applied_at is None else activation.applied_at + SETTLE_AFTER
            if due_at > now:
                work.wake(ACTIVATION, activation.id, due_at)
                return
            await self._apply(work, activation, now)

    async def _apply(self, work: Work, activation: Activation, now: datetime) -> Activation:
        """Bring every plan of the area to the pack; the second time, those that were begun while the first one ran."""
        summary = None
        current = await self.packs.activation_for(work, activation.area, now)
        if current is not None and current.id == activation.id:  # not overtaken before it came into force
            pack = await self.packs.activated(work, activation)
            target = _Target(
                await self.packs.with_own_ladders(work, pack, activation.area),
                activation.pack_hash or "",
                activation.overlays,
                _cause(activation.id),
                ActivationId(activation.id),
                told_as=None if activation.applied_at is None else f"{_cause(activation.id)}:later",
            )
            summary = await self._bring_all(work, activation.area, target, now)
            if activation.applied_at is None:
                await self._tell_listed(work, pack, activation, now)
        again = activation.applied_at is not None
        applied = replace(
            activation,
            applied_at=activation.applied_at or now,
            settled_at=now if again or summary is None else None,
            figures=_added(activation.figures, summary) if summary else {"overtaken": True},
        )
        await work.activations.save(applied)
        await work.audit.add(
            "pack.apply", "pack", activation.pack_id, at=now, activation=str(activation.id), **applied.figures
        )
        if applied.settled_at is None:
            work.wake(ACTIVATION, activation.id, now + SETTLE_AFTER)
        return applied

    async def _tell_listed(self, work: Work, pack: Pack, activation: Activation, now: datetime) -> None:
        """Whoever joins or leaves a list of who should be tested hears it, with or without a plan."""
        until_now = await self.packs.activation_for(work, activation.area, now, besides=activation.id)
        before = await self.packs.activated(work, until_now) if until_now else self.packs.everywhere()
        beyond = await self._beyond(work, activation.area, now)
        dedup = f"lists:{activation.id}"
        await self.lists.tell(work, before, pack, area=activation.area, beyond=beyond, dedup=dedup, now=now)

    async def _bring_all(self, work: Work, area: str, target: _Target, now: datetime) -> Summary:
        tally = Tally(target.pack.zone)
        waiting: set[str] = set()
        moved: set[str] = set()
        pairs = await self._concerned(work, area, target, now)
        for some in _chunks(pairs, self.at_once):
            await work.policy_changes.lock(some)
            concerned = await work.policy_changes.read([plan for _, plan in some])
            found = await self._revised(work, concerned, target, now)
            await self._write(work, found, target, now)
            for revision, one in found:
                tally.add(revision, one.resident.area)
                if revision.outcome in (ChangeOutcome.SHORTENS, ChangeOutcome.UNPLANNED):
                    waiting.add(_township(one.resident.area))
                if revision.outcome is ChangeOutcome.MOVED:
                    moved.add(_township(one.resident.area))
        for township in sorted(waiting):
            await self._ask(work, township, target, now)
        await self._tell_officials(work, moved, target, now)
        return tally.summary()

    # plans

    async def _concerned(
        self, work: Work, area: str, target: _Target, at: datetime
    ) -> list[tuple[ResidentId, FollowUpId]]:
        beyond = await self._beyond(work, area, at)
        return await work.policy_changes.concerned(
            area, beyond=beyond, pack_hash=target.hash, cause=target.cause or None
        )

    async def _beyond(self, work: Work, area: str, at: datetime) -> list[str]:
        """Areas inside this one that follow packs of their own."""
        inside = {one.area for one in await work.activations.within(area) if one.area != area}
        beyond = []
        for other in sorted(inside):
            current = await self.packs.activation_for(work, other, at)
            if current is not None and current.area == other:
                beyond.append(other)
        return beyond

    async def _revised(
        self, work: Work, concerned: Sequence[Concerned], target: _Target, at: datetime
    ) -> list[tuple[Revision, Concerned]]:
        found = []
        for number, one in enumerate(concerned):
            if number % _A_TURN == 0:
                await asyncio.sleep(0)
            revision = revised(
                one.follow_up,
                one.items,
                before=await self.packs.of_plan(work, one.follow_up),
                after=target.pack,
                pack_hash=target.hash,
                overlays=target.overlays,
                samplings=one.samplings,
                now=at,
                new_id=work.new_id,
                ladders=target.ladders,
            )
            found.append((revision, one))
        return found

    async def _write(
        self,
        work: Work,
        found: Sequence[tuple[Revision, Concerned]],
        target: _Target,
        now: datetime,
        *,
        agreed: bool = False,
    ) -> None:
        """Plans that may move do, and their people hear it; the others are kept for an official to decide."""
        free = (ChangeOutcome.SAME, ChangeOutcome.MOVED, *((ChangeOutcome.SHORTENS,) if agreed else ()))
        going = [(revision, one) for revision, one in found if revision.outcome in free]
        await self._rewrite(work, [revision for revision, _ in going], now)
        await self._tell(work, going, target, now)
        if agreed:
            return
        overtaken = await work.policy_changes.keep(
            [
                PlanChange(
                    id=PlanChangeId(work.new_id()),
                    cause=target.cause,
                    activation_id=target.activation_id,
                    follow_up_id=one.follow_up.id,
                    resident_id=one.resident.id,
                    area=one.resident.area,
                    profile=one.follow_up.profile,
                    pack_hash=target.hash,
                    outcome=revision.outcome,
                    why=revision.why,
                    moves=revision.moves,
                    changed_at=now,
                    decision=None if revision.outcome in free else ChangeDecision.OPEN,
                )
                for revision, one in found
            ]
        )
        await self._settle_cards(work, overtaken, "withdrawn")

    async def _rewrite(self, work: Work, revisions: Sequence[Revision], now: datetime) -> None:
        if not revisions:
            return
        rewritten = await work.policy_changes.rewrite(revisions, now, REMINDER_TEMPLATES)
        for kind, subject, at in rewritten.wakes:
            work.wake(kind, subject, at)
        for kind, subject in rewritten.forgotten:
            work.forget(kind, subject)
        if not rewritten.touched_items:
            return
        for alert_id in await work.alerts.open_for_subjects(PLAN_ITEM, rewritten.touched_items):
            alert = await work.alerts.get(alert_id, lock=True)  # its ladder may be climbing at this moment
            if alert.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, alert, "withdrawn")

    # words

    async def _tell(
        self, work: Work, found: Sequence[tuple[Revision, Concerned]], target: _Target, now: datetime
    ) -> None:
        """Everybody whose dates moved, once, with all their plans in it."""
        people: dict[ResidentId, tuple[Resident, list[Revision]]] = {}
        for revision, one in found:
            if revision.moves or revision.why == "excused":
                people.setdefault(one.resident.id, (one.resident, []))[1].append(revision)
        if not people:
            return
        guarded = await work.residents.guardians_of(list(people))
        names = await work.residents.identities(list(guarded)) if guarded else {}
        letters = [
            Letter(
                resident,
                {
                    "person": names[resident.id].name if resident.id in names else None,
                    "pack": target.pack.title,
                    "why": "pack" if target.activation_id else "moved",
                    "plans": [self._plan_said(revision, resident.language) for revision in revisions],
                },
            )
            for resident, revisions in people.values()
        ]
        await self.outbox.to_residents(work, letters, "policy_changed", now=now, dedup=target.dedup)

    def _plan_said(self, revision: Revision, language: str) -> dict[str, Any]:
        told = _worth_telling(revision.moves)
        return {
            "profile": revision.follow_up.profile,
            "excused": revision.why == "excused",
            "moves": [
                {
                    "what": one.what,
                    "was": one.was.isoformat() if one.was else None,
                    "becomes": one.becomes.isoformat() if one.becomes else None,
                    "expected": one.expected,
                }
                for one in told[:_NAMED]
            ],
            "more": max(0, len(told) - _NAMED),
            "quote": self.packs.quote(
                [rule for one in told for rule in one.rules] or revision.follow_up.rules, language
            ),
        }

    async def _ask(
        self, work: Work, township: str, target: _Target, now: datetime, *, about: Resident | None = None
    ) -> None:
        """One card for a township, however many of its plans wait; or about one person who came there."""
        policy = target.pack.climbed_by(AlertKind.POLICY_CHANGE)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.POLICY_CHANGE,
                severity=Severity.ROUTINE,
                area=about.area if about else township,
                resident_id=about.id if about else None,
                dedup_key=f"policy:{target.cause}:{township}",
                facts={
                    "pack": target.pack.title,
                    "plans": await work.policy_changes.count_open(cause=target.cause, area=township),
                },
                rules=(),
                policy_code=policy.code,
                ladder=policy.freeze(now),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                subject_kind=ACTIVATION,
                subject_id=target.activation_id,
            ),
        )

    async def _tell_officials(self, work: Work, townships: Iterable[str], target: _Target, now: datetime) -> None:
        """Whoever answers for a place where plans moved hears of it once."""
        told: dict[OfficialId, Official] = {}
        for township in townships:
            for held in (await work.officials.on_call(HEARING, township, now)).values():
                told |= {one.id: one for one in held}
        if not told:
            return
        await self.outbox.to_officials(
            work,
            told.values(),
            "information",
            {
                "kind": "pack_activated" if target.activation_id else "person_moved",
                "person": None,
                "area": next(iter(sorted(townships)))[:6],
                "facts": {"pack": target.pack.title},
            },
            now=now,
            lane=Lane.REPLY,
            dedup=target.dedup,
        )

    # officials decide

    async def waiting_for(self, *, official: Official, activation_id: ActivationId | None = None) -> list[Waiting]:
        """Plans of the official's people that wait for a decision; the look is on record."""
        self._may_decide(official)
        async with self.transactions.begin(official.scope) as work:
            changes = await work.policy_changes.open(activation_id=activation_id)
            names = await work.residents.identities([one.resident_id for one in changes])
            await work.audit.add("plan_changes.read", "official", official.id, at=self.clock.now(), count=len(changes))
        return [Waiting(one, names.get(one.resident_id, Identity())) for one in changes]

    async def decide(self, ids: Sequence[PlanChangeId], *, confirms: bool, reason: str, official: Official) -> int:
        """Confirmed, the plan follows the other pack from now on, shorter or not; kept, it goes on as it was made.

        How many plans were decided about. What another pack cannot plan can only be kept, or ended by hand.
        """
        self._may_decide(official)
        if not reason.strip():
            raise ReasonMissing
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            seen = [one.id for one in await work.policy_changes.open(ids=ids, limit=len(ids))]
        if not seen:
            raise PlanChangeNotFound
        async with self.transactions.begin(_acting(official)) as work:
            changes = await work.policy_changes.open(ids=seen, limit=len(seen))
            await work.policy_changes.lock([(one.resident_id, one.follow_up_id) for one in changes])
            changes = await work.policy_changes.open(ids=seen, limit=len(seen))  # as they stand under the lock
            if confirms:
                changes = await self._follow(work, changes, now)
            decision = ChangeDecision.CONFIRMED if confirms else ChangeDecision.KEPT
            if not changes:
                raise NothingToDecide
            await work.policy_changes.decide(changes, decision, by=official.id, reason=reason.strip(), now=now)
            for one in changes:
                await work.audit.add(
                    f"plan_change.{decision}",
                    "follow_up",
                    one.follow_up_id,
                    at=now,
                    cause=one.cause,
                    pack=one.pack_hash,
                )
            await self._settle_cards(work, ((one.cause, one.area) for one in changes), "decided")
        return len(changes)

    async def _follow(self, work: Work, changes: Sequence[PlanChange], now: datetime) -> list[PlanChange]:
        followed: list[PlanChange] = []
        causes = sorted({(one.cause, one.pack_hash) for one in changes})
        for cause, hash_ in causes:
            own = {one.follow_up_id: one for one in changes if one.cause == cause}
            # A message for each press, and none for a second press on the same plans.
            pressed = f"{cause}:confirmed:{min(own.values(), key=lambda one: str(one.id)).id}"
            activation = next(iter(own.values())).activation_id
            pack = await self.packs.by_hash(work, hash_)
            target = _Target(pack, hash_, self.packs.overlays_of(pack), pressed, activation)
            found = await self._revised(work, await work.policy_changes.read(list(own)), target, now)
            planned = [(revision, one) for revision, one in found if revision.outcome is not ChangeOutcome.UNPLANNED]
            await self._write(work, planned, target, now, agreed=True)
            followed += [own[one.follow_up.id] for _, one in planned]
        return followed

    async def leave_ended(self) -> None:
        """A plan that is over waits for nobody, and nobody is rung for it any more."""
        async with self.transactions.begin(_WORK) as work:
            await self._settle_cards(work, await work.policy_changes.overtake_ended(), "withdrawn")

    async def _settle_cards(self, work: Work, waited: Iterable[tuple[str, str]], outcome: str) -> None:
        """A township's card is done once none of its plans waits; `waited` are causes and areas."""
        for cause, township in sorted({(cause, _township(area)) for cause, area in waited}):
            if await work.policy_changes.count_open(cause=cause, area=township):
                continue
            alert = await work.alerts.by_dedup_key(f"policy:{cause}:{township}")
            if alert is None:
                continue
            locked = await work.alerts.get(alert.id, lock=True)
            if locked.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, locked, outcome)

    # people move

    async def moved(self, work: Work, resident: Resident) -> None:
        """Another place manages this person from now on: its pack plans what is still to come, inside the caller's
        transaction. A place without a pack plans nobody, and ends nothing either."""
        now = self.clock.now()
        standing = await work.follow_ups.of_resident(resident.id, lock=True)
        if not standing:
            return
        pack = await self.packs.for_area(work, resident.area, now)
        hash_ = await self.packs.keep(work, pack)
        cause = f"move:{work.new_id()}"
        target = _Target(pack, hash_, self.packs.overlays_of(pack), cause)
        overtaken = await work.policy_changes.overtake([one.id for one in standing if one.pack_hash == hash_])
        await self._settle_cards(work, overtaken, "withdrawn")
        others = [one.id for one in standing if one.pack_hash != hash_]
        if not others:
            return
        found = await self._revised(work, await work.policy_changes.read(others), target, now)
        await self._write(work, found, target, now)
        township = _township(resident.area)
        if any(revision.outcome in (ChangeOutcome.SHORTENS, ChangeOutcome.UNPLANNED) for revision, _ in found):
            await self._ask(work, township, target, now, about=resident)
        await self._tell_officials(work, [township], target, now)
        await work.audit.add("follow_up.moved", "resident", resident.id, at=now, area=resident.area, pack=hash_)

    # the clock

    async def due(self) -> list[ActivationId]:
        async with self.transactions.begin(_WORK) as work:
            return [ActivationId(one) for one in await work.activations.due(self.clock.now())]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{ACTIVATION}:{one}", at) for one, at in await work.activations.unfinished()]

    # who may, and from when

    @staticmethod
    def _may_activate(official: Official) -> None:
        if not official.may(*ACTIVATING):
            raise NotYoursToActivate

    @staticmethod
    def _may_decide(official: Official) -> None:
        if not official.may(*PLACING):
            raise NotYoursToDecide

    def _area(self, pack: Pack, area: str | None, official: Official | None) -> str:
        if not pack.may_be_activated:
            raise PackCannotBeActivated
        chosen = jurisdiction_of(pack, area)
        if not (chosen.isascii() and chosen.isdecimal() and len(chosen) in AREA_DIGITS):
            raise NoArea  # nobody would ever be managed from there
        if official is not None:
            self._may_activate(official)
            if not chosen.startswith(official.area):
                raise NotYoursToActivate
        return chosen

    @staticmethod
    def _first_day(pack: Pack, wanted: date | None, standing: Activation | None, area: str, now: datetime) -> date:
        """The day asked for, else the pack's own; where people are under another pack, not before today."""
        assert isinstance(pack.effective_from, date)
        today = now.astimezone(pack.zone).date()
        fresh = standing is None or standing.area == EVERYWHERE
        if not fresh and wanted is not None and wanted < today:
            raise DayIsOver
        first_day = wanted or (pack.effective_from if fresh else max(pack.effective_from, today))
        if not pack.covers(max(first_day, today)):
            raise PackNotOfThatDay
        return first_day


def preview_out(preview: Preview) -> PreviewOut:
    """The preview as it travels: to scripts, and to whoever asks on the command line."""
    summary = preview.summary
    return PreviewOut(
        pack=version_out(preview.version),
        area=preview.area,
        effective_from=preview.effective_from,
        in_force_at=preview.in_force_at,
        replaces=activation_out(preview.replaces) if preview.replaces else None,
        plans=summary.plans,
        changed=summary.changed,
        waiting=summary.waiting,
        told=summary.told,
        moved=[
            MovedOut(profile=one.profile, what=one.what, was=one.was, becomes=one.becomes, plans=one.plans)
            for one in summary.moved
        ],
        by_profile=[CountOut(name=name, outcome=outcome, plans=plans) for name, outcome, plans in summary.by_profile],
        by_township=[CountOut(name=name, outcome=outcome, plans=plans) for name, outcome, plans in summary.by_township],
        unplanned={why: plans for why, plans in summary.unplanned},
        off=[UnsetOut(value=one.value, rule=one.rule) for one in preview.off],
        signed_off=[SignedOut(**one) for one in _signatures(preview.pack)],
    )


def version_out(version: PackVersion) -> PackVersionOut:
    return PackVersionOut(
        hash=version.hash,
        id=version.pack_id,
        version=version.version,
        title=version.title,
        brought_by=version.brought_by,
        first_seen_at=version.first_seen_at,
    )


def activation_out(activation: Activation) -> ActivationOut:
    return ActivationOut(
        id=activation.id,
        area=activation.area,
        pack=activation.pack_id,
        version=activation.pack_version,
        hash=activation.pack_hash,
        effective_from=activation.effective_from,
        in_force_at=activation.in_force_at,
        activated_at=activation.activated_at,
        activated_by=activation.activated_by,
        applied_at=activation.applied_at,
        accepted_off=list(activation.accepted_off),
        figures=dict(activation.figures),
        withdrawn_at=activation.withdrawn_at,
        withdrawn_by=activation.withdrawn_by,
    )


def _read(name: str, content: bytes, signed: Sequence[SignOff]) -> Pack:
    """Faults name the file as its owner does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return read_pack(path, signed=signed)
        except UnicodeDecodeError:
            raise Invalid(faults=(Fault(name, "is no UTF-8 text"),)) from None


def _file_name(said: str) -> str:
    """What its owner calls the file, as far as a file can be called that; faults are told by it."""
    kept = "".join(letter for letter in re.split(r"[/\\]", said)[-1] if letter.isalnum() or letter in "._- ()")
    stem = kept.removesuffix(".yaml").strip(". ")[:60]
    return f"{stem or 'pack'}.yaml"


def _acting(official: Official | None) -> Scope:
    """All plans of an area are the work of the clock; the audit names who set it going."""
    return _WORK if official is None else replace(official.scope, everything=True)


def _cause(activation_id: UUID) -> str:
    return f"{ACTIVATION}:{activation_id}"


def _township(area: str) -> str:
    return area[:9]


def _signatures(pack: Pack) -> tuple[dict[str, str], ...]:
    """Whose names the pack carries: under values that differ between notices, and under parts taken from others."""
    signed = [*pack.signed_off, *(part.signed for part in pack.parts)]
    return tuple({"value": one.value, "by": one.by, "rule": one.rule} for one in signed)


def _added(figures: Any, summary: Summary) -> dict[str, Any]:
    now = {"plans": summary.plans, "told": summary.told, **{str(name): n for name, n in summary.outcomes.items()}}
    return {name: figures.get(name, 0) + now.get(name, 0) for name in (*figures, *now)}


def _worth_telling(moves: Sequence[Move]) -> list[Move]:
    """Periods and single dates in order; a row of daily reports is told by its period, if it has one."""
    single = [one for one in moves if one.what not in ("item.check_in", "item.report")]
    return sorted(single or moves, key=lambda one: (not one.what.startswith("period."), _first_of(one)))


def _first_of(move: Move) -> float:
    at = move.becomes or move.was
    return at.timestamp() if at else 0.0


def _chunks(
    pairs: Sequence[tuple[ResidentId, FollowUpId]], at_once: int
) -> Iterator[list[tuple[ResidentId, FollowUpId]]]:
    """So many at a time, and all plans of one person together: they hear of them once."""
    some: list[tuple[ResidentId, FollowUpId]] = []
    for pair in pairs:
        if len(some) >= at_once and pair[0] != some[-1][0]:
            yield some
            some = []
        some.append(pair)
    if some:
        yield some
