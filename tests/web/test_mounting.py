"""Mounting: an installation under a path, behind a real proxy that passes the path on whole or takes it away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx2
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from reviewqueue import create_app
from reviewqueue.client import Client
from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import Settings
from tests import drafts
from tests.cast import DANA, PASSWORD
from tests.conftest import Site, live
from tests.support.reverse_proxy import Proxy, proxied
from tests.world import KEY, World

Mounted = tuple[Site, Proxy]


@pytest.fixture(params=[True, False], ids=["strips", "passes on"])
def mounted(request: pytest.FixtureRequest, world: World, settings: Settings) -> Iterator[Mounted]:
    """An installation under /reviews."""
    with proxied(prefix="/reviews", strips=request.param) as proxy:
        settings.public_url, settings.trusted_proxies = proxy.url, "127.0.0.1"
        with live(world, settings) as site:
            proxy.behind = site.url
            yield site, proxy


def test_a_day_under_a_path(mounted: Mounted, page: Page) -> None:
    """Asked for an item, sign in, come back to it, claim and approve it, look at the queue, sign out: every link, form,
    script, style sheet and redirect stays under the path."""
    site, proxy = mounted
    items = [site.world.submit(drafts.email(drafts.deal(name))) for name in ("Anchor Mills", "Birch & Co")]
    wrong: list[str] = []
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{proxy.url}/items/{items[0]}")
    page.get_by_label("E-mail").fill(DANA.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{proxy.url}/items/{items[0]}")
    assert {one["path"] for one in page.context.cookies() if one["name"].startswith("reviewqueue")} == {"/reviews"}
    page.get_by_role("button", name="Take it for 10 minutes").click()
    expect(page.locator("#lease")).to_contain_text("You have this until")
    page.locator(".act-tab", has_text="Approve").click()
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(f"{proxy.url}/items/{items[1]}")
    page.locator(".site-nav").get_by_role("link", name="Queue", exact=True).click()
    page.wait_for_url(f"{proxy.url}/queue")
    assert (
        page.locator(".site-nav").get_by_role("link", name="Queue", exact=True).get_attribute("aria-current") == "page"
    )
    page.get_by_role("link", name="Kickoff invitation").first.click()
    page.wait_for_url(f"{proxy.url}/items/{items[1]}?**")
    assert page.evaluate("getComputedStyle(document.body).boxSizing") == "border-box", "the style sheets came"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{proxy.url}/sign-in")
    assert ([path for path in proxy.strays if path != "/favicon.ico"], wrong) == ([], [])
    assert site.world.item(items[0]).state == "approved"


def test_an_automation_under_a_path(mounted: Mounted) -> None:
    """Its calls, the addresses it is told, and the document of the calls name the path."""
    site, proxy = mounted
    first = site.world.submit(drafts.email())
    for _ in range(50):
        site.world.submit(drafts.email())
    with Client(proxy.url, KEY) as queue:
        assert queue.get(first)["url"] == f"{proxy.url}/items/{first}"
        assert sum(len(page) for page in queue.pages()) == 51
    listed = httpx2.get(f"{proxy.url}/api/v1/items", headers={"Authorization": f"Bearer {KEY}"}).json()
    assert listed["next"].startswith(f"{proxy.url}/api/v1/items?")
    document = httpx2.get(f"{proxy.url}/api/v1/openapi.json").json()
    assert [server["url"] for server in document["servers"]] == ["/reviews"]
    assert proxy.strays == []


def test_a_prefix_that_a_named_proxy_sends_is_enough(world: World, application: Callable[..., Flask]) -> None:
    """Without a path in the public address, `X-Forwarded-Prefix` of a named proxy, and of nobody else, goes before each
    link."""
    sent = {"X-Forwarded-Prefix": "/reviews"}
    for named, leads in (("127.0.0.1", "/reviews/sign-in?next=/reviews/queue"), ("", "/sign-in?next=/queue")):
        client = application(trusted_proxies=named).test_client()
        assert client.get("/queue", headers=sent).headers["Location"] == leads


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://example.com/queue", "begins like pages of Review Queue"),
        ("https://example.com/api/v2", "begins like pages of Review Queue"),
        ("https://example.com/a b", "REVIEWQUEUE_PUBLIC_URL may end in a path"),
        ("https://example.com/reviews?x=1", "REVIEWQUEUE_PUBLIC_URL may end in a path"),
        ("example.com/reviews", "REVIEWQUEUE_PUBLIC_URL is not a web address"),
    ],
)
def test_a_path_that_cannot_work_is_refused_in_words(settings: Settings, address: str, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        create_app(settings.model_copy(update={"public_url": address}))
