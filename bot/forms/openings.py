"""Which form a free sentence opens, and what of it is answered already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.forms.dates import names_a_day, read_moments
from bot.forms.journey_words import JourneyKind, JourneyWords, read_journey
from bot.forms.meeting_words import MeetingWords, read_meeting
from bot.forms.need_words import announces_a_return, needs_help_at_home
from bot.forms.numerals import plain
from bot.forms.questions import Json
from bot.forms.result_words import ResultWords, read_result
from bot.forms.stay_words import StayWords, read_stay
from bot.forms.symptom_words import FEVERISH, SymptomWords, read_symptoms
from bot.forms.wellbeing_words import asks_to_check_in, is_unwell, says_all_is_well

_SINCE = re.compile(r"从|自|起|开始|\bsince\b|\bstarted\b|\bfrom\b")


@dataclass(frozen=True, slots=True)
class Opening:
    """`answers` are certain, `hints` are words the form reads itself, and asks back where they are not clear."""

    form: str
    answers: Mapping[str, Json] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    then: str | None = None  # the form to offer afterwards


def opening(text: str, *, now: datetime) -> Opening | None:
    """Who is ill is asked first; whom somebody met before where somebody was."""
    met = read_meeting(text)
    felt = read_symptoms(met.rest if met is not None else text)
    if felt.symptoms or (felt.temperature or 0) >= FEVERISH:
        return _of_symptoms(felt, text, then="contact" if met is not None else None, now=now)
    if met is not None:
        return _of_meeting(met, text, now=now)
    if (found := read_result(text, now=now)) is not None:
        return _of_result(found)
    if is_unwell(text):
        return Opening("symptoms")
    if says_all_is_well(text):
        return Opening("check_in", {"well": True})
    if asks_to_check_in(text):
        return Opening("check_in")
    if needs_help_at_home(text):
        return Opening("difficulty", {"words": plain(text)})
    return _of_whereabouts(text, felt, now=now)


def _of_whereabouts(text: str, felt: SymptomWords, *, now: datetime) -> Opening | None:
    journey = read_journey(text, now=now)
    if journey is not None:
        return _of_journey(journey, now=now)
    if felt.visited_risk_area:
        return Opening("travel", {"travelled": True})
    if (stay := read_stay(text)) is not None:
        return _of_stay(stay)
    if announces_a_return(text):
        return Opening("arrival")
    return None


def _of_symptoms(felt: SymptomWords, text: str, *, then: str | None, now: datetime) -> Opening:
    answers: dict[str, Json] = {}
    if felt.symptoms:
        answers["symptoms"] = list(felt.symptoms)
    if felt.temperature is not None:
        answers["temperature"] = felt.temperature
    if felt.onset_days_ago is not None and 0 <= felt.onset_days_ago <= 90:
        answers["onset"] = (now.date() - timedelta(days=felt.onset_days_ago)).isoformat()
    elif _SINCE.search(text.lower()):
        days = {moment.day for moment in read_moments(text, now=now)}
        if len(days) == 1 and (day := days.pop()) <= now.date():
            answers["onset"] = day.isoformat()
    return Opening("symptoms", answers, then=then or ("travel" if felt.visited_risk_area else None))


def _of_meeting(met: MeetingWords, text: str, *, now: datetime) -> Opening:
    answers: dict[str, Json] = {"met_anyone": True}
    if met.met is not None:
        answers["contacts.0.met"] = met.met
    return Opening("contact", answers, {"contacts.0.on": plain(text)} if names_a_day(plain(text), now=now) else {})


def _of_result(found: ResultWords) -> Opening:
    answers = {"test": found.test, "value": found.value}
    hints = {"sampled_at": found.sampled} if found.sampled else {}
    return Opening("result", {name: value for name, value in answers.items() if value}, hints)


def _of_stay(stay: StayWords) -> Opening:
    answers: dict[str, Json] = {"stays.0.kind": stay.kind} if stay.kind else {}
    return Opening("residence", answers, {"stays.0.place": stay.place} if stay.place else {})


def _of_journey(journey: JourneyWords, *, now: datetime) -> Opening:
    if journey.kind is JourneyKind.ARRIVED:
        if journey.when is not None:
            return Opening("arrived", hints={"at": journey.when})
        return Opening("arrived", {"at": now.isoformat(timespec="seconds")})
    if journey.kind is JourneyKind.STAYED:
        return Opening("travel", {"travelled": False})
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
