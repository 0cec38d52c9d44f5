"""The menu, and everything a resident may report: chosen by a button, or opened by free words."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, keyboard
from bot.forms.form import Step, StepKind
from bot.forms.numerals import plain
from bot.forms.openings import Opening, opening
from bot.forms.wishes import Wish, read_wish
from bot.middleware.people import Person
from bot.middleware.talks import LONGEST_SAID, Talk

MENU = (
    ("symptoms", "🤒 How I feel"),
    ("check_in", "✅ Daily check-in"),
    ("travel", "🚄 Journeys"),
    ("residence", "🏠 Where I stayed"),
    ("contact", "👥 Whom I met"),
    ("arrival", "🧳 I am coming"),
    ("plan", "📅 My plan"),
    ("more", "More ▸"),
)
MORE = (
    ("arrived", "📍 I have arrived"),
    ("result", "🧪 A test result"),
    ("earlier", "🗂 What I reported"),
    ("profile", "🪪 About me"),
    ("family", "👵 My family"),
    ("ask", "❓ May I …?"),
    ("language", "🌐 Language"),
    ("quiet", "🌙 Quiet hours"),
    ("help", "☎️ Help"),
    ("stop", "✋ Stop or delete"),
    ("menu", "◂ Back"),
)
FORMS = ("symptoms", "travel", "residence", "contact", "arrival", "arrived", "result")


def _form_of(data: str | None) -> str | None:
    what = (data or "").removeprefix("m:")
    return what if what in FORMS and data != what else None


async def wants_menu(query: CallbackQuery) -> bool:
    return query.data in ("m:menu", "m:more")


async def greets(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.MENU


async def wants_form(query: CallbackQuery) -> bool | dict[str, str]:
    form_id = _form_of(query.data)
    return {"form_id": form_id} if form_id else False


async def wants_to_go_on(query: CallbackQuery, talk: Talk) -> bool:
    return query.data == "m:go_on" and talk.draft is not None


async def show_menu(event: Message | CallbackQuery, talk: Talk) -> None:
    entries = MORE if isinstance(event, CallbackQuery) and event.data == "m:more" else MENU
    buttons = [(talk.say(label), MenuButton(what=what).pack()) for what, label in entries]
    if talk.draft is not None and talk.draft.reference is None:
        title = talk.say((await talk.form(talk.draft.form)).title)
        buttons.insert(0, (talk.say("▶ Go on: {title}", title=title), MenuButton(what="go_on").pack()))
    question = talk.say("What would you like to do?")
    example = talk.say("You can also simply write it, for example: I have had a cough since yesterday.")
    await talk.show(f"{question}\n{example}", keyboard(buttons))


async def go_on(query: CallbackQuery, talk: Talk) -> None:
    if talk.draft is not None:
        await talk.ask(Step(StepKind.ASK, talk.draft))


async def begin(query: CallbackQuery, form_id: str, talk: Talk, person: Person) -> None:
    await talk.open(form_id if await _has_agreed(person) else "consent")


async def opens_a_form(message: Message, talk: Talk) -> bool | dict[str, Opening]:
    opened = opening(message.text, now=talk.now) if message.text else None
    return {"opened": opened} if opened is not None else False


async def begin_from_words(message: Message, opened: Opening, talk: Talk, person: Person) -> None:
    said = message.text or ""
    if await _has_agreed(person):
        await talk.open_from_words(opened, said)
        return
    # What was said waits in the draft and is taken up as soon as the person has agreed.
    await talk.open("consent", said=plain(said)[:LONGEST_SAID])


async def _has_agreed(person: Person) -> bool:
    resident = (await person.me()).resident
    return resident is not None and resident.consent_version is not None


def router() -> Router:
    router = Router(name="report")
    router.message.register(show_menu, Command("menu", "report"))
    router.message.register(show_menu, greets)
    router.callback_query.register(show_menu, wants_menu)
    router.callback_query.register(go_on, wants_to_go_on)
    router.callback_query.register(begin, wants_form)
    router.message.register(begin_from_words, opens_a_form)
    return router
