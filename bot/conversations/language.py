"""Choosing the language; for somebody new, consent follows at once."""

from dataclasses import replace

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import LanguageButton, MenuButton, Pressed, keyboard
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk
from bot.texts import LANGUAGES


async def wants_language(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="language").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") in (Wish.CHINESE, Wish.ENGLISH)


async def offer(event: Message | CallbackQuery, talk: Talk) -> None:
    buttons = [(name, LanguageButton(language=language).pack()) for language, name in LANGUAGES.items()]
    await talk.show(talk.say("Which language do you prefer?"), keyboard(buttons))


async def choose(
    query: CallbackQuery, pressed: LanguageButton, talk: Talk, gateway: GatewayClient, person: Person
) -> None:
    talk.say = talk.texts.speaking(pressed.language)
    me = await person.me()
    if me.resident is None or me.resident.consent_version is None:
        await talk.open("consent")
        return
    await gateway.speak(talk.say.language)
    if talk.draft is not None:
        await talk.keep(replace(talk.draft, language=talk.say.language))
    done = talk.say("From now on I speak English with you.")
    await talk.show(done, keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())]))


def router() -> Router:
    router = Router(name="language")
    router.message.register(offer, Command("language"))
    router.callback_query.register(offer, wants_language)
    router.message.register(offer, asks)
    router.callback_query.register(choose, Pressed(LanguageButton))
    return router
