"""Accepted corrections that no import has shown yet, and the drafts that still say the value that was wrong.

Derived whenever an item is read, and stored nowhere: a draft fails until it says something else, or until a newer
snapshot of the record does. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core import canonical_json
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.items import Claim, Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_records
from reviewqueue.evidence.flag_changes import WATCHED
from reviewqueue.evidence.text.corrected_values import MAX_PASSAGES, AcceptedCorrection, StillSaid, passages
from reviewqueue.evidence.text.values.field_values import same_value
from reviewqueue.evidence.types import Citation, Source


def in_force(session: Session, onboarding_id: int) -> list[AcceptedCorrection]:
    """The accepted corrections of an onboarding that no import has shown yet: of each field the newest, while its
    record as last read says what it said when it was corrected. What was claimed counts where nothing was read."""
    query = (
        select(Correction, SourceRecord, Person.name)
        .join(SourceRecord, SourceRecord.id == Correction.source_record_id)
        .join(Item, Item.id == Correction.item_id)
        .outerjoin(Person, Person.id == Correction.answered_by_id)
        .where(Correction.state == "accepted", Item.onboarding_id == onboarding_id)
        .order_by(Correction.id)
    )
    newest = {
        (record.system, record.object, record.external_id, row.path): (row, record, who)
        for row, record, who in session.execute(query)
    }
    found = []
    for row, record, who in newest.values():
        of = (record.system, record.object, record.external_id)
        kept = source_records.newest(session, *of[:2], [record.external_id], claimed=True).get(record.external_id)
        was = canonical_json.resolve_pointer(record.payload, row.path)
        if row.was and kept and same_value(was, canonical_json.resolve_pointer(kept.payload, row.path)):
            said = (row.was, row.proposed, who or "the import")
            found.append(AcceptedCorrection(row.id, row.path, *of, *said, row.answered_at or row.opened_at))
    return found


def still_said(
    session: Session, onboarding_id: int | None, revision_id: int, draft: Any, known: Sequence[AcceptedCorrection] = ()
) -> tuple[StillSaid, ...]:
    """The passages of a revision that say what a correction in force says is wrong, at most twenty; `known` are the
    corrections in force, where they have been read already."""
    corrections = known or (in_force(session, onboarding_id) if onboarding_id is not None else ())
    if not corrections:
        return ()
    joined = select(RevisionSource.ref, SourceRecord).join(
        SourceRecord, SourceRecord.id == RevisionSource.source_record_id
    )
    sources = {
        ref: Source(kept.system, kept.object, kept.external_id, kept.payload)
        for ref, kept in session.execute(joined.where(RevisionSource.revision_id == revision_id))
    }
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision_id).order_by(Claim.id))
    citations = [Citation(claim.at, claim.quote, claim.ref, claim.path) for claim in claims]
    return tuple(one for correction in corrections for one in passages(correction, draft, sources, citations))[
        :MAX_PASSAGES
    ]


def saying(session: Session, items: Iterable[Item]) -> dict[int, tuple[StillSaid, ...]]:
    """The same for the current revisions of these items, by item id; items that say nothing of it are left out."""
    by_id = {item.id: item for item in items if item.onboarding_id is not None}
    runs = _with_accepted(session, {item.onboarding_id or 0 for item in by_id.values()})
    known = {run: in_force(session, run) for run in runs}
    current = select(Revision).join(Item, (Item.id == Revision.item_id) & (Item.revision_number == Revision.number))
    wanted = [number for number, item in by_id.items() if known.get(item.onboarding_id or 0)]
    found = {}
    for revision in session.scalars(current.where(Item.id.in_(wanted)).order_by(Item.id)) if wanted else ():
        run = by_id[revision.item_id].onboarding_id
        if said := still_said(session, run, revision.id, revision.draft, known[run or 0]):
            found[revision.item_id] = said
    return found


def counts(session: Session, items: Iterable[Item]) -> dict[int, int]:
    """How many failed checks these items have for it, by item id, for lists: those that are open, or approved and not
    sent."""
    watched = (one for one in items if one.state in WATCHED)
    return {number: len(said) for number, said in saying(session, watched).items()}


def _with_accepted(session: Session, onboarding_ids: Collection[int]) -> Sequence[int]:
    if not onboarding_ids:
        return ()
    accepted = select(Item.onboarding_id).join(Correction, Correction.item_id == Item.id)
    found = accepted.where(Correction.state == "accepted", Item.onboarding_id.in_(onboarding_ids)).distinct()
    return [run for run in session.scalars(found) if run is not None]
