"""What the words around a value, a person or a thing say of it, held against all records of one customer: a sentence a row."""

from __future__ import annotations

from datetime import date

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.moments import Place
from tests.evidence.text.ferries import pallas

RECORDS = pallas()
TRUE = [
    ("what a field counts that billing counts too", "All six ports are covered."),
    ("users, of which billing counts none", "90 users."),
    ("weeks left until a day beside it", "There are nineteen weeks left until go-live on 7 September."),
    ("weeks to a day, in words", "In just over nineteen weeks, on 7 September, you go live."),
    ("minutes of an agenda", "Ten minutes per topic, no more."),
    ("a thousand and a half", "Of the invoice, four and a half thousand euros were for the data import."),
    ("who does a piece of work", "Wojtek Brzeziński will do the tariff import."),
    ("by when it is due", "The import of the tariff tables is due on 24 July."),
    ("an address that somebody writes to", "Sunniva will copy tobin@pallas.example on all results."),
    ("what lacks", "At the moment nine map tiles still lack labels."),
    ("days at the end of a sentence", "We keep June 8 to 19. Training is on board for each crew."),
]
WRONG = [
    ("another doer of the work", "The tariff import is done by Sunniva Dahl.", "Sunniva Dahl"),
    ("another day for the work", "The import of the tariff tables is due on 7 September.", "7 September"),
    ("a count of another thing", "90 ports will use it.", "90 ports"),
    ("another thing's number in a field", "It is rolled out to 4,200 users.", "4,200 users"),
]


def marks(body: str) -> dict[str, str]:
    """What is drawn otherwise than as supported → how."""
    found = GroundedDraft({"body": body}, RECORDS, (), (), Place("Europe/Berlin", date(2026, 4, 27))).statements
    return {one.quote: one.status for one in found if one.status != "supported"}


@pytest.mark.parametrize(("sentence", "body"), TRUE, ids=[row[0] for row in TRUE])
def test_what_is_true_is_not_marked(sentence: str, body: str) -> None:
    assert marks(body) == {}, sentence


@pytest.mark.parametrize(("sentence", "body", "part"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_marked(sentence: str, body: str, part: str) -> None:
    """Some mark is at its wrong part."""
    assert any(part in quote or quote in part for quote in marks(body)), sentence
