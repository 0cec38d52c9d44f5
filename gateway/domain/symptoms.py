"""Triage of a symptom report: which rules fire, what to advise, how loud the alert is. It never diagnoses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.kinds import Severity
from gateway.domain.packs import Pack, SymptomRule

FEVER = "fever"
_FAR = 6
"""How many characters before a symptom's word a negation is looked for: 没有明显发烧."""


class Advice(StrEnum):
    """What a resident is told; the words belong to the messages."""

    CALL_EMERGENCY = "call_emergency"
    FEVER_CLINIC = "fever_clinic"
    TELL_HISTORY = "tell_history"
    WEAR_MASK = "wear_mask"
    AVOID_PUBLIC_TRANSPORT = "avoid_public_transport"
    KEEP_WATCHING = "keep_watching"


@dataclass(frozen=True, slots=True, kw_only=True)
class SymptomAnswers:
    """What somebody reported: a measured temperature, ticked symptoms, and their own words."""

    temperature: float | None = None
    symptoms: tuple[str, ...] = ()
    words: str = ""
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """`symptoms` are those that count, ticked or said. `ladder` is None when nobody needs to be told."""

    severity: Severity
    symptoms: tuple[str, ...]
    emergency: bool
    advice: tuple[Advice, ...]
    rules: tuple[str, ...]
    ladder: str | None

    @property
    def raises_alert(self) -> bool:
        return self.ladder is not None


def triage(answers: SymptomAnswers, pack: Pack) -> Triage:
    """Any one symptom of the pack's union list is suspicious (AMB-25); a temperature counts from the threshold (DEF-14).

    A symptom nobody lists is kept in the report but fires nothing. An emergency is told whatever else was said.
    """
    rule = pack.symptoms
    found = _found(answers, rule)
    emergency = any(symptom in rule.emergency for symptom in found)
    if not found:
        return Triage(
            severity=Severity.INFORMATION,
            symptoms=(),
            emergency=False,
            advice=(Advice.KEEP_WATCHING,),
            rules=(),
            ladder=None,
        )
    advice = (Advice.FEVER_CLINIC, Advice.TELL_HISTORY, Advice.WEAR_MASK, Advice.AVOID_PUBLIC_TRANSPORT)
    return Triage(
        severity=Severity.URGENT if emergency or answers.history else Severity.HIGH,
        symptoms=found,
        emergency=emergency,
        advice=(Advice.CALL_EMERGENCY, *advice) if emergency else advice,
        rules=(*rule.advice_rules, *rule.source),
        ladder=rule.ladder,
    )


def symptoms_said(words: str, rule: SymptomRule) -> tuple[str, ...]:
    """The symptoms named in free text and not denied there. What cannot be decided counts as named."""
    text = words.casefold()
    return tuple(
        symptom
        for symptom, names in rule.words.items()
        if any(_affirmed(text, name.casefold(), rule.negations) for name in names)
    )


def _found(answers: SymptomAnswers, rule: SymptomRule) -> tuple[str, ...]:
    named = {*answers.symptoms, *symptoms_said(answers.words, rule)}
    if answers.temperature is not None and answers.temperature >= rule.fever_from:
        named.add(FEVER)
    return tuple(symptom for symptom in (*rule.emergency, *rule.suspicious, *rule.added) if symptom in named)


def _affirmed(text: str, name: str, negations: Iterable[str]) -> bool:
    start = text.find(name)
    while start >= 0:
        before = _clause_before(text[max(0, start - _FAR) : start])
        if not any(negation in before for negation in negations):
            return True
        start = text.find(name, start + len(name))
    return False


def _clause_before(text: str) -> str:
    """Only what stands in the same clause can deny the symptom: 没睡好,发烧 is a fever."""
    for mark in ",,.。;;!!??、\n":
        text = text.rpartition(mark)[2]
    return text
