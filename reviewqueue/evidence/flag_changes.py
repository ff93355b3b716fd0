"""Writes source changes: a newer snapshot flags statements that rest on what it changed, a new revision settles them.

Everything here runs inside the caller's `writing()`; the caller appends the returned events to the log, last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.db.rows import insert_rows, update_row
from reviewqueue.db.tables.evidence import SourceChangeRow
from reviewqueue.db.tables.items import Claim, Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.evidence import source_records
from reviewqueue.evidence.record_versions import is_event
from reviewqueue.evidence.source_changes import SourceChange, changes
from reviewqueue.evidence.source_records import RecordOrder, WrittenRevision, kept_citations
from reviewqueue.evidence.text.values.field_values import display_text, same_value
from reviewqueue.evidence.types import Arrival, Citation, DraftWithEvidence, Source

# An approved item still rests on its sources, until it is released.
WATCHED = (*vocabulary.OPEN, "approved")
BATCH_SIZE = 500
Key = tuple[str, str, str]
Place = tuple[int, str, str]


@dataclass(frozen=True)
class _Preloaded:
    """What was read before some items are flagged: the newer snapshots with their ids, the order in which snapshots
    came, payloads by record id, cited paths by (revision, ref), and earlier source changes by (item, ref, path)."""

    newer: dict[Key, Source]
    ids: dict[str, int]
    order: RecordOrder
    payloads: dict[int, Any]
    cited: dict[tuple[int, str], list[str]]
    moves: dict[Place, list[SourceChangeRow]]

    def waiting(self, item_id: int) -> int:
        """How many source changes of an item nobody has acknowledged."""
        return sum(one.looked_at is None for place, held in self.moves.items() if place[0] == item_id for one in held)


def flag_changes(
    session: Session, sources: Iterable[Source], fresh: Collection[str], actor: Actor, now: datetime,
    trusted: Collection[str] = (),
) -> list[Event]:  # fmt: skip
    """Flag the statements that rest on what the `fresh` snapshots (digests) changed, in open and approved items.

    A change event about a record is no snapshot of it, and flags nothing; nor does a snapshot that is older than what
    is known of its record.
    """
    given = {one.key: one for one in sources if one.digest in fresh and not is_event(one.payload)}
    rows = _affected_rows(session, given) if given else []
    if not rows:
        return []
    newer = source_records.newest_by_key(session, {_row_key(row) for row in rows}, trusted, claimed=True)
    return _flag_rows(session, rows, newer, actor, now, trusted)


def flag_for_revision(
    session: Session,
    item_id: int,
    written: WrittenRevision,
    sources: Collection[Source],
    actor: Actor,
    now: datetime,
    trusted: Collection[str] = (),
) -> list[Event]:
    """The same for a revision just written with these sources: flag other items where the revision's newer snapshots
    changed something, and the item itself where it rests on snapshots that were superseded already.

    A snapshot that was only claimed, by an automation that is not `trusted`, changes nothing where the record is known
    otherwise, and where it is not, flags that automation's own items alone."""
    changed = written.newer_digests | written.superseded_digests
    keys = {one.key for one in sources if one.digest in changed}
    newest = {
        key: found
        for key, found in source_records.newest_by_key(session, keys, trusted, claimed=True).items()
        if not is_event(found.payload)
    }
    given = {one.key: one.digest for one in sources if one.digest in written.newer_digests}
    newer = {key: one for key, one in newest.items() if given.get(key) == one.digest}
    rows = [row for row in _affected_rows(session, newer) if row.Item.id != item_id] if newer else []
    events = _flag_rows(session, rows, newer, actor, now, trusted)
    superseding = {
        one.key: newest[one.key]
        for one in sources
        if one.digest in changed and one.key in newest and newest[one.key].digest != one.digest
    }
    rows = [row for row in _affected_rows(session, superseding) if row.Item.id == item_id] if superseding else []
    if late := {row.id for row in rows if row.digest in written.newer_digests}:
        # What is claimed for the first time beside a known record differs from it, and has not changed.
        came = source_records.arrivals(session, late)
        alike = {one for one in late if came[one].vouches(trusted)}
        rows = [row for row in rows if row.id not in late - alike or not superseding[_row_key(row)].vouches(trusted)]
    return events + _flag_rows(session, rows, superseding, actor, now, trusted)


def _flag_rows(
    session: Session,
    resting: Sequence[Row[Any]],
    newer: dict[Key, Source],
    actor: Actor,
    now: datetime,
    trusted: Collection[str] = (),
) -> list[Event]:
    rows = _outdated_rows(session, resting, newer, trusted) if resting else []
    events: list[Event] = []
    for start in range(0, len(rows), BATCH_SIZE):
        # An item whose rows are split between two batches is flagged twice, each time for the rows at hand.
        some = rows[start : start + BATCH_SIZE]
        preloaded, opened = _preload(session, some, newer), []
        for _, held in groupby(some, key=lambda row: row.Item.id):
            marked, found = _flag_item(session, preloaded, list(held), actor, now)
            opened += found
            events += marked
        insert_rows(session, SourceChangeRow, opened)
    return events


def _affected_rows(session: Session, newer: dict[Key, Source]) -> Sequence[Row[Any]]:
    """The current revisions that rest on any snapshot of these records, by one SQL statement."""
    ids_by_object: dict[tuple[str, str], list[str]] = defaultdict(list)
    for system, kind, name in newer:
        ids_by_object[system, kind].append(name)
    groups: list[ColumnElement[bool]] = [
        and_(SourceRecord.system == system, SourceRecord.object == kind, SourceRecord.external_id.in_(names))
        for (system, kind), names in ids_by_object.items()
    ]
    columns = (SourceRecord.id, SourceRecord.system, SourceRecord.object, SourceRecord.external_id)
    query = (
        select(*columns, SourceRecord.digest, SourceRecord.fetched_at, RevisionSource.revision_id, RevisionSource.ref)
        .add_columns(Item)
        .join(RevisionSource, RevisionSource.source_record_id == SourceRecord.id)
        .join(Revision, Revision.id == RevisionSource.revision_id)
        .join(Item, (Item.id == Revision.item_id) & (Item.revision_number == Revision.number))
        .where(or_(*groups), Item.state.in_(WATCHED))
        .order_by(Item.id, RevisionSource.ref)
    )
    return session.execute(query).all()


def _outdated_rows(
    session: Session, rows: Sequence[Row[Any]], newer: dict[Key, Source], trusted: Collection[str]
) -> list[Row[Any]]:
    """Those of the rows whose snapshot differs from the newest one. What an automation claims counts against its own
    claims alone."""
    came = source_records.arrivals(session, {row.id for row in rows})
    found = []
    for row in rows:
        source, held = newer.get(_row_key(row)), came.get(row.id, Arrival("claimed"))
        if source is None or (row.digest == source.digest and not row.Item.moved_at):
            continue
        if not source.vouches(trusted):
            mine = source.arrival is not None and source.arrival.automation_id == row.Item.automation_id
            if held.vouches(trusted) or not mine:
                continue
        found.append(row)
    return found


def _preload(session: Session, rows: Sequence[Row[Any]], newer: dict[Key, Source]) -> _Preloaded:
    moves: dict[Place, list[SourceChangeRow]] = defaultdict(list)
    earlier = (
        select(SourceChangeRow)
        .where(SourceChangeRow.item_id.in_({row.Item.id for row in rows}))
        .order_by(SourceChangeRow.id)
    )
    for move in session.scalars(earlier):
        moves[move.item_id, move.ref, move.path].append(move)
    records = {row.id for row in rows}
    records |= {one for held in moves.values() for move in held for one in (move.was_record_id, move.now_record_id)}
    payloads = session.execute(select(SourceRecord.id, SourceRecord.payload).where(SourceRecord.id.in_(records)))
    digests = {newer[_row_key(row)].digest for row in rows}
    ids = session.execute(select(SourceRecord.digest, SourceRecord.id).where(SourceRecord.digest.in_(digests)))
    cited: dict[tuple[int, str], list[str]] = defaultdict(list)
    claims = select(Claim.revision_id, Claim.ref, Claim.path).distinct().order_by(Claim.ref, Claim.path)
    for revision_id, ref, path in session.execute(
        claims.where(Claim.revision_id.in_({row.revision_id for row in rows}))
    ):
        cited[revision_id, ref].append(path)
    known = {row.digest: row.id for row in ids}
    order = source_records.order_of(session, records | set(known.values()))
    return _Preloaded(newer, known, order, {row.id: row.payload for row in payloads}, cited, moves)


def _flag_item(
    session: Session, preloaded: _Preloaded, rows: Sequence[Row[Any]], actor: Actor, now: datetime
) -> tuple[list[Event], list[dict[str, Any]]]:
    """(the event, the source changes to be written) of one item."""
    item: Item = rows[0].Item
    moved: list[dict[str, Any]] = []
    says: list[str] = []
    reverted: list[dict[str, str]] = []
    for row in rows:
        for path in preloaded.cited.get((row.revision_id, row.ref), ()):
            place, source = {"ref": row.ref, "path": path}, preloaded.newer[_row_key(row)]
            earlier = preloaded.moves.get((item.id, row.ref, path), [])
            pending = next((one for one in earlier if one.looked_at is None), None)
            was_id = pending.was_record_id if pending else _compared_record_id(preloaded.order, earlier, row.id)
            if is_event(preloaded.payloads[was_id]):
                continue
            was, is_now = (
                canonical_json.resolve_pointer(preloaded.payloads[was_id], path),
                canonical_json.resolve_pointer(source.payload, path),
            )
            if pending is not None:
                update_row(session, pending, looked_at=now)
            if not same_value(was, is_now):
                ids = {"was_record_id": was_id, "now_record_id": preloaded.ids[source.digest]}
                moved.append({"item_id": item.id, "revision_id": row.revision_id, **place, **ids, "at": now})
                says.append(
                    SourceChange(0, row.ref, path, *source.key, display_text(was), display_text(is_now), now, 0).says
                )
            elif pending is not None:
                reverted.append(place)
    if not moved and not reverted:
        return [], []
    update_row(session, item, moved_at=now if moved else item.moved_at if preloaded.waiting(item.id) else None)
    facts: dict[str, Any] = {
        "revision": item.revision_number, "moved": [{"ref": one["ref"], "path": one["path"]} for one in moved],
        "back": reverted,
    }  # fmt: skip
    words = {"values": "\n".join(says)} if says else {}
    return [Event.about(item, actor, EventType.ITEM_SOURCE_MOVED, facts=facts, texts=words)], moved


def _compared_record_id(order: RecordOrder, earlier: Sequence[SourceChangeRow], own: int) -> int:
    """The id of the snapshot that a field is compared with: the one a person acknowledged last, or the revision's own
    where that is newer."""
    looked = [one for one in earlier if one.looked_by_id is not None and one.looked_at is not None]
    if not looked:
        return own
    last = max(looked, key=lambda one: one.looked_at or one.at)
    return last.now_record_id if order.last(last.now_record_id, until=last.looked_at) > order.last(own) else own


def _row_key(row: Row[Any]) -> Key:
    return row.system, row.object, row.external_id


def settle(session: Session, item: Item, old_id: int, new_id: int, by_person: bool, now: datetime) -> None:
    """Settle the source changes of an item that has a new revision; `by_person` says that it is a person's edit.

    A source change still waits where the new revision cites the field and rests on an older snapshot of it; after an
    edit, where the statement says what it said before.
    """
    if item.moved_at is None:
        return
    # Wherever the statement stands now: a row that was only moved says what it said.
    old_claims = {claim[1:6] for claim in _claims(session, old_id)} if by_person else set()
    newest: dict[tuple[Key, str], int] = {}
    unchanged: set[tuple[Key, str]] = set()
    new_claims, waiting = _claims(session, new_id), changes(session, item.id)
    records = {claim.record_id for claim in new_claims} | {shift.now_record_id for shift in waiting}
    order = source_records.order_of(session, records)
    for claim in new_claims:
        at = _row_key(claim), claim.path
        newest[at] = max(newest.get(at, claim.record_id), claim.record_id, key=order.last)
        unchanged |= {at} if claim[1:6] in old_claims else set()
    left = 0
    for shift in waiting:
        at = (shift.system, shift.object, shift.external_id), shift.path
        rests = newest.get(at, shift.now_record_id)
        waits = at in unchanged if by_person else order.last(rests) < order.last(shift.now_record_id)
        left += waits
        if not waits:
            update_row(session, session.get_one(SourceChangeRow, shift.move_id), looked_at=now)
    if not left:
        update_row(session, item, moved_at=None)


def _claims(session: Session, revision_id: int) -> Sequence[Row[Any]]:
    query = (
        select(Claim.at, Claim.quote, Claim.path, SourceRecord.system, SourceRecord.object)
        .add_columns(SourceRecord.external_id, SourceRecord.id.label("record_id"))
        .join(RevisionSource, (RevisionSource.revision_id == Claim.revision_id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
    )
    return session.execute(query.where(Claim.revision_id == revision_id)).all()


def rebase_sources(newest: Mapping[str, Source], before: DraftWithEvidence, draft: dict[str, Any]) -> DraftWithEvidence:
    """The edited draft on the newest versions of its sources, by ref. It keeps the citations whose quotes still stand;
    a passage that now says what a record now says cites it."""
    kept = list(kept_citations(before, draft))
    sources = {ref: newest.get(ref, source) for ref, source in before.sources.items()}
    for claim in before.citations:
        if claim in kept or claim.ref not in sources or sources[claim.ref] is before.sources[claim.ref]:
            continue
        was, now = (
            canonical_json.resolve_pointer(held[claim.ref].payload, claim.path) for held in (before.sources, sources)
        )
        text, says = canonical_json.resolve_pointer(draft, claim.at), display_text(now)
        if says and not same_value(was, now) and isinstance(text, str) and says in text:
            kept.append(Citation(claim.at, says, claim.ref, claim.path))
    return replace(before, draft=draft, sources=sources, citations=tuple(kept))
