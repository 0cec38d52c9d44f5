"""Cases and their contacts: the first list, what is on record of each contact, the experts' class, the look-back.

Nobody is isolated by a list. An official records isolation, tests and tracing; while one is missing, those the pack
names are told. Only experts change a class, with the evidence on record.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.contacts import (
    CLOSE,
    GENERAL,
    SECONDARY,
    Case,
    ClassUnknown,
    Contact,
    Coverage,
    EvidenceMissing,
    TestTurn,
    VisitedPlace,
    coverage,
    lookback,
    turn_of,
)
from gateway.domain.follow_ups import FollowUp, ringing_on
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    CaseId,
    ContactId,
    Measure,
    ResidentId,
    Role,
    Severity,
)
from gateway.domain.ladders import ladder_steps
from gateway.domain.packs import Anchor, Pack
from gateway.domain.people import Identity, Resident, masked_name, masked_phone
from gateway.domain.scopes import Official, Scope
from gateway.errors import Forbidden, Invalid, NotConfigured
from gateway.record.record import Work
from gateway.schemas.contacts import ContactListIn, ContactListOut, ContactRowIn
from gateway.schemas.leads import LeadRowFault
from gateway.services.alerts import AlertService, Raising
from gateway.services.follow_ups import PLACING, AlreadyFollowedUp, FollowUpService
from gateway.services.glances import glanced
from gateway.services.leads import at_once
from gateway.services.packs import PackService
from gateway.services.transactions import Transactions

CASE = "case"

_WORK = Scope.of_work("contacts")

#: Who opens a case, lists its contacts and records what was done.
SURVEYING = (Role.HEALTH, Role.DOCTOR, Role.POLICE, Role.EXPERT, Role.COUNTY, Role.CITY, Role.PROVINCE)
#: Who records what was done with a contact or at a place.
RECORDING = (*SURVEYING, Role.SITE, Role.COMMUNITY, Role.TOWNSHIP, Role.GRID_WORKER)

#: When the day's list of what is not covered is looked at again (DEFAULT).
MORNING = time(8)


class NotYoursToSurvey(Forbidden):
    """Your role does not work with cases and their contacts."""


class NotYoursToDecide(Forbidden):
    """Only the experts the pack names decide the class of a contact."""


@dataclass(frozen=True, slots=True)
class ContactView:
    contact: Contact
    name: str | None
    phone: str | None
    turn: int
    how: TestTurn | None


@dataclass(frozen=True, slots=True)
class CaseView:
    case: Case
    person: str | None
    contacts: tuple[ContactView, ...]
    places: tuple[tuple[VisitedPlace, str], ...]
    coverage: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True)
class DayAsked:
    """One day of a look-back, with what the case had declared of it: kind, place, area."""

    on: date
    stays: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody whose test is due, in the order of testing."""

    number: int
    who: str
    how: TestTurn | None
    name: str | None
    resident_id: ResidentId | None
    contact_id: ContactId | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactService:
    transactions: Transactions
    packs: PackService
    follow_ups: FollowUpService
    alerts: AlertService
    clock: Clock

    # cases

    async def open_case(
        self, resident_id: ResidentId, *, positive_on: date, onset_on: date | None, official: Official
    ) -> Case:
        """A resident is a case from now on; opening it again answers the one that stands."""
        self._may(official, SURVEYING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            standing = await work.contacts.case_of(resident_id)
            if standing is not None and standing.positive_on == positive_on:
                return standing
            case = Case(
                id=CaseId(work.new_id()),
                resident_id=resident_id,
                area=resident.area if resident.area.startswith(official.area) else official.area,
                opened_at=now,
                opened_by=official.id,
                positive_on=positive_on,
                onset_on=onset_on,
            )
            await work.contacts.add_case(case)
            await work.audit.add("case.open", CASE, case.id, at=now)
        return case

    async def list_contacts(self, case_id: CaseId, given: ContactListIn, *, official: Official) -> ContactListOut:
        """The first list, row by row. Raises NotConfigured where the pack knows nothing of contact lists."""
        self._may(official, SURVEYING)
        now = self.clock.now()
        rejected: list[LeadRowFault] = []
        taken, known = 0, 0
        async with self.transactions.begin(official.scope) as work:
            case = await work.contacts.case(case_id)
            pack = await self.packs.for_area(work, case.area, now)
            if pack.first_list is None and not pack.coverage and pack.test_order is None:
                raise NotConfigured("first_list", "DP-3.2-a")
            for number, row in enumerate(given.rows, start=1):
                try:
                    added = await self._row(work, case, row, pack, official, now)
                except Invalid as wrong:
                    rejected.append(LeadRowFault(row=number, message=wrong.detail))
                    continue
                taken, known = taken + added, known + (not added)
            if taken:
                await self._tell_of_list(work, case, pack, taken, now)
            await work.audit.add("contact.import", CASE, case.id, at=now, taken=taken, rejected=len(rejected))
            await self._look_soon(work, case.id, now)
        return ContactListOut(rows=len(given.rows), taken=taken, known=known, rejected=rejected)

    async def _row(
        self, work: Work, case: Case, row: ContactRowIn, pack: Pack, official: Official, now: datetime
    ) -> bool:
        """False where this case names the person already."""
        phone, number = (row.phone or "").strip() or None, (row.id_number or "").strip() or None
        if not (phone or number or row.name):
            raise Invalid("neither a name nor a phone nor an ID number")
        if row.last_exposure_at is not None and row.last_exposure_at > now:
            raise Invalid("the last exposure lies in the future")
        if pack.contact_classes is None:
            raise ClassUnknown
        area = row.area or case.area
        if not area.startswith(official.area):
            raise Invalid("the contact's area lies outside your own")
        if await work.contacts.known(case.id, phone=phone, id_number=number, name=row.name):
            return False
        found = await work.residents.meant(phone=phone, id_number=number, name=row.name)
        contact = Contact(
            id=ContactId(work.new_id()),
            case_id=case.id,
            area=area,
            listed_at=now,
            provisional=pack.contact_classes.provisional(row.contact_class),
            last_exposure_at=row.last_exposure_at,
            resident_id=found.id if found is not None else None,
        )
        person = {"name": row.name, "phone": phone, "id_number": number}
        await work.contacts.add(contact, {name: text for name, text in person.items() if text})
        return True

    async def _tell_of_list(self, work: Work, case: Case, pack: Pack, count: int, now: datetime) -> None:
        """Health and police work on it together; experts are asked for the classes."""
        facts = {"people": count, "case": str(case.id)}
        stamp = int(now.timestamp())
        if pack.first_list is not None:
            rule = pack.first_list
            policy = pack.escalation(rule.ladder)
            later = [step for step in policy.freeze(now) if step.at > now]
            ladder = (*at_once(rule.told, now), *later)
            await self._raise(
                work, case, AlertKind.CONTACT_LIST, pack, rule.ladder, ladder, facts, rule.source,
                dedup=f"contact_list:{case.id}:{stamp}", every=policy.repeat_every,
            )  # fmt: skip
        if pack.adjudication is not None:
            decide = pack.adjudication
            midnight = datetime.combine(now.astimezone(pack.zone).date() + DAY, time.min, pack.zone)
            undecided = [
                step
                for step in ladder_steps(pack, decide.ladder, clock_start=now, due_at=midnight)
                if step.at >= midnight
            ]
            await self._raise(
                work, case, AlertKind.CONTACT_CLASS, pack, decide.ladder, (*at_once(decide.told, now), *undecided),
                {**facts, "due_at": midnight.isoformat()}, decide.source,
                dedup=f"contact_class:{case.id}:{stamp}",
            )  # fmt: skip

    # what is on record of a contact

    async def mark(
        self, contact_id: ContactId, measure: Measure, *, official: Official, at: datetime | None = None
    ) -> Contact:
        """Traced, isolated or tested, as from that moment. An isolation begins the calendar of the contact's class."""
        self._may(official, RECORDING)
        now = self.clock.now()
        moment = self._past(at, now)
        new_person = ResidentId(self.transactions.record.new_id())
        async with self.transactions.begin(replace(official.scope, people=(new_person,))) as work:
            contact = (await work.contacts.get(contact_id, lock=True)).marked(measure, moment)
            if measure is not Measure.TRACED:
                contact = await self._as_resident(work, contact, new_person, now)
            await work.contacts.save(contact)
            await work.audit.add("contact.mark", "contact", contact.id, at=now, measure=measure.value)
            await self._look_soon(work, contact.case_id, now)
            pack = await self.packs.for_area(work, contact.area, now)
            standing = await self._standing(work, contact) if measure is Measure.ISOLATED else None
        if measure is not Measure.ISOLATED or not official.may(*PLACING):
            return contact
        if standing is not None:  # experts decided another class; from this isolation on it counts
            await self._reclassify(standing, contact, moment, f"contact list, case {contact.case_id}", official)
        else:
            await self._begin_calendar(contact, pack, moment, official)
        return contact

    async def _as_resident(self, work: Work, contact: Contact, new_person: ResidentId, now: datetime) -> Contact:
        """A contact nobody knew is a resident from the first measure on: plans and results need somebody."""
        if contact.resident_id is not None:
            return contact
        named = (await work.contacts.people([contact.id])).get(contact.id, {})
        await work.residents.add(
            Resident(
                id=new_person,
                language="zh_Hans_CN",
                created_at=now,
                managing_area=contact.area,
                home_area=contact.area[:12],
            )
        )
        await work.residents.identify(
            new_person, Identity(name=named.get("name"), phone=named.get("phone"), id_number=named.get("id_number"))
        )
        await work.audit.add("resident.found", "resident", new_person, at=now)
        return replace(contact, resident_id=new_person)

    async def _begin_calendar(self, contact: Contact, pack: Pack, at: datetime, official: Official) -> None:
        anchors = anchors_of(contact, at)
        if contact.resident_id is None or anchors is None or contact.contact_class not in pack.profiles:
            return
        with contextlib.suppress(AlreadyFollowedUp):
            await self.follow_ups.place(
                contact.resident_id,
                profile=contact.contact_class,
                anchors=anchors,
                reason=f"contact list, case {contact.case_id}",
                official=official,
            )

    async def adjudicate(
        self,
        contact_id: ContactId,
        contact_class: str,
        *,
        evidence: str,
        official: Official,
        isolated_at: datetime | None = None,
    ) -> Contact:
        """Experts decide the class; a plan under another class is worked out anew. Raises NotConfigured,
        NotYoursToDecide, EvidenceMissing, ClassUnknown."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            contact = await work.contacts.get(contact_id, lock=True)
            pack = await self.packs.for_area(work, contact.area, now)
            rule = pack.adjudication
            if rule is None:
                raise NotConfigured("adjudication", "DP-3.3-a")
            if not official.may(*rule.by):
                raise NotYoursToDecide
            if not evidence.strip():
                raise EvidenceMissing
            if pack.contact_classes is None:
                raise ClassUnknown
            before = contact.contact_class
            named = pack.contact_classes.provisional(contact_class)
            begun = isolated_at if isolated_at is not None and isolated_at <= now else None
            decided = contact.decided(named, official.id, now, isolated_at=begun)
            await work.contacts.save(decided, evidence=evidence.strip())
            await work.audit.add("contact.decide", "contact", contact.id, at=now, was=before, now=named)
            await self._settle_decided(work, contact.case_id)
            await self._look_soon(work, contact.case_id, now)
            standing = await self._standing(work, decided)
        start = isolated_at or decided.isolated_at or (now if named == GENERAL else None)
        if standing is not None and start is not None:
            await self._reclassify(standing, decided, start, evidence, official)
        return decided

    async def _standing(self, work: Work, contact: Contact) -> FollowUp | None:
        """The open follow-up of the person under another class of contacts."""
        if contact.resident_id is None:
            return None
        others = {CLOSE, SECONDARY, GENERAL} - {contact.contact_class}
        open_ones = await work.follow_ups.of_resident(contact.resident_id)
        return next((one for one in open_ones if one.profile in others), None)

    async def _reclassify(
        self, standing: FollowUp, contact: Contact, start: datetime, reason: str, official: Official
    ) -> None:
        """The old plan ends, the new one counts from where the new class is isolated."""
        anchors = anchors_of(contact, start)
        exposure = standing.anchors.get(Anchor.LAST_EXPOSURE)
        if anchors is None and exposure is not None:
            begins = Anchor.PLACEMENT if contact.contact_class == GENERAL else Anchor.ISOLATION_START
            anchors = {begins.value: start, Anchor.LAST_EXPOSURE.value: exposure}
        if anchors is not None:
            await self.follow_ups.reclassify(
                standing.id, profile=contact.contact_class, anchors=anchors, reason=reason, official=official
            )

    async def _settle_decided(self, work: Work, case_id: CaseId) -> None:
        """The experts are asked no more once every contact of the case has its class."""
        if any(one.decided_as is None for one in await work.contacts.of_case(case_id)):
            return
        await self._settle(work, case_id, AlertKind.CONTACT_CLASS, "decided")

    # places

    async def add_place(
        self, case_id: CaseId, text: str, visited_on: date, *, official: Official, area: str | None = None
    ) -> VisitedPlace:
        """A place the case visited; it is to be disinfected and sampled."""
        self._may(official, SURVEYING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            case = await work.contacts.case(case_id)
            chosen = area or case.area
            if not chosen.startswith(official.area):
                raise Invalid("the place lies outside your area")
            place = VisitedPlace(id=work.new_id(), case_id=case.id, area=chosen, visited_on=visited_on)
            await work.contacts.add_place(place, text.strip())
            await work.audit.add("place.add", CASE, case.id, at=now)
            await self._look_soon(work, case.id, now)
        return place

    async def mark_place(
        self, place_id: UUID, measure: Measure, *, official: Official, at: datetime | None = None
    ) -> VisitedPlace:
        self._may(official, RECORDING)
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            place = (await work.contacts.place(place_id)).marked(measure, self._past(at, now))
            await work.contacts.save_place(place)
            await work.audit.add("place.mark", CASE, place.case_id, at=now, measure=measure.value)
            await self._look_soon(work, place.case_id, now)
        return place

    # the clock

    async def look(self, case_id: CaseId) -> None:
        """What of a case is not covered rings; what is, is quiet. Looked at again each morning until all is."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            case = await work.contacts.case(case_id)
            pack = await self.packs.for_area(work, case.area, now)
            contacts = [await self._refreshed(work, one) for one in await work.contacts.of_case(case_id)]
            places = await work.contacts.places_of(case_id)
            standing = await work.alerts.open_for_subject(CASE, case_id)
            ringing = {alert.facts.get("measure"): alert for alert in standing if alert.kind is AlertKind.COVERAGE}
            incomplete = False
            for found in coverage(pack.coverage, contacts, places):
                measure = found.rule.measure
                if found.complete:
                    await self._settle(work, case_id, AlertKind.COVERAGE, "done", measure=measure)
                    continue
                incomplete = True
                if measure.value in ringing:
                    continue
                steps, every = ringing_on(at_once(found.rule.told, now), pack.ladder(found.rule.ladder), pack.zone)
                await self._raise(
                    work, case, AlertKind.COVERAGE, pack, found.rule.ladder, steps,
                    {"measure": measure.value, "done": found.done, "total": found.total, "case": str(case.id)},
                    found.rule.source, dedup=f"coverage:{case.id}:{measure}:{now.isoformat()}", every=every,
                )  # fmt: skip
            following = self._next_morning(now, pack) if incomplete else None
            await work.contacts.look_at(case_id, following)
            if following is not None:
                work.wake(CASE, case_id, following)

    async def _refreshed(self, work: Work, contact: Contact) -> Contact:
        """A sample on record since the exposure is a test, whoever took it."""
        if contact.resident_id is None or contact.tested_at is not None:
            return contact
        resident = await work.residents.find(contact.resident_id)
        if resident is None or resident.erased_at is not None:
            return contact
        key = await work.residents.key(contact.resident_id)
        since = contact.last_exposure_at or contact.listed_at
        taken = [one.sampled_at for one in await work.results.samplings(contact.resident_id, key)]
        counted = [at for at in taken if at >= since]
        if not counted:
            return contact
        tested = contact.marked(Measure.TESTED, min(counted))
        await work.contacts.save(tested)
        return tested

    async def _look_soon(self, work: Work, case_id: CaseId, now: datetime) -> None:
        await work.contacts.look_at(case_id, now)
        work.wake(CASE, case_id, now)

    @staticmethod
    def _next_morning(now: datetime, pack: Pack) -> datetime:
        today = now.astimezone(pack.zone).date()
        morning = datetime.combine(today, MORNING, pack.zone)
        return morning if morning > now else datetime.combine(today + DAY, MORNING, pack.zone)

    async def due(self) -> list[CaseId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.contacts.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{CASE}:{one}", at) for one, at in await work.contacts.waiting()]

    # alerts

    async def _raise(
        self,
        work: Work,
        case: Case,
        kind: AlertKind,
        pack: Pack,
        code: str,
        ladder: Sequence[Any],
        facts: dict[str, Any],
        rules: tuple[str, ...],
        *,
        dedup: str,
        every: timedelta | None = None,
    ) -> None:
        policy = pack.escalation(code)
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=Severity.HIGH,
                area=case.area,
                dedup_key=dedup,
                facts=facts,
                rules=rules,
                policy_code=code,
                ladder=tuple(ladder),
                resolve_within=policy.resolve_within,
                subject_kind=CASE,
                subject_id=case.id,
                repeat_every=every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )

    async def _settle(
        self, work: Work, case_id: CaseId, kind: AlertKind, outcome: str, *, measure: Measure | None = None
    ) -> None:
        for alert in await work.alerts.open_for_subject(CASE, case_id):
            if alert.kind is not kind or (measure is not None and alert.facts.get("measure") != measure.value):
                continue
            locked = await work.alerts.get(alert.id, lock=True)
            if locked.status is not AlertStatus.RESOLVED:
                await self.alerts.settle(work, locked, outcome)

    # reading

    @glanced(by=attrgetter("sight"))
    async def cases(self, *, official: Official) -> list[CaseView]:
        """Cases of the own area with their numbers, without contacts' names."""
        self._may(official, RECORDING)
        async with self.transactions.reading(official.scope) as work:
            return await self._views(work, await work.contacts.cases(), named=False)

    async def case(self, case_id: CaseId, *, official: Official) -> CaseView:
        """One case with its contacts, in the order of testing; the look is on record."""
        self._may(official, RECORDING)
        async with self.transactions.begin(official.scope) as work:
            case = await work.contacts.case(case_id)
            await work.audit.add("case.read", CASE, case.id, at=self.clock.now())
            return await self._view(work, case, named=True)

    async def _view(self, work: Work, case: Case, *, named: bool) -> CaseView:
        return (await self._views(work, [case], named=named))[0]

    async def _views(self, work: Work, cases: Sequence[Case], *, named: bool) -> list[CaseView]:
        """A list is read as a whole, however long it is."""
        now, ids = self.clock.now(), [case.id for case in cases]
        packs = await self.packs.as_laid_down(work, [(case.area, now) for case in cases])
        contacts, places = await work.contacts.of_cases(ids), await work.contacts.places_of_cases(ids)
        people: Mapping[ContactId, dict[str, str]] = {}
        if named:
            people = await work.contacts.people([one.id for listed in contacts.values() for one in listed])
        texts = await work.contacts.place_texts([one.id for seen in places.values() for one in seen])
        identities = await work.residents.identities([case.resident_id for case in cases])
        found = []
        for case in cases:
            pack, identity = packs[case.area, now], identities.get(case.resident_id)
            views = []
            for one in contacts[case.id]:
                person = people.get(one.id, {})
                number, how = turn_of(one.contact_class, pack.test_order)
                views.append(
                    ContactView(one, masked_name(person.get("name")), masked_phone(person.get("phone")), number, how)
                )
            views.sort(key=lambda view: (view.turn, view.contact.listed_at))
            found.append(
                CaseView(
                    case=case,
                    person=masked_name(identity.name) if identity else None,
                    contacts=tuple(views),
                    places=tuple((place, texts.get(place.id, "")) for place in places[case.id]),
                    coverage=coverage(pack.coverage, contacts[case.id], places[case.id]),
                )
            )
        return found

    async def trajectory(self, case_id: CaseId, *, official: Official) -> tuple[tuple[DayAsked, ...], tuple[str, ...]]:
        """The interview about a case: each day of the look-back with what was declared of it, and the rules."""
        self._may(official, SURVEYING)
        async with self.transactions.begin(official.scope) as work:
            case = await work.contacts.case(case_id)
            pack = await self.packs.for_area(work, case.area, self.clock.now())
            if pack.trajectory is None:
                raise NotConfigured("trajectory", "SD-3.6.2-b")
            key = await work.residents.key(case.resident_id)
            journeys = await work.reports.journeys_of(case.resident_id, key)
            visited = await work.contacts.places_of(case.id)
            texts = await work.contacts.place_texts([one.id for one in visited])
            await work.audit.add("case.trajectory", CASE, case.id, at=self.clock.now())
        days = []
        for day in lookback(case.anchor_on, pack.trajectory):
            declared = [
                (one.kind, str((one.place or {}).get("text", "")), one.area)
                for one in journeys
                if one.from_on <= day <= one.to_on
            ]
            seen = [("visited", texts.get(one.id, ""), one.area) for one in visited if one.visited_on == day]
            days.append(DayAsked(day, (*declared, *seen)))
        return tuple(days), pack.trajectory.source

    async def test_order(self, *, official: Official) -> list[Turn]:
        """Everybody of the area who waits for a test, in the pack's order. Raises NotConfigured."""
        self._may(official, RECORDING)
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, self.clock.now())
            rule = pack.test_order
            if rule is None:
                raise NotConfigured("test_order", "SP-2.2.1-b")
            contacts = await work.contacts.untested()
            people = await work.contacts.people([one.id for one in contacts])
            counted = {one.resident_id for one in contacts}
            groups = [who for turn in rule.turns for who in turn.who]
            others = [one for one in await work.contacts.awaiting_tests(groups) if one[0] not in counted]
            identities = await work.residents.identities([one[0] for one in others])
            await work.audit.add("test_order.read", "area", official.area, at=self.clock.now())
        waiting: list[tuple[tuple[int, datetime, int], Turn]] = []
        for contact in contacts:
            number, how = turn_of(contact.contact_class, rule)
            name = masked_name(people.get(contact.id, {}).get("name"))
            turn = Turn(number, contact.contact_class, how, name, contact.resident_id, contact.id, rule.source)
            waiting.append(((number, contact.listed_at, groups.index(turn.who) if turn.who in groups else 0), turn))
        for resident_id, profile, since in others:
            number, how = turn_of(profile, rule)
            known = identities.get(resident_id)
            name = masked_name(known.name) if known else None
            waiting.append(((number, since, 0), Turn(number, profile, how, name, resident_id, None, rule.source)))
        return [turn for _, turn in sorted(waiting, key=lambda one: one[0])]

    @staticmethod
    def _may(official: Official, roles: tuple[Role, ...]) -> None:
        if not official.may(*roles):
            raise NotYoursToSurvey

    @staticmethod
    def _past(at: datetime | None, now: datetime) -> datetime:
        if at is None:
            return now
        if at > now + timedelta(minutes=5):
            raise Invalid("at: this moment lies in the future")
        return at


def anchors_of(contact: Contact, at: datetime) -> dict[str, Any] | None:
    """What the calendar of the contact's class counts from; None while the last exposure is not known."""
    if contact.last_exposure_at is None:
        return None
    start = Anchor.PLACEMENT if contact.contact_class == GENERAL else Anchor.ISOLATION_START
    if contact.contact_class not in (CLOSE, SECONDARY, GENERAL):
        return None
    return {start.value: at, Anchor.LAST_EXPOSURE.value: contact.last_exposure_at}
