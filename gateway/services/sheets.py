"""The page a family member prints for somebody without a phone: a link of its own that opens for some days."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.guidance import SheetRule
from gateway.domain.kinds import ResidentId
from gateway.domain.people import Speaker, masked_phone
from gateway.domain.scopes import Scope
from gateway.errors import NotFound
from gateway.record.residents import ResidentNotFound
from gateway.services.packs import PackService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions
from gateway.wire.seals import KeySeal, Unsealable

_WORK = Scope.of_work("sheets")
ABOUT = "sheet"


class NoSheet(NotFound):
    """There is no such sheet, or its time is over: ask for a new one in the chat."""


@dataclass(frozen=True, slots=True)
class Sheet:
    rule: SheetRule
    resident_id: ResidentId
    name: str
    area: str
    guardian: str
    phone: str | None
    printed_on: date
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SheetService:
    transactions: Transactions
    packs: PackService
    seal: KeySeal
    public_url: str
    clock: Clock

    async def link(self, speaker: Speaker, about: UUID) -> tuple[str, datetime]:
        """Where the sheet of a family member is printed, and until when. Raises NoSheet where no notice asks for it."""
        person = spoken_for(speaker, about)
        now = self.clock.now()
        if speaker.resident is None or person == speaker.resident.id:
            raise NoSheet
        async with self.transactions.begin(_WORK) as work:
            resident = await work.residents.get(person)
            rule = (await self.packs.for_area(work, resident.area, now)).sheet
            if rule is None:
                raise NoSheet
            await work.audit.add("sheet.link", "resident", person, at=now)
        expires = now + rule.span
        token = {"who": str(person), "by": str(speaker.resident.id), "until": expires.isoformat()}
        sealed = self.seal.seal(json.dumps(token).encode(), about=ABOUT)
        code = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        return f"{self.public_url.rstrip('/')}/public/sheets/{code}", expires

    async def open(self, code: str) -> Sheet:
        """What is printed. Raises NoSheet for anything but a link that still holds."""
        try:
            sealed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
            token = json.loads(self.seal.open(sealed, about=ABOUT))
        except (Unsealable, ValueError, binascii.Error):
            raise NoSheet from None
        now, expires = self.clock.now(), datetime.fromisoformat(token["until"])
        if expires <= now:
            raise NoSheet
        person, by = ResidentId(UUID(token["who"])), ResidentId(UUID(token["by"]))
        async with self.transactions.begin(_WORK) as work:
            try:
                resident = await work.residents.get(person)
            except ResidentNotFound:
                raise NoSheet from None
            pack = await self.packs.for_area(work, resident.area, now)
            if resident.erased_at is not None or pack.sheet is None or by not in await work.residents.guardians(person):
                raise NoSheet
            identities = await work.residents.identities([person, by])
            await work.audit.add("sheet.open", "resident", person, at=now)
        own, guardian = identities[person], identities[by]
        return Sheet(
            rule=pack.sheet,
            resident_id=person,
            name=own.name or "",
            area=resident.area,
            guardian=guardian.name or "",
            phone=guardian.phone if guardian.phone else masked_phone(own.phone),
            printed_on=now.astimezone(pack.zone).date(),
            expires_at=expires,
        )
