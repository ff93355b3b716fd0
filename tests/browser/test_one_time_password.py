"""A one-time password in a real browser: an admin sets it, its person signs in with it and chooses their own."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.cast import DANA, SAM
from tests.conftest import Site

GIVEN, OWN = "a password from Sam", "my own quiet harbour"


def test_from_the_admins_page_to_ones_own_password(site: Site, page: Page) -> None:
    """Sam sets it on the people page; Dana signs in, is asked for her own, is told what is wrong with it, and works."""
    site.enter(page, SAM)
    page.goto(f"{site.url}/people")
    row = page.locator("tr, li, article").filter(has_text=DANA.email).last
    if row.locator("details").count():
        row.locator("details summary").last.click()
    form = page.locator(f'form[action="/people/{DANA.id}/password"]')
    if not form.locator("input[name=password]").is_visible():
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    form.locator("input[name=password]").fill(GIVEN)
    form.get_by_role("button").click()
    expect(page.locator(".flash")).to_contain_text("It is good for one sign-in, at which they choose their own.")
    page.context.clear_cookies()
    page.goto(f"{site.url}/onboardings")
    page.get_by_label("E-mail").fill(DANA.email)
    page.get_by_label("Password").fill(GIVEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    page.goto(f"{site.url}/queue")
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    page.get_by_label("New password").fill(GIVEN)
    page.get_by_role("button", name="Set my password").click()
    expect(page.get_by_text("this is the one you were given").first).to_be_visible()
    page.get_by_label("New password").fill(OWN)
    page.get_by_role("button", name="Set my password").click()
    expect(page.get_by_text("Your password is set")).to_be_visible()
    assert page.url.endswith("/queue"), "where she was going"
