"""A text is read passage by passage, each with whom the text greets, so that an edit in one leaves the others as read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from reviewqueue.evidence.text import read_records
from reviewqueue.evidence.text.comparisons import said_in_words
from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.words import passages
from reviewqueue.evidence.types import Source
from tests.evidence.text.ferries import pallas
from tests.support.proportion import in_proportion

RECORDS = {"deal": Source("salesforce", "Opportunity", "1", {"Go_Live__c": "2027-03-01", "CloseDate": "2026-11-20"})}


def drawn(text: str, records: dict[str, Source] = RECORDS) -> list[tuple[str, str]]:
    """(quote, status) of each statement of a text."""
    return [(one.quote, one.status) for one in GroundedDraft({"body": text}, records, ()).statements]


PARTED: list[tuple[str, str, Sequence[tuple[int, str]]]] = [
    ("a text without a blank line is one passage", "One.\nTwo.", [(0, "One.\nTwo.")]),
    ("a blank line parts it, however many", "One.\n \n\nTwo.", [(0, "One."), (8, "Two.")]),
    ("the greeting goes ahead of every later one", "Hi Rosa,\n\nTwo.", [(0, "Hi Rosa,"), (10, "Two.")]),
    ("an empty text is one empty passage", "", [(0, "")]),
]


@pytest.mark.parametrize(("_", "text", "parts"), PARTED, ids=[row[0] for row in PARTED])
def test_where_passages_begin(_: str, text: str, parts: Sequence[tuple[int, str]]) -> None:
    made = passages.passages(text)
    assert [(one.offset + one.begins, one.own) for one in made] == parts
    assert all(one.text.endswith(one.own) for one in made)


# (what holds across passages, text, quote, status)
ACROSS: list[tuple[str, str, str, str]] = [
    ("a heading softens the list below a blank line", "Dates we propose:\n\n- 3 May 2027\n", "", ""),
    ("without it, the day is a statement", "Dates.\n\nWe start on 3 May 2027.\n", "3 May 2027", "unsupported"),
    (
        "a statement stands at its place in the whole",
        "Good morning,\n\nGo-live: 1 March 2027.",
        "1 March 2027",
        "supported",
    ),
]


@pytest.mark.parametrize(("_", "text", "quote", "status"), ACROSS, ids=[row[0] for row in ACROSS])
def test_what_holds_across_them(_: str, text: str, quote: str, status: str) -> None:
    assert drawn(text) == ([(quote, status)] if quote else [])
    for one in GroundedDraft({"body": text}, RECORDS, ()).statements:
        assert text[one.entity.start : one.entity.end] == one.quote


@pytest.mark.parametrize(("greeted", "marked"), [("Ilse", False), ("Nerea", True)])
def test_the_greeting_counts_in_every_passage(greeted: str, marked: bool) -> None:
    """Ilse asked for it and Nerea did not: whom the message greets is said two passages before."""
    said = "You asked for the audit report"
    found = drawn(f"Dear {greeted},\n\nThank you.\n\n{said} before the network is opened.", pallas())
    assert ((said, "conflicting") in found) is marked


def test_what_the_greeting_says_is_said_once() -> None:
    said = "you asked for the audit report"
    text = f"Dear Nerea, {said} before the network is opened\n\nThank you.\n\nThe rest follows."
    assert [quote for quote, status in drawn(text, pallas()) if status == "conflicting"] == [said]


def test_an_edit_leaves_the_other_passages_as_they_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the edited passage is read again, and the same draft not at all; other records read all of it."""
    read: list[str] = []
    find = said_in_words.find
    monkeypatch.setattr(said_in_words, "find", lambda text, records: read.append(text) or find(text, records))
    parts = [f"Passage {number}: the go-live is on 1 March 2027." for number in range(4)]
    found = drawn("\n\n".join(parts))
    assert read == parts
    assert drawn("\n\n".join(parts)) == found
    assert read == parts
    drawn("\n\n".join([parts[0], "The agenda follows.", *parts[2:]]))
    assert read == [*parts, "The agenda follows."]
    changed = {**RECORDS, "deal": Source("salesforce", "Opportunity", "1", {"Go_Live__c": "2027-04-01"})}
    assert drawn("\n\n".join(parts), changed) != found
    assert read == [*parts, "The agenda follows.", *parts]


# (what differs, whether the records are read again)
READ: list[tuple[str, dict[str, Any], bool]] = [
    ("nothing", {}, False),
    ("a value", {"newest": {"deal": Source("crm", "deal", "1", {"Amount": 2})}}, True),
    ("a record's id", {"newest": {"deal": Source("crm", "deal", "2", {"Amount": 1})}}, True),
    ("the name that a draft has for a record", {"newest": {"d": Source("crm", "deal", "1", {"Amount": 1})}}, True),
    ("which records contradict nothing", {"doubtful": {"deal"}}, True),
    ("where a day is read", {"zone": "Europe/Berlin"}, True),
]


@pytest.mark.parametrize(("_", "other", "again"), READ, ids=[row[0] for row in READ])
def test_the_same_records_are_read_once(_: str, other: dict[str, Any], again: bool) -> None:
    def given() -> dict[str, Any]:
        deal = {"deal": Source("crm", "deal", "1", {"Amount": 1})}
        return {"newest": deal, "doubtful": set(), "zone": "UTC"}

    assert read_records.read_records(**given()) is read_records.read_records(**given())
    assert (read_records.read_records(**given()) is not read_records.read_records(**{**given(), **other})) is again


def test_a_reading_keeps_a_bounded_number_of_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_records, "_MAX_FOUND", 3)
    reading, asked = read_records.read_records({}, (), "UTC"), list[int]()
    for number in (0, 0, 1, 2, 3, 3, 0):
        assert reading.once((number,), lambda number=number: asked.append(number) or number) == number  # type: ignore[misc]
    assert asked == [0, 1, 2, 3, 0]


def test_every_process_draws_the_same() -> None:
    """Which fields are shown against a statement does not hang on the order of a set, which differs by process."""
    code = (
        "from tests.evidence.text.test_passages import RECORDS, Source, GroundedDraft\n"
        "deal = Source('salesforce', 'Opportunity', '9', {'Kickoff__c': '2026-02-27', 'Go_Live__c': '2026-09-01',"
        " 'Renewal_Date__c': '2029-02-28'})\n"
        "text = 'Kickoff and go-live are on 28 February 2029.'\n"
        "for one in GroundedDraft({'body': text}, {'deal': deal}, ()).statements: print(one.status, one.against)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(6)
    }  # fmt: skip
    assert len(said) == 1
    assert "Go_Live__c" in said.pop()


@pytest.mark.parametrize("piece", [" ", "\t", "\n", " \n", "x \n", "Hi Rosa,\n\n", "\r\n\r\n"], ids=repr)
@pytest.mark.timeout(60)
def test_parting_a_text_takes_as_long_as_the_text(piece: str) -> None:
    """In processor time; the control is a part of the same text: eight times as much takes at most twenty times as
    long."""
    assert in_proportion(lambda length: passages.passages(f"x{piece * (length // len(piece))}x"), 80_000)
