"""Releases: what is sent once an item is approved, and each attempt to send it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.core.destinations import DESTINATIONS, DestinationKind
from reviewqueue.db.tables.base import Base, Digest, Id, LeasedJob, Line, Long, Word, one_of, where

STATES = ("waiting", "sending", "released", "unknown", "failed", "given_up")


def release_key(item_id: int, digest: str) -> str:
    """What the receiver knows the release of that content by."""
    return f"release-{item_id}-{digest[:24]}"


class Release(LeasedJob):
    """The sending of one approved content, effectively once. `decision_id` is the approval that let it go: there is no
    release without one. A hold is not a state of it: holds are looked up again at the moment of release.

    `next_at` is when the worker looks at it next; `alarmed_at` when an exception was opened because nobody reported
    that it was sent, which happens once. `send_at` is when it goes out at the earliest, where its gate lets it wait,
    `send_zone` the time zone whose business hours that moment was chosen by ("" where none was); `undone_at` when a
    person undid its approval before it went out. `message_id` is the Message-ID of its e-mail, and `in_reply_to` that
    of the earlier one which it answers; `meeting`, `meeting_uid` and `meeting_number` say of the invitation in it which
    meeting of its onboarding it is ("" for none), its UID in calendars, and the how many-th change of it this is. All
    of these are chosen when it is taken for the first time, and stay.
    """

    __tablename__ = "releases"
    __table_args__ = (
        UniqueConstraint("item_id", "digest"),
        one_of("state", *STATES),
        one_of("kind", *DESTINATIONS),
        CheckConstraint("(state IN ('released', 'given_up')) = (done_at IS NOT NULL)", name="ends_when"),
        Index(None, "state", "next_at", "id"),
        Index("ix_releases_message_id", "message_id", **where("message_id <> ''")),
    )
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    digest: Mapped[Digest]
    destination: Mapped[Word]
    kind: Mapped[Word]
    opened_at: Mapped[datetime]
    alarmed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[Line] = mapped_column(default="")
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    send_at: Mapped[datetime | None]
    send_zone: Mapped[Word] = mapped_column(default="", server_default="")
    undone_at: Mapped[datetime | None]
    message_id: Mapped[Long] = mapped_column(default="", server_default="")
    in_reply_to: Mapped[Long] = mapped_column(default="", server_default="")
    meeting: Mapped[Word] = mapped_column(default="", server_default="")
    meeting_uid: Mapped[Word] = mapped_column(default="", server_default="")
    meeting_number: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def can(self) -> DestinationKind:
        """What can be done with the kind of destination it goes to."""
        return DESTINATIONS[self.kind]

    @property
    def key(self) -> str:
        """What the receiver knows it by, the same in every attempt."""
        return release_key(self.item_id, self.digest)


class ReleaseAttempt(Base):
    """One attempt to send, or a report of one: who, the outcome, and the outcome in words. `digest` is that of what was
    really sent, where somebody reported it. Append-only in the database."""

    __tablename__ = "release_attempts"
    __table_args__ = (one_of("outcome", "released", "later", "failed", "unknown", "differs"),)
    id: Mapped[Id]
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[Line]
    outcome: Mapped[Word]
    digest: Mapped[Line] = mapped_column(default="")
    code: Mapped[int | None]
    says: Mapped[Long]
    milliseconds: Mapped[int] = mapped_column(default=0)


class SendStop(Base):
    """A stop of all that goes out, to one destination or ("") to any: since when, by whom (the log's actor) and why;
    and when it ended."""

    __tablename__ = "send_stops"
    id: Mapped[Id]
    destination: Mapped[Word]
    at: Mapped[datetime]
    by: Mapped[Line]
    why: Mapped[Long]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_by: Mapped[Line] = mapped_column(default="")
