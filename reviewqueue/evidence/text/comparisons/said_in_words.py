"""Everything that a text says without a figure and that records can be held against: its clauses, quotations, titles,
names, who said what, and which part a company or a product plays."""

from __future__ import annotations

from collections.abc import Iterator

from reviewqueue.evidence.text.comparisons import attributed, claims, mentions, parts_played, said_of_records
from reviewqueue.evidence.text.comparisons.claims import Claim
from reviewqueue.evidence.text.records.record_clauses import RecordTexts


def find(text: str, records: RecordTexts) -> tuple[Claim, ...]:
    """What is claimed in words, and what the records say of it. Of a clause that is a quotation, only the quotation."""
    return tuple(_found(text, records))


def _found(text: str, records: RecordTexts) -> Iterator[Claim]:
    said = list(mentions.find(text, records))
    quoted = [one for one in said if one.outcome == "same" and one.quoted]
    for one in claims.find(text, records):
        if not any(one.start < span.end and span.start < one.end for span in quoted):
            yield one
    yield from said
    yield from said_of_records.editions(text, records)
    for other in attributed.find(text, records):
        yield Claim(other.start, other.end, other.outcome, (), other.against)
    yield from parts_played.find(text, records)
