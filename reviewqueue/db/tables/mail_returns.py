"""What comes back to the mails that went out: the suppression list, the mail provider's reports, and replies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Line, Long, Word, one_of, where

SUPPRESSED_FOR = ("bounce", "complaint", "unsubscribe", "person")


class Suppression(Base):
    """An address that gets no mail: what for, why in words, since when and by whom (the log's actor); and when a person
    took it off again. `item_id` is the item whose mail came back, where it is known."""

    __tablename__ = "suppressions"
    __table_args__ = (
        one_of("kind", *SUPPRESSED_FOR),
        Index("uq_suppressions_address", "address", unique=True, **where("ended_at IS NULL")),
    )
    id: Mapped[Id]
    address: Mapped[Line]
    kind: Mapped[Word]
    why: Mapped[Long]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[Line]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[Line] = mapped_column(default="")


class MailEventRow(Base):
    """One event that the mail provider reported, kept once by the provider's own id of it. `release_id` is the release
    whose mail it is about, where it names one of ours."""

    __tablename__ = "mail_events"
    __table_args__ = (one_of("kind", "bounce", "blocked", "complaint", "unsubscribe"),)
    id: Mapped[Id]
    event_id: Mapped[Line] = mapped_column(unique=True)
    kind: Mapped[Word]
    address: Mapped[Line]
    says: Mapped[Long]
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"), index=True)
    at: Mapped[datetime]


class MailReport(Base):
    """A signed post of the mail provider that was taken: the digest of what was signed, so that it is taken
    once. Kept while its moment is young enough to be taken at all."""

    __tablename__ = "mail_reports"
    id: Mapped[Id]
    digest: Mapped[Digest] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Reply(Base):
    """An e-mail of a customer that somebody forwarded in: its record, the onboarding it belongs to, and the release
    whose mail it answers, where it names one of ours."""

    __tablename__ = "replies"
    __table_args__ = (UniqueConstraint("onboarding_id", "message_id"),)
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    source_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"), index=True)
    message_id: Mapped[Long]
    at: Mapped[datetime]
