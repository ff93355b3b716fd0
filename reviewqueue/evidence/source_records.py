"""Source records in the database: snapshots written once, never changed, found again by system, object and id. Each has
arrivals, which say how it came here; the best of them counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, exists, func, literal_column, select, type_coerce
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session, aliased

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import OWN_SYSTEM
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.items import RevisionSource
from reviewqueue.db.tables.onboardings import WAYS, SourceArrival, SourceRecord
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence.record_versions import EVENT_KINDS, is_event, modified_at, newest_of
from reviewqueue.evidence.types import Arrival, Citation, DraftWithEvidence, Source, Way

_LATER, _CAME = aliased(SourceRecord), aliased(SourceArrival)
_LAST = (
    select(func.max(_CAME.id))
    .where(_CAME.source_record_id == SourceRecord.id)
    .correlate(SourceRecord)
    .scalar_subquery()
)


_OBJECTS = (
    SourceRecord.object,
    SourceRecord.object.concat(literal_column("'ChangeEvent'")),
    *(func.lower(SourceRecord.object).concat(literal_column(f"'.{kind}'")) for kind in EVENT_KINDS),
)


# Another snapshot of the same record, or a change event about it, came after this one last came, whichever of the two
# was kept first.
_BEHIND = (
    exists()
    .where(_LATER.system == SourceRecord.system, _LATER.object.in_(_OBJECTS))
    .where(_LATER.external_id == SourceRecord.external_id, _LATER.id != SourceRecord.id)
    .where(SourceArrival.source_record_id == _LATER.id, SourceArrival.id > _LAST)
    .correlate(SourceRecord)
    .label("behind")
)


_KNOWN_SNAPSHOTS = PreparedIn(
    lambda them: select(SourceRecord.digest, SourceRecord.id, _BEHIND).where(SourceRecord.digest.in_(them)), 8
)


# When any other snapshot of a record was fetched, else came, at the latest.
_FETCHED = func.coalesce(SourceArrival.fetched_at, SourceRecord.fetched_at, SourceArrival.at)


_EARLIER = Prepared(
    select(SourceRecord.id)
    .where(SourceRecord.system == bindparam("system"), SourceRecord.object == bindparam("object"))
    .where(SourceRecord.external_id == bindparam("external_id"))
    .limit(1)
)


@dataclass(frozen=True)
class Kept:
    """What came of snapshots that were brought, by digest: `new` ones, or known in a way alone that counts less; and
    those that were known and came `again` after another snapshot of their record."""

    new: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()

    @property
    def fresh(self) -> frozenset[str]:
        """The digests that tell something."""
        return self.new | self.again


@dataclass(frozen=True)
class WrittenRevision:
    """A revision as it was written: its id, the digests of its snapshots that are new, or came again, of records that
    were kept before (`newer_digests`), and of those that a later one has superseded (`superseded_digests`)."""

    revision_id: int
    newer_digests: set[str]
    superseded_digests: set[str]


def fetched() -> ColumnElement[datetime | None]:
    """When a snapshot was fetched each time it came: what its first arrival has stands beside the snapshot itself."""
    first = SourceArrival.at.is_(None) | (SourceArrival.at == SourceRecord.received_at)
    return func.coalesce(SourceArrival.fetched_at, sql_case((first, SourceRecord.fetched_at)))


BATCH_SIZE = 500
_COLUMNS = (
    SourceRecord.id,
    SourceRecord.system,
    SourceRecord.object,
    SourceRecord.external_id,
    SourceRecord.payload,
    fetched().label("fetched_at"),
    SourceRecord.modified_at,
    SourceRecord.label,
    SourceRecord.digest,
    SourceArrival.id.label("arrival_id"),
    SourceArrival.way,
    SourceArrival.at,
    SourceArrival.automation_id,
    Automation.name.label("automation"),
)
_SNAPSHOTS = (
    select(*_COLUMNS)
    .outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    .outerjoin(Automation, Automation.id == SourceArrival.automation_id)
)
# Built once: a draft's records are read whenever it is checked, routed or shown.
_OF_OBJECT = (
    _SNAPSHOTS.where(SourceRecord.system == bindparam("system"), SourceRecord.object == bindparam("kind"))
    .order_by(SourceRecord.external_id, SourceRecord.id)
    .execution_options(yield_per=BATCH_SIZE)
)
_THESE_OF_OBJECT = _OF_OBJECT.where(SourceRecord.external_id.in_(bindparam("ids", expanding=True)))
_OF_REVISION = (
    _SNAPSHOTS.add_columns(RevisionSource.ref)
    .join(RevisionSource, RevisionSource.source_record_id == SourceRecord.id)
    .where(RevisionSource.revision_id == bindparam("revision"))
    .order_by(RevisionSource.ref)
)


def keep(
    session: Session, sources: Iterable[Source], now: datetime, way: Way, automation_id: int | None = None
) -> Kept:
    """Insert the snapshots that are not known yet. One that is known has arrived again where it had come in a way that
    counts less, or where it is the last given of its record and another one came in between: A, B and A again is A.
    Only inside `writing()`."""
    given = {source.digest: source for source in sources}
    last = {source.key: source.digest for source in given.values() if not is_event(source.payload)}
    kept = select(SourceRecord.digest, SourceRecord.id, SourceArrival.way, _BEHIND)
    joined = kept.outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    known: dict[str, int] = {}
    as_good, behind = set[str](), set[str]()
    for row in session.execute(joined.where(SourceRecord.digest.in_(given))):
        known[row.digest] = row.id
        as_good |= {row.digest} if row.way and WAYS.index(row.way) <= WAYS.index(way) else set()
        behind |= {row.digest} if row.behind and last.get(given[row.digest].key) == row.digest else set()
    new = [digest for digest in given if digest not in known]
    insert_rows(session, SourceRecord, [_record_row(given[digest], now) for digest in new])
    made = select(SourceRecord.digest, SourceRecord.id).where(SourceRecord.digest.in_(new))
    known |= {row.digest: row.id for row in session.execute(made)} if new else {}
    fresh = [digest for digest in given if digest not in as_good or digest in behind]
    came = [_arrival_row(known[digest], way, automation_id, now, given[digest].fetched_at) for digest in fresh]
    insert_rows(session, SourceArrival, came)
    return Kept(frozenset(fresh) - as_good, frozenset(fresh) & as_good)


def _record_row(source: Source, now: datetime) -> dict[str, Any]:
    return {
        "system": source.system,
        "object": source.object,
        "external_id": source.external_id,
        "label": source.label[:255],
        "payload": source.payload,
        "digest": source.digest,
        "fetched_at": source.fetched_at,
        "modified_at": modified_at(source.payload),
        "received_at": now,
    }


def _arrival_row(
    record_id: int, way: Way, automation_id: int | None, now: datetime, fetched_at: datetime | None
) -> dict[str, Any]:
    came = {"source_record_id": record_id, "way": way, "automation_id": automation_id}
    return {**came, "at": now, "fetched_at": fetched_at}


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
        values = {"system": system, "kind": kind, "ids": listed[start : start + BATCH_SIZE]}
        rows = _newest(session, _THESE_OF_OBJECT, values, trusted, claimed=claimed)
        found |= {one.external_id: one for one in rows}
    return found


def newest_by_key(
    session: Session, keys: Iterable[tuple[str, str, str]], trusted: Collection[str] = (), *, claimed: bool = False
) -> dict[tuple[str, str, str], Source]:
    """The same for records of several objects, by (system, object, id)."""
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for system, kind, name in keys:
        ids[system, kind].append(name)
    found = (newest(session, *of, names, trusted, claimed=claimed) for of, names in ids.items())
    return {one.key: one for held in found for one in held.values()}


@dataclass(frozen=True)
class RecordOrder:
    """The order in which some snapshots came: (id of the arrival, when) of each, by its id."""

    came: Mapping[int, Sequence[tuple[int, datetime]]]

    def last(self, record_id: int, until: datetime | None = None) -> tuple[int, int]:
        """Where a snapshot stands in that order, the last time it came, or came `until` then; greater is newer."""
        held = [number for number, at in self.came.get(record_id, ()) if until is None or at <= until]
        return (max(held, default=0), record_id)


def order_of(session: Session, record_ids: Collection[int]) -> RecordOrder:
    """The order in which these snapshots came."""
    came: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    query = select(SourceArrival.source_record_id, SourceArrival.id, SourceArrival.at)
    for record_id, number, at in session.execute(query.where(SourceArrival.source_record_id.in_(record_ids))):
        came[record_id].append((number, at))
    return RecordOrder(came)


def iter_newest(
    session: Session, system: str, kind: str, containing: str = "", trusted: Collection[str] = ()
) -> Iterator[Source]:
    """The newest snapshot of every record of one object, one at a time; with `containing`, the newest among the
    snapshots whose text contains it. What was only claimed is left out as in `newest`."""
    query = _OF_OBJECT
    if containing:
        query = query.where(type_coerce(SourceRecord.payload, Text).contains(containing, autoescape=True))
    return _newest(session, query, {"system": system, "kind": kind}, trusted)


def snapshots() -> Select[Any]:
    """Every snapshot with its arrivals, a row for each; `arrival_id` has the order in which they came."""
    return _SNAPSHOTS


def _newest(
    session: Session, query: Select[Any], values: Mapping[str, Any], trusted: Collection[str], *, claimed: bool = False
) -> Iterator[Source]:
    rows = session.execute(query, values)
    for _, same in groupby(rows, key=lambda row: row.external_id):
        if found := newest_of([to_source(row) for row in sorted(same, key=_came)], trusted, claimed=claimed):
            yield found


def _came(row: Row[Any]) -> int:
    return row.arrival_id or 0


def to_source(row: Row[Any]) -> Source:
    """A row of `snapshots` as a source."""
    of = (row.system, row.object, row.external_id)
    return Source(*of, row.payload, row.fetched_at, row.label, _arrival(row), row.modified_at)


def _arrival(row: Row[Any]) -> Arrival:
    """How the snapshot of a row came; one without an arrival is as good as claimed."""
    return Arrival(row.way or "claimed", row.automation or "", row.at, row.automation_id)


def of_revision(session: Session, revision_id: int) -> dict[str, Source]:
    """A revision's sources by ref, each with its best arrival."""
    rows = session.execute(_OF_REVISION, {"revision": revision_id}).all()
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
    What was not known before, and what was fetched after everything known of its record, is claimed by the draft's
    automation, but for records of our own. Only inside `writing()`."""
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
            came.append(_arrival_row(made, claimed_or_own(source), automation_id, now, source.fetched_at))
            known[source.digest] = made
        elif source.digest in behind and _is_fetched_last(session, source):
            way = claimed_or_own(source)
            came.append(_arrival_row(known[source.digest], way, automation_id, now, source.fetched_at))
            newer.add(source.digest)
            behind.discard(source.digest)
    insert_rows(session, SourceArrival, came)
    return {ref: known[source.digest] for ref, source in drafted.sources.items()}, newer, behind


def _is_fetched_last(session: Session, source: Source) -> bool:
    """Whether a known snapshot says that it was fetched after everything else that is known of its record."""
    if source.fetched_at is None or is_event(source.payload):
        return False
    joined = (SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    same = select(func.max(_FETCHED)).select_from(SourceRecord).join(*joined)
    same = same.where(SourceRecord.system == source.system, SourceRecord.object == source.object)
    latest = session.scalar(same.where(SourceRecord.external_id == source.external_id))
    return latest is None or source.fetched_at > latest


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
