"""A resident tells what they saw; the notice in force where they live says whether that is asked for."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, keyboard
from bot.forms.need_words import saw_something
from bot.forms.numerals import plain
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

KIND = "tip_off"


async def wants_to_tell(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what=KIND).pack()


async def tells(message: Message) -> bool:
    return message.text is not None and saw_something(message.text)


async def ask(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    if KIND not in await gateway.matter_kinds():
        menu = keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())])
        await talk.show(
            talk.say("Here this is told to your community worker directly: please call or visit them."), menu
        )
        return
    said = plain(event.text or "") if isinstance(event, Message) and not (event.text or "").startswith("/") else ""
    await talk.open(KIND, answers={"words": said} if said else {})


def router() -> Router:
    router = Router(name="tip_off")
    router.message.register(ask, Command("tip"))
    router.callback_query.register(ask, wants_to_tell)
    router.message.register(ask, tells)
    return router
