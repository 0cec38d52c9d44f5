"""Is it true? What somebody heard is checked by officials; the answer comes back in the chat."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.buttons import MenuButton, keyboard
from bot.forms.advice_words import LONGEST, is_rumour
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

KIND = "rumour"


async def wants_to_ask(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what=KIND).pack()


async def is_asking(message: Message) -> bool:
    return message.text is not None and not message.text.startswith("/") and is_rumour(message.text)


async def explain(event: CallbackQuery, talk: Talk) -> None:
    await talk.show(talk.say("Write what you heard, for example: is it true that buses stop tomorrow?"), _menu(talk))


async def begin(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    said = (command.args or "").strip()
    if not said:
        await talk.tell(
            talk.say("Write what you heard, for example: is it true that buses stop tomorrow?"), _menu(talk)
        )
        return
    await _ask(said, talk, gateway, person)


async def answer_words(message: Message, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    await _ask(message.text or "", talk, gateway, person)


async def _ask(said: str, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    say = talk.say
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    if KIND not in await gateway.matter_kinds():
        await talk.show(
            say("Nobody checks rumours here yet. Please trust only official news, and ask your community."), _menu(talk)
        )
        return
    reference = await gateway.ask_rumour(said[:LONGEST], key=f"rumour:{talk.key}")
    await talk.show(
        say(
            "Officials will check this and you hear the answer here. Until then please do not pass it on. "
            "Reference: {reference}",
            reference=reference,
        ),
        _menu(talk),
    )


def _menu(talk: Talk) -> InlineKeyboardMarkup | None:
    return keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())])


def router() -> Router:
    router = Router(name="rumour")
    router.message.register(begin, Command("rumour"))
    router.callback_query.register(explain, wants_to_ask)
    router.message.register(answer_words, is_asking)
    return router
