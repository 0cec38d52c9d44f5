"""A town of real processes, and a phone in the hand of somebody who reads, and then taps or writes."""

import asyncio
import os
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, ElementHandle, Locator, Page, ViewportSize, expect

from gateway.bootstrap import opened
from gateway.domain.kinds import Role
from gateway.engines import Postgres, Valkey
from gateway.record.migrate import migrate
from gateway.record.vault import create_keyring
from gateway.settings import Settings
from tests.browser.conftest import with_patience
from tests.faults.machines import Machine

LIST = Path(__file__).parents[1] / "risk_lists" / "2022041511-b38a8084.json"
PROVINCE = "37"
PATIENCE = 20_000
PHONE: ViewportSize = {"width": 390, "height": 844}
HOME = {"zh": "山东省济南市历下区解放路街道", "en": "Lixia, Jinan, Shandong"}


@dataclass
class Town(Machine):
    """The three processes without Telegram, and a list that one official confirmed and another published."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for process in self.processes.values():
            for name in [name for name in process.environment if name.startswith("TELEGRAM")]:
                del process.environment[name]

    async def prepare(self) -> None:
        create_keyring(self.home / "keyring.json")
        known = {name.lower(): value for name, value in self.environment.items()}
        async with opened(Settings.model_validate(known)) as house:
            await house.packs.activate("sd-2020-09", by=None, overlays=("demo",), effective_from=date(2020, 9, 1))
            self.owner = await house.officials.create_token(name="名单负责人", role=Role.LIST_OWNER, area=PROVINCE)
            self.county = await house.officials.create_token(name="区疾控", role=Role.COUNTY, area="370102")
            self.publisher = await house.officials.create_token(name="发布人", role=Role.PUBLISHER, area=PROVINCE)

    def open_doors(self) -> None:
        self.start()
        self.open(*self.processes)

    def open(self, *names: str) -> None:
        """Until those that were started answer."""
        with httpx2.Client(trust_env=False, timeout=5) as client:
            for name in names:
                self._await(self.processes[name], client)

    def reports(self) -> list[Any]:
        """What stands in the record, as an official of the province reads it over the API."""
        with self._official(self.county) as official:
            found: list[Any] = official.get("/v1/reports", params={"limit": 500}).raise_for_status().json()
        return found

    @staticmethod
    def _await(process: Any, client: httpx2.Client) -> None:
        running = process._running
        for _ in range(600):
            assert running.poll() is None, process.words()
            try:
                if client.get(process.health).is_success:
                    return
            except httpx2.HTTPError:
                pass
            with_patience(running)
        raise AssertionError(f"{process.name} does not answer: {process.words()}")

    def publish_risk_list(self) -> None:
        """By the API, as a script of the province would; the second step takes a second person."""
        owner, publisher = self._official(self.owner), self._official(self.publisher)
        with owner, publisher:
            draft = _created(owner.post("/v1/risk-lists", params={"name": LIST.name}, content=LIST.read_bytes()))
            path = f"/v1/risk-lists/{draft['id']}"
            confirmed = _created(owner.post(f"{path}/confirmation"))
            _created(publisher.post(f"{path}/publication", json={"content_hash": confirmed["content_hash"]}))

    def _official(self, token: str) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.api_url,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": os.urandom(8).hex()},
            trust_env=False,
            timeout=60,
        )


@contextmanager
def open_town(home: Path) -> Iterator[Town]:
    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        database_url = postgres.create_database("town")
        in_a_loop_of_its_own(migrate(database_url))
        town = Town(home, database_url, valkey.url(), "", "")
        in_a_loop_of_its_own(town.prepare())
        try:
            town.open_doors()
            town.publish_risk_list()
            yield town
        finally:
            town.stop()


def _created(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Playwright's loop runs in this thread already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@dataclass
class Phone:
    """A resident's phone; `taps_made` counts what its owner had to press, sending what was written included."""

    page: Page
    pictures: Path
    language: str
    taps_made: int = 0

    def says(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def reads(self, chinese: str, english: str) -> None:
        """The newest words of the bot."""
        said = self.page.locator(".said:not(.mine) .text").last
        expect(said).to_contain_text(self.says(chinese, english), timeout=PATIENCE)

    def stands(self, chinese: str, english: str) -> bool:
        """Whether these words stand there, once everything that was pressed and written is handled."""
        self.page.wait_for_function(
            "() => !Object.keys(localStorage).some(name => name.startsWith('shaodian.input.'))", timeout=PATIENCE
        )
        said = self.page.locator(".said:not(.mine) .text").last.text_content() or ""
        return self.says(chinese, english) in said

    def card(self, *texts: str) -> Locator:
        """One message that holds all of these; it is waited for and seen."""
        found = self.page.locator(".said:not(.mine)")
        for text in texts:
            found = found.filter(has_text=text)
        expect(found).to_have_count(1, timeout=PATIENCE)
        return found

    def taps(self, chinese: str, english: str) -> None:
        self._key(chinese, english).tap(timeout=PATIENCE)
        self.taps_made += 1

    def has_finger_on(self, chinese: str, english: str) -> ElementHandle:
        """A button as it is now, to be pressed though the page may change under the finger."""
        return self._key(chinese, english).element_handle()

    def _key(self, chinese: str, english: str) -> Locator:
        """The newest button of that name; a sign may stand before it."""
        words = re.compile(rf"^(\W+ )?{re.escape(self.says(chinese, english))}$")
        key = self.page.locator(".keys button").filter(has_text=words).last
        expect(key, f"{english!r} on: {self.page.locator('.said').last.inner_text()!r}").to_be_visible(timeout=PATIENCE)
        return key

    def writes(self, text: str) -> None:
        box = self.page.get_by_role("textbox")
        box.fill(text)
        box.press("Enter")
        self.taps_made += 1

    def picture(self, name: str) -> None:
        """Kept beside the test, or where PICTURES says."""
        expect(self.page.locator(".dots")).to_be_hidden(timeout=PATIENCE)
        suffix = "" if self.language == "zh" else "-en"
        self.page.screenshot(path=self.pictures / f"{name}{suffix}.png")


@contextmanager
def new_phone(browser: Browser, language: str, pictures: Path, cookies: Any = ()) -> Iterator[Phone]:
    context = browser.new_context(
        viewport=PHONE,
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        is_mobile=True,
    )
    context.add_cookies(list(cookies))
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield Phone(page, pictures, language)
    context.close()
    assert problems == []
