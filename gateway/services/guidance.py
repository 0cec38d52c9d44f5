"""Telling people what notices want them to know: at its occasions, when they ask, and to everybody as a campaign.

Whatever was shown to somebody stands on record with its topic, so that it can be shown that it was told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.clock import Clock
from gateway.domain.broadcasts import Audience
from gateway.domain.follow_ups import FollowUp
from gateway.domain.guidance import (
    GuidanceText,
    Reach,
    ShownAt,
    asked_for,
    in_words,
    shown_at,
    situation,
    spoken,
    told_by,
)
from gateway.domain.kinds import ControlId, Lane, ResidentId
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.plans import Plan
from gateway.domain.rules import Unset
from gateway.domain.scopes import Official, Scope
from gateway.errors import Forbidden, NotFound
from gateway.messages.words import LANGUAGES, Words, closest_language
from gateway.record.broadcasts import Broadcast
from gateway.record.record import Work
from gateway.schemas.reports import ArrivalAnswers, Place
from gateway.services.area_levels import LevelChanged
from gateway.services.arrivals import HOME
from gateway.services.broadcasts import WRITING, BroadcastService, Content, NotYours, Said
from gateway.services.outbox import Outbox
from gateway.services.packs import PackService
from gateway.services.reports import Accepted, Consequence
from gateway.services.transactions import Transactions

#: In the order somebody in need would look for them.
HOTLINES = ("emergency", "self_harm", "fever_clinic", "appeal")
_WORK = Scope.of_work("guidance")


class NoSuchTopic(NotFound):
    """No notice in force here says anything about this."""


class NoCampaign(NotFound):
    """No notice in force here asks for campaigns."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A text as somebody reads it, with the rules behind it and the matter they may tell of afterwards."""

    key: str
    title: str
    text: str
    rules: tuple[str, ...]
    offers: str | None = None


@dataclass(frozen=True, slots=True)
class GuidanceService:
    transactions: Transactions
    packs: PackService
    outbox: Outbox
    broadcasts: BroadcastService
    words: Words
    clock: Clock

    # asked for

    async def topics(
        self, speaker: Speaker, *, language: str, asked: str | None = None, occasion: ShownAt | None = None
    ) -> list[Topic]:
        """What the notices in force where somebody lives say: everything, what free words ask for, or what belongs
        to an occasion."""
        resident = speaker.resident
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, resident.area if resident else "", now)
            texts: Mapping[str, GuidanceText] = pack.guidance
            if occasion is not None:
                texts = shown_at(texts, occasion)
            if asked is not None:
                key = asked_for(texts, asked)
                texts = {key: texts[key]} if key is not None else {}
            if resident is not None and (asked is not None or occasion is not None):
                await self._shown(work, resident.id, texts, now)
        return [_topic(key, text, language, pack) for key, text in texts.items()]

    async def hotlines(self, speaker: Speaker) -> dict[str, str]:
        """The numbers of where somebody lives, by what they are for; those nobody has set yet are not among them."""
        async with self.transactions.reading(_WORK) as work:
            pack = await self.packs.for_area(work, speaker.resident.area if speaker.resident else "", self.clock.now())
        return _numbers(pack, HOTLINES)

    async def read(self, speaker: Speaker, key: str, *, language: str) -> Topic:
        """One text. Raises NoSuchTopic."""
        resident = speaker.resident
        now = self.clock.now()
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, resident.area if resident else "", now)
            if key not in pack.guidance:
                raise NoSuchTopic
            if resident is not None:
                await self._shown(work, resident.id, [key], now)
        return _topic(key, pack.guidance[key], language, pack)

    @staticmethod
    async def _shown(work: Work, resident_id: ResidentId, keys: Iterable[str], now: datetime) -> None:
        for key in keys:
            await work.audit.add("guidance.shown", "resident", resident_id, at=now, topic=key)

    # told by itself

    async def tell(
        self, work: Work, residents: Iterable[Resident], pack: Pack, occasion: ShownAt, *, mark: str, now: datetime
    ) -> None:
        """Inside the caller's transaction; the same occasion tells it once."""
        for key, text in shown_at(pack.guidance, occasion).items():
            for resident in residents:
                said = _topic(key, text, resident.language, pack)
                await self.outbox.to_resident(
                    work,
                    resident,
                    "broadcast",
                    {"title": said.title, "text": said.text, "areas": []},
                    now=now,
                    lane=Lane.REPLY,
                    dedup=f"guidance:{key}:{mark}",
                )
                await self._shown(work, resident.id, [key], now)

    async def started(
        self, work: Work, resident: Resident, follow_up: FollowUp, plan: Plan, pack: Pack, now: datetime
    ) -> None:
        """An isolation or an observation begins: a word of care, and where help is."""
        if plan.periods:
            await self.tell(work, [resident], pack, ShownAt.ISOLATION, mark=str(follow_up.id), now=now)

    async def announced(
        self, work: Work, control_id: ControlId, inside: Sequence[ResidentId], pack: Pack, now: datetime
    ) -> None:
        """A unit is closed: whoever lives inside is told the same."""
        residents = await work.exposures.residents(inside)
        await self.tell(work, list(residents.values()), pack, ShownAt.CONTROL, mark=str(control_id), now=now)

    async def follow(self, work: Work, changed: LevelChanged) -> None:
        """An area's level changed: whoever lives there hears what is and what holds, before a rumour tells it."""
        rule, now = changed.pack.situation, self.clock.now()
        if rule is None or changed.was.risk == changed.now.risk:
            return
        people = await work.exposures.residents(await work.exposures.living_in([changed.area]))
        said = {
            language: situation(
                rule,
                language,
                area=self.words.area(changed.area, language),
                was=self.words.word(f"risk.{changed.was.risk}", language),
                now=self.words.word(f"risk.{changed.now.risk}", language),
            )
            for language in LANGUAGES
        }
        for resident in people.values():
            title, text = said[closest_language(resident.language)]
            await self.outbox.to_resident(
                work,
                resident,
                "broadcast",
                {"title": title, "text": text, "areas": []},
                now=now,
                lane=Lane.BROADCAST,
                dedup=f"situation:{changed.area}:{int(now.timestamp())}",
                heeds_quiet_hours=False,  # the notice wants it told the same day
            )
        due = told_by(rule, changed.pack.haste, now, changed.pack.zone)
        await work.audit.add(
            "situation.tell",
            "area",
            changed.area,
            at=now,
            people=len(people),
            due=due.isoformat(),
            rules=list(rule.source),
        )

    # to everybody

    async def campaign(self, key: str, *, area: str, official: Official) -> Broadcast:
        """A text for everybody who lives in an area, over every channel the notice names; a second person releases it.

        Raises NoSuchTopic, NoCampaign, NotYours.
        """
        if not official.may(*WRITING):
            raise NotYours
        if not area.startswith(official.area):
            raise Forbidden("this area lies outside your own")
        async with self.transactions.begin(official.scope) as work:
            pack = await self.packs.for_area(work, area, self.clock.now())
            if pack.campaign is None:
                raise NoCampaign
            if key not in pack.guidance:
                raise NoSuchTopic
            words = {}
            for language in LANGUAGES:
                topic = _topic(key, pack.guidance[key], language, pack)
                words[language] = Said(topic.title, topic.text)
            audience = Audience(areas=(area,), reach=pack.campaign.reach, topic=key)
            return await self.broadcasts.compose(work, Content(words), audience=audience, area=area, by=official)

    async def offered(self, *, official: Official, language: str) -> tuple[list[Topic], Reach | None]:
        """The texts in force where an official works, and over what a campaign goes; None where none is asked for."""
        async with self.transactions.begin(_WORK) as work:
            pack = await self.packs.for_area(work, official.area, self.clock.now())
        topics = [_topic(key, text, language, pack) for key, text in pack.guidance.items()]
        return topics, pack.campaign.reach if pack.campaign else None


@dataclass(frozen=True, slots=True)
class AbroadFollower:
    """Whoever announces that they come from abroad is led to the codes they need."""

    guidance: GuidanceService

    async def follow(self, work: Work, accepted: Accepted) -> Consequence:
        answers = accepted.answers
        if isinstance(answers, ArrivalAnswers) and _from_abroad(answers.origin):
            await self.guidance.tell(
                work, [accepted.resident], accepted.pack, ShownAt.ABROAD, mark=str(accepted.report.id), now=accepted.now
            )
        return Consequence()


def _from_abroad(origin: Place) -> bool:
    return origin.country is not None and origin.country != HOME


def _numbers(pack: Pack, names: Iterable[str]) -> dict[str, str]:
    return {name: number for name in names if not isinstance(number := getattr(pack.hotlines, name), Unset)}


def _topic(key: str, text: GuidanceText, language: str, pack: Pack) -> Topic:
    numbers = _numbers(pack, HOTLINES[:3])
    return Topic(key, in_words(text.title, language), spoken(text, language, numbers), text.source, text.offers)
