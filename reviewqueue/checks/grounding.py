"""Checks the statements of a draft (dates, amounts, names …) against its source records: what no record says, and what
a record says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import single_line
from reviewqueue.evidence.text.grounding import RECIPIENTS, Cited, FoundStatement, GroundedDraft
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.records.shared_facts import invoice_state
from reviewqueue.evidence.types import CheckResult, Source

MAX_RESULTS = 20
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
    "claim": "statement",
}


def check(reading: GroundedDraft) -> list[CheckResult]:
    """`evidence.contradicted` fails for each statement, and each citation, whose record says otherwise, at most twenty
    times; `evidence.uncompared` warns for each citation whose words cannot be compared with its field."""
    told_wrong = [told for told in reading.statements if told.wrong and told.status == "conflicting"]
    wrong = [(told.at, _contradiction_text(reading, told.quote, told.against)) for told in told_wrong]
    wrong += [(one.at, _contradiction_text(reading, one.quote, (one.rests,))) for one in reading.contradicted]
    unclear = [(one.at, _unclear(reading, one)) for one in reading.cited if one and one.verdict == "unclear"]
    return [
        *(CheckResult("evidence.contradicted", "fail", True, says, at) for at, says in wrong[:MAX_RESULTS]),
        *(CheckResult("evidence.uncompared", "warn", False, says, at) for at, says in unclear[:MAX_RESULTS]),
    ]


def elsewhere(reading: GroundedDraft) -> Iterator[CheckResult]:
    """`evidence.elsewhere` tells, at most twenty times, of a value that the records have for something else. It fails
    where a field holds what the sentence speaks of and says otherwise, and else warns."""
    for told in [one for one in reading.statements if one.status == "elsewhere"][:MAX_RESULTS]:
        where = told.places[0]
        says = (
            f"“{passage(reading, told)}” stands in the records for something else: {record_name(reading, where)} has "
            f"it as “{quote_safely(where.value)}” ({where.path})."
        )
        if told.against:
            other = told.against[0]
            says += f" Of this {record_name(reading, other)} says “{quote_safely(other.value)}” ({other.path})."
        says += (
            " Correct the draft, or have the record corrected first." if told.wrong else " See what the sentence means."
        )
        yield CheckResult("evidence.elsewhere", "fail" if told.wrong else "warn", told.wrong, says, told.at)


def unsupported(reading: GroundedDraft, told_of: Sequence[FoundStatement] = ()) -> Iterator[CheckResult]:
    """`evidence.unsupported` warns for each statement that stands in no record: twenty of them, then one that counts
    the rest. Recipients are left to the recipient checks, and what another check has `told_of` to that one."""
    bare = [told for told in reading.statements if told.status == "unsupported" and not told.at.startswith(RECIPIENTS)]
    bare = [told for told in bare if told not in told_of]
    for told in bare[:MAX_RESULTS]:
        says = f"“{passage(reading, told)}”: no record says this {_KINDS[told.kind]}."
        if told.against:
            near = told.against[0]
            says += f" {record_name(reading, near)} says “{quote_safely(near.value)}” ({near.path})."
        says += " Cite where it comes from, or remove it."
        yield CheckResult("evidence.unsupported", "warn", False, says, told.at)
    if len(bare) > MAX_RESULTS:
        says = f"{len(bare) - MAX_RESULTS} more statements are in no record; each is marked in the draft."
        yield CheckResult("evidence.unsupported", "warn", False, says, bare[MAX_RESULTS].at)


def _contradiction_text(reading: GroundedDraft, quote: str, against: Sequence[Place]) -> str:
    records = " and ".join(
        f"{record_name(reading, place)} says “{quote_safely(place.value)}” ({place.path})" for place in against
    )
    return (
        f"The draft says “{quote_safely(quote)}”, but {records}. Correct the draft, or have the record corrected first."
    )


def _unclear(reading: GroundedDraft, one: Cited) -> str:
    return (
        f"“{quote_safely(one.quote)}” cites {one.rests.path} of {record_name(reading, one.rests)}, which says "
        f"“{quote_safely(one.rests.value)}”: the two cannot be compared. See that the record bears it out, "
        "or use its words."
    )


def passage(reading: GroundedDraft, told: FoundStatement) -> str:
    """A statement's words; where they are too short to be found again, some of what follows as well."""
    text = resolve_pointer(reading.draft, told.at)
    longer = len(told.quote) < 4 and isinstance(text, str)
    return quote_safely(text[told.entity.start : told.entity.end + 16] if longer else told.quote)


def record_name(reading: GroundedDraft, place: Place) -> str:
    """The record that a place is in, as people know it: "Opportunity 006…", "draft invoice in_1"."""
    source: Source | None = reading.record(place.ref)
    if source is None:
        return place.ref
    return " ".join(filter(None, (invoice_state(source), source.object, source.external_id)))


def quote_safely(text: str, longest: int = 80) -> str:
    """Text from outside, made safe for a check's message: one line, hidden characters by their code, cut to
    `longest`."""
    return single_line(text, longest)
