"""The incoming webhooks by which people are told in their chat, sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Id, Line, Long


class ChatWebhook(Base):
    """A person's incoming webhook: its address, sealed with a key that the database does not have (`core/sealed.py`),
    its `host`, and since when it is there."""

    __tablename__ = "chat_webhooks"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    sealed: Mapped[Long]
    host: Mapped[Line]
    at: Mapped[datetime]
