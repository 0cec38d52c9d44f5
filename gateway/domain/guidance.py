"""What people are told without asking, and find when they ask: advice, care, codes, a campaign, the local situation.

Every text is a value of a pack. A text is shown at its occasions, found by its openings in free words, and may be sent
to everybody as a campaign, which a second person releases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.matters import Haste, MatterRule, end_of_day
from gateway.domain.rules import Words


class ShownAt(StrEnum):
    """When a text is told by itself."""

    ONBOARDING = "onboarding"
    ABROAD = "abroad"
    ISOLATION = "isolation"
    CONTROL = "control"


class Audience(StrEnum):
    """For whom a text is meant."""

    EVERYBODY = "everybody"
    ABROAD = "abroad"
    VILLAGERS = "villagers"
    MIGRANT_WORKERS = "migrant_workers"
    SECLUDED = "secluded"


class Reach(StrEnum):
    """Over which of somebody's channels a campaign goes."""

    FIRST = "first"
    ALL = "all"


class Hotline(StrEnum):
    """Which number of the jurisdiction a text ends with; unset, it names the community instead."""

    SELF_HARM = "self_harm"
    FEVER_CLINIC = "fever_clinic"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceLink:
    """Where to go on, found by name: a notice gives no addresses."""

    title: Words
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceText:
    """One piece of advice. `offers`: the matter somebody may tell of after reading."""

    source: tuple[str, ...]
    title: Words
    text: Words
    audience: Audience = Audience.EVERYBODY
    shown_at: tuple[ShownAt, ...] = ()
    openings: tuple[str, ...] = ()
    hotline: Hotline | None = None
    links: tuple[GuidanceLink, ...] = ()
    offers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRule:
    """A text may go to everybody who lives somewhere, over these of their channels."""

    source: tuple[str, ...]
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class SituationRule:
    """When the level of an area changes, whoever lives there hears what is and what holds now.

    `{area}`, `{was}` and `{now}` in the words are filled in.
    """

    source: tuple[str, ...]
    haste: str
    title: Words
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRule:
    """A page to print for somebody without a phone, by the family member who reports for them."""

    source: tuple[str, ...]
    title: Words
    says: Words
    valid_days: int
    valid_days_source: tuple[str, ...]

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.valid_days)


def shown_at(texts: Mapping[str, GuidanceText], occasion: ShownAt) -> Mapping[str, GuidanceText]:
    """What is told by itself at this occasion."""
    return {key: text for key, text in texts.items() if occasion in text.shown_at}


def asked_for(texts: Mapping[str, GuidanceText], said: str) -> str | None:
    """Which text free words ask for: the one whose longest opening they hold; None where they ask for none."""
    heard = said.casefold()
    found = [
        (len(opening), key) for key, text in texts.items() for opening in text.openings if opening.casefold() in heard
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def in_words(words: Words, language: str) -> str:
    return words.zh if language.startswith("zh") else words.en


_NO_NUMBER = Words(zh="心理援助和求助电话请向您的社区询问。", en="Ask your community for the number to call.")
_NUMBER = Words(zh="热线电话：{number}", en="Hotline: {number}")


def spoken(text: GuidanceText, language: str, numbers: Mapping[str, str]) -> str:
    """The text as it is read: with its links, and the number of the jurisdiction where one is set."""
    lines = [in_words(text.text, language)]
    for link in text.links:
        lines.append(f"· {in_words(link.title, language)}" + (f" {link.url}" if link.url else ""))
    if text.hotline is not None:
        number = numbers.get(text.hotline)
        lines.append(in_words(_NUMBER, language).format(number=number) if number else in_words(_NO_NUMBER, language))
    return "\n".join(lines)


def situation(rule: SituationRule, language: str, *, area: str, was: str, now: str) -> tuple[str, str]:
    """Title and text of what is told when a level changes."""
    filled = {"area": area, "was": was, "now": now}
    return in_words(rule.title, language).format(**filled), in_words(rule.text, language).format(**filled)


def told_by(rule: SituationRule, hastes: Mapping[str, Haste], changed_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when the public must have heard of a change."""
    haste = hastes[rule.haste]
    if haste.within_minutes is not None:
        return changed_at + timedelta(minutes=haste.within_minutes)
    return end_of_day(changed_at, zone)


def faults(
    texts: Mapping[str, GuidanceText],
    situation_rule: SituationRule | None,
    matters: Mapping[str, MatterRule],
    hastes: Mapping[str, Haste],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a name leads nowhere: (place in the section, why)."""
    for key, text in texts.items():
        if text.offers is not None and text.offers not in matters:
            yield ("guidance", key, "offers"), f"there is no matter {text.offers}"
        if not text.openings and not text.shown_at:
            yield ("guidance", key), "nobody would ever see it: it has no opening and no occasion"
    if situation_rule is not None and situation_rule.haste not in hastes:
        yield ("situation", "haste"), f"there is no haste {situation_rule.haste}"
