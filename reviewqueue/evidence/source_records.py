"""Source records in the database: snapshots written once, never changed, found again by system, object and id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, exists, select, type_coerce
from sqlalchemy.orm import Session, aliased

from reviewqueue.core import canonical_json
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source

_LATER = aliased(SourceRecord)


_BEHIND = (
    exists()
    .where(_LATER.system == SourceRecord.system, _LATER.object == SourceRecord.object)
    .where(_LATER.external_id == SourceRecord.external_id, _LATER.id > SourceRecord.id)
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
    SourceRecord.system,
    SourceRecord.object,
    SourceRecord.external_id,
    SourceRecord.payload,
    SourceRecord.fetched_at,
    SourceRecord.label,
)


def keep(session: Session, sources: Iterable[Source], now: datetime) -> set[str]:
    """Insert the snapshots that are not known yet, and return their digests. Only inside `writing()`."""
    fresh = {source.digest: source for source in sources}
    for known in session.scalars(select(SourceRecord.digest).where(SourceRecord.digest.in_(fresh))):
        del fresh[known]
    rows = [
        {
            "system": source.system,
            "object": source.object,
            "external_id": source.external_id,
            "label": source.label[:255],
            "payload": source.payload,
            "digest": digest,
            "fetched_at": source.fetched_at,
            "received_at": now,
        }
        for digest, source in fresh.items()
    ]
    insert_rows(session, SourceRecord, rows)
    return set(fresh)


def newest(session: Session, system: str, kind: str, ids: Collection[str]) -> dict[str, Source]:
    """The newest snapshot of each of these records of one object, by external id; unknown ones are left out."""
    listed = sorted(set(ids))
    found: dict[str, Source] = {}
    for start in range(0, len(listed), BATCH_SIZE):
        chosen = SourceRecord.external_id.in_(listed[start : start + BATCH_SIZE])
        found |= {one.external_id: one for one in _newest(session, _snapshots_query(system, kind).where(chosen))}
    return found


def iter_newest(session: Session, system: str, kind: str, containing: str = "") -> Iterator[Source]:
    """The newest snapshot of every record of one object, one at a time; with `containing`, the newest among the
    snapshots whose text contains it."""
    query = _snapshots_query(system, kind)
    if containing:
        query = query.where(type_coerce(SourceRecord.payload, Text).contains(containing, autoescape=True))
    return _newest(session, query)


def _snapshots_query(system: str, kind: str) -> Select[Any]:
    mine = select(*_COLUMNS).where(SourceRecord.system == system, SourceRecord.object == kind)
    return mine.order_by(SourceRecord.external_id, SourceRecord.id)


def _newest(session: Session, query: Select[Any]) -> Iterator[Source]:
    rows = session.execute(query.execution_options(yield_per=BATCH_SIZE))
    for _, same in groupby(rows, key=lambda row: row.external_id):
        yield _source(_newest_state(list(same)))


def _newest_state(snapshots: Sequence[Row[Any]]) -> Row[Any]:
    """The last snapshot of the record itself; a change event about it counts only where there is nothing else."""
    states = [row for row in snapshots if "eventType" not in row.payload]
    return (states or snapshots)[-1]


def _source(row: Row[Any]) -> Source:
    return Source(row.system, row.object, row.external_id, row.payload, row.fetched_at, row.label)


def keep_sources(
    session: Session, drafted: DraftWithEvidence, now: datetime
) -> tuple[dict[str, int], set[str], set[str]]:
    """Keep a draft's sources; returns (source record ids by ref, digests `newer`, digests `behind`, as in Written).
    Only inside `writing()`."""
    kept = _KNOWN_SNAPSHOTS.rows(session, list({source.digest for source in drafted.sources.values()}))
    known = {row.digest: row.id for row in kept}
    behind = {row.digest for row in kept if row.behind}
    newer = set()
    for source in drafted.sources.values():
        if source.digest not in known:
            record = {"system": source.system, "object": source.object, "external_id": source.external_id}
            if _EARLIER.scalar(session, record) is not None:
                newer.add(source.digest)
            known[source.digest] = insert_row(
                session,
                SourceRecord,
                **record,
                label=source.label[:255],
                payload=source.payload,
                digest=source.digest,
                fetched_at=source.fetched_at,
                received_at=now,
            )
    return {ref: known[source.digest] for ref, source in drafted.sources.items()}, newer, behind


def kept_citations(before: DraftWithEvidence, draft: dict[str, Any]) -> tuple[Citation, ...]:
    """The citations whose quote still stands in the edited draft at the same place."""
    kept = []
    for claim in before.citations:
        text = canonical_json.resolve_pointer(draft, claim.at)
        if isinstance(text, str) and claim.quote in text:
            kept.append(claim)
    return tuple(kept)
