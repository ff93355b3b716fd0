"""Story 5, an escalation goes up and comes back: the leader is told within a minute by a mail with a link, decides, and
the CSM is told, each without reloading the page that stands open before them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from reviewqueue.db.tables.notifications import NotificationMail
from reviewqueue.delivery import notification_mails, smtp
from tests import drafts
from tests.cast import DANA, HELEN
from tests.support.mail_server import PostOffice, open_for_mail
from tests.world import World

ADDRESS = "https://queue.northbeam.example"
WORDS = "They ask for a date that we never promised."


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Northbeam's own mail server."""
    with open_for_mail() as found:
        yield found


def post(world: World, office: PostOffice, at: datetime) -> int:
    """Let the worker send every notification that is due by then; returns how many e-mails went out."""
    send, stop, before = partial(smtp.send, office.url), threading.Event(), len(office.came)
    while notification_mails.send_one(world.sessions, send, ADDRESS, stop, lambda: at):
        pass
    return len(office.came) - before


def look(page: Page) -> None:
    """What the page does by itself every few seconds."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_an_escalation_goes_up_and_comes_back(site: Any, page: Page, browser: Browser, office: PostOffice) -> None:
    world = site.world
    item = world.submit(drafts.email())
    leader = site.enter(browser.new_context().new_page(), HELEN)
    leader.goto(f"{site.url}/queue")
    bell = leader.get_by_role("link", name="Notifications")
    expect(bell.locator("[data-bell-count]")).to_be_hidden()
    leader.locator(".filters input[name=customer]").focus()

    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    page.locator(".act-tab", has_text="Escalate").click()
    page.locator("#escalate-reason_code").select_option("timeline-risk")
    page.locator("#escalate-text").fill(WORDS)
    page.get_by_role("button", name="Escalate", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))

    look(leader)
    expect(leader.locator("[data-bell-count]")).to_have_text("1")
    expect(leader.locator("[data-count=escalated]")).to_have_text("1")
    assert leader.evaluate("document.activeElement.name") == "customer", "what was typed into stays in hand"

    assert post(world, office, world.now) == 0, "it gathers first"
    assert post(world, office, world.now + timedelta(minutes=1)) >= 1
    (came,) = [one for one in office.came if one.receivers == [HELEN.email]]
    assert came.message["Subject"] == f"Escalated to you: item {item}"
    body = came.message.get_content()
    assert f"{ADDRESS}/items/{item}" in body
    for theirs in ("Marlow", "Kickoff", WORDS, DANA.name):
        assert theirs not in came.content.decode(), theirs

    before = world.item(item).state
    leader.goto(f"{site.url}/items/{item}")
    assert world.item(item).state == before == "escalated", "the link decides nothing"
    leader.goto(f"{site.url}/notifications")
    expect(leader.locator(".told")).to_contain_text(f"Escalated to you: new, item {item}, Marlow Freight")
    leader.get_by_role("button", name=f"Open item {item}").click()
    expect(leader).to_have_url(f"{site.url}/items/{item}")
    expect(leader.locator("[data-bell-count]")).to_be_hidden()
    leader.locator(".act-tab", has_text="Reject").click()
    leader.locator("#reject-reason_code").select_option("duplicate")
    leader.locator("#reject-text").fill("We promise no date here; the plan has it.")
    leader.get_by_role("button", name="Reject", exact=True).click()
    leader.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))

    look(page)
    expect(page.locator("[data-bell-count]")).to_have_text("1")
    page.locator(".bell").click()
    expect(page.locator(".told")).to_contain_text(f"What you escalated was decided: new, item {item}")
    assert post(world, office, world.now + timedelta(days=1)) == 0, "nobody is told twice, nor of what they did"
    assert world.count(NotificationMail) == len(office.came)
    assert world.verify().holds
