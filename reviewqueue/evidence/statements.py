"""The statements of a draft for its page: its citations, and what else is found in its texts, each with its status and
the fields it rests on. The comparison itself is in `text/grounding.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import NOT_DRAFTS
from reviewqueue.db.tables.items import Claim
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.evidence.source_changes import SourceChange
from reviewqueue.evidence.text import moments
from reviewqueue.evidence.text.grounding import Cited, FoundStatement, GroundedDraft, Status
from reviewqueue.evidence.text.index import Place
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
    something else "elsewhere". `moved` is the source change under
    it, with `status` "stale"."""

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


def mark_stale(made: Sequence[Statement], shifts: Sequence[SourceChange]) -> list[Statement]:
    """The statements of a draft, with those marked as stale that rest on a field with a source change."""
    moved = {(one.ref, one.path): one for one in shifts}
    return [
        replace(one, status="stale", moved=moved[one.ref, one.path]) if (one.ref, one.path) in moved else one
        for one in made
    ]


def statements(
    kind: str,
    draft: Any,
    claims: Sequence[Claim],
    records: Mapping[str, SourceRecord],
    own: Collection[str] = (),
    place: moments.Place = moments.ANYWHERE,
) -> list[Statement]:
    """A draft's citations in their order, then what else is found in its texts, in reading order; `own` are our e-mail
    domains, `place` is where its days are read and on which day. Pure, and computed whenever a page is shown."""
    return read_draft(kind, draft, claims, records, own, place)[0]


def read_draft(
    kind: str,
    draft: Any,
    claims: Sequence[Claim],
    records: Mapping[str, SourceRecord],
    own: Collection[str] = (),
    place: moments.Place = moments.ANYWHERE,
) -> tuple[list[Statement], int]:
    """Its statements, as `statements` has them, and how many of its sentences were compared with no record."""
    made = [cited_statement(number, claim, draft, records) for number, claim in enumerate(claims, 1)]
    if kind in NOT_DRAFTS:
        return made, 0
    cited = [Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims]
    reading = GroundedDraft(draft, {ref: _source(record) for ref, record in records.items()}, cited, own, place)
    made = [_compare_cited(one, reading, held) for one, held in zip(made, reading.cited, strict=True)]
    shown = {(one.at, one.ref, one.path) for one in made}
    told = [
        one
        for one in reading.statements
        if not (one.wrong and {_field(one.at, place) for place in one.against} & shown)
    ]
    found = [_found_statement(number, one) for number, one in enumerate(told, len(made) + 1)]
    return made + found, reading.not_compared if records else 0


def _field(at: str, place: Place) -> tuple[str, str, str]:
    return at, place.ref, place.path


def cited_statement(number: int, claim: Claim, draft: Any, records: Mapping[str, SourceRecord]) -> Statement:
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
    stands = value_text is not None and isinstance(text, str) and claim.quote in text
    status: Status = "supported" if stands and value_text else "unsupported"
    return Statement(number, claim.at, claim.quote, claim.ref, claim.path, value_text, stands, status)


def _source(record: SourceRecord) -> Source:
    return Source(record.system, record.object, record.external_id, record.payload)


def _compare_cited(one: Statement, reading: GroundedDraft, held: Cited | None) -> Statement:
    """A citation that stands, with the result of comparing it with its field and with the other records."""
    if one.status != "supported" or held is None:
        return one
    if held.verdict == "otherwise":
        return replace(one, status="conflicting", wrong=True)
    if other := reading.disputed.get((one.ref, one.path)):
        return replace(one, status="conflicting", against=(other,))
    return replace(one, status="uncompared") if held.verdict == "unclear" else one


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
