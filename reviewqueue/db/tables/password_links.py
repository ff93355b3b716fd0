"""The links at which people choose their password, and the e-mails about their accounts."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, LeasedJob, Line, Long, Word, one_of


class PasswordLink(Base):
    """A link at which one person chooses their password, once, until `expires_at`. Only the SHA-256 of its token is
    kept; there is none until the e-mail with it is handed to the mail server. `made_by` is the log's actor, `ended_at`
    when it was revoked or another one took its place."""

    __tablename__ = "password_links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("purpose", "invitation", "reset"),
        Index(None, "person_id", "id"),
    )
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    purpose: Mapped[Word]
    token_hash: Mapped[Digest | None]
    made_by: Mapped[Line]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class AccountMail(LeasedJob):
    """One e-mail about an account, to `address`. One of kind `reset` is what somebody typed who asks for a link: the
    worker looks up whose it is, and deletes it where it is nobody's. It never has a token in it; `says` as for other
    e-mails to people."""

    way: ClassVar[str] = "account"  # where a NotificationMail says how it tells
    __tablename__ = "account_mails"
    __table_args__ = (
        UniqueConstraint("key"),
        one_of("state", "waiting", "sending", "sent", "skipped", "failed", "unknown"),
        one_of("kind", "invitation", "reset", "password_changed", "email_changed"),
        Index(None, "state", "next_at", "id"),
        Index(None, "person_id", "id"),
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("password_links.id"), index=True)
    kind: Mapped[Word]
    key: Mapped[Word]
    address: Mapped[Line]
    says: Mapped[Long]
    created_at: Mapped[datetime]
