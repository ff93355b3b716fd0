"""A topic that a message is only warned of: the reviewer says that it is none, in a real browser, to the last effect."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from reviewqueue.measurement import topic_examples
from tests.cast import DANA
from tests.support.pressed_keys import press
from tests.web.test_topics_denied import PASSAGE, marked


def test_a_marked_topic_is_denied_and_becomes_an_example(site: Any, page: Page) -> None:
    """Marked in place; one tick in the form of approval; in the history, and in what an organisation exports."""
    world = site.world
    item = marked(world, "blame")
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    expect(page.locator(".claim-note.is-topic")).to_contain_text("may speak of blame on the customer")
    press(page, "a")
    page.get_by_label("It does not speak of blame on the customer").check()
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item}"))
    page.goto(f"{site.url}/items/{item}")
    expect(page.locator("main")).to_contain_text("They said that it does not speak of blame on the customer.")
    with world.session() as session:
        (example,) = topic_examples.examples(session)
    assert (example.text, example.topic, example.speaks, example.source) == (PASSAGE, "blame", False, "approve")
    assert world.verify().holds
