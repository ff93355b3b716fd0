"""A zero (U+0000) is not allowed in text. PostgreSQL keeps none and looks for none, so it stops before it gets there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import ImmutableMultiDict

from reviewqueue.core import text_limits
from tests import drafts
from tests.cast import AIKO, PRIYA
from tests.world import World


class Noted(ImmutableMultiDict[str, str]):
    """The words of an address, which notes what a page asks of them; who reads them all asks for `EVERY`."""

    EVERY = ("view", "lane", "gate", "kind", "state", "customer", "actor", "act", "item", "from", "before", "version")
    asked: set[str] = set()  # noqa: RUF012  (one page at a time)

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *otherwise: Any, **named: Any) -> Any:
        self.asked.add(key)
        return super().get(key, *otherwise, **named)

    def getlist(self, key: str, *otherwise: Any, **named: Any) -> Any:
        self.asked.add(key)
        return super().getlist(key, *otherwise, **named)

    def items(self, multi: bool = False) -> Any:
        self.asked.update(self.EVERY)
        return super().items(multi)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfff"])
def test_it_is_named_with_its_place(text: str) -> None:
    """Whoever takes text says where it stands and what to do; and the control: other text is fine."""
    (fault,) = text_limits.invalid_characters("/here", text)
    assert fault.at == "/here"
    assert f"U+{ord(re.sub('[ab]', '', text)):04X}" in fault.message
    assert not text_limits.invalid_characters("/here", "a 👩‍👩‍👧 \u202e b\r\n\x01")


def test_no_address_with_a_zero_breaks_a_page(app: Flask, client_for: Callable[..., Any], world: World) -> None:
    """Every page, every word that it asks of its address: it narrows to nothing or is left out, on both engines."""
    world.submit(drafts.email())
    app.request_class = type("Request", (app.request_class,), {"parameter_storage_class": Noted})
    pages = [
        re.sub(r"<[^>]+>", "1", rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint != "static" and not rule.rule.startswith("/api/")
    ]
    clients = [client_for(person) for person in (PRIYA, AIKO)]
    tried = [each for client in clients for page in pages for each in tried_words(client, page)]
    assert len({page for page, _ in tried}) > 10
    assert {("/queue", "customer"), ("/log", "item"), ("/onboardings", "customer")} <= set(tried)


def tried_words(client: Any, page: str) -> list[tuple[str, str]]:
    """(page, word) of every word that the page asks for, each given a zero; a word may be asked for where another is."""
    Noted.asked.clear()
    client.get(page)
    tried: list[str] = []
    while left := sorted(Noted.asked - {*tried}):
        tried.append(left[0])
        answer = client.get(f"{page}?{left[0]}=a%00b")
        assert answer.status_code < 500 or page == "/healthz", (page, left[0])  # which says 503 where no worker runs
    return [(page, word) for word in tried]


def test_no_form_with_a_zero_breaks_a_page(client_for: Callable[..., Any]) -> None:
    """Signing in is the form anybody can reach."""
    answer = client_for().post("/sign-in", data={"email": "a\x00@b.example", "password": "\x00"})
    assert answer.status_code < 500
