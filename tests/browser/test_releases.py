"""A release by hand in a real browser: held, then sent by a person from the keyboard, and listed as out."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import text

from reviewqueue.exceptions import exception_cases
from tests import drafts
from tests.cast import DANA, PRIYA


def test_held_then_sent_by_hand(site: Any, page: Page) -> None:
    """While an exception holds it there is nothing to press; once it is resolved Dana says how she sent it."""
    world = site.world
    item = world.submit(drafts.email(drafts.deal("Anchor Mills")))
    world.decide(DANA, item, "approve")
    with world.session() as session:
        run = world.item(item).onboarding_id
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two amounts", "The order says 40 seats.", None, run
        )
        exception_cases.open_case(session, PRIYA.id, said, world.now)
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    panel = page.locator("#release")
    expect(panel).to_contain_text("does not go out yet")
    expect(panel.get_by_text("Send it by hand")).to_have_count(0)
    with world.session() as session:
        session.execute(text("UPDATE exceptions SET state = 'resolved', resolved_at = opened_at"))
        session.commit()
    page.goto(f"{site.url}/releases")
    page.get_by_role("link", name="Anchor Mills, Kickoff invitation").click()
    panel.locator("summary", has_text="Send it by hand").press("Enter")
    expect(panel.get_by_label("The approved text, to copy")).to_have_value(drafts.BODY)
    panel.get_by_label("How it went out").fill("From my own mailbox, at noon.")
    panel.get_by_role("button", name="I sent it, exactly as approved").press("Enter")
    expect(page.locator(".flash")).to_contain_text("It is released")
    expect(panel).to_contain_text("Dana Whitfield sent it by hand")
    assert world.item(item).state == "released"
