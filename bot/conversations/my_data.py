"""A copy of what is kept about somebody: a link in their own chat, which runs out."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, keyboard
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk


async def wants_copy(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="my_data").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.COPY


async def give(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    say = talk.say
    menu = keyboard([(say("Menu"), MenuButton(what="menu").pack())])
    if (await person.me()).resident is None:
        await talk.show(say("Nothing is kept about you."), menu)
        return
    copy = await gateway.copy(key=f"copy:{talk.key}")
    until = copy.expires_at.astimezone(talk.zone)
    await talk.show(
        say(
            "Here is everything kept about you, to read and to keep: {link}\n"
            "The page asks for the last four digits of your phone number. It holds until {until}.",
            link=copy.link,
            until=until,
        ),
        menu,
    )


def router() -> Router:
    router = Router(name="my_data")
    router.message.register(give, Command("mydata"))
    router.callback_query.register(give, wants_copy)
    router.message.register(give, asks)
    return router
