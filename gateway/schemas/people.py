"""Residents, families and officials as the bot and scripts see them."""

from datetime import datetime, time
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from gateway.domain.kinds import ChannelName, Role
from gateway.schemas.shapes import Answer, Shape


class ConsentIn(Shape):
    version: str = Field(min_length=1, max_length=40)
    language: str = Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z]{2,8})*$")


class LanguageIn(Shape):
    language: str = Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z]{2,8})*$")


class QuietHoursIn(Shape):
    """From when to when, by the clock of the place; both left out: as everybody."""

    starts: time | None = None
    ends: time | None = None

    @model_validator(mode="after")
    def both_or_neither(self) -> Self:
        if (self.starts is None) is not (self.ends is None) or (self.starts is not None and self.starts == self.ends):
            raise ValueError("both or neither, and not the same")
        return self


class ProfileIn(Shape):
    name: str = Field(min_length=1, max_length=80)
    phone: str = Field(min_length=3, max_length=30)
    id_number: str | None = Field(default=None, max_length=30)
    home_area: str = Field(pattern=r"^\d{2,12}$")
    address: str | None = Field(default=None, max_length=200)
    grid: str | None = Field(default=None, max_length=20)


class FamilyIn(Shape):
    name: str = Field(min_length=1, max_length=80)
    relation: str = Field(min_length=1, max_length=40)
    phone: str | None = Field(default=None, max_length=30)
    birth_year: int | None = Field(default=None, ge=1900, le=2100)


class FamilyMember(Answer):
    id: UUID
    name: str
    relation: str


class ResidentMe(Answer):
    id: UUID
    language: str
    consent_version: str | None
    name: str | None
    phone_masked: str | None
    home_area: str | None
    home_area_name: str | None
    grid: str | None
    stopped: bool = False
    quiet_from: time | None = None
    quiet_to: time | None = None
    registered_profile: bool
    family: list[FamilyMember] = []


class OfficialMe(Answer):
    id: UUID
    name: str
    roles: list[Role]
    area: str | None
    area_name: str | None


class MeOut(Answer):
    resident: ResidentMe | None
    official: OfficialMe | None


class CopyOut(Answer):
    link: str
    expires_at: datetime


class ErasureOut(Answer):
    erased: bool
    holds: list[str]
    note: str


class EnrolmentIn(Shape):
    token: str = Field(min_length=8, max_length=128)


class AddressIn(Shape):
    channel: ChannelName
    handle: str = Field(min_length=1, max_length=128)
    state: str = Field(pattern="^(active|blocked)$")


class PushIn(Shape):
    """A browser's push subscription, as it hands it out."""

    endpoint: str = Field(min_length=8, max_length=1_000)
    p256dh: str = Field(min_length=80, max_length=100)
    auth: str = Field(min_length=20, max_length=30)


class AttachmentOut(Answer):
    """A picture somebody sent, kept sealed; `reference` is how an answer names it."""

    id: UUID
    media_type: str
    size: int
    reference: str


class DraftIn(Shape):
    """An opaque, already encrypted snapshot of an unfinished answering; base64."""

    blob: str = Field(max_length=90_000)


class DraftOut(Answer):
    blob: str | None


class ResidentOut(Answer):
    """A resident in a list: masked until revealed with a reason."""

    id: UUID
    name_masked: str | None
    phone_masked: str | None
    area: str | None
    area_name: str | None
    created_at: datetime


class RevealIn(Shape):
    reason: str = Field(min_length=3, max_length=200)


class RevealOut(Answer):
    id: UUID
    name: str | None
    phone: str | None
    id_number: str | None
    address: str | None


class HeardIn(Shape):
    text: str = Field(max_length=5000)
    language: str = "zh_Hans_CN"
    about: UUID | None = None


class HeardOut(Answer):
    safety: str | None
    card: str | None


class LoginLinkOut(Answer):
    link: str
    minutes: int
