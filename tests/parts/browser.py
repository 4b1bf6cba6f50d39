"""A browser: Chromium on the path, else the one that Playwright fetches."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.parts import CACHE, need

BROWSERS = CACHE / "browsers"
HOW = "install Chromium (Debian: apt-get install chromium), or let `python -m tests.parts` fetch one"
SHELLS = ("chrome-headless-shell", "headless_shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@cache
def find_chromium() -> Path | None:
    """The Chromium to use, or None."""
    for name in NAMES:
        if on_path := shutil.which(name):
            return Path(on_path)
    return next((found for name in SHELLS for found in BROWSERS.glob(f"chromium_headless_shell-*/*/{name}")), None)


def fetch_chromium() -> None:
    """Let Playwright fetch its own, for this user alone; else ``find_chromium`` goes on finding none."""
    where = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS)}
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    subprocess.run(command, env=where, check=False, stdin=subprocess.DEVNULL)
    find_chromium.cache_clear()


def chromium() -> Path:
    """The Chromium to use; see ``tests.parts.need``."""
    return need("browser", find_chromium(), HOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module. While it runs, this thread has an event loop: no ``asyncio.run``."""
    executable = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield running
        running.close()


@contextmanager
def open_page(browser: Browser) -> Iterator[Page]:
    """A fresh page (own cookies and storage), 1280 by 900, Chinese, Shanghai time. Fails at the end if a script did."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == [], "the page's own scripts failed"


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page of ``open_page`` for one test."""
    with open_page(browser) as page:
        yield page
