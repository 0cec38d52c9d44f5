"""Where can I get tested: the agencies officials listed, whoever is open around the clock named as such."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, keyboard
from bot.forms.advice_words import asks_where_to_test
from bot.gateway_client import AgencyOut, GatewayClient
from bot.middleware.talks import Talk

SHOWN = 6
TOLD = ("address", "hours", "booking", "fee", "process")


async def wants_sites(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="test_sites").pack()


async def asks(message: Message) -> bool:
    return message.text is not None and asks_where_to_test(message.text)


async def show(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient) -> None:
    say = talk.say
    menu = keyboard([(say("Menu"), MenuButton(what="menu").pack())])
    found = await gateway.testing_agencies(language=say.language)
    if not found:
        await talk.show(say("No testing agency is listed here yet. Please ask your community."), menu)
        return
    lines = [say("You can be tested here:")]
    lines += [_line(one, talk) for one in found[:SHOWN]]
    await talk.show("\n\n".join(lines), menu)


def _line(one: AgencyOut, talk: Talk) -> str:
    name = f"🏥 {one.name}"
    if one.round_the_clock:
        name += f" · {talk.say('open around the clock')}"
    told = [f"· {one.told[field]}" for field in TOLD if one.told.get(field)]
    return "\n".join([name, *told])


def router() -> Router:
    router = Router(name="testing_sites")
    router.message.register(show, Command("testing"))
    router.callback_query.register(show, wants_sites)
    router.message.register(show, asks)
    return router
