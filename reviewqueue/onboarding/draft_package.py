"""The draft package of an onboarding: its drafts side by side, cross-checked, and compared with what was promised.

Reads only. A draft that a person may not see is left out, of the cross-checks as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.checks import commitments as checks_commitments
from reviewqueue.checks import cross_check
from reviewqueue.checks.cross_check import CrossCheck, PackageDraft
from reviewqueue.core import vocabulary
from reviewqueue.db.tables.evidence import Commitment
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.evidence import commitments
from reviewqueue.evidence.promises.compare import Change
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context
from reviewqueue.people import actors, visibility
from reviewqueue.policy import evaluation, policy_versions

SHOWN = (*vocabulary.OPEN, *vocabulary.APPROVED)
_PARTS = (
    select(Item, Revision, Onboarding, visibility.MADE_BY_VIEWER.label("made"))
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .join(Onboarding, Onboarding.id == Item.onboarding_id)
    .where(Item.onboarding_id == bindparam("onboarding"), Item.state.in_(SHOWN))
    .order_by(Item.id.desc())
)
# The same with what each item's approval promised: an item's page has no query to spare.
_BESIDE = (
    _PARTS.add_columns(Commitment)
    .outerjoin(Commitment, Commitment.item_id == Item.id)
    .where(not_seeded() | (Item.id == bindparam("own")))
    .order_by(None)
    .order_by(Item.id.desc(), Commitment.id)
)


@dataclass(frozen=True)
class Piece:
    """One draft of a package as its reader sees it."""

    item: Item
    revision: Revision


@dataclass(frozen=True)
class Package:
    """The newest draft of each kind and subject that this person may see, and the cross-checks over them."""

    run: Onboarding
    pieces: Sequence[Piece]
    lines: Sequence[CrossCheck]


@dataclass(frozen=True)
class Beside:
    """What an item's page shows beside it: how its promises differ from those that hold, which cross-checks it fails,
    the items of its onboarding that this person may see, and whether they may see the onboarding itself."""

    changes: Sequence[Change] = ()
    lines: Sequence[CrossCheck] = ()
    seen: frozenset[int] = frozenset()
    onboarding: bool = False


def load(session: Session, onboarding_id: int, person_id: int, now: datetime) -> Package:
    """The package of an onboarding. Raises NotFound when there is none, or this person may not see it."""
    actor = actors.load_actor(session, person_id, now)
    run = visibility.load_onboarding(session, onboarding_id, actor)
    rows = session.execute(_PARTS, {"onboarding": onboarding_id, "viewer": person_id}).all()
    pieces = newest(_seen(session, rows, actor))
    return Package(run, pieces, cross_check.cross(run.customer, _parts(pieces)))


def promises(
    session: Session, onboarding_id: int, person_id: int, kind: str, now: datetime
) -> tuple[Onboarding, list[tuple[Commitment, Item, str]]]:
    """(the onboarding, every promise kept from the items this person may see). Raises NotFound like `load`."""
    actor = actors.load_actor(session, person_id, now)
    run = visibility.load_onboarding(session, onboarding_id, actor)
    found = commitments.history(session, onboarding_id, kind)
    seen = visibility.visible_items(session, [item.id for _, item, _ in found], actor)
    return run, [row for row in found if row[1].id in seen]


def for_item(
    session: Session, found: item_context.ItemContext, sources: dict[str, SourceRecord], actor: evaluation.Actor
) -> Beside:
    """What an item's page shows of promises and of its package; one statement."""
    item, lane = found.item, found.policy.lane(found.item.lane)
    if item.onboarding_id is None or lane is None:
        return Beside()
    asked = {"onboarding": item.onboarding_id, "own": item.id, "viewer": actor.person_id}
    rows = session.execute(_BESIDE, asked).all()
    kept = [(row.Commitment, row.Item) for row in rows if row.Commitment is not None]
    held = commitments.still_active(kept, before=item.id)
    rests = {ref: Source(one.system, one.object, one.external_id, one.payload) for ref, one in sources.items()}
    made = checks_commitments.changes(lane, item.kind, found.revision.draft, rests, held, item.subject)
    pieces = _seen(session, rows, actor)
    lines = cross_check.cross(item.customer, _parts(newest(pieces)))
    against = [line for line in lines if not line.agrees and item.id in line.items]
    opens = bool(rows) and visibility.sees_onboarding(session, rows[0].Onboarding, actor)
    return Beside(made, against, frozenset(piece.item.id for piece in pieces), opens)


def newest(pieces: Sequence[Piece]) -> list[Piece]:
    """The newest of each kind and subject, documents first, in the order they are drafted."""
    held: dict[tuple[str, str], Piece] = {}
    for piece in pieces:
        held.setdefault((piece.item.kind, piece.item.subject), piece)
    place = {kind: number for number, kind in enumerate(vocabulary.DOCUMENTS)}
    return sorted(held.values(), key=lambda one: (place.get(one.item.kind, len(vocabulary.DOCUMENTS)), one.item.id))


def _seen(session: Session, rows: Sequence[Any], actor: evaluation.Actor) -> list[Piece]:
    pieces = {}
    for row in rows:
        gate = policy_versions.version(session, row.Item.policy_digest).gate(row.Item.lane, row.Item.gate)
        if visibility.sees_item(gate, actor, owner=row.Onboarding.owner_id, made=row.made):
            pieces[row.Item.id] = Piece(row.Item, row.Revision)
    return list(pieces.values())


def _parts(pieces: Sequence[Piece]) -> list[PackageDraft]:
    return [PackageDraft(one.item.id, one.item.kind, one.revision.title, one.revision.draft) for one in pieces]
