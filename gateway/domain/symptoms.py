"""Triage of a symptom report: which rules fire, what to advise, how loud the alert is. It never diagnoses."""

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.kinds import Severity
from gateway.domain.packs import Pack, SymptomRule

FEVER = "fever"


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
    """Any one symptom of the pack's union list is suspicious (AMB-25); temperature counts from DEF-14's threshold.

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
    care = rule.care
    advice = tuple(Advice(code) for code in care.advice) if care else ()
    return Triage(
        severity=Severity.URGENT if emergency or answers.history else Severity.HIGH,
        symptoms=found,
        emergency=emergency,
        advice=(Advice.CALL_EMERGENCY, *advice) if emergency else advice,
        rules=(*(care.source if care else ()), *rule.source),
        ladder=care.ladder if care else None,
    )


def symptoms_said(words: str, rule: SymptomRule) -> tuple[str, ...]:
    """The symptoms named in free text and not denied there. What cannot be decided counts as named."""
    text = words.casefold()
    denied = _denial(rule)
    return tuple(
        symptom
        for symptom, names in rule.words.items()
        if any(_affirmed(text, name.casefold(), denied) for name in names)
    )


def _found(answers: SymptomAnswers, rule: SymptomRule) -> tuple[str, ...]:
    named = {*answers.symptoms, *symptoms_said(answers.words, rule)}
    if answers.temperature is not None and answers.temperature >= rule.fever_from:
        named.add(FEVER)
    return tuple(symptom for symptom in (*rule.emergency, *rule.suspicious, *rule.added) if symptom in named)


def _affirmed(text: str, name: str, denied: re.Pattern[str]) -> bool:
    start = text.find(name)
    while start >= 0:
        if not denied.search(text, 0, start):
            return True
        start = text.find(name, start + len(name))
    return False


def _denial(rule: SymptomRule) -> re.Pattern[str]:
    """A denial that reaches a symptom over fillers and other symptoms: 没有发烧咳嗽 denies both, 不舒服,发烧 none."""
    names = (name.casefold() for names in rule.words.values() for name in names)
    between = "|".join(re.escape(word) for word in sorted({*rule.fillers, *names}, key=len, reverse=True))
    return re.compile(f"(?:{'|'.join(re.escape(word) for word in rule.negations)})(?:{between})*$")
