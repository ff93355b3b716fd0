"""What the page says of a stand-in once an absence is recorded."""

from __future__ import annotations

from reviewqueue.web.absence_form import says_of_stand_in

CASES = [
    ("they act wherever the absent does", 3, [], "acts for you in those days, wherever you do"),
    ("they act at some of these places", 3, ["Plan"], "acts for you in those days, but not everywhere"),
    ("they act at none of them", 2, ["Plan", "Packet"], "acts at none of the places where you do"),
    ("the absent decides nowhere", 0, [], "You decide nowhere, so there is nothing to decide for you"),
]


def test_the_message_says_where_the_stand_in_decides() -> None:
    for sentence, places, left_open, says in CASES:
        assert says in says_of_stand_in("Tom Hale", places, left_open), sentence
