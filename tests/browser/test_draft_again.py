"""A packet with a gap is sent back, drafted again once the CRM has the value, and rejected to be drafted again: in a
real browser, from the import to the approval, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import PRIYA
from tests.onboarding.test_crm_import import put
from tests.onboarding.test_draft_again import FILLED, GAPS, arrived, with_gaps
from tests.support.pressed_keys import press

__all__ = ["put"]
BUTTON = "Draft it again from what is known now"


def test_sent_back_drafted_again_rejected_drafted_again_and_approved(site: Any, page: Page, put: Any) -> None:
    """The reviewer sends it back by key; nothing is newer at first, and the page says so; after the next import the field
    stands there with its record, the words it was sent back with above it. Rejected by key to be drafted again, the next
    one has those words above it; the same reviewer approves."""
    world = site.world
    packet = with_gaps(world, put)
    site.enter(page, PRIYA).goto(f"{site.url}/items/{packet}")
    press(page, "s")
    page.locator("#send_back-reason_code").select_option(index=1)
    page.locator("#send_back-text").fill("Ask Lena what they bought it for, please.")
    page.get_by_role("button", name="Send back", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{packet}"))
    page.goto(f"{site.url}/items/{packet}")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator("body")).to_contain_text("Nothing newer is known of what it says")
    arrived(world, put, **FILLED)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator("body")).to_contain_text(
        "Filled from newer records: Customer business outcome, Success metric."
    )
    expect(page.locator("#draft")).to_contain_text(FILLED[GAPS[0]])
    expect(page.locator("#draft .edited")).to_contain_text("Ask Lena what they bought it for, please.")
    press(page, "r")
    expect(page.get_by_label("Not needed")).to_be_focused()
    page.get_by_label("Draft it again from the CRM’s newest records").check()
    page.locator("#reject-reason_code").select_option(index=1)
    page.locator("#reject-text").fill("It still speaks of the old sponsor.")
    page.get_by_role("button", name="Reject", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{packet}"))
    follower = world.item(packet).superseded_by_id
    page.goto(f"{site.url}/items/{follower}")
    expect(page.locator("#after-rejection")).to_contain_text("It still speaks of the old sponsor.")
    press(page, "a")
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{follower}"))
    assert [world.item(item).state for item in (packet, follower or 0)] == ["rejected", "approved"]
    assert world.verify().holds


@pytest.mark.parametrize("width", [1440, 390])
def test_without_javascript(site: Any, browser: Browser, put: Any, width: int) -> None:
    """The button is a form, and says what came of it."""
    world = site.world
    packet = with_gaps(world, put)
    arrived(world, put, **FILLED)
    with browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 900}) as context:
        page = site.enter(context.new_page(), PRIYA)
        page.goto(f"{site.url}/items/{packet}")
        page.get_by_role("button", name=BUTTON).click()
        expect(page.locator("body")).to_contain_text("Filled from newer records")
    assert world.item(packet).revision_number == 2
