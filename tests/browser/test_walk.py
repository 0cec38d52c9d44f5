"""Every screen of the console in a real browser, in both languages, on a phone and on a desk: read by axe, measured,
and walked once more without JavaScript. The screens come from the route table, the objects from a lived-in county.

PICTURES=docs keeps pictures of the main screens there.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from gateway.engines import Postgres, Valkey
from tests.browser.test_console import County
from tests.house.test_routes import OPEN, routes
from tests.support.lived_in import ASKED, LivedIn, lived_in

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
    "/console/checklists/{checklist_id}/table",
    "/console/evidence/{evidence_id}",
    "/console/attachments/{attachment_id}",
    "/console/broadcasts/{broadcast_id}/events",
    "/console/lead-lists/template",
    "/console/lead-lists/{list_id}/faults",
    "/console/lead-lists/{list_id}/answer",
}
SIGNED_OUT = ("/console/sign-in", "/public/risk-areas", "/public/testing-agencies")
#: The screens the README shows, what they are called, and on what they are shown.
SHOWN = {
    "/console": ("console", DESK),
    "/console/alerts": ("console-alerts", PHONE),
    "/console/alerts/{alert_id}": ("console-alert", DESK),
    "/console/situation": ("console-situation", DESK),
}
AXE = """async () => {
    const found = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]});
    return found.violations.map(one => one.id + ": " + one.nodes.slice(0, 3).map(
        node => node.target.join(" ") + " " + node.html.slice(0, 120)).join(" | "));
}"""
#: Sentences of another language: words of the interface, not what people or notices say.
FOREIGN = r"""zh => {
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
def test_every_screen_is_read_by_everybody_and_fits(
    browser: Browser, county: County, home: LivedIn, whole: bool
) -> None:
    """Each screen in one of the two languages on one of the two sizes, by turns; with --whole in all four ways."""
    shown = [path for path in screens() if home.lives(path)]
    assert len(shown) > 55
    turns = [(language, size) for language in ("zh_Hans_CN", "en") for size in (WIDE, PHONE)]
    walk = _Walk(
        county, home, signed_in(browser, county, home, viewport=WIDE).new_page(), (VENDOR / "axe.min.js").read_text()
    )
    for number, (language, size) in enumerate(turns):
        walk.speak(language)
        for path in shown if whole else shown[number::4]:
            walk.visit(path, language, size)
    walk.page.context.close()
    print(f"{walk.visits} visits to {len(shown)} screens")
    assert not walk.complaints, "\n".join(walk.complaints)


@dataclass
class _Walk:
    county: County
    home: LivedIn
    page: Page
    axe: str
    visits: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complain(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complain(str(error)))

    def complain(self, about: str) -> None:
        self.complaints.append(f"{self.page.url}: {about}")

    def speak(self, language: str) -> None:
        chosen = {"name": "shaodian-language", "value": language, "url": self.county.url}
        self.page.context.add_cookies([chosen])  # type: ignore[list-item]

    def visit(self, path: str, language: str, size: Mapping[str, int]) -> None:
        self.visits += 1
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        address = self.county.url + self.home.address(path) + ASKED.get(path, "")
        answer = self.page.goto(address, wait_until="load", timeout=PATIENCE)
        if answer is None or answer.status != 200:
            self.complaints.append(f"{path}: answers {answer and answer.status}")
            return
        self.page.evaluate(self.axe)
        where = f"{path} ({language}, {size['width']})"
        self.complaints += [f"{where}: {one}" for one in self.page.evaluate(AXE)]
        self.complaints += [f"{where}: not translated: {one}" for one in self.page.evaluate(FOREIGN, language != "en")]
        self._fits(where)
        self.page.set_viewport_size(PHONE if size is WIDE else WIDE)  # type: ignore[arg-type]
        self._fits(f"{where}, turned")

    def _fits(self, where: str) -> None:
        wide = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide[0] > wide[1]:
            self.complaints.append(f"{where}: scrolls sideways, {wide[0]} of {wide[1]}")


@pytest.mark.skipif("PICTURES" not in os.environ, reason="only when pictures for the README are wanted")
def test_pictures_are_small_enough_for_a_readme(browser: Browser, county: County, home: LivedIn) -> None:
    page = signed_in(browser, county, home, viewport=DESK).new_page()
    for language, end in (("zh_Hans_CN", ""), ("en", "-en")):
        page.context.add_cookies([{"name": "shaodian-language", "value": language, "url": county.url}])
        for path, (name, size) in SHOWN.items():
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto(county.url + home.address(path), wait_until="load", timeout=PATIENCE)
            file = Path(os.environ["PICTURES"]) / f"{name}{end}.png"
            page.screenshot(path=file)
            assert file.stat().st_size <= 200_000, file
    page.context.close()


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
