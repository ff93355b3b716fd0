"""A gap is closed by sales, up to the kickoff brief: two required fields of a won deal are empty, the question to
sales is drafted as it arrives, sales answers one field on the page and fills the other in the CRM, and the reviewer
approves the packet that was drafted again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.cast import LENA, PRIYA
from tests.onboarding.test_crm_import import put
from tests.onboarding.test_draft_again import FILLED, arrived
from tests.support.draft_chain import draft, of_kind
from tests.support.pressed_keys import press

__all__ = ["put"]
GAPS = ("Business_Outcome__c", "Non_Standard_Terms__c")
OUTCOME = "Dispatchers see each late shipment before the customer calls."


def approve(page: Page, item: int) -> None:
    """Approve what is open, by key."""
    press(page, "a")
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))


def test_sales_answers_one_gap_on_the_page_and_one_in_the_crm(site: Any, page: Page, put: Any) -> None:
    world = site.world
    later = world.now + timedelta(minutes=5)
    packet = arrived(world, put, **{name: says for name, says in FILLED.items() if name not in GAPS})
    draft(world)
    site.enter(page, PRIYA).goto(f"{site.url}/items/{packet}")
    expect(page.locator("#ask-sales")).to_contain_text("2 fields are empty that sales can fill.")
    page.locator("#ask-sales").get_by_role("link").click()
    [question] = [one.id for one in of_kind(world, "sales_question")]
    expect(page).to_have_url(f"{site.url}/items/{question}")
    approve(page, question)

    site.enter(page, LENA).goto(f"{site.url}/queue")
    page.get_by_role("link", name="Asked of me").first.click()
    expect(page.locator("main")).to_contain_text("2 of 2 to answer")
    page.get_by_role("link", name="Marlow Freight Inc.").click()
    page.locator("#outcome-customer_outcome").select_option("value")
    page.locator("#words-customer_outcome").fill(OUTCOME)
    page.get_by_role("button", name="Keep the answers").click()
    expect(page.locator("body")).to_contain_text("1 answer is kept")
    arrived(world, put, **{**FILLED, GAPS[0]: ""})

    site.enter(page, PRIYA).goto(f"{site.url}/queue")
    expect(page.locator(".queue")).to_contain_text("sales answered 1 of 2")
    expect(page.locator(".queue")).to_contain_text("the CRM fills a gap")
    page.goto(f"{site.url}/items/{packet}")
    expect(page.locator("#known-now")).to_contain_text(
        "Empty here and known by now: Customer business outcome, Non-standard terms."
    )
    page.get_by_role("button", name="Draft it again from what is known now").click()
    expect(page.locator("#draft")).to_contain_text(OUTCOME)
    expect(page.locator("#evidence")).to_contain_text("sales answer", ignore_case=True)
    approve(page, packet)
    draft(world, at=later)
    [brief] = of_kind(world, "kickoff_brief")
    assert OUTCOME in str(world.draft(brief.id))
    assert world.verify().holds
