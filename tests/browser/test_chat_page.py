"""The page in a real browser at the size of a phone."""

import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SmallBot

pytestmark = pytest.mark.browser

PATIENCE = 20_000


def begin(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?lang=en")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)


def write(page: Page, text: str) -> None:
    page.get_by_label("Write here").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def test_a_press_is_answered(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    expect(page.locator(".text b")).to_have_text("Welcome")
    page.get_by_role("button", name="Ill").click()

    expect(page.locator(".said").last).to_contain_text("You are ill.", timeout=PATIENCE)
    expect(page.locator(".mine .tickmark")).to_have_attribute("aria-label", "handled", timeout=PATIENCE)


def test_the_conversation_survives_a_killed_bot(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    bot.kill()
    write(page, "I am ill")
    expect(page.locator(".mine").last.locator(".tickmark")).to_have_attribute("aria-label", "being sent")

    bot.start()
    expect(page.locator(".said").last).to_contain_text("You said: I am ill", timeout=PATIENCE)
    expect(page.locator(".mine").last.locator(".tickmark")).to_have_attribute("aria-label", "handled", timeout=PATIENCE)
    assert page.locator(".mine", has_text="I am ill").count() == 1

    page.get_by_role("button", name="Ill").last.click()  # an answer the kill cut short may stand there twice
    expect(page.get_by_text("You are ill.")).to_be_visible(timeout=PATIENCE)


def test_what_was_written_while_away_is_kept_over_a_reload(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    page.context.set_offline(True)
    write(page, "from the cellar")
    page.context.set_offline(False)
    page.reload()

    expect(page.locator(".said").last).to_contain_text("You said: from the cellar", timeout=PATIENCE)
    assert page.locator(".mine", has_text="from the cellar").count() == 1


def test_a_photo_taken_in_a_cellar_is_kept_over_a_reload_and_arrives_once(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    page.context.set_offline(True)
    page.locator("#file").set_input_files(files={"name": "slip.png", "mimeType": "image/png", "buffer": picture()})
    photo = page.locator(".mine .photo img")
    expect(photo).to_have_attribute("alt", "Photo", timeout=PATIENCE)
    expect(page.locator(".mine .tickmark").last).to_have_attribute("aria-label", "being sent")
    page.context.set_offline(False)
    page.reload()

    expect(page.locator(".said").last).to_contain_text("That is a fine picture", timeout=PATIENCE)
    expect(page.locator(".mine .tickmark").last).to_have_attribute("aria-label", "handled", timeout=PATIENCE)
    assert page.locator("progress").count() == 0
    page.reload()
    expect(photo).to_have_count(1, timeout=PATIENCE)
    page.wait_for_function("document.querySelector('.photo img').naturalWidth === 1600")  # 2,000 wide as it was taken
    assert page.locator(".photo").get_attribute("href").startswith("/chat/photos/")  # type: ignore[union-attr]

    page.locator("#file").set_input_files(files={"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.get_by_role("alert")).to_have_text("Only photos can be sent here (JPEG or PNG).")


def test_a_reloaded_page_shows_the_same_conversation(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    write(page, "<img src=x onerror=alert(1)> & me")
    expect(page.locator(".said").last).to_contain_text("You said: <img", timeout=PATIENCE)
    before = page.locator(".text").all_inner_texts()
    page.reload()

    expect(page.locator(".said")).to_have_count(len(before), timeout=PATIENCE)
    assert page.locator(".text").all_inner_texts() == before
    assert page.locator("img").count() == 0


def test_another_tab_hears_the_same(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    other = page.context.new_page()
    other.goto(bot.url)
    write(page, "hello")

    expect(other.locator(".said").last).to_contain_text("You said: hello", timeout=PATIENCE)


def test_the_page_is_light_and_its_buttons_are_large(page: Page, bot: SmallBot) -> None:
    weights: list[int] = []
    page.on("response", lambda answer: weights.append(_weight(answer)))
    begin(page, bot)
    sizes = page.locator("button:visible, .tool:visible").evaluate_all(
        "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.width, box.height]; })"
    )

    assert sum(weights) <= 60_000
    assert all(width >= 44 and height >= 44 for width, height in sizes)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_speaks_chinese_and_can_be_read_large_and_dark(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?lang=en")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.locator("#larger").click()
    page.locator("#dark").click()

    assert page.evaluate("getComputedStyle(document.body).fontSize") == "22px"
    assert page.evaluate("document.documentElement.hasAttribute('data-dark')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_invitation_link_reaches_the_bot(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?start=inv-1234567890")

    expect(page.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)
    assert page.url == bot.url + "/"


def picture(width: int = 2000, height: int = 20) -> bytes:
    """A real one, larger than a page needs."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + bytes(3 * width)) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _weight(answer: Any) -> int:
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        return 0
    return len(answer.body())
