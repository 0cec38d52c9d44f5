"""What the notices advise: a list of topics, one of them by a button, or the one that free words ask for."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.buttons import MenuButton, Pressed, TopicButton, keyboard
from bot.errors import Refused
from bot.gateway_client import GatewayClient, TopicOut
from bot.middleware.people import Person
from bot.middleware.talks import Talk

LONGEST = 200


async def wants_topics(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="advice").pack()


async def wants_difficulty(query: CallbackQuery) -> bool:
    return query.data == MenuButton(what="difficulty").pack()


async def asks(message: Message, talk: Talk, gateway: GatewayClient) -> bool | dict[str, TopicOut]:
    """Whatever nobody else understood is looked up in the advice of the notices in force."""
    said = message.text or ""
    if not said or said.startswith("/") or len(said) > LONGEST or talk.warned:
        return False
    try:
        found = await gateway.guidance(language=talk.say.language, asked=said)
    except Refused:
        return False
    return {"topic": found[0]} if found else False


async def show_topics(event: Message | CallbackQuery, talk: Talk, gateway: GatewayClient) -> None:
    say = talk.say
    topics = await gateway.guidance(language=say.language)
    buttons = [(one.title, TopicButton(key=one.key).pack()) for one in topics]
    buttons += [
        (say("🧪 Where to get tested"), MenuButton(what="test_sites").pack()),
        (say("🔎 Is it true?"), MenuButton(what="rumour").pack()),
    ]
    menu = [(say("Menu"), MenuButton(what="menu").pack())]
    await talk.show(say("What would you like to read about?"), keyboard(buttons, columns=1, controls=menu))


async def show_topic(query: CallbackQuery, pressed: TopicButton, talk: Talk, gateway: GatewayClient) -> None:
    try:
        topic = await gateway.topic(pressed.key, language=talk.say.language)
    except Refused:
        await talk.toast(talk.say("This button is no longer in use. Please choose from the menu."), alert=True)
        return
    await talk.show(_told(topic), _buttons(topic, talk))


async def answer_words(message: Message, topic: TopicOut, talk: Talk) -> None:
    await talk.show(_told(topic), _buttons(topic, talk))


async def tell_difficulty(query: CallbackQuery, talk: Talk, person: Person) -> None:
    resident = (await person.me()).resident
    await talk.open("difficulty" if resident is not None and resident.consent_version is not None else "consent")


def _told(topic: TopicOut) -> str:
    return f"{topic.title}\n\n{topic.text}"


def _buttons(topic: TopicOut, talk: Talk) -> InlineKeyboardMarkup | None:
    say = talk.say
    offered = [(say("🆘 Tell what is difficult"), MenuButton(what="difficulty").pack())] if topic.offers else []
    more = (say("More advice"), MenuButton(what="advice").pack())
    return keyboard([*offered, more, (say("Menu"), MenuButton(what="menu").pack())])


def router() -> Router:
    router = Router(name="advice")
    router.message.register(show_topics, Command("advice"))
    router.callback_query.register(show_topics, wants_topics)
    router.callback_query.register(show_topic, Pressed(TopicButton))
    router.callback_query.register(tell_difficulty, wants_difficulty)
    router.message.register(answer_words, asks)
    return router
