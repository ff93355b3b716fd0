"""Statements: what a draft states, by its citations and in passing, each with its status and what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewqueue.checks import STATES_NOTHING
from reviewqueue.evidence import Citation, Source
from reviewqueue.proofs import canonical
from reviewqueue.prose.index import Place
from reviewqueue.prose.statements import Cited, Reading, Status, Told
from reviewqueue.records.items import Claim
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.source_moves import Shift

# Of a record's value that holds a statement and much else, so many characters are shown.
LONGEST = 240


@dataclass(frozen=True)
class Statement:
    """A statement as the page shows it: `number` ties draft and evidence, `value` is what the source says there
    (None when the pointer leads nowhere, or no record says it), `stands` whether a cited quote is in the draft and its
    value there. `cited` tells a claim of the draft from one found in its prose, which begins at `start` of its text
    (-1 where only the quote is known). `also` are further places that say the same, `against` those that say
    otherwise. A statement that is `wrong` contradicts its own record: `value` if it is cited, `against` if not; a claim
    whose words cannot be held against its field has `status` "uncompared". `moved` is what a newer snapshot says there,
    with `status` "stale"."""

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
    moved: Shift | None = None


def since_moved(made: Sequence[Statement], shifts: Sequence[Shift]) -> list[Statement]:
    """The statements of a draft, those that rest on a field which moved marked as stale."""
    moved = {(one.ref, one.path): one for one in shifts}
    return [
        replace(one, status="stale", moved=moved[one.ref, one.path]) if (one.ref, one.path) in moved else one
        for one in made
    ]


def statements(
    kind: str, draft: Any, claims: Sequence[Claim], records: Mapping[str, SourceRecord], own: Collection[str] = ()
) -> list[Statement]:
    """A draft's claims in their order, then what else is found in its texts, in reading order; `own` are our domains.
    Pure, and computed whenever a page is shown."""
    made = [claimed(number, claim, draft, records) for number, claim in enumerate(claims, 1)]
    if kind in STATES_NOTHING:
        return made
    cited = [Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims]
    reading = Reading(draft, {ref: _source(record) for ref, record in records.items()}, cited, own)
    made = [_argued(one, reading, held) for one, held in zip(made, reading.cited, strict=True)]
    shown = {(one.at, one.ref, one.path) for one in made}
    told = [one for one in reading.told if not (one.wrong and {_field(one.at, place) for place in one.against} & shown)]
    return made + [_found(number, one) for number, one in enumerate(told, len(made) + 1)]


def _field(at: str, place: Place) -> tuple[str, str, str]:
    return at, place.ref, place.path


def claimed(number: int, claim: Claim, draft: Any, records: Mapping[str, SourceRecord]) -> Statement:
    """A claim held against the draft and its source."""
    text = canonical.look(draft, claim.at)
    source = records.get(claim.ref)
    value = canonical.look(source.payload, claim.path) if source else canonical.MISSING
    shown = (
        None if value is canonical.MISSING else value if isinstance(value, str) else canonical.write(value, digits=True)
    )
    stands = shown is not None and isinstance(text, str) and claim.quote in text
    status: Status = "supported" if stands and shown else "unsupported"
    return Statement(number, claim.at, claim.quote, claim.ref, claim.path, shown, stands, status)


def _source(record: SourceRecord) -> Source:
    return Source(record.system, record.object, record.external_id, record.payload)


def _argued(one: Statement, reading: Reading, held: Cited | None) -> Statement:
    """A claim that stands, as it was held against its field and against the other records."""
    if one.status != "supported" or held is None:
        return one
    if held.verdict == "otherwise":
        return replace(one, status="conflicting", wrong=True)
    if other := reading.disputed.get((one.ref, one.path)):
        return replace(one, status="conflicting", against=(other,))
    return replace(one, status="uncompared") if held.verdict == "unclear" else one


def _found(number: int, told: Told) -> Statement:
    first = told.places[0] if told.places else Place("", "", "")
    value = _around(told.quote, first.value) if told.places else None
    return Statement(
        number, told.at, told.quote, first.ref, first.path, value, bool(told.places), told.status,
        False, told.found.start, told.places[1:], told.against, told.wrong,
    )  # fmt: skip


def _around(quote: str, value: str) -> str:
    """A field's value, or of a long one the part around the words."""
    if len(value) <= LONGEST:
        return value
    begins = max(0, value.casefold().find(quote.casefold()) - LONGEST // 2)
    part = value[begins : begins + LONGEST]
    return f"{'…' if begins else ''}{part}{'…' if begins + LONGEST < len(value) else ''}"
