"""What the tests of the pages share: one engine (what the pages ask of the database is tested on both elsewhere)."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from flask import Flask

from tests.support.executed_statements import Said, hearing


@pytest.fixture
def engine_name() -> str:
    """The pages are tested on SQLite."""
    return "sqlite"


def text_of(answer: Any) -> str:
    """What a person reads on a page: no tags, single blanks."""
    page = re.sub(r"<(script|style|title)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.S)
    page = re.sub(r"</?(?:a|code|strong|span|ins|del|time|kbd|em)\b[^>]*>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def without_token(answer: Any) -> str:
    """A page but for its form token, which is another text each time."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))


def hidden_fields(answer: Any, form_id: str) -> dict[str, str]:
    """The hidden fields of one form of a page, as a browser would send them."""
    page = answer.get_data(as_text=True)
    found = re.search(rf'<form[^>]* id="{form_id}".*?</form>', page, flags=re.S)
    assert found, f"no form {form_id} on the page"
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[0])
    return {name: unescape(value) for name, value in fields if name != "csrf_token"}


@pytest.fixture
def queries(app: Flask) -> Callable[[], AbstractContextManager[list[Said]]]:
    """`with queries() as made:` collects every statement the application runs."""
    from reviewqueue.web.extensions import db

    with app.app_context():
        engine = db.engine

    return lambda: hearing(engine)
