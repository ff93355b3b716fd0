"""No script from outside ever runs and nothing is fetched from elsewhere: every payload in every place, in Chromium.

The control serves the same payloads raw and without our headers: there they do fire, so the ears are open.
"""

from __future__ import annotations

import http.server
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request

from reviewqueue.evidence.types import CheckResult, Citation, DraftWithEvidence, Source
from tests import drafts
from tests.browser.payloads import FIRING, LURKING, naughty
from tests.cast import AIKO, DANA, INES, PRIYA, SAM
from tests.web import outside_world
from tests.world import World

EARS = """
window.fired = [];
window.fire = (...said) => { window.fired.push(String(said)); };
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = () => window.fired.push(name);
document.addEventListener('securitypolicyviolation', (event) => fire("refused", event.violatedDirective));
"""

ALIKE = re.compile("/log|/revisions/|/deliveries|/releases")  # the same for whoever may open it


@dataclass
class Heard:
    """What happened in the browser that must not."""

    home: str
    dialogs: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def listen(self, page: Page) -> None:
        page.add_init_script(EARS)
        page.on("dialog", self._dialog)
        page.on("request", self._request)

    def _dialog(self, dialog: Any) -> None:
        if dialog.type == "beforeunload":  # our own, for what was typed
            dialog.accept()
            return
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "about:", "data:", "blob:")):
            self.foreign.append(request.url)


def stir(page: Page) -> None:
    """Open everything and touch everything a person would touch by accident."""
    page.evaluate(
        """() => {
          document.querySelectorAll('details').forEach(one => one.open = true);
          const dispatch = (one, kind) => one.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
          const kinds = ['mouseover', 'mouseenter', 'focus'];
          document.querySelectorAll('main *').forEach(one => kinds.forEach(kind => dispatch(one, kind)));
        }"""
    )


def visit(site: Any, page: Page, heard: Heard, address: str) -> list[str]:
    """What fired on one page."""
    answer = page.goto(f"{site.url}{address}", wait_until="load")
    if answer and answer.ok:
        heard.shown.add(address)
    stir(page)
    fired: list[str] = page.evaluate("window.fired")
    found = [f"{address}: {one}" for one in (*fired, *heard.dialogs, *heard.foreign)]
    if not page.url.startswith(site.url):
        found.append(f"{address} led to {page.url}")
    heard.dialogs.clear()
    heard.foreign.clear()
    return found


@pytest.fixture
def heard(site: Any, page: Page) -> Heard:
    listening = Heard(site.url)
    listening.listen(page)
    return listening


def packed(world: World, said: list[str]) -> int:
    """One item that carries each of these in its draft, its sources, its statements and its checks."""
    about = drafts.deal()
    source = Source(
        "crm",
        "Record",
        about.external_id,
        {"each": said, "names": {f"{number} {one}": one for number, one in enumerate(said)}},
    )
    draft: dict[str, Any] = {
        "to": [one for one in said if one], "subject": " ".join(said), "body": "\n".join(said),
        "more": {f"{number} {one}": one for number, one in enumerate(said)},
    }  # fmt: skip
    rests = [Citation("/body", one, "one", f"/each/{number}") for number, one in enumerate(said)]
    rests += [Citation(f"/body{one}", one, f"ref {one}", f"/each/{one}") for one in said]
    checks = tuple(
        CheckResult(f"automation.{n}", "fail", True, one, f"/{one}", None, origin="Agent") for n, one in enumerate(said)
    )
    drafted = DraftWithEvidence("customer_email", "Packed", draft, {"one": source}, tuple(rests))
    return world.submit(replace(drafts.email(about), drafted=drafted, checks=checks))


def listed(world: World, said: str) -> int:
    """One item that carries it in its title, its customer and the reason it was sent back for; a NUL cannot stand there."""
    said = said.replace("\x00", "")
    about = replace(drafts.deal(), customer=f"x{said}"[:255])
    submission = drafts.plan(about)
    titled = replace(submission.drafted, title=f"x{said}"[:255])
    item = world.submit(replace(submission, drafted=titled))
    world.decide(INES, item, "send_back", text=f"Ten characters and more: {said}")
    return item


def packs(said: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(said), size):
        yield said[start : start + size]


def lines(said: list[str], longest: int) -> Iterator[str]:
    """All of these in lines of about so many characters, as many together as fit."""
    line = ""
    for one in said:
        if line and len(line) + len(one) + 1 > longest:
            yield line
            line = ""
        line = f"{line} {one}" if line else one
    if line:
        yield line


def test_no_payload_runs_in_any_place_of_any_item(site: Any, page: Page, heard: Heard) -> None:
    said = [*FIRING, *LURKING, *naughty()]
    items = [packed(site.world, some) for some in packs(said, 24)]
    fired = []
    site.enter(page, DANA)
    for item in items:
        for address in (f"/items/{item}", f"/items/{item}/revisions/1"):
            fired += visit(site, page, heard, address)
    for item in items[:: max(1, len(items) // 8)]:
        fired += visit(site, page, heard, f"/items/{item}/edit")
    assert fired == []


def test_no_payload_runs_in_lists_titles_customers_and_reasons(site: Any, page: Page, heard: Heard) -> None:
    said = [*FIRING, *LURKING, *lines(naughty(), 240)]
    items = [listed(site.world, one) for one in said]
    fired = []
    site.enter(page, AIKO)
    for start in ("/queue?view=sent_back", "/onboardings", "/log?view=decisions"):
        address, seen = start, 0
        while address:
            fired += visit(site, page, heard, address)
            seen += page.locator(".queue-row, .board-run, tbody tr").count()
            following = page.locator(".pager a", has_text="Next page").or_(page.locator(".pager a", has_text="Older"))
            address = str(following.get_attribute("href")) if following.count() else ""
        assert seen >= len(said), start
    for item in items[: len(FIRING)]:
        fired += visit(site, page, heard, f"/items/{item}")
    assert fired == []


def test_no_payload_runs_in_names_keys_references_and_answers(site: Any, page: Page, heard: Heard) -> None:
    said = "'\"><script>fire()</script><img src=x onerror=fire()>"
    said += '"onfocus=fire() autofocus x="</textarea><svg onload=fire()>'
    items = outside_world.everywhere(site.world, said)
    fired = []
    for person in (PRIYA, SAM, DANA):
        page.context.clear_cookies()
        site.enter(page, person)
        for address in outside_world.pages(items):
            if address not in heard.shown or not ALIKE.search(address):
                fired += visit(site, page, heard, address)
    assert fired == []
    unseen = {address for address in outside_world.pages(items) if address not in heard.shown}
    assert all(address.endswith("/edit") for address in unseen)  # some of these are no draft that anybody edits


def test_what_a_person_types_comes_back_as_text(site: Any, page: Page, heard: Heard) -> None:
    item = site.world.submit(drafts.email())
    site.enter(page, DANA)
    for said in (*FIRING[:12], *LURKING[:6]):
        page.goto(f"{site.url}/items/{item}")
        page.locator("body").press("r")
        page.locator("#reject-text").fill(said)
        page.evaluate("document.querySelectorAll('[required]').forEach(one => one.removeAttribute('required'))")
        page.get_by_role("button", name="Reject", exact=True).click()
        page.wait_for_url("**/decisions")
        stir(page)
        assert page.locator("#reject-text").input_value() == said
        assert page.evaluate("window.fired") == []
        page.evaluate("sessionStorage.clear()")
    page.goto(
        f"{site.url}/queue?customer=%22%3E%3Cscript%3Efire()%3C/script%3E&lane=%3Cimg%20src=x%20onerror=fire()%3E"
    )
    assert page.evaluate("window.fired") == []
    assert (heard.dialogs, heard.foreign) == ([], [])


class Raw(http.server.BaseHTTPRequestHandler):
    """Prints the payload of its address into a page as it is, without a header of ours."""

    def do_GET(self) -> None:
        number = int(self.path.strip("/") or 0) if self.path.strip("/").isdigit() else None
        body = (
            b"" if number is None else f"<!doctype html><title>x</title><main><p>{FIRING[number]}</p></main>".encode()
        )
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def raw() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Raw)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def ears(page: Page) -> list[str]:
    """What fired; a page that is on its way elsewhere has been led there."""
    try:
        fired: list[str] = page.evaluate("window.fired")
    except Error:
        return ["led away"]
    return fired


def test_printed_raw_without_our_headers_they_do_fire(context: BrowserContext, raw: str) -> None:
    silent: dict[str, tuple[Page, Heard]] = {}

    def listen() -> None:
        for said, (page, listening) in list(silent.items()):
            if ears(page) or listening.foreign or listening.dialogs:
                page.close()
                del silent[said]

    for number, said in enumerate(FIRING):
        page, listening = context.new_page(), Heard(raw)
        listening.listen(page)
        page.goto(f"{raw}/{number}", wait_until="commit")
        silent[said] = page, listening
        listen()
    for _ in range(80):  # a loaded machine takes its time
        if silent:
            listen()
            time.sleep(0.025)
    assert len(silent) <= 4, list(silent)
