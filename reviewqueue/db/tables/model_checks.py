"""The model's checks of messages to customers: one job for each revision, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Json, LeasedJob, Line, Long, Word, one_of


class ModelCheck(LeasedJob):
    """That a revision's check by the model is to be run, from the moment it is written. `says` is why the last attempt
    did not succeed; `skipped` is one whose revision is not the item's newest any more, or whose item is settled."""

    __tablename__ = "model_checks"
    __table_args__ = (
        UniqueConstraint("revision_id"),
        one_of("state", "waiting", "running", "done", "failed", "skipped"),
        Index(None, "state", "next_at", "id"),
    )
    IN_HAND = "running"
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    asked_at: Mapped[datetime]
    says: Mapped[Long] = mapped_column(default="")


class ModelResult(Base):
    """What came of the model's check of one revision; its results are rows of `checks`. Until there is one, nobody
    approves. `version` is the digest of the model's weights, `digest` that of this row and those results, `passages`
    what was found and where. `older` is a message approved before there were models' checks. Append-only in the
    database."""

    __tablename__ = "model_results"
    __table_args__ = (
        UniqueConstraint("revision_id"),
        one_of("outcome", "done", "failed", "older"),
    )
    id: Mapped[Id]
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    version: Mapped[Line]
    outcome: Mapped[Word]
    passages: Mapped[Any] = mapped_column(Json)
    digest: Mapped[Digest]
    at: Mapped[datetime]
