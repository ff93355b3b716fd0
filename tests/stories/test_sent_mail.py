"""Story 2, a mail that cannot be unsent. A customer's answer is brought in by a person (`test_replies.py`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reviewqueue import worker
from reviewqueue.core import receipts
from reviewqueue.core.mime import message
from reviewqueue.db import database
from reviewqueue.delivery import receipt_keys, smtp
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.onboarding import owner
from reviewqueue.onboarding.drafting.compose import compose
from tests import drafts
from tests.cast import DANA, MARCUS, PRIYA, TOM
from tests.delivery.test_sent_as_shown import in_older_program, in_program
from tests.support import draft_chain
from tests.support.mail_server import PostOffice, open_for_mail
from tests.support.pressed_keys import press
from tests.support.releases import by_mail, waits_first

WRONG, RIGHT = "Your project starts on 2026-04-23.", "Your project starts on 2026-03-23."
# What a reader sees of a piece of the page, without our own notes beside it.
PLAIN = """node => {
  const copy = node.cloneNode(true)
  copy.querySelectorAll(".claim-note").forEach(one => { one.previousSibling.data = one.previousSibling.data.replace(/ $/, "") })
  copy.querySelectorAll(".claim-no, .claim-note, .visually-hidden, .otherwise").forEach(one => one.remove())
  return copy.textContent.trim()
}"""


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """The customer's mail server."""
    with open_for_mail() as found:
        yield found


def slips(*given: Any) -> DraftWithEvidence:
    """Our own drafter, but for a month that it gets wrong."""
    made = compose(*given)
    said = {name: text.replace(RIGHT, WRONG) if isinstance(text, str) else text for name, text in made.draft.items()}
    return replace(made, draft=said)


def welcome(world: Any) -> int:
    """The welcome mail of an onboarding whose start it gets wrong by a month; Dana is its CSM."""
    waits_first(world, undo_minutes=10)
    item = world.submit(draft_chain.packet(drafts.deal("Grüße & Söhne"), customer_outcome=RIGHT))
    with world.session() as session:
        run = world.item(item).onboarding_id
        owner.set_owner(session, TOM.id, run, DANA.id, "They have worked together before.", world.now)
    world.decide(PRIYA, item, "approve")
    draft_chain.draft(world, slips)
    (found,) = draft_chain.of_kind(world, "customer_email")
    return int(found.id)


def an_hour_later(world: Any, office: PostOffice, after: timedelta = timedelta(hours=1)) -> bool:
    """Whether the worker had anything to send, an hour after."""
    at, post = world.now + after, partial(smtp.send, office.url)
    return worker.send_one_release(database.sessions(world.engine), {"email": post}, threading.Event(), lambda: at)


def on_screen(page: Page) -> dict[str, str]:
    """The mail as the page shows it."""
    head = page.locator(".mail-head")
    names = [name.strip() for name in head.locator("dt").all_text_contents()]
    values = [one.evaluate(PLAIN) for one in head.locator("dd").all()]
    return {**dict(zip(names, values, strict=True)), "Body": page.locator(".draft-body").evaluate(PLAIN)}


def receipt_on(page: Page) -> dict[str, str]:
    """The receipt that the page offers."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Signed receipt").click()
    found: dict[str, str] = json.loads(download.value.path().read_text("utf-8"))
    return found


def test_the_server_gets_what_was_on_the_page(site: Any, page: Page, office: PostOffice) -> None:
    """The mark is seen, the CSM edits, somebody else approves what is on their screen, and exactly that arrives, with
    replies to the CSM, once the time for undoing has passed; and its receipt verifies offline, until it is changed."""
    world = site.world
    with world.session() as session:
        receipt_keys.ensure(session, site.app.extensions["reviewqueue"], world.now)
        key = receipt_keys.published(session)[0].key
    item = welcome(world)
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    expect(page.locator("#checks")).to_contain_text("23 April 2026, but 23 March 2026 holds")
    press(page, "e")
    page.wait_for_url(f"{site.url}/items/{item}/edit")
    body = page.get_by_label("Body")
    body.fill(body.input_value().replace(WRONG, RIGHT))
    expect(page.get_by_label("Reply to")).to_have_value(DANA.email)
    page.get_by_label("Subject").fill("Welcome to Northbeam: für Grüße & Söhne 🚚 שלום")
    page.locator("#edit-reason_code").select_option("fact-corrected")
    page.get_by_role("button", name="Save as revision 2").click()
    page.wait_for_url(lambda url: not url.endswith("/edit"))
    assert world.item(item).revision_number == 2

    site.enter(page, MARCUS).goto(f"{site.url}/items/{item}")
    expect(page.locator("#checks")).not_to_contain_text("but 23 March 2026 holds")
    seen = on_screen(page)
    assert seen["Reply to"] == DANA.email
    press(page, "a")
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))
    page.goto(f"{site.url}/items/{item}")
    expect(page.locator("#release")).to_contain_text("You can undo the approval until")
    assert not an_hour_later(world, office, timedelta(minutes=9))
    assert office.came == []
    assert an_hour_later(world, office)

    (came,) = office.came
    shown, read = in_program(came), message.read(world.draft(item))[0]
    assert shown == in_older_program(came)
    assert came.receivers == [address for _, address in shown["to"]] == [seen["To"]] == read.envelope
    assert [address for _, address in shown["reply_to"]] == [seen["Reply to"]]
    assert came.sender == str(came.message["From"]) == seen["From"]
    assert shown["subject"] == seen["Subject"]
    assert shown["body"].strip() == seen["Body"]
    assert RIGHT in shown["body"]
    page.goto(f"{site.url}/items/{item}")
    expect(page.locator("#release")).to_contain_text("by e-mail")
    assert world.item(item).state == "released"
    assert world.verify().holds

    whole = receipt_on(page)
    said = receipts.verify(whole, [key], destination="outgoing-mail", content=world.seen(item).revision)
    assert [one["name"] for one in said["approved"]] == [MARCUS.name]
    with pytest.raises(receipts.NotVerified, match="something in it was changed"):
        receipts.verify({**whole, "receipt": whole["receipt"].replace("outgoing", "0utgoing")}, [key])


def test_a_subject_that_reads_as_another_is_approved_by_nobody(site: Any, page: Page, office: PostOffice) -> None:
    """What the customer would read stands beside what was written, the check says it, and nothing can be approved."""
    world = site.world
    by_mail(world)
    item = world.submit(drafts.email(subject="=?utf-8?B?WW91ciBnby1saXZlIG1vdmVzIHRvIE1heQ==?="))
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    expect(page.locator(".mail-head .subject")).to_contain_text("a mail program shows “Your go-live moves to May”")
    expect(page.locator("#checks")).to_contain_text("is shown by a mail program as “Your go-live moves to May”")
    expect(page.locator("#checks")).to_contain_text("a changed go-live date")
    expect(page.get_by_text("You cannot approve it now")).to_be_visible()
    assert not an_hour_later(world, office)
    assert office.came == []
