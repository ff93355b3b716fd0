"""Seeded defects: known-bad drafts, each sealed before it becomes an item, and whether a person caught it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, exists, or_
from sqlalchemy.orm import Mapped, aliased, mapped_column

from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.tables.base import Base, BigInt, Digest, Id, Line, Long, Word, where
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.milestones import DraftJob

_OPEN = where("revealed_at IS NULL")


class SeededDefect(Base):
    """One seeded defect: a copy of the draft of `from_item_id` in which `was` at the pointer `at` became `became`.

    It is sealed first (`position` is its entry in the log), becomes an item after `turn` real ones at its gate, and is
    revealed by the first decision on that item; `caught` stays null where nobody decided it. The database refuses to
    change what was sealed, to reveal twice, to delete, and to let its item out (`db/seeded_defect_triggers.py`).
    """

    __tablename__ = "plants"
    __table_args__ = (
        UniqueConstraint("item_id"),
        UniqueConstraint("seal"),
        CheckConstraint("decision_id IS NULL OR revealed_at IS NOT NULL", name="decided_is_revealed"),
        CheckConstraint("(caught IS NULL) = (decision_id IS NULL)", name="judged_by_decision"),
        CheckConstraint("(item_id IS NULL) = (planted_at IS NULL)", name="planted_when"),
        Index("ix_plants_open", "lane", "gate", unique=True, **_OPEN),
        Index(None, "gate", "revealed_at", "id"),
    )
    id: Mapped[Id]
    lane: Mapped[Word]
    gate: Mapped[Word]
    kind: Mapped[Word]
    fault: Mapped[Word]
    says: Mapped[Long]
    at: Mapped[Long]
    was: Mapped[Long]
    became: Mapped[Long]
    from_item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_digest: Mapped[Digest]
    salt: Mapped[Word]
    seal: Mapped[Digest]
    position: Mapped[int] = mapped_column(BigInt)
    turn: Mapped[int]
    sealed_at: Mapped[datetime]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    planted_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    caught: Mapped[bool | None]
    note: Mapped[Line] = mapped_column(default="", server_default="")


def not_seeded() -> ColumnElement[bool]:
    """The condition on `items` that leaves seeded defects out: for all that counts or builds on what people do."""
    return ~exists().where(SeededDefect.item_id == Item.id).correlate(Item)


def not_revealed() -> ColumnElement[bool]:
    """The condition on `items` that leaves out revealed seeded defects alone: for what lists all that waits, where one
    that is missing would be told by that."""
    revealed = SeededDefect.item_id == Item.id, SeededDefect.revealed_at.is_not(None)
    return ~exists().where(*revealed).correlate(Item)


def tellable() -> ColumnElement[bool]:
    """The condition on `items` that leaves out seeded defects and, where there were any at the gate, every true draft
    that nobody could tell from one: undecided, of another's automation, of the same onboarding, kind and subject as an
    approved one, and holding nothing up. For all that shows how far an onboarding is: comparing it with the queue then
    tells nobody which draft is seeded."""
    earlier = aliased(Item)
    same = (earlier.onboarding_id == Item.onboarding_id, earlier.kind == Item.kind, earlier.subject == Item.subject)
    approved = exists().where(*same, earlier.state.in_(APPROVED), earlier.id < Item.id)
    holds = exists().where(*same, earlier.superseded_by_id == Item.id, earlier.state.in_(APPROVED))
    seeded_here = exists().where(SeededDefect.lane == Item.lane, SeededDefect.gate == Item.gate)
    ours = exists().where(DraftJob.onboarding_id == Item.onboarding_id, DraftJob.item_id == Item.id)
    decided = exists().where(Decision.item_id == Item.id)
    here, like, holding, by_us, judged = (one.correlate(Item) for one in (seeded_here, approved, holds, ours, decided))
    return not_seeded() & or_(Item.settled_at.is_not(None), ~here, ~like, holding, by_us, judged)
