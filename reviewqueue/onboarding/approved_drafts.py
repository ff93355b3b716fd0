"""The draft of a kind that was approved last in an onboarding. Reads only."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.tables.items import Item, Revision


def newest(session: Session, onboarding_id: int, kind: str) -> tuple[Item, Revision] | None:
    """The item of a kind that was approved last, with the revision that was."""
    query = (
        select(Item, Revision)
        .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
        .where(Item.onboarding_id == onboarding_id, Item.kind == kind, Item.state.in_(APPROVED))
        .order_by(Item.settled_at.desc(), Item.id.desc())
    )
    row = session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None
