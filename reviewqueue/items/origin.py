"""Where a draft comes from: the rejection after which it was written, the approved document of which it is a newer
version, whether its onboarding has an approved packet to draft from (columns of the statement that reads an item), and
our template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.core.vocabulary import APPROVED, DOCUMENTS, PACKET
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.seeded_defects import SeededDefect

_PACKET, _REJECTED, _OLDER = aliased(Item), aliased(Item), aliased(Item)


@dataclass(frozen=True)
class Origin:
    """The rejected item after which an item was drafted (0 for none), whether its onboarding has an approved handoff
    packet, for a document the last one of its kind that was approved before (0 for none), and whether one of our
    templates wrote it."""

    rejected_id: int = 0
    has_packet: bool = False
    newer_than: int = 0
    from_template: bool = False


def columns() -> list[ColumnElement[Any]]:
    """The columns that `of` reads, of a statement about items."""
    followed = _REJECTED.onboarding_id == Item.onboarding_id, _REJECTED.superseded_by_id == Item.id
    rejected = select(func.max(_REJECTED.id)).where(*followed, _REJECTED.state == literal_column("'rejected'"))
    approved = _PACKET.state.in_(_literals(APPROVED))
    packet = exists().where(
        *(_PACKET.onboarding_id == Item.onboarding_id, _PACKET.kind == literal_column(f"'{PACKET}'"), approved)
    )
    same = _OLDER.onboarding_id == Item.onboarding_id, _OLDER.kind == Item.kind, _OLDER.id < Item.id
    older = select(func.max(_OLDER.id)).where(*same, _OLDER.state.in_(_literals(APPROVED)))
    return [
        rejected.correlate(Item).scalar_subquery().label("after_rejected"),
        packet.correlate(Item).label("has_packet"),
        _jobs().correlate(Item).exists().label("from_template"),
        older.where(Item.kind.in_(_literals(DOCUMENTS))).correlate(Item).scalar_subquery().label("newer_than"),
    ]


def _literals(words: Iterable[str]) -> list[ColumnElement[Any]]:
    return [literal_column(f"'{word}'") for word in words]


def of(row: Any) -> Origin:
    """The origin that a row of such a statement tells."""
    return Origin(row.after_rejected or 0, bool(row.has_packet), row.newer_than or 0, bool(row.from_template))


def _jobs() -> Select[int]:
    """The draft jobs that wrote an item. A seeded defect has those of the draft that it copies, so that nobody tells it
    by what may follow it."""
    copied = select(SeededDefect.from_item_id).where(SeededDefect.item_id == Item.id).correlate(Item).scalar_subquery()
    wrote = or_(DraftJob.item_id == Item.id, DraftJob.item_id == copied)
    return select(DraftJob.id).where(DraftJob.onboarding_id == Item.onboarding_id, wrote)


def template_of(session: Session, item: Item) -> str:
    """The key of our template that an item was drafted from, "" for none."""
    mine = _jobs().join(Item, Item.id == item.id).with_only_columns(func.min(DraftJob.template))
    return session.scalar(mine) or ""
