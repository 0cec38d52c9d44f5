"""At a door: a code was scanned, the chat knows where somebody stands, and asks what that place asks."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.buttons import MenuButton, Pressed, VenueButton, keyboard
from bot.errors import NotFound
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

#: How a code begins behind /start, where an invitation never does.
MARK = "v_"


async def scanned(message: Message) -> bool | dict[str, str]:
    """Behind a link, or typed after the command where a camera is missing."""
    said = (message.text or "").partition(" ")[2].strip()
    return {"code": said.removeprefix(MARK)} if said.lower().startswith(MARK) else False


async def come(message: Message, code: str, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    await _enter(code, talk, gateway, person)


async def typed(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    code = (command.args or "").strip().removeprefix(MARK)
    if not code:
        await talk.tell(
            talk.say("Scan the code at the door, or write /at and the eight letters under it."), _menu(talk)
        )
        return
    await _enter(code, talk, gateway, person)


async def press(query: CallbackQuery, pressed: VenueButton, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    if pressed.verb == "come":
        await _enter(pressed.code, talk, gateway, person)
        return
    try:
        visit = await gateway.visit(pressed.code, key=talk.key)
    except NotFound:
        await _unknown(talk)
        return
    at = visit.visited_at.astimezone(talk.zone)
    await talk.show(f"✅ {talk.say('Registered, {at}. Thank you.', at=at)}", _menu(talk))


async def _enter(code: str, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    try:
        door = await gateway.door(code)
    except NotFound:
        await _unknown(talk)
        return
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent", subject=door.code)
        return
    if door.asks_guests:
        await talk.open("guest", subject=door.code, answers={"name": resident.name} if resident.name else {})
    elif door.asks_symptoms:
        await talk.open("medicine", subject=door.code)
    else:
        here = (talk.say("✅ I am here"), VenueButton(verb="here", code=door.code).pack())
        text = talk.say(
            "📍 {name}\nTap to register that you are here now. It is read only when somebody here turns out to be "
            "infected, and is deleted after 90 days.",
            name=door.name,
        )
        await talk.show(text, keyboard([here, (talk.say("Menu"), MenuButton(what="menu").pack())], columns=1))


async def _unknown(talk: Talk) -> None:
    await talk.show(
        talk.say("I do not know this code, or the place has closed. Please ask the people there."), _menu(talk)
    )


def _menu(talk: Talk) -> InlineKeyboardMarkup | None:
    return keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())])


def router() -> Router:
    router = Router(name="venue")
    router.message.register(come, Command("start"), scanned)
    router.message.register(typed, Command("at"))
    router.callback_query.register(press, Pressed(VenueButton))
    return router
