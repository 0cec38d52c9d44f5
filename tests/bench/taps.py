"""How many taps and seconds each conversation of a resident takes, from the page's cold start, in both languages.

Real processes, a real browser the size of a phone; sending what was written counts as a tap. Pictures of the
conversations go where --pictures says.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from gateway.bootstrap import opened
from gateway.domain.kinds import ChannelName, Lane
from gateway.domain.scopes import Scope
from gateway.services.outbox import Manners, Outbox
from gateway.settings import Settings
from gateway.town import ZONE
from tests.browser.conftest import OPTIONS
from tests.browser.phones import HOME, Phone, Town, in_a_loop_of_its_own, new_phone, open_town
from tests.browser.stories import (
    agrees,
    says_who_it_is,
    tells_of_a_fever,
    tells_where_they_stayed,
    tells_whom_they_met,
)

#: The most taps that are allowed.
MOST = {"symptoms and one journey, in one's own words": 12, "daily check-in, on the reminder": 1}

Story = Callable[[Phone], None]


def begins(chat: Phone) -> None:
    agrees(chat)
    says_who_it_is(chat)


def symptoms_in_words(chat: Phone) -> None:
    chat.writes(chat.says("发烧38.2，从昨天开始咳嗽", "fever 38.2 and a cough since yesterday"))
    while not chat.stands("都对吗", "Is everything right?"):
        chat.taps("跳过", "Skip")
    chat.picture("chat-words")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def journey_in_words(chat: Phone) -> None:
    chat.writes(
        chat.says(
            "我前天下午三点半坐高铁G1234从长春市绿园区回济南市历下区",
            "I came by train G1234 from Lvyuan, Changchun to Lixia, Jinan the day before yesterday at 3:30 pm",
        )
    )
    answers = (
        ("还有别的行程吗", "Was there another journey?", lambda: chat.taps("否", "No")),
        ("到哪里去的", "Where did it go to?", lambda: chat.taps(HOME[chat.language], HOME[chat.language])),
        ("从哪里出发的", "Where did the journey start?", lambda: chat.writes("吉林省长春市绿园区")),
        ("坐什么去的", "How did you travel?", lambda: chat.taps("火车/高铁", "Train")),
        ("什么时候到的", "When did it end?", lambda: chat.writes(chat.says("前天下午七点", "two days ago at 7 pm"))),
        ("哪一天出发的", "On which day did it start?", lambda: chat.writes(chat.says("前天", "two days ago"))),
    )
    while not chat.stands("都对吗", "Is everything right?"):
        asked = next((answer for zh, en, answer in answers if chat.stands(zh, en)), lambda: chat.taps("跳过", "Skip"))
        asked()
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def both_in_words(chat: Phone) -> None:
    symptoms_in_words(chat)
    journey_in_words(chat)


def by_buttons(story: Story) -> Story:
    def told(chat: Phone) -> None:
        chat.writes("/start")
        chat.reads("您想做什么", "What would you like to do?")
        story(chat)

    return told


def checks_in_by_menu(chat: Phone) -> None:
    chat.writes(chat.says("一切正常", "all fine today"))
    if not chat.stands("已经收到", "has arrived"):
        chat.taps("发送", "Send")
        chat.reads("已经收到", "has arrived")


def asks(chinese: str, english: str) -> Story:
    def told(chat: Phone) -> None:
        chat.writes(chat.says(chinese, english))
        assert not chat.stands("没太听懂", "did not quite understand"), chinese

    return told


def checks_in_on_the_reminder(chat: Phone) -> None:
    chat.taps("一切正常", "All well")
    chat.reads("已经收到", "has arrived")


def sends_a_result(chat: Phone) -> None:
    chat.writes(chat.says("昨天上午9点做了核酸，阴性", "my PCR test yesterday at 9 am was negative"))
    while not chat.stands("都对吗", "Is everything right?"):
        if chat.stands("什么时候采样", "When was the sample taken?"):
            chat.writes(chat.says("昨天上午9点", "yesterday at 9 am"))
        else:
            chat.taps("跳过", "Skip")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


STORIES: tuple[tuple[str, Story], ...] = (
    ("agreeing, and who I am", begins),
    ("symptoms, in one's own words", symptoms_in_words),
    ("a journey, in one's own words", journey_in_words),
    ("symptoms and one journey, in one's own words", both_in_words),
    ("symptoms, by buttons", by_buttons(tells_of_a_fever)),
    ("where I stayed, by buttons", by_buttons(tells_where_they_stayed)),
    ("whom I met, by buttons", by_buttons(tells_whom_they_met)),
    ("daily check-in, on the reminder", checks_in_on_the_reminder),
    ("daily check-in, in one's own words", checks_in_by_menu),
    ("a test result", sends_a_result),
    ("my plan", asks("我的安排", "my plan")),
    ("may I work today?", asks("我今天可以去上班吗", "may I go to work today?")),
    ("is a place a risk area?", asks("石家庄市桥西区是风险地区吗", "is Qiaoxi, Shijiazhuang a risk area?")),
    ("where to be tested", asks("到哪里做核酸", "where can I get tested?")),
    ("I have arrived", asks("到家了", "I have arrived home")),
    ("what I reported", asks("刚才填错了", "what I told you was wrong")),
    ("a person, please", asks("我要找人工", "I want to talk to a person")),
    ("another language", asks("/language", "/language")),
    ("quiet hours", asks("晚上9点到早上8点别打扰我", "quiet from 9 pm to 8 am")),
    ("a copy of my data", asks("下载我的数据", "download my data")),
    ("advice", asks("口罩怎么戴", "how do I wear a mask?")),
    ("is it true?", asks("听说吃大蒜能防病毒是真的吗", "is it true that garlic prevents the virus?")),
    ("stop or delete", asks("删除我的数据", "delete my data")),
)


async def remind(town: Town, chat_id: str) -> None:
    """The reminder as the clock would send it, now."""
    known = {name.lower(): value for name, value in town.environment.items()}
    async with opened(Settings.model_validate(known)) as house:
        now = datetime.now(UTC)
        async with house.transactions.begin(Scope.of_work("bench")) as work:
            address = await work.addresses.find(ChannelName.WEBCHAT, chat_id)
            assert address is not None and address.resident_id is not None
            resident = await work.residents.get(address.resident_id)
            due = now.isoformat()
            values = {"person": None, "about": None, "day": 1, "days": 7, "due_at": due, "last": False}
            await Outbox(Manners(ZONE)).to_resident(
                work, resident, "reminder_check_in", values, now=now, lane=Lane.REPLY
            )


def measure(browser: Browser, town: Town, pictures: Path) -> dict[str, dict[str, tuple[int, float]]]:
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for language in ("zh", "en"):
        cookies: list[object] = []
        for name, story in STORIES:
            with new_phone(browser, language, pictures, cookies) as phone:
                if story is checks_in_on_the_reminder:
                    chat_id = next(one["value"] for one in cookies if one["name"] == "shaodian_chat").split(".")[1]  # type: ignore[index]
                    in_a_loop_of_its_own(remind(town, chat_id))
                    reminded(phone, town)
                began = time.perf_counter()
                phone.page.goto(town.bot_url)
                story(phone)
                found.setdefault(name, {})[language] = phone.taps_made, time.perf_counter() - began
                write(f"{language}  {name}: {phone.taps_made} taps, {found[name][language][1]:.1f} s")
                cookies = phone.page.context.cookies()
    return found


def reminded(phone: Phone, town: Town) -> None:
    """Until it stands in the chat: what is measured begins with the opened page."""
    phone.page.goto(town.bot_url)
    phone.reads("今天身体怎么样", "How are you today?")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pictures", type=Path, help="where the pictures of the conversations go; else nowhere")


def run(given: argparse.Namespace) -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        write("a browser is needed: install chromium, or set CHROMIUM")
        return 2
    with tempfile.TemporaryDirectory() as home, open_town(Path(home)) as town, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        found = measure(browser, town, given.pictures or Path(home))
        browser.close()
    write(f"\n{'conversation':46}  zh taps  zh s  en taps  en s  most")
    for name, ways in found.items():
        (zh, zh_s), (en, en_s) = ways["zh"], ways["en"]
        write(f"{name:46}  {zh:7}  {zh_s:4.1f}  {en:7}  {en_s:4.1f}  {MOST.get(name, '')}")
    over = [name for name, most in MOST.items() if any(taps > most for taps, _ in found[name].values())]
    for name in over:
        write(f"takes too many taps: {name}")
    return 1 if over else 0


def write(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
