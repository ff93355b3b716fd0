"""Source records in the database: snapshots written once, never changed, found again by system, object and id. Each has
arrivals, which say how it came here; the best of them counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import OWN_SYSTEM
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.items import RevisionSource
from reviewqueue.db.tables.onboardings import WAYS, SourceArrival, SourceRecord
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence.types import Arrival, Citation, DraftWithEvidence, Source, Way

_LATER, _CAME = aliased(SourceRecord), aliased(SourceArrival)
_FIRST = (
    select(func.min(_CAME.id))
    .where(_CAME.source_record_id == SourceRecord.id)
    .correlate(SourceRecord)
    .scalar_subquery()
)


# Another snapshot of the same record came after this one, whichever of the two was kept first.
_BEHIND = (
    exists()
    .where(_LATER.system == SourceRecord.system, _LATER.object == SourceRecord.object)
    .where(_LATER.external_id == SourceRecord.external_id, _LATER.id != SourceRecord.id)
    .where(SourceArrival.source_record_id == _LATER.id, SourceArrival.id > _FIRST)
    .correlate(SourceRecord)
    .label("behind")
)


_KNOWN_SNAPSHOTS = PreparedIn(
    lambda them: select(SourceRecord.digest, SourceRecord.id, _BEHIND).where(SourceRecord.digest.in_(them)), 8
)


_EARLIER = Prepared(
    select(SourceRecord.id)
    .where(SourceRecord.system == bindparam("system"), SourceRecord.object == bindparam("object"))
    .where(SourceRecord.external_id == bindparam("external_id"))
    .limit(1)
)


@dataclass(frozen=True)
class WrittenRevision:
    """A revision as it was written: its id, the digests of its new snapshots of records that were kept before
    (`newer_digests`), and of its snapshots that a later one has superseded (`superseded_digests`)."""

    revision_id: int
    newer_digests: set[str]
    superseded_digests: set[str]


BATCH_SIZE = 500
_COLUMNS = (
    SourceRecord.id,
    SourceRecord.system,
    SourceRecord.object,
    SourceRecord.external_id,
    SourceRecord.payload,
    SourceRecord.fetched_at,
    SourceRecord.label,
    SourceRecord.digest,
    SourceArrival.id.label("arrival_id"),
    SourceArrival.way,
    SourceArrival.at,
    SourceArrival.automation_id,
    Automation.name.label("automation"),
)


def keep(
    session: Session, sources: Iterable[Source], now: datetime, way: Way, automation_id: int | None = None
) -> set[str]:
    """Insert the snapshots that are not known yet, and return their digests; with them those that were known, but had
    come in a way that counts less. Only inside `writing()`."""
    given = {source.digest: source for source in sources}
    kept = select(SourceRecord.digest, SourceRecord.id, SourceArrival.way)
    joined = kept.outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    known: dict[str, int] = {}
    as_good: set[str] = set()
    for row in session.execute(joined.where(SourceRecord.digest.in_(given))):
        known[row.digest] = row.id
        as_good |= {row.digest} if row.way and WAYS.index(row.way) <= WAYS.index(way) else set()
    new = [digest for digest in given if digest not in known]
    insert_rows(session, SourceRecord, [_record_row(given[digest], now) for digest in new])
    made = select(SourceRecord.digest, SourceRecord.id).where(SourceRecord.digest.in_(new))
    known |= {row.digest: row.id for row in session.execute(made)} if new else {}
    fresh = [digest for digest in given if digest not in as_good]
    insert_rows(session, SourceArrival, [_arrival_row(known[digest], way, automation_id, now) for digest in fresh])
    return set(fresh)


def _record_row(source: Source, now: datetime) -> dict[str, Any]:
    return {
        "system": source.system,
        "object": source.object,
        "external_id": source.external_id,
        "label": source.label[:255],
        "payload": source.payload,
        "digest": source.digest,
        "fetched_at": source.fetched_at,
        "received_at": now,
    }


def _arrival_row(record_id: int, way: Way, automation_id: int | None, now: datetime) -> dict[str, Any]:
    return {"source_record_id": record_id, "way": way, "automation_id": automation_id, "at": now}


def newest(
    session: Session, system: str, kind: str, ids: Collection[str], trusted: Collection[str] = (), *,
    claimed: bool = False,
) -> dict[str, Source]:  # fmt: skip
    """The newest snapshot of each of these records of one object, by external id; unknown ones are left out, and those
    that were only claimed by an automation that is not `trusted`. With `claimed`, these stand where nothing else is
    known of the record."""
    listed = sorted(set(ids))
    found: dict[str, Source] = {}
    for start in range(0, len(listed), BATCH_SIZE):
        chosen = SourceRecord.external_id.in_(listed[start : start + BATCH_SIZE])
        rows = _newest(session, _snapshots_query(system, kind).where(chosen), trusted, claimed=claimed)
        found |= {one.external_id: one for one in rows}
    return found


def iter_newest(
    session: Session, system: str, kind: str, containing: str = "", trusted: Collection[str] = ()
) -> Iterator[Source]:
    """The newest snapshot of every record of one object, one at a time; with `containing`, the newest among the
    snapshots whose text contains it. What was only claimed is left out as in `newest`."""
    query = _snapshots_query(system, kind)
    if containing:
        query = query.where(type_coerce(SourceRecord.payload, Text).contains(containing, autoescape=True))
    return _newest(session, query, trusted)


def snapshots() -> Select[Any]:
    """Every snapshot with its arrivals, a row for each; `arrival_id` has the order in which they came."""
    joined = select(*_COLUMNS).outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    return joined.outerjoin(Automation, Automation.id == SourceArrival.automation_id)


def _snapshots_query(system: str, kind: str) -> Select[Any]:
    mine = snapshots().where(SourceRecord.system == system, SourceRecord.object == kind)
    return mine.order_by(SourceRecord.external_id, SourceRecord.id)


def _newest(
    session: Session, query: Select[Any], trusted: Collection[str], *, claimed: bool = False
) -> Iterator[Source]:
    rows = session.execute(query.execution_options(yield_per=BATCH_SIZE))
    for _, same in groupby(rows, key=lambda row: row.external_id):
        if found := newest_of([to_source(row) for row in sorted(same, key=_came)], trusted, claimed=claimed):
            yield found


def newest_of(kept: Sequence[Source], trusted: Collection[str] = (), *, claimed: bool = True) -> Source | None:
    """The newest of the snapshots of one record, which are given in the order they came. Claimed ones count only where
    there is no other, and with `claimed`; a change event about the record only where there is nothing else; one that
    was fetched before another is not newer."""
    held = [one for one in kept if one.vouches(trusted)] or (list(kept) if claimed else [])
    states = [one for one in held if "eventType" not in one.payload] or held
    last = states[0] if states else None
    for one in states[1:]:
        earlier = one.fetched_at and last and last.fetched_at and one.fetched_at < last.fetched_at
        last = last if earlier else one
    return last


def _came(row: Row[Any]) -> int:
    return row.arrival_id or 0


def to_source(row: Row[Any]) -> Source:
    """A row of `snapshots` as a source."""
    of = (row.system, row.object, row.external_id)
    return Source(*of, row.payload, row.fetched_at, row.label, _arrival(row))


def _arrival(row: Row[Any]) -> Arrival:
    """How the snapshot of a row came; one without an arrival is as good as claimed."""
    return Arrival(row.way or "claimed", row.automation or "", row.at, row.automation_id)


def of_revision(session: Session, revision_id: int) -> dict[str, Source]:
    """A revision's sources by ref, each with its best arrival."""
    query = snapshots().add_columns(RevisionSource.ref)
    joined = query.join(RevisionSource, RevisionSource.source_record_id == SourceRecord.id)
    rows = session.execute(joined.where(RevisionSource.revision_id == revision_id).order_by(RevisionSource.ref)).all()
    return {row.ref: to_source(row) for row in sorted(rows, key=lambda row: -WAYS.index(row.way or "claimed"))}


def arrivals(session: Session, record_ids: Collection[int]) -> dict[int, Arrival]:
    """The best arrival of each of these snapshots, by its id."""
    query = select(SourceArrival.source_record_id, SourceArrival.way, SourceArrival.at, SourceArrival.automation_id)
    joined = query.add_columns(Automation.name.label("automation")).outerjoin(
        Automation, Automation.id == SourceArrival.automation_id
    )
    rows = session.execute(joined.where(SourceArrival.source_record_id.in_(record_ids))).all()
    worst_first = sorted(rows, key=lambda row: -WAYS.index(row.way))
    return {row.source_record_id: _arrival(row) for row in worst_first}


def keep_sources(
    session: Session, drafted: DraftWithEvidence, now: datetime, automation_id: int | None
) -> tuple[dict[str, int], set[str], set[str]]:
    """Keep a draft's sources; returns (source record ids by ref, digests `newer`, digests `behind`, as in Written).
    What was not known before is claimed by the draft's automation, but for records of our own. Only inside
    `writing()`."""
    kept = _KNOWN_SNAPSHOTS.rows(session, list({source.digest for source in drafted.sources.values()}))
    known = {row.digest: row.id for row in kept}
    behind = {row.digest for row in kept if row.behind}
    newer, came = set(), []
    for source in drafted.sources.values():
        if source.digest not in known:
            record = {"system": source.system, "object": source.object, "external_id": source.external_id}
            if _EARLIER.scalar(session, record) is not None:
                newer.add(source.digest)
            made = insert_row(session, SourceRecord, **_record_row(source, now))
            came.append(_arrival_row(made, claimed_or_own(source), automation_id, now))
            known[source.digest] = made
    insert_rows(session, SourceArrival, came)
    return {ref: known[source.digest] for ref, source in drafted.sources.items()}, newer, behind


def claimed_or_own(source: Source) -> Way:
    """How a snapshot comes that arrives with a draft: our own records are made here, and no automation can send any."""
    return "fetched" if source.system == OWN_SYSTEM else "claimed"


def kept_citations(before: DraftWithEvidence, draft: dict[str, Any]) -> tuple[Citation, ...]:
    """The citations whose quote still stands in the edited draft at the same place."""
    kept = []
    for claim in before.citations:
        text = canonical_json.resolve_pointer(draft, claim.at)
        if isinstance(text, str) and claim.quote in text:
            kept.append(claim)
    return tuple(kept)
