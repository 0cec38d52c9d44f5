"""Help, and the last word on whatever nobody understood: never a dead end."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import MenuButton, keyboard
from bot.errors import NotUnderstood, Refused
from bot.forms.wishes import Wish, read_wish
from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk

HOTLINES = {
    "emergency": "🚑 Emergency: {number}",
    "self_harm": "💚 Somebody to talk to: {number}",
    "fever_clinic": "🌡 Fever clinic: {number}",
    "appeal": "📮 Complaints and objections: {number}",
}


async def wants_help(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="help").pack()


async def asks(message: Message) -> bool:
    return read_wish(message.text or "") is Wish.PERSON


async def explain(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient) -> None:
    """How this works, and whom to call: the numbers of where somebody lives come first."""
    say = talk.say
    numbers = await _numbers(talk, gateway)
    text = say(
        "I take reports and remind you of tests and check-ins. Write in your own words, or use the menu.\n"
        "If you would rather talk to a person, call or visit your community worker; they see what you reported here.\n"
        "If somebody is in danger, call the emergency number at once."
    )
    tell = (say("👀 Tell what I saw"), MenuButton(what="tip_off").pack())
    advice = (say("📖 Advice"), MenuButton(what="advice").pack())
    sites = (say("🧪 Where to get tested"), MenuButton(what="test_sites").pack())
    rumour = (say("🔎 Is it true?"), MenuButton(what="rumour").pack())
    menu = (say("Menu"), MenuButton(what="menu").pack())
    await talk.show(
        "\n\n".join(filter(None, (numbers, text))), keyboard([advice, sites, rumour, tell, menu], columns=1)
    )


async def _numbers(talk: Talk, gateway: GatewayClient) -> str:
    """Help is given with or without them."""
    try:
        known = await gateway.hotlines()
    except (Refused, NotUnderstood):
        return ""
    return "\n".join(talk.say(HOTLINES[name], number=number) for name, number in known.items() if name in HOTLINES)


async def answer_words(message: Message, talk: Talk) -> None:
    if talk.warned:
        return
    say = talk.say
    if message.photo:
        sentence = say(
            "No picture is needed just now. A photo belongs to a test result: "
            "choose the button, and you are asked for it."
        )
    elif message.text is None:
        sentence = say("I cannot read pictures or files here. Please answer in words or with the buttons.")
    else:
        sentence = say("I did not quite understand that. These buttons may help, or a person can: choose Help.")
    result = (say("🧪 A test result"), MenuButton(what="result").pack())
    buttons = [
        *([result] if message.photo else []),
        (say("🤒 How I feel"), MenuButton(what="symptoms").pack()),
        (say("📅 My plan"), MenuButton(what="plan").pack()),
        (say("Menu"), MenuButton(what="menu").pack()),
        (say("☎️ Help"), MenuButton(what="help").pack()),
    ]
    await talk.tell(sentence, keyboard(buttons))


async def answer_press(query: CallbackQuery, talk: Talk) -> None:
    await talk.toast(talk.say("This button is no longer in use. Please choose from the menu."), alert=True)


def router() -> Router:
    router = Router(name="help")
    router.message.register(explain, Command("help", "hotline"))
    router.callback_query.register(explain, wants_help)
    router.message.register(explain, asks)
    router.message.register(answer_words)
    router.callback_query.register(answer_press)
    return router
