"""Every page, wide and at 390 pixels, light and dark: nothing runs over the edge, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import drafts
from tests.browser.rooms import conflict, furnish, rooms, unfold
from tests.cast import Named

WIDTHS = {"wide": 1440, "phone": 390}


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    scheme: str = request.param
    return scheme


@pytest.fixture(params=WIDTHS)
def screen(request: pytest.FixtureRequest, browser: Browser, scheme: str) -> Iterator[Page]:
    """A page of that width and colour; axe is put in past the content policy."""
    width = WIDTHS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme=scheme, has_touch=width < 500, bypass_csp=True
    )
    yield context.new_page()
    context.close()


def overflow(page: Page) -> list[str]:
    """What runs over the right edge, if the page can be scrolled sideways."""
    script = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
      [`${document.documentElement.scrollWidth} wide`, ...[...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map(one => one.outerHTML.slice(0, 90))]"""
    found: list[str] = page.evaluate(script)
    return found


def violations(page: Page) -> list[str]:
    """What axe finds wrong, each with its first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:140]} ({len(one['nodes'])})" for one in found]


def look(site: Any, page: Page, name: str, person: Named | None, address: str) -> list[str]:
    page.context.clear_cookies()
    if person:
        site.enter(page, person)
    page.goto(f"{site.url}{address}")
    wrong = [f"{name}: {flaw}" for flaw in overflow(page)]
    unfold(page)
    return [*wrong, *(f"{name}, unfolded: {flaw}" for flaw in (*overflow(page), *violations(page)))]


def test_every_page_fits_and_can_be_used_by_everybody(site: Any, screen: Page) -> None:
    items = furnish(site.world)
    wrong = [flaw for room in rooms(items) for flaw in look(site, screen, *room)]
    assert not wrong, "\n".join(wrong)


def test_what_answers_a_refused_form_does_too(site: Any, screen: Page) -> None:
    conflict(site, screen, site.world.submit(drafts.email()))
    wrong = [*overflow(screen), *violations(screen)]
    item = site.world.submit(drafts.email())
    screen.goto(f"{site.url}/items/{item}")
    screen.locator(".act-tab", has_text="Reject").click()
    screen.locator("#reject-reason_code").select_option("duplicate")
    screen.locator("#reject-text").fill("no")
    screen.get_by_role("button", name="Reject", exact=True).click()
    screen.wait_for_url("**/decisions")
    wrong += [*overflow(screen), *violations(screen)]
    screen.goto(f"{site.url}/items/{item}/edit")
    screen.get_by_label("Reason").evaluate("one => one.removeAttribute('required')")
    screen.get_by_role("button", name="Save as revision 2").click()
    screen.locator(".error-summary").wait_for()
    wrong += [*overflow(screen), *violations(screen)]
    assert not wrong, "\n".join(wrong)


def test_the_checker_would_find_a_page_that_fails(screen: Page) -> None:
    """The control: a page with a nameless button and a line too long is found wanting."""
    screen.set_content("<html lang=en><title>x</title><main><button></button><p style='width: 2000px'>x</p></main>")
    assert any("button-name" in flaw for flaw in violations(screen))
    assert overflow(screen)
