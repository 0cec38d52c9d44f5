"""The main job as a resident lives it: real processes, a real browser the size of a phone, Chinese and English."""

import asyncio
import os
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from gateway.bootstrap import opened
from gateway.domain.kinds import Role
from gateway.engines import Postgres, Valkey
from gateway.record.migrate import migrate
from gateway.record.vault import create_keyring
from gateway.settings import Settings
from tests.browser.conftest import with_patience
from tests.faults.machines import Machine

pytestmark = pytest.mark.browser

LIST = Path(__file__).parents[1] / "risk_lists" / "2022041511-b38a8084.json"
PROVINCE = "37"
ZONE = ZoneInfo("Asia/Shanghai")
PATIENCE = 20_000
PHONE: ViewportSize = {"width": 390, "height": 844}


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
            self.publisher = await house.officials.create_token(name="发布人", role=Role.PUBLISHER, area=PROVINCE)

    def open_doors(self) -> None:
        self.start()
        with httpx2.Client(trust_env=False, timeout=5) as client:
            for process in self.processes.values():
                self._await(process, client)

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


def _created(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Playwright's loop runs in this thread already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        database_url = postgres.create_database("main_job")
        _in_a_loop_of_its_own(migrate(database_url))
        town = Town(tmp_path_factory.mktemp("town"), database_url, valkey.url(), "", "")
        _in_a_loop_of_its_own(town.prepare())
        try:
            town.open_doors()
            town.publish_risk_list()
            yield town
        finally:
            town.stop()


@dataclass
class Chat:
    """A resident's phone in the hand of somebody who reads, and then taps or writes."""

    page: Page
    pictures: Path
    language: str

    def says(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def reads(self, chinese: str, english: str) -> None:
        """The newest words of the bot."""
        said = self.page.locator(".said:not(.mine) .text").last
        expect(said).to_contain_text(self.says(chinese, english), timeout=PATIENCE)

    def card(self, *texts: str) -> Locator:
        """One message that holds all of these; it is waited for and seen."""
        found = self.page.locator(".said:not(.mine)")
        for text in texts:
            found = found.filter(has_text=text)
        expect(found).to_have_count(1, timeout=PATIENCE)
        return found

    def taps(self, chinese: str, english: str) -> None:
        """The newest button of that name; a sign may stand before it."""
        words = re.compile(rf"^(\W+ )?{re.escape(self.says(chinese, english))}$")
        self.page.locator(".keys button").filter(has_text=words).last.tap(timeout=PATIENCE)

    def writes(self, text: str) -> None:
        box = self.page.get_by_role("textbox")
        box.fill(text)
        box.press("Enter")

    def picture(self, name: str) -> None:
        """Kept beside the test, or where PICTURES says."""
        expect(self.page.locator(".dots")).to_be_hidden(timeout=PATIENCE)
        suffix = "" if self.language == "zh" else "-en"
        self.page.screenshot(path=self.pictures / f"{name}{suffix}.png")


@pytest.fixture(params=("zh", "en"))
def chat(browser: Browser, town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Chat]:
    language: str = request.param
    context = browser.new_context(
        viewport=PHONE,
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(town.bot_url)
    yield Chat(page, Path(os.environ.get("PICTURES", tmp_path)), language)
    context.close()
    assert problems == []


def agrees(chat: Chat) -> None:
    chat.page.get_by_role("button", name=chat.says("开始", "Start")).tap()
    chat.reads("请选择语言", "choose your language")
    chat.taps("简体中文", "English")
    chat.reads("您同意吗", "Do you agree?")
    chat.picture("chat-consent")
    chat.taps("是", "Yes")


def says_who_it_is(chat: Chat) -> None:
    chat.reads("请问您的姓名", "What is your name?")
    chat.writes(chat.says("张桂兰", "Anna Wang"))
    chat.reads("哪个电话最容易找到您", "Which phone number reaches you best?")
    chat.writes(chat.says("13800138000", "13800138001"))
    chat.reads("您住在哪里", "Where do you live?")
    chat.writes(chat.says("济南市历下区解放路街道", "Lixia District, Jinan"))
    chat.reads("几号楼几室", "Which building and flat?")
    chat.writes(chat.says("3号楼2单元501室", "Building 3, Flat 501"))
    chat.reads("您属于哪个网格", "Which grid do you belong to?")
    chat.taps("跳过", "Skip")
    chat.reads("请填身份证号", "Your ID number")
    chat.taps("跳过", "Skip")
    chat.reads("都对吗", "Is everything right?")
    chat.picture("chat-profile")
    chat.taps("保存", "Save")
    chat.reads("已经保存好了", "I have saved this")


def tells_of_a_journey(chat: Chat, on: str) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.picture("chat-menu")
    chat.taps("旅行史", "Journeys")
    chat.reads("有没有离开过本区县", "was there a journey out of your district?")
    chat.taps("是", "Yes")
    chat.reads("从哪里出发的", "Where did the journey start?")
    chat.writes("吉林省长春市绿园区同心街道")
    chat.reads("到哪里去的", "Where did it go to?")
    chat.taps(HOME[chat.language], HOME[chat.language])
    chat.reads("哪一天出发的", "On which day did it start?")
    chat.picture("chat-day")
    chat.writes(chat.says("前天", "the day before yesterday"))
    chat.reads("什么时候到的", "When did it end?")
    chat.writes(chat.says("前天下午三点半", "the day before yesterday at 3:30 pm"))
    chat.reads("坐什么去的", "How did you travel?")
    chat.taps("火车/高铁", "Train")
    chat.reads("车次或航班号是多少", "Which train, flight or coach number?")
    chat.writes("G1234")
    chat.reads("几车厢几座", "Which carriage and seat?")
    chat.taps("跳过", "Skip")
    chat.reads("和谁一起去的", "Who travelled with you?")
    chat.taps("跳过", "Skip")
    chat.reads("还有别的行程吗", "Was there another journey?")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.picture("chat-journey")
    chat.taps("发送", "Send")

    card = chat.card(chat.says("已经收到", "has arrived"), chat.says("接下来的安排", "What happens next"))
    expect(card).to_contain_text(on)
    expect(card).to_contain_text("SD-3.3.1-f")


def tells_where_they_stayed(chat: Chat) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("居住史", "Where I stayed")
    chat.reads("在哪里", "Where was it?")
    chat.taps(HOME[chat.language], HOME[chat.language])
    chat.reads("是什么样的地方", "What kind of place was it?")
    chat.taps("自己家", "My home")
    chat.reads("从哪一天开始住的", "From which day?")
    chat.writes(chat.says("前天", "the day before yesterday"))
    chat.reads("现在还住在那里吗", "Are you still there?")
    chat.taps("是", "Yes")
    chat.reads("还住过别的地方吗", "Was there another place?")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def tells_whom_they_met(chat: Chat) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("接触史", "Whom I met")
    chat.reads("您有没有接触过", "did you meet somebody who was infected")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def tells_of_a_fever(chat: Chat) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("身体情况", "How I feel")
    chat.reads("请点选所有符合的", "Tap all that apply")
    chat.taps("发热", "Fever")
    chat.taps("咳嗽", "Cough")
    expect(chat.page.locator(".chosen")).to_have_count(2, timeout=PATIENCE)
    chat.picture("chat-symptoms")
    chat.taps("选好了", "Done")
    chat.reads("体温是多少", "What is the body temperature")
    chat.writes("38.2")
    chat.reads("从哪一天开始的", "Since which day?")
    chat.writes(chat.says("昨天", "yesterday"))
    chat.reads("用自己的话就行", "in your own words?")
    chat.taps("跳过", "Skip")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")


HOME = {"zh": "山东省济南市历下区解放路街道", "en": "Lixia, Jinan, Shandong"}


def test_a_traveller_with_a_fever_hears_what_to_do_when_and_why(chat: Chat) -> None:
    first_test = datetime.now(ZONE) + timedelta(hours=24)
    on = chat.says(f"{first_test:%-m月%-d日}", f"{first_test:%b} {first_test.day}")

    agrees(chat)
    says_who_it_is(chat)
    tells_of_a_journey(chat, on)
    tells_where_they_stayed(chat)
    tells_whom_they_met(chat)
    tells_of_a_fever(chat)

    card = chat.card(chat.says("发热门诊", "fever clinic"))
    chat.picture("chat")
    expect(card).to_contain_text(chat.says("已经告诉网格员", "Your community worker has been told"))
    expect(card).to_contain_text(chat.says("核酸检测", "Nucleic acid test"))
    expect(card).to_contain_text(on)
    expect(card).to_contain_text(chat.says("暂定", "provisional"))
    expect(card).to_contain_text(chat.says("「上述人员纳入当地随访后24小时内完成首次核酸检测」", "24 hours"))
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    chat.taps("我的安排", "My plan")
    chat.reads("到哪里检测", "Where to have the test")
    expect(card).to_be_visible()  # the advice stays where it was
    chat.taps("为什么？", "Why?")
    chat.reads("SD-3.3.1-f", "SD-3.3.1-f")
    chat.picture("chat-plan")
