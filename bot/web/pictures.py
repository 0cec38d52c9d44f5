"""Pictures sent on the page: handed to the gateway, which keeps them sealed and knows whose they are."""

from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from bot.errors import NotFound
from bot.gateway_client import GatewayClient


@dataclass(frozen=True, slots=True)
class GatewayPictures:
    gateway: GatewayClient

    async def keep(self, chat: int, client_id: str, picture: bytes) -> str:
        """The id it is kept under: the same for the same input, however often the page sends it."""
        address = f"webchat:{chat}"
        kept = await self.gateway.acting_for(address).attach(uuid5(NAMESPACE_OID, f"{address}:{client_id}"), picture)
        return str(kept.id)

    async def find(self, chat: int, picture: UUID) -> tuple[str, bytes] | None:
        try:
            return await self.gateway.acting_for(f"webchat:{chat}").attachment(picture)
        except NotFound:
            return None
