"""Matters: told by whoever may, heard by everybody at once, worked off step by step, closed when the loop is closed.

What a matter is, the pack says. Nobody reviews a telling before it is heard (AMB-22); what goes to the public is a
draft that waits for a second person.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.alerts import Alert
from gateway.domain.broadcasts import Audience
from gateway.domain.directories import groups_handling
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    Lane,
    Level,
    MatterId,
    OfficialId,
    ResidentId,
    Role,
    Severity,
    UnitId,
)
from gateway.domain.ladders import hastened
from gateway.domain.matters import (
    FieldKind,
    Heard,
    Laggards,
    LoopOpen,
    MatterRule,
    MatterStep,
    OwnerNeeded,
    Teller,
    checked,
    clocks,
    laggards,
    missing,
    offered,
    passed_over,
)
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker, masked_name, normal_id_number
from gateway.domain.rules import Words
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden, NotFound
from gateway.messages.words import LANGUAGES, closest_language
from gateway.record.checklists import UnitNotFound
from gateway.record.matters import KeptMatter, KeptStep, MatterNotFound
from gateway.record.officials import OfficialNotFound
from gateway.record.record import Work
from gateway.record.vault import DataKey
from gateway.services.alerts import AlertService, Raising
from gateway.services.broadcasts import BroadcastService, Content, Said
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.residents import ConsentMissing
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("matters")
MATTER = "matter"

#: Who hears of a missing step where the pack names nobody.
_NEAREST = (Heard(level=Level.L1, roles=(Role.GRID_WORKER,)), Heard(level=Level.L2, roles=(Role.COMMUNITY,)))
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class MatterNotOffered(NotFound):
    """No notice in force here asks you to tell of this."""


class MatterClosed(Conflict):
    """This matter is closed already."""


class PersonNeeded(Conflict):
    """This concerns one person: say which resident."""


class NotYourMatter(Forbidden):
    """This step belongs to somebody else's work."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody may tell of."""

    kind: str
    rule: MatterRule


@dataclass(frozen=True, slots=True)
class StepView:
    rule: MatterStep
    kept: KeptStep
    taken_by: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class MatterView:
    """A matter as its list and page show it. `told` is empty in lists."""

    matter: KeptMatter
    rule: MatterRule
    steps: tuple[StepView, ...]
    told: tuple[tuple[Words, str], ...] = ()
    unit: str | None = None
    person: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(step.rule.key for step in self.steps if step.kept.taken_at is None)


@dataclass(frozen=True, slots=True)
class Lagging:
    """The notice list and the interview list of one kind of finding, with names."""

    kind: str
    title: Words
    named: Laggards
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Telling:
    """A telling inside the transaction that keeps it."""

    kind: str
    rule: MatterRule
    pack: Pack
    area: str
    teller: Teller
    values: Mapping[str, str]
    now: datetime
    official: Official | None = None
    teller_id: ResidentId | None = None
    unit_id: UnitId | None = None
    resident: Resident | None = None


@dataclass(frozen=True, slots=True)
class MatterService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    outbox: Outbox
    broadcasts: BroadcastService
    clock: Clock

    # telling

    @glanced(by=attrgetter("sight"))
    async def offered(self, *, official: Official, area: str | None = None) -> list[Offer]:
        """What this official may tell of where they work."""
        async with self.transactions.reading(_WORK) as work:
            pack = await self.packs.for_area(work, area or await self._place(work, official), self.clock.now())
        rules = offered(pack.matters, _teller(official), official.roles)
        return [Offer(kind, rule) for kind, rule in rules.items()]

    async def offered_to(self, speaker: Speaker) -> list[Offer]:
        """What a resident may tell of where they live."""
        if speaker.resident is None:
            raise ConsentMissing
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, speaker.resident.area, self.clock.now())
        return [Offer(kind, rule) for kind, rule in offered(pack.matters, Teller.RESIDENT).items()]

    async def tell(
        self,
        kind: str,
        values: Mapping[str, str],
        *,
        official: Official,
        area: str | None = None,
        unit_id: UnitId | None = None,
        resident_id: ResidentId | None = None,
    ) -> MatterView:
        """Everybody concerned hears it now. Raises MatterNotOffered, MatterNotComplete, PersonNeeded, UnitNotFound."""
        now = self.clock.now()
        resident = None
        if resident_id is not None:
            async with self.transactions.begin(official.scope) as work:
                resident = await work.residents.get(resident_id)
        async with self.transactions.begin(_WORK) as work:
            unit_id = unit_id or (UnitId(official.unit_id) if official.unit_id else None)
            unit_area = await self._unit_area(work, unit_id, official)
            place = area or (resident.area if resident else None) or _nearer(unit_area, official.area)
            if area is not None and not area.startswith(official.area):
                raise Forbidden("this area lies outside your own")
            pack = await self.packs.for_area(work, place, now)
            rule = offered(pack.matters, _teller(official), official.roles).get(kind)
            if rule is None:
                raise MatterNotOffered
            if rule.about_person and resident is None:
                raise PersonNeeded
            telling = _Telling(
                kind, rule, pack, place, _teller(official), values, now, official, None, unit_id, resident
            )
            matter = await self._tell(work, telling)
            return await self._view(work, matter, rule)

    async def tell_as(self, speaker: Speaker, kind: str, values: Mapping[str, str]) -> str:
        """A resident tells what they saw; the reference to remember. Raises MatterNotOffered, MatterNotComplete."""
        if speaker.resident is None:
            raise ConsentMissing
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, speaker.resident.area, now)
            rule = offered(pack.matters, Teller.RESIDENT).get(kind)
            if rule is None:
                raise MatterNotOffered
            telling = _Telling(
                kind,
                rule,
                pack,
                speaker.resident.area,
                Teller.RESIDENT,
                values,
                now,
                teller_id=speaker.resident.id,
            )
            return (await self._tell(work, telling)).reference

    async def tell_as_guest(
        self,
        work: Work,
        kind: str,
        values: Mapping[str, str],
        *,
        pack: Pack,
        area: str,
        unit_id: UnitId | None,
        guest: ResidentId,
    ) -> KeptMatter:
        """Inside the caller's transaction: what a guest says at a venue's door. Raises MatterNotComplete."""
        telling = _Telling(
            kind,
            pack.matters[kind],
            pack,
            area,
            Teller.GUEST,
            values,
            self.clock.now(),
            teller_id=guest,
            unit_id=unit_id,
        )
        return await self._tell(work, telling)

    async def _place(self, work: Work, official: Official) -> str:
        unit = UnitId(official.unit_id) if official.unit_id else None
        return _nearer(await self._unit_area(work, unit, official), official.area)

    async def _unit_area(self, work: Work, unit_id: UnitId | None, official: Official) -> str | None:
        if unit_id is None:
            return None
        unit = await work.checklists.unit(unit_id)
        if unit_id != official.unit_id and not unit.area.startswith(official.scope.area or "-"):
            raise UnitNotFound
        return unit.area

    async def _tell(self, work: Work, telling: _Telling) -> KeptMatter:
        rule, now = telling.rule, telling.now
        told = checked(rule, telling.values)
        haste = telling.pack.haste[rule.haste]
        running = clocks(rule, haste, now, {}, telling.pack.zone)
        mark = _mark(rule, told)
        repeated = False
        if rule.repetition is not None and mark is not None:
            since = now - rule.repetition.span
            repeated = await work.matters.told_before(telling.kind, mark, since=since)
        matter = KeptMatter(
            id=MatterId(work.new_id()),
            reference="".join(secrets.choice(_ALPHABET) for _ in range(8)),
            kind=telling.kind,
            area=telling.area,
            pack_id=telling.pack.id,
            pack_version=str(telling.pack.version),
            teller=telling.teller,
            told_at=now,
            official_id=telling.official.id if telling.official else None,
            teller_id=telling.teller_id,
            unit_id=telling.unit_id,
            resident_id=telling.resident.id if telling.resident else None,
            repeated=repeated,
            next_at=min(running.values(), default=None),
        )
        steps = [KeptStep(step.key, number, running.get(step.key)) for number, step in enumerate(rule.steps)]
        await work.matters.add(matter, told, steps, await _key(work, matter), mark)
        await work.audit.add("matter.tell", "matter", matter.id, at=now, kind=matter.kind, area=matter.area)
        evidence = "\n".join(f"{title.zh}: {value}" for title, value in _spelled(rule, told)) or None
        if rule.heard:
            await self._ring(work, matter, telling.pack, AlertKind.MATTER, rule.heard, evidence=evidence)
        if repeated and rule.repetition is not None:
            heard = rule.repetition.heard
            await self._ring(work, matter, telling.pack, AlertKind.MATTER_REPEATED, heard, evidence=evidence)
        if rule.announces and telling.official is not None:
            await self._announce(work, telling, told)
        self._wake(work, matter)
        return matter

    async def _ring(
        self,
        work: Work,
        matter: KeptMatter,
        pack: Pack,
        kind: AlertKind,
        heard: Sequence[Heard],
        *,
        step: MatterStep | None = None,
        owner: OfficialId | None = None,
        evidence: str | None = None,
    ) -> Alert | None:
        rule = pack.matters[matter.kind]
        haste = pack.haste[rule.haste]
        policy = pack.escalation(haste.ladder)
        if matter.unit_id is None:
            # Without a unit there is no unit's line: whoever holds one nearby has nothing to do with it.
            heard = [one for one in heard if one.level is not Level.UL] or _NEAREST
        body = pack.directory.leading_body if pack.directory else None
        facts: dict[str, Any] = {
            "matter": matter.kind,
            "title": {"zh": rule.title.zh, "en": rule.title.en},
            "step": {"zh": step.title.zh, "en": step.title.en} if step else None,
            "unit": str(matter.unit_id) if matter.unit_id else None,
            "groups": list(groups_handling(body, matter.kind)),
            "named": [str(owner)] if owner else [],
        }
        return await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=Severity.HIGH if rule.severity is Severity.INFORMATION else rule.severity,
                area=matter.area,
                dedup_key=_dedup(matter, kind, step.key if step else None),
                facts={name: value for name, value in facts.items() if value},
                rules=step.source if step is not None and step.source else rule.source,
                policy_code=policy.code,
                ladder=hastened(pack, haste, heard, self.clock.now()),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind=MATTER,
                subject_id=matter.id,
                resident_id=matter.resident_id,
                evidence=evidence,
            ),
        )

    async def _announce(self, work: Work, telling: _Telling, told: Mapping[str, str]) -> None:
        """A draft for everybody in the area; a second person releases it."""
        assert telling.official is not None
        text = "\n".join(told.values())
        titles = {"zh": telling.rule.title.zh, "en": telling.rule.title.en}
        words = {language: Said(titles[language[:2]], text) for language in LANGUAGES}
        await self.broadcasts.compose(
            work, Content(words), audience=Audience(areas=(telling.area,)), area=telling.area, by=telling.official
        )

    # working it off

    async def take(self, matter_id: MatterId, key: str, *, official: Official, note: str | None = None) -> MatterView:
        """This step is done, now. A step that passed over another is kept, and the gap is told.

        Raises MatterNotFound, StepUnknown, NotYourMatter, OwnerNeeded, MatterClosed.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            matter, pack, rule = await self._open(work, matter_id, official)
            step = rule.step(key)
            if step.who and not official.may(*step.who, *_DESKS):
                raise NotYourMatter
            data_key = await _key(work, matter)
            steps = {one.key: one for one in await work.matters.steps(matter.id)}
            kept = steps[key]
            if step.owned and kept.owner_id is None:
                raise OwnerNeeded
            if kept.taken_at is None:
                taken = replace(kept, taken_at=now, taken_by=official.id, note=note)
                await work.matters.save_step(matter, taken, data_key)
                await work.audit.add("matter.step", "matter", matter.id, at=now, step=key)
                await self._settle(work, _dedup(matter, AlertKind.MATTER_OPEN, key))
                gap = passed_over(rule, key, [one.key for one in steps.values() if one.taken_at is not None])
                for before in gap:
                    await self._miss(work, matter, pack, rule.step(before), steps[before], now)
                matter = await self._wind(work, matter, pack, rule)
            return await self._view(work, matter, rule)

    async def own(self, matter_id: MatterId, key: str, to: OfficialId, *, official: Official) -> MatterView:
        """Name who answers for a step; they are told."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            matter, _, rule = await self._open(work, matter_id, official)
            step = rule.step(key)
            owner = await work.officials.get(to)
            if not (matter.area.startswith(owner.area) or owner.area.startswith((matter.area, official.area))):
                raise OfficialNotFound  # nobody far away learns of it by being named
            kept = next(one for one in await work.matters.steps(matter.id) if one.key == key)
            await work.matters.save_step(matter, replace(kept, owner_id=owner.id))
            await work.audit.add("matter.own", "matter", matter.id, at=now, step=key, to=str(owner.id))
            facts = {"title": _both(rule.title), "step": _both(step.title)}
            person = await _person(work, matter)
            await self.outbox.to_officials(
                work,
                [owner],
                "information",
                {"kind": AlertKind.MATTER, "person": person, "area": matter.area, "facts": facts},
                now=now,
                lane=Lane.REMINDER,
                dedup=f"matter:{matter.id}:{key}:{owner.id}",
            )
            return await self._view(work, matter, rule)

    async def close(
        self, matter_id: MatterId, outcome: str, *, official: Official, answer: Mapping[str, str] | None = None
    ) -> MatterView:
        """Closed with its outcome, once every step has its moment. Raises LoopOpen naming what is missing.

        `answer`: what whoever asked is told, by language, instead of the outcome alone.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            matter, _, rule = await self._open(work, matter_id, official)
            steps = await work.matters.steps(matter.id)
            open_ = missing(rule, [step.key for step in steps if step.taken_at is not None])
            if open_:
                raise LoopOpen(", ".join(open_))
            matter = replace(matter, closed_at=now, closed_by=official.id, outcome=outcome, next_at=None)
            await work.matters.save(matter)
            await work.audit.add("matter.close", "matter", matter.id, at=now, outcome=outcome)
            for kind in (AlertKind.MATTER, AlertKind.MATTER_REPEATED):
                await self._settle(work, _dedup(matter, kind, None))
            await self._tell_the_teller(work, matter, outcome, now, answer)
            work.forget(MATTER, matter.id)
            return await self._view(work, matter, rule)

    async def _tell_the_teller(
        self, work: Work, matter: KeptMatter, outcome: str, now: datetime, answer: Mapping[str, str] | None
    ) -> None:
        resident = await work.residents.find(matter.teller_id) if matter.teller_id else None
        if resident is not None and resident.erased_at is None:
            template, values = "report_closed", {"reference": matter.reference, "outcome": outcome}
            if answer is not None:
                said = answer[closest_language(resident.language)]
                template = "rumour_answered" if matter.kind == "rumour" else "support_answered"
                values = {"reference": matter.reference, "text": said}
            dedup = f"matter:{matter.id}:closed"
            await self.outbox.to_resident(work, resident, template, values, now=now, lane=Lane.REPLY, dedup=dedup)

    async def _open(self, work: Work, matter_id: MatterId, official: Official) -> tuple[KeptMatter, Pack, MatterRule]:
        matter = await self._admitted(work, matter_id, official, lock=True)
        if matter.closed_at is not None:
            raise MatterClosed
        pack = await self._pack(work, matter)
        return matter, pack, pack.matters[matter.kind]

    async def _admitted(self, work: Work, matter_id: MatterId, official: Official, *, lock: bool = False) -> KeptMatter:
        """Another's matter does not exist for the caller: it is the unit's own, or of the area of those at work on it,
        or they were told of it."""
        matter = await work.matters.get(matter_id, lock=lock)
        rule = (await self._pack(work, matter)).matters[matter.kind]
        if official.unit_id is not None and official.unit_id == matter.unit_id:
            return matter
        area = official.scope.area
        if area is not None and matter.area.startswith(area) and _works_on(rule, official):
            return matter
        steps = await work.matters.steps(matter.id)
        if any(step.owner_id == official.id for step in steps):
            return matter
        for alert in await work.alerts.listed(subject=matter.id, statuses=tuple(AlertStatus)):
            if official.id in await work.alerts.told_officials(alert):
                return matter
        raise MatterNotFound

    async def _pack(self, work: Work, matter: KeptMatter) -> Pack:
        """The pack it was told under; where that says nothing of it any more, it cannot be worked on."""
        pack = await self.packs.for_area(work, matter.area, matter.told_at)
        if matter.kind not in pack.matters:
            raise MatterNotOffered
        return pack

    async def _wind(self, work: Work, matter: KeptMatter, pack: Pack, rule: MatterRule) -> KeptMatter:
        """Set the clocks that run from here, and the next wake-up."""
        steps = await work.matters.steps(matter.id)
        taken = {step.key: step.taken_at for step in steps if step.taken_at is not None}
        running = clocks(rule, pack.haste[rule.haste], matter.told_at, taken, pack.zone)
        for step in steps:
            due = running.get(step.key)
            if step.taken_at is None and due != step.due_at:
                await work.matters.save_step(matter, replace(step, due_at=due))
        waiting = [due for step in steps if step.missed_at is None and (due := running.get(step.key)) is not None]
        matter = replace(matter, next_at=min(waiting, default=None))
        await work.matters.save(matter)
        self._wake(work, matter)
        return matter

    def _wake(self, work: Work, matter: KeptMatter) -> None:
        if matter.next_at is None:
            work.forget(MATTER, matter.id)
            return
        work.wake(MATTER, matter.id, matter.next_at)

    async def _settle(self, work: Work, dedup: str) -> None:
        alert = await work.alerts.by_dedup_key(dedup)
        if alert is not None and alert.status is not AlertStatus.RESOLVED:
            await self.alerts.settle(work, alert, "settled")

    async def _miss(
        self, work: Work, matter: KeptMatter, pack: Pack, step: MatterStep, kept: KeptStep, now: datetime
    ) -> None:
        """A step is missing: its clock ran out, or a later one was taken before it."""
        if kept.missed_at is not None:
            return
        rule = pack.matters[matter.kind]
        await work.matters.save_step(matter, replace(kept, missed_at=now))
        heard = rule.missed_heard or rule.heard or _NEAREST
        await self._ring(work, matter, pack, AlertKind.MATTER_OPEN, heard, step=step, owner=kept.owner_id)

    # the clock

    async def due(self) -> list[MatterId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.matters.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """For rebuilding the agenda."""
        return [(f"{MATTER}:{matter}", at) for matter, at in await work.matters.waiting()]

    async def look(self, matter_id: MatterId) -> None:
        """Tell of every step whose clock ran out. Coming too early, or twice, changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            matter = await work.matters.get(matter_id, lock=True)
            if matter.closed_at is not None or matter.next_at is None:
                return
            if matter.next_at > now:
                self._wake(work, matter)
                return
            if matter.resident_id is not None and (await work.residents.get(matter.resident_id)).erased_at is not None:
                await work.matters.save(replace(matter, next_at=None))  # nobody is left to look after
                return
            pack = await self._pack(work, matter)
            rule = pack.matters[matter.kind]
            for kept in await work.matters.steps(matter.id):
                if kept.taken_at is None and kept.due_at is not None and kept.due_at <= now:
                    await self._miss(work, matter, pack, rule.step(kept.key), kept, now)
            await self._wind(work, matter, pack, rule)

    async def begin_with_profiles(self) -> int:
        """Matters that begin with a plan: whoever is under that profile and has none yet gets one."""
        now = self.clock.now()
        begun = 0
        async with self.transactions.begin(_WORK) as work:
            for activation in await work.activations.within(""):
                pack = await self.packs.activated(work, activation)
                for kind, rule in pack.matters.items():
                    if rule.opens_with is None:
                        continue
                    for person, area in await work.matters.without(kind, rule.opens_with, area=activation.area):
                        resident = await work.residents.get(person)
                        if kind not in (await self.packs.for_area(work, area, now)).matters:
                            continue
                        telling = _Telling(kind, rule, pack, area, Teller.OFFICIAL, {}, now, resident=resident)
                        await self._tell(work, telling)
                        begun += 1
        return begun

    # reading

    async def get(self, matter_id: MatterId, *, official: Official) -> MatterView:
        async with self.transactions.begin(_WORK) as work:
            matter = await self._admitted(work, matter_id, official)
            rule = (await self._pack(work, matter)).matters[matter.kind]
            await work.audit.add("matter.read", "matter", matter.id, at=self.clock.now())
            return await self._view(work, matter, rule)

    @glanced(by=attrgetter("sight"))
    async def listed(self, *, official: Official, kind: str = "", open_only: bool = True) -> list[MatterView]:
        """Matters of the official's area or unit that are their work, without what was told."""
        async with self.transactions.reading(official.scope) as work:
            found = await work.matters.listed(kinds=(kind,) if kind else (), open_only=open_only)
        shown = []
        async with self.transactions.reading(_WORK) as work:
            packs = await self.packs.as_laid_down(work, [(one.area, one.told_at) for one in found])
            for matter in found:
                rule = packs[matter.area, matter.told_at].matters.get(matter.kind)
                mine = official.unit_id is not None and official.unit_id == matter.unit_id
                if rule is not None and (mine or _works_on(rule, official)):
                    shown.append((matter, rule))
            return await self._overview(work, shown)

    async def _overview(self, work: Work, shown: Sequence[tuple[KeptMatter, MatterRule]]) -> list[MatterView]:
        """A list is read as a whole, however long it is; nothing told is opened for it."""
        steps = await work.matters.steps_of([matter.id for matter, _ in shown])
        acting = {one for kept in steps.values() for step in kept for one in (step.taken_by, step.owner_id)}
        officials = await work.officials.by_ids({one for one in acting if one is not None})
        names = {one.id: one.name for one in officials.values()}
        units = await work.checklists.unit_names({one.unit_id for one, _ in shown if one.unit_id is not None})
        people = await work.residents.identities([one.resident_id for one, _ in shown if one.resident_id is not None])
        found = []
        for matter, rule in shown:
            person = people.get(matter.resident_id) if matter.resident_id is not None else None
            found.append(
                MatterView(
                    matter=matter,
                    rule=rule,
                    steps=_step_views(rule, {step.key: step for step in steps[matter.id]}, names),
                    told=(),
                    unit=units.get(matter.unit_id) if matter.unit_id is not None else None,
                    person=masked_name(person.name) if person is not None else None,
                )
            )
        return found

    async def laggards(self, *, official: Official) -> list[Lagging]:
        """Who missed steps again and again (SP-3-b): names to read; what follows, people decide."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, now)
            found = []
            for kind, rule in pack.matters.items():
                if rule.lagging is None or not official.may(*_DESKS, Role.TOWNSHIP, Role.SUPERVISION):
                    continue
                misses = await work.matters.misses(kind)
                owners = [OfficialId(one) for _, one, _ in misses if one is not None]
                names: dict[UUID | None, str] = {
                    **{unit.id: unit.name for unit in await work.posts.units(official.area)},
                    **{one.id: one.name for one in (await work.officials.by_ids(owners)).values()},
                }
                named = [
                    (name, at)
                    for unit, owner, at in misses
                    if (name := names.get(owner) or names.get(unit)) is not None
                ]
                found.append(Lagging(kind, rule.title, laggards(rule.lagging, named, now), rule.source))
        return found

    async def _view(self, work: Work, matter: KeptMatter, rule: MatterRule) -> MatterView:
        key = await _key(work, matter)
        steps = {step.key: step for step in await work.matters.steps(matter.id, key, with_notes=True)}
        ids = {one for step in steps.values() for one in (step.taken_by, step.owner_id) if one is not None}
        names = {one.id: one.name for one in (await work.officials.by_ids(ids)).values()}
        told = await work.matters.told(matter.id, key)
        unit = (await work.checklists.unit(matter.unit_id)).name if matter.unit_id else None
        return MatterView(
            matter=matter,
            rule=rule,
            steps=_step_views(rule, steps, names),
            told=tuple(_spelled(rule, told)),
            unit=unit,
            person=await _person(work, matter),
        )


#: Desks that may take any step of their area.
_DESKS = (Role.COUNTY, Role.CITY, Role.PROVINCE)


def _nearer(unit_area: str | None, area: str) -> str:
    """Where it is: a unit that stands for a whole county has its people in some township of it."""
    return area if unit_area is None or area.startswith(unit_area) else unit_area


def _teller(official: Official) -> Teller:
    return Teller.UNIT if official.scope.area is None else Teller.OFFICIAL


def _works_on(rule: MatterRule, official: Official) -> bool:
    """Whether this is work of the official's roles: they hear of it, take a step, may tell it, or work with people."""
    at_work = {role for one in (*rule.heard, *rule.missed_heard) for role in one.roles}
    at_work |= {role for step in rule.steps for role in step.who} | set(rule.roles)
    return official.may(*PEOPLE_ROLES, *at_work)


async def _key(work: Work, matter: KeptMatter) -> DataKey | None:
    """Under whose key the words stand: the person's it concerns, else the house's."""
    return await work.residents.key(matter.resident_id) if matter.resident_id is not None else None


def _step_views(
    rule: MatterRule, steps: Mapping[str, KeptStep], names: Mapping[OfficialId, str]
) -> tuple[StepView, ...]:
    return tuple(
        StepView(step, kept, _name(names, kept.taken_by), _name(names, kept.owner_id))
        for step in rule.steps
        if (kept := steps.get(step.key)) is not None
    )


def _name(names: Mapping[OfficialId, str], official: OfficialId | None) -> str | None:
    return names.get(official) if official is not None else None


async def _person(work: Work, matter: KeptMatter) -> str | None:
    if matter.resident_id is None:
        return None
    return masked_name((await work.residents.identity(matter.resident_id)).name)


def _dedup(matter: KeptMatter, kind: AlertKind, step: str | None) -> str:
    return f"matter:{matter.id}:{kind}:{step or ''}"


def _mark(rule: MatterRule, told: Mapping[str, str]) -> str | None:
    if rule.repetition is None or rule.repetition.field not in told:
        return None
    value = told[rule.repetition.field]
    kinds = {field.key: field.kind for field in rule.fields}
    return normal_id_number(value) if kinds[rule.repetition.field] is FieldKind.ID_NUMBER else value.casefold()


def _spelled(rule: MatterRule, told: Mapping[str, str]) -> list[tuple[Words, str]]:
    """What was told in the order it is asked for; choices in the notice's words."""
    spelled = []
    for field in rule.fields:
        if field.key in told:
            titles = {option.key: option.title.zh for option in field.options}
            spelled.append((field.title, titles.get(told[field.key], told[field.key])))
    return spelled


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
