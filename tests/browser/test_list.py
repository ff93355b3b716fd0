"""From a filtered list through all of its items and back, deciding one on the way; with the keyboard and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import drafts
from tests.browser.test_day import signed_in
from tests.support.pressed_keys import press
from tests.world import World

MANY = 13


@pytest.fixture
def thirteen(site: Any) -> list[int]:
    """Thirteen of customers whose names begin alike, and others between them."""
    world: World = site.world
    found = []
    for number in range(MANY):
        at = world.now + timedelta(minutes=number)
        found.append(world.submit(drafts.email(drafts.deal(f"Anchor {number}")), at))
        world.submit(drafts.email(drafts.deal("Birch & Co")), at)
    return found


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone's browser that runs no script."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def at(page: Page, site: Any, item: int) -> None:
    """The page of an item in the list."""
    page.wait_for_url(re.compile(rf"{re.escape(site.url)}/items/{item}\?customer=Anchor&at="))


def reaches_all(
    page: Page, site: Any, thirteen: list[int], go: Callable[[str], None], approve: Callable[[], None]
) -> None:
    """All thirteen, back three, decide the tenth, and on to the eleventh; at the end the list."""
    for number, item in enumerate(thirteen, start=1):
        at(page, site, item)
        expect(page.locator(".crumbs-place")).to_have_text(f"{number} of {MANY}")
        if number < MANY:
            go("n")
    for item in thirteen[11:8:-1]:
        go("p")
        at(page, site, item)
    approve()
    at(page, site, thirteen[10])
    expect(page.locator(".flash")).to_contain_text("Approved. Anchor 9")
    expect(page.locator(".crumbs-place")).to_have_text("10 of 12")
    assert site.world.item(thirteen[9]).state == "approved"
    for item in thirteen[11:]:
        go("n")
        at(page, site, item)
    go("n")
    page.wait_for_url(f"{site.url}/queue?customer=Anchor")
    expect(page.locator(".queue-row")).to_have_count(12)


def test_n_reaches_every_item_of_the_list(site: Any, page: Page, thirteen: list[int]) -> None:
    signed_in(site, page).goto(f"{site.url}/queue")
    page.get_by_label("Customer begins with").fill("Anchor")
    page.get_by_label("Customer begins with").press("Enter")
    expect(page.locator(".queue-row")).to_have_count(MANY)
    page.locator("[data-key-row]").first.press("Enter")

    def approve() -> None:
        press(page, "a")
        page.locator("#approve-reason_code").select_option("evidence-complete")
        page.get_by_role("button", name="Approve", exact=True).click()

    reaches_all(page, site, thirteen, lambda key: page.locator("body").press(key), approve)


def test_the_same_without_a_script(site: Any, plain: Page, thirteen: list[int]) -> None:
    signed_in(site, plain).goto(f"{site.url}/queue?customer=Anchor")
    plain.locator("[data-key-row]").first.click()

    def approve() -> None:
        plain.locator(".act-tab", has_text="Approve").click()
        plain.locator("#approve-reason_code").select_option("evidence-complete")
        plain.get_by_role("button", name="Approve", exact=True).click()

    reaches_all(plain, site, thirteen, lambda key: plain.locator(f"[data-key={key}]").click(), approve)
