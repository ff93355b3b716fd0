"""Items, their revisions with claims and checks, and the decisions on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.core.vocabulary import ACTS, SETTLED
from reviewqueue.db.tables.base import Base, Digest, Id, Json, Line, Long, Word, among, check_visible, one_of, where

STATES = ("pending", "sent_back", "escalated", *SETTLED)
_OPEN = where("settled_at IS NULL")
_TICKING = where("settled_at IS NULL AND paused_at IS NULL AND overdue_at IS NULL")
_PAUSED = where("settled_at IS NULL AND paused_at IS NOT NULL")
_MOVED = where("moved_at IS NOT NULL")


class Item(Base):
    """One draft waiting at one gate. The row says where it stands; what it says is in its revisions.

    `assignee_id` is the named person it waits for, if there is one. While it is paused its clock is paused;
    `overdue_at` says when the clock acted on its being late, which it does once for each due time; `moved_at` when a
    source record changed under it, while nobody has acknowledged that change; `purpose` is what its automation says it
    is for: the key of the template whose place it takes; `told_due_at` the due time of which people were told that it
    comes soon.
    """

    __tablename__ = "items"
    __table_args__ = (
        one_of("state", *STATES),
        check_visible("title", 1),
        Index("ix_items_desk", "state", "lane", "gate", "due_at", "id"),
        Index("ix_items_kind", "state", "lane", "gate", "kind", "due_at", "id", **_OPEN),
        Index("ix_items_customer", "state", "lane", "gate", "customer_key", "due_at", "id", **_OPEN),
        Index("ix_items_settled", "state", "lane", "gate", "settled_at", "id", "kind", "customer_key"),
        Index("ix_items_subject", "onboarding_id", "kind", "subject", "state"),
        Index("ix_items_automation", "automation_id", "id"),
        Index("ix_items_clock", "due_at", "id", **_TICKING),
        Index("ix_items_expiry", "expires_at", "id", **_OPEN),
        Index("ix_items_assignee", "assignee_id", "due_at", "id", **_OPEN),
        Index("ix_items_lease", "lease_holder_id", "lease_until", **_OPEN),
        Index("ix_items_paused", "paused_at", "id", **_PAUSED),
        Index("ix_items_moved", "moved_at", "id", **_MOVED),
        one_of("pause", "", "waiting_for_customer", "waiting_for_sales"),
    )
    id: Mapped[Id]
    lane: Mapped[Word]
    gate: Mapped[Word]
    kind: Mapped[Word]
    subject: Mapped[Line] = mapped_column(default="")
    title: Mapped[Line]
    onboarding_id: Mapped[int | None] = mapped_column(ForeignKey("onboardings.id"))
    customer: Mapped[Line]
    customer_key: Mapped[Line]
    automation_id: Mapped[int] = mapped_column(ForeignKey("automations.id"))
    callback_url: Mapped[str] = mapped_column(String(2048), default="")
    state: Mapped[Word]
    why: Mapped[Long] = mapped_column(default="")
    policy_digest: Mapped[Digest]
    revision_number: Mapped[int] = mapped_column(default=1)
    fails: Mapped[int] = mapped_column(default=0)
    warns: Mapped[int] = mapped_column(default=0)
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    lease_holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    lease_until: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    pause: Mapped[Word] = mapped_column(default="", server_default="")
    paused_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    purpose: Mapped[Word] = mapped_column(default="", server_default="")
    told_due_at: Mapped[datetime | None]


class Revision(Base):
    """Immutable content of an item, with its author and its digests. Append-only in the database."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        CheckConstraint("(author_person_id IS NULL) <> (author_automation_id IS NULL)", name="one_author"),
    )
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    title: Mapped[Line]
    draft: Mapped[Any] = mapped_column(Json)
    digest: Mapped[Digest]
    evidence_digest: Mapped[Digest]
    confidence: Mapped[Word] = mapped_column(default="")
    based_on: Mapped[str] = mapped_column(default="")
    author_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    author_automation_id: Mapped[int | None] = mapped_column(ForeignKey("automations.id"))
    made_at: Mapped[datetime]


class RevisionSource(Base):
    """Which source record a revision calls by which `ref`. Append-only in the database."""

    __tablename__ = "revision_sources"
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    ref: Mapped[Line] = mapped_column(primary_key=True)
    source_record_id: Mapped[int] = mapped_column(ForeignKey("source_records.id"), index=True)


class Claim(Base):
    """A statement of a revision and the source field it rests on. Append-only in the database."""

    __tablename__ = "claims"
    id: Mapped[Id]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    at: Mapped[Long]
    quote: Mapped[Long]
    ref: Mapped[Line]
    path: Mapped[Long]


class Check(Base):
    """The result of one check on one revision, of a model where `model` names one. Append-only in the database."""

    __tablename__ = "checks"
    __table_args__ = (one_of("outcome", "pass", "warn", "fail"),)
    id: Mapped[Id]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"), index=True)
    key: Mapped[Line]
    version: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[Word]
    blocking: Mapped[bool]
    confidence: Mapped[str | None]
    message: Mapped[Long]
    at: Mapped[Long] = mapped_column(default="")
    origin: Mapped[Line] = mapped_column(default="")
    model: Mapped[Line] = mapped_column(default="", server_default="")


class Decision(Base):
    """A person's recorded act on one revision. Append-only in the database, and never without a reason."""

    __tablename__ = "decisions"
    __table_args__ = (
        one_of("action", *ACTS),
        check_visible("reason_code", 1),
        check_visible("text", 10, when=among("action", *(act.key for act in ACTS.values() if not act.needs_text))),
        CheckConstraint("(action = 'override') = (passes <> '[]')", name="override_names_checks"),
        Index(None, "item_id", "id"),
        Index(None, "person_id", "id"),
    )
    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    action: Mapped[Word]
    reason_code: Mapped[Word]
    text: Mapped[Long] = mapped_column(default="")
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Word]
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    revision_digest: Mapped[Digest]
    evidence_digest: Mapped[Digest]
    policy_digest: Mapped[Digest]
    passes: Mapped[Any] = mapped_column(Json)
    expires_at: Mapped[datetime | None]
    choice: Mapped[Line] = mapped_column(default="")
    exempt: Mapped[Word] = mapped_column(default="")
    # What had changed under the revision when it was decided: `source_changes.evidence_version` behind the digest.
    changes_seen: Mapped[Word] = mapped_column(default="", server_default="")
    # Of the topics that a check only warned of, those that it does not speak of, as whoever approved it said.
    topics_denied: Mapped[Any] = mapped_column(Json, default=list, server_default="[]")
