"""Snapshots: source records as they are kept. Written once, never changed, found again by system, object and id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, Text, select, type_coerce
from sqlalchemy.orm import Session

from reviewqueue.evidence import Source
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.records.rows import put_all

AT_ONCE = 500
_COLUMNS = (
    SourceRecord.system,
    SourceRecord.object,
    SourceRecord.external_id,
    SourceRecord.payload,
    SourceRecord.fetched_at,
    SourceRecord.label,
)


def keep(session: Session, sources: Iterable[Source], now: datetime) -> set[str]:
    """Write down the snapshots never seen before, and return their digests. Only inside `writing()`."""
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
    put_all(session, SourceRecord, rows)
    return set(fresh)


def newest(session: Session, system: str, kind: str, ids: Collection[str]) -> dict[str, Source]:
    """The newest snapshot of each of these records of one object, by id; what was never imported is not in it."""
    listed = sorted(set(ids))
    found: dict[str, Source] = {}
    for start in range(0, len(listed), AT_ONCE):
        chosen = SourceRecord.external_id.in_(listed[start : start + AT_ONCE])
        found |= {one.external_id: one for one in _newest(session, _of(system, kind).where(chosen))}
    return found


def walk(session: Session, system: str, kind: str, containing: str = "") -> Iterator[Source]:
    """The newest snapshot of every record of one object, one at a time; or of those whose text contains something."""
    query = _of(system, kind)
    if containing:
        query = query.where(type_coerce(SourceRecord.payload, Text).contains(containing, autoescape=True))
    return _newest(session, query)


def _of(system: str, kind: str) -> Select[Any]:
    mine = select(*_COLUMNS).where(SourceRecord.system == system, SourceRecord.object == kind)
    return mine.order_by(SourceRecord.external_id, SourceRecord.id)


def _newest(session: Session, query: Select[Any]) -> Iterator[Source]:
    rows = session.execute(query.execution_options(yield_per=AT_ONCE))
    for _, same in groupby(rows, key=lambda row: row.external_id):
        yield _source(_best(list(same)))


def _best(snapshots: Sequence[Row[Any]]) -> Row[Any]:
    """The last snapshot of the record itself; an event about it counts only where there is nothing else."""
    states = [row for row in snapshots if "eventType" not in row.payload]
    return (states or snapshots)[-1]


def _source(row: Row[Any]) -> Source:
    return Source(row.system, row.object, row.external_id, row.payload, row.fetched_at, row.label)
