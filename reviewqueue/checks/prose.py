"""Prose checks: what a draft says in passing and no record says, and what it says otherwise than its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewqueue.characters import line
from reviewqueue.evidence import CheckResult, Source
from reviewqueue.proofs.canonical import look
from reviewqueue.prose.index import Place
from reviewqueue.prose.statements import RECIPIENTS, Cited, Reading, Told

MOST = 20
_KINDS = {
    "date": "date",
    "money": "amount",
    "count": "number",
    "percent": "percentage",
    "number": "number",
    "duration": "length of time",
    "email": "address",
    "phone": "telephone number",
    "name": "name",
}


def check(reading: Reading) -> list[CheckResult]:
    """`evidence.contradicted` fails for each statement, and each citation, whose record says otherwise, at most twenty
    times; `evidence.uncompared` warns for each citation whose words cannot be held against its field."""
    wrong = [(told.at, _otherwise(reading, told.quote, told.against)) for told in reading.told if told.wrong]
    wrong += [(one.at, _otherwise(reading, one.quote, (one.rests,))) for one in reading.otherwise]
    unclear = [(one.at, _unclear(reading, one)) for one in reading.cited if one and one.verdict == "unclear"]
    return [
        *(CheckResult("evidence.contradicted", "fail", True, says, at) for at, says in wrong[:MOST]),
        *(CheckResult("evidence.uncompared", "warn", False, says, at) for at, says in unclear[:MOST]),
    ]


def unsupported(reading: Reading) -> Iterator[CheckResult]:
    """`evidence.unsupported` warns for each statement that stands in no record: twenty of them, then one that counts
    the rest. Whom a message goes to is for the recipient checks."""
    bare = [told for told in reading.told if told.status == "unsupported" and not told.at.startswith(RECIPIENTS)]
    for told in bare[:MOST]:
        says = f"“{passage(reading, told)}”: no record says this {_KINDS[told.kind]}."
        says += " Cite where it comes from, or take it out."
        yield CheckResult("evidence.unsupported", "warn", False, says, told.at)
    if len(bare) > MOST:
        says = f"{len(bare) - MOST} more statements stand in no record; each is marked in the draft."
        yield CheckResult("evidence.unsupported", "warn", False, says, bare[MOST].at)


def _otherwise(reading: Reading, quote: str, against: Sequence[Place]) -> str:
    records = " and ".join(f"{named(reading, place)} says “{clean(place.value)}” ({place.path})" for place in against)
    return f"The draft says “{clean(quote)}”, but {records}. Correct the draft, or have the record corrected first."


def _unclear(reading: Reading, one: Cited) -> str:
    return (
        f"“{clean(one.quote)}” cites {one.rests.path} of {named(reading, one.rests)}, which says "
        f"“{clean(one.rests.value)}”: the two cannot be compared. See that the record bears it out, or use its words."
    )


def passage(reading: Reading, told: Told) -> str:
    """A statement's words; of one too short to be found again, some of what follows."""
    text = look(reading.draft, told.at)
    longer = len(told.quote) < 4 and isinstance(text, str)
    return clean(text[told.found.start : told.found.end + 16] if longer else told.quote)


def named(reading: Reading, place: Place) -> str:
    """The record a place is in: "Opportunity 006…"."""
    source: Source | None = reading.sources.get(place.ref)
    return f"{source.object} {source.external_id}" if source else place.ref


def clean(text: str, longest: int = 80) -> str:
    """Words from outside as part of a message: one line, hidden characters by their code, the end cut off."""
    return line(text, longest)
