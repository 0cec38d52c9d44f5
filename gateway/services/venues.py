"""A place's code at its door: made and closed by officials, scanned by whoever comes, looked up after a case."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.clock import Clock
from gateway.domain.kinds import ResidentId, UnitId, VenueId, VenueKind, VisitId
from gateway.domain.matters import MatterNotComplete
from gateway.domain.people import Speaker, masked_name
from gateway.domain.risk_areas import DeclaredPlace, ListedPlace, match, reach
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.domain.venues import (
    ALPHABET,
    LENGTH,
    LOOKS_BACK,
    MARK,
    SAME_VISIT,
    Guest,
    Venue,
    Visit,
    asked_of_guests,
    typed_code,
)
from gateway.errors import Fault, Forbidden, Invalid
from gateway.record.record import Work
from gateway.record.venues import VenueNotFound
from gateway.services.matters import MatterService
from gateway.services.packs import PackService
from gateway.services.registers import RegisterService, WrittenDown
from gateway.services.residents import ConsentMissing
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("venues")
LONGEST_NAME = 80
#: More visits than anybody reads on one page; a narrower time shows the rest.
MOST = 500


class VenueNeedsName(Invalid):
    """Write the name people know the place by, 1 to 80 characters."""


class NotYourVisitors(Forbidden):
    """Who was somewhere is read by those who trace contacts; ask the health desk."""


@dataclass(frozen=True, slots=True)
class Door:
    """A venue as whoever scanned it meets it: whether it asks guests who they are, or what somebody is ill with."""

    venue: Venue
    asks_guests: bool
    asks_symptoms: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visitor:
    visit: Visit
    name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class VenueService:
    transactions: Transactions
    packs: PackService
    matters: MatterService
    registers: RegisterService
    public_bot_url: str
    clock: Clock

    def link(self, venue: Venue) -> str:
        """What the QR code at the door holds."""
        return f"{self.public_bot_url.rstrip('/')}/?start={MARK}{venue.code}"

    # at the door

    async def door(self, code: str) -> Door:
        """Raises VenueNotFound for a code that stands nowhere, also where it cannot be one."""
        async with self.transactions.begin(_WORK) as work:
            return await self._door(work, code)

    async def _door(self, work: Work, code: str) -> Door:
        known = typed_code(code)
        if known is None:
            raise VenueNotFound
        venue = await work.venues.by_code(known)
        pack = await self.packs.for_area(work, venue.area, self.clock.now())
        guests = asked_of_guests(pack.matters, venue.kind)
        registers = [rule for rule in pack.registers.values() if venue.kind.value in rule.units and rule.symptoms]
        asks_symptoms = bool(registers) and venue.unit_id is not None
        asking = [*guests.values(), *(registers if asks_symptoms else ())]
        return Door(venue, bool(guests), asks_symptoms, tuple(one for rule in asking for one in rule.source))

    async def visit(
        self,
        speaker: Speaker,
        code: str,
        *,
        guest: Guest | None = None,
        symptoms: Sequence[str] = (),
        medicine: str | None = None,
    ) -> Visit:
        """Whoever scanned was there now, and has said what the place asks; scanned again at once it is one visit.

        Raises ConsentMissing, VenueNotFound, MatterNotComplete (the place asks guests who they are).
        """
        if speaker.resident is None:
            raise ConsentMissing
        now, person = self.clock.now(), speaker.resident.id
        async with self.transactions.begin(_WORK) as work:
            door = await self._door(work, code)
            if door.asks_guests and guest is None:
                raise MatterNotComplete(faults=(Fault("guest", "is needed"),))
            await work.follow_ups.lock_person(person)
            known = await work.venues.last_visit(door.venue.id, person, now - SAME_VISIT)
            if known is not None:
                return known
            visit = Visit(VisitId(work.new_id()), door.venue.id, door.venue.area, person, now)
            await work.venues.visit(visit)
            await work.audit.add("venue.visit", "venue", door.venue.id, at=now)
            if guest is not None:
                await self._receive(work, door.venue, guest, person)
            if door.asks_symptoms and (symptoms or medicine):
                await self._write_down(work, door.venue, person, symptoms, medicine)
        return visit

    async def _receive(self, work: Work, venue: Venue, guest: Guest, person: ResidentId) -> None:
        now = self.clock.now()
        pack = await self.packs.for_area(work, venue.area, now)
        risky = await _comes_from_risk(work, guest, since=now - LOOKS_BACK)
        for kind, rule in asked_of_guests(pack.matters, venue.kind).items():
            if rule.from_risk_areas and not risky:
                continue
            await self.matters.tell_as_guest(
                work, kind, guest.told(rule, venue), pack=pack, area=venue.area, unit_id=venue.unit_id, guest=person
            )

    async def _write_down(
        self, work: Work, venue: Venue, person: ResidentId, symptoms: Sequence[str], medicine: str | None
    ) -> None:
        """Into every register of that kind the pack has; the person stands in it as they stand in the record."""
        pack = await self.packs.for_area(work, venue.area, self.clock.now())
        identity = await work.residents.identity(person)
        told = WrittenDown(
            register="",
            name=identity.name or "—",
            phone=identity.phone,
            id_number=identity.id_number,
            symptoms=tuple(symptoms),
            medicine=medicine,
        )
        for register, rule in pack.registers.items():
            if venue.kind.value in rule.units and rule.symptoms:
                await self.registers.write_down_at(
                    work, replace(told, register=register), unit=venue.unit_id, kind=venue.kind.value, area=venue.area
                )

    # officials

    async def make(
        self, *, name: str, kind: VenueKind, official: Official, area: str | None = None, unit_id: UnitId | None = None
    ) -> Venue:
        """A code for a place of the official's area or unit. Raises VenueNeedsName, Forbidden, UnitNotFound."""
        name = name.strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise VenueNeedsName
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            mine = UnitId(official.unit_id) if official.unit_id else None
            whose = unit_id or mine
            unit = await work.checklists.unit(whose) if whose is not None else None
            place = area or (unit.area if unit is not None else official.area)
            if not place.startswith(official.area):
                raise Forbidden("this area lies outside your own")
            if unit is not None and unit.id != mine and not unit.area.startswith(official.scope.area or "-"):
                raise Forbidden("this unit lies outside your own")
            code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
            venue = Venue(VenueId(work.new_id()), code, name, kind, place, unit.id if unit else None, now)
            await work.venues.add(venue, by=official.scope.actor)
            await work.audit.add("venue.make", "venue", venue.id, at=now, kind=kind, area=place)
        return venue

    async def close(self, venue_id: VenueId, *, official: Official, closed: bool = True) -> Venue:
        """Nobody comes in by its code any more; opened again, the code is the same."""
        now = self.clock.now()
        async with self.transactions.begin(official.scope) as work:
            venue = await work.venues.get(venue_id)
            await work.venues.close(venue.id, now if closed else None)
            await work.audit.add("venue.close" if closed else "venue.open", "venue", venue.id, at=now)
        return replace(venue, closed_at=now if closed else None)

    async def get(self, venue_id: VenueId, *, official: Official) -> Venue:
        async with self.transactions.begin(official.scope) as work:
            return await work.venues.get(venue_id)

    async def listed(self, *, official: Official) -> list[Venue]:
        async with self.transactions.begin(official.scope) as work:
            return await work.venues.listed()

    async def visitors(
        self, venue_id: VenueId, since: datetime, until: datetime, *, official: Official
    ) -> list[Visitor]:
        """Who was there in that time, at most `MOST`; the look is on record. Raises NotYourVisitors, VenueNotFound."""
        if official.scope.area is None or not official.may(*PEOPLE_ROLES):
            raise NotYourVisitors
        if until - since > timedelta(days=31):
            since = until - timedelta(days=31)
        async with self.transactions.begin(official.scope) as work:
            venue = await work.venues.get(venue_id)
            visits = await work.venues.visits(venue.id, since, until, limit=MOST)
            await work.audit.add("venue.visitors", "venue", venue.id, at=self.clock.now(), count=len(visits))
        async with self.transactions.begin(_WORK) as work:  # a guest may live in another city
            people = await work.residents.identities(list({one.resident_id for one in visits}))
        found = []
        for visit in visits:
            identity = people.get(visit.resident_id)
            found.append(
                Visitor(visit, masked_name(identity.name) if identity else None, identity.phone if identity else None)
            )
        return found


async def _comes_from_risk(work: Work, guest: Guest, *, since: datetime) -> bool:
    """Whether a listed place around there was, or may have been, a risk area since then. Where nobody knows, somebody
    looks: a place no list of ours has, and all places before the first list."""
    if guest.from_area is None or await work.risk_lists.speaks_from() is None:
        return True
    declared = DeclaredPlace(guest.from_area)
    where = reach(ListedPlace(guest.from_area, found=True))
    if where is None:
        return True
    for spell in await work.risk_lists.spells_near(where.lowest, where.beyond, where.parents):
        over = spell.valid_to is not None and spell.valid_to <= since
        if not over and match(declared, ListedPlace.of(spell.place)) is not None:
            return True
    return False
