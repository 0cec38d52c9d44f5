"""Residents, their families, and where people are reached."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID

from gateway.domain.kinds import AddressId, ChannelName, OfficialId, ResidentId

#: The area of somebody whose home is not known yet. No official's scope contains it but everywhere.
NOWHERE = "0"

_NOT_DIGITS = re.compile(r"[^\dXx]")


@dataclass(frozen=True, slots=True)
class Address:
    """Channel + handle that reaches somebody."""

    id: AddressId
    channel: ChannelName
    handle: str
    state: str = "active"
    resident_id: ResidentId | None = None
    official_id: OfficialId | None = None

    @property
    def reachable(self) -> bool:
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class FamilyLink:
    guardian_id: ResidentId
    resident_id: ResidentId
    relation: str


@dataclass(frozen=True, slots=True)
class Resident:
    """Who reports. Names and numbers are opened from their seals only when a caller needs them (`identity`)."""

    id: ResidentId
    language: str
    created_at: datetime
    consent_version: str | None = None
    consented_at: datetime | None = None
    managing_area: str | None = None
    present_area: str | None = None
    home_area: str | None = None
    grid: str | None = None
    stopped: bool = False
    quiet_from: time | None = None  # own quiet hours; None: those of the house
    quiet_to: time | None = None
    legal_hold: str | None = None
    erased_at: datetime | None = None

    @property
    def area(self) -> str:
        """The area that manages this person; NOWHERE while none is known."""
        return self.managing_area or self.home_area or NOWHERE


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a person; sealed in the record."""

    name: str | None = None
    phone: str | None = None
    id_number: str | None = None
    address: str | None = None
    employer: str | None = None
    birth_year: int | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who stands behind an address: a resident, an official, both, or nobody yet."""

    address: Address
    resident: Resident | None
    official_id: OfficialId | None
    family: tuple[FamilyLink, ...] = ()

    @property
    def people(self) -> tuple[UUID, ...]:
        """The persons this address may speak for: oneself and one's family."""
        if self.resident is None:
            return ()
        return (self.resident.id, *(link.resident_id for link in self.family))


def normal_phone(phone: str) -> str:
    """Digits only, the country code 86 of a Chinese mobile number left out: equal numbers meet in the index."""
    digits = _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", phone))
    if digits.startswith("0086"):
        digits = digits[4:]
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits


def normal_id_number(number: str) -> str:
    return _NOT_DIGITS.sub("", unicodedata.normalize("NFKC", number)).upper()


def masked_name(name: str | None) -> str | None:
    """王芳 -> 王*; Mira Lind -> M*. The first sign only."""
    if not name:
        return None
    return f"{name[0]}*"


def masked_phone(phone: str | None) -> str | None:
    if not phone:
        return None
    return f"{phone[:3]}****{phone[-2:]}" if len(phone) >= 8 else "****"
