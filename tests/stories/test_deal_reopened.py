"""The story of a deal that does not stay won: its message is approved, the deal is re-opened, nothing is sent; a person says
that it holds, and it is sent through a real mail server. And the other end: it is lost, and nothing goes out any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reviewqueue import worker
from reviewqueue.db import database
from reviewqueue.delivery import smtp
from tests.cast import DANA, MARCUS, PRIYA
from tests.support.crm_life import CRMS, Crm, message, onboarding, start
from tests.support.mail_server import PostOffice, open_for_mail
from tests.support.pressed_keys import press
from tests.support.releases import by_mail
from tests.world import World

WHY = "Lena has the signed order; the stage was moved by mistake."


# The exception, what holds of the deal, and that the open draft which it is about stays as it is.
SETTLED = ["exception.resolve", "onboarding.settle", "exception.resolve"]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """The customer's mail server."""
    with open_for_mail() as found:
        yield found


def sends(world: World, office: PostOffice, *, hours: int) -> bool:
    """Whether the worker had anything to send, so many hours after."""
    at, post = world.now + timedelta(hours=hours), partial(smtp.send, office.url)
    return worker.send_one_release(database.sessions(world.engine), {"email": post}, threading.Event(), lambda: at)


def approved_by(site: Any, page: Page, folder: Path, crm: Crm) -> int:
    """The deal is won and imported, and Dana approves the message to the customer on her screen."""
    world = site.world
    by_mail(world)
    start(world, folder, crm, 0)
    item = int(world.submit(message(world, folder, crm, 0)))
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    press(page, "a")
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))
    assert world.item(item).state == "approved"
    return item


def says_what_holds(page: Page, choice: str) -> None:
    """Resolve the exception on its page, with a reason."""
    page.locator("#resolve > summary").click()
    page.get_by_label("How it is resolved").fill(WHY)
    page.get_by_label(choice).check()
    page.get_by_role("button", name="Resolve it").click()
    expect(page.locator(".flash")).to_contain_text("The exception is resolved")


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_reopened_then_it_holds(site: Any, page: Page, office: PostOffice, tmp_path: Path, crm: Crm) -> None:
    """From the won deal to the mail in the customer's mailbox, with the doubt in between, told on every page."""
    world = site.world
    item = approved_by(site, page, tmp_path, crm)
    packet = item - 1
    crm.bring(world, tmp_path, crm.deal(0, stage="open"))
    assert not sends(world, office, hours=1)
    assert office.came == []

    page.goto(f"{site.url}/items/{item}")
    expect(page.locator("#deal-changed")).to_contain_text("the deal is open again")
    expect(page.locator("#release")).to_contain_text("does not go out yet")
    expect(page.locator("#release")).to_contain_text("somebody has to say what holds")
    expect(page.locator("#release").get_by_text("Send it by hand")).to_have_count(0)
    run = onboarding(world, crm, 0)
    page.goto(f"{site.url}/onboardings/{run.id}")
    expect(page.locator("#deal")).to_contain_text("The deal is open again")
    expect(page.locator("#deal")).to_contain_text("Nothing goes out until somebody says")

    site.enter(page, PRIYA).goto(f"{site.url}/queue?view=open")
    expect(page.locator(".queue-row", has=page.locator(f"a[href*='/items/{packet}']"))).to_contain_text(
        "the deal changed"
    )
    page.goto(f"{site.url}/onboardings/{run.id}")
    page.locator("#deal").get_by_role("link", name="exception #1").click()
    expect(page.locator("h1")).to_contain_text("The deal is open again")
    expect(page.locator(".case-main")).to_contain_text("Nothing goes out for this customer until somebody")
    says_what_holds(page, "The deal still holds: what waits may go out")

    assert sends(world, office, hours=2)
    (came,) = office.came
    assert came.receivers == world.draft(item)["to"]
    assert world.item(item).state == "released"
    page.goto(f"{site.url}/onboardings/{run.id}")
    expect(page.locator("#deal")).to_contain_text("Priya Raman said")
    expect(page.locator("#deal")).to_contain_text("the deal still holds")
    acts = [entry.act for entry in world.log() if entry.act.startswith(("onboarding.", "exception."))]
    assert acts == ["onboarding.start", "onboarding.deal", "exception.open", *SETTLED]
    assert world.verify().holds


def test_lost_for_good(site: Any, page: Page, office: PostOffice, tmp_path: Path) -> None:
    """A person ends the onboarding: what was approved is given up, what is open is withdrawn, and nothing is sent, ever."""
    world, crm = site.world, CRMS["salesforce"]
    item = approved_by(site, page, tmp_path, crm)
    crm.bring(world, tmp_path, crm.deal(0, stage="lost"))
    site.enter(page, PRIYA).goto(f"{site.url}/exceptions/1")
    says_what_holds(page, "The onboarding ends: open drafts are withdrawn, and nothing goes out any more")
    assert not sends(world, office, hours=1)
    assert not sends(world, office, hours=200)
    assert office.came == []
    run = onboarding(world, crm, 0)
    page.goto(f"{site.url}/onboardings/{run.id}")
    expect(page.locator("main")).to_contain_text("This onboarding ended")
    page.goto(f"{site.url}/onboardings")
    expect(page.locator(f"#onboarding-{run.id}")).to_contain_text("its deal does not hold")
    site.enter(page, MARCUS).goto(f"{site.url}/items/{item}")
    expect(page.locator("#deal-changed")).to_contain_text("Its onboarding ended")
    expect(page.locator("#release")).to_contain_text("Priya Raman gave it up")
    assert world.item(item - 1).state == "withdrawn"
    assert world.verify().holds


def test_the_control_without_the_hold_it_is_sent(
    site: Any, page: Page, office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If releases asked neither for the deal nor for its exception, the customer of a re-opened deal would have the mail."""
    from reviewqueue.delivery import holds

    world, crm = site.world, CRMS["salesforce"]
    approved_by(site, page, tmp_path, crm)
    crm.bring(world, tmp_path, crm.deal(0, stage="open"))
    monkeypatch.setattr(holds, "_deal_holds", lambda *_: iter(()))
    monkeypatch.setattr(holds, "_exception_holds", lambda *_: iter(()))
    assert sends(world, office, hours=1)
    assert len(office.came) == 1
