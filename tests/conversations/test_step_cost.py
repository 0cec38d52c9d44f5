"""What a step of a form costs: one call of Redis, however many chats are at work, and no thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis, UnixDomainSocketConnection
from redis.exceptions import ConnectionError as Cut

from bot.calls import Calls
from bot.drafts import Drafts, GatewaySnapshots
from gateway.clock import HeldClock
from gateway.wire.seals import KeySeal
from tests.conversations.chat import NOW, Chat, agreed
from tests.support.small_talk import SilentGateway

STEPS = ("发热", "选好了", "跳过", "今天", "跳过")  # fever, done, no temperature, since today, no more words


class Counted(UnixDomainSocketConnection):
    packets: list[bytes]

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        packet = command if isinstance(command, bytes) else b"".join(command)
        self.packets.append(packet)
        await super().send_packed_command(command, check_health)


class Remembering(ThreadPoolExecutor):
    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self.asked: list[Callable[..., Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked.append(fn)
        return super().submit(fn, *args, **kwargs)


@pytest.fixture
async def packets(redis: Redis) -> list[bytes]:
    """Everything that is sent to Redis from here on."""
    found: list[bytes] = []
    await redis.aclose()
    redis.connection_pool.reset()
    redis.connection_pool.connection_class = type("CountedHere", (Counted,), {"packets": found})
    return found


async def test_a_step_of_a_form_costs_one_call_of_redis_and_no_thread(redis: Redis, packets: list[bytes]) -> None:
    client = httpx2.AsyncClient(base_url="http://gateway", transport=SilentGateway())
    drafts = Drafts(redis, KeySeal.of(b"k" * 32, purpose="draft"), GatewaySnapshots(client, "bot"), HeldClock(NOW))
    chat = Chat(drafts=drafts)
    chat.gateway.residents[chat.address] = agreed()
    await chat.says("/start")
    await chat.presses("菜单", "身体情况")
    threads = Remembering()
    asyncio.get_running_loop().set_default_executor(threads)

    costs = []
    for step in STEPS:
        packets.clear()
        await chat.presses(step)
        costs.append(len(packets))

    assert chat.sees("都对吗")
    assert costs == [1] * len(STEPS)
    assert threads.asked == []


async def test_calls_of_one_moment_share_a_packet_and_each_hears_its_own_answer(
    redis: Redis, packets: list[bytes]
) -> None:
    calls = Calls(redis)
    lua = "if ARGV[1] == '7' then return redis.error_reply('ERR seven') end return ARGV[1]"
    asked = [calls.script(lua, keys=[], args=[number]) for number in range(50)]
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [answer for number, answer in enumerate(answers) if number != 7] == [
        str(number).encode() for number in range(50) if number != 7
    ]
    assert "seven" in str(answers[7])
    packets.clear()
    await asyncio.gather(*[calls.command("PING") for _ in range(50)])
    assert len(packets) == 2  # who came first, and all who came meanwhile


async def test_who_is_cut_off_in_a_shared_packet_is_told_so_and_who_left_is_not_asked_for(redis: Redis) -> None:
    calls = Calls(redis)
    first = asyncio.ensure_future(calls.command("BLPOP", "nothing", "0"))
    await asyncio.sleep(0.01)
    behind, gone = (asyncio.ensure_future(calls.command("INCR", name)) for name in ("behind", "gone"))
    await asyncio.sleep(0)
    gone.cancel()
    first.cancel()

    assert await behind == 1
    assert await redis.get("gone") is None
    with pytest.raises(asyncio.CancelledError):
        await first

    together = [asyncio.ensure_future(calls.command("BLPOP", "nothing", "0")) for _ in range(3)]
    await asyncio.sleep(0.01)
    together[0].cancel()
    await asyncio.sleep(0.01)
    together[1].cancel()
    with pytest.raises(Cut):
        await together[2]
