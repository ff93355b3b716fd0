"""Somebody is invited by e-mail, chooses their password, forgets it and gets back in; whoever had their session is out,
and the address is told. In a real browser, with a real mail server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from reviewqueue.core.settings import Settings
from reviewqueue.delivery import account_mails, smtp
from tests.cast import SAM
from tests.conftest import Site, live
from tests.support.mail_server import PostOffice, open_for_mail
from tests.world import World

NEW, FIRST, SECOND = "zoe.lind@northbeam.example", "nine wet umbrellas", "ten dry umbrellas"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Northbeam's own mail server."""
    with open_for_mail() as found:
        yield found


@pytest.fixture
def site(world: World, settings: Settings, office: PostOffice) -> Iterator[Site]:
    """The application as it is where mail is set up."""
    settings.smtp_url, settings.public_url = SecretStr(office.url), "http://127.0.0.1"
    with live(world, settings) as found:
        yield found


def letter(site: Site, office: PostOffice, subject: str) -> str:
    """Let the worker send what is due; returns the link in the last e-mail to Zoe, "" for none."""
    send = partial(smtp.send, office.url)
    while account_mails.send_one(site.world.sessions, send, site.url, threading.Event(), lambda: datetime.now(UTC)):
        pass
    came = office.came[-1]
    assert (came.receivers, came.message["Subject"]) == ([NEW], subject)
    return (re.findall(rf"{site.url}/password/link\?token=\S+", came.message.get_content()) or [""])[0]


def enter(page: Page, site: Site, password: str) -> None:
    """Sign in as Zoe."""
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("E-mail").fill(NEW)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def invited(site: Site, admin: Page, office: PostOffice) -> str:
    """An admin invites Zoe on the people page; returns the link that came by mail."""
    admin.goto(f"{site.url}/people")
    form = admin.locator("#add-person")
    form.get_by_label("Name").fill("Zoe Lind")
    form.get_by_label("E-mail").fill(NEW)
    form.get_by_label("CSM", exact=True).check()
    form.get_by_role("button", name="Add").click()
    expect(admin.locator(".flash")).to_contain_text("Zoe Lind is invited")
    expect(admin.locator("tr", has_text=NEW)).to_contain_text("Invitation is on its way")
    link = letter(site, office, "Your account in Review Queue")
    admin.reload()
    expect(admin.locator("tr", has_text=NEW)).to_contain_text("Invitation open until")
    return link


def choose(page: Page, link: str, password: str) -> None:
    """Follow a link twice, since looking uses nothing up; choose a password that is too short, and a good one."""
    page.goto(link)
    page.goto(link)
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set my password").click()
    expect(page.locator("#choose-password-error")).to_contain_text("At least 12 characters")
    page.get_by_label("New password").fill(password)
    page.get_by_role("button", name="Set my password").click()
    expect(page.get_by_role("heading", name="Your password is set")).to_be_visible()


def test_invited_forgotten_and_back(
    site: Site, page: Page, browser: Browser, office: PostOffice, capfd: pytest.CaptureFixture[str]
) -> None:
    admin = site.enter(browser.new_context().new_page(), SAM)
    invitation = invited(site, admin, office)
    choose(page, invitation, FIRST)
    page.goto(f"{site.url}/queue")
    expect(page).to_have_url(re.compile("/sign-in"))  # the link let nobody in
    enter(page, site, FIRST)
    expect(page).to_have_url(re.compile("/queue"))
    admin.reload()
    expect(admin.locator("tr", has_text=NEW)).to_contain_text("Invitation used")

    other = browser.new_context().new_page()
    other.goto(f"{site.url}/sign-in")
    other.get_by_role("link", name="Forgot your password?").click()
    other.get_by_label("E-mail").fill(NEW)
    other.get_by_role("button", name="Send me a link").click()
    expect(other.get_by_role("heading", name="Look into your e-mail")).to_be_visible()
    page.reload()
    expect(page).to_have_url(re.compile("/queue"))  # asking ends nothing
    reset = letter(site, office, "A new password for Review Queue")
    other.goto(invitation)
    expect(other.locator("main")).to_contain_text("does not open anything any more")
    choose(other, reset, SECOND)
    page.goto(f"{site.url}/queue")
    expect(page).to_have_url(re.compile("/sign-in"))
    enter(page, site, SECOND)
    expect(page).to_have_url(re.compile("/queue"))
    assert letter(site, office, "Your password for Review Queue was changed") == ""
    assert len(office.came) == 3
    assert [one.act for one in site.world.log() if one.act in ("person.link", "person.password")] == [
        "person.link", "person.password", "person.link", "person.password",
    ]  # fmt: skip

    said = "".join(capfd.readouterr())
    kept = str(site.world.everything())
    for link in (invitation, reset):
        token = link.rpartition("=")[2]
        assert token not in said
        assert token not in kept, "only its hash is kept"
