"""A customer on a phone, without a script: the link that the owner made, a task ticked off, and both screens by axe."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_every_page import HIGH, WIDTHS, overflow, violations
from tests.cast import DANA
from tests.onboarding.test_customer_portals import offer, planned


def test_a_customer_ticks_a_task_off_on_a_phone(site: Any, page: Page, browser: Browser) -> None:
    offer(site.world)
    run = planned(site.world)
    site.enter(page, DANA).goto(f"{site.url}/onboardings/{run}")
    page.get_by_role("link", name="Customer portal").click()
    page.get_by_role("button", name="Make the link").click()
    address = page.locator(".key-once").inner_text()

    phone = browser.new_context(viewport={"width": WIDTHS["phone"], "height": HIGH}, java_script_enabled=False)
    customer = phone.new_page()
    customer.goto(address)
    customer.get_by_text("Say something to this").click()
    customer.get_by_label("It is done").check()
    customer.get_by_label("Comment").fill("The file came at six.")
    customer.get_by_label("Your name").fill("Piet de Vries")
    customer.get_by_role("button", name="Send").click()
    expect(customer.locator(".portal-said").first).to_contain_text("done. The file came at six.")
    phone.close()

    page.goto(f"{site.url}/onboardings/{run}")
    expect(page.locator("main")).to_contain_text("It is done. The file came at six. Piet de Vries at the portal")
    looks = browser.new_context(
        viewport={"width": WIDTHS["phone"], "height": HIGH}, reduced_motion="reduce", bypass_csp=True
    )
    seen = looks.new_page()
    seen.goto(address)
    seen.get_by_text("Say something to this").click()
    wrong = [*overflow(seen), *violations(seen)]
    site.enter(seen, DANA).goto(f"{site.url}/onboardings/{run}/portal")
    wrong += [*overflow(seen), *violations(seen)]
    looks.close()
    assert not wrong, "\n".join(wrong)
