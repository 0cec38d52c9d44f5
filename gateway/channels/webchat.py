"""To the web chat: the message is written into the chat's stream, and every open page of that chat hears it."""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.channels.receipts import Outgoing, Permanent, Receipt, Temporary
from gateway.clock import Clock
from gateway.domain.kinds import ChannelName, Lane
from gateway.wire import chats, markup
from gateway.wire.chats import Body, Button, EventKind
from gateway.wire.seals import Seal


@dataclass(frozen=True)
class WebChatChannel:
    """Nothing here is uncertain: the delivery's id makes writing twice the same as writing once."""

    redis: Redis
    seal: Seal
    clock: Clock
    name: ChannelName = ChannelName.WEBCHAT

    async def send(self, outgoing: Outgoing) -> Receipt:
        if not outgoing.address.isdecimal():
            raise Permanent("no such chat")
        chat = int(outgoing.address)
        words, fallback = _words(outgoing)
        now = self.clock.now()
        body = Body(
            html=words.html,
            text=words.text,
            buttons=tuple(tuple(Button(label, data) for label, data in row) for row in outgoing.buttons),
            loud=outgoing.lane is Lane.ALERT,
            protect=outgoing.protect,
            at=now,
        )
        keys, arguments = chats.post_call(
            chat, EventKind.NEW, body, seal=self.seal, now=now, delivery=outgoing.delivery_id.hex
        )
        try:
            message = await self.redis.register_script(chats.POST_LUA)(keys=keys, args=arguments)
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise Temporary("redis does not answer") from error
        except RedisError as error:
            raise Temporary(type(error).__name__) from error
        return Receipt(str(message), fallback=fallback)

    async def close(self) -> None:
        """The client belongs to the composition root."""


def _words(outgoing: Outgoing) -> tuple[markup.Markup, bool]:
    try:
        return markup.of_html(outgoing.text), False
    except markup.MarkupRefused:
        return markup.of_text(outgoing.plain), True
