"""About the resident: asked once, changed at any time; what is known is only shown."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton
from bot.middleware.people import Person
from bot.middleware.talks import Talk


async def wants_profile(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="profile").pack()


async def begin(event: Message | CallbackQuery, talk: Talk, person: Person) -> None:
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    known: dict[str, object] = {}
    if resident.name:
        known["name"] = resident.name
    if resident.home_area and resident.home_area_name:
        home = resident.home_area_name
        known["home_area"] = {
            "text": home, "area": resident.home_area, "detail": "", "country": None, "shown": home,
        }  # fmt: skip
    if resident.grid:
        known["grid"] = resident.grid
    await talk.open("profile", answers=known)


def router() -> Router:
    router = Router(name="profile")
    router.message.register(begin, Command("profile"))
    router.callback_query.register(begin, wants_profile)
    return router
