"""The outbox of callbacks to automations, and each attempt to deliver one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Id, LeasedJob, Line, Long, Word, one_of


class Callback(LeasedJob):
    """One callback. `webhook_id`, `url` and `body` never change, so that a repeat is the same message."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("webhook_id"),
        one_of("state", "waiting", "sending", "delivered", "failed", "given_up"),
        Index(None, "state", "next_at", "id"),
        Index(None, "item_id", "id"),
    )
    webhook_id: Mapped[Word]
    type: Mapped[Word]
    automation_id: Mapped[int] = mapped_column(ForeignKey("automations.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    url: Mapped[str] = mapped_column(String(2048))
    body: Mapped[Long]
    created_at: Mapped[datetime]


class Attempt(Base):
    """One attempt to deliver a callback: what came back, in words. Append-only in the database."""

    __tablename__ = "attempts"
    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    at: Mapped[datetime]
    status: Mapped[int | None]
    says: Mapped[Line]
    milliseconds: Mapped[int]
