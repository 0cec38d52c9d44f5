"""Stopping messages, deleting one's data, and noticing when somebody blocks the chat."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.buttons import FarewellButton, MenuButton, Pressed, keyboard
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk

LEFT = ("kicked", "left")


async def wants_to_stop(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="stop").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.STOP


async def ask(event: Message | CallbackQuery, talk: Talk) -> None:
    say = talk.say
    buttons = [
        (say("Stop messages"), FarewellButton(what="stop").pack()),
        (say("Download my data"), MenuButton(what="my_data").pack()),
        (say("Delete my data"), FarewellButton(what="erase").pack()),
        (say("◂ Back"), MenuButton(what="menu").pack()),
    ]
    text = say(
        "You can stop all messages from us, or have your data deleted. "
        "If a duty of yours is still open, your community worker will then ask you by phone or in person."
    )
    await talk.show(text, keyboard(buttons, columns=1))


async def choose(query: CallbackQuery, pressed: FarewellButton, talk: Talk, gateway: GatewayClient) -> None:
    if pressed.what == "stop":
        await gateway.stop(key=f"stop:{talk.key}")
        await talk.show(talk.say("Done. I will not write to you by myself any more. You can come back with /start."))
        return
    if pressed.what == "erase":
        await _ask_again(talk)
        return
    if pressed.what == "erase_now":
        await _erase(talk, gateway)


async def _ask_again(talk: Talk) -> None:
    buttons = [
        (talk.say("Yes, delete everything"), FarewellButton(what="erase_now").pack()),
        (talk.say("◂ Back"), MenuButton(what="menu").pack()),
    ]
    await talk.show(
        talk.say("This cannot be undone. Shall I delete everything about you?"), keyboard(buttons, columns=1)
    )


async def _erase(talk: Talk, gateway: GatewayClient) -> None:
    erasure = await gateway.erase(key=f"erase:{talk.key}")
    say = talk.say
    if not erasure.erased:
        reasons = say("Your data must still be kept for a while: {holds}", holds=tuple(erasure.holds))
        await talk.show(f"{reasons}\n{erasure.note}".strip())
        return
    await talk.show(say("Your data is deleted. Thank you for having told us, and stay well."))
    await talk.drafts.forget(talk.address)


async def moved(update: ChatMemberUpdated, gateway: GatewayClient, address: str) -> None:
    """Somebody blocked the chat, or came back: senders must know at once."""
    channel, _, handle = address.partition(":")
    state = "blocked" if update.new_chat_member.status in LEFT else "active"
    await gateway.mark_address(channel, handle, state=state)


def router() -> Router:
    router = Router(name="stop_and_erase")
    router.message.register(ask, Command("stop", "delete"))
    router.callback_query.register(ask, wants_to_stop)
    router.message.register(ask, asks)
    router.callback_query.register(choose, Pressed(FarewellButton))
    router.my_chat_member.register(moved)
    return router
