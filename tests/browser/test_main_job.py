"""The main job as a resident lives it: real processes, a real browser the size of a phone, Chinese and English."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.phones import Phone, Town, new_phone, open_town
from tests.browser.stories import (
    agrees,
    says_who_it_is,
    tells_of_a_fever,
    tells_of_a_journey,
    tells_where_they_stayed,
    tells_whom_they_met,
)

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture(params=("zh", "en"))
def chat(browser: Browser, town: Town, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Phone]:
    with new_phone(browser, request.param, Path(os.environ.get("PICTURES", tmp_path))) as phone:
        phone.page.goto(town.bot_url)
        yield phone


def test_a_traveller_with_a_fever_hears_what_to_do_when_and_why(chat: Phone) -> None:
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
