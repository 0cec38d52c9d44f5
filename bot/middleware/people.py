"""Who speaks: the address, the gateway client that acts for it, and what the gateway knows of the person."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import TelegramObject, User

from bot.gateway_client import GatewayClient, MeOut

TELEGRAM = "telegram"


@dataclass(slots=True)
class Person:
    """Asked of the gateway when first needed, once per update: most steps of a form never need it."""

    gateway: GatewayClient
    _me: MeOut | None = field(default=None, repr=False)

    async def me(self) -> MeOut:
        if self._me is None:
            self._me = await self.gateway.me()
        return self._me

    def changed(self) -> None:
        """What is known is out of date: ask again."""
        self._me = None


@dataclass(slots=True)
class PeopleMiddleware(BaseMiddleware):
    gateway: GatewayClient
    channels: Mapping[int, str]  # bot id -> channel

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        user: User | None = data.get("event_from_user")
        bot: Bot = data["bot"]
        if user is None:
            return None
        address = f"{self.channels.get(bot.id, TELEGRAM)}:{user.id}"
        gateway = self.gateway.acting_for(address)
        data |= {"address": address, "gateway": gateway, "person": Person(gateway)}
        return await handler(event, data)
