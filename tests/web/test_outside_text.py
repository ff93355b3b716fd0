"""Text from outside is inert: no tag, no link and no hidden character of it survives on any page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from reviewqueue.checks.hidden_text import hidden
from reviewqueue.db.tables.people import Person
from tests.cast import AIKO, DANA, HELEN, MARCUS, PRIYA, SAM
from tests.web import outside_world
from tests.world import World

HOLDS = {"textarea", "script", "style"}
READ = {"title", "aria-label", "alt", "content", "placeholder"}


class Reading(HTMLParser):
    """What a person can read on a page, in texts and in attributes, and every tag and address on it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in HOLDS:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in READ:
                self.texts.append(value or "")
            if name in ("href", "src", "action", "hx-get", "hx-post", "formaction"):
                self.addresses.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1]:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open:
            self.texts.append(data)


def read(answer: Any) -> Reading:
    reading = Reading()
    reading.feed(answer.get_data(as_text=True))
    return reading


SAMPLES = {
    "zero width": "pay\u200bnow",
    "direction": "invoice\u202efdp.exe\u202c",
    "tags": "hi\U000e0041\U000e0042",
    "blank letters": "a\u3164b\u2800c",
    "soft hyphen": "re\u00adfund",
    "controls": "bell\x07 and \x1b[31m",
}


@pytest.mark.parametrize("said", SAMPLES.values(), ids=SAMPLES)
def test_hidden_characters_are_shown_wherever_they_stand(client_for: Any, world: World, said: str) -> None:
    assert hidden(said)
    items = outside_world.everywhere(world, said)
    chips = 0
    for person in (AIKO, PRIYA, SAM, HELEN, DANA):
        client = client_for(person)
        for page in outside_world.pages(items):
            answer = client.get(page)
            assert answer.status_code in (200, 403, 404), page
            found = [text for text in read(answer).texts if hidden(text)]
            assert not found, (person.name, page, found)
            chips += answer.get_data(as_text=True).count("chip-hidden")
    assert chips > 100


MARKUP = (
    "<b id=raw>x</b><img src=//evil.example/x><a href=https://evil.example>here</a> "
    "https://evil.example/plain &lt;i&gt; {{7*7}}"
)


def test_markup_and_links_stay_text(client_for: Any, world: World) -> None:
    items = outside_world.everywhere(world, MARKUP)
    for person in (AIKO, PRIYA, SAM, HELEN, DANA):
        client = client_for(person)
        for page in outside_world.pages(items):
            reading = read(client.get(page))
            assert "img" not in reading.tags, page
            assert "b" not in reading.tags, page
            foreign = [address for address in reading.addresses if not address.startswith(("/", "#"))]
            assert not foreign, (page, foreign)
            assert not any(name.startswith("on") for name in reading.attributes), page
    shown = client_for(PRIYA).get(f"/items/{items[0]}").get_data(as_text=True)
    assert "{{7*7}}" in shown
    assert "&amp;lt;i&amp;gt;" in shown


def test_every_page_of_the_sweep_is_seen_by_somebody(client_for: Any, world: World) -> None:
    """The control: the pages above are really there, with the text on them."""
    items = outside_world.everywhere(world, "quite a plain marker")
    clients = [client_for(person) for person in (AIKO, PRIYA, SAM, HELEN, DANA)]
    with world.session() as session:
        assert "quite a plain marker" in session.get_one(Person, MARCUS.id).name
    for page in outside_world.pages(items):
        answers = [client.get(page) for client in clients]
        if page.endswith("/edit"):
            continue
        assert 200 in [answer.status_code for answer in answers], page
    for page in (
        *("/queue?view=open", "/onboardings", "/onboardings/5", "/log", "/deliveries", "/people", "/keys"),
        f"/items/{items[0]}",
    ):
        assert any("quite a plain marker" in client.get(page).get_data(as_text=True) for client in clients), page
