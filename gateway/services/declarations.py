"""What arrivals and households owe to community and employer, from the pack in force: told, urged, and looked for.

Nobody is punished by the machine: silence makes a lead for the grid worker, who asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from gateway.clock import Clock
from gateway.domain.calendars import DAY
from gateway.domain.declarations import DeclarationDuty, Declared, missing_histories, owed
from gateway.domain.exposures import Exposure
from gateway.domain.kinds import (
    AlertKind,
    DeclaredBy,
    Lane,
    LeadId,
    MatchKind,
    Occasion,
    Origin,
    ReportKind,
    ResidentId,
    RiskLevel,
    Role,
)
from gateway.domain.packs import Pack
from gateway.domain.people import Identity, Resident, masked_name, masked_phone, normal_phone
from gateway.domain.rules import Unset
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden, Invalid
from gateway.record.record import Work
from gateway.schemas.reports import ArrivalAnswers, ArrivedAnswers, Place, ReportIn, ReportOut
from gateway.services.exposures import ExposureService
from gateway.services.leads import LeadService
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import Accepted, Consequence, ReportService
from gateway.services.residents import PhoneInvalid
from gateway.services.transactions import Transactions

DECLARED = "declared"
HOME = "CN"

_WORK = Scope.of_work("declarations")

#: Who takes arrivals down for others.
REGISTERING = (*PEOPLE_ROLES, Role.POLICE)
#: Forms that tell where somebody was.
_HISTORIES = frozenset({ReportKind.TRAVEL, ReportKind.RESIDENCE, ReportKind.CONTACT})


class NoRegister(Conflict):
    """The pack in force keeps no register of arrivals that officials write."""


class NotYoursToRegister(Forbidden):
    """Your role does not register arrivals."""


class WayUnknown(Invalid):
    """The pack in force does not know this way of registering."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One person of the register, with what is known of them now."""

    declared: Declared
    name: str | None
    phone: str | None
    arrives_at: datetime | None
    arrived_at: datetime | None
    followed_up: bool


@dataclass(frozen=True, slots=True)
class Arriving:
    """An arrival that somebody else takes down: by phone ahead, or at a checkpoint, an employer's, a community."""

    name: str
    phone: str
    id_number: str | None
    origin: Place
    destination: Place
    home_area: str
    arrives_at: datetime
    by: DeclaredBy


@dataclass(frozen=True, slots=True)
class DeclarationService:
    transactions: Transactions
    packs: PackService
    exposures: ExposureService
    leads: LeadService
    outbox: Outbox
    clock: Clock

    # what somebody owes

    async def arise(
        self,
        work: Work,
        resident: Resident,
        pack: Pack,
        occasion: Occasion,
        origins: Sequence[Origin],
        *,
        now: datetime,
        by: DeclaredBy = DeclaredBy.RESIDENT,
        facts: dict[str, Any] | None = None,
        units: Sequence[UUID] = (),
        already_told: frozenset[Role] = frozenset(),
        mark: str,
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The duties of this occasion are put down, those concerned hear it; the advice for the person."""
        advice: list[tuple[str, tuple[str, ...]]] = []
        for name, duty in owed(pack.declarations, occasion, origins):
            missing: tuple[str, ...] = ()
            if duty.histories:
                missing = missing_histories(duty, await work.declarations.last_reports(resident.id), now)
                if not missing or any(one.duty == name for one in await work.declarations.open_of(resident.id)):
                    continue
            due_at = now + timedelta(hours=duty.answer_within_hours) if missing and duty.answer_within_hours else None
            declared = Declared(
                id=work.new_id(),
                resident_id=resident.id,
                duty=name,
                occasion=occasion,
                origins=tuple(origin for origin in origins if origin in duty.origins),
                rules=duty.source,
                by=by,
                asked_at=now,
                due_at=due_at,
                missing=missing,
                answered_at=None if missing else now,
            )
            await work.declarations.add(declared)
            if due_at is not None:
                work.wake(DECLARED, declared.id, due_at)
                await self._urge(work, resident, declared, now)
            if duty.told:
                await self._tell(work, resident, duty, now, facts or {}, units, already_told, f"{name}:{mark}")
            if duty.advice is not None:
                advice.append((duty.advice, duty.source))
        return tuple(advice)

    async def _urge(self, work: Work, resident: Resident, declared: Declared, now: datetime) -> None:
        said = self.packs.quote(declared.rules, resident.language)
        name = None
        if await work.residents.guardians(resident.id):
            name = (await work.residents.identity(resident.id)).name
        await self.outbox.to_resident(
            work,
            resident,
            "declaration_owed",
            {
                "person": name,
                "histories": list(declared.missing),
                "due_at": declared.due_at.isoformat() if declared.due_at else None,
                "quote": said,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"declared:{declared.id}",
        )

    async def _tell(
        self,
        work: Work,
        resident: Resident,
        duty: DeclarationDuty,
        now: datetime,
        facts: dict[str, Any],
        units: Sequence[UUID],
        already_told: frozenset[Role],
        mark: str,
    ) -> None:
        """A card to those the duty names: around the household, and whoever answers for the person at the employer."""
        roles = [role for rung in duty.told for role in rung.roles]
        around = [role for role in roles if role is not Role.UNIT_CONTACT and role not in already_told]
        holding = await work.officials.on_call(around, resident.area, now) if around else {}
        officials = {one.id: one for held in holding.values() for one in held}
        if Role.UNIT_CONTACT in roles:
            concerned = {*units, *await work.follow_ups.units_of(resident.id)}
            for guardian in await work.residents.guardians(resident.id):
                concerned |= set(await work.follow_ups.units_of(guardian))
            contacts = await work.officials.of_unit(concerned) if concerned else []
            officials |= {one.id: one for one in contacts if Role.UNIT_CONTACT in one.roles}
        await self.outbox.to_officials(
            work,
            officials.values(),
            "information",
            {
                "kind": AlertKind.ARRIVAL,
                "person": masked_name((await work.residents.identity(resident.id)).name),
                "area": resident.area,
                "facts": facts,
            },
            now=now,
            lane=Lane.REPLY,
            dedup=f"declared:{mark}",
        )

    async def answered(self, work: Work, resident_id: ResidentId, pack: Pack, now: datetime) -> bool:
        """Something was declared: what is still missing of the histories, and whether nothing is."""
        settled = False
        for standing in await work.declarations.open_of(resident_id):
            duty = pack.declarations.get(standing.duty)
            if duty is None:
                continue
            missing = missing_histories(duty, await work.declarations.last_reports(resident_id), now)
            await work.declarations.save(replace(standing, missing=missing, answered_at=None if missing else now))
            if not missing:
                work.forget(DECLARED, standing.id)
                settled = True
        return settled

    # where somebody comes from

    def origins_of(self, place: Place, found: Sequence[Exposure], pack: Pack) -> tuple[Origin, ...]:
        """What the divisions say of a place, and the register of the stays there."""
        origins: set[Origin] = set()
        if place.country is not None and place.country != HOME:
            origins.add(Origin.OVERSEAS)
        elif (
            place.area is not None
            and not isinstance(pack.jurisdiction, Unset)
            and place.area[:2] != str(pack.jurisdiction)[:2]
        ):
            origins.add(Origin.OTHER_PROVINCE)
        for each in found:
            if each.kind is not MatchKind.DEFINITE and each.source.level is None:
                continue
            origins.add(Origin.KEY_AREA)
            if each.source.level is RiskLevel.MEDIUM:
                origins.add(Origin.MEDIUM)
            if each.source.level is RiskLevel.HIGH:
                origins.add(Origin.HIGH)
        return tuple(sorted(origins))

    # the clock

    async def look(self, declared_id: UUID) -> None:
        """Nobody answered: somebody goes and asks. Coming twice changes nothing."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            standing = await work.declarations.find(declared_id, lock=True)
            if standing is None or not standing.is_open or standing.due_at is None or standing.due_at > now:
                return
            resident = await work.residents.get(standing.resident_id)
            pack = await self.packs.for_area(work, resident.area, now)
            duty = pack.declarations.get(standing.duty)
            await work.declarations.save(replace(standing, lead_at=now))
            await work.audit.add("declaration.unanswered", "resident", resident.id, at=now, duty=standing.duty)
            if duty is not None and duty.otherwise is not None:
                await self.leads.undeclared(work, resident, pack=pack, push=duty.otherwise, sender=standing.duty)

    async def lead_came(self, lead_id: LeadId) -> None:
        """A list names a resident: whatever the lead rests on, the person is asked to tell of it themselves."""
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            lead = await work.leads.find(lead_id)
            if lead is None or lead.resident_id is None or not lead.is_open:
                return
            resident = await work.residents.get(lead.resident_id)
            if resident.erased_at is not None:
                return
            pack = await self.packs.for_area(work, resident.area, now)
            await self.arise(work, resident, pack, Occasion.LEAD, tuple(Origin), now=now, mark=str(lead.id))

    async def due(self) -> list[UUID]:
        async with self.transactions.begin(_WORK) as work:
            return await work.declarations.due(self.clock.now())

    async def waiting(self, work: Work) -> list[tuple[str, datetime]]:
        """What the agenda is rebuilt from."""
        return [(f"{DECLARED}:{one}", at) for one, at in await work.declarations.waiting()]

    # the register

    async def register(self, *, official: Official) -> list[Registered]:
        """Persons of the own area whom a duty with a register concerns. Raises NoRegister."""
        if not official.may(*PEOPLE_ROLES):
            raise NotYoursToRegister
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, official.area, now)
            duties = [name for name, duty in pack.declarations.items() if duty.registered_by]
            if not duties:
                raise NoRegister
            rows = await work.declarations.registered(duties)
            identities = await work.residents.identities([one.resident_id for one in rows])
            await work.audit.add("register.read", "area", official.area, at=now, people=len(rows))
            found = []
            for one in rows:
                identity = identities.get(one.resident_id, Identity())
                announced = await work.arrivals.newest_of(one.resident_id)
                found.append(
                    Registered(
                        declared=one,
                        name=masked_name(identity.name),
                        phone=masked_phone(identity.phone),
                        arrives_at=announced.arrives_at if announced else None,
                        arrived_at=announced.arrived_at if announced else None,
                        followed_up=bool(await work.follow_ups.of_resident(one.resident_id)),
                    )
                )
        return found

    def way_of(self, pack: Pack, by: DeclaredBy) -> None:
        """Raises NoRegister, WayUnknown."""
        ways = {way for duty in pack.declarations.values() for way in duty.registered_by}
        if not ways:
            raise NoRegister
        if by not in ways:
            raise WayUnknown


@dataclass(frozen=True, slots=True)
class RegistrationService:
    """Arrivals that somebody else takes down: as if the person had announced them."""

    declarations: DeclarationService
    reports: ReportService

    async def take_down(self, arriving: Arriving, *, official: Official) -> tuple[ResidentId, ReportOut]:
        """By phone ahead, or where the person checks in. Raises NoRegister, WayUnknown, PhoneInvalid."""
        if not official.may(*REGISTERING):
            raise NotYoursToRegister
        if not 5 <= len(normal_phone(arriving.phone)) <= 15:
            raise PhoneInvalid
        if not arriving.home_area.startswith(official.area):
            raise Invalid("home_area: lies outside your area")
        transactions, now = self.declarations.transactions, self.declarations.clock.now()
        new_person = ResidentId(transactions.record.new_id())
        async with transactions.begin(replace(official.scope, people=(new_person,))) as work:
            pack = await self.declarations.packs.for_area(work, arriving.home_area, now)
            self.declarations.way_of(pack, arriving.by)
            known = await work.residents.meant(phone=arriving.phone, id_number=arriving.id_number, name=arriving.name)
            person = known.id if known is not None else new_person
            if person == new_person:
                await work.residents.add(
                    Resident(
                        id=new_person,
                        language="zh_Hans_CN",
                        created_at=now,
                        managing_area=arriving.home_area,
                        home_area=arriving.home_area[:12],
                    )
                )
                await work.residents.identify(
                    new_person, Identity(name=arriving.name, phone=arriving.phone, id_number=arriving.id_number)
                )
            await work.audit.add("resident.register", "resident", person, at=now, by=arriving.by.value)
        answers = ArrivalAnswers(
            origin=arriving.origin, destination=arriving.destination, arrives_at=arriving.arrives_at, transport="other"
        )
        report = ReportIn(
            instance_id=uuid4(), form=ReportKind.ARRIVAL, form_version=1, answers=answers.model_dump(mode="json")
        )
        return person, await self.reports.accept_for(person, report, by=arriving.by, official=official)


@dataclass(frozen=True, slots=True)
class DeclarationFollower:
    """A report that tells where somebody was or comes from: what the pack asks of such people arises."""

    declarations: DeclarationService
    exposures: ExposureService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        pack, resident, now = accepted.pack, accepted.resident, accepted.now
        if not pack.declarations:
            return Consequence()
        kind = accepted.report.kind
        if kind in _HISTORIES:
            await self.declarations.answered(work, resident.id, pack, now)
        asked = await self._asked(work, accepted)
        if asked is None:
            return Consequence()
        occasion, origins, facts, units = asked
        advice = await self.declarations.arise(
            work, resident, pack, occasion, origins, now=now, facts=facts, units=units, mark=str(accepted.report.id)
        )
        return Consequence(advice=advice)

    async def _asked(
        self, work: Work, accepted: Accepted
    ) -> tuple[Occasion, tuple[Origin, ...], dict[str, Any], list[UUID]] | None:
        pack, kind = accepted.pack, accepted.report.kind
        facts: dict[str, Any] = {"reference": accepted.report.reference}
        match accepted.answers:
            case ArrivedAnswers():
                announced = await work.arrivals.newest_of(accepted.resident.id)
                if announced is None:
                    return None
                origin = Place(text="", area=announced.origin_area, country=announced.origin_country)
                own = (await work.exposures.stays_of([accepted.resident.id])).get(accepted.resident.id, [])
                stays = [stay for stay in own if stay.report_id == announced.report_id]
                found = await self.exposures.of_stays(work, stays, own, pack)
                return Occasion.ARRIVED, self.declarations.origins_of(origin, found, pack), facts, []
            case _ if kind in _HISTORIES:
                return await self._history(work, accepted, facts)
        return None

    async def _history(
        self, work: Work, accepted: Accepted, facts: dict[str, Any]
    ) -> tuple[Occasion, tuple[Origin, ...], dict[str, Any], list[UUID]] | None:
        """Stays within the pack's longest look-back; older ones oblige nobody."""
        back = max((duty.lookback_days or 0 for duty in accepted.pack.declarations.values()), default=0)
        today = accepted.now.astimezone(accepted.pack.zone).date()
        since: date = today - (back or 14) * DAY
        recent = [one for one in accepted.journeys if one.to_on >= since]
        if not recent:
            return None
        found = await self.exposures.of_report(work, accepted)
        origins: set[Origin] = set()
        ids = {one.id for one in recent}
        for one in recent:
            place = Place(text="", area=one.area, country=one.country)
            own = [each for each in found if each.stay.journey_id == one.id and one.id in ids]
            origins |= set(self.declarations.origins_of(place, own, accepted.pack))
        return Occasion.HISTORY, tuple(sorted(origins)), facts, []
