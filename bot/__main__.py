"""python -m bot: the residents' port and, with a token, Telegram."""

import asyncio
import gc
import sys

import uvicorn

from bot.bootstrap import build, open_gateway, open_redis
from bot.errors import BotError
from bot.settings import Settings
from bot.transports.keyring import Seals
from gateway import logs
from gateway.clock import SystemClock
from gateway.memory import collect_seldom


async def serve(settings: Settings) -> None:
    if settings.redis_url is None:
        raise NoRedis("REDIS_URL is not set; `./run` starts a Valkey and sets it")
    redis = open_redis(settings.redis_url)
    blocking = open_redis(settings.redis_url, answer_within=15, connections=16)
    gateway = open_gateway(settings)
    try:
        half = build(
            settings,
            redis=redis,
            blocking=blocking,
            gateway=gateway,
            clock=SystemClock(),
            seals=Seals.from_file(settings.keyring_path),
        )
        gc.collect()
        collect_seldom()
        config = uvicorn.Config(
            half.app,
            host=settings.bot_host,
            port=settings.bot_port,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=20,
        )
        await uvicorn.Server(config).serve()
    finally:
        await gateway.aclose()
        await redis.aclose()
        await blocking.aclose()


class NoRedis(BotError):
    """There is no Redis to keep drafts and chats in."""


def main() -> int:
    logs.configure(process="bot")
    try:
        asyncio.run(serve(Settings()))
    except BotError as error:
        sys.stderr.write(f"bot: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
