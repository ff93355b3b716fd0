"""Several items at once, and one item in several tabs, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reviewqueue.items import leases
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.browser.test_day import signed_in
from tests.cast import DANA, MARCUS
from tests.support.pressed_keys import press

WORDS = "Three drafts for one and the same kickoff."
GATE = "gates/customer-communication.toml"


def ticks(page: Page, *customers: str) -> None:
    """Tick the lines of these customers."""
    for customer in customers:
        page.get_by_role("checkbox", name=f"Choose {customer}").check()


def walk(site: Any, page: Page) -> list[int]:
    """Tick three lines, reject two of them together, and read what became of each."""
    failing = site.world.submit(drafts.with_check(drafts.email(drafts.deal("Anchor Mills")), "automation.tone"))
    good = [site.world.submit(drafts.email(drafts.deal(name))) for name in ("Birch & Co", "Cedar Foods")]
    left = site.world.submit(drafts.email(drafts.deal("Delta Yards")))
    page.goto(f"{site.url}/queue")
    ticks(page, "Anchor Mills", "Birch & Co", "Cedar Foods")
    page.get_by_role("button", name="Decide the ticked ones together").click()
    expect(page.get_by_text("Checks fail: automation.tone")).to_be_visible()
    assert [entry.act for entry in site.world.log() if entry.act.startswith("item.")] == ["item.submit"] * 4
    page.get_by_text("Reject these 2").click()
    box = page.locator("form[id^=reject]")
    box.get_by_label("Reason").select_option("duplicate")
    box.get_by_label("Why not").fill(WORDS)
    box.get_by_role("button", name="Reject 2").click()
    expect(page.get_by_role("heading", name="Decided together")).to_be_visible()
    expect(page.get_by_text("2 items were decided")).to_be_visible()
    expect(page.get_by_text("Checks fail: automation.tone")).to_be_visible()
    return [failing, *good, left]


def test_lines_are_decided_together(site: Any, page: Page) -> None:
    items = walk(site, site.enter(page, DANA))
    assert [site.world.item(item).state for item in items] == ["pending", "rejected", "rejected", "pending"]


@pytest.mark.parametrize("width", [1440, 390])
def test_lines_are_decided_together_without_javascript(site: Any, browser: Browser, width: int) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 900})
    plain = context.new_page()
    items = walk(site, signed_in(site, plain))
    assert [site.world.item(item).state for item in items] == ["pending", "rejected", "rejected", "pending"]
    context.close()


def test_the_lease_is_kept_while_one_types_and_two_tabs_do_not_fight(
    site: Any, page: Page, context: BrowserContext
) -> None:
    """Typing in either tab keeps it; given back in one, the other's typing does not take it again."""
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.get_by_role("button", name="Take it for 10 minutes").click()
    expect(page.locator("#lease")).to_contain_text("You have this until")
    other = context.new_page()
    other.goto(f"{site.url}/items/{item}")
    expect(other.locator("#lease")).to_contain_text("You have this until")
    first = site.world.item(item).lease_until
    for tab in (page, other):
        press(tab, "a")
        with tab.expect_response(f"**/items/{item}/lease") as answer:
            tab.locator("#approve-text").press_sequentially("All of it is in the notes.")
        assert answer.value.status == 200
        assert site.world.item(item).lease_until > first, "later than it was"
        assert site.world.item(item).lease_holder_id == DANA.id
        first = site.world.item(item).lease_until
        expect(tab.locator("#approve-text")).to_have_value("All of it is in the notes.")
    page.get_by_role("button", name="Give it back").click()
    expect(page.locator("#lease")).to_contain_text("Nobody has taken this item")
    other.reload()
    expect(other.locator("#lease")).to_contain_text("Nobody has taken this item")
    other.close()
    assert [entry.act for entry in site.world.log(item)][-2:] == ["lease.take", "lease.give_back"]


def test_a_tab_that_still_types_takes_nothing_back(site: Any, page: Page, context: BrowserContext) -> None:
    item = site.world.submit(drafts.email())
    with site.world.session() as session:
        leases.take(session, DANA.id, item, site.world.now)
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    expect(page.locator("#lease")).to_contain_text("You have this until")
    with site.world.session() as session:
        leases.give_back(session, DANA.id, item, site.world.now)
        leases.take(session, MARCUS.id, item, site.world.now)
    press(page, "a")
    page.locator("#approve-text").press_sequentially("Still here.")
    expect(page.locator("#lease")).to_contain_text("Marcus Oyelaran has this until")
    expect(page.locator("#approve-text")).to_have_value("Still here.")
    assert site.world.item(item).lease_holder_id == MARCUS.id


def opens(site: Any) -> int:
    """An item at a gate that gives itself to whoever opens it."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace("lease_minutes = 10", "lease_minutes = 10\nlease_on_open = true")
    with site.world.session() as session:
        policy_versions.activate(session, files, "system:cli", site.world.now)
    item: int = site.world.submit(drafts.email())
    return item


def test_opening_takes_it_where_the_gate_says_so(site: Any, page: Page, context: BrowserContext) -> None:
    """By a POST of the page's own. Who gave it back is not handed it again by looking again."""
    item = opens(site)
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    expect(page.locator("#lease")).to_contain_text("You have this until")
    assert site.world.item(item).lease_holder_id == DANA.id
    page.get_by_role("button", name="Give it back").click()
    expect(page.locator("#lease")).to_contain_text("Nobody has taken this item")
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#lease")).to_contain_text("Nobody has taken this item")
    assert site.world.item(item).lease_holder_id is None


def test_a_get_takes_nothing_and_without_javascript_it_is_a_button(site: Any, browser: Browser) -> None:
    item = opens(site)
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    signed_in(site, plain).goto(f"{site.url}/items/{item}")
    assert site.world.item(item).lease_holder_id is None
    plain.get_by_role("button", name="Take it for 10 minutes").click()
    expect(plain.locator("#lease")).to_contain_text("You have this until")
    assert site.world.item(item).lease_until - site.world.now < timedelta(minutes=11)
    context.close()
