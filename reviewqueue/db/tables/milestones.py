"""Draft jobs, which are drafts that are due, and the milestones of approved plans."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Id, LeasedJob, Line, Long, Word, one_of

LAYERS = ("internal setup", "implementation progress", "customer value")


class DraftJob(LeasedJob):
    """A draft job: from which template, and what caused it (`item:12`, `milestone:3`). A cause gives one draft of a
    template; a job that failed stays visible until it succeeds or a person gives it up."""

    __tablename__ = "draftings"
    __table_args__ = (
        UniqueConstraint("onboarding_id", "template", "cause"),
        one_of("state", "waiting", "drafting", "drafted", "skipped", "failed", "given_up"),
        Index(None, "state", "next_at", "id"),
    )
    IN_HAND = "drafting"
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    template: Mapped[Word]
    cause: Mapped[Line]
    says: Mapped[Long] = mapped_column(default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    created_at: Mapped[datetime]


class Milestone(Base):
    """One milestone of an approved plan. It is reached when a person records its evidence; `replaced_at` says when a
    newer approved plan took its place."""

    __tablename__ = "milestones"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        one_of("layer", "", *LAYERS),
        Index(None, "onboarding_id", "replaced_at", "due_on"),
    )
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    number: Mapped[int]
    name: Mapped[Line]
    layer: Mapped[Word]
    owner: Mapped[Line]
    due_on: Mapped[date | None]
    evidence: Mapped[Long]
    exit: Mapped[Long]
    depends: Mapped[Line] = mapped_column(default="")
    planned_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    reached_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    proof: Mapped[Long] = mapped_column(default="")
