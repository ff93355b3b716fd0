"""A key is pressed on a page whose scripts are there: an address is the new one before the page's scripts have run."""

from __future__ import annotations

from playwright.sync_api import Page


def press(page: Page, key: str) -> None:
    """Press it as soon as the page has loaded."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)
