"""Checks a draft's records against what is known of them: a newer version says something else, or an automation claims
what the fetched or imported record does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reviewqueue.checks.grounding import passage, quote_safely
from reviewqueue.checks.known_records import KnownRecords
from reviewqueue.core.canonical_json import MISSING, escape, resolve_pointer
from reviewqueue.evidence.text.grounding import FoundStatement, GroundedDraft
from reviewqueue.evidence.text.records.index import Index
from reviewqueue.evidence.text.records.record_keys import tells_about_record
from reviewqueue.evidence.text.values.field_values import blank_word, display_text, same_value
from reviewqueue.evidence.types import CheckResult, Outcome, Source

OUTDATED, CLAIMED = "evidence.outdated", "evidence.claimed-differs"
MAX_RESULTS = 20
_MAX_FIELDS = 3


@dataclass(frozen=True)
class Difference:
    """A place of a draft that rests on a field which is known otherwise, and what is to be said of it; `found` is the
    statement where it is not a citation."""

    key: str
    outcome: Outcome
    says: str
    at: str = ""
    found: FoundStatement | None = None


def find(reading: GroundedDraft, records: KnownRecords) -> list[Difference]:
    """Every such place: citations, then statements that stand in the older or claimed version alone, then fields that
    were claimed otherwise and that nothing in the draft rests on."""
    found: list[Difference] = []
    for ref, sent, known in records.moved():
        claimed = known.vouches(records.trusted) and not sent.vouches(records.trusted)
        told = [
            *_cited(reading, ref, sent, known, claimed=claimed),
            *_stated(reading, ref, sent, known, claimed=claimed),
        ]
        found += told or (_claimed_fields(sent, known) if claimed else ())
    return found


def told(differences: Sequence[Difference]) -> list[FoundStatement]:
    """The statements among them, of which nothing more is to be said."""
    return [one.found for one in differences if one.found]


def check(differences: Sequence[Difference]) -> Iterator[CheckResult]:
    """`evidence.outdated` for what rests on an older version, `evidence.claimed-differs` for what rests on a claim that
    the known record denies, at most twenty of each."""
    for key in (OUTDATED, CLAIMED):
        for one in [one for one in differences if one.key == key][:MAX_RESULTS]:
            yield CheckResult(key, one.outcome, one.outcome == "fail", one.says, one.at)


def _cited(reading: GroundedDraft, ref: str, sent: Source, known: Source, *, claimed: bool) -> Iterator[Difference]:
    for one in reading.citations:
        if one.ref == ref and (says := _differ(one.path, sent, known, claimed=claimed)):
            yield Difference(CLAIMED if claimed else OUTDATED, "fail" if claimed else "warn", says, one.at)


def _stated(reading: GroundedDraft, ref: str, sent: Source, known: Source, *, claimed: bool) -> Iterator[Difference]:
    """Statements that no known record says, and this version of the record does, in a field that is known otherwise."""
    bare = [one for one in reading.statements if one.status == "unsupported"]
    if not bare:
        return
    index = Index({ref: sent}, reading.place.zone)
    for one in bare:
        differ = (_differ(place.path, sent, known, claimed=claimed) for place in index.places_of(one.entity))
        if says := next(filter(None, differ), ""):
            says = f"“{passage(reading, one)}” rests on it: {says}"
            yield Difference(CLAIMED if claimed else OUTDATED, "fail", says, one.at, one)


def _claimed_fields(sent: Source, known: Source) -> Iterator[Difference]:
    """One for all the fields that were claimed otherwise, the first three named."""
    paths = [at for at in _fields(sent.payload) if not tells_about_record(at)]
    differ = [path for path in paths if not _same(path, sent, known)]
    if differ:
        more = f" So do {len(differ) - _MAX_FIELDS} more fields." if len(differ) > _MAX_FIELDS else ""
        says = " ".join(_differ(path, sent, known, claimed=True) for path in differ[:_MAX_FIELDS])
        yield Difference(CLAIMED, "warn", says + more)


def _fields(value: Any, at: str = "") -> Iterator[str]:
    """The pointer of every field that holds a single value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _fields(inner, f"{at}/{escape(name)}")
    else:
        yield at


def _same(path: str, sent: Source, known: Source) -> bool:
    """Whether a field says the same; one that an export left out says nothing against it."""
    now = resolve_pointer(known.payload, path)
    return now is MISSING or same_value(resolve_pointer(sent.payload, path), now)


def _differ(path: str, sent: Source, known: Source, *, claimed: bool) -> str:
    """What a field was sent as and is known as, and what to do; "" where they say the same."""
    was, now = resolve_pointer(sent.payload, path), resolve_pointer(known.payload, path)
    if same_value(was, now) or (claimed and now is MISSING):
        return ""
    record = f"{path} of {sent.object} {sent.external_id}"
    was_text, now_text = _shown(was), _shown(now)
    since = f" since {_day(known)}" if known.as_of else ""
    if claimed:
        by = sent.came or "claimed"
        how = known.came or "known"
        return (
            f"{record} is {was_text} as {by}, and {now_text} as {how}{since}. The {known_word(known)} one holds: "
            "import the record again if it changed, or write what it says."
        )
    return f"{record} was {was_text} and is {now_text}{since}. Write what it says now, or say why the old one stands."


def known_word(known: Source) -> str:
    """The way in which a record is known, as an adjective."""
    return known.arrival.way if known.arrival and known.arrival.way != "claimed" else "known"


def _day(source: Source) -> str:
    return f"{source.as_of.day} {source.as_of:%B %Y}" if source.as_of else ""


def _shown(value: object) -> str:
    """A value in quotes, or the word for how there is none."""
    return blank_word(value) or f"“{quote_safely(display_text(value) or '')}”"
