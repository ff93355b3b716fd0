"""Rows that changed places: where what was said of a place stands after the edit."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.row_moves import move_citations, moved
from reviewqueue.evidence.types import Citation

MOVES = {"/milestones": (2, None, 0), "/a~1b/list": ()}


@pytest.mark.parametrize(
    ("sentence", "at", "to"),
    [
        ("a moved row", "/milestones/0/name", "/milestones/2/name"),
        ("and the other way", "/milestones/2/tasks/4/who", "/milestones/0/tasks/4/who"),
        ("a whole row", "/milestones/2", "/milestones/0"),
        ("a removed row", "/milestones/1/name", None),
        ("a row that never was", "/milestones/20/name", None),
        ("a list that is empty now", "/a~1b/list/0", None),
        ("the list itself", "/milestones", "/milestones"),
        ("another list that only begins alike", "/milestones_done/0", "/milestones_done/0"),
        ("no row's number", "/milestones/next/name", "/milestones/next/name"),
        ("another place", "/note", "/note"),
    ],
)
def test_a_place_goes_where_its_row_goes(sentence: str, at: str, to: str | None) -> None:
    assert moved(at, MOVES) == to, sentence
    one = Citation(at, "words", "deal", "/Name")
    assert [cited.at for cited in move_citations([one], MOVES)] == ([to] if to else []), sentence
