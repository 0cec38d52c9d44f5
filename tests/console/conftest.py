"""A desk with a browser of its own: the console through ASGI, signed in by a one-time link."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from gateway.bootstrap import build_api
from gateway.town import Desk, Town

PORT = "http://127.0.0.1:8000"


@dataclass
class Browser:
    """What an official's browser does: follows, keeps cookies, and names its origin with every form."""

    client: AsyncClient
    csrf: str = ""

    async def opens(self, path: str, **more: Any) -> Response:
        answer = await self.client.get(path, follow_redirects=True, **more)
        found = re.search(r'data-csrf="([^"]+)"', answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    async def sends(self, path: str, **fields: Any) -> Response:
        return await self.client.post(
            path, data={"csrf": self.csrf, **fields}, headers={"Origin": PORT}, follow_redirects=True
        )


SignIn = Callable[[Desk], Awaitable[Browser]]


@pytest.fixture
async def stranger(town: Town) -> AsyncIterator[Browser]:
    async with AsyncClient(transport=ASGITransport(app=build_api(town.house)), base_url=PORT) as client:
        yield Browser(client)


@pytest.fixture
async def sign_in(town: Town) -> AsyncIterator[SignIn]:
    app = build_api(town.house)
    clients: list[AsyncClient] = []

    async def signed_in(desk: Desk) -> Browser:
        client = AsyncClient(transport=ASGITransport(app=app), base_url=PORT)
        clients.append(client)
        browser = Browser(client)
        token = await town.house.officials.login_link(desk.official.id)
        await browser.sends("/console/sign-in/link", token=token)
        await browser.opens("/console")
        return browser

    yield signed_in
    for client in clients:
        await client.aclose()
