"""Applications from the asking to the day itself: answered by rule at once, decided by a named person where a rule says
so, and looked at again when the area's tier rises or the day has come.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol

from gateway.clock import Clock
from gateway.domain.applications import (
    DECIDING,
    STANDING,
    Application,
    PersonsMissing,
    RuleForbids,
)
from gateway.domain.escalations import LadderStep
from gateway.domain.events import looked_at_on_the_day, may_hold, missing_persons, must_be_reviewed
from gateway.domain.gates import GateAnswer, Traveller, Trip, may_come, may_travel
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    ApplicationId,
    ApplicationKind,
    ApplicationState,
    GateQuestion,
    Lane,
    Level,
    Role,
    Severity,
    UnitId,
    Verdict,
)
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.scopes import Official, Scope, area_range
from gateway.errors import Conflict, Fault, Forbidden, Invalid
from gateway.record.applications import ApplicationNotFound
from gateway.record.record import Work
from gateway.record.residents import ResidentErased
from gateway.record.vault import DataKey
from gateway.schemas.gates import ApplicationOut, DecisionIn, EventIn, TripIn
from gateway.services.alerts import AlertService, Raising
from gateway.services.gates import GateService
from gateway.services.glances import glanced
from gateway.services.grounds import at_risk, ground_of
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.residents import ConsentMissing
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("events")
APPLICATION = "application"

#: How long an application may wait before it rings again, and until when somebody is to decide (DEFAULT).
DECIDE_WITHIN = timedelta(hours=24)

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class OwnApplication(Forbidden):
    """You entered this application yourself: a second person decides it."""


class NotYoursToDecide(Forbidden):
    """This is decided by another office."""


class OutsideYourArea(Forbidden):
    """This place lies outside your area."""


class TooLate(Invalid):
    """The day has passed."""


class NoTrip(Invalid):
    """Ask for an early return or a cadre's journey here; events have a form of their own."""


class NothingToDecide(Conflict):
    """No rule forbids it and nobody has to approve it."""


class LevelChange(Protocol):
    """A change of an area's level, as far as events look at it."""

    @property
    def area(self) -> str: ...


@dataclass(frozen=True, slots=True)
class EventService:
    transactions: Transactions
    packs: PackService
    gates: GateService
    alerts: AlertService
    outbox: Outbox
    clock: Clock

    # applying

    async def apply(
        self, given: EventIn, *, speaker: Speaker | None = None, official: Official | None = None
    ) -> ApplicationOut:
        """Somebody wants to hold something: answered at once; what needs a person rings at the office that decides."""
        details = {
            "title": given.title.strip() or None,
            "place": (given.place or "").strip() or None,
            "host": given.host.strip(),
            "filing_authority": (given.filing_authority or "").strip() or None,
        }
        now = self.clock.now()
        async with self.transactions.begin(_scope(speaker, official, given.area)) as work:
            resident, language = await self._applicant(work, speaker, official)
            pack = await self.packs.for_area(work, given.area, now)
            self._not_past(given.on, now, pack)
            application = Application(
                id=ApplicationId(work.new_id()),
                reference=_reference(),
                kind=ApplicationKind.EVENT,
                event_kind=given.kind,
                area=given.area,
                on=given.on,
                people=given.people,
                cadres=given.cadres,
                excuses=(given.excuse,) if given.excuse else (),
                **_made(pack, now),
                resident_id=resident.id if resident else None,
                official_id=official.id if official else None,
                unit_id=UnitId(official.unit_id) if official and _of_unit(official) and official.unit_id else None,
                details={name: value for name, value in details.items() if value},
            )
            ground = await ground_of(work, given.area, now)
            application = replace(
                application.answered(may_hold(pack, application.event, ground)),
                tier=ground.tier,
                look_at=looked_at_on_the_day(pack, application.event),
            )
            return await self._taken(work, application, resident, language, now)

    async def apply_for_trip(self, given: TripIn, *, speaker: Speaker) -> ApplicationOut:
        """An early or changed return (the destination city decides), or a cadre's journey (the head of the unit)."""
        if given.kind is ApplicationKind.EVENT:
            raise NoTrip
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_people([one for one in speaker.people])) as work:  # type: ignore[misc]
            resident, language = await self._applicant(work, speaker, None)
            if resident is None:
                raise ConsentMissing
            early = given.kind is ApplicationKind.EARLY_RETURN
            area = given.area if early else resident.area
            pack = await self.packs.for_area(work, area, now)
            self._not_past(given.on, now, pack)
            if early:
                answer = may_come(pack, Traveller(must_declare=True, declared=True, early_or_changed=True))
            else:
                risky = at_risk(await ground_of(work, given.area, now))
                leaves = given.area[:4] != resident.area[:4]
                answer = may_travel(pack, Trip(at_risk=risky, necessary=True, cadre=True, leaves_city=leaves))
            units = await work.follow_ups.units_of(resident.id)
            application = Application(
                id=ApplicationId(work.new_id()),
                reference=_reference(),
                kind=given.kind,
                area=area,
                on=given.on,
                **_made(pack, now),
                resident_id=resident.id,
                unit_id=UnitId(units[0]) if units and not early else None,
                details={
                    "destination": given.area,
                    "transport": (given.transport or "").strip() or None,
                    "said": given.reason.strip(),
                },
            ).answered(answer)
            return await self._taken(work, application, resident, language, now)

    async def _applicant(
        self, work: Work, speaker: Speaker | None, official: Official | None
    ) -> tuple[Resident | None, str]:
        if speaker is not None and speaker.resident is not None:
            return speaker.resident, speaker.resident.language
        if official is None:
            raise ConsentMissing
        return None, official.language

    @staticmethod
    def _not_past(day: Any, now: datetime, pack: Pack) -> None:
        if day < now.astimezone(pack.zone).date():
            raise TooLate

    async def _taken(
        self, work: Work, application: Application, resident: Resident | None, language: str, now: datetime
    ) -> ApplicationOut:
        key = await work.residents.key(resident.id) if resident else None
        if application.state is ApplicationState.REFUSED:
            application = replace(application, look_at=None)
        await work.applications.add(application, key)
        await work.audit.add(
            "application.make",
            APPLICATION,
            application.id,
            at=now,
            kind=application.kind,
            state=application.state,
            rules=list(application.rules),
        )
        if application.state is ApplicationState.WAITING:
            await self._ring(work, application, AlertKind.APPLICATION, application.rules, now)
        if application.look_at is not None:
            work.wake(APPLICATION, application.id, application.look_at)
        return self.out(application, language)

    async def _ring(
        self, work: Work, application: Application, kind: AlertKind, rules: Sequence[str], now: datetime
    ) -> None:
        """At the office that decides, daily until it has; a cadre's journey goes to the unit as well."""
        level = application.decides or Level.L4
        steps = [LadderStep(level, DECIDING.get(level, (Role.COUNTY,))[:1], now)]
        if level is Level.UL:
            steps.append(LadderStep(Level.L4, (Role.COUNTY,), now + DECIDE_WITHIN))
        policy = (await self.packs.for_area(work, application.area, now)).climbed_by(kind)
        facts: dict[str, Any] = {
            "application": application.reference,
            "sort": application.event_kind.value if application.event_kind else application.kind.value,
            "on": application.on.isoformat(),
            "people": application.people,
        }
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=Severity.HIGH if kind is AlertKind.EVENT_REVIEW else Severity.ROUTINE,
                area=application.area,
                dedup_key=f"{kind}:{application.id}:{now.isoformat()}",
                facts=facts,
                rules=tuple(rules),
                policy_code=policy.code,
                ladder=tuple(steps),
                resolve_within=policy.resolve_within,
                repeat_every=policy.repeat_every,
                subject_kind=APPLICATION,
                subject_id=application.id,
                resident_id=application.resident_id,
                evidence=application.details.get("title") or application.details.get("said"),
            ),
        )
        if application.unit_id is not None:
            contacts = await work.officials.of_unit([application.unit_id])
            await self.outbox.to_officials(
                work,
                [one for one in contacts if Role.UNIT_CONTACT in one.roles],
                "information",
                {"kind": kind, "person": None, "area": application.area, "facts": facts},
                now=now,
                lane=Lane.REPLY,
                dedup=f"{kind}:{application.id}:unit",
            )

    # reading

    async def listed(
        self, *, official: Official, states: Sequence[ApplicationState] = (), limit: int = 200
    ) -> list[ApplicationOut]:
        """The desk: what waits in the official's area, by day. The look is on record, for these rows name people."""
        found = await self._listed(official=official, states=tuple(states), limit=limit)
        if found:
            async with self.transactions.begin(official.scope) as work:
                await work.audit.add("application.list", "area", official.area, at=self.clock.now(), rows=len(found))
        return [self.out(one, official.language) for one in found]

    @glanced(by=attrgetter("sight"))
    async def _listed(
        self, *, official: Official, states: tuple[ApplicationState, ...], limit: int
    ) -> list[Application]:
        async with self.transactions.reading(official.scope) as work:
            rows = await work.applications.listed(states=states, limit=limit)
        people = tuple({row["resident_id"] for row in rows if row["resident_id"] is not None})
        async with self.transactions.reading(replace(official.scope, people=people)) as work:
            return [await self._opened(work, row) for row in rows]

    async def get(self, application_id: ApplicationId, *, official: Official) -> ApplicationOut:
        scope = await self._reach(application_id, official)
        async with self.transactions.begin(scope) as work:
            application, _ = await self._loaded(work, application_id)
            await work.audit.add("application.read", APPLICATION, application_id, at=self.clock.now())
        return self.out(application, official.language)

    async def of_speaker(self, speaker: Speaker) -> list[ApplicationOut]:
        """A person's own applications, the newest first."""
        if speaker.resident is None:
            raise ConsentMissing
        async with self.transactions.reading(Scope.of_people([speaker.resident.id])) as work:
            rows = await work.applications.listed(limit=50)
            found = [await self._opened(work, row) for row in rows]
        found.sort(key=lambda one: one.applied_at, reverse=True)
        return [self.out(one, speaker.resident.language) for one in found]

    @staticmethod
    async def _opened(work: Work, row: Any) -> Application:
        try:
            return work.applications.opened(row, await _key_of(work, row["resident_id"]))
        except ResidentErased:
            return work.applications.without_words(row)

    async def _loaded(
        self, work: Work, application_id: ApplicationId, *, lock: bool = False
    ) -> tuple[Application, DataKey | None]:
        found = await work.applications.find(application_id, lock=lock)
        if found is None:
            raise ApplicationNotFound
        _, row = found
        key = await _key_of(work, row["resident_id"])
        return work.applications.opened(row, key), key

    async def _reach(self, application_id: ApplicationId, official: Official) -> Scope:
        """The official's scope and the applicant, once it is known that the application is in it."""
        async with self.transactions.begin(official.scope) as work:
            found = await work.applications.find(application_id)
            if found is None:
                raise ApplicationNotFound
            applicant = found[0].resident_id
        return replace(official.scope, people=(applicant,)) if applicant else official.scope

    # deciding

    async def decide(self, application_id: ApplicationId, given: DecisionIn, *, official: Official) -> ApplicationOut:
        """A named person approves or refuses. Raises RuleForbids where a rule says no by now, PersonsMissing."""
        now = self.clock.now()
        async with self.transactions.begin(await self._reach(application_id, official)) as work:
            application, key = await self._loaded(work, application_id, lock=True)
            if not official.may(*DECIDING.get(application.decides or Level.L4, (Role.COUNTY,))):
                raise NotYoursToDecide
            if application.official_id == official.id:
                raise OwnApplication
            named = {
                "host": given.host or application.details.get("host"),
                "approver": given.approver or official.name,
                "filing_authority": given.filing_authority or application.details.get("filing_authority"),
            }
            details = {**application.details, **{who: name for who, name in named.items() if name}}
            details["reason"] = given.reason.strip()
            decided = application.decided(approved=given.approve, by=official.id, at=now, details=details)
            if given.approve and application.kind is ApplicationKind.EVENT:
                decided = await self._still_possible(work, decided, named, now)
            await work.applications.save(decided, key)
            await self._settle(work, decided, "approved" if given.approve else "refused")
            await work.audit.add(
                "application.decide",
                APPLICATION,
                application.id,
                at=now,
                state=decided.state,
                rules=list(application.rules),
            )
            await self._tell(work, decided, given.reason.strip(), now)
            if decided.look_at is not None:
                work.wake(APPLICATION, decided.id, decided.look_at)
        return self.out(decided, official.language)

    async def _still_possible(
        self, work: Work, application: Application, named: Mapping[str, str | None], now: datetime
    ) -> Application:
        pack = await self.packs.for_area(work, application.area, now)
        ground = await ground_of(work, application.area, now)
        answer = may_hold(pack, application.event, ground)
        if answer.verdict is Verdict.NO:
            raise RuleForbids(_first_words(self.gates, answer))
        missing = missing_persons(pack, named)
        if missing is not None:
            rule, who = missing
            raise PersonsMissing(faults=tuple(Fault(one, f"must be named ({', '.join(rule.source)})") for one in who))
        return replace(application, tier=ground.tier, look_at=looked_at_on_the_day(pack, application.event) or None)

    async def cancel(self, application_id: ApplicationId, *, speaker: Speaker) -> ApplicationOut:
        """The applicant takes it back."""
        if speaker.resident is None:
            raise ConsentMissing
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_people([speaker.resident.id])) as work:
            application, key = await self._loaded(work, application_id, lock=True)
            cancelled = application.cancelled()
            await work.applications.save(cancelled, key)
            await self._settle(work, cancelled, "cancelled")
            work.forget(APPLICATION, application.id)
            await work.audit.add("application.cancel", APPLICATION, application.id, at=now)
        return self.out(cancelled, speaker.resident.language)

    async def _settle(self, work: Work, application: Application, outcome: str) -> None:
        for alert in await work.alerts.open_for_subject(APPLICATION, application.id):
            locked = await work.alerts.get(alert.id, lock=True)  # its ladder may be climbing at this moment
            if locked.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, locked, outcome)

    # looked at again

    async def area_moved(self, work: Work, areas: Iterable[str]) -> int:
        """The register or a level has moved in these areas, in the caller's transaction: what stands there is looked
        at again. How many came under review."""
        now = self.clock.now()
        today = now.astimezone(self.packs.everywhere().zone).date()
        moved = 0
        for application_id in await work.applications.standing_near({one[:9] for one in areas if one}, today):
            moved += await self._reconsider(work, application_id, now)
        return moved

    async def follow(self, work: Work, changed: LevelChange) -> None:
        """An official set the level of an area."""
        await self.area_moved(work, [changed.area])

    async def look(self, application_id: ApplicationId) -> None:
        """The day has come: the conditions are tested once more (AMB-42)."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            found = await work.applications.find(application_id, lock=True)
            if found is None or found[0].look_at is None or found[0].look_at > now:
                return
            await self._reconsider(work, application_id, now, looked=True)

    async def _reconsider(
        self, work: Work, application_id: ApplicationId, now: datetime, *, looked: bool = False
    ) -> bool:
        try:
            application, key = await self._loaded(work, application_id, lock=True)
        except ResidentErased:  # whoever wanted to hold it is gone, and so is what they wrote
            await work.applications.close(application_id)
            return False
        if looked:
            application = replace(application, look_at=None)
        if application.state not in STANDING:
            await work.applications.save(application, key)
            return False
        pack = await self.packs.for_area(work, application.area, now)
        ground = await ground_of(work, application.area, now)
        rules = must_be_reviewed(pack, application.event, application.tier, ground)
        if not rules:
            await work.applications.save(replace(application, tier=ground.tier), key)
            return False
        reviewed = application.under_review(rules, ground.tier)
        await work.applications.save(reviewed, key)
        await self._ring(work, reviewed, AlertKind.EVENT_REVIEW, rules, now)
        await work.audit.add("application.review", APPLICATION, application.id, at=now, rules=list(rules))
        await self._tell(work, reviewed, None, now)
        return True

    async def due(self) -> list[ApplicationId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.applications.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{APPLICATION}:{one}", at) for one, at in await work.applications.waiting()]

    # words

    async def _tell(self, work: Work, application: Application, reason: str | None, now: datetime) -> None:
        if application.resident_id is None:
            return
        resident = await work.residents.get(application.resident_id)
        rules = application.review_rules or application.rules
        quotes = self.gates.quotes(rules[:1], resident.language)
        await self.outbox.to_resident(
            work,
            resident,
            "application",
            {
                "reference": application.reference,
                "sort": application.event_kind.value if application.event_kind else application.kind.value,
                "on": application.on.isoformat(),
                "state": application.state.value,
                "reason": reason,
                "quote": quotes[0].explanation if quotes else None,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"application:{application.id}:{application.state}:{now.isoformat()}",
        )

    def out(self, application: Application, language: str) -> ApplicationOut:
        answer = GateAnswer(verdict=application.verdict, reasons=application.reasons, decides=application.decides)
        question = GateQuestion.HOLD
        if application.kind is not ApplicationKind.EVENT:
            early = application.kind is ApplicationKind.EARLY_RETURN
            question = GateQuestion.COME if early else GateQuestion.TRAVEL
        said = self.gates.out(question, answer, language)
        values = {
            "reference": application.reference,
            "sort": application.event_kind.value if application.event_kind else application.kind.value,
            "on": application.on.isoformat(),
            "state": application.state.value,
            "reason": None,
            "quote": None,
        }
        head = self.gates.words.say("application", language, values).plain
        details = application.details
        return ApplicationOut(
            id=application.id,
            reference=application.reference,
            kind=application.kind,
            event_kind=application.event_kind,
            state=application.state,
            area=application.area,
            area_name=self.gates.words.area(application.area, language),
            on=application.on,
            people=application.people,
            cadres=application.cadres,
            answer=said,
            text=f"{head}\n\n{said.text}",
            applied_at=application.applied_at,
            decided_at=application.decided_at,
            review=self.gates.quotes(application.review_rules, language),
            title=details.get("title") or details.get("said"),
            place=details.get("place"),
            host=details.get("host"),
            approver=details.get("approver"),
            filing_authority=details.get("filing_authority"),
            reason=details.get("reason"),
            destination=details.get("destination"),
        )


def _scope(speaker: Speaker | None, official: Official | None, area: str) -> Scope:
    if official is not None:
        low, high = area_range(official.area)
        if not low <= area < high or (_of_unit(official) and official.unit_id is None):
            raise OutsideYourArea
        # Who speaks for a unit sees no area, and what the unit wants to hold is still to ring in this one.
        return replace(official.scope, area=area) if _of_unit(official) else official.scope
    return Scope.of_people([one for one in speaker.people] if speaker else [])  # type: ignore[misc]


def _of_unit(official: Official) -> bool:
    return official.scope.area is None


def _made(pack: Pack, now: datetime) -> dict[str, Any]:
    return {
        "state": ApplicationState.WAITING,
        "verdict": Verdict.OFFICIAL,
        "reasons": (),
        "pack_id": pack.id,
        "pack_version": str(pack.version),
        "applied_at": now,
    }


async def _key_of(work: Work, resident_id: Any) -> DataKey | None:
    return await work.residents.key(resident_id) if resident_id is not None else None


def _reference() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _first_words(gates: GateService, answer: GateAnswer) -> str:
    return gates.out(GateQuestion.HOLD, answer, "en").reasons[0].text
