"""A day's work in a real browser: the queue by keyboard, reading, deciding, and two who decide at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import drafts
from tests.cast import DANA, MARCUS, PASSWORD, PRIYA, TOM
from tests.support.pressed_keys import press
from tests.web.test_items import question

WHY = "Rosa asked for it on the phone."


def signed_in(site: Any, page: Page, person: Any = DANA) -> Page:
    """Sign in as a person does, and wait for the page's keys: they listen once it is loaded."""
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def test_a_csm_works_through_the_queue_with_the_keyboard(site: Any, page: Page) -> None:
    first = site.world.submit(drafts.email(drafts.deal("Anchor Mills")))
    second = site.world.submit(drafts.email(drafts.deal("Birch & Co")))
    signed_in(site, page)
    expect(page.get_by_role("heading", name="Mine to decide")).to_be_visible()
    press(page, "j")
    press(page, "j")
    press(page, "k")
    press(page, "Enter")
    page.wait_for_url(f"{site.url}/items/{first}?at=*")
    page.locator("#claim-1").click()
    expect(page.locator("#source-claim-1")).to_have_class(re.compile("is-lit"))
    press(page, "a")
    expect(page.locator("#approve-reason_code")).to_be_focused()
    press(page, "C")
    page.get_by_role("button", name="Approve", exact=True).press("Enter")
    page.wait_for_url(f"{site.url}/items/{second}?at=*")
    expect(page.locator(".flash")).to_contain_text("Approved. Anchor Mills, “Kickoff invitation”.")
    assert site.world.item(first).state == "approved"
    press(page, "g")
    press(page, "q")
    page.wait_for_url(f"{site.url}/queue")
    expect(page.locator(".queue-row")).to_have_count(1)


def test_a_draft_is_sent_back_and_what_was_typed_survives_a_reload(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    press(page, "s")
    page.get_by_label("What has to change").fill("The dates are wrong: j k a e, all of them.")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.locator("body").press("s")
    expect(page.get_by_label("What has to change")).to_have_value("The dates are wrong: j k a e, all of them.")
    page.locator("#send_back-reason_code").select_option("unsupported-statement")
    page.get_by_role("button", name="Send back", exact=True).click()
    page.wait_for_url(f"{site.url}/queue")
    assert site.world.item(item).state == "sent_back"
    page.goto(f"{site.url}/items/{item}")
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_a_refusal_is_shown_at_its_field_with_every_word_kept(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    press(page, "r")
    page.locator("#reject-reason_code").select_option("duplicate")
    page.locator("#reject-text").fill("too short")
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator("#reject-text-error")).to_contain_text("at least 10 characters")
    expect(page.locator("#reject-text")).to_have_value("too short")
    expect(page.locator("#reject-reason_code")).to_have_value("duplicate")
    expect(page.locator("#reject-text")).to_be_visible()
    page.locator("#reject-text").fill("Rosa has this mail already.")
    page.get_by_role("button", name="Reject", exact=True).click()
    page.wait_for_url(f"{site.url}/queue")
    assert site.world.item(item).state == "rejected"


def test_an_edit_becomes_a_revision_with_its_difference(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    press(page, "e")
    page.wait_for_url(f"{site.url}/items/{item}/edit")
    page.get_by_label("Subject").fill("Kickoff, our proposal")
    page.get_by_label("Reason").select_option("wording")
    page.get_by_role("button", name="Save as revision 2").click()
    page.wait_for_url(f"{site.url}/items/{item}")
    expect(page.locator(".flash")).to_contain_text("Saved as revision 2.")
    page.get_by_role("link", name="What you changed").click()
    expect(page.locator(".diff ins")).to_have_text(", our proposal")
    draft = site.world.draft(item)
    assert draft == {**drafts.email().drafted.draft, "subject": "Kickoff, our proposal"}


def test_revops_overrides_with_an_end(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.packet(without=("customer_outcome",)))
    site.enter(page, PRIYA).goto(f"{site.url}/items/{item}")
    press(page, "o")
    page.get_by_role("checkbox", name=re.compile("customer outcome|business outcome", re.I)).check()
    page.locator("#override-reason_code").select_option("known-gap-accepted")
    page.get_by_label("Why it may pass").fill("Sales calls the customer tomorrow; kickoff can be prepared.")
    page.get_by_label("Holds until").fill((site.world.now + timedelta(days=5)).date().isoformat())
    page.get_by_role("button", name="Override", exact=True).click()
    page.wait_for_url(f"{site.url}/queue")
    (made,) = site.world.decisions(item)
    assert (made.action, made.passes) == ("override", ["field.customer_outcome"])
    page.goto(f"{site.url}/log?view=overrides")
    expect(page.locator(".log-table")).to_contain_text("Overrides field.customer_outcome until 2026-03-07")


def test_a_question_is_closed_or_asks_for_its_candidate(site: Any, page: Page) -> None:
    item = site.world.submit(question())
    site.enter(page, PRIYA).goto(f"{site.url}/items/{item}")
    press(page, "a")
    expect(page.get_by_role("radio", name="A: Harbour Mills GmbH")).to_be_visible()
    page.get_by_role("button", name="Answer and start the onboarding").click()
    assert page.locator("input[name=choice]:invalid").count() == 2
    press(page, "Escape")
    page.locator("body").press("r")
    page.locator("#reject-reason_code").select_option("duplicate")
    page.locator("#reject-text").fill("Harbour Mills is with us since 2024.")
    page.get_by_role("button", name="Close the question").click()
    page.wait_for_url(f"{site.url}/queue")
    assert site.world.item(item).state == "rejected"


def test_two_browsers_one_item_the_second_sees_what_moved_and_decides_again(
    site: Any, page: Page, context: BrowserContext, browser: Any
) -> None:
    item = site.world.submit(drafts.email())
    elsewhere = browser.new_context()
    other = site.enter(elsewhere.new_page(), MARCUS)
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    press(page, "s")
    page.locator("#send_back-reason_code").select_option("unsupported-statement")
    page.locator("#send_back-text").fill(WHY)
    other.goto(f"{site.url}/items/{item}/edit")
    other.get_by_label("Subject").fill("Kickoff, our proposal")
    other.get_by_label("Reason").select_option("wording")
    other.get_by_role("button", name="Save as revision 2").click()
    other.wait_for_url(f"{site.url}/items/{item}")
    page.get_by_role("button", name="Send back", exact=True).click()
    expect(page.get_by_role("heading", name="This changed while you were reading")).to_be_visible()
    expect(page.locator(".diff ins")).to_have_text(", our proposal")
    expect(page.locator("#again-text")).to_have_value(WHY)
    expect(page.locator(".facts")).to_contain_text("Marcus Oyelaran")
    page.get_by_role("button", name="Send back revision 2 with this").click()
    page.wait_for_url(f"{site.url}/queue")
    assert site.world.item(item).state == "sent_back"
    elsewhere.close()


def test_the_lease_is_taken_without_leaving_the_page(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.evaluate("window.sameDocument = true")
    page.get_by_role("button", name="Take it for 10 minutes").click()
    expect(page.locator("#lease")).to_contain_text("You have this until")
    page.get_by_role("button", name="Give it back").click()
    expect(page.locator("#lease")).to_contain_text("Nobody has taken this item.")
    assert page.evaluate("window.sameDocument") is True


def test_filters_change_the_lines_and_the_address_and_back_goes_back(site: Any, page: Page) -> None:
    for customer in ("Anchor Mills", "Birch & Co"):
        site.world.submit(drafts.email(drafts.deal(customer)))
    site.enter(page, DANA).goto(f"{site.url}/queue")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Customer begins with").fill("birch")
    page.get_by_label("Customer begins with").press("Enter")
    expect(page.locator(".queue-row")).to_have_count(1)
    assert "customer=birch" in page.url
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    expect(page.locator(".queue-row")).to_have_count(2)


def test_an_ended_session_leads_to_sign_in_and_back_again(site: Any, page: Page) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.context.clear_cookies()
    page.get_by_role("button", name="Take it for 10 minutes").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.get_by_label("E-mail").fill(DANA.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/items/{item}")


def test_words_sent_after_the_session_ended_are_in_their_form_again(site: Any, page: Page) -> None:
    """The sign-in page says that they are kept and where; signing in leads straight to the form that has them."""
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.locator(".act-tab", has_text="Reject").click()
    page.locator("#reject-reason_code").select_option("duplicate")
    page.locator("#reject-text").fill(WHY)
    page.context.clear_cookies()
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("Your session had ended, so nothing was done.")).to_be_visible()
    expect(page.get_by_label("What you typed")).to_have_value(WHY)
    page.get_by_label("E-mail").fill(DANA.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/items/{item}")
    page.locator(".act-tab", has_text="Reject").click()
    expect(page.locator("#reject-text")).to_have_value(WHY)
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(f"{site.url}/items/{item}")
    expect(page.get_by_text("What you typed there is kept in this tab")).to_be_visible()


def test_who_signs_in_on_anothers_page_is_not_handed_their_words(site: Any, page: Page) -> None:
    """The words are Dana's in this tab. Marcus goes on without them, and she finds them in her form again."""
    item = site.world.submit(drafts.email())
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.locator(".act-tab", has_text="Reject").click()
    page.locator("#reject-reason_code").select_option("duplicate")
    page.locator("#reject-text").fill(WHY)
    page.context.clear_cookies()
    page.get_by_role("button", name="Reject", exact=True).click()
    page.get_by_label("E-mail").fill(MARCUS.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/items/{item}")
    for person, there in ((MARCUS, ""), (DANA, WHY)):
        page.context.clear_cookies()
        site.enter(page, person).goto(f"{site.url}/items/{item}")
        page.locator(".act-tab", has_text="Reject").click()
        expect(page.locator("#reject-text")).to_have_value(there)


@pytest.mark.parametrize("person", [TOM, DANA], ids=lambda person: person.name)
def test_signing_out_ends_it(site: Any, page: Page, person: Any) -> None:
    signed_in(site, page, person)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/sign-in")
    page.goto(f"{site.url}/queue")
    page.wait_for_url(re.compile("/sign-in"))


def test_the_list_of_keys_opens_with_a_question_mark(site: Any, page: Page) -> None:
    site.enter(page, DANA).goto(f"{site.url}/queue")
    press(page, "Shift+?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()


def test_who_signs_in_next_finds_nobody_elses_words(site: Any, page: Page) -> None:
    """In the same tab: Marcus' form is empty, and Dana finds hers again when she is back."""
    item = site.world.submit(drafts.email())
    words = page.locator("#reject-text")
    for person, there in ((DANA, ""), (MARCUS, ""), (DANA, "The date was never agreed.")):
        page.context.clear_cookies()
        site.enter(page, person).goto(f"{site.url}/items/{item}")
        page.locator(".act-tab", has_text="Reject").click()
        expect(words).to_have_value(there)
        if person is DANA and not there:
            words.fill("The date was never agreed.")
