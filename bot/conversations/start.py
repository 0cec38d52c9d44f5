"""/start: who runs this and for what, in the resident's language; with an invitation, an official's enrolment."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import InlineKeyboardMarkup, Message

from bot.buttons import LanguageButton, MenuButton, keyboard
from bot.errors import InvitationExpired, InvitationUsed, NotAccepted, NotFound
from bot.gateway_client import GatewayClient, ShapeMismatch
from bot.middleware.people import Person
from bot.middleware.talks import Talk
from bot.texts import LANGUAGES, Say


async def start(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    if command.args:
        await _enrol(command.args.strip(), talk, gateway)
        return
    me = await person.me()
    if me.resident is None or me.resident.consent_version is None:
        await _welcome(talk)
        return
    name = me.resident.name or ""
    greeting = talk.say("Welcome back, {name}.", name=name) if name else talk.say("Welcome back.")
    await talk.tell(f"{greeting}\n{talk.say('What would you like to do?')}", _menu(talk.say))


async def _welcome(talk: Talk) -> None:
    """Nobody's language is known yet: the greeting is said in all of them."""
    voices = [talk.texts.speaking(language) for language in LANGUAGES]
    greetings = [
        voice("Hello. This is the health post of your community. Please choose your language.") for voice in voices
    ]
    buttons = [(name, LanguageButton(language=language).pack()) for language, name in LANGUAGES.items()]
    await talk.tell("\n\n".join(greetings), keyboard(buttons))


async def _enrol(token: str, talk: Talk, gateway: GatewayClient) -> None:
    say = talk.say
    try:
        official = await gateway.enrol(token)
    except InvitationUsed:
        await talk.tell(say("This invitation has already been used. Please ask for a new one."))
    except InvitationExpired:
        await talk.tell(say("This invitation has expired. Please ask for a new one."))
    except (NotFound, NotAccepted, ShapeMismatch):
        await talk.tell(say("I do not know this invitation. Please check the link, or ask for a new one."))
    else:
        duty = keyboard([(say("My duty"), MenuButton(what="duty").pack())])
        await talk.tell(say("Welcome, {name}. Alerts for you will arrive here.", name=official.name), duty)


def _menu(say: Say) -> InlineKeyboardMarkup | None:
    return keyboard([(say("Menu"), MenuButton(what="menu").pack())])


def router() -> Router:
    router = Router(name="start")
    router.message.register(start, Command("start"))
    return router
