"""Every screen of the console in a real browser, in both languages, on a phone and on a desk: read by axe, measured,
and walked once more without JavaScript. The screens come from the route table, the objects from a lived-in county.

PICTURES=docs keeps pictures of the main screens there.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from gateway.engines import Postgres, Valkey
from tests.browser.test_console import County
from tests.house.test_routes import OPEN, routes
from tests.support.lived_in import LivedIn, lived_in

pytestmark = pytest.mark.browser

VENDOR = Path(__file__).parent / "vendor"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
DESK = {"width": 1180, "height": 700}
PATIENCE = 120_000
#: What is no screen of its own: a stream, a part of a page, a way to somewhere else, or a file.
NO_SCREEN = {
    "/console/",
    "/console/events",
    "/console/alerts/{alert_id}/line",
    "/console/{path:path}",
    "/console/lead-lists/template",
    "/console/lead-lists/{list_id}/faults",
    "/console/lead-lists/{list_id}/answer",
}
SIGNED_OUT = ("/console/sign-in", "/public/risk-areas", "/public/testing-agencies")
#: What a screen asks its address for.
ASKED = {
    "/console/residents/{resident_id}/move": "?area=370102003",
    "/console/policies/{version_hash}": "?area=370102",
}
#: The screens the README shows, and what they are called.
SHOWN = {
    "/console": "console",
    "/console/alerts": "console-alerts",
    "/console/alerts/{alert_id}": "console-alert",
    "/console/situation": "console-situation",
    "/console/checklists/{checklist_id}": "console-checklist",
}
AXE = """async () => {
    const found = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]});
    return found.violations.map(one => one.id + ": " + one.nodes.slice(0, 3).map(
        node => node.target.join(" ") + " " + node.html.slice(0, 120)).join(" | "));
}"""
#: Sentences of another language: words of the interface, not what people or notices say.
FOREIGN = """zh => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode.nodeValue.trim(), within = walker.currentNode.parentElement;
        const theirs = "script, style, noscript, svg, blockquote, [dir=auto], [lang]:not(html)";
        if (!text || within.closest(theirs)) { continue; }
        const theirTongue = zh && /[a-z]{2,}( [a-z]{2,}){3,}/i.test(text);
        if (theirTongue || /code:\w+\./.test(text)) { found.push(text.slice(0, 100)); }
    }
    return found;
}"""


def screens() -> list[str]:
    found = []
    for path, methods, asks in routes():
        if (
            "GET" not in methods
            or asks is None
            or path in NO_SCREEN
            or path in OPEN
            or path.endswith((".ics", ".xlsx"))
        ):
            continue
        if path.startswith("/console"):
            found.append(path)
    return found


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with Postgres.for_tests() as postgres, Valkey.for_tests() as valkey:
        county = County(tmp_path_factory.mktemp("county"), postgres.create_database("county"), valkey.url())
        county.start()
        try:
            yield county
        finally:
            county.stop()


@pytest.fixture(scope="module")
def home(county: County) -> LivedIn:
    return county.does(lived_in(county.town))


def signed_in(browser: Browser, county: County, home: LivedIn, **context: object) -> BrowserContext:
    desk = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **context)  # type: ignore[arg-type]
    page = desk.new_page()
    page.goto(county.link(home.administrator))
    page.locator("form[action$='sign-in/link'] button").click()
    page.close()
    return desk


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_every_screen_is_read_by_everybody_and_fits(
    browser: Browser, county: County, home: LivedIn, language: str
) -> None:
    pictures = Path(os.environ["PICTURES"]) if "PICTURES" in os.environ else None
    axe = (VENDOR / "axe.min.js").read_text()
    desk = signed_in(browser, county, home, viewport=WIDE)
    desk.add_cookies([{"name": "shaodian-language", "value": language, "url": county.url}])
    page = desk.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    # Each language is read at the width the other is measured at, so that both are seen at both.
    first, second = (WIDE, PHONE) if language == "en" else (PHONE, WIDE)
    shown = [path for path in screens() if home.lives(path)]
    assert len(shown) > 45
    for path in shown:
        page.set_viewport_size(first)  # type: ignore[arg-type]
        answer = page.goto(county.url + home.address(path) + ASKED.get(path, ""), wait_until="load", timeout=PATIENCE)
        if answer is None or answer.status != 200:
            complaints.append(f"{path}: answers {answer and answer.status}")
            continue
        page.evaluate(axe)
        complaints += [f"{path}: {one}" for one in page.evaluate(AXE)]
        complaints += [f"{path}: not translated: {one}" for one in page.evaluate(FOREIGN, language != "en")]
        _fits(page, path, complaints)
        page.set_viewport_size(second)  # type: ignore[arg-type]
        _fits(page, path, complaints)
        if pictures and path in SHOWN:
            _pictures(page, pictures, f"{SHOWN[path]}{'-en' if language == 'en' else ''}")
    desk.close()
    assert not complaints, "\n".join(complaints)


def _fits(page: Page, path: str, complaints: list[str]) -> None:
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide[0] > wide[1]:
        complaints.append(f"{path}: scrolls sideways, {wide[0]} of {wide[1]}")


def _pictures(page: Page, folder: Path, name: str) -> None:
    """On a desk and on a phone, small enough for a README."""
    for size, end in ((DESK, ""), (PHONE, "-phone")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        file = folder / f"{name}{end}.png"
        page.screenshot(path=file)
        assert file.stat().st_size <= 150_000, file


def test_without_javascript_the_desk_still_reads_and_acknowledges(
    browser: Browser, county: County, home: LivedIn
) -> None:
    desk = signed_in(browser, county, home, viewport=PHONE, java_script_enabled=False)
    page = desk.new_page()
    page.goto(f"{county.url}/console")
    page.get_by_role("button", name="菜单").click()
    page.get_by_role("link", name="预警", exact=True).click()
    page.locator(".line-link").first.click()
    page.locator(".hero").wait_for()
    assert "只有我知道的话" in page.content() or page.locator(".history").count()
    page.goto(f"{county.url}/console/alerts?status=raised")
    before = page.locator(".line").count()
    page.locator(".line button.take").first.click()
    assert "已由您接手" in page.content()
    page.goto(f"{county.url}/console/alerts?status=raised")
    assert page.locator(".line").count() == before - 1
    page.locator(".tick input").first.check()
    page.get_by_role("button", name="由我处理").click()
    page.get_by_role("button", name="撤").first.click()
    assert "已撤回" in page.content()
    desk.close()


def test_what_the_tests_borrow_is_what_the_manifest_says() -> None:
    for one in json.loads((VENDOR / "manifest.json").read_text())["files"]:
        assert hashlib.sha256((VENDOR / one["file"]).read_bytes()).hexdigest() == one["sha256"]
        assert re.fullmatch(r"[\d.]+", one["version"]) and one["licence"]
