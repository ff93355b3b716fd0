"""What people are told of, the e-mails that tell it, and how each person wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.db.tables.base import Base, Id, Json, LeasedJob, Line, Long, Word, one_of, where


class Notification(Base):
    """One thing that one person was told of, about an item, an exception, an onboarding, a QA sample or a `stop`
    (`people/notifications.py:About`). `due_at` is the due time that it is about; `mail_id` the e-mail that tells it as
    well, where the person wants one."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("kind", *KINDS),
        Index(None, "person_id", "id"),
        Index("ix_notifications_unread", "person_id", **where("read_at IS NULL")),
    )
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[Word]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("exceptions.id"), index=True)
    onboarding_id: Mapped[int | None] = mapped_column(ForeignKey("onboardings.id"))
    sample_id: Mapped[int | None] = mapped_column(ForeignKey("qa_samples.id"))
    stop: Mapped[Line] = mapped_column(default="", server_default="")
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("notification_mails.id"), index=True)


class NotificationMail(LeasedJob):
    """One e-mail to one person that tells everything gathered for it until it is taken, or one message to their chat.
    Address, subject and body are written down when it is first taken and never change: a repeat is the same message.
    `way` is "now", "digest" or "chat", whose `address` names the webhook's host; `says` what came of the last attempt,
    or why it was not sent."""

    __tablename__ = "notification_mails"
    __table_args__ = (
        UniqueConstraint("key"),
        one_of("state", "waiting", "sending", "sent", "skipped", "failed", "unknown"),
        one_of("way", "now", "digest", "chat"),
        Index(None, "state", "next_at", "id"),
        Index(None, "person_id", "id"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    way: Mapped[Word]
    key: Mapped[Word]
    address: Mapped[Line]
    subject: Mapped[Line]
    body: Mapped[Long]
    says: Mapped[Long]
    created_at: Mapped[datetime]


class NotificationSettings(Base):
    """How a person wants to be told: `ways` by kind, their time zone, their working days (0 is Monday), and the hours
    in which nothing is mailed to them ("" for none). Without a row the usual ways hold, and the office's calendar."""

    __tablename__ = "notification_settings"
    __table_args__ = (UniqueConstraint("person_id"),)
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    ways: Mapped[Any] = mapped_column(Json)
    timezone: Mapped[Word]
    weekdays: Mapped[Word]
    quiet_from: Mapped[Word]
    quiet_until: Mapped[Word]
