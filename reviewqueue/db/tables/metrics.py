"""Measurement: events that people record because no other row says them, the baselines, and the rollup of metrics."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.core.metric_definitions import EVENTS
from reviewqueue.db.tables.base import Base, BigInt, Id, Line, Long, Word, check_visible, one_of


class RecordedEvent(Base):
    """An event of an onboarding that somebody recorded: `recorded_by` is `person:ID` or an actor of the system.
    `amount` is minutes, an answer from 1 to 5 or a count, by kind. Append-only: a wrong one is taken back by an event
    that names it."""

    __tablename__ = "recorded_events"
    __table_args__ = (
        one_of("kind", *EVENTS),
        UniqueConstraint("takes_back_id"),
        CheckConstraint("(kind = 'taken_back') = (takes_back_id IS NOT NULL)", name="taken_back_names_one"),
        Index(None, "onboarding_id", "id"),
    )
    id: Mapped[Id]
    onboarding_id: Mapped[int] = mapped_column(ForeignKey("onboardings.id"))
    kind: Mapped[Word]
    about: Mapped[Line] = mapped_column(default="")
    amount: Mapped[int | None]
    note: Mapped[Long] = mapped_column(default="")
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[Word]
    takes_back_id: Mapped[int | None] = mapped_column(ForeignKey("recorded_events.id"))


class Baseline(Base):
    """What a lane is compared with, and how it was measured. The newest row of a lane, kind and metric counts: a
    `period` whose onboardings are the baseline, a `figure` of one metric that somebody measured elsewhere, or since
    when the `pilot` runs. Append-only in the database."""

    __tablename__ = "baselines"
    __table_args__ = (
        one_of("kind", "period", "figure", "pilot"),
        check_visible("how", 10),
        CheckConstraint("(kind = 'figure') = (metric <> '')", name="figure_names_metric"),
        CheckConstraint("(kind = 'figure') = (value IS NOT NULL)", name="figure_has_value"),
        CheckConstraint("(kind = 'figure') = (starts_on IS NULL)", name="period_has_start"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        Index(None, "lane", "id"),
    )
    id: Mapped[Id]
    lane: Mapped[Word]
    kind: Mapped[Word]
    metric: Mapped[Word] = mapped_column(default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    value: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    sample: Mapped[int | None]
    how: Mapped[Long]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[Word]


class Measure(Base):
    """What one onboarding adds to one metric. Computed again from its rows whenever the log names it.

    `value` of `of` for shares, days or minutes for medians; `since` is set while a duration still runs, and `of` is 0
    where the onboarding ended before it did, after `value` days. It counts from `counts_from` on; `heard` says whether
    anybody recorded what it rests on.
    """

    __tablename__ = "measures"
    __table_args__ = (Index(None, "lane", "metric", "at", "onboarding_id"),)
    onboarding_id: Mapped[int] = mapped_column(BigInt, ForeignKey("onboardings.id"), primary_key=True)
    metric: Mapped[Word] = mapped_column(primary_key=True)
    lane: Mapped[Word]
    segment: Mapped[Word]
    owner_id: Mapped[int | None]
    at: Mapped[datetime]
    counts_from: Mapped[datetime]
    value: Mapped[float]
    of: Mapped[float]
    since: Mapped[datetime | None]
    heard: Mapped[bool]


class MeasureMark(Base):
    """How far the rollup has come: the version of the definitions, the onboarding up to which it was first built, the
    last log entry it followed, and the last day whose due milestones it knows. One row."""

    __tablename__ = "measure_marks"
    id: Mapped[Id]
    version: Mapped[int]
    built_to: Mapped[int] = mapped_column(BigInt)
    position: Mapped[int] = mapped_column(BigInt)
    day: Mapped[date]


class FigureSheet(Base):
    """Every figure of one lane as last computed, as JSON; at which entry of the log, and when."""

    __tablename__ = "figure_sheets"
    __table_args__ = (UniqueConstraint("lane"),)
    id: Mapped[Id]
    lane: Mapped[Word]
    position: Mapped[int] = mapped_column(BigInt)
    at: Mapped[datetime]
    figures: Mapped[Long]
