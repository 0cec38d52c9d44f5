"""Is it true? Somebody asks, publicity and health verify, the answer goes back, and may go out to everybody."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.domain.kinds import BroadcastId, MatterId
from gateway.domain.people import Speaker
from gateway.domain.scopes import Official
from gateway.errors import Fault, Invalid
from gateway.messages.words import LANGUAGES
from gateway.services.broadcasts import BroadcastService, Said
from gateway.services.matters import MatterService, MatterView

RUMOUR = "rumour"
VERIFIED, ANSWERED = "verified", "answered"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a question: the matter as it stands, and the draft that waits for a second person."""

    view: MatterView
    draft: BroadcastId | None


@dataclass(frozen=True, slots=True)
class RumourService:
    matters: MatterService
    broadcasts: BroadcastService
    clock: Clock

    async def ask(self, speaker: Speaker, words: str) -> str:
        """The reference to remember. Raises MatterNotOffered where no notice in force asks for it."""
        return await self.matters.tell_as(speaker, RUMOUR, {"words": words})

    async def answer(
        self, matter_id: MatterId, answer: Mapping[str, str], *, official: Official, publish: bool
    ) -> Answered:
        """The verified answer goes to whoever asked; `publish`: it also becomes a draft for everybody in the area."""
        faults = tuple(
            Fault(language, "an answer is needed in this language")
            for language in LANGUAGES
            if not answer.get(language, "").strip()
        )
        if faults:
            raise Invalid(faults=faults)
        for step in (VERIFIED, ANSWERED):
            await self.matters.take(matter_id, step, official=official)
        view = await self.matters.close(matter_id, ANSWERED, official=official, answer=answer)
        draft = None
        if publish:
            titles = {"zh": view.rule.title.zh, "en": view.rule.title.en}
            words = {language: Said(titles[language[:2]], answer[language].strip()) for language in LANGUAGES}
            draft = (await self.broadcasts.draft(words, area=view.matter.area, official=official)).id
        return Answered(view, draft)
