"""Promises in approved drafts, source changes under items, and corrections of source records."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Id, Line, Long, Word, one_of

KINDS = ("date", "scope", "price", "discount", "term", "integration", "sla", "owner")


class Commitment(Base):
    """A promise in a draft that a person approved: in its words, and as a value that can be compared. The newest of a
    kind and key holds; `dropped` says that it holds no more. Append-only in the database."""

    __tablename__ = "commitments"
    __table_args__ = (one_of("kind", *KINDS), Index(None, "onboarding_id", "kind", "key", "id"), Index(None, "item_id"))
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    kind: Mapped[Word]
    key: Mapped[Line]
    says: Mapped[Long]
    value: Mapped[Line]
    at: Mapped[Long]
    dropped: Mapped[bool] = mapped_column(default=False)
    approved_at: Mapped[datetime]
    approved_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class SourceChangeRow(Base):
    """A source change: a statement of an item rests on a field that a newer snapshot changed. It waits until a person
    acknowledges it (`looked_at`, and `looked_by_id` for who looked last), or a new revision rests on the newer
    snapshot."""

    __tablename__ = "source_moves"
    __table_args__ = (Index(None, "item_id", "id"), Index(None, "now_record_id"))
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    ref: Mapped[Line]
    path: Mapped[Long]
    was_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    now_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    looked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class SourceLook(Base):
    """A person's look at one source change, with their reason. Append-only in the database: whether a source change is
    settled follows from these."""

    __tablename__ = "source_looks"
    __table_args__ = (Index(None, "item_id", "id"),)
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    move_id: Mapped[int] = mapped_column(ForeignKey("source_moves.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    reason_code: Mapped[Word]
    text: Mapped[Long] = mapped_column(default="")
    at: Mapped[datetime]


class Correction(Base):
    """Somebody says that a source record is wrong: the field, what it says, what it should say. The record's owner
    accepts or refuses it."""

    __tablename__ = "corrections"
    __table_args__ = (
        one_of("state", "open", "accepted", "refused"),
        Index(None, "state", "id"),
        Index(None, "item_id"),
        Index(None, "source_record_id"),
    )
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    source_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"))
    path: Mapped[Long]
    was: Mapped[Long]
    proposed: Mapped[Long]
    owner_role: Mapped[Word]
    state: Mapped[Word] = mapped_column(default="open")
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answer: Mapped[Long] = mapped_column(default="")
