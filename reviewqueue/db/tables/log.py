"""The override log: entries, the texts they seal, and the head of the Merkle tree over them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, BigInt, Digest, Line, Long, Word


class LogEntry(Base):
    """One entry. `body` is its canonical JSON and all that is hashed; the other columns repeat it for filters."""

    __tablename__ = "log_entries"
    __table_args__ = (
        Index(None, "item_id", "position"),
        Index(None, "actor", "position"),
        Index(None, "act", "position"),
        Index(None, "lane", "position"),
        Index(None, "at"),
    )
    position: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[Word]
    act: Mapped[Word]
    lane: Mapped[Word] = mapped_column(default="")
    item_id: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    body: Mapped[Long]
    leaf: Mapped[Digest]


class LogText(Base):
    """A person's words in an entry. The entry holds SHA-256(salt ‖ text), so the text alone can be erased later."""

    __tablename__ = "log_texts"
    position: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    name: Mapped[Line] = mapped_column(primary_key=True)
    salt: Mapped[Word]
    text: Mapped[Long]


class LogHead(Base):
    """The one row that says how long the log is and which subtree roots it has."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInt)
    peaks: Mapped[Long]
    last: Mapped[Digest]
