"""Marks: statements wrapped in place, whatever they quote and however they overlap."""

from __future__ import annotations

import re

import pytest

from reviewqueue.evidence.statements import Statement
from reviewqueue.web.highlights import Marks


def statement(number: int, quote: str, *, at: str = "/body", value: str | None = "x") -> Statement:
    return Statement(number, at, quote, "deal", "/Field", value, value is not None)


def rendered(text: str, *statements: Statement) -> tuple[str, Marks]:
    marks = Marks({"body": text}, statements)
    return str(marks.text("/body", text)), marks


def pieces(html: str) -> list[tuple[str, str]]:
    """(statement numbers, words) of each wrapped piece."""
    found = re.findall(r'data-claim="([^"]*)">(.*?)</a>', html)
    return [(numbers, re.sub(r'<span class="claim-no">.*?</span>|<[^>]*>', "", inside)) for numbers, inside in found]


@pytest.mark.parametrize(
    ("sentence", "text", "quotes", "wrapped"),
    [
        ("one statement", "we start on Monday", ["on Monday"], [("1", "on Monday")]),
        ("two apart", "a then b", ["a", "b"], [("1", "a"), ("2", "b")]),
        ("the same words twice take two occurrences", "go, go, go", ["go", "go"], [("1", "go"), ("2", "go")]),
        ("the same words twice, once in the text, share it", "go", ["go", "go"], [("1 2", "go")]),
        ("one inside the other", "the big day", ["the big day", "big"], [("1", "the "), ("1 2", "big"), ("1", " day")]),
        ("overlapping", "abcdef", ["abcd", "cdef"], [("1", "ab"), ("1 2", "cd"), ("2", "ef")]),
        ("touching", "abcd", ["ab", "cd"], [("1", "ab"), ("2", "cd")]),
        ("the whole text", "all", ["all"], [("1", "all")]),
        ("not in the text", "all", ["nothing"], []),
        ("an empty quote", "all", [""], []),
        ("markup in the words", "say <b>yes</b>", ["<b>yes</b>"], [("1", "&lt;b&gt;yes&lt;/b&gt;")]),
    ],
)
def test_statements_are_wrapped_in_place(
    sentence: str, text: str, quotes: list[str], wrapped: list[tuple[str, str]]
) -> None:
    html, marks = rendered(text, *(statement(number, quote) for number, quote in enumerate(quotes, 1)))
    assert pieces(html) == wrapped, sentence
    assert marks.wrapped == {int(number) for numbers, _ in wrapped for number in numbers.split()}


@pytest.mark.parametrize("text", ["plain", "<script>alert(1)</script>", "a & b\n\nc", "", "'\"><img src=x onerror=y>"])
def test_without_statements_the_text_is_only_escaped(text: str) -> None:
    html, _ = rendered(text)
    assert "<" not in html
    assert html == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace(
        "'", "&#39;"
    )


def test_every_statement_has_one_anchor_and_one_number() -> None:
    html, _ = rendered("the big day", statement(1, "the big day"), statement(2, "big"), statement(3, "big"))
    for number in (1, 2, 3):
        assert html.count(f'id="claim-{number}"') == 1
    assert re.findall(r'<span class="claim-no">(.*?)</span>', html) == ["2, 3", "1"]


def test_hidden_characters_are_chips_inside_and_across_a_statement() -> None:
    html, _ = rendered("pay \u202enow\u200b\u200b ok", statement(1, "\u202enow\u200b"))
    assert "\u202e" not in html
    assert "\u200b" not in html
    assert html.count("chip-hidden") == 3  # one before, and the run of two is cut by the statement's end


def test_markup_around_hidden_characters_is_escaped() -> None:
    html, _ = rendered("<b>\u200b<i>\u202e<u>", statement(1, "<i>\u202e"))
    assert re.findall(r"<(?!/?(?:a|span)\b)", html) == []
    assert html.count("&lt;") == 3


def test_a_source_that_says_nothing_breaks_its_statement() -> None:
    html, _ = rendered("we start on Monday", statement(1, "Monday", value=None))
    assert "claim is-broken" in html
    assert "its source says nothing there" in html


def test_other_places_keep_their_own_statements() -> None:
    marks = Marks({"body": "Monday", "subject": "Monday"}, [statement(1, "Monday", at="/subject")])
    assert "data-claim" not in str(marks.text("/body", "Monday"))
    assert "data-claim" in str(marks.text("/subject", "Monday"))


def test_thousands_of_statements_on_one_text_stay_quick_and_small() -> None:
    text = "word " * 4_000
    html, _ = rendered(text, *(statement(number, text.strip()) for number in range(1, 4_001)))
    assert len(html) < 2_000_000


def test_a_place_is_held_only_where_the_page_shows_it_by_itself() -> None:
    marks = Marks({"body": "x", "list": ["y"], "null": None}, (), ["/asked"])
    held = {at: marks.holds(at) for at in ("/body", "/list", "/list/0", "/null", "/gone", "/asked", "")}
    assert held == {
        "/body": True,
        "/list": False,
        "/list/0": True,
        "/null": True,
        "/gone": False,
        "/asked": True,
        "": False,
    }
    assert marks.anchor("/body") == marks.anchor("/body") != marks.anchor("/list/0")
