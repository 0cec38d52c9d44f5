"""Control units: asked of experts, decided, announced after a second look, closed, and lifted when it was shown.

People inside a unit hear first, then those around it. Nobody is named: what is released was looked through, and a
second person has read it. Lifting ends everything the control set going, and says how much that was.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from gateway.clock import Clock
from gateway.domain.controls import (
    LEVEL_OF_ROLE,
    TOWNSHIP_DIGITS,
    AnnouncementIncomplete,
    Answer,
    AreaLevel,
    Audience,
    Closing,
    CriterionUnknown,
    Verdict,
    announced,
    audience_area,
    criteria_of,
    first_measures,
    may_draw,
    may_leave,
    may_lift,
    waves,
)
from gateway.domain.escalations import EscalationPolicy, LadderStep
from gateway.domain.kinds import (
    AlertKind,
    ControlId,
    Lane,
    MatchKind,
    OfficialId,
    PermitId,
    ResidentId,
    Role,
    Severity,
    WaveId,
)
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.places import Gazetteer, place_levels
from gateway.domain.releases import Stage, findings, next_stage, stages
from gateway.domain.risk_areas import DeclaredPlace, ListedPlace, match
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Fault, Forbidden, Invalid, NotConfigured
from gateway.messages.words import LANGUAGES, Words, closest_language
from gateway.record.controls import Control, ControlEvent, ControlNotFound, ControlWave, Permit, Schedule
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.area_levels import AreaLevelService, NotYoursToControl
from gateway.services.broadcasts import ContentChanged, IdentityFound, Said, SecondPersonNeeded, over_all
from gateway.services.glances import glanced
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("controls")
WAVE = "control_wave"
REQUESTED, DECIDED, ACTIVE, LIFTED = "requested", "decided", "active", "lifted"
ANNOUNCE, LIFT = "announce", "lift"
ASKED, GRANTED, REFUSED = "asked", "granted", "refused"
CONTROL = "control"
_GRID_DIGITS = 14

DRAFTING = (Role.COUNTY, Role.CITY, Role.PUBLISHER, Role.LIST_OWNER, Role.HEALTH)
APPROVING = (Role.COUNTY, Role.CITY, Role.PUBLISHER)
PERMITTING = (Role.COMMUNITY, Role.TOWNSHIP, Role.COUNTY)


class UnitNotMinimal(Invalid):
    """Control is drawn around the smallest unit; this kind of place is not one."""


class WrongStep(Conflict):
    """This is not what has to happen to this control now."""


class ExpertsDecide(Forbidden):
    """Only those whom the pack asks decide how far a control reaches."""


class OpinionMissing(Invalid):
    """Say why: the experts' words stand on record."""


class CannotBeLifted(Conflict):
    """Something is still open before this control can be lifted."""

    def __init__(self, needs: tuple[str, ...]) -> None:
        super().__init__(f"still open: {', '.join(needs)}")
        self.needs = needs


class NotClosed(Conflict):
    """Nothing keeps this person in; no permit is needed."""


class PermitDecided(Conflict):
    """This request was decided already."""


@dataclass(frozen=True, slots=True)
class ControlView:
    control: Control
    opinion: str | None
    closing_opinion: str | None
    waves: tuple[ControlWave, ...]
    events: tuple[ControlEvent, ...]
    schedules: tuple[Schedule, ...]
    permits: tuple[Permit, ...]
    inside: int
    lifting: Verdict
    names: Mapping[OfficialId, str]

    def name(self, official: OfficialId | None) -> str | None:
        return self.names.get(official) if official else None


@dataclass(frozen=True, slots=True)
class Lifted:
    """`created` schedules there were, `cancelled` of them have ended: with nothing else standing, all."""

    control: Control
    created: int
    cancelled: int


class AnnouncementFollower(Protocol):
    """What else people inside are told when a unit is closed, in the transaction that announces it."""

    async def announced(
        self, work: Work, control_id: ControlId, inside: Sequence[ResidentId], pack: Pack, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class ControlService:
    transactions: Transactions
    packs: PackService
    alerts: AlertService
    outbox: Outbox
    levels: AreaLevelService
    words: Words
    gazetteer: Gazetteer
    clock: Clock
    followers: tuple[AnnouncementFollower, ...] = ()
    portion: int = 500

    # decided

    async def request(self, area: str, *, unit_kind: str, name: str, official: Official) -> Control:
        """An outbreak was found here: the experts are asked at once how small the unit can be."""
        if not official.may(*PEOPLE_ROLES) or not area.startswith(official.area):
            raise NotYoursToControl
        if len(area) < TOWNSHIP_DIGITS or self.gazetteer.find_area(area[:TOWNSHIP_DIGITS]) is None:
            raise UnitNotMinimal(faults=(Fault("area", "a unit lies in one township; name its code"),))
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            pack = await self.packs.for_area(work, area, now)
            verdict = may_draw(pack.control, unit_kind)
            if verdict.answer is Answer.OFFICIAL:
                raise NotConfigured("control.units", "SD-3.1.3-a")
            if verdict.answer is Answer.NO:
                raise UnitNotMinimal(faults=(Fault("unit_kind", f"one of: {', '.join(verdict.needs)}"),))
            control = Control(
                id=ControlId(work.new_id()),
                area=area,
                unit_kind=unit_kind,
                name=name.strip()[:200],
                state=REQUESTED,
                stage="none",
                pack_id=pack.id,
                pack_version=str(pack.version),
                requested_at=now,
                requested_by=official.id,
                measures=first_measures(pack.control),
                rules=verdict.rules,
            )
            await work.controls.add(control)
            await self._note(work, control, "requested", official)
            rule = pack.scope_decision
            asked = rule.asked if rule is not None else (Role.COUNTY,)
            await self._raise(
                work,
                AlertKind.CONTROL_SCOPE,
                control,
                pack,
                pack.escalation(rule.ladder) if rule is not None else pack.climbed_by(AlertKind.CONTROL_SCOPE),
                first=asked,
                facts={"control": control.name, "unit": unit_kind},
                rules=rule.source if rule is not None else verdict.rules,
                severity=Severity.URGENT,
            )
        return control

    async def decide(
        self,
        control_id: ControlId,
        *,
        official: Official,
        boundary: str,
        opinion: str,
        mode: str,
        measures: Sequence[str] = (),
        grids: Sequence[str] = (),
        effective_at: datetime | None = None,
        name: str | None = None,
    ) -> Control:
        """The experts' decision, on record with their reasons; headquarters hears it at once."""
        now = self.clock.now()
        if not opinion.strip():
            raise OpinionMissing
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            pack = await self.packs.for_area(work, control.area, now)
            rule = pack.scope_decision
            if not official.may(*(rule.asked if rule is not None else (Role.COUNTY, Role.CITY, Role.EXPERT))):
                raise ExpertsDecide
            if control.state != REQUESTED:
                raise WrongStep
            closure = pack.control.closure if pack.control is not None else None
            if closure is not None and mode not in (*closure.modes, "open"):
                raise WrongStep(f"no such way of closing here: {mode}")
            decided = replace(
                control,
                state=DECIDED,
                name=(name or control.name).strip()[:200],
                boundary=boundary.strip()[:500],
                mode=None if mode == "open" else mode,
                grids=tuple(grids),
                measures=tuple(dict.fromkeys((*control.measures, *measures))),
                effective_at=effective_at or now,
                decided_at=now,
                decided_by=official.id,
                rules=(*control.rules, *(rule.source if rule is not None else ())),
            )
            await work.controls.save(decided, control)
            await work.controls.keep_opinion(control.id, "opinion", opinion.strip())
            await self._note(work, decided, "decided", official)
            await work.audit.add("control.decide", "control", control.id, at=now, area=control.area, mode=mode)
            await self._settle(work, control, "decided", (AlertKind.CONTROL_SCOPE,))
            if rule is not None:
                await self._raise(
                    work,
                    AlertKind.CONTROL_NOTICE,
                    decided,
                    pack,
                    pack.climbed_by(AlertKind.CONTROL_NOTICE),
                    first=rule.told,
                    facts={"control": decided.name, "unit": decided.unit_kind, "asks": "announce"},
                    rules=rule.source,
                    dedup="decided",
                    climbs=False,
                )
        return decided

    # announced

    def proposed_words(self, control: Control, *, lifting: bool = False) -> dict[str, Said]:
        """What would be said in each language if nobody wrote anything better."""
        template = "control_lifted" if lifting else "control_announced"
        values = {
            "area": control.area,
            "name": control.name,
            "boundary": control.boundary,
            "measures": list(control.measures),
            "mode": control.mode,
            "effective_at": control.effective_at.isoformat() if control.effective_at else None,
        }
        return {
            language: Said(
                self.words.word(f"control.{template}", language), self.words.say(template, language, values).plain
            )
            for language in LANGUAGES
        }

    async def draft(
        self, control_id: ControlId, *, official: Official, words: Mapping[str, Said] | None = None
    ) -> Control:
        """The announcement, in every language of the house. It says nothing yet to anybody."""
        if not official.may(*DRAFTING):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            if control.state != DECIDED:
                raise WrongStep
            pack = await self.packs.for_area(work, control.area, now)
            lacking = announced(
                pack.control,
                {"boundary": control.boundary, "measures": control.measures, "effective_at": control.effective_at},
            )
            if lacking:
                raise AnnouncementIncomplete(faults=tuple(Fault(one, "must be stated") for one in lacking))
            said = dict(words or self.proposed_words(control))
            missing = [language for language in LANGUAGES if language not in said or not said[language].text.strip()]
            if missing:
                raise AnnouncementIncomplete(faults=tuple(Fault(one, "title and text are needed") for one in missing))
            plain = {language: {"title": one.title, "text": one.text} for language, one in said.items()}
            await self._look_through(work, pack, control, plain)
            drafted = replace(
                control,
                stage=Stage.DRAFT,
                words=plain,
                words_hash=_hash(plain),
                drafted_at=now,
                drafted_by=official.id,
                reviewed_at=None,
                reviewed_by=None,
            )
            await work.controls.save(drafted, control)
            await self._note(work, drafted, "drafted", official)
        return drafted

    async def review(self, control_id: ControlId, words_hash: str, *, official: Official) -> Control:
        """Somebody else has read exactly these words, and nothing in them shows who anybody is."""
        return await self._advance(control_id, words_hash, Stage.REVIEW, official)

    async def approve(self, control_id: ControlId, words_hash: str, *, official: Official) -> Control:
        """A second person releases exactly these words: from here the clock tells ring after ring of people."""
        return await self._advance(control_id, words_hash, Stage.APPROVE, official)

    async def _advance(self, control_id: ControlId, words_hash: str, stage: Stage, official: Official) -> Control:
        if not official.may(*APPROVING):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            pack = await self.packs.for_area(work, control.area, now)
            if control.words is None or control.state != DECIDED:
                raise WrongStep
            if next_stage(pack.release, Stage(control.stage)) is not stage:
                raise WrongStep(f"the announcement has to pass: {', '.join(stages(pack.release))}")
            if control.drafted_by == official.id:
                raise SecondPersonNeeded
            if words_hash != control.words_hash or _hash(control.words) != control.words_hash:
                raise ContentChanged
            await self._look_through(work, pack, control, control.words)
            if stage is Stage.REVIEW:
                reviewed = replace(control, stage=stage, reviewed_at=now, reviewed_by=official.id)
                await work.controls.save(reviewed, control)
                await self._note(work, reviewed, "reviewed", official)
                return reviewed
            active = replace(control, state=ACTIVE, stage=Stage.PUBLISH, approved_at=now, approved_by=official.id)
            await work.controls.save(active, control)
            await self._note(work, active, "approved", official)
            await work.audit.add("control.approve", "control", control.id, at=now, hash=words_hash)
            await self._settle(work, active, "done", (AlertKind.CONTROL_NOTICE,))
            await self._plan_waves(work, active, pack, ANNOUNCE, now)
            await self._raise(
                work,
                AlertKind.CONTROL_NOTICE,
                active,
                pack,
                pack.escalation(pack.waves.ladder),
                first=(Role.GRID_WORKER, Role.COMMUNITY),
                facts={"control": active.name, "unit": active.unit_kind, "asks": "carry_out"},
                rules=_source(pack),
                dedup="announced",
            )
            inside = await self._inside(work, active)
            await self.levels.look_after(work, inside, active.area[:TOWNSHIP_DIGITS], pack, now, control_id=active.id)
            for follower in self.followers:
                await follower.announced(work, active.id, inside, pack, now)
            return active

    async def _look_through(
        self, work: Work, pack: Pack, control: Control, words: Mapping[str, Mapping[str, str]]
    ) -> None:
        people = await work.residents.identities(await self._inside(work, control))
        names = [identity.name for identity in people.values() if identity.name]
        texts = [text for said in words.values() for text in (said["title"], said["text"])]
        found = findings(pack.release, texts, names=names)
        if found:
            raise IdentityFound(faults=tuple(Fault(one.kind.value, one.shown) for one in found))

    async def _plan_waves(self, work: Work, control: Control, pack: Pack, purpose: str, now: datetime) -> None:
        for wave in waves(pack.control, pack.waves, now):
            planned = ControlWave(
                WaveId(work.new_id()), control.id, audience_area(wave.to, control.area), purpose, wave.to, wave.at
            )
            if await work.controls.plan_wave(planned):
                work.wake(WAVE, planned.id, planned.due_at)

    async def send_wave(self, wave_id: WaveId) -> None:
        """Tell one ring of people. Whoever heard it in an earlier ring hears it once.

        A ring may be a district: it is told in portions, each a transaction, and only then counts as sent. Whoever
        begins it again, or at the same time, tells nobody twice.
        """
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            wave = await work.controls.wave(wave_id)
            if wave is None or wave.sent_at is not None or wave.due_at > now:
                return
            control = await work.controls.get(wave.control_id)
            people: list[ResidentId] = []
            if not _overtaken(wave, control):
                people = (
                    await self._inside(work, control)
                    if wave.audience == Audience.UNIT
                    else [one for one, _, _ in await work.controls.living_in(wave.area)]
                )
        told = 0
        for first in range(0, len(people), self.portion):
            async with self.transactions.begin(_WORK) as work:
                control = await work.controls.get(wave.control_id)
                if _overtaken(wave, control):
                    break
                told += await self._tell(work, wave, control, people[first : first + self.portion], now)
        async with self.transactions.begin(_WORK) as work:
            await work.controls.sent(wave.id, at=now, people=told)

    async def _tell(
        self, work: Work, wave: ControlWave, control: Control, people: Sequence[ResidentId], now: datetime
    ) -> int:
        residents = await work.exposures.residents(people)
        words = control.words if wave.purpose == ANNOUNCE else _plain(self.proposed_words(control, lifting=True))
        assert words is not None
        for resident in residents.values():
            said = words[closest_language(resident.language)]
            await self.outbox.to_resident(
                work,
                resident,
                "broadcast",
                {"title": said["title"], "text": said["text"], "areas": []},
                now=now,
                # Who lives inside hears it whatever they switched off: it concerns where they may go.
                lane=Lane.REPLY if wave.audience == Audience.UNIT else Lane.BROADCAST,
                dedup=f"control:{control.id}:{wave.purpose}",
                heeds_quiet_hours=False,
                duty=True,
            )
        return len(residents)

    async def _inside(self, work: Work, control: Control) -> list[ResidentId]:
        """Who lives in the unit: by its grids, or by their address, opened for this moment and kept nowhere."""
        around = await work.controls.living_in(control.area[:TOWNSHIP_DIGITS])
        inside = [one for one, _, grid in around if grid is not None and grid in control.grids]
        others = [(one, area) for one, area, _ in around if one not in set(inside)]
        people = await work.residents.identities([one for one, _ in others])
        listed = ListedPlace(control.area[:TOWNSHIP_DIGITS], True, (place_levels(control.area, control.name),))
        for one, area in others:
            address = people[one].address if one in people else None
            if address and match(DeclaredPlace.of(area, address), listed) is MatchKind.DEFINITE:
                inside.append(one)
        return inside

    # going out

    async def may_go_out(self, speaker: Speaker, about: ResidentId | None = None) -> tuple[Verdict, Control | None]:
        """Whether somebody may leave where they live now, and which control keeps them in if not."""
        resident_id = spoken_for(speaker, about)
        async with self.transactions.begin(_WORK) as work:
            resident = await work.residents.get(resident_id)
            control = await self._around(work, resident)
            if control is None and await self._home_unclear(work, resident):
                return Verdict(Answer.OFFICIAL, "home_unclear"), None
            return await self._leaving(work, resident, control), control

    async def _leaving(self, work: Work, resident: Resident, control: Control | None) -> Verdict:
        if control is None:
            return may_leave(None, None, permitted=False)
        now = self.clock.now()
        pack = await self.packs.for_area(work, control.area, now)
        permits = await work.controls.permits(resident_id=resident.id, control_id=control.id)
        permitted = any(one.state == GRANTED and (one.valid_to is None or one.valid_to > now) for one in permits)
        return may_leave(pack.control, control.mode, permitted=permitted)

    async def _around(self, work: Work, resident: Resident) -> Control | None:
        area = resident.present_area or resident.home_area or resident.area
        for control in await work.controls.listed(states=(ACTIVE,), within=area[:TOWNSHIP_DIGITS]):
            if resident.id in await self._inside(work, control):
                return control
        return None

    async def _home_unclear(self, work: Work, resident: Resident) -> bool:
        """Something is closed in the township, and neither grid nor address says whether the person lives inside."""
        area = resident.present_area or resident.home_area or resident.area
        closed = await work.controls.listed(states=(ACTIVE,), within=area[:TOWNSHIP_DIGITS])
        if all(one.mode is None for one in closed) or len(resident.area) == _GRID_DIGITS:
            return False
        return not (await work.residents.identity(resident.id)).address

    async def ask_to_leave(self, speaker: Speaker, reason: str, about: ResidentId | None = None) -> Permit:
        """A request to go out: the community decides, and whoever asked hears it."""
        resident_id = spoken_for(speaker, about)
        now = self.clock.now()
        if not reason.strip():
            raise OpinionMissing
        async with self.transactions.begin(_WORK) as work:
            resident = await work.residents.get(resident_id)
            control = await self._around(work, resident)
            verdict = await self._leaving(work, resident, control)
            if control is None or verdict.answer is Answer.YES:
                raise NotClosed
            for asked in await work.controls.permits(resident_id=resident_id, control_id=control.id):
                if asked.state == ASKED:
                    return asked
            permit = Permit(PermitId(work.new_id()), resident_id, control.id, ASKED, now, reason=reason.strip()[:500])
            await work.controls.ask_to_leave(permit, await work.residents.key(resident_id))
            pack = await self.packs.for_area(work, control.area, now)
            await self._raise(
                work,
                AlertKind.EXIT_ASKED,
                control,
                pack,
                pack.climbed_by(AlertKind.EXIT_ASKED),
                first=(Role.COMMUNITY,),
                facts={"control": control.name, "permit": str(permit.id)},
                rules=verdict.rules,
                dedup=f"exit:{permit.id}",
                resident=resident,
                evidence=permit.reason,
                subject=("exit_permit", permit.id),
            )
        return permit

    async def decide_permit(
        self, permit_id: PermitId, *, granted: bool, official: Official, valid_to: datetime | None = None
    ) -> Permit:
        if not official.may(*PERMITTING):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            permit = await work.controls.permit(permit_id, lock=True)
            if permit.state != ASKED:
                raise PermitDecided
            state = GRANTED if granted else REFUSED
            await work.controls.decide_permit(permit_id, state=state, by=official.id, at=now, valid_to=valid_to)
            await work.audit.add("exit.decide", "exit_permit", permit_id, at=now, state=state)
            resident = await work.residents.get(permit.resident_id)
            await self.outbox.to_resident(
                work,
                resident,
                "exit_decided",
                {"granted": granted, "valid_to": valid_to.isoformat() if valid_to else None},
                now=now,
                lane=Lane.REPLY,
                dedup=f"exit:{permit_id}",
            )
        async with self.transactions.begin(_WORK) as work:
            await self.alerts.settle_subject(work, "exit_permit", permit_id, state)
        return replace(permit, state=state, decided_at=now, decided_by=official.id, valid_to=valid_to)

    # lifted

    async def meet(self, control_id: ControlId, criterion: str, *, official: Official) -> Control:
        """One of the criteria for lifting is shown to be met."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            pack = await self.packs.for_area(work, control.area, now)
            if criterion not in criteria_of(pack.termination):
                raise CriterionUnknown
            if control.state != ACTIVE:
                raise WrongStep
            met = {**control.criteria, criterion: {"by": str(official.id), "at": now.isoformat()}}
            shown = replace(control, criteria=met)
            await work.controls.save(shown, control)
            await self._note(work, shown, "criterion", official, {"criterion": criterion})
        return shown

    async def opine(self, control_id: ControlId, opinion: str, *, official: Official) -> Control:
        """The experts' word on lifting it."""
        if not official.may(Role.EXPERT):
            raise ExpertsDecide
        if not opinion.strip():
            raise OpinionMissing
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            if control.state != ACTIVE:
                raise WrongStep
            said = replace(control, opined_at=now, opined_by=official.id)
            await work.controls.save(said, control)
            await work.controls.keep_opinion(control.id, "closing_opinion", opinion.strip())
            await self._note(work, said, "opinion", official)
        return said

    async def lift(self, control_id: ControlId, *, official: Official) -> Lifted:
        """Headquarters approves: everybody who heard of the control hears that it is over, and all it set going ends.

        Raises CannotBeLifted with what is still open, NotConfigured where no criteria are set.
        """
        if not official.may(Role.COUNTY, Role.CITY):
            raise NotYoursToControl
        now = self.clock.now()
        async with self.transactions.begin(over_all(official)) as work:
            control = await self._get(work, control_id, official)
            if control.state != ACTIVE:
                raise WrongStep
            pack = await self.packs.for_area(work, control.area, now)
            criteria_of(pack.termination)
            if control.opined_by == official.id:
                raise SecondPersonNeeded
            verdict = may_lift(
                pack.termination,
                Closing(tuple(control.criteria), opinion=control.opined_at is not None, approved=True),
            )
            if verdict.answer is not Answer.YES:
                raise CannotBeLifted(verdict.needs)
            lifted = replace(control, state=LIFTED, lifted_at=now, lifted_by=official.id)
            await work.controls.save(lifted, control)
            await self._note(work, lifted, "lifted", official)
            await work.audit.add("control.lift", "control", control.id, at=now, rules=list(verdict.rules))
            await self._plan_waves(work, lifted, pack, LIFT, now)
            created, cancelled = await self._end_schedules(work, lifted, pack, now, by=official.id)
            await self._settle(work, lifted, "lifted", ())
            for permit in await work.controls.permits(control_id=lifted.id):
                if permit.state == ASKED:  # nobody keeps them in any more
                    await self.alerts.settle_subject(work, "exit_permit", permit.id, "settled")
        return Lifted(lifted, created, cancelled)

    async def _end_schedules(
        self, work: Work, control: Control, pack: Pack, now: datetime, *, by: OfficialId
    ) -> tuple[int, int]:
        """With the last control of a township its level falls and every schedule there ends; before, only its own."""
        township = control.area[:TOWNSHIP_DIGITS]
        last = not await work.controls.listed(states=(ACTIVE,), within=township)
        if last:
            row = await work.controls.level(township)
            if row is not None and row.level != AreaLevel():
                await self.levels.change(work, township, AreaLevel(), pack=pack, villages=(), effective_at=now, by=by)
        standing = await work.controls.schedules(
            within=township if last else None, control_id=None if last else control.id, cancelled=True
        )
        mine = [one for one in standing if one.created_at >= control.requested_at]
        await work.controls.cancel([one.id for one in standing if one.cancelled_at is None], now)
        for one in standing:  # nobody is chased any more for a round that has ended
            await self.alerts.settle_subject(work, "area", one.id, "lifted", (AlertKind.ROUND_UNTESTED,))
        left = await work.controls.schedules(within=township if last else None, control_id=None if last else control.id)
        return len(mine), len(mine) - len([one for one in left if one.created_at >= control.requested_at])

    # reading

    async def view(self, control_id: ControlId, *, official: Official) -> ControlView:
        async with self.transactions.begin(official.scope) as work:
            control = _in_view(await work.controls.get(control_id), official)
            pack = await self.packs.for_area(work, control.area, self.clock.now())
            closing = Closing(
                tuple(control.criteria), opinion=control.opined_at is not None, approved=control.state == LIFTED
            )
            people = [
                control.requested_by,
                control.decided_by,
                control.drafted_by,
                control.reviewed_by,
                control.approved_by,
                control.opined_by,
                control.lifted_by,
            ]
            officials = await work.officials.by_ids([one for one in people if one is not None])
            return ControlView(
                control=control,
                opinion=await work.controls.opinion(control_id, "opinion"),
                closing_opinion=await work.controls.opinion(control_id, "closing_opinion"),
                waves=tuple(await work.controls.waves(control_id)),
                events=tuple(await work.controls.events(control_id)),
                schedules=tuple(await work.controls.schedules(within=control.area[:TOWNSHIP_DIGITS], cancelled=True)),
                permits=tuple(await work.controls.permits(control_id=control_id)),
                inside=len(await self._inside(work, control)),
                lifting=may_lift(pack.termination, closing),
                names={one.id: one.name for one in officials.values()},
            )

    @glanced(by=attrgetter("sight"))
    async def listed(self, *, official: Official) -> list[Control]:
        async with self.transactions.reading(official.scope) as work:
            return await work.controls.listed(within=official.area)

    async def due(self) -> list[WaveId]:
        async with self.transactions.begin(_WORK) as work:
            return [one for one, _ in await work.controls.waiting_waves(until=self.clock.now())]

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{WAVE}:{one}", at) for one, at in await work.controls.waiting_waves()]

    # small things

    @staticmethod
    async def _get(work: Work, control_id: ControlId, official: Official) -> Control:
        return _in_view(await work.controls.get(control_id, lock=True), official)

    async def _note(
        self, work: Work, control: Control, kind: str, official: Official, facts: dict[str, Any] | None = None
    ) -> None:
        event = ControlEvent(self.clock.now(), kind, control.area, facts or {}, control.id, official.id)
        await work.controls.note(work.new_id(), event)

    async def _raise(
        self,
        work: Work,
        kind: AlertKind,
        control: Control,
        pack: Pack,
        policy: EscalationPolicy,
        *,
        first: Sequence[Role],
        facts: dict[str, Any],
        rules: tuple[str, ...],
        severity: Severity = Severity.HIGH,
        dedup: str = "",
        climbs: bool = True,
        resident: Resident | None = None,
        evidence: str | None = None,
        subject: tuple[str, Any] | None = None,
    ) -> None:
        now = self.clock.now()
        at_once = [LadderStep(LEVEL_OF_ROLE[role], (role,), now) for role in first]
        later = [step for step in policy.freeze(now) if step.at > now] if climbs else []
        subject_kind, subject_id = subject or (CONTROL, control.id)
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=severity,
                area=resident.area if resident is not None else control.area,
                dedup_key=f"control:{control.id}:{kind}:{dedup}",
                facts=facts,
                rules=rules,
                policy_code=policy.code,
                ladder=(*at_once, *later),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                subject_kind=subject_kind,
                subject_id=subject_id,
                resident_id=resident.id if resident is not None else None,
                evidence=evidence,
            ),
        )

    async def _settle(self, work: Work, control: Control, outcome: str, kinds: tuple[AlertKind, ...]) -> None:
        await self.alerts.settle_subject(work, CONTROL, control.id, outcome, kinds)


def _in_view(control: Control, official: Official) -> Control:
    """Of the official's own area: who speaks for a unit has no scope over one, and sees no other's all the same."""
    if not control.area.startswith(official.area):
        raise ControlNotFound
    return control


def _source(pack: Pack) -> tuple[str, ...]:
    publication = pack.control.publication if pack.control is not None else None
    return publication.source if publication is not None else ()


def _overtaken(wave: ControlWave, control: Control) -> bool:
    """Nobody is told of a beginning after the end."""
    return wave.purpose == ANNOUNCE and control.state == LIFTED


def _plain(words: Mapping[str, Said]) -> dict[str, dict[str, str]]:
    return {language: {"title": said.title, "text": said.text} for language, said in words.items()}


def _hash(words: Mapping[str, Any]) -> str:
    """Names a text: whoever approves the hash approves these words and no others."""
    plain = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
