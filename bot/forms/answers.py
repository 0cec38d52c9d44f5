"""Reading one typed answer: what it means, what it may mean, or a sentence that helps."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from bot.forms.dates import Doubt, Leaning, Moment, Unclear, names_a_day, read_moments, read_time, unclear
from bot.forms.numerals import arabic, plain, read_number
from bot.forms.questions import YES_NO, Json, Kind, Option, Question, Words, words
from bot.forms.symptom_words import read_symptoms


@dataclass(frozen=True, slots=True)
class Understood:
    value: Json


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several readings; the resident says which."""

    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class DayOnly:
    """A day without the time the question needs."""

    day: date


@dataclass(frozen=True, slots=True)
class LookUp:
    """A place: only the gateway knows the divisions."""

    text: str


Reading = Understood | Ambiguous | DayOnly | LookUp | Words

# Telegram cuts at 4,096; anything beyond a form's own limit gets a sentence, not a cut.
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_ABROAD = re.compile(r"(?:\+|00)\d{7,15}")
_RESIDENT_ID = re.compile(r"\d{17}[\dX]")
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def read(
    question: Question, text: str, *, now: datetime, earliest: date | None = None, day: date | None = None
) -> Reading:
    """`earliest` is the day this answer may not precede, `day` the one already said while its time is asked."""
    said = plain(text)
    if len(said) > question.longest:
        return words("That is too long for me: please keep it under {limit} characters.", limit=question.longest)
    if not any(unicodedata.category(character)[0] in "LN" for character in said):
        return words("I could not find any words in that. Please answer with letters or numbers.")
    match question.kind:
        case Kind.TEXT:
            return _read_text(question, said)
        case Kind.NUMBER:
            return _read_number(question, said)
        case Kind.CHOICE | Kind.YES_NO:
            return _read_choice(question, said)
        case Kind.MULTI_CHOICE:
            return _read_choices(question, said)
        case Kind.DATE | Kind.DATETIME:
            return _read_moment(question, said, now=now, earliest=earliest, day=day)
        case Kind.PLACE:
            return LookUp(said)
        case Kind.PHONE:
            return _read_phone(said)
        case Kind.ID_NUMBER:
            return _read_id_number(said)
        case Kind.PHOTO:
            return words("Please send a photo, or tap Skip.")
        case Kind.NOTE:
            return Understood(True)
        case Kind.PERSON:
            return words("Please tap one of the names below.")


def _read_text(question: Question, said: str) -> Reading:
    if len(said) < (question.least or 0):
        return words("That is very short. Please write a little more.")
    return Understood(said)


def _read_number(question: Question, said: str) -> Reading:
    value = read_number(said)
    if value is None:
        return words("Please send one number, for example {example}.", example=question.hint or "1")
    if question.least is not None and value < question.least or question.most is not None and value > question.most:
        return words(
            "{value} cannot be right: it should be between {least} and {most}.",
            value=value, least=question.least, most=question.most,
        )  # fmt: skip
    if question.whole and not value.is_integer():
        return words("Only a whole number can be right here, for example {example}.", example=question.hint or "1")
    return Understood(value)


def options_of(question: Question) -> tuple[Option, ...]:
    return YES_NO if question.kind is Kind.YES_NO else question.options


def value_of(question: Question, option: Option) -> Json:
    return option.code == "yes" if question.kind is Kind.YES_NO else option.code


def _read_choice(question: Question, said: str) -> Reading:
    found = _heard(options_of(question), said)
    if len(found) == 1:
        return Understood(value_of(question, found[0]))
    return words("I did not recognise that. Please tap one of the buttons, or type its number.")


def _read_choices(question: Question, said: str) -> Reading:
    found = _felt(question, said) or _heard(question.options, said)
    if not found:
        return words("I did not recognise that. Please tap all that apply, then tap Done.")
    others = [option for option in found if not option.alone]
    return Understood([option.code for option in others or found])


def _felt(question: Question, said: str) -> list[Option]:
    if question.hears != "symptoms":
        return []
    felt = read_symptoms(said).symptoms
    return [option for option in question.options if option.code in felt]


def _heard(options: tuple[Option, ...], said: str) -> list[Option]:
    """Options named by number, word for word, or somewhere inside the sentence (longest word wins)."""
    lowered = _bare(arabic(said))
    if re.fullmatch(r"[\d\s,、和and]+", lowered):
        numbers = [int(number) for number in re.findall(r"\d{1,3}", lowered)]
        if numbers and all(1 <= number <= len(options) for number in numbers):
            return [options[number - 1] for number in dict.fromkeys(numbers)]
    said = _bare(said)
    for option in options:
        if said == option.code or said in option.heard or said == option.label.lower():
            return [option]
    found: list[Option] = []
    by_length = sorted(((word, option) for option in options for word in option.heard), key=lambda pair: -len(pair[0]))
    for word, named in by_length:
        # One letter or character inside a sentence says nothing: 不 stands in 不知道.
        if len(word) > 1 and _contains(said, word):
            said = said.replace(word, " ")
            if named not in found:
                found.append(named)
    return sorted(found, key=options.index)


def _bare(said: str) -> str:
    return re.sub(r"^[\s.,!。,!]+|[\s.,!。,!]+$", "", said.lower())


def _contains(said: str, word: str) -> bool:
    """Whether the word is said and not denied: 没有发烧 and "no fever" do not name a fever."""
    pattern = rf"(?<!没)(?<!没有)(?<!无)(?<!不)(?<!\bno )(?<!\bnot )(?<!without ){re.escape(word)}"
    return re.search(rf"{pattern}\b" if word.isascii() else pattern, said) is not None


def _read_phone(said: str) -> Reading:
    digits = re.sub(r"[\s()\-.()]", "", said)
    mobile = _MOBILE.fullmatch(digits)
    if mobile:
        return Understood(mobile.group(1))
    if _LANDLINE.fullmatch(digits) or _ABROAD.fullmatch(digits):
        return Understood(digits)
    return words(
        "That does not look like a phone number. A mobile number has 11 digits, for example 13800138000; "
        "a number from abroad starts with + and the country code."
    )


def _read_id_number(said: str) -> Reading:
    number = re.sub(r"[\s\-]", "", said).upper()
    if _RESIDENT_ID.fullmatch(number):
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
        if "10X98765432"[total % 11] == number[17]:
            return Understood(number)
        return words("One digit of this ID number seems to be wrong. Please check it once more.")
    if _PASSPORT.fullmatch(number) and not number.isdigit():
        return Understood(number)
    return words("An ID number has 18 digits (the last may be X); a passport has letters and digits.")


def _read_moment(question: Question, said: str, *, now: datetime, earliest: date | None, day: date | None) -> Reading:
    if day is not None and not names_a_day(said, now=now):
        moments = tuple(Moment(day, at) for at in read_time(said))
        if not moments:
            return words("I could not read the time. Please write it like 15:30.")
    else:
        moments = read_moments(said, now=now, leaning=question.leaning)
    doubt = unclear(said, now=now, leaning=question.leaning) if not moments else None
    if doubt is not None:
        return _doubted(doubt)
    if not moments:
        return words(
            "I could not read a day in that. Please write it like 2021-01-05, or say yesterday or last Tuesday."
        )
    if question.kind is Kind.DATE:
        moments = tuple(dict.fromkeys(Moment(moment.day) for moment in moments))
    fitting = tuple(moment for moment in moments if fault_of(question, moment, now=now, earliest=earliest) is None)
    if not fitting:
        nearest = min(moments, key=lambda moment: abs(moment.day - now.date()))
        return fault_of(question, nearest, now=now, earliest=earliest) or words("Please choose another day.")
    if len(fitting) > 1:
        return Ambiguous(fitting[:6])
    return settled(question, fitting[0], now=now)


def _doubted(unclear: Unclear) -> Words:
    match unclear.doubt:
        case Doubt.IMPOSSIBLE:
            return words(
                "There is no “{said}” in the calendar or on the clock. Please check it, and write it like 2021-01-05 "
                "or 15:30.",
                said=unclear.words,
            )
        case Doubt.LUNAR:
            return words(
                "“{said}” is a day of the lunar calendar or a feast. Please give its date in the ordinary calendar, "
                "like 2021-01-05.",
                said=unclear.words,
            )
        case Doubt.VAGUE:
            return words(
                "“{said}” may be more than one day for me. Which day exactly? Please write it like 2021-01-05; "
                "if you are not sure, give the earliest it may have been.",
                said=unclear.words,
            )


def settled(question: Question, moment: Moment, *, now: datetime) -> Reading:
    if question.kind is Kind.DATE:
        return Understood(moment.day.isoformat())
    if moment.at is None:
        return DayOnly(moment.day)
    return Understood(moment.in_zone_of(now).isoformat())


def fault_of(question: Question, moment: Moment, *, now: datetime, earliest: date | None) -> Words | None:
    """Why this day cannot be the answer; None when it can."""
    today = now.date()
    if question.leaning is Leaning.PAST and (
        moment.day > today or (moment.at is not None and moment.in_zone_of(now) > now)
    ):
        return words("{day} is still ahead. Please give a day that has already passed.", day=_shown(moment, now))
    if question.leaning is Leaning.FUTURE and (
        moment.day < today or (moment.at is not None and moment.in_zone_of(now) < now)
    ):
        return words("{day} has already passed. Please give a day that is still ahead.", day=_shown(moment, now))
    if question.furthest_days is not None and abs((moment.day - today).days) > question.furthest_days:
        return words(
            "{day} is too far away: I only need the {days} days around today.",
            day=_shown(moment, now), days=question.furthest_days,
        )  # fmt: skip
    if earliest is not None and moment.day < earliest:
        return words(
            "{day} is before {earlier}, which you gave just before. Please check which is right.",
            day=_shown(moment, now), earlier=earliest,
        )  # fmt: skip
    return None


def _shown(moment: Moment, now: datetime) -> date | datetime:
    return moment.day if moment.at is None else moment.in_zone_of(now)
