"""Which language: the one the form was begun in, else the one on record, else what the person's app says."""

from collections.abc import Mapping
from typing import Any

from aiogram.types import User

from bot.errors import BotError
from bot.middleware.people import Person


async def language_of(draft: Mapping[str, Any] | None, person: Person, user: User | None) -> str:
    if draft and draft.get("language"):
        return str(draft["language"])
    try:
        me = await person.me()
    except BotError:
        # The gateway will be asked again by whoever needs it; until then the app's language must do.
        return app_language(user)
    return me.resident.language if me.resident is not None else app_language(user)


def app_language(user: User | None) -> str:
    return (user.language_code if user is not None else None) or ""
