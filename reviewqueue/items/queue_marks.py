"""What the lines of a queue say beside their state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import DealChange


@dataclass(frozen=True)
class QueueMarks:
    """The onboardings whose deal changed and nobody has said what holds; the items that hold an approved one."""

    deal_changed: frozenset[int] = frozenset()
    holding: frozenset[int] = frozenset()


def load(session: Session, items: Collection[Item]) -> QueueMarks:
    """The marks of these items, in one statement."""
    open_items = [item for item in items if item.settled_at is None]
    runs = {item.onboarding_id for item in items if item.onboarding_id is not None}
    if not runs:
        return QueueMarks()
    deals = select(literal("deal").label("mark"), DealChange.onboarding_id.label("of")).where(
        DealChange.settled_at.is_(None), DealChange.onboarding_id.in_(runs)
    )
    held = select(literal("holds"), Item.superseded_by_id).where(
        Item.onboarding_id.in_(runs), Item.state == "approved",
        Item.superseded_by_id.in_([item.id for item in open_items]),
    )  # fmt: skip
    found = session.execute(deals.union_all(held)).all()
    return QueueMarks(*(frozenset(row.of for row in found if row.mark == mark) for mark in ("deal", "holds")))
