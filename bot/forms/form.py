"""The form engine: one pure step at a time, so that a chat, a page and a property test walk the same way.

A draft is everything that is known of an unfinished answering; it goes to JSON and back. Every accepted input raises
`step`, and every button carries the step it was drawn for, so that an old button is recognised and a double tap is
one tap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from bot.forms.answers import (
    DayOnly,
    LookUp,
    Reading,
    Understood,
    fault_of,
    options_of,
    read,
    settled,
    value_of,
)
from bot.forms.dates import Leaning, Moment
from bot.forms.numerals import plain
from bot.forms.questions import MORE, Condition, Form, Json, Kind, Question, Shown, Slot, Words, slots, words

SUMMARY = "summary"
PAGE = 8  # options on one message; beyond that they are paged
PAGED = 6
LONGEST_PAST = 60

BACK, CANCEL, DONE, SKIP, SEND, KEEP = "_back", "_cancel", "_done", "_skip", "_send", "_keep"
PAGE_TO, CHANGE, OFFERED, READ = "_p", "_c", "_o", "_r"
_BACK_WORDS = ("back", "返回", "上一步", "后退")
_CANCEL_WORDS = ("cancel", "取消", "退出", "/cancel")
_SKIP_WORDS = ("skip", "跳过", "略过", "不填")
_SEND_WORDS = ("send", "yes", "ok", "发送", "提交", "确认", "确定", "是", "好", "好的", "对")


@dataclass(frozen=True, slots=True)
class Press:
    option: str
    step: int


@dataclass(frozen=True, slots=True)
class Typed:
    text: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A photo or another file; `reference` is how the channel finds it again."""

    reference: str
    is_photo: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The gateway's answer to a place that was looked up."""

    text: str
    candidates: tuple[Mapping[str, Json], ...]
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Back:
    pass


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Change:
    question: str


Given = Press | Typed | Attached | Found | Back | Cancel | Change


@dataclass(frozen=True, slots=True)
class Draft:
    form: str
    version: int
    instance_id: str
    at: str = ""
    step: int = 0
    about: str | None = None
    subject: str | None = None  # what an official's note or resolution is about
    answers: Mapping[str, Json] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)  # words heard before the question was asked
    page: int = 0
    picked: tuple[str, ...] = ()
    offered: tuple[Mapping[str, Json], ...] = ()
    day: str | None = None
    past: tuple[Mapping[str, Json], ...] = ()
    failures: int = 0
    said: str | None = None
    people: tuple[Mapping[str, Json], ...] = ()
    places: Mapping[str, Json] = field(default_factory=dict)  # `home` and others offered as buttons
    language: str = ""
    message_id: int | None = None
    reference: str | None = None  # set once the gateway has it
    corrects: str | None = None  # the earlier report that this one puts right

    def to_json(self) -> dict[str, Json]:
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def of_json(cls, stored: Mapping[str, Json]) -> "Draft":
        """A newer programme may have dropped a field: what is not known any more is left out."""
        known = {name: stored[name] for name in _FIELDS if name in stored}
        for name in ("picked", "offered", "past", "people"):
            known[name] = tuple(known.get(name) or ())
        return cls(**known)

    @property
    def short(self) -> str:
        return self.instance_id.replace("-", "")[:8]


_FIELDS = tuple(item.name for item in fields(Draft))


class StepKind(StrEnum):
    ASK = "ask"  # show the question or the summary the draft stands at
    LOOK_UP = "look_up"  # ask the gateway for `text`, then advance with Found
    SEND = "send"
    CANCELLED = "cancelled"
    MOVED_ON = "moved_on"  # an old button; nothing changed


@dataclass(frozen=True, slots=True)
class Step:
    kind: StepKind
    draft: Draft
    notice: Words | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    code: str
    label: Shown
    chosen: bool | None = None  # ticked or not, where several may be chosen


@dataclass(frozen=True, slots=True)
class Line:
    label: Shown
    value: Shown


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to show: sentences, then options, then the row of controls."""

    title: Words
    lines: tuple[Words, ...]
    summary: tuple[Line, ...]
    buttons: tuple[Button, ...]
    controls: tuple[Button, ...]
    columns: int
    number: int
    count: int


def begin(
    form: Form,
    *,
    instance_id: str,
    now: datetime,
    about: str | None = None,
    subject: str | None = None,
    answers: Mapping[str, Json] | None = None,
    hints: Mapping[str, str] | None = None,
    said: str | None = None,
    people: Sequence[Mapping[str, Json]] = (),
    places: Mapping[str, Json] | None = None,
    language: str = "",
    corrects: str | None = None,
) -> Step:
    """A new draft at its first open question. What is already known is not asked again, only shown in the summary."""
    draft = Draft(
        form=form.id, version=form.version, instance_id=instance_id, about=about, subject=subject,
        answers=dict(answers or {}), hints=dict(hints or {}), said=said, people=tuple(people),
        places=dict(places or {}), language=language, step=1,
        corrects=corrects,
    )  # fmt: skip
    return _go_on(form, draft, now=now)


def adopt(form: Form, draft: Draft, *, now: datetime) -> Step:
    """Goes on with a draft of an older version of the form: answers to questions that still exist are kept."""
    if draft.version == form.version:
        return Step(StepKind.ASK, draft)
    kept: dict[str, Json] = {}
    while True:
        fresh = {
            slot.key: draft.answers[slot.key]
            for slot in slots(form, kept)
            if slot.key in draft.answers and _still_fits(slot.question, draft.answers[slot.key])
        }
        if fresh == kept:
            break
        kept = fresh
    cleared = replace(draft, version=form.version, answers=kept, past=(), step=draft.step + 1)
    return _go_on(form, _clean(cleared), now=now)


def _still_fits(question: Question, value: Json) -> bool:
    """Whether an answer given to an older version is one of this question's kind; what was skipped may stay so."""
    if value is None:
        return question.optional
    match question.kind:
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.YES_NO | Kind.NOTE:
            return isinstance(value, bool)
        case Kind.CHOICE:
            return value in [option.code for option in question.options]
        case Kind.MULTI_CHOICE:
            return isinstance(value, list | tuple) and {*value} <= {option.code for option in question.options}
        case Kind.PLACE:
            return isinstance(value, Mapping)
        case Kind.DATE:
            return isinstance(value, str) and len(value) == len("2021-01-05")
        case Kind.DATETIME:
            return isinstance(value, str) and "T" in value
    return isinstance(value, str)


def advance(form: Form, draft: Draft, given: Given, *, now: datetime) -> Step:
    """The one move there is. `now` carries the zone in which today is today."""
    if isinstance(given, Press):
        return _press(form, draft, given, now=now)
    if isinstance(given, Back):
        return _back(form, draft)
    if isinstance(given, Cancel):
        return Step(StepKind.CANCELLED, draft)
    if isinstance(given, Change):
        return _change(form, draft, given.question)
    if isinstance(given, Typed):
        return _typed(form, draft, given.text, now=now)
    if isinstance(given, Found):
        return _found(form, draft, given, now=now)
    return _attached(form, draft, given, now=now)


def visible_slots(form: Form, draft: Draft) -> tuple[Slot, ...]:
    """The questions these answers call for; "for whom?" only where there is somebody else."""
    found = slots(form, draft.answers)
    if draft.people:
        return found
    return tuple(slot for slot in found if slot.question.kind is not Kind.PERSON)


def slot_at(form: Form, draft: Draft) -> Slot | None:
    """The question the draft stands at; None at the summary."""
    return next((slot for slot in visible_slots(form, draft) if slot.key == draft.at), None)


# --- presses -------------------------------------------------------------------------------------------------------


def _press(form: Form, draft: Draft, press: Press, *, now: datetime) -> Step:
    if press.step != draft.step:
        return Step(StepKind.MOVED_ON, draft)
    option = press.option
    if option == BACK:
        return _back(form, draft)
    if option == CANCEL:
        return Step(StepKind.CANCELLED, draft)
    if option.startswith(PAGE_TO) and option[2:].isdecimal():
        return Step(StepKind.ASK, replace(draft, page=min(int(option[2:]), 99), step=draft.step + 1))
    slot = slot_at(form, draft)
    if slot is None:
        return _press_at_summary(form, draft, option)
    if option not in {button.code for button in _buttons(slot, draft, now=now)} | _control_codes(slot, draft):
        return Step(StepKind.MOVED_ON, draft)
    return _press_at(form, draft, slot, option, now=now)


def _press_at_summary(form: Form, draft: Draft, option: str) -> Step:
    if option == SEND:
        # The step stays: a second press, also after a restart, sends the same report again and gets the same answer.
        return Step(StepKind.SEND, draft)
    visible = visible_slots(form, draft)
    if option.startswith(CHANGE) and option[2:].isdecimal() and int(option[2:]) < len(visible):
        return _change(form, draft, visible[int(option[2:])].key)
    return Step(StepKind.MOVED_ON, draft)


def _press_at(form: Form, draft: Draft, slot: Slot, option: str, *, now: datetime) -> Step:
    question = slot.question
    if option == KEEP:
        return _go_on(form, _moved(form, draft), now=now)
    if option == SKIP:
        if draft.day is not None:
            return _answer(form, draft, slot, draft.day, now=now)
        return _answer(form, draft, slot, None, now=now)
    if option.startswith(OFFERED):
        return _accept_offer(form, draft, slot, draft.offered[int(option[2:])], now=now)
    match question.kind:
        case Kind.MULTI_CHOICE:
            return _press_choices(form, draft, slot, option, now=now)
        case Kind.CHOICE | Kind.YES_NO:
            chosen = next(choice for choice in options_of(question) if choice.code == option)
            return _answer(form, draft, slot, value_of(question, chosen), now=now)
        case Kind.PERSON:
            return _answer(form, draft, slot, option, now=now)
        case Kind.NOTE:
            return _answer(form, draft, slot, True, now=now)
        case Kind.DATE | Kind.DATETIME:
            return _press_moment(form, draft, slot, option, now=now)
        case Kind.PLACE:
            name = _suggested(slot, draft)[int(option[1:])][0]
            return _answer(form, draft, slot, _suggested_place(slot, draft, name), now=now)
        case _:
            return Step(StepKind.MOVED_ON, draft)


def _press_choices(form: Form, draft: Draft, slot: Slot, option: str, *, now: datetime) -> Step:
    if option == DONE:
        if not draft.picked:
            return _fault(draft, words("Please choose at least one, then tap Done."))
        return _answer(form, draft, slot, list(draft.picked), now=now)
    chosen = {choice.code: choice for choice in slot.question.options}
    if option in draft.picked:
        picked = tuple(code for code in draft.picked if code != option)
    elif chosen[option].alone:
        picked = (option,)
    else:
        picked = (*(code for code in draft.picked if not chosen[code].alone), option)
    ordered = tuple(code for code in chosen if code in picked)
    return Step(StepKind.ASK, replace(draft, picked=ordered, step=draft.step + 1))


def _press_moment(form: Form, draft: Draft, slot: Slot, option: str, *, now: datetime) -> Step:
    if option == "now":
        return _answer(form, draft, slot, now.isoformat(timespec="seconds"), now=now)
    if option.startswith("t"):
        moment = Moment(date.fromisoformat(draft.day or now.date().isoformat()), time(int(option[1:])))
    else:
        moment = Moment(now.date() + timedelta(days=int(option[1:])))
    fault = fault_of(slot.question, moment, now=now, earliest=_earliest(slot, draft))
    if fault is not None:
        return _fault(draft, fault)
    return _take(form, draft, slot, settled(slot.question, moment, now=now), now=now)


# --- words ---------------------------------------------------------------------------------------------------------


def _typed(form: Form, draft: Draft, text: str, *, now: datetime) -> Step:
    said = plain(text[:5000]).lower()
    if said in _CANCEL_WORDS:
        return Step(StepKind.CANCELLED, draft)
    if said in _BACK_WORDS:
        return _back(form, draft)
    slot = slot_at(form, draft)
    if slot is None:
        if said in _SEND_WORDS:
            return Step(StepKind.SEND, draft)
        return _fault(
            draft, words("The answers are complete: tap “{send}” when they are right.", send=Words(form.send))
        )
    if slot.question.optional and said in _SKIP_WORDS:
        return _answer(form, draft, slot, None, now=now)
    day = date.fromisoformat(draft.day) if draft.day else None
    reading = read(slot.question, text, now=now, earliest=_earliest(slot, draft), day=day)
    if isinstance(reading, Words) and slot.question.optional and said in ("没有", "无", "no", "none"):
        return _answer(form, draft, slot, None, now=now)
    return _take(form, draft, slot, reading, now=now)


def _take(form: Form, draft: Draft, slot: Slot, reading: Reading, *, now: datetime) -> Step:
    if isinstance(reading, Words):
        return _fault(draft, reading)
    if isinstance(reading, LookUp):
        return Step(StepKind.LOOK_UP, draft, text=reading.text)
    if isinstance(reading, Understood):
        return _answer(form, draft, slot, reading.value, now=now)
    if isinstance(reading, DayOnly):
        waiting = _clean(replace(draft, step=draft.step + 1))
        return Step(StepKind.ASK, replace(waiting, day=reading.day.isoformat()))
    offered = tuple(_offer_of(moment) for moment in reading.moments)
    waiting = _clean(replace(draft, step=draft.step + 1))
    return Step(StepKind.ASK, replace(waiting, offered=offered), words("Which one do you mean?"))


def _offer_of(moment: Moment) -> dict[str, Json]:
    return {"day": moment.day.isoformat(), "time": moment.at.isoformat() if moment.at else None}


def _attached(form: Form, draft: Draft, given: Attached, *, now: datetime) -> Step:
    slot = slot_at(form, draft)
    if slot is not None and slot.question.kind is Kind.PHOTO and given.is_photo:
        return _answer(form, draft, slot, given.reference[:200], now=now)
    if slot is not None and slot.question.kind is Kind.PHOTO:
        return _fault(draft, words("Please send a photo, or tap Skip."))
    return _fault(draft, words("I cannot read pictures or files here. Please answer in words or with the buttons."))


# --- places --------------------------------------------------------------------------------------------------------


def _found(form: Form, draft: Draft, found: Found, *, now: datetime) -> Step:
    slot = slot_at(form, draft)
    if slot is None or slot.question.kind is not Kind.PLACE:
        return Step(StepKind.MOVED_ON, draft)
    text = plain(found.text)[: slot.question.longest]
    if found.country and not found.candidates and not slot.question.needs_area:
        return _answer(form, draft, slot, place(text, country=found.country), now=now)
    fine = [candidate for candidate in found.candidates if len(str(candidate["code"])) >= slot.question.area_digits]
    if found.candidates and not fine:
        return _fault(
            draft, words("Please add the district or county, so that I find the right place in “{text}”.", text=text)
        )
    places = [_place_of(text, candidate) for candidate in fine[:12]]
    if len(places) == 1:
        return _answer(form, draft, slot, places[0], now=now)
    cleared = _clean(replace(draft, step=draft.step + 1))
    if places:
        kept = [] if slot.question.needs_area else [place(text)]
        notice = words("Several places are called that. Which one is it?")
        return Step(StepKind.ASK, replace(cleared, offered=(*places, *kept)), notice)
    failed = replace(cleared, failures=draft.failures + 1)
    if slot.question.needs_area:
        return Step(
            StepKind.ASK, failed, words("I could not find “{text}”. Please write city and district.", text=text)
        )
    notice = words(
        "I could not find “{text}” in my list. You can write city and district, or keep your words.", text=text
    )
    return Step(StepKind.ASK, replace(failed, offered=(place(text),)), notice)


def place(text: str, *, area: str | None = None, detail: str = "", country: str | None = None, shown: str = "") -> Json:
    return {"text": text, "area": area, "detail": detail, "country": country, "shown": shown or text}


def _place_of(text: str, candidate: Mapping[str, Json]) -> Json:
    rest = str(candidate.get("rest") or "")
    full_name = str(candidate.get("full_name") or candidate.get("name") or text)
    return place(text, area=str(candidate["code"]), detail=rest, shown=f"{full_name} {rest}".strip())


def _accept_offer(form: Form, draft: Draft, slot: Slot, offer: Mapping[str, Json], *, now: datetime) -> Step:
    if slot.question.kind is Kind.PLACE:
        return _answer(form, draft, slot, dict(offer), now=now)
    moment = Moment(date.fromisoformat(offer["day"]), time.fromisoformat(offer["time"]) if offer["time"] else None)
    return _take(form, draft, slot, settled(slot.question, moment, now=now), now=now)


def _suggested(slot: Slot, draft: Draft) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []
    for name in slot.question.suggest:
        value = _suggested_place(slot, draft, name)
        if value and all(value["shown"] != other["shown"] for _, other in found):
            found.append((name, value))
    return found


def _suggested_place(slot: Slot, draft: Draft, name: str) -> Json:
    if name.startswith("previous.") and slot.group is not None:
        return draft.answers.get(f"{slot.group.id}.{slot.entry - 1}.{name.removeprefix('previous.')}")
    return draft.places.get(name)


# --- moving --------------------------------------------------------------------------------------------------------


def _answer(form: Form, draft: Draft, slot: Slot, value: Json, *, now: datetime) -> Step:
    constraint = slot.question.constraint
    if constraint is not None and value is not None:

        def answer_to(question_id: str) -> Json:
            return draft.answers.get(slot.sibling(question_id), draft.answers.get(question_id))

        if not constraint.allows(value, answer_to, today=now.date()):
            message = constraint.message or "This answer cannot be right here. Please check it once more."
            return _fault(draft, Words(message))
    answers = {**draft.answers, slot.key: value}
    gone = [slot.key] if slot.key not in draft.answers else []
    was = {} if gone else {slot.key: draft.answers[slot.key]}
    for other in slots(form, answers):
        # A day that now precedes the one it must follow is asked again.
        if other.question.not_before and other.sibling(other.question.not_before) == slot.key:
            later = draft.answers.get(other.key)
            if later and value and str(later)[:10] < str(value)[:10]:
                was[other.key] = answers.pop(other.key)
    answered = replace(
        draft,
        answers=answers,
        past=(*draft.past, {"at": draft.at, "was": was, "gone": gone, "about": draft.about})[-LONGEST_PAST:],
        about=_about(slot, value, draft),
        step=draft.step + 1,
    )
    step = _go_on(form, _clean(answered), now=now)
    if form.send_at_once and step.draft.at == SUMMARY and form.send_at_once.holds(answers.get):
        return Step(StepKind.SEND, step.draft)
    return step


def _about(slot: Slot, value: Json, draft: Draft) -> str | None:
    if slot.question.kind is not Kind.PERSON:
        return draft.about
    return next((str(person["id"]) for person in draft.people if person["id"] == value), None)


def _moved(form: Form, draft: Draft) -> Draft:
    past = (*draft.past, {"at": draft.at, "was": {}, "gone": [], "about": draft.about})[-LONGEST_PAST:]
    return _clean(replace(draft, past=past, step=draft.step + 1))


def _go_on(form: Form, draft: Draft, *, now: datetime) -> Step:
    """To the first open question, else to the summary. Words heard earlier are tried as its answer first."""
    for slot in visible_slots(form, draft):
        if slot.key in draft.answers:
            continue
        standing = replace(draft, at=slot.key)
        if slot.key not in draft.hints:
            return Step(StepKind.ASK, standing)
        hint = draft.hints[slot.key]
        standing = replace(standing, hints={key: text for key, text in draft.hints.items() if key != slot.key})
        step = _typed(form, standing, hint, now=now)
        if step.kind is StepKind.CANCELLED or step.draft.failures > draft.failures:
            return Step(StepKind.ASK, standing)
        return step
    return Step(StepKind.ASK, replace(draft, at=SUMMARY))


def _back(form: Form, draft: Draft) -> Step:
    if draft.offered or draft.day:
        return Step(StepKind.ASK, _clean(replace(draft, step=draft.step + 1)))
    if not draft.past:
        return Step(StepKind.ASK, replace(draft, step=draft.step + 1), words("This is the first question."))
    last = draft.past[-1]
    answers = {key: value for key, value in draft.answers.items() if key not in last["gone"]} | dict(last["was"])
    restored = replace(
        draft, answers=answers, at=last["at"], about=last["about"], past=draft.past[:-1], step=draft.step + 1
    )
    return Step(StepKind.ASK, _ticked(form, _clean(restored), draft.answers))


def _change(form: Form, draft: Draft, key: str) -> Step:
    if key == draft.at or key not in {slot.key for slot in visible_slots(form, draft)}:
        return Step(StepKind.MOVED_ON, draft)
    return Step(StepKind.ASK, _ticked(form, replace(_moved(form, draft), at=key), draft.answers))


def _ticked(form: Form, draft: Draft, before: Mapping[str, Json]) -> Draft:
    """Who comes back to a list finds it ticked as it was left."""
    slot = slot_at(form, draft)
    if slot is None or slot.question.kind is not Kind.MULTI_CHOICE:
        return draft
    return replace(draft, picked=tuple(before.get(slot.key) or ()))


def _fault(draft: Draft, notice: Words) -> Step:
    return Step(StepKind.ASK, replace(draft, failures=draft.failures + 1, step=draft.step + 1), notice)


def _clean(draft: Draft) -> Draft:
    return replace(draft, page=0, picked=(), offered=(), day=None, failures=0)


def _earliest(slot: Slot, draft: Draft) -> date | None:
    if slot.question.not_before is None:
        return None
    earlier = draft.answers.get(slot.sibling(slot.question.not_before))
    return date.fromisoformat(str(earlier)[:10]) if earlier else None


# --- what is shown -------------------------------------------------------------------------------------------------


def prompt(form: Form, draft: Draft, *, now: datetime) -> Prompt:
    visible = visible_slots(form, draft)
    slot = slot_at(form, draft)
    title = Words(form.title)
    if slot is None:
        return _summary_prompt(form, draft, visible, title)
    buttons = _buttons(slot, draft, now=now)
    shown, pager = _paged(buttons, draft.page)
    return Prompt(
        title=title,
        lines=tuple(_sentences(form, slot, draft, first=slot == visible[0])),
        summary=(),
        buttons=shown,
        controls=(*pager, *_controls(slot, draft)),
        columns=1 if any(_is_long(button.label) for button in shown) else 2,
        number=visible.index(slot) + 1,
        count=len(visible),
    )


def _sentences(form: Form, slot: Slot, draft: Draft, *, first: bool) -> list[Words]:
    sentences: list[Words] = []
    if first and form.intro and not draft.past:
        sentences.append(Words(form.intro))
    if slot.question.section:
        sentences.append(Words(slot.question.section))
    if slot.group and slot.asks_for_more and slot.group.first:
        sentences.append(Words(slot.group.label))
    if slot.group and slot.entry and not slot.asks_for_more:
        sentences.append(words("{what} {number}", what=Words(slot.group.label), number=slot.entry + 1))
    if draft.day is not None and not draft.offered:
        sentences.append(words("{day}: at what time? Tap or write it, for example 15:30.", day=_as_date(draft.day)))
    else:
        sentences.append(Words(slot.question.ask))
        if slot.question.remark:
            sentences.append(Words(slot.question.remark))
        if slot.question.hint and not draft.offered:
            sentences.append(words("For example: {example}", example=Words(slot.question.hint)))
    if draft.failures >= 3:
        sentences.append(
            words("If this is difficult, your community worker will gladly help: tap Cancel and choose Help.")
        )
    elif draft.failures == 2:
        sentences.append(words("The buttons below may be easier."))
    return sentences


def summary(form: Form, draft: Draft) -> tuple[Line, ...]:
    """Every visible answer, in order, for the person to check."""
    return tuple(_line(slot, draft) for slot in visible_slots(form, draft) if slot.question.kind is not Kind.NOTE)


def _line(slot: Slot, draft: Draft) -> Line:
    label: Shown = Words(slot.question.label)
    if slot.group and not slot.asks_for_more:
        label = words("{number}. {what}", number=slot.entry + 1, what=label)
    return Line(label, _value(slot, draft))


def _value(slot: Slot, draft: Draft) -> Shown:
    value = draft.answers.get(slot.key)
    question = slot.question
    if value is None:
        return Words("not given")
    match question.kind:
        case Kind.YES_NO:
            return Words("Yes") if value else Words("No")
        case Kind.CHOICE | Kind.MULTI_CHOICE:
            labels = {option.code: Words(option.label) for option in question.options}
            codes = value if isinstance(value, list | tuple) else [value]
            return tuple(labels.get(code, str(code)) for code in codes)
        case Kind.DATE | Kind.DATETIME:
            return _as_date(str(value))
        case Kind.PLACE:
            return str(value["shown"])
        case Kind.PERSON:
            named = [person["name"] for person in draft.people if person["id"] == value]
            return str(named[0]) if named else Words("Myself")
        case Kind.PHOTO:
            return Words("a photo")
        case Kind.NUMBER:
            return (f"{value:.12g} {question.unit}".strip()) if isinstance(value, float | int) else str(value)
        case _:
            return str(value)


def _as_date(value: str) -> date | datetime:
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)


def _summary_prompt(form: Form, draft: Draft, visible: tuple[Slot, ...], title: Words) -> Prompt:
    changes = tuple(
        Button(f"{CHANGE}{index}", words("✏️ {what}", what=_line(slot, draft).label))
        for index, slot in enumerate(visible)
        if slot.question.kind is not Kind.NOTE
    )
    shown, pager = _paged(changes, draft.page)
    controls = (Button(SEND, words("✅ {what}", what=Words(form.send))), *_ways_out(draft))
    return Prompt(
        title=title,
        lines=(words("Is everything right? Tap “{send}”, or tap an answer to change it.", send=Words(form.send)),),
        summary=summary(form, draft),
        buttons=shown,
        controls=(*pager, *controls),
        columns=2,
        number=len(visible),
        count=len(visible),
    )


def _paged(buttons: tuple[Button, ...], page: int) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    if len(buttons) <= PAGE:
        return buttons, ()
    last = (len(buttons) - 1) // PAGED
    page = min(page, last)
    pager = []
    if page > 0:
        pager.append(Button(f"{PAGE_TO}{page - 1}", Words("◂ Previous")))
    if page < last:
        pager.append(Button(f"{PAGE_TO}{page + 1}", Words("More ▸")))
    return buttons[page * PAGED : (page + 1) * PAGED], tuple(pager)


def _buttons(slot: Slot, draft: Draft, *, now: datetime) -> tuple[Button, ...]:
    question = slot.question
    if draft.offered:
        return tuple(
            Button(f"{OFFERED}{index}", _offered_label(question, offer, now))
            for index, offer in enumerate(draft.offered)
        )
    match question.kind:
        case Kind.MULTI_CHOICE:
            return tuple(
                Button(option.code, Words(option.label), option.code in draft.picked) for option in question.options
            )
        case Kind.CHOICE | Kind.YES_NO:
            return tuple(Button(option.code, Words(option.label)) for option in options_of(question))
        case Kind.NOTE:
            return (Button(READ, Words("Go on ▸")),)
        case Kind.PERSON:
            others = [Button(str(person["id"]), str(person["name"])) for person in draft.people]
            return (Button("me", Words("Myself")), *others)
        case Kind.DATE | Kind.DATETIME:
            return _moment_buttons(slot, draft, now=now)
        case Kind.PLACE:
            return tuple(
                Button(f"s{index}", str(value["shown"])) for index, (_, value) in enumerate(_suggested(slot, draft))
            )
        case _:
            return ()


def _offered_label(question: Question, offer: Mapping[str, Json], now: datetime) -> Shown:
    if question.kind is Kind.PLACE:
        return str(offer["shown"]) if offer.get("area") else words("Keep “{text}”", text=str(offer["shown"]))
    if offer["time"] is None:
        return date.fromisoformat(offer["day"])
    return Moment(date.fromisoformat(offer["day"]), time.fromisoformat(offer["time"])).in_zone_of(now)


def _moment_buttons(slot: Slot, draft: Draft, *, now: datetime) -> tuple[Button, ...]:
    question = slot.question
    if draft.day is not None:
        return tuple(Button(f"t{hour}", time(hour)) for hour in (7, 9, 11, 13, 15, 17, 19, 21))
    ahead = question.leaning is Leaning.FUTURE
    offsets = (0, 1, 2, 3) if ahead else (0, -1, -2, -3)
    names = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    days = []
    for offset in offsets:
        day = now.date() + timedelta(days=offset)
        if fault_of(question, Moment(day), now=now, earliest=_earliest(slot, draft)) is None:
            label = words("{name}, {day}", name=Words(names[offset]), day=day) if offset in names else day
            days.append(Button(f"d{offset}", label))
    if question.kind is Kind.DATETIME and not ahead:
        return (Button("now", Words("Just now")), *days)
    return tuple(days)


def _control_codes(slot: Slot, draft: Draft) -> set[str]:
    return {button.code for button in _controls(slot, draft)}


def _controls(slot: Slot, draft: Draft) -> tuple[Button, ...]:
    controls: list[Button] = []
    question = slot.question
    if question.kind is Kind.MULTI_CHOICE and not draft.offered:
        controls.append(Button(DONE, Words("✔ Done")))
    if slot.key in draft.answers:
        controls.append(Button(KEEP, Words("Leave as it is")))
    if draft.day is not None and question.time_optional:
        controls.append(Button(SKIP, Words("I do not know the time")))
    elif question.optional and draft.day is None:
        controls.append(Button(SKIP, Words("Skip")))
    return (*controls, *_ways_out(draft))


def _ways_out(draft: Draft) -> tuple[Button, ...]:
    cancel = Button(CANCEL, Words("✖ Cancel"))
    if not draft.past and not draft.offered and not draft.day:
        return (cancel,)
    return (Button(BACK, Words("◂ Back")), cancel)


def _is_long(label: Shown) -> bool:
    if isinstance(label, date | datetime | tuple):
        return True
    text = label.msgid if isinstance(label, Words) else str(label)
    return len(text.encode()) > 24


# --- what is sent --------------------------------------------------------------------------------------------------


def assemble(form: Form, draft: Draft) -> dict[str, Any]:
    """The answers as the gateway's contract names them; questions that were not asked carry their `absent` value."""
    visible = {slot.key: slot for slot in visible_slots(form, draft)}
    assembled: dict[str, Any] = {}
    for item in form.questions:
        if isinstance(item, Question):
            if item.recorded:
                assembled[item.id] = _sent(item, draft.answers.get(item.id) if item.id in visible else None)
            continue
        entries = 1 + max((slot.entry for slot in visible.values() if slot.group == item), default=-1)
        assembled[item.id] = [
            {
                question.id: _sent(question, draft.answers.get(key) if key in visible else None)
                for question in item.questions
                if question.recorded
                for key in (f"{item.id}.{entry}.{question.id}",)
            }
            for entry in range(entries)
        ]
    return assembled


def _sent(question: Question, value: Json) -> Json:
    if value is None:
        return question.absent
    if question.kind is Kind.PLACE:
        return {key: value[key] for key in ("text", "area", "detail", "country")}
    if question.kind is Kind.MULTI_CHOICE:
        alone = {option.code for option in question.options if option.alone}
        return [code for code in value if code not in alone]
    return value


def answered(form: Form, told: Mapping[str, Any], *, now: datetime) -> dict[str, Json]:
    """The answers behind what `assemble` made: an earlier report, to be read again and put right.

    Questions that were only asked to find the way (did you travel, are you still there) follow from the others.
    """
    answers: dict[str, Json] = {}
    for item in form.questions:
        if isinstance(item, Question):
            if item.recorded:
                answers[item.id] = _kept(item, told.get(item.id), now=now)
            continue
        entries = told.get(item.id) or []
        for entry, values in enumerate(entries):
            for question in item.questions:
                if question.recorded:
                    answers[f"{item.id}.{entry}.{question.id}"] = _kept(question, values.get(question.id), now=now)
            answers[f"{item.id}.{entry}.{MORE}"] = entry + 1 < len(entries)
            answers |= _on_the_way(item.questions, answers, f"{item.id}.{entry}.")
        if isinstance(item.show_if, Condition):
            answers[item.show_if.question] = bool(entries)
    return answers | _on_the_way(tuple(item for item in form.questions if isinstance(item, Question)), answers, "")


def _on_the_way(questions: Sequence[Question], answers: Mapping[str, Json], prefix: str) -> dict[str, Json]:
    unrecorded = {question.id for question in questions if not question.recorded and question.kind is Kind.YES_NO}
    return {
        f"{prefix}{asks.question}": (answers.get(f"{prefix}{question.id}") is not None) is asks.values[0]
        for question in questions
        if isinstance(asks := question.show_if, Condition) and asks.question in unrecorded
    }


def _kept(question: Question, value: Json, *, now: datetime) -> Json:
    if question.kind is Kind.PLACE and value is not None:
        return place(value["text"], area=value["area"], detail=value["detail"], country=value["country"])
    if question.kind is Kind.DATETIME and isinstance(value, str) and "T" in value:
        return datetime.fromisoformat(value).astimezone(now.tzinfo).isoformat()
    if question.kind is Kind.MULTI_CHOICE and not value:
        return [option.code for option in question.options if option.alone][:1] or None
    return value
