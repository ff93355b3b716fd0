"""QA samples: the weekly draws, the second reviews of the drawn drafts, their findings, how disputes were settled, and
the attention signals that weigh the draw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.core.vocabulary import ACTS
from reviewqueue.db.tables.base import Base, BigInt, Digest, Id, Json, Long, Word, check_visible, one_of

ANSWERS = tuple(act.key for act in ACTS.values() if act.key != "override")
FINDINGS = (
    "wrong-fact", "missing-promise", "wrong-receiver", "tone", "missing-next-step", "evidence-missing", "other",
)  # fmt: skip
VERDICTS = ("first", "second", "both")
BANDS = ("under 10 s", "under a minute", "longer", "unknown")


class QaSample(Base):
    """What was drawn of one lane's decisions of one calendar week. `seed` comes from the log's entry at `log_position`,
    the last before the week's end; `strata` says of each stratum how many there were and how many were drawn at random.
    Append-only in the database."""

    __tablename__ = "qa_samples"
    __table_args__ = (UniqueConstraint("lane", "week"),)
    id: Mapped[Id]
    lane: Mapped[Word]
    week: Mapped[Word]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seed: Mapped[Word]
    log_position: Mapped[int] = mapped_column(BigInt)
    frame_digest: Mapped[Digest]
    frame_size: Mapped[int]
    strata: Mapped[Any] = mapped_column(Json)
    policy_digest: Mapped[Digest]
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[Word]


class QaPlace(Base):
    """One draft of a sample, as it was decided on. `looked_for` places were drawn with more weight for a brief reading
    or unopened evidence; estimates rest on the others. Append-only in the database."""

    __tablename__ = "qa_places"
    __table_args__ = (UniqueConstraint("sample_id", "revision_id"), Index(None, "item_id"))
    id: Mapped[Id]
    sample_id: Mapped[int] = mapped_column(ForeignKey("qa_samples.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    gate: Mapped[Word]
    stratum: Mapped[Word]
    looked_for: Mapped[bool]


class QaReview(Base):
    """What a second person would have decided, who did not see the first decision. `differs`: one lets the draft go on
    as it stands, the other does not. Append-only in the database."""

    __tablename__ = "qa_reviews"
    __table_args__ = (
        one_of("action", *ANSWERS),
        check_visible("reason_code", 1),
        check_visible("text", 10, when="action = 'approve'"),
        UniqueConstraint("place_id"),
    )
    id: Mapped[Id]
    place_id: Mapped[int] = mapped_column(ForeignKey("qa_places.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Word]
    action: Mapped[Word]
    reason_code: Mapped[Word]
    text: Mapped[Long]
    differs: Mapped[bool]
    at: Mapped[datetime]


class QaFinding(Base):
    """A finding of a second review. `outward`: it was sent like that, and was wrong. Append-only in the database."""

    __tablename__ = "qa_findings"
    __table_args__ = (one_of("category", *FINDINGS), check_visible("text", 10), Index(None, "review_id"))
    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("qa_reviews.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    category: Mapped[Word]
    text: Mapped[Long]
    outward: Mapped[bool]
    at: Mapped[datetime]


class QaSettlement(Base):
    """How a dispute ended: who was right. A review that differs and has none is an open dispute. Append-only in the
    database."""

    __tablename__ = "qa_settlements"
    __table_args__ = (one_of("verdict", *VERDICTS), check_visible("text", 10), UniqueConstraint("review_id"))
    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("qa_reviews.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Word]
    verdict: Mapped[Word]
    text: Mapped[Long]
    at: Mapped[datetime]


class AttentionSignal(Base):
    """An attention signal: how long a page was open before a decision, in coarse bands, and whether evidence was opened
    on it. The one table about how somebody worked: it weighs a draw and nothing else, and its rows are deleted after
    the policy's `keep_days`; so it is not append-only."""

    __tablename__ = "glances"
    __table_args__ = (one_of("band", *BANDS), one_of("opened", "yes", "no", "unknown"), Index(None, "day"))
    decision_id: Mapped[int] = mapped_column(BigInt, ForeignKey("decisions.id"), primary_key=True, autoincrement=False)
    band: Mapped[Word]
    opened: Mapped[Word]
    day: Mapped[date]
