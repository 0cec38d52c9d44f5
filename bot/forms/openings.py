"""Which form a free sentence opens, and what of it is answered already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.forms.journey_words import JourneyKind, JourneyWords, read_journey
from bot.forms.questions import Json
from bot.forms.symptom_words import SymptomWords, read_symptoms


@dataclass(frozen=True, slots=True)
class Opening:
    """`answers` are certain, `hints` are words the form reads itself, and asks back where they are not clear."""

    form: str
    answers: Mapping[str, Json] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    then: str | None = None  # the form to offer afterwards


def opening(text: str, *, now: datetime) -> Opening | None:
    """Symptoms come before journeys: who is ill is asked first."""
    felt = read_symptoms(text)
    if felt.symptoms or felt.temperature is not None:
        return _of_symptoms(felt, now=now)
    journey = read_journey(text, now=now)
    if journey is not None:
        return _of_journey(journey, now=now)
    if felt.visited_risk_area:
        return Opening("travel", {"travelled": True})
    return None


def _of_symptoms(felt: SymptomWords, *, now: datetime) -> Opening:
    answers: dict[str, Json] = {}
    if felt.symptoms:
        answers["symptoms"] = list(felt.symptoms)
    if felt.temperature is not None:
        answers["temperature"] = felt.temperature
    if felt.onset_days_ago is not None and 0 <= felt.onset_days_ago <= 90:
        answers["onset"] = (now.date() - timedelta(days=felt.onset_days_ago)).isoformat()
    return Opening("symptoms", answers, then="travel" if felt.visited_risk_area else None)


def _of_journey(journey: JourneyWords, *, now: datetime) -> Opening:
    if journey.kind is JourneyKind.ARRIVED:
        return Opening("arrived", {"at": now.isoformat(timespec="seconds")})
    if journey.kind is JourneyKind.ARRIVAL:
        return Opening("arrival", _known(journey, ""), _heard(journey, "", when="arrives_at"))
    answers = {"travelled": True, **_known(journey, "legs.0.")}
    return Opening("travel", answers, _heard(journey, "legs.0.", when="arrived_at"))


def _known(journey: JourneyWords, prefix: str) -> dict[str, Json]:
    known = {"transport": journey.transport, "number": journey.number}
    return {f"{prefix}{name}": value for name, value in known.items() if value}


def _heard(journey: JourneyWords, prefix: str, *, when: str) -> dict[str, str]:
    heard = {"origin": journey.origin, "destination": journey.destination, when: journey.when}
    return {f"{prefix}{name}": text for name, text in heard.items() if text}
