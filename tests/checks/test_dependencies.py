"""What a milestone depends on: names in a text, with the commas that names have, and circles."""

from __future__ import annotations

import pytest

from reviewqueue.checks import dependencies

KNOWN = {"scope", "scope, owners and dates agreed", "data imported; compared", "3"}


@pytest.mark.parametrize(
    ("sentence", "words", "named"),
    [
        ("one name", "Scope", ["Scope"]),
        ("the longest known name wins, commas and all", "Scope, owners and dates agreed", [None]),
        ("several, with commas, semicolons or on lines of their own", "Scope; 3\nMoon", ["Scope", "3", "Moon"]),
        ("a semicolon may be part of a name", "Data imported; compared, Scope.", ["Data imported; compared", "Scope."]),
        ("placeholders and blanks name nothing", " none, -, ,TBD", []),
        ("what is not known keeps its spelling", "Moon Landing , scope", ["Moon Landing", "scope"]),
    ],
)
def test_names_are_read_as_they_are_written(sentence: str, words: str, named: list[str | None]) -> None:
    assert dependencies.names_in(words, KNOWN) == [one or words for one in named], sentence


@pytest.mark.parametrize(
    ("sentence", "after", "way"),
    [
        ("a chain has none", {1: [2], 2: [3], 3: []}, ()),
        ("itself", {1: [1]}, (1,)),
        ("the shortest way round", {1: [2, 3], 2: [3], 3: [1]}, (1, 3)),
        ("a circle further on is not its own", {1: [2], 2: [3], 3: [2]}, ()),
    ],
)
def test_a_circle_is_found(sentence: str, after: dict[int, list[int]], way: tuple[int, ...]) -> None:
    assert dependencies.circle(after, 1) == way, sentence
