"""A person leaves on a bad day, in a real browser and without a script: the admin chooses who takes what, and they find it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.cast import DANA, MARCUS, PRIYA, SAM
from tests.support.last_day import dana_owns, owners


def test_what_she_owns_goes_to_marcus_but_for_the_account(site: Any, plain: Page) -> None:
    dana = dana_owns(site.world)
    site.enter(plain, SAM).goto(f"{site.url}/people")
    row = plain.locator("tr", has_text=DANA.email)
    row.locator("summary", has_text="Change").click()
    row.get_by_role("link", name="Close the account").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Close the account of Dana Whitfield?")
    for label, kind in (("1 exception", "exceptions"), ("1 item assigned by name", "items")):
        expect(plain.get_by_role("heading", name=label)).to_be_visible()
        plain.locator(f"#to-{kind}").select_option(str(MARCUS.id))
    plain.get_by_role("button", name="Close the account").click()
    expect(plain.locator(".flash")).to_contain_text("1 exception went to Marcus Oyelaran")
    expect(plain.locator(".flash")).to_contain_text("Nobody owns 1 account")
    assert owners(site.world, dana) == (DANA.id, MARCUS.id, MARCUS.id)

    plain.context.clear_cookies()
    site.enter(plain, MARCUS).goto(f"{site.url}/exceptions")
    expect(plain.locator(".case-row")).to_have_count(1)
    plain.goto(f"{site.url}/queue")
    expect(plain.get_by_role("link", name="Kickoff invitation")).to_be_visible()

    plain.context.clear_cookies()
    site.enter(plain, PRIYA).goto(f"{site.url}/workload")
    expect(plain.locator(".nobodys")).to_contain_text("Account Marlow Freight: was Dana Whitfield’s")
    assert plain.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert site.world.verify().holds
