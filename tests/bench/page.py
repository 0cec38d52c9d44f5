"""The chat page on an old phone with a thin line: its weight, and when the first question can be answered.

400 kbit/s, 400 ms there and back, a processor four times slower. Cold: nothing of the page is on the phone; warm: it
was opened before. Medians; the aim is the first question answerable within 4 s, and at most 60 kB on the line.
"""

import argparse
import os
import shutil
import statistics
import sys
import time

from playwright.sync_api import Browser, Page, sync_playwright

from gateway.engines import Valkey
from tests.browser.conftest import OPTIONS, SmallBot

SECONDS, WEIGHT = 4.0, 60_000
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


def opened(page: Page, url: str, *, first: bool) -> dict[str, float]:
    """Seconds until something can be answered, and the bytes that came over the line until then."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    weights: list[float] = []
    devtools.on("Network.dataReceived", lambda data: weights.append(data["encodedDataLength"]))
    devtools.on("Network.responseReceived", lambda data: weights.append(data["response"]["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(f"{url}/?lang=zh", wait_until="commit")
    found = {}
    if first:
        page.wait_for_function("() => document.getElementById('start')?.onclick", timeout=60_000)
        found["page"] = time.perf_counter() - began
        page.locator("#start").tap()
    page.locator(".keys button").first.wait_for(timeout=60_000)
    found["question"] = time.perf_counter() - began
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)", timeout=60_000)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime / 1000")
    return {**found, "paint": paint, "bytes": sum(weights)}


def measure(browser: Browser, url: str) -> tuple[dict[str, float], dict[str, float]]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    cold = opened(context.new_page(), url, first=True)
    context.pages[0].close()
    warm = opened(context.new_page(), url, first=False)
    context.close()
    return cold, warm


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=5)


def run(given: argparse.Namespace) -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        write("a browser is needed: install chromium, or set CHROMIUM")
        return 2
    with Valkey.for_tests() as valkey, sync_playwright() as playwright:
        bot = SmallBot(valkey.url())
        bot.start()
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        rounds = [measure(browser, bot.url) for _ in range(given.rounds)]
        browser.close()
        bot.stop()

    def median(part: int, name: str) -> float:
        return statistics.median(one[part][name] for one in rounds)

    cold, weight = median(0, "question"), median(0, "bytes")
    write(f"cold: first paint {median(0, 'paint'):.2f} s, the page answers taps after {median(0, 'page'):.2f} s")
    write(
        f"cold: the bot's first question can be answered after {cold:.2f} s, the tap included (at most {SECONDS:.0f} s)"
    )
    write(f"cold: {weight / 1000:.1f} kB on the line, the kept copy included (at most {WEIGHT // 1000} kB)")
    write(f"warm: what was asked stands there after {median(1, 'question'):.2f} s, {median(1, 'bytes') / 1000:.1f} kB")
    return 0 if cold <= SECONDS and weight <= WEIGHT else 1


def write(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
