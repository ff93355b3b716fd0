"""Where a draft comes from: the rejection after which it was written, whether its onboarding has an approved packet to
draft from (columns of the statement that reads an item), and our template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.core.vocabulary import APPROVED, PACKET
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.seeded_defects import SeededDefect

_PACKET, _REJECTED = aliased(Item), aliased(Item)


@dataclass(frozen=True)
class Origin:
    """The rejected item after which an item was drafted (0 for none), and whether its onboarding has an approved
    handoff packet."""

    rejected_id: int = 0
    has_packet: bool = False


def columns() -> list[ColumnElement[Any]]:
    """The columns that `of` reads, of a statement about items."""
    followed = _REJECTED.onboarding_id == Item.onboarding_id, _REJECTED.superseded_by_id == Item.id
    rejected = select(func.max(_REJECTED.id)).where(*followed, _REJECTED.state == literal_column("'rejected'"))
    approved = _PACKET.state.in_([literal_column(f"'{state}'") for state in APPROVED])
    packet = exists().where(
        *(_PACKET.onboarding_id == Item.onboarding_id, _PACKET.kind == literal_column(f"'{PACKET}'"), approved)
    )
    return [
        rejected.correlate(Item).scalar_subquery().label("after_rejected"),
        packet.correlate(Item).label("has_packet"),
    ]


def of(row: Any) -> Origin:
    """The origin that a row of such a statement tells."""
    return Origin(row.after_rejected or 0, bool(row.has_packet))


def template_of(session: Session, item: Item) -> str:
    """The key of our template that an item was drafted from, "" for none. A seeded defect has that of the draft that
    it copies, so that nobody tells it by what may follow it."""
    copied = select(SeededDefect.from_item_id).where(SeededDefect.item_id == item.id).scalar_subquery()
    mine = DraftJob.onboarding_id == item.onboarding_id, or_(DraftJob.item_id == item.id, DraftJob.item_id == copied)
    return session.scalar(select(func.min(DraftJob.template)).where(*mine)) or ""
