"""Contradictions between the open drafts of one onboarding. The comparison itself is `checks.cross_check`."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.checks import cross_check
from reviewqueue.checks.cross_check import PackageDraft
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.seeded_defects import tellable

_OPEN = (
    select(Item.id, Item.kind, Revision.title, Revision.draft)
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .where(Item.onboarding_id == bindparam("onboarding"), Item.settled_at.is_(None))
    .where(tellable() | (Item.id == bindparam("own")))
    .order_by(Item.id)
)


def contradictions(session: Session, item: Item) -> str:
    """Where the other open drafts of an item's onboarding contradict it, in words; "" when they agree."""
    if item.onboarding_id is None or item.settled_at is not None:
        return ""
    rows = session.execute(_OPEN, {"onboarding": item.onboarding_id, "own": item.id}).all()
    parts = [PackageDraft(row.id, row.kind, row.title, row.draft) for row in rows]
    lines = [
        line for line in cross_check.compare_drafts(item.customer, parts) if not line.agrees and item.id in line.items
    ]
    return ", ".join(f"{line.what} ({' and '.join(f'#{one}' for one in sorted(line.items))})" for line in lines)
