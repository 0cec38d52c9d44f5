"""When somebody wants to be left in peace: routine messages wait, what is urgent never does."""

from datetime import time

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, Pressed, QuietButton, keyboard
from bot.forms.wishes import Wish, read_quiet_hours, read_wish
from bot.gateway_client import GatewayClient
from bot.middleware.people import Person
from bot.middleware.talks import Talk

OFFERED = ((21, 7), (21, 8), (20, 8), (23, 9))
AS_EVERYBODY = -1


async def wants_quiet(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="quiet").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.QUIET


async def offer(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient, person: Person) -> None:
    """Who names the hours has them at once; else they are offered."""
    say = talk.say
    resident = (await person.me()).resident
    if resident is None or resident.consent_version is None:
        await talk.open("consent")
        return
    named = read_quiet_hours(event.text or "") if isinstance(event, Message) else None
    if named is not None:
        await _choose(*named, talk, gateway)
        return
    if resident.quiet_from is not None and resident.quiet_to is not None:
        present = say("Now: from {starts} to {ends}.", starts=resident.quiet_from, ends=resident.quiet_to)
    else:
        present = say("Now: as for everybody, at night.")
    buttons = [
        (say("{starts} to {ends}", starts=time(starts), ends=time(ends)), QuietButton(starts=starts, ends=ends).pack())
        for starts, ends in OFFERED
    ]
    buttons.append((say("As for everybody"), QuietButton(starts=AS_EVERYBODY, ends=AS_EVERYBODY).pack()))
    question = say("When shall only urgent messages reach you? You can also write it: quiet from 9 pm to 8 am.")
    menu = (say("Menu"), MenuButton(what="menu").pack())
    await talk.show(f"{question}\n{present}", keyboard(buttons, controls=[menu]))


async def choose(query: CallbackQuery, pressed: QuietButton, talk: Talk, gateway: GatewayClient) -> None:
    hours = (pressed.starts, pressed.ends)
    if not all(0 <= hour < 24 for hour in hours) or pressed.starts == pressed.ends:
        await gateway.be_quiet(None, None)
        await _told(talk, talk.say("As for everybody: routine messages wait for the morning."))
        return
    await _choose(time(pressed.starts), time(pressed.ends), talk, gateway)


async def _choose(starts: time, ends: time, talk: Talk, gateway: GatewayClient) -> None:
    await gateway.be_quiet(starts, ends)
    sentence = talk.say(
        "From {starts} to {ends} only urgent messages reach you; reminders wait until then.", starts=starts, ends=ends
    )
    await _told(talk, sentence)


async def _told(talk: Talk, sentence: str) -> None:
    await talk.show(f"✅ {sentence}", keyboard([(talk.say("Menu"), MenuButton(what="menu").pack())]))


def router() -> Router:
    router = Router(name="quiet_hours")
    router.message.register(offer, Command("quiet"))
    router.callback_query.register(offer, wants_quiet)
    router.callback_query.register(choose, Pressed(QuietButton))
    router.message.register(offer, asks)
    return router
