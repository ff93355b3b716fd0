"""Readiness: how people judged a lane before it is automated. Every row stays; the newest of its place holds."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from reviewqueue.db.tables.base import Base, Digest, Id, Line, Long, Word, check_visible, one_of

COLOURS = ("green", "yellow", "red")


class ReadinessScore(Base):
    """One area of a lane's scorecard, scored 1 to 5 with its evidence: words, or a link, and the day it is of.
    `actor` is `person:3` or an actor of the system. Append-only in the database."""

    __tablename__ = "readiness_scores"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_known"),
        check_visible("evidence", 10, when="link <> ''"),
        Index(None, "lane", "area", "id"),
    )
    id: Mapped[Id]
    lane: Mapped[Word]
    area: Mapped[Word]
    score: Mapped[int]
    evidence: Mapped[Long]
    link: Mapped[Line] = mapped_column(default="")
    evidence_on: Mapped[date]
    note: Mapped[Long] = mapped_column(default="")
    policy_digest: Mapped[Digest]
    actor: Mapped[Word]
    at: Mapped[datetime]


class WorksheetAnswer(Base):
    """A person's answer to a line of a lane's worksheet, with what the system `knew` of it then; an empty answer takes
    the earlier one back. Append-only in the database."""

    __tablename__ = "worksheet_answers"
    __table_args__ = (Index(None, "lane", "line", "id"),)
    id: Mapped[Id]
    lane: Mapped[Word]
    line: Mapped[Word]
    answer: Mapped[Long]
    reason: Mapped[Long] = mapped_column(default="")
    knew: Mapped[Long] = mapped_column(default="")
    actor: Mapped[Word]
    at: Mapped[datetime]


class ControlColour(Base):
    """One of the seven go/no-go areas of a lane, with its colour and why. Append-only in the database."""

    __tablename__ = "control_colours"
    __table_args__ = (one_of("colour", *COLOURS), check_visible("reason", 10), Index(None, "lane", "area", "id"))
    id: Mapped[Id]
    lane: Mapped[Word]
    area: Mapped[Word]
    colour: Mapped[Word]
    reason: Mapped[Long]
    actor: Mapped[Word]
    at: Mapped[datetime]


class LaunchOwner(Base):
    """Who owns a part of a lane's launch; a row without a person takes the name back. `accepted`: the owner confirmed
    that they know their part. Append-only in the database."""

    __tablename__ = "launch_owners"
    __table_args__ = (Index(None, "lane", "part", "id"),)
    id: Mapped[Id]
    lane: Mapped[Word]
    part: Mapped[Word]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    accepted: Mapped[bool] = mapped_column(default=False)
    note: Mapped[Long] = mapped_column(default="")
    actor: Mapped[Word]
    at: Mapped[datetime]
