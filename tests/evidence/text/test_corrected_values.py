"""What says a value that an accepted correction says is wrong, and what does not: a table, a sentence a row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reviewqueue.evidence.text import corrected_values
from reviewqueue.evidence.types import Citation, Source

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NOTE = "Kickoff on 3 December 2026 in Leeds with Desmond and Fiona, for 40 adjusters."
MOVED = "Kickoff on 8 December 2026 in Leeds with Desmond and Fiona, for 40 adjusters."

# (what is so, the field, what it said, what it should say, the draft's sentence, what it cites, how often it says it)
SAID: list[tuple[str, str, Any, str, str, str, int]] = [
    ("it cites the old date", "/Start", "2026-03-23", "2026-04-07", "You start on 2026-03-23.", "2026-03-23", 1),
    ("in another spelling", "/Start", "2026-03-23", "2026-04-07", "You start on 23 March 2026.", "23 March 2026", 1),
    ("it cites nothing and says it", "/Start", "2026-03-23", "2026-04-07", "You start on Monday, 23 March 2026.", "", 1),
    ("it cites it, and says it again", "/Start", "2026-03-23", "2026-04-07", "From 2026-03-23. On 23 March 2026.", "2026-03-23", 2),
    ("it says the new date", "/Start", "2026-03-23", "2026-04-07", "You start on 2026-04-07.", "2026-04-07", 0),
    ("the new one, uncited", "/Start", "2026-03-23", "2026-04-07", "You start on 7 April 2026.", "", 0),
    ("a third date, which no record says", "/Start", "2026-03-23", "2026-04-07", "You start on 4 May 2026.", "", 0),
    ("it says nothing of it", "/Start", "2026-03-23", "2026-04-07", "Thank you for choosing us.", "", 0),
    ("the old day of a note", "/NextStep", NOTE, MOVED, "We meet on 3 December 2026.", "3 December 2026", 1),
    ("the old day of a note, uncited", "/NextStep", NOTE, MOVED, "We meet on 3 December 2026.", "", 1),
    ("what the note says now as before", "/NextStep", NOTE, MOVED, "In Leeds, with Desmond.", "in Leeds with Desmond", 0),
    ("its names and numbers, uncited", "/NextStep", NOTE, MOVED, "Desmond sees all 40 adjusters.", "", 0),
    ("the old sum", "/ARR", 48000, "52000", "It is $48,000 a year.", "$48,000", 1),
    ("the old sum, uncited", "/ARR", 48000, "52000", "It is $48,000 a year.", "", 1),
    ("the new sum", "/ARR", 48000, "52000", "It is $52,000 a year.", "$52,000", 0),
    ("the old plan", "/Plan", "Team", "Business", "You have the Team plan.", "Team", 1),
    ("the new plan", "/Plan", "Team", "Business", "You have the Business plan.", "Business", 0),
    ("the old address", "/Email", "rosa@x.example", "piet@x.example", "Write to rosa@x.example.", "", 1),
    ("a value deep in the record", "/people/0/mail", "rosa@x.example", "piet@x.example", "Ask rosa@x.example.", "", 1),
    ("a count that another field has too", "/Depots", 40, "45", "All 40 seats are ready.", "", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "path", "was", "proposed", "body", "quote", "often"), SAID, ids=[row[0] for row in SAID]
)
def test_what_says_the_old_value(
    says: str, path: str, was: Any, proposed: str, body: str, quote: str, often: int
) -> None:
    """Cited and in passing, in any spelling; what the new value bears out as well is right."""
    payload = {"Seats": 40, "Id": "1"}
    payload = corrected_values._put(payload, path.split("/")[1:], was)
    of = ("salesforce", "Opportunity", "1")
    correction = corrected_values.AcceptedCorrection(7, path, *of, str(was), proposed, "Lena Vogt", AT)
    body = body if not quote or quote in body else f"{body} {quote}"
    cited = [Citation("/body", quote, "deal", path)] if quote else []
    found = list(corrected_values.passages(correction, {"body": body}, {"deal": Source(*of, payload)}, cited))
    assert len(found) == often, found
    for one in found:
        words = one.check.message
        assert (one.check.outcome, one.check.blocking, one.at) == ("fail", True, "/body")
        assert all(part in words for part in ("correction 7", "Lena Vogt", "02 Mar 2026", one.quote, str(was)[:40]))
        assert proposed[:40] in words


def test_a_draft_that_lacks_the_record_says_it_too() -> None:
    """A date from hearsay: the draft was sent without the deal."""
    of = ("salesforce", "Opportunity", "1")
    correction = corrected_values.AcceptedCorrection(7, "/Start", *of, "2026-03-23", "2026-04-07", "Lena Vogt", AT)
    [found] = corrected_values.passages(correction, {"body": "You start on 23 March 2026."}, {}, [])
    assert found.quote == "23 March 2026"
