"""The page in a real browser at the size of a phone."""

import struct
import zlib
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect
from redis.asyncio import Redis

from bot.web.sessions import COOKIE
from gateway.channels.receipts import Outgoing
from gateway.channels.webchat import WebChatChannel
from gateway.clock import SystemClock
from gateway.domain.kinds import DeliveryId, Lane
from gateway.wire.seals import CHAT, KeySeal
from tests.browser.conftest import SmallBot
from tests.browser.phones import in_a_loop_of_its_own
from tests.support.small_talk import KEY

pytestmark = pytest.mark.browser

PATIENCE = 20_000
PHONE: ViewportSize = {"width": 390, "height": 844}
VENDOR = Path(__file__).parent / "vendor"
AXE = """async () => {
    const found = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        resultTypes: ["violations"]});
    return found.violations.map(one =>
        one.id + ": " + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | "));
}"""


def begin(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?lang=en")
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
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
    page.wait_for_function(
        "() => document.querySelector('.photo img').naturalWidth === 1600"
    )  # 2,000 wide as it was taken
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


def test_two_phones_and_two_tabs_lose_nothing_and_say_nothing_twice(
    page: Page, browser: Browser, bot: SmallBot
) -> None:
    """The network of one phone is cut, the bot is killed, a tab with something unsent is closed: all of it at once."""
    begin(page, bot)
    tab = page.context.new_page()
    tab.goto(bot.url)
    phone = browser.new_context(viewport=PHONE, locale="en-GB", storage_state={"cookies": page.context.cookies()})
    other = phone.new_page()
    other.goto(bot.url)
    expect(other.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)

    page.context.set_offline(True)
    write(page, "one, from the cellar")
    expect(tab.locator(".mine").last).to_contain_text("one, from the cellar")  # the tabs of a phone share what waits
    write(tab, "two, from the other tab")
    write(page, "three, from the cellar")
    write(other, "four, from upstairs")
    expect(other.locator(".said").last).to_contain_text("You said: four", timeout=PATIENCE)
    bot.kill()
    write(other, "five, to nobody")
    page.close()
    page.context.set_offline(False)
    bot.start()

    said = ["one, from", "two, from", "three, from", "four, from", "five, to"]
    for words in said:
        for screen in (tab, other):
            mine = screen.locator(".mine", has_text=words)
            expect(mine).to_have_count(1, timeout=PATIENCE)
            expect(mine.locator(".tickmark")).to_have_attribute("aria-label", "handled", timeout=PATIENCE)
    answers = [f"You said: {words}" for words in said[:3] + said[4:]]
    for words in answers:
        expect(tab.locator(".said", has_text=words)).to_have_count(1, timeout=PATIENCE)
    assert tab.locator(".text").all_inner_texts() == other.locator(".text").all_inner_texts()
    order = "\n".join(tab.locator(".mine").all_inner_texts())
    assert order.index("one, from") < order.index("two, from") < order.index("three, from")
    assert tab.evaluate("Object.keys(localStorage).filter(key => key.startsWith('shaodian.input.'))") == []
    phone.close()


def test_the_page_opens_in_a_cellar_too(page: Page, bot: SmallBot) -> None:
    begin(page, bot)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)")
    page.context.set_offline(True)
    page.reload()
    write(page, "is anybody there?")
    expect(page.locator(".mine")).to_contain_text("is anybody there?")
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)

    expect(page.locator(".said").last).to_contain_text("You said: is anybody", timeout=PATIENCE)
    expect(page.locator(".said").first).to_contain_text("Start")


def test_the_page_is_light_and_can_be_kept_on_the_phone(page: Page, bot: SmallBot) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    begin(page, bot)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    manifest = page.evaluate("fetch(document.querySelector('[rel=manifest]').href).then(answer => answer.json())")

    assert sum(_transferred(answer) for answer in answers) <= 60_000
    assert (manifest["display"], manifest["start_url"], manifest["lang"]) == ("standalone", "/", "en")
    icon = page.request.get(bot.url + manifest["icons"][0]["src"])
    assert icon.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_everybody_can_use_the_page(browser: Browser, bot: SmallBot, language: str) -> None:
    """Dark or light, large letters, twice the size, from right to left: no fault axe knows, nothing out of sight."""
    context = browser.new_context(viewport=PHONE, has_touch=True, color_scheme="dark" if language == "zh" else "light")
    page = context.new_page()
    page.goto(f"{bot.url}/?lang={language}")
    expect(page.locator("#start")).to_be_visible(timeout=PATIENCE)
    assert _faults(page) == []
    page.locator("#start").click()
    expect(page.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)
    for larger in (False, True):
        if larger:
            page.locator("#larger").click()
        sizes = page.locator("button:visible, .tool:visible").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
        )
        assert min(sizes) >= (60 if larger else 44)
        for width in (390, 195):  # a phone, and the same phone at 200 %
            page.set_viewport_size({"width": width, "height": 422 if width < 300 else 844})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (larger, width)
            expect(page.locator("#send")).to_be_in_viewport()
            assert _faults(page) == []
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    mine, theirs = page.locator(".mine .bubble").bounding_box(), page.locator(".said:not(.mine) .bubble").bounding_box()
    assert mine and theirs and (mine["x"] < theirs["x"]) == (language == "ar")
    context.close()


PUSHING = """
    window.Notification = class { static permission = "default"; static requestPermission = async () => "granted"; };
    const subscription = {
        toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/x",
                         keys: { p256dh: "k".repeat(87), auth: "a".repeat(22) } }),
        unsubscribe: async () => localStorage.removeItem("played") };
    PushManager.prototype.getSubscription = async () => localStorage.getItem("played") ? subscription : null;
    PushManager.prototype.subscribe = async options => {
        localStorage.setItem("played", new Uint8Array(options.applicationServerKey).length);
        return subscription; };
"""


def test_a_phone_that_wants_to_is_told_of_a_message_and_of_nothing_else(
    page: Page, bot: SmallBot, valkey_for_pages: str
) -> None:
    """Chromium here reaches no push service: its subscribing is played, its worker and what that shows are real."""
    page.context.grant_permissions(["notifications"])
    page.add_init_script(PUSHING)
    begin(page, bot)
    ask = page.get_by_role("region", name="Shall this phone tell you")
    expect(ask).to_be_hidden()  # nobody was sent anything yet
    chat = next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE).split(".")[1]  # type: ignore[typeddict-item]
    in_a_loop_of_its_own(send_to(valkey_for_pages, chat))
    expect(page.locator(".said").last).to_contain_text("Test tomorrow at 8", timeout=PATIENCE)
    expect(ask).to_be_visible()
    assert _faults(page) == []
    with page.expect_response("**/chat/push") as told:
        page.get_by_role("button", name="Yes, tell me").click()
    assert told.value.status == 204
    expect(page.get_by_role("alert")).to_contain_text("This phone tells you from now on")
    page.reload()
    expect(page.locator(".said").last).to_contain_text("Test tomorrow at 8", timeout=PATIENCE)
    expect(ask).to_be_hidden()  # once is enough

    bell = page.get_by_role("button", name="Notices on this phone")
    expect(bell).to_have_attribute("aria-pressed", "true")
    assert _faults(page) == []
    for pressed, off in (("false", True), ("true", False)):  # who changes their mind may change it again
        with page.expect_request("**/chat/push") as asked:
            bell.click()
        assert asked.value.post_data_json["off"] is off  # type: ignore[index]
        expect(bell).to_have_attribute("aria-pressed", pressed)
        assert page.evaluate("localStorage.getItem('played') === null") is off

    devtools = page.context.new_cdp_session(page)
    seen: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: seen.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.goto("about:blank")  # in a pocket: no page of ours is open
    while not seen:
        page.wait_for_timeout(20)
    data = '{"text": "You have a message.", "tag": "t1"}'
    devtools.send("ServiceWorker.deliverPushMessage", {"origin": bot.url, "registrationId": seen[0], "data": data})
    page.goto(bot.url)
    shown = (
        "navigator.serviceWorker.ready.then(worker => worker.getNotifications()).then(all => all.map(one => one.body))"
    )
    assert page.evaluate(shown) == ["You have a message."]


async def send_to(redis_url: str, chat: str) -> None:
    redis = Redis.from_url(redis_url)
    letter = Outgoing(DeliveryId(uuid4()), chat, "Test tomorrow at 8", "Test tomorrow at 8", Lane.REMINDER)
    await WebChatChannel(redis, KeySeal.of(KEY, purpose=CHAT), SystemClock()).send(letter)
    await redis.aclose()


def test_the_keyboard_alone_is_enough_and_what_is_said_is_read_out(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?lang=en")
    expect(page.locator("#start")).to_be_visible(timeout=PATIENCE)
    page.locator("#start").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".said").last).to_contain_text("How are you?", timeout=PATIENCE)
    log = page.get_by_role("log", name="Conversation")
    assert (log.get_attribute("aria-live"), log.get_attribute("aria-busy")) == ("polite", None)

    page.get_by_role("textbox").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Ill")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are ill.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Again")).to_be_focused()  # and not lost at the top of the page


def test_the_page_changes_its_language_and_its_looks_at_a_tap(page: Page, bot: SmallBot) -> None:
    page.goto(bot.url + "/?lang=en")
    page.goto(bot.url)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="عربي").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.locator("#dark").click()

    assert page.evaluate("document.documentElement.hasAttribute('data-dark')")


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


def _transferred(answer: Response) -> int:
    """On the line: packed, with its head. The stream of events has no end to be weighed at."""
    if answer.headers.get("content-type", "").startswith("text/event-stream") or answer.from_service_worker:
        return 0
    sizes = answer.request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


def _faults(page: Page) -> list[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate((VENDOR / "axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(AXE)
    return found
