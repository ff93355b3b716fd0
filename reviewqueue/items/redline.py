"""Redline: the earlier texts an item's draft is compared with: its previous revision, the one last approved, and the
message this customer last received. Reads only; leaves out what a person may not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import NotFound
from reviewqueue.core.vocabulary import APPROVED, LETS_THROUGH, TO_CUSTOMERS
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.items import item_context, item_page
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy import evaluation

# At most so many earlier items are searched for one that this person may see.
MAX_SEARCHED = 20


@dataclass(frozen=True)
class ComparisonRevision:
    """A text to compare the current draft with: its item and revision, and the decision that approved it, if any."""

    item: Item
    revision: Revision
    approved: Decision | None
    automation: str
    names: dict[int, str]


def bases(
    session: Session, context: ItemContext, actor: evaluation.Actor, now: datetime
) -> dict[str, ComparisonRevision | None]:
    """What this item's draft can be compared with, for this person: `revision`, `approved` and, for a message of an
    onboarding, `received`. None where there is no such text, or none that they may see."""
    item = context.item
    known: dict[str, ComparisonRevision | None] = {
        "revision": _previous_revision(session, context),
        "approved": _approved_before(session, context),
    }
    if known["approved"] is None and item.onboarding_id is not None:
        same = _earlier_approved(item).where(Item.kind == item.kind, Item.subject == item.subject)
        known["approved"] = next(_visible_bases(session, same, actor, now), None)
    if item.kind in TO_CUSTOMERS and item.onboarding_id is not None:
        known["received"] = next(
            _visible_bases(session, _earlier_approved(item).where(Item.kind.in_(TO_CUSTOMERS)), actor, now), None
        )
    return known


def _previous_revision(session: Session, context: ItemContext) -> ComparisonRevision | None:
    """The revision before the current one."""
    older = [one for one in context.revisions if one.number < context.revision.number]
    return _base(session, context, older[-1]) if older else None


def _approved_before(session: Session, context: ItemContext) -> ComparisonRevision | None:
    """The last revision before the current one that somebody approved."""
    approved_ids = {made.revision_id for made in context.decisions if made.action in LETS_THROUGH}
    older = [one for one in context.revisions if one.number < context.revision.number and one.id in approved_ids]
    return _base(session, context, older[-1]) if older else None


def _earlier_approved(item: Item) -> Select[Any]:
    """Items of the same onboarding approved before this one was settled, the latest first."""
    query = select(Item.id).where(
        Item.onboarding_id == item.onboarding_id, Item.state.in_(APPROVED), Item.id != item.id
    )
    if item.settled_at is not None:
        query = query.where(Item.settled_at <= item.settled_at)
    return query.order_by(Item.settled_at.desc(), Item.id.desc()).limit(MAX_SEARCHED)


def _visible_bases(
    session: Session, query: Select[Any], actor: evaluation.Actor, now: datetime
) -> Iterator[ComparisonRevision]:
    """Those of them that this person may see."""
    for item_id in session.scalars(query).all():
        try:
            context = item_context.load_visible(session, item_id, actor, now)
        except NotFound:
            continue
        yield _base(session, context, context.revision)


def _base(session: Session, context: ItemContext, revision: Revision) -> ComparisonRevision:
    approvals = [made for made in context.decisions if made.revision_id == revision.id and made.action in LETS_THROUGH]
    return ComparisonRevision(
        context.item,
        revision,
        approvals[-1] if approvals else None,
        context.automation,
        item_page.names_of(session, context),
    )
