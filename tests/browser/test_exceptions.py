"""The walk of an exception in a real browser: escalated, answered, resolved, and the item waits at its gate again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from reviewqueue.db.tables.exceptions import ExceptionCase
from tests import drafts
from tests.cast import DANA, HELEN, TOM
from tests.world import World

WHY = "The date in this message cannot hold: their IT is not ready."


def exception(world: World) -> str:
    """Where exception 1 stands."""
    with world.session() as session:
        return session.get_one(ExceptionCase, 1).state


def test_from_escalation_to_the_gate_and_back(site: Any, page: Page, browser: Browser) -> None:
    """Dana escalates; Tom finds the exception as his, answers and resolves it; the item is Dana's to decide again."""
    item = site.world.submit(drafts.email(drafts.deal("Anchor Mills")))
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.locator(".act-tab", has_text="Escalate").click()
    page.locator("#escalate-reason_code").select_option("timeline-risk")
    page.locator("#escalate-text").fill(WHY)
    page.get_by_role("button", name="Escalate", exact=True).click()
    page.wait_for_url(f"{site.url}/queue")
    page.goto(f"{site.url}/items/{item}")
    expect(page.locator("#exceptions")).to_contain_text("Exception #1 is open")

    other = browser.new_context()
    his = site.enter(other.new_page(), TOM)
    his.goto(f"{site.url}/queue")
    his.get_by_role("link", name="Exceptions").click()
    expect(his.locator(".case-row")).to_have_count(1)
    his.get_by_role("link", name=WHY).click()
    expect(his.get_by_role("heading", name="First response: reset plan")).to_be_visible()
    his.get_by_label("What is done about it first").fill("I call Rosa and agree on a new date.")
    his.get_by_role("button", name="Give the first response").click()
    expect(his.locator(".flash")).to_contain_text("The first response is recorded")
    assert exception(site.world) == "responded"

    his.locator("#resolve > summary").click()
    his.get_by_label("How it is resolved").fill("Rosa agreed to 6 April; the draft may say so.")
    his.get_by_label("Back to the gate").check()
    his.get_by_role("button", name="Resolve it").click()
    expect(his.locator(".flash")).to_contain_text("1 item moved")
    expect(his.locator(".case-acts")).to_have_count(0)
    other.close()

    assert (exception(site.world), site.world.item(item).state) == ("resolved", "pending")
    page.goto(f"{site.url}/queue")
    page.get_by_role("link", name="Kickoff invitation").click()
    expect(page.locator("#needs")).to_contain_text("Tom Abara resolved exception #1")
    expect(page.locator("#exceptions")).to_contain_text("Exception #1 is resolved")
    assert site.world.verify().holds


def test_who_comes_late_keeps_the_words(site: Any, page: Page, browser: Browser) -> None:
    """Two resolve at once: the second is told who did, and finds what was typed."""
    site.world.decide(DANA, site.world.submit(drafts.email()), "escalate", text=WHY)
    site.enter(page, TOM).goto(f"{site.url}/exceptions/1")
    other = browser.new_context()
    hers = site.enter(other.new_page(), HELEN)
    hers.goto(f"{site.url}/exceptions/1")
    for one, words in ((hers, "Decided with the customer."), (page, "Half an hour of careful words.")):
        one.locator("#resolve > summary").click()
        one.get_by_label("How it is resolved").fill(words)
        one.get_by_label("Decided here").check()
        one.get_by_role("button", name="Resolve it").click()
    expect(page.get_by_role("alert")).to_contain_text("Helen Strand resolved this exception")
    expect(page.get_by_label("What you typed is kept here")).to_have_value("Half an hour of careful words.")
    other.close()


@pytest.mark.parametrize("width", [390, 1440])
def test_it_works_without_javascript(site: Any, browser: Browser, width: int) -> None:
    """The same walk for Tom with scripts off, on a phone and on a desk."""
    item = site.world.submit(drafts.email())
    site.world.decide(DANA, item, "escalate", text=WHY)
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800})
    page = site.enter(context.new_page(), TOM)
    page.goto(f"{site.url}/exceptions")
    page.get_by_role("link", name=WHY).click()
    page.get_by_label("What is done about it first").fill("I call Rosa and agree on a new date.")
    page.get_by_role("button", name="Give the first response").click()
    page.locator("#resolve > summary").click()
    page.get_by_label("How it is resolved").fill("Rosa agreed to 6 April.")
    page.get_by_label("Back to the gate").check()
    page.get_by_role("button", name="Resolve it").click()
    assert site.world.item(item).state == "pending"
    context.close()
