"""A zero (U+0000) is not allowed in text. PostgreSQL keeps none and looks for none, so it stops before it gets there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from reviewqueue.core import text_limits
from tests import drafts
from tests.cast import AIKO, PRIYA
from tests.world import World

ASKED = (
    "view",
    "lane",
    "gate",
    "kind",
    "state",
    "customer",
    "after",
    "actor",
    "act",
    "item",
    "from",
    "before",
    "version",
)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfff"])
def test_it_is_named_with_its_place(text: str) -> None:
    """Whoever takes text says where it stands and what to do; and the control: other text is fine."""
    (fault,) = text_limits.invalid_characters("/here", text)
    assert fault.at == "/here"
    assert f"U+{ord(re.sub('[ab]', '', text)):04X}" in fault.message
    assert not text_limits.invalid_characters("/here", "a 👩‍👩‍👧 \u202e b\r\n\x01")


def test_no_address_with_a_zero_breaks_a_page(app: Flask, client_for: Callable[..., Any], world: World) -> None:
    """Every page, every word an address can have: it narrows to nothing or is left out, on both engines."""
    world.submit(drafts.email())
    pages = [
        re.sub(r"<[^>]+>", "1", rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint != "static" and not rule.rule.startswith("/api/")
    ]
    assert len(pages) > 10
    for person in (PRIYA, AIKO):
        client = client_for(person)
        for page in pages:
            for word in ASKED:
                assert client.get(f"{page}?{word}=a%00b").status_code < 500, (page, word)


def test_no_form_with_a_zero_breaks_a_page(client_for: Callable[..., Any]) -> None:
    """Signing in is the form anybody can reach."""
    answer = client_for().post("/sign-in", data={"email": "a\x00@b.example", "password": "\x00"})
    assert answer.status_code < 500
