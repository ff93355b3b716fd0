"""The same day without JavaScript: every act is a plain form, every way a plain link."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import SignIn
from tests import drafts
from tests.browser.test_day import signed_in
from tests.cast import DANA, MARCUS, PASSWORD, PRIYA
from tests.web.test_items import question


def choose(page: Page, act: str) -> None:
    page.locator(".act-tab", has_text=act).click()


def test_read_approve_send_back_and_reject(site: Any, plain: Page) -> None:
    items = [
        site.world.submit(drafts.email(drafts.deal(name))) for name in ("Anchor Mills", "Birch & Co", "Cedar Foods")
    ]
    signed_in(site, plain)
    plain.get_by_role("link", name="Kickoff invitation").first.click()
    plain.wait_for_url(f"{site.url}/items/{items[0]}?at=*")
    plain.locator("#claim-1").click()
    assert plain.url.endswith("#source-claim-1")
    choose(plain, "Approve")
    plain.locator("#approve-reason_code").select_option("evidence-complete")
    plain.get_by_role("button", name="Approve", exact=True).click()
    plain.wait_for_url(f"{site.url}/items/{items[1]}?at=*")
    expect(plain.locator(".flash")).to_contain_text("Approved.")
    choose(plain, "Send back")
    plain.locator("#send_back-reason_code").select_option("context-missing")
    plain.locator("#send_back-text").fill("too short")
    plain.get_by_role("button", name="Send back", exact=True).click()
    expect(plain.locator("#send_back-text-error")).to_be_visible()
    expect(plain.locator("#send_back-text")).to_have_value("too short")
    plain.locator("#send_back-text").fill("Ask sales what the customer bought.")
    plain.get_by_role("button", name="Send back", exact=True).click()
    plain.wait_for_url(f"{site.url}/items/{items[2]}?at=*")
    choose(plain, "Reject")
    plain.locator(".act-close").click()
    expect(plain.locator(".act-panel:visible")).to_have_count(0)
    plain.get_by_role("button", name="Take it for 10 minutes").click()
    expect(plain.locator("#lease")).to_contain_text("You have this until")
    assert [site.world.item(item).state for item in items] == ["approved", "sent_back", "pending"]


def test_edit_and_conflict(site: Any, plain: Page) -> None:
    item = site.world.submit(drafts.email())
    signed_in(site, plain)
    plain.goto(f"{site.url}/items/{item}/edit")
    site.world.decide(MARCUS, item, "edit", draft={**site.world.draft(item), "subject": "Kickoff, our proposal"})
    plain.get_by_label("Body").fill("Shorter.")
    plain.get_by_label("Reason").select_option("wording")
    plain.get_by_role("button", name="Save as revision 2").click()
    expect(plain.get_by_role("heading", name="This changed while you were reading")).to_be_visible()
    expect(plain.get_by_label("Body")).to_have_value("Shorter.")
    plain.get_by_role("button", name="Edit revision 2 with this").click()
    plain.wait_for_url(f"{site.url}/items/{item}")
    assert site.world.draft(item)["body"] == "Shorter."
    assert site.world.draft(item)["subject"] == "Kickoff, our proposal"


def test_override_answer_filters_and_sign_out(site: Any, plain: Page) -> None:
    packet = site.world.submit(drafts.packet(without=("customer_outcome",)))
    asked = site.world.submit(question())
    signed_in(site, plain, PRIYA)
    plain.goto(f"{site.url}/items/{packet}")
    choose(plain, "Override")
    plain.locator("input[name=passes]").check()
    plain.locator("#override-reason_code").select_option("known-gap-accepted")
    plain.locator("#override-text").fill("Sales calls the customer tomorrow.")
    plain.locator("#override-expires_on").fill("2026-03-07")
    plain.get_by_role("button", name="Override", exact=True).click()
    plain.wait_for_url(f"{site.url}/items/{asked}")
    choose(plain, "Close")
    plain.locator("#reject-reason_code").select_option("duplicate")
    plain.locator("#reject-text").fill("This customer is with us already.")
    plain.get_by_role("button", name="Close the question").click()
    plain.wait_for_url(f"{site.url}/queue")
    if plain.locator(".site-menu > summary").is_visible():
        plain.locator(".filters > summary").click()
    plain.get_by_label("Customer begins with").fill("nobody")
    plain.get_by_role("button", name="Filter").click()
    plain.wait_for_url(re.compile("customer=nobody"))
    expect(plain.get_by_role("heading", name="Nothing matches")).to_be_visible()
    if plain.locator(".site-menu > summary").is_visible():
        plain.locator(".site-menu > summary").click()
    plain.get_by_role("button", name="Sign out").click()
    plain.wait_for_url(f"{site.url}/sign-in")
    assert site.world.decisions(packet)[0].person_id == PRIYA.id != DANA.id


def test_what_came_after_the_session_ended_is_there_after_signing_in(site: Any, plain: Page) -> None:
    """Without a script: the words are on the sign-in page, and on the page that leads back."""
    item = site.world.submit(drafts.email())
    site.enter(plain, DANA).goto(f"{site.url}/items/{item}")
    said = "Rosa has this mail already, and asked for the other one."
    plain.locator(".act-tab", has_text="Reject").click()
    plain.locator("#reject-reason_code").select_option("duplicate")
    plain.locator("#reject-text").fill(said)
    _end_sessions(site)
    plain.get_by_role("button", name="Reject", exact=True).click()
    expect(plain.get_by_label("What you typed")).to_have_value(said)
    expect(plain.get_by_text("kept in this tab")).to_be_hidden()
    plain.get_by_label("E-mail").fill(DANA.email)
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Sign in").click()
    expect(plain.get_by_label("What you typed")).to_have_value(said)
    plain.get_by_role("link", name="Go back to the page").click()
    plain.wait_for_url(f"{site.url}/items/{item}")


def _end_sessions(site: Any) -> None:
    with site.world.session() as session, writing(session):
        session.execute(update(SignIn).values(ended_at=site.world.now))
