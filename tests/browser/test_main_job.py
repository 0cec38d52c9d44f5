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


def test_a_report_is_made_once_though_the_network_is_cut_and_the_bot_killed_in_the_form(
    browser: Browser, town: Town, tmp_path: Path
) -> None:
    """Two phones of one person, the second taking over where the first was cut off."""
    with new_phone(browser, "zh", tmp_path) as first:
        first.page.goto(town.bot_url)
        agrees(first)
        says_who_it_is(first)
        before = len(town.reports())
        first.writes("发烧38.2")
        first.reads("从哪一天开始的", "")
        first.page.context.set_offline(True)
        first.writes("昨天")
        town.processes["bot"].kill()
        with new_phone(browser, "zh", tmp_path, first.page.context.cookies()) as second:
            first.page.context.set_offline(False)
            town.start("bot")
            town.open("bot")
            second.page.goto(town.bot_url)
            second.reads("用自己的话就行", "")  # the answer of the first was heard, and the form goes on here
            second.taps("跳过", "")
            second.reads("都对吗", "")
            first.reads("都对吗", "")
            fingers = [phone.has_finger_on("发送", "") for phone in (first, second)]
            for finger in fingers:  # both press at once, whatever the other's press does to the page
                finger.evaluate("button => button.click()")
            for phone in (first, second):
                phone.card("已经收到")
                expect(phone.page.locator(".mine", has_text="昨天")).to_have_count(1)
        assert len(town.reports()) == before + 1
