"""The statements of a draft for its page: its citations, and what else is found in its texts, each with its status and
the fields it rests on. The comparison itself is in `text/grounding.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import NOT_DRAFTS
from reviewqueue.db.tables.items import Claim
from reviewqueue.evidence.source_changes import SourceChange
from reviewqueue.evidence.text.grounding import Cited, FoundStatement, GroundedDraft, RecordsInText, Status
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.values import moments
from reviewqueue.evidence.text.values.field_values import Blank, blank_word, display_text, same_value
from reviewqueue.evidence.types import Citation, Source

# So many characters are shown of a record's long value.
MAX_SHOWN = 240


@dataclass(frozen=True)
class Statement:
    """A statement as the page shows it: `number` ties draft and evidence, `value` is what the source says there
    (None when the pointer leads nowhere, or no record says it), `stands` whether a cited quote is in the draft and its
    value there. `cited` distinguishes a citation of the draft from a statement found in its texts, which begins at
    `start` of its text (-1 where only the quote is known). `also` are further places that say the same, `against` those
    that say otherwise. A `wrong` statement contradicts its own record: `value` if it is cited, `against` if not; a
    citation whose words cannot be compared with its field has `status` "uncompared"; a value that stands at `value` for
    something else "elsewhere". `moved` is the source change under it, with `status` "stale"; `blank` says how a cited
    field has no value: it is empty, null, or not there; `gone` how it has none any more."""

    number: int
    at: str
    quote: str
    ref: str
    path: str
    value: str | None
    stands: bool
    status: Status = "supported"
    cited: bool = True
    start: int = -1
    also: tuple[Place, ...] = ()
    against: tuple[Place, ...] = ()
    wrong: bool = False
    moved: SourceChange | None = None
    blank: Blank = ""
    gone: Blank = ""


def mark_stale(
    made: Sequence[Statement], shifts: Sequence[SourceChange], newest: Mapping[str, Source]
) -> list[Statement]:
    """The statements of a draft, with those marked as stale that rest on a field with a source change. `newest` are the
    records as they are known now, by ref."""
    moved = {(one.ref, one.path): one for one in shifts}
    return [
        replace(one, status="stale", moved=change, gone=_gone(change, newest.get(one.ref)))
        if (change := moved.get((one.ref, one.path)))
        else one
        for one in made
    ]


def _gone(change: SourceChange, record: Source | None) -> Blank:
    return "" if change.now and change.now.strip() else blank_at(record, change.path)


def blank_at(record: Source | None, path: str) -> Blank:
    """How a field of a record has no value; "" where it has one, or the record is not known."""
    return blank_word(canonical_json.resolve_pointer(record.payload, path)) if record else ""


def statements(
    kind: str,
    draft: Any,
    claims: Sequence[Claim],
    records: Mapping[str, Source],
    own: Collection[str] = (),
    place: moments.Place = moments.ANYWHERE,
    known: RecordsInText | None = None,
) -> list[Statement]:
    """A draft's citations in their order, then what else is found in its texts, in reading order. `records` are the
    draft's own, `known` all of its onboarding at their newest, `own` our e-mail domains; `place` is where its days are
    read and on which day. Pure, and computed whenever a page is shown."""
    return read_draft(kind, draft, claims, records, own, place, known)[0]


def read_draft(
    kind: str,
    draft: Any,
    claims: Sequence[Claim],
    records: Mapping[str, Source],
    own: Collection[str] = (),
    place: moments.Place = moments.ANYWHERE,
    known: RecordsInText | None = None,
) -> tuple[list[Statement], int]:
    """Its statements, as `statements` has them, and how many of its sentences were compared with no record."""
    made = [cited_statement(number, claim, draft, records) for number, claim in enumerate(claims, 1)]
    if kind in NOT_DRAFTS:
        return made, 0
    cited = [Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims]
    reading = GroundedDraft(draft, records, cited, own, place, known)
    made = [_compare_cited(one, reading, held) for one, held in zip(made, reading.cited, strict=True)]
    shown = {(one.at, one.ref, one.path) for one in made}
    told = [
        one
        for one in reading.statements
        if not (one.wrong and {_field(one.at, place) for place in one.against} & shown)
    ]
    found = [_found_statement(number, one) for number, one in enumerate(told, len(made) + 1)]
    return made + found, reading.not_compared if reading.records.newest else 0


def _field(at: str, place: Place) -> tuple[str, str, str]:
    return at, place.ref, place.path


def cited_statement(number: int, claim: Claim, draft: Any, records: Mapping[str, Source]) -> Statement:
    """A citation compared with the draft and its source."""
    text = canonical_json.resolve_pointer(draft, claim.at)
    source = records.get(claim.ref)
    value = canonical_json.resolve_pointer(source.payload, claim.path) if source else canonical_json.MISSING
    value_text = (
        None
        if value is canonical_json.MISSING
        else value
        if isinstance(value, str)
        else canonical_json.write(value, digits=True)
    )
    blank = blank_word(value)
    stands = value_text is not None and isinstance(text, str) and claim.quote in text
    status: Status = "supported" if stands and not blank else "unsupported"
    of = (number, claim.at, claim.quote, claim.ref, claim.path, value_text, stands, status)
    return Statement(*of, blank=blank)


def _compare_cited(one: Statement, reading: GroundedDraft, held: Cited | None) -> Statement:
    """A citation that stands, with the result of comparing it with its field and with the other records."""
    if one.status != "supported" or held is None:
        return one
    if held.verdict == "otherwise":
        return replace(one, status="conflicting", wrong=True)
    if newer := _known_otherwise(one, reading):
        return replace(one, status="conflicting", against=(newer,))
    if other := reading.disputed.get((one.ref, one.path)):
        return replace(one, status="conflicting", against=(other,))
    return replace(one, status="uncompared") if held.verdict == "unclear" else one


def _known_otherwise(one: Statement, reading: GroundedDraft) -> Place | None:
    """The cited field in the newest version of its record, where that says something else."""
    sent, known = reading.sources[one.ref], reading.records.newest.get(one.ref)
    if known is None or known is sent:
        return None
    was, now = (canonical_json.resolve_pointer(source.payload, one.path) for source in (sent, known))
    if same_value(was, now) or (now is canonical_json.MISSING and not sent.vouches()):
        return None
    return Place(one.ref, one.path, blank_word(now) or display_text(now) or "")


def _found_statement(number: int, found: FoundStatement) -> Statement:
    first = found.places[0] if found.places else Place("", "", "")
    value = _excerpt(found.quote, first.value) if found.places else None
    return Statement(
        number, found.at, found.quote, first.ref, first.path, value, bool(found.places), found.status,
        False, found.entity.start, found.places[1:], found.against, found.wrong,
    )  # fmt: skip


def _excerpt(quote: str, value: str) -> str:
    """A field's value, or of a long one the part around the words."""
    if len(value) <= MAX_SHOWN:
        return value
    start = max(0, value.casefold().find(quote.casefold()) - MAX_SHOWN // 2)
    part = value[start : start + MAX_SHOWN]
    return f"{'…' if start else ''}{part}{'…' if start + MAX_SHOWN < len(value) else ''}"
