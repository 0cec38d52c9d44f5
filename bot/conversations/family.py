"""The people a resident reports for."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, Pressed, SheetButton, keyboard
from bot.errors import Refused
from bot.forms.need_words import reports_for_family
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

ADD = MenuButton(what="add_family").pack()


async def wants_family(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="family").pack()


async def asks(message: Message) -> bool:
    return message.text is not None and reports_for_family(message.text)


async def wants_to_add(query: CallbackQuery) -> bool:
    return query.data == ADD


async def show(event: Message | CallbackQuery, talk: Talk, person: Person) -> None:
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    if not resident.family:
        await talk.open("family")
        return
    names = talk.say("You can report for: {names}. Each form asks first whom it is about.",
                     names=tuple(member.name for member in resident.family))  # fmt: skip
    sheets = [
        (talk.say("🖨 Sheet for {name}", name=member.name), SheetButton(member=member.id).pack())
        for member in resident.family
    ]
    buttons = [*sheets, (talk.say("Add somebody"), ADD), (talk.say("Menu"), MenuButton(what="menu").pack())]
    await talk.show(names, keyboard(buttons))


async def print_sheet(query: CallbackQuery, pressed: SheetButton, talk: Talk, gateway: GatewayClient) -> None:
    menu = keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())])
    try:
        sheet = await gateway.sheet(pressed.member)
    except Refused:
        await talk.show(talk.say("No sheet is printed here: please ask your community."), menu)
        return
    until = sheet.expires_at.astimezone(talk.zone).date()
    await talk.show(
        talk.say("Open this page and print it. It holds until {day}: {link}", day=until, link=sheet.link), menu
    )


async def add(query: CallbackQuery, talk: Talk) -> None:
    await talk.open("family")


def router() -> Router:
    router = Router(name="family")
    router.message.register(show, Command("family"))
    router.callback_query.register(show, wants_family)
    router.message.register(show, asks)
    router.callback_query.register(add, wants_to_add)
    router.callback_query.register(print_sheet, Pressed(SheetButton))
    return router
