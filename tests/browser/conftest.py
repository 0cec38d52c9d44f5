import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from gateway.engines import Valkey

ROOT = Path(__file__).parents[2]
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class SmallBot:
    """The residents' port as a process of its own, so that it can be killed. Each page is somebody new at it."""

    def __init__(self, redis_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "REDIS_URL": redis_url,
            "BOT_GATEWAY_TOKEN": "bot",
            "BOT_PORT": str(self.port),
            "PUBLIC_BOT_URL": self.url,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.small_talk"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        transport = httpx2.HTTPTransport(retries=0)
        with httpx2.Client(base_url=self.url, transport=transport, trust_env=False) as client:
            for _ in range(900):
                assert self.process.poll() is None, "the bot did not start"
                try:
                    if client.get("/healthz", timeout=1).is_success:
                        return
                except httpx2.HTTPError:
                    with_patience(self.process)
        raise AssertionError("the bot does not answer")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)


def with_patience(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs a browser: install chromium or set CHROMIUM")
        pytest.skip("no chromium on PATH and none named by CHROMIUM")
    running = playwright.chromium.launch(executable_path=found, args=OPTIONS)
    yield running
    running.close()


@pytest.fixture(scope="module")
def valkey_for_pages() -> Iterator[str]:
    with Valkey.for_tests() as engine:
        yield engine.url()


@pytest.fixture(scope="module")
def bot(valkey_for_pages: str) -> Iterator[SmallBot]:
    running = SmallBot(valkey_for_pages)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []
