"""A real Chromium before a live server: on one engine, with every error of the browser's console a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page


@pytest.fixture
def engine_name() -> str:
    """The browser's tests run on SQLite."""
    return "sqlite"


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk's screen."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["wide", "phone"])
def plain(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A browser that runs no script."""
    width, height = request.param
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def quiet(page: Page) -> Iterator[list[str]]:
    """What the browser complains of: nothing, unless a test expects it and takes it out of the list."""
    heard: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A page that answers 4xx is told to the console by the browser itself.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            heard.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []
