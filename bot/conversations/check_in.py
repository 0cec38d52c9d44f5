"""The daily check-in: one tap when all is well."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton
from bot.middleware.people import Person
from bot.middleware.talks import Talk


async def wants_to_check_in(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="check_in").pack()


async def begin(event: Message | CallbackQuery, talk: Talk, person: Person) -> None:
    resident = (await person.me()).resident
    agreed = resident is not None and resident.consent_version is not None
    await talk.open("check_in" if agreed else "consent")


def router() -> Router:
    router = Router(name="check_in")
    router.message.register(begin, Command("checkin"))
    router.callback_query.register(begin, wants_to_check_in)
    return router
