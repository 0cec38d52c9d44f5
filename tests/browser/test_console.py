"""A desk at work in a real browser: signed in by a link, an alert taken, and what colleagues do seen live."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from gateway.bootstrap import build_api
from gateway.domain.kinds import Role
from gateway.engines import Postgres, Valkey
from gateway.record.migrate import migrate
from gateway.record.vault import Vault, create_keyring
from gateway.town import Desk, Neighbour, open_town

pytestmark = pytest.mark.browser

T = TypeVar("T")
SAID = "发烧38.2,咳嗽两天"


@dataclass
class County:
    """A town and its console on a port, in a thread with a loop of its own: the browser's loop runs here."""

    home: Path
    database_url: str
    redis_url: str
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self) -> None:
        self.opened = threading.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._stand(),))
        self.thread.start()
        assert self.opened.wait(60), "the console does not start"

    async def _stand(self) -> None:
        self.closing = asyncio.Event()
        create_keyring(self.home / "keyring.json")
        vault = Vault.from_file(self.home / "keyring.json")
        await migrate(self.database_url)
        starts_at = datetime(2021, 1, 14, 23, 20, tzinfo=UTC)
        async with open_town(self.database_url, self.redis_url, vault, starts_at=starts_at) as self.town:
            await self.town.activate("sd-2020-09")
            config = uvicorn.Config(build_api(self.town.house), port=0, log_config=None, timeout_graceful_shutdown=2)
            server = uvicorn.Server(config)
            async with asyncio.TaskGroup() as group:
                group.create_task(server.serve())
                while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
                    await asyncio.sleep(0.02)
                self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
                self.opened.set()
                await self.closing.wait()
                server.should_exit = True

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(300)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.closing.set)
        self.thread.join(30)
        assert not self.thread.is_alive(), "open streams hold up the stop"

    # people

    async def people(self) -> None:
        self.desk: Desk = await self.town.official("郑县区", Role.COUNTY, "370102")
        self.doctor: Desk = await self.town.official("陈医生", Role.DOCTOR, "370102001")
        self.resident: Neighbour = await self.town.resident("王芳", area="370102001")
        await self.resident.reports_symptoms("fever", "cough", temperature=38.2, said=SAID)

    async def another(self, name: str) -> None:
        newcomer = await self.town.resident(name, area="370102001")
        await newcomer.reports_symptoms("fever", temperature=38.9)

    async def doctor_takes(self) -> None:
        await self.doctor.acknowledges()

    def link(self, desk: Desk) -> str:
        token = self.does(self.town.house.officials.login_link(desk.official.id))
        return f"{self.url}/console/sign-in?token={token}"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        county = County(tmp_path, postgres.create_database("county"), valkey.url())
        county.start()
        try:
            county.does(county.people())
            yield county
        finally:
            county.stop()


@pytest.fixture
def desk(browser: Browser, county: County) -> Iterator[Page]:
    """The county's browser, signed in; what it complains about (a blocked script, an error) fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.goto(county.link(county.desk))
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="我的工作")).to_be_visible()
    yield page
    context.close()
    assert complaints == []


def test_an_alert_is_taken_and_resolved_at_the_desk(county: County, desk: Page) -> None:
    desk.get_by_role("link", name="预警", exact=True).click()
    desk.get_by_role("link", name="症状报告").click()
    expect(desk.get_by_text(SAID)).to_be_visible()
    expect(desk.locator(".hero .countdown")).to_have_text("15:00")
    desk.get_by_role("button", name="我来处理").click()
    expect(desk.get_by_text("已由您接手")).to_be_visible()
    desk.get_by_label("已电话联系").check()
    desk.locator("form[action$=resolution] button").click()
    expect(desk.locator(".hero").get_by_text("已办结")).to_be_visible()
    county.does(county.town.quiet())
    county.resident.heard("已电话联系")


def test_what_others_do_is_seen_where_it_stands_and_new_lines_are_announced(county: County, desk: Page) -> None:
    desk.goto(f"{county.url}/console/alerts")
    line = desk.locator(".line")
    expect(line).to_have_count(1)
    expect(line.get_by_text("待接手")).to_be_visible()

    county.does(county.doctor_takes())
    expect(line.get_by_text("由陈医生负责")).to_be_visible(timeout=10_000)

    county.does(county.another("张伟"))
    county.does(county.another("刘娜"))
    newer = desk.get_by_role("link", name="2 条新预警")
    expect(newer).to_be_visible(timeout=10_000)
    expect(line).to_have_count(1)
    newer.click()
    expect(line).to_have_count(3)


def test_keys_move_through_the_list_and_take_an_alert(county: County, desk: Page) -> None:
    desk.goto(f"{county.url}/console/alerts")
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="键盘快捷键")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("heading", name="键盘快捷键")).to_be_hidden()
    current = desk.locator(".line.is-current")
    expect(desk.locator(".line")).to_have_count(1)
    desk.keyboard.press("j")
    if current.count() == 0:  # the list was drawn anew under the key: the next press finds it
        desk.keyboard.press("j")
    expect(current).to_have_count(1)
    desk.keyboard.press("a")
    expect(desk.get_by_text("已由您接手")).to_be_visible()
    desk.keyboard.press("/")
    desk.wait_for_url("**/console/residents#search")
    expect(desk.locator("#search")).to_be_focused()


def test_an_ended_official_is_put_out_of_an_open_page(county: County, desk: Page) -> None:
    desk.goto(f"{county.url}/console/alerts")
    expect(desk.locator(".line")).to_have_count(1)
    chief = county.does(county.town.official("市值班", Role.ADMINISTRATOR, "3701"))
    county.does(county.town.house.officials.end(county.desk.official.id, by=chief.official))
    desk.wait_for_url("**/console/sign-in", timeout=10_000)


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_pages_fit_a_phone_and_its_thumb(county: County, desk: Page, language: str) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{county.url}/console/language/{language}?back=/console/alerts")
    alert = desk.locator(".line-link").first.get_attribute("href")
    for path in (
        "/console",
        "/console/alerts",
        alert,
        "/console/residents",
        "/console/officials",
        "/console/deliveries",
        "/console/channels",
    ):
        desk.goto(f"{county.url}{path}")
        assert desk.evaluate("document.documentElement.scrollWidth") <= 390, path
        small = desk.evaluate(
            "Array.from(document.querySelectorAll('main button, main summary, main select, main input, main .btn'))"
            ".filter(e => e.offsetParent && !['hidden', 'checkbox', 'radio'].includes(e.type))"
            ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"
        )
        assert small == [], path
    desk.get_by_role("button", name="菜单" if language.startswith("zh") else "Menu").click()
    expect(desk.locator("nav#navigation")).to_be_visible()
