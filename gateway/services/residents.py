"""Who speaks, who they speak for, and what they allow."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from operator import attrgetter
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import AddressId, ChannelName, ResidentId, Role
from gateway.domain.people import Address, FamilyLink, Identity, Resident, Speaker, masked_phone, normal_phone
from gateway.domain.pushes import Subscription, checked
from gateway.domain.scopes import PEOPLE_ROLES, Official, Scope
from gateway.errors import Conflict, Forbidden, Invalid
from gateway.record.record import Work
from gateway.services.glances import glanced
from gateway.services.transactions import Transactions

LARGEST_FAMILY = 30

#: Who says that another place manages somebody from now on.
#: A township, a village or a grid manages people, nothing larger.
MANAGING_DIGITS = (9, 12, 14)
MOVING = (Role.GRID_WORKER, Role.COMMUNITY, Role.DOCTOR, Role.TOWNSHIP, Role.COUNTY, Role.CITY, Role.PROVINCE)


class ConsentMissing(Conflict):
    """Please read and accept the notice first."""


class NotYourFamily(Forbidden):
    """You can report only for yourself and your family."""


class FamilyTooLarge(Conflict):
    """One person reports for at most 30 others; ask your community worker to add more."""


class NotYourPeople(Forbidden):
    """Your role does not work with residents."""


class PhoneInvalid(Invalid):
    """This does not look like a phone number."""


class AreaUnknown(Invalid):
    """There is no such administrative division."""


@dataclass(frozen=True, slots=True)
class Family:
    id: ResidentId
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Me:
    """The resident as the bot greets them."""

    resident: Resident
    name: str | None
    phone_masked: str | None
    family: tuple[Family, ...]

    @property
    def has_profile(self) -> bool:
        return self.name is not None and self.resident.home_area is not None


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    phone: str
    home_area: str
    id_number: str | None = None
    address: str | None = None
    grid: str | None = None


async def _stay(_: Work, __: Resident) -> None:
    """Nobody plans anything for people who move."""


@dataclass(frozen=True, slots=True)
class ResidentService:
    transactions: Transactions
    clock: Clock
    remember_erased: Callable[[list[ResidentId]], None] = lambda _: None
    follow_move: Callable[[Work, Resident], Awaitable[None]] = _stay

    async def speaker(self, channel: ChannelName, handle: str) -> Speaker:
        """Whoever stands behind an address; an address never heard of stands for nobody yet, and is not kept."""
        async with self.transactions.begin(Scope.of_work("speakers")) as work:
            address = await work.addresses.find(channel, handle)
            if address is None:
                return Speaker(Address(AddressId(work.new_id()), channel, handle), None, None)
            resident, family = await work.residents.behind(address)
            if resident is not None and resident.erased_at is not None:
                resident, family = None, ()
            return Speaker(address, resident, address.official_id, family)

    async def consent(self, speaker: Speaker, *, version: str, language: str) -> None:
        """The resident is kept from here on. Saying it again only renews it."""
        now = self.clock.now()
        resident_id = speaker.resident.id if speaker.resident else ResidentId(self.transactions.record.new_id())
        stood_for = speaker.address.resident_id  # of somebody who comes back: the shell that was left
        people = [resident_id, stood_for] if stood_for is not None else [resident_id]
        async with self.transactions.begin(Scope.of_people(people)) as work:
            if speaker.resident is not None:
                await work.residents.save(
                    replace(
                        speaker.resident, consent_version=version, consented_at=now, language=language, stopped=False
                    )
                )
                return
            await work.residents.add(
                Resident(id=resident_id, language=language, created_at=now, consent_version=version, consented_at=now)
            )
            known = await work.addresses.find(speaker.address.channel, speaker.address.handle)
            if known is None:
                await work.addresses.add(replace(speaker.address, resident_id=resident_id), now=now)
            else:
                await work.addresses.belongs_to(known, resident=resident_id)
            await work.audit.add("resident.consent", "resident", resident_id, at=now, version=version)

    async def me(self, speaker: Speaker) -> Me | None:
        if speaker.resident is None:
            return None
        async with self.transactions.begin(Scope.of_people(_ids(speaker))) as work:
            identities = await work.residents.identities(speaker.people)
            own = identities.get(speaker.resident.id, Identity())
            family = tuple(
                Family(link.resident_id, identities[link.resident_id].name or "", link.relation)
                for link in speaker.family
                if link.resident_id in identities and identities[link.resident_id].name
            )
        return Me(speaker.resident, own.name, masked_phone(own.phone), family)

    async def set_language(self, speaker: Speaker, language: str) -> None:
        resident = self._resident(speaker)
        async with self.transactions.begin(Scope.of_people([resident.id])) as work:
            await work.residents.save(replace(resident, language=language))

    async def set_quiet_hours(self, speaker: Speaker, quiet: tuple[time, time] | None) -> None:
        """When nothing but what is urgent is to be said; None: as everybody. What is said here about family members
        without a chat of their own heeds it too."""
        resident = self._resident(speaker)
        starts, ends = quiet or (None, None)
        async with self.transactions.begin(Scope.of_people(_ids(speaker))) as work:
            own = {one.resident_id for one in await work.addresses.of_residents(_ids(speaker))} - {resident.id}
            for person in set(_ids(speaker)) - own:
                known = await work.residents.get(person)
                await work.residents.save(replace(known, quiet_from=starts, quiet_to=ends))
            await work.audit.add("resident.quiet_hours", "resident", resident.id, at=self.clock.now())

    async def set_profile(self, speaker: Speaker, profile: Profile) -> None:
        """Name, phone and home; the home's area manages the person until an official says otherwise."""
        resident = self._resident(speaker)
        if not 5 <= len(normal_phone(profile.phone)) <= 15:
            raise PhoneInvalid
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_people([resident.id])) as work:
            before = await work.residents.identity(resident.id)
            await work.residents.identify(
                resident.id,
                replace(
                    before,
                    name=profile.name.strip(),
                    phone=profile.phone.strip(),
                    id_number=profile.id_number or before.id_number,
                    address=profile.address or before.address,
                ),
            )
            now_at = replace(
                resident,
                home_area=profile.home_area,
                managing_area=managing_area(profile.home_area, profile.grid),
                grid=profile.grid,
            )
            await work.residents.save(now_at)
            await work.audit.add("resident.profile", "resident", resident.id, at=now)
            if now_at.area != resident.area:
                await self.follow_move(work, now_at)

    async def add_family(self, speaker: Speaker, *, name: str, relation: str, birth_year: int | None) -> Family:
        """Somebody the resident reports for: lives, unless told otherwise, where the resident lives."""
        guardian = self._resident(speaker)
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_people(_ids(speaker))) as work:
            known = await work.residents.identities(speaker.people)
            for link in speaker.family:
                if link.resident_id in known and known[link.resident_id].name == name and link.relation == relation:
                    return Family(link.resident_id, name, relation)
        if len(speaker.family) >= LARGEST_FAMILY:
            raise FamilyTooLarge
        member = ResidentId(self.transactions.record.new_id())
        async with self.transactions.begin(Scope.of_people([guardian.id, member])) as work:
            await work.residents.add(
                replace(
                    guardian,
                    id=member,
                    created_at=now,
                    legal_hold=None,
                )
            )
            await work.residents.identify(member, Identity(name=name, birth_year=birth_year))
            await work.residents.link(FamilyLink(guardian.id, member, relation))
            await work.audit.add("resident.family", "resident", guardian.id, at=now, member=str(member))
        return Family(member, name, relation)

    async def stop(self, speaker: Speaker) -> None:
        """No more routine pushes; duties of an isolation and alerts go on being said."""
        resident = self._resident(speaker)
        async with self.transactions.begin(Scope.of_people([resident.id])) as work:
            await work.residents.save(replace(resident, stopped=True))
            await work.audit.add("resident.stop", "resident", resident.id, at=self.clock.now())

    async def erase(self, speaker: Speaker) -> tuple[str, ...]:
        """Destroy the keys of the person and of the family they speak for, and leave pseudonymous shells. What forbids
        it for any of them is named instead: an open follow-up, an open alert, a legal hold."""
        resident = self._resident(speaker)
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_people(_ids(speaker))) as work:
            holds = tuple(dict.fromkeys([hold for one in _ids(speaker) for hold in await self._holds(work, one)]))
            if holds:
                return holds
            for person in _ids(speaker):
                await work.residents.erase(person, now)
            await work.audit.add("resident.erase", "resident", resident.id, at=now)
        self.remember_erased(_ids(speaker))
        return ()

    async def _holds(self, work: Work, person: ResidentId) -> tuple[str, ...]:
        resident = await work.residents.get(person)
        holds = [resident.legal_hold] if resident.legal_hold else []
        if await work.alerts.listed(resident=person, limit=1):
            holds.append("open_alert")
        if await work.follow_ups.of_resident(person):
            holds.append("open_follow_up")
        return tuple(holds)

    async def set_address_state(self, channel: ChannelName, handle: str, state: str) -> None:
        async with self.transactions.begin(Scope.of_work("addresses")) as work:
            address = await work.addresses.find(channel, handle)
            if address is not None:
                await work.addresses.set_state(address.id, state)

    async def subscribe(self, speaker: Speaker, subscription: Subscription, services: Sequence[str]) -> None:
        """A browser of theirs wants to be told of messages nobody has looked at; whose it was before is told there no
        more. Raises ConsentMissing, NotSubscribable.
        """
        resident = self._resident(speaker)
        checked(subscription, services)
        now = self.clock.now()
        async with self.transactions.begin(Scope.of_work("pushes")) as work:
            known = await work.addresses.find(ChannelName.WEBPUSH, subscription.handle)
            if known is None:
                known = Address(AddressId(work.new_id()), ChannelName.WEBPUSH, subscription.handle)
                await work.addresses.add(replace(known, resident_id=resident.id), now=now)
            else:
                await work.addresses.belongs_to(known, resident=resident.id)
                await work.addresses.set_state(known.id, "active")
            await work.push_subscriptions.keep(known.id, subscription, now=now)
            await work.audit.add("resident.subscribe", "resident", resident.id, at=now)

    async def unsubscribe(self, speaker: Speaker, handle: str) -> None:
        """That browser is told no more; one that is not theirs is left alone."""
        resident = self._resident(speaker)
        async with self.transactions.begin(Scope.of_work("pushes")) as work:
            known = await work.addresses.find(ChannelName.WEBPUSH, handle)
            if known is not None and known.resident_id == resident.id:
                await work.addresses.set_state(known.id, "blocked")
                await work.push_subscriptions.remove(known.id)

    # officials

    @glanced(by=attrgetter("sight"))
    async def listed(
        self, *, official: Official, limit: int = 50, after: UUID | None = None
    ) -> list[tuple[Resident, Identity]]:
        """The official's people, masked where they are shown. Raises NotYourPeople."""
        _may_work_with_people(official)
        async with self.transactions.reading(official.scope) as work:
            residents = await work.residents.listed(limit=limit, after=after)
            identities = await work.residents.identities([one.id for one in residents])
        return [(one, identities.get(one.id, Identity())) for one in residents]

    async def get(self, resident_id: ResidentId, *, official: Official) -> tuple[Resident, Identity]:
        _may_work_with_people(official)
        async with self.transactions.begin(official.scope) as work:
            resident = await work.residents.get(resident_id)
            identity = await work.residents.identity(resident_id)
            await work.audit.add("resident.read", "resident", resident_id, at=self.clock.now())
        return resident, identity

    async def reveal(self, resident_id: ResidentId, reason: str, *, official: Official) -> Identity:
        """Unmasked, with the reason on record: sealed, for it may tell of the person's health."""
        _may_work_with_people(official)
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
            said = work.vault.seal(None, "audit", "reason", resident_id, reason[:200]) or b""
            await work.audit.add("resident.reveal", "resident", resident_id, at=self.clock.now(), reason=said.hex())
            return await work.residents.identity(resident_id)

    async def revealed(self, reason: str, *, official: Official, limit: int = 50) -> list[tuple[Resident, Identity]]:
        """Everybody of the official's area, unmasked, with the reason on record."""
        _may_work_with_people(official)
        async with self.transactions.begin(official.scope) as work:
            found = await work.residents.listed(limit=limit)
            said = work.vault.seal(None, "audit", "reason", official.id, reason[:200]) or b""
            await work.audit.add(
                "resident.reveal_all", "official", official.id, at=self.clock.now(), rows=len(found), reason=said.hex()
            )
            identities = await work.residents.identities([one.id for one in found])
        return [(one, identities.get(one.id, Identity())) for one in found]

    async def move(
        self, resident_id: ResidentId, area: str, *, official: Official, grid: str | None = None
    ) -> Resident:
        """Another place manages this person from now on; plans under way follow its pack. Home stays where it is."""
        if not official.may(*MOVING):
            raise NotYourPeople
        if not (area.isascii() and area.isdecimal() and len(area) in MANAGING_DIGITS):
            raise AreaUnknown
        async with self.transactions.begin(official.scope) as work:
            await work.residents.get(resident_id)
        # The person may leave the official's own area by it, so this one person is named.
        async with self.transactions.begin(replace(official.scope, people=(resident_id,))) as work:
            before = await work.residents.get(resident_id)
            moved = replace(before, managing_area=managing_area(area, grid), present_area=area)
            await work.residents.save(moved)
            await work.audit.add(
                "resident.move", "resident", resident_id, at=self.clock.now(), left=before.area, came=moved.area
            )
            if moved.area != before.area:
                await self.follow_move(work, moved)
        return moved

    @staticmethod
    def _resident(speaker: Speaker) -> Resident:
        if speaker.resident is None:
            raise ConsentMissing
        return speaker.resident


def _may_work_with_people(official: Official) -> None:
    if not official.may(*PEOPLE_ROLES, Role.SITE, Role.UNIT_CONTACT):
        raise NotYourPeople


def _ids(speaker: Speaker) -> list[ResidentId]:
    return [ResidentId(one) for one in speaker.people]


def spoken_for(speaker: Speaker, about: UUID | None) -> ResidentId:
    """The person a report is about. Raises ConsentMissing, NotYourFamily."""
    if speaker.resident is None:
        raise ConsentMissing
    if about is None:
        return speaker.resident.id
    if about not in speaker.people:
        raise NotYourFamily
    return ResidentId(about)


def managing_area(home_area: str, grid: str | None) -> str:
    """The home's township, village or grid: a grid number narrows a township or village (village 000 if unknown)."""
    if grid is None or not (grid.isascii() and grid.isdigit()) or len(home_area) < 9:
        return home_area
    if len(grid) >= 9 and grid.startswith(home_area[:9]):
        return grid[: max(digits for digits in MANAGING_DIGITS if digits <= len(grid))]
    return home_area[:12].ljust(12, "0") + grid.zfill(2)[-2:]
