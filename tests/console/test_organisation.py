"""Signing in by the identity provider of the own organisation: only whoever linked it before, and only by its word."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import ValidationError

from gateway.access.oidc import Provider
from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.settings import Settings
from gateway.town import Desk, Town
from gateway.wire.seals import ORGANISATION, KeySeal
from tests.console.conftest import PORT, Browser
from tests.support.fake_identity_provider import CLIENT, ISSUER, SECRET, FakeIdentityProvider

CALLBACK = f"{PORT}/console/sign-in/organisation/callback"
REFUSED = "单位登录没有完成"
_hosts = count(1)


@dataclass
class Organisation:
    """The console with an identity provider set, and browsers that go there and come back."""

    town: Town
    fake: FakeIdentityProvider
    app: Any
    stack: AsyncExitStack

    async def browser(self) -> Browser:
        transport = ASGITransport(app=self.app, client=(f"10.0.0.{next(_hosts)}", 1))  # tries are counted by address
        return Browser(await self.stack.enter_async_context(AsyncClient(transport=transport, base_url=PORT)))

    async def signed_in(self, desk: Desk) -> Browser:
        browser = await self.browser()
        token = await self.town.house.officials.login_link(desk.official.id)
        await browser.sends("/console/sign-in/link", token=token)
        await browser.opens("/console/account")
        return browser

    async def links(self, browser: Browser, subject: str) -> Response:
        page = await browser.sends("/console/account/organisation")
        start = page.text.index(f'href="{ISSUER}') + len('href="')
        way = page.text[start : page.text.index('"', start)].replace("&amp;", "&")
        return await browser.opens(self.fake.signs_in(way, subject))

    async def leaves(self, browser: Browser) -> str:
        return (await browser.client.get("/console/sign-in/organisation")).headers["location"]

    async def signs_in(self, subject: str) -> Response:
        browser = await self.browser()
        return await browser.opens(self.fake.signs_in(await self.leaves(browser), subject))


@pytest.fixture
async def organisation(town: Town) -> AsyncIterator[Organisation]:
    fake = FakeIdentityProvider(town.clock, CALLBACK)
    provider = Provider(
        issuer=ISSUER,
        client_id=CLIENT,
        client_secret=SECRET,
        redirect_uri=CALLBACK,
        seal=KeySeal.of(b"0" * 32, purpose=ORGANISATION),
        transport=ASGITransport(app=fake.app),
    )
    async with AsyncExitStack() as stack:
        yield Organisation(town, fake, build_api(replace(town.house, organisation=provider)), stack)


@pytest.fixture
async def linked(organisation: Organisation) -> Organisation:
    """陈医生 has linked the account `chen`."""
    desk = await organisation.town.official("陈医生", Role.DOCTOR, "370102001")
    await organisation.links(await organisation.signed_in(desk), "chen")
    return organisation


def inside(answer: Response) -> bool:
    return answer.url.path == "/console" and "陈医生" in answer.text


async def test_an_official_links_the_account_once_and_signs_in_by_it(organisation: Organisation) -> None:
    desk = await organisation.town.official("陈医生", Role.DOCTOR, "370102001")
    said = await organisation.links(await organisation.signed_in(desk), "chen")

    assert said.url.path == "/console/account"
    assert "单位账号已关联" in said.text
    assert inside(await organisation.signs_in("chen"))
    assert inside(await organisation.signs_in("chen"))
    assert organisation.fake.asked.count("description") == organisation.fake.asked.count("keys") == 1


async def test_an_account_nobody_linked_opens_nothing(linked: Organisation) -> None:
    linked.fake.claims = {"email": "chen@example.org", "name": "陈医生", "preferred_username": "chen"}
    answer = await linked.signs_in("somebody else")

    assert answer.url.path == "/console/sign-in"
    assert "尚未关联任何人" in answer.text


async def test_an_account_is_linked_to_one_official_only(linked: Organisation) -> None:
    other = await linked.signed_in(await linked.town.official("王镇长", Role.TOWNSHIP, "370102001"))

    assert "已关联到其他工作人员" in (await linked.links(other, "chen")).text
    assert inside(await linked.signs_in("chen"))


async def test_whoever_leaves_or_removes_the_link_cannot_come_back_by_it(organisation: Organisation) -> None:
    county = await organisation.town.official("郑县区", Role.COUNTY, "370102")
    desk = await organisation.town.official("陈医生", Role.DOCTOR, "370102001")
    browser = await organisation.signed_in(desk)
    await organisation.links(browser, "chen")
    await browser.sends("/console/account/organisation/unlink")
    assert not inside(await organisation.signs_in("chen"))

    await organisation.links(browser, "chen")
    assert inside(await organisation.signs_in("chen"))
    await organisation.town.house.officials.end(desk.official.id, by=county.official)
    assert not inside(await organisation.signs_in("chen"))


UNFIT: tuple[dict[str, Any], ...] = (
    {"nonce": "of another question"},
    {"nonce": None},
    {"aud": "another console"},
    {"aud": [CLIENT, "another"]},
    {"azp": "another console"},
    {"iss": "https://id.example.net/realm"},
    {"exp": 1},
    {"exp": None},
    {"iat": 4_000_000_000},
    {"sub": ""},
    {"sub": None},
)


async def test_a_token_that_does_not_fit_is_refused(linked: Organisation) -> None:
    for claims in UNFIT:
        linked.fake.claims = claims
        answer = await linked.signs_in("chen")
        assert (answer.url.path, REFUSED in answer.text) == ("/console/sign-in", True), claims

    linked.fake.claims = {"aud": [CLIENT]}
    assert inside(await linked.signs_in("chen"))


async def test_a_token_signed_by_somebody_else_is_refused(linked: Organisation) -> None:
    linked.fake.key = RSAKey.generate_key(2048, {"kid": "1"})
    assert REFUSED in (await linked.signs_in("chen")).text


def signed_by_nobody(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def signed_by_the_shared_secret(token: str) -> str:
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.ljust(32, "=")))


def changed_on_the_way(token: str) -> str:
    head, body, signature = token.split(".")
    return f"{head}.{body}.{signature[:-8]}AAAAAAAA"


async def test_a_forged_token_is_refused(linked: Organisation) -> None:
    forgeries: tuple[Callable[[str], str], ...] = (
        *(signed_by_nobody, signed_by_the_shared_secret, changed_on_the_way),
        lambda _: "no token at all",
    )
    for forge in forgeries:
        linked.fake.forge = forge
        assert REFUSED in (await linked.signs_in("chen")).text, forge


async def test_a_new_key_of_the_provider_is_asked_for(linked: Organisation) -> None:
    linked.fake.change_key()
    assert inside(await linked.signs_in("chen"))


async def test_an_answer_to_another_question_is_refused(linked: Organisation) -> None:
    mine, theirs = await linked.browser(), await linked.browser()
    my_answer = linked.fake.signs_in(await linked.leaves(mine), "chen")
    their_answer = linked.fake.signs_in(await linked.leaves(theirs), "chen")

    assert REFUSED in (await mine.opens(their_answer)).text  # somebody else's state
    assert REFUSED in (await (await linked.browser()).opens(my_answer)).text  # a browser that never left
    assert REFUSED in (await mine.opens(my_answer)).text  # the question was used up by the wrong answer
    assert inside(await linked.signs_in("chen"))


async def test_a_code_that_was_used_and_a_question_too_old_are_refused(linked: Organisation) -> None:
    browser = await linked.browser()
    answer = linked.fake.signs_in(await linked.leaves(browser), "chen")
    cookie = browser.client.cookies["shaodian-organisation"]
    assert inside(await browser.opens(answer))

    again = await linked.browser()
    again.client.cookies.set("shaodian-organisation", cookie)
    assert REFUSED in (await again.opens(answer)).text

    late = await linked.browser()
    answer = linked.fake.signs_in(await linked.leaves(late), "chen")
    await linked.town.wait(timedelta(minutes=11))
    assert REFUSED in (await late.opens(answer)).text


async def test_somebody_who_gives_up_there_comes_back_to_a_sentence(linked: Organisation) -> None:
    browser = await linked.browser()
    state = httpx2.URL(await linked.leaves(browser)).params["state"]
    answer = await browser.opens(f"{CALLBACK}?error=access_denied&state={state}")

    assert answer.url.path == "/console/sign-in"
    assert REFUSED in answer.text


async def test_another_session_in_the_same_browser_gets_no_link(organisation: Organisation) -> None:
    chen = await organisation.town.official("陈医生", Role.DOCTOR, "370102001")
    wang = await organisation.town.official("王镇长", Role.TOWNSHIP, "370102001")
    browser = await organisation.signed_in(chen)
    page = await browser.sends("/console/account/organisation")
    start = page.text.index(f'href="{ISSUER}') + len('href="')
    way = page.text[start : page.text.index('"', start)].replace("&amp;", "&")
    answer = organisation.fake.signs_in(way, "wang")
    token = await organisation.town.house.officials.login_link(wang.official.id)
    await browser.sends("/console/sign-in/link", token=token)

    assert REFUSED in (await browser.opens(answer)).text
    assert not inside(await organisation.signs_in("wang"))


async def test_a_link_is_made_from_our_own_page_only(organisation: Organisation) -> None:
    browser = await organisation.signed_in(await organisation.town.official("陈医生", Role.DOCTOR, "370102001"))
    foreign = await browser.client.post(
        "/console/account/organisation", data={"csrf": browser.csrf}, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 403


async def test_a_provider_that_is_down_leaves_the_other_ways_open(organisation: Organisation) -> None:
    organisation.fake.down = True
    browser = await organisation.browser()
    answer = await browser.opens("/console/sign-in/organisation")
    assert answer.url.path == "/console/sign-in"
    assert "没有响应" in answer.text
    assert "/console/sign-in/send" in answer.text

    organisation.fake.down = False
    way_back = organisation.fake.signs_in(await organisation.leaves(browser), "chen")
    organisation.fake.down = True
    assert "没有响应" in (await browser.opens(way_back)).text
    organisation.fake.down = False


async def test_only_an_own_page_is_the_next_one(linked: Organisation) -> None:
    for asked, reached in (("/console/alerts", "/console/alerts"), ("https://elsewhere.example/", "/console")):
        browser = await linked.browser()
        way = (await browser.client.get("/console/sign-in/organisation", params={"next": asked})).headers["location"]
        answer = await browser.client.get(linked.fake.signs_in(way, "chen"))
        assert answer.headers["location"] == reached


async def test_the_button_stands_there_only_when_it_leads_somewhere(
    organisation: Organisation, stranger: Browser
) -> None:
    with_provider = await organisation.browser()
    assert "用单位账号登录" in (await with_provider.opens("/console/sign-in")).text
    assert "Sign in with your organisation" in (await with_provider.opens("/console/sign-in?lang=en")).text
    assert "用单位账号登录" not in (await stranger.opens("/console/sign-in")).text
    assert (await stranger.client.get("/console/sign-in/organisation")).status_code == 404
    assert (await stranger.client.get(urlsplit(CALLBACK).path)).status_code == 404


def test_half_a_provider_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="together or not at all"):
        Settings(oidc_issuer=ISSUER)
    with pytest.raises(ValidationError, match="https"):
        Settings(oidc_issuer="http://id.example.org", oidc_client_id="x", oidc_client_secret="y")  # type: ignore[arg-type]
    assert Settings(oidc_issuer="", oidc_client_id="", oidc_client_secret="").oidc_issuer is None  # type: ignore[arg-type]
