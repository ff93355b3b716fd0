"""The draft package of an onboarding: its drafts side by side, cross-checked, and compared with what was promised.

Reads only. A draft that a person may not see is left out, of the cross-checks as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import tellable
from reviewqueue.evidence import commitments
from reviewqueue.evidence.promises.compare import PromiseChange
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context, sales_questions
from reviewqueue.onboarding import packet_gaps, sales_answers
from reviewqueue.onboarding.packet_gaps import QuestionStanding
from reviewqueue.people import actors, visibility
from reviewqueue.policy import evaluation, policy_versions

SHOWN_STATES = (*vocabulary.OPEN, *vocabulary.APPROVED)
_DRAFTS = (
    select(Item, Revision, Onboarding, visibility.MADE_BY_VIEWER.label("made"))
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .join(Onboarding, Onboarding.id == Item.onboarding_id)
    .where(Item.onboarding_id == bindparam("onboarding"), Item.state.in_(SHOWN_STATES))
    .order_by(Item.id.desc())
)
# The same with what each item's approval promised: an item's page has no query to spare.
_DRAFTS_AND_PROMISES = (
    _DRAFTS.add_columns(Commitment, packet_gaps.DRAFTING.label("drafting"), sales_answers.ANSWERS.label("answers"))
    .add_columns(sales_questions.HANDED.label("handed"))
    .outerjoin(Commitment, (Commitment.revision_id == Revision.id) & commitments.holds())
    .where(tellable() | (Item.id == bindparam("own")))
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

    onboarding: Onboarding
    pieces: Sequence[Piece]
    lines: Sequence[CrossCheck]


@dataclass(frozen=True)
class PackageSummary:
    """What an item's page shows beside it: how its promises differ from those that hold, which cross-checks it fails,
    the items of its onboarding that this person may see, whether they may see the onboarding itself, and how far the
    question to sales about it is."""

    changes: Sequence[PromiseChange] = ()
    failed_checks: Sequence[CrossCheck] = ()
    visible_ids: frozenset[int] = frozenset()
    onboarding: bool = False
    question: QuestionStanding = field(default_factory=QuestionStanding)


def load(session: Session, onboarding_id: int, person_id: int, now: datetime) -> Package:
    """The package of an onboarding. Raises NotFound when there is none, or this person may not see it."""
    actor = actors.load_actor(session, person_id, now)
    onboarding = visibility.load_onboarding(session, onboarding_id, actor)
    rows = session.execute(_DRAFTS.where(tellable()), {"onboarding": onboarding_id, "viewer": person_id}).all()
    pieces = newest_pieces(_visible_pieces(session, rows, actor))
    return Package(onboarding, pieces, cross_check.compare_drafts(onboarding.customer, _package_drafts(pieces)))


def promises(
    session: Session, onboarding_id: int, person_id: int, kind: str, now: datetime
) -> tuple[Onboarding, list[tuple[Commitment, Item, str]]]:
    """(the onboarding, every promise kept from the items this person may see). Raises NotFound like `load`."""
    actor = actors.load_actor(session, person_id, now)
    onboarding = visibility.load_onboarding(session, onboarding_id, actor)
    found = commitments.history(session, onboarding_id, kind)
    seen = visibility.visible_items(session, [item.id for _, item, _ in found], actor)
    return onboarding, [row for row in found if row[1].id in seen]


def for_item(
    session: Session, context: item_context.ItemContext, sources: dict[str, Source], actor: evaluation.Actor
) -> PackageSummary:
    """What an item's page shows of promises and of its package; one statement."""
    item, lane = context.item, context.policy.lane(context.item.lane)
    if item.onboarding_id is None or lane is None:
        return PackageSummary()
    asked = {"onboarding": item.onboarding_id, "own": item.id, "viewer": actor.person_id}
    rows = session.execute(_DRAFTS_AND_PROMISES, asked).all()
    commitment_rows = [(row.Commitment, row.Item) for row in rows if row.Commitment is not None]
    active = commitments.still_active(commitment_rows, before=item.id)
    changes = checks_commitments.changes(lane, item.kind, context.revision.draft, sources, active, item.subject)
    pieces = _visible_pieces(session, rows, actor)
    lines = cross_check.compare_drafts(item.customer, _package_drafts(newest_pieces(pieces)))
    failed = [line for line in lines if not line.agrees and item.id in line.items]
    active_policy = policy_versions.version(session, context.in_force)
    opens = bool(rows) and visibility.sees_onboarding(active_policy, rows[0].Onboarding, actor)
    seen = frozenset(piece.item.id for piece in pieces)
    return PackageSummary(changes, failed, seen, opens, _question(rows))


def _question(rows: Sequence[Any]) -> QuestionStanding:
    asked = next((row for row in rows if row.Item.kind == sales_questions.KIND), None)
    drafting, answers = (rows[0].drafting, rows[0].answers or "") if rows else (False, "")
    if asked is None:
        return QuestionStanding(drafting=drafting, answers=answers)
    return QuestionStanding(asked.Item, asked.Revision.draft, drafting, answers, asked.handed or "")


def newest_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """The newest of each kind and subject, documents first, in the order they are drafted."""
    newest_by_subject: dict[tuple[str, str], Piece] = {}
    for piece in pieces:
        newest_by_subject.setdefault((piece.item.kind, piece.item.subject), piece)
    place = {kind: number for number, kind in enumerate(vocabulary.DOCUMENTS)}
    return sorted(
        newest_by_subject.values(), key=lambda one: (place.get(one.item.kind, len(vocabulary.DOCUMENTS)), one.item.id)
    )


def _visible_pieces(session: Session, rows: Sequence[Any], actor: evaluation.Actor) -> list[Piece]:
    pieces = {}
    for row in rows:
        gate = policy_versions.version(session, row.Item.policy_digest).gate(row.Item.lane, row.Item.gate)
        if visibility.sees_item(gate, actor, owner=row.Onboarding.owner_id, made=row.made):
            pieces[row.Item.id] = Piece(row.Item, row.Revision)
    return list(pieces.values())


def _package_drafts(pieces: Sequence[Piece]) -> list[PackageDraft]:
    return [PackageDraft(one.item.id, one.item.kind, one.revision.title, one.revision.draft) for one in pieces]
