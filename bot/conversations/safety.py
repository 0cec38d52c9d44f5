"""Every free word is heard by the gateway first: where somebody may be in danger, the card comes before all else."""

import re

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Message

from bot.gateway_client import GatewayClient
from bot.middleware.talks import Talk

_COMMAND = re.compile(r"/[a-z_]{1,32}(@\w+)?(\s+\S{0,64})?")


async def is_free_words(message: Message) -> bool:
    said = message.text or message.caption
    return said is not None and _COMMAND.fullmatch(said) is None


async def listen(message: Message, talk: Talk, gateway: GatewayClient) -> None:
    about = talk.draft.about if talk.draft is not None else None
    said = _sayable(message.text or message.caption or "")
    heard = await gateway.heard(said, language=talk.say.language, about=about, key=f"heard:{talk.key}")
    if heard.card:
        await talk.tell(heard.card)
        talk.warned = True
    # The words may also be an answer, or open a form: whoever comes next reads them too.
    raise SkipHandler


def _sayable(said: str) -> str:
    """Half a surrogate pair cannot be sent to anybody."""
    return said.encode("utf-8", "replace").decode()


def router() -> Router:
    router = Router(name="safety")
    router.message.register(listen, is_free_words)
    return router
