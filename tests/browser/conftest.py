"""What the tests that look at a page share: Debian's Chromium, without a window."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Endpoints
from tests.sandbox.conftest import image, run  # noqa: F401 - fixtures, for the tests here too

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own sandbox refuses root
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", *as_root])
        yield started
        started.close()


@pytest.fixture
def console(browser: Browser, cloud: Endpoints) -> Iterator[Open]:
    """Opens the console, filled, in a window of its own; keywords are the browser's. No script may fail."""
    contexts, errors = [], list[str]()

    def open_page(**window: Any) -> Page:
        contexts.append(browser.new_context(**window))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(cloud.console)
        page.locator("#live", has_text="live").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
