"""Guidance, testing agencies, campaigns and answered rumours on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway.schemas.shapes import Answer, Shape


class TopicOut(Answer):
    """A text in the asker's language. `offers`: the matter they may tell of afterwards."""

    key: str
    title: str
    text: str
    rules: list[str]
    offers: str | None = None


class TopicsOut(Answer):
    topics: list[TopicOut]


class HotlinesOut(Answer):
    """Numbers by what they are for: emergency, self_harm, fever_clinic, appeal; only those that are set."""

    numbers: dict[str, str]


class AskedIn(Shape):
    words: str = Field(min_length=1, max_length=300)
    language: str = Field(default="zh_Hans_CN", max_length=20)


class SheetOut(Answer):
    link: str
    expires_at: datetime


class RumourIn(Shape):
    words: str = Field(min_length=1, max_length=1500)


class RumourOut(Answer):
    reference: str


class AnswerIn(Shape):
    """`publish`: the answer also becomes a draft for everybody in the area."""

    zh: str = Field(min_length=1, max_length=2000)
    en: str = Field(min_length=1, max_length=2000)
    publish: bool = False


class AnsweredOut(Answer):
    reference: str
    broadcast_id: UUID | None


class CampaignIn(Shape):
    topic: str = Field(min_length=1, max_length=60)
    area: str = Field(pattern=r"^\d{2,14}$")


class BroadcastOut(Answer):
    """What waits, or went out: whoever releases it names exactly these words by their hash."""

    id: UUID
    title: str
    area: str
    state: str
    content_hash: str
    recipients: int
    without_address: int


class ReleaseIn(Shape):
    content_hash: str = Field(min_length=64, max_length=64)


class AgencyIn(Shape):
    area: str = Field(pattern=r"^\d{6,9}$")
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=200)
    hours: str = Field(default="", max_length=120)
    booking: str = Field(default="", max_length=500)
    fee: str = Field(default="", max_length=120)
    process: str = Field(default="", max_length=2000)
    round_the_clock: bool = False


class AgencyOut(Answer):
    """`told`: what of it is public, by field."""

    id: UUID
    area: str
    name: str
    told: dict[str, str]
    round_the_clock: bool
    changed_at: datetime


class AgenciesOut(Answer):
    agencies: list[AgencyOut]


class AgencyPageOut(Answer):
    """`gaps`: counties in which nobody is open around the clock."""

    agencies: list[AgencyOut]
    gaps: list[str]
    rules: list[str]
