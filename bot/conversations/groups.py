"""In a group of officials the bot hears one word: the code that makes the group a desk's own."""

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.errors import NotAllowed, NotFound, NotPossibleNow
from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk


async def in_a_group(message: Message) -> bool:
    """Asynchronous on purpose: aiogram would ask a plain function in a thread."""
    return message.chat.type != "private"


async def bind(message: Message, command: CommandObject, talk: Talk, gateway: GatewayClient) -> None:
    topic = message.message_thread_id if message.is_topic_message else None
    try:
        desk = await gateway.bind_group((command.args or "").strip(), chat=str(message.chat.id), topic=topic)
    except NotAllowed:
        sentence = talk.say("I know you not yet as an official. Please open your invitation in our own chat first.")
    except NotPossibleNow:
        sentence = talk.say("This group, or this topic, is already connected.")
    except NotFound:
        sentence = talk.say("I do not know this code. Codes are good for a day and once; please make a new one.")
    else:
        sentence = talk.say(
            "Connected: {label}, {area}. Alerts will arrive here.", label=desk.label, area=desk.area_name
        )
    await message.answer(sentence)


def router() -> Router:
    router = Router(name="groups")
    router.message.register(bind, in_a_group, Command("start"))
    return router
