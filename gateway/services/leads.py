"""Leads: lists of people to be found are taken row by row, routed to the grid, timed by the pack, and settled.

Nothing of a list is lost: a row nobody can take is kept with the reason, a person who is named twice is looked for
once. Whoever was reached is in the local follow-up from that moment on.
"""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.escalations import LadderStep
from gateway.domain.follow_ups import ringing_on
from gateway.domain.kinds import (
    AlertKind,
    AlertStatus,
    FollowUpId,
    Hukou,
    LeadId,
    LeadOutcome,
    LeadPush,
    LeadState,
    LeadStep,
    Level,
    ResidentId,
    Role,
    Severity,
)
from gateway.domain.ladders import ladder_steps
from gateway.domain.leads import Lead, LeadRule, first_watch, rules_for
from gateway.domain.packs import Pack
from gateway.domain.people import Identity, Resident, masked_name, masked_phone, normal_id_number, normal_phone
from gateway.domain.places import Gazetteer
from gateway.domain.rules import Unset
from gateway.domain.rungs import Rung
from gateway.domain.scopes import Official, Scope
from gateway.domain.windows import lead_due_at
from gateway.errors import N_, Conflict, Forbidden, Invalid, Worded
from gateway.record.lead_lists import LeadList, LeadRow
from gateway.record.record import Work
from gateway.schemas.leads import LeadListIn, LeadListOut, LeadRowFault, LeadRowIn
from gateway.services.alerts import AlertService, Raising
from gateway.services.broadcasts import over_all
from gateway.services.follow_ups import CONFIRMING, FollowUpService
from gateway.services.glances import glanced
from gateway.services.packs import PackService
from gateway.services.residents import managing_area
from gateway.services.transactions import Transactions

LEAD, LEAD_LIST = "lead", "lead_list"
#: A list names somebody who can be asked: what they owe to declare arises.
NAMED = "lead_named"

_WORK = Scope.of_work("leads")

#: Who may hand in a list.
PUSHING = (Role.POLICE, Role.HEALTH, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE)
#: Who looks for people and says what came of it.
FINDING = (
    Role.GRID_WORKER,
    Role.COMMUNITY,
    Role.DOCTOR,
    Role.POLICE,
    Role.TOWNSHIP,
    Role.COUNTY,
    Role.CITY,
    Role.HEALTH,
)

#: Stands behind a number whose last digits a spreadsheet program has thrown away.
ROUNDED = "?"

_LOCAL = frozenset({"local", "本省", "省内", "本地"})
_OTHER = frozenset({"other", "外省", "省外", "外地"})


class NotYoursToPush(Forbidden):
    """Your role does not hand in lists of people to be found."""


class NotYoursToFind(Forbidden):
    """Your role does not record what came of a lead."""


class NoSlaConfigured(Conflict):
    """The pack in force has no time for leads of this kind."""


class NotShared(Conflict):
    """This lead waits for no acknowledgement of yours."""


class _RowWrong(Worded):
    """This row cannot be taken. `unset`: for a time the pack must have and lacks."""

    def __init__(self, sentence: str, *, unset: Unset | None = None, **facts: object) -> None:
        super().__init__(sentence, **facts)
        self.unset = unset


class _Rehearsed(Exception):
    """Everything was tried; now it is rolled back."""


@dataclass(frozen=True, slots=True)
class LeadFile:
    """The file a list came as: its titles, which was read as what, and for each row its number and its cells."""

    intake_id: UUID
    titles: tuple[str, ...]
    mapping: Mapping[str, str]
    numbers: Sequence[int]
    cells: Sequence[Sequence[str]]


@dataclass(slots=True)
class _Sorting:
    """What became of the rows of a list, as far as it was read."""

    came: LeadList
    taken: list[Lead] = field(default_factory=list)
    known: list[Lead] = field(default_factory=list)
    known_rows: list[int] = field(default_factory=list)
    rejected: list[LeadRowFault] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    file_rows: list[LeadRow] = field(default_factory=list)
    #: Read and not written down yet, with the numbers that name their people; and the rules of each place named.
    unwritten: list[tuple[Lead, dict[str, str]]] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    packs: dict[str, Pack] = field(default_factory=dict)

    async def write(self, work: Work) -> None:
        await work.leads.add_all(self.unwritten)
        self.unwritten.clear()
        self.numbers.clear()

    def reject(self, number: int, wrong: _RowWrong, row: LeadRowIn) -> None:
        fault = LeadRowFault(row=number, message=wrong.detail, sentence=wrong.sentence, facts=wrong.facts)
        self.rejected.append(fault)
        self.kept.append({**fault.model_dump(), "given": row.model_dump(exclude_none=True)})

    def out(self) -> LeadListOut:
        return LeadListOut(
            id=self.came.id,
            rows=self.came.rows,
            taken=len(self.taken),
            known=len(self.known),
            known_rows=self.known_rows,
            rejected=self.rejected,
            areas=dict(Counter(lead.area for lead in self.taken)),
        )


@dataclass(frozen=True, slots=True)
class Party:
    """Who must acknowledge a shared lead, and whether they have."""

    role: Role
    acknowledged_at: datetime | None
    by: str | None


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead with who is meant: masked in lists, as written for whoever must find them."""

    lead: Lead
    rule: LeadRule
    name: str | None
    phone: str | None
    note: str | None = None
    parties: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadService:
    transactions: Transactions
    packs: PackService
    follow_ups: FollowUpService
    alerts: AlertService
    gazetteer: Gazetteer
    clock: Clock

    # taking a list

    async def take(self, given: LeadListIn, *, official: Official, file: "LeadFile | None" = None) -> LeadListOut:
        """A list as it was pushed. Raises NotYoursToPush; NoSlaConfigured where the pack asks for a time it lacks."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            sorting = await self._sort(work, given, file, official, now)
            came, rejected = sorting.came, sorting.rejected
            await work.lead_lists.reject(came.id, sorting.kept)
            await work.lead_lists.add_rows(came.id, sorting.file_rows)
            if file:
                await work.intakes.use(file.intake_id)  # a second press finds nothing to take
            await self._tell_of(work, came.id, sorting.taken, now)
            await work.audit.add(
                "lead.import",
                LEAD_LIST,
                came.id,
                at=now,
                rows=came.rows,
                taken=len(sorting.taken),
                rejected=len(rejected),
            )
        return sorting.out()

    async def rehearse(self, given: LeadListIn, *, official: Official, file: "LeadFile | None" = None) -> LeadListOut:
        """What taking this list would do, found out by doing it and keeping nothing. Raises as `take`."""
        with contextlib.suppress(_Rehearsed):
            async with self.transactions.begin(official.scope) as work:
                sorting = await self._sort(work, given, file, official, self.clock.now())
                raise _Rehearsed
        return sorting.out()

    async def _sort(
        self, work: Work, given: LeadListIn, file: "LeadFile | None", official: Official, now: datetime
    ) -> "_Sorting":
        if not official.may(*PUSHING):
            raise NotYoursToPush
        pushed_at = given.pushed_at or now
        if pushed_at > now + timedelta(minutes=5):
            raise Invalid("pushed_at: this moment lies in the future")
        came = LeadList(
            id=work.new_id(),
            area=official.area,
            push=given.push,
            sender=given.sender,
            pushed_by=official.id,
            pushed_at=pushed_at,
            received_at=now,
            rows=len(given.rows),
            titles=file.titles if file else (),
            mapping=file.mapping if file else {},
        )
        await work.lead_lists.add(came)
        sorting = _Sorting(came)
        unset: Unset | None = None
        for at, row in enumerate(given.rows):
            number = file.numbers[at] if file else at + 1
            lead: Lead | None = None
            known = False
            try:
                lead, known = await self._row(work, sorting, row, official, now)
            except _RowWrong as wrong:
                sorting.reject(number, wrong, row)
                unset = unset or wrong.unset
            if lead is not None:
                (sorting.known if known else sorting.taken).append(lead)
            if file:
                cells = tuple(file.cells[at])
                sorting.file_rows.append(
                    LeadRow(
                        id=work.new_id(), row=number, cells=cells, lead_id=lead.id if lead else None, is_known=known
                    )
                )
            if known:
                sorting.known_rows.append(number)
        await sorting.write(work)
        if unset is not None and not sorting.taken and not sorting.known:
            raise NoSlaConfigured(f"no SLA configured ({unset.rule})")
        return sorting

    async def _row(
        self, work: Work, sorting: "_Sorting", row: LeadRowIn, official: Official, now: datetime
    ) -> tuple[Lead, bool]:
        """The new lead; or the one that stood before, and True. Raises _RowWrong."""
        phone, number = (row.phone or "").strip(), (row.id_number or "").strip()
        if number.endswith(ROUNDED):
            raise _RowWrong(
                N_("the ID number %(number)s was rounded by a spreadsheet program; type it as text"), number=number[:-1]
            )
        if len(normal_phone(phone)) < 5 and len(number) < 15:
            raise _RowWrong(N_("neither a phone nor an ID number"))
        person = {
            name: text
            for name, text in (("name", row.name), ("phone", phone), ("id_number", number), ("note", row.note))
            if text
        }
        came, area = sorting.came, self._destination(row, official)
        named_by = {one for one in (normal_phone(phone), normal_id_number(number)) if one}
        if named_by & sorting.numbers:  # of the same list: looked for among what is written down
            await sorting.write(work)
        standing = await work.leads.open_of(phone=phone or None, id_number=number or None, name=row.name)
        if standing is not None:
            named = replace(standing, named_again=standing.named_again + 1)
            await work.leads.save(named)
            await work.audit.add("lead.named_again", LEAD, standing.id, at=now, sender=came.sender)
            return named, True
        pack = sorting.packs.get(area)
        if pack is None:
            pack = sorting.packs[area] = await self.packs.for_area(work, area, now)
        lead, unset = self._lead(work, came, area, pack, _hukou(row.hukou, pack), now)
        if lead is None:
            assert unset is not None
            raise _RowWrong(N_("no SLA configured (%(rule)s)"), unset=unset, rule=unset.rule)
        found = await work.residents.meant(phone=phone or None, id_number=number or None, name=row.name)
        if found is not None:
            lead = replace(lead, resident_id=found.id)
        sorting.unwritten.append((lead, person))
        sorting.numbers |= named_by
        self._wake(work, lead)
        if lead.resident_id is not None:
            work.wake(NAMED, lead.id, now)
        return lead, False

    def _destination(self, row: LeadRowIn, official: Official) -> str:
        """The grid the person goes to; data are pushed down, never kept above (DL-3.2-a)."""
        said = (row.destination or "").strip()
        if not said:
            raise _RowWrong(N_("no destination"))
        if said.isdigit():
            if self.gazetteer.find_area(said[:9]) is None and self.gazetteer.find_area(said[:6]) is None:
                raise _RowWrong(N_("there is no division %(code)s"), code=said)
            area = said
        else:
            found = self.gazetteer.find(said, limit=5)
            fitting = [one for one in found if one.code.startswith(official.area) or official.area.startswith(one.code)]
            if len(fitting) != 1:
                names = "、".join(one.full_name for one in (fitting or found))
                if not names:
                    raise _RowWrong(N_("no place is known by the name %(said)s"), said=said)
                raise _RowWrong(N_("which place is meant by %(said)s? It could be: %(names)s"), said=said, names=names)
            area = fitting[0].code
        area = managing_area(area, row.grid)
        if not area.startswith(official.area):
            raise _RowWrong(N_("the destination lies outside your area"))
        return area

    def _lead(
        self, work: Work, came: LeadList, area: str, pack: Pack, hukou: Hukou | None, now: datetime
    ) -> tuple[Lead | None, Unset | None]:
        """Under the rule that leaves least time where the list does not say which one fits."""
        names = rules_for(pack.leads, came.push, hukou)
        if not names:
            raise _RowWrong(
                N_("the pack %(pack)s knows no leads pushed as %(push)s"), pack=pack.id, push=came.push.value
            )
        dated: list[tuple[str, datetime, datetime | None]] = []
        for name in names:
            rule = pack.leads[name]
            start = came.pushed_at if rule.clock_start == "pushed_at" else now
            if isinstance(rule.sla_hours, Unset):
                return None, rule.sla_hours
            dated.append((name, start, lead_due_at(start, name, pack) if rule.has_clock else None))
        name, start, due_at = min(dated, key=lambda one: (one[2] is None, one[2] or one[1]))
        rule = pack.leads[name]
        ladder = ladder_steps(pack, rule.ladder, clock_start=start, due_at=due_at)
        return (
            Lead(
                id=LeadId(work.new_id()),
                list_id=came.id,
                area=area,
                push=came.push,
                rule=name,
                pack_id=pack.id,
                pack_version=str(pack.version),
                pack_overlays=self.packs.overlays_of(pack),
                rules=rule.source,
                ladder_code=rule.ladder,
                ladder=ladder,
                received_at=now,
                pushed_at=came.pushed_at,
                due_at=due_at,
                sender=came.sender,
                hukou=hukou,
                watch_at=first_watch(ladder, due_at),
            ),
            None,
        )

    async def _tell_of(self, work: Work, list_id: UUID, leads: Sequence[Lead], now: datetime) -> None:
        """One card for each grid, however many of its people a list names; shared leads ring for each party."""
        by_place: dict[tuple[str, str], list[Lead]] = {}
        for lead in leads:
            rule, pack = self._rule(lead)
            for party in rule.parties:
                await self._raise_shared(work, lead, party, pack, now)
            if rule.told:
                by_place.setdefault((lead.area, lead.rule), []).append(lead)
        await self._tell_places(work, by_place, f"leads:{list_id}", list_id, now)

    async def _tell_places(
        self,
        work: Work,
        by_place: Mapping[tuple[str, str], Sequence[Lead]],
        key: str,
        list_id: UUID,
        now: datetime,
    ) -> None:
        for (area, _), there in by_place.items():
            rule, pack = self._rule(there[0])
            dues = [lead.due_at for lead in there if lead.due_at is not None]
            policy = pack.escalation(rule.ladder)
            await self.alerts.raise_(
                work,
                Raising(
                    kind=AlertKind.LEAD,
                    severity=Severity.HIGH,
                    area=area,
                    dedup_key=f"{key}:{area}:{there[0].rule}",
                    facts={
                        "people": len(there),
                        "due_at": min(dues).isoformat() if dues else None,
                        "list": str(list_id),
                        "push": there[0].push.value,
                    },
                    rules=rule.source,
                    policy_code=rule.ladder,
                    ladder=at_once(rule.told, now),
                    resolve_within=policy.resolve_within,
                    subject_kind=LEAD_LIST,
                    subject_id=list_id,
                    ignores_quiet_hours=policy.ignores_quiet_hours,
                ),
            )

    async def _raise_shared(self, work: Work, lead: Lead, party: Rung, pack: Pack, now: datetime) -> None:
        """The party hears at once; while it does not acknowledge, the rule's ladder is climbed for it."""
        rule = pack.leads[lead.rule]
        policy = pack.escalation(rule.ladder)
        later = [step for step in policy.freeze(now) if step.at > now]
        role = party.roles[0]
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.SHARED_LEAD,
                severity=Severity.HIGH,
                area=lead.area,
                dedup_key=_shared(lead, role),
                facts={"party": role.value, "lead": str(lead.id)},
                rules=rule.source,
                policy_code=rule.ladder,
                ladder=(*at_once((party,), now), *later),
                resolve_within=policy.resolve_within,
                subject_kind=LEAD,
                subject_id=lead.id,
                resident_id=lead.resident_id,
                repeat_every=policy.repeat_every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                evidence=await self._who(work, lead),
            ),
        )

    async def move(self, work: Work, moves: Sequence[tuple[Lead, str]], now: datetime) -> None:
        """Each lead to its grid; one card for each grid, however many came."""
        by_place: dict[tuple[str, str], list[Lead]] = {}
        for lead, grid in moves:
            moved = replace(lead, area=grid)
            await work.leads.save(moved)
            by_place.setdefault((grid, lead.rule), []).append(moved)
        if moves:
            await self._tell_places(work, by_place, f"leads:spread:{now.isoformat()}", moves[0][0].list_id, now)

    async def withdraw(self, work: Work, lead: Lead, now: datetime) -> None:
        """It is taken back with the list it came in, and whatever rang about it is quiet."""
        back = lead.withdrawn(now)
        await work.leads.save(back)
        await work.audit.add("lead.withdraw", LEAD, lead.id, at=now)
        await self._after(work, back, now)

    async def undeclared(
        self, work: Work, resident: Resident, *, pack: Pack, push: LeadPush, sender: str
    ) -> Lead | None:
        """Somebody who was asked and did not answer is to be found; None where the pack knows no such leads."""
        now = self.clock.now()
        if not rules_for(pack.leads, push, None):
            return None
        came = LeadList(
            id=work.new_id(),
            area=resident.area,
            push=push,
            sender=sender,
            pushed_by=None,
            pushed_at=now,
            received_at=now,
            rows=1,
        )
        lead, _ = self._lead(work, came, resident.area, pack, None, now)
        if lead is None:
            return None
        identity = await work.residents.identity(resident.id)
        named = {"name": identity.name, "phone": identity.phone, "id_number": identity.id_number}
        standing = await work.leads.open_of(phone=identity.phone, id_number=identity.id_number)
        if standing is not None:
            return standing
        await work.lead_lists.add(came)
        lead = replace(lead, resident_id=resident.id)
        await work.leads.add(lead, {name: text for name, text in named.items() if text})
        self._wake(work, lead)
        await self._tell_of(work, came.id, [lead], now)
        return lead

    # what came of it

    async def conclude(
        self,
        lead_id: LeadId,
        outcome: LeadOutcome,
        *,
        official: Official,
        note: str | None = None,
        to_area: str | None = None,
    ) -> Lead:
        """Reached: included in the follow-up from now on. Handed over: another grid looks, the clock runs on. Not
        found: still to be found; the police hear it."""
        self._may(official)
        now = self.clock.now()
        included: FollowUpId | None = None
        new_person = ResidentId(self.transactions.record.new_id())
        scope = await self._reach(official, lead_id, new_person)
        if outcome is LeadOutcome.HANDED_OVER:  # whoever takes over may work beyond the official's own area
            scope = over_all(official)
        async with self.transactions.begin(scope) as work:
            lead = await work.leads.get(lead_id, lock=True)
            rule, pack = self._rule(lead)
            if outcome is LeadOutcome.NOT_FOUND and lead.outcome is outcome:
                return lead  # said already; the police know
            told = lead.concluded(outcome, official.id, now, rule)
            if outcome is LeadOutcome.REACHED:
                told, included = await self._include(work, told, rule, pack, new_person, official.area, now)
            if outcome is LeadOutcome.HANDED_OVER:
                told = await self._hand_over(work, told, to_area, now)
            told = told.settled(rule, now)
            await work.leads.save(told, note=note)
            await work.audit.add("lead.outcome", LEAD, lead.id, at=now, outcome=outcome.value)
            await self._after(work, told, now)
            if outcome is LeadOutcome.NOT_FOUND:
                await self._raise_not_found(work, told, pack, now)
        if included is not None and official.may(*CONFIRMING):  # whoever reached the person confirms with it
            await self.follow_ups.confirm(included, official=official)
        return told

    async def mark(self, lead_id: LeadId, step: LeadStep, *, official: Official, at: datetime | None = None) -> Lead:
        """One of the steps an instruction asks for is done."""
        self._may(official)
        now = self.clock.now()
        if at is not None and at > now + timedelta(minutes=5):
            raise Invalid("this moment lies in the future")
        async with self.transactions.begin(await self._reach(official, lead_id)) as work:
            lead = await work.leads.get(lead_id, lock=True)
            rule, _ = self._rule(lead)
            marked = lead.marked(step, at or now, rule).settled(rule, now)
            await work.leads.save(marked)
            await work.audit.add("lead.step", LEAD, lead.id, at=now, step=step.value)
            await self._after(work, marked, now)
        return marked

    async def feed_back(self, lead_id: LeadId, text: str, *, official: Official) -> Lead:
        """What was found out goes back to whoever pushed the lead."""
        self._may(official)
        now = self.clock.now()
        async with self.transactions.begin(await self._reach(official, lead_id)) as work:
            lead = await work.leads.get(lead_id, lock=True)
            rule, _ = self._rule(lead)
            answered = lead.fed_back(now).settled(rule, now)
            await work.leads.save(answered, note=text.strip())
            await work.audit.add("lead.feedback", LEAD, lead.id, at=now)
            await self._after(work, answered, now)
        return answered

    async def acknowledge(self, lead_id: LeadId, *, official: Official) -> LeadView:
        """A party takes note of a shared lead for its side. Raises NotShared where none is asked of it."""
        async with self.transactions.begin(await self._reach(official, lead_id)) as work:
            lead = await work.leads.get(lead_id)
            waiting = [
                alert
                for alert in await work.alerts.open_for_subject(LEAD, lead.id)
                if alert.kind is AlertKind.SHARED_LEAD
                and alert.status is AlertStatus.RAISED
                and Role(alert.facts["party"]) in official.roles
            ]
        if not waiting:
            raise NotShared
        await self.alerts.acknowledge(waiting[0].id, official=official)
        return await self.get(lead_id, official=official)

    async def _include(
        self, work: Work, lead: Lead, rule: LeadRule, pack: Pack, new_person: ResidentId, reach: str, now: datetime
    ) -> tuple[Lead, FollowUpId | None]:
        """From the first contact on the person is in the local follow-up (SD-3.3.1-f)."""
        if lead.resident_id is None:
            named = await work.leads.person(lead.id)
            resident = Resident(
                id=new_person,
                language="zh_Hans_CN",
                created_at=now,
                managing_area=lead.area,
                home_area=lead.area[:12],
            )
            await work.residents.add(resident)
            await work.residents.identify(
                resident.id,
                Identity(name=named.get("name"), phone=named.get("phone"), id_number=named.get("id_number")),
            )
            await work.audit.add("resident.found", "resident", resident.id, at=now)
            lead = replace(lead, resident_id=resident.id)
        else:
            resident = await work.residents.get(lead.resident_id)
        if rule.includes is None:
            return lead, None
        follow_up = await self.follow_ups.propose(
            work,
            resident,
            profile=rule.includes,
            anchors={"included_at": now},
            pack=pack,
            source_key=f"{LEAD}:{lead.id}",
            rules=rule.source,
        )
        if follow_up is None or not resident.area.startswith(reach):
            return lead, None
        return lead, follow_up.id

    async def _hand_over(self, work: Work, lead: Lead, to_area: str | None, now: datetime) -> Lead:
        if to_area is None or self.gazetteer.find_area(to_area[:9]) is None:
            raise Invalid("to_area: the grid, village or township that takes over")
        if to_area == lead.area:
            raise Invalid("to_area: looks for this person already")
        rule, pack = self._rule(lead)
        for alert in await work.alerts.open_for_subject(LEAD, lead.id):
            if alert.kind in (AlertKind.DUE_SOON, AlertKind.LEAD_OVERDUE):  # from now on it rings where it went
                await self.alerts.settle(work, await work.alerts.get(alert.id, lock=True), "handed_over")
        moved = replace(lead, area=to_area, watch_at=first_watch(lead.ladder, lead.due_at), watched_at=None)
        self._wake(work, moved)
        policy = pack.escalation(rule.ladder)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.LEAD,
                severity=Severity.HIGH,
                area=to_area,
                dedup_key=f"lead:handed:{lead.id}:{now.isoformat()}",
                facts={"people": 1, "due_at": lead.due_at.isoformat() if lead.due_at else None, "lead": str(lead.id)},
                rules=rule.source,
                policy_code=rule.ladder,
                ladder=at_once(rule.told, now),
                resolve_within=policy.resolve_within,
                subject_kind=LEAD,
                subject_id=lead.id,
                ignores_quiet_hours=policy.ignores_quiet_hours,
            ),
        )
        return moved

    async def _raise_not_found(self, work: Work, lead: Lead, pack: Pack, now: datetime) -> None:
        policy = pack.escalation(lead.ladder_code)
        await self.alerts.raise_(
            work,
            Raising(
                kind=AlertKind.LEAD,
                severity=Severity.HIGH,
                area=lead.area,
                dedup_key=f"lead:not_found:{lead.id}:{now.isoformat()}",
                facts={"people": 1, "outcome": LeadOutcome.NOT_FOUND.value, "lead": str(lead.id)},
                rules=lead.rules,
                policy_code=lead.ladder_code,
                ladder=(
                    LadderStep(Level.PL, (Role.POLICE,), now),
                    LadderStep(Level.L3, (Role.TOWNSHIP,), now),
                ),
                resolve_within=policy.resolve_within,
                subject_kind=LEAD,
                subject_id=lead.id,
                resident_id=lead.resident_id,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                evidence=await self._who(work, lead),
            ),
        )

    async def _after(self, work: Work, lead: Lead, now: datetime) -> None:
        """What rang about a lead is quiet once it is closed."""
        if lead.is_open:
            return
        ended = "withdrawn" if lead.state is LeadState.WITHDRAWN else "late" if lead.is_late else "done"
        work.forget(LEAD, lead.id)
        for alert in await work.alerts.open_for_subject(LEAD, lead.id):
            locked = await work.alerts.get(alert.id, lock=True)
            shared = locked.kind is AlertKind.SHARED_LEAD and lead.state is not LeadState.WITHDRAWN
            if locked.status is not AlertStatus.RESOLVED and not shared:
                await self.alerts.settle(work, locked, ended)

    # the clock

    async def watch(self, lead_id: LeadId) -> None:
        """Time is running out for a lead, or has: its frozen ladder goes on. Coming twice changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            lead = await work.leads.find(lead_id, lock=True)
            if lead is None or not lead.is_open or lead.watched_at is not None:
                return
            if lead.watch_at is None or lead.due_at is None or lead.watch_at > now:
                return
            if now < lead.due_at:
                await self._raise_clock(work, lead, AlertKind.DUE_SOON, lead.warnings(), Severity.INFORMATION)
                later = replace(lead, watch_at=lead.due_at)
                await work.leads.save(later)
                self._wake(work, later)
                return
            for alert in await work.alerts.open_for_subject(LEAD, lead.id):
                if alert.kind is AlertKind.DUE_SOON:
                    await self.alerts.settle(work, await work.alerts.get(alert.id, lock=True), "missed")
            await work.leads.save(replace(lead, watched_at=now))
            _, pack = self._rule(lead)
            steps, every = ringing_on(lead.breaches(), pack.ladder(lead.ladder_code), pack.zone)
            await self._raise_clock(work, lead, AlertKind.LEAD_OVERDUE, steps, Severity.HIGH, every)

    async def _raise_clock(
        self,
        work: Work,
        lead: Lead,
        kind: AlertKind,
        steps: tuple[LadderStep, ...],
        severity: Severity,
        every: timedelta | None = None,
    ) -> None:
        _, pack = self._rule(lead)
        policy = pack.escalation(lead.ladder_code)
        assert lead.due_at is not None
        await self.alerts.raise_(
            work,
            Raising(
                kind=kind,
                severity=severity,
                area=lead.area,
                dedup_key=f"{kind}:{lead.id}:{int(lead.due_at.timestamp())}:{lead.area}",
                facts={"due_at": lead.due_at.isoformat(), "lead": str(lead.id), "push": lead.push.value},
                rules=lead.rules,
                policy_code=lead.ladder_code,
                ladder=steps,
                resolve_within=policy.resolve_within,
                subject_kind=LEAD,
                subject_id=lead.id,
                resident_id=lead.resident_id,
                repeat_every=every,
                ignores_quiet_hours=policy.ignores_quiet_hours,
                evidence=await self._who(work, lead),
            ),
        )

    async def due(self) -> list[LeadId]:
        async with self.transactions.begin(_WORK) as work:
            return await work.leads.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{LEAD}:{one}", at) for one, at in await work.leads.waiting()]

    def _wake(self, work: Work, lead: Lead) -> None:
        if lead.watch_at is not None and lead.watched_at is None and lead.is_open:
            work.wake(LEAD, lead.id, lead.watch_at)

    # reading

    @glanced(by=attrgetter("sight"))
    async def listed(
        self, *, official: Official, states: Sequence[LeadState] = (LeadState.OPEN,), limit: int = 200
    ) -> list[LeadView]:
        """Leads of the official's area, the next due first, their people masked."""
        self._may(official, *PUSHING)
        async with self.transactions.reading(official.scope) as work:
            found = await work.leads.listed(states=states, limit=limit)
            return await self._views(work, found, masked=True)

    async def get(self, lead_id: LeadId, *, official: Official) -> LeadView:
        """One lead with who is meant, for whoever looks for them; the look is on record."""
        self._may(official, *PUSHING)
        async with self.transactions.begin(await self._reach(official, lead_id)) as work:
            lead = await work.leads.get(lead_id)
            await work.audit.add("lead.read", LEAD, lead.id, at=self.clock.now())
            return await self._view(work, lead, masked=False)

    def unnamed(self, lead: Lead) -> LeadView:
        """A lead as it stands, naming nobody: what is left to see of it for whoever handed it on."""
        return LeadView(lead=lead, rule=self._rule(lead)[0], name=None, phone=None)

    async def to_put_right(self, *, official: Official) -> list[LeadList]:
        """Rows of lists that nobody could take, with the reasons."""
        if not official.may(*PUSHING):
            raise NotYoursToPush
        found = await self._rejected(official=official)
        if found:
            async with self.transactions.begin(official.scope) as work:
                await work.audit.add("lead.rejected", "area", official.area, at=self.clock.now())
        return found

    @glanced(by=attrgetter("sight"))
    async def _rejected(self, *, official: Official) -> list[LeadList]:
        async with self.transactions.reading(official.scope) as work:
            return await work.lead_lists.rejected()

    async def _view(self, work: Work, lead: Lead, *, masked: bool) -> LeadView:
        return (await self._views(work, [lead], masked=masked))[0]

    async def _views(self, work: Work, leads: Sequence[Lead], *, masked: bool) -> list[LeadView]:
        """A list is read as a whole, however long it is."""
        people = await work.leads.people([lead.id for lead in leads])
        rules = {lead.id: self._rule(lead)[0] for lead in leads}
        shared = await work.alerts.by_dedup_keys(
            [_shared(lead, party.roles[0]) for lead in leads for party in rules[lead.id].parties]
        )
        takers = {alert.acknowledged_by for alert in shared.values() if alert.acknowledged_by is not None}
        names = {one.id: one.name for one in (await work.officials.by_ids(takers)).values()} if takers else {}
        views = []
        for lead in leads:
            person = people.get(lead.id, {})
            name, phone = person.get("name"), person.get("phone")
            parties = []
            for party in rules[lead.id].parties:
                alert = shared.get(_shared(lead, party.roles[0]))
                who = names.get(alert.acknowledged_by) if alert and alert.acknowledged_by else None
                parties.append(Party(party.roles[0], alert.acknowledged_at if alert else None, who))
            views.append(
                LeadView(
                    lead=lead,
                    rule=rules[lead.id],
                    name=masked_name(name) if masked else name,
                    phone=masked_phone(phone) if masked else phone,
                    note=None if masked else (await work.leads.note(lead.id) or person.get("note")),
                    parties=tuple(parties),
                )
            )
        return views

    async def _who(self, work: Work, lead: Lead) -> str:
        person = await work.leads.person(lead.id)
        known = (masked_name(person.get("name")), masked_phone(person.get("phone")))
        return " ".join(part for part in known if part) or "—"

    def _rule(self, lead: Lead) -> tuple[LeadRule, Pack]:
        """The rule a lead came under, from the pack it came with."""
        pack = self.packs.loaded(lead.pack_id, lead.pack_overlays)
        return pack.leads[lead.rule], pack

    @staticmethod
    def _may(official: Official, *others: Role) -> None:
        if not official.may(*FINDING, *others):
            raise NotYoursToFind

    async def _reach(self, official: Official, lead_id: LeadId, *others: ResidentId) -> Scope:
        """The official's scope; and the lead's person, who may be managed elsewhere."""
        async with self.transactions.begin(official.scope) as work:
            person = (await work.leads.get(lead_id)).resident_id
        people = (*([person] if person is not None else []), *others)
        return replace(official.scope, people=people)


def _shared(lead: Lead, role: Role) -> str:
    """By which the alert of a party beside the one that looks for the person is known."""
    return f"shared:{lead.id}:{role}"


def at_once(told: Sequence[Rung], now: datetime) -> tuple[LadderStep, ...]:
    """Who hears of something when it happens, each after the minutes the pack gives."""
    steps = [LadderStep(rung.level, rung.roles, now + timedelta(minutes=rung.after_minutes or 0)) for rung in told]
    return tuple(sorted(steps, key=lambda step: step.at))


def _hukou(said: str | None, pack: Pack) -> Hukou | None:
    """As the list says it; an area code is compared with the province the pack is for. Unknown: nobody guesses."""
    text = (said or "").strip()
    if not text:
        return None
    if text in _LOCAL:
        return Hukou.LOCAL
    if text in _OTHER:
        return Hukou.OTHER
    if text.isdigit() and len(text) >= 2 and not isinstance(pack.jurisdiction, Unset):
        return Hukou.LOCAL if text[:2] == str(pack.jurisdiction)[:2] else Hukou.OTHER
    raise _RowWrong(N_("the registration %(said)s is neither local nor other, nor a code"), said=text)
