"""Exceptions: what blocks an onboarding, who owns it, when it is due, the items it is about, and the notes on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Line, Long, Word, one_of, where

_OPEN = where("resolved_at IS NULL")


class ExceptionCase(Base):
    """One routed problem. `owner_id` is the named person it is with now; `step` counts how often it was escalated.

    `respond_by` is when the first response is due, `due_at` the resolution; while it is paused both stand still.
    """

    __tablename__ = "exceptions"
    __table_args__ = (
        one_of("state", "open", "responded", "resolved"),
        one_of("pause", "", "waiting_for_customer", "waiting_for_sales"),
        Index("ix_exceptions_clock", "due_at", "id", **_OPEN),
        Index("ix_exceptions_owner", "owner_id", "due_at", "id", **_OPEN),
        Index("ix_exceptions_onboarding", "onboarding_id", "category", "state"),
        Index("ix_exceptions_state", "state", "due_at", "id"),
    )
    id: Mapped[Id]
    category: Mapped[Word]
    lane: Mapped[Word]
    onboarding_id: Mapped[int | None] = mapped_column(ForeignKey("onboardings.id"))
    customer: Mapped[Line]
    summary: Mapped[Line]
    state: Mapped[Word]
    blocking: Mapped[bool]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    owner_role: Mapped[Word]
    step: Mapped[int] = mapped_column(default=0)
    policy_digest: Mapped[Digest]
    opened_at: Mapped[datetime]
    opened_by: Mapped[Word]
    respond_by: Mapped[datetime]
    responded_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    overdue_at: Mapped[datetime | None]
    pause: Mapped[Word] = mapped_column(default="", server_default="")
    paused_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    outcome: Mapped[Word] = mapped_column(default="", server_default="")
    told_due_at: Mapped[datetime | None]


class ExceptionItem(Base):
    """An item that an exception is about. Append-only in the database."""

    __tablename__ = "exception_items"
    exception_id: Mapped[int] = mapped_column(ForeignKey("exceptions.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True, index=True)


class ExceptionNote(Base):
    """A note on an exception: what somebody wrote, or what the clock did. Append-only in the database."""

    __tablename__ = "exception_notes"
    __table_args__ = (
        one_of("kind", "opened", "first_response", "note", "moved", "paused", "resumed", "resolution"),
        Index(None, "exception_id", "id"),
    )
    id: Mapped[Id]
    exception_id: Mapped[int] = mapped_column(ForeignKey("exceptions.id"))
    at: Mapped[datetime]
    actor: Mapped[Word]
    kind: Mapped[Word]
    text: Mapped[Long]
