"""Words that cannot wait: self-harm and emergencies are answered before everything else, in every jurisdiction."""

from dataclasses import dataclass, replace
from uuid import UUID

from gateway.clock import Clock
from gateway.domain.kinds import AlertKind, ResidentId, Severity
from gateway.domain.ladders import together
from gateway.domain.packs import Pack
from gateway.domain.people import Resident, Speaker
from gateway.domain.rules import DEFAULT, Unset
from gateway.domain.safety import Lexicon, SafetyKind, detect
from gateway.domain.scopes import Scope
from gateway.messages.words import Words
from gateway.record.record import Work
from gateway.services.alerts import AlertService, Raising
from gateway.services.packs import PackService
from gateway.services.residents import spoken_for
from gateway.services.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Heard:
    kind: SafetyKind | None
    card: str | None


@dataclass(frozen=True, slots=True)
class SafetyService:
    transactions: Transactions
    alerts: AlertService
    packs: PackService
    lexicon: Lexicon
    words: Words
    clock: Clock

    async def hear(self, speaker: Speaker, text: str, *, language: str, about: UUID | None) -> Heard:
        """Look for words that cannot wait; where there are any, ring at once and answer with the card to show.

        The same words again within the same hour ring no second alert; the card is shown every time. Somebody who has
        not consented yet is answered all the same, but nobody can be rung for a person nobody knows.
        """
        found = detect(text, self.lexicon)
        if found is None:
            return Heard(None, None)
        if speaker.resident is None:
            return Heard(found.kind, self._card(found.kind, self.packs.everywhere(), language, rang=False))
        person = spoken_for(speaker, about)
        people = [ResidentId(one) for one in speaker.people]
        async with self.transactions.begin(Scope.of_people(people)) as work:
            resident = await work.residents.get(person)
            pack = await self.packs.for_area(work, resident.area, self.clock.now())
            await self._ring(work, self._raising(work, found.kind, resident, text, pack))
        return Heard(found.kind, self._card(found.kind, pack, language, rang=True))

    async def _ring(self, work: Work, raising: Raising) -> None:
        """One alert for the same words in an hour, as long as somebody still has it to do: said again after it was
        closed, they ring again."""
        open_now = await work.alerts.listed(kinds=(raising.kind,), resident=raising.resident_id)
        if any(alert.dedup_key.startswith(raising.dedup_key) for alert in open_now):
            return
        if await self.alerts.raise_(work, raising) is None:
            again = f"{raising.dedup_key}:{int(self.clock.now().timestamp())}"
            await self.alerts.raise_(work, replace(raising, dedup_key=again))

    def _raising(self, work: Work, kind: SafetyKind, resident: Resident, text: str, pack: Pack) -> Raising:
        now = self.clock.now()
        rule = pack.safety.get(kind)
        alert_kind = AlertKind.SELF_HARM if kind is SafetyKind.SELF_HARM else AlertKind.EMERGENCY
        policy = pack.escalation(rule.ladder) if rule else pack.climbed_by(alert_kind)
        care = pack.symptoms.care
        self_harm = kind is SafetyKind.SELF_HARM
        cited = tuple(one for one in rule.source if one != DEFAULT) if rule else ()
        digest = (work.vault.index("safety", text) or b"").hex()[:16]  # keyed: few words are guessed from a plain hash
        return Raising(
            kind=alert_kind,
            severity=Severity.URGENT,
            area=resident.area,
            dedup_key=f"safety:{kind}:{resident.id}:{digest}:{now:%Y%m%d%H}",
            facts={},
            rules=cited or (care.source if care and not self_harm else ()),
            policy_code=policy.code,
            ladder=together(policy, rule.heard if rule else (), now),
            resolve_within=policy.resolve_within,
            repeat_every=policy.repeat_every,
            ignores_quiet_hours=True,
            subject_id=resident.id,
            resident_id=resident.id,
            evidence=text,
        )

    def _card(self, kind: SafetyKind, pack: Pack, language: str, *, rang: bool) -> str:
        number = pack.hotlines.self_harm if kind is SafetyKind.SELF_HARM else pack.hotlines.emergency
        values = {"kind": kind.value, "number": None if isinstance(number, Unset) else number, "rang": rang}
        return self.words.say("safety_card", language, values).plain
