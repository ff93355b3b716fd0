"""Credentials of destinations, sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Id, Line, Long, Word


class Credential(Base):
    """The secret by which a destination is written to, sealed with a key that the database does not have
    (`core/sealed.py`); when it was entered, and by whom (the log's actor)."""

    __tablename__ = "credentials"
    id: Mapped[Id]
    destination: Mapped[Word] = mapped_column(unique=True)
    sealed: Mapped[Long]
    at: Mapped[datetime]
    by: Mapped[Line]
