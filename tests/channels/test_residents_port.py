"""The residents' port refuses strangers, floods and nonsense, and says in one line why it is not ready."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.bootstrap import TalkingHalf
from bot.settings import Settings
from bot.web.sessions import COOKIE, Sessions
from gateway.channels.receipts import Outgoing
from gateway.channels.webchat import WebChatChannel
from gateway.clock import SystemClock
from gateway.domain.kinds import DeliveryId, Lane
from gateway.wire import chats, seals
from gateway.wire.seals import KeySeal
from tests.support.small_talk import KEY, SilentGateway, small_half

HOME = "http://bot.example"


@pytest.fixture
def gateway() -> SilentGateway:
    return SilentGateway()


@pytest.fixture
def half(redis: Redis, redis_url: str, gateway: SilentGateway) -> TalkingHalf:
    settings = Settings(redis_url=redis_url, bot_gateway_token=SecretStr("bot"), public_bot_url=HOME)
    return small_half(settings, gateway=gateway)


@pytest.fixture
async def page(half: TalkingHalf) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that has opened the page."""
    transport = httpx2.ASGITransport(app=half.app)
    async with httpx2.AsyncClient(base_url=HOME, transport=transport, headers={"Origin": HOME}) as client:
        await client.get("/")
        yield client


def says(text: str = "hello", **values: Any) -> dict[str, Any]:
    return {"id": uuid4().hex, "kind": "text", "text": text} | values


async def test_the_page_arrives_with_a_closed_cookie_and_no_inline_script(page: httpx2.AsyncClient) -> None:
    page.cookies.clear()
    answer = await page.get("/")

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert "<script>" not in answer.text and "onclick=" not in answer.text


async def test_an_input_is_received_and_repeated_safely(page: httpx2.AsyncClient) -> None:
    input_ = says()
    first, second = await page.post("/chat/inputs", json=input_), await page.post("/chat/inputs", json=input_)

    assert (first.status_code, first.json()["state"]) == (202, "received")
    assert second.json()["state"] == "received"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "x"},
        {"id": "a b c d e f g"},
        {"kind": "photo"},
        {"kind": "other"},
        {"text": "x" * 4097},
        {"text": " \n "},
        {"text": 5},
        {"text": "\ud800"},
        {"kind": "press", "data": "x" * 65, "message": 1},
        {"kind": "press", "data": "", "message": 1},
        {"kind": "press", "data": "f:1", "message": "1"},
    ],
)
async def test_what_no_page_of_ours_would_send_is_refused(page: httpx2.AsyncClient, wrong: dict[str, Any]) -> None:
    import json

    body = json.dumps(says() | wrong)
    answer = await page.post("/chat/inputs", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_emoji_and_control_characters_are_words_like_others(page: httpx2.AsyncClient) -> None:
    answer = await page.post("/chat/inputs", json=says("发烧🤒\x07\u202e 38.2"))
    assert answer.status_code == 202


async def test_another_site_cannot_speak_for_a_resident(page: httpx2.AsyncClient) -> None:
    for origin in ("https://evil.example", "null", ""):
        answer = await page.post("/chat/inputs", json=says(), headers={"Origin": origin})
        assert answer.status_code == 403


@pytest.mark.parametrize("cookie", ["", "1.4503599627370503.forged", "1.x.y", "2.1.1", "1." + "9" * 40 + ".a"])
async def test_nobody_comes_in_without_a_cookie_of_ours(page: httpx2.AsyncClient, cookie: str) -> None:
    page.cookies.clear()
    headers = {"Cookie": f"{COOKIE}={cookie}"}

    assert (await page.post("/chat/inputs", json=says(), headers=headers)).status_code == 401
    assert (await page.get("/chat/events", headers=headers)).status_code == 401


async def test_a_flood_is_slowed_down(page: httpx2.AsyncClient) -> None:
    answers = [await page.post("/chat/inputs", json=says()) for _ in range(40)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and "retry-after" in refused[0].headers


async def test_a_body_that_is_too_large_is_not_read(page: httpx2.AsyncClient) -> None:
    answer = await page.post("/chat/inputs", content=b"x" * 100_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_only_the_pages_own_photos_of_a_sane_size_go_through(
    page: httpx2.AsyncClient, gateway: SilentGateway
) -> None:
    """What is no picture the gateway refuses: see the journeys."""
    sent = "/chat/photos/client-0001"
    assert (await page.post(sent, content=b"x", headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await page.post("/chat/photos/x", content=b"x")).status_code == 422
    assert (await page.post(sent, content=bytes(6_000_001))).status_code == 413
    gateway.down = True
    assert (await page.post(sent, content=b"jpeg")).status_code == 503
    gateway.down = False
    assert (await page.post(sent, content=b"jpeg")).json() == {"id": "client-0001", "state": "received"}
    assert (await page.get("/chat/photos/../../etc/passwd")).status_code == 404
    flood = [(await page.post(f"/chat/photos/client-{n:04}", content=b"jpeg")).status_code for n in range(10)]
    assert 429 in flood
    page.cookies.clear()
    assert (await page.post(sent, content=b"jpeg")).status_code == 401
    assert (await page.get(f"/chat/photos/{uuid4()}")).status_code == 401


async def test_the_gateway_hears_that_a_delivery_was_seen(
    page: httpx2.AsyncClient, redis: Redis, gateway: SilentGateway
) -> None:
    chat = Sessions(seals.derive(KEY, seals.SESSION)).chat_of(page.cookies[COOKIE])
    assert chat is not None
    letter = Outgoing(DeliveryId(uuid4()), str(chat), "Test today", "Test today", Lane.ALERT)
    await WebChatChannel(redis, KeySeal.of(KEY, purpose=seals.CHAT), SystemClock()).send(letter)

    gateway.down = True
    delivery = letter.delivery_id.hex
    assert (await page.post("/chat/seen", json={"deliveries": [delivery]})).json() == {"seen": []}
    gateway.down = False
    assert (await page.post("/chat/seen", json={"deliveries": [delivery]})).json() == {"seen": [delivery]}
    await page.post("/chat/seen", json={"deliveries": [delivery]})

    told = [asked for asked in gateway.asked if asked[1].endswith("/seen")]
    assert told == [("PUT", f"/v1/deliveries/{letter.delivery_id}/seen", f"webchat:{chat}")]


async def test_somebody_elses_delivery_is_not_confirmed(
    page: httpx2.AsyncClient, redis: Redis, gateway: SilentGateway
) -> None:
    letter = Outgoing(DeliveryId(uuid4()), str(chats.FIRST_CHAT + 1), "Test", "Test", Lane.ALERT)
    await WebChatChannel(redis, KeySeal.of(KEY, purpose=seals.CHAT), SystemClock()).send(letter)
    await page.post("/chat/seen", json={"deliveries": [letter.delivery_id.hex]})

    assert gateway.asked == []


async def test_readiness_names_what_is_missing(page: httpx2.AsyncClient, gateway: SilentGateway) -> None:
    assert (await page.get("/readyz")).json() == {"ready": True, "reasons": {}}
    gateway.down = True
    answer = await page.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": {"gateway": "does not answer"}}
    assert (await page.get("/healthz")).is_success


async def test_without_telegram_there_is_no_webhook(page: httpx2.AsyncClient) -> None:
    assert (await page.post("/telegram/webhook", json={"update_id": 1})).status_code == 404
