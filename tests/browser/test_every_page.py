"""Every page, wide and at 390 pixels, light and dark: nothing runs over the edge, and axe finds nothing. Colours are
looked at by daylight at one width and in the dark at the other: they are the same words at either, and take the longest.
The rest of axe, which finds the same in the dark, looks once at each width."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from reviewqueue.items import assignments, leases
from tests import drafts
from tests.browser.pages_with_content import conflict, furnish, rooms, unfold
from tests.cast import DANA, HELEN, MARCUS, PASSWORD, SAM
from tests.support.crm_changes import says_now

WIDTHS = {"wide": 1440, "phone": 390}
HIGH = 860
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What of axe looks at colours; the rest finds the same in the dark as by daylight.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
COLOURS = {"runOnly": {"type": "rule", "values": COLOUR_RULES}}
# With less motion asked for, no colour fades: each is there with the next frame.
SETTLED = "() => new Promise(requestAnimationFrame).then(() => document.getAnimations().length)"
AXE: str = Axe().axe_script
# Of the elements that are drawn alike, down to what stands behind them, axe looks at the colours of the first. It
# takes longer over each than over all the rest, and a page of a thousand elements is drawn in a hundred ways.
FIRST_OF_EACH_LOOK = """() => {
  const drawn = ['color', 'fontSize', 'fontWeight', 'fontStyle', 'textShadow', 'textDecorationLine', 'backgroundColor',
    'backgroundImage', 'opacity', 'filter', 'mixBlendMode', 'position', 'float', 'zIndex', 'visibility', 'display'];
  const looks = new Map(), firsts = new Set();
  const look = one => {
    if (one && !looks.has(one)) {
      const style = getComputedStyle(one);
      const said = [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join('');
      const own = [one.tagName, one.type, one.matches(':disabled, [aria-disabled=true]'), /[\\p{L}\\p{N}]/u.test(said), /\\S/.test(said)];
      looks.set(one, [look(one.parentElement), ...own, ...drawn.map(name => style[name])].join('|'));
    }
    return looks.get(one) || '';
  };
  for (const one of document.querySelectorAll('*')) {
    one.toggleAttribute('data-first-look', !firsts.has(look(one)));
    firsts.add(look(one));
  }
}"""
ONLY_THOSE = "axe.configure({ rules: [{ id: 'color-contrast', selector: '[data-first-look]' }] })"
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [`${document.documentElement.scrollWidth} wide`, ...[...document.querySelectorAll('body *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(one => one.outerHTML.slice(0, 90))]"""


@pytest.fixture(params=WIDTHS)
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of that width; axe is put in past the content policy."""
    width = WIDTHS[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": HIGH}, reduced_motion="reduce", has_touch=width < 500, bypass_csp=True
    )
    yield context.new_page()
    context.close()


def overflow(page: Page) -> list[str]:
    """What runs over the right edge, if the page can be scrolled sideways, once all of its sheets are there."""
    page.wait_for_load_state("load")
    found: list[str] = page.evaluate(WIDER)
    return found


def violations(page: Page, colours: tuple[Literal["light", "dark"], ...] = SCHEMES) -> list[str]:
    """What axe finds wrong, each with its first place; with its colours by daylight, in the dark, or both."""
    found = []
    page.evaluate(AXE)
    page.evaluate(ONLY_THOSE)
    for scheme in colours:
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(SETTLED) == 0
        page.evaluate(FIRST_OF_EACH_LOOK)
        # Sheets and media are not fetched beforehand: no rule that runs asks for them.
        asked = {"resultTypes": ["violations"], "preload": False, **(COLOURS if scheme != colours[0] else {})}
        # Only what is wrong is fetched: what passes is far longer, and nobody reads it.
        for one in page.evaluate("asked => axe.run(asked).then(found => found.violations)", asked):
            first = one["nodes"][0]["html"][:140]
            found.append(f"{scheme}: {one['id']}: {one['help']}: {first} ({len(one['nodes'])})")
    return found


class Screens:
    """One page that becomes each screen in turn: the styles are those of a page that was opened there, for no script of
    ours asks how wide it is, or whether it is touched."""

    def __init__(self, page: Page) -> None:
        self.page, self.device = page, page.context.new_cdp_session(page)

    def show(self, name: str) -> None:
        """As wide as that, and touched where it is a phone."""
        self.device.send("Emulation.setTouchEmulationEnabled", {"enabled": name == "phone"})
        self.page.set_viewport_size({"width": WIDTHS[name], "height": HIGH})

    def look(self, address: str, name: str, *, dark: str) -> list[str]:
        """What is wrong with a page, folded and unfolded, on each screen; on one of them in the dark."""
        answer = self.page.goto(address)
        assert answer
        assert answer.status < 500, name
        wrong = []
        for screen in WIDTHS:
            self.show(screen)
            wrong += [f"{name}, {screen}: {flaw}" for flaw in overflow(self.page)]
        unfold(self.page)
        for screen in reversed(WIDTHS):
            self.show(screen)
            found = violations(self.page, SCHEMES[1:] if screen == dark else SCHEMES[:1])
            wrong += [f"{name}, {screen}, unfolded: {flaw}" for flaw in (*overflow(self.page), *found)]
        return wrong


@pytest.mark.parametrize("dark", WIDTHS)
def test_every_page_fits_and_can_be_used_by_everybody(site: Any, browser: Browser, dark: str) -> None:
    items, wrong = furnish(site.world), []
    page = browser.new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    screens = Screens(page)
    for person, theirs in groupby(rooms(items)[list(WIDTHS).index(dark) :: 2], key=itemgetter(1)):
        page.context.clear_cookies()
        if person:
            site.enter(page, person)
        wrong += [flaw for name, _, at in theirs for flaw in screens.look(f"{site.url}{at}", name, dark=dark)]
    page.context.close()
    assert not wrong, "\n".join(wrong)


def test_one_page_is_every_screen(site: Any, browser: Browser) -> None:
    """The control: what is drawn is the same as on a page that was opened on that screen."""
    item = site.world.submit(drafts.email())
    drawn = """() => [...document.querySelectorAll('body *')].map(one => {
      const box = one.getBoundingClientRect(), style = getComputedStyle(one);
      return [one.tagName, box.x, box.y, box.width, box.height, style.display, style.minHeight].join(' ');
    })"""
    for name, width in WIDTHS.items():
        opened = browser.new_context(
            viewport={"width": width, "height": HIGH}, reduced_motion="reduce", has_touch=name == "phone"
        )
        became = browser.new_context(reduced_motion="reduce")
        pages = [site.enter(one.new_page(), DANA) for one in (opened, became)]
        other = Screens(pages[1])
        other.show("wide" if name == "phone" else "phone")
        for page in pages:
            page.goto(f"{site.url}/items/{item}")
        other.show(name)
        assert pages[0].evaluate("matchMedia('(pointer: coarse)').matches") is (name == "phone")
        assert pages[0].evaluate(drawn) == pages[1].evaluate(drawn), name
        for one in (opened, became):
            one.close()


def test_what_answers_a_refused_form_does_too(site: Any, screen: Page) -> None:
    conflict(site, screen, site.world.submit(drafts.email()))
    wrong = [*overflow(screen), *violations(screen)]
    item = site.world.submit(drafts.email())
    screen.goto(f"{site.url}/items/{item}")
    screen.locator(".act-tab", has_text="Reject").click()
    screen.locator("#reject-reason_code").select_option("duplicate")
    screen.locator("#reject-text").fill("no")
    screen.get_by_role("button", name="Reject", exact=True).click()
    screen.wait_for_url("**/decisions")
    wrong += [*overflow(screen), *violations(screen)]
    screen.goto(f"{site.url}/items/{item}/edit")
    screen.get_by_label("Reason").evaluate("one => one.removeAttribute('required')")
    screen.get_by_role("button", name="Save as revision 2").click()
    screen.locator(".error-summary").wait_for()
    wrong += [*overflow(screen), *violations(screen)]
    assert not wrong, "\n".join(wrong)


def test_so_do_the_pages_that_only_a_post_leads_to(site: Any, screen: Page) -> None:
    """Several drafts to approve together, unfolded; and what was typed when the session had ended."""
    item = site.world.submit(drafts.email(drafts.deal("Anchor Mills")))
    site.world.submit(drafts.email(drafts.deal("Birch & Co")))
    site.enter(screen, DANA).goto(f"{site.url}/queue")
    for tick in screen.locator("input[name=item]").all():
        tick.check(force=True)
    screen.get_by_role("button", name="Decide the ticked ones together").click()
    screen.locator(".bulk-act").first.wait_for()
    unfold(screen)
    wrong = [*overflow(screen), *violations(screen)]
    screen.goto(f"{site.url}/items/{item}")
    screen.locator(".act-tab", has_text="Reject").click()
    screen.locator("#reject-reason_code").select_option("duplicate")
    screen.locator("#reject-text").fill("Rosa has this mail already.")
    screen.context.clear_cookies()
    screen.get_by_role("button", name="Reject", exact=True).click()
    screen.locator("#kept-1").wait_for()
    wrong += [*overflow(screen), *violations(screen)]
    screen.evaluate("sessionStorage.clear()")
    screen.get_by_label("E-mail").fill(DANA.email)
    screen.get_by_label("Password").fill(PASSWORD)
    screen.get_by_role("button", name="Sign in").click()
    screen.get_by_role("link", name="Go back to the page").wait_for()
    wrong += [*overflow(screen), *violations(screen)]
    site.enter(screen, SAM).goto(f"{site.url}/keys/1/revoke")
    wrong += [*overflow(screen), *violations(screen)]
    assert not wrong, "\n".join(wrong)


def test_the_checker_would_find_a_page_that_fails(screen: Page) -> None:
    """The control: a page with a nameless button and a line too long is found wanting."""
    dark = "<style>@media (prefers-color-scheme: dark) { p { color: #222; background: #111 } }</style>"
    said = "<main><button></button><p style='width: 2000px'>words</p></main>"
    screen.set_content(f"<html lang=en><title>x</title>{dark}{said}")
    found = violations(screen)
    assert any("light: button-name" in flaw for flaw in found)
    assert any("dark: color-contrast" in flaw for flaw in found)
    assert overflow(screen)


@pytest.mark.parametrize("flaw", ["color: #bbb", "opacity: 0.3", "background: #444"])
def test_the_checker_would_find_one_line_among_many_like_it(screen: Page, flaw: str) -> None:
    """The control of what is looked at once a look: only the last of ten lines is hard to read, itself or around it."""
    lines = "<section><p><span>words</span></p></section>" * 9
    for last in (f"<p><span style='{flaw}'>words</span></p>", f"<p style='{flaw}'><span>words</span></p>"):
        screen.set_content(f"<html lang=en><title>x</title><main><h1>x</h1>{lines}<section>{last}</section></main>")
        assert any("color-contrast" in found for found in violations(screen, SCHEMES[:1]))


def test_a_page_is_measured_with_all_of_its_sheets(site: Any, page: Page) -> None:
    """The control: without its first sheet the same page is too wide, and the checker waits for it."""
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route)

    item = site.world.submit(drafts.email())
    site.enter(page, DANA)
    page.route("**/css/base.css*", hold)
    page.goto(f"{site.url}/items/{item}/edit", wait_until="commit")
    page.locator(".item-bench").wait_for()
    assert page.evaluate(WIDER)
    late[0].continue_()
    assert overflow(page) == []


def test_how_an_item_stands_is_never_cut_off_in_the_queue(site: Any, page: Page, tmp_path: Path) -> None:
    """What moved, who has it, and whom it waits for are read there at any width, whatever else the line says."""
    mail, now = drafts.email(drafts.deal("The Worshipful Company of Clockmakers and Watchmakers")), site.world.now
    item = site.world.submit(mail)
    says_now(site.world, tmp_path, mail, Start_Date__c="2026-04-06")
    with site.world.session() as session:
        leases.take(session, MARCUS.id, item, now)
        assignments.reassign(session, HELEN.id, item, MARCUS.id, "Marcus knows Rosa from the last one.", now)
    site.enter(page, DANA)
    for width in (1600, 1260, 1100, 961, 700, 390):
        page.set_viewport_size({"width": width, "height": HIGH})
        page.goto(f"{site.url}/queue?view=open")
        stands = page.locator(".queue-row .row-state")
        assert stands.inner_text().split() == f"pending a source changed · {MARCUS.name} for {MARCUS.name}".split(), (
            width
        )
        assert stands.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight"), (
            width
        )
        assert overflow(page) == [], width
