"""Snapshots of unfinished answers: opaque here, sealed by the bot, kept so that a lost store loses no answer."""

import base64
import binascii
from dataclasses import dataclass

from gateway.clock import Clock
from gateway.domain.scopes import Scope
from gateway.errors import Invalid
from gateway.services.transactions import Transactions

_WORK = Scope.of_work("drafts")


class DraftNotReadable(Invalid):
    """A draft is base64 text."""


@dataclass(frozen=True, slots=True)
class DraftService:
    transactions: Transactions
    clock: Clock

    async def keep(self, chat: str, blob: str) -> None:
        try:
            content = base64.b64decode(blob, validate=True)
        except (binascii.Error, ValueError):
            raise DraftNotReadable from None
        async with self.transactions.begin(_WORK) as work:
            await work.credentials.keep_draft(chat, content, self.clock.now())

    async def find(self, chat: str) -> str | None:
        async with self.transactions.begin(_WORK) as work:
            content = await work.credentials.draft(chat)
        return base64.b64encode(content).decode() if content is not None else None

    async def drop(self, chat: str) -> None:
        async with self.transactions.begin(_WORK) as work:
            await work.credentials.drop_draft(chat)
