"""One update's talk: speaks in one language, edits in place, keeps the draft, says what went wrong in plain words."""

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Protocol
from uuid import UUID

from aiogram import BaseMiddleware, Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    CallbackQuery,
    InaccessibleMessage,
    InlineKeyboardMarkup,
    Message,
    TelegramObject,
    Update,
    User,
)

from bot.buttons import FormButton, form_button, keyboard
from bot.drafts import Kept, Overtaken
from bot.errors import BotError, NotAllowed, NotDelivered, NotFound, NotPossibleNow, NotUnderstood
from bot.forms.form import (
    DONE,
    PAGE_TO,
    SEND,
    SUMMARY,
    Button,
    Draft,
    Found,
    Line,
    Prompt,
    Step,
    StepKind,
    advance,
    begin,
    prompt,
)
from bot.forms.load import Forms
from bot.forms.numerals import plain
from bot.forms.openings import Opening
from bot.forms.questions import Form, Shown, Words, words
from bot.forms.report_types import PREFIX, TRIAL, form_of
from bot.gateway_client import GatewayClient, MeOut, ShapeMismatch
from bot.middleware.languages import language_of
from bot.middleware.people import Person
from bot.texts import Say, Texts

LONGEST = 4096
LONGEST_SAID = 4000
LONGEST_VALUE = 160
SHORT_VALUE = 40
LONGEST_TOAST = 190
TRIES = 3
MOST_MADE = 256
LATER = (
    "I cannot reach the health post just now. Nothing is lost: I keep trying, and answer as soon as it works. "
    "If somebody is in danger, call the emergency number now."
)
BINDING = "/start"  # with a code: what a group may say
IN_GROUPS = ("al:", "ck:", "du:", "mt:")  # what officials press where everyone can read


Press = Callable[[CallbackQuery, FormButton, "Talk", GatewayClient], Awaitable[None]]


class Clock(Protocol):
    def now(self) -> datetime: ...


class Drafts(Protocol):
    """What `bot.drafts` offers; tests have a dictionary."""

    async def load(self, address: str, *, update_id: int) -> Kept: ...

    async def save(
        self, address: str, draft: dict[str, Any] | None, *, update_id: int, section_ends: bool = False
    ) -> None: ...

    async def forget(self, address: str) -> None: ...


@dataclass(slots=True)
class Talk:
    bot: Bot
    chat_id: int
    message: Message | None  # the one a button was pressed on; it is edited in place
    query: CallbackQuery | None
    address: str
    update_id: int
    draft: Draft | None
    say: Say
    person: Person
    drafts: Drafts
    forms: Forms
    texts: Texts
    clock: Clock
    zone: tzinfo
    new_id: Callable[[], UUID]
    made: "MadeForms"
    warned: bool = False  # a safety card was shown: no small talk after it
    _answered: bool = field(default=False)

    @property
    def now(self) -> datetime:
        return self.clock.now().astimezone(self.zone)

    @property
    def key(self) -> str:
        """The same for every redelivery of this update."""
        return f"{self.address}:{self.update_id}"

    # --- speaking

    async def tell(self, text: str, markup: InlineKeyboardMarkup | None = None) -> Message:
        return await self.bot.send_message(self.chat_id, text[:LONGEST], reply_markup=markup, parse_mode=None)

    async def show(self, text: str, markup: InlineKeyboardMarkup | None = None) -> int:
        """In place of the message whose button was pressed, else as a new one; the id of what is now on the screen."""
        if self.message is not None:
            try:
                await self.bot.edit_message_text(
                    text[:LONGEST],
                    chat_id=self.chat_id,
                    message_id=self.message.message_id,
                    reply_markup=markup,
                    parse_mode=None,
                )
            except TelegramBadRequest as refusal:
                if "not modified" not in refusal.message:
                    return (await self.tell(text, markup)).message_id
            return self.message.message_id
        return (await self.tell(text, markup)).message_id

    async def toast(self, text: str = "", *, alert: bool = False) -> None:
        """The word on the pressed button; given once, at the latest when the update is done."""
        if self.query is None or self._answered:
            return
        self._answered = True
        with contextlib.suppress(TelegramBadRequest):  # too old to be answered: nobody waits any more
            await self.bot.answer_callback_query(self.query.id, text=text[:LONGEST_TOAST] or None, show_alert=alert)

    def words(self, shown: Shown) -> str:
        if isinstance(shown, Words):
            return self.say(shown.msgid, **{name: self._spoken(value) for name, value in shown.values.items()})
        return self.say.show(self._spoken(shown))

    def _spoken(self, value: Shown) -> Any:
        if isinstance(value, Words):
            return self.words(value)
        if isinstance(value, tuple | list):
            return tuple(self._spoken(item) for item in value)
        return self.say.show(value)

    # --- forms

    async def form(self, form_id: str) -> Form:
        """A form by its name: one of the bot's own, or a report type an official made, or the draft of one."""
        if form_id.startswith(TRIAL):
            draft = await self.person.gateway.report_type(UUID(form_id.removeprefix(TRIAL)))
            return form_of(draft, self.say.language, trial=True)
        if not form_id.startswith(PREFIX):
            return self.forms.get(form_id)
        return await self.made.get(form_id, self.say.language, self.person.gateway)

    async def open(self, form_id: str, **known: Any) -> None:
        """Begins a form with what is known of the person, and asks its first open question."""
        about_person = await self._known_of_person(form_id)
        step = begin(
            await self.form(form_id),
            instance_id=str(self.new_id()),
            now=self.now,
            language=self.say.language,
            **{**about_person, **known},
        )
        await self.ask(await self.looked_up(step))

    async def open_from_words(self, opening: Opening, said: str) -> None:
        await self.open(opening.form, answers=opening.answers, hints=opening.hints, said=plain(said)[:LONGEST_SAID])

    async def open_again(self, form_id: str, told: Mapping[str, Any], *, corrects: str, about: str | None) -> None:
        """The form of an earlier report, filled in as it was told: whoever answered it is not asked for whom."""
        step = begin(
            self.forms.get(form_id),
            instance_id=str(self.new_id()),
            now=self.now,
            language=self.say.language,
            answers=told,
            about=about,
            corrects=corrects,
            places=_home(await self.person.me()),
        )
        notice = words("Tap what is wrong, change it, then send. The earlier report stays on record as corrected.")
        await self.ask(replace(step, notice=notice))

    def summed_up(self, form_id: str, told: Mapping[str, Any]) -> str:
        """What was answered, line by line, as the form's own summary says it."""
        form = self.forms.get(form_id)
        draft = Draft(form=form.id, version=form.version, instance_id="", at=SUMMARY, answers=told)
        return self._summary(prompt(form, draft, now=self.now).summary, LONGEST_VALUE)

    async def looked_up(self, step: Step) -> Step:
        """Asks the gateway for the place a step needs; it may need another one next."""
        while step.kind is StepKind.LOOK_UP:
            places = await self.person.gateway.places(step.text, language=self.say.language)
            found = Found(
                step.text,
                tuple(candidate.model_dump() for candidate in places.candidates),
                places.country.code if places.country is not None else None,
            )
            step = advance(await self.form(step.draft.form), step.draft, found, now=self.now)
        return step

    async def _known_of_person(self, form_id: str) -> dict[str, Any]:
        me = await self.person.me()
        if me.resident is None or form_id == "consent":
            return {}
        return {"people": _family(me), "places": _home(me)}

    async def ask(self, step: Step) -> None:
        """Shows where the draft stands, then keeps it."""
        draft = step.draft
        shown = prompt(await self.form(draft.form), draft, now=self.now)
        text = self._text(shown, draft, step.notice)
        before = self.draft.message_id if self.draft is not None else None
        if self.message is not None and before is not None and self.message.message_id < before:
            self.message = None  # an older message was pressed; the question goes to the end of the chat
        message_id = await self.show(text, self._keyboard(shown, draft))
        if before is not None and before != message_id:
            await self._disarm(before)
        await self.keep(replace(draft, message_id=message_id))

    async def keep(self, draft: Draft | None) -> None:
        kept = None if draft is None else draft.to_json()
        ends = draft is None or draft.at == SUMMARY
        await self.drafts.save(self.address, kept, update_id=self.update_id, section_ends=ends)
        self.draft = draft

    async def _disarm(self, message_id: int) -> None:
        with contextlib.suppress(TelegramBadRequest):
            await self.bot.edit_message_reply_markup(chat_id=self.chat_id, message_id=message_id, reply_markup=None)

    def _text(self, shown: Prompt, draft: Draft, notice: Words | None) -> str:
        head = self.words(shown.title)
        if draft.about is not None and (name := self._name_of(draft)):
            head = f"{head} · {name}"
        if draft.at != SUMMARY and shown.count > 1:
            head = f"{head} · {shown.number}/{shown.count}"
        parts = [head]
        if notice is not None:
            parts.append(f"❗ {self.words(notice)}")
        if shown.summary:
            parts.append(self._summary(shown.summary, LONGEST_VALUE))
        parts += [self.words(line) for line in shown.lines]
        text = "\n\n".join(parts)
        if len(text) > LONGEST:
            parts = [
                part if index != 1 else self._summary(shown.summary, SHORT_VALUE) for index, part in enumerate(parts)
            ]
            text = "\n\n".join(parts)
        return text

    def _summary(self, lines: tuple[Line, ...], longest: int) -> str:
        told = ((self.words(line.label), _cut(self.words(line.value), longest)) for line in lines)
        return "\n".join(self.say("{what}: {value}", what=what, value=value) for what, value in told)

    def _name_of(self, draft: Draft) -> str:
        return next((str(person["name"]) for person in draft.people if person["id"] == draft.about), "")

    def _keyboard(self, shown: Prompt, draft: Draft) -> InlineKeyboardMarkup | None:
        send = [self._drawn(button, draft) for button in shown.controls if button.code == SEND]
        done = [self._drawn(button, draft) for button in shown.controls if button.code == DONE]
        pages = [button for button in shown.controls if button.code.startswith(PAGE_TO)]
        apart = (*pages, *(button for button in shown.controls if button.code in (SEND, DONE)))
        others = [self._drawn(button, draft) for button in shown.controls if button not in apart]
        return keyboard(
            [self._drawn(button, draft) for button in (*shown.buttons, *pages)],
            columns=shown.columns,
            first=send,
            last=done,
            controls=others,
        )

    def _drawn(self, button: Button, draft: Draft) -> tuple[str, str]:
        label = self.words(button.label)
        if button.chosen is not None:
            label = f"{'☑' if button.chosen else '☐'} {label}"
        return label, form_button(draft.short, draft.step, button.code)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _family(me: MeOut) -> tuple[Mapping[str, Any], ...]:
    members = me.resident.family if me.resident is not None else []
    return tuple({"id": str(member.id), "name": member.name} for member in members)


def _home(me: MeOut) -> Mapping[str, Any]:
    resident = me.resident
    if resident is None or not resident.home_area or not resident.home_area_name:
        return {}
    name = resident.home_area_name
    return {"home": {"text": name, "area": resident.home_area, "detail": "", "country": None, "shown": name}}


@dataclass(slots=True)
class MadeForms:
    """Forms of report types, fetched once in each language: a version never changes."""

    _known: dict[tuple[str, str], Form] = field(default_factory=dict)

    async def get(self, form_id: str, language: str, gateway: GatewayClient) -> Form:
        known = self._known.get((form_id, language))
        if known is not None:
            return known
        if len(self._known) >= MOST_MADE:
            self._known.clear()
        form = form_of(await gateway.report_type(UUID(form_id.removeprefix(PREFIX))), language)
        self._known[form_id, language] = form
        return form


@dataclass(slots=True)
class TalkMiddleware(BaseMiddleware):
    drafts: Drafts
    forms: Forms
    texts: Texts
    clock: Clock
    zone: tzinfo
    new_id: Callable[[], UUID]
    made: MadeForms = field(default_factory=MadeForms)
    press: Press | None = None
    _told: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update) or not _is_for_us(event):
            return None
        for attempt in range(TRIES):
            talk, repeated = await self._talk(event, data)
            if repeated:
                # Worked before: the screen already shows what followed.
                return await talk.toast()
            data |= {"talk": talk, "say": talk.say}
            try:
                return await self._work(self._door(event) or handler, event, data, talk)
            except Overtaken:
                if attempt + 1 == TRIES:
                    raise
        return None

    def _door(self, event: Update) -> Callable[..., Awaitable[Any]] | None:
        """A form's buttons are pressed more often than all else: they need not be offered to every conversation."""
        query, press = event.callback_query, self.press
        pressed = FormButton.read(query.data or "") if query is not None else None
        if query is None or press is None or pressed is None:
            return None
        return lambda _, data: press(query, pressed, data["talk"], data["gateway"])

    async def _work(
        self, handler: Callable[..., Awaitable[Any]], event: Update, data: dict[str, Any], talk: Talk
    ) -> Any:
        try:
            done = await handler(event, data)
        except NotDelivered:
            # The transport keeps the update and works it again; the person hears once that it takes a while.
            if self._first_word_on(talk):
                await _complain(talk, talk.say(LATER))
            raise
        except BotError as error:
            await _complain(talk, _sentence(error, talk.say))
            return None
        except ShapeMismatch:
            # Somebody said what nothing of the gateway's takes: their sentence was no use, but the chat goes on.
            await _complain(talk, _sentence(NotUnderstood(), talk.say))
            return None
        await talk.toast()
        return done

    def _first_word_on(self, talk: Talk) -> bool:
        if talk.key in self._told:
            return False
        self._told.append(talk.key)
        return True

    async def _talk(self, event: Update, data: dict[str, Any]) -> tuple[Talk, bool]:
        address: str = data["address"]
        user: User | None = data.get("event_from_user")
        kept = await self.drafts.load(address, update_id=event.update_id)
        query = event.callback_query
        message = query.message if query is not None else None
        language = await language_of(kept.draft, data["person"], user)
        draft = Draft.of_json(kept.draft) if kept.draft else None
        talk = Talk(
            bot=data["bot"],
            chat_id=data["event_chat"].id,
            message=None if isinstance(message, InaccessibleMessage) or _is_result(message, draft) else message,
            query=query,
            address=address,
            update_id=event.update_id,
            draft=draft,
            say=self.texts.speaking(language),
            person=data["person"],
            drafts=self.drafts,
            forms=self.forms,
            texts=self.texts,
            clock=self.clock,
            zone=self.zone,
            new_id=self.new_id,
            made=self.made,
        )
        return talk, kept.repeated


def _is_result(message: Message | None, draft: Draft | None) -> bool:
    """What was answered to a report stays readable: whatever is pressed on it, the answer goes beneath."""
    return (
        message is not None
        and draft is not None
        and draft.reference is not None
        and draft.message_id == message.message_id
    )


def _is_for_us(event: Update) -> bool:
    """Residents are asked in private chats only; in a group, officials may press their buttons and give its code."""
    if event.my_chat_member is not None:
        return event.my_chat_member.chat.type == "private"
    if event.message is not None:
        return event.message.chat.type == "private" or (event.message.text or "").startswith(BINDING)
    query = event.callback_query
    if query is None or query.message is None:
        return False
    return query.message.chat.type == "private" or (query.data or "").startswith(IN_GROUPS)


async def _complain(talk: Talk, sentence: str) -> None:
    if talk.query is not None:
        await talk.toast(sentence, alert=True)
        return
    await talk.tell(sentence)


def _sentence(error: BotError, say: Say) -> str:
    if isinstance(error, NotFound):
        return say("I cannot find that any more.")
    if isinstance(error, NotAllowed):
        return say("You may not do that here. If you think you should, please ask your supervisor.")
    if isinstance(error, NotPossibleNow):
        return say("That is not possible any more: somebody has dealt with it already.")
    return say("That did not work. Please try again, or choose Help in the menu.")
