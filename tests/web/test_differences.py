"""Differences: what changed, word by word, and what did not change is not shown."""

from __future__ import annotations

import time

import pytest

from reviewqueue.web.differences import changes, marked


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("go live on 15 January", "go live on 12 February", "go live on <del>15 January</del><ins>12 February</ins>"),
        ("", "new", "<ins>new</ins>"),
        ("old", "", "<del>old</del>"),
        ("a <b>", "a <i>", "a &lt;<del>b</del><ins>i</ins>&gt;"),
        ("same", "same", "same"),
    ],
)
def test_words_are_marked(before: str, after: str, shown: str) -> None:
    assert str(marked(before, after)) == shown


def test_hidden_characters_show_in_a_difference() -> None:
    assert "U+202E" in str(marked("pay now", "pay \u202enow"))


def test_only_places_that_differ_are_listed_and_gone_ones_come_last() -> None:
    before = {"gone": "x", "same": "s", "to": ["a", "b"], "n": 1}
    after = {"new": "y", "same": "s", "to": ["a"], "n": 2}
    assert [change.at for change in changes(before, after)] == ["/new", "/n", "/gone", "/to/1"]


def test_a_long_draft_is_compared_at_once() -> None:
    before = " ".join(f"word{number}" for number in range(8_000))
    after = before.replace("word77 ", "other ").replace("word7000", "end")
    began = time.perf_counter()
    shown = str(marked(before, after))
    assert time.perf_counter() - began < 2
    assert "<ins>other</ins>" in shown


@pytest.mark.parametrize("between", [" ", "\n"])
def test_the_largest_drafts_are_still_compared_or_shown_as_replaced(between: str) -> None:
    before = between.join(f"word{number}" for number in range(90_000))
    after = between.join(f"other{number}" for number in range(90_000))
    began = time.perf_counter()
    assert "<ins>" in str(marked(before, after))
    assert time.perf_counter() - began < 10
